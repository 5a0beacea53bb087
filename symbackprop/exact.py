"""The exact engine's heart: a formula's value at one concrete network, derivatives by forward-mode dual numbers.

It reads the same formulas as the symbolic engine and shares nothing else with it: no SymPy, no normal form. Every
value is an array with one axis for each index that is free in the formula, so all index values are met at once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from math import prod

import numpy as np

from symbackprop import notation as n
from symbackprop.dual import Dual, DualPrimitives
from symbackprop.fields import Array, Degenerate, Field
from symbackprop.functions import ACTIVATIONS, COSTS
from symbackprop.network import Definition

Key = tuple[str, int | None]
ELEMENTARY = ("exp", "log", "step", "inside", "above")
Joining = Callable[[Dual, Dual], Dual]


class CannotEvaluate(Exception):
    """A formula that this engine has no rule for, or that names what does not exist in this network."""


@dataclass(frozen=True)
class Shape:
    """The concrete network: widths[m] neurons in layer m, layers 0..depth, so many samples, and the value of l."""

    widths: tuple[int, ...]
    samples: int = 1
    layers: Mapping[str, int] = field(default_factory=dict)
    extents: Mapping[str, int] = field(default_factory=dict)  # the sizes of axes that no layer has

    @property
    def depth(self) -> int:
        return len(self.widths) - 1

    def layer(self, layer: n.Layer, local: Mapping[str, int]) -> int:
        if not layer.base:
            return layer.offset
        if layer.base == "L":
            return self.depth + layer.offset
        if layer.base in local:
            return local[layer.base] + layer.offset
        if layer.base in self.layers:
            return self.layers[layer.base] + layer.offset
        raise CannotEvaluate(f"the layer {layer} has no number")

    def size(self, axis: n.Axis, local: Mapping[str, int]) -> int:
        if isinstance(axis, n.Samples):
            return self.samples
        if isinstance(axis, n.Extent):
            return self.extents[axis.name] if axis.size is None else axis.size
        number = self.layer(axis.layer, local)
        if not 0 <= number <= self.depth:
            raise CannotEvaluate(f"there is no layer {axis.layer} (= {number})")
        return self.widths[number]


@dataclass(frozen=True)
class Named:
    """A dual number whose axes have names."""

    axes: tuple[str, ...]
    dual: Dual


@dataclass(frozen=True)
class Scope:
    """What the names of a formula stand for at one place in it: index to axis name, layer letter to number."""

    indices: Mapping[str, str] = field(default_factory=dict)
    layers: Mapping[str, int] = field(default_factory=dict)


class Instance:
    """One network with values for everything that its definitions leave free (weights, biases, input, target)."""

    def __init__(
        self,
        field_: Field,
        shape: Shape,
        definitions: tuple[Definition, ...],
        free: Mapping[Key, Array],
        scalars: Mapping[str, Array],
        moving: Key | None = None,
        known: Mapping[Key, Dual] | None = None,
    ) -> None:
        self.field, self.shape, self.definitions = field_, shape, definitions
        self.free, self.scalars = free, scalars
        self.primitives = DualPrimitives(field_)
        self.moving = moving
        self.values: dict[Key, Dual] = dict(known or {})
        self.seeded: dict[Key, Instance] = {}

    # quantities

    def value(self, key: Key) -> Dual:
        """The quantity's whole array, computed from its definition unless it is free or the moving one."""
        if key not in self.values:
            made = self._computed(key)
            self.values[key] = made if key != self.moving else self._identity(made.value)
        return self.values[key]

    def _computed(self, key: Key) -> Dual:
        if key in self.free:
            return Dual(self.field, self.free[key])
        d = self.definition(key)
        if d is None:
            raise CannotEvaluate(f"{key[0]}{'' if key[1] is None else f' of layer {key[1]}'} has no value")
        local = {} if key[1] is None else {d.parameter: key[1]}
        scope = Scope({index.name: index.name for index in d.slots}, local)
        made = self.evaluate(d.body, scope, {index.name: self.shape.size(index.axis, local) for index in d.slots})
        return self.spread(made, tuple((i.name, self.shape.size(i.axis, local)) for i in d.slots)).dual

    def definition(self, key: Key) -> Definition | None:
        for d in self.definitions:
            if d.symbol != key[0] or (d.first is None) != (key[1] is None):
                continue
            if d.first is None or d.last is None or key[1] is None:
                return d
            if self.shape.layer(d.first, {}) <= key[1] <= self.shape.layer(d.last, {}):
                return d
        return None

    def _identity(self, value: Array) -> Dual:
        """The quantity as the variable: its tangents are the unit directions."""
        lead = value.shape[: self.field.lead]
        size = prod(value.shape[self.field.lead :])
        one, zero = self.field.number(Fraction(1)), self.field.number(Fraction(0))
        unit = np.empty((*lead, size, size), dtype=value.dtype)
        unit[...] = zero.reshape((*lead, 1, 1))
        for k in range(size):
            unit[..., k, k] = one
        return Dual(self.field, value, unit.reshape((*value.shape, size)))

    def with_moving(self, key: Key) -> Instance:
        """This network with one quantity taken as the variable; all that is computed from it follows."""
        if key not in self.seeded:
            known = {k: v for k, v in self.values.items() if k in self.free and k != key}
            held = {**self.free, key: self.value(key).value}
            self.seeded[key] = Instance(self.field, self.shape, self.definitions, held, self.scalars, key, known)
        return self.seeded[key]

    # formulas

    def evaluate(self, e: n.Expr, scope: Scope, sizes: Mapping[str, int]) -> Named:
        """The formula's value; `sizes` tells the length of every axis name in scope."""
        match e:
            case n.Number(value):
                return Named((), Dual(self.field, self.field.number(value)))
            case n.Scalar(name):
                return Named((), Dual(self.field, self.scalars[name]))
            case n.Root(of):
                return Named((), Dual(self.field, self.field.root(of)))
            case n.Size(axis):
                return Named((), Dual(self.field, self.field.number(Fraction(self.shape.size(axis, scope.layers)))))
            case n.Entry():
                return self._entry(e, scope)
            case n.Add(terms):
                return self._fold(terms, scope, sizes, lambda x, y: x + y)
            case n.Mul(factors):
                return self._fold(factors, scope, sizes, lambda x, y: x * y)
            case n.Neg(term):
                made = self.evaluate(term, scope, sizes)
                return Named(made.axes, -made.dual)
            case n.Power(base, exponent):
                return self._power(self.evaluate(base, scope, sizes), exponent)
            case n.Sum(index, body):
                return self._sum(index, body, scope, sizes)
            case n.SumLayers(name, first, last, body):
                low, high = self.shape.layer(first, scope.layers), self.shape.layer(last, scope.layers)
                scopes = [Scope(scope.indices, {**scope.layers, name: m}) for m in range(low, high + 1)]
                parts = [self.evaluate(body, inner, sizes) for inner in scopes]
                if not parts:
                    return self._zero()
                return self._joined(parts, lambda x, y: x + y)
        return self._evaluate_function(e, scope, sizes)

    def _evaluate_function(self, e: n.Expr, scope: Scope, sizes: Mapping[str, int]) -> Named:
        match e:
            case n.Kronecker(left, right):
                return self._kronecker(left, right, scope, sizes)
            case n.Apply(function, argument, primes):
                return self._applied(function, primes, self.evaluate(argument, scope, sizes))
            case n.Softmax(slot, index, argument):
                return self._softmax(slot, index, argument, scope, sizes)
            case n.CostTerm(name, output, target, prime):
                parts = self._aligned([self.evaluate(x, scope, sizes) for x in (output, target)])
                a, y = (part.dual for part in parts)
                row = COSTS[name]
                formula = row.derivative if prime else row.formula
                return Named(parts[0].axes, formula(a, y, self.primitives))
            case n.OpaqueCost(symbol, outputs, sample):
                return self._opaque_cost(symbol, outputs, sample, scope)
            case n.OpaqueMap():
                return self._opaque_map(e, scope)
            case n.Partial(of, by):
                return self._partial(of, by, scope, sizes)
        raise CannotEvaluate(f"no rule for {type(e).__name__}")

    def _fold(self, parts: tuple[n.Expr, ...], scope: Scope, sizes: Mapping[str, int], join: Joining) -> Named:
        return self._joined([self.evaluate(part, scope, sizes) for part in parts], join)

    def _joined(self, parts: list[Named], join: Joining) -> Named:
        aligned = self._aligned(parts)
        made = aligned[0].dual
        for part in aligned[1:]:
            made = join(made, part.dual)
        return Named(aligned[0].axes, made)

    def _aligned(self, parts: list[Named]) -> list[Named]:
        """All with the same axes in the same order; missing ones have length 1."""
        axes = tuple(dict.fromkeys(axis for part in parts for axis in part.axes))
        return [Named(axes, self._transposed(part, axes)) for part in parts]

    def _transposed(self, part: Named, axes: tuple[str, ...]) -> Dual:
        if part.axes == axes:
            return part.dual
        lead = self.field.lead
        kept = [axis for axis in axes if axis in part.axes]
        order = [*range(lead), *(lead + part.axes.index(axis) for axis in kept)]
        lengths = dict(zip(part.axes, part.dual.value.shape[lead:], strict=True))
        shape = (*part.dual.value.shape[:lead], *(lengths.get(axis, 1) for axis in axes))
        value = part.dual.value.transpose(order).reshape(shape)
        tangent = part.dual.tangent
        if tangent is not None:
            tangent = tangent.transpose([*order, tangent.ndim - 1]).reshape((*shape, tangent.shape[-1]))
        return Dual(self.field, value, tangent)

    def spread(self, made: Named, wanted: tuple[tuple[str, int], ...]) -> Named:
        """Exactly these axes at their full length."""
        axes = tuple(name for name, _ in wanted)
        dual = self._transposed(made, axes)
        shape = dual.value.shape[: self.field.lead] + tuple(size for _, size in wanted)
        tangent = None if dual.tangent is None else np.broadcast_to(dual.tangent, (*shape, dual.tangent.shape[-1]))
        return Named(axes, Dual(self.field, np.broadcast_to(dual.value, shape), tangent))

    def _entry(self, e: n.Entry, scope: Scope) -> Named:
        layer = None if e.variable.layer is None else self.shape.layer(e.variable.layer, scope.layers)
        if layer is not None and not 0 <= layer <= self.shape.depth:
            raise CannotEvaluate(f"there is no layer {e.variable.layer} (= {layer})")
        return self._picked(self.value((e.variable.symbol, layer)), e.slots, scope)

    def _picked(self, dual: Dual, slots: tuple[n.Slot, ...], scope: Scope) -> Named:
        """Axes named by the slots; a concrete slot takes one entry, a repeated name the diagonal."""
        axes: list[str] = []
        for slot in slots:
            at = self.field.lead + len(axes)
            if isinstance(slot, n.At):
                dual = self._taken(dual, at, slot.value)
                continue
            name = self._axis(slot, scope)
            if name in axes:
                dual = self._diagonal(dual, self.field.lead + axes.index(name), at)
            else:
                axes.append(name)
        return Named(tuple(axes), dual)

    def _axis(self, index: n.Index, scope: Scope) -> str:
        if index.name not in scope.indices:
            raise CannotEvaluate(f"the index {index.name} is not bound")
        return scope.indices[index.name]

    def _taken(self, dual: Dual, axis: int, number: int) -> Dual:
        if not 1 <= number <= dual.value.shape[axis]:
            raise CannotEvaluate(f"there is no entry {number} among {dual.value.shape[axis]}")
        taken = [np.asarray(x.take(number - 1, axis=axis)) for x in (dual.value, dual.tangent) if x is not None]
        return Dual(self.field, *taken)

    def _diagonal(self, dual: Dual, first: int, second: int) -> Dual:
        def along(x: Array) -> Array:
            return np.moveaxis(np.diagonal(x, axis1=first, axis2=second), -1, first)

        return Dual(self.field, along(dual.value), None if dual.tangent is None else along(dual.tangent))

    def _power(self, base: Named, exponent: int) -> Named:
        if exponent == 0:
            return Named((), Dual(self.field, self.field.number(Fraction(1))))
        factor = base.dual if exponent >= 0 else base.dual.inverse()
        made = Dual(self.field, self.field.number(Fraction(1)))
        for _ in range(abs(exponent)):
            made = made * factor
        return Named(base.axes, made)

    def _inner(self, index: n.Index, scope: Scope, sizes: Mapping[str, int]) -> tuple[str, Scope, dict[str, int]]:
        """A new axis name for a bound index, and the scope in which it is bound."""
        name = f"{index.name}~{len(sizes)}"
        return name, Scope({**scope.indices, index.name: name}, scope.layers), {
            **sizes,
            name: self.shape.size(index.axis, scope.layers),
        }

    def _sum(self, index: n.Index, body: n.Expr, scope: Scope, sizes: Mapping[str, int]) -> Named:
        name, inner, longer = self._inner(index, scope, sizes)
        if isinstance(body, n.Mul) and len(body.factors) == 2:
            x, y = (self.evaluate(factor, inner, longer) for factor in body.factors)
            if set(x.axes) & set(y.axes) == {name}:
                return contracted(x, y, name)
            made = self._joined([x, y], _times)
        else:
            made = self.evaluate(body, inner, longer)
        if name not in made.axes:
            return self._joined([made, Named((), Dual(self.field, self.field.number(Fraction(longer[name]))))], _times)
        return self._total(made, name, longer[name])

    def _total(self, made: Named, name: str, length: int) -> Named:
        at = self.field.lead + made.axes.index(name)
        dual = made.dual
        if dual.value.shape[at] != length:  # an axis of length 1 that stands for `length` equal values
            lengths = {axis: dual.value.shape[self.field.lead + k] for k, axis in enumerate(made.axes)}
            dual = self.spread(made, tuple((a, length if a == name else lengths[a]) for a in made.axes)).dual
        value = self.field.total(dual.value, at)
        tangent = None if dual.tangent is None else self.field.total(dual.tangent, at)
        return Named(tuple(a for a in made.axes if a != name), Dual(self.field, value, tangent))

    def _kronecker(self, left: n.Slot, right: n.Slot, scope: Scope, sizes: Mapping[str, int]) -> Named:
        parts: list[tuple[tuple[str, ...], Array]] = []
        for slot in (left, right):
            if isinstance(slot, n.At):
                parts.append(((), np.asarray(slot.value)))
            else:
                name = self._axis(slot, scope)
                parts.append(((name,), np.arange(1, sizes[name] + 1)))
        (axes, u), (others, v) = parts
        if axes == others:
            return Named((), Dual(self.field, self.field.number(Fraction(1)))) if np.all(u == v) else self._zero()
        same = (u[:, None] == v[None, :]) if u.ndim and v.ndim else u == v
        one, zero = self.field.number(Fraction(1)), self.field.number(Fraction(0))
        spread = one.shape + (1,) * same.ndim
        return Named((*axes, *others), Dual(self.field, np.where(same, one.reshape(spread), zero.reshape(spread))))

    def _zero(self) -> Named:
        return Named((), Dual(self.field, self.field.number(Fraction(0))))

    # functions

    def _applied(self, function: str, primes: int, z: Named) -> Named:
        return Named(z.axes, self.apply(function, primes, z.dual))

    def elementary(self, function: str, z: Dual) -> Dual:
        match function:
            case "exp":
                return self.primitives.exp(z)
            case "log":
                return self.primitives.log(z)
            case "step":
                return self.primitives.step(z)
            case "above":  # a step that is asked nothing at its kink
                zero = self.field.number(Fraction(0))
                zeros = np.broadcast_to(zero.reshape((*zero.shape, *(1,) * (z.value.ndim - zero.ndim))), z.value.shape)
                if bool(np.any(self.field.equal(z.value, zeros))):
                    raise Degenerate
                return self.primitives.step(z)
        return Dual(self.field, self.field.inside(z.value))

    def apply(self, function: str, primes: int, z: Dual) -> Dual:
        """The function's value or slope at z; a named function's slope is the tangent of its own formula."""
        if function in ELEMENTARY and not primes:
            return self.elementary(function, z)
        row = ACTIVATIONS.get(function)
        if row is None:
            value = self.field.opaque(function, primes, z.value)
            return Dual(self.field, value) if z.tangent is None else z.along(
                value, self.field.opaque(function, primes + 1, z.value)
            )
        if primes == 0:
            made: Dual = row.stable(z, self.primitives)
            return made
        if primes > 2 or (primes > 1 and z.tangent is not None):
            raise CannotEvaluate(f"a third derivative of {function}")
        slope = self._slope(function, primes, z.still())
        return slope if z.tangent is None else z.along(slope.value, self._slope(function, primes + 1, z.still()).value)

    def _slope(self, function: str, primes: int, z: Dual) -> Dual:
        """The tangent of a row's own formula, or of its derivative."""
        row = ACTIVATIONS[function]
        one = self.field.number(Fraction(1))
        axes = z.value.ndim + 1 - self.field.lead
        unit = np.broadcast_to(one.reshape(one.shape + (1,) * axes), (*z.value.shape, 1))
        along = Dual(self.field, z.value, unit)
        value = row.stable(along, self.primitives)
        moved = (value if primes == 1 else row.derivative(along, value, self.primitives)).tangent
        if moved is None:
            return z.still() * 0
        return Dual(self.field, moved[..., 0])

    def _softmax(self, slot: n.Slot, index: n.Index, argument: n.Expr, scope: Scope, sizes: Mapping[str, int]) -> Named:
        """exp(z_slot) / sum_k exp(z_k)"""
        name, inner, longer = self._inner(index, scope, sizes)
        z = self.evaluate(argument, inner, longer)
        e = Named(z.axes, self.primitives.exp(z.dual))
        share = self._joined([e, self._total(e, name, longer[name])], lambda x, y: x / y)
        return self._picked_axis(share, name, slot, scope)

    def _picked_axis(self, made: Named, name: str, slot: n.Slot, scope: Scope) -> Named:
        at = self.field.lead + made.axes.index(name)
        if isinstance(slot, n.At):
            return Named(tuple(a for a in made.axes if a != name), self._taken(made.dual, at, slot.value))
        target = self._axis(slot, scope)
        if target in made.axes:
            dual = self._diagonal(made.dual, self.field.lead + made.axes.index(target), at)
            return Named(tuple(a for a in made.axes if a != name), dual)
        return Named(tuple(target if a == name else a for a in made.axes), made.dual)

    def _opaque_cost(self, symbol: str, outputs: n.Variable, sample: n.Slot | None, scope: Scope) -> Named:
        layer = None if outputs.layer is None else self.shape.layer(outputs.layer, scope.layers)
        a = self.value((outputs.symbol, layer))
        if sample is None:
            return Named((), self._opaque_value(symbol, a))
        tangent = None if a.tangent is None else np.swapaxes(a.tangent, -2, -3)
        by_sample = Dual(self.field, np.swapaxes(a.value, -1, -2), tangent)
        return self._picked(self._opaque_value(symbol, by_sample), (sample,), scope)

    def _opaque_value(self, symbol: str, a: Dual) -> Dual:
        value, slopes = self.field.opaque_cost(symbol, a.value)
        if a.tangent is None:
            return Dual(self.field, value)
        moved = self.field.multiply(a.tangent, slopes[..., None])
        return Dual(self.field, value, self.field.total(moved, a.value.ndim - 1))

    def _opaque_map(self, e: n.OpaqueMap, scope: Scope) -> Named:
        """Every entry is a random function of all entries of all arguments; of those of its sample where it has one."""
        samples = () if e.sample is None else (self.shape.size(e.sample.axis, scope.layers),)
        parts = [self._by_sample(self.value((v.symbol, None)), samples, v.symbol in e.sampled) for v in e.arguments]
        joined = self._in_a_row(parts, samples)
        lengths = tuple(self.shape.size(axis, scope.layers) for axis in e.axes)
        entries = [self._opaque_value(f"{e.function} {number}", joined) for number in range(prod(lengths))]
        lead = joined.value.shape[: self.field.lead]
        value = np.stack([entry.value for entry in entries], axis=self.field.lead).reshape((*lead, *lengths, *samples))
        slots = e.slots if e.sample is None else (*e.slots, e.sample)
        if joined.tangent is None:
            return self._picked(Dual(self.field, value), slots, scope)
        moved = np.stack([_tangent(entry) for entry in entries], axis=self.field.lead)
        return self._picked(Dual(self.field, value, moved.reshape((*value.shape, -1))), slots, scope)

    def _by_sample(self, part: Dual, samples: tuple[int, ...], sampled: bool) -> Dual:
        """The samples' axis before all others: moved there, or the same values for every sample."""
        if not samples:
            return part
        lead, value, tangent = self.field.lead, part.value, part.tangent
        if sampled:
            tangent = None if tangent is None else np.moveaxis(tangent, -2, lead)
            return Dual(self.field, np.moveaxis(value, -1, lead), tangent)
        places = value.shape[lead:]
        value = np.broadcast_to(np.expand_dims(value, lead), (*value.shape[:lead], *samples, *places))
        if tangent is not None:
            tangent = np.broadcast_to(np.expand_dims(tangent, lead), (*value.shape, tangent.shape[-1]))
        return Dual(self.field, value, tangent)

    def _in_a_row(self, parts: list[Dual], samples: tuple[int, ...]) -> Dual:
        """All entries of several quantities as one vector, one for each sample."""
        lead = (*parts[0].value.shape[: self.field.lead], *samples)
        value = np.concatenate([part.value.reshape((*lead, -1)) for part in parts], axis=-1)
        widths = [part.tangent.shape[-1] for part in parts if part.tangent is not None]
        if not widths:
            return Dual(self.field, value)
        zero = self.field.number(Fraction(0))
        moved = []
        for part in parts:
            flat = (*lead, prod(part.value.shape[len(lead) :]), widths[0])
            still = np.broadcast_to(zero.reshape((*zero.shape, *(1,) * (len(flat) - zero.ndim))), flat)
            moved.append(still if part.tangent is None else part.tangent.reshape(flat))
        return Dual(self.field, value, np.concatenate(moved, axis=len(lead)))

    # derivatives

    def _partial(self, of: n.Expr, by: n.Entry, scope: Scope, sizes: Mapping[str, int]) -> Named:
        """`of` computed with `by`'s quantity as the variable; its tangents along the entry that `by` names."""
        if self.moving is not None:
            raise CannotEvaluate("a derivative within a derivative")
        layer = None if by.variable.layer is None else self.shape.layer(by.variable.layer, scope.layers)
        key = (by.variable.symbol, layer)
        moved = self.with_moving(key)
        made = moved.evaluate(of, scope, sizes)
        shape = moved.value(key).value.shape[self.field.lead :]
        if made.dual.tangent is None:
            return self._zero()
        tangent = made.dual.tangent.reshape((*made.dual.value.shape, *shape))
        table = Dual(self.field, tangent)
        axes = list(made.axes)
        for slot in by.slots:
            at = self.field.lead + len(axes)
            if isinstance(slot, n.At):
                table = self._taken(table, at, slot.value)
                continue
            name = self._axis(slot, scope)
            if name in axes:
                table = self._met(table, self.field.lead + axes.index(name), at)
            else:
                axes.append(name)
        return Named(tuple(axes), table)

    def _met(self, table: Dual, first: int, second: int) -> Dual:
        """The diagonal where an index of the numerator is also one of the denominator."""
        if table.value.shape[first] == 1 != table.value.shape[second]:
            return Dual(self.field, np.squeeze(np.swapaxes(table.value, first, second), axis=second))
        return self._diagonal(table, first, second)


