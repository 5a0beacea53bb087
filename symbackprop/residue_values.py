"""Arrays of residues: their arithmetic, and the functions that formulas are written with.

Each array carries a bound on the degree of its entries; the certificate's error probability is computed from it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Self

import numpy as np

from symbackprop.array_code import CONSTANTS
from symbackprop.deferred import Deferred, worth_deferring
from symbackprop.degrees import CONSTANT, FRESH, Degree, Ledger
from symbackprop.fields import Array
from symbackprop.residues import Residues

SIMPLE = 10**6  # a float is the simplest fraction that rounds to it, where one has so small a denominator


class NotExact(TypeError):
    """The code does what exact numbers cannot follow; the text says what."""


@dataclass
class Bound:
    """The degree of an array and of all its views, raised by what is written into one of them."""

    degree: Degree = FRESH


@dataclass(eq=False)
class ResidueValues:
    """An array over `residues`; `value` has one channel a prime as its first axis.

    held: the value, or what it can be computed from. exponent: the array that this one is the exponential of, where it
    is: its quotient by its own sum is a softmax, which stays the same when a constant is taken off all exponents.
    """

    residues: Residues
    held: Array | Deferred
    bound: Bound = field(default_factory=Bound)
    ledger: Ledger = field(default_factory=Ledger)
    exponent: ResidueValues | None = None

    @property
    def value(self) -> Array:
        if isinstance(self.held, Deferred):
            self.held = self.held.whole()
        return self.held

    @property
    def degree(self) -> Degree:
        return self.bound.degree

    @property
    def shape(self) -> tuple[int, ...]:
        return tuple(self.held.shape[1:])

    @property
    def ndim(self) -> int:
        return len(self.held.shape) - 1

    @property
    def size(self) -> int:
        return int(np.prod(self.shape))

    def made(self, value: Array | Deferred, degree: Degree) -> Self:
        return type(self)(self.residues, value, Bound(degree), self.ledger)

    def viewed(self, view: Callable[[Array], Array]) -> Self:
        """The same numbers in another shape, or some of them; writing into them raises this array's bound too."""
        exponent = None if self.exponent is None else self.exponent.viewed(view)
        return type(self)(self.residues, view(self.value), self.bound, self.ledger, exponent)

    def of(self, other: Any) -> Self:
        """A plain number, or array of whole numbers, as constants."""
        if isinstance(other, type(self)):
            return other
        if isinstance(other, np.ndarray) and other.ndim:
            if other.dtype.kind not in "iubf" or not np.all(np.isfinite(other) & (other == np.floor(other))):
                raise NotExact("an array of floats met exact numbers: compute it from the arguments instead")
            whole = other.astype(np.int64)
            return self.made(np.stack([whole % p for p in self.residues.primes]), CONSTANT)
        try:
            return self._constant(other)
        except (TypeError, ValueError, OverflowError):
            raise NotExact(f"a {type(other).__name__} met exact numbers: they take numbers and arrays") from None

    def _constant(self, number: Any) -> Self:
        for name, value in CONSTANTS.items():
            if not isinstance(number, int) and float(number) == value:
                return self.made(self.residues.root(name), FRESH)
        return self.made(self.residues.number(exactly(number)), CONSTANT)

    def is_constant(self, number: int) -> bool:
        if self.ndim or self.degree.highest:
            return False
        return np.array_equal(self.value, self.residues.number(Fraction(number)))

    def is_bits(self) -> bool:
        """Whether every entry is 0 or 1, as comparisons answer."""
        return bool(np.all((self.value == 0) | (self.value == 1)))

    def entries_at(self, number: int) -> Array:
        """Which entries are that number, in all channels."""
        modulus = self.residues.modulus(self.value)
        return np.asarray(np.all(self.value == number % modulus, axis=0, keepdims=True))

    # arithmetic

    def padded(self, axes: int) -> Array:
        return self.value.reshape((self.value.shape[0], *(1,) * (axes - self.ndim), *self.shape))

    def aligned(self, other: ResidueValues) -> tuple[Array, Array]:
        axes = max(self.ndim, other.ndim)
        return self.padded(axes), other.padded(axes)

    def add(self, other: Self) -> Self:
        return self.made(self.residues.add(*self.aligned(other)), self.degree + other.degree)

    def subtract(self, other: Self) -> Self:
        return self.add(other.negative())

    def negative(self) -> Self:
        return self.made(self.residues.negative(self.value), self.degree)

    def multiply(self, other: Self) -> Self:
        if isinstance(self.held, Deferred) and not other.ndim:
            return self.made(self.held.times(other.value), self.degree * other.degree)
        if isinstance(other.held, Deferred) and not self.ndim:
            return other.multiply(self)
        return self.made(self.residues.multiply(*self.aligned(other)), self.degree * other.degree)

    def divide(self, other: Self) -> Self:
        share = self.softmax(other)
        if share is not None:
            return share
        degree = self.degree * other.degree.inverse(max(1, other.size))
        if isinstance(self.held, Deferred) and not other.ndim:
            return self.made(self.held.times(self.residues.inverse(other.value)), degree)
        x, y = self.aligned(other)
        return self.made(self.residues.multiply(x, self.residues.inverse(y)), degree)

    def softmax(self, total: ResidueValues) -> Self | None:
        """exp(u) over its own sum, as exp(u - u_first) over the sum of these; None where it is no such thing."""
        u = self.exponent
        if u is None or total.ndim > self.ndim:
            return None
        divisor = total.padded(self.ndim)
        axes = tuple(a for a in range(1, self.ndim + 1) if divisor.shape[a] == 1 != self.value.shape[a])
        r = self.residues
        if not axes or not np.array_equal(self.value.sum(axes, keepdims=True) % r.modulus(divisor), divisor):
            return None
        if not np.array_equal(r.exp(u.value), self.value):
            return None  # it has been written into since
        first = u.value[tuple(slice(0, 1) if a in axes else slice(None) for a in range(self.ndim + 1))]
        e = r.exp(r.add(u.value, r.negative(first)))
        self.ledger.record(u.degree + u.degree)
        sums = e.sum(axes, keepdims=True) % r.modulus(e)
        return self.made(r.multiply(e, r.inverse(sums)), FRESH)

    def power(self, exponent: int) -> Self:
        if abs(exponent) > 64:
            raise NotExact(f"a power of {exponent}")
        made = self.of(1)
        for _ in range(abs(exponent)):
            made = made.multiply(self)
        return made if exponent >= 0 else self.of(1).divide(made)

    def matmul(self, other: Self) -> Self:
        x, y = self.value, other.value
        left, right = self.ndim == 1, other.ndim == 1
        x, y = x[:, None, :] if left else x, y[:, :, None] if right else y
        if x.shape[-1] != y.shape[-2]:
            raise NotExact(f"a matrix product of shapes {self.shape} and {other.shape}")
        if not (left or right) and worth_deferring(x, y):
            return self.made(Deferred(self.residues, ((x.copy(), y.copy()),)), self.degree * other.degree)
        made = self.residues.matmul(x, y)
        made = made[..., 0, :] if left else made
        made = made[..., 0] if right else made
        return self.made(made, self.degree * other.degree)

    def total(self, axis: Any = None, keepdims: bool = False) -> Self:
        made = self.value.sum(axis=self._places(axis), keepdims=keepdims)
        return self.made(made % self.residues.modulus(made), self.degree)

    def mean(self, axis: Any = None, keepdims: bool = False) -> Self:
        made = self.total(axis, keepdims)
        return made.divide(self.of(self.size // max(1, made.size)))

    def largest(self, axis: Any = None, keepdims: bool = False) -> Self:
        """Residues have no order: in place of a maximum a random number, the same for the same row.

        What comes out right for a random number in its place comes out right for the maximum.
        """
        places = self._places(axis)
        rest = [a for a in range(1, self.ndim + 1) if a not in places]
        lengths = [self.value.shape[a] for a in rest]
        rows = self.value.transpose([0, *rest, *places]).reshape((len(self.value), *lengths, -1))
        made = np.zeros_like(rows[..., 0])
        for k in range(rows.shape[-1]):
            made = self.residues.oracle(f"largest {k}", self.residues.add(made, rows[..., k]))
        self.ledger.record(self.degree)
        return self.made(np.expand_dims(made, places) if keepdims else made, FRESH)

    def _places(self, axis: Any) -> tuple[int, ...]:
        axes = range(self.ndim) if axis is None else axis if isinstance(axis, tuple) else (axis,)
        return tuple(a % self.ndim + 1 for a in axes)

    # functions

    def looked_up(self, f: Callable[[Array], Array]) -> Self:
        self.ledger.record(self.degree)
        return self.made(f(self.value), FRESH)

    def exp(self) -> Self:
        made = self.looked_up(self.residues.exp)
        made.exponent = self.made(self.value.copy(), self.degree)
        return made

    def expm1(self) -> Self:
        return self.exp().subtract(self.of(1))

    def log(self) -> Self:
        return self.looked_up(self.residues.log)

    def log1p(self) -> Self:
        return self.add(self.of(1)).log()

    def arctan(self) -> Self:
        return self.looked_up(self.residues.arctan)

    def tanh(self) -> Self:
        """(e - 1) / (e + 1) with e = exp(2z): one quotient of a fresh number, so as good as fresh itself."""
        e = self.add(self).exp()
        one = self.of(1)
        return self.made(e.subtract(one).divide(e.add(one)).value, FRESH)

    # signs: drawn at random, once a value; what is right for either sign is right for the true one

    def positive(self) -> Array:
        self.ledger.record(self.degree)
        self.ledger.signs += self.size
        return self.residues.step(self.value).astype(bool)

    def above(self, number: int) -> Array:
        """Which entries are greater than -1, 0 or 1."""
        if not number:
            return self.positive()
        within = self.residues.inside(self.value).astype(bool)
        end = self.entries_at(1) | self.entries_at(-1)
        positive = (self.positive() | self.entries_at(1)) & ~self.entries_at(-1)
        return positive & ~(within & ~end) if number > 0 else positive | (within & ~end)

    def greater(self, other: Self) -> Self:
        """0 or 1 for each entry."""
        for number in (-1, 0, 1):
            if other.is_constant(number):
                return self.bits(self.above(number))
            if self.is_constant(number):
                return self.bits(~other.above(number) & ~other.entries_at(number))
        return self.bits(self.subtract(other).positive())

    def bits(self, which: Array) -> Self:
        return self.made(which.astype(np.int64), CONSTANT)

    def less(self, other: Self) -> Self:
        return other.greater(self)

    def flipped(self) -> Self:
        return self.of(1).subtract(self)

    def maximum(self, other: Self) -> Self:
        return self._picked(other, np.logical_not)

    def minimum(self, other: Self) -> Self:
        return self._picked(other, np.asarray)

    def _picked(self, other: Self, replaced: Callable[[Array], Array]) -> Self:
        """The constant where `replaced` says so of what is above it, else the entry."""
        if any(self.is_constant(number) for number in (-1, 0, 1)):
            return other._picked(self, replaced)
        for number in (-1, 0, 1):
            if other.is_constant(number):
                kept = np.where(replaced(self.above(number)), other.padded(self.ndim), self.value)
                return self.made(kept, self.degree)
        raise NotExact("a maximum or minimum with something else than -1, 0 or 1")

    def absolute(self) -> Self:
        return self.multiply(self.sign())

    def sign(self) -> Self:
        bit = self.greater(self.of(0))
        return bit.add(bit).subtract(self.of(1))

    def where(self, x: Self, y: Self) -> Self:
        if not self.is_bits():
            raise NotExact("a condition that is no comparison")
        return self.multiply(x).add(self.flipped().multiply(y))


def exactly(number: Any) -> Fraction:
    """The fraction that a number is meant as: 1/3 for 0.333…, 1/100 for 0.01."""
    if isinstance(number, int | np.integer | np.bool_):
        return Fraction(int(number))
    if isinstance(number, Fraction):
        return number
    kind = np.float32 if isinstance(number, np.float32) else np.float64
    value = Fraction(float(number))
    simple = value.limit_denominator(SIMPLE)
    return simple if kind(simple.numerator / simple.denominator) == number else value
