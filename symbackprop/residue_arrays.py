"""Arrays of residues that answer NumPy's functions, so that the very code that trains runs over exact numbers.

Each array also carries a bound on the degree of its entries as polynomials (or quotients of polynomials) in the
random numbers that went in; the certificate's error probability is computed from it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

from symbackprop.array_code import CONSTANTS
from symbackprop.fields import Array, Residues


@dataclass(frozen=True)
class Degree:
    """numerator / denominator degrees of an array's entries; a fresh random number has (1, 0)."""

    numerator: int = 0
    denominator: int = 0

    def __add__(self, other: Degree) -> Degree:
        n, d, m, e = self.numerator, self.denominator, other.numerator, other.denominator
        return Degree(max(n + e, m + d), d + e)

    def __mul__(self, other: Degree) -> Degree:
        return Degree(self.numerator + other.numerator, self.denominator + other.denominator)

    def inverse(self) -> Degree:
        return Degree(self.denominator, self.numerator)

    def summed(self, count: int) -> Degree:
        """The sum of so many entries, whose denominators may all differ."""
        if not self.denominator:
            return self
        return Degree(self.numerator + (count - 1) * self.denominator, count * self.denominator)

    @property
    def highest(self) -> int:
        return max(self.numerator, self.denominator)


FRESH = Degree(1, 0)


@dataclass
class Ledger:
    """What one run has looked up: how many arguments of random functions, and their highest degree."""

    arguments: int = 0
    degree: int = 0
    signs: int = 0

    def record(self, x: ResidueArray) -> None:
        self.arguments += x.value[0].size
        self.degree = max(self.degree, x.degree.highest)


class NotExact(TypeError):
    """The code calls a NumPy function that has no exact counterpart; the text names it."""


