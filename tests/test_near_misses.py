"""Each true claim beside the false one that looks like it: what holds only for one width, one sample, one function."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from symbackprop import matrices as mx, notation as n
from symbackprop.backprop import Equation, claims, equations, with_delta
from symbackprop.claims import Claim, Form, LayerRange
from symbackprop.functions import Range
from symbackprop.network import LAST, Network, Symbols
from symbackprop.prove import Outcome, Verdict, prove

Q, B = Symbols(), Symbols(batch=True)
HERE = n.Layer("l")
I, J, K = Q.index("i", LAST), Q.index("j", LAST), Q.index("k", LAST)  # noqa: E741
E = n.Entry(Q.E)


def at_output(left: n.Expr, right: n.Expr, network: Network, *free: n.Index) -> Claim:
    return Claim("near miss", Form.INDEX, left, right, free or (I,), with_delta(network, batch=False))


def one(network: Network, name: str, form: Form = Form.INDEX) -> Claim:
    return next(c for c in claims(network) if c.name == name and c.form is form)


def refuted_by_value(claim: Claim) -> Verdict:
    verdict = prove(claim)
    assert verdict.outcome is Outcome.REFUTED, verdict.tried
    assert not verdict.form_error and verdict.counterexample is not None
    return verdict


def test_the_componentwise_chain_rule_holds_for_elementwise_outputs_and_fails_for_softmax() -> None:
    a, z = Q.a(LAST)[I], Q.z(LAST)[I]
    right = n.Partial(E, a) * n.Partial(a, z)
    assert prove(at_output(Q.delta(LAST)[I], right, Network())).proved
    found = refuted_by_value(at_output(Q.delta(LAST)[I], right, Network(output="softmax"))).counterexample
    assert found is not None and found.sizes[-1] == 2  # with one output neuron it is still true


def test_the_chain_rule_through_all_outputs_holds_for_softmax() -> None:
    a, z = Q.a(LAST)[K], Q.z(LAST)[I]
    right = n.Sum(K, n.Partial(E, a) * n.Partial(a, z))
    assert prove(at_output(Q.delta(LAST)[I], right, Network(output="softmax"))).proved


def test_softmax_with_cross_entropy_needs_targets_that_sum_to_one() -> None:
    claim = one(Network(hidden="sigmoid", output="softmax", cost="cross_entropy"), "output delta")
    assert claim.assumes and prove(claim).proved
    refuted_by_value(replace(claim, assumes=()))


def test_without_the_assumption_the_sum_of_the_targets_stays() -> None:
    network = Network(output="softmax", cost="cross_entropy")
    right = Q.a(LAST)[I] * n.Sum(K, Q.y[K]) - Q.y[I]
    assert prove(at_output(Q.delta(LAST)[I], right, network)).proved


@pytest.mark.parametrize("form", [Form.INDEX, Form.MATRIX])
def test_weight_decay_reaches_the_weights_and_nothing_else(form: Form) -> None:
    network = Network(weight_decay="1/10")
    for name in ("weight gradient, batch", "bias gradient, batch", "hidden delta, batch"):
        assert prove(one(network, name, form)).proved
    with_decay = one(network, "weight gradient, batch", form)
    without = one(Network(), "weight gradient, batch", form)
    refuted_by_value(replace(with_decay, right=without.right))
    refuted_by_value(replace(without, right=with_decay.right))


def test_equal_widths_do_not_hide_a_swapped_index() -> None:
    """Within layer L both letters run over the same neurons: only the value tells."""
    claim = at_output(n.Kronecker(I, J) * Q.z(LAST)[I], n.Kronecker(I, J) * Q.z(LAST)[J], Network(), I, J)
    assert prove(claim).proved
    refuted_by_value(at_output(Q.z(LAST)[I] * Q.a(LAST)[J], Q.z(LAST)[J] * Q.a(LAST)[I], Network(), I, J))


def test_a_lost_transpose_is_refuted_by_form_whatever_the_widths() -> None:
    claim = one(Network(), "hidden delta", Form.MATRIX)
    back = mx.Product(mx.Whole(Q.w(HERE + 1)), mx.Whole(Q.delta(HERE + 1)))
    wrong = prove(replace(claim, right=mx.Hadamard(back, mx.Map("sigma", mx.Whole(Q.z(HERE)), 1))))
    assert "columns over the neurons of layer l meet rows over the neurons of layer l+1" in wrong.form_error


def test_a_sum_is_a_product_only_for_one_neuron() -> None:
    claim = at_output(n.Sum(K, Q.a(LAST)[K]) ** 2, n.Sum(K, Q.a(LAST)[K] ** 2), Network(), I)
    found = refuted_by_value(claim).counterexample
    assert found is not None and found.sizes[-1] == 2


def test_the_width_is_one_only_for_one_neuron() -> None:
    assert prove(at_output(n.Sum(K, n.number(1)), n.Size(n.Neurons(LAST)), Network())).proved
    refuted_by_value(at_output(n.Sum(K, n.number(1)), n.number(1), Network()))


def test_what_holds_for_one_sample_is_refuted_for_two() -> None:
    (s,) = B.sample
    total = n.Entry(B.total)
    claim = one(Network(), "bias gradient, batch")
    right = n.Sum(s, B.delta(HERE)[claim.free[0], s])
    refuted_by_value(replace(claim, left=n.Partial(total, Q.b(HERE)[claim.free[0]]), right=right))  # mean: 1/N is lost
    assert prove(replace(one(Network(total="sum"), "bias gradient, batch"), right=right)).proved


def test_what_holds_only_for_a_network_of_one_layer_is_refuted_with_two() -> None:
    """∂E/∂w^(L) as if the layer below were the input."""
    known = with_delta(Network(), batch=False)
    i, j = Q.index("i", LAST), Q.index("j", LAST - 1)
    left = n.Partial(E, Q.w(LAST)[i, j])
    right = Q.delta(LAST)[i] * Q.a(LAST - 1)[j]
    assert prove(Claim("", Form.INDEX, left, right, (i, j), known)).proved
    first = n.Layer("", 1)
    k = n.Index("k", n.Neurons(first))
    whole, single = n.Sum(k, Q.a(first)[k]), n.Sum(n.Index("k", n.Neurons(LAST)), Q.a(LAST)[Q.index("k", LAST)])
    verdict = prove(Claim("", Form.INDEX, whole, single, (), known))
    assert verdict.counterexample is not None and len(verdict.counterexample.sizes) == 3


def test_a_slope_that_one_function_has_is_refuted_for_an_opaque_one_and_for_others() -> None:
    a, z = Q.a(LAST)[I], Q.z(LAST)[I]
    slope, logistic = n.Partial(a, z), a * (1 - a)
    assert prove(at_output(slope, logistic, Network(output="sigmoid"))).proved
    for output in ("any", "tanh", "relu"):
        refuted_by_value(at_output(slope, logistic, Network(output=output)))
    assert prove(at_output(slope, logistic, Network(output="softmax"))).proved


def test_the_other_convention_of_the_squared_error_is_refuted() -> None:
    right = -(Q.y[I] - Q.a(LAST)[I])
    assert prove(at_output(n.Partial(E, Q.a(LAST)[I]), right, Network(cost="half_squared_error"))).proved
    refuted_by_value(at_output(n.Partial(E, Q.a(LAST)[I]), right, Network(cost="squared_error")))


def test_a_layer_that_does_not_exist_is_refuted_by_form() -> None:
    claim = one(Network(), "hidden delta")
    beyond = replace(claim, layers=LayerRange(1, 0), least_depth=1)
    assert prove(beyond).form_error == "there is no layer l+1 for every layer that is meant"
    deeper = prove(replace(claim, right=Q.delta(HERE + 3)[claim.free[0]]))
    assert deeper.form_error == "delta^(l+3) is not there for every layer that is meant: delta exists in layers 1 to L"


def test_a_network_of_three_layers_has_the_gradient_of_every_layer() -> None:
    known, i = with_delta(Network(), batch=False), Q.index("i", HERE)
    slope = n.Partial(E, Q.b(HERE)[i])
    three = Claim("", Form.INDEX, slope, Q.delta(HERE)[i], (i,), known, LayerRange(1, 0), depth=3)
    assert prove(three).proved
    refuted_by_value(replace(three, right=n.number(0)))


# kinks


T, A, Y = (n.Entry(n.Variable(name)) for name in ("t", "p", "q"))


def of_number(left: n.Expr, right: n.Expr) -> Claim:
    return Claim("number", Form.SCALAR, left, right, (), (), unknowns=(("t", Range.REAL),))


def of_cost(left: n.Expr, right: n.Expr) -> Claim:
    return Claim("cost", Form.SCALAR, left, right, (), (), unknowns=(("p", Range.REAL), ("q", Range.REAL)))


def test_relu_is_not_its_slope_times_anything_but_z() -> None:
    relu = n.Apply("relu", T)
    assert prove(of_number(relu, T * n.Apply("relu", T, 1))).proved
    refuted_by_value(of_number(relu, T))
    refuted_by_value(of_number(relu, n.Apply("relu", -T)))
    refuted_by_value(of_number(n.Apply("relu", T, 1), n.number(1)))
    refuted_by_value(of_number(n.Apply("relu", T * 2), relu))
    assert prove(of_number(n.Apply("relu", T * 2), relu * 2)).proved


def test_relu_joined_with_its_mirror_is_the_absolute_value() -> None:
    both = n.Apply("relu", T) + n.Apply("relu", -T)
    assert prove(of_number(both, T * (2 * n.Apply("step", T) - 1))).proved
    refuted_by_value(of_number(both, T))


def test_huber_is_the_squared_error_only_near_the_target() -> None:
    huber, r = n.CostTerm("huber", A, Y), A - Y
    near = n.number("1/2") * r * r
    refuted_by_value(of_cost(huber, near))
    refuted_by_value(of_cost(n.CostTerm("huber", A, Y, prime=True), r))
    within = n.Apply("inside", r)
    assert prove(of_cost(huber * within, near * within)).proved


def test_the_threshold_of_huber_is_one_and_not_a_half() -> None:
    """|2r| < 1 against |r| < 1: eight lucky points do not make a proof."""
    for name in "abcdefghij":
        claim = replace(of_number(n.Apply("inside", T * 2), n.Apply("inside", T)), name=name)
        refuted_by_value(claim)


def test_leaky_relu_does_not_vanish_below_zero() -> None:
    refuted_by_value(of_number(n.Apply("leaky_relu", T), n.Apply("relu", T)))
    right = n.Apply("relu", T) - n.number(Fraction(1, 100)) * n.Apply("relu", -T)
    assert prove(of_number(n.Apply("leaky_relu", T), right)).proved


def test_second_slopes_are_refuted_where_the_first_is_meant() -> None:
    for name in ("sigmoid", "tanh", "relu", "softplus", "arctan"):
        refuted_by_value(of_number(n.Partial(n.Apply(name, T), T), n.Apply(name, T, 2)))


def test_every_equation_of_every_total_stands_with_its_own_factor() -> None:
    for total, other in (("sum", "mean"), ("mean", "sum")):
        right = equations(Network(total=other), batch=True)[Equation.WEIGHT].right
        refuted_by_value(replace(one(Network(total=total), "weight gradient, batch"), right=right))


def test_a_function_of_slope_zero_need_not_be_one_constant() -> None:
    """arctan(1/u) + arctan(u) jumps at u = 0; a logarithm beside it must not hide that."""
    u, logs = 1 - T, n.Apply("log", (T * T + 1) ** 2) - 2 * n.Apply("log", T * T + 1)
    jumps = n.Apply("arctan", 1 / u) + n.Apply("arctan", u) - 2 * n.Apply("arctan", n.number(1))
    refuted_by_value(of_number(jumps + logs, n.number(0)))
    assert prove(of_number(logs, n.number(0))).proved


def test_a_square_root_of_a_square_is_not_the_number() -> None:
    root = n.Apply("exp", n.Apply("log", (1 - T) ** 2) * n.number("1/2"))
    refuted_by_value(of_number(root, 1 - T))


def test_what_is_nowhere_defined_is_not_proved() -> None:
    nothing = n.Apply("sigmoid", T) + n.Apply("sigmoid", -T) - 1
    for left, right in (((T - T) / (T - T), n.number(5)), (1 / nothing, 2 / nothing), (nothing * T / nothing, T)):
        assert prove(of_number(left, right)).outcome is Outcome.UNDECIDED


def test_costs_of_other_samples_do_not_depend_on_a_sample() -> None:
    known = with_delta(Network(), batch=True)
    (s,), t = B.sample, n.Index("t", n.Samples())
    slope = n.Partial(n.Entry(B.E, (s,)), B.z(LAST)[I, t])
    free = (I, s, t)
    assert prove(Claim("", Form.INDEX, slope, n.Kronecker(s, t) * B.delta(LAST)[I, s], free, known)).proved
    refuted_by_value(Claim("", Form.INDEX, slope, B.delta(LAST)[I, t], free, known))


def test_sigmoid_at_minus_z_is_one_minus_sigmoid_at_z() -> None:
    mirrored = n.Apply("sigmoid", -Q.z(LAST)[I])
    assert prove(at_output(mirrored, 1 - Q.a(LAST)[I], Network(output="sigmoid"))).proved
    refuted_by_value(at_output(mirrored, -Q.a(LAST)[I], Network(output="sigmoid")))
    refuted_by_value(at_output(mirrored, 1 - Q.a(LAST)[I], Network(output="tanh")))
