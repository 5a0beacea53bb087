"""Stated ranges, conditions and numbers in indices: what does not fit is refuted by form, with the range that fits."""

from __future__ import annotations

import pytest

from symbackprop.documents.check import check
from symbackprop.documents.results import LinkResult

BLOCK = "<!-- symbackprop\nlayers: 0..L\nlayer-mark: ^{(l)}\nactivation: f\ncost: E\n-->\n\n"
SMALL = "<!-- symbackprop\nlayers: 0..2\nwidths: [2, 3, 2]\nlayer-mark: ^{(l)}\nactivation: f\ncost: E\n-->\n\n"
DELTA = r"$$\delta_i^{(l)} = \frac{\partial E}{\partial z_i^{(l)}}$$" + "\n\n"
BACK = r"\delta_i^{(l)} = \Big( \sum_{j=1}^{n_{l+1}} \delta_j^{(l+1)} w_{ji}^{(l+1)} \Big) f'(z_i^{(l)})"
BIAS = r"\frac{\partial E}{\partial b_i^{(l)}} = \delta_i^{(l)}"
LAST = r"\frac{\partial E}{\partial b_i^{(L)}} = \delta_i^{(L)}"
WEIGHT = r"\frac{\partial z_i^{(l)}}{\partial w_{ij}^{(l)}} = a_j^{(l-1)}"


def links(line: str, block: str = BLOCK) -> list[LinkResult]:
    return list(check(f"{block}{DELTA}$${line}$$\n").equations[-1].links)


def last(line: str, block: str = BLOCK) -> LinkResult:
    return links(line, block)[-1]


# layers


@pytest.mark.parametrize(
    ("line", "span", "fix"),
    [
        (BACK + r" \quad (1 \leq i \leq n_l, 1 \leq l \leq L)", "L", r"1 \leq l \leq L-1"),
        (BACK + r" \quad (1 \leq l \leq L + 1)", "L + 1", r"1 \leq l \leq L - 1"),
        (BIAS + r" \quad (0 \leq l \leq L)", "0", r"1 \leq l \leq L"),
        (BACK + r" \qquad l = L, L - 1, \ldots, 1", "L", None),
        (BACK + r" \qquad l = L, \ldots, 1", "L", r"l = L-1, \ldots, 1"),
        (BIAS + r" \quad \text{for } l = 0, \ldots, L", "0", r"l = 1, \ldots, L"),
        (BIAS + r" \quad (-1 < l \leq L)", None, None),
        (BACK + r" \quad (0 < l < L + 1)", "L + 1", r"0 < l < L"),
        (BACK + r" \quad l \in \{1, \ldots, L\}", "L", r"l \in \{1, \ldots, L-1\}"),
        (r"z_i^{(l)} = \sum_j w_{ij}^{(l)} a_j^{(l-1)} + b_i^{(l)} \quad (0 \leq l \leq L)", "0", r"1 \leq l \leq L"),
    ],
)
def test_a_range_of_layers_in_which_something_does_not_exist(line: str, span: str | None, fix: str | None) -> None:
    link = last(line)
    if span is None:
        assert link.said == "unreadable"
        return
    assert (link.said, link.code and link.code.value) == ("refuted", "SB108")
    assert link.problem is not None and link.problem.span.text == span
    assert (link.fix.text if link.fix else None) == fix


@pytest.mark.parametrize(
    ("condition", "scope"),
    [
        (r"(1 \leq l \leq L)", "layers 1 ≤ l ≤ L;"), (r"(2 \leq l \leq L - 2)", "layers 2 ≤ l ≤ L - 2"),
        (r"(l < L)", "layers 1 ≤ l ≤ L - 1"), (r"(l \geq 2)", "layers 2 ≤ l ≤ L;"), (r"1 \le l < L", "l ≤ L - 1"),
        (r"\text{for } l = 2, \ldots, L", "layers 2 ≤ l ≤ L;"), (r"(l = L - 1, \dots, 2)", "layers 2 ≤ l ≤ L - 1"),
        (r"\forall l \in [1, L]", "layers 1 ≤ l ≤ L;"), (r"(L > l > 0)", "layers 1 ≤ l ≤ L - 1"),
        (r"(l \neq L)", "layers 1 ≤ l ≤ L - 1"), (r"(l = 1, 2, \ldots)", "layers 1 ≤ l ≤ L;"),
    ],
)  # fmt: skip
def test_a_range_of_layers_that_fits_is_the_scope(condition: str, scope: str) -> None:
    link = last(f"{BIAS} \\quad {condition}")
    assert link.said == "proved" and scope in link.scope + ";"


