"""Direct differentiation of random formulas, entry by entry, against dual numbers carried through written-out loops.

What SymPy returns is evaluated here by loops of this file's own, so that neither the normal form nor `doit` is trusted.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import brute
import pytest
import sympy
from random_formulas import AXES, FAR, FREE, NEAR, QUANTITIES, Formulas, values

from symbackprop import notation as n
from symbackprop.atoms import Applied
from symbackprop.differentiate import Calculus
from symbackprop.layer_range import Range
from symbackprop.normal_form import NormalForm
from symbackprop.places import NoRule
from symbackprop.polynomial import Budget

Numbers = Mapping[tuple[str, tuple[int, ...]], Fraction]
HERE, THERE = FREE
BY = tuple(
    variable[tuple({NEAR: HERE, FAR: THERE}[axis] for axis in variable.axes)]
    for variable in QUANTITIES
    if set(variable.axes) <= {NEAR, FAR}
)


def written_out(e: Any, at: Mapping[Any, int], sizes: Mapping[Any, int], numbers: Numbers) -> Fraction:
    """The value of a SymPy expression, every sum a loop."""

    def value(part: Any, where: Mapping[Any, int]) -> Fraction:
        if part.is_Rational:
            return Fraction(int(part.p), int(part.q))
        if isinstance(part, sympy.Sum):
            total, ((k, lower, upper), *outer) = Fraction(0), part.limits
            body = sympy.Sum(part.function, *outer) if outer else part.function
            if outer:  # the first limit is the innermost: take the last one out
                *inner, (k, lower, upper) = part.limits
                body = sympy.Sum(part.function, *inner)
            assert lower == 1
            for number in range(1, sizes[upper] + 1):
                total += value(body, {**where, k: number})
            return total
        if part in sizes:
            return Fraction(sizes[part])
        if isinstance(part, sympy.KroneckerDelta):
            left, right = (where.get(slot, slot) for slot in part.args)
            return Fraction(left == right)
        if isinstance(part, sympy.Indexed):
            return numbers[str(part.base.label), tuple(int(where.get(slot, slot)) for slot in part.indices)]
        if isinstance(part, sympy.Symbol):
            return numbers[part.name, ()]
        if isinstance(part, Applied):
            return brute._function(str(part.args[0]), int(part.args[1]), value(part.args[2], where))
        parts = [value(x, where) for x in part.args]
        if isinstance(part, sympy.Add):
            return sum(parts, Fraction(0))
        if isinstance(part, sympy.Mul):
            made = Fraction(1)
            for x in parts:
                made *= x
            return made
        if isinstance(part, sympy.Pow):
            if parts[1] < 0 and parts[0] == 0:
                raise brute.Undefined
            return parts[0] ** int(parts[1])
        raise NotImplementedError(type(part).__name__)

    return value(e, at)


def compared(seed: int, by: n.Entry) -> int:
    """How many entries of a random formula's derivative agree with dual numbers; fails at one that does not."""
    e = Formulas(seed).formula(4)
    calculus = Calculus((), Range())
    names = {index.name: calculus.fresh(index, {}) for index in FREE}
    derivative = calculus.read(n.Partial(e, by), names, {})
    assert not derivative.has(sympy.Derivative)
    lengths, numbers = values(seed)
    sizes = {calculus.size(axis, {}): lengths[axis] for axis in AXES}
    count = 0
    for i in range(1, lengths[NEAR] + 1):
        for j in range(1, lengths[FAR] + 1):
            at = {"i": i, "j": j}
            moved = (by.variable.symbol, tuple(at[slot.name] for slot in by.slots if isinstance(slot, n.Index)))

            def entry(variable: n.Variable, place: tuple[int, ...], moved: Any = moved) -> Any:
                here = variable.symbol, place
                return brute.Moving(numbers[here], Fraction(here == moved))

            try:
                expected = brute.World(lengths.__getitem__, entry).value(e, at)
                found = written_out(derivative, {names["i"]: i, names["j"]: j}, sizes, numbers)
            except brute.Undefined:
                continue
            speed = expected.speed if isinstance(expected, brute.Moving) else Fraction(0)
            assert found == speed, f"seed {seed}, by {by.variable}, at {at}"
            count += 1
    return count



@pytest.mark.parametrize("by", BY, ids=lambda by: str(by.variable))
def test_derivatives_of_awkward_formulas_agree_with_dual_numbers(by: n.Entry) -> None:
    assert sum(compared(seed, by) for seed in range(120)) > 200


@pytest.mark.campaign
@pytest.mark.parametrize("by", BY, ids=lambda by: str(by.variable))
def test_many_derivatives_of_awkward_formulas_agree_with_dual_numbers(by: n.Entry) -> None:
    assert sum(compared(seed, by) for seed in range(1000, 3000)) > 5000


def test_the_normal_form_of_a_derivative_keeps_its_value() -> None:
    """d(u v) = u dv + v du, for random u and v full of clashing letters."""
    settled = 0
    for seed in range(60):
        u, v = Formulas(seed).formula(3), Formulas(seed + 1000).formula(3)
        for by in BY[:2]:
            calculus = Calculus((), Range())
            names = {index.name: calculus.fresh(index, {}) for index in FREE}
            e = n.Partial(u * v, by) - (u * n.Partial(v, by) + v * n.Partial(u, by))
            try:
                settled += NormalForm(calculus.sizes).is_zero(calculus.read(e, names, {}))
            except (NoRule, Budget):
                continue
    assert settled > 110
