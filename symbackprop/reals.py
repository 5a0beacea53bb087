"""Real numbers: rationals, 60-digit decimals, and intervals; opaque functions are polynomials."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, cast

import mpmath
import numpy as np

from symbackprop.fields import Array, Degenerate, NotInField, hash_text

DIGITS = 60
HIGHEST_POWER = 3  # of the polynomial that stands for an opaque function at real points
SIMPLE_SEEDS = 16  # the even ones below draw simpler functions


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
