"""Markdown: what is code, comment or quote mark is blanked, at the same length."""

from __future__ import annotations

import re
from functools import cache
from typing import Final

from markdown_it import MarkdownIt
from mdit_py_plugins.amsmath import amsmath_plugin
from mdit_py_plugins.dollarmath import dollarmath_plugin
from mdit_py_plugins.front_matter import front_matter_plugin

from symbackprop.documents.find import ConventionLine, convention_lines
from symbackprop.documents.source import Source

_COMMENT: Final = re.compile(r"<!--(.*?)(?:-->|\Z)", re.DOTALL)
_CONVENTIONS: Final = re.compile(r"\s*symbackprop\b:?")
_CODE_ELEMENT: Final = re.compile(r"<(script|style|pre|code|textarea)\b", re.IGNORECASE)
_QUOTE: Final = re.compile(r"[ \t]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)*>")
_PLAIN: Final = re.compile(r"[A-Za-z][^`$\\<>|~=\[\]{}#:*_\n\t-]*\n")
MOST_LINES = 200_000
_NOT_NEWLINE: Final = re.compile(r"[^\n]")


class TooManyLines(Exception):
    """A text whose blocks cannot be found in reasonable time; the message says how many lines would be looked at."""


@cache
def _parser() -> MarkdownIt:
    """Blocks only: the inline stage knows no columns, and formulas are found without it."""
    parser = MarkdownIt("commonmark").enable("table")
    parser.use(front_matter_plugin).use(dollarmath_plugin).use(amsmath_plugin)
    parser.core.ruler.enableOnly(["normalize", "block"])
    return parser


def _blank(text: str) -> str:
    return _NOT_NEWLINE.sub(" ", text)


def blanked(source: Source) -> tuple[str, list[ConventionLine]]:
    r"""The text with everything blank that cannot hold a formula, and the conventions lines.

    A fence of kind `math` becomes `$$` around its content.
    """
    # The parser takes lone carriage returns for line ends; here they stay what they are.
    text = source.text.replace("\r\n", " \n").replace("\r", " ")
    lines = text.splitlines(keepends=True) if "\x0c" not in text and "\x0b" not in text else None
    if lines is None:
        lines = [part + "\n" for part in text.split("\n")]
        lines[-1] = lines[-1][:-1]
    skeleton, kept = _skeleton(lines)
    if len(kept) > MOST_LINES:
        raise TooManyLines(f"{len(kept)} lines that are not plain text")
    for token in _parser().parse(skeleton):
        if token.map is None:
            continue
        first, last = (kept[number] for number in token.map)
        if token.type == "fence":
            _fence(lines, first, last, token.info.strip().split(" ")[0] in ("math", "{math}"))
        elif token.type in ("code_block", "front_matter"):
            lines[first:last] = [_blank(line) for line in lines[first:last]]
        elif token.type == "blockquote_open":
            for number in range(first, min(last, len(lines))):
                mark = _QUOTE.match(lines[number])
                if mark is not None:
                    head = lines[number][: mark.end()]
                    lines[number] = " " * len(head) + lines[number][mark.end() :]
    return _without_comments(source, "".join(lines))


def _skeleton(lines: list[str]) -> tuple[str, list[int]]:
    """The lines that the blocks depend on, and the place of each among all lines.

    Left out are plain lines that follow a plain line, with the blank lines between: text at the margin without any
    mark begins no block and ends none that the first one has not ended.
    """
    made, kept, plain, blank = [], [], False, False
    for number, line in enumerate(lines):
        if line.isspace():
            blank = True
            if plain:
                continue
        elif _PLAIN.fullmatch(line):
            blank = False
            if plain:
                continue
            plain = True
        else:
            if plain and blank:
                made.append("\n")
                kept.append(number - 1)
            plain = blank = False
        made.append(line)
        kept.append(number)
    return "".join(made), [*kept, len(lines)]


def _fence(lines: list[str], first: int, last: int, formula: bool) -> None:
    end = min(last, len(lines))
    closed = end - first > 1 and lines[end - 1].strip(" >\t\n")[:3] in ("```", "~~~")
    for number in range(first, end):
        edge = number == first or (number == end - 1 and closed)
        if formula and edge and closed:
            at = re.search(r"```|~~~", lines[number])
            start = at.start() if at is not None else 0
            lines[number] = _blank(lines[number][:start]) + "$$" + _blank(lines[number][start + 2 :])
        elif not formula or edge:
            lines[number] = _blank(lines[number])


def _without_comments(source: Source, text: str) -> tuple[str, list[ConventionLine]]:
    conventions: list[ConventionLine] = []
    pieces: list[str] = []
    at, block = 0, 0
    for comment in _COMMENT.finditer(text):
        if _in_code_span(text, comment.start()):
            continue
        head = _CONVENTIONS.match(text, comment.start(1), comment.end(1))
        if head is not None:
            conventions.extend(convention_lines(source, head.end(), comment.end(1), block))
            block += 1
        pieces.append(text[at : comment.start()])
        pieces.append(_blank(comment.group()))
        at = comment.end()
    pieces.append(text[at:])
    return _without_code_elements("".join(pieces)), conventions


def _without_code_elements(text: str) -> str:
    """Blanks `<pre>…</pre>` and its like; an element that is never closed is left alone."""
    lower = text.lower()
    pieces: list[str] = []
    unclosed: set[str] = set()
    at = 0
    for opening in _CODE_ELEMENT.finditer(text):
        closer = f"</{opening[1].lower()}"
        if opening.start() < at or closer in unclosed:
            continue
        end = lower.find(closer, opening.end())
        if end < 0:
            unclosed.add(closer)
            continue
        pieces += [text[at : opening.start()], _blank(text[opening.start() : end])]
        at = end
    return "".join([*pieces, text[at:]])


def _in_code_span(text: str, at: int) -> bool:
    line = text.rfind("\n", 0, at) + 1
    return text.count("`", line, at) % 2 == 1
