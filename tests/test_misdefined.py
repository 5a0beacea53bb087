"""A customary function that a page defines otherwise is named, with the customary formula; another's is left alone."""

from __future__ import annotations

import pytest

from symbackprop.documents.check import check
from symbackprop.documents.misdefined import FORMULAS
from symbackprop.documents.problems import Code


def warnings(text: str) -> list[str]:
    made = check(f"$${text}$$\n")
    links = [link for equation in made.equations for link in equation.links]
    assert [link.said for link in links] == ["definition"]
    return [w.text for link in links for w in link.warnings if w.code is Code.NOT_CUSTOMARY]


@pytest.mark.parametrize(
    ("text", "row"),
    [
        (r"\sigma(x) = \frac{1}{1 + e^{x}}", "sigmoid"),
        (r"\sigma(z) = \frac{1}{1 - e^{-z}}", "sigmoid"),
        (r"\sigma(x) = \frac{e^{x} + e^{-x}}{e^{x} + e^{-x}}", "tanh"),
        (r"\sigma(x) = \log(1 - e^{x})", "softplus"),
        (r"\mathrm{sigmoid}(x) = \frac{1}{1 + e^{x}}", "sigmoid"),
        (r"\tanh(x) = \frac{e^{x} + e^{-x}}{e^{x} - e^{-x}}", "tanh"),
        (r"\mathrm{ReLU}(x) = \max(0, -x)", "relu"),
    ],
)
def test_a_slip_in_a_customary_formula_is_named_with_the_formula(text: str, row: str) -> None:
    parameter = text[text.index("(") + 1]
    (warning,) = warnings(text)
    assert f"`{FORMULAS[row].format(x=parameter)}`" in warning


@pytest.mark.parametrize("row", FORMULAS)
def test_the_customary_formulas_are_right(row: str) -> None:
    assert not warnings(f"\\sigma(x) = {FORMULAS[row].format(x='x')}")
    assert not warnings(f"\\mathrm{{{row}}}(x) = {FORMULAS[row].format(x='x')}") or row == "silu"


@pytest.mark.parametrize(
    "text", [r"\sigma(x) = x^3", r"f(x) = \frac{1}{1 + e^{x}}", r"\sigma(x) = \frac{2}{1 + e^{-x}} - 1"]
)
def test_functions_that_are_no_slip_and_other_names_are_left_alone(text: str) -> None:
    assert not warnings(text)


def test_what_follows_is_judged_by_the_formula_that_stands_there() -> None:
    definition = "<!-- symbackprop\nactivation: \\sigma\n-->\n$$\\sigma(x) = \\frac{1}{1 + e^{x}}$$\n"

    def last(slope: str) -> str:
        return check(f"{definition}$$\\sigma'(x) = {slope}$$\n").equations[-1].links[-1].said

    assert last(r"\sigma(x) (1 - \sigma(x))") == "refuted"
    assert last(r"-\sigma(x) (1 - \sigma(x))") == "proved"