def test_one_layer_may_be_named_in_the_condition() -> None:
    assert last(r"\frac{\partial E}{\partial b_i^{(l)}} = \delta_i^{(L)} \quad (l = L)").said == "proved"
    assert last(r"\frac{\partial E}{\partial b_i^{(l)}} = \delta_i^{(L)} \quad (l = L - 1)").said == "refuted"
    assert last(BIAS + r" \quad (l = 0)").code.value == "SB105"  # type: ignore[union-attr]


def test_only_the_first_link_of_a_chain_is_refuted_for_its_range() -> None:
    chain = r"\delta_i^{(l)} = \sum_j \delta_j^{(l+1)} \frac{\partial z_j^{(l+1)}}{\partial z_i^{(l)}}"
    right = r" = \sum_j \delta_j^{(l+1)} w_{ji}^{(l+1)} f'(z_i^{(l)}) \quad (1 \leq l \leq L)"
    first, second = links(chain + right)
    assert first.said == "refuted" and second.said == "proved"
    assert "under the corrected range" in second.readings


@pytest.mark.parametrize("condition", [r"2 \leq l \leq l - 1", r"2 \leq L \leq L - 1", r"l < l"])
def test_a_range_that_nothing_satisfies_is_dropped_with_a_warning(condition: str) -> None:
    line = (LAST if "L" in condition else BIAS) + f" \\quad ({condition})"
    link = last(line)
    assert link.said == "proved" and [w.code.value for w in link.warnings] == ["SB201"]


# indices


@pytest.mark.parametrize(
    ("line", "span", "fix"),
    [
        (LAST + r" \quad (1 \leq i \leq n_{L-1})", "n_{L-1}", r"1 \leq i \leq n_L"),
        (BIAS + r" \quad (1 \leq i \leq n_{l-1})", "n_{l-1}", r"1 \leq i \leq n_l"),
        (BIAS + r" \quad i = 1, 2, \ldots, n_{l+1}", "n_{l+1}", r"i = 1, 2, \ldots, n_l"),
        (BIAS + r" \quad \forall i \in \{1, \ldots, n_{l-1}\}", "n_{l-1}", r"i \in \{1, \ldots, n_l\}"),
        (BIAS + r" \quad i \in [n_{l-1}]", "n_{l-1}", r"i \in [n_l]"),
        (WEIGHT + r" \quad (1 \leq i \leq n_l, 1 \leq j \leq n_{l+1})", "n_{l+1}", r"1 \leq j \leq n_{l-1}"),
        (BACK + r" \quad (1 \leq i \leq n_l, 1 \leq j \leq n_l)", "n_l", r"1 \leq j \leq n_{l+1}"),
    ],
)
def test_an_index_range_that_is_another_layers_width(line: str, span: str, fix: str) -> None:
    link = last(line)
    assert (link.said, link.code and link.code.value) == ("refuted", "SB108")
    assert link.problem is not None and link.problem.span.text == span
    assert link.fix is not None and link.fix.text == fix


def test_the_message_says_what_the_index_runs_over_and_where_that_was_fixed() -> None:
    problem = last(LAST + r" \quad (1 \leq i \leq n_{L-1})").problem
    assert problem is not None
    assert problem.text.startswith("i runs over the neurons of layer L (line 10, `i`)")
    assert problem.text.endswith("this range is that of the neurons of layer L-1")


@pytest.mark.parametrize(
    "line",
    [
        WEIGHT + r" \quad (1 \leq i \leq n_l, 1 \leq j \leq n_{l-1})",
        WEIGHT + r" \quad i = 1, \ldots, n_l, j = 1, \ldots, n_{l-1}, l = 1, \ldots, L",
        r"\frac{\partial z_i^{(l)}}{\partial b_j^{(l)}} = 0 \quad (1 \leq i, j \leq n_l, i \neq j)",
        r"\frac{\partial z_i^{(l)}}{\partial b_j^{(l)}} = 1 \quad (i = j)",
        r"\frac{\partial z_i^{(l)}}{\partial b_1^{(l)}} = 0 \quad (2 \leq i \leq n_l)",
        BIAS + r" \quad (1 \leq i \leq n_l - 1)",
        BACK + r" \quad (1 \leq i \leq n_l, 1 \leq j \leq n_{l+1}, 1 \leq l < L)",
    ],
)
def test_a_true_line_under_a_range_that_fits(line: str) -> None:
    assert last(line).said == "proved"


def test_nothing_is_said_of_a_part_of_an_axis_where_the_whole_is_refuted() -> None:
    line = r"\frac{\partial z_i^{(l)}}{\partial b_1^{(l)}} = 0"
    assert last(line + r" \quad (1 \leq i \leq n_l)").said == "refuted"
    assert last(line + r" \quad (1 \leq i \leq n_l - 1)").said == "undecided"


