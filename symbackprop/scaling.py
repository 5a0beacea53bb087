"""Features brought to mean 0 and standard deviation 1, and samples held out for validation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symbackprop.errors import SymbackpropError
from symbackprop.mapped import BLOCK


@dataclass(frozen=True)
class Standardisation:
    """x becomes (x - mean) / scale, column by column; both have shape (n_0,)."""

    mean: NDArray[np.float64]
    scale: NDArray[np.float64]

    def __call__(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """x of shape (N, n_0), standardised."""
        return (x - self.mean) / self.scale

    def undo(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """The standardised x, as it was."""
        return x * self.scale + self.mean


def standardisation(x: NDArray[np.float64], names: tuple[str, ...]) -> Standardisation:
    """Mean and deviation of the columns of x (N, n_0); a constant column only loses its mean.

    Raises SymbackpropError naming the column whose values are too large to be squared.
    """
    constant = x.max(axis=0) == x.min(axis=0)
    with np.errstate(over="ignore", invalid="ignore"):
        mean = np.where(constant, x[0], x.mean(axis=0))
        scale = np.where(constant, 1.0, x.std(axis=0))
    return _checked(mean, scale, names)


def _checked(
    mean: NDArray[np.float64], scale: NDArray[np.float64], names: tuple[str, ...]
) -> Standardisation:
    scale[scale == 0] = 1.0  # values so close that their squared differences vanish
    bad = np.flatnonzero(~np.isfinite(mean) | ~np.isfinite(scale))
    if len(bad):
        raise SymbackpropError(
            f"column '{names[int(bad[0])]}': its values are too large to standardise: divide them by a power of ten"
        )
    return Standardisation(mean, scale)


def mapped_standardisation(
    features: NDArray[Any], rows: NDArray[np.intp], names: tuple[str, ...]
) -> Standardisation:
    """`standardisation` of some rows (increasing) of features that stay in their file: read block by block, twice."""
    size = max(1, BLOCK // max(1, features[:1].nbytes))
    blocks = [rows[begin : begin + size] for begin in range(0, len(rows), size)]
    mean, low, high = np.zeros(features.shape[1]), np.inf, -np.inf
    with np.errstate(over="ignore", invalid="ignore"):
        for block in blocks:
            x = np.asarray(features[block], dtype=np.float64)
            mean += x.sum(axis=0) / len(rows)
            low, high = np.minimum(low, x.min(axis=0)), np.maximum(high, x.max(axis=0))
        constant = np.equal(low, high)
        mean = np.where(constant, low, mean)
        variance = np.zeros_like(mean)
        for block in blocks:
            x = np.asarray(features[block], dtype=np.float64) - mean
            variance += np.einsum("ij,ij->j", x, x) / len(rows)
        return _checked(mean, np.where(constant, 1.0, np.sqrt(variance)), names)


def unchanged(width: int) -> Standardisation:
    """The standardisation that does nothing, for `width` columns."""
    return Standardisation(np.zeros(width), np.ones(width))


@dataclass(frozen=True)
class Split:
    """The numbers of the samples that train, and of those held out; each sample is in one of them."""

    training: NDArray[np.intp]
    validation: NDArray[np.intp]


def split(samples: int, share: float, seed: int) -> Split:
    """A random share of the samples held out: at least one if the share is above 0, and never all of them.

    Raises SymbackpropError for a share outside [0, 1), or where one sample should be shared out.
    """
    if not 0 <= share < 1:
        raise SymbackpropError(f"a validation share of {share:g}: expected at least 0 and less than 1, such as 0.2")
    if share == 0:
        return Split(np.arange(samples), np.arange(0))
    if samples < 2:
        raise SymbackpropError("one sample cannot be both trained on and held out: say --validation 0")
    order = np.random.default_rng((seed, 1)).permutation(samples)
    held_out = min(max(1, round(samples * share)), samples - 1)
    return Split(np.sort(order[held_out:]), np.sort(order[:held_out]))
