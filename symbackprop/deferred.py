"""Large matrices of residues that are kept as what they are made from until someone asks for an entry.

A gradient of a weight matrix is delta a^T over a few samples: as large as the matrix, and made from two thin ones. Its
product with two vectors needs no entry of it, for r^T (delta a^T) s = (r^T delta) (a^T s).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from symbackprop.fields import Array
from symbackprop.limbs import LARGE, each_channel, reduced, thin_product
from symbackprop.residues import Residues


@dataclass(frozen=True)
class Deferred:
    """sum_t left_t right_t, each (channels, n, k) by (channels, k, m); the arrays belong to it alone."""

    residues: Residues
    products: tuple[tuple[Array, Array], ...]

    @property
    def shape(self) -> tuple[int, ...]:
        left, right = self.products[0]
        return (*left.shape[:2], right.shape[2])

    def blocks(self) -> Iterator[slice]:
        """Rows that together are not too large."""
        _, rows, columns = self.shape
        step = max(1, LARGE // columns)
        return (slice(top, min(top + step, rows)) for top in range(0, rows, step))

    def block(self, channel: int, rows: slice) -> Array:
        """Some rows in one channel."""
        p = self.residues.primes[channel]
        parts = [thin_product(left[channel, rows], right[channel], p) for left, right in self.products]
        return parts[0] if len(parts) == 1 else reduced(np.sum(parts, axis=0), p)

    def write(self, target: Array) -> None:
        """All entries into an array of this shape."""

        def channel(k: int) -> None:
            for rows in self.blocks():
                target[k, rows] = self.block(k, rows)

        each_channel(channel, range(len(self.residues.primes)))

    def whole(self) -> Array:
        made = np.empty(self.shape, dtype=np.int64)
        self.write(made)
        return made

    def times(self, factor: Array) -> Deferred:
        """Every entry times one number a channel."""
        scaled = tuple((self.residues.multiply(left, factor.reshape(-1, 1, 1)), right) for left, right in self.products)
        return Deferred(self.residues, scaled)

    def along(self, rows: Array, columns: Array) -> Array:
        """rows^T (this) columns, one number a channel, by associativity."""
        f = self.residues
        made = np.zeros(len(f.primes), dtype=np.int64)
        for left, right in self.products:
            part = f.matmul(f.matmul(rows[:, None, :], left), f.matmul(right, columns[:, :, None]))
            made = f.add(made, part[:, 0, 0])
        return made


def worth_deferring(x: Array, y: Array) -> bool:
    """Whether x @ y is a large matrix, and much larger than x and y together."""
    return x.ndim == y.ndim == 3 and x.shape[1] * y.shape[2] >= max(LARGE, 4 * (x[0].size + y[0].size))
