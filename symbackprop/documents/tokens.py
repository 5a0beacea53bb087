"""Text to TeX tokens, with the letters that escapes and scanners ate put back and noted."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import Enum, StrEnum, auto
from typing import Final

from symbackprop.documents.source import Source, Span
from symbackprop.documents.vocabulary import COMBINING, UNICODE

MAX_TOKENS: Final = 20_000


class Raw(Enum):
    """Kinds of TeX token."""

    CONTROL = auto()
    LETTER = auto()
    DIGITS = auto()
    SYMBOL = auto()
    SPACE = auto()


@dataclass(frozen=True, slots=True)
class RawToken:
    """A token as TeX sees it."""

    kind: Raw
    text: str
    span: Span


class Terminal(StrEnum):
    """The terminals of the grammar."""

    NAME = auto()
    FUNCTION = auto()
    NUMBER = auto()
    GLUED = auto()
    DOTS = auto()
    PRIME = auto()
    SUB = auto()
    SUP = auto()
    LBRACE = auto()
    RBRACE = auto()
    LPAR = auto()
    RPAR = auto()
    LSQB = auto()
    RSQB = auto()
    LCUR = auto()
    RCUR = auto()
    LFENCE = auto()
    RFENCE = auto()
    BAR_OPEN = auto()
    BAR_CLOSE = auto()
    SIGN = auto()
    OPERATOR = auto()
    SLASH = auto()
    REL = auto()
    STACKREL = auto()
    OVERSET = auto()
    FRAC = auto()
    FRAC_OP = auto()
    OVER = auto()
    LBRACE_OP = auto()
    SQRT = auto()
    SQRT_N = auto()
    ACCENT = auto()
    BIGOP = auto()
    PARTIAL = auto()
    PARTIAL_OP = auto()
    D = auto()
    NABLA = auto()
    HORIZONTAL_BRACE = auto()
    ANNOTATE = auto()
    MATRIX_OPEN = auto()
    MATRIX_CLOSE = auto()
    CASES_OPEN = auto()
    CASES_CLOSE = auto()
    CELL = auto()
    ROW = auto()
    MARK = auto()
    LONE = auto()


@dataclass(frozen=True, slots=True)
class Token:
    """A terminal with its text, its place, and what the lexer found out about it."""

    terminal: Terminal
    text: str
    span: Span
    value: object = None

    @property
    def type(self) -> str:
        """The terminal's name in the grammar; the parser asks for it."""
        return self.terminal._name_  # the property of the same name is slow


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Why a formula could not be read: where, what stood there, what was expected."""

    span: Span
    found: str
    expected: str

    def __str__(self) -> str:
        return f"{self.span}: found {self.found}, expected {self.expected}"


@dataclass(frozen=True, slots=True)
class Repair:
    """Letters that were lost on the way, and what was read in their place."""

    span: Span
    found: str
    read_as: str

    def __str__(self) -> str:
        return f"{self.found!r} read as {self.read_as}"


@dataclass(frozen=True, slots=True)
class Reading:
    """A choice between two readings: the one that was taken, in words."""

    span: Span
    text: str


class NotRead(Exception):
    """Carries an `Unreadable` to the function that returns it; never leaves this package."""

    def __init__(self, span: Span, found: str, expected: str) -> None:
        super().__init__(found)
        self.unreadable = Unreadable(span, found, expected)


# What remains of a control word whose backslash and first letter were taken for an escape, and
# what must follow for the remainder to be one.
_LOST: Final = {
    "rac": (r"\frac", r"\s*[{\d]"),
    "ight": (r"\right", r"\s*(?:[)\]|.]|\\[}|]|\\r)"),
    "ig": (r"\big", r"\s*(?:[()\[\]|/]|\\[{}|])"),
    "igg": (r"\bigg", r"\s*(?:[()\[\]|/]|\\[{}|])"),
    "igl": (r"\bigl", r"\s*(?:[(\[|]|\\[{|])"),
    "igr": (r"\bigr", r"\s*(?:[)\]|]|\\[}|])"),
    "abla": (r"\nabla", ""),
    "eta": (r"\beta", ""),
    "egin": (r"\begin", r"\{"),
    "oldsymbol": (r"\boldsymbol", r"\s*[{\\]"),
    "ar": (r"\bar", r"\{"),
    "ullet": (r"\bullet", ""),
    "ecause": (r"\because", ""),
    "orall": (r"\forall", ""),
    "ext": (r"\text", r"\{"),
    "heta": (r"\theta", ""),
    "imes": (r"\times", ""),
    "ilde": (r"\tilde", r"\s*[{\\]"),
    "anh": (r"\tanh", ""),
    "herefore": (r"\therefore", ""),
    "riangleq": (r"\triangleq", ""),
    "ightarrow": (r"\rightarrow", ""),
    "ec": (r"\vec", r"\{"),
    "onumber": (r"\nonumber", ""),
    "otag": (r"\notag", ""),
}
_LOST_TAILS: Final = ("ight", "rac", "abla", "imes", "igg", "ig")
# The escapes themselves, where they are still there as control characters.
_ESCAPES: Final = {
    "\x07": "a", "\x08": "b", "\x0b": "v", "\x0c": "f",
    "\t": "t", "\n": "n", "\r": "r",
}  # fmt: skip
# A tab or line end may be honest layout: only remainders that are no likely symbols.
_ONLY_AFTER_ESCAPE: Final = {
    "\t": frozenset({"au", "op"}),
    "\n": frozenset({"eq", "orm", "otin"}),
    "\r": frozenset({"ho", "angle", "floor"}),
}

_TOKEN: Final = re.compile(
    r"(?P<comment>%[^\n]*)"
    r"|(?P<entity>&(?:lt|gt|amp);)"
    r"|(?P<escape>[\x07\x08\x0b\x0c](?=[A-Za-z]))"
    r"|(?P<space>\s+)"
    r"|\\(?P<word>[A-Za-z]+)"
    r"|\\(?P<control>.)"
    r"|(?P<digits>\d+(?:\.\d+)?|(?<![\d\w)\]}])\.\d+)"
    r"|(?P<letters>[A-Za-z]+)"
    r"|(?P<pair>:=|=:|\+=|-=|!=|<=|>=|\.\*|\|\||\.\.\.)"
    r"|(?P<symbol>.)",
    re.DOTALL,
)
_PLAIN: Final = {"word": Raw.CONTROL, "control": Raw.CONTROL, "digits": Raw.DIGITS}
_LETTERS: Final = re.compile(r"[A-Za-z]+")
_OCR_PRIME: Final = re.compile(
    r"\^\s*(?:!|\{\s*!\s*\}|\{\s*(?:\\scriptscriptstyle|\\scriptstyle)?\s*\\mathsf\s*\{?\s*I\s*\}?\s*\})"
)


class Scanner:
    """One pass over a stretch of a source."""

    def __init__(self, source: Source, start: int, end: int, text: str | None = None) -> None:
        self.source = source
        self.start, self.end = start, end
        # A blanked copy of the source may be read in its stead: same length, same places.
        self.text = source.text if text is None else text
        self.tokens: list[RawToken] = []
        self.repairs: list[Repair] = []

    def scan(self) -> list[RawToken]:
        """The tokens; repairs are noted in `repairs`."""
        at = self.start
        while at < self.end:
            at = self._next(at)
            if len(self.tokens) > MAX_TOKENS:
                raise self._too_long()
        return self.tokens

    def _too_long(self) -> NotRead:
        span = Span(self.source, self.start, self.start + 1)
        return NotRead(span, f"a formula of more than {MAX_TOKENS} tokens", "a shorter one")

    def _add(self, kind: Raw, text: str, start: int, end: int) -> int:
        self.tokens.append(RawToken(kind, text, Span(self.source, start, end)))
        return end

    def _next(self, at: int) -> int:
        if self.text[at] == "^":
            prime = _OCR_PRIME.match(self.text, at, self.end)
            if prime is not None:
                return self._repair(at, prime.end(), "'", Raw.SYMBOL)
        found = _TOKEN.match(self.text, at, self.end)
        if found is None:  # cannot be: the last alternative takes any character
            return at + 1
        kind, text, end = found.lastgroup, found.group(), found.end()
        if kind == "letters":
            return self._letters(text, at, end)
        plain = _PLAIN.get(kind or "")
        if plain is not None:
            return self._add(plain, text, at, end)
        if kind == "escape":
            return self._escape(at)
        if kind == "space":
            return self._space(text, at, end)
        if kind == "entity":
            return self._add(Raw.SYMBOL, {"&lt;": "<", "&gt;": ">", "&amp;": "&"}[text], at, end)
        if kind == "comment":
            return self._add(Raw.SPACE, " ", at, end)
        return self._symbol(text, at, end)

    def _repair(self, start: int, end: int, read_as: str, kind: Raw = Raw.CONTROL) -> int:
        span = Span(self.source, start, end)
        self.repairs.append(Repair(span, self.source.text[start:end], read_as))
        return self._add(kind, read_as, start, end)

    def _letters(self, text: str, at: int, end: int) -> int:
        lost = _LOST.get(text)
        if lost is not None and re.compile(lost[1]).match(self.text, end, self.end):
            return self._repair(at, end, lost[0])
        if len(text) > MAX_TOKENS:
            raise self._too_long()
        tail = self._lost_tail(text, end)
        for offset, letter in enumerate(text[: len(text) - len(tail)], at):
            self._add(Raw.LETTER, letter, offset, offset + 1)
        return self._repair(end - len(tail), end, _LOST[tail][0]) if tail else end

    def _lost_tail(self, text: str, end: int) -> str:
        """A remainder that ran into the letters before it: the `ight` of `xight)`."""
        for tail in _LOST_TAILS:
            if not text.endswith(tail) or not re.compile(_LOST[tail][1]).match(self.text, end, self.end):
                continue
            if tail in ("ig", "igg") and self._big_opened() <= 0:
                continue
            return tail
        return ""

    def _big_opened(self) -> int:
        r"""How many more `ig(` than `ig)` were repaired: letters before a bracket alone prove nothing."""
        count = 0
        for repair in self.repairs:
            if repair.read_as in (r"\big", r"\bigg"):
                behind = self.text[repair.span.end : repair.span.end + 2].strip()
                count += 1 if behind[:1] in ("(", "[") else -1
        return count

    def _escape(self, at: int) -> int:
        letters = _LETTERS.match(self.text, at + 1, self.end)
        end = at + 1 if letters is None else letters.end()
        return self._repair(at, end, "\\" + _ESCAPES[self.text[at]] + self.text[at + 1 : end])

    def _space(self, text: str, at: int, end: int) -> int:
        rests = _ONLY_AFTER_ESCAPE.get(text[-1])
        letters = _LETTERS.match(self.text, end, self.end)
        if rests is not None and letters is not None and letters.group() in rests and len(text) == 1:
            return self._repair(at, letters.end(), "\\" + _ESCAPES[text] + letters.group())
        return self._add(Raw.SPACE, text, at, end)

    def _symbol(self, text: str, at: int, end: int) -> int:
        known = UNICODE.get(text)
        if known is not None:
            return self._add(Raw.CONTROL if known[0] == "\\" else Raw.SYMBOL, known, at, end)
        if text == "~":
            return self._add(Raw.SPACE, text, at, end)
        if not text.isascii():
            parts = unicodedata.normalize("NFD", text)
            if len(parts) == 2 and parts[1] in COMBINING and parts[0].isalpha():
                self._add(Raw.CONTROL, COMBINING[parts[1]], at, end)
                return self._add(Raw.LETTER, parts[0], at, end)
        return self._add(Raw.SYMBOL, text, at, end)
