"""Large documents: what is left out before blocks are found changes nothing, and bounds are said in one line."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st

from symbackprop.documents import document, markdown
from symbackprop.documents.checking import check_document
from symbackprop.documents.source import Source

TESTS = Path(__file__).parent
TRUE = r"$$\frac{\partial z_i^{(L)}}{\partial b_i^{(L)}} = 1$$"
LINES = st.sampled_from(
    [
        "plain text", "more of it", "", "", "   ", "- item", "  - inner", "    code", "> quote", "> ```", "```",
        "```math", "~~~", "# head", "---", "===", "<div>", "</div>", "<pre>", "</pre>", "<!-- symbackprop",
        "layers: 0..L", "-->",
        "$$", "x = 1", "$a = b$", r"\begin{align}", r"\end{align}", "1. one", "| a | b |", "|---|---|", "  indented",
        "text with `code`", "\t tab", "[a]: b", "word: more", "> plain", "* * *", "a = b", "end",
    ]
)  # fmt: skip


def blanked(text: str) -> tuple[str, list[tuple[str, str, int]]]:
    made, lines = markdown.blanked(Source("page.md", text))
    return made, [(line.key, line.value, line.block) for line in lines]


def whole(lines: list[str]) -> tuple[str, list[int]]:
    return "".join(lines), list(range(len(lines) + 1))


@settings(max_examples=400, deadline=None)
@given(st.lists(LINES, max_size=25), st.booleans())
def test_plain_lines_may_be_left_out_where_blocks_are_found(lines: list[str], ended: bool) -> None:
    text = "\n".join(lines) + ("\n" if ended else "")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(markdown, "_skeleton", whole)
        expected = blanked(text)
    assert blanked(text) == expected


@pytest.mark.parametrize("path", sorted(TESTS.parent.rglob("derivations/*.md")) + sorted(TESTS.rglob("*.md")), ids=str)
def test_so_it_is_in_every_page_at_hand(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(markdown, "_skeleton", whole)
        expected = blanked(text)
    assert blanked(text) == expected


def test_ten_megabytes_of_notes_are_read() -> None:
    words = "What is meant by this is said in words, line after line of them, as it is done in notes of this kind.\n"
    paragraph = words * 8 + "\n- one\n- two\n\n## Head\n\n"
    text = paragraph * (10_000_000 // len(paragraph)) + TRUE + "\n"
    began = time.process_time()
    made = check_document(text, "notes.md")
    assert [link.said for e in made.equations for link in e.links] == ["proved"]
    assert made.equations[0].span.line == text.count("\n")
    assert time.process_time() - began < 30  # on any machine; a few seconds on an ordinary one


def test_twenty_thousand_lines_of_conventions_are_refused_soon() -> None:
    text = "<!-- symbackprop\n" + "symbols: z=x, a=y, w=\\theta\n" * 9_000 + "-->\n" + TRUE
    began = time.process_time()
    (equation,) = check_document(text, "notes.md").equations
    problem = equation.links[0].problem
    assert problem is not None and "9000 lines of conventions: expected at most 1000" in problem.text
    (equation,) = check_document(text + text, "notes.md").equations
    problem = equation.links[0].problem
    assert problem is not None and "more than 10000 formulas and conventions" in problem.text
    assert time.process_time() - began < 10


def test_a_line_of_any_length_is_quoted_in_part() -> None:
    page = "<!-- symbackprop\nbogus: " + "x" * 200_000 + "\n-->\n$$q" + " + q" * 50_000 + " = 1$$\n"
    made = check_document(page, "notes.md")
    problems = [link.problem for e in made.equations for link in e.links]
    assert len(problems) == 2 and all(problem is not None and len(problem.text) < 700 for problem in problems)


@pytest.mark.parametrize("name", ["notes.md", "notes.tex"])
def test_beyond_the_bounds_one_line_says_so(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr(document, "MOST_ITEMS", 20)
    (equation,) = check_document(f"{TRUE}\n" * 21, name).equations
    problem = equation.links[0].problem
    assert problem is not None and "more than 20 formulas" in problem.text
    if name.endswith("md"):
        monkeypatch.setattr(markdown, "MOST_LINES", 10)
        (equation,) = check_document(f"{TRUE}\n" * 21, name).equations
        problem = equation.links[0].problem
        assert problem is not None and "lines that are not plain text" in problem.text
    monkeypatch.setattr(document, "MOST_CHARACTERS", 30)
    (equation,) = check_document(f"{TRUE}\n", name).equations
    problem = equation.links[0].problem
    assert problem is not None and "at most 30" in problem.text
