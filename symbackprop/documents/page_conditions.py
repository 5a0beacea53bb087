"""Conditions behind a line of a document that defines everything itself: i = j, i \\neq j, what an index runs over."""

from __future__ import annotations

from dataclasses import replace

from symbackprop.documents import syntax as s
from symbackprop.documents.formula import Condition
from symbackprop.documents.kinds import RelationKind
from symbackprop.documents.limits import Limits
from symbackprop.documents.names import name_key
from symbackprop.documents.page_names import index_letter
from symbackprop.documents.page_quantities import PageQuantities
from symbackprop.documents.problems import NotUnderstood


def page_conditions(conditions: tuple[object, ...], e: PageQuantities) -> Limits:
    """Raises NotUnderstood for a condition that no rule reads."""
    made = Limits()
    for condition in conditions:
        if isinstance(condition, Condition):
            listed = any(isinstance(item, s.Dots) for item in condition.items)
            for item in condition.items:
                made = _with(made, item, e, listed)
    return made


def _with(made: Limits, item: s.Node, e: PageQuantities, listed: bool) -> Limits:
    if not isinstance(item, s.Chain) or not item.links or item.first is None:
        if index_letter(item) is not None or (listed and isinstance(item, s.Dots | s.Number | s.Scripted)):
            return made
        raise _not_read(item)
    kinds = [link.relation.kind for link in item.links]
    members = [item.first, *(link.right for link in item.links)]
    if kinds == [RelationKind.LESS_EQUAL, RelationKind.LESS_EQUAL]:
        return _range(made, members, item, e)
    left, right = index_letter(members[0]), index_letter(members[1])
    if len(kinds) != 1 or left is None:
        raise _not_read(item)
    if kinds[0] is RelationKind.EQUAL and listed and isinstance(members[1], s.Number):
        return made
    if right is None:
        raise _not_read(item)
    for name, node in ((left, members[0]), (right, members[1])):
        e.scopes.free.setdefault(name, e.scopes.find(name))
        e.scopes.local.pop(name, None)
        if e.scopes.free[name].fixed_at is None:
            e.scopes.free[name].fixed_at = node.span
    if kinds[0] is RelationKind.EQUAL:
        return replace(made, pairs=(*made.pairs, (left, right, False, item.span)))
    if kinds[0] is RelationKind.NOT_EQUAL:
        return replace(made, pairs=(*made.pairs, (left, right, True, item.span)))
    raise _not_read(item)


def _range(made: Limits, members: list[s.Expression], item: s.Chain, e: PageQuantities) -> Limits:
    """`1 \\leq i \\leq m` says what i runs over."""
    low, middle, high = members
    name, size = index_letter(middle), name_key(high)
    if name is None or not isinstance(low, s.Number) or low.text != "1":
        raise _not_read(item)
    if isinstance(high, s.Number):
        size = high.text
    if size is None:
        raise _not_read(item)
    e.scopes.index(name, e.shapes.own.extent(size), high.span, "its range")
    return made


def _not_read(item: s.Node) -> NotUnderstood:
    return NotUnderstood(item.span, f"the condition `{item.span.text}`", "i = j, i \\neq j, or 1 \\leq i \\leq m")
