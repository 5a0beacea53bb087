"""NumPy expressions as SymPy nodes that SymPy does not touch, and the printer that writes them.

SymPy reorders and merges sums and products; in floating point the order is the stability. So array expressions are
built from inert nodes, one an operation, and `lambdify` prints them as they stand.
"""

from __future__ import annotations

import operator
from dataclasses import dataclass
from fractions import Fraction
from math import pi, sqrt
from typing import Any

import numpy as np
import sympy
from sympy.printing.numpy import NumPyPrinter


def numpy_names() -> dict[str, Any]:
    """What generated code may call: NumPy's functions, without the compilers and test tools that `import *` loads."""
    return {name: value for name, value in vars(np).items() if callable(value) and not name.startswith("_")}


class Operation(sympy.Function):  # type: ignore[misc]
    """An inert operation on arrays."""

    @classmethod
    def eval(cls, *arguments: Any) -> None:
        return None


class Plus(Operation): ...


class Less(Operation): ...


class Times(Operation): ...


class Over(Operation): ...


class Negated(Operation): ...


class Matmul(Operation): ...


class Turned(Operation):
    """The transpose."""


class Called(Operation):
    """`Called(name, *arguments)`: a NumPy function."""


class Summed(Operation):
    """`Summed(array, axis, keep)`"""


class Largest(Operation):
    """`Largest(array)`: the maximum of each row, kept as a column."""


class Literal(Operation):
    """A number as it is to be written."""


class Count(Operation):
    """How many samples an array holds."""


INFIX: dict[type[Operation], tuple[str, int]] = {
    Plus: ("+", 1),
    Less: ("-", 1),
    Times: ("*", 2),
    Over: ("/", 2),
    Matmul: ("@", 2),
}
CONSTANTS = {"2/pi": sqrt(2 / pi)}


class ArrayPrinter(NumPyPrinter):  # type: ignore[misc]
    """Writes the nodes above as NumPy; whatever it does not know is an error, never a guess."""

    def _print_Operation(self, e: Operation) -> str:
        return self.write(e, 0)

    def write(self, e: Any, outside: int, right: bool = False) -> str:
        """The expression's text, in parentheses where what stands outside binds at least as tightly."""
        if type(e) in INFIX:
            sign, binds = INFIX[type(e)]
            text = f"{self.write(e.args[0], binds)} {sign} {self.write(e.args[1], binds, right=True)}"
            return f"({text})" if binds < outside or (right and binds == outside) else text
        if isinstance(e, Negated):
            text = f"-{self.write(e.args[0], 3)}"
            return f"({text})" if outside > 0 else text
        return self.written(e)

    def written(self, e: Any) -> str:
        match e:
            case Turned():
                return f"{self.write(e.args[0], 4)}.T"
            case Called():
                return f"{e.args[0]}({', '.join(self.write(x, 0) for x in e.args[1:])})"
            case Summed():
                axis, keep = e.args[1], ", keepdims=True" if e.args[2] else ""
                return f"add.reduce({self.write(e.args[0], 0)}, axis={axis}{keep})"
            case Largest():
                return f"maximum.reduce({self.write(e.args[0], 0)}, axis=1, keepdims=True)"
            case Literal():
                return str(e.args[0])
            case Count():
                return f"len({self.write(e.args[0], 0)})"
            case sympy.Symbol():
                return str(e.name)
        raise TypeError(f"no NumPy code for {type(e).__name__}")

    _print_Plus = _print_Less = _print_Times = _print_Over = _print_Negated = _print_Operation
    _print_Matmul = _print_Turned = _print_Called = _print_Summed = _print_Operation
    _print_Largest = _print_Literal = _print_Count = _print_Operation


def literal(value: Fraction) -> Literal:
    """The number as Python writes it: a whole number, or the shortest decimal that is the same float."""
    text = str(value.numerator) if value.denominator == 1 else repr(float(value))
    return Literal(sympy.Symbol(text))


@dataclass(frozen=True, eq=False)
class Traced:
    """An array expression under construction; arithmetic on it builds nodes, and computes where both are numbers."""

    node: sympy.Expr
    number: Fraction | None = None

    def _join(self, kind: type[Operation], other: Any, swapped: bool = False) -> Traced:
        if not isinstance(other, Traced):
            other = constant(Fraction(other))
        left, right = (other, self) if swapped else (self, other)
        if left.number is not None and right.number is not None:
            return constant(ARITHMETIC[kind](left.number, right.number))
        return Traced(kind(left.node, right.node))

    def __add__(self, other: Any) -> Traced:
        return self._join(Plus, other)

    def __radd__(self, other: Any) -> Traced:
        return self._join(Plus, other, swapped=True)

    def __sub__(self, other: Any) -> Traced:
        return self._join(Less, other)

    def __rsub__(self, other: Any) -> Traced:
        return self._join(Less, other, swapped=True)

    def __mul__(self, other: Any) -> Traced:
        return self._join(Times, other)

    def __rmul__(self, other: Any) -> Traced:
        return self._join(Times, other, swapped=True)

    def __truediv__(self, other: Any) -> Traced:
        return self._join(Over, other)

    def __rtruediv__(self, other: Any) -> Traced:
        return self._join(Over, other, swapped=True)

    def __neg__(self) -> Traced:
        return Traced(Negated(self.node)) if self.number is None else constant(-self.number)


ARITHMETIC = {Plus: operator.add, Less: operator.sub, Times: operator.mul, Over: operator.truediv}


def constant(value: Fraction) -> Traced:
    return Traced(literal(value), value)


def called(name: str, *arguments: Any) -> Traced:
    nodes = [a.node if isinstance(a, Traced) else literal(Fraction(a)) for a in arguments]
    return Traced(Called(sympy.Symbol(name), *nodes))


class ArrayPrimitives:
    """`functions.Primitives` as NumPy calls."""

    def number(self, value: Fraction) -> Traced:
        return constant(value)

    def root(self, name: str) -> Traced:
        return Traced(Literal(sympy.Symbol(repr(CONSTANTS[name]))))

    def exp(self, z: Traced) -> Traced:
        return called("exp", z)

    def expm1(self, z: Traced) -> Traced:
        return called("expm1", z)

    def log(self, z: Traced) -> Traced:
        return called("log", z)

    def log1p(self, z: Traced) -> Traced:
        return called("log1p", z)

    def tanh(self, z: Traced) -> Traced:
        return called("tanh", z)

    def arctan(self, z: Traced) -> Traced:
        return called("arctan", z)

    def step(self, z: Traced) -> Traced:
        return called("heaviside", z, 0)

    def positive(self, z: Traced) -> Traced:
        return called("maximum", z, 0)

    def negative(self, z: Traced) -> Traced:
        return called("minimum", z, 0)

    def absolute(self, z: Traced) -> Traced:
        return called("absolute", z)

    def clip(self, r: Traced) -> Traced:
        return called("maximum", called("minimum", r, 1), -1)
