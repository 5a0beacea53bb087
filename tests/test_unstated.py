"""Lines that hold for a customary cost or function which the document does not state: undecided, with what to state."""

from __future__ import annotations

import pytest

from symbackprop.documents.checking import check_document
from symbackprop.documents.problems import Code
from symbackprop.documents.results import LinkResult

KEYS = "layers: 0..2\nhidden: h\noutput: identity\nprediction: y\ntarget: t\ndelta: z\n"


def judged(formula: str, keys: str = "") -> LinkResult:
    text = f"<!-- symbackprop\n{KEYS}{keys}\n-->\n\n$${formula}$$"
    (equation,) = check_document(text, "<text>").equations
    return equation.links[-1]


@pytest.mark.parametrize(
    ("formula", "missing"),
    [
        (r"\delta_k^{(2)} = y_k - t_k", "cost: half_squared_error"),
        (r"\delta_k^{(2)} = 2 (y_k - t_k)", "cost: squared_error"),
        (r"\frac{\partial a_j^{(1)}}{\partial z_j^{(1)}} = 1 - (a_j^{(1)})^2", "hidden: tanh"),
        (r"\frac{\partial a_j^{(1)}}{\partial z_j^{(1)}} = a_j^{(1)} (1 - a_j^{(1)})", "hidden: sigmoid"),
    ],
)
def test_what_a_line_needs_is_named_and_once_stated_the_line_is_proved(formula: str, missing: str) -> None:
    link = judged(formula)
    assert (link.said, link.code) == ("undecided", Code.ASSUMPTION) and link.problem is not None
    assert f"`{missing}`" in link.problem.text
    assert judged(formula, missing).said == "proved"


@pytest.mark.parametrize(
    "formula",
    [
        r"\delta_k^{(2)} = t_k - y_k",
        r"\frac{\partial a_j^{(1)}}{\partial z_j^{(1)}} = a_j^{(1)} (1 + a_j^{(1)})",
        r"\frac{\partial a_j^{(1)}}{\partial z_j^{(1)}} = h(z_j^{(1)})",
        r"\frac{\partial E}{\partial w_{ij}^{(1)}} = \delta_i^{(1)} h'(z_i^{(1)}) a_j^{(0)}",
    ],
)
def test_what_nothing_customary_makes_true_is_refuted(formula: str) -> None:
    assert judged(formula).said == "refuted"


def test_a_cost_that_the_document_defines_is_the_only_one() -> None:
    assert judged(r"\delta_k^{(2)} = y_k - t_k", r"let: E = \sum_k (y_k - t_k)^2").said == "refuted"


def test_where_nothing_is_said_of_the_output_a_customary_function_may_be_meant() -> None:
    keys = "cost: half_squared_error\nprediction: y\ntarget: t\ndelta: z"
    line, used = r"$$\delta_k^L = y_k - t_k$$", r"$$a_k^L = f(z_k^L)$$" + "\n\n"
    found = [check_document(f"<!-- symbackprop\n{keys}\n-->\n\n{before}{line}", "x") for before in ("", used)]
    first, second = (each.equations[-1].links[0] for each in found)
    assert first.said == "undecided" and first.problem is not None and "`output: identity`" in first.problem.text
    assert second.said == "refuted"
