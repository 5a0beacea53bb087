"""Arrays of residues that answer NumPy's functions, so that the very code that trains runs over exact numbers.

What has no exact counterpart is refused by name, never approximated.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn, Self

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

from symbackprop.deferred import Deferred
from symbackprop.degrees import CONSTANT
from symbackprop.fields import Array
from symbackprop.residue_values import NotExact, ResidueValues, exactly

NOT_FLOATS = "exact numbers do not go into an array of floats: make it with np.zeros_like of an argument"
SIMPLE_KEYS = (int, np.integer, slice, type(None), type(Ellipsis))
Made = Callable[..., "ResidueArray"]


class ResidueArray(ResidueValues, NDArrayOperatorsMixin):
    """`ResidueValues` with the manners of an ndarray."""

    __array_priority__ = 1000

    @property
    def T(self) -> Self:
        return self.transpose()

    def transpose(self, *axes: Any) -> Self:
        order = axes[0] if axes and isinstance(axes[0], tuple | list) else axes or range(self.ndim)[::-1]
        return self.viewed(lambda v: v.transpose([0, *(a % self.ndim + 1 for a in order)]))

    def reshape(self, *shape: Any, **_: Any) -> Self:
        wanted = tuple(shape[0]) if len(shape) == 1 and isinstance(shape[0], tuple | list) else shape
        return self.viewed(lambda v: v.reshape((len(v), *wanted)))

    def ravel(self) -> Self:
        return self.reshape(-1)

    flatten = ravel

    def sum(self, axis: Any = None, keepdims: bool = False) -> Self:
        return self.total(axis, keepdims)

    def max(self, axis: Any = None, keepdims: bool = False) -> Self:
        return self.largest(axis, keepdims)

    def copy(self) -> Self:
        return self.made(self.value.copy(), self.degree)

    def astype(self, dtype: Any, copy: bool = True) -> Self:
        """Exact numbers have no dtype: the same numbers."""
        return self.copy()

    def dot(self, other: Any) -> Self:
        return self.matmul(self.of(other))

    # entries

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, key: Any) -> Self:
        keys = key if isinstance(key, tuple) else (key,)
        if all(isinstance(k, SIMPLE_KEYS) for k in keys):
            return self.viewed(lambda v: v[(slice(None), *keys)])
        plain = tuple(mask(k) for k in keys)
        return self.made(np.stack([channel[plain] for channel in self.value]), self.degree)

    def __setitem__(self, key: Any, value: Any) -> None:
        new = self.of(value)
        if isinstance(new.held, Deferred) and key is Ellipsis and new.shape == self.shape:
            new.held.write(self.value)
            self.bound.degree = self.degree.either(new.degree)
            return
        keys = tuple(mask(k) for k in (key if isinstance(key, tuple) else (key,)))
        for channel, numbers in enumerate(new.value):
            self.value[(channel, *keys)] = numbers
        self.bound.degree = self.degree.either(new.degree)

    def _refuse(self, what: str) -> NoReturn:
        raise NotExact(what)

    def __array__(self, *_: Any, **__: Any) -> Array:
        self._refuse(NOT_FLOATS)

    def __float__(self) -> float:
        self._refuse(NOT_FLOATS)

    def __bool__(self) -> bool:
        self._refuse("exact numbers have no order to branch on: use np.where, np.maximum or a comparison as a factor")

    # NumPy's functions

    def __array_function__(self, function: Any, types: Any, arguments: Any, keywords: Any) -> Any:
        made = FUNCTIONS.get(function)
        if made is None:
            raise NotExact(f"numpy.{function.__name__} has no exact counterpart: use arithmetic and ufuncs")
        try:
            return made(self, *arguments, **keywords)
        except TypeError as problem:
            if isinstance(problem, NotExact):
                raise
            raise NotExact(f"numpy.{function.__name__} with these options has no exact counterpart") from None

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, out: Any = None, **keywords: Any) -> Any:
        if method == "reduce" and ufunc in REDUCED and not set(keywords) - {"axis", "keepdims"}:
            made = REDUCED[ufunc](inputs[0], keywords.get("axis", 0), keywords.get("keepdims", False))
        elif method == "__call__" and ufunc is np.power and not keywords:
            made = self.of(inputs[0]).power(whole(inputs[1]))
        elif method == "__call__" and ufunc in UFUNCS and not keywords:
            made = UFUNCS[ufunc](*(self.of(x) for x in inputs))
        else:
            options = f", {', '.join(keywords)}" if keywords else ""
            raise NotExact(f"numpy.{ufunc.__name__} ({method}{options}) has no exact counterpart")
        return made if out is None else written(out[0], made)


def written(target: Any, made: ResidueArray) -> ResidueArray:
    if not isinstance(target, ResidueArray):
        raise NotExact(NOT_FLOATS)
    target[...] = made
    target.exponent = made.exponent
    return target


def mask(key: Any) -> Any:
    """A comparison of exact numbers, used to pick entries, as a plain mask."""
    if not isinstance(key, ResidueArray):
        return key
    if not key.is_bits():
        raise NotExact("exact numbers that are no comparison pick no entries")
    return key.value[0].astype(bool)


def whole(exponent: Any) -> int:
    number = None if isinstance(exponent, ResidueArray | np.ndarray) else exactly(exponent)
    if number is None or number.denominator != 1:
        raise NotExact("a power that is not a whole number")
    return int(number)


REDUCED: dict[Any, Made] = {np.add: ResidueArray.total, np.maximum: ResidueArray.largest}

UFUNCS: dict[Any, Made] = {
    np.add: ResidueArray.add,
    np.subtract: ResidueArray.subtract,
    np.multiply: ResidueArray.multiply,
    np.divide: ResidueArray.divide,
    np.reciprocal: lambda x: x.of(1).divide(x),
    np.negative: ResidueArray.negative,
    np.positive: ResidueArray.copy,
    np.square: lambda x: x.multiply(x),
    np.matmul: ResidueArray.matmul,
    np.exp: ResidueArray.exp,
    np.expm1: ResidueArray.expm1,
    np.log: ResidueArray.log,
    np.log1p: ResidueArray.log1p,
    np.tanh: ResidueArray.tanh,
    np.arctan: ResidueArray.arctan,
    np.heaviside: lambda x, at_zero: x.greater(x.of(0)),
    np.greater: ResidueArray.greater,
    np.greater_equal: lambda x, y: y.greater(x).flipped(),
    np.less: ResidueArray.less,
    np.less_equal: lambda x, y: x.greater(y).flipped(),
    np.maximum: ResidueArray.maximum,
    np.minimum: ResidueArray.minimum,
    np.absolute: ResidueArray.absolute,
    np.sign: ResidueArray.sign,
}


def _clipped(self: ResidueArray, x: Any, low: Any, high: Any) -> ResidueArray:
    return self.of(x).minimum(self.of(high)).maximum(self.of(low))


def _dot(self: ResidueArray, x: Any, y: Any, out: Any = None) -> ResidueArray:
    made = self.of(x).matmul(self.of(y))
    return made if out is None else written(out, made)


def _outer(self: ResidueArray, x: Any, y: Any) -> ResidueArray:
    u, v = self.of(x), self.of(y)
    return u.reshape(u.size, 1).multiply(v.reshape(1, v.size))


def _filled(self: ResidueArray, x: ResidueArray, number: Any, **_: Any) -> ResidueArray:
    made = x.made(np.zeros_like(x.value), CONSTANT)
    made[...] = number
    return made


def _diagonal(self: ResidueArray, x: ResidueArray) -> ResidueArray:
    if x.ndim != 1:
        return x.made(np.stack([np.diag(channel) for channel in x.value]), x.degree)
    return x.reshape(x.size, 1).multiply(x.of(np.eye(x.size, dtype=np.int64)))


def _joined(self: ResidueArray, parts: Any, along: Callable[[list[Array], int], Array], axis: int) -> ResidueArray:
    values = [self.of(part) for part in parts]
    degree = values[0].degree
    for value in values[1:]:
        degree = degree.either(value.degree)
    axes = values[0].ndim + (along is np.stack)
    return self.made(along([value.value for value in values], axis % axes + 1), degree)


def _einsum(self: ResidueArray, text: str, *arrays: Any) -> ResidueArray:
    """Every operand spread over all letters, multiplied, and summed over those that the result lacks."""
    inputs, arrow, result = text.replace(" ", "").partition("->")
    terms = inputs.split(",")
    letters = sorted(set("".join(terms)))
    if "." in text or not letters or len(terms) != len(arrays) or any(len(set(t)) != len(t) for t in terms):
        raise NotExact(f"numpy.einsum('{text}') has no exact counterpart")
    if not arrow:
        result = "".join(letter for letter in letters if inputs.count(letter) == 1)
    made = self.of(1)
    for term, array in zip(terms, arrays, strict=True):
        spread = tuple(slice(None) if letter in term else None for letter in letters)
        in_order = self.of(array).transpose([term.index(letter) for letter in sorted(term)]) if term else self.of(array)
        made = made.multiply(in_order[spread])
    summed = tuple(k for k, letter in enumerate(letters) if letter not in result)
    made = made.total(summed) if summed else made
    kept = [letter for letter in letters if letter in result]
    return made.transpose([kept.index(letter) for letter in result]) if len(kept) > 1 else made


FUNCTIONS: dict[Any, Made] = {
    np.sum: lambda self, x, axis=None, keepdims=False: self.of(x).total(axis, keepdims),
    np.mean: lambda self, x, axis=None, keepdims=False: self.of(x).mean(axis, keepdims),
    np.max: lambda self, x, axis=None, keepdims=False: self.of(x).largest(axis, keepdims),
    np.dot: _dot,
    np.transpose: lambda self, x, axes=(): x.transpose(*axes),
    np.outer: _outer,
    np.diag: _diagonal,
    np.einsum: _einsum,
    np.reshape: lambda self, x, shape: x.reshape(shape),
    np.ravel: lambda self, x: x.ravel(),
    np.expand_dims: lambda self, x, axis: x.viewed(lambda v: np.expand_dims(v, axis if axis < 0 else axis + 1)),
    np.concatenate: lambda self, parts, axis=0: _joined(self, parts, np.concatenate, axis),
    np.stack: lambda self, parts, axis=0: _joined(self, parts, np.stack, axis),
    np.zeros_like: lambda self, x, **_: _filled(self, x, 0),
    np.empty_like: lambda self, x, **_: _filled(self, x, 0),
    np.ones_like: lambda self, x, **_: _filled(self, x, 1),
    np.full_like: _filled,
    np.copy: lambda self, x: x.copy(),
    np.shape: lambda self, x: x.shape,
    np.clip: _clipped,
    np.where: lambda self, bit, x, y: self.of(bit).where(self.of(x), self.of(y)),
}
