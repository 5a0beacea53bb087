"""Fractions that are derivatives, told apart from those that are quotients."""

from __future__ import annotations

from dataclasses import replace

from symbackprop.documents import syntax as s
from symbackprop.documents.parts import Scripts
from symbackprop.documents.source import Span
from symbackprop.documents.tokens import NotRead, Token


def widened(node: s.Expression) -> s.Expression:
    r"""Lets a leading `\partial` reach over the whole product: `\partial W_3 x_2` varies `W_3 x_2`."""
    if not isinstance(node, s.Product) or not isinstance(node.factors[0], s.Differential):
        return node
    first = node.factors[0]
    if first.body is None or any(isinstance(f, s.Differential) for f in node.factors[1:]):
        return node
    body = s.Product(first.body.span.to(node.span), (first.body, *node.factors[1:]), node.signs)
    return replace(first, span=node.span, body=body)


def _variations(node: s.Expression) -> tuple[s.Variation, ...] | None:
    """What a denominator varies, None where it is no product of differentials."""
    node = widened(node)
    factors = node.factors if isinstance(node, s.Product) else (node,)
    found: list[s.Variation] = []
    for factor in factors:
        if not isinstance(factor, s.Differential) or factor.body is None or factor.order is not None:
            return None
        found.append(s.Variation(factor.span, factor.symbol, factor.body))
    return tuple(found)


def _ordered(by: tuple[s.Variation, ...], order: s.Expression | None) -> tuple[s.Variation, ...]:
    r"""Below an operator of order 2, `\partial x^2` is two times x, not x squared."""
    if order is None or len(by) != 1 or not isinstance(by[0].body, s.Scripted):
        return by
    body, last = by[0].body, by[0].body.scripts[-1:]
    if not last or last[0].mark is not s.ScriptMark.SUPERSCRIPT or last[0].items != (order,):
        return by
    rest = body.scripts[:-1]
    bare = replace(body, scripts=rest) if rest or body.primes else body.base
    return (replace(by[0], body=bare, order=order),)


def fraction(
    span: Span, above: s.Expression, below: s.Expression, form: s.QuotientForm
) -> s.Expression:
    """A quotient, or a derivative where both sides are differentials of the same letter."""
    top, by = widened(above), _variations(below)
    if isinstance(top, s.Differential) and top.body is not None and by is not None:
        symbols = {top.symbol, *(v.symbol for v in by)}
        if s.DifferentialSymbol.PARTIAL not in symbols or len(symbols) == 1:
            return s.Derivative(span, top.symbol, top.body, _ordered(by, top.order), form, False, top.order)
    return s.Quotient(span, above, below, form)


def operator_fraction(
    span: Span, sign: Token, scripts: Scripts | None, below: s.Expression, form: s.QuotientForm
) -> s.Derivative:
    r"""`\frac{\partial}{\partial x}` before it is applied."""
    order = scripts.scripts[0].items[0] if scripts is not None and scripts.scripts else None
    by = _variations(below)
    if by is None or isinstance(order, s.Chain) or not isinstance(sign.value, s.DifferentialSymbol):
        raise NotRead(below.span, f"`{below.span.text}`", f"`{sign.text}` and a variable below the line")
    return s.Derivative(span, sign.value, None, _ordered(by, order), form, True, order)
