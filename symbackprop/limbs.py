"""Exact matrix products of residues below 2^26, by float64 products of 13-bit limbs; large matrices tile by tile.

A product of 26 by 13 bits is below 2^39, and so many as LONGEST of them add up to less than 2^53: every sum is exact.
The smaller matrix is the one that is split, so that of the larger one nothing but a tile is ever copied.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]

BITS, LIMB = 13, (1 << 13) - 1
LONGEST = 1 << 13
FEW = 1 << 11
LARGE = 1 << 17  # entries of a matrix from which on it is read tile by tile
TILE = 1 << 18  # products a tile: about what BLAS still computes in the calling thread, for there is one a prime
INNER = 256


def threads() -> int:
    """How many primes are computed with at a time."""
    counted = getattr(os, "sched_getaffinity", None)
    return max(1, min(4, len(counted(0)) if counted else os.cpu_count() or 1))


def each_channel(work: Callable[[int], Any], channels: Sequence[int]) -> list[Any]:
    """What `work` gives for each channel, on all cores."""
    if threads() == 1 or len(channels) == 1:
        return [work(channel) for channel in channels]
    with ThreadPoolExecutor(threads()) as pool:
        return list(pool.map(work, channels))


def reduced(x: Array, p: int) -> Array:
    """x modulo p, in its place: NumPy divides whole arrays by one number faster than it takes remainders."""
    x -= x // p * p
    return x


def thin_product(x: Array, y: Array, p: int) -> Array:
    """x @ y modulo p, summed over few places: products of 26 by 26 bits, so many that they stay below 2^63."""
    made = np.zeros((), dtype=np.int64)
    for start in range(0, x.shape[-1], FEW):
        part = slice(start, start + FEW)
        made = made + reduced(x[..., part] @ y[..., part, :], p)
    return made if x.shape[-1] <= FEW else made % p


def product(x: Array, y: Array, p: int) -> Array:
    """x @ y modulo p, in the last two axes; entries are below p."""
    made = np.zeros((), dtype=np.int64)
    for start in range(0, x.shape[-1], LONGEST):
        part = slice(start, start + LONGEST)
        made = made + _joined(x[..., part] & LIMB, x[..., part] >> BITS, y[..., part, :].astype(np.float64), p)
    return made % p if x.shape[-1] > LONGEST else made


def _joined(low: Array, high: Array, y: Array, p: int) -> Array:
    lows = (low.astype(np.float64) @ y).astype(np.int64)
    highs = (high.astype(np.float64) @ y).astype(np.int64) % p
    made: Array = ((highs << BITS) + lows) % p
    return made


def tiled_product(x: Array, y: Array, p: int) -> Array:
    """x @ y modulo p for two matrices of which one is large."""
    if x.size < y.size:
        return tiled_product(y.T, x.T, p).T
    split = np.concatenate([y & LIMB, y >> BITS], axis=1).astype(np.float64)
    along_rows = x.strides[0] >= x.strides[1]
    inner = min(x.shape[1], 2 * INNER if along_rows else INNER)
    outer = max(1, TILE // (inner * split.shape[1]))
    made = np.zeros((x.shape[0], y.shape[1]), dtype=np.int64)
    buffer = np.empty((outer, inner) if along_rows else (inner, outer))
    for top in range(0, x.shape[0], outer):
        rows = slice(top, min(top + outer, x.shape[0]))
        for left in range(0, x.shape[1], LONGEST):
            ends = range(left, min(left + LONGEST, x.shape[1]), inner)
            sums = _summed(x, split, rows, [slice(k, min(k + inner, ends.stop)) for k in ends], buffer, along_rows)
            lows, highs = (half.astype(np.int64) for half in np.split(sums, 2, axis=1))
            made[rows] += ((highs % p << BITS) + lows) % p
    return made % p


def _summed(x: Array, split: Array, rows: slice, parts: list[slice], buffer: Array, along_rows: bool) -> Array:
    """The float64 sums over the parts, each tile read in the order in which it lies in memory."""
    sums = np.zeros((rows.stop - rows.start, split.shape[1]))
    for part in parts:
        tile = x[rows, part] if along_rows else x[rows, part].T
        copied = buffer[: tile.shape[0], : tile.shape[1]]
        copied[...] = tile
        sums += (copied if along_rows else copied.T) @ split[part]
    return sums
