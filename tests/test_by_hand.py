"""The sample of equations that was written by hand: its values, and that its lines stand on the pages."""
# ruff: noqa: E741 - l is the pages' letter for a layer

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import by_hand_derivations  # noqa: F401 - enters its equations, after those of the seeds
import numpy as np
import pytest
from by_hand import LINKS, POINTS, Link, Point, Values

from symbackprop.documents.document import items
from symbackprop.documents.find import Found
from symbackprop.documents.formula import Formula
from symbackprop.documents.read import read_text
from symbackprop.documents.write import latex

PAGES = Path(__file__).parent.parent / "derivations"
TRUE = [link for link in LINKS if link.holds]
FALSE = [link for link in LINKS if not link.holds]


def named(links: list[Link]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("link", links, ids=[link.name for link in links])


def agree(values: Values, p: Point, l: int) -> bool:
    """Both sides, over all values of the free indices. Raises where a side asks for an entry that is not there."""
    left, right = (np.asarray(side, dtype=float) for side in values(p, l))
    assert left.shape == right.shape
    assert np.isfinite(left).all() and np.isfinite(right).all()
    return bool(np.all(np.abs(left - right) <= 1e-9 * (1 + np.abs(left) + np.abs(right))))


def test_the_sample_is_large_enough() -> None:
    assert len(FALSE) == 19 and len(TRUE) >= 60
    assert len({link.name for link in LINKS}) == len(LINKS)


@named(TRUE)
def test_a_true_equation_has_equal_sides(link: Link) -> None:
    for p in POINTS[link.at]:
        for l in link.layers(p):
            assert agree(link.values, p, l), f"{link.latex} at widths {tuple(p.n.values())}, l = {l}"


@named(FALSE)
def test_a_false_equation_differs_or_asks_for_what_is_not_there(link: Link) -> None:
    for p in POINTS[link.at]:
        for l in link.layers(p):
            try:
                assert not agree(link.values, p, l), link.latex
            except (IndexError, KeyError):
                continue


@named(FALSE)
def test_the_correction_of_a_false_equation_agrees(link: Link) -> None:
    assert link.mended is not None and link.fix
    for p in POINTS[link.at]:
        whole_line = "=" in link.fix
        for l in range(p.first + 1, p.L) if whole_line else link.layers(p):
            assert agree(link.mended, p, l), link.fix


def equations(found: Formula) -> set[tuple[str, str]]:
    """The two sides of every link of a formula, in canonical spelling."""
    made = set()
    for statement in found.statements:
        assert statement.chain.first is not None
        members = [statement.chain.first, *(link.right for link in statement.chain.links)]
        made |= {(latex(left), latex(right)) for left, right in pairwise(members)}
    return made


def stated(page: str) -> set[tuple[str, str]]:
    """Every link of a page."""
    made: set[tuple[str, str]] = set()
    for item in items((PAGES / page).read_bytes(), page):
        if isinstance(item, Found) and item.displayed:
            found = item.read()
            assert isinstance(found, Formula), f"{page}: {found}"
            made |= equations(found)
    return made


@named([link for link in LINKS if link.page.endswith(".md")])
def test_the_equation_stands_on_its_page(link: Link) -> None:
    found = read_text(link.latex)
    assert isinstance(found, Formula)
    assert equations(found) <= stated(link.page)
