"""Derivatives of a whole vector or matrix by another: matrices where both are columns, more indices elsewhere.

Notes multiply them without layout, `(x - t) \\frac{\\partial x}{\\partial W}`: the entries of what is differentiated
meet those of the factor before it, which is the chain rule however the numbers are laid out.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from symbackprop import notation as n
from symbackprop.documents import syntax as s
from symbackprop.documents.problems import Code, NotUnderstood
from symbackprop.documents.tensors import Fresh, Tensor, Value
from symbackprop.notation import Axis, Index, Slot

CHAINED: Final = "a product with a derivative is summed over the entries of what is differentiated"

Shape = tuple[Axis | None, Axis | None]


@dataclass(frozen=True)
class Jacobian:
    """∂u/∂v with u's shape and v's; `at` takes a row and a column of u, then of v."""

    of: Shape
    by: Shape
    at: Callable[[Slot | None, Slot | None, Slot | None, Slot | None], n.Expr]

    @property
    def is_matrix(self) -> bool:
        """Whether both are columns: a matrix with a row for each entry of u."""
        return self.of[1] is None and self.by[1] is None

    def scaled(self, number: n.Expr, times: Callable[[n.Expr, n.Expr], n.Expr]) -> Jacobian:
        return replace(self, at=lambda a, b, c, d: times(number, self.at(a, b, c, d)))


Factor = n.Expr | Tensor | Jacobian


def plain(made: Factor, node: s.Node) -> Value:
    """What stands as a matrix. Raises NotUnderstood for a derivative that has more than two indices."""
    if not isinstance(made, Jacobian):
        return made
    if not made.is_matrix:
        count = sum(axis is not None for axis in (*made.of, *made.by))
        found = f"`{node.span.text}`, which has {count} indices"
        expected = "its indices written, or the factor before it that it is summed with"
        raise NotUnderstood(node.span, found, expected, Code.NOT_DECIDED)
    return Tensor(made.of[0], made.by[0], lambda r, c: made.at(r, None, c, None))


def _letters(shape: Shape, fresh: Fresh) -> tuple[Index | None, Index | None]:
    first, second = (None if axis is None else fresh.index(axis) for axis in shape)
    return first, second


def _over(letters: tuple[Index | None, Index | None], body: n.Expr) -> n.Expr:
    for index in reversed(letters):
        if index is not None:
            body = n.Sum(index, body)
    return body


def contracted(x: Tensor, y: Jacobian, fresh: Fresh) -> Value:
    """`sum over u of x_u ∂u/∂v`, in v's shape."""
    k = _letters(y.of, fresh)
    if y.by == (None, None):
        return _over(k, n.Mul((x.at(*k), y.at(*k, None, None))))
    return Tensor(*y.by, lambda r, c: _over(k, n.Mul((x.at(*k), y.at(*k, r, c)))))


def composed(x: Jacobian, y: Jacobian, fresh: Fresh) -> Jacobian:
    """`sum over v of ∂u/∂v ∂v/∂w`."""
    k = _letters(y.of, fresh)
    return Jacobian(x.of, y.by, lambda a, b, c, d: _over(k, n.Mul((x.at(a, b, *k), y.at(*k, c, d)))))
