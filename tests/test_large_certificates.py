"""The certificate's arithmetic on large matrices: exact, tile by tile, and without the entries that nobody asks for."""

from __future__ import annotations

import numpy as np
import pytest

from symbackprop import given
from symbackprop.certifying import certify_gradient, certify_step
from symbackprop.deferred import Deferred, worth_deferring
from symbackprop.functions import SOFTMAX
from symbackprop.limbs import FEW, LARGE, LONGEST, product, reduced, thin_product, tiled_product
from symbackprop.network import Network
from symbackprop.numpy_code import Part, function
from symbackprop.points import Turn, exact_point, only
from symbackprop.residues import PRIMES, Residues
from symbackprop.step_code import program

P = PRIMES[0]


def residues(*shape, seed=0, high=False):
    """Random residues, or the largest that there are: sums of those overflow first."""
    if high:
        return np.full(shape, P - 1, dtype=np.int64)
    return np.random.default_rng(seed).integers(0, P, size=shape, dtype=np.int64)


def exactly(x, y):
    return np.array((x.astype(object) @ y.astype(object)) % P, dtype=np.int64)


@pytest.mark.parametrize("high", [False, True])
@pytest.mark.parametrize("inner", [1, 3, FEW - 1, FEW + 1, LONGEST, LONGEST + 1, 2 * LONGEST + 5])
def test_every_product_of_residues_is_exact(inner, high):
    x, y = residues(3, inner, seed=1, high=high), residues(inner, 2, seed=2, high=high)
    expected = exactly(x, y)
    for made in (product(x, y, P), thin_product(x, y, P), tiled_product(x, y, P)):
        np.testing.assert_array_equal(made, expected)


@pytest.mark.parametrize("high", [False, True])
@pytest.mark.parametrize("shape", [(700, 300), (300, 700), (20, 2 * LONGEST + 3), (2 * LONGEST + 3, 20)])
def test_a_large_matrix_may_lie_in_memory_either_way_and_stand_on_either_side(shape, high):
    large = residues(*shape, seed=3, high=high)
    right, left = residues(shape[1], 3, seed=4, high=high), residues(3, shape[0], seed=5, high=high)
    for stored in (large.astype(np.int32), np.asfortranarray(large.astype(np.int32))):
        np.testing.assert_array_equal(tiled_product(stored, right, P), exactly(large, right))
        np.testing.assert_array_equal(tiled_product(left, stored, P), exactly(left, large))


def test_reduction_is_the_remainder():
    numbers = np.array([0, 1, P - 1, P, P + 1, 2 * P, P * P - 1, 2**62], dtype=np.int64)
    np.testing.assert_array_equal(reduced(numbers.copy(), P), numbers % P)


def test_what_is_deferred_has_the_entries_of_the_product():
    f = Residues(1, PRIMES[:3])
    rng = np.random.default_rng(6)
    left, right = f.random((500, 3), rng), f.random((3, 400), rng)
    assert worth_deferring(left, right) and not worth_deferring(right, left)
    factor = f.random((), rng)
    made = Deferred(f, ((left, right), (left, right))).times(factor)
    whole, rows, columns = made.whole(), f.random((500,), rng), f.random((400,), rng)
    assert LARGE < 500 * 400 and made.shape == whole.shape
    for channel, p in enumerate(f.primes):
        expected = (left[channel].astype(object) @ right[channel]) * 2 * int(factor[channel]) % p
        np.testing.assert_array_equal(whole[channel], expected.astype(np.int64))
    expected = f.matmul(f.matmul(rows[:, None, :], whole), columns[:, :, None])[:, 0, 0]
    np.testing.assert_array_equal(made.along(rows, columns), expected)


def test_a_narrowed_direction_is_zero_elsewhere():
    point = exact_point(Network([3, 4, 2]), 2, 0, PRIMES[:2])
    narrowed = only(point, 2, slice(1, 2), slice(2, 4)).direction
    whole = point.direction
    kept = np.zeros_like(whole[2])
    kept[:, 1:2, 2:4] = whole[2][:, 1:2, 2:4]
    np.testing.assert_array_equal(narrowed[2], kept)
    assert not any(np.any(u) for k, u in enumerate(narrowed) if k != 2)
    assert isinstance(point.turns[1], Turn) and point.turns[1].columns is None


WIDE = Network([1000, 1000, 10], hidden="relu", output=SOFTMAX, cost="cross_entropy")


@pytest.mark.parametrize(
    ("number", "place", "named"),
    [(0, (997, 603), "W1[997, 603]"), (1, (500,), "b1[500]"), (2, (9, 999), "W2[9, 999]")],
)
def test_one_wrong_entry_of_a_million_is_found(number, place, named):
    right = function(WIDE, Part.COST_AND_GRADIENT)

    def gradient(parameters, x, y):
        made = list(right(*parameters, x, y)[1:])
        made[number][place] = made[number][place] * 1.0001 + 0.0001
        return made

    assert certify_gradient(WIDE, gradient).first_wrong == named


def test_a_million_parameters_are_certified_as_they_are():
    right = function(WIDE, Part.COST_AND_GRADIENT)
    certificate = certify_gradient(WIDE, lambda parameters, x, y: list(right(*parameters, x, y)[1:]))
    assert certificate.holds and certificate.error_probability <= 1e-18
    assert certify_step(WIDE, with_cost=True).holds


def test_a_large_update_in_place_is_certified_where_it_is_the_same_program(monkeypatch):
    large = Network([2000, 1500, 100, 10], hidden=["tanh", "relu"])
    narrow = given.same_step(large)
    assert narrow.sizes == (300, 300, 100, 10) and program(narrow) == program(large)
    assert given.same_step(WIDE) is WIDE
    monkeypatch.setattr(given, "NARROW", 100)  # there W and b would be joined: another program
    assert given.same_step(large) is large
