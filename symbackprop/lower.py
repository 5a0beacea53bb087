"""From a proven matrix equation to array expressions: samples become rows, layers become numbers.

On paper a batch has one column a sample; arrays have one row a sample. So a quantity with a sample axis is stored
transposed, and every equation is lowered as itself or as its transpose, `(A B)^T = B^T A^T`, whichever its storage
asks for.
"""

from __future__ import annotations

from collections.abc import Mapping

import sympy

from symbackprop import matrices as mx, notation as n
from symbackprop.array_code import ArrayPrimitives, Count, Largest, Matmul, Summed, Traced, Turned, called
from symbackprop.errors import SymbackpropError
from symbackprop.functions import ACTIVATIONS, COSTS
from symbackprop.network import Network

X, Y = sympy.Symbol("x"), sympy.Symbol("y")


def array(symbol: str, layer: int | None) -> sympy.Symbol:
    """The array's name in the code: W1, b1, z1, a1, d1; x is a0, y the target."""
    if symbol == "y":
        return Y
    if symbol == "a" and layer == 0:
        return X
    letter = {"w": "W", "delta": "d"}.get(symbol, symbol)
    return sympy.Symbol(f"{letter}{layer}")


class Lowering:
    """Matrix formulas of one given network, at one value of the letter l, as array expressions."""

    def __init__(self, network: Network, layer: int, columns: bool = False) -> None:
        """`columns`: quantities with a sample axis are stored as on paper, one column a sample."""
        self.network, self.here, self.columns = network, layer, columns
        self.depth = len(network.sizes or ()) - 1
        self.primitives = ArrayPrimitives()

    def number(self, layer: n.Layer | None) -> int | None:
        if layer is None:
            return None
        base: Mapping[str, int] = {"": 0, "L": self.depth, "l": self.here, "m": self.here}
        return base[layer.base] + layer.offset

    def function(self, name: str, layer: int) -> str:
        """The table's name for the activation of that layer (proofs may have written sigma)."""
        return self.network.output if layer == self.depth else self.network.hidden_name(layer)

    def symbol(self, variable: n.Variable) -> sympy.Symbol:
        return array(variable.symbol, self.number(variable.layer))

    def lower(self, m: mx.Matrix, turned: bool) -> Traced:
        """The formula, or with `turned` its transpose."""
        match m:
            case mx.Whole(variable):
                stored_turned = n.Samples() in variable.axes and not self.columns
                node: sympy.Expr = self.symbol(variable)
                flat = len(variable.axes) == 1
                return Traced(node if flat or stored_turned == turned else Turned(node))
            case mx.Transpose(inner):
                return self.lower(inner, not turned)
            case mx.Product(left, right):
                return self.product(left, right, turned)
            case mx.Hadamard(left, right):
                return self.times(self.lower(left, turned), self.lower(right, turned))
            case mx.Map(function, inner, primes):
                return self.mapped(function, inner, primes, turned)
            case mx.CostSlope(cost, output, target):
                a, y = self.lower(output, turned), self.lower(target, turned)
                made: Traced = COSTS[cost].derivative(a, y, self.primitives)
                return made
            case mx.Plus(terms):
                return self.sum_of(terms, turned)
            case mx.Minus(inner):
                return -self.lower(inner, turned)
            case mx.Scaled(scalar, inner):
                return self.scaled(scalar, self.lower(inner, turned))
        raise SymbackpropError(f"no array code for {type(m).__name__}")

    def sum_of(self, terms: tuple[mx.Matrix, ...], turned: bool) -> Traced:
        made = self.lower(terms[0], turned)
        for term in terms[1:]:
            if isinstance(term, mx.Minus):
                made = made - self.lower(term.matrix, turned)
            else:
                made = made + self.lower(term, turned)
        return made

    def times(self, left: Traced, right: Traced) -> Traced:
        if left.number == 1 or right.number == 1:
            return right if left.number == 1 else left
        return left * right

    def product(self, left: mx.Matrix, right: mx.Matrix, turned: bool) -> Traced:
        """A matrix product; one with ones is a sum, along the samples or along the neurons."""
        if isinstance(right, mx.Ones) and isinstance(right.axis, n.Samples):
            return Traced(Summed(self.lower(left, True).node, 0, 0))
        if isinstance(left, mx.Ones) and isinstance(right, mx.Product) and right.left == mx.Transpose(left):
            # 1 (1^T M): each sample's sum, along its row or, as on paper, its column
            return Traced(Summed(self.lower(right.right, not self.columns).node, 0 if self.columns else 1, 1))
        if turned:
            left, right = mx.Transpose(right), mx.Transpose(left)
        return Traced(Matmul(self.lower(left, False).node, self.lower(right, False).node))

    def mapped(self, function: str, inner: mx.Matrix, primes: int, turned: bool) -> Traced:
        if not isinstance(inner, mx.Whole) or inner.variable.symbol != "z":
            raise SymbackpropError("a function of something else than a pre-activation has no array code")
        layer = self.number(inner.variable.layer) or 0
        row = ACTIVATIONS[self.function(function, layer)]
        z, a = self.lower(inner, turned), Traced(array("a", layer))
        made: Traced = row.stable_derivative(z, a, self.primitives) if primes else row.stable(z, self.primitives)
        return made

    def decay(self) -> Traced:
        """lambda"""
        return self.primitives.number(self.network.weight_decay)

    def scaled(self, scalar: n.Expr, inner: Traced) -> Traced:
        match scalar:
            case n.Power(n.Size(n.Samples()), -1):
                return inner / Traced(Count(X))
            case n.Scalar("lambda"):
                return self.decay() * inner
        raise SymbackpropError("a scalar factor that has no array code")


def softmax(z: sympy.Symbol, axis: int = 1) -> tuple[Traced, Traced, Traced]:
    """The shifted exponentials, their sums a sample, and the maxima: softmax is the first over the second."""
    largest = Traced(Largest(z))
    e = called("exp", Traced(z) - largest)
    return e, Traced(Summed(e.node, axis, 1)), largest


def total(e: Traced) -> Traced:
    """The sum of all entries."""
    return Traced(Summed(e.node, sympy.Symbol("None"), 0))

