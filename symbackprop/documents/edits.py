"""Small edits of an expression, each with its place in the source: what a slip of the pen looks like."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from functools import partial
from itertools import pairwise
from typing import Any, Final

from symbackprop.documents import syntax as s
from symbackprop.documents.kinds import Bracket, NameKind, ProductSign, ScriptMark, Sign
from symbackprop.documents.source import Span

Change = tuple[Span, str]
SIZES: Final = ("\\left", *(f"\\{name}{side}" for name in ("big", "Big", "bigg", "Bigg") for side in ("", "l")))


@dataclass(frozen=True)
class Edited:
    """A tree after an edit, and what changes in the source."""

    node: s.Node
    changes: tuple[Change, ...]


def edited(node: s.Node, letters: tuple[str, ...]) -> Iterator[Edited]:
    """Every tree that is one edit away; the likeliest slips come first."""
    yield from _everywhere(node, letters)
    indices = (_index_renamed, _number_changed, _index_dropped)
    for kind in (*indices, _layer_shifted, _primed, _signed, _transposed, _swapped):
        yield from _within(node, partial(kind, letters=letters))
    yield from _negated(node)


def _within(node: s.Node, local: Any, inside: bool = False) -> Iterator[Edited]:
    """The edit made at the node itself, or anywhere below it."""
    yield from local(node)
    for field in fields(node):
        value = getattr(node, field.name)
        if isinstance(value, s.Node):
            for made in _within(value, local):
                yield Edited(_with(node, field.name, made.node), made.changes)
        elif isinstance(value, tuple):
            for at, item in enumerate(value):
                if isinstance(item, s.Node):
                    for made in _within(item, local):
                        new = (*value[:at], made.node, *value[at + 1 :])
                        yield Edited(_with(node, field.name, new), made.changes)


def _with(node: s.Node, name: str, value: object) -> s.Node:
    whole: Any = node
    changes: dict[str, Any] = {name: value}
    if isinstance(node, s.Script):
        changes["tokens"] = ()
    made: s.Node = replace(whole, **changes)
    return made


# indices


def _is_subscript(node: s.Node) -> bool:
    return isinstance(node, s.Script) and node.mark is ScriptMark.SUBSCRIPT


def _names(script: s.Script) -> list[s.Name]:
    return [item for item in script.items if isinstance(item, s.Name) and item.kind is NameKind.LETTER]


def renamed(node: s.Node, old: s.Name, new: str) -> s.Node:
    """The tree with one name, told by its place, replaced."""
    return mapped_names(node, lambda name: replace(name, text=new) if name.span == old.span else name)


def mapped_names(node: s.Node, change: Any, inside: bool = True) -> s.Node:
    if isinstance(node, s.Name):
        made: s.Node = change(node)
        return made
    changes: dict[str, Any] = {}
    for field in fields(node):
        value = getattr(node, field.name)
        if isinstance(value, s.Node):
            changes[field.name] = mapped_names(value, change)
        elif isinstance(value, tuple) and any(isinstance(item, s.Node) for item in value):
            changes[field.name] = tuple(mapped_names(i, change) if isinstance(i, s.Node) else i for i in value)
    whole: Any = node
    if isinstance(node, s.Script) and changes["content"] != node.content:
        changes["tokens"] = ()
    result: s.Node = replace(whole, **changes)
    return result


def _index_renamed(node: s.Node, letters: tuple[str, ...]) -> Iterator[Edited]:
    if not isinstance(node, s.Script) or not _is_subscript(node):
        return
    for name in _names(node):
        for letter in letters:
            if letter != name.text:
                yield Edited(renamed(node, name, letter), ((name.span, letter),))


def _everywhere(node: s.Node, letters: tuple[str, ...]) -> Iterator[Edited]:
    """One index letter replaced by another wherever it stands in subscripts, where it stands more than once."""
    found: dict[str, list[s.Name]] = {}
    waiting = [node]
    while waiting:
        part = waiting.pop()
        if isinstance(part, s.Script) and _is_subscript(part):
            for name in _names(part):
                found.setdefault(name.text, []).append(name)
        waiting.extend(part.children())
    for old, names in sorted(found.items()):
        spans = {(name.span.start, name.span.end) for name in names}
        for letter in letters:
            if letter == old or len(names) < 2:
                continue

            def change(name: s.Name, spans: set[tuple[int, int]] = spans, letter: str = letter) -> s.Name:
                return replace(name, text=letter) if (name.span.start, name.span.end) in spans else name

            ordered = sorted((name.span for name in names), key=lambda span: span.start)
            yield Edited(mapped_names(node, change), tuple((span, letter) for span in ordered))


def _number_changed(node: s.Node, letters: tuple[str, ...]) -> Iterator[Edited]:
    """One digit of `w_{11}`, or the number of a layer, to a neighbouring one."""
    if not isinstance(node, s.Script) or len(node.items) != 1 or not isinstance(node.items[0], s.Number):
        return
    number, (chain,) = node.items[0], node.content.elements
    if not number.text.isdigit() or number.span.text != number.text or not isinstance(chain, s.Chain):
        return
    lowest = 1 if node.mark is ScriptMark.SUBSCRIPT else 0
    for at, digit in enumerate(number.text):
        for step in (-1, 1, -2, 2):
            if lowest <= int(digit) + step <= 9:
                new = str(int(digit) + step)
                other = replace(number, text=number.text[:at] + new + number.text[at + 1 :])
                content = replace(node.content, elements=(replace(chain, first=other),))
                start = number.span.start + at
                yield Edited(_with(node, "content", content), ((Span(number.span.source, start, start + 1), new),))


def _index_dropped(node: s.Node, letters: tuple[str, ...]) -> Iterator[Edited]:
    """`a_{pq}` to `a_q`, `a_p`."""
    if not isinstance(node, s.Script) or not _is_subscript(node) or len(node.items) < 2:
        return
    (chain,) = node.content.elements if len(node.content.elements) == 1 else (None,)
    product = chain.first if isinstance(chain, s.Chain) else None
    if not isinstance(product, s.Product):
        return
    for at, factor in enumerate(product.factors):
        rest = (*product.factors[:at], *product.factors[at + 1 :])
        body = rest[0] if len(rest) == 1 else replace(product, factors=rest, signs=product.signs[1:])
        content = replace(node.content, elements=(s.Chain(product.span, body),))
        yield Edited(_with(node, "content", content), ((factor.span, ""),))


# layers


def _layer_shifted(node: s.Node, letters: tuple[str, ...]) -> Iterator[Edited]:
    if not isinstance(node, s.Script) or node.mark is not ScriptMark.SUPERSCRIPT or len(node.items) != 1:
        return
    base, offset = _layer(node.items[0])
    if base is None or node.is_transpose:
        return
    for step in (-1, 1):
        total = offset + step
        name: s.Expression = s.Name(node.content.span, base)
        if total:
            number = s.Number(node.content.span, str(abs(total)))
            sign = Sign.PLUS if total > 0 else Sign.MINUS
            terms = (s.Term(name.span, None, name), s.Term(name.span, sign, number))
            name = s.Addition(node.content.span, terms)
        content = replace(node.content, elements=(s.Chain(node.content.span, name),))
        text = f"{base}{total:+d}" if total else base
        bare = node.bracket is Bracket.NONE
        changed = _with(node, "content", content)
        if isinstance(changed, s.Script) and bare and total:
            changed = replace(changed, bracket=Bracket.BRACES)
        yield Edited(changed, ((node.items[0].span, "{" + text + "}" if bare and total else text),))


def _layer(item: s.Node) -> tuple[str | None, int]:
    if isinstance(item, s.Name) and item.kind is NameKind.LETTER:
        return item.text, 0
    if isinstance(item, s.Addition) and len(item.terms) == 2 and isinstance(item.terms[0].body, s.Name):
        number = item.terms[1].body
        if isinstance(number, s.Number) and number.text.isdigit() and len(number.text) < 3:
            return item.terms[0].body.text, int(number.text) * (1 if item.terms[1].sign is Sign.PLUS else -1)
    return None, 0


# functions, signs, factors


def _primed(node: s.Node, letters: tuple[str, ...]) -> Iterator[Edited]:
    if not isinstance(node, s.NameGroup):
        return
    head = node.head
    if isinstance(head, s.Name):
        end = Span(head.span.source, head.span.end, head.span.end)
        yield Edited(replace(node, head=s.Scripted(head.span, head, (), 1)), ((end, "'"),))
    elif isinstance(head, s.Scripted) and head.primes == 1 and not head.scripts and "'" in head.span.text:
        place = head.span.start + head.span.text.index("'")
        spot = Span(head.span.source, place, place + 1)
        yield Edited(replace(node, head=head.base), ((spot, ""),))


def _signed(node: s.Node, letters: tuple[str, ...]) -> Iterator[Edited]:
    if not isinstance(node, s.Addition):
        return
    for at, term in enumerate(node.terms):
        if term.sign not in (Sign.PLUS, Sign.MINUS):
            continue
        other = Sign.MINUS if term.sign is Sign.PLUS else Sign.PLUS
        found = term.span.text[:1] == term.sign.value
        spot = Span(term.span.source, term.span.start, term.span.start + 1) if found else term.span
        text = other.value if found else other.value + term.body.span.text
        terms = (*node.terms[:at], replace(term, sign=other), *node.terms[at + 1 :])
        dropped = at == 0 and other is Sign.PLUS
        yield Edited(replace(node, terms=terms), ((spot, "" if dropped and found else text),))


def _negated(node: s.Node) -> Iterator[Edited]:
    if isinstance(node, s.Chain | s.Mark | s.Script | s.Addition):
        return
    body: Any = node
    term = s.Term(node.span, Sign.MINUS, body)
    start = Span(node.span.source, node.span.start, node.span.start)
    yield Edited(s.Addition(node.span, (term,)), ((start, "-"),))


def _transposed(node: s.Node, letters: tuple[str, ...]) -> Iterator[Edited]:
    if isinstance(node, s.Scripted) and any(script.is_transpose for script in node.scripts):
        kept = tuple(script for script in node.scripts if not script.is_transpose)
        (spot,) = [script.span for script in node.scripts if script.is_transpose][:1]
        base: Any = replace(node, scripts=kept) if kept or node.primes else node.base
        yield Edited(base, ((spot, ""),))
    elif isinstance(node, s.Product):
        for at, factor in enumerate(node.factors):
            if isinstance(factor, s.Scripted | s.Group | s.Name):
                mark = s.Script(factor.span, ScriptMark.SUPERSCRIPT, Bracket.NONE, _empty(factor), ("T",))
                inner = factor if isinstance(factor, s.Group) else _bracketed(factor)
                new = s.Scripted(factor.span, inner, (mark,))
                factors = (*node.factors[:at], new, *node.factors[at + 1 :])
                text = f"({factor.span.text})^T" if not isinstance(factor, s.Group) else f"{factor.span.text}^T"
                yield Edited(replace(node, factors=factors), ((factor.span, text),))


def _empty(node: s.Node) -> s.Passage:
    return s.Passage(node.span, (s.Chain(node.span, s.Name(node.span, "T")),))


def _bracketed(node: s.Expression) -> s.Group:
    return s.Group(node.span, Bracket.ROUND, Bracket.ROUND, s.Passage(node.span, (s.Chain(node.span, node),)))


def _swapped(node: s.Node, letters: tuple[str, ...]) -> Iterator[Edited]:
    if not isinstance(node, s.Product):
        return
    for at, (left, right) in enumerate(zip(node.factors, node.factors[1:], strict=False)):
        if node.signs[at].sign is ProductSign.JUXTAPOSED:
            factors = (*node.factors[:at], right, left, *node.factors[at + 2 :])
            both = ((left.span, right.span.text), (right.span, left.span.text))
            yield Edited(replace(node, factors=factors), both)


def text_after(span: Span, changes: tuple[Change, ...]) -> str:
    """The source of a span with the changes made that lie in it."""
    span = _with_size(span)
    text, source = span.text, span.source
    for spot, new in sorted(changes, key=lambda change: change[0].start, reverse=True):
        if spot.source is source and span.start <= spot.start and spot.end <= span.end:
            text = text[: spot.start - span.start] + new + text[spot.end - span.start :]
    return text


def _with_size(span: Span) -> Span:
    r"""The span with the `\left` before its first bracket: a command of TeX that is no part of the tree."""
    before = span.source.text[: span.start].rstrip()
    command = next((c for c in SIZES if before.endswith(c)), None)
    return span if command is None else Span(span.source, len(before) - len(command), span.end)


def overlap(changes: tuple[Change, ...]) -> bool:
    """Whether two changes touch the same characters."""
    spots = sorted((spot.start, spot.end) for spot, _ in changes)
    return len(set(spots)) < len(spots) or any(end > start for (_, end), (start, _) in pairwise(spots))
