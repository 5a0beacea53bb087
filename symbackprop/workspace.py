"""The arrays of the training step: parameters and gradients as views of two flat arrays, and every buffer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from symbackprop.network import Network
from symbackprop.step_code import Program, joined, view_names

Array = Any  # a NumPy array, or one of residues: whatever `empty` makes
Empty = Callable[[tuple[int, ...], bool], Array]


@dataclass(frozen=True, eq=False)
class Workspace:
    """Everything a step of a given batch size touches.

    theta, gradient: flat, layer after layer. x: (N, n_0), y: (N, n_L), samples in rows: to be filled in.
    arguments: what the step function is called with, in its order.
    """

    network: Network
    samples: int
    theta: Array
    gradient: Array
    x: Array
    y: Array
    arguments: tuple[Array, ...]

    def load(self, parameters: Sequence[Array]) -> None:
        """Copy [W1, b1, W2, b2, …] in."""
        for k, (w, b) in enumerate(zip(parameters[::2], parameters[1::2], strict=True)):
            own_w, own_b, _ = self.blocks(self.theta)[k]
            own_w[...], own_b[:, 0] = w, b

    def parameters(self) -> list[Array]:
        """[W1, b1, W2, b2, …], copied out."""
        return self._split(self.theta)

    def gradients(self) -> list[Array]:
        """The gradient in the same order and shapes, copied out."""
        return self._split(self.gradient)

    def _split(self, flat: Array) -> list[Array]:
        return [part.copy() for w, b, _ in self.blocks(flat) for part in (w, b[:, 0])]

    def blocks(self, flat: Array) -> list[tuple[Array, Array, Array | None]]:
        """The layers' W and b as views of a flat array, and [W b] where they are joined; else b follows W."""
        made, start = [], 0
        for layer, (m, n) in enumerate(pairwise(self.network.sizes or ()), 1):
            end = start + n * (m + 1)
            if joined(self.network, layer):
                both = flat[start:end].reshape(n, m + 1)
                made.append((both[:, :-1], both[:, -1:], both))
            else:
                made.append((flat[start : end - n].reshape(n, m), flat[end - n : end].reshape(n, 1), None))
            start = end
        return made


def make_workspace(
    network: Network,
    program: Program,
    samples: int,
    empty: Empty,
    theta: Array | None = None,
    gradient: Array | None = None,
) -> Workspace:
    """Allocate for that many samples; `theta` and `gradient` may be shared with another workspace."""
    sizes = network.sizes or ()
    theta = empty((network.parameters or 0,), False) if theta is None else theta
    gradient = empty((network.parameters or 0,), False) if gradient is None else gradient
    over_ones = empty((samples, sizes[0] + joined(network, 1)), False)
    if joined(network, 1):
        over_ones[:, -1] = 1
    x, y = over_ones[:, : sizes[0]], empty((samples, sizes[-1]), False)
    bare = Workspace(network, samples, theta, gradient, x, y, ())
    arrays: dict[str, Any] = {"y": y.T, "A0": over_ones.T, "A0T": over_ones, "a0": x.T, "a0T": x}
    weights = zip(bare.blocks(theta), bare.blocks(gradient), strict=True)
    for k, ((w, b, v), (gw, gb, g)) in enumerate(weights, 1):
        arrays |= {f"V{k}": v, f"W{k}": w, f"W{k}T": w.T, f"b{k}": b, f"G{k}": g, f"GW{k}": gw, f"Gb{k}": gb}
        over_ones = empty((sizes[k] + 1, samples), False)
        over_ones[-1] = 1
        a = over_ones[:-1]
        arrays |= {f"A{k}": over_ones, f"A{k}T": over_ones.T, f"a{k}": a, f"a{k}T": a.T}
    lengths = {"N": samples, "1": 1, **{f"n{k}": n for k, n in enumerate(sizes)}}
    buffers = [empty(tuple(lengths[s] for s in b.shape), b.boolean) for b in program.buffers]
    arguments = (*(arrays[name] for name in view_names(network)), *buffers, samples)
    return Workspace(network, samples, theta, gradient, x, y, arguments)


def floats(dtype: Any) -> Empty:
    """An allocator of NumPy arrays of that dtype."""

    def empty(shape: tuple[int, ...], boolean: bool) -> Array:
        return np.empty(shape, dtype=bool if boolean else dtype)

    return empty
