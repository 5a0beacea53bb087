"""Equations of derivations, written as plain NumPy by a person who looks at the page and not at the reader's output.

A `Point` is a network with random numbers; a `Link` is one equation between two neighbours of a chain with both sides
as arrays over all values of the free indices. Derivatives are taken by the complex step, `Im u(v + ih) / h`, which
loses no digits. Nothing here imports the package.

An index beyond its layer, a second index on a vector, or a layer that does not exist raises IndexError or KeyError, as
the page asks for something that is not there.
"""
# ruff: noqa: E741 - l is the pages' letter for a layer

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]
STEP = 1e-30


@dataclass(frozen=True)
class Function:
    """A function of one layer's pre-activations; `slope` is the derivative of an elementwise one, by hand."""

    value: Callable[[Array], Array]
    slope: Callable[[Array], Array] | None


SIGMA = Function(lambda z: np.sin(z) + z / 2, lambda z: np.cos(z) + 0.5)
F = Function(lambda z: np.exp(z / 3) - z * z / 5, lambda z: np.exp(z / 3) / 3 - 2 * z / 5)
SIGMOID = Function(lambda z: 1 / (1 + np.exp(-z)), lambda z: np.exp(-z) / (1 + np.exp(-z)) ** 2)
SOFTMAX = Function(lambda z: np.exp(z) / np.exp(z).sum(), None)


def some_cost(a: Array, y: Array) -> Any:
    """A cost in which the outputs are entangled, so that nothing holds because of a simple form."""
    weights = np.arange(1, len(a) + 1)
    return np.sin((weights * a).sum() / 4) + (a * a * y).sum() + a[0] * a[-1]


def half_squares(a: Array, y: Array) -> Any:
    return ((y - a) ** 2).sum() / 2


def binary_cross_entropy(a: Array, y: Array) -> Any:
    return -(y * np.log(a) + (1 - y) * np.log(1 - a)).sum()


def cross_entropy(a: Array, y: Array) -> Any:
    return -(y * np.log(a)).sum()


@dataclass(frozen=True)
class Point:
    """A network with numbers. Layers have the page's numbers: `first` is the input layer, `L` the output layer.

    w[l], b[l], z[l], a[l], n[l]: by layer. x, y: input and target. dz[l]: a direction to move z[l] in.
    decay: the factor lambda of the squares of the weights in the total cost.
    xs, ys: all samples, a row each. `given` holds quantities that are variables themselves, whatever they were
    computed from.
    """

    first: int
    n: Mapping[int, int]
    w: Mapping[int, Array]
    b: Mapping[int, Array]
    x: Array
    y: Array
    hidden: Function = SIGMA
    output: Function = F
    cost: Callable[[Array, Array], Any] = some_cost
    xs: Array = field(default_factory=lambda: np.zeros((0, 0)))
    ys: Array = field(default_factory=lambda: np.zeros((0, 0)))
    dz: Mapping[int, Array] = field(default_factory=dict)
    decay: float = 0.0
    given: Mapping[tuple[str, int], Array] = field(default_factory=dict)
    z: dict[int, Array] = field(init=False)
    a: dict[int, Array] = field(init=False)

    def __post_init__(self) -> None:
        z: dict[int, Array] = {}
        a = {self.first: self.given.get(("a", self.first), self.x)}
        for l in self.layers:
            z[l] = self.given[("z", l)] if ("z", l) in self.given else self.w[l] @ a[l - 1] + self.b[l]
            a[l] = self.given[("a", l)] if ("a", l) in self.given else self.function(l).value(z[l])
        object.__setattr__(self, "z", z)
        object.__setattr__(self, "a", a)

    @property
    def L(self) -> int:
        return max(self.w)

    @property
    def layers(self) -> range:
        """All layers but the input."""
        return range(self.first + 1, self.L + 1)

    def function(self, l: int) -> Function:
        return self.output if l == self.L else self.hidden

    def f(self, v: Array) -> Array:
        return self.output.value(v)

    def df(self, v: Array) -> Array:
        assert self.output.slope is not None
        return self.output.slope(v)

    def ds(self, v: Array) -> Array:
        assert self.hidden.slope is not None
        return self.hidden.slope(v)

    @property
    def E(self) -> Any:
        return self.cost(self.a[self.L], self.y)

    def delta(self, l: int) -> Array:
        return d(self, cost, "z", l)

    def sample(self, s: int) -> Point:
        """The same network at sample s."""
        return replace(self, x=self.xs[s], y=self.ys[s])

    def moved(self, symbol: str, l: int, value: Array) -> Point:
        """The same network with one quantity at another value, and all that is computed from it following."""
        if symbol == "w":
            return replace(self, w={**self.w, l: value})
        if symbol == "b":
            return replace(self, b={**self.b, l: value})
        return replace(self, given={**self.given, (symbol, l): value})


def cost(p: Point) -> Any:
    return p.E


def total(p: Point) -> Any:
    """The mean of the samples' costs, and lambda/2 times the squares of all weights."""
    mean = sum(p.sample(s).E for s in range(len(p.xs))) / len(p.xs)
    return mean + p.decay / 2 * sum((p.w[l] ** 2).sum() for l in p.layers)


