"""Runs of letters: single-letter variables, words that are one name, functions, differentials."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from symbackprop.documents import vocabulary as known
from symbackprop.documents.syntax import DifferentialSymbol, MarkKind, NameKind
from symbackprop.documents.tokens import Raw, Reading, Terminal, Token

if TYPE_CHECKING:
    from symbackprop.documents.lexer import Lexer

_LONG_FUNCTIONS: Final = tuple(
    sorted((w for w in known.BARE_FUNCTIONS if len(w) > 2), key=len, reverse=True)
)


def pieces(lexer: Lexer, start: int, end: int) -> Iterator[Token]:
    """The terminals that the letters from `start` to `end` make."""
    run = lexer.plain(start, end).replace("\\_", "_")
    if run in known.PROSE_WORDS and not lexer.in_script():
        span = lexer.tokens[start].span.to(lexer.tokens[end - 1].span)
        yield Token(Terminal.MARK, run, span, MarkKind.TEXT)
    elif lexer.in_script():
        yield from _in_script(lexer, run, start, end)
    elif run in lexer.names or run in known.BARE_WORDS or "_" in run:
        yield _whole(lexer, run, start, end, NameKind.WORD)
    elif run in known.BARE_FUNCTIONS:
        yield _whole(lexer, run, start, end, NameKind.FUNCTION)
    elif start in lexer.differentials or _is_differential(lexer, run, start, end):
        token = lexer.tokens[start]
        yield Token(Terminal.D, token.text, token.span, DifferentialSymbol.D)
        if end > start + 1:
            yield from pieces(lexer, start + 1, end)
    else:
        yield from _product_or_word(lexer, run, start, end)


def _whole(lexer: Lexer, run: str, start: int, end: int, kind: NameKind) -> Token:
    span = lexer.tokens[start].span.to(lexer.tokens[end - 1].span)
    terminal = Terminal.FUNCTION if kind is NameKind.FUNCTION else Terminal.NAME
    return Token(terminal, run, span, (run, kind))


def _letters(lexer: Lexer, start: int, end: int) -> Iterator[Token]:
    for token in lexer.tokens[start:end]:
        yield Token(Terminal.NAME, token.text, token.span, (token.text, NameKind.LETTER))


def _in_script(lexer: Lexer, run: str, start: int, end: int) -> Iterator[Token]:
    """Indices are single letters; only customary words stay whole."""
    if len(run) > 2 and run in known.BARE_FUNCTIONS:
        yield _whole(lexer, run, start, end, NameKind.FUNCTION)
    elif (len(run) > 2 and (run in known.BARE_WORDS or run in lexer.names)) or "_" in run:
        yield _whole(lexer, run, start, end, NameKind.WORD)
    else:
        yield from _letters(lexer, start, end)


def _is_differential(lexer: Lexer, run: str, start: int, end: int) -> bool:
    """`dx`, `dC`, and a d that touches a Greek letter or an accent."""
    if run[0] != "d":
        return False
    if len(run) == 2:
        return run[1] != "d"
    follower = lexer.tokens[end] if end < len(lexer.tokens) else None
    return (
        len(run) == 1
        and follower is not None
        and follower.kind is Raw.CONTROL
        and any(follower.text in names for names in (known.GREEK, known.DECORATIONS, known.FUNCTIONS))
    )


def _product_or_word(lexer: Lexer, run: str, start: int, end: int) -> Iterator[Token]:
    tail = _function_tail(lexer, run, end)
    if tail:
        yield from _letters(lexer, start, end - tail)
        yield _whole(lexer, run[-tail:], end - tail, end, NameKind.FUNCTION)
        return
    lower = len(run) > 2 and run.islower()
    camel = len(run) > 3 and run[0].islower() and any(c.isupper() for c in run)
    if not (lower or camel):
        yield from _letters(lexer, start, end)
        return
    whole = _whole(lexer, run, start, end, NameKind.WORD)
    lexer.readings.append(Reading(whole.span, f"`{run}` is read as one name"))
    yield whole


def _function_tail(lexer: Lexer, run: str, end: int) -> int:
    """How many last letters are a function's name: the 3 of `ylog(a)`."""
    follower = lexer.text_at(lexer.solid(end))
    if follower not in ("(", "\\left", "{", "_", "\\hat", "["):
        return 0
    return next((len(w) for w in _LONG_FUNCTIONS if run.endswith(w)), 0)
