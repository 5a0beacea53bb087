"""Where the layers and indices of a line may lie, by the conditions that it states."""

from __future__ import annotations

from dataclasses import dataclass, replace

from symbackprop import notation as n
from symbackprop.documents import syntax as s
from symbackprop.documents.elaborate import Elaborator
from symbackprop.documents.formula import Condition
from symbackprop.documents.kinds import Sign
from symbackprop.documents.marks import natural
from symbackprop.documents.problems import NotUnderstood
from symbackprop.documents.ranges import End, Pair, Range, conditions_of, letter, not_read
from symbackprop.documents.source import Span
from symbackprop.documents.tensors import Tensor
from symbackprop.notation import Layer

MOST_EXCLUDED = 4  # `5 \leq i`: so many values before the first are told apart one by one


@dataclass(frozen=True)
class IndexRange:
    """name runs over `axis`, or from 1 to `last`; `end` is where that is written."""

    name: str
    axis: n.Axis | None
    last: int | None
    end: s.Expression
    span: Span


@dataclass(frozen=True)
class Limits:
    """What the conditions say.

    first ≤ l ≤ L - below_last, each with the place where it is written; `empty`: the text of a condition that nothing
    satisfies; least_depth: the least L. pairs: an index and what it differs from, or is equal to. partial: the text of
    a condition that leaves out a part of an axis, so that only what holds on the whole axis can be said to hold.
    """

    first: int | None = None
    below_last: int | None = None
    first_at: End | None = None
    last_at: End | None = None
    span: Span | None = None
    least_depth: int = 1
    fixed: tuple[tuple[str, Layer], ...] = ()
    empty: str = ""
    indices: tuple[IndexRange, ...] = ()
    pairs: tuple[tuple[str, str | int, bool, Span], ...] = ()
    partial: str = ""


def stated(conditions: tuple[Condition, ...], e: Elaborator) -> Limits:
    """The conditions behind a statement. Raises NotUnderstood for one that no rule reads.

    Letters that no member has used so far become free.
    """
    work = _Reading(e)
    said = conditions_of(conditions, work.is_layer)
    for each in said.ranges:
        work.range(each)
    for pair in said.pairs:
        work.pair(pair)
    for node in said.named:
        e.scopes.find(letter(node) or "")
    return work.made


