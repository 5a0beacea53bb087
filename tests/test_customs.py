"""What a document without conventions settles by its first lines: its weights, its functions, its plain words."""

from __future__ import annotations

from pathlib import Path

import pytest

from symbackprop.documents.checking import check_document
from symbackprop.documents.results import LinkResult

FROM_TO = r"z_j^{(l)} = \sum_i w_{ij}^{(l)} a_i^{(l-1)} + b_j^{(l)}"
SOURCE = r"z^{(l+1)} = W^{(l)} a^{(l)} + b^{(l)}"
BOTH = r"z_j^{(l+1)} = \sum_i w_{ij}^{(l)} a_i^{(l)} + b_j^{(l)}"


def links(*lines: str, block: str = "layers: 0..L") -> list[LinkResult]:
    page = f"<!-- symbackprop\n{block}\n-->\n\n" + "\n\n".join(f"$${line}$$" for line in lines)
    return [link for equation in check_document(page, "page.md").equations for link in equation.links]


def gradient(a: str, z: str) -> str:
    return rf"\frac{{\partial E}}{{\partial w_{{ij}}^{{(l)}}}} = {a} \frac{{\partial E}}{{\partial {z}}}"


@pytest.mark.parametrize(
    ("definition", "right", "wrong"),
    [
        (FROM_TO, gradient("a_i^{(l-1)}", "z_j^{(l)}"), gradient("a_j^{(l-1)}", "z_i^{(l)}")),
        (SOURCE, gradient("a_j^{(l)}", "z_i^{(l+1)}"), gradient("a_i^{(l)}", "z_j^{(l+1)}")),
        (BOTH, gradient("a_i^{(l)}", "z_j^{(l+1)}"), gradient("a_j^{(l)}", "z_i^{(l+1)}")),
    ],
)
def test_the_first_line_about_pre_activations_settles_the_custom(definition: str, right: str, wrong: str) -> None:
    first, good, bad = links(definition, right, wrong)
    assert first.said == "definition" and any("as this line has it" in reading for reading in first.readings)
    assert [good.said, bad.said] == ["proved", "refuted"]


@pytest.mark.parametrize("definition", [FROM_TO, SOURCE, BOTH])
def test_a_stated_convention_is_not_overruled(definition: str) -> None:
    (link,) = links(definition, block="layers: 0..L\nweights: to,from; target")
    assert link.said == "refuted"


def test_a_later_line_is_held_against_the_custom_that_was_used() -> None:
    *_, last = links(r"z_i^{(l)} = \sum_j w_{ij}^{(l)} a_j^{(l-1)} + b_i^{(l)}", FROM_TO)
    assert last.said == "refuted"


def test_a_line_that_fits_no_custom_is_refuted() -> None:
    (link,) = links(r"z_j^{(l)} = \sum_i w_{ij}^{(l+2)} a_i^{(l-1)} + b_j^{(l)}")
    assert link.said == "refuted"


def test_a_tutorial_with_its_own_letters_is_proved_by_induction() -> None:
    page = Path(__file__).parent / "documents" / "check" / "source-weights-and-induction.tex"
    made = [link for equation in check_document(page.read_bytes(), page.name).equations for link in equation.links]
    assert [link.said for link in made] == ["definition"] * 4 + ["proved", "definition", "proved", "proved"]


SLOPE = r"\delta_i^L = \frac{\partial C}{\partial a_i^L} \sigma'(z_i^L)"


def test_one_function_at_the_last_layer_is_that_of_every_layer() -> None:
    recursion = r"\delta^l = (w^{l+1})^T \delta^{l+1} \odot \sigma'(z^l)"
    made = links(SLOPE, recursion, r"\frac{\partial C}{\partial b_j^l} = \delta_j^l")
    assert [link.said for link in made] == ["definition", "definition", "proved"]
    assert r"\sigma is read as the function of every layer" in made[0].readings


def test_a_stated_output_function_stays_the_output_layers() -> None:
    (link,) = links(SLOPE.replace(r"\delta_i^L", r"\frac{\partial C}{\partial z_i^L}"), block="output: f")
    assert link.said == "refuted"


def test_an_output_function_that_was_used_stays_the_output_layers() -> None:
    used = r"\frac{\partial a_i^L}{\partial z_i^L} = f'(z_i^L)"
    *_, last = links(used, SLOPE.replace(r"\delta_i^L", r"\frac{\partial C}{\partial z_i^L}"))
    assert last.said == "refuted"


@pytest.mark.parametrize("word", ["and", r"\mbox{ and }", "where", "with"])
def test_a_plain_word_parts_two_statements(word: str) -> None:
    made = links(rf"a_j^l = \sigma(z_j^l) \; {word} \; z_j^l = \sum_k w_{{jk}}^l a_k^{{l-1}} + b_j^l")
    assert [link.said for link in made] == ["definition", "proved"]


def test_nothing_is_refuted_across_a_member_that_was_not_read() -> None:
    made = links(r"a_j^l = \mathfrak{Q}_{3;4} = 2 a_j^l")
    assert [link.said for link in made] == ["unreadable", "unreadable"]


def test_a_value_for_an_example_binds_nothing() -> None:
    page = r"At $z = -5$ it is small. $$\frac{\partial a_i^L}{\partial z_i^L} = f'(z_i^L)$$"
    made = [link for equation in check_document(page, "page.md").equations for link in equation.links]
    assert [link.said for link in made] == ["proved"]


@pytest.mark.parametrize("cost", ["L", r"\mathcal{L}", r"\ell", "J", r"J(\theta)", "E(W, b)"])
def test_the_usual_letters_name_the_cost(cost: str) -> None:
    definition = rf"{cost} = \frac{{1}}{{2}} \sum_k (a_k^{{(L)}} - y_k)^2"
    slope = rf"\frac{{\partial {cost.partition('(')[0]}}}{{\partial a_k^{{(L)}}}} = "
    right, wrong = slope + "a_k^{(L)} - y_k", slope + "y_k - a_k^{(L)}"
    assert [link.said for link in links(definition, right, wrong)] == ["definition", "proved", "refuted"]


def test_the_number_of_layers_is_no_cost() -> None:
    page = r"A network of $L = 3$ layers: $$\frac{\partial L}{\partial b^{(L)}} = \frac{\partial L}{\partial z^{(L)}}$$"
    made = [link for equation in check_document(page, "page.md").equations for link in equation.links]
    assert [link.said for link in made] == ["proved"]
