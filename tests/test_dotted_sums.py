"""Sums with dots in their middle are judged as sums over all that is numbered."""

from __future__ import annotations

import pytest
from test_open_relations import network
from test_page_documents import links, said

SIZES = r"let: w, x \in \mathbb{R}^n"
INNER = r"z = w_1 x_1 + w_2 x_2 + \cdots + w_n x_n + b"
SLOPE = r"\frac{\partial z}{\partial w_i} = x_i"


def test_the_dots_of_a_sum_stand_for_the_terms_between() -> None:
    made = links(INNER, SLOPE, r"z = \sum_i w_i x_i + b", conventions=SIZES)
    assert [link.said for link in made] == ["definition", "proved", "proved"]
    assert any("the dots are read as the terms between" in reading for reading in made[0].readings)


@pytest.mark.parametrize("line", [
    r"z = w_1 x_1 + \ldots + w_n x_n + b",
    r"z = b + w_1 x_1 + w_2 x_2 + w_3 x_3 + \dots + w_n x_n",
    r"z = w_1 x_1 + w_2 x_2 + \cdots + w_{n} x_{n} + b",
])  # fmt: skip
def test_as_many_first_terms_are_written_as_one_likes(line: str) -> None:
    assert said(INNER, line, conventions=SIZES)[1] == "proved"


@pytest.mark.parametrize(("line", "word"), [
    (r"\sum_i w_i x_i + b = w_1 x_1 + w_2 x_2 + \cdots + w_n x_n", "refuted"),
    (r"\sum_i w_i x_i + b = x_1 + \cdots + x_n + b", "refuted"),
    (r"z = w_1 x_1 + w_2 x_1 + \cdots + w_n x_n + b", "unreadable"),
    (r"z = w_1 x_1 + w_3 x_3 + \cdots + w_n x_n + b", "unreadable"),
    (r"z = w_1 x_1 - w_2 x_2 + \cdots + w_n x_n + b", "unreadable"),
    (r"z = w_1 x_1 + w_2 x_2 + \cdots + w_n w_n + b", "unreadable"),
    (r"z = w_1 x_1 + w_2 x_2 + \cdots + b", "unreadable"),
])  # fmt: skip
def test_terms_that_do_not_go_on_as_written_are_not_guessed(line: str, word: str) -> None:
    assert said(INNER, line, conventions=SIZES)[1] == word


def test_such_a_line_is_not_corrected_in_words_that_it_does_not_have() -> None:
    link = links(INNER, r"z = w_1 x_1 + w_2 x_2 + \cdots + w_m x_m + b", conventions=SIZES)[1]
    assert link.said == "refuted" and link.fix is None


def test_the_inputs_of_a_neuron_are_written_with_dots() -> None:
    line = r"z_i^l = w_{i1}^l a_1^{l-1} + w_{i2}^l a_2^{l-1} + \cdots + w_{in_{l-1}}^l a_{n_{l-1}}^{l-1} + b_i^l"
    slope = r"\frac{\partial z_i^l}{\partial w_{ij}^l} = a_j^{l-1}"
    assert network(line, slope) == ["definition", "proved"]
    assert network(slope, line.replace("a_2", "a_1")) == ["proved", "unreadable"]
