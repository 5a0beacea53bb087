"""`\\delta^l = A^l B^{l+1} \\ldots A^{L-1} B^L c^L`: factors that go on from layer to layer, dots in their middle.

The product from layer l on is the factors of layer l times the product from layer l+1 on, and what stands at the end
alone once no factor is left. So the line holds for every l if it holds at the end and from each layer to the next.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from symbackprop.documents import syntax as s
from symbackprop.documents.dotted_sums import braced
from symbackprop.documents.kinds import ProductSign, ScriptMark
from symbackprop.documents.layer_pairs import Mark, mark_of, with_layers, written
from symbackprop.documents.trees import walk


@dataclass(frozen=True)
class DottedProduct:
    """left = repeated[letter] … repeated[last] tail, one after the other, the dots left out."""

    left: s.Expression
    repeated: tuple[s.Expression, ...]
    tail: tuple[s.Expression, ...]
    letter: str
    last: Mark

    def step(self) -> list[s.Expression]:
        """`left[l] = repeated[l] left[l+1]`"""
        above = with_layers(self.left, {self.letter: (self.letter, 1)})
        return [self.left, _product((*self.repeated, above))]

    def end(self) -> list[s.Expression]:
        """`left = tail`, above the last layer of the factors."""
        return [self._at(self.left, 1), _product(self.tail)]

    def written_out(self) -> list[s.Expression]:
        """The line at the last layer, where the dots stand for nothing."""
        once = tuple(self._at(factor, 0) for factor in self.repeated)
        return [self._at(self.left, 0), _product((*once, *self.tail))]

    @property
    def last_layer(self) -> s.Expression:
        return written(self.last, self.left.span)

    def _at(self, node: s.Expression, steps: int) -> s.Expression:
        base, offset = self.last
        made: s.Expression = with_layers(node, {self.letter: (base, offset + steps)})  # type: ignore[assignment]
        return made


def dotted_product(members: list[s.Expression]) -> DottedProduct | None:
    """None where the line is nothing of the kind, or where its factors do not go on as they are written."""
    if len(members) != 2 or not isinstance(members[1], s.Product):
        return None
    factors, signs = members[1].factors, {sign.sign for sign in members[1].signs}
    dots = [at for at, factor in enumerate(factors) if isinstance(factor, s.Dots)]
    if len(dots) != 1 or signs != {ProductSign.JUXTAPOSED}:
        return None
    at = dots[0]
    first, rest = factors[:at], factors[at + 1 :]
    last, tail = rest[:at], rest[at:]
    if not first or len(last) < at or not tail:
        return None
    steps = {pair for one, other in zip(first, last, strict=True) for pair in _steps(one, other)}
    if len(steps) != 1:
        return None
    letter, end = steps.pop()
    moved = [braced(with_layers(factor, {letter: end})) for factor in first]
    named = {mark[0] for factor in tail for mark in _marks(factor)}
    if moved != [braced(factor) for factor in last] or letter in named or letter == end[0]:
        return None
    return DottedProduct(members[0], first, tail, letter, end)


def _steps(one: s.Node, other: s.Node) -> Iterator[tuple[str, Mark]]:
    """What a layer's letter in one must stand for to give the other's layer."""
    for ours, theirs in zip(_marks(one), _marks(other), strict=False):
        if ours != theirs and ours[0]:
            yield ours[0], (theirs[0], theirs[1] - ours[1])


def _marks(node: s.Node) -> Iterator[Mark]:
    for part in walk(node):
        if isinstance(part, s.Script) and part.mark is ScriptMark.SUPERSCRIPT and len(part.items) == 1:
            mark = mark_of(part.items[0])
            if mark is not None and not part.is_transpose:
                yield mark


def _product(factors: tuple[s.Node, ...]) -> s.Expression:
    if len(factors) == 1:
        only: s.Expression = factors[0]  # type: ignore[assignment]
        return only
    signs = tuple(s.FactorSign(factor.span, ProductSign.JUXTAPOSED) for factor in factors[1:])
    return s.Product(factors[0].span.to(factors[-1].span), factors, signs)  # type: ignore[arg-type]