class _Reading:
    """One statement's conditions, given a meaning."""

    def __init__(self, e: Elaborator) -> None:
        self.e, self.made = e, Limits()

    def is_layer(self, name: str) -> bool:
        c = self.e.environment.conventions
        return name in (c.last, self.e.marks.letter) or name in self.e.marks.fixed or (
            self.e.marks.letter is None and name in "lmk" and not self.e.scopes.knows(name)
        )  # fmt: skip

    def range(self, said: Range) -> None:
        names = [letter(node) or "" for node in said.names]
        layers = [name for name in names if self._runs_over_layers(name, said)]
        if layers and len(names) > 1:
            raise not_read(said.span)
        if not layers:
            for name in names:
                self._index(name, said)
        elif layers[0] == self.e.environment.conventions.last:
            self._depth(said)
        elif layers[0] not in self.e.marks.fixed:
            self._layers(layers[0], said)

    def _runs_over_layers(self, name: str, said: Range) -> bool:
        e, last = self.e, self.e.environment.conventions.last
        if name in (last, e.marks.letter) or name in e.marks.fixed:
            return True
        bases = {_base(end.node) for end in (said.low, said.high) if end is not None}
        return e.marks.letter is None and not e.scopes.knows(name) and last in bases

    # layers

    def _depth(self, said: Range) -> None:
        """`2 \\leq L`, `2 \\leq L \\leq L - 1`."""
        e = self.e
        if said.high is not None:
            if isinstance(said.high.node, s.Number):
                raise not_read(said.span)
            high = e.marks.layer(said.high.node)
            if high.base == "L" and high.offset - said.high.strict < 0:
                self.made = replace(self.made, empty=said.span.text)
        if said.low is not None:
            if not isinstance(said.low.node, s.Number):
                raise not_read(said.span)
            least = natural(said.low.node) - e.environment.conventions.first + said.low.strict
            if not self.made.empty:
                self.made = replace(self.made, least_depth=max(1, least, self.made.least_depth))

    def _layers(self, name: str, said: Range) -> None:
        e, made = self.e, self.made
        first, below = made.first, made.below_last
        if said.low is not None:
            if not isinstance(said.low.node, s.Number):
                raise not_read(said.span)
            first = natural(said.low.node) - e.environment.conventions.first + said.low.strict
            made = replace(made, first=first, first_at=said.low)
        if said.high is not None:
            high = e.marks.layer(said.high.node)
            if high.base == "l":  # a layer below itself
                if high.offset - said.high.strict < 0:
                    self.made = replace(self.made, empty=said.span.text)
                return
            if high.base != "L":
                raise not_read(said.span)
            below = said.high.strict - high.offset
            made = replace(made, below_last=below, last_at=said.high)
        e.marks.layer_letter(name)
        depth = e.environment.fixed_depth
        if depth is not None and first is not None and below is not None and first > depth - below:
            self.made = replace(self.made, empty=said.span.text)
            return
        self.made = replace(made, span=said.span)

    # indices

    def _index(self, name: str, said: Range) -> None:
        """`1 \\leq i \\leq n_L` says what i runs over."""
        if said.low is not None:
            self._low(name, said.low, said.span)
        if said.high is None:
            self.e.scopes.find(name)
            return
        axis, last, whole = self._high(said.high, said.span)
        if not whole:
            self.made = replace(self.made, partial=said.span.text)
        if last is not None and last < 1:
            self.made = replace(self.made, empty=said.span.text)
            return
        binder = self.e.scopes.find(name)
        if binder.axis is None:
            binder.axis, binder.fixed_at = axis, said.high.node.span
        made = IndexRange(name, axis, last, said.high.node, said.span)
        self.made = replace(self.made, indices=(*self.made.indices, made))

    def _low(self, name: str, low: End, at: Span) -> None:
        if not isinstance(low.node, s.Number):
            raise not_read(at)
        first = natural(low.node) + low.strict
        if first < 1 or first > MOST_EXCLUDED:
            raise NotUnderstood(at, f"an index from {first}", "indices that count from 1")
        apart = tuple((name, value, True, at) for value in range(1, first))
        self.made = replace(self.made, pairs=(*self.made.pairs, *apart))

    def _high(self, high: End, at: Span) -> tuple[n.Axis | None, int | None, bool]:
        """The axis whose size is meant, or a number; and whether that is all of the axis."""
        node, whole = high.node, not high.strict
        if isinstance(node, s.Number):
            return None, natural(node) - high.strict, True
        if isinstance(node, s.Addition) and [t.sign for t in node.terms] == [None, Sign.MINUS]:
            node, whole = node.terms[0].body, False
        size = self.e.value(node)
        if isinstance(size, Tensor) or not isinstance(size, n.Size):
            raise not_read(at)
        return size.axis, None, whole

    # pairs

    def pair(self, said: Pair) -> None:
        one, other = letter(said.one), letter(said.other)
        if one is not None and self._is_layer_pair(one, said):
            layer = self.e.marks.layer(said.other)
            if said.differ and layer == Layer("L") and self.made.below_last is None:
                self.made = replace(self.made, below_last=1)
            elif said.differ:
                raise not_read(said.span)
            else:
                self.made = replace(self.made, fixed=(*self.made.fixed, (one, layer)))
            return
        value: str | int | None = other
        if isinstance(said.other, s.Number):
            value = natural(said.other) if one is not None and self.e.scopes.knows(one) else None
        if one is None or value is None:
            raise not_read(said.span)
        for name in (one, value):
            if isinstance(name, str):
                self.e.scopes.find(name)
        self.made = replace(self.made, pairs=(*self.made.pairs, (one, value, said.differ, said.span)))

    def _is_layer_pair(self, one: str, said: Pair) -> bool:
        e = self.e
        if one == e.environment.conventions.last:
            raise not_read(said.span)
        return one == e.marks.letter or one in e.marks.fixed or (
            not e.scopes.knows(one) and _base(said.other) == e.environment.conventions.last
        )  # fmt: skip


def _base(node: s.Node) -> str | None:
    """The letter of `L`, `L - 1`."""
    first = node.terms[0].body if isinstance(node, s.Addition) else node
    return letter(first)
