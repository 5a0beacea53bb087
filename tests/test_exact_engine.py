"""The exact engine: its slopes against 60 digits, what residues remember, and the networks that it tries."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import mpmath
import numpy as np
import pytest

from symbackprop import notation as n
from symbackprop.backprop import claims
from symbackprop.claims import Claim, Form, LayerRange
from symbackprop.dual import Dual, DualPrimitives
from symbackprop.fields import Degenerate, Field
from symbackprop.functions import ACTIVATIONS, COSTS
from symbackprop.instances import compare, consenting_shapes, draw, smallest_shapes
from symbackprop.network import LAST, Network
from symbackprop.reals import Decimals, Intervals, Rationals
from symbackprop.residues import Residues

POINTS = tuple(Fraction(x) for x in ("-5/2", "-1/3", "1/7", "4/3", "3"))


class PlainPrimitives:
    """The table's primitives over mpmath numbers, written from their meaning alone."""

    def __init__(self, context: mpmath.ctx_mp.MPContext) -> None:
        self.c = context

    def number(self, value: Fraction) -> mpmath.mpf:
        return self.c.mpf(value.numerator) / value.denominator

    def root(self, name: str) -> mpmath.mpf:
        assert name == "2/pi"
        return self.c.sqrt(2 / self.c.pi)

    def __getattr__(self, name: str) -> object:
        return {
            "exp": self.c.exp,
            "expm1": self.c.expm1,
            "log": self.c.log,
            "log1p": self.c.log1p,
            "tanh": self.c.tanh,
            "arctan": self.c.atan,
            "step": lambda z: self.c.mpf(z > 0),
            "positive": lambda z: max(z, self.c.mpf(0)),
            "negative": lambda z: min(z, self.c.mpf(0)),
            "absolute": abs,
            "clip": lambda r: max(self.c.mpf(-1), min(self.c.mpf(1), r)),
        }[name]


def plain(digits: int = 60) -> PlainPrimitives:
    context = mpmath.mp.clone()
    context.dps = digits
    return PlainPrimitives(context)


def numerical_slope(function: object, at: mpmath.mpf, context: mpmath.ctx_mp.MPContext) -> mpmath.mpf:
    """The central difference quotient, in numbers long enough that 30 digits of it are right."""
    h = context.mpf(10) ** -40
    return (function(at + h) - function(at - h)) / (2 * h)  # type: ignore[operator]


def moving(field: Field, value: Fraction) -> Dual:
    one = np.empty((1,), dtype=object)
    one[0] = field.number(Fraction(1))[()]
    return Dual(field, field.number(value), one)


@pytest.mark.parametrize("name", ACTIVATIONS)
@pytest.mark.parametrize("part", ["formula", "stable"])
def test_the_slope_of_a_row_is_the_numerical_derivative_of_its_formula(name: str, part: str) -> None:
    row, m = ACTIVATIONS[name], plain(130)
    field = Decimals(0)
    for point in POINTS:
        dual = getattr(row, part)(moving(field, point), DualPrimitives(field))
        expected = numerical_slope(lambda z: row.formula(z, m), m.number(point), m.c)
        assert abs(m.c.mpf(dual.value[()]) - row.formula(m.number(point), m)) < m.c.mpf(10) ** -55
        assert abs(m.c.mpf(dual.tangent[0]) - expected) < m.c.mpf(10) ** -50


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_the_derivatives_of_a_row_are_the_numerical_derivative_of_its_formula(name: str) -> None:
    row, m = ACTIVATIONS[name], plain(130)
    for point in POINTS:
        z = m.number(point)
        expected = numerical_slope(lambda t: row.formula(t, m), z, m.c)
        for derivative in (row.derivative, row.stable_derivative):
            assert abs(derivative(z, row.formula(z, m), m) - expected) < m.c.mpf(10) ** -50


