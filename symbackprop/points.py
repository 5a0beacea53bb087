"""A random point of a network's parameters, and the cost's derivative there, from the definitions alone.

Forward mode: dual numbers through the definitions along one direction. No compiled code is involved.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise

import numpy as np

from symbackprop import notation as n
from symbackprop.backprop import with_delta
from symbackprop.dual import Dual
from symbackprop.errors import SymbackpropError
from symbackprop.exact import Instance, Key, Named, Scope, Shape
from symbackprop.fields import Array, Field, Residues
from symbackprop.floats import Floats
from symbackprop.functions import ACTIVATIONS, SOFTMAX, Range, cost
from symbackprop.network import Network


@dataclass(frozen=True)
class Point:
    """Parameters W1, b1, …, a direction of the same shapes, inputs and targets (samples in rows), all over a field."""

    field: Field
    parameters: list[Array]
    direction: list[Array]
    x: Array
    y: Array
    samples: int


@dataclass(frozen=True)
class Counted(Residues):
    """Residues that count how many arguments of random functions were looked up."""

    count: list[int] = field(default_factory=lambda: [0])

    def words(self, salt: str, x: Array) -> Array:
        self.count[0] += int(np.prod(x.shape[1:]))
        return super().words(salt, x)


def shapes(network: Network) -> list[tuple[int, ...]]:
    """The parameters' shapes: (n_l, n_(l-1)) and (n_l,) for each layer."""
    return [shape for m, n in pairwise(network.sizes or ()) for shape in ((n, m), (n,))]


def entry_name(number: int, place: tuple[int, ...] = ()) -> str:
    """`W2[1, 0]`: entry `place` of the parameter array of that number."""
    inside = f"[{', '.join(map(str, place))}]" if place else ""
    return f"{'Wb'[number % 2]}{number // 2 + 1}{inside}"


def exact_point(network: Network, samples: int, seed: int, primes: tuple[int, ...]) -> Point:
    """Uniform residues."""
    residues, rng, sizes = Counted(seed, primes), np.random.default_rng(seed), network.sizes or ()
    parameters = [residues.random(shape, rng) for shape in shapes(network)]
    direction = [residues.random(shape, rng) for shape in shapes(network)]
    x = residues.random((samples, sizes[0]), rng)
    y = residues.random((samples, sizes[-1]), rng)
    if network.output == SOFTMAX and network.cost == "cross_entropy":  # a - y holds where the target sums to one
        rest = y[..., :-1].sum(axis=-1)
        y[..., -1] = (1 - rest) % residues.modulus(rest)
    return Point(residues, parameters, direction, x, y, samples)


def float_point(network: Network, samples: int, seed: int) -> Point:
    """Normal numbers, the weights scaled so that no function saturates; targets in the cost's range."""
    rng, sizes = np.random.default_rng(seed), network.sizes or ()
    parameters = [rng.standard_normal(shape) / np.sqrt(shape[-1]) for shape in shapes(network)]
    direction = [rng.standard_normal(shape) for shape in shapes(network)]
    x, y = rng.standard_normal((samples, sizes[0])), rng.standard_normal((samples, sizes[-1]))
    if cost(network.cost).target is not Range.REAL:
        y = 1 / (1 + np.exp(-y))
    if network.output == SOFTMAX and network.cost == "cross_entropy":
        y = y / y.sum(axis=1, keepdims=True)
    return Point(Floats(seed), parameters, direction, x, y, samples)


def only(point: Point, number: int, kept: slice) -> Point:
    """The same point, with the direction narrowed to these entries of one parameter array."""
    direction = [np.zeros((), dtype=u.dtype) for u in point.direction]
    direction = [np.broadcast_to(zero, u.shape) for zero, u in zip(direction, point.direction, strict=True)]
    whole = point.direction[number]
    lead = whole.shape[: point.field.lead]
    narrowed = np.zeros_like(whole).reshape((*lead, -1))
    narrowed[..., kept] = whole.reshape((*lead, -1))[..., kept]
    direction[number] = narrowed.reshape(whole.shape)
    return replace(point, direction=direction)


def derivative(network: Network, point: Point, by_formula: bool = False) -> Array:
    """d/dt of the total cost at parameters + t direction. Raises Degenerate where it divides by zero.

    by_formula: functions as their rows define them rather than in the stable form (proved equal; residues may follow
    only one of two equal forms).
    """
    known: dict[Key, Dual] = {}
    for number, (value, moved) in enumerate(zip(point.parameters, point.direction, strict=True)):
        known["wb"[number % 2], number // 2 + 1] = Dual(point.field, value, moved[..., None])
    known["a", 0] = Dual(point.field, np.swapaxes(point.x, -1, -2))
    known["y", None] = Dual(point.field, np.swapaxes(point.y, -1, -2))
    named = _Named(network, point, known, by_formula)
    for layer in range(1, named.shape.depth + 1):  # upwards, so that depth costs no recursion
        named.value(("a", layer))
    total = named.value(("E_total", None))
    if total.tangent is None:
        raise SymbackpropError("the cost does not depend on the parameters")
    return total.tangent[..., 0]


class _Named(Instance):
    """The network with each layer's own activation, where the proofs wrote sigma for all.

    Softmax is e_i / sum_k e_k with e_k = exp(z_k - z_1), for exact exponentials do not know exp(z - m) = exp(z)/exp(m).
    """

    def __init__(self, network: Network, point: Point, known: Mapping[Key, Dual], by_formula: bool) -> None:
        decay = point.field.number(network.weight_decay)
        shape = Shape(network.sizes or (), point.samples)
        super().__init__(point.field, shape, with_delta(network, batch=True), {}, {"lambda": decay}, known=known)
        self.network, self.by_formula = network, by_formula
        self.layer = 0

    def _computed(self, key: Key) -> Dual:
        if key[0] == "a" and key[1] is not None:
            self.value(("z", key[1]))  # first, as it goes through the layers below
            self.layer = key[1]
        return super()._computed(key)

    def apply(self, function: str, primes: int, z: Dual) -> Dual:
        name = self.network.hidden_name(self.layer) if function == "sigma" else function
        if self.by_formula and name in ACTIVATIONS and not primes:
            made: Dual = ACTIVATIONS[name].formula(z, self.primitives)
            return made
        return super().apply(name, primes, z)

    def _softmax(self, slot: n.Slot, index: n.Index, argument: n.Expr, scope: Scope, sizes: Mapping[str, int]) -> Named:
        name, inner, longer = self._inner(index, scope, sizes)
        z = self.evaluate(argument, inner, longer)
        first = self._picked_axis(z, name, n.At(1), scope)
        shifted = self._joined([z, Named(first.axes, -first.dual)], lambda x, y: x + y)
        e = Named(shifted.axes, self.primitives.exp(shifted.dual))
        share = self._joined([e, self._total(e, name, longer[name])], lambda x, y: x / y)
        return self._picked_axis(share, name, slot, scope)
