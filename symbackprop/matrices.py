"""Matrix notation: `W`, `A B`, `A^T`, `A ⊙ B`, f(A), gradients; and what each means in index notation.

A matrix has a row axis and a column axis; a column vector's column axis is None. `(A B)_ij = sum_k A_ik B_kj`,
`(A^T)_ij = A_ji`, `(A ⊙ B)_ij = A_ij B_ij`, `(∇_W E)_ij = ∂E/∂W_ij`.
"""

from __future__ import annotations

from dataclasses import dataclass

from symbackprop import notation as n
from symbackprop.notation import Axis, Index, Slot

Shape = tuple[Axis | None, Axis | None]


class ShapeConflict(Exception):
    """Two shapes that do not fit; the text names both."""


class Matrix:
    """Base of all matrix formulas."""


@dataclass(frozen=True)
class Whole(Matrix):
    """A quantity with all its entries: axis order is (row, column); the samples are columns."""

    variable: n.Variable


@dataclass(frozen=True)
class Product(Matrix):
    left: Matrix
    right: Matrix


@dataclass(frozen=True)
class Transpose(Matrix):
    matrix: Matrix


@dataclass(frozen=True)
class Hadamard(Matrix):
    left: Matrix
    right: Matrix


@dataclass(frozen=True)
class Map(Matrix):
    """An elementwise function, or its derivative."""

    function: str
    matrix: Matrix
    primes: int = 0


@dataclass(frozen=True)
class CostSlope(Matrix):
    """Elementwise dc/da of a cost of the table, at outputs and targets."""

    cost: str
    output: Matrix
    target: Matrix


@dataclass(frozen=True)
class Plus(Matrix):
    terms: tuple[Matrix, ...]


@dataclass(frozen=True)
class Minus(Matrix):
    matrix: Matrix


@dataclass(frozen=True)
class Scaled(Matrix):
    """A scalar formula without free indices times a matrix."""

    scalar: n.Expr
    matrix: Matrix


@dataclass(frozen=True)
class Ones(Matrix):
    """The column vector of ones along an axis."""

    axis: Axis


@dataclass(frozen=True)
class Gradient(Matrix):
    """`∇_V of`: entries ∂of/∂V_ij in V's own shape. A per-sample cost is differentiated sample by sample."""

    of: n.Variable
    by: n.Variable


def shape(m: Matrix) -> Shape:
    """Row and column axis. Raises ShapeConflict naming both axes where two parts do not fit."""
    match m:
        case Whole(variable) | Gradient(_, variable):
            axes = (*variable.axes, None, None)
            return axes[0], axes[1]
        case Ones(axis):
            return axis, None
        case Transpose(inner):
            rows, columns = shape(inner)
            return columns, rows
        case Product(left, right):
            (rows, inner_left), (inner_right, columns) = shape(left), shape(right)
            if inner_left != inner_right:
                raise ShapeConflict(f"columns over {said(inner_left)} meet rows over {said(inner_right)}")
            return rows, columns
        case Hadamard(left, right):
            return _same(left, right)
        case CostSlope(_, output, target):
            return _same(output, target)
        case Plus(terms):
            for term in terms[1:]:
                _same(terms[0], term)
            return shape(terms[0])
        case Map(_, inner, _) | Minus(inner) | Scaled(_, inner):
            return shape(inner)
    raise ShapeConflict(f"no shape for {type(m).__name__}")


def _same(left: Matrix, right: Matrix) -> Shape:
    one, other = shape(left), shape(right)
    if one != other:
        raise ShapeConflict(
            f"{said(one[0])} by {said(one[1])} meets {said(other[0])} by {said(other[1])} entry by entry"
        )
    return one


def said(axis: Axis | None) -> str:
    return "one column" if axis is None else str(axis)


NAMES = "kmpqrtuv"


def fresh_index(axis: Axis, *taken: Slot | None) -> Index:
    """An index over that axis whose letter is none of those taken."""
    used = {slot.name for slot in taken if isinstance(slot, Index)}
    return Index(next(name for name in NAMES if name not in used), axis)


def entry(m: Matrix, row: Slot | None, column: Slot | None) -> n.Expr:
    """The entry at (row, column) in index notation; a slot is None exactly where the axis is."""
    match m:
        case Whole(variable):
            return n.Entry(variable, tuple(slot for slot in (row, column) if slot is not None))
        case Ones():
            return n.number(1)
        case Transpose(inner):
            return entry(inner, column, row)
        case Product(left, right):
            axis = shape(left)[1]
            if axis is None:
                return n.Mul((entry(left, row, None), entry(right, None, column)))
            k = fresh_index(axis, row, column)
            return n.Sum(k, n.Mul((entry(left, row, k), entry(right, k, column))))
        case Hadamard(left, right):
            return n.Mul((entry(left, row, column), entry(right, row, column)))
        case Map(function, inner, primes):
            return n.Apply(function, entry(inner, row, column), primes)
        case CostSlope(cost, output, target):
            return n.CostTerm(cost, entry(output, row, column), entry(target, row, column), prime=True)
        case Plus(terms):
            return n.Add(tuple(entry(term, row, column) for term in terms))
        case Minus(inner):
            return n.Neg(entry(inner, row, column))
        case Scaled(scalar, inner):
            return n.Mul((scalar, entry(inner, row, column)))
        case Gradient(of, by):
            at = tuple(slot for slot in (row, column) if slot is not None)
            sample = tuple(s for s, axis in zip(at, by.axes, strict=True) if of.axes and isinstance(axis, n.Samples))
            return n.Partial(n.Entry(of, sample), n.Entry(by, at))
    raise ShapeConflict(f"no entry for {type(m).__name__}")


def layers_of_matrix(m: Matrix) -> set[n.Layer]:
    """Every layer that the formula mentions."""
    axes = shape(m)
    slots = [None if axis is None else Index(name, axis) for name, axis in zip("ij", axes, strict=True)]
    return n.layers_of(entry(m, *slots))
