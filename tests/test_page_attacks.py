"""Documents without a network that try to get a false line proved, or a true one refuted."""

from __future__ import annotations

import pytest
from test_page_documents import links, said

MATRIX = "let: W \\in \\mathbb{R}^{m \\times n}\nlet: x \\in \\mathbb{R}^n\nlet: d \\in \\mathbb{R}^m"
DOTS = (
    r"d x^T = \begin{bmatrix} d_1 x_1 & d_1 x_2 & \cdots \\ d_2 x_1 & d_2 x_2 & \cdots \\"
    r"\vdots & \vdots & \ddots \end{bmatrix}"
)


# arrays with dots


def test_every_written_entry_of_an_array_with_dots_counts() -> None:
    assert said(DOTS, conventions=MATRIX) == ["proved"]
    slips = [
        ("d_1 x_2", "d_2 x_2"), ("d_1 x_2", "d_1 x_3"), ("d_2 x_1", "d_3 x_1"), ("d_2 x_2", "d_2 x_1"),
        ("d_2 x_2", "2 d_2 x_2"), ("d_2 x_2", "d_2"), (r"\vdots & \vdots", r"\vdots & x_3"), (r"& \cdots", ""),
    ]  # fmt: skip
    for was, now in slips:
        assert said(DOTS.replace(was, now), conventions=MATRIX) != ["proved"], now


@pytest.mark.parametrize(("end", "proved"), [("n", True), ("m", False), ("3", False), ("k", False)])
def test_dots_go_on_to_the_end_of_their_axis(end: str, proved: bool) -> None:
    line = rf"x = \begin{{bmatrix}} x_1 \\ \vdots \\ x_{end} \end{{bmatrix}}"
    assert (said(line, conventions=MATRIX) == ["proved"]) == proved


# what indices run over


@pytest.mark.parametrize("condition", [r"1 < i \leq n", r"1 \leq i < n", r"1 < i < n"])
def test_a_range_that_leaves_an_end_out_is_not_read_as_the_whole(condition: str) -> None:
    assert said(rf"x_i I_{{i1}} = 0 \quad ({condition})", conventions=MATRIX) == ["unreadable"]


def test_a_sum_from_zero_is_not_the_sum_from_one() -> None:
    assert said(r"\sum_{i=0}^n x_i = \sum_{i=1}^n x_i", conventions=MATRIX) != ["proved"]
    assert said(r"h = \sum_{i=0}^n v_i u_i", r"h = \sum_{i=1}^n v_i u_i")[1] != "proved"
    assert said(r"h = \sum_{i=0}^n v_i u_i", r"\frac{\partial h}{\partial v_i} = u_i") == ["definition", "proved"]


def test_two_conditions_on_the_index_of_one_sum_hold_both() -> None:
    line = r"\sum_{k \neq i, k \neq j} x_k = \sum_k x_k - x_i - x_j"
    assert said(rf"{line} \quad i \neq j", conventions=MATRIX) == ["proved"]
    assert said(line, conventions=MATRIX) == ["refuted"]


@pytest.mark.parametrize("name", ["v^{(i)}", "v_i", "v_{i}"])
def test_a_name_that_has_the_letter_of_a_sum_is_not_taken_out_of_it(name: str) -> None:
    line = rf"\sum_{{i=1}}^n {name} x_i = {name} \sum_{{i=1}}^n x_i"
    assert said(line, conventions=f"{MATRIX}\nlet: {name} \\in \\mathbb{{R}}") == ["unreadable"]


# functions of whole quantities


def test_a_line_of_functions_of_matrices_is_no_line_about_numbers() -> None:
    square = "let: A \\in \\mathbb{R}^{m \\times m}"
    assert said(r"\exp(A) A = \exp(A) \odot A", conventions=square) == ["refuted"]
    assert said(r"\exp(A) \odot \exp(A) = \exp(2A)", conventions=square) == ["proved"]
    assert said(r"\exp(x)^T \exp(x) = \exp(2x)", conventions=MATRIX) == ["refuted"]
    assert said(r"z = \log 3 + x^T x", r"\exp(z) = 3 \exp(x^T x)", conventions=MATRIX)[1] == "proved"


