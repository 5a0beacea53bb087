"""A claim: two formulas, the indices that are free in them, the layers that they speak of, what they rest on."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from fractions import Fraction

from symbackprop import matrices as mx, notation as n
from symbackprop.functions import Range
from symbackprop.network import Definition

Side = n.Expr | mx.Matrix


class Form(Enum):
    INDEX = "index"
    MATRIX = "matrix"
    SCALAR = "scalar"


class Assumption(Enum):
    """What a proof may use beyond the definitions; the scope names it."""

    TARGET_SUMS_TO_ONE = "sum_i y_i = 1"


@dataclass(frozen=True)
class LayerRange:
    """first ≤ l ≤ L - below_last."""

    first: int = 1
    below_last: int = 0

    def __str__(self) -> str:
        last = f"L - {self.below_last}" if self.below_last else "L"
        return f"{self.first} ≤ l ≤ {last}"


@dataclass(frozen=True)
class Claim:
    """`left = right` for all values of the free indices, under the definitions.

    A side may be an index formula or a matrix; a matrix has the free indices as its row and column.
    layers: the range of the letter l, None where it does not occur. least_depth: the smallest L it makes sense for.
    induction: "" or what part of the induction over the layers the claim is. unknowns: numbers that the claim
    speaks of besides the network's quantities, each with the range that it lies in. depth: L, where it is a number;
    widths: layers whose width is a number; least_widths: layers that have at least so many neurons (a formula names
    the third); directions: quantities that are free besides the parameters, the dz of a total differential.
    network: whether there is one at all; else `directions` are all that the definitions leave free. summing:
    quantities whose entries sum to 1 along their first axis; ranges: numbers that lie between two others.
    """

    name: str
    form: Form
    left: Side
    right: Side
    free: tuple[n.Index, ...]
    definitions: tuple[Definition, ...]
    layers: LayerRange | None = None
    least_depth: int = 1
    assumes: tuple[Assumption, ...] = ()
    induction: str = ""
    unknowns: tuple[tuple[str, Range], ...] = ()
    depth: int | None = None
    widths: tuple[tuple[n.Layer, int], ...] = ()
    least_widths: tuple[tuple[n.Layer, int], ...] = ()
    directions: tuple[n.Variable, ...] = ()
    network: bool = True
    summing: tuple[str, ...] = ()
    ranges: tuple[tuple[str, Fraction, Fraction], ...] = ()

    @property
    def sides(self) -> tuple[n.Expr, n.Expr]:
        """Both sides in index notation."""
        return self.index_form(self.left), self.index_form(self.right)

    def index_form(self, side: Side) -> n.Expr:
        if isinstance(side, n.Expr):
            return side
        axes = mx.shape(side)
        slots = iter(self.free)
        row, column = (None if axis is None else next(slots) for axis in axes)
        return mx.entry(side, row, column)
