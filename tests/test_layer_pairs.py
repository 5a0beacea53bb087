"""Weights marked by both layers, sums over the neurons that feed one or that it feeds, functions with marks."""

from __future__ import annotations

import pytest

from symbackprop.documents.checking import check_document
from symbackprop.documents.results import LinkResult

CONVENTIONS = """symbols: z=h, b=none
activation: f
cost: E
delta: z
parents: P(v,i)
children: C(v,i)"""


def links(*formulas: str, conventions: str = CONVENTIONS) -> list[LinkResult]:
    text = f"<!-- symbackprop\n{conventions}\n-->\n" + "\n\n".join(f"$${formula}$$" for formula in formulas)
    return [link for equation in check_document(text, "<text>").equations for link in equation.links]


def said(formula: str, conventions: str = CONVENTIONS) -> list[str]:
    return [link.said for link in links(formula, conventions=conventions)]


INPUT = r"h_i^{v'} = \sum_{(\mu,k) \in P(v',i)} w_{ik}^{v'\mu} f_k^\mu(h_k^\mu)"
BACK = r"\delta_i^{v'} = [f_i^{v'}]'(h_i^{v'}) \sum_{(v'',k) \in C(v',i)} \delta_k^{v''} w_{ki}^{v''v'}"
SLOPE = r"\frac{\partial E}{\partial w_{ij}^{v'v}} = \delta_i^{v'} f_j^v(h_j^v)"
STEP = r"\frac{\partial h_k^{v''}}{\partial h_i^{v'}} = w_{ki}^{v''v'} [f_i^{v'}]'(h_i^{v'})"


@pytest.mark.parametrize("line", [INPUT, BACK, SLOPE, STEP])
def test_both_marks_of_a_weight_name_neighbouring_layers(line: str) -> None:
    (link,) = links(line)
    assert link.said in ("proved", "definition")
    assert "a weight with two layers' marks joins a layer to the next" in link.readings


@pytest.mark.parametrize(
    ("line", "part", "wrong"),
    [
        (BACK, "[f_i^{v'}]'", "f_i^{v'}"),
        (BACK, "w_{ki}", "w_{ik}"),
        (BACK, r"\delta_k", r"\delta_i"),
        (SLOPE, "f_j^v(h_j^v)", "f_i^v(h_i^v)"),
        (SLOPE, "f_j^v(h_j^v)", "f_i^{v'}(h_i^{v'})"),
        (SLOPE, "f_j^v(h_j^v)", "h_j^v"),
        (STEP, "[f_i^{v'}]'", "f_i^{v'}"),
        (STEP, "= w_{ki}^{v''v'}", "= w_{ik}^{v''v'}"),
    ],
)
def test_a_slip_in_such_a_line_is_refuted(line: str, part: str, wrong: str) -> None:
    assert part in line
    assert said(line.replace(part, wrong, 1)) == ["refuted"]


@pytest.mark.parametrize(
    "line",
    [
        BACK.replace("w_{ki}^{v''v'}", "w_{ki}^{v'v''}"),
        SLOPE.replace("w_{ij}^{v'v}", "w_{ij}^{v',v'-2}"),
        STEP.replace("= w_{ki}^{v''v'}", "= w_{ki}^{v''v} w_{ki}^{v''v'}"),
        SLOPE.replace("f_j^v(h_j^v)", "f_i^v(h_j^v)"),
        INPUT.replace("P(v',i)", "Q(v',i)"),
        INPUT.replace("P(v',i)", "P(v',j)"),
        INPUT.replace("P(v',i)", "P(v,i)"),
        INPUT.replace("(\\mu,k) \\in", "(v,k) \\in"),
        BACK.replace("(v'',k) \\in", "(v,k) \\in"),
        BACK.replace("C(v',i)", "C(v,i)"),
        BACK.replace("C(v',i)", "P(v',i)"),
    ],
)
def test_what_joins_no_neighbouring_layers_is_not_guessed(line: str) -> None:
    assert said(line) == ["unreadable"]


def test_a_sum_over_a_set_asks_what_the_set_is() -> None:
    (link,) = links(BACK, conventions=CONVENTIONS.partition("parents")[0])
    assert link.said == "unreadable" and link.problem is not None and "parents: C" in link.problem.text


def test_two_marks_apart_by_a_comma_are_read_the_same() -> None:
    assert said(r"z_i^l = \sum_k w_{ik}^{l,l-1} a_k^{l-1} + b_i^l", conventions="") == ["definition"]
    slope = r"\frac{\partial C}{\partial w_{ij}^{l,l-1}} = \delta_i^l a_j^{l-1}"
    assert said(slope, conventions="delta: z") == ["proved"]
    assert said(slope.replace("a_j^{l-1}", "a_j^l"), conventions="delta: z") == ["refuted"]


def test_what_stands_below_a_brace_behind_a_sign_is_a_claim() -> None:
    body = r"\frac{\partial h_i^{v'}}{\partial w_{ij}^{v'v}}"
    line = rf"{body} = \underbrace{{{body}}}_{{\substack{{= f_j^v(h_j^v) \\ \text{{activity}} \\ \text{{of neuron}}}}}}"
    assert said(line) == ["proved", "proved"]
    assert said(line.replace("f_j^v(h_j^v)", "h_j^v")) == ["proved", "refuted"]


def test_terms_left_open_on_both_ends_are_not_judged() -> None:
    line = INPUT + r" = \ldots + w_{ik}^{v'v} f_k^v(h_k^v) + \ldots"
    assert said(line)[1] == "undecided"


def test_nothing_is_derived_from_the_letter_e_without_a_meaning() -> None:
    assert said(r"\frac{\partial e}{\partial h_i^l} = 0") == ["unreadable"]
