"""The arrays of the training step: parameters and gradients as views of two flat arrays, and every buffer."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from symbackprop.network import Network, Total
from symbackprop.step_code import Buffer, Program, joined

Array = Any  # a NumPy array, or one of residues: whatever the allocator makes
LINE = 64  # bytes: NumPy's arithmetic is up to twice as fast on arrays that begin with a cache line


@dataclass(frozen=True)
class Allocator:
    """How arrays are made: `empty(shape, boolean)`; `constant(number)`, an operand of no axes."""

    empty: Callable[[tuple[int, ...], bool], Array]
    constant: Callable[[float], Any]

    def filled(self, shape: tuple[int, ...], number: int) -> Array:
        made = self.empty(shape, False)
        made[...] = number
        return made


@dataclass(frozen=True, eq=False)
class Workspace:
    """Everything a step of a given batch size touches.

    theta, gradient: flat, layer after layer. x: (N, n_0), samples in rows, y: (n_L, N), samples in columns: to be
    filled in. columns: x once more, one column a sample, where it is kept both ways. rate: of the step, scale: the
    same, by N for a mean. arguments: what each program's function is called with, in its order.
    """

    network: Network
    samples: int
    theta: Array
    gradient: Array
    x: Array
    y: Array
    columns: Array | None
    rate: Array
    scale: Array
    arguments: tuple[tuple[Array, ...], ...]

    def fill(self, x: Array, y: Array) -> None:
        """Copy samples in: x (N, n_0), y (N, n_L)."""
        self.x[...], self.y[...] = x, y.T
        if self.columns is not None:
            self.columns[...] = x.T

    def set_rate(self, rate: Any, of: int | None = None) -> None:
        """The rate of the steps to come; 1 makes the gradient what it is.

        of: these samples are a part of so many, whose gradient is the sum of that of all parts.
        """
        of = self.samples if of is None else of
        self.rate[...] = rate if of == self.samples else rate * (self.samples / of)
        self.scale[...] = rate / of if self.network.total is Total.MEAN else rate

    def load(self, parameters: Sequence[Array]) -> None:
        """Copy [W1, b1, W2, b2, …] in."""
        for own, given in zip(views(self.network, self.theta), parameters, strict=True):
            own[...] = given

    def parameters(self) -> list[Array]:
        """[W1, b1, W2, b2, …], copied out."""
        return split(self.network, self.theta)

    def gradients(self) -> list[Array]:
        """The gradient in the same order and shapes, copied out."""
        return split(self.network, self.gradient)


def split(network: Network, flat: Array) -> list[Array]:
    """[W1, b1, W2, b2, …] of a flat array, copied out."""
    return [view.copy() for view in views(network, flat)]


def views(network: Network, flat: Array, lead: tuple[int, ...] = ()) -> list[Array]:
    """[W1, b1, W2, b2, …] as views of a flat array. lead: the lengths of the axes before the flat one."""
    return [part for w, b, _ in blocks(network, flat, lead) for part in (w, b[..., 0])]


def blocks(network: Network, flat: Array, lead: tuple[int, ...] = ()) -> list[tuple[Array, Array, Array | None]]:
    """The layers' W and b as views of a flat array, and [W b] where they are joined; else b follows W."""
    made, start = [], 0
    for layer, (m, n) in enumerate(pairwise(network.sizes or ()), 1):
        end = start + n * (m + 1)
        if joined(network, layer):
            both = flat[..., start:end].reshape(*lead, n, m + 1)
            made.append((both[..., :-1], both[..., -1:], both))
        else:
            w, b = flat[..., start : end - n], flat[..., end - n : end]
            made.append((w.reshape(*lead, n, m), b.reshape(*lead, n, 1), None))
        start = end
    return made


def make_workspace(
    network: Network,
    programs: Sequence[Program],
    samples: int,
    make: Allocator,
    theta: Array | None = None,
    gradient: Array | None = None,
    by_columns: bool = False,
) -> Workspace:
    """Allocate for that many samples; `theta` and `gradient` may be shared with another workspace.

    by_columns: keep x both ways, which BLAS reads faster; it pays for many steps on the same samples.
    """
    sizes = network.sizes or ()
    theta = make.empty((network.parameters or 0,), False) if theta is None else theta
    gradient = make.empty((network.parameters or 0,), False) if gradient is None else gradient
    named: dict[str, Any] = {"theta": theta, "gradient": gradient, "n": samples}
    named |= {"ones": make.filled((samples, 1), 1), "units": make.filled((1, sizes[-1]), 1)}
    named |= {"rate": make.filled((), 1), "scale": make.filled((), 1), "y": make.empty((sizes[-1], samples), False)}
    over_ones = make.filled((samples, sizes[0] + joined(network, 1)), 1)
    turned = make.filled((sizes[0] + joined(network, 1), samples), 1) if by_columns else over_ones.T
    x, columns = over_ones[:, : sizes[0]], turned[: sizes[0]]
    named |= {"A0": turned, "A0T": over_ones, "a0": columns, "a0T": x}
    weights = zip(blocks(network, theta), blocks(network, gradient), strict=True)
    for k, ((w, b, v), (gw, gb, g)) in enumerate(weights, 1):
        named |= {f"V{k}": v, f"W{k}": w, f"W{k}T": w.T, f"b{k}": b, f"G{k}": g, f"GW{k}": gw, f"Gb{k}": gb}
        over_ones = make.filled((sizes[k] + 1, samples), 1)
        a = over_ones[:-1]
        named |= {f"A{k}": over_ones, f"A{k}T": over_ones.T, f"a{k}": a, f"a{k}T": a.T}
    arguments = _arguments(programs, make, named, {"N": samples, "1": 1} | _lengths(sizes))
    y, rate, scale = named["y"], named["rate"], named["scale"]
    made = Workspace(network, samples, theta, gradient, x, y, columns if by_columns else None, rate, scale, arguments)
    made.set_rate(1)
    return made


def _lengths(sizes: Sequence[int]) -> dict[str, int]:
    return {f"n{k}": n for k, n in enumerate(sizes)} | {f"n{k}+1": n + 1 for k, n in enumerate(sizes)}


def _arguments(
    programs: Sequence[Program], make: Allocator, named: dict[str, Any], lengths: dict[str, int]
) -> tuple[tuple[Array, ...], ...]:
    """Each program's arrays: the common ones, its numbers, and buffers; programs share buffers that are alike."""
    pool: dict[Buffer, Array] = {}
    made = []
    for program in programs:
        for buffer in program.buffers:
            if buffer not in pool:
                pool[buffer] = make.empty(tuple(lengths[s] for s in buffer.shape), buffer.boolean)
        own = {buffer.name: pool[buffer] for buffer in program.buffers}
        own |= {name: make.constant(number) for name, number in program.constants.items()}
        made.append(tuple((named | own)[name] for name in program.names))
    return tuple(made)


def floats(dtype: Any) -> Allocator:
    """NumPy arrays of that dtype, each beginning with a cache line."""

    def empty(shape: tuple[int, ...], boolean: bool) -> Array:
        kind = np.dtype(bool if boolean else dtype)
        size = math.prod(shape) * kind.itemsize
        memory = np.empty(size + LINE, dtype=np.uint8)
        start = -memory.ctypes.data % LINE
        return memory[start : start + size].view(kind).reshape(shape)

    return Allocator(empty, lambda number: np.array(number, dtype=dtype))
