"""Notation of works that the reader was not built upon: each way of writing proved, its near miss refuted."""

from __future__ import annotations

from symbackprop.documents.checking import check_document
from symbackprop.documents.results import LinkResult


def links(*formulas: str, conventions: str = "network: none") -> list[LinkResult]:
    text = f"<!-- symbackprop\n{conventions}\n-->\n" + "\n\n".join(f"$$\n{formula}\n$$" for formula in formulas)
    return [link for equation in check_document(text, "<text>").equations for link in equation.links]


def said(*formulas: str, conventions: str = "network: none") -> list[str]:
    return [link.said for link in links(*formulas, conventions=conventions)]


def last(*formulas: str, conventions: str = "network: none") -> str:
    return said(*formulas, conventions=conventions)[-1]


# a sample's letter that is a neuron's as well

SAMPLES = "layers: 1..L\nweights: to,from; source\ncost: J\nsample: ^{(i)}\nsample-count: m\ndelta: z"
MEAN = r"J(W,b) = \frac{1}{m} \sum_{i=1}^m J(W,b;x^{(i)},y^{(i)})"


def test_the_letter_of_a_samples_mark_below_a_weight_is_a_neuron() -> None:
    line = r"\frac{{\partial}}{{\partial W_{{ij}}^{{(l)}}}} J(W,b) = \frac{{1}}{{m}} \sum_{{i=1}}^m {}"
    slope = r"\frac{\partial}{\partial W_{ij}^{(l)}} J(W,b; x^{(i)}, y^{(i)})"
    assert said(MEAN, line.format(slope), conventions=SAMPLES) == ["definition", "proved"]
    assert last(MEAN, line.format("-" + slope), conventions=SAMPLES) == "refuted"
    assert last(MEAN, line.format(slope.replace("_{ij}", "_{ji}")), conventions=SAMPLES) == "refuted"


# names whose marks below are labels


def test_a_letter_with_a_number_below_a_new_name_is_its_label() -> None:
    page = (
        r"net_{h1} = w_1 * i_1 + w_2 * i_2 + b_1 * 1",
        r"out_{h1} = \frac{1}{1+e^{-net_{h1}}}",
        r"\frac{\partial out_{h1}}{\partial net_{h1}} = out_{h1}(1 - out_{h1})",
        r"\frac{\partial net_{h1}}{\partial w_1} = i_1",
    )
    assert said(*page) == ["definition", "definition", "proved", "proved"]
    assert last(*page[:3], page[3].replace("= i_1", "= i_2")) == "refuted"
    assert last(*page[:2], page[2].replace("(1 - out_{h1})", "(1 - net_{h1})")) == "refuted"


def test_a_letter_with_a_number_below_stays_an_index_where_the_letter_is_one() -> None:
    page = (r"z_i = \sum_j W_{ij} x_j", r"\frac{\partial z_i}{\partial W_{i1}} = x_1")
    assert last(*page) == "proved"
    assert last(page[0], page[1].replace("= x_1", "= x_2")) == "refuted"


def test_nothing_is_refuted_by_the_value_of_what_nothing_defines() -> None:
    for line in (r"q_{kk} = x + 1", r"3 q = x + 1", r"q_1 p = \theta x"):
        assert last(r"x = 2 \theta", line) != "refuted", line
    assert last(r"(x - 1)^2 = x^2 - 1") == "refuted"


def test_a_new_name_within_a_chain_is_defined_by_what_follows() -> None:
    page = (r"z = w x + b", r"\hat{y} = a = \sigma(z)", r"\frac{\partial \hat{y}}{\partial a} = 1",
            r"\frac{\partial \hat{y}}{\partial z} = \sigma'(z)")  # fmt: skip
    assert said(*page) == ["definition", "definition", "definition", "proved", "proved"]
    assert last(*page[:3], page[3].replace("'", "")) == "refuted"


def test_an_index_of_zero_beside_another_names_a_quantity_of_its_own() -> None:
    page = (r"Z_m = \alpha_{0m} + \sum_l \alpha_{ml} X_l", r"\frac{\partial Z_m}{\partial \alpha_{0m}} = 1")
    assert said(*page) == ["definition", "proved"]
    assert last(page[0], page[1].replace("= 1", "= X_m")) == "refuted"


# products

VECTORS = "network: none\nlet: w, x \\in \\mathbb{R}^n\nlet: b \\in \\mathbb{R}"


def test_a_dot_between_the_names_of_two_vectors_is_their_inner_product() -> None:
    page = (r"y = w \cdot x + b", r"\frac{\partial y}{\partial w_j} = x_j", r"y = w^T x + b")
    assert said(*page, conventions=VECTORS) == ["definition", "proved", "proved"]
    assert last(*page[:2], r"y = w^T w + b", conventions=VECTORS) == "definition"  # again, with a note
    assert last(page[0], page[1].replace("= x_j", "= w_j"), conventions=VECTORS) == "refuted"


def test_a_dot_between_vectors_is_read_entry_by_entry_where_that_alone_fits() -> None:
    page = (r"y = w \odot x", r"2 y = 2 w \cdot x")
    assert said(*page, conventions=VECTORS) == ["definition", "proved"]
