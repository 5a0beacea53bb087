"""Conditions and cases: 1 where a condition holds and 0 where not, by steps that are asked nothing at their edges."""

from __future__ import annotations

from symbackprop import notation as n
from symbackprop.documents import syntax as s
from symbackprop.documents.elaborate import Elaborator
from symbackprop.documents.kinds import MarkKind, RelationKind
from symbackprop.documents.pieces import above
from symbackprop.documents.problems import NotUnderstood
from symbackprop.documents.tensors import Tensor, Value, joined, mapped

_LESS = frozenset({RelationKind.LESS, RelationKind.LESS_EQUAL})
_GREATER = frozenset({RelationKind.GREATER, RelationKind.GREATER_EQUAL})
_OTHERWISE = frozenset({"otherwise", "else", "otherwise."})


def compared(chain: s.Chain, e: Elaborator) -> Value:
    """A condition as 1 where it holds and 0 where not: `i = j`, `z > 0`, `-1 \\leq z \\leq 1`."""
    members = [chain.first, *(link.right for link in chain.links)]
    made: Value | None = None
    for link, left, right in zip(chain.links, members, members[1:], strict=False):
        if left is None:
            raise NotUnderstood(chain.span, f"`{chain.span.text}`", "a condition")
        one = _one(link.relation, left, right, e)  # type: ignore[arg-type]
        made = one if made is None else _both(made, one)
    if made is None:
        raise NotUnderstood(chain.span, f"`{chain.span.text}`", "a condition")
    return made


def _one(relation: s.Relation, left: s.Expression, right: s.Expression, e: Elaborator) -> Value:
    if relation.kind is RelationKind.EQUAL:
        return _equal(left, right, relation, e)
    if relation.kind is RelationKind.NOT_EQUAL:
        return n.Add((n.number(1), n.Neg(_equal(left, right, relation, e))))
    x, y = e.value(left), e.value(right)
    if relation.kind in _LESS:
        x, y = y, x
    elif relation.kind not in _GREATER:
        raise NotUnderstood(relation.span, f"`{relation.text}` in a condition", "=, \\neq, < or >")
    return _stepped(x, y, relation)


def _equal(left: s.Expression, right: s.Expression, relation: s.Relation, e: Elaborator) -> n.Expr:
    """Kronecker's delta of two indices."""
    return e.kronecker([left, right], relation.span)


def _stepped(x: Value, y: Value, relation: s.Relation) -> Value:
    """[x > y], entry by entry where one is a vector or a matrix."""
    if isinstance(x, Tensor) and isinstance(y, Tensor):
        if [a is None for a in x.shape] != [b is None for b in y.shape]:
            raise NotUnderstood(relation.span, "quantities of different shapes compared", "vectors of one shape")
        return joined(x, y, lambda a, b: above(n.Add((a, n.Neg(b)))))
    if isinstance(x, Tensor):
        return mapped(x, lambda a: above(n.Add((a, n.Neg(y))) if isinstance(y, n.Expr) else a))
    if isinstance(y, Tensor):
        return mapped(y, lambda b: above(n.Add((x, n.Neg(b)))))
    return above(n.Add((x, n.Neg(y))))


def _both(x: Value, y: Value) -> Value:
    if isinstance(x, Tensor):
        return joined(x, y, _times) if isinstance(y, Tensor) else mapped(x, lambda a: _times(a, y))
    return mapped(y, lambda b: _times(x, b)) if isinstance(y, Tensor) else _times(x, y)


def _times(x: n.Expr, y: n.Expr) -> n.Expr:
    return n.Mul((x, y))


def _plus(x: Value, y: Value) -> Value:
    if isinstance(x, Tensor) and isinstance(y, Tensor):
        return joined(x, y, lambda a, b: n.Add((a, b)))
    if isinstance(x, Tensor):
        return mapped(x, lambda a: n.Add((a, y)) if isinstance(y, n.Expr) else a)
    return mapped(y, lambda b: n.Add((x, b))) if isinstance(y, Tensor) else n.Add((x, y))


def cases(e: Elaborator, node: s.Cases) -> Value:
    """Rows of a value and its condition; the last may say otherwise."""
    made: Value | None = None
    rest: Value = n.number(1)
    for row in node.rows:
        value, condition = _value_and_condition(row)
        here = n.number(1) if condition is None else compared(condition, e)
        part = _both(_both(rest, here), e.value(value))
        rest = _both(rest, _without(here))
        made = part if made is None else _plus(made, part)
    if made is None:
        raise NotUnderstood(node.span, "empty cases", "rows of a value and its condition")
    e.said("at the edges between its cases nothing is claimed")
    return made


def _without(value: Value) -> Value:
    def other(u: n.Expr) -> n.Expr:
        return n.Add((n.number(1), n.Neg(u)))

    return mapped(value, other) if isinstance(value, Tensor) else other(value)


def _value_and_condition(row: s.Row) -> tuple[s.Expression, s.Chain | None]:
    """The value of a row, and its condition; None for `otherwise`."""
    elements = [part for cell in row.cells for part in cell.elements]
    chains = [part for part in elements if isinstance(part, s.Chain)]
    words = {
        word.strip(",.;: ").lower()
        for part in elements
        if isinstance(part, s.Mark) and part.kind is MarkKind.TEXT
        for word in part.text.split()
    }
    if not chains or chains[0].first is None or chains[0].links:
        raise NotUnderstood(row.span, f"`{row.span.text}`", "a value, then its condition")
    conditions = chains[1:]
    if not conditions and words & _OTHERWISE:
        return chains[0].first, None
    if len(conditions) != 1 or not conditions[0].links:
        raise NotUnderstood(row.span, f"`{row.span.text}`", "a value, then one condition such as z > 0, or `otherwise`")
    return chains[0].first, conditions[0]
