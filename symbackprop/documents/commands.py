"""What the lexer does at each control word and symbol that is no plain table entry."""

from __future__ import annotations

import re
from collections.abc import Callable
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from symbackprop.documents import vocabulary as known
from symbackprop.documents.matching import solid_after
from symbackprop.documents.prose import word
from symbackprop.documents.syntax import (
    DifferentialSymbol,
    MarkKind,
    RelationKind,
    Side,
)
from symbackprop.documents.tokens import NotRead, Raw, RawToken, Reading, Terminal, Token

if TYPE_CHECKING:
    from symbackprop.documents.lexer import Lexer

Command = Callable[["Lexer", int, RawToken], None]
_POINTS: Final = MappingProxyType({"em": 10.0, "ex": 4.3, "pt": 1.0, "in": 72.27, "cm": 28.45, "mm": 2.845})
_UPRIGHT: Final = (r"\mathrm", r"\rm", r"\text", r"\textrm", r"\operatorname", r"\mathbf")


def _prime(lexer: Lexer, at: int, token: RawToken) -> None:
    lexer.emit(Terminal.PRIME, token)


def _script(lexer: Lexer, at: int, token: RawToken) -> None:
    start, end = lexer.argument(at + 1)
    inside = [
        t for t in lexer.tokens[start : end + 1] if t.kind is not Raw.SPACE and t.text not in "{}"
    ]
    if token.text == "^" and inside and all(t.text in ("'", r"\prime") for t in inside):
        for prime in inside:
            lexer.emit(Terminal.PRIME, prime)
        lexer.at = end + 1
        return
    if at in lexer.annotations:
        lexer.emit(Terminal.ANNOTATE, token)
        lexer.required.add(start)
        return
    if token.text == r"\_":
        token = RawToken(Raw.SYMBOL, "_", token.span)
        lexer.readings.append(Reading(token.span, r"`\_` is read as a subscript"))
    lexer.emit(Terminal.SUB if token.text == "_" else Terminal.SUP, token)
    if start == end:
        lexer.single.add(start)
    else:
        lexer.required.add(start)
    lexer.scripts.append(end)
    if lexer.text_at(start) == "(":
        text = f"`{token.text}(` without braces: the whole bracket is taken for the script"
        lexer.readings.append(Reading(token.span, text))


def _is_operator(lexer: Lexer, start: int, end: int) -> bool:
    r"""Whether the tokens from `start` to `end` are a bare `\partial`, `d`, `\partial^2`."""
    at = solid_after(lexer.tokens, start)
    while lexer.text_at(at) == r"\color":
        at = solid_after(lexer.tokens, lexer.pairs.get(solid_after(lexer.tokens, at + 1), at) + 1)
    first = lexer.text_at(at)
    letters = [t for t in lexer.tokens[at:end] if t.kind is not Raw.SPACE and t.text not in "{}"]
    texts = [t.text for t in letters]
    if first in _UPRIGHT and texts[1:2] == ["d"]:
        texts = texts[1:]
    elif first not in (r"\partial", "d"):
        return False
    return len(texts) == 1 or (texts[1] == "^" and len(texts) == 3)


def _leads_with_d(lexer: Lexer, start: int, end: int) -> int:
    """Place of a letter d at the front of an argument; -1 where there is none."""
    at = lexer.solid(start + 1)
    while lexer.text_at(at) == "{":
        at = lexer.solid(at + 1)
    return at if at < end and lexer.text_at(at) == "d" else -1


def _fraction(lexer: Lexer, at: int, token: RawToken) -> None:
    above = lexer.argument(at + 1)
    below = lexer.argument(above[1] + 1)
    operator = above[0] < above[1] and _is_operator(lexer, above[0] + 1, above[1])
    lexer.emit(Terminal.FRAC_OP if operator else Terminal.FRAC, token)
    for start, end in (above, below):
        if start == end:
            lexer.single.add(start)
        else:
            lexer.required.add(start)
    _mark_differentials(lexer, above, below)