@pytest.mark.parametrize("name", COSTS)
def test_the_derivative_of_a_cost_is_the_numerical_derivative_of_its_formula(name: str) -> None:
    row, m = COSTS[name], plain(130)
    outputs = ("1/7", "2/3") if "entropy" in name else ("-3", "1/7", "2/3", "5/2")
    for a in map(Fraction, outputs):
        for y in (Fraction(0), Fraction(1, 3), Fraction(1)):
            target = m.number(y)
            expected = numerical_slope(lambda t, y=target: row.formula(t, y, m), m.number(a), m.c)
            assert abs(row.derivative(m.number(a), target, m) - expected) < m.c.mpf(10) ** -50


# residues


def some(field: Residues, count: int = 50) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
    return field.random((count,), np.random.default_rng(1))


def test_residues_compute_exactly() -> None:
    field = Residues(3)
    x, y = some(field), field.random((50,), np.random.default_rng(2))
    for channel, p in enumerate(field.primes):
        left, right = [int(v) for v in x[channel]], [int(v) for v in y[channel]]
        assert [int(v) for v in field.multiply(x, y)[channel]] == [u * v % p for u, v in zip(left, right, strict=True)]
        assert [int(v) for v in field.add(x, y)[channel]] == [(u + v) % p for u, v in zip(left, right, strict=True)]
        assert all(int(u) * int(v) % p == 1 for u, v in zip(x[channel], field.inverse(x)[channel], strict=True))


def test_residues_keep_the_exponential_of_minus_z_and_of_zero() -> None:
    field = Residues(3)
    x = some(field)
    one = field.number(Fraction(1))[:, None]
    assert np.all(field.multiply(field.exp(x), field.exp(field.negative(x))) == one)
    assert np.all(field.exp(x * 0) == one)
    assert not np.any(np.all(field.exp(field.add(x, x)) == field.add(field.exp(x), field.exp(x)), axis=0))


def test_residues_give_a_value_and_its_negative_opposite_steps_and_the_same_inside() -> None:
    field = Residues(3)
    x = some(field)
    assert np.all(field.step(x) + field.step(field.negative(x)) == 1)
    assert np.all(field.inside(x) == field.inside(field.negative(x)))
    assert 0 < field.step(x)[0].mean() < 1 and 0 < field.inside(x)[0].mean() < 1
    assert not np.any(field.step(x * 0)) and np.all(field.inside(x * 0) == 1)


def test_residues_give_equal_arguments_equal_values_and_others_others() -> None:
    field = Residues(3)
    x = some(field)
    assert np.array_equal(field.opaque("f", 0, x), field.opaque("f", 0, x.copy()))
    for other in (field.opaque("g", 0, x), field.opaque("f", 1, x), Residues(4).opaque("f", 0, x)):
        assert not np.any(np.all(field.opaque("f", 0, x) == other, axis=0))
    shifted = field.add(x, field.number(Fraction(1))[:, None])
    assert not np.any(np.all(field.opaque("f", 0, x) == field.opaque("f", 0, shifted), axis=0))


def test_residues_know_the_slope_of_an_opaque_cost_at_every_output() -> None:
    field = Residues(5)
    a = field.random((4, 3), np.random.default_rng(1))
    value, slopes = field.opaque_cost("C", a)
    again, others = field.opaque_cost("C", a[:, ::-1])
    assert slopes.shape == a.shape
    assert np.array_equal(value, again[:, ::-1]) and np.array_equal(slopes, others[:, ::-1])
    assert len({tuple(slopes[:, s, k]) for s in range(4) for k in range(3)}) == 12


def test_division_by_zero_draws_again() -> None:
    with pytest.raises(Degenerate):
        Residues(0).inverse(np.zeros((2, 1), dtype=np.int64))
    with pytest.raises(Degenerate):
        Rationals(0).inverse(Rationals(0).number(Fraction(0)))


# bounds


