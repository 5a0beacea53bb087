"""The derivations that people are given to read: every equation of every page is proved."""

from __future__ import annotations

from pathlib import Path

import pytest

from symbackprop.documents.check import check

PAGES = sorted((Path(__file__).parent.parent / "derivations").glob("0*.md"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_equation_is_proved(page: Path) -> None:
    made = check(page)
    counts = made.counts()
    assert not {word: n for word, n in counts.items() if word in ("refuted", "undecided", "unreadable")}
    assert counts["proved"] >= 15
    assert not [warning for each in made.equations for link in each.links for warning in link.warnings]
