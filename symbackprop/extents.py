"""Sizes for the axes of quantities that no network has: pairwise different ones, and the smallest."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import numpy as np

from symbackprop import notation as n
from symbackprop.claims import Claim

MOST_AXES = 8  # beyond so many, small sizes are not met in every combination


def least_sizes(claim: Claim) -> dict[str, int]:
    """Every axis whose size is a symbol, by name, with the highest number that an index on it has."""
    least: dict[str, int] = {}

    def met(axis: n.Axis, value: int = 1) -> None:
        if isinstance(axis, n.Extent) and axis.size is None:
            least[axis.name] = max(value, least.get(axis.name, 1))

    for index in claim.free:
        met(index.axis)
    for variable in claim.directions:
        for axis in variable.axes:
            met(axis)
    for body in (*claim.sides, *(d.body for d in claim.definitions)):
        for part in n.walk(body):
            slotted = [(part.variable.axes, part.slots)] if isinstance(part, n.Entry) else []
            slotted += [(part.axes, part.slots)] if isinstance(part, n.OpaqueMap) else []
            for axes, slots in slotted:
                for axis, slot in zip(axes, slots, strict=False):
                    met(axis, slot.value if isinstance(slot, n.At) else 1)
            if isinstance(part, n.Sum | n.Softmax):
                met(part.index.axis)
            if isinstance(part, n.Size):
                met(part.axis)
    for d in claim.definitions:
        for slot in d.slots:
            met(slot.axis)
    return dict(sorted(least.items()))


def consenting_extents(claim: Claim, count: int, rng: np.random.Generator) -> Iterator[dict[str, int]]:
    """Pairwise different sizes from 3 on; in the last, one axis has a size of 1."""
    least = least_sizes(claim)
    pool = np.arange(3, max(7, 4 + len(least)))
    for number in range(count):
        sizes = dict(zip(least, (int(x) for x in rng.permutation(pool)[: len(least)]), strict=True))
        if number == count - 1 and least:
            sizes[sorted(least)[int(rng.integers(0, len(least)))]] = 1
        yield {name: max(size, least[name]) for name, size in sizes.items()}


def smallest_extents(claim: Claim, most: int = 3) -> Iterator[dict[str, int]]:
    """Sizes in growing order."""
    least = least_sizes(claim)
    names = list(least)
    free = names[:MOST_AXES]
    met: set[tuple[int, ...]] = set()
    for sizes in sorted(product(range(1, most + 1), repeat=len(free)), key=lambda w: (sum(w), w)):
        made = {**dict.fromkeys(names, 2), **dict(zip(free, sizes, strict=True))}
        made = {name: max(size, least[name]) for name, size in made.items()}
        if tuple(made.values()) not in met:
            met.add(tuple(made.values()))
            yield made
