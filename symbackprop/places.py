"""Index values and axis sizes, from SymPy to what the normal form is made of."""

from __future__ import annotations

import sympy
from sympy import Expr, Symbol

from symbackprop.polynomial import Leaf, Place


class NoRule(Exception):
    """The normal form has no rule for this SymPy expression; the text names it."""


def place(x: Expr) -> Place:
    """An index or a layer's number: letter + offset."""
    if x.is_Integer:
        return Place(None, int(x))
    if isinstance(x, Symbol):
        return Place(x, 0)
    if isinstance(x, sympy.Add) and len(x.args) == 2 and x.args[0].is_Integer and isinstance(x.args[1], Symbol):
        return Place(x.args[1], int(x.args[0]))
    raise NoRule(f"the index {x}")


def axis_size(upper: Expr) -> Place | Leaf:
    """How far a sum runs: a width, the samples' count, or a layer's number."""
    if isinstance(upper, sympy.Indexed):
        return Leaf(str(upper.base.label), tuple(place(x) for x in upper.indices))
    if isinstance(upper, Symbol) and (upper.name == "N" or upper.name.startswith("size ")):
        return Leaf(f"symbol {upper.name}")
    return place(upper)
