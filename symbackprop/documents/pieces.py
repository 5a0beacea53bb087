"""Numbers in pieces: maxima, absolute values, signs; each a sum of pieces times steps that are asked nothing at their
edges."""

from __future__ import annotations

from typing import Final

from symbackprop import notation as n
from symbackprop.documents import syntax as s
from symbackprop.documents.problems import NotUnderstood

MAXIMA: Final = frozenset({"\\max", "max"})
MINIMA: Final = frozenset({"\\min", "min"})
SIGNS: Final = frozenset({"sgn", "sign", "\\sgn", "\\sign"})
PIECEWISE: Final = MAXIMA | MINIMA | SIGNS


def above(u: n.Expr) -> n.Expr:
    """1 where u is positive, 0 where it is negative."""
    return n.Apply("above", u)


def sign(u: n.Expr) -> n.Expr:
    return n.Add((n.Mul((n.number(2), above(u))), n.number(-1)))


def largest(values: list[n.Expr], most: bool, node: s.Node) -> n.Expr:
    """The largest or the smallest of several numbers: a + (b - a) [b > a]."""
    if not values:
        raise NotUnderstood(node.span, f"`{node.span.text}`", "numbers in the brackets")
    made = values[0]
    for other in values[1:]:
        apart = n.Add((other, n.Neg(made)))
        chosen = above(apart) if most else above(n.Neg(apart))
        made = n.Add((made, n.Mul((apart, chosen))))
    return made


def piece(key: str, values: list[n.Expr], node: s.Node) -> n.Expr:
    """`\\max`, `\\min` or `sgn` of these numbers."""
    if key in SIGNS:
        if len(values) != 1:
            raise NotUnderstood(node.span, f"`{node.span.text}`", "the sign of one number")
        return sign(values[0])
    return largest(values, key in MAXIMA, node)