def _tangent(entry: Dual) -> Array:
    if entry.tangent is None:
        raise CannotEvaluate("a function that does not follow its variable")
    return entry.tangent


def contracted(x: Named, y: Named, name: str) -> Named:
    """sum over `name` of x y, which share no other axis: a matrix product."""
    f = x.dual.field
    rows, columns = (tuple(a for a in part.axes if a != name) for part in (x, y))
    left, right = _flat(x, (*rows, name), len(rows)), _flat(y, (name, *columns), 1)
    shapes = [dict(zip(part.axes, part.dual.value.shape[f.lead :], strict=True)) for part in (x, y)]
    shape = (*(shapes[0][a] for a in rows), *(shapes[1][a] for a in columns))
    lead = left.value.shape[: f.lead]
    if left.tangent is None and right.tangent is not None:  # one product of the left for both: it may be large
        flat = right.tangent.reshape((*lead, right.value.shape[-2], -1))
        both = f.matmul(left.value, np.concatenate([right.value, flat], axis=-1))
        value, along = np.split(both, [right.value.shape[-1]], axis=-1)
        made = along.reshape((*lead, *shape, right.tangent.shape[-1]))
        return Named((*rows, *columns), Dual(f, value.reshape((*lead, *shape)), made))
    value = f.matmul(left.value, right.value)
    moved = None
    if left.tangent is not None:
        turned = np.moveaxis(left.tangent, -1, -2)  # rows, directions, summed
        flat = turned.reshape((*lead, -1, turned.shape[-1]))
        made = f.matmul(flat, right.value).reshape((*lead, left.value.shape[-2], -1, right.value.shape[-1]))
        moved = np.moveaxis(made, -2, -1)
    if right.tangent is not None:
        flat = right.tangent.reshape((*lead, right.value.shape[-2], -1))
        other = f.matmul(left.value, flat).reshape((*value.shape, -1))
        moved = other if moved is None else f.add(moved, other)
    tangent = None if moved is None else moved.reshape((*lead, *shape, moved.shape[-1]))
    return Named((*rows, *columns), Dual(f, value.reshape((*lead, *shape)), tangent))


def _flat(part: Named, axes: tuple[str, ...], split: int) -> Dual:
    """The array as a matrix: the first `split` axes are its rows, the others its columns."""
    f = part.dual.field
    order = [*range(f.lead), *(f.lead + part.axes.index(a) for a in axes)]
    value = part.dual.value.transpose(order)
    lead, shape = value.shape[: f.lead], value.shape[f.lead :]
    matrix = (*lead, prod(shape[:split]), prod(shape[split:]))
    tangent = part.dual.tangent
    if tangent is not None:
        tangent = tangent.transpose([*order, tangent.ndim - 1]).reshape((*matrix, tangent.shape[-1]))
    return Dual(f, value.reshape(matrix), tangent)


def _times(x: Dual, y: Dual) -> Dual:
    return x * y