@dataclass(eq=False)
class ResidueArray(NDArrayOperatorsMixin):
    """An array over `residues`; `value` has one channel a prime as its first axis."""

    residues: Residues
    value: Array
    degree: Degree = FRESH
    ledger: Ledger = field(default_factory=Ledger)
    softmax_part: str = ""  # "exponentials", or "their sum" by row: their quotient is as good as fresh
    largest: bool = False  # stands for a maximum
    shifted: tuple[ResidueArray, ResidueArray] | None = None  # (z, m) where this is z - m, m a maximum

    __array_priority__ = 1000

    @property
    def shape(self) -> tuple[int, ...]:
        return tuple(self.value.shape[1:])

    @property
    def ndim(self) -> int:
        return self.value.ndim - 1

    @property
    def size(self) -> int:
        return int(np.prod(self.shape))

    @property
    def T(self) -> ResidueArray:
        return self._made(np.swapaxes(self.value, -1, -2) if self.ndim > 1 else self.value, self.degree)

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, key: Any) -> ResidueArray:
        keys = key if isinstance(key, tuple) else (key,)
        return self._alike(self.value[(slice(None), *keys)])

    def reshape(self, *shape: Any) -> ResidueArray:
        wanted = shape[0] if len(shape) == 1 and isinstance(shape[0], tuple) else shape
        return self._alike(self.value.reshape((self.value.shape[0], *wanted)))

    def sum(self, axis: int | None = None, keepdims: bool = False) -> ResidueArray:
        return self._sum(axis, keepdims)

    def mean(self, axis: int | None = None, keepdims: bool = False) -> ResidueArray:
        made = self._sum(axis, keepdims)
        return made._divide(self._of(self.size // max(1, made.size)))

    def transpose(self) -> ResidueArray:
        return self.T

    def copy(self) -> ResidueArray:
        return self._made(self.value.copy(), self.degree)

    def astype(self, dtype: Any, copy: bool = True) -> ResidueArray:
        """Exact numbers have no dtype: the array itself."""
        return self

    def max(self, axis: int | None = None, keepdims: bool = False) -> ResidueArray:
        return self._first(axis, keepdims)

    def dot(self, other: Any) -> ResidueArray:
        return self._matmul(self._of(other))

    def _made(self, value: Array, degree: Degree, part: str = "") -> ResidueArray:
        return ResidueArray(self.residues, value, degree, self.ledger, part)

    def _alike(self, value: Array) -> ResidueArray:
        """The same numbers in another arrangement: a maximum stays one."""
        made = self._made(value, self.degree)
        made.largest = self.largest
        return made

    def _of(self, other: Any) -> ResidueArray:
        """A plain number, or array of whole numbers, as constants."""
        if isinstance(other, ResidueArray):
            return other
        if isinstance(other, np.ndarray) and other.ndim:
            if other.dtype.kind not in "iub" and not np.all(other == np.floor(other)):
                raise NotExact("an array of floats met exact numbers: make it from the arguments instead")
            whole = other.astype(np.int64)
            return self._made(np.stack([whole % p for p in self.residues.primes]), Degree())
        return self._made(self._constant(float(other) if not isinstance(other, int) else other), Degree())

    def _constant(self, number: float) -> Array:
        for name, value in CONSTANTS.items():
            if number == value:
                return self.residues.root(name)
        return self.residues.number(Fraction(repr(number)))

    def __array_function__(self, function: Any, types: Any, arguments: Any, keywords: Any) -> Any:
        made = FUNCTIONS.get(function)
        if made is None:
            raise NotExact(f"numpy.{function.__name__} has no exact counterpart: use arithmetic and ufuncs")
        return made(self, *arguments, **keywords)

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, out: Any = None, **keywords: Any) -> Any:
        if ufunc is np.power and isinstance(inputs[1], int) and isinstance(inputs[0], ResidueArray):
            return inputs[0]._power(inputs[1])
        parts = [self._of(x) for x in inputs]
        if method == "reduce" and ufunc is np.add:
            made = parts[0]._sum(keywords.get("axis", 0), keywords.get("keepdims", False))
        elif method == "reduce" and ufunc is np.maximum:
            made = parts[0]._first(keywords.get("axis", 0), keywords.get("keepdims", False))
        elif method == "__call__" and ufunc in UFUNCS and not keywords:
            made = UFUNCS[ufunc](*parts)
        else:
            raise NotExact(f"numpy.{ufunc.__name__} ({method}) has no exact counterpart")
        if out is None:
            return made
        (target,) = out
        target.value[...] = made.value
        target.degree, target.softmax_part = made.degree, made.softmax_part
        target.largest, target.shifted = made.largest, made.shifted
        return target

    # arithmetic

    def _aligned(self, other: ResidueArray) -> tuple[Array, Array]:
        axes = max(self.ndim, other.ndim)
        return self._padded(axes), other._padded(axes)

    def _padded(self, axes: int) -> Array:
        return self.value.reshape((self.value.shape[0], *(1,) * (axes - self.ndim), *self.shape))

    def _add(self, other: ResidueArray) -> ResidueArray:
        return self._made(self.residues.add(*self._aligned(other)), self.degree + other.degree)

    def _subtract(self, other: ResidueArray) -> ResidueArray:
        made = self._add(other._negative())
        if other.largest:
            made.shifted = (self, other)
        return made

    def _negative(self) -> ResidueArray:
        return self._made(self.residues.negative(self.value), self.degree)

    def _multiply(self, other: ResidueArray) -> ResidueArray:
        return self._made(self.residues.multiply(*self._aligned(other)), self.degree * other.degree)

    def _divide(self, other: ResidueArray) -> ResidueArray:
        x, y = self._aligned(other)
        share = self.softmax_part == "exponentials" and other.softmax_part == "their sum"
        degree = FRESH if share else self.degree * other.degree.inverse()
        return self._made(self.residues.multiply(x, self.residues.inverse(y)), degree)

    def _square(self) -> ResidueArray:
        return self._multiply(self)

    def _power(self, exponent: int) -> ResidueArray:
        made = self._of(1)
        for _ in range(abs(exponent)):
            made = made._multiply(self)
        return made if exponent >= 0 else self._of(1)._divide(made)

    def _matmul(self, other: ResidueArray) -> ResidueArray:
        x, y = self.value, other.value
        left, right = self.ndim == 1, other.ndim == 1
        x, y = x[:, None, :] if left else x, y[:, :, None] if right else y
        made = self.residues.matmul(x, y)
        made = made[..., 0, :] if left else made
        made = made[..., 0] if right else made
        return self._made(made, (self.degree * other.degree).summed(x.shape[-1]))

    def _sum(self, axis: Any, keepdims: bool) -> ResidueArray:
        axes = tuple(range(self.ndim)) if axis is None else axis if isinstance(axis, tuple) else (axis,)
        count = int(np.prod([self.shape[a] for a in axes]))
        made = self.value.sum(axis=tuple(a % self.ndim + 1 for a in axes), keepdims=keepdims)
        part = "their sum" if self.softmax_part == "exponentials" else ""
        return self._made(made % self.residues.modulus(made), self.degree.summed(count), part)

    def _first(self, axis: Any, keepdims: bool) -> ResidueArray:
        """In place of the maximum, which residues do not have: any entry will do to be taken off."""
        if axis is None:
            raise NotExact("the maximum of a whole array")
        taken = self.value.take([0], axis=axis % self.ndim + 1)
        made = self._made(taken if keepdims else np.squeeze(taken, axis=axis % self.ndim + 1), self.degree)
        made.largest = True
        return made

    # functions

    def _looked_up(self, f: Callable[[Array], Array], part: str = "") -> ResidueArray:
        self.ledger.record(self)
        return self._made(f(self.value), FRESH, part)

    def _exp(self) -> ResidueArray:
        """exp(z - m) = exp(z) / exp(m) for a maximum m: random functions do not know it by themselves."""
        if self.shifted is None:
            return self._looked_up(self.residues.exp, "exponentials")
        z, m = self.shifted
        made = z._exp()._divide(m._exp())
        return self._made(made.value, made.degree, "exponentials")

    def _expm1(self) -> ResidueArray:
        return self._exp()._subtract(self._of(1))

    def _log(self) -> ResidueArray:
        return self._looked_up(self.residues.log)

    def _log1p(self) -> ResidueArray:
        return self._add(self._of(1))._log()

    def _arctan(self) -> ResidueArray:
        return self._looked_up(self.residues.arctan)

    def _tanh(self) -> ResidueArray:
        """(e - 1) / (e + 1) with e = exp(2z): one quotient of a fresh number, so as good as fresh itself."""
        e = self._add(self)._exp()
        one = self._of(1)
        made = e._subtract(one)._divide(e._add(one))
        return self._made(made.value, FRESH)

    def _heaviside(self, at_zero: ResidueArray) -> ResidueArray:
        return self._greater(self._of(0))

    def _greater(self, other: ResidueArray) -> ResidueArray:
        """A random sign, drawn once a value; over exact numbers a comparison answers 0 or 1."""
        difference = self._subtract(other)
        self.ledger.record(difference)
        self.ledger.signs += difference.size
        return self._made(self.residues.step(difference.value), Degree())

    def _less(self, other: ResidueArray) -> ResidueArray:
        return other._greater(self)

    def _maximum(self, other: ResidueArray) -> ResidueArray:
        """max(x, c); with c = -1 the second half of a clip to [-1, 1]."""
        return self._pick(other, -1, upper=False)

    def _minimum(self, other: ResidueArray) -> ResidueArray:
        return self._pick(other, 1, upper=True)

    def _pick(self, other: ResidueArray, clip: int, upper: bool) -> ResidueArray:
        if other.ndim == 0 and np.array_equal(other.value, self._of(0).value):
            step = self._greater(other)
            kept = self._of(1)._subtract(step) if upper else step
            return self._made(self._multiply(kept).value, self.degree)
        if other.ndim == 0 and np.array_equal(other.value, self._of(clip).value):
            return self._clipped() if upper else self
        raise NotExact("a maximum or minimum with something else than 0 or a clip to [-1, 1]")

    def _clipped(self) -> ResidueArray:
        """min(r, 1), to be followed by max(., -1): the three branches are drawn here, at once."""
        r = self.residues
        within, sign = r.inside(self.value), r.step(self.value)
        one = r.number(Fraction(1)).reshape((-1,) + (1,) * self.ndim)
        outer = r.add(r.multiply(sign + sign, np.ones_like(sign)), r.negative(one))
        made = r.add(r.multiply(within, self.value), r.multiply(r.add(one, r.negative(within)), outer))
        self.ledger.record(self)
        self.ledger.signs += self.size
        return self._made(made, self.degree)

    def _absolute(self) -> ResidueArray:
        step = self._greater(self._of(0))
        sign = step._add(step)._subtract(self._of(1))
        return self._made(self._multiply(sign).value, self.degree)

    def _sign(self) -> ResidueArray:
        step = self._greater(self._of(0))
        return step._add(step)._subtract(self._of(1))


UFUNCS: dict[Any, Callable[..., ResidueArray]] = {
    np.add: ResidueArray._add,
    np.subtract: ResidueArray._subtract,
    np.multiply: ResidueArray._multiply,
    np.divide: ResidueArray._divide,
    np.negative: ResidueArray._negative,
    np.positive: lambda x: x,
    np.square: ResidueArray._square,
    np.matmul: ResidueArray._matmul,
    np.exp: ResidueArray._exp,
    np.expm1: ResidueArray._expm1,
    np.log: ResidueArray._log,
    np.log1p: ResidueArray._log1p,
    np.tanh: ResidueArray._tanh,
    np.arctan: ResidueArray._arctan,
    np.heaviside: ResidueArray._heaviside,
    np.greater: ResidueArray._greater,
    np.less: ResidueArray._less,
    np.maximum: ResidueArray._maximum,
    np.minimum: ResidueArray._minimum,
    np.absolute: ResidueArray._absolute,
    np.sign: ResidueArray._sign,
}


def _np_sum(_: Any, x: ResidueArray, axis: Any = None, keepdims: bool = False) -> ResidueArray:
    return x._sum(axis, keepdims)


def _np_dot(self: ResidueArray, x: Any, y: Any) -> ResidueArray:
    return self._of(x)._matmul(self._of(y))


def _np_transpose(_: Any, x: ResidueArray) -> ResidueArray:
    return x.T


def _np_outer(self: ResidueArray, x: Any, y: Any) -> ResidueArray:
    u, v = self._of(x), self._of(y)
    return u.reshape(u.size, 1)._multiply(v.reshape(1, v.size))


def _np_mean(_: Any, x: ResidueArray, axis: Any = None, keepdims: bool = False) -> ResidueArray:
    return x.mean(axis, keepdims)


def _np_max(_: Any, x: ResidueArray, axis: Any = None, keepdims: bool = False) -> ResidueArray:
    return x._first(axis, keepdims)


def _np_zeros_like(self: ResidueArray, x: ResidueArray, **_: Any) -> ResidueArray:
    return self._made(np.zeros_like(x.value), Degree())


def _np_ones_like(self: ResidueArray, x: ResidueArray, **_: Any) -> ResidueArray:
    return self._made(np.ones_like(x.value), Degree())


def _np_copy(_: Any, x: ResidueArray, **__: Any) -> ResidueArray:
    return x._made(x.value.copy(), x.degree)


def _np_where(self: ResidueArray, condition: Any, x: Any, y: Any) -> ResidueArray:
    bit, u, v = self._of(condition), self._of(x), self._of(y)
    return bit._multiply(u)._add(self._of(1)._subtract(bit)._multiply(v))


FUNCTIONS: dict[Any, Callable[..., ResidueArray]] = {
    np.sum: _np_sum,
    np.dot: _np_dot,
    np.transpose: _np_transpose,
    np.outer: _np_outer,
    np.mean: _np_mean,
    np.max: _np_max,
    np.zeros_like: _np_zeros_like,
    np.ones_like: _np_ones_like,
    np.copy: _np_copy,
    np.where: _np_where,
}