def test_enclosures_hold_the_number_and_part_only_different_numbers() -> None:
    field = Intervals(0, 60)
    third = field.number(Fraction(1, 3))
    whole = field.add(field.add(third, third), third)
    assert field.equal(whole, field.number(Fraction(1)))[()]
    assert not field.equal(whole, field.number(Fraction(10**40 + 1, 10**40)))[()]
    e = field.exp(field.number(Fraction(1)))
    assert field.equal(field.log(e), field.number(Fraction(1)))[()]


def test_a_sign_that_the_bounds_leave_open_is_no_sign() -> None:
    field = Intervals(0, 60)
    third = field.number(Fraction(1, 3))
    nothing = field.add(field.add(field.add(third, third), third), field.number(Fraction(-1)))
    for question in (field.step, field.inverse, field.log):
        with pytest.raises(Degenerate):
            question(nothing)


def test_digits_lost_to_cancellation_are_no_counterexample() -> None:
    """(1 - sigmoid(z)) exp(z) = sigmoid(z) at z = 1000: to any few digits the left side looks like 0."""
    field = Intervals(0, 80)
    one = field.number(Fraction(1))
    e = field.exp(field.number(Fraction(1000)))
    t = field.multiply(field.add(e, field.negative(one)), field.inverse(field.add(e, one)))
    logistic = field.multiply(field.add(one, field.exp(field.number(Fraction(0)))), field.number(Fraction(1, 2)))
    rest = field.multiply(field.add(one, field.negative(t)), field.number(Fraction(1, 2)))
    assert field.equal(field.multiply(rest, e), logistic)[()]


# the networks that are tried


def hidden_claim(least_depth: int = 2) -> Claim:
    (claim,) = [c for c in claims(Network()) if c.name == "hidden delta" and c.form is Form.INDEX]
    return Claim("", claim.form, claim.left, claim.right, claim.free, claim.definitions, LayerRange(1, 1), least_depth)


@pytest.mark.parametrize("least_depth", [1, 2, 3, 4])
def test_consent_is_asked_of_eight_networks_of_different_widths_depths_and_layers(least_depth: int) -> None:
    claim = Claim("", Form.INDEX, n.number(1), n.number(1), (), (), LayerRange(1, 0), least_depth)
    shapes = list(consenting_shapes(claim, 8, np.random.default_rng(0)))
    assert len(shapes) == 8
    assert {shape.depth for shape in shapes} == {least_depth, least_depth + 1}
    assert {(s.depth, s.layers["l"]) for s in shapes} >= {
        (depth, end) for depth in (least_depth, least_depth + 1) for end in (1, depth)
    }
    for shape in shapes:
        assert len(set(shape.widths)) == len(shape.widths) and shape.samples not in shape.widths
    most = 6 if least_depth <= 2 else 4 + least_depth
    assert all(3 <= width <= most for shape in shapes[:-1] for width in shape.widths)
    assert sum(1 in shape.widths for shape in shapes) >= 1


def test_coinciding_and_differing_free_indices_are_both_met() -> None:
    i, j = n.Index("i", n.Neurons(LAST)), n.Index("j", n.Neurons(LAST))
    known = hidden_claim().definitions
    claim = Claim("", Form.INDEX, n.Kronecker(i, j), n.Kronecker(j, i), (i, j), known)
    shape = next(consenting_shapes(claim, 8, np.random.default_rng(0)))
    made = compare(claim, draw(claim, Residues(1), shape, 1))
    assert made.holds and made.agree.shape == (shape.widths[-1],) * 2
    assert set(np.unique(made.left)) == {0, 1}


def test_small_networks_come_in_growing_order_each_once() -> None:
    for claim in (hidden_claim(), next(c for c in claims(Network()) if "batch" in c.name)):
        shapes = list(smallest_shapes(claim))
        marks = [(s.widths, s.samples, tuple(s.layers.items())) for s in shapes]
        assert len(set(marks)) == len(marks)
        assert all(s.depth < t.depth or sum(s.widths) <= sum(t.widths) for s, t in pairwise(shapes))
