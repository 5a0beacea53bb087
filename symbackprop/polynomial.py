"""Sums of products with bound indices: the data of the normal form.

A term is `coefficient * sum over its bound indices of a product of atoms`. Atoms are opaque to the arithmetic: an
entry of a quantity, a function of a polynomial, a Kronecker delta. Terms are equal when they differ only in the
names of their bound indices; `canonical` finds one name for each.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import permutations, product
from operator import itemgetter

from sympy import Dummy, Symbol

Letter = Symbol | int  # an index: a symbol (bound ones are Dummies), or a concrete value
MOST_ORDERS = 5040  # how many namings of one term's bound indices are tried


class Budget(Exception):
    """The normal form grew past its limit: the engine gives up, the same on every machine."""


@dataclass(frozen=True)
class Place:
    """A layer's number or an index: letter + offset; `letter` None for a number."""

    letter: Symbol | None
    offset: int

    def rename(self, names: Mapping[Symbol, Place]) -> Place:
        if self.letter is None or self.letter not in names:
            return self
        new = names[self.letter]
        return Place(new.letter, new.offset + self.offset)


@dataclass(frozen=True)
class Leaf:
    """An entry: head and places; a plain symbol has no places."""

    head: str
    places: tuple[Place, ...] = ()


@dataclass(frozen=True)
class Func:
    """A function of polynomials, exp(z) and sigma'(z); `Func("group", p)` is p as one atom."""

    head: str
    arguments: tuple[Poly, ...]


@dataclass(frozen=True)
class Delta:
    left: Place
    right: Place


Atom = Leaf | Func | Delta


@dataclass(frozen=True)
class Bound:
    """A bound index and the size of its axis: it runs from 1 to size (`lower` differs for sums over layers)."""

    letter: Symbol
    size: Place | Leaf
    lower: Place = Place(None, 1)


@dataclass(frozen=True)
class Term:
    coefficient: Fraction
    factors: tuple[tuple[Atom, int], ...] = ()
    bound: tuple[Bound, ...] = ()


Poly = tuple[Term, ...]

ZERO: Poly = ()
ONE: Poly = (Term(Fraction(1)),)


def constant(value: Fraction | int) -> Poly:
    return (Term(Fraction(value)),) if value else ZERO


def of_atom(atom: Atom, exponent: int = 1) -> Poly:
    return (Term(Fraction(1), ((atom, exponent),)),)


def letters_of_atom(atom: Atom) -> set[Symbol]:
    """The letters that occur free in the atom."""
    match atom:
        case Leaf(_, places):
            return {p.letter for p in places if p.letter is not None}
        case Delta(left, right):
            return {p.letter for p in (left, right) if p.letter is not None}
        case Func(_, arguments):
            return {letter for poly in arguments for letter in letters(poly)}


def letters(poly: Poly) -> set[Symbol]:
    found: set[Symbol] = set()
    for term in poly:
        inside = {x for atom, _ in term.factors for x in letters_of_atom(atom)}
        inside |= {x for b in term.bound for x in _letters_of_size(b)}
        found |= inside - {b.letter for b in term.bound}
    return found


def _letters_of_size(b: Bound) -> set[Symbol]:
    places = (b.lower, *(b.size.places if isinstance(b.size, Leaf) else (b.size,)))
    return {p.letter for p in places if p.letter is not None}


def rename_atom(atom: Atom, names: Mapping[Symbol, Place]) -> Atom:
    if not names:
        return atom
    match atom:
        case Leaf(head, places):
            return Leaf(head, tuple(p.rename(names) for p in places)) if places else atom
        case Delta(left, right):
            return Delta(left.rename(names), right.rename(names))
        case Func(head, arguments):
            return func(head, *(rename(poly, names) for poly in arguments))


def func(head: str, *arguments: Poly) -> Func:
    """The function atom, its arguments' bound indices under canonical names: equal atoms are equal data.

    The names carry the nesting level, which is higher outside than inside, so no name shadows another.
    """
    level = 1 + max((_level(a) for poly in arguments for term in poly for a, _ in term.factors), default=0)
    return Func(head, tuple(_in_order_of_text(_canonical(t, level) for t in collect(poly)) for poly in arguments))


