"""A line about layers of given numbers as one about every layer: what holds in every layer holds in those."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass, replace
from typing import Any

from symbackprop import notation as n
from symbackprop.documents.chains import Sides
from symbackprop.notation import Layer


def lifted(sides: Sides) -> Sides | None:
    """The sides with l for the highest layer, l - 1 for the one below; None where a line names layers otherwise.

    The proof for every l in its range covers the given number: all layers that the line mentions exist there.
    """
    found = {layer for part in (sides.left, sides.right, *sides.free) for layer in _layers(part)}
    if not found or any(layer.base for layer in found):
        return None
    top = max(layer.offset for layer in found)

    def general(layer: Layer) -> Layer:
        return Layer("l", layer.offset - top)

    left, right = (_changed(side, general) for side in (sides.left, sides.right))
    free = tuple(_changed(index, general) for index in sides.free)
    return replace(sides, left=left, right=right, free=free)


def _layers(value: Any) -> Iterator[Layer]:
    if isinstance(value, Layer):
        yield value
    elif isinstance(value, tuple):
        for item in value:
            yield from _layers(item)
    elif isinstance(value, n.SumLayers):
        yield Layer("L")  # over layers of its own
    elif is_dataclass(value):
        for each in fields(value):
            yield from _layers(getattr(value, each.name))


def _changed(value: Any, general: Callable[[Layer], Layer]) -> Any:
    if isinstance(value, Layer):
        return general(value)
    if isinstance(value, tuple):
        return tuple(_changed(item, general) for item in value)
    if not is_dataclass(value) or isinstance(value, type):
        return value
    parts = {each.name: getattr(value, each.name) for each in fields(value)}
    made = {name: _changed(part, general) for name, part in parts.items()}
    changes = {name: part for name, part in made.items() if part != parts[name]}
    return replace(value, **changes) if changes else value
