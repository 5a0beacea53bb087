"""Nodes of the tree, made as the parser recognises constructs: no intermediate parse tree."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from symbackprop.documents import syntax as s
from symbackprop.documents.derivatives import fraction, operator_fraction
from symbackprop.documents.parts import Factors, Operator, Scripts
from symbackprop.documents.source import Span
from symbackprop.documents.tokens import NotRead, Token

MAX_DECORATIONS: Final = 8


def _expression(value: s.Expression | Factors) -> s.Expression:
    return value.node() if isinstance(value, Factors) else value


def _mark(token: Token) -> s.Mark:
    kind: Any = token.value
    return s.Mark(token.span, kind, token.text)


def _at(span: Span) -> Span:
    return Span(span.source, span.start, span.start)


def _slope_behind(node: s.Expression) -> tuple[s.Expression, s.Scripted] | None:
    """`w [f]'` as w and the slope of f, which a bracket behind it is the argument of."""
    if not isinstance(node, s.Scripted) or not node.primes or not isinstance(node.base, s.NameGroup):
        return None
    head, group = node.base.head, node.base.group
    if group.opening is not s.Bracket.SQUARE:
        return None
    return head, s.Scripted(group.span.to(node.span), group, node.scripts, node.primes)


class Builder:
    """Callbacks of the parser, one a rule or alias of the grammar.

    The parser calls them by name with the parts that the rule lists, so their types are those of
    the grammar; that is why `Any` stands here and nowhere else.
    """

    # -- passages, chains, relations ------------------------------------------------------------

    def start(self, c: list[Any]) -> s.Passage | None:
        return c[0] if c else None

    def passage(self, c: list[Any]) -> s.Passage | None:
        elements = tuple(
            _mark(e) if isinstance(e, Token) else e for e in c
        )
        if not elements:
            return None
        return s.Passage(elements[0].span.to(elements[-1].span), elements)

    def chain(self, c: list[Any]) -> s.Chain:
        first = _expression(c[0])
        links = c[1] if len(c) > 1 else ()
        return s.Chain(first.span.to(links[-1].span) if links else first.span, first, links)

    def continued(self, c: list[Any]) -> s.Chain:
        return s.Chain(c[0][0].span.to(c[0][-1].span), None, c[0])

    def links(self, c: list[Any]) -> tuple[s.Link, ...]:
        pairs = zip(c[::2], map(_expression, c[1::2]), strict=True)
        return tuple(s.Link(r.span.to(e.span), r, e) for r, e in pairs)

    def relation(self, c: list[Token]) -> s.Relation:
        kind, repeated = c[0].value if isinstance(c[0].value, tuple) else (c[0].value, False)
        return s.Relation(c[0].span, kind, c[0].text, None, repeated)

    def stacked_relation(self, c: list[Any]) -> s.Relation:
        relation = self.relation([c[5]])
        above = c[2] or s.Passage(_at(c[1].span), ())
        defines = any("def" in text for text in s.leaf_texts(above)) or s.leaf_texts(above) == ("d", "e", "f")
        kind = s.RelationKind.DEFINED if defines else relation.kind
        return s.Relation(c[0].span.to(c[6].span), kind, relation.text, above)

    # -- sums and products -----------------------------------------------------------------------

    def terms(self, c: list[Any]) -> s.Expression:
        first = _expression(c[0])
        if len(c) == 1:
            return first
        head = first.terms if isinstance(first, s.Addition) and len(first.terms) == 1 else (
            s.Term(first.span, None, first),
        )  # fmt: skip
        tail = tuple(
            s.Term(sign.span.to(body.span), sign.value, body)
            for sign, body in zip(c[1::2], map(_expression, c[2::2]), strict=True)
        )
        return s.Addition(first.span.to(tail[-1].span), (*head, *tail))

    def negated(self, c: list[Any]) -> s.Addition:
        body = _expression(c[1])
        span = c[0].span.to(body.span)
        return s.Addition(span, (s.Term(span, c[0].value, body),))

    def product(self, c: list[Any]) -> Factors:
        return c[0] if isinstance(c[0], Factors) else Factors(c[0])

    def juxtaposed(self, c: list[Any]) -> Factors:
        rest: Factors = c[1]
        sign = s.FactorSign(_at(rest.span), s.ProductSign.JUXTAPOSED)
        last = rest.factors[-1]
        group = last.base if isinstance(last, s.Scripted) else last
        primed = isinstance(c[0], s.Scripted) and isinstance(c[0].base, s.Group) and c[0].primes
        if primed and isinstance(group, s.Group):  # [f]'(z)
            rest.factors[-1] = self.name_group([c[0], last])
            rest.span = c[0].span.to(rest.span)
            return rest
        called = _slope_behind(c[0])
        if called is not None and isinstance(group, s.Group):  # w [f]'(z)
            rest.factors[-1] = self.name_group([called[1], last])
            rest.span = called[1].span.to(rest.span)
            return rest.add(called[0], s.FactorSign(_at(called[1].span), s.ProductSign.JUXTAPOSED))
        return rest.add(c[0], sign)

    def operated(self, c: list[Any]) -> Factors:
        rest = c[2] if isinstance(c[2], Factors) else Factors(c[2])
        return rest.add(c[0], s.FactorSign(c[1].span, c[1].value))

    def big_operator(self, c: list[Any]) -> Factors:
        body = _expression(c[-1])
        scripts = c[1].scripts if len(c) == 3 else ()
        return Factors(s.BigOperator(c[0].span.to(body.span), c[0].value, scripts, body))

    def derivative_of(self, c: list[Any]) -> Factors:
        """The operator acts on a bracket that follows it, else on all the rest of the product."""
        operator, rest = c[0].node, c[1]
        first = rest.factors[-1]
        base = first.base if isinstance(first, s.Scripted) else first
        if isinstance(base, s.Group) and len(rest.factors) > 1:
            rest.factors[-1] = replace(operator, span=operator.span.to(first.span), of=first)
            rest.span = operator.span.to(rest.span)
            return rest  # type: ignore[no-any-return]
        body = rest.node()
        return Factors(replace(operator, span=operator.span.to(body.span), of=body))

    def slash(self, c: list[Any]) -> s.Expression:
        return fraction(c[0].span.to(c[2].span), c[0], c[2], s.QuotientForm.SLASH)

    def coefficient(self, c: list[Any]) -> s.Product:
        number = s.Number(c[0].span, c[0].text)
        sign = s.FactorSign(_at(c[1].span), s.ProductSign.JUXTAPOSED)
        return s.Product(number.span.to(c[1].span), (number, c[1]), (sign,))

    # -- names, functions, brackets ---------------------------------------------------------------

    def name(self, c: list[Token]) -> s.Name:
        value: Any = c[0].value
        return s.Name(c[0].span, *value)

    name_argument = name
    script_name = name

    def number(self, c: list[Token]) -> s.Number:
        return s.Number(c[0].span, c[0].text)

    script_number = number

    def dots(self, c: list[Token]) -> s.Dots:
        return s.Dots(c[0].span, c[0].text)

    script_dots = dots

    def lone_operator(self, c: list[Token]) -> s.OperatorSymbol:
        return s.OperatorSymbol(c[0].span, c[0].text)

    script_operator = lone_operator

    def partial_argument(self, c: list[Any]) -> s.Differential:
        return s.Differential(c[0].span, c[0].value, None)

    def decorated(self, c: list[Any]) -> s.Expression:
        decoration, body = c[0].value, c[1]
        span = c[0].span.to(body.span)
        if isinstance(body, s.Name):
            if len(body.decorations) >= MAX_DECORATIONS:
                raise NotRead(span, f"a name under more than {MAX_DECORATIONS} accents", "fewer")
            return replace(body, span=span, decorations=(*body.decorations, decoration))
        if isinstance(body, s.Number):
            return s.Name(span, body.text, s.NameKind.CONSTANT, (decoration,))
        return s.Decorated(span, decoration, body)

    script_decorated = decorated

    def argument(self, c: list[Any]) -> s.Expression:
        return replace(_expression(c[1]), span=c[0].span.to(c[2].span))

    def braces(self, c: list[Any]) -> s.Expression:
        """TeX's braces do not print: only a sum in them is kept as a group."""
        inner, span = _expression(c[1]), c[0].span.to(c[2].span)
        if isinstance(inner, s.Addition):
            content = s.Passage(inner.span, (s.Chain(inner.span, inner),))
            return s.Group(span, s.Bracket.BRACES, s.Bracket.BRACES, content)
        return replace(inner, span=span)

    def scripted(self, c: list[Any]) -> s.Scripted:
        return s.Scripted(c[0].span.to(c[1].span), c[0], c[1].scripts, c[1].primes)

    def group(self, c: list[Any]) -> s.Group:
        span = c[0].span.to(c[2].span)
        content = c[1] or s.Passage(Span(span.source, c[0].span.end, c[0].span.end), ())
        mixed = c[0].value is not c[2].value
        if mixed and len(content.items) != 2:
            raise NotRead(c[2].span, f"`{c[2].text}`", f"what closes the `{c[0].text}`")
        return s.Group(span, c[0].value, c[2].value, content)

    def bracketed(self, c: list[Any]) -> s.Expression:
        return self.scripted(c) if len(c) == 2 else c[0]

    def name_group(self, c: list[Any]) -> s.Expression:
        """`f(z)^2`: the script belongs to the whole."""
        head, behind = c
        group = behind.base if isinstance(behind, s.Scripted) else behind
        span = head.span.to(group.span)
        whole: s.Expression
        if isinstance(head, s.Product):  # out of braces, which do not print
            last = self.name_group([head.factors[-1], behind])
            return replace(head, span=head.span.to(behind.span), factors=(*head.factors[:-1], last))
        if isinstance(head, (s.Name, s.Scripted, s.Decorated)):
            whole = s.NameGroup(span, head, group) if isinstance(group, s.Group) else head
        else:
            sign = s.FactorSign(_at(group.span), s.ProductSign.JUXTAPOSED)
            return Factors(behind).add(head, sign).node()
        if isinstance(behind, s.Scripted):
            return replace(behind, span=head.span.to(behind.span), base=whole)
        return whole

    def function(self, c: list[Any]) -> s.Expression:
        head = self.name(c[:1])
        return self.scripted([head, c[1]]) if len(c) == 2 else head

    def applied(self, c: list[Any]) -> s.Expression:
        argument, head = _expression(c[-1]), self.function(c[:-1])
        bracketed = argument.base if isinstance(argument, s.Scripted) else argument
        if isinstance(bracketed, s.Group) and bracketed.opening is not s.Bracket.BRACES:
            return self.name_group([head, argument])
        return s.Applied(head.span.to(argument.span), head, argument)

    def applied_far(self, c: list[Any]) -> Factors:
        return Factors(self.applied(c))

    # -- derivatives ---------------------------------------------------------------------------

    def differential(self, c: list[Any]) -> s.Differential:
        order = c[1].scripts[0].items[0] if len(c) == 3 and c[1].scripts else None
        if isinstance(order, s.Chain):
            raise NotRead(order.span, "a relation", "the order of a derivative")
        body = _expression(c[-1])
        return s.Differential(c[0].span.to(body.span), c[0].value, body, order)

    def differential_far(self, c: list[Any]) -> Factors:
        return Factors(self.differential(c))

    def bare_differential(self, c: list[Any]) -> s.Expression:
        """A d that nothing follows is a variable; a bare sign of a derivative stays one."""
        head: s.Expression
        if c[0].value is s.DifferentialSymbol.D:
            head = s.Name(c[0].span, "d")
        else:
            head = s.Differential(c[0].span, c[0].value, None)
        return self.scripted([head, c[1]]) if len(c) == 2 else head

    def gradient(self, c: list[Any]) -> s.Gradient:
        of = _expression(c[-1])
        return s.Gradient(c[0].span.to(of.span), c[1].scripts if len(c) == 3 else (), of)

    def gradient_far(self, c: list[Any]) -> Factors:
        return Factors(self.gradient(c))

    def bare_gradient(self, c: list[Any]) -> s.Gradient:
        scripts = c[1].scripts if len(c) == 2 else ()
        return s.Gradient(c[0].span.to(c[-1].span), scripts, None)

    def bare_operator(self, c: list[Any]) -> s.Expression:
        return c[0].node  # type: ignore[no-any-return]

    def fraction(self, c: list[Any]) -> s.Expression:
        return fraction(c[0].span.to(c[2].span), c[1], c[2], s.QuotientForm.FRACTION)

    def over(self, c: list[Any]) -> s.Expression:
        above, below = _expression(c[1]), _expression(c[3])
        return fraction(c[0].span.to(c[4].span), above, below, s.QuotientForm.OVER)

    def fraction_operator(self, c: list[Any]) -> Operator:
        scripts = c[3] if isinstance(c[3], Scripts) else None
        span = c[0].span.to(c[-1].span)
        return Operator(operator_fraction(span, c[2], scripts, c[-1], s.QuotientForm.FRACTION))

    def over_operator(self, c: list[Any]) -> Operator:
        scripts = c[2] if isinstance(c[2], Scripts) else None
        below, span = _expression(c[-2]), c[0].span.to(c[-1].span)
        return Operator(operator_fraction(span, c[1], scripts, below, s.QuotientForm.OVER))

    def subscript_operator(self, c: list[Any]) -> Operator:
        return Operator(s.SubscriptDerivative(c[0].span.to(c[1].span), c[1].scripts, None))

    # -- everything else ------------------------------------------------------------------------

    def root(self, c: list[Any]) -> s.Root:
        return s.Root(c[0].span.to(c[1].span), c[1])

    def nth_root(self, c: list[Any]) -> s.Root:
        return s.Root(c[0].span.to(c[4].span), c[4], _expression(c[2]))

    def norm(self, c: list[Any]) -> s.Norm:
        return s.Norm(c[0].span.to(c[2].span), c[0].value, _expression(c[1]))

    def horizontal_brace(self, c: list[Any]) -> s.Braced:
        return s.Braced(c[0].span.to(c[-1].span), c[0].value, c[1], None)

    def annotated(self, c: list[Any]) -> s.Braced:
        return s.Braced(c[0].span.to(c[-1].span), c[0].value, c[1], c[4])

    def stacked(self, c: list[Any]) -> s.Stacked:
        note = c[2] or s.Passage(_at(c[1].span), ())
        return s.Stacked(c[0].span.to(c[-1].span), c[0].value, note, c[-1])

    def matrix(self, c: list[Any]) -> s.Matrix:
        return s.Matrix(c[0].span.to(c[2].span), c[0].value, c[1])

    def cases(self, c: list[Any]) -> s.Cases:
        return s.Cases(c[0].span.to(c[2].span), c[1])

    def table(self, c: list[Any]) -> tuple[s.Row, ...]:
        rows = tuple(row for row in c[::2] if row is not None)
        return rows

    def row(self, c: list[Any]) -> s.Row | None:
        found = next((e.span for e in c if e is not None), None)
        if found is None:  # the table knows where it stands
            return None
        cells = tuple(e or s.Passage(_at(found), ()) for e in c[::2])
        return s.Row(found.to(next(e.span for e in reversed(c) if e is not None)), cells)

    def scripts(self, c: Sequence[Any]) -> Scripts:
        scripts = tuple(e for e in c if isinstance(e, s.Script))
        return Scripts(c[0].span.to(c[-1].span), scripts, len(c) - len(scripts))

    def script(self, c: list[Any]) -> s.Script | Token:
        if len(c) == 1:
            return c[0]  # type: ignore[no-any-return]
        mark, content = s.ScriptMark(c[0].text), c[1]
        bracket = s.Bracket.NONE
        if isinstance(content, tuple):
            bracket, content = content
        else:
            content = s.Passage(content.span, (s.Chain(content.span, content),))
        return s.Script(c[0].span.to(content.span), mark, bracket, content)

    def script_braces(self, c: list[Any]) -> tuple[s.Bracket, s.Passage]:
        span = c[0].span.to(c[2].span)
        content = replace(c[1], span=span) if c[1] is not None else s.Passage(span, ())
        only = content.items[0] if len(content.elements) == 1 and content.items else None
        if isinstance(only, s.Group) and only.opening is only.closing:
            return only.opening, replace(only.content, span=span)
        return s.Bracket.BRACES, content

    def script_group(self, c: list[Any]) -> tuple[s.Bracket, s.Passage]:
        return c[0].opening, replace(c[0].content, span=c[0].span)


