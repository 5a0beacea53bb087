r"""The document's own commands, and the customary ones, expanded with their places kept.

Every token that comes out of an expansion has the span of the use, so that an error inside a
macro points at where the author used it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from types import MappingProxyType
from typing import Final

from symbackprop.documents.customary import CUSTOMARY, CUSTOMARY_OPERATORS
from symbackprop.documents.source import Source, Span
from symbackprop.documents.tokens import MAX_TOKENS, NotRead, Raw, RawToken, Scanner

MAX_EXPANSIONS: Final = 5_000
MAX_FAILURES: Final = 50

_DEFINERS: Final = frozenset(
    {r"\newcommand", r"\renewcommand", r"\providecommand", r"\DeclareRobustCommand"}
)
_PRIMITIVE_DEFINERS: Final = frozenset({r"\def", r"\gdef", r"\edef", r"\xdef"})
_OPERATOR_DEFINERS: Final = frozenset({r"\DeclareMathOperator"})
_PAIRED_DEFINERS: Final = frozenset(
    {r"\DeclarePairedDelimiter", r"\DeclarePairedDelimiterX", r"\DeclarePairedDelimiterXPP"}
)
DEFINERS: Final = _DEFINERS | _PRIMITIVE_DEFINERS | _OPERATOR_DEFINERS | {r"\DeclarePairedDelimiter", r"\let"}

@dataclass(frozen=True, slots=True)
class Macro:
    """A command: how many arguments it takes, the first's default where it is optional, its body."""

    parameters: int
    body: tuple[RawToken, ...]
    default: tuple[RawToken, ...] | None = None


@dataclass(frozen=True, slots=True)
class Macros:
    """The commands in force at a place of a document."""

    table: MappingProxyType[str, Macro] = field(default_factory=lambda: MappingProxyType({}))

    def including(self, text: str, source: Source | None = None, start: int = 0) -> Macros:
        """These, and the definitions that a stretch of text makes (the later one counts).

        Raises nothing: a definition that cannot be read leaves its command unknown.
        """
        place = Source("<macro>", text) if source is None else source
        try:
            tokens = Scanner(place, start, start + len(text)).scan()
            found = definitions(tokens)
        except NotRead:
            return self
        return Macros(MappingProxyType({**self.table, **found})) if found else self

    def defining(self, text: str) -> Macros:
        """These, and the one definition that a stretch of text begins with."""
        try:
            made = definition(Scanner(Source("<macro>", text), 0, len(text)).scan(), 0)
        except NotRead:
            return self
        return self if made is None else Macros(MappingProxyType({**self.table, made[0]: made[1]}))

    def joined(self, others: Macros) -> Macros:
        """These and others, which go before."""
        return Macros(MappingProxyType({**self.table, **others.table}))

    def including_convention(self, value: str) -> Macros:
        r"""These, and one line `\pd{a}{b} = \frac{\partial a}{\partial b}` of a conventions block."""
        head, _, body = value.partition("=")
        try:
            place = Source("<macro>", value)
            left = _solid(Scanner(place, 0, len(head)).scan())
            right = Scanner(place, len(head) + 1, len(value)).scan()
        except NotRead:
            return self
        if not left or left[0].kind is not Raw.CONTROL or not body.strip():
            return self
        names = [t.text for t in left[1:] if t.kind in (Raw.LETTER, Raw.CONTROL)]
        numbered: list[RawToken] = []
        for token in right:
            if token.text in names:
                numbered.append(RawToken(Raw.SYMBOL, "#", token.span))
                number = str(names.index(token.text) + 1)
                numbered.append(RawToken(Raw.DIGITS, number, token.span))
            else:
                numbered.append(token)
        macro = Macro(len(names), tuple(numbered))
        return Macros(MappingProxyType({**self.table, left[0].text: macro}))


@cache
def customary() -> Macros:
    """The commands of common packages and templates."""
    operators = "".join(
        rf"\DeclareMathOperator{{\{name}}}{{{name}}}" for name in CUSTOMARY_OPERATORS
    )
    return Macros().including(CUSTOMARY + operators)


def _solid(tokens: Iterable[RawToken]) -> list[RawToken]:
    return [t for t in tokens if t.kind is not Raw.SPACE]


def _is(token: RawToken, text: str) -> bool:
    return token.kind is Raw.SYMBOL and token.text == text


def _skip_space(tokens: Sequence[RawToken], at: int) -> int:
    while at < len(tokens) and tokens[at].kind is Raw.SPACE:
        at += 1
    return at