def _mark_differentials(lexer: Lexer, above: tuple[int, int], below: tuple[int, int]) -> None:
    leads = [_leads_with_d(lexer, *above), _leads_with_d(lexer, *below)]
    if min(leads) >= 0:
        lexer.differentials.update(leads)


def mark_overs(lexer: Lexer) -> None:
    r"""Finds the braces around each `\over`, and whether they hold an operator."""
    opened: list[int] = []
    for index, token in enumerate(lexer.tokens):
        if index in lexer.pairs:
            opened.append(index)
        elif index in lexer.closes:
            opened.pop()
        elif token.kind is Raw.CONTROL and token.text == r"\over" and opened:
            start = opened[-1]
            lexer.required.add(start)
            if _is_operator(lexer, start + 1, index):
                lexer.operator_braces.add(start)
            _mark_differentials(lexer, (start, index), (index, lexer.pairs[start]))


def _over(lexer: Lexer, at: int, token: RawToken) -> None:
    lexer.emit(Terminal.OVER, token)


def _slash(lexer: Lexer, at: int, token: RawToken) -> None:
    lexer.emit(Terminal.SLASH, token)


def _point(lexer: Lexer, at: int, token: RawToken) -> None:
    lexer.point(token)


def _bars(lexer: Lexer, at: int, token: RawToken) -> None:
    text = token.text
    size = _size_before(lexer, at)
    opens = text in (r"\lvert", r"\lVert") or size in known.OPENING_SIZES
    closes = text in (r"\rvert", r"\rVert") or size in known.CLOSING_SIZES
    if size == r"\middle":
        lexer.emit(Terminal.MARK, token, MarkKind.BAR)
    else:
        lexer.bar(token, 2 if text == "||" else known.BARS[text], opens=opens, closes=closes)


def _size_before(lexer: Lexer, at: int) -> str:
    at -= 1
    while at >= 0 and lexer.tokens[at].kind is Raw.SPACE:
        at -= 1
    return lexer.tokens[at].text if at >= 0 else ""


def _size(lexer: Lexer, at: int, token: RawToken) -> None:
    place = solid_after(lexer.tokens, at + 1)
    if lexer.text_at(place) == "." or place in lexer.one_sided:
        lexer.at = place + 1


def _ampersand(lexer: Lexer, at: int, token: RawToken) -> None:
    if lexer.environments and lexer.environments[-1][1] is not None:
        lexer.emit(Terminal.CELL, token)
    elif not lexer.environments or lexer.environments[-1][0] != "eqnarray":
        lexer.emit(Terminal.MARK, token, MarkKind.COLUMN)


def _row(lexer: Lexer, at: int, token: RawToken) -> None:
    _skip_length_option(lexer)
    following = lexer.solid(lexer.at)
    if lexer.environments and lexer.environments[-1][1] is not None:
        if lexer.text_at(following) != r"\end" and lexer.text_at(following) != "\\\\":
            lexer.emit(Terminal.ROW, token)
    else:
        lexer.emit(Terminal.MARK, token, MarkKind.BREAK)


def _skip_length_option(lexer: Lexer) -> None:
    r"""The `[2pt]` behind a row break."""
    if lexer.text_at(lexer.at) != "[":
        return
    end = lexer.at + 1
    while end < len(lexer.tokens) and lexer.text_at(end) != "]" and end < lexer.at + 8:
        end += 1
    inside = lexer.plain(lexer.at + 1, end).strip()
    if lexer.text_at(end) == "]" and inside[-2:] in ("pt", "em", "ex", "mm", "cm", "mu", "in"):
        lexer.at = end + 1


def _environment_name(lexer: Lexer, at: int) -> tuple[str, int]:
    start, end = lexer.argument(at + 1)
    return lexer.plain(start + 1, end).strip().rstrip("*"), end + 1


