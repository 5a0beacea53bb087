"""One instance of a formula: layers as numbers, indices as numbers, sums written out over the widths of one network.

`instantiate` makes from `sum_k w_ki^(l+1) delta_k^(l+1)` the formula `w_12^(2) delta_1^(2) + w_22^(2) delta_2^(2)`;
`relayer` only renames layers. Nothing is simplified.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace

from symbackprop import notation as n
from symbackprop.errors import SymbackpropError

LayerMap = Callable[[n.Layer], n.Layer]


def instantiate(
    expr: n.Expr, widths: Sequence[int], layers: Mapping[str, int], indices: Mapping[str, int]
) -> n.Expr:
    """The formula for the network of these widths (n_0, …, n_L), at these layers and index values (from 1).

    `layers` gives the number of each layer letter; L is the last one unless it says otherwise. Sums over neurons and
    over layers become `Add`, a softmax becomes its quotient, a Kronecker delta of two numbers becomes 0 or 1. An
    index over samples that `indices` does not name stays, and so does its sum.
    Raises SymbackpropError for a layer or an index that has no value or does not exist in this network.
    """
    return _Instance(tuple(widths), {"L": len(widths) - 1, **layers}).of(expr, dict(indices))


def relayer(expr: n.Expr, layers: Mapping[str, n.Layer]) -> n.Expr:
    """The formula with each layer letter replaced: `{"m": l}` makes z^(m-1) into z^(l-1)."""

    def moved(layer: n.Layer) -> n.Layer:
        return layers[layer.base] + layer.offset if layer.base in layers else layer

    inner = layers
    if isinstance(expr, n.SumLayers):  # its letter is its own
        inner = {base: place for base, place in layers.items() if base != expr.name}
    return rebuilt(expr, lambda part: relayer(part, inner), moved, lambda slot: with_layer(slot, moved))


def renamed(expr: n.Expr, name: str, slot: n.Slot) -> n.Expr:
    """The formula with the free index `name` replaced; the caller sees to it that no sum binds the new letter."""

    def put(at: n.Slot) -> n.Slot:
        return slot if isinstance(at, n.Index) and at.name == name else at

    if isinstance(expr, n.Sum) and expr.index.name == name:
        return expr
    if isinstance(expr, n.Softmax) and expr.index.name == name:
        return n.Softmax(put(expr.slot), expr.index, expr.argument)
    return rebuilt(expr, lambda part: renamed(part, name, slot), lambda place: place, put)


def with_layer(slot: n.Slot, moved: LayerMap) -> n.Slot:
    """The index with its axis in another layer; a number stays."""
    return replace(slot, axis=_axis(slot.axis, moved)) if isinstance(slot, n.Index) else slot


@dataclass(frozen=True)
class _Instance:
    widths: tuple[int, ...]
    layers: Mapping[str, int]

    def of(self, e: n.Expr, values: Mapping[str, int]) -> n.Expr:
        match e:
            case n.Sum(index, body) if isinstance(index.axis, n.Neurons):
                return self.total([self.of(body, {**values, index.name: k}) for k in self.values(index.axis)])
            case n.Sum(index, body):
                kept = {name: value for name, value in values.items() if name != index.name}
                return n.Sum(index, self.of(body, kept))
            case n.SumLayers(name, first, last, body):
                span = range(self.layer(first).offset, self.layer(last).offset + 1)
                inner = (_Instance(self.widths, {**self.layers, name: m}) for m in span)
                return self.total([instance.of(body, values) for instance in inner])
            case n.Softmax(slot, index, argument):
                return self.softmax(slot, index, argument, values)
            case n.Size(axis) if isinstance(axis, n.Neurons):
                return n.number(len(self.values(axis)))
            case n.Kronecker(left, right):
                return self.kronecker(self.slot(left, values), self.slot(right, values))
        return rebuilt(e, lambda part: self.of(part, values), self.layer, lambda slot: self.slot(slot, values))

    def total(self, terms: list[n.Expr]) -> n.Expr:
        return terms[0] if len(terms) == 1 else n.Add(tuple(terms))

    def softmax(self, slot: n.Slot, index: n.Index, argument: n.Expr, values: Mapping[str, int]) -> n.Expr:
        at = self.slot(slot, values)
        if not isinstance(at, n.At):
            raise SymbackpropError(f"the index {at.name} of a softmax has no value")
        terms = {k: n.Apply("exp", self.of(argument, {**values, index.name: k})) for k in self.values(index.axis)}
        return terms[at.value] / self.total(list(terms.values()))

    def kronecker(self, left: n.Slot, right: n.Slot) -> n.Expr:
        if isinstance(left, n.At) and isinstance(right, n.At):
            return n.number(int(left.value == right.value))
        return n.Kronecker(left, right)

    def slot(self, slot: n.Slot, values: Mapping[str, int]) -> n.Slot:
        if isinstance(slot, n.At):
            return slot
        if slot.name not in values:
            if isinstance(slot.axis, n.Samples):
                return slot
            raise SymbackpropError(f"the index {slot.name} over {slot.axis} has no value")
        value = values[slot.name]
        if isinstance(slot.axis, n.Neurons) and value not in self.values(slot.axis):
            raise SymbackpropError(f"{slot.name} = {value}: there is no such one among {slot.axis}")
        return n.At(value)

    def values(self, axis: n.Axis) -> range:
        if not isinstance(axis, n.Neurons):
            raise SymbackpropError(f"the number of {axis} has no value")
        return range(1, self.widths[self.layer(axis.layer).offset] + 1)

    def layer(self, layer: n.Layer) -> n.Layer:
        if layer.base and layer.base not in self.layers:
            raise SymbackpropError(f"the layer {layer} has no number")
        number = layer.offset + (self.layers[layer.base] if layer.base else 0)
        if not 0 <= number < len(self.widths):
            raise SymbackpropError(f"layer {layer} = {number}: expected 0 to {len(self.widths) - 1}")
        return n.Layer("", number)


def rebuilt(
    e: n.Expr, part: Callable[[n.Expr], n.Expr], layer: LayerMap, slot: Callable[[n.Slot], n.Slot]
) -> n.Expr:
    """The same kind of node, each field mapped by what it is."""

    def mapped(value: object) -> object:
        match value:
            case n.Expr():
                return part(value)
            case n.Index() | n.At():
                return slot(value)
            case n.Variable(symbol, place, axes):
                placed = None if place is None else layer(place)
                return n.Variable(symbol, placed, tuple(_axis(axis, layer) for axis in axes))
            case n.Layer():
                return layer(value)
            case n.Neurons():
                return _axis(value, layer)
            case tuple():
                return tuple(mapped(item) for item in value)
        return value

    return type(e)(*(mapped(getattr(e, field.name)) for field in fields(e)))  # type: ignore[arg-type]


def _axis(axis: n.Axis, layer: LayerMap) -> n.Axis:
    return n.Neurons(layer(axis.layer)) if isinstance(axis, n.Neurons) else axis
