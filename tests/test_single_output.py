"""A page with one output need not write its index: a line that holds for the first output is not refuted."""

from __future__ import annotations

from symbackprop.documents.check import check
from symbackprop.documents.results import LinkResult

BLOCK = "<!-- symbackprop\nlayers: 0..L\nhidden: g\noutput: f\ncost: E\nprediction: \\hat{y}\ntarget: y\n-->\n\n"
COST = r"E = \frac{1}{2} (\hat{y} - y)^2"


def last(formula: str) -> LinkResult:
    page = BLOCK + "\n\n".join(f"$$\n{each}\n$$" for each in (COST, formula))
    return [link for equation in check(page).equations for link in equation.links][-1]


def test_a_line_that_holds_of_the_only_output_is_told_to_state_it() -> None:
    link = last(r"\frac{\partial E}{\partial z_1^{(L)}} = (\hat{y} - y) f'(z_1^{(L)})")
    assert link.said == "undecided" and link.problem is not None and "widths: [n_0, …, 1]" in link.problem.text


def test_a_line_that_does_not_hold_of_it_is_refuted() -> None:
    assert last(r"\frac{\partial E}{\partial z_1^{(L)}} = (y - \hat{y}) f'(z_1^{(L)})").said == "refuted"
