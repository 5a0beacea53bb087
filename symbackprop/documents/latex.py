"""LaTeX: comments and verbatim text are blanked, at the same length."""

from __future__ import annotations

import re
from typing import Final

from symbackprop.documents.find import ConventionLine, convention_lines
from symbackprop.documents.source import Source

_CONVENTION: Final = re.compile(r"^[ \t]*%+[ \t]*symbackprop:[ \t]*", re.MULTILINE)
_SKIPPED: Final = re.compile(
    r"\\begin\{(verbatim|lstlisting|minted|comment|Verbatim|tikzpicture)\*?\}.*?\\end\{\1\*?\}"
    r"|\\verb\*?([^A-Za-z\s])[^\n]*?\2"
    r"|(?<!\\)((?:\\\\)*)%[^\n]*"
    r"|\\iffalse\b.*?\\fi\b",
    re.DOTALL,
)
_NOT_NEWLINE: Final = re.compile(r"[^\n]")


def _blank(found: re.Match[str]) -> str:
    kept = found[3] or ""  # backslash pairs before a comment sign are row breaks
    return kept + _NOT_NEWLINE.sub(" ", found.group()[len(kept) :])


def blanked(source: Source) -> tuple[str, list[ConventionLine]]:
    """The text with everything blank that cannot hold a formula, and the conventions lines.

    Lines `% symbackprop:` that stand together are one block.
    """
    conventions: list[ConventionLine] = []
    block, last_line = -1, -2
    for head in _CONVENTION.finditer(source.text):
        end = source.text.find("\n", head.end())
        end = len(source.text) if end < 0 else end
        line = source.position(head.start())[0]
        block += line != last_line + 1
        last_line = line
        conventions.extend(convention_lines(source, head.end(), end, block))
    return _SKIPPED.sub(_blank, source.text), conventions
