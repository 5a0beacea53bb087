"""The exact engine's values and derivatives of random formulas, against written-out loops."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import brute
import numpy as np
import pytest
from random_formulas import FAR, FREE, NEAR, QUANTITIES, SAMPLES, Formulas, values

from symbackprop import notation as n
from symbackprop.claims import Claim, Form
from symbackprop.exact import Instance, Shape
from symbackprop.fields import Array, Degenerate
from symbackprop.instances import side_value
from symbackprop.reals import Rationals

HERE, THERE = FREE
MOVED = {NEAR: HERE, FAR: THERE}


class Polynomials(Rationals):
    """Rationals whose opaque functions are those of the loops."""

    def opaque(self, name: str, primes: int, x: Array) -> Array:
        return self.each(lambda v: brute._function(name, primes, v), x)


def instance(seed: int) -> tuple[Instance, dict[n.Axis, int], dict[tuple[str, tuple[int, ...]], Fraction]]:
    lengths, numbers = values(seed)
    free: dict[tuple[str, int | None], Array] = {}
    for variable in QUANTITIES:
        made = np.empty(tuple(lengths[axis] for axis in variable.axes), dtype=object)
        for place in np.ndindex(made.shape):
            made[place] = numbers[variable.symbol, tuple(k + 1 for k in place)]
        free[variable.symbol, None] = made
    shape = Shape((lengths[FAR], lengths[NEAR]), lengths[SAMPLES])
    return Instance(Polynomials(seed), shape, (), free, {}), lengths, numbers


def checked(e: n.Expr, seed: int, by: n.Entry | None = None) -> int:
    """How many index values agree; fails at the first that does not."""
    made, lengths, numbers = instance(seed)
    formula = e if by is None else n.Partial(e, by)
    try:
        found = side_value(Claim("", Form.INDEX, formula, formula, FREE, ()), formula, made)
    except Degenerate:
        return 0
    count = 0
    for i, j in np.ndindex(lengths[NEAR], lengths[FAR]):
        at = {"i": i + 1, "j": j + 1}
        slots = () if by is None else by.slots
        moved = tuple(at[slot.name] for slot in slots if isinstance(slot, n.Index))

        def entry(variable: n.Variable, place: tuple[int, ...], moved: tuple[int, ...] = moved) -> Any:
            value = numbers[variable.symbol, place]
            if by is None:
                return value
            return brute.Moving(value, Fraction(variable == by.variable and place == moved))

        expected = brute.World(lengths.__getitem__, entry).value(e, at)
        if by is not None:
            expected = expected.speed if isinstance(expected, brute.Moving) else Fraction(0)
        assert found[i, j] == expected, f"seed {seed} at {at}"
        count += 1
    return count


def test_values_agree_with_loops() -> None:
    assert sum(checked(Formulas(seed).formula(4), seed) for seed in range(400)) > 800


@pytest.mark.parametrize("variable", [v for v in QUANTITIES if set(v.axes) <= {NEAR, FAR}], ids=str)
def test_derivatives_agree_with_loops(variable: n.Variable) -> None:
    by = variable[tuple(MOVED[axis] for axis in variable.axes)]
    assert sum(checked(Formulas(seed).formula(4), seed, by) for seed in range(150)) > 250
