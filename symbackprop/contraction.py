"""Kronecker deltas contracted over their own axis, and sums over indices that occur nowhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sympy import Dummy, Expr, Integer

from symbackprop.layer_range import Range
from symbackprop.places import axis_size
from symbackprop.polynomial import Atom, Bound, Delta, Func, Leaf, Place, Poly, Term, letters_of_atom, replace_letter


@dataclass(frozen=True)
class Contraction:
    """Over the axes of the free indices; `sizes`, `sums_to_one` and `layers` as in the normal form."""

    sizes: Mapping[Dummy, Expr]
    sums_to_one: frozenset[str]
    layers: Range | None

    def of(self, poly: Poly) -> Poly:
        """The polynomial without the deltas that a sum over their axis meets, and without empty sums."""
        made = []
        for term in poly:
            done = self._contract(term)
            if done is not None:
                made.append(done)
        return tuple(made)

    def _contract(self, term: Term) -> Term | None:
        for number, (atom, _) in enumerate(term.factors):
            if not isinstance(atom, Delta):
                continue
            if atom.left == atom.right:
                return self._contract(_without(term, number))
            if atom.left.letter == atom.right.letter:
                return None  # two different numbers, or i and i + 1
            for inner, outer in ((atom.left, atom.right), (atom.right, atom.left)):
                binder = next((b for b in term.bound if b.letter == inner.letter), None)
                value = Place(outer.letter, outer.offset - inner.offset)
                if binder is not None and self._same_axis(binder, value, term):
                    return self._contract(_substituted(term, number, binder, inner, outer))
            joined = _joined(term, number)
            if joined is not None:
                return self._contract(joined)
        return self._counted(term)

    def _same_axis(self, binder: Bound, other: Place, term: Term) -> bool:
        """Whether the sum over `binder` meets `other`, whatever values the free letters have."""
        twin = next((b for b in term.bound if b.letter == other.letter), None)
        if twin is not None:
            return twin.size == binder.size and twin.lower == binder.lower and not other.offset
        if isinstance(binder.size, Place):
            return self._among_layers(binder.lower, other, binder.size)
        if other.letter is None:
            return True  # a concrete index value is meant to exist
        if other.offset:
            return False
        size = self.sizes.get(other.letter)
        return size is not None and axis_size(size) == binder.size

    def _among_layers(self, first: Place, layer: Place, last: Place) -> bool:
        """Whether first ≤ layer ≤ last for every depth and every l that the claim speaks of."""
        if self.layers is None:
            return False
        low, here, high = (p.offset if p.letter is None else p.letter + p.offset for p in (first, layer, last))
        return bool(self.layers.sign(Integer(0) + here - low) and self.layers.sign(Integer(0) + high - here))

    def _counted(self, term: Term) -> Term:
        """sum_k c = n c, and sum_k y_k = 1 where that is assumed."""
        for binder in term.bound:
            if isinstance(binder.size, Place):
                continue
            holding = [(a, e) for a, e in term.factors if binder.letter in letters_of_atom(a)]
            rest = tuple(b for b in term.bound if b != binder)
            if not holding:
                return self._counted(_grown(term, binder.size, rest))
            if self._assumed_one(holding, binder):
                factors = tuple(f for f in term.factors if f not in holding)
                return self._counted(Term(term.coefficient, factors, rest))
        return term

    def _assumed_one(self, holding: list[tuple[Atom, int]], binder: Bound) -> bool:
        if len(holding) != 1 or not isinstance(holding[0][0], Leaf):
            return False
        leaf = holding[0][0]
        summed = leaf.places[:1] == (Place(binder.letter, 0),) and binder.size != Leaf("symbol N")
        elsewhere = binder.letter in {p.letter for p in leaf.places[1:]}
        return summed and not elsewhere and leaf.head in self.sums_to_one and holding[0][1] == 1


def idempotent(atom: Atom) -> bool:
    """Whether the atom times itself is the atom."""
    return isinstance(atom, Delta) or (isinstance(atom, Func) and atom.head in ("step", "inside"))


def _without(term: Term, number: int) -> Term:
    return Term(term.coefficient, term.factors[:number] + term.factors[number + 1 :], term.bound)


def _grown(term: Term, size: Leaf, bound: tuple[Bound, ...]) -> Term:
    exponents = dict(term.factors)
    exponents[size] = exponents.get(size, 0) + 1
    return Term(term.coefficient, tuple((a, e) for a, e in exponents.items() if e), bound)


def _substituted(term: Term, number: int, binder: Bound, inner: Place, outer: Place) -> Term:
    """The delta gone and its bound index replaced by the other one: sum_k delta_ki f(k) = f(i)."""
    rest = _without(term, number)
    kept = Term(rest.coefficient, rest.factors, tuple(b for b in rest.bound if b != binder))
    renamed = replace_letter(kept, binder.letter, Place(outer.letter, outer.offset - inner.offset))
    return Term(renamed.coefficient, _merged(renamed), renamed.bound)


def _joined(term: Term, number: int) -> Term | None:
    """delta_ij f(j) = delta_ij f(i) for two letters that no sum of the term binds; None where nothing changes."""
    delta = term.factors[number][0]
    if not isinstance(delta, Delta):
        return None
    bound = {b.letter for b in term.bound}
    keep, drop = sorted((delta.left, delta.right), key=_age)
    rest = _without(term, number)
    if drop.letter is None or {keep.letter, drop.letter} & bound:
        return None
    if not any(drop.letter in letters_of_atom(atom) for atom, _ in rest.factors):
        return None
    renamed = replace_letter(rest, drop.letter, Place(keep.letter, keep.offset - drop.offset))
    factors = (*_merged(renamed), (delta, 1))
    return Term(renamed.coefficient, _merged(Term(renamed.coefficient, factors)), renamed.bound)


def _age(p: Place) -> tuple[str, int, int]:
    """An order of places: numbers first, then letters by name and by when they were made."""
    if p.letter is None:
        return "", 0, p.offset
    return p.letter.name, p.letter.dummy_index if isinstance(p.letter, Dummy) else 0, p.offset


def _merged(term: Term) -> tuple[tuple[Atom, int], ...]:
    """Equal atoms joined after a renaming."""
    exponents: dict[Atom, int] = {}
    for atom, exponent in term.factors:
        exponents[atom] = exponents.get(atom, 0) + exponent
    return tuple((a, 1 if idempotent(a) else e) for a, e in exponents.items() if e)
