"""Pages that try to get a false line proved, or a true one refuted."""

from __future__ import annotations

import pytest

from symbackprop.documents.checking import check_document

CONVENTIONS = (
    "<!-- symbackprop\nlayers: 0..L\nlayer-mark: ^{(l)}\nhidden: \\sigma\noutput: f\ncost: E\ntarget: y\n-->\n\n"
)
SQUARES = r"E = \frac{1}{2} \sum_i (a_i^{(L)} - y_i)^2"
DELTA = r"\delta_i^{(l)} = \frac{\partial E}{\partial z_i^{(l)}}"
WRONG = r"\frac{\partial E}{\partial b_i^{(L)}} = (a_i^{(L)} + y_i) f'(z_i^{(L)})"


def page(*lines: str, more: str = "") -> str:
    """A document that displays the lines; `more` stands in its conventions block."""
    conventions = CONVENTIONS.replace("-->", f"{more}\n-->") if more else CONVENTIONS
    return conventions + "".join(f"$${line}$$\n\n" for line in lines)


def verdicts(text: str) -> list[str]:
    """The word for each link, in order."""
    return [link.said for equation in check_document(text, "page.md").equations for link in equation.links]


def last(*lines: str, more: str = "") -> str:
    return verdicts(page(*lines, more=more))[-1]


# a cost that is not a function of the outputs alone


def test_weight_decay_in_the_cost_is_not_forgotten() -> None:
    decay = SQUARES + r" + \frac{1}{2} \sum_i \sum_j (w_{ij}^{(L)})^2"
    slope = r"\frac{\partial E}{\partial w_{ij}^{(L)}} = \delta_i^{(L)} a_j^{(L-1)}"
    assert last(decay, DELTA, slope + " + w_{ij}^{(L)}") == "proved"
    assert last(decay, DELTA, slope) == "refuted"
    assert last(SQUARES, DELTA, slope) == "proved"


def test_a_penalty_on_the_biases_is_not_forgotten() -> None:
    decay = SQUARES + r" + \frac{1}{2} \sum_i (b_i^{(L)})^2"
    assert last(decay, DELTA, r"\frac{\partial E}{\partial b_i^{(L)}} = \delta_i^{(L)}") == "refuted"


def test_a_penalty_on_the_hidden_activations_is_not_forgotten() -> None:
    sparse = SQUARES + r" + \frac{1}{2} \sum_i (a_i^{(L-1)})^2"
    step = r"\delta_i^{(L-1)} = \sigma'(z_i^{(L-1)}) \sum_k w_{ki}^{(L)} \delta_k^{(L)}"
    assert last(sparse, DELTA, step) == "refuted"
    assert last(SQUARES, DELTA, step) == "proved"


@pytest.mark.parametrize("line", [r"\frac{\partial E}{\partial y_i} = 0", r"\nabla_y E = 0"])
def test_a_cost_depends_on_its_target(line: str) -> None:
    assert last(SQUARES, line) == "refuted"


def test_the_derivative_by_the_target_is_that_of_the_stated_cost() -> None:
    line = r"\frac{\partial E}{\partial y_i} = y_i - a_i^{(L)}"
    assert last(SQUARES, line) == "proved"
    assert last(line) == "unreadable"
