"""Which brace closes which, and which plain braces are mere layout."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from symbackprop.documents.tokens import NotRead, Raw, RawToken
from symbackprop.documents.vocabulary import PRODUCT_SIGNS, RELATIONS, SIGNS

MAX_NESTING: Final = 100


def braces(tokens: Sequence[RawToken]) -> dict[int, int]:
    """From the place of each `{` to the place of its `}`; raises where one has no partner."""
    pairs: dict[int, int] = {}
    opened: list[int] = []
    for index, token in enumerate(tokens):
        if token.kind is not Raw.SYMBOL:
            continue
        if token.text == "{":
            opened.append(index)
            if len(opened) > MAX_NESTING:
                raise NotRead(token.span, f"braces nested more than {MAX_NESTING} deep", "fewer")
        elif token.text == "}":
            if not opened:
                raise NotRead(token.span, "`}` that closes nothing", "`{` before it")
            pairs[opened.pop()] = index
    if opened:
        raise NotRead(tokens[opened[-1]].span, "`{` that is never closed", "`}`")
    return pairs


def solid_after(tokens: Sequence[RawToken], at: int) -> int:
    """The place of the first token from `at` on that is no space; the length where none is left."""
    while at < len(tokens) and tokens[at].kind is Raw.SPACE:
        at += 1
    return at


def is_layout(tokens: Sequence[RawToken], start: int, end: int, pairs: dict[int, int]) -> bool:
    """Whether the plain braces at `start` and `end` group nothing that an expression could be.

    They do not where they hold nothing, a lone sign, a relation or a row break; where they cross
    round brackets (`(y{(x) - t)}`); and where they only wrap one bracket (`\\exp{(x)}`).
    """
    start = solid_after(tokens, start + 1)
    while tokens[start].text == r"\color" and solid_after(tokens, start + 1) in pairs:
        start = solid_after(tokens, pairs[solid_after(tokens, start + 1)] + 1)
    inside = [i for i in range(start, end) if tokens[i].kind is not Raw.SPACE]
    if not inside:
        return True
    first, last = tokens[inside[0]].text, tokens[inside[-1]].text
    if len(inside) == 1:
        return first in SIGNS or first in RELATIONS or first in PRODUCT_SIGNS
    depth, closed_early, index, separates = 0, False, inside[0], False
    while index < end:
        text = tokens[index].text
        if text == "{" and index in pairs:
            index = pairs[index]
        elif text in ("(", "["):
            depth += 1
        elif text in (")", "]"):
            depth -= 1
            if depth < 0:
                return True
            closed_early = closed_early or (depth == 0 and index != inside[-1])
        elif depth == 0 and (text in RELATIONS or text in ("&", "\\\\", ",", ";")):
            separates = True
        index += 1
    whole = first in ("(", "[") and last in (")", "]") and not closed_early
    return depth != 0 or separates or whole


def one_sided(tokens: Sequence[RawToken]) -> set[int]:
    r"""Places of the `\left\{` braces whose `\right` is a dot: the brace of cases or of a system."""
    opened: list[int] = []
    found: set[int] = set()
    for index, token in enumerate(tokens):
        if token.kind is not Raw.CONTROL:
            continue
        if token.text == r"\left":
            opened.append(index)
        elif token.text == r"\right" and opened:
            left = solid_after(tokens, opened.pop() + 1)
            right = solid_after(tokens, index + 1)
            dotted = right < len(tokens) and tokens[right].text == "."
            if dotted and left < len(tokens) and tokens[left].text in (r"\{", r"\lbrace"):
                found.add(left)
    return found