def _closing(tokens: Sequence[RawToken], at: int, opening: str, closing: str) -> int:
    """Place of the bracket that closes the one at `at`; -1 where there is none."""
    depth = 0
    for index in range(at, len(tokens)):
        if _is(tokens[index], opening):
            depth += 1
        elif _is(tokens[index], closing):
            depth -= 1
            if depth == 0:
                return index
    return -1


def _braced(tokens: Sequence[RawToken], at: int) -> tuple[list[RawToken], int] | None:
    """The content of a `{…}` or the one token that stands at a place, and the place behind it."""
    at = _skip_space(tokens, at)
    if at >= len(tokens) or _is(tokens[at], "}"):
        return None
    if not _is(tokens[at], "{"):
        return [tokens[at]], at + 1
    end = _closing(tokens, at, "{", "}")
    return None if end < 0 else (list(tokens[at + 1 : end]), end + 1)


def _optional(tokens: Sequence[RawToken], at: int) -> tuple[list[RawToken] | None, int]:
    start = _skip_space(tokens, at)
    if start < len(tokens) and _is(tokens[start], "["):
        end = _closing(tokens, start, "[", "]")
        if end >= 0:
            return list(tokens[start + 1 : end]), end + 1
    return None, at


def definition(tokens: Sequence[RawToken], at: int) -> tuple[str, Macro, int] | None:
    r"""The `\newcommand`, `\def` … at a place: name, command, place behind it."""
    word = tokens[at].text
    at = _skip_space(tokens, at + 1)
    if at < len(tokens) and _is(tokens[at], "*"):
        at += 1
    if word in _PRIMITIVE_DEFINERS:
        return _primitive(tokens, at)
    head = _braced(tokens, at)
    name = _solid(head[0]) if head is not None else []
    if head is None or len(name) != 1 or name[0].kind is not Raw.CONTROL:
        return None
    at = head[1]
    if word == r"\let":
        at = _skip_space(tokens, at)
        at = at + 1 if at < len(tokens) and _is(tokens[at], "=") else at
    if word in _PAIRED_DEFINERS:
        return _paired(tokens, name[0].text, at)
    count, default = None, None
    if word in _DEFINERS:
        count, at = _optional(tokens, at)
        default, at = _optional(tokens, at)
    body = _braced(tokens, at)
    if body is None:
        return None
    content = body[0]
    if word in _OPERATOR_DEFINERS:
        content = _operator(content, tokens[at].span)
    number = "".join(t.text for t in _solid(count or []))
    parameters = int(number) if number in tuple("0123456789") else 0
    default_body = None if default is None else tuple(default)
    return name[0].text, Macro(parameters, tuple(content), default_body), body[1]


def _operator(content: list[RawToken], span: Span) -> list[RawToken]:
    return [
        RawToken(Raw.CONTROL, r"\operatorname", span),
        RawToken(Raw.SYMBOL, "{", span),
        *content,
        RawToken(Raw.SYMBOL, "}", span),
    ]


def _primitive(tokens: Sequence[RawToken], at: int) -> tuple[str, Macro, int] | None:
    at = _skip_space(tokens, at)
    if at >= len(tokens) or tokens[at].kind is not Raw.CONTROL:
        return None
    name, parameters = tokens[at].text, 0
    at += 1
    while at < len(tokens) and not _is(tokens[at], "{"):
        parameters += _is(tokens[at], "#")
        at += 1
    body = _braced(tokens, at)
    return None if body is None else (name, Macro(parameters, tuple(body[0])), body[1])


def _paired(tokens: Sequence[RawToken], name: str, at: int) -> tuple[str, Macro, int] | None:
    left = _braced(tokens, at)
    right = None if left is None else _braced(tokens, left[1])
    if left is None or right is None:
        return None
    span = tokens[at - 1].span
    argument = [RawToken(Raw.SYMBOL, "#", span), RawToken(Raw.DIGITS, "1", span)]
    return name, Macro(1, (*left[0], *argument, *right[0])), right[1]


def definitions(tokens: Sequence[RawToken]) -> dict[str, Macro]:
    """All commands that a list of tokens defines, the last definition of each."""
    found: dict[str, Macro] = {}
    at, failures = 0, 0
    while at < len(tokens) and failures < MAX_FAILURES:
        if tokens[at].kind is Raw.CONTROL and tokens[at].text in DEFINERS:
            made = definition(tokens, at)
            if made is not None:
                found[made[0]] = made[1]
                at = made[2]
                continue
            failures += 1
        at += 1
    return found


