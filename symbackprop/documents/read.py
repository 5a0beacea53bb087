"""Reading one formula: text to a tree, or to the reason why there is none."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib import resources
from typing import Any, Final

from lark import Lark, Token as LarkToken
from lark.exceptions import UnexpectedToken
from lark.lexer import Lexer as LarkLexer

from symbackprop.documents.build import Builder
from symbackprop.documents.formula import Formula
from symbackprop.documents.layout import Cleaner
from symbackprop.documents.lexer import Lexer
from symbackprop.documents.macros import Expander, Macros
from symbackprop.documents.source import Source, Span
from symbackprop.documents.statements import Assembler
from symbackprop.documents.syntax import (
    Applied,
    Bracket,
    Derivative,
    Group,
    MarkKind,
    Name,
    NameGroup,
    Node,
    Number,
    Passage,
    Product,
    ProductSign,
    Quotient,
    QuotientForm,
    Scripted,
)
from symbackprop.documents.tokens import NotRead, Raw, RawToken, Reading, Scanner, Terminal, Token, Unreadable

MAX_DEPTH: Final = 150

_EXPECTED: Final = {
    "RBRACE": "`}`", "RPAR": "`)`", "RSQB": "`]`", "RCUR": r"`\}`", "LBRACE": "`{`", "REL": "a relation",
    "BAR_CLOSE": "a closing bar", "CELL": "`&`", "ROW": r"`\\`", "$END": "the end of the formula",
}  # fmt: skip


class _Handed(LarkLexer):  # type: ignore[misc]
    """Hands the parser the tokens that it is given."""

    def __init__(self, conf: object) -> None: ...

    def lex(self, data: Any) -> Iterator[Any]:
        yield from data


@cache
def _grammar() -> Lark:
    text = resources.files(__package__ or "").joinpath("grammar.lark").read_text("utf-8")
    return Lark(
        text, parser="lalr", lexer=_Handed, transformer=Builder(), keep_all_tokens=True,
        maybe_placeholders=False,
    )  # fmt: skip


def read(
    source: Source,
    start: int = 0,
    end: int | None = None,
    *,
    macros: Macros | None = None,
    names: frozenset[str] = frozenset(),
    text: str | None = None,
) -> Formula | Unreadable:
    """The formula between two offsets of a source, without its delimiters.

    `names` are words of several letters that the document uses as one name. `text` is a copy of
    the source, of the same length, in which what is no part of the formula (quote marks at the
    start of lines) is blank.
    """
    span = Span(source, start, len(source.text) if end is None else end)
    try:
        return _read(span, macros or Macros(), names, text)
    except NotRead as reason:
        return reason.unreadable


def read_text(text: str, *, macros: Macros | None = None, name: str = "<text>") -> Formula | Unreadable:
    """A formula that is a text of its own."""
    return read(Source(name, text), macros=macros)


def _read(span: Span, macros: Macros, names: frozenset[str], text: str | None) -> Formula:
    scanner = Scanner(span.source, span.start, span.end, text)
    raw = Expander(macros).expand(scanner.scan())
    readings: list[Reading] = []
    raw, number = _without_number(raw, readings)
    lexer = Lexer(raw, names)
    terminals = lexer.run()
    cleaner = Cleaner(terminals)
    cleaned = cleaner.clean()
    if number is not None:
        cleaned = [number, *cleaned]
    passage = _parse(cleaned, span)
    readings.extend(_choices(passage))
    statements = Assembler().assemble(passage)
    continues = bool(statements) and statements[0].chain.first is None
    readings.extend([*lexer.readings, *cleaner.readings])
    readings.sort(key=lambda r: (r.span.start, r.span.end, r.text))
    return Formula(span, passage, statements, continues, tuple(readings), tuple(scanner.repairs))


def _without_number(raw: list[RawToken], readings: list[Reading]) -> tuple[list[RawToken], Token | None]:
    """Takes the `4>` off a formula that an author numbered so inside the dollars."""
    solid = [i for i, t in enumerate(raw) if t.kind is not Raw.SPACE][:2]
    if len(solid) < 2 or raw[solid[0]].kind is not Raw.DIGITS or raw[solid[1]].text != ">":
        return raw, None
    touching, then = solid[1] == solid[0] + 1, raw[solid[1] + 1 : solid[1] + 2]
    if not touching or not then or then[0].kind is not Raw.SPACE:
        return raw, None
    span = raw[solid[0]].span.to(raw[solid[1]].span)
    readings.append(Reading(span, f"`{span.text}` at the front is read as a number of the line"))
    return raw[solid[1] + 1 :], Token(Terminal.MARK, raw[solid[0]].text + ">", span, MarkKind.LABEL)


def _parse(tokens: list[Token], span: Span) -> Passage:
    if not tokens:
        raise NotRead(span, "nothing", "a formula")
    parser = _grammar().parse_interactive()
    try:
        for token in tokens:
            parser.feed_token(token)
        passage = parser.feed_token(LarkToken("$END", ""))
    except UnexpectedToken as unexpected:
        raise _unexpected(unexpected, tokens) from None
    if passage is None:
        raise NotRead(span, "nothing", "a formula")
    return passage  # type: ignore[no-any-return]


def _unexpected(error: UnexpectedToken, tokens: list[Token]) -> NotRead:
    expected = set(error.expected)
    parts = ["an expression"] if "NAME" in expected and "OVER" not in expected else []
    parts = parts or [words for name, words in _EXPECTED.items() if name in expected]
    if len(parts) > 2:
        parts = ["an operator, a relation", "the end of what is open"]
    token = error.token
    words = " or ".join(parts) or "something else"
    if isinstance(token, Token):
        return NotRead(token.span, f"`{token.text}`", words)
    end = tokens[-1].span.end
    place = Span(tokens[-1].span.source, end, end)
    return NotRead(place, "the end of the formula", words)


def _choices(root: Node) -> Iterator[Reading]:
    """What the grammar decided where authors may differ; refuses a tree that is too deep."""
    waiting: list[tuple[Node, int]] = [(root, 1)]
    while waiting:
        node, depth = waiting.pop()
        if depth > MAX_DEPTH:
            raise NotRead(node.span, f"a formula nested more than {MAX_DEPTH} deep", "a flatter one")
        if isinstance(node, Product):
            yield from _choices_in_product(node)
        elif isinstance(node, Group) and node.opening is Bracket.BRACES:
            yield Reading(node.span, "a sum in braces, which do not print, is read as one factor")
        elif isinstance(node, Applied) and isinstance(node.argument, NameGroup):
            yield Reading(node.span, "a function without brackets takes the next name with its bracket")
        elif isinstance(node, Derivative) and node.applied and isinstance(node.of, Product):
            yield Reading(node.span, "the derivative operator acts on all factors behind it")
        waiting.extend((child, depth + 1) for child in node.children())


def _choices_in_product(node: Product) -> Iterator[Reading]:
    for left, sign, right in zip(node.factors, node.signs, node.factors[1:], strict=False):
        if sign.sign is not ProductSign.JUXTAPOSED or not isinstance(right, (Name, Scripted, Number)):
            continue
        if isinstance(left, Applied):
            yield Reading(left.span, "a function without brackets takes the next factor only")
        elif isinstance(left, Quotient) and left.form is QuotientForm.SLASH:
            yield Reading(left.span, "a slanted quotient ends with the first factor behind the slash")