def _in_order_of_text(terms: Iterable[Term]) -> Poly:
    """Terms and the factors of each in one order, whatever order they were made in."""
    texts: list[tuple[str, Term]] = []
    for term in terms:
        factors = sorted(((serialise_atom(a, {}, 0), a, e) for a, e in term.factors), key=itemgetter(0))
        made = Term(term.coefficient, tuple((a, e) for _, a, e in factors), term.bound)
        sums = ",".join(_bound(b, {}) for b in term.bound)
        texts.append(("*".join(f"{text}^{e}" for text, _, e in factors) + sums, made))
    return tuple(term for _, term in sorted(texts, key=itemgetter(0)))


def _level(atom: Atom) -> int:
    if not isinstance(atom, Func):
        return 0
    inner = (_level(a) for poly in atom.arguments for term in poly for a, _ in term.factors)
    return 1 + max(inner, default=0)


def _canonical(term: Term, level: int) -> Term:
    if not term.bound:
        return term
    order = _best_order(term, {}, 0)
    fresh = {b.letter: Place(Dummy("t", integer=True), 0) for b in order}
    names = {p.letter: Place(Symbol(f"#{level}.{i}"), 0) for i, p in enumerate(fresh.values()) if p.letter is not None}
    apart = _rename_all(Term(term.coefficient, term.factors, order), fresh)
    return _rename_all(apart, names)


def rename(poly: Poly, names: Mapping[Symbol, Place]) -> Poly:
    """Free letters renamed; bound ones that would capture or be captured get fresh names first."""
    return tuple(rename_term(term, names) for term in poly)


def rename_term(term: Term, names: Mapping[Symbol, Place]) -> Term:
    bound = {b.letter for b in term.bound}
    incoming = {p.letter for p in names.values()}
    clash = {x for x in bound if x in incoming or x in names}
    return _rename_all(_fresh(term, clash) if clash else term, names)


def _rename_all(term: Term, names: Mapping[Symbol, Place]) -> Term:
    bound = tuple(
        Bound(
            names[b.letter].letter if b.letter in names else b.letter,
            Leaf(b.size.head, tuple(p.rename(names) for p in b.size.places))
            if isinstance(b.size, Leaf)
            else b.size.rename(names),
            b.lower.rename(names),
        )
        for b in term.bound
    )
    return Term(term.coefficient, tuple((rename_atom(a, names), e) for a, e in term.factors), bound)


def replace_letter(term: Term, old: Symbol, new: Place) -> Term:
    """A letter that is no longer bound here replaced, also in the axis sizes; `new` may be bound by the term."""
    return _rename_all(term, {old: new})


def open_term(term: Term, letter: Symbol) -> Term:
    """The summand of a term with one bound index, that index now the free `letter`."""
    opened = Term(term.coefficient, term.factors)
    return opened if term.bound[0].letter == letter else _rename_all(opened, {term.bound[0].letter: Place(letter, 0)})


def add(*polys: Poly) -> Poly:
    return tuple(term for poly in polys for term in poly)


def scale(poly: Poly, by: Fraction) -> Poly:
    return tuple(Term(t.coefficient * by, t.factors, t.bound) for t in poly) if by else ZERO


def multiply_terms(left: Term, right: Term) -> Term:
    if left.bound or right.bound:
        left, right = _apart(left, right), _apart(right, left)
        clash = {b.letter for b in left.bound} & {b.letter for b in right.bound}
        if clash:
            right = _fresh(right, clash)
    exponents: dict[Atom, int] = dict(left.factors)
    for atom, exponent in right.factors:
        exponents[atom] = exponents.get(atom, 0) + exponent
    factors = tuple((atom, exponent) for atom, exponent in exponents.items() if exponent)
    return Term(left.coefficient * right.coefficient, factors, left.bound + right.bound)


def _apart(term: Term, other: Term) -> Term:
    """The term with those bound indices renamed whose letters are free in the other one."""
    if not term.bound:
        return term
    clash = {b.letter for b in term.bound} & letters((other,))
    return _fresh(term, clash) if clash else term


def bound_too(term: Term, bound: tuple[Bound, ...]) -> Term:
    """The term summed over these indices too; its own that share a letter with them are renamed."""
    clash = {b.letter for b in term.bound} & {b.letter for b in bound}
    inner = _fresh(term, clash) if clash else term
    return Term(inner.coefficient, inner.factors, inner.bound + bound)


def _fresh(term: Term, letters_to_rename: set[Symbol]) -> Term:
    return _rename_all(term, {x: Place(Dummy(x.name, integer=True), 0) for x in letters_to_rename})


def multiply(left: Poly, right: Poly, most: int = 20_000) -> Poly:
    if len(left) * len(right) > most:
        raise Budget(f"a product of {len(left)} by {len(right)} terms")
    return tuple(multiply_terms(a, b) for a, b in product(left, right))


