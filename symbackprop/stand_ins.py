"""The real functions that stand for opaque ones at a point, written out for people."""

from __future__ import annotations

from fractions import Fraction

from symbackprop.claims import Claim
from symbackprop.exact import ELEMENTARY
from symbackprop.functions import ACTIVATIONS
from symbackprop.notation import Apply, OpaqueCost, walk
from symbackprop.reals import HIGHEST_POWER, Reals


def stand_ins(claim: Claim, field: Reals, outputs: int) -> dict[str, str]:
    """For each opaque function its polynomial in t, for each opaque cost its formula in the outputs a_1, a_2, …"""
    bodies = [*(d.body for d in claim.definitions), *claim.sides]
    parts = [part for body in bodies for part in walk(body)]
    names = {e.function for e in parts if isinstance(e, Apply)} - {*ACTIVATIONS, *ELEMENTARY, "arctan"}
    made = {name: _polynomial(name, field) for name in sorted(names)}
    costs = {e.symbol for e in parts if isinstance(e, OpaqueCost)}
    return made | {name: _cost(name, field, outputs) for name in sorted(costs)}


def _polynomial(name: str, field: Reals) -> str:
    powers = range(1, HIGHEST_POWER + 1)
    return _sum([(field.coefficient(name, k), "t" if k == 1 else f"t^{k}") for k in powers])


def _cost(name: str, field: Reals, outputs: int) -> str:
    if field.simple:
        squares = [f"({_sum([(Fraction(1), f'a_{k + 1}'), (-field.aim(name, k), '')])})^2" for k in range(outputs)]
        return f"1/2 {squares[0]}" if outputs == 1 else f"1/2 ({' + '.join(squares)})"
    linear = [(field.coefficient(f"{name} linear", k), f"a_{k + 1}") for k in range(outputs)]
    square = [(field.coefficient(f"{name} square", k), f"a_{k + 1}") for k in range(outputs)]
    return f"{_sum(linear)} + 1/2 ({_sum(square)})^2"


def _sum(terms: list[tuple[Fraction, str]]) -> str:
    """`t - 1/2 t^2`: zeros left out, ones not written."""
    made = ""
    for factor, what in terms:
        if not factor:
            continue
        size = abs(factor)
        text = what if size == 1 and what else f"{size} {what}".strip()
        sign = (" - " if factor < 0 else " + ") if made else ("-" if factor < 0 else "")
        made += sign + text
    return made or "0"