class Expander:
    """Replaces commands by their bodies, within a budget."""

    def __init__(self, macros: Macros) -> None:
        self.table = dict(macros.table)
        self.customary = customary().table
        self.expansions = 0

    def expand(self, tokens: list[RawToken]) -> list[RawToken]:
        """The tokens without the document's own commands; definitions among them are obeyed."""
        if not any(t.kind is Raw.CONTROL and self._known(t.text) for t in tokens):
            return tokens
        waiting = deque(tokens)
        done: list[RawToken] = []
        while waiting:
            token = waiting.popleft()
            if token.kind is not Raw.CONTROL:
                done.append(token)
            elif token.text in DEFINERS:
                self._define(token, waiting)
            elif token.text in self.table:
                self._replace(token, self.table[token.text], waiting, None)
            elif token.text in self.customary:
                self._replace(token, self.customary[token.text], waiting, done)
            else:
                done.append(token)
            if len(done) > MAX_TOKENS:
                raise self._endless(token)
        return done

    def _known(self, word: str) -> bool:
        return word in self.table or word in self.customary or word in DEFINERS

    def _define(self, token: RawToken, waiting: deque[RawToken]) -> None:
        rest = [token, *waiting]
        made = definition(rest, 0)
        if made is None:
            raise NotRead(token.span, f"`{token.text}`", "a definition that can be read")
        self.table[made[0]] = made[1]
        for _ in range(made[2] - 1):
            waiting.popleft()

    def _endless(self, token: RawToken) -> NotRead:
        return NotRead(token.span, f"`{token.text}`, which expands without end", "a macro that ends")

    def _replace(
        self, token: RawToken, macro: Macro, waiting: deque[RawToken], done: list[RawToken] | None
    ) -> None:
        self.expansions += 1
        if self.expansions > MAX_EXPANSIONS or len(waiting) > 2 * MAX_TOKENS:
            raise self._endless(token)
        arguments: list[list[RawToken]] = []
        if macro.default is not None:
            given = _take_optional(waiting)
            arguments.append(list(macro.default) if given is None else given)
        while len(arguments) < macro.parameters:
            argument = _take_argument(waiting)
            if argument is None:
                if done is not None and not arguments:  # a customary name used in another sense
                    done.append(token)
                    return
                raise NotRead(
                    token.span,
                    f"`{token.text}` with {len(arguments)} of its {macro.parameters} arguments",
                    "the next argument",
                )
            arguments.append(argument)
        waiting.extendleft(reversed(_substituted(macro.body, arguments, token.span)))


def _substituted(
    body: tuple[RawToken, ...], arguments: list[list[RawToken]], span: Span
) -> list[RawToken]:
    """The body with its arguments in place; these keep their own spans."""
    result: list[RawToken] = []
    index = 0
    while index < len(body):
        token = body[index]
        follower = body[index + 1] if index + 1 < len(body) else None
        if _is(token, "#") and follower is not None and follower.kind is Raw.DIGITS:
            number = int(follower.text[0])
            if 1 <= number <= len(arguments):
                result.extend(arguments[number - 1])
            if follower.text[1:]:
                result.append(RawToken(Raw.DIGITS, follower.text[1:], span))
            index += 2
            continue
        result.append(RawToken(token.kind, token.text, span))
        index += 1
    return result


def _drop_space(waiting: deque[RawToken]) -> None:
    while waiting and waiting[0].kind is Raw.SPACE:
        waiting.popleft()


def _take_optional(waiting: deque[RawToken]) -> list[RawToken] | None:
    _drop_space(waiting)
    if not waiting or not _is(waiting[0], "["):
        return None
    return _take_bracket(waiting, "[", "]")


def _take_argument(waiting: deque[RawToken]) -> list[RawToken] | None:
    _drop_space(waiting)
    if not waiting or _is(waiting[0], "}") or _is(waiting[0], "&"):
        return None
    if not _is(waiting[0], "{"):
        token = waiting.popleft()
        if token.kind is Raw.DIGITS and len(token.text) > 1:
            waiting.appendleft(RawToken(Raw.DIGITS, token.text[1:], token.span))
            return [RawToken(Raw.DIGITS, token.text[0], token.span)]
        return [token]
    return _take_bracket(waiting, "{", "}")


def _take_bracket(waiting: deque[RawToken], opening: str, closing: str) -> list[RawToken] | None:
    depth = 0
    taken: list[RawToken] = []
    while waiting:
        token = waiting.popleft()
        depth += _is(token, opening) - _is(token, closing)
        taken.append(token)
        if depth == 0:
            return taken[1:-1]
    raise NotRead(taken[0].span, f"`{opening}`", f"`{closing}` to close it")
