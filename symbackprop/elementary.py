"""Two further ways to show that an expression is zero, for the functions of the table.

By cases: a step is 0 or 1, so both are tried. By derivative: two functions of one variable with equal derivatives
and one equal value are equal where both are differentiable; this settles logarithms.
"""

from __future__ import annotations

import sympy
from sympy import Expr, Symbol

from symbackprop.atoms import Applied, Inside, Step
from symbackprop.normal_form import NormalForm

MOST_CASES = 4  # steps that are tried both ways


def is_zero_by_cases(e: Expr, make: NormalForm, unknowns: tuple[Symbol, ...]) -> bool:
    """Whether e is zero for every choice of its steps; functions written out in exp and log."""
    deep = NormalForm(make.sizes, make.sums_to_one, deep=True, layers=make.layers, between=make.between)
    steps = e.atoms(Step) | e.atoms(Inside)
    bound = {limit[0] for sum_ in e.atoms(sympy.Sum) for limit in sum_.limits}
    if any(step.free_symbols & bound for step in steps):
        return False  # under a sum each neuron has a step of its own: two cases would not be all
    return _by_cases(e, deep, unknowns, MOST_CASES)


def _by_cases(e: Expr, deep: NormalForm, unknowns: tuple[Symbol, ...], left: int) -> bool:
    """A step that holds no other is taken both ways, its mirror image with it; then what it stood in."""
    steps = sorted(e.atoms(Step) | e.atoms(Inside), key=str)
    inner = [step for step in steps if not step.args[0].has(Step, Inside)]
    if not inner:
        return _is_zero(e, deep, unknowns)
    if not left:
        return False
    step = inner[0]
    others = [s for s in inner if isinstance(step, Step) and isinstance(s, Step)]
    mirrored = [s for s in others if _opposite(s.args[0], step.args[0])]
    for value in (sympy.Integer(0), sympy.Integer(1)):
        if not _by_cases(e.xreplace({step: value, **dict.fromkeys(mirrored, 1 - value)}), deep, unknowns, left - 1):
            return False
    return True


def _opposite(one: Expr, other: Expr) -> bool:
    return bool(sympy.expand(one + other) == 0)


def _is_zero(e: Expr, deep: NormalForm, unknowns: tuple[Symbol, ...]) -> bool:
    if deep.is_zero(e):
        return True
    if not e.has(sympy.log) or any(str(a.args[0]) == "arctan" for a in e.atoms(Applied)):
        return False  # arctan(1/z) + arctan(z) has slope 0 and another value on either side of its pole
    for z in unknowns:
        at_zero = e.xreplace({z: sympy.Integer(0)})
        if at_zero.has(sympy.nan, sympy.zoo) or at_zero.has(Applied):
            continue
        if deep.is_zero(e.diff(z)) and deep.is_zero(at_zero):
            return True
    return False