NUMBERS = "let: k, u, z \\in \\mathbb{R}"


def test_a_maximum_is_no_name_to_be_defined() -> None:
    assert said(r"\max(k, z) = z", conventions=NUMBERS) == ["refuted"]
    assert said(r"\max(k, z) = k + (z - k) \mathbf{1}\{z > k\}", conventions=NUMBERS) == ["proved"]


def test_a_quantity_at_other_values_is_not_read_as_a_product() -> None:
    for line in (r"\frac{J(z+k) - J(z-k)}{2k} = J", "J(2z) = 2 J z", "J(0) = 0", "J(1) = J", "J(-z) = -J z"):
        assert said("J = z^2", line, conventions=NUMBERS)[1] == "unreadable", line
    assert said("J = z^2", "J(k + u) = J k + J u", "z(1 - z) = z - z^2", conventions=NUMBERS)[1:] == ["proved"] * 2


@pytest.mark.parametrize("bracket", ["(u + z)", r"\left(u + z\right)", "[u + z]"])
def test_a_power_behind_a_bracket_is_of_the_bracket_alone(bracket: str) -> None:
    right = rf"k {bracket}^2 = k u^2 + 2 k u z + k z^2"
    assert said(right, conventions=NUMBERS) == ["proved"]
    assert said(rf"k {bracket}^2 = k^2 (u + z) (u + z)", conventions=NUMBERS) == ["refuted"]
    lines = (rf"h = k {bracket}^2", rf"\frac{{\partial h}}{{\partial u}} = 2 k {bracket}")
    assert said(*lines, conventions=NUMBERS) == ["definition", "proved"]
    assert said("h = k^2", "h(k)^2 = k^4", "e^{z} (u + k)^2 = e^z (k + u)^2", conventions=NUMBERS)[1:] == ["proved"] * 2


def test_a_transpose_behind_a_bracket_is_of_the_bracket_alone() -> None:
    assert said("d (x + x)^T = 2 d x^T", "x_j (W x)^T = x_j x^T W^T", conventions=MATRIX) == ["proved"] * 2
    assert said("d (W x)^T = W x d^T", conventions=MATRIX) == ["refuted"]


def test_a_quantity_is_defined_with_the_vector_that_it_is_computed_from_behind_it() -> None:
    lines = ("h(x) = d^T W x", r"\frac{\partial h}{\partial x} = W^T d", r"\frac{\partial h}{\partial x} = W d")
    assert said(*lines, conventions=MATRIX) == ["definition", "proved", "refuted"]
    assert said("h(x) = W x", "h^T d = x^T W^T d", conventions=MATRIX) == ["definition", "proved"]
    assert said("g(x) = x^2 + 1", "g'(z) = 2 z", conventions=NUMBERS) == ["definition", "proved"]


def test_a_derivative_that_vanishes_for_want_of_a_path_says_so() -> None:
    (_, link) = links("J = z^2", r"\frac{\partial J}{\partial u} = 0", conventions=NUMBERS)
    assert link.said == "proved" and any("nothing on the page computes J from u" in each for each in link.readings)


# modules one after the other


def test_a_module_depends_on_the_ones_below_it_also_where_a_line_does_not_name_those_between() -> None:
    modules = ("X_i = F_i(X_{i-1}, W_i)", r"\frac{\partial X_k}{%s} = 0")
    for by in (r"\partial X_{k-2}", r"\partial W_{k-1}", r"\partial X_{k-1}", r"\partial W_k", r"\partial X_n"):
        assert said(modules[0], modules[1] % by)[1] != "proved", by


# updates


@pytest.mark.parametrize("rate", ["w", "J", "w J", "x", r"\beta", "(-1)", "0"])
def test_what_may_be_negative_is_no_rate(rate: str) -> None:
    conventions = "let: w, x \\in \\mathbb{R}\nlet: J = (w - x)^2"
    line = r"w \leftarrow w - %s \frac{\partial J}{\partial w}"
    found = said(r"\beta = -1 + 0 x", line % rate, conventions=conventions)[-1]
    assert found == ("refuted" if rate in ("(-1)", "0") else "undecided")


