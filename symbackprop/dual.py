"""Forward-mode differentiation: dual numbers over any field, and the table's primitives over dual numbers.

A dual number is a value and its tangents along several directions at once (a last axis of its own). Sums, products
and the slopes of exp, log and arctan are all the calculus that the exact engine knows.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from symbackprop.fields import Array, Field


@dataclass(frozen=True)
class Dual:
    """`tangent` has one axis more than `value`, the directions; None where nothing moves."""

    field: Field
    value: Array
    tangent: Array | None = None

    def _pair(self, other: Any) -> tuple[Dual, Dual]:
        """Both as dual numbers of the same number of axes; a plain number becomes a constant."""
        if not isinstance(other, Dual):
            other = Dual(self.field, self.field.number(Fraction(other)))
        axes = max(self.value.ndim, other.value.ndim)
        return self._grown(axes), other._grown(axes)

    def _grown(self, axes: int) -> Dual:
        missing = axes - self.value.ndim
        if not missing:
            return self
        lead = self.field.lead
        shape = self.value.shape
        value = self.value.reshape(shape[:lead] + (1,) * missing + shape[lead:])
        if self.tangent is None:
            return Dual(self.field, value)
        return Dual(self.field, value, self.tangent.reshape((*value.shape, self.tangent.shape[-1])))

    def __add__(self, other: Any) -> Dual:
        x, y = self._pair(other)
        value = self.field.add(x.value, y.value)
        if x.tangent is None or y.tangent is None:
            only = y.tangent if x.tangent is None else x.tangent
            moved = None if only is None else np.broadcast_to(only, (*value.shape, only.shape[-1]))
            return Dual(self.field, value, moved)
        return Dual(self.field, value, self.field.add(x.tangent, y.tangent))

    def __mul__(self, other: Any) -> Dual:
        x, y = self._pair(other)
        value = self.field.multiply(x.value, y.value)
        left, right = x._times(x.tangent, y.value), y._times(y.tangent, x.value)
        if left is None or right is None:
            return Dual(self.field, value, right if left is None else left)
        return Dual(self.field, value, self.field.add(left, right))

    def _times(self, tangent: Array | None, factor: Array) -> Array | None:
        return None if tangent is None else self.field.multiply(tangent, factor[..., None])

    def __neg__(self) -> Dual:
        tangent = None if self.tangent is None else self.field.negative(self.tangent)
        return Dual(self.field, self.field.negative(self.value), tangent)

    def __sub__(self, other: Any) -> Dual:
        return self.__add__(-other)

    def __rsub__(self, other: Any) -> Dual:
        return (-self).__add__(other)

    def __truediv__(self, other: Any) -> Dual:
        x, y = self._pair(other)
        return x.__mul__(y.inverse())

    def __rtruediv__(self, other: Any) -> Dual:
        return self.inverse().__mul__(other)

    __radd__ = __add__
    __rmul__ = __mul__

    def inverse(self) -> Dual:
        value = self.field.inverse(self.value)
        return self.along(value, self.field.negative(self.field.multiply(value, value)))

    def along(self, value: Array, slope: Array) -> Dual:
        """A function's value here, its tangent by the chain rule from its slope here."""
        return Dual(self.field, value, self._times(self.tangent, slope))

    def still(self) -> Dual:
        """The same value, not moving."""
        return Dual(self.field, self.value)


@dataclass(frozen=True)
class DualPrimitives:
    """`functions.Primitives` over dual numbers."""

    field: Field

    def number(self, value: Fraction) -> Dual:
        return Dual(self.field, self.field.number(value))

    def root(self, name: str) -> Dual:
        return Dual(self.field, self.field.root(name))

    def exp(self, z: Dual) -> Dual:
        value = self.field.exp(z.value)
        return z.along(value, value)

    def expm1(self, z: Dual) -> Dual:
        return self.exp(z) - 1

    def log(self, z: Dual) -> Dual:
        return z.along(self.field.log(z.value), self.field.inverse(z.value))

    def log1p(self, z: Dual) -> Dual:
        return self.log(1 + z)

    def tanh(self, z: Dual) -> Dual:
        """(e^(2z) - 1) / (e^(2z) + 1)"""
        e = self.exp(z * 2)
        return (e - 1) / (e + 1)

    def arctan(self, z: Dual) -> Dual:
        return z.along(self.field.arctan(z.value), (1 / (1 + z * z)).value)

    def step(self, z: Dual) -> Dual:
        return Dual(self.field, self.field.step(z.value))

    def positive(self, z: Dual) -> Dual:
        return z * self.step(z)

    def negative(self, z: Dual) -> Dual:
        return z * (1 - self.step(z))

    def absolute(self, z: Dual) -> Dual:
        return z * (2 * self.step(z) - 1)

    def clip(self, r: Dual) -> Dual:
        within = Dual(self.field, self.field.inside(r.value))
        return within * r + (1 - within) * (2 * self.step(r) - 1)
