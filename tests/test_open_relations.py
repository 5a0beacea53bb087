"""Lines that leave something open: nearly equal sides, an unnamed constant, dots, written-out arrays."""

from __future__ import annotations

from test_page_documents import links, said

from symbackprop.documents.checking import check_document

LAYER = r"z^l_j %s \sum_k w^l_{jk} a^{l-1}_k + b^l_j"


def network(*formulas: str) -> list[str]:
    text = "\n\n".join(f"$${formula}$$" for formula in formulas)
    return [link.said for equation in check_document(text, "<text>").equations for link in equation.links]


def test_nearly_equal_sides_are_proved_where_they_are_equal_and_never_refuted() -> None:
    assert network(LAYER % r"\approx") == ["proved"]
    assert network((LAYER % r"\approx").replace(" + b", " - b")) == ["undecided"]
    assert network(LAYER % "=" + r" \approx 0") == ["definition", "undecided"]
    assert network((LAYER % "=").replace(" + b", " - b") + r" \approx 0")[0] != "proved"


def test_a_finite_difference_is_said_to_be_no_equality() -> None:
    (link,) = links(r"f'(x) \approx \frac{f(x + \epsilon) - f(x)}{\epsilon}")
    assert link.said == "undecided" and link.problem is not None and "how near" in link.problem.text


def test_an_unnamed_constant_has_no_slope_and_refutes_nothing() -> None:
    cost = r"C = -y \log a + {\rm constant}"
    assert said(cost, r"\frac{dC}{da} = -\frac{y}{a}") == ["definition", "proved"]
    assert said(cost, r"\frac{dC}{da} = -\frac{y}{a} + {\rm constant}") == ["definition", "undecided"]
    assert said(cost, r"2 C = -2 y \log a + \text{const}") == ["definition", "undecided"]


def matrix(*entries: str) -> str:
    a, b, c, d = entries
    return rf"\begin{{bmatrix}} {a} & {b} \\ {c} & {d} \end{{bmatrix}}"


A, B = (matrix(*(f"{letter}_{{{place}}}" for place in ("11", "12", "21", "22"))) for letter in "ab")
PRODUCT = "a_{11}b_{11}", "a_{12}b_{12}", "a_{21}b_{21}", "a_{22}b_{22}"


def test_arrays_written_entry_by_entry_are_compared_entry_by_entry() -> None:
    assert said(rf"{A} \circ {B} = {matrix(*PRODUCT)}") == ["proved"]
    assert said(rf"{A} \circ {B} = {matrix(*PRODUCT[:3], 'a_{21}b_{22}')}") == ["refuted"]
    whole = [f"a_{{{i}1}}b_{{1{j}}} + a_{{{i}2}}b_{{2{j}}}" for i in "12" for j in "12"]
    assert said(f"{A} {B} = {matrix(*whole)}") == ["proved"]
    assert said(f"{A} {B} = {matrix(*PRODUCT)}") == ["refuted"]
    assert said(rf"{A} = {matrix('a_{11}', 'a_{21}', 'a_{12}', 'a_{22}')}^T") == ["proved"]
    assert said(rf"{A} = {matrix('a_{11}', 'a_{21}', 'a_{12}', 'a_{22}')}") == ["refuted"]


def test_an_array_of_two_rows_is_not_compared_with_one_of_any_number_of_rows() -> None:
    conventions = r"let: W \in \mathbb{R}^{%s \times %s}"
    written = matrix("W_{11}", "W_{12}", "W_{21}", "W_{22}")
    assert said(f"W = {written}", conventions=conventions % ("m", "n")) == ["unreadable"]
    assert said(f"W = {written}", conventions=conventions % (2, 2)) == ["proved"]