def test_the_letter_of_a_sum_under_a_condition_is_not_guessed() -> None:
    assert last(BACK + r" \quad (j \neq i)").said == "unreadable"


# sums


def test_a_sum_over_the_width_of_another_layer_is_refuted_at_its_bound() -> None:
    link = last(BACK.replace("^{n_{l+1}}", "^{n_{l}}"))
    assert (link.said, link.code and link.code.value) == ("refuted", "SB108")
    assert link.problem is not None and link.problem.span.text in "n_{l}"
    assert link.fix is not None and "\\sum_{j=1}^{n_{l+1}}" in link.fix.text


def test_the_wrong_index_is_named_where_only_one_use_disagrees_with_the_bound() -> None:
    link = last(BACK.replace(r"\delta_j^{(l+1)}", r"\delta_j^{(l)}"))
    assert link.problem is not None and link.problem.code.value == "SB103"
    assert link.problem.text.endswith("delta^(l) is indexed by the neurons of layer l")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (r"z_1^{(2)} = \sum_{j=1}^{3} w_{1j}^{(2)} a_j^{(1)} + b_1^{(2)}", "proved"),
        (r"z_1^{(2)} = \sum_{j=1}^{2} w_{1j}^{(2)} a_j^{(1)} + w_{13}^{(2)} a_3^{(1)} + b_1^{(2)}", "proved"),
        (r"z_1^{(2)} = \sum_{j=1}^{2} w_{1j}^{(2)} a_j^{(1)} + b_1^{(2)}", "refuted"),
        (r"z_1^{(2)} = \sum_{j=1}^{4} w_{1j}^{(2)} a_j^{(1)} + b_1^{(2)}", "refuted"),
        (r"z_1^{(2)} = \sum_{j=1}^{0} w_{1j}^{(2)} a_j^{(1)} + b_1^{(2)}", "unreadable"),
    ],
)
def test_a_sum_up_to_a_number(line: str, said: str) -> None:
    assert last(line, SMALL).said == said


# numbers

ONE = r"\frac{\partial z_i^{(1)}}{\partial b_i^{(1)}} = 1"


@pytest.mark.parametrize(
    ("line", "code", "span", "fix"),
    [
        (r"\frac{\partial z_1^{(1)}}{\partial w_{12}^{(1)}} = a_3^{(0)}", "SB109", "3", "a_2^{(0)}"),
        (r"\frac{\partial z_1^{(1)}}{\partial w_{13}^{(1)}} = a_2^{(0)}", "SB109", "3", None),
        (r"\frac{\partial E}{\partial b_4^{(1)}} = 0", "SB109", "4", None),
        (r"\frac{\partial z_1^{(3)}}{\partial b_1^{(3)}} = 1", "SB105", "^{(3)}", None),
        (r"\frac{\partial E}{\partial b_i^{(0)}} = 7", "SB105", "^{(0)}", None),
        (ONE + r" \quad (i = 1, 2, 3, 4)", "SB108", "4", None),
        (ONE + r" \quad (1 \leq i \leq 4)", "SB108", "4", r"1 \leq i \leq 3"),
        (ONE.replace("(1)", "(l)") + r" \quad (1 \leq l \leq 3)", "SB108", "3", r"1 \leq l \leq 2"),
    ],
)
def test_what_is_beyond_the_given_widths_or_layers(line: str, code: str, span: str, fix: str | None) -> None:
    link = last(line, SMALL)
    assert (link.said, link.code and link.code.value) == ("refuted", code)
    assert link.problem is not None and link.problem.span.text == span
    assert fix is None or (link.fix is not None and link.fix.text == fix)


def test_an_index_0_is_not_guessed() -> None:
    assert last(r"a_0^{(1)} = 1", SMALL).said == "unreadable"


# conditions: a derivative of the cost set to zero


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (r"\frac{\partial E}{\partial b_{ij}^{(l)}} = 0", "SB102"),
        (r"\frac{\partial E}{\partial w_i^{(l)}} = 0", "SB102"),
        (r"\frac{\partial E}{\partial w_{ii}^{(l)}} = 0", "SB103"),
        (r"\frac{\partial E}{\partial b_i^{(L+1)}} = 0", "SB105"),
        (r"\frac{\partial E}{\partial b_i^{(0)}} = 0", "SB105"),
        (r"\nabla_{w^{(0)}} E = 0", "SB105"),
        (r"\frac{\partial E}{\partial b_i^{(l)}} = 0 \quad (0 \leq l \leq L)", "SB108"),
        (r"\frac{\partial E}{\partial b_i^{(l)}} = 0 \quad (1 \leq i \leq n_{l-1})", "SB108"),
    ],
)
def test_a_condition_has_to_be_well_formed(line: str, code: str) -> None:
    link = last(line)
    assert (link.said, link.code and link.code.value) == ("refuted", code)


