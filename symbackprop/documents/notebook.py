"""Notebooks: each Markdown cell is a source of its own, with its number."""

from __future__ import annotations

import json

from symbackprop.documents.source import Source, Span
from symbackprop.documents.tokens import Unreadable


def cells(source: Source) -> tuple[Source, ...] | Unreadable:
    """The Markdown cells, numbered from 1 among all cells."""
    try:
        notebook = json.loads(source.text)
    except (ValueError, RecursionError) as error:
        offset = error.pos if isinstance(error, json.JSONDecodeError) else 0
        span = Span(source, offset, min(offset + 1, len(source.text)))
        return Unreadable(span, "text that is not JSON", "a notebook")
    listed = notebook.get("cells") if isinstance(notebook, dict) else None
    if not isinstance(listed, list):
        return Unreadable(Span(source, 0, 0), "JSON without a list `cells`", "a notebook of format 4")
    return tuple(
        Source(source.name, text, number)
        for number, cell in enumerate(listed, 1)
        if (text := _markdown(cell)) is not None
    )


def _markdown(cell: object) -> str | None:
    if not isinstance(cell, dict) or cell.get("cell_type") != "markdown":
        return None
    text = cell.get("source", "")
    if isinstance(text, list):
        text = "".join(part for part in text if isinstance(part, str))
    return text if isinstance(text, str) else None
