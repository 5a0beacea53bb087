"""Index formulas evaluated by written-out loops, one index value at a time: slow, obvious, and nobody else's code.

Opaque functions are fixed polynomials. Every value is a Fraction, or a 60-digit number where a formula holds exp, log
or a root.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import mpmath

from symbackprop import notation as n

CONTEXT = mpmath.mp.clone()
CONTEXT.dps = 60
Value = Any
Indices = Mapping[str, int]


class Undefined(Exception):
    """A division by zero, a logarithm of a number that is not positive, a sign at the kink."""


@dataclass(frozen=True)
class World:
    """How long each axis is, and the number that each entry stands for."""

    length: Callable[[n.Axis], int]
    entry: Callable[[n.Variable, tuple[int, ...]], Value]

    def value(self, e: n.Expr, at: Indices) -> Value:
        match e:
            case n.Number(value):
                return value
            case n.Entry(variable, slots):
                return self.entry(variable, tuple(self.slot(s, at) for s in slots))
            case n.Scalar(name):
                return self.entry(n.Variable(name), ())
            case n.Size(axis):
                return Fraction(self.length(axis))
            case n.Add(terms):
                total: Value = Fraction(0)
                for term in terms:
                    total = _both(total, self.value(term, at), lambda x, y: x + y)
                return total
            case n.Neg(term):
                return -self.value(term, at)
            case n.Mul(factors):
                product: Value = Fraction(1)
                for factor in factors:
                    product = _both(product, self.value(factor, at), lambda x, y: x * y)
                return product
            case n.Power(base, exponent):
                value = self.value(base, at)
                if exponent < 0 and (value.value if isinstance(value, Moving) else value) == 0:
                    raise Undefined
                return value**exponent
            case n.Sum(index, body):
                made: Value = Fraction(0)
                for k in range(1, self.length(index.axis) + 1):
                    made = _both(made, self.value(body, {**at, index.name: k}), lambda x, y: x + y)
                return made
            case n.Kronecker(left, right):
                return Fraction(self.slot(left, at) == self.slot(right, at))
            case n.Apply(function, argument, primes):
                return _function(function, primes, self.value(argument, at))
        raise NotImplementedError(type(e).__name__)

    def slot(self, slot: n.Slot, at: Indices) -> int:
        return slot.value if isinstance(slot, n.At) else at[slot.name]


def _both(x: Value, y: Value, join: Callable[[Value, Value], Value]) -> Value:
    if isinstance(x, Moving) or isinstance(y, Moving):
        return join(x if isinstance(x, Moving) else Moving(x), y if isinstance(y, Moving) else Moving(y))
    if isinstance(x, Fraction) != isinstance(y, Fraction):
        return join(real(x), real(y))
    return join(x, y)


@dataclass(frozen=True)
class Moving:
    """A number and how fast it moves: products and quotients by the rules of school."""

    value: Fraction
    speed: Fraction = Fraction(0)

    def __add__(self, other: Moving) -> Moving:
        return Moving(self.value + other.value, self.speed + other.speed)

    def __mul__(self, other: Moving) -> Moving:
        return Moving(self.value * other.value, self.speed * other.value + self.value * other.speed)

    def __neg__(self) -> Moving:
        return Moving(-self.value, -self.speed)

    def __pow__(self, exponent: int) -> Moving:
        return Moving(self.value**exponent, exponent * self.value ** (exponent - 1) * self.speed)


def real(x: Value) -> Value:
    return CONTEXT.mpf(x.numerator) / x.denominator if isinstance(x, Fraction) else x


def _function(name: str, primes: int, z: Value) -> Value:
    match name:
        case "exp":
            return CONTEXT.exp(real(z))
        case "log":
            if z <= 0:
                raise Undefined
            return CONTEXT.log(real(z))
        case "step":
            if z == 0:
                raise Undefined
            return Fraction(z > 0)
        case "inside":
            if abs(z) == 1:
                raise Undefined
            return Fraction(abs(z) < 1)
    if isinstance(z, Moving):
        slope = _function(name, primes + 1, z.value) * z.speed
        return Moving(_function(name, primes, z.value), slope)
    c1, c2, c3 = {"f": (1, -2, 1), "g": (3, 1, -1), "group": (2, 1, 1)}[name]
    slopes = (c1 * z + c2 * z**2 + c3 * z**3, c1 + 2 * c2 * z + 3 * c3 * z**2, 2 * c2 + 6 * c3 * z, 6 * c3)
    return slopes[primes]


def nearly_equal(x: Value, y: Value) -> bool:
    """Exactly equal, or to 40 digits where one of them is no rational number."""
    if isinstance(x, Fraction) and isinstance(y, Fraction):
        return x == y
    u, v = real(x), real(y)
    return bool(abs(u - v) <= CONTEXT.mpf(10) ** -40 * (1 + abs(u) + abs(v)))