def z(l: int) -> Callable[[Point], Array]:
    return lambda p: p.z[l]


def a(l: int) -> Callable[[Point], Array]:
    return lambda p: p.a[l]


def d(p: Point, of: Callable[[Point], Any], symbol: str, l: int) -> Array:
    """The derivative of `of` by every entry of w, b, z or a of layer l: the axes of `of`, then the variable's."""
    here = {"w": p.w, "b": p.b, "z": p.z, "a": p.a}[symbol][l].astype(complex)
    columns = []
    for place in np.ndindex(here.shape):
        there = here.copy()
        there[place] += 1j * STEP
        columns.append(np.imag(of(p.moved(symbol, l, there))) / STEP)
    made = np.stack(columns, axis=-1)
    return made.reshape(*made.shape[:-1], *here.shape)


def own(jacobian: Array) -> Array:
    """The diagonal `du_i / dv_i`."""
    return np.einsum("ii->i", jacobian)


def random_point(seed: int, widths: tuple[int, ...], first: int = 0, samples: int = 5, **functions: Any) -> Point:
    draw = np.random.default_rng(seed)
    n = {first + k: width for k, width in enumerate(widths)}
    w = {l: draw.uniform(-0.9, 0.9, (n[l], n[l - 1])) for l in n if l > first}
    b = {l: draw.uniform(-0.5, 0.5, n[l]) for l in n if l > first}
    xs, ys = draw.uniform(-1, 1, (samples, widths[0])), draw.uniform(0.1, 0.9, (samples, widths[-1]))
    ys = ys / ys.sum(axis=1, keepdims=True) if functions.get("output") is SOFTMAX else ys
    dz = {l: draw.uniform(-1, 1, n[l]) for l in n if l > first}
    return Point(first, n, w, b, xs[0], ys[0], xs=xs, ys=ys, dz=dz, **functions)


UNEVEN = (2, 4, 3, 5)
SQUARE = (3, 3, 3, 3)
GENERAL = "general"
LEAST_SQUARES = "least squares"
SMALL = "2-3-2, input layer 1"
CONCRETE = "2-3-2, input layer 0"
BINARY = "sigmoid, binary cross-entropy"
SOFT = "softmax, cross-entropy"
DECAY = "general, weight decay"


def _both_shapes(**functions: Any) -> tuple[Point, ...]:
    return tuple(random_point(seed, widths, **functions) for seed, widths in enumerate((UNEVEN, SQUARE)))


POINTS: dict[str, tuple[Point, ...]] = {
    GENERAL: _both_shapes(),
    LEAST_SQUARES: _both_shapes(hidden=F, output=F, cost=half_squares),
    SMALL: (random_point(2, (2, 3, 2), first=1, hidden=F, output=F, cost=half_squares),),
    CONCRETE: (random_point(3, (2, 3, 2), hidden=F, output=F, cost=half_squares),),
    BINARY: _both_shapes(output=SIGMOID, cost=binary_cross_entropy),
    SOFT: _both_shapes(output=SOFTMAX, cost=cross_entropy),
    DECAY: _both_shapes(decay=0.3),
}
"""Where the letters of a page get their numbers."""


def every(p: Point) -> range:
    return p.layers


def hidden(p: Point) -> range:
    return range(p.first + 1, p.L)


def nowhere(p: Point) -> tuple[int]:
    """For lines in which no letter l stands."""
    return (0,)


Values = Callable[[Point, int], tuple[Any, Any]]


@dataclass(frozen=True)
class Link:
    """page: a seed's equation or a file of derivations/; number: which relation sign of its chain, from 1.

    free: the letters of the axes of both arrays, in order; "" for a number or for a line in matrix notation.
    holds: whether the page is right; if not, `fix` is the right side (or the whole line) that is, with its values.
    """

    page: str
    number: int
    latex: str
    free: str
    at: str
    values: Values
    layers: Callable[[Point], Any] = nowhere
    holds: bool = True
    fix: str = ""
    mended: Values | None = None

    @property
    def name(self) -> str:
        return f"{self.page}-{self.number}-{self.values.__name__}"


LINKS: list[Link] = []


def link(
    page: str, number: int, latex: str, free: str = "", at: str = GENERAL, layers: Callable[[Point], Any] = nowhere
) -> Callable[[Values], Values]:
    """Enters a true equation under its place on the page."""

    def entered(values: Values) -> Values:
        LINKS.append(Link(page, number, latex, free, at, values, layers))
        return values

    return entered


def wrong(
    page: str, number: int, latex: str, fix: str, mended: Values, free: str = "", at: str = GENERAL,
    layers: Callable[[Point], Any] = nowhere,
) -> Callable[[Values], Values]:  # fmt: skip
    """Enters a false equation; `mended` are the values of its correction, at `layers`."""

    def entered(values: Values) -> Values:
        LINKS.append(Link(page, number, latex, free, at, values, layers, False, fix, mended))
        return values

    return entered
