"""Slips that small notes hold: a lost partial sign, an argument's factor, a square, an indicator, another matrix."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from symbackprop.documents import syntax as s
from symbackprop.documents.edits import Edited, Words
from symbackprop.documents.kinds import Bracket, NameKind, ProductSign, ScriptMark
from symbackprop.documents.names import parsed
from symbackprop.documents.source import Span


def _at(span: Span) -> Span:
    return Span(span.source, _inner(span).start, _inner(span).start)


def _inner(span: Span) -> Span:
    """The span without TeX's own braces around it."""
    braced = span.text.startswith("{") and span.text.endswith("}")
    return Span(span.source, span.start + 1, span.end - 1) if braced else span


def partial_lost(node: s.Node, words: Words) -> Iterator[Edited]:
    r"""`\frac{f(z)}{\partial z}` to `\frac{\partial f(z)}{\partial z}`."""
    if not isinstance(node, s.Quotient) or not isinstance(node.denominator, s.Differential):
        return
    below, above = node.denominator, node.numerator
    if below.body is None or isinstance(above, s.Differential):
        return
    by = s.Variation(below.span, below.symbol, below.body)
    made = s.Derivative(node.span, below.symbol, above, (by,), node.form)
    yield Edited(made, ((_at(above.span), f"{below.symbol.value} "),), above.span)


def argument_changed(node: s.Node, words: Words) -> Iterator[Edited]:
    """`f(z)` to `f(2z)`."""
    head = node.head.base if isinstance(node, s.NameGroup) and isinstance(node.head, s.Scripted) else node
    head = head.head if isinstance(head, s.NameGroup) else head
    if not isinstance(node, s.NameGroup) or not isinstance(head, s.Name):
        return
    items = node.group.items
    function = head.kind is not NameKind.LETTER or head.text in words.functions
    if not function or len(items) != 1 or not isinstance(items[0], s.Name | s.Scripted):
        return
    inner = items[0]
    two = s.Number(inner.span, "2")
    sign = s.FactorSign(inner.span, ProductSign.JUXTAPOSED)
    made = s.Product(inner.span, (two, inner), (sign,))
    content = s.Passage(node.group.content.span, (s.Chain(inner.span, made),))
    yield Edited(replace(node, group=replace(node.group, content=content)), ((_at(inner.span), "2"),), inner.span)


def squared(node: s.Node, words: Words) -> Iterator[Edited]:
    r"""`\frac{a}{b}` to `\frac{a}{b^2}`."""
    if not isinstance(node, s.Quotient) or isinstance(node.denominator, s.Number | s.Differential):
        return
    below = node.denominator
    group = s.Group(below.span, Bracket.ROUND, Bracket.ROUND, s.Passage(below.span, (s.Chain(below.span, below),)))
    two = s.Passage(below.span, (s.Chain(below.span, s.Number(below.span, "2")),))
    power = s.Script(below.span, ScriptMark.SUPERSCRIPT, Bracket.NONE, two)
    made = s.Scripted(below.span, group, (power,))
    yield Edited(replace(node, denominator=made), ((_inner(below.span), f"({_inner(below.span).text})^2"),))


def indicated(node: s.Node, words: Words) -> Iterator[Edited]:
    r"""`p_k - 1` to `p_k - \mathbb{1}(k = y_i)`."""
    if not isinstance(node, s.Number) or node.text != "1":
        return
    for part in words.indicators:
        yield Edited(part.node, ((_inner(node.span), part.text),))


def operator_lost(node: s.Node, words: Words) -> Iterator[Edited]:
    r"""`\frac{f}{g}` to `\mathbf{D} \frac{f}{g}`."""
    if not isinstance(node, s.Quotient | s.NameGroup | s.Name | s.Scripted):
        return
    for part in words.operators:
        sign = s.FactorSign(node.span, ProductSign.JUXTAPOSED)
        made = s.Product(node.span, (part.node, node), (sign,))
        yield Edited(made, ((_at(node.span), f"{part.text} "),), node.span)


def rebuilt_product(node: s.Node, words: Words) -> Iterator[Edited]:
    r"""`W^\top \delta` to `\delta X^\top`: another matrix beside the same gradient, on either side."""
    if not isinstance(node, s.Product) or len(node.factors) != 2:
        return
    sign = node.signs[0]
    joint = f" {sign.sign.value} " if sign.sign.value else " "
    for at in (0, 1):
        kept, culprit = node.factors[1 - at], node.factors[at].span
        for part in words.matrices:
            for factors in ((kept, part.node), (part.node, kept)):
                texts = [part.text if factor is part.node else factor.span.text for factor in factors]
                made = s.Product(node.span, factors, (sign,))
                yield Edited(made, ((node.span, joint.join(texts)),), culprit)


def indicator(left: str, right: str) -> tuple[s.Expression, str] | None:
    text = rf"\mathbb{{1}}({left} = {right})"
    node = parsed(text)
    return None if node is None else (node, text)
