"""Documents that mark no layers: `w_{ij}`, `o_j`, `\\delta_k` name neurons wherever they stand."""

from __future__ import annotations

import pytest

from symbackprop.documents.check import check
from symbackprop.documents.checking import check_document
from symbackprop.documents.results import LinkResult

KEYS = "symbols: z=\\text{net}, a=o, b=none\nweights: from,to\nactivation: g\ntarget: t"
NET = r"\text{net}_j = \sum_i w_{ij} o_i"
DELTA = r"\delta_j = \frac{\partial E}{\partial \text{net}_j}"


def links(*formulas: str, keys: str = KEYS) -> list[LinkResult]:
    text = f"<!-- symbackprop\n{keys}\n-->\n\n" + "\n\n".join(f"$${formula}$$" for formula in formulas)
    return [link for equation in check_document(text, "<text>").equations for link in equation.links]


def said(*formulas: str, keys: str = KEYS) -> list[str]:
    return [link.said for link in links(*formulas, keys=keys)]


@pytest.mark.parametrize(
    ("line", "near_miss"),
    [
        (
            r"\frac{\partial \text{net}_j}{\partial w_{ij}} = o_i",
            r"\frac{\partial \text{net}_j}{\partial w_{ij}} = o_j",
        ),
        (r"\frac{\partial E}{\partial w_{ij}} = o_i \delta_j", r"\frac{\partial E}{\partial w_{ij}} = o_j \delta_i"),
        (r"\delta_j = g'(\text{net}_j) \sum_k w_{jk} \delta_k", r"\delta_j = g'(\text{net}_j) \sum_k w_{kj} \delta_k"),
        (
            r"\frac{\partial E}{\partial o_j} = \sum_k \delta_k \frac{\partial \text{net}_k}{\partial o_j}",
            r"\frac{\partial E}{\partial o_j} = \sum_k \delta_j \frac{\partial \text{net}_k}{\partial o_j}",
        ),
    ],
)
def test_a_line_holds_in_every_layer_and_its_near_miss_in_none(line: str, near_miss: str) -> None:
    *_, good = links(NET, DELTA, line)
    *_, bad = links(NET, DELTA, near_miss)
    assert (good.said, bad.said) == ("proved", "refuted")
    assert "layers" in good.scope and any("is read as a neuron of layer l" in text for text in good.readings)


def test_a_target_places_its_neuron_in_the_last_layer() -> None:
    cost = r"E = \frac{1}{2} \sum_k (t_k - o_k)^2"
    assert said(NET, cost, DELTA, r"\delta_j = (o_j - t_j) g'(\text{net}_j)")[-1] == "proved"
    assert said(NET, cost, DELTA, r"\delta_j = (t_j - o_j) g'(\text{net}_j)")[-1] == "refuted"


def test_the_other_order_of_a_weights_letters_turns_the_verdicts() -> None:
    keys = KEYS.replace("from,to", "to,from")
    lines = (NET.replace("w_{ij}", "w_{ji}"), DELTA)
    assert said(*lines, r"\delta_j = g'(\text{net}_j) \sum_k w_{kj} \delta_k", keys=keys)[-1] == "proved"
    assert said(*lines, r"\delta_j = g'(\text{net}_j) \sum_k w_{jk} \delta_k", keys=keys)[-1] == "refuted"


def test_letters_that_the_line_leaves_without_a_layer_are_asked_for() -> None:
    assert said(NET, r"\frac{\partial E}{\partial o_j} = \sum_k \frac{\partial E}{\partial o_k}")[-1] == "unreadable"


def test_a_letter_of_two_layers_at_once_is_not_read() -> None:
    assert said(NET, r"\text{net}_j = \sum_i w_{ij} w_{ji} o_i")[-1] == "unreadable"


