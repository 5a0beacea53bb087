"""`check --sizes` writes every link out at one architecture, whatever its verdict for all of them is."""

from __future__ import annotations

from pathlib import Path

import pytest

from symbackprop.cli import main
from symbackprop.documents.checking import check_document
from symbackprop.documents.results import LinkResult

WEIGHT = r"$$\frac{\partial z_i^{(l)}}{\partial w_{ij}^{(l)}} = FORMULA$$"


def link(text: str, *sizes: int) -> LinkResult:
    (equation,) = check_document(text, "page.md", sizes=sizes).equations
    return equation.links[0]


def test_a_proved_link_is_written_out_at_every_layer_and_index() -> None:
    made = link(WEIGHT.replace("FORMULA", "a_j^{(l-1)}"), 2, 3, 2)
    assert made.said == "proved"
    assert made.readings[-1] == "is proved at 2-3-2, written out at every index value"


def test_a_refuted_link_may_be_true_there_and_then_says_so() -> None:
    """With one input only, a line that takes the first neuron for every neuron is right."""
    one = r"$$\frac{\partial E}{\partial b_i^{(L)}} = \frac{\partial E}{\partial z_1^{(L)}}$$"
    narrow, wide = link(one, 2, 1), link(one, 2, 2)
    assert narrow.said == wide.said == "refuted"
    assert narrow.readings[-1].endswith(("at 2-1, written out at every index value", "at 4 random instances"))
    assert wide.readings[-1] == "is false at 2-2, first at i = 2"


def test_a_link_that_needs_more_layers_or_neurons_says_nothing_there() -> None:
    assert link(WEIGHT.replace("(l)", "(L-1)").replace("FORMULA", "a_j^{(L-2)}"), 2, 2).readings[-1].startswith("says")
    assert link(r"$$\frac{\partial z_5^{(L)}}{\partial b_5^{(L)}} = 1$$", 2, 3).readings[-1] == "says nothing at 2-3"


def test_a_network_too_large_to_be_written_out_is_refused_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "page.md"
    path.write_text(WEIGHT.replace("FORMULA", "a_j^{(l-1)}"), encoding="utf-8")
    assert main(["check", str(path), "--sizes", "99999999-99999999-2"]) == 2
    assert "writes networks of at most 2,000 out" in capsys.readouterr().err
