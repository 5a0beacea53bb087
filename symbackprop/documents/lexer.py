"""TeX tokens to the terminals of the grammar: what LaTeX spells alike is told apart here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from symbackprop.documents import vocabulary as known
from symbackprop.documents.commands import COMMANDS, mark_overs
from symbackprop.documents.matching import MAX_NESTING, braces, is_layout, one_sided, solid_after
from symbackprop.documents.source import Span
from symbackprop.documents.syntax import Bracket, MarkKind, NameKind, ProductSign
from symbackprop.documents.tokens import NotRead, Raw, RawToken, Reading, Terminal, Token
from symbackprop.documents.words import pieces

_OPERAND_ENDS: Final = frozenset(
    {
        Terminal.NAME, Terminal.NUMBER, Terminal.GLUED, Terminal.DOTS, Terminal.PRIME,
        Terminal.RBRACE, Terminal.RPAR, Terminal.RSQB, Terminal.RCUR, Terminal.RFENCE,
        Terminal.BAR_CLOSE, Terminal.MATRIX_CLOSE, Terminal.CASES_CLOSE, Terminal.LONE,
    }
)  # fmt: skip
_OPENINGS: Final = {
    Terminal.LPAR: (Terminal.RPAR, Terminal.RSQB),
    Terminal.LSQB: (Terminal.RSQB, Terminal.RPAR),
    Terminal.LCUR: (Terminal.RCUR,),
    Terminal.LFENCE: (Terminal.RFENCE,),
    Terminal.LBRACE: (Terminal.RBRACE,),
    Terminal.LBRACE_OP: (Terminal.RBRACE,),
    Terminal.BAR_OPEN: (Terminal.BAR_CLOSE,),
    Terminal.MATRIX_OPEN: (Terminal.MATRIX_CLOSE,),
    Terminal.CASES_OPEN: (Terminal.CASES_CLOSE,),
}
_CLOSINGS: Final = frozenset(closing for pair in _OPENINGS.values() for closing in pair)
_FENCES: Final = {
    Bracket.ROUND: (Terminal.LPAR, Terminal.RPAR),
    Bracket.SQUARE: (Terminal.LSQB, Terminal.RSQB),
    Bracket.CURLY: (Terminal.LCUR, Terminal.RCUR),
}


_TABLES: Final = (Terminal.MATRIX_OPEN, Terminal.CASES_OPEN)


class Lexer:
    """One formula's tokens on their way to terminals; `run` fills `out`."""

    def __init__(self, tokens: Sequence[RawToken], names: frozenset[str]) -> None:
        self.tokens = tokens
        self.names = names
        self.pairs = braces(tokens)
        self.closes = {end: start for start, end in self.pairs.items()}
        self.one_sided = one_sided(tokens)
        self.out: list[Token] = []
        self.readings: list[Reading] = []
        self.open: list[Token] = []
        self.scripts: list[int] = []  # places where the scripts that are open end
        self.environments: list[tuple[str, Terminal | None, Span]] = []
        self.dropped: set[int] = set()  # places that are layout
        self.required: set[int] = set()  # braces that a command or a script needs
        self.annotations: set[int] = set()  # the _ or ^ behind a horizontal brace
        self.differentials: set[int] = set()  # places of a d that is no variable
        self.single: set[int] = set()  # digits of which TeX takes one only
        self.operator_braces: set[int] = set()
        self.at = 0
        mark_overs(self)

    # -- what commands use ---------------------------------------------------------------------

    def emit(self, terminal: Terminal, token: RawToken, value: object = None) -> None:
        """Adds a terminal that one token makes."""
        self.put(Token(terminal, token.text, token.span, value))

    def put(self, token: Token) -> None:
        """Adds a terminal; keeps count of what is open."""
        if token.terminal in _OPENINGS:
            self.open.append(token)
            if len(self.open) > MAX_NESTING:
                raise NotRead(token.span, f"brackets nested more than {MAX_NESTING} deep", "fewer")
        elif token.terminal in _CLOSINGS:
            self._close(token)
        self.out.append(token)

    def _close(self, token: Token) -> None:
        if not self.open:
            raise NotRead(token.span, f"`{token.text}` that closes nothing", "what it closes before it")
        opening = self.open.pop()
        if token.terminal not in _OPENINGS[opening.terminal]:
            raise NotRead(
                token.span,
                f"`{token.text}`",
                f"what closes the `{opening.text}` of column {opening.span.column}",
            )

    def solid(self, at: int) -> int:
        """Place of the first token from `at` on that is not layout."""
        at = solid_after(self.tokens, at)
        while at < len(self.tokens) and (
            at in self.dropped
            or (self.tokens[at].kind is Raw.CONTROL and self.tokens[at].text in known.LAYOUT | known.SIZES)
        ):
            at = solid_after(self.tokens, at + 1)
        return at

    def text_at(self, at: int) -> str:
        """Text of the token at a place, empty behind the end."""
        return self.tokens[at].text if at < len(self.tokens) else ""

    def argument(self, at: int) -> tuple[int, int]:
        """First and last place of the argument at or behind `at`: a brace pair or one token."""
        at = self.solid(at)
        if at >= len(self.tokens) or self.text_at(at) == "}":
            token = self.tokens[min(self.at, len(self.tokens) - 1)]
            raise NotRead(token.span, f"`{token.text}` without its argument", "`{`")
        return (at, self.pairs[at]) if at in self.pairs else (at, at)

    def require(self, at: int) -> int:
        """Marks the argument behind `at` as needed by a command; gives the place behind it."""
        start, end = self.argument(at)
        if start == end:
            self.single.add(start)
        else:
            self.required.add(start)
        return end + 1

    def drop_braces(self, at: int) -> None:
        """Makes the brace pair at or behind `at` layout, if there is one."""
        at = self.solid(at)
        if at in self.pairs:
            self.dropped.update((at, self.pairs[at]))

    def plain(self, start: int, end: int) -> str:
        """The text of a stretch of tokens, spaces as they are."""
        return "".join(t.text for t in self.tokens[start:end])

    def after_operand(self) -> bool:
        """Whether what came last can stand to the left of an operator."""
        return bool(self.out) and self.out[-1].terminal in _OPERAND_ENDS

    def in_script(self) -> bool:
        """Whether the place is inside a subscript or superscript."""
        return bool(self.scripts)

    # -- the pass --------------------------------------------------------------------------------

    def run(self) -> list[Token]:
        """All terminals; raises where a bracket has no partner or a command is unknown."""
        while self.at < len(self.tokens):
            self.step()
        if self.open:
            opening = self.open[-1]
            raise NotRead(opening.span, f"`{opening.text}` that is never closed", "what closes it")
        if self.environments:
            name, _, span = self.environments[-1]
            raise NotRead(span, rf"`\begin{{{name}}}`", rf"`\end{{{name}}}` behind it")
        return self.out

    def step(self) -> None:
        """Reads one token, or as many as belong to it."""
        at, token = self.at, self.tokens[self.at]
        self.at += 1
        if at in self.dropped or token.kind is Raw.SPACE:
            pass
        elif token.kind is Raw.LETTER:
            self._letters(at)
        elif token.kind is Raw.DIGITS:
            self._number(at, token)
        elif token.text in ("{", "}"):
            self._brace(at, token)
        elif not self._common(token):
            command = COMMANDS.get(token.text)
            if command is None:
                self._unknown(token)
            else:
                command(self, at, token)
        while self.scripts and self.scripts[-1] < self.at:
            self.scripts.pop()

    def _unknown(self, token: RawToken) -> None:
        if token.kind is Raw.CONTROL and token.text[1:].isalpha():
            raise NotRead(
                token.span,
                f"the unknown command `{token.text}`",
                rf"a known one; a line `macro: {token.text} = …` in a conventions block says what it is",
            )
        if token.text.isalpha():
            self.emit(Terminal.NAME, token, (token.text, NameKind.LETTER))
            return
        shown = f"`{token.text}`" if token.text.isprintable() else f"the character U+{ord(token.text[-1]):04X}"
        raise NotRead(token.span, shown, "mathematical notation")

    def _common(self, token: RawToken) -> bool:
        text = token.text
        if text in known.GREEK:
            self.emit(Terminal.NAME, token, (text, NameKind.LETTER))
        elif text in known.LAYOUT:
            pass
        elif text in known.DECORATIONS:
            self.emit(Terminal.ACCENT, token, known.DECORATIONS[text])
            self.require(self.at)
        elif text in known.RELATIONS:
            self.emit(Terminal.REL, token, known.RELATIONS[text])
        elif text in known.SIGNS:
            self.emit(Terminal.SIGN, token, known.SIGNS[text])
        elif text in known.PRODUCT_SIGNS:
            self.emit(Terminal.OPERATOR, token, known.PRODUCT_SIGNS[text])
        elif text in known.FUNCTIONS:
            self.emit(Terminal.FUNCTION, token, (text, NameKind.FUNCTION))
        elif text in known.CONSTANTS:
            self.emit(Terminal.NAME, token, (text, NameKind.CONSTANT))
        elif text in known.BIG_OPERATORS:
            self.emit(Terminal.BIGOP, token, known.BIG_OPERATORS[text])
        elif text in known.DOTS:
            self.emit(Terminal.DOTS, token)
        elif text in known.PUNCTUATION:
            self.emit(Terminal.MARK, token, known.PUNCTUATION[text])
        elif text in known.CONNECTIVES:
            self.emit(Terminal.MARK, token, MarkKind.CONNECTIVE)
        elif text in known.SPACES:
            if not self.open or self.open[-1].terminal in _TABLES:
                self.emit(Terminal.MARK, token, MarkKind.SPACE)
        else:
            return self._fence(token)
        return True

    def _fence(self, token: RawToken) -> bool:
        left, right = known.LEFT_FENCES.get(token.text), known.RIGHT_FENCES.get(token.text)
        bracket = left or right
        if bracket is None:
            return False
        side = 0 if left is not None else 1
        terminals = _FENCES.get(bracket, (Terminal.LFENCE, Terminal.RFENCE))
        self.emit(terminals[side], token, bracket)
        return True

    def _brace(self, at: int, token: RawToken) -> None:
        if token.text == "}":
            self.emit(Terminal.RBRACE, token)
            return
        end = self.pairs[at]
        if at in self.operator_braces:
            self.emit(Terminal.LBRACE_OP, token)
        elif at not in self.required and self._transparent(at, end):
            self.dropped.add(end)
        else:
            self.emit(Terminal.LBRACE, token)

    def _transparent(self, at: int, end: int) -> bool:
        if not is_layout(self.tokens, at, end, self.pairs):
            return False
        inside = self.plain(at + 1, end)
        if inside.count("(") != inside.count(")"):
            text = "braces that cross brackets are taken for layout"
            self.readings.append(Reading(self.tokens[at].span, text))
        return True

    def _number(self, at: int, token: RawToken) -> None:
        if at in self.single and len(token.text) > 1:
            text = f"`{token.text}` without braces: only the first digit belongs to the command before it"
            self.readings.append(Reading(token.span, text))
            start = token.span.start
            head = Span(token.span.source, start, start + 1)
            tail = Span(token.span.source, start + 1, token.span.end)
            self.put(Token(Terminal.NUMBER, token.text[0], head))
            if self.scripts and self.scripts[-1] == at:
                self.scripts.pop()
            self.put(Token(Terminal.NUMBER, token.text[1:], tail))
            return
        follower = self.tokens[self.at] if self.at < len(self.tokens) else None
        if follower is not None and follower.text in (r"\{", r"\lbrace") and token.text == "1":
            self.emit(Terminal.NAME, token, ("1", NameKind.CONSTANT))
            return
        before = self.out[-1].terminal if self.out else None
        glued = before is Terminal.SLASH and follower is not None and follower.kind is Raw.LETTER
        coefficient = before is Terminal.FUNCTION and self._name_follows()
        self.emit(Terminal.GLUED if glued or coefficient else Terminal.NUMBER, token)
        if glued:
            text = f"`/{token.text}{self.text_at(self.at)}`: the whole of it is taken for the denominator"
            self.readings.append(Reading(token.span, text))

    def _name_follows(self) -> bool:
        at = self.solid(self.at)
        if at >= len(self.tokens):
            return False
        token = self.tokens[at]
        return token.kind is Raw.LETTER or token.text in known.GREEK or token.text in known.DECORATIONS

    def _letters(self, at: int) -> None:
        end = at + 1
        if at not in self.single:
            while end < len(self.tokens) and (
                self.tokens[end].kind is Raw.LETTER
                or (self.text_at(end) == r"\_" and self.text_at(end + 1).isalpha())
            ):
                end += 1
        self.at = end
        for piece in pieces(self, at, end):
            self.put(piece)

    # -- brackets that look alike ------------------------------------------------------------------

    def bar(self, token: RawToken, count: int, *, opens: bool = False, closes: bool = False) -> None:
        """A bar opens, closes, or parts, by what stands before it and what is open."""
        top = self.open[-1] if self.open else None
        waits = top is not None and top.terminal is Terminal.BAR_OPEN and top.value == count
        if closes or (waits and self.after_operand() and not opens):
            self.emit(Terminal.BAR_CLOSE, token, count)
        elif not opens and self.after_operand() and count == 1 and not self._bar_ahead():
            self.emit(Terminal.MARK, token, MarkKind.BAR)
        else:
            self.emit(Terminal.BAR_OPEN, token, count)

    def _bar_ahead(self) -> bool:
        """Whether another bar stands before the bracket that is open is closed."""
        depth, at = 0, self.at
        while at < len(self.tokens):
            text = self.text_at(at)
            if at in self.pairs:
                at = self.pairs[at]
            elif text == "|" and depth == 0:
                return True
            elif text in known.LEFT_FENCES:
                depth += 1
            elif text in known.RIGHT_FENCES or text == "}":
                depth -= 1
                if depth < 0:
                    return False
            at += 1
        return False

    def point(self, token: RawToken) -> None:
        """A full stop ends a formula, or multiplies where an operand follows."""
        at = self.solid(self.at)
        ends = at >= len(self.tokens) or self.text_at(at) in ("}", "&", "\\\\", r"\quad", r"\qquad", r"\end")
        labelled = any(
            self.text_at(at) in words
            for words in (known.LABELS, known.WORD_COMMANDS, known.CONNECTIVES, known.PUNCTUATION)
        )
        if ends or labelled or not self.after_operand():
            self.emit(Terminal.MARK, token, MarkKind.PERIOD)
        else:
            self.emit(Terminal.OPERATOR, token, ProductSign.DOT)
