"""Sums where the document defines everything: up to a named size, over all of an axis, or where a condition holds."""

from __future__ import annotations

from symbackprop import notation as n
from symbackprop.documents import syntax as s
from symbackprop.documents.elaborate import Elaborator
from symbackprop.documents.entities import MARK
from symbackprop.documents.kinds import BigOperatorKind, RelationKind
from symbackprop.documents.names import name_key
from symbackprop.documents.page_names import index_letter
from symbackprop.documents.page_quantities import PageQuantities
from symbackprop.documents.page_samples import is_index, is_over_samples
from symbackprop.documents.problems import NotUnderstood
from symbackprop.documents.scopes import Binder
from symbackprop.documents.tensors import Tensor, Value, mapped

_STARTS = ("0", "1")


def page_sum(e: Elaborator, node: s.BigOperator) -> Value:
    """`\\sum_{i=1}^m`, `\\sum_i`, `\\sum_{k \\neq i}`; each index runs over a whole axis."""
    if not isinstance(e, PageQuantities) or node.kind is not BigOperatorKind.SUM:
        raise NotUnderstood(node.span, f"`{node.kind.value}`", "a sum")
    if node.lower is None or not node.lower.items:
        raise NotUnderstood(node.span, "a sum over nothing", "an index below the sum")
    named = [_sample_binder(e, node, _binder(e, item)) for item in node.lower.items]
    binders = list({binder.name: binder for binder in named}.values())
    upper = _upper(e, node, any(_start(item) == "0" for item in node.lower.items))
    for binder in binders:
        if upper is not None:
            binder.axis, binder.fixed_at = upper, node.span
        if binder.name in e.scopes.free or binder.name in e.scopes.local:
            e.said(f"the sum's {binder.name} is another index than the free {binder.name}")
    return _summed(e, binders, node)


def _binder(e: PageQuantities, item: s.Node) -> Binder:
    node: s.Node | None = item
    if isinstance(item, s.Chain):
        kinds = [link.relation.kind for link in item.links]
        started = kinds == [RelationKind.EQUAL] and _start(item) in _STARTS
        node = item.first if started or kinds == [RelationKind.NOT_EQUAL] else None
        if kinds == [RelationKind.MEMBER] and _is_set(e, item.links[0].right):
            e.said(f"`{item.links[0].right.span.text}` below a sum is read as all that there are to sum over")
            node = item.first
    name = None if node is None else index_letter(node)
    if name is None:
        raise NotUnderstood(item.span, f"a sum over `{item.span.text}`", "an index, an index from 1, or one that"
                            " differs from another, k \\neq i")  # fmt: skip
    return Binder(name)


def _sample_binder(e: PageQuantities, node: s.BigOperator, binder: Binder) -> Binder:
    own = e.shapes.own.sampling
    if own is None or not is_over_samples(node, binder.name, own, e.environment.conventions):
        return binder
    if is_index(node.body, binder.name, e.environment.conventions):
        if binder.name not in e.scopes.free:
            text = f"`{node.span.text}`, in which {binder.name} is an index and marks a sample"
            raise NotUnderstood(node.span, text, "two letters")
        e.said(f"{binder.name} below a name is an index of its own; the sum's {binder.name} is a sample")
    return Binder(own.index(binder.name).name, own.axis, node.span)


def _is_set(e: PageQuantities, over: s.Expression) -> bool:
    """A name that stands for nothing else on the page."""
    key = name_key(over)
    return key is not None and not e.is_known(key)


def _start(item: s.Node) -> str:
    right = item.links[0].right if isinstance(item, s.Chain) and len(item.links) == 1 else None
    return right.text if isinstance(right, s.Number) else ""


def _upper(e: PageQuantities, node: s.BigOperator, from_zero: bool) -> n.Axis | None:
    """The axis that the bound names: its size is a name or a number, and one more where the sum starts at 0."""
    if node.upper is None:
        return None
    items = node.upper.items
    word = joined_letters(items)
    if word is not None:
        return e.shapes.own.extent(word)
    key = name_key(items[0]) if len(items) == 1 else None
    if isinstance(items[0], s.Number) and items[0].text.isdecimal() and len(items[0].text) < 4:
        key = items[0].text
    if len(items) != 1 or key is None:
        raise NotUnderstood(node.upper.span, f"`{node.upper.span.text}` above a sum", "the name of a size, or a number")
    if from_zero:
        key = str(int(key) + 1) if key.isdecimal() else f"{key}+1"
    return e.shapes.own.extent(key)


def joined_letters(items: tuple[s.Node, ...]) -> str | None:
    """`nout`, a word that TeX sets as a product of letters."""
    letters = [item.text for item in items if isinstance(item, s.Name) and not item.decorations]
    return "".join(letters) if 2 < len(items) == len(letters) else None


def _summed(e: PageQuantities, binders: list[Binder], node: s.BigOperator) -> Value:
    if not binders:
        return e.value(node.body)
    first, *rest = binders
    e.scopes.bound.append(first)
    body = _summed(e, rest, node)
    conditions = [_apart(e, item, first) for item in node.lower.items] if node.lower is not None else []
    e.scopes.bound.remove(first)
    if first.axis is None:
        raise NotUnderstood(node.span, f"a sum over {first.name}, which nothing indexes,", "the index in the summand")
    index = n.Index(first.name, e.shapes.find(first.axis))
    factors = tuple(c for c in conditions if c is not None)

    def whole(inner: n.Expr) -> n.Expr:
        return n.Sum(index, n.Mul((*factors, inner)) if factors else inner)

    return mapped(body, whole) if isinstance(body, Tensor) else whole(body)


def _apart(e: PageQuantities, item: s.Node, binder: Binder) -> n.Expr | None:
    """1 - delta where the sum leaves one value of its index out."""
    if not isinstance(item, s.Chain) or item.links[0].relation.kind is not RelationKind.NOT_EQUAL or item.first is None:
        return None
    if index_letter(item.first) != binder.name.removeprefix(MARK).strip("()"):
        return None
    same = e.kronecker([item.first, item.links[0].right], item.span)
    return n.Add((n.number(1), n.Neg(same)))
