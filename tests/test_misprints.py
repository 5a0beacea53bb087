"""The page of misprints says what the tool says: each page on it is checked, and each right line is proved."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from symbackprop.documents.check import check
from symbackprop.documents.checking import check_document
from symbackprop.documents.render import text

PAGE = Path(__file__).parent.parent / "derivations" / "misprints.md"
FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def sections() -> list[tuple[str, str, str]]:
    """Title, page and output of each misprint."""
    made = []
    for section in PAGE.read_text(encoding="utf-8").split("\n## ")[1:]:
        fences = dict(FENCE.findall(section))
        made.append((section.partition("\n")[0], fences["markdown"], fences["text"]))
    return made


@pytest.mark.parametrize(("title", "page", "said"), sections(), ids=[title for title, *_ in sections()])
def test_the_tool_says_of_each_misprint_what_the_page_shows(title: str, page: str, said: str) -> None:
    assert "\n".join(text([check_document(page, "page.md")])) == said.rstrip("\n")
    assert "REFUTED" in said


def test_there_are_eight_and_every_right_line_is_proved() -> None:
    found = [link.said for equation in check(PAGE).equations for link in equation.links]
    assert len(sections()) == 8 and len(found) >= 8
    assert set(found) == {"proved"}