@pytest.mark.parametrize("rate", ["", r"\eta", r"2 \eta", r"\frac{\eta}{2}", r"\frac{\eta}{n}", r"\beta"])
def test_what_is_positive_is_a_rate(rate: str) -> None:
    conventions = "let: v, w \\in \\mathbb{R}^n\nlet: J = (w - v)^T w"
    line = rf"w \leftarrow w - {rate} \frac{{\partial J}}{{\partial w}}"
    assert said(r"\beta = \frac{\beta_0}{1 + n \gamma}", line, conventions=conventions)[-1] == "update"


@pytest.mark.parametrize(("left", "right"), [("t-1", "t"), ("t", "t"), ("t+2", "t"), ("t+1", "t-1"), ("t", "t+1")])
def test_a_step_goes_from_one_time_to_the_next(left: str, right: str) -> None:
    conventions = "let: w \\in \\mathbb{R}\nfunction: J(w)"
    for mark in ("w^{(%s)}", "w(%s)"):
        line = rf"{mark % left} = {mark % right} - \eta \frac{{\partial J}}{{\partial {mark % right}}}"
        assert said(line, conventions=conventions) != ["update"], line
        good = rf"{mark % 't+1'} = {mark % 't'} - \eta \frac{{\partial J}}{{\partial {mark % 't'}}}"
        assert said(good, conventions=conventions) == ["update"], good


# letters


def test_the_letter_of_a_sum_is_no_letter_of_the_vector_that_the_line_defines() -> None:
    lines = (r"y = \sum_i u_i x", r"x^T y = x^T x \sum_k u_k", r"x^T y = \sum_k u_k x_k^2")
    assert said(*lines, conventions="let: x, u \\in \\mathbb{R}^n")[1:] == ["proved", "refuted"]
    many = r"Y = W^T W W^T W W^T W W^T - W^T W W^T W W^T W W^T + W^T"
    assert said(many, "Y = W^T", conventions=MATRIX)[1] == "proved"


@pytest.mark.parametrize("number", ["0", "2"])
def test_only_a_one_is_an_indicator(number: str) -> None:
    for style in ("mathbf", "mathbb"):
        line = rf"I_{{ij}} = \{style}{{%s}}\{{i = j\}}"
        assert said(line % number, conventions=MATRIX) != ["proved"]


def test_letters_that_were_lost_are_named_where_they_were_read() -> None:
    found = links("y = rac{1}{2} k", "2 y = k", conventions=NUMBERS)
    assert any("\\frac" in reading for reading in found[0].readings) and not found[1].readings


# declarations of shape


def test_a_declaration_of_a_shape_that_is_known_keeps_what_the_page_computes() -> None:
    lines = ("y = W x", r"y \in \mathbb{R}^m", "y^T y = x^T W^T W x")
    assert said(*lines, conventions=MATRIX) == ["definition", "proved"]
    assert said("y = W x", r"x \in \mathbb{R}^{n \times n}", "y^T y = 1", conventions=MATRIX)[1] == "unreadable"


def test_a_shape_stated_behind_a_line_is_held_against_it() -> None:
    slope = r"\frac{\partial L}{\partial x} = W^T d \in \mathbb{R}^%s"
    assert said("L = d^T W x", slope % "n", conventions=MATRIX) == ["definition", "proved"]
    for size in ("m", "{n \\times m}", "{1}"):
        assert said("L = d^T W x", slope % size, conventions=MATRIX) == ["definition", "unreadable"], size


def test_a_line_of_the_conventions_that_gives_another_shape_starts_what_depends_on_it_anew() -> None:
    conventions = MATRIX + "\nlet: s = x^T x\nlet: x \\in \\mathbb{R}^{n \\times n}"
    assert said(r"\frac{\partial s}{\partial x} = 2x", conventions=conventions) == ["unreadable"]


def test_a_number_that_gets_an_index_is_not_read() -> None:
    slope = r"\frac{\partial J}{\partial k_i} = 2 k_i"
    assert said("J = k^2 + u", slope, conventions=NUMBERS) == ["definition", "unreadable"]
    assert said(r"Y = Y\left(\frac{\exp{(X)}}{\sum_j \exp{(X_j)}}\right)") == ["unreadable"]
