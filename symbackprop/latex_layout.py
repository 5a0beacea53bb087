"""Displayed equations: aligned lines, and where a line that is too long for the page is broken.

Widths are estimates in em; they need not be exact, only larger than half and smaller than twice the truth.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from symbackprop.latex_formulas import BREAK, solid

TEXT_WIDTH = 40.0  # em, of a page's line less a margin for what the estimate misses
INDENT = 2.0
SCRIPT = 0.7


@dataclass(frozen=True)
class Line:
    """`left = right`, and the condition under which it holds; an empty left continues the line before."""

    left: str
    right: str
    condition: str = ""


@dataclass(frozen=True)
class Display:
    """Lines, one below the other; with `columns`, short equations side by side."""

    lines: tuple[Line, ...]
    columns: int = 1


def display(block: Display) -> str:
    """An `align*` environment."""
    if block.columns > 1:
        cells = [f"{solid(line.left)} &= {solid(line.right)}" for line in block.lines]
        rows = [" & ".join(cells[at : at + block.columns]) for at in range(0, len(cells), block.columns)]
    else:
        margin = max(width(line.left) for line in block.lines)
        if any(line.condition for line in block.lines):  # the conditions are a column, beside every line
            margin += max(width(line.condition) for line in block.lines) + 2.0
        rows = [row for line in block.lines for row in _rows(line, TEXT_WIDTH - margin)]
    body = " \\\\\n".join(f"  {row}" for row in rows)
    return f"\\begin{{align*}}\n{body}\n\\end{{align*}}"


def _rows(line: Line, room: float) -> list[str]:
    condition = f" && {line.condition}" if line.condition else ""
    pieces = broken(line.right, room)
    left = f"{solid(line.left)} " if line.left else ""
    rows = [f"{left}&= {pieces[0]}{condition if len(pieces) == 1 else ''}"]
    rows += [rf"&\qquad {{}} {piece}" for piece in pieces[1:]]
    if condition and len(pieces) > 1:
        rows[-1] += condition
    return rows


def broken(text: str, room: float) -> list[str]:
    """The text in pieces that fit; each piece but the first begins with a sign."""
    if width(text) <= room:
        return [solid(text)]
    pieces: list[str] = []
    rest = _of_fixed_size(text)
    while width(rest) > room - (INDENT if pieces else 0.0):
        at = _best_break(rest, room - (INDENT if pieces else 0.0))
        if at is None:
            break
        pieces.append(solid(rest[:at]))
        rest = rest[at + len(BREAK) :].lstrip()
    return [*pieces, solid(rest)]


def _best_break(text: str, room: float) -> int | None:
    """The last break that fits, at the least depth of parentheses; the first one of all where none fits."""
    places = [(text.count("(", 0, at) - text.count(")", 0, at), at) for at in _breaks(text)]
    if not places:
        return None
    fitting = [(depth, at) for depth, at in places if room / 3 <= width(text[:at]) <= room]
    if not fitting:
        return min(at for _, at in places)
    least = min(depth for depth, _ in fitting)
    return max(at for depth, at in fitting if depth == least)


def _breaks(text: str) -> Iterator[int]:
    return (match.start() for match in re.finditer(BREAK, text))


def _of_fixed_size(text: str) -> str:
    """`\\left(` and `\\right)` must stand on one line; `\\Bigl(` need not."""
    size = "Big" if r"\frac" in text or r"\sum" in text else "big"
    return text.replace(r"\left(", rf"\{size}l(").replace(r"\right)", rf"\{size}r)")


# widths

_TOKEN = re.compile(r"\\[A-Za-z]+|\\.|[{}_^]|\S")
_WIDE = {"=": 1.9, "+": 1.9, "-": 1.9, "(": 0.4, ")": 0.4, "[": 0.3, "]": 0.3, "'": 0.3, ",": 0.4, BREAK: 0.0}
_COMMANDS = {
    r"\sum": 1.5, r"\odot": 1.3, r"\oslash": 1.3, r"\nabla": 0.9, r"\left": 0.2, r"\right": 0.2, r"\quad": 1.0,
    r"\qquad": 2.0, r"\tanh": 2.1, r"\log": 1.4, r"\max": 1.9, r"\min": 1.7, r"\arctan": 3.0, r"\dots": 1.5,
    r"\le": 1.6, r"\operatorname": 0.2, r"\text": 0.0, r"\mathsf": 0.0, r"\mathbf": 0.0, r"\sqrt": 0.8,
    r"\bigl": 0.1, r"\bigr": 0.1, r"\Bigl": 0.2, r"\Bigr": 0.2, r"\lvert": 0.3, r"\rvert": 0.3,
}  # fmt: skip


def width(text: str) -> float:
    """About how wide the formula is set, in em."""
    return _run(iter(_TOKEN.findall(text)))


def _run(tokens: Iterator[str]) -> float:
    """The width up to the closing brace that ends this group, or to the end."""
    total = script = 0.0
    for token in tokens:
        if token == "}":
            break
        if token in "_^":  # subscript and superscript stand above each other: the wider one counts
            wide = SCRIPT * _argument(tokens)
            total += max(0.0, wide - script)
            script = max(script, wide)
            continue
        script = 0.0
        if token == "{":
            total += _run(tokens)
        elif token == r"\frac":
            total += max(_argument(tokens), _argument(tokens)) + 0.3
        else:
            total += _COMMANDS.get(token, 0.65) if token.startswith("\\") else _WIDE.get(token, 0.55)
    return total


def _argument(tokens: Iterator[str]) -> float:
    token = next(tokens, "")
    return _run(tokens) if token == "{" else 0.55
