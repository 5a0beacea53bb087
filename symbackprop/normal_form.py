"""The symbolic engine's heart: a SymPy expression to its normal form, and the question whether it is zero.

Products are multiplied out, sums are pulled to the front of each term, Kronecker deltas are contracted over their
own axis, denominators are cleared. Every rewriting is an identity, so a normal form of zero is a proof; a normal
form that is not zero proves nothing (the exact engine then looks for a counterexample).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from math import lcm

import sympy
from sympy import Dummy, Expr, Symbol

from symbackprop.atoms import Applied, Inside, Opaque, Step, SympyPrimitives
from symbackprop.contraction import Contraction, idempotent
from symbackprop.functions import ACTIVATIONS
from symbackprop.layer_range import Range
from symbackprop.places import NoRule, axis_size, place
from symbackprop.polynomial import (
    ONE,
    ZERO,
    Atom,
    Bound,
    Budget,
    Delta,
    Func,
    Leaf,
    Place,
    Poly,
    Term,
    add,
    bound_too,
    collect,
    constant,
    func,
    letters,
    letters_of_atom,
    multiply,
    of_atom,
    open_term,
    scale,
    serialise,
)

GROUP = "group"
HIGHEST_POWER = 8
MOST_TERMS = 20_000


@dataclass
class NormalForm:
    """Normal forms over one set of axes.

    sizes: the axis size of each free index. sums_to_one: heads of entries whose sum over their axis is 1 (an
    assumption that the caller names in the scope). deep: functions of the table are written out in exp and log.
    layers: the layers that the claim speaks of; without them no sum over layers is contracted. between: numbers by
    name, each with what it lies between.
    """

    sizes: Mapping[Dummy, Expr] = field(default_factory=dict)
    sums_to_one: frozenset[str] = frozenset()
    deep: bool = False
    layers: Range | None = None
    between: tuple[tuple[str, Fraction, Fraction], ...] = ()
    _memo: dict[Expr, Poly] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.primitives = SympyPrimitives()
        self._contraction = Contraction(self.sizes, self.sums_to_one, self.layers)

    # conversion

    def of(self, e: Expr) -> Poly:
        found = self._memo.get(e)
        if found is None:
            found = self._memo[e] = self._convert(e)
        return found

    def _convert(self, e: Expr) -> Poly:
        if e.is_Rational:
            return constant(Fraction(int(e.p), int(e.q)))
        if isinstance(e, Dummy):
            raise NoRule(f"the index {e.name} as a number")
        if isinstance(e, Symbol):
            return of_atom(Leaf(f"symbol {e.name}"))
        if isinstance(e, sympy.Indexed):
            return of_atom(Leaf(str(e.base.label), tuple(place(x) for x in e.indices)))
        if isinstance(e, sympy.Add):
            return self._limited(collect(add(*(self.of(part) for part in e.args))))
        if isinstance(e, sympy.Mul):
            made = ONE
            for part in sorted(e.args, key=lambda p: isinstance(p, sympy.Add)):
                made = self._times(made, self.of(part))
            return self._limited(collect(made))
        if isinstance(e, sympy.Pow) and e.exp.is_Integer:
            return self.power(self.of(e.base), int(e.exp))
        if isinstance(e, sympy.KroneckerDelta):
            return self._contraction.of(of_atom(Delta(place(e.args[0]), place(e.args[1]))))
        if isinstance(e, sympy.Sum):
            return self._sum(e)
        return self._function(e)

    def _limited(self, poly: Poly) -> Poly:
        if len(poly) > MOST_TERMS:
            raise Budget(f"a normal form of {len(poly)} terms")
        return poly

    def _times(self, left: Poly, right: Poly) -> Poly:
        return self._tidy(multiply(left, right, MOST_TERMS))

    def _tidy(self, poly: Poly) -> Poly:
        """Groups that have come back to positive powers are multiplied out; steps are idempotent."""
        made: list[Poly] = []
        for term in poly:
            grown = [(a, e) for a, e in term.factors if isinstance(a, Func) and a.head == GROUP and e > 0]
            rest = tuple((a, 1 if idempotent(a) else e) for a, e in term.factors if (a, e) not in grown)
            if not grown:
                made.append((Term(term.coefficient, rest, term.bound),))
                continue
            part: Poly = (Term(term.coefficient, rest),)  # the summand: a group may hold the term's bound indices
            for atom, exponent in grown:
                if not isinstance(atom, Func):
                    continue
                for _ in range(exponent):
                    part = multiply(part, atom.arguments[0], MOST_TERMS)
            made.append(self._tidy(tuple(bound_too(inner, term.bound) for inner in part)))
        return self._contraction.of(add(*made))

    def power(self, base: Poly, exponent: int) -> Poly:
        if exponent < 0:
            return self.power(self._inverse(base), -exponent)
        if exponent > HIGHEST_POWER and len(base) > 1:
            raise Budget(f"a power of {exponent}")
        if len(base) == 1 and not base[0].bound:
            (term,) = base
            powers = tuple((a, e * exponent) for a, e in term.factors)
            return self._tidy((Term(term.coefficient**exponent, powers),)) if exponent else ONE
        made = ONE
        for _ in range(exponent):
            made = collect(self._times(made, base))
        return made

    def _inverse(self, base: Poly) -> Poly:
        base = collect(base)
        if not base:
            raise NoRule("a division by zero")
        if len(base) == 1 and not base[0].bound and not any(idempotent(a) for a, _ in base[0].factors):
            (term,) = base
            return (Term(1 / term.coefficient, tuple((a, -e) for a, e in term.factors)),)
        unit, primitive = primitive_part(base)
        primitive = collect(self._tidy(primitive))
        inverse_unit = Term(1 / unit.coefficient, tuple((a, -e) for a, e in unit.factors))
        return self._times((inverse_unit,), of_atom(func(GROUP, primitive), -1))

    def _sum(self, e: sympy.Sum) -> Poly:
        body = self.of(e.function)
        for letter, lower, upper in e.limits:
            binder = Bound(letter, axis_size(upper), place(lower))
            body = tuple(self._bind(term, binder) for term in body)
        return collect(self._contraction.of(body))

    def _bind(self, term: Term, binder: Bound) -> Term:
        if binder.letter in {b.letter for b in term.bound}:
            raise NoRule(f"the index {binder.letter.name} is bound twice")
        return Term(term.coefficient, term.factors, (*term.bound, binder))

    # functions

    def _function(self, e: Expr) -> Poly:
        if isinstance(e, Applied):
            return self._applied(str(e.args[0]), int(e.args[1]), e.args[2])
        if isinstance(e, sympy.exp):
            return self._exp(self.of(e.args[0]))
        if isinstance(e, sympy.log):
            return self._log(self.of(e.args[0]))
        if isinstance(e, Step):
            return self._step(self.of(e.args[0]))
        if isinstance(e, Inside):
            return self._inside(collect(self.of(e.args[0])))
        if isinstance(e, Opaque) and e.is_share:
            return of_atom(Leaf(f"share {e.args[0].base.label}", tuple(place(x) for x in e.outer)))
        if isinstance(e, Opaque):
            raise NoRule("an opaque function that is not differentiated")
        raise NoRule(f"{type(e).__name__}")

    def _applied(self, name: str, primes: int, z: Expr) -> Poly:
        row = ACTIVATIONS.get(name)
        if row is None:
            return of_atom(func(f"any {name} {primes}", self.of(z)))  # no name of the table or of this file
        if primes == 1:
            return self.of(row.derivative(z, Applied(Symbol(name), 0, z), self.primitives))
        if primes == 2:
            t = Dummy("t")
            slope = row.derivative(t, Applied(Symbol(name), 0, t), self.primitives)
            return self.of(slope.diff(t).xreplace({t: z}))
        if primes > 2:
            raise NoRule(f"the derivative of order {primes} of {name}")
        if name in ("sigmoid", "tanh", "arctan") and not (self.deep and name != "arctan"):
            return of_atom(func(name, self.of(z)))
        if name == "tanh":  # one generator: exp(2z)
            return self.of(1 - 2 / (1 + sympy.exp(2 * z)))
        return self.of(row.formula(z, self.primitives))

    def _exp(self, argument: Poly) -> Poly:
        """exp of a sum as a product of powers; exp(z/2) is the generator, so that exp(z) is its square."""
        made = ONE
        for term in collect(argument):
            twice = term.coefficient * 2
            power, unit = (int(twice), Fraction(1, 2)) if twice.denominator == 1 else (1, term.coefficient)
            made = self._times(made, of_atom(func("exp", (Term(unit, term.factors, term.bound),)), power))
        return made

    def _log(self, argument: Poly) -> Poly:
        argument = collect(argument)
        if serialise(argument, {}) == serialise(ONE, {}):
            return ZERO
        unit, rest = exponentials(argument)
        if not unit:
            inverse = _inverse_of_group(argument)
            return scale(self._log(inverse), Fraction(-1)) if inverse else of_atom(func("log", argument))
        logs = [scale(atom.arguments[0], Fraction(power)) for atom, power in unit]
        return add(*logs, self._log(rest))

    def _step(self, argument: Poly) -> Poly:
        """step(c z) = step(z) for c > 0, and step(-z) = 1 - step(z) off the kink."""
        flipped, unit = _positive_lead(self._without_known_signs(collect(argument)))
        if not unit:
            return ZERO  # step(0) = 0
        step = of_atom(func("step", unit))
        return add(ONE, scale(step, Fraction(-1))) if flipped else step

    def _without_known_signs(self, argument: Poly) -> Poly:
        """The argument divided by what is known to be positive: step((k - 1) z) = step(-z) for 0 < k < 1."""
        if not argument or not self.between:
            return argument
        unit, rest = primitive_part(argument)
        positive = {Leaf(f"symbol {name}") for name, low, _ in self.between if low >= 0}
        factors = tuple((atom, power) for atom, power in unit.factors if atom not in positive)
        sign = self._sign(rest)
        if not sign:
            return multiply((Term(unit.coefficient, factors),), rest)
        return (Term(Fraction(sign if unit.coefficient > 0 else -sign), factors),)

    def _sign(self, poly: Poly) -> int:
        """1 or -1 where a formula linear in one number between two others is positive or negative; else 0."""
        for name, low, high in self.between:
            leaf = ((Leaf(f"symbol {name}"), 1),)
            if all(term.factors in ((), leaf) and not term.bound for term in poly) and len(poly) > 1:
                ends = [sum((t.coefficient * (x if t.factors else 1) for t in poly), Fraction(0)) for x in (low, high)]
                if min(ends) >= 0:
                    return 1
                if max(ends) <= 0:
                    return -1
        return 0

    def _inside(self, argument: Poly) -> Poly:
        """inside(-r) = inside(r); nothing else: inside(2r) is another function of r."""
        if not argument:
            return ONE  # |0| < 1
        return of_atom(func("inside", scale(argument, Fraction(-1)) if argument[0].coefficient < 0 else argument))

    # the question

    def is_zero(self, e: Expr) -> bool:
        """Whether the normal form of e is zero, denominators cleared."""
        return not self.cleared(collect(self.of(e)))

    def cleared(self, poly: Poly) -> Poly:
        """The polynomial times the denominators of its terms (which the domain keeps from zero), collected."""
        for _ in range(HIGHEST_POWER):
            poly = self._cleared_inside(collect(poly))
            found = _denominators(poly)
            if not found:
                return poly
            atom, power = found
            poly = tuple(t for term in poly for t in self._times((term,), of_atom(atom, power)))
        return collect(poly)

    def _cleared_inside(self, poly: Poly) -> Poly:
        """Terms over one common sum whose numerators cancel are dropped together."""
        groups: dict[tuple[Place | Leaf, Place], list[Term]] = {}
        wider: dict[tuple[Place | Leaf, Place], list[Term]] = {}  # with the terms that have no denominator
        for term in poly:
            if len(term.bound) != 1:
                continue
            sum_over = (term.bound[0].size, term.bound[0].lower)
            wider.setdefault(sum_over, []).append(term)
            if any(e < 0 and isinstance(a, Func) and a.head == GROUP for a, e in term.factors):
                groups.setdefault(sum_over, []).append(term)
        more = [wider[sum_over] for sum_over, group in groups.items() if len(wider[sum_over]) > len(group)]
        for group in [*groups.values(), *more]:
            if not set(group) <= set(poly):
                continue
            letter = group[0].bound[0].letter
            if letter in letters(tuple(group)):
                continue  # the letter stands free in another term
            open_terms = tuple(open_term(u, letter) for u in group)
            if not self.cleared(open_terms):
                poly = tuple(term for term in poly if term not in group)
        return poly


def _inverse_of_group(poly: Poly) -> Poly | None:
    """r where the polynomial is 1/r: log(1/r) = -log r."""
    if len(poly) != 1 or poly[0].bound or poly[0].coefficient != 1 or len(poly[0].factors) != 1:
        return None
    atom, exponent = poly[0].factors[0]
    return atom.arguments[0] if exponent == -1 and isinstance(atom, Func) and atom.head == GROUP else None


def exponentials(poly: Poly) -> tuple[list[tuple[Func, int]], Poly]:
    """The exponentials that all terms share, taken out: log(e^u r) = u + log r, as e^u is positive."""
    unit, rest = primitive_part(poly)
    shared = [(a, e) for a, e in unit.factors if isinstance(a, Func) and a.head == "exp"]
    if not shared:
        return [], poly
    others = Term(unit.coefficient, tuple(f for f in unit.factors if f not in shared))
    return shared, collect(multiply((others,), rest))


def primitive_part(poly: Poly) -> tuple[Term, Poly]:
    """unit * primitive = poly: the unit takes the content, the common powers of index-free atoms, and the sign."""
    lowest: dict[Atom, int] = {}
    for atom in {a for t in poly for a, _ in t.factors}:
        if idempotent(atom):
            continue
        powers = [dict(t.factors).get(atom, 0) for t in poly]
        if min(powers) and not any(letters_of_atom(atom) & {b.letter for b in t.bound} for t in poly):
            lowest[atom] = min(powers)
    denominator = lcm(*(t.coefficient.denominator for t in poly))
    numerator = 0
    for t in poly:
        numerator = sympy.igcd(numerator, int(t.coefficient * denominator))
    content = Fraction(int(numerator), denominator)
    if poly[0].coefficient < 0:
        content = -content
    unit = Term(content, tuple(lowest.items()))
    shift = Term(1 / content, tuple((a, -e) for a, e in lowest.items()))
    return unit, collect(multiply((shift,), poly))


def _positive_lead(argument: Poly) -> tuple[bool, Poly]:
    """Whether the sign was flipped, and the argument scaled so that its first term has coefficient 1."""
    argument = collect(argument)
    if not argument:
        return False, ZERO
    lead = min(argument, key=_heads).coefficient
    return lead < 0, scale(argument, 1 / lead)


def _heads(term: Term) -> tuple[tuple[str, int], ...]:
    """What a term is made of, whatever its indices are called: an order that survives their renaming."""
    return tuple(sorted((getattr(atom, "head", "delta"), power) for atom, power in term.factors))


def _denominators(poly: Poly) -> tuple[Atom, int] | None:
    """A denominator without bound indices, and its highest power."""
    for term in poly:
        bound = {b.letter for b in term.bound}
        for atom, exponent in term.factors:
            if exponent < 0 and isinstance(atom, Func) and atom.head == GROUP and not letters_of_atom(atom) & bound:
                worst = min(dict(t.factors).get(atom, 0) for t in poly)
                return atom, -worst
    return None
