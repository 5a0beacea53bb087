"""One instance of a formula: numbers for layers and indices, sums written out."""

import pytest

from symbackprop import notation as n
from symbackprop.backprop import Equation, equations
from symbackprop.errors import SymbackpropError
from symbackprop.instantiate import instantiate, relayer, renamed
from symbackprop.latex_formulas import expression
from symbackprop.network import LAST, Network, Symbols, decay_of

SIZES = (2, 3, 2)


def test_a_sum_is_written_out_over_its_own_width():
    sides = equations(Network(SIZES), batch=False)[Equation.HIDDEN]
    made = instantiate(sides.right, SIZES, {"l": 1}, {"i": 3})
    one, two = n.Layer("", 1), n.Layer("", 2)
    q = Symbols()
    terms = tuple(q.w(two)[n.At(k), n.At(3)] * q.delta(two)[n.At(k)] for k in (1, 2))
    assert made == n.Add(terms) * n.Apply("sigmoid", q.z(one)[n.At(3)], 1)


def test_a_sum_over_one_neuron_is_its_only_term():
    sides = equations(Network((2, 3, 1)), batch=False)[Equation.HIDDEN]
    made = instantiate(sides.right, (2, 3, 1), {"l": 1}, {"i": 1})
    assert expression(made) == r"w_{11}^{(2)} \delta_{1}^{(2)} \sigma'(z_{1}^{(1)})"


def test_a_kronecker_delta_of_two_numbers_is_a_number():
    k, i = n.Index("k", n.Neurons(LAST)), n.Index("i", n.Neurons(LAST))
    made = instantiate(n.Sum(k, n.Kronecker(i, k)), SIZES, {}, {"i": 2})
    assert made == n.Add((n.number(0), n.number(1)))


def test_a_softmax_is_its_quotient():
    k = n.Index("k", n.Neurons(LAST))
    e = n.Softmax(k, n.Index("m", n.Neurons(LAST)), Symbols().z(LAST)[n.Index("m", n.Neurons(LAST))])
    made = expression(instantiate(e, SIZES, {}, {"k": 1}))
    assert made == r"\frac{e^{z_{1}^{(2)}}}{e^{z_{1}^{(2)}} + e^{z_{2}^{(2)}}}"


def test_weight_decay_sums_over_every_layer():
    weights = [e for e in n.walk(instantiate(decay_of(), SIZES, {}, {})) if isinstance(e, n.Entry)]
    assert len(weights) == 2 * 3 + 3 * 2


def test_samples_without_a_value_stay():
    sides = equations(Network(SIZES), batch=True)[Equation.BIAS]
    made = expression(instantiate(sides.right, SIZES, {"l": 2}, {"i": 1}))
    assert made == r"\frac{1}{N} \sum_{s=1}^{N} \delta_{1s}^{(2)}"


@pytest.mark.parametrize(
    ("layers", "indices", "message"),
    [
        ({"l": 1}, {}, "the index i over the neurons of layer l has no value"),
        ({"l": 1}, {"i": 4}, "i = 4: there is no such one among the neurons of layer l"),
        ({"l": 2}, {"i": 1}, r"layer l\+1 = 3: expected 0 to 2"),
        ({}, {"i": 1}, r"the layer l\+1 has no number"),
    ],
)
def test_what_does_not_exist_is_refused(layers, indices, message):
    sides = equations(Network(SIZES), batch=False)[Equation.HIDDEN]
    with pytest.raises(SymbackpropError, match=message):
        instantiate(sides.right, SIZES, layers, indices)


def test_a_bound_layer_is_not_renamed():
    assert relayer(decay_of(), {"m": LAST}) == decay_of()


def test_a_bound_index_is_not_renamed():
    k = n.Index("k", n.Neurons(LAST))
    e = n.Sum(k, Symbols().a(LAST)[k])
    assert renamed(e, "k", n.At(1)) == e
