"""The SymPy classes that formulas become in the symbolic engine, and the table's primitives over SymPy.

Nothing here is evaluated or simplified: SymPy only differentiates (`_eval_derivative`, `fdiff`).
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import sympy
from sympy import Dummy, Expr, Function, Integer, Rational, Symbol

SHARE = " by "  # in the head of a slope: of a function by one of its arguments


class Applied(Function):  # type: ignore[misc]
    """`Applied(name, primes, z)`: the `primes`-th derivative of the function `name` at z."""

    nargs = 3

    def fdiff(self, argindex: int = 3) -> Expr:
        name, primes, argument = self.args
        return Applied(name, primes + 1, argument)

    def _eval_derivative(self, s: Expr) -> Expr:
        return self.fdiff() * self.args[2].diff(s)


class Step(Function):  # type: ignore[misc]
    """1 where its argument is positive, else 0; its derivative is 0 off the kink."""

    nargs = 1

    def fdiff(self, argindex: int = 1) -> Expr:
        return Integer(0)


class Inside(Function):  # type: ignore[misc]
    """1 where |argument| < 1, else 0; its derivative is 0 off the kinks."""

    nargs = 1

    def fdiff(self, argindex: int = 1) -> Expr:
        return Integer(0)


class Opaque(Expr):  # type: ignore[misc]
    """Any differentiable function of the values `argument(k)`, k = 1..size.

    The chain rule for a function of several variables is its one axiom: its derivative is
    sum_k slope[…, k, …] d argument(k)/ds, with `slope` an Indexed in the bound k. For a matrix of values k and size are
    tuples.
    """

    def __new__(cls, slope: Expr, k: Expr, size: Expr, argument: Expr) -> Opaque:
        made: Opaque = Expr.__new__(cls, slope, k, size, argument)
        return made

    @property
    def is_share(self) -> bool:
        """Whether it stands for one argument's share of a function of several, whose shares sum to its value."""
        return SHARE in str(self.args[0].base.label)

    @property
    def outer(self) -> tuple[Any, ...]:
        """The indices of the function's own entry."""
        return tuple(self.args[0].indices[: -len(_letters(self.args[1]))])

    @property
    def free_symbols(self) -> set[Any]:
        slope, k, size, argument = self.args
        free: set[Any] = slope.free_symbols | argument.free_symbols | size.free_symbols
        return free - set(_letters(k))

    def _eval_derivative(self, s: Expr) -> Expr:
        slope, k, size, argument = self.args
        fresh = {letter: Dummy(letter.name, integer=True) for letter in _letters(k)}
        inner = argument.diff(s)
        if inner == 0:
            return Integer(0)
        if size == 1:  # a function of one number: nothing to sum over
            return slope * inner
        lengths = size.args if isinstance(size, sympy.Tuple) else (size,)
        limits = [(letter, 1, length) for letter, length in zip(fresh.values(), lengths, strict=True)]
        return sympy.Sum((slope * inner).xreplace(fresh), *limits)


def _letters(k: Any) -> tuple[Any, ...]:
    return tuple(k.args) if isinstance(k, sympy.Tuple) else (k,)


class SympyPrimitives:
    """The primitives of `functions.Primitives` as SymPy expressions."""

    def number(self, value: Fraction) -> Expr:
        return Rational(value.numerator, value.denominator)

    def root(self, name: str) -> Expr:
        return Symbol(f"root({name})", positive=True)

    def exp(self, z: Expr) -> Expr:
        return sympy.exp(z)

    def expm1(self, z: Expr) -> Expr:
        return sympy.exp(z) - 1

    def log(self, z: Expr) -> Expr:
        return sympy.log(z)

    def log1p(self, z: Expr) -> Expr:
        return sympy.log(1 + z)

    def tanh(self, z: Expr) -> Expr:
        return Applied(Symbol("tanh"), 0, z)

    def arctan(self, z: Expr) -> Expr:
        return Applied(Symbol("arctan"), 0, z)

    def step(self, z: Expr) -> Expr:
        return Step(z)

    def positive(self, z: Expr) -> Expr:
        return z * Step(z)

    def negative(self, z: Expr) -> Expr:
        return z * (1 - Step(z))

    def absolute(self, z: Expr) -> Expr:
        return z * (2 * Step(z) - 1)

    def clip(self, r: Expr) -> Expr:
        return Inside(r) * r + (1 - Inside(r)) * (2 * Step(r) - 1)
