"""Functions that a document defines by a formula, and lines about functions alone."""

from __future__ import annotations

import pytest

from symbackprop.documents.checking import check_document
from symbackprop.documents.results import LinkResult

HEAD = "<!-- symbackprop\nlayers: 0..L\nactivation: \\sigma\n-->\n\n"
SIGMOID = "$$\\sigma(x) = \\frac{1}{1+e^{-x}}$$\n\n"
COST = "$$E = \\frac{1}{2} \\| a^L - y \\|^2$$\n\n"


def links(*lines: str) -> list[LinkResult]:
    page = HEAD + "\n\n".join(f"$${line}$$" if not line.startswith("$$") else line for line in lines)
    return [link for equation in check_document(page, "page.md").equations for link in equation.links]


def said(*lines: str) -> list[str]:
    return [link.said for link in links(*lines)]


@pytest.mark.parametrize(
    "line",
    [
        r"\sigma'(x) = \sigma(x)(1-\sigma(x))",
        r"\sigma'(u) = \sigma(u)(1-\sigma(u))",
        r"\sigma(-x) = 1-\sigma(x)",
        r"\frac{d}{dx} \sigma(x) = \sigma(x)(1-\sigma(x))",
        r"\frac{d \sigma(x)}{d x} = \frac{e^{-x}}{(1+e^{-x})^2}",
    ],
)
def test_an_identity_of_a_defined_function_is_proved_for_every_number(line: str) -> None:
    *_, last = links(SIGMOID, line)
    assert last.said == "proved"
    assert last.scope.startswith("every number ")


@pytest.mark.parametrize(
    "line",
    [
        r"\sigma(x) = \sigma(x)(1-\sigma(x))",  # a lost prime is no definition
        r"\sigma'(x) = \sigma(x)(1+\sigma(x))",
        r"\sigma(-x) = \sigma(x)",
        r"\frac{d}{dx} \sigma(x) = \sigma(x)(1-\sigma(x))^2",
    ],
)
def test_a_wrong_identity_is_refuted_at_a_number(line: str) -> None:
    *_, last = links(SIGMOID, line)
    assert last.said == "refuted"
    assert last.counterexample is not None and set(last.counterexample.values) == {"x"}


def test_the_network_may_use_the_formula_of_its_activation() -> None:
    made = links(SIGMOID, COST, r"\frac{\partial E}{\partial z^L_i} = (a^L_i - y_i) a^L_i (1 - a^L_i)")
    assert [link.said for link in made] == ["definition", "definition", "proved"]
    assert "sigmoid" in made[-1].scope


def test_a_proof_that_needs_no_formula_stays_one_for_any_activation() -> None:
    *_, last = links(SIGMOID, COST, r"\frac{\partial E}{\partial z^L_i} = (a^L_i - y_i) \sigma'(z^L_i)")
    assert last.said == "proved" and "any differentiable" in last.scope


def test_a_function_of_no_row_of_the_table_is_known_by_its_formula() -> None:
    assert said("g(t) = t^2 + 3t", "g'(t) = 2t + 3", "g'(t) = 2t + 2") == ["definition", "proved", "refuted"]


def test_the_larger_of_two_numbers_is_read() -> None:
    assert said("r(t) = \\max(0, t)", "r(t) - r(-t) = t") == ["definition", "proved"]


def test_a_second_definition_that_differs_holds_from_there_on_and_says_so() -> None:
    made = links(SIGMOID, r"\sigma(x) = \frac{1}{1+e^{x}}", r"\sigma'(x) = -\sigma(x)(1-\sigma(x))")
    assert [link.said for link in made] == ["definition", "definition", "proved"]
    assert [warning.code.value for warning in made[1].warnings] == ["SB202", "SB204"]


def test_the_same_definition_again_is_proved() -> None:
    assert said(SIGMOID, r"\sigma(x) = \frac{e^x}{1+e^x}")[-1] == "proved"


def test_a_function_is_not_taken_for_known_where_only_its_derivative_is_not() -> None:
    *_, last = links("g(t) = t^3", "g''(t) = 6t")
    assert last.said == "unreadable"
    assert "first derivative" in (last.problem.text if last.problem else "")


def test_a_letter_of_the_network_beside_quantities_is_no_number() -> None:
    assert said(SIGMOID, r"a = \sigma(z)")[-1] == "unreadable"


G = r"a_i^{(l)} = g(z_i^{(l)})"
HIDDEN = r"a_i^{(l)} = g(z_i^{(l)}) \qquad (1 \leq l \leq L - 1)"
OUTPUT = r"a_i^{(L)} = h(z_i^{(L)})"
BARE = "<!-- symbackprop\nlayers: 0..L\n-->\n\n"


def slope(layer: str, function: str) -> str:
    by, at = rf"\frac{{\partial E}}{{\partial z_i^{{({layer})}}}}", rf"z_i^{{({layer})}}"
    return rf"{by} = \frac{{\partial E}}{{\partial a_i^{{({layer})}}}} {function}'({at})"


def bare(*lines: str) -> list[LinkResult]:
    page = BARE + "\n\n".join(f"$${line}$$" for line in lines)
    return [link for equation in check_document(page, "page.md").equations for link in equation.links]


@pytest.mark.parametrize(
    ("definitions", "line", "verdict"),
    [
        ([G], r"\frac{\partial a_i^{(l)}}{\partial z_i^{(l)}} = g'(z_i^{(l)})", "proved"),
        ([G], r"\frac{\partial a_i^{(l)}}{\partial z_i^{(l)}} = g(z_i^{(l)})", "refuted"),
        ([HIDDEN, OUTPUT], slope("L", "h"), "proved"),
        ([OUTPUT, HIDDEN], slope("L", "g"), "refuted"),
        ([G, OUTPUT], slope("l", "g"), "proved"),
        ([OUTPUT, G], slope("l", "h"), "refuted"),
        ([OUTPUT, G], r"\frac{\partial a_i^{(L-1)}}{\partial z_i^{(L-1)}} = h'(z_i^{(L-1)})", "refuted"),
    ],
)  # fmt: skip
def test_a_letter_that_a_line_applies_to_pre_activations_is_the_activation(
    definitions: list[str], line: str, verdict: str
) -> None:
    *made, last = bare(*definitions, line)
    assert [link.said for link in made] == ["definition"] * len(definitions)
    assert not any(link.warnings for link in made)
    assert last.said == verdict


def test_the_activation_of_two_definitions_is_exact_in_both_engines() -> None:
    """A general line about a is judged with the output's own function at layer L."""
    *_, last = bare(HIDDEN, OUTPUT, r"\frac{\partial a_i^{(l)}}{\partial z_i^{(l)}} = g'(z_i^{(l)})")
    assert last.said == "proved" and "1 ≤ l ≤ L - 1" in last.scope


def test_nothing_is_refuted_by_a_function_whose_formula_could_not_be_read() -> None:
    wrong = r"\frac{\partial E}{\partial z^L_i} = (a^L_i - y_i) a^L_i (1 + a^L_i)"
    made = links(COST, r"\sigma(x) = \mathfrak{Q} x", wrong)
    assert [link.said for link in made] == ["definition", "unreadable", "undecided"]
    assert "unless line 10" in (made[-1].problem.text if made[-1].problem else "")
