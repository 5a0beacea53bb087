"""Where things stand: a text, and spans of it that know their line and column."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True, eq=False)
class Source:
    """A text with a name; for notebooks, one cell's text with the cell's number (from 1)."""

    name: str
    text: str
    cell: int | None = None

    @cached_property
    def _line_starts(self) -> tuple[int, ...]:
        starts = [0]
        find = self.text.find
        at = find("\n")
        while at >= 0:
            starts.append(at + 1)
            at = find("\n", at + 1)
        return tuple(starts)

    def position(self, offset: int) -> tuple[int, int]:
        """Line and column, both counted from 1, of a character offset."""
        line = bisect_right(self._line_starts, offset)
        return line, offset - self._line_starts[line - 1] + 1

    def line_text(self, line: int) -> str:
        """The text of one line (from 1), without its line end."""
        starts = self._line_starts
        end = starts[line] if line < len(starts) else len(self.text)
        return self.text[starts[line - 1] : end].rstrip("\r\n")


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a source, from `start` up to and without `end`."""

    source: Source
    start: int
    end: int

    @property
    def file(self) -> str:
        """Name of the file."""
        return self.source.name

    @property
    def cell(self) -> int | None:
        """Number of the notebook cell, None outside notebooks."""
        return self.source.cell

    @property
    def line(self) -> int:
        """Line of the first character, from 1."""
        return self.source.position(self.start)[0]

    @property
    def column(self) -> int:
        """Column of the first character, from 1."""
        return self.source.position(self.start)[1]

    @property
    def end_line(self) -> int:
        """Line on which the span ends."""
        return self.source.position(self.end)[0]

    @property
    def end_column(self) -> int:
        """Column after the last character."""
        return self.source.position(self.end)[1]

    @property
    def text(self) -> str:
        """The characters that the span covers."""
        return self.source.text[self.start : self.end]

    def to(self, last: Span) -> Span:
        """From the start of this span to the end of a later one."""
        if last.end <= self.end:
            return self
        return Span(self.source, self.start, last.end)

    def __str__(self) -> str:
        cell = "" if self.cell is None else f"cell {self.cell}:"
        return f"{self.file}:{cell}{self.line}:{self.column}"


def decode(data: bytes, name: str) -> Source:
    """A file's bytes as a source.

    A byte order mark is skipped. Bytes that are not UTF-8 become U+FFFD, which no formula may hold:
    they cost the formula that they stand in, and not the file.
    """
    return Source(name, data.decode("utf-8-sig", errors="replace"))
