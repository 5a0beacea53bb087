"""`w_1 x_1 + w_2 x_2 + \\ldots + w_n x_n`: a sum whose terms differ in a number that counts from 1, dots in its middle.

Such terms are put together as `\\sum_{k=1}^{n} w_k x_k`, as a tree; every term that is written is compared with it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace

from symbackprop.documents import syntax as s
from symbackprop.documents.kinds import BigOperatorKind, Bracket, RelationKind, ScriptMark, Sign
from symbackprop.documents.source import Span
from symbackprop.documents.trees import rebuilt, replaced, walk
from symbackprop.documents.write import latex

LETTERS = ("k", "m", "p", "q", "r", "u", "v")
MOST_TERMS = 20

Place = tuple[int, int]


def without_dots(chain: s.Chain) -> tuple[s.Chain, tuple[str, ...]]:
    """The chain with every such sum written with its sign; how the dots were read."""
    readings: list[str] = []
    if not any(isinstance(node, s.Dots) for node in walk(chain)):
        return chain, ()
    used = {node.text for node in walk(chain) if isinstance(node, s.Name)}
    letter = next((each for each in LETTERS if each not in used), "")

    def change(node: s.Node) -> s.Node | None:
        made = rebuilt(node, lambda child: replaced(child, change))
        summed = _summed(made, letter) if isinstance(made, s.Addition) and letter else None
        if summed is not None:
            readings.append(f"the dots are read as the terms between, `{latex(summed[1])}`")
        return made if summed is None else summed[0]

    made = replaced(chain, change)
    return (made, tuple(readings)) if isinstance(made, s.Chain) else (chain, ())


def _summed(node: s.Addition, letter: str) -> tuple[s.Expression, s.BigOperator] | None:
    """The sum with its dotted terms as one; None where there are none, or where they leave something open."""
    terms = node.terms
    dots = [at for at, term in enumerate(terms) if isinstance(term.body, s.Dots)]
    if len(dots) != 1 or not 0 < dots[0] < len(terms) - 1 or len(terms) > MOST_TERMS:
        return None
    at = dots[0]
    before, last = terms[at - 1].body, terms[at + 1].body
    ends = dict(_differences(before, last))
    numbers = {int(number.text) for number, _ in ends.values()}
    count, (_, top) = next(iter(numbers), 0), next(iter(ends.values()), (None, before))
    if len(numbers) != 1 or not 0 < count <= at or braced(_put(before, ends, top)) != braced(last):
        return None
    group = terms[at - count : at]
    plus = all(term.sign in (None, Sign.PLUS) for term in (*group, *terms[at : at + 2]))
    written = [braced(_put(before, ends, s.Number(node.span, str(number)))) for number in range(1, count + 1)]
    if not plus or written != [braced(term.body) for term in group]:
        return None
    span = group[0].body.span.to(last.span)
    body: s.Expression = _put(before, ends, s.Name(span, letter))  # type: ignore[assignment]
    made = s.BigOperator(span, BigOperatorKind.SUM, (_below(letter, span), _above(top)), body)
    sign = None if at == count else Sign.PLUS
    rest = (*terms[: at - count], s.Term(span, sign, made), *terms[at + 2 :])
    return (made if len(rest) == 1 else s.Addition(node.span, rest)), made


def _below(letter: str, span: Span) -> s.Script:
    relation = s.Relation(span, RelationKind.EQUAL, "=")
    chain = s.Chain(span, s.Name(span, letter), (s.Link(span, relation, s.Number(span, "1")),))
    return s.Script(span, ScriptMark.SUBSCRIPT, Bracket.BRACES, s.Passage(span, (chain,)))


def _above(top: s.Expression) -> s.Script:
    content = s.Passage(top.span, (s.Chain(top.span, top),))
    return s.Script(top.span, ScriptMark.SUPERSCRIPT, Bracket.BRACES, content)


def _differences(one: s.Node, other: s.Node) -> Iterator[tuple[Place, tuple[s.Number, s.Expression]]]:
    """Where a number stands in one and another number, a name or a step from one in the other."""
    if isinstance(one, s.Number) and isinstance(other, s.Number | s.Name | s.Scripted | s.Addition):
        if one != other and one.text.isdigit() and len(one.text) < 3:
            yield (one.span.start, one.span.end), (one, other)
        return
    for left, right in zip(one.children(), other.children(), strict=False):
        yield from _differences(left, right)


def braced(node: s.Node) -> s.Node:
    """The tree with braces around every script: `a_1` goes on as `a_{n-1}`."""
    made = rebuilt(node, braced)
    bare = isinstance(made, s.Script) and made.bracket is Bracket.NONE
    return replace(made, bracket=Bracket.BRACES) if bare and isinstance(made, s.Script) else made


def _put(node: s.Node, places: Collection[Place], made: s.Expression) -> s.Node:
    """The tree with something else at those places."""

    def change(part: s.Node) -> s.Node | None:
        here = isinstance(part, s.Number) and (part.span.start, part.span.end) in places
        return made if here else None

    return replaced(node, change)
