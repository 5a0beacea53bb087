"""Formulas are found where they stand, and nowhere else."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from symbackprop.documents.document import items
from symbackprop.documents.find import ConventionLine, Found, Item
from symbackprop.documents.formula import Formula
from symbackprop.documents.tokens import Unreadable

SAMPLES = Path(__file__).parent / "documents" / "reading"


def listed(name: str) -> list[Item]:
    path = SAMPLES / name
    return list(items(path.read_bytes(), path.name))


def formulas(found: list[Item]) -> list[Found]:
    return [item for item in found if isinstance(item, Found)]


def test_markdown_places() -> None:
    found = formulas(listed("places.md"))
    places = [(f.span.line, f.span.column, f.displayed) for f in found]
    assert places == [
        (6, 17, False), (8, 9, False), (8, 30, False), (20, 3, True), (25, 16, False), (26, 15, True),
        (30, 12, False), (38, 1, True), (43, 1, True), (49, 1, True),
    ]  # fmt: skip
    assert found[0].span.text == "z = w a"
    assert found[7].span.text.strip().startswith("w_{ij} = 2")


def test_every_found_formula_of_the_samples_reads() -> None:
    for name in ("places.md", "places.tex", "places.ipynb"):
        for found in formulas(listed(name)):
            assert isinstance(found.read(), Formula), str(found.read())


def test_quote_marks_are_no_relations() -> None:
    display = formulas(listed("places.md"))[3].read()
    assert isinstance(display, Formula)
    (statement,) = display.statements
    assert [link.relation.text for link in statement.chain.links] == ["="]


def test_conventions_stand_in_document_order() -> None:
    found = listed("places.md")
    lines = [item for item in found if isinstance(item, ConventionLine)]
    assert [(line.key, line.value) for line in lines] == [
        ("layers", "0..L"),
        ("macro", r"\dz{a} = \frac{\partial E}{\partial #1}"),
        ("", "this line has no key"),
    ]
    assert {line.block for line in lines} == {0}
    assert (lines[0].span.line, lines[0].span.column) == (13, 1)
    assert found.index(lines[0]) < found.index(formulas(found)[3])


def test_latex_places_and_macros() -> None:
    found = listed("places.tex")
    texts = [f.span.text.split("%")[0].strip() for f in formulas(found)]
    assert texts[0] == r"a = \act(z)"
    assert texts[2:] == [r"\pd{E}{w} = 0", "b = c"]
    assert [f.outer.line for f in formulas(found)] == [8, 9, 15, 16]
    assert [i.key for i in found if isinstance(i, ConventionLine)] == ["layers", "macro"]


def test_notebook_cells_are_numbered() -> None:
    first, second = formulas(listed("places.ipynb"))
    assert (first.span.cell, first.span.line, first.span.column) == (2, 3, 7)
    assert (second.span.cell, second.span.line) == (3, 2)
    reading = second.read()
    assert isinstance(reading, Formula) and reading.continues


def test_an_unreadable_formula_stops_nothing() -> None:
    readings = [f.read() for f in formulas(listed("damaged.md"))]
    kinds = [isinstance(reading, Formula) for reading in readings]
    assert kinds == [True, True, True, False, True]


@pytest.mark.parametrize(
    "text",
    ["costs $5 and $6", "from $5 to $10,000 or so", "`$a = b$`", "\\$a = b\\$", "a lone $ sign", "US$ and A$ differ"],
)
def test_no_formula(text: str) -> None:
    assert list(items(text, "x.md")) == []


def test_crlf_bom_and_broken_utf8() -> None:
    data = b"\xef\xbb\xbfone\r\n$a = b$\r\n\xff\xfe $c\xff = d$\r\n$$\r\nx = y\r\n$$\r\n"
    found = formulas(list(items(data, "x.md")))
    assert [f.span.line for f in found] == [2, 3, 5]
    readings = [f.read() for f in found]
    assert [isinstance(r, Formula) for r in readings] == [True, False, True]


def test_unclosed_display_has_a_place() -> None:
    (broken,) = items("text\n\n  $$ a = b", "x.md")
    assert isinstance(broken, Unreadable)
    assert str(broken) == "x.md:3:3: found `$$` that is never closed, expected `$$`"


@pytest.mark.parametrize(
    "text",
    [
        "a $x=y$ b\n\n" * 700_000, "$" * 900_000, "$a " * 300_000, "`a``b" * 180_000, "<!-- " * 180_000,
        r"\begin{align}" * 70_000, r"\( " * 300_000, r"\newcommand{\a}{" * 60_000, "<pre>" * 180_000, "> " * 100_000,
        "- " * 20_000 + "x", "$$" + "x" * 900_000 + "$$",
    ],
    ids=lambda text: repr(text[:16]),
)  # fmt: skip
@pytest.mark.parametrize("name", ["x.md", "x.tex"])
def test_hostile_documents_end_soon(text: str, name: str) -> None:
    start = time.perf_counter()
    for _ in items(text.encode(), name):
        pass
    assert time.perf_counter() - start < 10  # the promise is 5 s; machines that run tests are busy


def test_a_notebook_that_is_none() -> None:
    for text in ("{", "[]", "{}", "[" * 100_000, '{"cells": [1, {"cell_type": "markdown"}]}'):
        assert all(isinstance(item, Unreadable) for item in items(text, "x.ipynb"))
