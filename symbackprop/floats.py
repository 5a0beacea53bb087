"""Ordinary floats as a field: the exact engine's definitions in double precision.

Residues may consent, they never contradict alone: a gradient is called wrong only where floats say so too.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any, cast

import numpy as np

from symbackprop.fields import Array, NotInField

CONSTANTS = {"2/pi": np.sqrt(2 / np.pi)}


@dataclass(frozen=True)
class Floats:
    """float64, with NumPy's own functions."""

    seed: int = 0
    lead: int = 0

    def number(self, value: Fraction) -> Array:
        return np.asarray(float(value))

    def add(self, x: Array, y: Array) -> Array:
        return cast(Array, np.asarray(x + y))

    def multiply(self, x: Array, y: Array) -> Array:
        return cast(Array, np.asarray(x * y))

    def negative(self, x: Array) -> Array:
        return np.asarray(-x)

    def inverse(self, x: Array) -> Array:
        return np.asarray(1 / x)

    def total(self, x: Array, axis: int) -> Array:
        return np.asarray(x.sum(axis=axis))

    def matmul(self, x: Array, y: Array) -> Array:
        return cast(Array, x @ y)

    def root(self, name: str) -> Array:
        return np.asarray(CONSTANTS[name])

    def exp(self, x: Array) -> Array:
        return np.asarray(np.exp(x))

    def log(self, x: Array) -> Array:
        return np.asarray(np.log(x))

    def arctan(self, x: Array) -> Array:
        return np.asarray(np.arctan(x))

    def step(self, x: Array) -> Array:
        return np.asarray(x > 0, dtype=np.float64)

    def inside(self, x: Array) -> Array:
        return np.asarray(np.abs(x) < 1, dtype=np.float64)

    def opaque(self, name: str, primes: int, x: Array) -> Array:
        raise NotInField(name)

    def opaque_cost(self, name: str, a: Array) -> tuple[Array, Array]:
        raise NotInField(name)

    def equal(self, x: Array, y: Array) -> Array:
        scale: Any = np.abs(x) + np.abs(y)
        return np.asarray(np.abs(x - y) <= 1e-9 * scale + 1e-12)
