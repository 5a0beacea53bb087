"""From a formula in index notation to array expressions: an index is an array's axis, a sum over it a matrix product.

Every sampled quantity of the formula carries the sample's index; its array has one sample a row. Nothing here is
trusted: what it makes is certified against the definitions of the network.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce

from symbackprop import notation as n
from symbackprop.array_code import ArrayPrimitives, Count, Matmul, Summed, Traced, Turned, called, constant
from symbackprop.errors import SymbackpropError
from symbackprop.functions import ACTIVATIONS, COSTS, SOFTMAX
from symbackprop.instantiate import renamed
from symbackprop.lower import Lowering, X, array, total
from symbackprop.network import Network

Axes = tuple[str | None, ...]  # of two: rows and columns, None where there is one; of one: a vector; of none: a number
Join = Callable[[Traced, Traced], Traced]


class NoCode(SymbackpropError):
    """A formula that has no array code here; the text says which part of it."""


@dataclass(frozen=True)
class Laid:
    """An array expression, and the index that each of its axes stands for."""

    value: Traced
    axes: Axes = ()

    @property
    def letters(self) -> frozenset[str]:
        return frozenset(a for a in self.axes if a is not None)


@dataclass(frozen=True)
class Product:
    """A product with its sums drawn out: sum over `bound` of the product of `above` over that of `below`."""

    bound: tuple[str, ...]
    above: tuple[n.Expr, ...]
    below: tuple[n.Expr, ...]
    negative: bool


class IndexLowering:
    """Formulas of one given network, at one value of the letter l."""

    def __init__(self, network: Network, layer: int) -> None:
        self.matrices = Lowering(network, layer)
        self.network = network
        self.primitives = ArrayPrimitives()
        self.drawn = 0
        self.samples: set[str] = set()

    def array(self, formula: n.Expr, axes: tuple[str, ...]) -> Traced:
        """The formula's values with these indices along the axes. Raises NoCode where there is no code for it."""
        made = self.lower(formula)
        if len(axes) == 2:
            if made.letters != set(axes):
                raise NoCode(f"a formula without the index {', '.join(sorted(set(axes) - made.letters))}")
            return turned(made, (axes[0], axes[1]))
        if made.axes != axes:
            raise NoCode("a formula that is no vector of its free index")
        return made.value

    def lower(self, e: n.Expr) -> Laid:
        match e:
            case n.Number(value):
                return Laid(constant(value))
            case n.Scalar("lambda"):
                return Laid(self.matrices.decay())
            case n.Size(n.Samples()):
                return Laid(Traced(Count(X)))
            case n.Size(n.Neurons(layer)):
                return Laid(constant(Fraction((self.network.sizes or ())[self.matrices.number(layer) or 0])))
            case n.Entry(variable, slots):
                return self.entry(variable, slots)
            case n.Add(terms):
                return self.addition(terms)
            case n.Neg(term):
                inner = self.lower(term)
                return Laid(-inner.value, inner.axes)
            case n.Power(base, exponent):
                return self.power(self.lower(base), exponent)
            case n.Apply(function, argument, primes):
                return self.applied(function, argument, primes)
            case n.CostTerm(cost, output, target, prime):
                row = COSTS[cost]
                formula = row.derivative if prime else row.formula
                return joined(lambda a, y: formula(a, y, self.primitives), self.lower(output), self.lower(target))
            case n.Softmax(slot, _, argument):
                return self.softmax(slot, argument)
            case n.Sum(index, n.Add(terms)):
                return self.addition(tuple(n.Sum(index, term) for term in terms))
            case n.Mul() | n.Sum():
                return self.product(self.drawn_out(e))
        raise NoCode(f"a formula with {type(e).__name__} in it")

    def entry(self, variable: n.Variable, slots: tuple[n.Slot, ...]) -> Laid:
        names = [slot.name for slot in slots if isinstance(slot, n.Index)]
        if len(names) != len(slots) or len(set(names)) != len(names) or variable.symbol == "E":
            raise NoCode(f"a formula with single entries of {variable} in it")
        self.samples |= {slot.name for slot in slots if isinstance(slot, n.Index) and slot.axis == n.Samples()}
        stored = reversed(names) if n.Samples() in variable.axes else names
        return Laid(Traced(self.matrices.symbol(variable)), tuple(stored))

    def addition(self, terms: tuple[n.Expr, ...]) -> Laid:
        made = self.lower(terms[0])
        for term in terms[1:]:
            if isinstance(term, n.Neg):
                made = joined(lambda x, y: x - y, made, self.lower(term.term))
            else:
                made = joined(lambda x, y: x + y, made, self.lower(term))
        return made

    def power(self, base: Laid, exponent: int) -> Laid:
        one = constant(Fraction(1))
        made = reduce(lambda x, y: x * y, [base.value] * abs(exponent)) if exponent else one
        return Laid(one / made if exponent < 0 else made, base.axes if exponent else ())

    def applied(self, function: str, argument: n.Expr, primes: int) -> Laid:
        if isinstance(argument, n.Entry) and argument.variable.symbol == "z":
            layer = self.matrices.number(argument.variable.layer) or 0
            meant = self.network.proof_output if layer == self.matrices.depth else self.network.proof_hidden
            if function == meant and primes < 2:
                row, z = ACTIVATIONS[self.matrices.function(function, layer)], self.lower(argument)
                if not primes:
                    return Laid(row.stable(z.value, self.primitives), z.axes)
                a = Traced(array("a", layer))
                return Laid(row.stable_derivative(z.value, a, self.primitives), z.axes)
        inner = self.lower(argument)
        if function in ("exp", "log") and not primes:
            return Laid(called(function, inner.value), inner.axes)
        if function in ACTIVATIONS and primes < 2:
            row = ACTIVATIONS[function]
            value = row.stable(inner.value, self.primitives)
            return Laid(row.stable_derivative(inner.value, value, self.primitives) if primes else value, inner.axes)
        raise NoCode(f"the function {function} where it has no code")

    def softmax(self, slot: n.Slot, argument: n.Expr) -> Laid:
        last = isinstance(argument, n.Entry) and self.matrices.number(argument.variable.layer) == self.matrices.depth
        if not last or self.network.output != SOFTMAX or not isinstance(argument, n.Entry):
            raise NoCode("a softmax of something else than the last pre-activations")
        place = self.lower(argument)
        name = slot.name if isinstance(slot, n.Index) else None
        bound = next(x for x in place.axes if x not in self.samples)
        axes = tuple(name if x == bound else x for x in place.axes)
        return Laid(Traced(array("a", self.matrices.depth)), axes)

    # products and sums

    def drawn_out(self, e: n.Expr) -> Product:
        """The product's factors, and the indices that it is summed over, each under a name of its own."""
        match e:
            case n.Mul(factors):
                return _one([self.drawn_out(factor) for factor in factors])
            case n.Neg(term):
                inner = self.drawn_out(term)
                return Product(inner.bound, inner.above, inner.below, not inner.negative)
            case n.Power(base, -1):
                return Product((), (), (base,), False)
            case n.Sum(index, body) if not isinstance(body, n.Add):
                self.drawn += 1
                own = n.Index(f"{index.name}:{self.drawn}", index.axis)
                inner = self.drawn_out(renamed(body, index.name, own))
                return Product((own.name, *inner.bound), inner.above, inner.below, inner.negative)
        return Product((), (e,), (), False)

    def product(self, made: Product) -> Laid:
        above = [self.lower(factor) for factor in made.above]
        below = [self.lower(factor) for factor in made.below]
        summed = [x for x in below if x.letters & set(made.bound)]
        above += [self.power(x, -1) for x in summed]
        for name in _order(list(made.bound), [x.letters for x in above]):
            within = [x for x in above if name in x.letters]
            above = [x for x in above if name not in x.letters] + [self.contracted(name, within)]
        whole = reduce(lambda x, y: joined(self.matrices.times, x, y), above) if above else Laid(constant(Fraction(1)))
        for divisor in (x for x in below if x not in summed):
            whole = joined(lambda x, y: x / y, whole, divisor)
        return Laid(-whole.value, whole.axes) if made.negative else whole

    def contracted(self, name: str, factors: list[Laid]) -> Laid:
        """The sum over one index of a product: a matrix product where two others are left."""
        others = sorted(frozenset().union(*(x.letters for x in factors)) - {name})
        if len(others) < 2:
            whole = reduce(lambda x, y: joined(self.matrices.times, x, y), factors)
            if not others:
                return Laid(total(whole.value))
            along = whole.axes.index(name)
            if others[0] in self.samples:
                axes = tuple(None if x == name else x for x in whole.axes)
                return Laid(Traced(Summed(whole.value.node, along, 1)), axes)
            return Laid(Traced(Summed(whole.value.node, along, 0)), (others[0],))
        rows, columns = min(((others[0], others[1]), (others[1], others[0])), key=lambda o: _turns(o, name, factors))
        right = [x for x in factors if columns in x.letters]
        left = [x for x in factors if columns not in x.letters]
        if not left or not any(rows in x.letters for x in left):
            raise NoCode("a sum that is no matrix product")
        one = reduce(lambda x, y: joined(self.matrices.times, x, y), left)
        other = reduce(lambda x, y: joined(self.matrices.times, x, y), right)
        node = Matmul(turned(one, (rows, name)).node, turned(other, (name, columns)).node)
        return Laid(Traced(node), (rows, columns))


