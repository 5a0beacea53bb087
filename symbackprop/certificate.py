"""The exact certificate: every parameter's gradient of exactly this network, on the code that trains.

Along a random direction u the forward-mode derivative of the total cost, computed from the network's definitions, is
compared with the compiled gradient dotted with u, modulo several primes at once. A gradient with one wrong entry
passes only if a non-zero polynomial vanishes at a random point: by the lemma of Schwartz (1980) and Zippel (1979)
with probability at most (degree / prime) in each channel. The random functions that stand for exp and log are keyed on
all channels together, so that two different arguments are confused only if they agree in all.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from symbackprop.backprop import with_delta
from symbackprop.dual import Dual
from symbackprop.errors import SymbackpropError
from symbackprop.exact import Instance, Key, Shape
from symbackprop.fields import PRIMES, Array, Degenerate, Residues
from symbackprop.network import Network
from symbackprop.numpy_code import Compiled, Part, function
from symbackprop.residue_arrays import FRESH, Ledger, NotExact, ResidueArray

WANTED = 1e-18
Gradient = Callable[..., Any]


@dataclass(frozen=True)
class Certificate:
    """parameters: how many gradients were certified; error_probability: a bound on a wrong one passing.

    samples: the batch sizes that were run; signs: how many branches of kinked functions were drawn (a formula that
    is wrong only in a branch that was never drawn is outside the bound). first_wrong: the first wrong parameter, such
    as "W2[1, 0]", or "" where all are right.
    """

    parameters: int
    error_probability: float
    samples: tuple[int, ...]
    signs: int
    first_wrong: str = ""

    @property
    def holds(self) -> bool:
        return not self.first_wrong

    def to_json(self) -> dict[str, object]:
        made: dict[str, object] = {"parameters": self.parameters, "error_probability": self.error_probability}
        return made if self.holds else {**made, "first_wrong": self.first_wrong}

    def __str__(self) -> str:
        if not self.holds:
            return f"the gradient of {self.first_wrong} is wrong"
        branches = f" ({self.signs:,} random branches of max and |.| met)" if self.signs else ""
        bound = f"a wrong one passes with p ≤ {self.error_probability:.1e}"
        return f"all {self.parameters:,} gradients exact; {bound}{branches}"


@dataclass(frozen=True)
class Point:
    """One random point over the residues: parameters, direction, input and target."""

    residues: Residues
    parameters: list[Array]
    direction: list[Array]
    x: Array
    y: Array
    samples: int


def certify_compiled(compiled: Compiled, samples: tuple[int, ...] = (1, 3), seed: int = 0) -> Certificate:
    """Certify the compiled `cost_and_gradient`, for each batch size."""
    return _certified(compiled.network, _gradient_of(compiled.functions[Part.COST_AND_GRADIENT]), None, samples, seed)


def _gradient_of(function: Callable[..., Any]) -> Gradient:
    def gradient(parameters: Sequence[Any], x: Any, y: Any) -> list[Any]:
        return list(function(*parameters, x, y)[1:])

    return gradient


def certify_gradient(
    network: Network, gradient: Gradient, samples: tuple[int, ...] = (1, 3), seed: int = 0
) -> Certificate:
    """Certify `gradient(parameters, x, y)`, a list of arrays in the parameters' order and shapes."""
    if not network.compilable:
        raise SymbackpropError("nothing to certify: give the sizes, and name every function (not 'any')")
    own = _gradient_of(function(network, Part.COST_AND_GRADIENT))
    return _certified(network, gradient, own, samples, seed)


