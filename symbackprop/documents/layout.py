"""Takes out of the terminals what only lays out: alignment, spacing, rows that merely wrap."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from symbackprop.documents.syntax import MarkKind, ProductSign, Sign
from symbackprop.documents.tokens import Reading, Terminal, Token

_OPEN: Final = frozenset(
    {
        Terminal.LPAR, Terminal.LSQB, Terminal.LCUR, Terminal.LFENCE, Terminal.LBRACE,
        Terminal.LBRACE_OP, Terminal.BAR_OPEN,
    }
)  # fmt: skip
_CLOSE: Final = frozenset(
    {
        Terminal.RPAR, Terminal.RSQB, Terminal.RCUR, Terminal.RFENCE, Terminal.RBRACE,
        Terminal.BAR_CLOSE,
    }
)  # fmt: skip
_TABLE_EDGES: Final = frozenset(
    {Terminal.MATRIX_OPEN, Terminal.MATRIX_CLOSE, Terminal.CASES_OPEN, Terminal.CASES_CLOSE,
     Terminal.CELL, Terminal.ROW}
)  # fmt: skip
_UNFINISHED: Final = frozenset({Terminal.OPERATOR, Terminal.SIGN, Terminal.SLASH})


def is_mark(token: Token | None, *kinds: MarkKind) -> bool:
    """Whether a terminal is a mark of one of some kinds."""
    return token is not None and token.terminal is Terminal.MARK and token.value in kinds


def _following(tokens: Sequence[Token]) -> list[int]:
    """For each place, that of the next terminal that is no alignment, spacing or row break."""
    places = [len(tokens)] * len(tokens)
    place = len(tokens)
    for index in range(len(tokens) - 1, -1, -1):
        places[index] = place
        if not is_mark(tokens[index], MarkKind.COLUMN, MarkKind.SPACE, MarkKind.BREAK):
            place = index
    return places


class Cleaner:
    """One pass over a formula's terminals."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self.tokens = tokens
        self.kept: list[Token] = []
        self.readings: list[Reading] = []
        self.columns = 0
        self.scripts: list[bool] = []  # for each open bracket, whether it is inside a script
        self.following = _following(tokens)

    def clean(self) -> list[Token]:
        """The terminals that say something."""
        for index, token in enumerate(self.tokens):
            if is_mark(token, MarkKind.COLUMN):
                self._column(index, token)
            elif is_mark(token, MarkKind.BREAK):
                self._break(index, token)
            elif is_mark(token, MarkKind.SPACE):
                self._space(index, token)
            elif token.terminal is Terminal.REL:
                self._relation(index, token)
            elif token.terminal in _UNFINISHED:
                self.kept.append(self._operator(index, token))
            else:
                self._count(token)
                self.kept.append(token)
        while self.kept and is_mark(self.kept[-1], MarkKind.BREAK, MarkKind.SPACE, MarkKind.COLUMN):
            self.kept.pop()
        return self.kept

    def _count(self, token: Token) -> None:
        if token.terminal in _OPEN:
            before = self.kept[-1].terminal if self.kept else None
            inside = bool(self.scripts) and self.scripts[-1]
            self.scripts.append(inside or before in (Terminal.SUB, Terminal.SUP, Terminal.ANNOTATE))
        elif token.terminal in _CLOSE and self.scripts:
            self.scripts.pop()

    def _last(self) -> Token | None:
        return self.kept[-1] if self.kept else None

    def _next(self, index: int) -> Token | None:
        """The next terminal that is no alignment, spacing or row break."""
        place = self.following[index]
        return self.tokens[place] if place < len(self.tokens) else None

    def _column(self, index: int, token: Token) -> None:
        self.columns += 1
        last, after = self._last(), self.tokens[index + 1 : index + 2]
        following = after[0] if after else None
        before = self.tokens[index - 1] if index else None
        if last is None or following is None or is_mark(last, MarkKind.COLUMN):
            return
        even = self.columns % 2 == 0
        if is_mark(last, MarkKind.BREAK) or is_mark(following, MarkKind.COLUMN):
            if even:  # the columns before it are empty in this row
                self.kept.append(token)
            return
        if even and is_mark(before, MarkKind.COLUMN):  # an empty left side in the next column
            self.kept.append(token)
            return
        if last.terminal in (Terminal.REL, *_UNFINISHED) or following.terminal in (Terminal.REL, *_UNFINISHED):
            return
        if is_mark(following, MarkKind.BREAK):
            return
        if even or is_mark(before, MarkKind.COLUMN):
            self.kept.append(token)

    def _break(self, index: int, token: Token) -> None:
        self.columns = 0
        while is_mark(self._last(), MarkKind.SPACE, MarkKind.COLUMN):
            self.kept.pop()
        last, following = self._last(), self._next(index)
        if last is None or following is None or is_mark(last, MarkKind.BREAK):
            return
        if self.scripts or last.terminal in _UNFINISHED:
            if self.scripts and self.scripts[-1]:  # lines of a \substack are items of the script
                self.kept.append(token)
            return
        if last.terminal is Terminal.REL or self._goes_on(index, following, last):
            return
        self.kept.append(token)

    def _goes_on(self, index: int, following: Token, last: Token) -> bool:
        """Whether the next row starts with an operator that needs the row before it."""
        if last.terminal is Terminal.MARK:
            return False
        if following.terminal in (Terminal.OPERATOR, Terminal.SLASH) or following.value is Sign.PLUS:
            return True
        if following.terminal is not Terminal.SIGN:
            return False
        if self._relation_in_row(index):
            return False
        text = "a row that begins with a sign goes on with the row above"
        self.readings.append(Reading(following.span, text))
        return True

    def _relation_in_row(self, index: int) -> bool:
        depth = 0
        for place in range(index + 1, len(self.tokens)):
            token = self.tokens[place]
            depth += (token.terminal in _OPEN) - (token.terminal in _CLOSE)
            if depth == 0 and token.terminal is Terminal.REL:
                return True
            if depth == 0 and is_mark(token, MarkKind.BREAK):
                return False
        return False

    def _space(self, index: int, token: Token) -> None:
        last, following = self._last(), self._next(index)
        if last is None or following is None or last.terminal is Terminal.MARK:
            return
        stays = (Terminal.REL, *_UNFINISHED, *_TABLE_EDGES)
        behind, before = (Terminal.MATRIX_CLOSE, Terminal.CASES_CLOSE), (Terminal.MATRIX_OPEN, Terminal.CASES_OPEN)
        if last.terminal in stays and last.terminal not in behind:
            return
        if following.terminal in stays and following.terminal not in before:
            return
        self.kept.append(token)

    def _relation(self, index: int, token: Token) -> None:
        last = self._last()
        if last is not None and last.terminal is Terminal.REL and last.text == token.text:
            broken = any(is_mark(t, MarkKind.BREAK) for t in self.tokens[max(index - 4, 0) : index])
            if broken:
                self.kept[-1] = Token(Terminal.REL, token.text, last.span.to(token.span), (last.value, True))
                return
        self.kept.append(token)

    def _operator(self, index: int, token: Token) -> Token:
        """An operator without an operand, as in `i+`, `R(\\cdot)`: a symbol of its own."""
        following = self.tokens[index + 1] if index + 1 < len(self.tokens) else None
        ends = following is None or following.terminal in _CLOSE or is_mark(following, MarkKind.COMMA)
        script = bool(self.scripts) and self.scripts[-1]
        last = self._last()
        bracketed = last is not None and (
            last.terminal in (Terminal.LPAR, Terminal.LSQB) or is_mark(last, MarkKind.COMMA, MarkKind.BAR)
        )
        if ends and following is not None and (script or bracketed):
            return Token(Terminal.LONE, token.text, token.span, token.value)
        if token.value is ProductSign.DOT_STAR and last is None:
            return Token(Terminal.LONE, token.text, token.span, token.value)
        return token