def _one(parts: list[Product]) -> Product:
    return Product(
        tuple(name for part in parts for name in part.bound),
        tuple(factor for part in parts for factor in part.above),
        tuple(factor for part in parts for factor in part.below),
        sum(part.negative for part in parts) % 2 == 1,
    )


def _order(bound: list[str], letters: list[frozenset[str]]) -> Iterator[str]:
    """The bound indices, innermost first, in an order in which no more than two others are left at each."""
    left = list(letters)
    while bound:
        for name in reversed(bound):
            union = frozenset().union(*(x for x in left if name in x))
            if name in union and len(union) <= 3:
                break
        else:
            raise NoCode("a sum over an index that stands nowhere, or with more than two others")
        bound.remove(name)
        left = [x for x in left if name not in x] + [union - {name}]
        yield name


def _turns(order: tuple[str, str], name: str, factors: list[Laid]) -> int:
    """How many arrays must be transposed for that order of the result's axes."""
    rows, columns = order
    return sum(any(x.axes == axes for x in factors) for axes in ((name, rows), (columns, name)))


def turned(x: Laid, order: tuple[str | None, str | None]) -> Traced:
    """The array with its axes in that order; what it lacks is spread over."""
    rows, columns = order
    if len(x.axes) < 2:
        if x.axes and x.axes[0] != columns:
            raise NoCode("a vector where a column of a matrix is meant")
        return x.value
    first, second = x.axes
    if first in (rows, None) and second in (columns, None):
        return x.value
    if first in (columns, None) and second in (rows, None):
        return Traced(Turned(x.value.node))
    raise NoCode("indices that fit no matrix")


def joined(join: Join, x: Laid, y: Laid) -> Laid:
    """Entry by entry; the axes are those of the two together, at most two."""
    letters = sorted(x.letters | y.letters)
    if len(letters) > 2:
        raise NoCode("a product with more than two indices")
    if len(x.axes) < 2 and len(y.axes) < 2 and len(letters) < 2:
        return Laid(join(x.value, y.value), tuple(letters))
    pair = (letters[0], letters[1] if len(letters) == 2 else None)
    best: tuple[int, Laid] | None = None
    for order in (pair, (pair[1], pair[0])):
        try:
            one, other = turned(x, order), turned(y, order)
        except NoCode:
            continue
        turns = sum(isinstance(part.node, Turned) for part in (one, other))
        if best is None or turns < best[0]:
            best = turns, Laid(join(one, other), order)
    if best is None:
        raise NoCode("indices that fit no matrix")
    return best[1]
