"""Vectors and matrices as short for index notation: what stands at row i, column j, and over which axes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from symbackprop import notation as n
from symbackprop.notation import Axis, Index, Slot

LETTERS = "pqrstuvijkmn"


@dataclass
class Fresh:
    """Letters for the indices that matrix notation leaves out; never one that the line itself uses."""

    taken: set[str] = field(default_factory=set)

    def index(self, axis: Axis) -> Index:
        """A letter of its own, on that axis."""
        name = next(name for name in _names() if name not in self.taken)
        self.taken.add(name)
        return Index(name, axis)


def _names() -> Iterator[str]:
    yield from LETTERS
    number = 1
    while True:
        yield from (f"{letter}{number}" for letter in LETTERS)
        number += 1


@dataclass(frozen=True)
class Tensor:
    """A column (columns None), a row (rows None) or a matrix; `at` gives its entry, None where there is no axis."""

    rows: Axis | None
    columns: Axis | None
    at: Callable[[Slot | None, Slot | None], n.Expr]

    @property
    def shape(self) -> tuple[Axis | None, Axis | None]:
        return self.rows, self.columns


def entry_of(t: Tensor) -> n.Expr:
    """Any entry, its row and its column under names that no line can give to an index and no formula binds."""
    names = zip(("row'", "column'"), t.shape, strict=True)
    return t.at(*(None if axis is None else Index(name, axis) for name, axis in names))


@dataclass(frozen=True)
class Misfit(Tensor):
    """What has no meaning in any shape, such as the product of two columns: the check of form refutes it."""


def misfit(t: Tensor) -> Misfit:
    """In t's shape, entries that no formula has."""
    impossible = n.Entry(n.Variable("shape"), (n.At(1),))
    return Misfit(t.rows, t.columns, lambda r, c: impossible)


Value = n.Expr | Tensor


def transposed(t: Tensor) -> Tensor:
    return Tensor(t.columns, t.rows, lambda r, c: t.at(c, r))


def mapped(t: Tensor, change: Callable[[n.Expr], n.Expr]) -> Tensor:
    """Something done to every entry."""
    return replace(t, at=lambda r, c: change(t.at(r, c)))


def joined(x: Tensor, y: Tensor, join: Callable[[n.Expr, n.Expr], n.Expr]) -> Tensor:
    """Entry by entry. Where the shapes differ y is asked at x's places, and the check of form sees it."""
    return Tensor(x.rows, x.columns, lambda r, c: join(x.at(r, c), y.at(r, c)))


def matrix_product(x: Tensor, y: Tensor, fresh: Fresh) -> Value:
    """`(XY)_ij = sum_k X_ik Y_kj`; without an inner axis the outer product of a column and a row."""
    if x.columns is None:
        return Tensor(x.rows, y.columns, lambda r, c: n.Mul((x.at(r, None), y.at(None, c))))
    k = fresh.index(x.columns)
    if x.rows is None and y.columns is None:
        return n.Sum(k, n.Mul((x.at(None, k), y.at(k, None))))
    return Tensor(x.rows, y.columns, lambda r, c: n.Sum(k, n.Mul((x.at(r, k), y.at(k, c)))))


def squared_norm(t: Tensor, fresh: Fresh) -> n.Expr:
    """The sum of the squares of all entries."""
    row = None if t.rows is None else fresh.index(t.rows)
    column = None if t.columns is None else fresh.index(t.columns)
    made: n.Expr = n.Power(t.at(row, column), 2)
    for index in (column, row):
        if index is not None:
            made = n.Sum(index, made)
    return made
