"""Which way a weight's indices run and which layer its mark names, where only the document's first line says so."""

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