def _certified(
    network: Network, gradient: Gradient, own: Gradient | None, samples: tuple[int, ...], seed: int
) -> Certificate:
    """`own` is our gradient where the judged one is the user's: the true gradient's degree is read off it."""
    channels, worst = 3, 1.0
    while True:
        ledgers, degree = [], 0
        worst = 0.0
        for number, count in enumerate(samples):
            point, exact = _point(network, count, seed + number, PRIMES[:channels])
            ledger = Ledger()
            made = _run(network, gradient, point, ledger)
            wrong = _first_wrong(network, point, exact, made)
            if wrong:
                return Certificate(network.parameters or 0, worst, samples, ledger.signs, wrong)
            degree = max(g.degree.highest for g in made) + 1
            if own is not None:
                degree = _with_the_true_one(degree, _run(network, own, point, Ledger()), ledger)
            worst = max(worst, _bound(degree, ledger, channels))
            ledgers.append(ledger)
        if worst <= WANTED or channels == len(PRIMES):
            return Certificate(network.parameters or 0, worst, samples, sum(x.signs for x in ledgers))
        channels += 1


def _with_the_true_one(degree: int, true: list[ResidueArray], ledger: Ledger) -> int:
    """The degree of the difference of two gradients that may write a function's value in different ways.

    The one may use e = exp(z) where the other uses t = (e - 1)/(e + 1): clearing that adds two for each value.
    """
    return degree + max(g.degree.highest for g in true) + 2 * ledger.arguments


def _bound(degree: int, ledger: Ledger, channels: int) -> float:
    """(degree / p)^channels for the polynomial, and the same for each pair of arguments that may be confused."""
    p = min(PRIMES[:channels])
    polynomial = min(1.0, degree / p) ** channels
    confused = ledger.arguments**2 / 2 * min(1.0, max(1, ledger.degree) / p) ** channels
    return min(1.0, polynomial + confused)


def _point(network: Network, samples: int, seed: int, primes: tuple[int, ...]) -> tuple[Point, Array]:
    """A random point and the cost's exact derivative along its direction, from the definitions."""
    for again in range(20):
        residues = Residues(seed + 7919 * again, primes)
        rng = np.random.default_rng([seed, again])
        point = _drawn(network, residues, samples, rng)
        try:
            return point, _directional(network, point)
        except Degenerate:
            continue
    raise SymbackpropError("every random point divided by zero: the cost is not defined on this network's outputs")


def _drawn(network: Network, residues: Residues, samples: int, rng: np.random.Generator) -> Point:
    sizes = network.sizes or ()
    shapes = [shape for m, n in pairwise(sizes) for shape in ((n, m), (n,))]
    parameters = [residues.random(shape, rng) for shape in shapes]
    direction = [residues.random(shape, rng) for shape in shapes]
    x = residues.random((samples, sizes[0]), rng)
    y = residues.random((samples, sizes[-1]), rng)
    if network.output == "softmax" and network.cost == "cross_entropy":  # a - y holds where the target sums to one
        rest = y[..., :-1].sum(axis=-1)
        y[..., -1] = (1 - rest) % residues.modulus(rest)
    return Point(residues, parameters, direction, x, y, samples)


