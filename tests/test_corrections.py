"""The proved correction of a line with one slip, and the caret under the slip, not under the whole line."""

from __future__ import annotations

import pytest

from symbackprop.documents.check import check
from symbackprop.documents.results import LinkResult

BLOCK = r"""<!-- symbackprop
layers: 0..L
layer-mark: ^{(l)}
layout: columns; juxtaposition: matrix
hidden: \sigma
output: f
cost: E_s, J
delta: z
sample: _s
-->

"""
SMALL = BLOCK.replace("0..L\n", "0..2\nwidths: [2, 3, 2]\n")
MATCHED = BLOCK.replace("output: f", "output: softmax\nassume: \\sum_i y_i = 1")
CROSS_ENTROPY = "$$E = -\\sum_i y_i \\log a_i^{(L)}$$\n\n"


def links(formula: str, block: str = BLOCK) -> list[LinkResult]:
    return list([each for each in check(f"{block}$${formula}$$\n").equations if each.links][-1].links)


def refuted(formula: str, block: str = BLOCK) -> LinkResult:
    (found,) = [link for link in links(formula, block) if link.said == "refuted"]
    return found


def mended(formula: str, link: LinkResult) -> str:
    assert link.fix is not None
    source = link.span.source.text
    for span, new in sorted(link.fix.edits, key=lambda edit: edit[0].start, reverse=True):
        source = source[: span.start] + new + source[span.end :]
    return source[source.rindex("$$", 0, source.rindex("$$")) + 2 : source.rindex("$$")]


RIGHT = [
    ("a bound", r"\frac{\partial E}{\partial a_j^{(l-1)}} = \sum_{i=1}^{n_{l-1}} w_{ij}^{(l)} \delta_i^{(l)}", "n_{l}"),
    ("a letter", r"\frac{\partial E}{\partial a_j^{(l-1)}} = \sum_{k=1}^{n_l} w_{ij}^{(l)} \delta_i^{(l)}", "{i="),
    ("l for L", r"\delta_i^{(L)} = \frac{\partial E}{\partial a_i^{(L)}} f'(z_i^{(l)})", "f'(z_i^{(L)})"),
    ("another function", r"\delta_i^{(L)} = \frac{\partial E}{\partial a_i^{(L)}} \sigma'(z_i^{(L)})", "f'(z_i^{(L)})"),
    ("a factor lost", r"\frac{\partial E}{\partial w_{ij}^{(l)}} = \delta_i^{(l)}", r"\delta_i^{(l)} a_j^{(l-1)}"),
    ("a factor too many", r"\frac{\partial E}{\partial b_i^{(l)}} = \delta_i^{(l)} a_i^{(l)}", r"= \delta_i^{(l)} "),
    ("a slope lost", r"\delta_i^{(L)} = \frac{\partial E}{\partial a_i^{(L)}}", r"f'(z_i^{(L)})"),
    ("a number", r"\frac{\partial z_i^{(l)}}{\partial b_i^{(l)}} = 0", "= 1"),
    ("indices exchanged", r"\frac{\partial E}{\partial a_j^{(l-1)}} = \sum_{i} w_{ji}^{(l)} \delta_i^{(l)}", "w_{ij}"),
    ("a transpose", r"\nabla_{w^{(l)}} E = \delta^{(l)} a^{(l-1)}", r"\delta^{(l)} (a^{(l-1)})^T"),
    ("elementwise", r"\delta^{(L)} = \nabla_{a^{(L)}} E f'(z^{(L)})", r"\odot f'(z^{(L)})"),
    ("a matrix lost", r"\delta^{(l)} = \delta^{(l+1)} \odot \sigma'(z^{(l)})", r"(w^{(l+1)})^T \delta^{(l+1)} \odot"),
]  # fmt: skip


@pytest.mark.parametrize(("formula", "part"), [row[1:] for row in RIGHT], ids=[row[0] for row in RIGHT])
def test_a_slip_on_the_right_is_found_and_mended(formula: str, part: str) -> None:
    link = refuted(formula)
    assert part in mended(formula, link)
    assert all(each.said == "proved" for each in links(mended(formula, link)))


def test_a_slip_in_a_page_with_numbers_is_mended() -> None:
    formula = r"\frac{\partial E}{\partial w_{12}^{(2)}} = \delta_1^{(2)}"
    assert r"\delta_1^{(2)} a_2^{(1)}" in mended(formula, refuted(formula, SMALL))


def test_a_share_that_was_lost_is_put_back() -> None:
    total = r"$$J = \frac{1}{N} \sum_{s=1}^{N} E_s$$" + "\n\n"
    formula = r"\frac{\partial J}{\partial b_i^{(l)}} = \sum_{s=1}^{N} \frac{\partial E_s}{\partial b_i^{(l)}}"
    assert r"= \frac{1}{N} \sum" in mended(formula, refuted(formula, BLOCK + total))


def test_an_index_beyond_the_width_is_refuted_by_form() -> None:
    link = refuted(r"\frac{\partial E}{\partial w_{23}^{(2)}} = \delta_2^{(2)} a_3^{(0)}", SMALL)
    assert link.verdict is not None and link.verdict.form_error and link.problem is not None
    assert link.problem.span.text == "0"


def test_a_difference_turned_round_under_a_matched_output_is_mended() -> None:
    formula = r"\delta_i^{(L)} = y_i - a_i^{(L)}"
    assert "a_i^{(L)} - y_i" in mended(formula, refuted(formula, MATCHED + CROSS_ENTROPY))