def test_a_number_above_a_neuron_is_a_power() -> None:
    keys = KEYS.replace("activation: g", "activation: tanh")
    assert said(NET, r"\frac{\partial o_j}{\partial \text{net}_j} = 1 - o_j^2", keys=keys)[-1] == "proved"
    assert said(NET, r"\frac{\partial o_j}{\partial \text{net}_j} = 1 + o_j^2", keys=keys)[-1] == "refuted"


@pytest.mark.parametrize("over", ["K", "outputs", "Downstream(j)", r"\text{Downstream}(j)"])
def test_a_sum_over_a_set_with_a_name_is_over_all_that_there_are(over: str) -> None:
    line = r"\delta_j = g'(\text{net}_j) \sum_{k \in OVER} w_{jk} \delta_k".replace("OVER", over)
    *_, link = links(NET, DELTA, line)
    assert link.said == "proved" and any("all that there are to sum over" in text for text in link.readings)


def test_what_is_added_to_a_weight_is_an_update_of_it() -> None:
    lines = (NET, DELTA, r"\Delta w_{ij} = -\eta \frac{\partial E}{\partial w_{ij}} = -\eta o_i \delta_j")
    assert said(*lines)[-2:] == ["update", "proved"]
    assert said(NET, DELTA, r"\Delta w_{ij} = \eta o_i \delta_j")[-1] == "refuted"
    *_, link = links(NET, DELTA, r"\Delta w_{ij} = -\eta o_j \delta_j")
    assert link.said == "refuted" and link.fix is not None and link.fix.text == r"-\eta o_i \delta_j"


def test_every_layer_may_have_a_function_of_its_own_above_or_below() -> None:
    for mark in ("f^l", "f_l", "f^{(l)}"):
        keys = f"layers: 0..L\nhidden: {mark}\nsymbols: b=none\ndelta: z"
        line = r"\delta^{l-1} = (MARK)' \odot (w^l)^T \delta^l".replace(
            "MARK", mark.replace("l", "{l-1}").replace("({l-1})", "(l-1)")
        )
        assert said(line, keys=keys) == ["proved"], mark


SAMPLES = "symbols: z=x, a=y, b=none\nactivation: sigmoid\ntarget: d\nsample: _c"
TOTAL = r"E = \frac{1}{2} \sum_c \sum_j (y_{j,c} - d_{j,c})^2"


def test_a_line_that_names_no_sample_speaks_of_the_cost_of_one() -> None:
    *_, link = links(TOTAL, r"\frac{\partial E}{\partial y_j} = y_j - d_j", keys=SAMPLES)
    assert link.said == "proved" and any("that of one sample" in text for text in link.readings)
    assert said(TOTAL, r"\frac{\partial E}{\partial y_j} = d_j - y_j", keys=SAMPLES)[-1] == "refuted"
    line = r"\frac{\partial E}{\partial w_{ji}} = \frac{\partial E}{\partial x_j} y_i"
    assert said(TOTAL, line, keys=SAMPLES)[-1] == "proved"


def test_of_a_mean_over_samples_no_such_reading_is_taken() -> None:
    mean = TOTAL.replace(r"\frac{1}{2}", r"\frac{1}{2N}")
    assert said(mean, r"\frac{\partial E}{\partial y_j} = y_j - d_j", keys=SAMPLES)[-1] == "unreadable"


def test_a_counterexample_lists_no_biases_where_there_are_none() -> None:
    text = f"<!-- symbackprop\n{KEYS}\n-->\n\n$${NET}$$\n\n$$\\frac{{\\partial o_j}}{{\\partial w_{{ij}}}} = o_i$$"
    shown = str(check(text))
    assert "REFUTED" in shown and "w^(1)_11" in shown and "b^(1)" not in shown


def test_a_function_without_its_argument_is_no_value_of_it() -> None:
    keys = "layers: 0..L\nhidden: f_l\nsymbols: b=none"
    assert said(r"f_l = f_l(w^l a^{l-1})", keys=keys) == ["unreadable"]
