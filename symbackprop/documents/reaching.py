"""The layers for which a line is judged: those that it states, or those in which everything that it mentions exists."""

from __future__ import annotations

from dataclasses import dataclass

from symbackprop import notation as n
from symbackprop.claims import LayerRange
from symbackprop.documents.environment import LOWEST, Environment
from symbackprop.documents.limits import Limits
from symbackprop.notation import Layer, Neurons


@dataclass(frozen=True)
class Reach:
    """What the formulas need: the range of l, the least L, the least widths; `needed`: the widest range of l."""

    layers: LayerRange | None
    least_depth: int
    least_widths: tuple[tuple[Layer, int], ...]
    needed: LayerRange | None = None


def reach(sides: tuple[n.Expr, ...], environment: Environment, limits: Limits) -> Reach:
    """The range of layers that the line states, or the widest one in which everything that the formulas mention exists.

    Where nothing says that the output layer has a function of its own, the hidden one is meant below it.
    """
    first, below, depth, any_l = 0, 0, limits.least_depth, False
    widths: dict[Layer, int] = {}
    for layer, lowest in (need for side in sides for need in _needs(side)):
        if layer.base == "l":
            any_l, first, below = True, max(first, lowest - layer.offset), max(below, layer.offset)
        elif layer.base == "L":
            depth = max(depth, lowest - layer.offset)
        elif not layer.base:
            depth = max(depth, layer.offset)
    for side in sides:
        _least_widths(side, widths)
    least = tuple(sorted(widths.items()))
    if not any_l:
        return Reach(None, depth, least)
    needed = LayerRange(first, below)
    hidden = max([below, *(offset for side in sides for offset in _hidden(side, environment))])
    first = first if limits.first is None else limits.first
    below = hidden if limits.below_last is None else limits.below_last
    if hidden > needed.below_last and not environment.conventions.output_named:
        below = max(below, hidden)
    return Reach(LayerRange(first, below), max(depth, first + below), least, needed)


def _needs(side: n.Expr) -> list[tuple[Layer, int]]:
    found = []
    for part in n.walk(side):
        if isinstance(part, n.Entry) and part.variable.layer is not None:
            symbol = part.variable.symbol.removeprefix("d ")
            found.append((part.variable.layer, LOWEST.get(symbol, 1)))
        elif isinstance(part, n.Sum) and isinstance(part.index.axis, Neurons):
            found.append((part.index.axis.layer, 0))
    return found


def _hidden(side: n.Expr, environment: Environment) -> list[int]:
    """How far below L the general layer has to end, as the hidden activation is applied below layer L."""
    hidden, found = environment.hidden_functions, []
    for part in n.walk(side):
        if isinstance(part, n.Apply) and part.function in hidden:
            inner = [x.variable for x in n.walk(part.argument) if isinstance(x, n.Entry)]
            zs = [v.layer for v in inner if v.symbol == "z" and v.layer is not None and v.layer.base == "l"]
            found += [layer.offset + 1 for layer in zs]
    return found


def _least_widths(side: n.Expr, widths: dict[Layer, int]) -> None:
    for part in n.walk(side):
        if isinstance(part, n.Entry):
            for slot, axis in zip(part.slots, part.variable.axes, strict=False):
                if isinstance(slot, n.At) and isinstance(axis, Neurons):
                    widths[axis.layer] = max(slot.value, widths.get(axis.layer, 1))
