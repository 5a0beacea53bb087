"""Documents of every kind: bytes or text in, formulas and conventions in their order out."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from itertools import islice
from pathlib import PurePath
from typing import Final

from symbackprop.documents import latex, markdown, notebook
from symbackprop.documents.find import ConventionLine, Found, Item, Syntax, merged
from symbackprop.documents.source import Source, Span, decode
from symbackprop.documents.tokens import Unreadable


class DocumentKind(Enum):
    """Kinds of document, by the ends of their names."""

    MARKDOWN = (".md", ".markdown", ".mdown", ".mdx", ".qmd", ".rmd", ".txt", "")
    LATEX = (".tex", ".ltx", ".latex", ".sty")
    NOTEBOOK = (".ipynb",)


MOST_CHARACTERS: Final = 20_000_000
MOST_ITEMS: Final = 10_000
MOST_CONVENTIONS: Final = 1_000
SUFFIXES: Final = frozenset(s for kind in DocumentKind for s in kind.value if s not in ("", ".txt"))
"""Ends of names that a search through folders takes for documents."""


def kind_of(name: str) -> DocumentKind:
    """The kind of a document by its name; what is unknown is read as Markdown."""
    suffix = PurePath(name).suffix.lower()
    return next((kind for kind in DocumentKind if suffix in kind.value), DocumentKind.MARKDOWN)


def items(data: bytes | str, name: str, kind: DocumentKind | None = None) -> Iterator[Item]:
    """Everything that a document says in formulas, in its order.

    Reading is left to `Found.read`, so that the caller can bring along the names that it knows.
    """
    source = decode(data, name) if isinstance(data, bytes) else Source(name, data)
    kind = kind_of(name) if kind is None else kind
    if len(source.text) > MOST_CHARACTERS:
        yield _too_large(source, f"{len(source.text)} characters", MOST_CHARACTERS)
        return
    try:
        found = list(islice(_items(source, kind), MOST_ITEMS + 1))
    except markdown.TooManyLines as problem:
        yield _too_large(source, str(problem), markdown.MOST_LINES)
        return
    if len(found) > MOST_ITEMS:
        yield _too_large(source, f"more than {MOST_ITEMS} formulas and conventions", MOST_ITEMS)
        return
    lines = sum(isinstance(item, ConventionLine) for item in found)
    if lines > MOST_CONVENTIONS:
        yield _too_large(source, f"{lines} lines of conventions", MOST_CONVENTIONS)
        return
    yield from found


def _too_large(source: Source, what: str, most: int) -> Unreadable:
    return Unreadable(Span(source, 0, 0), f"a document of {what}", f"at most {most}")


def _items(source: Source, kind: DocumentKind) -> Iterator[Item]:
    if kind is DocumentKind.NOTEBOOK:
        yield from _notebook(source)
    elif kind is DocumentKind.LATEX:
        text, conventions = latex.blanked(source)
        yield from merged(source, text, Syntax.LATEX, conventions)
    else:
        text, conventions = markdown.blanked(source)
        yield from merged(source, text, Syntax.MARKDOWN, conventions)


def _notebook(source: Source) -> Iterator[Item]:
    cells = notebook.cells(source)
    if isinstance(cells, Unreadable):
        yield cells
        return
    macros = None
    for cell in cells:
        text, conventions = markdown.blanked(cell)
        for item in merged(cell, text, Syntax.MARKDOWN, conventions, macros):
            if isinstance(item, Found):
                macros = item.macros
            yield item