def _directional(network: Network, point: Point) -> Array:
    """d/dt of the total cost at parameters + t direction: dual numbers through the definitions, nothing else."""
    known: dict[Key, Dual] = {}
    for number, (value, moved) in enumerate(zip(point.parameters, point.direction, strict=True)):
        known["wb"[number % 2], number // 2 + 1] = Dual(point.residues, value, moved[..., None])
    known["a", 0] = Dual(point.residues, np.swapaxes(point.x, -1, -2))
    known["y", None] = Dual(point.residues, np.swapaxes(point.y, -1, -2))
    decay = point.residues.number(network.weight_decay)
    shape = Shape(network.sizes or (), point.samples)
    named = _Named(network, point.residues, shape, known, decay)
    for layer in range(1, shape.depth + 1):  # upwards, so that depth costs no recursion
        named.value(("a", layer))
    total = named.value(("E_total", None))
    if total.tangent is None:
        raise SymbackpropError("the cost does not depend on the parameters")
    return total.tangent[..., 0]


class _Named(Instance):
    """The network with each layer's own activation, where the proofs wrote sigma for all."""

    def __init__(
        self, network: Network, residues: Residues, shape: Shape, known: dict[Key, Dual], decay: Array
    ) -> None:
        super().__init__(residues, shape, with_delta(network, batch=True), {}, {"lambda": decay}, known=known)
        self.network = network
        self.layer = 0

    def _computed(self, key: Key) -> Dual:
        if key[0] == "a" and key[1] is not None:
            self.value(("z", key[1]))  # first, as it goes through the layers below
            self.layer = key[1]
        return super()._computed(key)

    def apply(self, function: str, primes: int, z: Dual) -> Dual:
        name = self.network.hidden_name(self.layer) if function == "sigma" else function
        return super().apply(name, primes, z)


def _run(network: Network, gradient: Gradient, point: Point, ledger: Ledger) -> list[ResidueArray]:
    """The gradient function over residues. Raises SymbackpropError where it leaves them."""

    def wrapped(value: Array) -> ResidueArray:
        return ResidueArray(point.residues, value, FRESH, ledger)

    try:
        made = list(gradient([wrapped(p) for p in point.parameters], wrapped(point.x), wrapped(point.y)))
    except (NotExact, TypeError, AttributeError) as problem:
        raise SymbackpropError(f"the gradient function cannot be certified: {problem}") from None
    return [_checked(g, p, number) for number, (g, p) in enumerate(zip(made, point.parameters, strict=False))] + (
        _missing(len(made), len(point.parameters))
    )


def _missing(found: int, expected: int) -> list[ResidueArray]:
    if found != expected:
        raise SymbackpropError(
            f"the gradient function returned {found} arrays: expected {expected}, one a parameter array"
        )
    return []


def _checked(g: Any, parameter: Array, number: int) -> ResidueArray:
    name = f"{'Wb'[number % 2]}{number // 2 + 1}"
    if not isinstance(g, ResidueArray):
        raise SymbackpropError(
            f"the gradient of {name} is a {type(g).__name__}: it must be computed from the arguments"
        )
    if g.shape != parameter.shape[1:]:
        raise SymbackpropError(f"the gradient of {name} has shape {g.shape}: expected {parameter.shape[1:]}")
    return g


def _first_wrong(network: Network, point: Point, exact: Array, made: list[ResidueArray]) -> str:
    """The first parameter whose gradient is wrong; the direction is narrowed down only where the whole disagrees."""
    total = np.zeros_like(exact)
    for g, u in zip(made, point.direction, strict=True):
        total = point.residues.add(total, _dot(point.residues, g.value, u))
    if np.array_equal(total, exact):
        return ""
    for number, g in enumerate(made):
        name = f"{'Wb'[number % 2]}{number // 2 + 1}"
        wrong = _wrong_entry(network, point, number, g.value)
        if wrong is not None:
            return f"{name}[{', '.join(str(k) for k in wrong)}]"
    return "some parameter"


def _wrong_entry(network: Network, point: Point, number: int, g: Array) -> tuple[int, ...] | None:
    """The first wrong entry of one parameter array, by halving the direction."""
    flat = point.direction[number].reshape(len(point.direction[number]), -1)
    found = g.reshape(len(g), -1)

    def differs(start: int, end: int) -> bool:
        kept = np.zeros_like(flat)
        kept[:, start:end] = flat[:, start:end]
        only = [np.zeros_like(u) for u in point.direction]
        only[number] = kept.reshape(point.direction[number].shape)
        narrowed = Point(point.residues, point.parameters, only, point.x, point.y, point.samples)
        return not np.array_equal(_directional(network, narrowed), _dot(point.residues, found, kept))

    start, end = 0, flat.shape[1]
    if not differs(start, end):
        return None
    while end - start > 1:
        middle = (start + end) // 2
        start, end = (start, middle) if differs(start, middle) else (middle, end)
    return tuple(int(k) for k in np.unravel_index(start, g.shape[1:]))


def _dot(residues: Residues, g: Array, u: Array) -> Array:
    made = np.empty(len(residues.primes), dtype=np.int64)
    for channel, p in enumerate(residues.primes):
        made[channel] = int((g[channel] * u[channel] % p).sum()) % p
    return made

