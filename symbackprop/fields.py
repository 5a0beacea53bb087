"""The numbers that the exact engine computes with: residues, rationals, and 60-digit reals.

A field works on NumPy arrays whose leading axes (`lead`) are its own: residues carry one channel a prime. None of
this knows SymPy.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Protocol, cast

import mpmath
import numpy as np

from symbackprop.limbs import LARGE, each_channel, product, tiled_product

Array = np.ndarray[Any, Any]

PRIMES = (67108859, 67108837, 67108819, 67108777, 67108763, 67108757)  # the largest below 2^26
DIGITS = 60
HIGHEST_POWER = 3  # of the polynomial that stands for an opaque function at real points
SIMPLE_SEEDS = 16  # the even ones below draw simpler functions
FEW = 64  # entries that are inverted faster one by one
GOLDEN = np.uint64(0x9E3779B97F4A7C15)  # 2^64 over the golden ratio, which spreads small numbers


class Degenerate(Exception):
    """A division by zero: the instance is drawn again."""


class NotInField(Exception):
    """The field cannot follow this function exactly (rationals have no exponential)."""


class Field(Protocol):
    """Arithmetic and the primitive functions, elementwise; exact for residues and rationals."""

    @property
    def lead(self) -> int: ...
    def number(self, value: Fraction) -> Array: ...
    def add(self, x: Array, y: Array) -> Array: ...
    def multiply(self, x: Array, y: Array) -> Array: ...
    def negative(self, x: Array) -> Array: ...
    def inverse(self, x: Array) -> Array: ...
    def total(self, x: Array, axis: int) -> Array: ...
    def matmul(self, x: Array, y: Array) -> Array: ...
    def root(self, name: str) -> Array: ...
    def exp(self, x: Array) -> Array: ...
    def log(self, x: Array) -> Array: ...
    def arctan(self, x: Array) -> Array: ...
    def step(self, x: Array) -> Array: ...
    def inside(self, x: Array) -> Array: ...
    def opaque(self, name: str, primes: int, x: Array) -> Array: ...
    def opaque_cost(self, name: str, a: Array) -> tuple[Array, Array]: ...
    def equal(self, x: Array, y: Array) -> Array: ...


def mixed(x: Array) -> Array:
    """A well-mixed 64-bit word of each entry (the finaliser of splitmix64)."""
    h = x.astype(np.uint64)
    h = (h ^ (h >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    h = (h ^ (h >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return h ^ (h >> np.uint64(31))


@dataclass(frozen=True)
class Residues:
    """Integers modulo several primes at once, one channel a prime (the first axis).

    Functions that residues cannot follow are random ones, the same for equal arguments: an argument is recognised by
    all its channels together. exp(-z) = 1/exp(z) holds, tanh is made from exp, slopes follow the functions' algebra.
    Residues have no order: the sign of a value is drawn at random, once a value, with sign(-z) = -sign(z).
    """

    seed: int
    primes: tuple[int, ...] = PRIMES[:2]
    lead: int = 1

    def modulus(self, x: Array) -> Array:
        return np.array(self.primes, dtype=np.int64).reshape((-1,) + (1,) * (x.ndim - 1))

    def number(self, value: Fraction) -> Array:
        try:
            made = [value.numerator * pow(value.denominator, -1, p) % p for p in self.primes]
        except ValueError:
            raise Degenerate from None
        return np.array(made, dtype=np.int64)

    def random(self, shape: tuple[int, ...], rng: np.random.Generator) -> Array:
        return np.stack([rng.integers(0, p, size=shape, dtype=np.int64) for p in self.primes])

    def add(self, x: Array, y: Array) -> Array:
        made = x + y
        return cast(Array, made % self.modulus(made))

    def multiply(self, x: Array, y: Array) -> Array:
        made = np.multiply(x, y, dtype=np.int64)  # large matrices are kept in 32 bits
        return cast(Array, made % self.modulus(made))

    def negative(self, x: Array) -> Array:
        return cast(Array, -x % self.modulus(x))

    def inverse(self, x: Array) -> Array:
        if not np.all(x):
            raise Degenerate
        made = np.empty(x.shape, dtype=np.int64)
        for channel, p in enumerate(self.primes):
            made[channel] = _inverses(x[channel].astype(np.int64), p)
        return made

    def total(self, x: Array, axis: int) -> Array:
        made = x.sum(axis=axis)
        return cast(Array, made % self.modulus(made))

    def matmul(self, x: Array, y: Array) -> Array:
        """The matrix product in the last two axes, exact; of a large matrix no more than tiles are copied."""
        channels = range(len(self.primes))
        if x.ndim == y.ndim == 3 and max(x[0].size, y[0].size) >= LARGE:
            return np.stack(each_channel(lambda k: tiled_product(x[k], y[k], self.primes[k]), channels))
        return np.stack([product(x[k], y[k], self.primes[k]) for k in channels])

    def root(self, name: str) -> Array:
        return self.oracle(f"root {name}", self.number(Fraction(1)))

    def words(self, salt: str, x: Array) -> Array:
        """One random word for each value, from all its channels and the salt."""
        word = np.uint64(hash_text(salt) ^ self.seed)
        made = np.full((*x.shape[1:], 1), word, dtype=np.uint64)  # never a bare number: those warn where arrays wrap
        for channel in range(len(self.primes)):
            made = mixed(made + x[channel, ..., None].astype(np.uint64) * GOLDEN)
        return cast(Array, made[..., 0])

    def oracle(self, salt: str, x: Array) -> Array:
        return self.drawn(self.words(salt, x))

    def drawn(self, word: Array) -> Array:
        """A random residue other than 0 in each channel, from one word a value."""
        lead = (-1, *(1,) * word.ndim)
        channels = np.arange(1, len(self.primes) + 1, dtype=np.uint64).reshape(lead)
        sizes = np.array(self.primes, dtype=np.uint64).reshape(lead) - np.uint64(1)
        return cast(Array, (mixed(word + channels) % sizes + np.uint64(1)).astype(np.int64))

    def upper(self, x: Array) -> Array:
        """Which of x and -x is looked up: a fixed half of the non-zero values."""
        return cast(Array, x[0] * 2 > self.primes[0])

    def exp(self, x: Array) -> Array:
        flipped = self.upper(x)
        value = self.oracle("exp", np.where(flipped, self.negative(x), x))
        made = np.where(flipped, self.inverse(value), value)
        return np.where(np.any(x, axis=0), made, np.int64(1))

    def log(self, x: Array) -> Array:
        one = self.number(Fraction(1)).reshape((-1,) + (1,) * (x.ndim - 1))
        return np.where(np.all(x == one, axis=0), np.int64(0), self.oracle("log", x))

    def arctan(self, x: Array) -> Array:
        return np.where(np.any(x, axis=0), self.oracle("arctan", x), np.int64(0))

    def step(self, x: Array) -> Array:
        flipped = self.upper(x)
        bit = self.words("sign", np.where(flipped, self.negative(x), x)) & np.uint64(1)
        positive = (bit.astype(bool) ^ flipped) & np.any(x, axis=0)
        return np.broadcast_to(positive.astype(np.int64), x.shape)

    def inside(self, x: Array) -> Array:
        flipped = self.upper(x)
        bit = self.words("inside", np.where(flipped, self.negative(x), x)) & np.uint64(1)
        within = bit.astype(bool) | ~np.any(x, axis=0)
        return np.broadcast_to(within.astype(np.int64), x.shape)

    def opaque(self, name: str, primes: int, x: Array) -> Array:
        return self.oracle(f"{name} {primes}", x)

    def opaque_cost(self, name: str, a: Array) -> tuple[Array, Array]:
        """Value and slopes of a random function of the vectors along the last axis."""
        places = np.arange(1, a.shape[-1] + 1, dtype=np.uint64) * GOLDEN
        key = mixed(mixed(self.words(f"{name} entry", a) + places).sum(axis=-1, keepdims=True))
        made = self.drawn(mixed(key + np.arange(a.shape[-1] + 1, dtype=np.uint64) * GOLDEN))
        return made[..., 0], made[..., 1:]

    def equal(self, x: Array, y: Array) -> Array:
        return cast(Array, np.all(x == y, axis=0))


def hash_text(text: str) -> int:
    """A 63-bit number of a text, the same in every run."""
    import hashlib

    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big") >> 1


def _inverses(x: Array, p: int) -> Array:
    """Python's own inverse for a few entries, Fermat's x^(p - 2) for many at once."""
    if x.size > FEW:
        return _power(x, p - 2, p)
    made: Array = np.array([pow(entry, -1, p) for entry in x.ravel().tolist()], dtype=np.int64).reshape(x.shape)
    return made


def _power(x: Array, exponent: int, p: int) -> Array:
    made, square = np.ones_like(x), x % p
    while exponent:
        if exponent & 1:
            made = made * square % p
        square = square * square % p
        exponent >>= 1
    return made


class Reals:
    """What rationals and 60-digit reals share: object arrays, true order, opaque functions made from polynomials."""

    lead = 0

    def __init__(self, seed: int) -> None:
        self.seed = seed

    @property
    def simple(self) -> bool:
        """Whether opaque functions are squares at most and costs sums of squares, for numbers that stay small."""
        return self.seed % 2 == 0 and self.seed < SIMPLE_SEEDS

    def aim(self, name: str, k: int) -> Fraction:
        """Where the k-th square of a simple opaque cost vanishes."""
        return Fraction(hash_text(f"{name} aim {k} {self.seed}") % 5 - 2)

    def coefficient(self, name: str, place: int) -> Fraction:
        """A small rational that stands for the opaque function `name`: its polynomial's coefficients."""
        if self.simple and place == HIGHEST_POWER:
            return Fraction(0)
        drawn = hash_text(f"{name} {place} {self.seed}")
        return Fraction(drawn % 3 + 1, (1, 2, 1)[drawn // 3 % 3]) * (-1 if drawn // 9 % 2 else 1)

    def number(self, value: Fraction) -> Array:
        return _object(value)

    def matmul(self, x: Array, y: Array) -> Array:
        return _array(x @ y)

    def add(self, x: Array, y: Array) -> Array:
        return _array(x + y)

    def multiply(self, x: Array, y: Array) -> Array:
        return _array(x * y)

    def negative(self, x: Array) -> Array:
        return _array(-x)

    def inverse(self, x: Array) -> Array:
        if any(v == 0 for v in x.ravel()):
            raise Degenerate
        return _array(self.number(Fraction(1)) / x)

    def total(self, x: Array, axis: int) -> Array:
        return _array(x.sum(axis=axis))

    def each(self, f: Any, x: Array) -> Array:
        made = np.empty(x.shape, dtype=object)
        made[...] = np.vectorize(f, otypes=[object])(x) if x.size else x
        return made

    def step(self, x: Array) -> Array:
        one, zero = self.number(Fraction(1))[()], self.number(Fraction(0))[()]
        return self.each(lambda v: one if v > 0 else zero, x)

    def inside(self, x: Array) -> Array:
        one, zero = self.number(Fraction(1))[()], self.number(Fraction(0))[()]
        return self.each(lambda v: one if -1 < v < 1 else zero, x)

    def opaque(self, name: str, primes: int, x: Array) -> Array:
        """The `primes`-th derivative of c1 t + c2 t^2 + c3 t^3."""
        made = _object(self.number(Fraction(0))[()])
        for power in range(1, HIGHEST_POWER + 1):
            if power < primes:
                continue
            factor = self.coefficient(name, power)
            for k in range(primes):
                factor *= power - k
            made = self.add(made, self.multiply(self.number(factor), x ** (power - primes)))
        return self.add(made, self.multiply(self.number(Fraction(0)), x))

    def opaque_cost(self, name: str, a: Array) -> tuple[Array, Array]:
        """Value and slopes of sum_k c_k a_k + (sum_k d_k a_k)^2 / 2, or simple ones of sum_k (a_k - t_k)^2 / 2."""
        width, half = a.shape[-1], self.number(Fraction(1, 2))
        if self.simple:
            t = _list([self.number(-self.aim(name, k))[()] for k in range(width)])
            apart = self.add(a, np.broadcast_to(t, a.shape))
            return self.multiply(half, self.total(apart * apart, -1)), apart
        c = _list([self.number(self.coefficient(f"{name} linear", k))[()] for k in range(width)])
        d = _list([self.number(self.coefficient(f"{name} square", k))[()] for k in range(width)])
        inner = self.total(a * d, -1)
        value = self.add(self.total(a * c, -1), self.multiply(half, self.multiply(inner, inner)))
        return value, self.add(np.broadcast_to(c, a.shape), self.multiply(np.asarray(inner)[..., None], d))


class Rationals(Reals):
    """Exact rational numbers; no exponentials."""

    def root(self, name: str) -> Array:
        raise NotInField(name)

    def exp(self, x: Array) -> Array:
        if any(x.ravel()):
            raise NotInField("exp")
        return self.add(x, self.number(Fraction(1)))

    def log(self, x: Array) -> Array:
        raise NotInField("log")

    def arctan(self, x: Array) -> Array:
        raise NotInField("arctan")

    def equal(self, x: Array, y: Array) -> Array:
        return cast(Array, np.asarray(x == y, dtype=bool))


class Decimals(Reals):
    """Reals to `digits` digits (mpmath); equality up to `tolerance`, far above the rounding of these few steps."""

    def __init__(self, seed: int, digits: int = DIGITS) -> None:
        super().__init__(seed)
        self.context = mpmath.mp.clone()
        self.context.dps = digits
        self.tolerance = self.context.mpf(10) ** -(digits * 2 // 3)

    def number(self, value: Fraction) -> Array:
        return _object(self.context.mpf(value.numerator) / value.denominator)

    def root(self, name: str) -> Array:
        if name != "2/pi":
            raise NotInField(name)
        return _object(self.context.sqrt(2 / self.context.pi))

    def exp(self, x: Array) -> Array:
        return self.each(self.context.exp, x)

    def log(self, x: Array) -> Array:
        if any(v <= 0 for v in x.ravel()):
            raise Degenerate
        return self.each(self.context.log, x)

    def arctan(self, x: Array) -> Array:
        return self.each(self.context.atan, x)

    def equal(self, x: Array, y: Array) -> Array:
        def close(u: Any, v: Any) -> bool:
            return bool(abs(u - v) <= self.tolerance * (1 + abs(u) + abs(v)))

        return np.asarray(np.vectorize(close, otypes=[bool])(x, y))


class Intervals(Reals):
    """Reals between two bounds of `digits` digits: enclosures that are apart are different numbers.

    A sign that the bounds leave open, or a denominator that may be zero, makes the instance Degenerate.
    """

    def __init__(self, seed: int, digits: int) -> None:
        super().__init__(seed)
        self.context = mpmath.ctx_iv.MPIntervalContext()
        self.context.dps = digits

    def number(self, value: Fraction) -> Array:
        return _object(self.context.mpf(value.numerator) / value.denominator)

    def inverse(self, x: Array) -> Array:
        if any(v.a <= 0 <= v.b for v in x.ravel()):
            raise Degenerate
        return self.each(lambda v: 1 / v, x)

    def root(self, name: str) -> Array:
        if name != "2/pi":
            raise NotInField(name)
        return _object(self.context.sqrt(2 / self.context.pi))

    def exp(self, x: Array) -> Array:
        return self.each(self.context.exp, x)

    def log(self, x: Array) -> Array:
        if any(v.a <= 0 for v in x.ravel()):
            raise Degenerate
        return self.each(self.context.log, x)

    def arctan(self, x: Array) -> Array:
        return self.each(lambda v: self.context.atan2(v, self.context.mpf(1)), x)

    def step(self, x: Array) -> Array:
        return self.each(lambda v: self._bit(v.a > 0, v.b <= 0), x)

    def inside(self, x: Array) -> Array:
        return self.each(lambda v: self._bit(v.a > -1 and v.b < 1, v.a >= 1 or v.b <= -1), x)

    def _bit(self, yes: bool, no: bool) -> Any:
        if not (yes or no):
            raise Degenerate
        return self.context.mpf(1 if yes else 0)

    def equal(self, x: Array, y: Array) -> Array:
        """Whether the enclosures meet: where they do not, the numbers differ."""

        def meet(u: Any, v: Any) -> bool:
            return bool(u.a <= v.b and v.a <= u.b)

        return np.asarray(np.vectorize(meet, otypes=[bool])(x, y))

    def sharp(self, v: Any, digits: int) -> bool:
        """Whether the enclosure fixes so many digits, or so many places of a number below 1."""
        width, size = v.b - v.a, max(abs(v.a), abs(v.b))
        return bool(width <= (1 + size) * self.context.mpf(10) ** -digits)

    def middle(self, v: Any, digits: int) -> str:
        """A number within the bounds, as text; a number that no digit tells from 0 is 0."""
        if v.a <= 0 <= v.b:
            return "0.0"
        decimal = mpmath.mp.clone()
        decimal.dps = digits + 20
        return str(decimal.nstr((decimal.mpf(v.a) + decimal.mpf(v.b)) / 2, digits))


def _object(value: Any) -> Array:
    made = np.empty((), dtype=object)
    made[()] = value
    return made


def _list(values: list[Any]) -> Array:
    made = np.empty(len(values), dtype=object)
    made[:] = values
    return made


def _array(value: Any) -> Array:
    """NumPy turns object arrays of no axes into bare objects: back into arrays."""
    return value if isinstance(value, np.ndarray) else _object(value)
