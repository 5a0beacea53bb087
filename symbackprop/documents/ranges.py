r"""Conditions behind a line, taken apart: `1 \leq i \leq n`, `l = 1, \ldots, L`, `i \in \{1, \ldots, n\}`, `i \neq j`.

What the letters and the ends mean is not decided here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise

from symbackprop.documents import syntax as s
from symbackprop.documents.formula import Condition
from symbackprop.documents.kinds import Bracket, NameKind, RelationKind, Sign
from symbackprop.documents.problems import NotUnderstood
from symbackprop.documents.source import Span

EXPECTED = "a range such as 1 \\leq i \\leq n_l"
UP = (RelationKind.LESS, RelationKind.LESS_EQUAL)
DOWN = (RelationKind.GREATER, RelationKind.GREATER_EQUAL)
STRICT = (RelationKind.LESS, RelationKind.GREATER)


@dataclass(frozen=True)
class End:
    """One end of a range; `strict`: it does not belong to the range itself."""

    node: s.Expression
    strict: bool = False


@dataclass(frozen=True)
class Range:
    """What letters run over, both ends included; `span`: all that was written."""

    names: tuple[s.Node, ...]
    low: End | None
    high: End | None
    span: Span


@dataclass(frozen=True)
class Pair:
    """`i \\neq j`, `i = j`, `l = L`: two things that differ, or are one."""

    one: s.Expression
    other: s.Expression
    differ: bool
    span: Span


@dataclass
class Stated:
    """All that the conditions behind one statement say; `named`: letters that merely stand there."""

    ranges: list[Range] = field(default_factory=list)
    pairs: list[Pair] = field(default_factory=list)
    named: list[s.Node] = field(default_factory=list)


def letter(node: s.Node | None) -> str | None:
    """The letter of an index, primes included."""
    if isinstance(node, s.Name) and node.kind is NameKind.LETTER and not node.decorations:
        return node.text
    if isinstance(node, s.Scripted) and node.primes and not node.scripts and isinstance(node.base, s.Name):
        return node.base.text + "'" * node.primes
    return None


def conditions_of(conditions: tuple[Condition, ...], is_layer: Callable[[str], bool]) -> Stated:
    """The conditions taken apart. Raises NotUnderstood for one that no rule reads."""
    made = Stated()
    for condition in conditions:
        _Reader(condition, made, is_layer).read()
    return made


class _Reader:
    """One walk over the items of a condition."""

    def __init__(self, condition: Condition, made: Stated, is_layer: Callable[[str], bool]) -> None:
        self.items, self.made, self.is_layer = list(condition.items), made, is_layer
        self.waiting: list[s.Node] = []  # letters that share the range behind them

    def read(self) -> None:
        while self.items:
            item = self.items.pop(0)
            if isinstance(item, s.Chain) and item.links and item.first is not None:
                self._chain(item, item.first)
            elif letter(item) is not None:
                self.waiting.append(item)
            else:
                raise not_read(item.span)
        self.made.named += self.waiting

    def _chain(self, item: s.Chain, first: s.Expression) -> None:
        kinds = [link.relation.kind for link in item.links]
        members: list[s.Expression] = [first, *(link.right for link in item.links)]
        if kinds == [RelationKind.EQUAL] and letter(first) is not None:
            self._equal(item, first, members[1])
        elif kinds == [RelationKind.MEMBER] and letter(first) is not None:
            self._member(item, first, members[1])
        elif kinds == [RelationKind.NOT_EQUAL] and not self.waiting:
            self.made.pairs.append(Pair(members[0], members[1], True, item.span))
        elif all(kind in UP for kind in kinds) or all(kind in DOWN for kind in kinds):
            self._ordered(item, members, kinds)
        else:
            raise not_read(item.span)

    def _take(self, last: s.Node) -> tuple[s.Node, ...]:
        names, self.waiting = (*self.waiting, last), []
        return names

    def _equal(self, item: s.Chain, first: s.Expression, right: s.Expression) -> None:
        """`i = 1, \\ldots, n`, `l = L - 1, \\ldots, 1`, `l = 1, 2`; without a list `l = L`, `i = j`."""
        values: list[s.Expression] = [right]
        while self.items and not isinstance(self.items[0], s.Chain):
            ended = isinstance(values[-1], s.Dots)
            if letter(self.items[0]) is not None and not ended:
                break  # it begins something else
            values.append(self.items.pop(0))  # type: ignore[arg-type]
            if ended:
                break
        if len(values) == 1:
            self.made.pairs += [Pair(name, right, False, item.span) for name in self._take(first)]  # type: ignore[arg-type]
            return
        self._listed(item, self._take(first), values)

    def _listed(self, item: s.Node, names: tuple[s.Node, ...], values: list[s.Expression]) -> None:
        at = next((k for k, value in enumerate(values) if isinstance(value, s.Dots)), None)
        known = values if at is None else values[:at]
        behind = [] if at is None else values[at + 1 :]
        if not known or len(behind) > 1 or (at is None and not isinstance(known[-1], s.Number)):
            raise not_read(item.span)
        step = _step(known, behind)
        if step == 0:
            raise not_read(item.span)
        first, last = End(known[0]), End(behind[0]) if behind else None if at is not None else End(known[-1])
        low, high = (first, last) if step > 0 else (last, first)
        self.made.ranges.append(Range(names, low, high, names[0].span.to(item.span).to(values[-1].span)))

    def _member(self, item: s.Chain, first: s.Expression, right: s.Expression) -> None:
        """`i \\in \\{1, \\ldots, n\\}`, `l \\in [1, L]`, `i \\in [n]`."""
        if not isinstance(right, s.Group):
            raise not_read(item.span)
        values = [each for each in right.items if not isinstance(each, s.Chain)]
        brackets = (right.opening, right.closing)
        if len(values) < len(right.items) or not values:
            raise not_read(item.span)
        if brackets == (Bracket.SQUARE, Bracket.SQUARE) and len(values) == 1:
            self.made.ranges.append(Range(self._take(first), None, End(values[0]), item.span))
        elif Bracket.CURLY not in brackets and len(values) == 2:
            low, high = (
                End(value, bracket is Bracket.ROUND) for value, bracket in zip(values, brackets, strict=True)
            )
            self.made.ranges.append(Range(self._take(first), low, high, item.span))
        elif brackets == (Bracket.CURLY, Bracket.CURLY):
            self._listed(item, self._take(first), values)
        else:
            raise not_read(item.span)

    def _ordered(self, item: s.Chain, members: list[s.Expression], kinds: list[RelationKind]) -> None:
        """`a \\leq i \\leq b`, `b \\geq i`; `1 \\leq i, j \\leq n` says it of both."""
        if kinds[0] in DOWN:
            members, kinds = members[::-1], kinds[::-1]
        strict = [kind in STRICT for kind in kinds]
        if len(members) == 3 and letter(members[1]) is not None and not self.waiting:
            low, high = End(members[0], strict[0]), End(members[2], strict[1])
            self.made.ranges.append(Range((members[1],), low, high, item.span))
        elif len(members) == 2:
            self._half(item, members, strict[0])
        else:
            raise not_read(item.span)

    def _half(self, item: s.Chain, members: list[s.Expression], strict: bool) -> None:
        first, second = (letter(member) for member in members)
        above = second is not None and (first is None or self.is_layer(second) > self.is_layer(first))
        if above:  # low < name
            shared = self._rest_of_shared(members[1])
            if shared is not None:
                names, high = shared
                self.made.ranges.append(Range(names, End(members[0], strict), high, item.span.to(high.node.span)))
            else:
                self.made.ranges.append(Range(self._take(members[1]), End(members[0], strict), None, item.span))
        elif first is not None:
            self.made.ranges.append(Range(self._take(members[0]), None, End(members[1], strict), item.span))
        else:
            raise not_read(item.span)

    def _rest_of_shared(self, first: s.Expression) -> tuple[tuple[s.Node, ...], End] | None:
        """Behind `1 \\leq i`: `, j \\leq n`, which ends the range of both."""
        names: list[s.Node] = [first]
        for at, item in enumerate(self.items):
            if letter(item) is not None:
                names.append(item)
                continue
            fits = isinstance(item, s.Chain) and len(item.links) == 1 and letter(item.first) is not None
            if not fits or not isinstance(item, s.Chain) or item.links[0].relation.kind not in UP:
                return None
            names.append(item.first)  # type: ignore[arg-type]
            kinds = {self.is_layer(letter(name) or "") for name in names}
            if len(kinds) > 1 or self.waiting:
                return None
            del self.items[: at + 1]
            return tuple(names), End(item.links[0].right, item.links[0].relation.kind in STRICT)
        return None


def not_read(span: Span) -> NotUnderstood:
    return NotUnderstood(span, f"the condition `{span.text}`", EXPECTED)


def _step(known: list[s.Expression], behind: list[s.Expression]) -> int:
    """1 for a list that counts up, -1 for one that counts down, 0 for one that does neither."""
    counted = [counting(value) for value in known]
    if any(value is None for value in counted):
        return 0 if len(known) > 1 else 1 if not behind or not isinstance(behind[0], s.Number) else -1
    made = [value for value in counted if value is not None]
    steps = {(b[0] == a[0]) * (b[1] - a[1]) for a, b in pairwise(made)}
    if steps:
        return steps.pop() if len(steps) == 1 and steps <= {1, -1} else 0
    last = counting(behind[0]) if behind else None
    if last is None or last[0] != made[0][0]:
        return -1 if made[0][0] and (last is None or not last[0]) else 1
    return 1 if last[1] >= made[0][1] else -1


def counting(node: s.Node) -> tuple[str, int] | None:
    """`3` is ("", 3), `L - 1` is ("L", -1)."""
    if isinstance(node, s.Number) and node.text.isdigit() and node.text.isascii() and len(node.text) < 6:
        return "", int(node.text)
    if letter(node) is not None:
        return letter(node) or "", 0
    if isinstance(node, s.Addition) and len(node.terms) == 2:
        base, step = node.terms
        number = counting(step.body)
        if base.sign is None and letter(base.body) is not None and number is not None and not number[0]:
            return letter(base.body) or "", number[1] if step.sign is Sign.PLUS else -number[1]
    return None
