"""How high the degree of an exact value is, as a quotient of polynomials in the random numbers that it is made from.

The certificate's error bound rests on this: a non-zero polynomial of degree d vanishes at a random point modulo p with
probability at most d / p (Schwartz 1980, Zippel 1979).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from typing import Any

from symbackprop.backprop import matched
from symbackprop.functions import ACTIVATIONS, COSTS, SOFTMAX
from symbackprop.network import Network


class Source:
    """One division of arrays: what all its denominators multiplied together are known by."""


@dataclass(frozen=True, eq=False)
class Degree:
    """A bound for every entry of an array: numerator's degree, and what is below it.

    below: for each division, how often the product of all its denominators stands below, and that product's degree.
    Written over this common denominator, a sum of many entries is no worse than one.
    """

    numerator: int = 0
    below: Mapping[Source, tuple[int, int]] = field(default_factory=dict)

    @property
    def denominator(self) -> int:
        return sum(times * degree for times, degree in self.below.values())

    @property
    def highest(self) -> int:
        return max(self.numerator, self.denominator)

    def __add__(self, other: Degree) -> Degree:
        common = {**self.below, **other.below}
        for source in self.below.keys() & other.below.keys():
            common[source] = max(self.below[source], other.below[source])
        made = Degree(0, common)
        total = made.denominator
        raised = [d.numerator + total - d.denominator for d in (self, other)]
        return Degree(max(raised), common)

    def __mul__(self, other: Degree) -> Degree:
        product = {**self.below, **other.below}
        for source in self.below.keys() & other.below.keys():
            times, degree = self.below[source]
            product[source] = times + other.below[source][0], degree
        return Degree(self.numerator + other.numerator, product)

    def inverse(self, count: int) -> Degree:
        """1 / x for each of so many entries x."""
        if not self.numerator:
            return Degree(self.denominator)
        whole = count * self.numerator
        return Degree(self.denominator + whole - self.numerator, {Source(): (1, whole)})

    def either(self, other: Degree) -> Degree:
        """A bound for entries of which some are like this, some like the other."""
        return self + other


FRESH = Degree(1)  # a random number
CONSTANT = Degree()


@dataclass
class Ledger:
    """What one run has looked up: the highest degree of an argument, and how many signs were drawn."""

    degree: int = 0
    signs: int = 0

    def record(self, degree: Degree) -> None:
        self.degree = max(self.degree, degree.highest)


@dataclass(frozen=True)
class Traced:
    """The degree of an array of `count` entries, under the arithmetic that the table's formulas use."""

    degree: Degree
    count: int
    ledger: Ledger

    def _of(self, other: Any) -> Degree:
        return other.degree if isinstance(other, Traced) else CONSTANT

    def made(self, degree: Degree) -> Traced:
        return Traced(degree, self.count, self.ledger)

    def __add__(self, other: Any) -> Traced:
        return self.made(self.degree + self._of(other))

    def __mul__(self, other: Any) -> Traced:
        return self.made(self.degree * self._of(other))

    def __truediv__(self, other: Any) -> Traced:
        return self.made(self.degree * self._of(other).inverse(self.count))

    def __rtruediv__(self, other: Any) -> Traced:
        return self.made(self._of(other) * self.degree.inverse(self.count))

    def __neg__(self) -> Traced:
        return self

    __radd__ = __sub__ = __rsub__ = __add__
    __rmul__ = __mul__


@dataclass(frozen=True)
class DegreePrimitives:
    """`functions.Primitives` over degrees: a function that is looked up gives a fresh random number."""

    count: int
    ledger: Ledger

    def number(self, value: Fraction) -> Traced:
        return Traced(CONSTANT, self.count, self.ledger)

    def root(self, name: str) -> Traced:
        return Traced(FRESH, self.count, self.ledger)

    def looked_up(self, z: Traced) -> Traced:
        self.ledger.record(z.degree)
        return z.made(FRESH)

    def chosen(self, z: Traced) -> Traced:
        self.ledger.record(z.degree)
        return z

    def step(self, z: Traced) -> Traced:
        return self.chosen(z).made(CONSTANT)

    exp = expm1 = log = log1p = tanh = arctan = looked_up
    positive = negative = absolute = clip = chosen


def true_degree(network: Network, samples: int) -> tuple[Degree, int]:
    """The degree of every gradient's entries as the equations compute them, and of what they look up."""
    sizes, ledger = network.sizes or (), Ledger()

    def array(degree: Degree, layer: int) -> tuple[Traced, DegreePrimitives]:
        count = sizes[layer] * samples
        return Traced(degree, count, ledger), DegreePrimitives(count, ledger)

    a, slopes, values = FRESH, [CONSTANT], [FRESH]
    last = len(sizes) - 1
    for layer in range(1, last + 1):
        z, m = array(FRESH * a + FRESH, layer)
        name = network.output if layer == last else network.hidden_name(layer)
        if name == SOFTMAX:
            ledger.record(z.degree + z.degree)
            a = FRESH
            slopes.append(FRESH * FRESH)
        else:
            row = ACTIVATIONS[name]
            a = row.stable(z, m).degree
            slopes.append(row.stable_derivative(z, z.made(a), m).degree)
        values.append(a)
    output, m = array(a, last)
    delta = a * FRESH + FRESH
    if not matched(network):
        delta = COSTS[network.cost].derivative(output, output.made(FRESH), m).degree * slopes[last]
    highest = delta * values[last - 1] + FRESH
    for layer, _ in reversed(list(enumerate(pairwise(sizes[:-1]), 1))):
        delta = FRESH * delta * slopes[layer]
        highest = highest.either(delta * values[layer - 1])
    return highest, ledger.degree
