"""Sums over samples where a document defines everything itself: marks, means, gradients, updates."""

from __future__ import annotations

import pytest
from test_page_documents import links, said

SIZES = r"let: w, x \in \mathbb{R}^n"
GIVEN = (
    r"\hat y^{(i)} = w^T x^{(i)} + b",
    r"J(w, b) = \frac{1}{m} \sum_{i=1}^m (\hat y^{(i)} - y^{(i)})^2",
)
SLOPE = r"\frac{\partial J}{\partial w_j} = \frac{2}{m} \sum_{i=1}^m (\hat y^{(i)} - y^{(i)}) x_j^{(i)}"


def last(*lines: str, conventions: str = SIZES) -> str:
    return said(*lines, conventions=conventions)[-1]


def test_the_gradient_of_a_mean_over_samples_is_proved_without_a_line_that_names_the_mark() -> None:
    assert said(*GIVEN, SLOPE, conventions=SIZES) == ["definition", "definition", "proved"]


@pytest.mark.parametrize(
    ("part", "wrong"),
    [
        (r"\frac{2}{m}", "2"),
        (r"\frac{2}{m}", r"\frac{2}{n}"),
        (r"\sum_{i=1}^m", ""),
        (r" x_j^{(i)}", ""),
        (r"\hat y^{(i)} - y^{(i)}", r"y^{(i)} - \hat y^{(i)}"),
    ],
)
def test_what_a_mean_over_samples_loses_is_refuted(part: str, wrong: str) -> None:
    assert part in SLOPE
    assert last(*GIVEN, SLOPE.replace(part, wrong, 1)) == "refuted"


def test_a_quantity_without_its_mark_is_that_of_the_sum_around_it() -> None:
    made = links(*GIVEN, SLOPE.replace("x_j^{(i)}", "x_j"), conventions=SIZES)[-1]
    assert made.said == "proved"
    assert "x_j in a sum over the samples is read as that of the sample i" in made.readings


def test_samples_are_never_summed_over_unless_a_sum_is_written() -> None:
    loss = r"L(a, y) = \frac{1}{2} (a - y)^2"
    mean = r"J = \frac{1}{m} \sum_{i=1}^m L(a^{(i)}, y^{(i)})"
    slope = r"\frac{\partial L}{\partial a} = a - y"
    whole = slope.replace("{\\partial L}", "{\\partial J}")
    share = r"\frac{\partial J}{\partial a^{(i)}} = \frac{1}{m} (a^{(i)} - y^{(i)})"
    assert said(loss, mean, slope, conventions="") == ["definition", "definition", "proved"]
    assert last(loss, mean, whole, conventions="") == "refuted"
    assert last(loss, mean, share, conventions="") == "proved"


def test_any_loss_of_each_sample_has_the_chain_rule_in_a_mean() -> None:
    conventions = SIZES + "\nlet: t \\in \\mathbb{R}\nfunction: y(x, w)\nfunction: e(t, y)\nsample: ^{(\\alpha)}"
    mean = r"E = \frac{1}{p} \sum_{\alpha=1}^p e(t^{(\alpha)}, y(x^{(\alpha)}; w))"
    right = (
        r"\frac{\partial E}{\partial w_j} = \frac{1}{p} \sum_{\alpha=1}^p"
        r" \frac{\partial e(t^{(\alpha)}, y(x^{(\alpha)}; w))}{\partial y(x^{(\alpha)}; w)}"
        r" \frac{\partial y(x^{(\alpha)}; w)}{\partial w_j}"
    )
    assert last(mean, right, conventions=conventions) == "proved"
    assert last(mean, right.replace(r"\frac{1}{p} ", ""), conventions=conventions) == "refuted"
    assert last(mean, right.replace(r"(x^{(\alpha)}; w)}{\partial w_j}", r"(x^{(\alpha)}; w)}{\partial x_j}"),
                conventions=conventions) == "refuted"  # fmt: skip
    other = right.replace(r"{\partial y(x^{(\alpha)}; w)}", r"{\partial y(t^{(\alpha)}; w)}")
    assert last(mean, other, conventions=conventions) == "unreadable"


def test_the_letter_of_a_mark_is_another_one_below_a_name() -> None:
    own = SLOPE.replace("x_j^{(i)}", "x_i^{(i)}")
    made = links(*GIVEN, own.replace("w_j", "w_i"), conventions=SIZES)[-1]
    assert made.said == "proved" and any("the sum's i is a sample" in reading for reading in made.readings)
    assert last(*GIVEN, own) == "unreadable"


def test_what_is_the_same_for_all_samples_carries_no_mark() -> None:
    made = links(*GIVEN, r"\frac{\partial J}{\partial w_j} = \sum_i J^{(i)} x_j^{(i)}", conventions=SIZES)[-1]
    assert made.said == "unreadable" and made.problem is not None


UPDATE = r"w_j := w_j - \alpha \frac{1}{m} \sum_{i=1}^m (w^T x^{(i)} + b - y^{(i)}) x_j^{(i)}"
COST = r"J(w, b) = \frac{1}{2m} \sum_{i=1}^m (w^T x^{(i)} + b - y^{(i)})^2"


def test_an_update_with_its_gradient_written_out_steps_down_the_only_cost_of_the_page() -> None:
    assert said(COST, UPDATE, conventions=SIZES) == ["definition", "update"]
    assert last(COST, UPDATE.replace(r"- \alpha", r"+ \alpha")) == "refuted"
    assert last(COST, UPDATE.replace(" x_j^{(i)}", "")) == "undecided"


def test_a_quantity_is_computed_from_what_its_chain_is_proved_to_be() -> None:
    conventions = SIZES + "\nactivation: f\nlet: h = w^T x"
    chain = r"y = f(\sum_j w_j x_j) = f(h)"
    assert said(chain, r"\frac{\partial y}{\partial h} = f'(h)", conventions=conventions)[1:] == ["proved", "proved"]
    assert last(chain, r"\frac{\partial y}{\partial h} = f(h)", conventions=conventions) == "refuted"
    hidden = (r"y = f(\sum_j w_j x_j)", r"\frac{\partial y}{\partial h} = f'(h)")
    assert last(*hidden, conventions=conventions) == "unreadable"


def test_a_number_that_the_page_computes_has_no_entries() -> None:
    line = r"\frac{\partial J}{\partial w_j} = J_j x_j"
    made = links(*GIVEN, line, conventions=SIZES)
    assert made[-1].said == "unreadable" and made[-1].problem is not None and "J is a number" in made[-1].problem.text
