"""A random point of a network's parameters, and the cost's derivative there, from the definitions alone.

Forward mode: dual numbers through the definitions along one direction. No compiled code is involved.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

import numpy as np

from symbackprop import notation as n
from symbackprop.backprop import with_delta
from symbackprop.dual import Dual
from symbackprop.errors import SymbackpropError
from symbackprop.exact import Instance, Key, Named, Scope, Shape, contracted
from symbackprop.fields import Array, Field
from symbackprop.floats import Floats
from symbackprop.functions import ACTIVATIONS, SOFTMAX, Range, cost
from symbackprop.limbs import LARGE, each_channel
from symbackprop.network import Network
from symbackprop.residues import Residues


@dataclass(frozen=True)
class Turn:
    """The direction of one parameter array: r s^T of a weight matrix, r alone of a bias.

    Along r s^T the derivative of a wrong gradient is a polynomial of one degree more than along independent entries,
    and nothing as large as the matrix is drawn, stored or multiplied.
    """

    rows: Array
    columns: Array | None = None

    def dense(self, field_: Field) -> Array:
        """Every entry."""
        if self.columns is None:
            return self.rows
        return field_.multiply(self.rows[..., :, None], self.columns[..., None, :])

    def narrowed(self, rows: slice, columns: slice) -> Turn:
        """Zero outside these rows and columns."""
        return Turn(_kept(self.rows, rows), None if self.columns is None else _kept(self.columns, columns))


def _kept(values: Array, part: slice) -> Array:
    made = np.zeros_like(values)
    made[..., part] = values[..., part]
    return made


@dataclass(frozen=True)
class Point:
    """Parameters W1, b1, …, a direction for each, inputs and targets (samples in rows), all over a field."""

    field: Field
    parameters: list[Array]
    turns: list[Turn]
    x: Array
    y: Array
    samples: int

    @property
    def direction(self) -> list[Array]:
        """The direction in the parameters' own shapes."""
        return [turn.dense(self.field) for turn in self.turns]


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


Storage = Callable[[tuple[int, ...], Any], list[Array]]  # the field's own axes and the type to the parameter arrays


def apart(network: Network) -> Storage:
    """Each parameter in an array of its own."""
    return lambda lead, dtype: [np.empty((*lead, *shape), dtype=dtype) for shape in shapes(network)]


def exact_point(
    network: Network, samples: int, seed: int, primes: tuple[int, ...], storage: Storage | None = None
) -> Point:
    """Uniform residues; the parameters in 32 bits."""
    residues, rng, sizes = Counted(seed, primes), np.random.default_rng(seed), network.sizes or ()
    parameters = (storage or apart(network))((len(primes),), np.int32)
    own = [np.random.default_rng([seed, channel]) for channel in range(len(primes))]

    def fill(channel: int) -> None:
        for whole in parameters:
            for part in _parts(whole[channel]):
                part[...] = own[channel].integers(0, primes[channel], size=part.shape, dtype=np.int32)

    each_channel(fill, range(len(primes)))
    turns = [Turn(*(residues.random((n,), rng) for n in shape)) for shape in shapes(network)]
    x = residues.random((samples, sizes[0]), rng)
    y = residues.random((samples, sizes[-1]), rng)
    if network.output == SOFTMAX and network.cost == "cross_entropy":  # a - y holds where the target sums to one
        rest = y[..., :-1].sum(axis=-1)
        y[..., -1] = (1 - rest) % residues.modulus(rest)
    return Point(residues, parameters, turns, x, y, samples)


def _parts(array: Array) -> Iterator[Array]:
    """Views of some rows each, so that no second array of this size is made."""
    step = max(1, LARGE * array.shape[0] // max(1, array.size))
    return (array[top : top + step] for top in range(0, array.shape[0], step))


def float_point(network: Network, samples: int, seed: int, storage: Storage | None = None) -> Point:
    """Random numbers, the weights scaled so that no function saturates; targets in the cost's range."""
    rng, sizes = np.random.default_rng(seed), network.sizes or ()
    parameters = (storage or apart(network))((), np.float64)
    for whole in parameters:
        for part in _parts(whole):
            part[...] = rng.random(part.shape)  # uniform: a normal number takes five times as long
            part -= 0.5
            part *= np.sqrt(12 / whole.shape[-1])
    turns = [Turn(*(rng.standard_normal(n) for n in shape)) for shape in shapes(network)]
    x, y = rng.standard_normal((samples, sizes[0])), rng.standard_normal((samples, sizes[-1]))
    if cost(network.cost).target is not Range.REAL:
        y = 1 / (1 + np.exp(-y))
    if network.output == SOFTMAX and network.cost == "cross_entropy":
        y = y / y.sum(axis=1, keepdims=True)
    return Point(Floats(seed), parameters, turns, x, y, samples)


def only(point: Point, number: int, rows: slice = slice(None), columns: slice = slice(None)) -> Point:
    """The same point, with the direction narrowed to these rows and columns of one parameter array."""
    none = slice(0, 0)
    turns = [
        turn.narrowed(rows, columns) if k == number else turn.narrowed(none, none) for k, turn in enumerate(point.turns)
    ]
    return replace(point, turns=turns)


def derivative(network: Network, point: Point, by_formula: bool = False) -> Array:
    """d/dt of the total cost at parameters + t direction. Raises Degenerate where it divides by zero.

    by_formula: functions as their rows define them rather than in the stable form (proved equal; residues may follow
    only one of two equal forms).
    """
    known: dict[Key, Dual] = {}
    for layer, (bias, turn) in enumerate(zip(point.parameters[1::2], point.turns[1::2], strict=True), 1):
        known["b", layer] = Dual(point.field, bias, turn.rows[..., None])
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
        self.weights = dict(enumerate(zip(point.parameters[::2], point.turns[::2], strict=True), 1))

    def value(self, key: Key) -> Dual:
        if key[0] != "w" or key[1] is None:
            return super().value(key)
        weights, turn = self.weights[key[1]]
        return Dual(self.field, weights, turn.dense(self.field)[..., None])

    def _sum(self, index: n.Index, body: n.Expr, scope: Scope, sizes: Mapping[str, int]) -> Named:
        """sum_j w_ij a_j without the entries of dw = r s^T: its tangent is W da + r (s^T a). Others as they are."""
        match body:
            case n.Mul((n.Entry(n.Variable("w", n.Layer() as place), (n.Index() as row, j)), a)) if j == index:
                name, inner, longer = self._inner(index, scope, sizes)
                right, over = self.evaluate(a, inner, longer), self._axis(row, inner)
                if name in right.axes and over not in right.axes:
                    return self._turned(self.shape.layer(place, scope.layers), over, name, right)
        return super()._sum(index, body, scope, sizes)

    def _turned(self, layer: int, row: str, summed: str, right: Named) -> Named:
        f = self.field
        weights, turn = self.weights[layer]
        columns = turn.rows if turn.columns is None else turn.columns
        made = contracted(Named((row, summed), Dual(f, weights)), right, summed)
        share = contracted(Named((summed,), Dual(f, columns)), Named(right.axes, right.dual.still()), summed)
        spread = (*turn.rows.shape, *(1,) * len(share.axes))
        moved = f.multiply(turn.rows.reshape(spread), np.expand_dims(share.dual.value, f.lead))[..., None]
        tangent = moved if made.dual.tangent is None else f.add(made.dual.tangent, moved)
        return Named(made.axes, Dual(f, made.dual.value, tangent))

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