def test_the_first_member_is_mended_where_the_others_agree() -> None:
    formula = (
        r"\delta_i^{(l-1)} = \frac{\partial E}{\partial z_i^{(l)}} "
        r"= \sum_k \delta_k^{(l+1)} w_{ki}^{(l+1)} \sigma'(z_i^{(l)})"
    )
    link = refuted(formula)
    assert link.fix is not None and link.fix.whole_line and r"\delta_i^{(l)} =" in link.fix.text
    assert link.problem is not None and link.problem.span.text == "l-1"


def test_of_two_tokens_that_would_do_the_one_is_named_that_the_conditions_belie() -> None:
    left = refuted(r"\frac{\partial E}{\partial b_i^{(l-1)}} = \delta_i^{(l)} \qquad (1 \leq i \leq n_l)")
    right = refuted(r"\frac{\partial E}{\partial b_i^{(l)}} = \delta_i^{(l-1)} \qquad (1 \leq i \leq n_l)")
    for link, whole in ((left, True), (right, False)):
        assert link.fix is not None and link.fix.whole_line is whole and link.fix.unique


def test_a_correction_on_either_side_is_not_unique() -> None:
    link = refuted(r"\frac{\partial E}{\partial b_1^{(2)}} = \delta_2^{(2)}", SMALL)
    assert link.fix is not None and not link.fix.unique


@pytest.mark.parametrize(
    ("formula", "slip"),
    [
        (r"\frac{\partial a_i^{(L)}}{\partial z_i^{(L)}} = f'(z_i^{(L-1)})", "L-1"),
        (r"\frac{\partial E}{\partial w_{ij}^{(l)}} = \delta_i^{(l+1)} a_j^{(l-1)}", "l+1"),
        (r"\frac{\partial E}{\partial w_{ij}^{(l)}} = \delta_i^{(l)} a_i^{(l-1)}", "i"),
        (r"\frac{\partial E}{\partial w_{ij}^{(l)}} = -\delta_i^{(l)} a_j^{(l-1)}", "-"),
    ],
)
def test_the_caret_stands_under_the_token_that_an_edit_repairs(formula: str, slip: str) -> None:
    link = refuted(formula)
    assert link.problem is not None and link.problem.span.text == slip


def test_columns_side_by_side_are_multiplied_entry_by_entry_unless_the_page_says_matrices_only() -> None:
    formula = r"\delta^{(L)} = \nabla_{a^{(L)}} E f'(z^{(L)})"
    (link,) = links(formula, BLOCK.replace("; juxtaposition: matrix", ""))
    assert link.said == "proved" and any("entry by entry" in reading for reading in link.readings)
    assert refuted(formula).fix is not None


def test_a_differential_of_nothing_is_refuted_and_raises_nothing() -> None:
    assert [link.said for link in links(r"dE = \sum_{i=1}^{n_L} \frac{\partial E}{\partial z_i^{(L)}}")] == ["refuted"]


@pytest.mark.parametrize(
    "formula",
    [
        r"\nabla_{w^{(l)}} E = \delta^{(l)} \odot (a^{(l-1)})^T",
        r"\nabla_{w^{(l)}} E = (\delta^{(l)})^T (a^{(l-1)})^T",
        r"\nabla_{w^{(l)}} E = \delta^{(l)}",
        r"\delta^{(L)} = \delta^{(L)} + (b^{(L)})^T - (b^{(L)})^T",
    ],
)
def test_shapes_that_do_not_go_together_are_refuted_by_form_where_the_page_says_what_a_product_is(formula: str) -> None:
    link = refuted(formula)
    assert link.verdict is not None and link.verdict.form_error
    loose = links(formula, BLOCK.replace("; juxtaposition: matrix", ""))
    assert [each.said for each in loose] in (["unreadable"], ["refuted"])


def test_a_cost_is_defined_by_the_first_member_that_can_be_read() -> None:
    page = BLOCK + "$$E = \\zeta = \\frac{1}{2} \\sum_i (y_i - a_i^{(L)})^2$$\n\n"
    assert [link.said for link in links(r"\frac{\partial E}{\partial a_i^{(L)}} = a_i^{(L)} - y_i", page)] == ["proved"]


TOTAL = r"$$J = \frac{1}{N} \sum_{s=1}^{N} E_s$$" + "\n\n"


@pytest.mark.parametrize(
    ("formula", "part", "slip"),
    [
        (r"b_i^{(l)} \leftarrow b_i^{(l)} + \mu \frac{\partial J}{\partial b_i^{(l)}}", r"- \mu", "+"),
        (r"b_i^{(l)} \leftarrow b_i^{(l)} - \mu \frac{\partial J}{\partial b_j^{(l)}}", r"{\partial b_i^{(l)}}", "j"),
        (r"w_{ij}^{(l)} \leftarrow w_{ij}^{(l)} - \mu \frac{\partial J}{\partial w_{ji}^{(l)}}", "w_{ij}^{(l)}}", "ji"),
        (r"b_i^{(l)} \leftarrow b_i^{(l)} - \mu \frac{\partial J}{\partial b_i^{(l+1)}}", r"b_i^{(l)}}", "l+1"),
    ],
)
def test_an_update_that_is_no_descent_is_mended(formula: str, part: str, slip: str) -> None:
    link = refuted(formula, BLOCK + TOTAL)
    assert part in mended(formula, link)
    assert link.problem is not None and link.problem.span.text == slip
    assert [each.said for each in links(mended(formula, link), BLOCK + TOTAL)] == ["update"]
