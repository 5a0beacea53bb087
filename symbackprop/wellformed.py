"""Form before value: does every index run over the axis on which it is used, and does every layer exist?

An index over the wrong axis must be seen here, before anything is computed: where two widths happen to be equal, or
one of them is 1, numbers would not show it. `malformed` says in plain words what does not fit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from symbackprop import matrices as mx, notation as n
from symbackprop.claims import Claim, Side
from symbackprop.network import Definition

LOWEST = {"a": 0}  # the lowest layer of the quantities that begin below layer 1: the input is a^(0)


class Malformed(Exception):
    """A formula whose parts do not fit; the text says which."""


@dataclass(frozen=True)
class Layers:
    """What the layers' letters stand for: l in first..L - below_last, L at least `least_depth`, bound ones between."""

    first: int | None
    below_last: int
    least_depth: int
    bound: Mapping[str, tuple[n.Layer, n.Layer]]
    depth: int | None = None  # L, where it is a number
    widths: tuple[tuple[n.Layer, int], ...] = ()  # those that are numbers

    def width(self, axis: n.Axis) -> int | None:
        """How many neurons an axis has, where that is a number."""
        found = (width for layer, width in self.widths if self.same(n.Neurons(layer), axis))
        return next(found, None)

    def same(self, one: n.Axis, other: n.Axis) -> bool:
        """Whether the axes are one; with L a number, layer L is the layer of that number."""
        return self._numbered(one) == self._numbered(other)

    def _numbered(self, axis: n.Axis) -> n.Axis:
        if self.depth is None or not isinstance(axis, n.Neurons) or axis.layer.base != "L":
            return axis
        return n.Neurons(n.Layer("", self.depth + axis.layer.offset))

    def exists(self, layer: n.Layer, lowest: int) -> bool:
        """Whether lowest ≤ layer ≤ L whatever the letters stand for. Raises Malformed for an unknown letter."""
        return self.least(layer) >= lowest and self.above_last(layer) <= 0

    def least(self, layer: n.Layer) -> int:
        """The lowest layer that it can be."""
        if layer.base in self.bound:
            return self.least(self.bound[layer.base][0] + layer.offset)
        starts = {"": 0, "L": self.least_depth, "l": self.first}
        start = starts.get(layer.base)
        if start is None:
            raise Malformed(f"nothing says which layers {layer.base} stands for")
        return start + layer.offset

    def above_last(self, layer: n.Layer) -> int:
        """How far it can lie above layer L; negative or 0 where it never does."""
        if layer.base in self.bound:
            return self.above_last(self.bound[layer.base][1] + layer.offset)
        tops = {"": -self.least_depth, "L": 0, "l": -self.below_last}
        return tops[layer.base] + layer.offset


@dataclass(frozen=True)
class Scope:
    """The indices in force at one place of a formula, by letter, and the layers."""

    indices: Mapping[str, n.Index]
    layers: Layers

    def binding(self, index: n.Index) -> Scope:
        _check_axis(index.axis, self)
        return Scope({**self.indices, index.name: index}, self.layers)


def malformed(claim: Claim) -> str | None:
    """What does not fit in the claim's two sides, in plain words; None where everything does."""
    ranges = claim.layers
    least = max(claim.least_depth, ranges.first + ranges.below_last) if ranges else claim.least_depth
    layers = Layers(
        ranges.first if ranges else None,
        ranges.below_last if ranges else 0,
        least if claim.depth is None else claim.depth,
        {},
        claim.depth,
        claim.widths,
    )
    try:
        scope = Scope({}, layers)
        for index in claim.free:
            if index.name in scope.indices:
                raise Malformed(f"two free indices are called {index.name}")
            scope = scope.binding(index)
        for side in (claim.left, claim.right):
            _check_side(side, claim, scope)
    except (Malformed, mx.ShapeConflict) as problem:
        return str(problem)
    return None


def malformed_definition(d: Definition, least_depth: int = 1) -> str | None:
    """What does not fit in a definition, at every layer for which it is made; None where everything does."""
    bound = {} if d.first is None or d.last is None else {d.parameter: (d.first, d.last)}
    scope = Scope({}, Layers(None, 0, least_depth, bound))
    try:
        for index in d.slots:
            scope = scope.binding(index)
        _check(d.body, scope)
    except Malformed as problem:
        return str(problem)
    return None


def _check_side(side: Side, claim: Claim, scope: Scope) -> None:
    if isinstance(side, n.Expr):
        _check(side, scope)
        return
    rows, columns = mx.shape(side)
    shape = tuple(axis for axis in (rows, columns) if axis is not None)
    meant = tuple(index.axis for index in claim.free)
    if shape != meant:
        raise Malformed(f"a matrix over {_listed(shape)} stands for entries over {_listed(meant)}")
    _check_matrix(side, Scope({}, scope.layers))
    other = claim.left
    if isinstance(other, mx.Matrix) and mx.shape(other) != (rows, columns):
        raise Malformed(f"{_sized(mx.shape(other))} is set equal to {_sized((rows, columns))}")
    if isinstance(other, n.Expr) and len(shape) == 1 and rows is None:
        raise Malformed(f"a row over {_listed(shape)} stands for a column")


