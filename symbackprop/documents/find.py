r"""Finds the formulas of a text whose non-text has been blanked, and the definitions between them.

Markdown, LaTeX and notebooks differ in what is no text (code, comments); what a formula looks like
in the rest is the same: `$…$`, `$$…$$`, `\(…\)`, `\[…\]`, `\begin{align}…\end{align}`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from symbackprop.documents.formula import Formula
from symbackprop.documents.macros import Macros
from symbackprop.documents.read import read
from symbackprop.documents.source import Source, Span
from symbackprop.documents.tokens import Unreadable
from symbackprop.documents.vocabulary import DISPLAY_ENVIRONMENTS

MAX_CHARACTERS: Final = 1_000_000  # of one formula


class Syntax(Enum):
    """What kind of text formulas stand in."""

    MARKDOWN = auto()
    LATEX = auto()


@dataclass(frozen=True, slots=True)
class Found:
    """A formula's place: `span` without its delimiters, `outer` with them.

    `text` is the source with everything that is no part of formulas blanked, `macros` are the
    commands in force there.
    """

    span: Span
    outer: Span
    displayed: bool
    macros: Macros
    text: str

    def read(self, names: frozenset[str] = frozenset()) -> Formula | Unreadable:
        """The formula itself."""
        length = self.span.end - self.span.start
        if length > MAX_CHARACTERS:
            place = Span(self.span.source, self.span.start, self.span.start)
            return Unreadable(place, f"a formula of {length} characters", f"at most {MAX_CHARACTERS}")
        return read(
            self.span.source, self.span.start, self.span.end,
            macros=self.macros, names=names, text=self.text,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class ConventionLine:
    """A line `key: value` of a conventions block, as it stands; `block` counts the blocks."""

    span: Span
    key: str
    value: str
    block: int


Item = Found | ConventionLine | Unreadable
"""What a document holds, in its order. An `Unreadable` here is a delimiter without its partner, or a
document that is not read at all."""

_DEFINERS: Final = (
    r"\\(?:re|provide)?newcommand|\\renewcommand|\\providecommand|\\[gex]?def(?![A-Za-z])"
    r"|\\DeclareMathOperator|\\DeclarePairedDelimiter(?![A-Z])"
)
_OPENER: Final = re.compile(
    r"(?P<escape>\\\$|\\`)"
    rf"|(?P<define>{_DEFINERS})"
    r"|(?P<begin>\\begin\s*\{(?P<name>[A-Za-z]+\*?)\})"
    r"|(?P<bracket>\\\\?\[)"
    r"|(?P<paren>\\\\?\()"
    r"|(?P<skip>\\.)"
    r"|(?P<code>`+)"
    r"|(?P<display>\$\$)"
    r"|(?P<dollar>\$)",
    re.DOTALL,
)
_SPECIAL: Final = re.compile(r"[\\`$]")  # what an opener begins with: a set of characters is found much faster
_BLANK_LINE: Final = re.compile(r"\n[ \t\r]*\n")
_DOLLAR: Final = re.compile(r"\\.|(\$+)", re.DOTALL)
_MATHEMATICAL: Final = re.compile(r"[\\_^=]")
_PROSE: Final = re.compile(r"[A-Za-z]{2,}[,;]?\s+[A-Za-z]{2,}|^\d[\d,.]*\s+[A-Za-z]{2,}")
_ENVIRONMENTS: Final = DISPLAY_ENVIRONMENTS - {"math", "subequations", "split", "rcl"}
_CONVENTION: Final = re.compile(r"\s*([A-Za-z][\w-]*)\s*:\s?(.*)")
_REMARK: Final = re.compile(r"\s+#\s.*$")


class Finder:
    """One pass over a blanked text."""

    def __init__(self, source: Source, text: str, syntax: Syntax, macros: Macros) -> None:
        self.source, self.text, self.syntax = source, text, syntax
        self.macros = macros
        self.paragraph_end = 0
        self.missing: dict[str, int] = {}  # closers that do not occur behind a place

    def find(self) -> Iterator[Item]:
        """Formulas and broken delimiters in order; `macros` grows with the definitions passed."""
        at = 0
        actions: dict[str, Callable[[re.Match[str]], tuple[int, Item | None]]] = {
            "define": self._define, "begin": self._environment, "bracket": self._bracket,
            "paren": self._paren, "code": self._code, "display": self._display, "dollar": self._dollar,
        }  # fmt: skip
        while (special := _SPECIAL.search(self.text, at)) is not None:
            opener = _OPENER.match(self.text, special.start())
            if opener is None:
                at = special.end()
                continue
            action = actions.get(opener.lastgroup or "") if opener.lastgroup != "name" else actions["begin"]
            at, item = (opener.end(), None) if action is None else action(opener)
            if item is not None:
                yield item

    def _span(self, start: int, end: int) -> Span:
        return Span(self.source, start, end)

    def _found(self, outer: tuple[int, int], inner: tuple[int, int], displayed: bool) -> Item | None:
        start, end = inner
        if not self.text[start:end].strip():
            return None
        inside = self.text[start:end]
        start, end = start + len(inside) - len(inside.lstrip()), start + len(inside.rstrip())
        if "\\" in inside and re.search(_DEFINERS, inside):  # they hold from there on
            self.macros = self.macros.including(inside)
            if _only_definitions(inside):
                return None
        return Found(self._span(start, end), self._span(*outer), displayed, self.macros, self.text)

    def _closer(self, closer: str, start: int, limit: int | None = None) -> int:
        """Place of a closing delimiter, -1 where there is none; never searches in vain twice."""
        if self.missing.get(closer, len(self.text) + 1) <= start:
            return -1
        at = self.text.find(closer, start)
        while at > 0 and self.text[at - 1] == "\\" and closer[0] == "$":
            at = self.text.find(closer, at + 1)
        if at < 0:
            self.missing[closer] = start
            return -1
        return at if limit is None or at < limit else -1

    def _paragraph(self, at: int) -> int:
        if self.paragraph_end <= at:
            blank = _BLANK_LINE.search(self.text, at)
            self.paragraph_end = len(self.text) if blank is None else blank.start() + 1
        return self.paragraph_end

    def _unclosed(self, opener: re.Match[str], closer: str) -> Item:
        span = self._span(opener.start(), opener.end())
        return Unreadable(span, f"`{opener.group()}` that is never closed", f"`{closer}`")

    # -- one opener each ---------------------------------------------------------------------------

    def _define(self, opener: re.Match[str]) -> tuple[int, Item | None]:
        end = min(self._paragraph(opener.end()), opener.start() + 4000)
        stretch = _definition_end(self.text, opener.end(), end)
        if stretch < 0:  # what follows its line is not hidden
            line_end = self.text.find("\n", opener.end())
            return len(self.text) if line_end < 0 else line_end, self._unclosed(opener, "}")
        self.macros = self.macros.defining(self.text[opener.start() : stretch])
        return stretch, None

    def _environment(self, opener: re.Match[str]) -> tuple[int, Item | None]:
        name = opener["name"]
        if name.rstrip("*") not in _ENVIRONMENTS:
            return opener.end(), None
        closer = rf"\end{{{name}}}"
        at = self._closer(closer, opener.end())
        if at < 0:
            return opener.end(), self._unclosed(opener, closer)
        end = at + len(closer)
        return end, self._found((opener.start(), end), (opener.start(), end), True)

    def _bracket(self, opener: re.Match[str]) -> tuple[int, Item | None]:
        return self._escaped(opener, "]", True, None)

    def _paren(self, opener: re.Match[str]) -> tuple[int, Item | None]:
        return self._escaped(opener, ")", False, self._paragraph(opener.end()))

    def _escaped(
        self, opener: re.Match[str], bracket: str, displayed: bool, limit: int | None
    ) -> tuple[int, Item | None]:
        closer = opener.group()[:-1] + bracket
        at = self._closer(closer, opener.end(), limit)
        if at < 0:
            if self.syntax is Syntax.MARKDOWN:  # an escaped bracket of the prose
                return opener.end(), None
            return opener.end(), self._unclosed(opener, closer)
        inside = self.text[opener.end() : at]
        if self.syntax is Syntax.MARKDOWN and not _MATHEMATICAL.search(inside) and len(inside) > 12:
            return opener.end(), None
        end = at + len(closer)
        return end, self._found((opener.start(), end), (opener.end(), at), displayed)

    def _code(self, opener: re.Match[str]) -> tuple[int, Item | None]:
        if self.syntax is Syntax.LATEX:
            return opener.end(), None
        ticks = opener.group()
        limit, at = self._paragraph(opener.end()), opener.end()
        if self.missing.get(ticks, -1) == limit:
            return opener.end(), None
        while (at := self.text.find(ticks, at, limit)) >= 0:
            end = at + len(ticks)
            if self.text[end : end + 1] != "`" and self.text[at - 1] != "`":
                return end, None
            while self.text[end : end + 1] == "`":
                end += 1
            at = end
        self.missing[ticks] = limit
        return opener.end(), None

    def _display(self, opener: re.Match[str]) -> tuple[int, Item | None]:
        at = self._closer("$$", opener.end())
        if at < 0:
            return opener.end(), self._unclosed(opener, "$$")
        return at + 2, self._found((opener.start(), at + 2), (opener.end(), at), True)

    def _dollar(self, opener: re.Match[str]) -> tuple[int, Item | None]:
        start = opener.end()
        limit = self._paragraph(start)
        close = None
        for mark in _DOLLAR.finditer(self.text, start, limit):
            if mark[1]:
                close = mark
                break
        if close is None or len(close[1]) > 1:
            if self.syntax is Syntax.LATEX:
                return start, self._unclosed(opener, "$")
            return start, None
        inside = self.text[start : close.start()]
        if self.syntax is Syntax.MARKDOWN and not self._is_inline(inside, close.end()):
            return start, None
        outer = (opener.start(), close.end())
        return close.end(), self._found(outer, (start, close.start()), False)

    def _is_inline(self, inside: str, behind: int) -> bool:
        """Whether two dollars hold a formula, or are prices."""
        if not inside.strip() or self.text[behind : behind + 1].isdigit():
            return False
        if "`" in inside:  # code binds tighter
            return False
        mathematical = _MATHEMATICAL.search(inside.replace("\\$", "")) is not None
        if inside[0].isspace() or inside[-1].isspace():
            return mathematical
        return mathematical or _PROSE.search(inside) is None


def _definition_end(text: str, at: int, limit: int) -> int:
    r"""The place behind the last brace pair that follows a `\newcommand`; -1 where a brace is never closed."""
    depth = 0
    while at < limit:
        char = text[at]
        if char == "\\":
            at += 2
            continue
        if char == "{":
            depth += 1
        elif char == "}":
            depth -= 1
            if depth <= 0 and not re.match(r"\s*[\[{\\#]", text[at + 1 : at + 20]):
                return at + 1
            if depth <= 0 and re.match(r"\s*\\", text[at + 1 : at + 20]):
                return at + 1
        elif char == "\n" and depth == 0 and text[at + 1 : at + 2] == "\n":
            return at
        at += 1
    return limit if depth <= 0 else -1


def _only_definitions(text: str) -> bool:
    """Whether nothing but definitions stands in a stretch of text."""
    while (opener := re.search(_DEFINERS, text)) is not None:
        end = _definition_end(text, opener.end(), len(text))
        if end < 0:
            return False
        text = text[: opener.start()] + text[end:]
    return not text.strip()


def convention_lines(source: Source, start: int, end: int, block: int) -> Iterator[ConventionLine]:
    """The lines `key: value` between two offsets; a line without a key has the key ''."""
    at = start
    for line in source.text[start:end].splitlines(keepends=True):
        found = _CONVENTION.match(line)
        content = line.strip()
        if found is not None:
            value = _REMARK.sub("", found[2].rstrip()).strip()
            begin = at + found.start(1)
            yield ConventionLine(Span(source, begin, at + len(line.rstrip())), found[1], value, block)
        elif content and not content.startswith("#"):
            begin = at + line.index(content[0])
            yield ConventionLine(Span(source, begin, begin + len(content)), "", content, block)
        at += len(line)


def merged(
    source: Source, text: str, syntax: Syntax, lines: list[ConventionLine], macros: Macros | None = None
) -> Iterator[Item]:
    """Formulas and convention lines in document order, each formula with its commands in force."""
    finder = Finder(source, text, syntax, macros or Macros())
    waiting = list(reversed(lines))
    own = Macros()
    for item in finder.find():
        while waiting and waiting[-1].span.start < item.span.start:
            own = _obeyed(own, waiting[-1])
            yield waiting.pop()
        if isinstance(item, Found) and own.table:
            combined = item.macros.joined(own)
            item = Found(item.span, item.outer, item.displayed, combined, item.text)
        yield item
    yield from reversed(waiting)


def _obeyed(macros: Macros, line: ConventionLine) -> Macros:
    return macros.including_convention(line.value) if line.key == "macro" else macros
