"""A page that leaves a function or a shape unsaid is told what to state; it is not refuted for the reader's choice."""

from __future__ import annotations

from symbackprop.documents.check import check
from symbackprop.documents.results import LinkResult

BLOCK = "<!-- symbackprop\nnetwork: none\n{lines}\n-->\n\n"
REGRESSION = (
    r"\hat{y} = \sigma(X w + b)",
    r"J = - \sum_{i=1}^m [ y_i \log \hat{y}_i + (1 - y_i) \log (1 - \hat{y}_i) ]",
)
SHAPES = (r"let: X \in \mathbb{R}^{m \times n}", r"let: w \in \mathbb{R}^n", r"let: y \in \mathbb{R}^m")
SIGMOID = r"let: \sigma(u) = \frac{1}{1 + e^{-u}}"
NUMBER = r"let: b \in \mathbb{R}"


def last(*formulas: str, lines: tuple[str, ...] = ()) -> LinkResult:
    page = BLOCK.format(lines="\n".join(lines)) + "\n\n".join(f"$$\n{formula}\n$$" for formula in formulas)
    return [link for equation in check(page).equations for link in equation.links][-1]


def test_a_slope_of_the_sigmoid_alone_is_told_to_name_the_sigmoid() -> None:
    link = last(r"\frac{d \sigma(z)}{dz} = \sigma(z) (1 - \sigma(z))")
    assert link.said == "undecided" and link.problem is not None and SIGMOID in link.problem.text


def test_a_slope_of_no_customary_function_is_refuted() -> None:
    assert last(r"\frac{d \sigma(z)}{dz} = \sigma(z) (1 + \sigma(z))").said == "refuted"
    assert last(r"\sigma(z) = \sigma(z) (1 - \sigma(z))").said == "refuted"


def test_a_bias_of_unsaid_shape_is_told_to_be_a_number_and_proved_once_it_is_said() -> None:
    claim = r"\frac{\partial J}{\partial b} = \sum_{i=1}^m (\hat{y}_i - y_i)"
    link = last(*REGRESSION, claim, lines=SHAPES)
    assert link.said == "undecided" and link.problem is not None
    assert SIGMOID in link.problem.text and NUMBER in link.problem.text
    assert last(*REGRESSION, claim, lines=(*SHAPES, NUMBER, SIGMOID)).said == "proved"


def test_a_wrong_gradient_by_a_bias_of_unsaid_shape_is_refuted() -> None:
    claim = r"\frac{\partial J}{\partial b} = \sum_{i=1}^m (\hat{y}_i + y_i)"
    assert last(*REGRESSION, claim, lines=SHAPES).said == "refuted"


def test_a_declared_row_meets_a_matrix_on_its_right() -> None:
    rows = (
        r"let: x \in \mathbb{R}^{1 \times d}", r"let: W \in \mathbb{R}^{d \times h}",
        r"let: b \in \mathbb{R}^{1 \times h}",
    )  # fmt: skip
    assert last("z = x W + b", lines=rows).said == "definition"
    assert last("z = W x + b", lines=rows).said == "refuted"


def test_a_bias_is_added_to_every_row_or_every_column_as_its_size_says() -> None:
    shapes = (
        r"let: X \in \mathbb{R}^{N \times D}", r"let: W \in \mathbb{R}^{D \times H}",
        r"let: G \in \mathbb{R}^{N \times H}",
    )  # fmt: skip
    cost = r"L = \sum_i \sum_j G_{ij} Z_{ij}"
    slope = r"\frac{\partial L}{\partial b_j} = \sum_i G_{ij}"
    assert last("Z = X W + b", cost, slope, lines=(*shapes, r"let: b \in \mathbb{R}^H")).said == "proved"
    other = r"\frac{\partial L}{\partial b_i} = \sum_j G_{ij}"
    assert last("Z = X W + b", cost, other, lines=(*shapes, r"let: b \in \mathbb{R}^N")).said == "proved"
    assert last("Z = X W + b", lines=(*shapes, r"let: b \in \mathbb{R}^D")).said == "refuted"


def test_a_vector_beside_a_square_matrix_is_not_spread() -> None:
    square = (r"let: X \in \mathbb{R}^{N \times N}", r"let: b \in \mathbb{R}^N")
    assert last("Z = X + b", lines=square).said == "refuted"


def test_a_letter_e_that_the_page_defines_is_its_own() -> None:
    page = ("d = 2 * b", "e = a + d", "L = c * e")
    assert last(*page, r"\frac{\partial L}{\partial c} = e").said == "proved"
    rule = r"\frac{\partial L}{\partial e} \frac{\partial e}{\partial d} \frac{\partial d}{\partial b}"
    assert last(*page, rf"\frac{{\partial L}}{{\partial b}} = {rule}").said == "proved"
    assert last(*page, r"\frac{\partial L}{\partial e} = 2 c").said == "refuted"
