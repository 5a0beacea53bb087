"""Samples to train on, handed out in batches: from memory, or from a file that is mapped and read as it is used.

A batch is copied into buffers that are made once a batch size; no epoch copies the data set.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from symbackprop.initialisation import Array
from symbackprop.scaling import Standardisation

Rows = NDArray[np.intp]
Batch = tuple[Array, Array]


class Samples(Protocol):
    """N samples: x (n_0 wide) and y (n_L wide) in the precision of the training."""

    def __len__(self) -> int: ...

    def chosen(self, numbers: Rows) -> Batch:
        """The samples of these numbers in 0..N-1, one a row, in buffers that the next call may overwrite."""
        ...


def blocks(samples: Samples, size: int) -> Iterator[Batch]:
    """All samples in their order, at most `size` at a time."""
    for begin in range(0, len(samples), size):
        yield samples.chosen(np.arange(begin, min(begin + size, len(samples))))


@dataclass(frozen=True, eq=False)
class InMemory:
    """The samples `rows` of x (M, n_0) and y (M, n_L)."""

    x: Array
    y: Array
    rows: Rows
    buffers: dict[int, Batch] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.rows)

    def chosen(self, numbers: Rows) -> Batch:
        if len(numbers) not in self.buffers:
            self.buffers[len(numbers)] = _empty(len(numbers), self.x), _empty(len(numbers), self.y)
        x, y = self.buffers[len(numbers)]
        rows = self.rows[numbers]
        self.x.take(rows, axis=0, out=x, mode="clip")  # the other modes make a buffer at each call
        self.y.take(rows, axis=0, out=y, mode="clip")
        return x, y


def _empty(rows: int, like: Array) -> Array:
    made: Array = np.empty((rows, like.shape[1]), dtype=like.dtype)
    return made


@dataclass(frozen=True, eq=False)
class Mapped:
    """The samples `rows` of features (M, n_0) that stay in their file; standardised when they are used.

    Targets y (M, n_L) are in memory, in the precision of the training.
    """

    features: NDArray[Any]
    y: Array
    rows: Rows
    standardisation: Standardisation

    def __len__(self) -> int:
        return len(self.rows)

    def chosen(self, numbers: Rows) -> Batch:
        rows = self.rows[numbers]
        raw = np.asarray(self.features[rows], dtype=np.float64)
        with np.errstate(over="ignore"):
            x: Array = self.standardisation(raw).astype(self.y.dtype)
        return x, self.y[rows]
