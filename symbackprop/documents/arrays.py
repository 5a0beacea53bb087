"""Arrays written by their first entries and dots: what changes from entry to entry is the index."""

from __future__ import annotations

from collections.abc import Iterator

from symbackprop import notation as n
from symbackprop.documents import syntax as s
from symbackprop.documents.elaborate import Elaborator
from symbackprop.documents.problems import NotUnderstood
from symbackprop.documents.scopes import Binder
from symbackprop.documents.tensors import Tensor, Value
from symbackprop.documents.terms import with_slots
from symbackprop.documents.trees import replaced


def array(e: Elaborator, node: s.Matrix) -> Value:
    """`\\begin{bmatrix} x_1 \\\\ \\vdots \\\\ x_m \\end{bmatrix}`: all entries, in the order of their numbers."""
    rows = [[_expression(cell, node) for cell in row.cells] for row in node.rows]
    kept = [row for row in rows if row and not isinstance(row[0], s.Dots)]
    first = kept[0][0] if kept else None
    across = [cell for cell in kept[0][1:] if not isinstance(cell, s.Dots)] if kept else []
    dotted = any(isinstance(cell, s.Dots) for row in rows for cell in row)
    if first is None or not dotted or (len(kept) < 2 and not across):
        raise NotUnderstood(node.span, f"`{node.span.text}`", "the first entries, dots, and where they end")
    letters = [e.fresh.index(n.Samples()).name for _ in range(2)]
    template: s.Node = first
    used = []
    below = kept[1][0] if len(kept) > 1 else None
    for letter, other in zip(letters, (below, across[0] if across else None), strict=True):
        if other is not None:
            template = _lettered(template, _changing(first, other, node), letter)
            used.append((letter, other))
    binders = {letter: Binder(letter) for letter, _ in used}
    e.scopes.bound.extend(binders.values())
    inner = e.value(template)  # type: ignore[arg-type]
    del e.scopes.bound[-len(binders) :]
    axes = [binder.axis for binder in binders.values()]
    if isinstance(inner, Tensor) or any(axis is None for axis in axes):
        raise NotUnderstood(node.span, f"`{node.span.text}`", "entries that differ in an index")
    e.said("the dots are read as going on over the whole axis")
    down, along = (len(kept) > 1), bool(across)

    def at(r: n.Slot | None, c: n.Slot | None) -> n.Expr:
        places = [slot for slot, there in ((r, down), (c, along)) if there and slot is not None]
        return with_slots(inner, dict(zip(binders, places, strict=False)))

    found = iter(axes)
    return Tensor(next(found) if down else None, next(found) if along else None, at)


def _expression(cell: s.Passage, node: s.Node) -> s.Expression:
    chains = [part for part in cell.elements if isinstance(part, s.Chain)]
    if len(chains) != 1 or chains[0].first is None or chains[0].links:
        raise NotUnderstood(node.span, f"`{node.span.text}`", "one expression in each place")
    return chains[0].first


def _changing(one: s.Node, other: s.Node, node: s.Node) -> set[tuple[int, int]]:
    """The places of the numbers 1 that are other numbers, or letters, in the next entry."""
    found = set(_differences(one, other, node))
    if not found:
        raise NotUnderstood(node.span, f"`{node.span.text}`", "entries that differ in an index")
    return found


def _differences(one: s.Node, other: s.Node, node: s.Node) -> Iterator[tuple[int, int]]:
    if isinstance(one, s.Number) and one.text == "1" and isinstance(other, s.Number | s.Name) and other.text != "1":
        yield one.span.start, one.span.end
        return
    same = type(one) is type(other) and len(list(one.children())) == len(list(other.children()))
    if not same or (isinstance(one, s.Name | s.Number) and one.text != getattr(other, "text", "")):
        raise NotUnderstood(node.span, f"`{node.span.text}`", "entries that differ in their indices alone")
    for left, right in zip(one.children(), other.children(), strict=True):
        yield from _differences(left, right, node)


def _lettered(node: s.Node, places: set[tuple[int, int]], letter: str) -> s.Node:
    def named(part: s.Node) -> s.Node | None:
        here = isinstance(part, s.Number) and (part.span.start, part.span.end) in places
        return s.Name(part.span, letter) if here else None

    return replaced(node, named)
