"""Where the layers and indices of a line may lie: by what exists, and by the conditions that it states."""

from __future__ import annotations

from dataclasses import dataclass, replace

from symbackprop import notation as n
from symbackprop.claims import LayerRange
from symbackprop.documents import syntax as s
from symbackprop.documents.elaborate import Elaborator
from symbackprop.documents.environment import LOWEST, Environment
from symbackprop.documents.formula import Condition
from symbackprop.documents.kinds import RelationKind
from symbackprop.documents.marks import natural
from symbackprop.documents.problems import NotUnderstood
from symbackprop.documents.quantities import index_name
from symbackprop.documents.tensors import Tensor
from symbackprop.notation import Layer, Neurons


@dataclass(frozen=True)
class Limits:
    """first ≤ l ≤ L - below_last as conditions state it; `empty`: the text of a condition that nothing satisfies.

    unequal, equal: pairs of indices that are meant to differ, or to be one.
    """

    first: int | None = None
    below_last: int | None = None
    empty: str = ""
    unequal: tuple[tuple[str, str], ...] = ()
    equal: tuple[tuple[str, str], ...] = ()


def stated(conditions: tuple[Condition, ...], e: Elaborator) -> Limits:
    """The conditions behind a statement. Raises NotUnderstood for one that no rule reads."""
    made = Limits()
    for condition in conditions:
        for item in condition.items:
            made = _with_item(made, item, e, any(isinstance(other, s.Dots) for other in condition.items))
    return made


def _with_item(made: Limits, item: s.Node, e: Elaborator, listed: bool) -> Limits:
    if not isinstance(item, s.Chain) or not item.links or item.first is None:
        if index_name(item) is None and not (listed and isinstance(item, s.Dots | s.Number | s.Scripted)):
            raise NotUnderstood(item.span, f"the condition `{item.span.text}`", "a range such as 1 \\leq i \\leq n_l")
        return made
    kinds = [link.relation.kind for link in item.links]
    members = [item.first, *(link.right for link in item.links)]
    if kinds == [RelationKind.LESS_EQUAL] * 2:
        return _range(made, members, item, e)
    if kinds == [RelationKind.EQUAL] and index_name(item.first) is not None:
        return made if listed and _is_listing(item) else _not_read(item)
    if kinds == [RelationKind.LESS] and _is_last(item.links[0].right, e):
        e.marks.layer(item.first)
        return replace(made, below_last=1)
    if kinds == [RelationKind.NOT_EQUAL]:
        names = index_name(item.first), index_name(item.links[0].right)
        if names[0] is not None and names[1] is not None:
            return replace(made, unequal=(*made.unequal, (names[0], names[1])))
    return _not_read(item)


def _not_read(item: s.Node) -> Limits:
    raise NotUnderstood(item.span, f"the condition `{item.span.text}`", "a range such as 1 \\leq i \\leq n_l")


def _is_listing(item: s.Chain) -> bool:
    """`i = 1, …`: the rest of the list stands in conditions of its own."""
    right = item.links[0].right
    return isinstance(right, s.Number) and right.text == "1"


def _is_last(node: s.Node, e: Elaborator) -> bool:
    return index_name(node) == e.environment.conventions.last


def _range(made: Limits, members: list[s.Expression], item: s.Chain, e: Elaborator) -> Limits:
    low, middle, high = members
    name = index_name(middle)
    if name is None or not isinstance(low, s.Number):
        return _not_read(item)
    last = e.environment.conventions.last
    is_layer = name in (last, e.marks.letter) or (e.marks.letter is None and _is_about_last(high, last))
    if not is_layer:
        return _index_range(made, name, low, high, item, e)
    below = e.marks.layer(high)
    first = natural(low) - e.environment.conventions.first
    if below.base != "L":
        return _not_read(item)
    if name == last:  # a condition on L itself
        return replace(made, empty=item.span.text) if below.offset < 0 else made
    return replace(made, first=first, below_last=-below.offset)


def _is_about_last(node: s.Node, last: str) -> bool:
    """`L`, `L - 1`: the bound of a layer, whatever the letter."""
    first = node.terms[0].body if isinstance(node, s.Addition) else node
    return index_name(first) == last


def _index_range(made: Limits, name: str, low: s.Number, high: s.Expression, item: s.Chain, e: Elaborator) -> Limits:
    """`1 ≤ i ≤ n_L` says what i runs over."""
    axis = e.value(high)
    if low.text != "1" or isinstance(axis, Tensor) or not isinstance(axis, n.Size):
        return _not_read(item)
    e.scopes.index(name, axis.axis, high.span, "its range")
    return made


@dataclass(frozen=True)
class Reach:
    """What the formulas need: the range of l, the least L, the least widths."""

    layers: LayerRange | None
    least_depth: int
    least_widths: tuple[tuple[Layer, int], ...]


def reach(sides: tuple[n.Expr, ...], environment: Environment, limits: Limits) -> Reach:
    """The widest range of layers in which everything that the formulas mention exists."""
    first, below, depth, any_l = 0, 0, 1, False
    widths: dict[Layer, int] = {}
    for layer, lowest in (need for side in sides for need in _needs(side, environment)):
        if layer.base == "l":
            any_l, first, below = True, max(first, lowest - layer.offset), max(below, layer.offset)
        elif layer.base == "L":
            depth = max(depth, lowest - layer.offset)
        elif not layer.base:
            depth = max(depth, layer.offset)
    for side in sides:
        _least_widths(side, widths)
    if not any_l:
        return Reach(None, depth, tuple(sorted(widths.items())))
    first, below = max(first, limits.first or 0), max(below, limits.below_last or 0)
    return Reach(LayerRange(first, below), max(depth, first + below), tuple(sorted(widths.items())))


def _needs(side: n.Expr, environment: Environment) -> list[tuple[Layer, int]]:
    found, hidden = [], environment.hidden_functions
    for part in n.walk(side):
        if isinstance(part, n.Entry) and part.variable.layer is not None:
            symbol = part.variable.symbol.removeprefix("d ")
            found.append((part.variable.layer, LOWEST.get(symbol, 1)))
        elif isinstance(part, n.Sum) and isinstance(part.index.axis, Neurons):
            found.append((part.index.axis.layer, 0))
        elif isinstance(part, n.Apply) and part.function in hidden:
            inner = [x.variable for x in n.walk(part.argument) if isinstance(x, n.Entry)]
            zs = [v.layer for v in inner if v.symbol == "z" and v.layer is not None and v.layer.base == "l"]
            found += [(layer + 1, 1) for layer in zs]  # the hidden activation is applied below layer L
    return found


def _least_widths(side: n.Expr, widths: dict[Layer, int]) -> None:
    for part in n.walk(side):
        if isinstance(part, n.Entry):
            for slot, axis in zip(part.slots, part.variable.axes, strict=False):
                if isinstance(slot, n.At) and isinstance(axis, Neurons):
                    widths[axis.layer] = max(slot.value, widths.get(axis.layer, 1))
