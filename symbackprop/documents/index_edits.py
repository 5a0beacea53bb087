"""Slips in what stands above and below names: indices, layers, numbers, the letters and bounds of sums."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from symbackprop.documents import syntax as s
from symbackprop.documents.edits import Change, Edited, Words, letters_in, mapped_names, renamed, with_field
from symbackprop.documents.kinds import Bracket, NameKind, ScriptMark, Sign
from symbackprop.documents.source import Span
from symbackprop.documents.trees import replaced, walk


def _is_subscript(node: s.Node) -> bool:
    return isinstance(node, s.Script) and node.mark is ScriptMark.SUBSCRIPT


def index_renamed(node: s.Node, words: Words) -> Iterator[Edited]:
    """`a_i` to `a_j`."""
    if not isinstance(node, s.Script) or not _is_subscript(node):
        return
    for name in letters_in(node):
        for letter in words.letters:
            if letter != name.text and name.text not in words.layers:
                yield Edited(renamed(node, name, letter), ((name.span, letter),))


def sum_renamed(node: s.Node, words: Words) -> Iterator[Edited]:
    r"""`\sum_{i=1}^{n}` to `\sum_{j=1}^{n}`, the summand as it is."""
    if not isinstance(node, s.BigOperator) or node.lower is None or len(node.lower.items) != 1:
        return
    item = node.lower.items[0]
    name = item.first if isinstance(item, s.Chain) else None
    if not isinstance(name, s.Name):
        return
    for letter in words.letters:
        if letter != name.text:
            scripts = tuple(renamed(each, name, letter) if each is node.lower else each for each in node.scripts)
            yield Edited(with_field(node, "scripts", scripts), ((name.span, letter),))


def everywhere(node: s.Node, words: Words) -> Iterator[Edited]:
    """One index letter replaced by another wherever it stands in subscripts, where it stands more than once."""
    found: dict[str, list[s.Name]] = {}
    for part in walk(node):
        if isinstance(part, s.Script) and _is_subscript(part):
            for name in letters_in(part):
                found.setdefault(name.text, []).append(name)
    for old, names in sorted(found.items()):
        spans = {(name.span.start, name.span.end) for name in names}
        for letter in words.letters:
            if letter == old or len(names) < 2:
                continue

            def change(name: s.Name, spans: set[tuple[int, int]] = spans, letter: str = letter) -> s.Name:
                return replace(name, text=letter) if (name.span.start, name.span.end) in spans else name

            ordered = sorted((name.span for name in names), key=lambda span: span.start)
            yield Edited(mapped_names(node, change), tuple((span, letter) for span in ordered))


def index_dropped(node: s.Node, words: Words) -> Iterator[Edited]:
    """`a_{pq}` to `a_q`, `a_p`."""
    product = _side_by_side(node)
    if product is None or not isinstance(node, s.Script):
        return
    for at, factor in enumerate(product.factors):
        rest = (*product.factors[:at], *product.factors[at + 1 :])
        body = rest[0] if len(rest) == 1 else replace(product, factors=rest, signs=product.signs[1:])
        content = replace(node.content, elements=(s.Chain(product.span, body),))
        yield Edited(with_field(node, "content", content), ((factor.span, ""),))


def indices_exchanged(node: s.Node, words: Words) -> Iterator[Edited]:
    """`w_{ij}` to `w_{ji}`."""
    product = _side_by_side(node)
    if product is None or len(product.factors) != 2:
        return
    left, right = product.factors
    if not isinstance(node, s.Script) or left == right:
        return
    content = replace(node.content, elements=(s.Chain(product.span, replace(product, factors=(right, left))),))
    changes = ((left.span, right.span.text), (right.span, left.span.text))
    yield Edited(with_field(node, "content", content), changes, left.span.to(right.span))


def _side_by_side(node: s.Node) -> s.Product | None:
    """Several indices without commas in one subscript."""
    if not isinstance(node, s.Script) or not _is_subscript(node) or len(node.items) < 2:
        return None
    (chain,) = node.content.elements if len(node.content.elements) == 1 else (None,)
    product = chain.first if isinstance(chain, s.Chain) else None
    return product if isinstance(product, s.Product) else None


def script_number_changed(node: s.Node, words: Words) -> Iterator[Edited]:
    """One digit of an index, a layer or a power to a neighbouring one; the step of `l + 1` is the layer's."""
    if not isinstance(node, s.Script):
        return
    for number in (item for item in node.items if isinstance(item, s.Number)):
        for made, change in _digits(number):
            yield Edited(_with_number(node, number, made), (change,))


def _with_number(node: s.Script, number: s.Number, made: s.Number) -> s.Node:
    """The script with one of its numbers, told by its place, replaced."""
    return replaced(node, lambda part: made if isinstance(part, s.Number) and part.span == number.span else None)


def _digits(node: s.Node) -> Iterator[tuple[s.Number, Change]]:
    """One digit of a number to a neighbouring one, with what changes in the source."""
    if not isinstance(node, s.Number) or not node.text.isdigit() or node.span.text != node.text or len(node.text) > 4:
        return
    for at, digit in enumerate(node.text):
        for step in (-1, 1, -2, 2):
            if 0 <= int(digit) + step <= 9:
                new = str(int(digit) + step)
                start = node.span.start + at
                made = replace(node, text=node.text[:at] + new + node.text[at + 1 :])
                yield made, (Span(node.span.source, start, start + 1), new)


def plain_number_changed(node: s.Node, words: Words) -> Iterator[Edited]:
    """A number that is computed with."""
    for made, change in _digits(node):
        yield Edited(made, (change,))


# layers


def layer_changed(node: s.Node, words: Words) -> Iterator[Edited]:
    """`a^{l}` to `a^{l-1}`, `a^{l+1}`, `a^{L}`; the same for the layer in a width."""
    if not isinstance(node, s.Script) or len(node.items) != 1 or node.is_transpose:
        return
    base, offset = _layer(node.items[0])
    if base is None or (_is_subscript(node) and base not in words.layers):
        return
    others = [(other, offset) for other in words.layers if other != base]
    for letter, total in ((base, offset - 1), (base, offset + 1), *others, *((o, 0) for o, _ in others if offset)):
        yield _with_layer(node, letter, total)


def _with_layer(node: s.Script, base: str, total: int) -> Edited:
    name: s.Expression = s.Name(node.content.span, base)
    if total:
        number = s.Number(node.content.span, str(abs(total)))
        sign = Sign.PLUS if total > 0 else Sign.MINUS
        terms = (s.Term(name.span, None, name), s.Term(name.span, sign, number))
        name = s.Addition(node.content.span, terms)
    content = replace(node.content, elements=(s.Chain(node.content.span, name),))
    text = f"{base}{total:+d}" if total else base
    bare = node.bracket is Bracket.NONE
    changed = with_field(node, "content", content)
    if isinstance(changed, s.Script) and bare and total:
        changed = replace(changed, bracket=Bracket.BRACES)
    return Edited(changed, ((node.items[0].span, "{" + text + "}" if bare and total else text),))


def _layer(item: s.Node) -> tuple[str | None, int]:
    if isinstance(item, s.Name) and item.kind is NameKind.LETTER:
        return item.text, 0
    if isinstance(item, s.Addition) and len(item.terms) == 2 and isinstance(item.terms[0].body, s.Name):
        number = item.terms[1].body
        if isinstance(number, s.Number) and number.text.isdigit() and len(number.text) < 3:
            return item.terms[0].body.text, int(number.text) * (1 if item.terms[1].sign is Sign.PLUS else -1)
    return None, 0
