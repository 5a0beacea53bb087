"""Hyperbolic functions that the core has no row for, written out in exponentials."""

from __future__ import annotations

from typing import Final

from symbackprop import notation as n

HYPERBOLIC: Final = frozenset({"sinh", "cosh", "sech", "csch", "coth"})


def hyperbolic(function: str, u: n.Expr) -> n.Expr:
    """(e^u ∓ e^-u)/2, their quotient and their inverses: NIST DLMF 4.28."""
    up, down = n.Apply("exp", u), n.Apply("exp", n.Neg(u))
    half = n.number("1/2")
    sinh, cosh = n.Mul((half, n.Add((up, n.Neg(down))))), n.Mul((half, n.Add((up, down))))
    match function:
        case "sinh":
            return sinh
        case "cosh":
            return cosh
        case "sech":
            return n.Power(cosh, -1)
        case "csch":
            return n.Power(sinh, -1)
    return n.Mul((cosh, n.Power(sinh, -1)))
