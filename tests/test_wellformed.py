"""What does not fit is said in plain words, before anything is computed; what fits is left alone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from symbackprop import matrices as mx, notation as n
from symbackprop.claims import Claim, Form, LayerRange, Side
from symbackprop.network import LAST, Definition, Symbols
from symbackprop.wellformed import malformed, malformed_definition

Q, B = Symbols(), Symbols(batch=True)
HERE = n.Layer("l")
I, J, K = Q.index("i", HERE), Q.index("j", HERE - 1), Q.index("k", HERE + 1)  # noqa: E741
S = B.sample[0]
ZERO = n.number(0)


def said(right: Side, free: tuple[n.Index, ...] = (I,), layers: LayerRange | None = None, left: Side = ZERO) -> str:
    layers = layers or LayerRange(1, 1)
    return malformed(Claim("", Form.INDEX, left, right, free, (), layers, layers.first + layers.below_last)) or ""


def test_an_index_on_the_wrong_axis_is_named_with_both_axes() -> None:
    below = "is indexed by the neurons of layer l-1"
    assert said(Q.a(HERE - 1)[I]) == f"i runs over the neurons of layer l; a^(l-1) {below}"
    assert said(Q.w(HERE)[I, I]) == f"i runs over the neurons of layer l; w^(l) {below}"
    assert said(n.Sum(K, Q.w(HERE)[K, I])).startswith("k runs over the neurons of layer l+1; w^(l) is indexed by")
    assert said(B.z(HERE)[I, I]) == "i runs over the neurons of layer l; z^(l) is indexed by the samples"


def test_the_sum_decides_what_a_letter_runs_over_not_the_place_where_it_stands() -> None:
    wrongly_summed = n.Sum(n.Index("k", n.Neurons(HERE)), Q.w(HERE + 1)[K, I])
    assert said(wrongly_summed) == "k runs over the neurons of layer l; here it is written for the neurons of layer l+1"


def test_an_index_that_nothing_binds_is_named() -> None:
    assert said(Q.delta(HERE + 1)[K]) == "the index k is neither free nor summed over"
    after = n.Mul((n.Sum(K, Q.delta(HERE + 1)[K]), Q.delta(HERE + 1)[K]))
    assert said(after) == "the index k is neither free nor summed over"


def test_an_inner_sum_takes_a_letter_over_and_gives_it_back() -> None:
    inner = n.Sum(n.Index("i", n.Neurons(HERE - 1)), Q.a(HERE - 1)[n.Index("i", n.Neurons(HERE - 1))])
    assert not said(inner * Q.z(HERE)[I])


def test_layers_that_are_not_there_are_named() -> None:
    assert said(Q.z(HERE - 1)[J], (J,)).startswith("z^(l-1) is not there")
    assert not said(Q.a(HERE - 1)[J], (J,))
    assert not said(Q.z(HERE + 1)[K], (K,))
    assert said(Q.z(HERE + 1)[K], (K,), LayerRange(1, 0)) == "there is no layer l+1 for every layer that is meant"
    assert not said(Q.z(HERE - 1)[J], (J,), LayerRange(2, 0))
    assert said(Q.z(n.Layer("", 7))[n.Index("i", n.Neurons(n.Layer("", 7)))]).startswith("z^(7) is not there")
    assert said(n.Size(n.Neurons(n.Layer("m")))) == "nothing says which layers m stands for"


def test_a_sum_over_layers_may_be_empty_but_not_leave_the_network() -> None:
    m = n.Layer("m")
    i, j = n.Index("i", n.Neurons(m)), n.Index("j", n.Neurons(m - 1))

    def squares(first: n.Layer, last: n.Layer) -> n.Expr:
        return n.SumLayers("m", first, last, n.Sum(i, n.Sum(j, Q.w(m)[i, j] ** 2)))

    assert not said(squares(n.Layer("", 1), LAST))
    assert not said(squares(HERE + 1, LAST), layers=LayerRange(1, 0))
    assert not said(squares(n.Layer("", 1), HERE - 1))
    assert "there is no layer m-1" in said(squares(n.Layer("", 0), LAST))
    assert "there is no layer m " in said(squares(n.Layer("", 1), LAST + 1))


def test_the_number_of_indices_is_that_of_the_quantity() -> None:
    assert said(Q.w(HERE)[I]) == "w^(l) has 2 indices, 1 are written"
    assert said(Q.z(HERE)[(I, S)], (I, S)) == "z^(l) has 1 indices, 2 are written"
    assert said(Q.z(HERE)[n.At(0)]) == "the index value 0 of z^(l): they count from 1"


def test_a_kronecker_delta_joins_one_axis() -> None:
    assert "a Kronecker delta joins one axis" in said(n.Kronecker(I, J), (I, J))
    assert not said(n.Kronecker(I, n.At(2)))


def test_derivatives_and_costs_are_looked_into() -> None:
    turned = n.Partial(n.Entry(Q.E), Q.w(HERE)[J, I])
    assert said(turned, (I, J)).startswith("j runs over the neurons of layer l-1; w^(l)")
    cost = n.OpaqueCost("C", B.a(LAST), I)
    assert said(cost) == "i runs over the neurons of layer l; C is indexed by the samples"
    assert "the softmax is indexed by" in said(n.Softmax(I, K, Q.z(HERE + 1)[K]))


def test_two_free_indices_have_two_letters() -> None:
    assert said(ZERO, (I, n.Index("i", n.Neurons(HERE - 1)))) == "two free indices are called i"


@pytest.mark.parametrize(
    ("right", "words"),
    [
        (mx.Transpose(mx.Whole(Q.z(HERE))), "a row over the neurons of layer l stands for a column"),
        (mx.Whole(Q.w(HERE)), "stands for entries over the neurons of layer l"),
        (mx.Whole(Q.z(HERE - 1)), "over the neurons of layer l-1 stands for entries over the neurons of layer l"),
        (
            mx.Product(mx.Whole(Q.w(HERE + 1)), mx.Whole(Q.delta(HERE + 1))),
            "columns over the neurons of layer l meet rows over the neurons of layer l+1",
        ),
        (mx.Hadamard(mx.Whole(Q.z(HERE)), mx.Whole(Q.z(HERE + 1))), "entry by entry"),
        (mx.Plus((mx.Whole(Q.z(HERE)), mx.Transpose(mx.Whole(Q.z(HERE))))), "entry by entry"),
    ],
)
def test_matrices_that_do_not_fit_are_refuted_by_their_shapes(right: mx.Matrix, words: str) -> None:
    assert words in said(right)


def test_both_sides_of_a_matrix_equation_have_one_shape() -> None:
    column, row = mx.Whole(Q.z(HERE)), mx.Transpose(mx.Whole(Q.z(HERE)))
    assert not said(column, left=column) and not said(row, left=row)
    assert "is set equal to" in said(row, left=column)
    assert "is set equal to" in said(column, left=row)


def test_a_cost_a_sample_has_no_gradient_by_a_weight_of_all_samples() -> None:
    assert "one value for each of the samples" in said(mx.Gradient(B.E, B.w(HERE)), (I, J))


def test_a_definition_that_leaves_an_index_dangling_is_named() -> None:
    m = n.Layer("m")
    i, j = n.Index("i", n.Neurons(m)), n.Index("j", n.Neurons(m - 1))
    good = Definition("z", n.Layer("", 1), LAST, "m", (i,), n.Sum(j, Q.w(m)[i, j] * Q.a(m - 1)[j]))
    bad = Definition("z", n.Layer("", 1), LAST, "m", (i,), Q.w(m)[i, j] * Q.a(m - 1)[j])
    assert malformed_definition(good) is None
    assert malformed_definition(bad) == "the index j is neither free nor summed over"


def test_with_a_depth_that_is_a_number_layer_l_is_the_layer_of_that_number() -> None:
    third = n.Layer("", 3)
    last, beyond = Q.index("i", LAST), n.Index("j", n.Neurons(third + 1))
    entry = Q.z(third)[n.Index("i", n.Neurons(third))]
    claim = Claim("", Form.INDEX, ZERO, entry, (last,), (), depth=3)
    assert malformed(claim) is None
    assert malformed(replace(claim, depth=2)) is not None
    assert malformed(replace(claim, depth=None, least_depth=3)) is not None  # L may be 4
    assert "there is no layer 4" in (malformed(replace(claim, free=(beyond,))) or "")