def _sized(shape: mx.Shape) -> str:
    return f"a matrix of {mx.said(shape[0])} by {mx.said(shape[1])}"


def _listed(axes: tuple[n.Axis, ...]) -> str:
    return " by ".join(str(axis) for axis in axes) or "no axis (a number)"


def _check_matrix(m: mx.Matrix, scope: Scope) -> None:
    match m:
        case mx.Whole(variable):
            _check_quantity(variable, scope)
        case mx.Gradient(of, by):
            _check_quantity(of, scope)
            _check_quantity(by, scope)
            if not set(of.axes) <= set(by.axes):
                raise Malformed(f"{of} has one value for each of {_listed(of.axes)}, which do not index {by}")
        case mx.Ones(axis):
            _check_axis(axis, scope)
        case mx.Scaled(scalar, inner):
            _check(scalar, scope)
            _check_matrix(inner, scope)
        case mx.Product(left, right) | mx.Hadamard(left, right) | mx.CostSlope(_, left, right):
            _check_matrix(left, scope)
            _check_matrix(right, scope)
        case mx.Plus(terms):
            for term in terms:
                _check_matrix(term, scope)
        case mx.Map(_, inner, _) | mx.Transpose(inner) | mx.Minus(inner):
            _check_matrix(inner, scope)
        case _:
            raise Malformed(f"no rule for {type(m).__name__}")


def _check(e: n.Expr, scope: Scope) -> None:
    match e:
        case n.Entry(variable, slots):
            _check_entry(variable, slots, scope)
        case n.Sum(index, body):
            _check(body, scope.binding(index))
        case n.SumLayers(name, first, last, body):
            bound = {**scope.layers.bound, name: (first, last)}
            _check(body, Scope(scope.indices, replace(scope.layers, bound=bound)))
        case n.Softmax(slot, index, argument):
            _check_slot(slot, index.axis, "the softmax", scope)
            _check(argument, scope.binding(index))
        case n.Kronecker(left, right):
            _check_kronecker(left, right, scope)
        case n.OpaqueMap(function, _, axes, slots, sample):
            _check_entry(n.Variable(function, None, axes), slots, scope)
            if sample is not None:
                _bound(sample, scope)
        case n.OpaqueCost(symbol, outputs, sample):
            _check_quantity(outputs, scope)
            if sample is not None:
                _check_slot(sample, n.Samples(), symbol, scope)
        case n.Size(axis):
            _check_axis(axis, scope)
        case _:
            for child in n.children(e):
                _check(child, scope)


def _check_entry(variable: n.Variable, slots: tuple[n.Slot, ...], scope: Scope) -> None:
    _check_quantity(variable, scope)
    if len(slots) != len(variable.axes):
        raise Malformed(f"{variable} has {len(variable.axes)} indices, {len(slots)} are written")
    for slot, axis in zip(slots, variable.axes, strict=True):
        _check_slot(slot, axis, str(variable), scope)


def _check_slot(slot: n.Slot, axis: n.Axis, where: str, scope: Scope) -> None:
    if isinstance(slot, n.At):
        if slot.value < 1:
            raise Malformed(f"the index value {slot.value} of {where}: they count from 1")
        width = scope.layers.width(axis)
        if width is not None and slot.value > width:
            raise Malformed(f"the index value {slot.value} of {where}: it has {width} there")
        return
    runs = _bound(slot, scope).axis
    if not scope.layers.same(runs, axis):
        raise Malformed(f"{slot.name} runs over {runs}; {where} is indexed by {axis}")


def _bound(slot: n.Index, scope: Scope) -> n.Index:
    """What the letter stands for here; the formula's own note of its axis must say the same."""
    if slot.name not in scope.indices:
        raise Malformed(f"the index {slot.name} is neither free nor summed over")
    found = scope.indices[slot.name]
    if not scope.layers.same(slot.axis, found.axis):
        raise Malformed(f"{slot.name} runs over {found.axis}; here it is written for {slot.axis}")
    return found


def _check_kronecker(left: n.Slot, right: n.Slot, scope: Scope) -> None:
    axes = [_bound(slot, scope).axis for slot in (left, right) if isinstance(slot, n.Index)]
    if len(axes) == 2 and not scope.layers.same(axes[0], axes[1]):
        names = [slot.name for slot in (left, right) if isinstance(slot, n.Index)]
        raise Malformed(f"{names[0]} runs over {axes[0]}, {names[1]} over {axes[1]}: a Kronecker delta joins one axis")


def _check_quantity(variable: n.Variable, scope: Scope) -> None:
    if variable.layer is not None:
        lowest = LOWEST.get(variable.symbol, 1)
        if not scope.layers.exists(variable.layer, lowest):
            raise Malformed(f"{variable} is not there for every layer that is meant: {_allowed(variable, lowest)}")
    for axis in variable.axes:
        _check_axis(axis, scope)


def _allowed(variable: n.Variable, lowest: int) -> str:
    return f"{variable.symbol} exists in layers {lowest} to L"


def _check_axis(axis: n.Axis, scope: Scope) -> None:
    if isinstance(axis, n.Neurons) and not scope.layers.exists(axis.layer, 0):
        raise Malformed(f"there is no layer {axis.layer} for every layer that is meant")
