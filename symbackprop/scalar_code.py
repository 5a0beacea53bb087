"""The scalar path: `sympy.lambdify` over the written-out network, a number at a time.

Slow and obvious. It computes one sample's cost and every gradient from the closed forms that `explicit` compared with
SymPy's `diff`; the tests hold the batch code to it.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import sympy
from sympy import Expr, Symbol

from symbackprop.atoms import Inside, Step
from symbackprop.errors import NotProved, SymbackpropError
from symbackprop.explicit import MOST_PARAMETERS, Scalars, Value, closed_forms, compare, small_enough
from symbackprop.functions import ACTIVATIONS
from symbackprop.network import Network


def _names(scalars: Scalars) -> dict[Symbol, Symbol]:
    """Weights, biases, inputs and targets under names that Python takes: w1_2_3 is w_23 of layer 1."""
    made: dict[Symbol, Symbol] = {}
    for (symbol, layer, numbers), value in scalars.values.items():
        if isinstance(value, Symbol):
            letter = "x" if (symbol, layer) == ("a", 0) else symbol
            head = letter if letter in "xy" else f"{letter}{layer}"
            made[value] = Symbol("_".join([head, *map(str, numbers)]), real=True)
    return made


def plain(e: Expr, names: dict[Symbol, Symbol]) -> Expr:
    """Function values written as the formulas of the table, for lambdify."""
    if isinstance(e, Value):
        argument = plain(e.argument, names)
        if e.function == "exp":
            return sympy.exp(argument)
        row, m = ACTIVATIONS[e.function], Elementary()
        value = row.stable(argument, m)
        return row.stable_derivative(argument, value, m) if e.primes else value
    if isinstance(e, Symbol):
        return names.get(e, Symbol(e.name, real=True))  # SymPy asks at every node whether it is real
    if isinstance(e, Step):
        return sympy.Heaviside(plain(e.args[0], names), 0)
    if isinstance(e, Inside):
        return sympy.Heaviside(1 - sympy.Abs(plain(e.args[0], names)), 0)
    return e.func(*(plain(part, names) for part in e.args)) if e.args else e


class Elementary:
    """`functions.Primitives` as SymPy's own functions, which lambdify knows."""

    def number(self, value: Any) -> Expr:
        return sympy.Rational(value.numerator, value.denominator)

    def root(self, name: str) -> Expr:
        return sympy.sqrt(2 / sympy.pi)

    def exp(self, z: Expr) -> Expr:
        return sympy.exp(z)

    def expm1(self, z: Expr) -> Expr:
        return sympy.exp(z) - 1

    def log(self, z: Expr) -> Expr:
        return sympy.log(z)

    def log1p(self, z: Expr) -> Expr:
        return sympy.log(1 + z)

    def tanh(self, z: Expr) -> Expr:
        return sympy.tanh(z)

    def arctan(self, z: Expr) -> Expr:
        return sympy.atan(z)

    def step(self, z: Expr) -> Expr:
        return sympy.Heaviside(z, 0)

    def positive(self, z: Expr) -> Expr:
        return sympy.Max(z, 0)

    def negative(self, z: Expr) -> Expr:
        return sympy.Min(z, 0)

    def absolute(self, z: Expr) -> Expr:
        return sympy.Abs(z)

    def clip(self, r: Expr) -> Expr:
        return sympy.Max(-1, sympy.Min(1, r))


def scalar_function(network: Network) -> Callable[..., list[float]]:
    """lambdify's function of w, b (in the batch code's order), x and y: cost and every gradient of one sample.

    Raises SymbackpropError where the network is too large to be written out, NotProved where a gradient differs.
    """
    if not network.compilable:
        raise SymbackpropError("nothing to compile: give the sizes, and name every function (not 'any')")
    if not small_enough(network):
        raise SymbackpropError(
            f"{network.parameters:,} parameters: the scalar form is for at most {MOST_PARAMETERS} and few layers;"
            " leave --form scalar out"
        )
    result = compare(network)
    if not result.holds:
        raise NotProved(f"the gradient by {result.wrong[0]} differs from its closed form")
    scalars = Scalars(network)
    closed, names = closed_forms(scalars), _names(scalars)
    keys = parameter_keys(network)
    arguments = [names[scalars.values[key]] for key in keys]
    arguments += [names[scalars.values["a", 0, (j,)]] for j in range(1, scalars.sizes[0] + 1)]
    targets = [Symbol(f"y_{k}", real=True) for k in range(1, scalars.sizes[-1] + 1)]
    outcome = [plain(scalars.cost, names), *(plain(closed[key], names) for key in keys)]
    made: Callable[..., list[float]] = sympy.lambdify([*arguments, *targets], outcome, modules="numpy", cse=True)
    return made


def parameter_keys(network: Network) -> list[tuple[str, int | None, tuple[int, ...]]]:
    """Every parameter in the order in which the flat vector holds them."""
    sizes = network.sizes or ()
    keys: list[tuple[str, int | None, tuple[int, ...]]] = []
    for layer in range(1, len(sizes)):
        keys += [("w", layer, (int(i) + 1, int(j) + 1)) for i, j in np.ndindex(sizes[layer], sizes[layer - 1])]
        keys += [("b", layer, (i + 1,)) for i in range(sizes[layer])]
    return keys


def scalar_source(network: Network) -> str:
    """The source of `scalar_function`, as it runs."""
    source = inspect.getsource(scalar_function(network)).replace("_lambdifygenerated", "cost_and_gradient")
    return "from numpy import *\n\n\n" + source.rstrip() + "\n"


def scalar_cost_and_gradient(
    function: Callable[..., list[float]], vector: Sequence[float], x: Sequence[float], y: Sequence[float]
) -> tuple[float, list[float]]:
    """One sample's cost and flat gradient."""
    cost, *gradient = function(*vector, *x, *y)
    return float(cost), [float(g) for g in gradient]