# one name for each term: the least serialisation over the orders of its bound indices

Naming = dict[Symbol, str]


def _place(p: Place, names: Naming) -> str:
    letter = "" if p.letter is None else names.get(p.letter) or _free(p.letter)
    return f"{letter}{p.offset:+d}"


def _free(letter: Symbol) -> str:
    """A free letter's text; no bound one's begins with a question mark."""
    return f"?{letter.name}.{letter.dummy_index}" if isinstance(letter, Dummy) else f"?{letter.name}"


def serialise_atom(atom: Atom, names: Naming, depth: int) -> str:
    match atom:
        case Leaf(head, places):
            return f"{head!r}[{','.join(_place(p, names) for p in places)}]"
        case Delta(left, right):
            return "delta[" + ",".join(sorted((_place(left, names), _place(right, names)))) + "]"
        case Func(head, arguments):
            return f"{head!r}(" + ";".join(serialise(poly, names, depth + 1) for poly in arguments) + ")"


def serialise(poly: Poly, names: Naming, depth: int = 0) -> str:
    """A text that is the same for polynomials that differ in bound names and in the order of terms only."""
    total: dict[str, Fraction] = {}
    for term in poly:
        text = serialise_term(term, names, depth)
        total[text] = total.get(text, Fraction(0)) + term.coefficient
    return "+".join(f"{c}*{text}" for text, c in sorted(total.items()) if c)


def serialise_term(term: Term, names: Naming, depth: int) -> str:
    if not term.bound:
        return _product(term, names, depth)
    return min(_in_order(term, order, names, depth) for order in _orders(term, names, depth))


def _in_order(term: Term, order: tuple[Bound, ...], names: Naming, depth: int) -> str:
    naming = dict(names)
    naming.update((b.letter, f"#{depth}.{place}") for place, b in enumerate(order))
    return "sum{" + ",".join(_bound(b, naming) for b in order) + "}" + _product(term, naming, depth)


def _best_order(term: Term, names: Naming, depth: int) -> tuple[Bound, ...]:
    return min(_orders(term, names, depth), key=lambda order: _in_order(term, order, names, depth))


def _bound(b: Bound, names: Naming) -> str:
    size = serialise_atom(b.size, names, 0) if isinstance(b.size, Leaf) else _place(b.size, names)
    return f"{_place(b.lower, names)}..{size}"


def _product(term: Term, names: Naming, depth: int) -> str:
    return "*".join(sorted(f"{serialise_atom(a, names, depth)}^{e}" for a, e in term.factors))


def _orders(term: Term, names: Naming, depth: int) -> list[tuple[Bound, ...]]:
    """The orders of the bound indices worth trying: those that look alike are permuted, others sorted by looks."""
    if len(term.bound) == 1:
        return [term.bound]
    blank = {b.letter: "#?" for b in term.bound}
    groups: dict[str, list[Bound]] = {}
    for b in term.bound:
        looks = _bound(b, {**names, **blank}) + _product(term, {**names, **blank, b.letter: "#!"}, depth)
        groups.setdefault(looks, []).append(b)
    count = 1
    for group in groups.values():
        for factor in range(2, len(group) + 1):
            count *= factor
    if count > MOST_ORDERS:
        raise Budget(f"{len(term.bound)} bound indices that look alike in one term")
    ordered = [permutations(groups[looks]) for looks in sorted(groups)]
    return [tuple(b for group in choice for b in group) for choice in product(*ordered)]


def collect(poly: Poly, names: Naming | None = None) -> Poly:
    """Equal terms added up; terms that cancel are gone."""
    if all(not term.bound for term in poly) and all(isinstance(a, Leaf) for term in poly for a, _ in term.factors):
        return _collect_leaves(poly)
    kept: dict[str, Term] = {}
    for term in poly:
        text = serialise_term(term, names or {}, 0)
        old = kept.get(text)
        kept[text] = term if old is None else Term(old.coefficient + term.coefficient, old.factors, old.bound)
    return tuple(kept[text] for text in sorted(kept) if kept[text].coefficient)


def _collect_leaves(poly: Poly) -> Poly:
    """The same for terms of plain entries: written-out networks have thousands, and no bound index."""
    kept: dict[frozenset[tuple[Atom, int]], Fraction] = {}
    for term in poly:
        key = frozenset(term.factors)
        kept[key] = kept.get(key, Fraction(0)) + term.coefficient
    return tuple(Term(c, tuple(factors)) for factors, c in kept.items() if c)
