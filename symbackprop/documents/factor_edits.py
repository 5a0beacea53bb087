"""Slips in functions, signs and products: primes, transposes, what is missing from a product or too much in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from symbackprop.documents import syntax as s
from symbackprop.documents.edits import Edited, Part, Words, after, before, bracketed, with_field, with_size
from symbackprop.documents.kinds import Bracket, ProductSign, ScriptMark, Sign
from symbackprop.documents.source import Span

ELEMENTWISE = (ProductSign.ODOT, ProductSign.CIRC)


def primed(node: s.Node, words: Words) -> Iterator[Edited]:
    """`f(z)` to `f'(z)` and back."""
    if not isinstance(node, s.NameGroup):
        return
    head = node.head
    if isinstance(head, s.Name):
        yield Edited(replace(node, head=s.Scripted(head.span, head, (), 1)), ((after(head.span), "'"),))
    elif isinstance(head, s.Scripted) and head.primes == 1 and not head.scripts and "'" in head.span.text:
        place = head.span.start + head.span.text.index("'")
        spot = Span(head.span.source, place, place + 1)
        yield Edited(replace(node, head=head.base), ((spot, ""),))


def function_changed(node: s.Node, words: Words) -> Iterator[Edited]:
    r"""`f'(z)` to `\sigma'(z)`."""
    if not isinstance(node, s.NameGroup):
        return
    head = node.head
    name = head.base if isinstance(head, s.Scripted) else head
    if not isinstance(name, s.Name) or name.text not in words.functions:
        return
    for function in words.functions:
        if function != name.text:
            new = replace(name, text=function)
            made = replace(node, head=replace(head, base=new) if isinstance(head, s.Scripted) else new)
            yield Edited(made, ((name.span, function),))


# signs


def signed(node: s.Node, words: Words) -> Iterator[Edited]:
    """One sign of a sum turned."""
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


def negated(node: s.Node, words: Words) -> Iterator[Edited]:
    """The whole side with another sign: `y - a` to `a - y`."""
    if isinstance(node, s.Chain | s.Mark | s.Script | s.Relation):
        return
    if not isinstance(node, s.Addition):
        body: s.Expression = node  # type: ignore[assignment]
        turned = s.Addition(node.span, (s.Term(node.span, Sign.MINUS, body),))
        yield Edited(turned, ((before(with_size(node.span)), "-"),))
        return
    if len(node.terms) != 2 or node.terms[0].sign is not None or node.terms[1].sign is not Sign.MINUS:
        return
    left, right = (term.body for term in node.terms)
    terms = (replace(node.terms[0], body=right), replace(node.terms[1], body=left))
    changes = ((left.span, right.span.text), (right.span, left.span.text))
    yield Edited(replace(node, terms=terms), changes, node.span)


# products


def transpose_dropped(node: s.Node, words: Words) -> Iterator[Edited]:
    """`W^T` to `W`."""
    if isinstance(node, s.Scripted) and any(script.is_transpose for script in node.scripts):
        kept = tuple(script for script in node.scripts if not script.is_transpose)
        (spot,) = [script.span for script in node.scripts if script.is_transpose][:1]
        made: s.Expression = replace(node, scripts=kept) if kept or node.primes else node.base
        yield Edited(made, ((spot, ""),))


def as_product(node: s.Node) -> s.Product | None:
    """A product; also `\\delta^l (a^{l-1})`, which the grammar leaves open."""
    if isinstance(node, s.NameGroup) and isinstance(node.head, s.Scripted) and node.head.scripts:
        sign = s.FactorSign(before(node.group.span), ProductSign.JUXTAPOSED)
        return s.Product(node.span, (node.head, node.group), (sign,))
    return node if isinstance(node, s.Product) else None


def transpose_added(node: s.Node, words: Words) -> Iterator[Edited]:
    """`W` to `W^T`, in a product."""
    node = as_product(node) or node
    if isinstance(node, s.Product):
        for at, factor in enumerate(node.factors):
            if isinstance(factor, s.Scripted | s.Group | s.Name):
                inner = factor if isinstance(factor, s.Group) else bracketed(factor)
                script = s.Script(factor.span, ScriptMark.SUPERSCRIPT, Bracket.NONE, _letter_t(factor))
                new = s.Scripted(factor.span, inner, (script,))
                factors = (*node.factors[:at], new, *node.factors[at + 1 :])
                text = f"({factor.span.text})^T" if not isinstance(factor, s.Group) else f"{factor.span.text}^T"
                yield Edited(replace(node, factors=factors), ((factor.span, text),))


def _letter_t(node: s.Node) -> s.Passage:
    return s.Passage(node.span, (s.Chain(node.span, s.Name(node.span, "T")),))


def sign_of_product(node: s.Node, words: Words) -> Iterator[Edited]:
    r"""A product entry by entry for one of matrices, and the other way round."""
    node = as_product(node) or node
    if not isinstance(node, s.Product):
        return
    for at, (sign, left, right) in enumerate(zip(node.signs, node.factors, node.factors[1:], strict=False)):
        if sign.sign in ELEMENTWISE:
            other, spot, text = ProductSign.JUXTAPOSED, sign.span, ""
        elif sign.sign is ProductSign.JUXTAPOSED and isinstance(left, s.Scripted | s.Group | s.NameGroup | s.Gradient):
            other, text = ProductSign.ODOT, r" \odot "
            spot = Span(sign.span.source, left.span.end, with_size(right.span).start)
        else:
            continue
        signs = (*node.signs[:at], replace(sign, sign=other), *node.signs[at + 1 :])
        yield Edited(replace(node, signs=signs), ((spot, text),))


def swapped(node: s.Node, words: Words) -> Iterator[Edited]:
    """Two neighbouring factors exchanged."""
    node = as_product(node) or node
    if not isinstance(node, s.Product):
        return
    for at, (left, right) in enumerate(zip(node.factors, node.factors[1:], strict=False)):
        if node.signs[at].sign is ProductSign.JUXTAPOSED:
            factors = (*node.factors[:at], right, left, *node.factors[at + 2 :])
            both = ((left.span, right.span.text), (right.span, left.span.text))
            yield Edited(replace(node, factors=factors), both)


def factor_dropped(node: s.Node, words: Words) -> Iterator[Edited]:
    """A factor too many."""
    node = as_product(node) or node
    if not isinstance(node, s.Product):
        return
    for at, factor in enumerate(node.factors):
        kept = (*node.factors[:at], *node.factors[at + 1 :])
        signs = node.signs[1:] if at == 0 else (*node.signs[: at - 1], *node.signs[at:])
        made: s.Expression = kept[0] if len(kept) == 1 else replace(node, factors=kept, signs=signs)
        span = with_size(factor.span)
        if at and node.signs[at - 1].sign is not ProductSign.JUXTAPOSED:
            span = node.signs[at - 1].span.to(span)
        elif not at and node.signs[0].sign is not ProductSign.JUXTAPOSED:
            span = span.to(node.signs[0].span)
        yield Edited(made, ((span, ""),), factor.span)


def sum_dropped(node: s.Node, words: Words) -> Iterator[Edited]:
    """A sum too many: its summand alone."""
    if isinstance(node, s.BigOperator):
        head = Span(node.span.source, node.span.start, with_size(node.body.span).start)
        yield Edited(node.body, ((head, ""),))


def quotient_changed(node: s.Node, words: Words) -> Iterator[Edited]:
    r"""`\frac{2}{1}` to `\frac{1}{2}` or `\frac{1}{N}`; `\frac{\lambda}{2}` to `\lambda`."""
    if not isinstance(node, s.Quotient):
        return
    numbers = [part for part in (node.numerator, node.denominator) if isinstance(part, s.Number)]
    if len(numbers) == 2:
        for new in words.coefficients:
            if new.node != node:
                yield Edited(new.node, ((node.span, new.text),))
    elif numbers and numbers[0] is node.denominator:
        yield Edited(node.numerator, ((node.span, node.numerator.span.text),))


# what is missing


def factor_inserted(node: s.Node, words: Words) -> Iterator[Edited]:
    """A factor missing from a product."""
    for field, part in _operands(node):
        for factor in words.factors:
            for made in _with_factor(part, factor, words):
                yield replace(made, node=with_field(node, field, made.node))


def coefficient_inserted(node: s.Node, words: Words) -> Iterator[Edited]:
    """A number missing before a product."""
    for field, part in _operands(node):
        for factor in words.coefficients:
            made = _inserted(part, factor, 0)
            yield replace(made, node=with_field(node, field, made.node))


def sum_inserted(node: s.Node, words: Words) -> Iterator[Edited]:
    """A sum missing before a product, behind its numbers."""
    for field, part in _operands(node):
        for head in words.sums:
            made = _with_sum(part, head)
            yield replace(made, node=with_field(node, field, made.node))


def at_root(node: s.Node) -> s.Chain:
    """The whole side as the only member of a chain, so that it is an operand too."""
    return s.Chain(node.span, node)  # type: ignore[arg-type]


def _operands(node: s.Node) -> list[tuple[str, s.Expression]]:
    """The parts of a node that are products, or could be."""
    fields = {s.Term: "body", s.BigOperator: "body", s.Quotient: "numerator", s.Chain: "first"}
    field = fields.get(type(node))
    part = None if field is None else getattr(node, field)
    if field is None or part is None or isinstance(part, s.Addition) or (isinstance(node, s.Chain) and node.links):
        return []
    return [(field, part)]


def _factors(part: s.Expression) -> tuple[s.Expression, ...]:
    return part.factors if isinstance(part, s.Product) else (part,)


def _with_factor(part: s.Expression, factor: Part, words: Words) -> Iterator[Edited]:
    factors = _factors(part)
    if _is_matrix(factor.node):
        for at in range(len(factors) + 1):
            yield _inserted(part, factor, at)
    else:
        yield _inserted(part, factor, _customary_place(factors, factor, words))


def _is_matrix(factor: s.Node) -> bool:
    if isinstance(factor, s.Scripted) and any(script.is_transpose for script in factor.scripts):
        return True
    if isinstance(factor, s.NameGroup):
        return any(_is_matrix(item) for item in factor.group.items if not isinstance(item, s.Chain))
    return isinstance(factor, s.Scripted) and all(x.mark is ScriptMark.SUPERSCRIPT for x in factor.scripts)


def _inserted(part: s.Expression, factor: Part, at: int) -> Edited:
    factors = _factors(part)
    signs = part.signs if isinstance(part, s.Product) else ()
    plain = s.FactorSign(part.span, ProductSign.JUXTAPOSED)
    made = s.Product(part.span, (*factors[:at], factor.node, *factors[at:]), (*signs[:at], plain, *signs[at:]))
    spot = before(with_size(factors[at].span)) if at < len(factors) else after(factors[-1].span)
    text = f"{factor.text} " if at < len(factors) else f" {factor.text}"
    return Edited(made, ((spot, text),), with_size(part.span))


def _customary_place(factors: tuple[s.Expression, ...], factor: Part, words: Words) -> int:
    """Beside the neighbour that such a factor has in another product of the line; else at the end, before a sum."""
    own, marks = _mark(factor.node), [_mark(each) for each in factors]
    for reference in words.references:
        others = [_mark(each) for each in reference.factors]
        for at, other in enumerate(others):
            if other == own and at and others[at - 1] in marks:
                return marks.index(others[at - 1]) + 1
            if other == own and at + 1 < len(others) and others[at + 1] in marks:
                return marks.index(others[at + 1])
    last = isinstance(factors[-1], s.BigOperator)
    return len(factors) - 1 if last else len(factors)


def _mark(node: s.Node) -> str:
    """What a factor is, whatever its indices: the letters outside of scripts."""
    if isinstance(node, s.Scripted):
        return _mark(node.base) + "'" * node.primes
    if isinstance(node, s.Name | s.Number):
        return node.text
    if isinstance(node, s.BigOperator):
        return "sum"
    return type(node).__name__ + "".join(_mark(child) for child in node.children() if not isinstance(child, s.Script))


def _with_sum(part: s.Expression, head: Part) -> Edited:
    factors = _factors(part)
    at = next((k for k, f in enumerate(factors) if not isinstance(f, s.Quotient | s.Number | s.Name)), 0)
    rest = factors[at:]
    body: s.Expression = part
    if at and isinstance(part, s.Product):
        body = rest[0] if len(rest) == 1 else s.Product(rest[0].span.to(part.span), rest, part.signs[at:])
    made: s.Expression = replace(head.node, body=body) if isinstance(head.node, s.BigOperator) else body
    if at and isinstance(part, s.Product):
        made = s.Product(part.span, (*factors[:at], made), part.signs[:at])
    return Edited(made, ((before(with_size(body.span)), f"{head.text} "),), with_size(part.span))