def _begin(lexer: Lexer, at: int, token: RawToken) -> None:
    name, lexer.at = _environment_name(lexer, at)
    behind_brace = _one_sided_before(lexer, at)
    inside = bool(lexer.out)
    closing: Terminal | None = None
    if name in known.MATRIX_ENVIRONMENTS:
        closing = Terminal.MATRIX_CLOSE
    elif name in known.CASES_ENVIRONMENTS:
        closing = Terminal.CASES_CLOSE if inside else None
    elif name == "array":
        if inside:
            closing = Terminal.CASES_CLOSE if behind_brace else Terminal.MATRIX_CLOSE
        else:
            name = "eqnarray"
    elif name not in known.DISPLAY_ENVIRONMENTS:
        raise NotRead(token.span, f"the environment `{name}`", "one of displayed formulas")
    _skip_options(lexer, name)
    lexer.environments.append((name, closing, token.span))
    if closing is Terminal.MATRIX_CLOSE:
        lexer.emit(Terminal.MATRIX_OPEN, token, name)
    elif closing is Terminal.CASES_CLOSE:
        lexer.emit(Terminal.CASES_OPEN, token, name)


def _one_sided_before(lexer: Lexer, at: int) -> bool:
    at -= 1
    while at >= 0 and lexer.tokens[at].kind is Raw.SPACE:
        at -= 1
    return at in lexer.one_sided


def _skip_options(lexer: Lexer, name: str) -> None:
    """Column specifications and `[t]`, which lay out and say nothing."""
    at = solid_after(lexer.tokens, lexer.at)
    if lexer.text_at(at) == "[" and lexer.text_at(at + 2) == "]" and lexer.text_at(at + 1) in "tbcr":
        lexer.at = at + 3
    needs = name in ("array", "alignat", "alignedat", "IEEEeqnarray") or (
        name == "eqnarray" and _looks_like_columns(lexer, at)
    )
    if needs:
        at = solid_after(lexer.tokens, lexer.at)
        if at in lexer.pairs:
            lexer.at = lexer.pairs[at] + 1


def _looks_like_columns(lexer: Lexer, at: int) -> bool:
    return at in lexer.pairs and set(lexer.plain(at + 1, lexer.pairs[at])) <= set("lcr| @{}")


def _end(lexer: Lexer, at: int, token: RawToken) -> None:
    name, lexer.at = _environment_name(lexer, at)
    if not lexer.environments:
        raise NotRead(token.span, rf"`\end{{{name}}}`", rf"`\begin{{{name}}}` before it")
    opened, closing, _ = lexer.environments.pop()
    if opened != name and not (opened == "eqnarray" and name == "array"):
        raise NotRead(token.span, rf"`\end{{{name}}}`", rf"`\end{{{opened}}}`")
    if closing is not None:
        lexer.emit(closing, token, name)


def _label(lexer: Lexer, at: int, token: RawToken) -> None:
    place = at + 2 if lexer.text_at(at + 1) == "*" else at + 1
    start, end = lexer.argument(place)
    text = token.text + "{" + lexer.plain(start, end + 1).strip("{}") + "}"
    span = token.span.to(lexer.tokens[end].span)
    lexer.put(Token(Terminal.MARK, text, span, MarkKind.LABEL))
    lexer.at = end + 1


def _is_wide(length: str) -> bool:
    """Whether a length is at least that of \\quad, an em of a ten-point font."""
    found = re.fullmatch(r"\{?\s*([0-9]*\.?[0-9]+)\s*([a-z]{2})\s*\}?", length)
    return found is not None and float(found[1]) * _POINTS.get(found[2], 0.0) >= _POINTS["em"]


def _layout_with_argument(lexer: Lexer, at: int, token: RawToken) -> None:
    place = at + 2 if lexer.text_at(at + 1) == "*" else at + 1
    for _ in range(known.LAYOUT_WITH_ARGUMENT[token.text]):
        start, end = lexer.argument(place)
        place = end + 1
    lexer.at = place
    if token.text == r"\hspace" and _is_wide(lexer.plain(start, end + 1)) and not lexer.open:
        lexer.emit(Terminal.MARK, token, MarkKind.SPACE)
    if token.text in (r"\textcolor", r"\colorbox", r"\fcolorbox", r"\class", r"\cssId", r"\style"):
        lexer.drop_braces(place)


def _boxed(lexer: Lexer, at: int, token: RawToken) -> None:
    lexer.drop_braces(at + 1)


