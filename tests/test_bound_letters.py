"""The normal form does not see how bound indices are called, nor in what order their letters were made."""

from __future__ import annotations

import random

import pytest
import sympy
from sympy import Dummy, Expr, IndexedBase, Integer, Sum, Symbol

from symbackprop.atoms import Applied
from symbackprop.normal_form import NormalForm

a, b, w = IndexedBase("a"), IndexedBase("b"), IndexedBase("w")
N = IndexedBase("n")[Integer(1)]


def formula(draw: random.Random, free: list[Symbol], depth: int) -> Expr:
    """A random formula in which every index runs over one axis: sums within sums, within functions, within products."""
    kind = draw.choice(("entry", "matrix", "sum", "function", "product", "plus")) if depth else "entry"
    if kind == "sum":
        index = Dummy(draw.choice("ijk"), integer=True)
        return Sum(formula(draw, [*free, index], depth - 1) * a[index], (index, 1, N))
    if kind == "function":
        return Applied(Symbol("f"), 0, formula(draw, free, depth - 1))
    if kind in ("product", "plus"):
        one, other = formula(draw, free, depth - 1), formula(draw, free, depth - 1)
        return one * other if kind == "product" else one + other
    if kind == "matrix":
        return w[draw.choice(free), draw.choice(free)]
    return draw.choice((a, b))[draw.choice(free)]


def renamed(e: Expr, draw: random.Random) -> Expr:
    """Every bound letter another one; the new ones are made in random order, which is SymPy's order of factors."""
    bound = [index for each in e.atoms(Sum) for index in each.variables]
    draw.shuffle(bound)
    return e.xreplace({index: Dummy(draw.choice("ijkm"), integer=True) for index in bound})


@pytest.mark.parametrize("seed", range(120))
def test_formulas_that_differ_in_bound_letters_alone_are_one(seed: int) -> None:
    draw = random.Random(seed)
    free = Dummy("i", integer=True)
    made = formula(draw, [free], 4)
    form = NormalForm({free: N})
    assert form.is_zero(made - renamed(made, draw))
    assert not form.is_zero(made - renamed(made, draw) + a[free])


def test_a_function_of_a_sum_is_one_whatever_the_order_of_its_factors() -> None:
    free = Dummy("i", integer=True)
    made = []
    for _ in range(12):  # letters made one after another change the order in which SymPy keeps factors
        j = Dummy("j", integer=True)
        made.append(Applied(Symbol("f"), 0, Sum(w[free, j] * a[j], (j, 1, N))))
    form = NormalForm({free: N})
    assert all(form.is_zero(made[0] ** 2 - made[0] * other) for other in made)
    assert isinstance(made[0], sympy.Expr)
