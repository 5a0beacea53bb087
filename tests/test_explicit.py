"""Small networks written out: every scalar gradient by SymPy's diff, equal to its closed form, or named."""

from __future__ import annotations

import random

import pytest
import sympy

from symbackprop import backprop, notation as n
from symbackprop.errors import SymbackpropError
from symbackprop.explicit import MOST_PARAMETERS, Scalars, Value, closed_forms, compare, small_enough
from symbackprop.functions import ACTIVATIONS, ANY, COSTS, SOFTMAX, check_domain
from symbackprop.network import Network


def pairs():
    for output in (*ACTIVATIONS, SOFTMAX, ANY):
        for cost in (*COSTS, ANY):
            try:
                check_domain(output, cost)
            except SymbackpropError:
                continue
            yield output, cost


@pytest.mark.parametrize(("output", "cost"), list(pairs()))
def test_every_gradient_of_every_output_and_cost_equals_its_closed_form(output, cost):
    network = Network([2, 3], output=output, cost=cost)
    assert compare(network).wrong == () and compare(network).parameters == 9


@pytest.mark.parametrize("hidden", [*ACTIVATIONS, ANY])
def test_every_gradient_behind_every_hidden_function_equals_its_closed_form(hidden):
    result = compare(Network([2, 2, 3, 1], hidden=hidden, output="sigmoid", cost="half_squared_error"))
    assert result.holds and result.parameters == 2 * 3 + 3 * 3 + 4


def test_each_layer_may_have_its_own_function():
    assert compare(Network([1, 2, 2, 2], hidden=["relu", "gelu"], output="tanh", cost="huber")).holds


def test_the_written_out_cost_is_one_number_after_another():
    """No sum sign, no index: a symbol a weight; and it is the cost."""
    scalars = Scalars(Network([2, 1], output="identity", cost="half_squared_error"))
    assert not scalars.cost.has(sympy.Sum, sympy.Indexed)
    names = {str(s) for s in _leaves(scalars.cost)}
    assert names == {"w_1,1^(1)", "w_1,2^(1)", "b_1^(1)", "a_1^(0)", "a_2^(0)", "y_1"}


def _leaves(e):
    made = set(e.free_symbols)
    for value in e.atoms(Value):
        made |= _leaves(value.argument)
    return made


def test_softmax_with_cross_entropy_is_compared_where_the_target_sums_to_one():
    network = Network([2, 3], output=SOFTMAX, cost="cross_entropy")
    assert compare(network).holds
    targets = [Scalars(network).values["y", None, (k,)] for k in (1, 2, 3)]
    assert sympy.expand(sum(targets)) == 1


# a wrong closed form is named


def planted(monkeypatch, name, change):
    right = getattr(backprop, name)

    def wrong(network, q):
        sides = right(network, q)
        return type(sides)(sides.left, change(sides.right), sides.matrix_left, sides.matrix_right, sides.free)

    monkeypatch.setattr(backprop, name, wrong)


NETWORK = Network([2, 3, 2], hidden="tanh", output="sigmoid", cost="half_squared_error")
FIRST_LAYER = {f"w_{i},{j}^(1)" for i in (1, 2, 3) for j in (1, 2)} | {f"b_{i}^(1)" for i in (1, 2, 3)}


def test_a_dropped_prime_spoils_the_layers_below_and_they_are_named(monkeypatch):
    def without_prime(e):
        return n.Mul(tuple(n.Apply(f.function, f.argument, 0) if isinstance(f, n.Apply) else f for f in e.factors))

    planted(monkeypatch, "hidden", without_prime)
    assert set(compare(NETWORK).wrong) == FIRST_LAYER


def test_a_flipped_sign_at_the_output_spoils_every_gradient(monkeypatch):
    planted(monkeypatch, "output", lambda e: -e)
    assert len(compare(NETWORK).wrong) == NETWORK.parameters


def test_a_lost_factor_in_the_weight_gradient_spares_the_biases(monkeypatch):
    planted(monkeypatch, "weight", lambda e: e.factors[0])
    wrong = compare(NETWORK).wrong
    assert len(wrong) == 12 and all(name.startswith("w") for name in wrong)


def test_the_closed_forms_of_a_chosen_entry_agree_in_numbers_with_diff():
    """Without the normal form: both sides at random rational numbers, function values as symbols of their own."""
    scalars = Scalars(Network([2, 2, 2], hidden=ANY, output=ANY, cost="squared_error"))
    closed, cost, rng = closed_forms(scalars), scalars.cost, random.Random(0)
    for key, parameter in scalars.parameters():
        difference = cost.diff(parameter) - closed[key]
        values = {leaf: sympy.Rational(rng.randint(-9, 9), rng.randint(1, 9)) for leaf in difference.atoms(Value)}
        values |= {s: sympy.Rational(rng.randint(-9, 9), rng.randint(1, 9)) for s in difference.free_symbols}
        assert difference.xreplace(values) == 0


# what is not written out


def test_large_deep_and_symbolic_networks_are_not_written_out():
    assert small_enough(Network([2, 3, 2]))
    assert not small_enough(Network([20, MOST_PARAMETERS // 20]))
    assert not small_enough(Network([1] * 20))
    assert not small_enough(Network())
    with pytest.raises(ValueError, match="without sizes"):
        Scalars(Network())