def _length(lexer: Lexer, at: int, token: RawToken) -> None:
    r"""`\kern-2ex`: the length behind the command."""
    at = solid_after(lexer.tokens, lexer.at)
    if lexer.text_at(at) in ("+", "-", "−"):
        at += 1
    if lexer.tokens[at : at + 1] and lexer.tokens[at].kind is Raw.DIGITS:
        at = solid_after(lexer.tokens, at + 1)
        lexer.at = min(at + 2, len(lexer.tokens))


def _horizontal_brace(lexer: Lexer, at: int, token: RawToken) -> None:
    side = Side.UNDER if token.text.startswith(r"\under") else Side.OVER
    lexer.emit(Terminal.HORIZONTAL_BRACE, token, side)
    place = lexer.solid(lexer.require(at + 1))
    if lexer.text_at(place) == side.value and lexer.text_at(lexer.solid(place + 1)) == "{":
        lexer.annotations.add(place)


def _root(lexer: Lexer, at: int, token: RawToken) -> None:
    place = lexer.solid(at + 1)
    degree = lexer.text_at(place) == "["
    lexer.emit(Terminal.SQRT_N if degree else Terminal.SQRT, token)
    if degree:
        while place < len(lexer.tokens) and lexer.text_at(place) != "]":
            place += 1
    lexer.require(place + 1 if degree else place)


def _partial(lexer: Lexer, at: int, token: RawToken) -> None:
    operator = lexer.text_at(lexer.solid(at + 1)) == "_"
    symbol = DifferentialSymbol.PARTIAL
    lexer.emit(Terminal.PARTIAL_OP if operator else Terminal.PARTIAL, token, symbol)


def _nabla(lexer: Lexer, at: int, token: RawToken) -> None:
    lexer.emit(Terminal.NABLA, token)


def _stacked(lexer: Lexer, at: int, token: RawToken) -> None:
    note = lexer.argument(at + 1)
    base = lexer.argument(note[1] + 1)
    solid = [t for t in lexer.tokens[base[0] : base[1] + 1] if t.kind is not Raw.SPACE]
    relation = len(solid) == 3 and solid[1].text in known.RELATIONS
    side = Side.UNDER if token.text == r"\underset" else Side.OVER
    lexer.emit(Terminal.STACKREL if relation else Terminal.OVERSET, token, side)
    lexer.require(at + 1)
    lexer.require(note[1] + 1)


def _not(lexer: Lexer, at: int, token: RawToken) -> None:
    place = lexer.solid(at + 1)
    negated = known.NEGATIONS.get(lexer.text_at(place))
    if negated is None:
        raise NotRead(token.span, r"`\not`", r"`=` or `\in` behind it")
    span = token.span.to(lexer.tokens[place].span)
    kind: RelationKind = known.RELATIONS[negated]
    lexer.put(Token(Terminal.REL, negated, span, kind))
    lexer.at = place + 1


def _table() -> dict[str, Command]:
    table: dict[str, Command] = {
        "'": _prime, r"\prime": _prime, "^": _script, "_": _script, r"\_": _script,
        r"\over": _over, "/": _slash, r"\slash": _slash, ".": _point, "||": _bars,
        "&": _ampersand, "\\\\": _row, r"\cr": _row, r"\newline": _row,
        r"\begin": _begin, r"\end": _end,
        r"\boxed": _boxed, r"\fbox": _boxed,
        r"\underbrace": _horizontal_brace, r"\overbrace": _horizontal_brace,
        r"\sqrt": _root, r"\partial": _partial, r"\nabla": _nabla,
        r"\stackrel": _stacked, r"\overset": _stacked, r"\underset": _stacked, r"\not": _not,
    }  # fmt: skip
    for names, command in (
        (known.FRACTIONS, _fraction),
        (known.BARS, _bars),
        (known.SIZES, _size),
        (known.LABELS, _label),
        (known.LAYOUT_WITH_ARGUMENT, _layout_with_argument),
        (known.LENGTHS, _length),
        (known.WORD_COMMANDS, word),
    ):
        table.update(dict.fromkeys(names, command))
    return table


COMMANDS: Final = MappingProxyType(_table())
