"""Two published derivations as they were written: every link gets its verdict, every wrong one its correction."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import pytest

from symbackprop.documents.check import check
from symbackprop.documents.results import EquationResult, FileResult

FOLDER = Path(__file__).parent / "documents" / "check"
EXPECTED = [json.loads(line) for line in (FOLDER / "expected.jsonl").read_text(encoding="utf-8").splitlines()]


@cache
def checked(document: str) -> FileResult:
    return check(FOLDER / document)


def equation(row: dict[str, str]) -> EquationResult:
    found = [each for each in checked(row["document"]).equations if each.span.text == row["latex"]]
    assert len(found) == 1
    return found[0]


def plain(text: str) -> str:
    for gap in (" ", "{", "}", "\\left", "\\right", "\\big"):
        text = text.replace(gap, "")
    return text


@pytest.mark.parametrize("row", EXPECTED, ids=lambda row: f"{row['document'][:-3]}-{row['id']}")
def test_every_link_gets_its_verdict_and_every_wrong_one_its_correction(row: dict[str, object]) -> None:
    made, wanted = equation(row).links, row["links"]  # type: ignore[arg-type]
    assert [link.said for link in made] == [link["verdict"] for link in wanted]  # type: ignore[union-attr]
    for link, want in zip(made, wanted, strict=True):  # type: ignore[call-overload]
        if "fix" in want:
            assert link.fix is not None and plain(link.fix.text) == plain(want["fix"])
        if "fix_line" in want:
            assert link.fix is not None and link.fix.whole_line and plain(link.fix.text) in plain(want["fix_line"])


@pytest.mark.parametrize("document", sorted({row["document"] for row in EXPECTED}))
def test_underbraces_and_reasons_are_equations_of_their_own(document: str) -> None:
    listed = {row["latex"] for row in EXPECTED if row["document"] == document}
    others = [each for each in checked(document).equations if each.span.text not in listed]
    assert [link.said for each in others for link in each.links] == ["proved"] * (4 if "squares" in document else 0)


def test_an_index_of_another_layer_is_named_in_plain_words_under_its_character() -> None:
    row = next(row for row in EXPECTED if row["id"] == "A08")
    (link,) = equation(row).links
    assert link.problem is not None and link.problem.code.value == "SB103"
    assert link.problem.span.text == "i" and link.problem.span.column == 39
    assert "i runs over the neurons of layer L" in link.problem.text
    assert "a^(L-1) is indexed by the neurons of layer L-1" in link.problem.text


def test_the_repeated_index_is_said_to_be_summed_over() -> None:
    row = next(row for row in EXPECTED if row["id"] == "A17")
    assert "summed over j" in equation(row).links[0].readings


def test_an_empty_condition_is_dropped_with_a_warning() -> None:
    row = next(row for row in EXPECTED if row["id"] == "B15-as-printed")
    assert [link.warnings[0].code.value for link in equation(row).links] == ["SB201", "SB201"]


def test_with_a_softmax_output_the_chain_rules_entry_by_entry_are_refuted() -> None:
    page = (FOLDER / "output-and-next-layer-as-printed.md").read_text(encoding="utf-8")
    assert "output: f\n" in page
    made = check(page.replace("output: f\n", "output: softmax\n")).equations
    slopes = ("f'", r"\frac{\partial a_i^L}{\partial z_i^L}")
    by_entry = [e for e in made if any(slope in e.span.text for slope in slopes) and e.links[0].said != "definition"]
    assert len(by_entry) >= 6
    assert all(any(link.said == "refuted" for link in e.links) for e in by_entry)