@pytest.mark.parametrize(
    "line",
    [
        r"\frac{\partial E}{\partial b_i^{(l)}} = 0 \quad (1 \leq l \leq L)", r"\nabla_{w^{(l)}} E = 0",
        r"\frac{\partial E}{\partial w} = 0", r"0 = \frac{\partial E}{\partial b_i^{(l)}}",
    ],
)  # fmt: skip
def test_a_well_formed_condition_is_no_claim(line: str) -> None:
    assert last(line).said == "condition"


def test_a_condition_on_what_is_no_parameter_is_a_claim() -> None:
    assert last(r"\frac{\partial E}{\partial z_i^{(l)}} = 0").said == "refuted"
    assert last(r"\frac{\partial E}{\partial a_i^{(0)}} = 0").said == "refuted"


def test_a_derivative_may_be_written_out_before_it_is_set_to_zero() -> None:
    right = r"\frac{\partial E}{\partial w_{ij}^{(l)}} = \delta_i^{(l)} a_j^{(l-1)} = 0"
    assert [link.said for link in links(right)] == ["proved", "condition"]
    wrong = right.replace("a_j^{(l-1)}", "2 a_j^{(l-1)}")
    assert [link.said for link in links(wrong)] == ["refuted", "refuted"]


def test_a_range_behind_a_row_speaks_of_the_statement_that_has_its_letter() -> None:
    row = WEIGHT + r", \qquad \frac{\partial z_i^{(l)}}{\partial b_i^{(l)}} = 1"
    row += r" \qquad (1 \leq i \leq n_l, 1 \leq j \leq n_{l-1})"
    assert [link.said for link in links(row)] == ["proved", "proved"]
    first, second = links(row.replace(r"j \leq n_{l-1}", r"j \leq n_l"))
    assert (first.said, second.said) == ("refuted", "proved")
    assert first.fix is not None and first.fix.text == r"1 \leq j \leq n_{l-1}"


# samples and updates

SAMPLED = BLOCK.replace("-->", "sample: _s\ntarget: y\n-->")
OF_SAMPLE = r"\frac{\partial E_s}{\partial w_{ij}^{(l)}} = \delta_{i,s}^{(l)} a_{j,s}^{(l-1)}"


def test_a_sample_runs_over_the_samples() -> None:
    assert last(OF_SAMPLE + r" \quad (1 \leq s \leq N)", SAMPLED).said == "proved"
    link = last(OF_SAMPLE + r" \quad (1 \leq s \leq n_l)", SAMPLED)
    assert (link.said, link.code and link.code.value) == ("refuted", "SB108")
    assert link.fix is not None and link.fix.text == r"1 \leq s \leq N"


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        (r"(1 \leq l \leq L)", "update"), (r"(0 \leq l \leq L)", "refuted"), (r"(1 \leq i \leq n_{l-1})", "refuted"),
    ],
)  # fmt: skip
def test_the_range_of_an_update_is_judged(condition: str, said: str) -> None:
    link = last(r"b_i^{(l)} \leftarrow b_i^{(l)} - \mu \delta_i^{(l)} \quad " + condition)
    assert link.said == said and (said == "update" or (link.code and link.code.value == "SB108"))


# values for an example


@pytest.mark.parametrize(
    "formula", ["x = 1", "y = 0", "y_1 = -1", r"w_{11}^{(1)} = 0.5", r"\eta = 0.1", "n = 3", "l = L", "l = L - 1"]
)
def test_a_value_for_an_example_is_no_claim_and_binds_nothing(formula: str) -> None:
    page = f"{BLOCK}For example ${formula}$.\n\n" + r"$$\frac{\partial z_i^{(l)}}{\partial b_i^{(l)}} = 1$$" + "\n"
    assert [link.said for each in check(page).equations for link in each.links] == ["proved"]


@pytest.mark.parametrize("formula", ["y_i = 0", r"a_1^{(L)} = 1", r"w_{ij}^{(l)} = 0", r"\delta_1^{(L)} = 0"])
def test_a_value_of_what_is_computed_or_of_every_entry_is_a_claim(formula: str) -> None:
    page = f"{BLOCK}{DELTA}For example ${formula}$.\n"
    assert check(page).equations[-1].links[-1].said == "refuted"
