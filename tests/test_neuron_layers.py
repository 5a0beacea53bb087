"""Documents that mark no layers: `w_{ij}`, `o_j`, `\\delta_k` name neurons wherever they stand."""

from __future__ import annotations

import pytest

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
