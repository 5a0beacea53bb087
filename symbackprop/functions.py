"""The table: activations, output functions and costs, a row each, formula beside derivative.

Every formula is written once, with the primitives of `Primitives`. Each engine brings its own primitives: SymPy
classes, residues modulo a prime, 60-digit numbers, NumPy code. A row is used only because its derivative and its
stable form are proved equal to its formula by both engines (`rows.py` holds these claims, a test walks every row).

Sources: the formulas are definitions; GELU is the tanh form of Hendrycks and Gimpel (2016), equation 2 ff.;
ELU is Clevert et al. (2016) with alpha = 1; leaky ReLU is Maas et al. (2013) with slope 1/100; Huber (1964) with
threshold 1.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction
from typing import Any, Protocol

from symbackprop.errors import SymbackpropError, nearest

Value = Any  # a SymPy expression, an array of residues, an mpmath number …: whatever the primitives work on


class Primitives(Protocol):
    """What formulas are written with. `step(0) = 0`; `inside(r)` is 1 for |r| < 1, else 0."""

    def number(self, value: Fraction) -> Value: ...
    def root(self, name: str) -> Value: ...
    def exp(self, z: Value) -> Value: ...
    def expm1(self, z: Value) -> Value: ...
    def log(self, z: Value) -> Value: ...
    def log1p(self, z: Value) -> Value: ...
    def tanh(self, z: Value) -> Value: ...
    def arctan(self, z: Value) -> Value: ...
    def step(self, z: Value) -> Value: ...
    def positive(self, z: Value) -> Value: ...
    def negative(self, z: Value) -> Value: ...
    def absolute(self, z: Value) -> Value: ...
    def clip(self, r: Value) -> Value: ...


class Range(Enum):
    """Where the values of an output function lie; a cost names the ranges on which it is defined."""

    REAL = "every real number"
    NON_NEGATIVE = "[0, infinity)"
    POSITIVE = "(0, infinity)"
    UNIT = "(0, 1)"
    UP_TO_ONE = "(0, 1]"


@dataclass(frozen=True)
class Activation:
    """An elementwise function. `derivative(z, a, m)` may use the value a = formula(z), as training does."""

    name: str
    formula: Callable[[Value, Any], Value]
    derivative: Callable[[Value, Value, Any], Value]
    stable: Callable[[Value, Any], Value]
    stable_derivative: Callable[[Value, Value, Any], Value]
    range: Range = Range.REAL
    kink: str = ""  # the stated convention where the derivative does not exist


@dataclass(frozen=True)
class Cost:
    """A per-sample cost, the sum over the output neurons of `formula(a_i, y_i)`; `derivative` is by a_i."""

    name: str
    formula: Callable[[Value, Value, Any], Value]
    derivative: Callable[[Value, Value, Any], Value]
    domain: Range = Range.REAL
    target: Range = Range.REAL


SOFTMAX = "softmax"  # not elementwise: its Jacobian a_i (delta_ij - a_j) is full, so it is no row of the table
ANY = "any"  # an opaque function: whatever is proved holds for every differentiable one


def _sigmoid(z: Value, m: Any) -> Value:
    return (m.number(Fraction(1)) + m.tanh(z * m.number(Fraction(1, 2)))) * m.number(Fraction(1, 2))


def _gelu_inner(z: Value, m: Any) -> Value:
    return m.root("2/pi") * z * (1 + m.number(Fraction(44715, 1000000)) * z * z)


def _gelu_derivative(z: Value, a: Value, m: Any) -> Value:
    t = m.tanh(_gelu_inner(z, m))
    inner_derivative = m.root("2/pi") * (1 + 3 * m.number(Fraction(44715, 1000000)) * z * z)
    return (1 + t + z * (1 - t * t) * inner_derivative) * m.number(Fraction(1, 2))


def _gelu_stable_derivative(z: Value, a: Value, m: Any) -> Value:
    """1 - t^2 as (1 - |t|)(1 + |t|), multiplied by z one factor at a time: 0 * infinity cannot arise."""
    t = m.tanh(_gelu_inner(z, m))
    near, far = 1 - m.absolute(t), 1 + m.absolute(t)
    tail = near * z + ((3 * m.number(Fraction(44715, 1000000)) * (near * z)) * z) * z
    return (1 + t + m.root("2/pi") * far * tail) * m.number(Fraction(1, 2))


def _activations() -> tuple[Activation, ...]:
    half, one, leak = Fraction(1, 2), Fraction(1), Fraction(1, 100)
    return (
        Activation(
            "identity",
            formula=lambda z, m: z,
            derivative=lambda z, a, m: m.number(one),
            stable=lambda z, m: z,
            stable_derivative=lambda z, a, m: m.number(one),
        ),
        Activation(
            "sigmoid",
            formula=lambda z, m: 1 / (1 + m.exp(-z)),
            derivative=lambda z, a, m: a * (1 - a),
            stable=_sigmoid,
            stable_derivative=lambda z, a, m: a * (1 - a),
            range=Range.UNIT,
        ),
        Activation(
            "tanh",
            formula=lambda z, m: (m.exp(z) - m.exp(-z)) / (m.exp(z) + m.exp(-z)),
            derivative=lambda z, a, m: 1 - a * a,
            stable=lambda z, m: m.tanh(z),
            stable_derivative=lambda z, a, m: 1 - a * a,
        ),
        Activation(
            "relu",
            formula=lambda z, m: m.positive(z),
            derivative=lambda z, a, m: m.step(z),
            stable=lambda z, m: m.positive(z),
            stable_derivative=lambda z, a, m: m.step(z),
            range=Range.NON_NEGATIVE,
            kink="relu'(0) = 0",
        ),
        Activation(
            "leaky_relu",
            formula=lambda z, m: m.positive(z) + m.number(leak) * m.negative(z),
            derivative=lambda z, a, m: m.number(leak) + (1 - m.number(leak)) * m.step(z),
            stable=lambda z, m: m.positive(z) + m.number(leak) * m.negative(z),
            stable_derivative=lambda z, a, m: m.number(leak) + (1 - m.number(leak)) * m.step(z),
            kink="leaky_relu'(0) = 1/100",
        ),
        Activation(
            "softplus",
            formula=lambda z, m: m.log(1 + m.exp(z)),
            derivative=lambda z, a, m: 1 / (1 + m.exp(-z)),
            stable=lambda z, m: m.positive(z) + m.log1p(m.exp(-m.absolute(z))),
            stable_derivative=lambda z, a, m: m.exp(m.negative(z)) / (1 + m.exp(-m.absolute(z))),
            range=Range.POSITIVE,
        ),
        Activation(
            "silu",
            formula=lambda z, m: z / (1 + m.exp(-z)),
            derivative=lambda z, a, m: (1 + z - a) / (1 + m.exp(-z)),
            stable=lambda z, m: z * _sigmoid(z, m),
            stable_derivative=lambda z, a, m: _sigmoid(z, m) + a * (1 - _sigmoid(z, m)),
        ),
        Activation(
            "gelu",
            formula=lambda z, m: z * (1 + m.tanh(_gelu_inner(z, m))) * m.number(half),
            derivative=_gelu_derivative,
            stable=lambda z, m: z * ((1 + m.tanh(_gelu_inner(z, m))) * m.number(half)),
            stable_derivative=_gelu_stable_derivative,
        ),
        Activation(
            "arctan",
            formula=lambda z, m: m.arctan(z),
            derivative=lambda z, a, m: 1 / (1 + z * z),
            stable=lambda z, m: m.arctan(z),
            stable_derivative=lambda z, a, m: 1 / (1 + z * z),
        ),
        Activation(
            "elu",
            formula=lambda z, m: m.positive(z) + (1 - m.step(z)) * (m.exp(z) - 1),
            derivative=lambda z, a, m: m.step(z) + (1 - m.step(z)) * m.exp(z),
            stable=lambda z, m: m.positive(z) + m.expm1(m.negative(z)),
            stable_derivative=lambda z, a, m: m.exp(m.negative(z)),
        ),
    )


def _huber(a: Value, y: Value, m: Any) -> Value:
    """r^2/2 for |r| <= 1, |r| - 1/2 beyond: with c = clip(r) both are c (r - c/2)."""
    c = m.clip(a - y)
    return c * (a - y - c * m.number(Fraction(1, 2)))


def _costs() -> tuple[Cost, ...]:
    half = Fraction(1, 2)
    return (
        Cost(
            "half_squared_error",
            formula=lambda a, y, m: m.number(half) * (y - a) * (y - a),
            derivative=lambda a, y, m: -(y - a),
        ),
        Cost(
            "squared_error",
            formula=lambda a, y, m: (y - a) * (y - a),
            derivative=lambda a, y, m: -2 * (y - a),
        ),
        Cost(
            "binary_cross_entropy",
            formula=lambda a, y, m: -(y * m.log(a) + (1 - y) * m.log(1 - a)),
            derivative=lambda a, y, m: (a - y) / (a * (1 - a)),
            domain=Range.UNIT,
            target=Range.UNIT,
        ),
        Cost(
            "cross_entropy",
            formula=lambda a, y, m: -(y * m.log(a)),
            derivative=lambda a, y, m: -y / a,
            domain=Range.POSITIVE,
            target=Range.NON_NEGATIVE,
        ),
        Cost(
            "huber",
            formula=_huber,
            derivative=lambda a, y, m: m.clip(a - y),
        ),
    )


ACTIVATIONS: dict[str, Activation] = {row.name: row for row in _activations()}
COSTS: dict[str, Cost] = {row.name: row for row in _costs()}


def activation(name: str) -> Activation:
    """The row of that name. Raises SymbackpropError naming the nearest one."""
    if name not in ACTIVATIONS:
        names = [*ACTIVATIONS, SOFTMAX, ANY]
        raise SymbackpropError(f"unknown function '{name}'{nearest(name, names)}: expected one of {', '.join(names)}")
    return ACTIVATIONS[name]


def cost(name: str) -> Cost:
    """The row of that name. Raises SymbackpropError naming the nearest one."""
    if name not in COSTS:
        names = [*COSTS, ANY]
        raise SymbackpropError(f"unknown cost '{name}'{nearest(name, names)}: expected one of {', '.join(names)}")
    return COSTS[name]


_WITHIN = {
    Range.REAL: set(Range),
    Range.NON_NEGATIVE: {Range.NON_NEGATIVE, Range.POSITIVE, Range.UNIT, Range.UP_TO_ONE},
    Range.POSITIVE: {Range.POSITIVE, Range.UNIT, Range.UP_TO_ONE},
    Range.UNIT: {Range.UNIT},
}


def output_range(name: str) -> Range:
    """Where the values of an output function lie; softmax lies in (0, 1], for one neuron's softmax is exactly 1."""
    return Range.UP_TO_ONE if name == SOFTMAX else activation(name).range


def check_domain(output: str, cost_name: str) -> None:
    """Raises SymbackpropError where the output can fall outside the cost's domain."""
    if ANY in (output, cost_name):
        return
    row, values = cost(cost_name), output_range(output)
    if values not in _WITHIN[row.domain]:
        raise SymbackpropError(
            f"cost '{cost_name}' is defined for outputs in {row.domain.value}, but output '{output}' takes values in "
            f"{values.value}: choose another output (sigmoid lies in (0, 1), softmax in (0, 1]) or another cost"
        )
