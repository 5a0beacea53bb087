"""Direct differentiation: slow, obvious, the reference.

A formula becomes a SymPy expression in which every bound index is a fresh `Dummy`; a derivative is taken by
substituting the definitions down to the variable and calling SymPy's `diff` on the result. Definitions are not
substituted into anything: each use is built anew with fresh indices, so no index can be captured.
"""

from __future__ import annotations

from collections.abc import Mapping

import sympy
from sympy import Dummy, Expr, IndexedBase, Integer, KroneckerDelta, Rational, Symbol

from symbackprop import notation as n
from symbackprop.atoms import SHARE, Applied, Inside, Opaque, Step, SympyPrimitives
from symbackprop.dependencies import Dependencies, Key, OutOfReach
from symbackprop.functions import COSTS
from symbackprop.layer_range import Range
from symbackprop.network import Definition
from symbackprop.unfolding import RANK, SLOPE, WIDTH, DownToFloor, Floors, TowardsVariable, Unfolding

SAMPLE_COUNT = Symbol("N", positive=True)
ELEMENTARY = {"exp": sympy.exp, "log": sympy.log, "step": Step, "inside": Inside, "above": Step}


class Calculus:
    """Formulas to SymPy, over one list of definitions; `cut` and `cut_symbol` as in `Dependencies`."""

    def __init__(
        self,
        definitions: tuple[Definition, ...],
        layers: Range,
        cut: n.Layer | None = None,
        widths: tuple[tuple[n.Layer, int], ...] = (),
        directions: tuple[n.Variable, ...] = (),
        cut_symbol: str = "z",
        network: bool = True,
    ) -> None:
        layered = {"w", "b", "a", "z", "delta"} if network else set()
        layered |= {v.symbol for v in directions if v.layer is not None}
        self.range = layers
        self.dependencies = Dependencies(definitions, layers, cut, cut_symbol, frozenset(layered))
        self.sizes: dict[Dummy, Expr] = {}  # the axis size of every index that this calculus has made
        self.primitives = SympyPrimitives()
        self.network = network
        self.widths = {self.dependencies.layer(layer, {}): width for layer, width in widths}
        self.free: dict[n.Index, Dummy] = {}
        self.derived: dict[Key, tuple[tuple[Dummy, ...], Expr]] = {}
        self.sides: dict[tuple[object, ...], Expr] = {}

    # formulas to SymPy

    def size(self, axis: n.Axis, layers: Mapping[str, Expr]) -> Expr:
        if isinstance(axis, n.Samples):
            return SAMPLE_COUNT
        if isinstance(axis, n.Extent):
            return Symbol(f"size {axis.name}", positive=True) if axis.size is None else Integer(axis.size)
        layer = self.dependencies.layer(axis.layer, layers)
        return Integer(self.widths[layer]) if layer in self.widths else WIDTH[layer]

    def fresh(self, index: n.Index, layers: Mapping[str, Expr]) -> Dummy:
        made = Dummy(index.name, integer=True)
        self.sizes[made] = self.size(index.axis, layers)
        return made

    def free_index(self, index: n.Index) -> Dummy:
        """The free index of that name: the same one in every claim that this calculus reads."""
        if index not in self.free:
            self.free[index] = self.fresh(index, {})
        return self.free[index]

    def side(self, side: n.Expr, free: tuple[n.Index, ...], at: Mapping[str, int]) -> Expr:
        """A claim's side over its free indices, of which `at` makes some numbers; read once."""
        asked = (side, free, *at.items())
        if asked not in self.sides:
            names: dict[str, Expr] = {index.name: self.free_index(index) for index in free}
            names.update((name, Integer(value)) for name, value in at.items())
            self.sides[asked] = self.read(side, names, {})
        return self.sides[asked]

    def slot(self, slot: n.Slot, names: Mapping[str, Expr]) -> Expr:
        if isinstance(slot, n.At):
            return Integer(slot.value)
        if slot.name not in names:
            raise OutOfReach(f"the index {slot.name} is not bound")
        return names[slot.name]

    def read(self, e: n.Expr, names: Mapping[str, Expr], layers: Mapping[str, Expr]) -> Expr:
        """The formula as SymPy sees it; derivatives are taken on the way."""
        match e:
            case n.Number(value):
                return Rational(value.numerator, value.denominator)
            case n.Scalar(name):
                return Symbol(name, real=True)
            case n.Size(axis):
                return self.size(axis, layers)
            case n.Entry():
                return self.entry(e, names, layers)
            case n.Add(terms):
                return sympy.Add(*(self.read(term, names, layers) for term in terms))
            case n.Neg(term):
                return -self.read(term, names, layers)
            case n.Mul(factors):
                return sympy.Mul(*(self.read(factor, names, layers) for factor in factors))
            case n.Power(base, exponent):
                return self.read(base, names, layers) ** exponent
            case n.Kronecker(left, right):
                return KroneckerDelta(self.slot(left, names), self.slot(right, names))
            case n.Root(of):
                return self.primitives.root(of)
            case n.Apply(function, argument, primes):
                return self.applied(function, primes, self.read(argument, names, layers))
        return self.read_binder(e, names, layers)

    def applied(self, function: str, primes: int, z: Expr) -> Expr:
        if function not in ELEMENTARY:
            return Applied(Symbol(function), Integer(primes), z)
        if primes:
            raise OutOfReach(f"the derivative of {function} by its own sign")
        return ELEMENTARY[function](z)

    def read_binder(self, e: n.Expr, names: Mapping[str, Expr], layers: Mapping[str, Expr]) -> Expr:
        match e:
            case n.Sum(index, body) if self.size(index.axis, layers).is_Integer:
                values = range(1, int(self.size(index.axis, layers)) + 1)
                return sympy.Add(*(self.read(body, {**names, index.name: Integer(k)}, layers) for k in values))
            case n.Sum(index, body):
                k = self.fresh(index, layers)
                return sympy.Sum(self.read(body, {**names, index.name: k}, layers), (k, 1, self.sizes[k]))
            case n.SumLayers(name, first, last, body):
                m = Dummy(name, integer=True)
                lower, upper = self.dependencies.layer(first, layers), self.dependencies.layer(last, layers)
                return sympy.Sum(self.read(body, names, {**layers, name: m}), (m, lower, upper))
            case n.Softmax(slot, index, argument):
                k, i = self.fresh(index, layers), self.slot(slot, names)
                z = self.read(argument, {**names, index.name: k}, layers)
                return sympy.exp(z.xreplace({k: i})) / sympy.Sum(sympy.exp(z), (k, 1, self.sizes[k]))
            case n.CostTerm(name, output, target, prime):
                a, y = self.read(output, names, layers), self.read(target, names, layers)
                row = COSTS[name]
                made: Expr = (row.derivative if prime else row.formula)(a, y, self.primitives)
                return made
            case n.OpaqueCost(symbol, outputs, sample):
                return self.opaque(SLOPE + symbol, outputs, () if sample is None else (self.slot(sample, names),))
            case n.OpaqueMap():
                return self.opaque_map(e, names)
            case n.Partial(of, by):
                return self.differentiate(self.read(of, names, layers), self.read(by, names, layers))
        raise OutOfReach(f"no rule for {type(e).__name__}")

    def opaque(self, slope: str, outputs: n.Variable, sample: tuple[Expr, ...]) -> Expr:
        """The opaque function of a whole layer's values, with its slope by each of them."""
        neurons = outputs.axes[0]
        if outputs.layer is None or not isinstance(neurons, n.Neurons):
            raise OutOfReach(f"a function of {outputs}, which is no layer of neurons")
        k = self.fresh(n.Index("k", neurons), {})
        layer = self.dependencies.layer(outputs.layer, {})
        of = IndexedBase(outputs.symbol)[(layer, k, *sample)]
        return Opaque(IndexedBase(slope)[(layer, k, *sample)], k, self.sizes[k], of)

    def opaque_map(self, e: n.OpaqueMap, names: Mapping[str, Expr]) -> Expr:
        """The opaque function of several whole quantities: its change is the sum of those along each of them."""
        sample = () if e.sample is None else (self.slot(e.sample, names),)
        at = tuple(self.slot(slot, names) for slot in e.slots)
        return sympy.Add(*(self.opaque_by(e, v, (*at, *sample), sample) for v in e.arguments))

    def opaque_by(self, e: n.OpaqueMap, v: n.Variable, at: tuple[Expr, ...], sample: tuple[Expr, ...]) -> Expr:
        """One argument's share, at the function's own indices, the sample's among them."""
        slope = IndexedBase(f"{SLOPE}{e.label}{SHARE}{v.symbol}")
        of_sample = sample if v.symbol in e.sampled else ()
        axes = v.axes[: len(v.axes) - len(of_sample)]
        if not axes:  # one argument that is a number: a sum over one value
            one = Dummy("k", integer=True)
            number = IndexedBase(v.symbol)[of_sample] if of_sample else Symbol(v.symbol, real=True)
            return Opaque(slope[(*at, Integer(1))], one, Integer(1), number)
        letters = [self.fresh(n.Index(f"k{number}", axis), {}) for number, axis in enumerate(axes)]
        of = IndexedBase(v.symbol)[(*letters, *of_sample)]
        lengths = [self.sizes[k] for k in letters]
        if len(letters) == 1:
            return Opaque(slope[(*at, *letters)], letters[0], lengths[0], of)
        return Opaque(slope[(*at, *letters)], sympy.Tuple(*letters), sympy.Tuple(*lengths), of)

    def entry(self, e: n.Entry, names: Mapping[str, Expr], layers: Mapping[str, Expr]) -> Expr:
        place = () if e.variable.layer is None else (self.dependencies.layer(e.variable.layer, layers),)
        slots = tuple(self.slot(slot, names) for slot in e.slots)
        if e.variable.symbol == "delta" and self.network:
            return self.unfold_once(Key("delta", place[0] if place else None), slots)
        if not (*place, *slots):
            return Symbol(e.variable.symbol, real=True)
        return IndexedBase(e.variable.symbol)[(*place, *slots)]

    # definitions

    def unfold_once(self, key: Key, slots: tuple[Expr, ...]) -> Expr:
        """The quantity's definition, built anew for these index values."""
        d = self.dependencies.definition(key)
        if d is None:
            raise OutOfReach(f"{key.symbol} is not defined at layer {key.layer}")
        layers = {} if key.layer is None else {d.parameter: key.layer}
        if any(isinstance(part, n.Partial) for part in n.walk(d.body)):
            return self.derived_once(d, key, slots, layers)
        names = {index.name: slot for index, slot in zip(d.slots, slots, strict=True)}
        return self.read(d.body, names, layers)

    def derived_once(
        self, d: Definition, key: Key, slots: tuple[Expr, ...], layers: Mapping[str, Expr]
    ) -> Expr:
        """A definition that holds a derivative: taken once, over indices of its own; each use has fresh bound ones."""
        if key not in self.derived:
            own = tuple(self.fresh(index, layers) for index in d.slots)
            names = {index.name: slot for index, slot in zip(d.slots, own, strict=True)}
            self.derived[key] = own, self.read(d.body, names, layers)
        own, made = self.derived[key]
        outer = set() if key.layer is None else key.layer.atoms(Dummy)
        bound = {k: Dummy(k.name, integer=True) for k in made.atoms(Dummy) - outer - set(own)}
        self.sizes.update((new, self.sizes[old]) for old, new in bound.items() if old in self.sizes)
        renamed: Expr = made.xreplace({**bound, **dict(zip(own, slots, strict=True))})
        return renamed

    def unfold(self, e: Expr, wanted: Unfolding) -> Expr:
        """Every wanted atom replaced by its definition, again and again, inside out."""
        found = self.dependencies.key(e)
        if found is not None:
            key, slots = found
            made = wanted.definition_of(key, slots)
            return e if made is None else self.unfold(made, wanted)
        if not e.args:
            return e
        parts = [self.unfold(part, wanted) if isinstance(part, Expr) else part for part in e.args]
        if isinstance(e, sympy.Sum):  # limits are (index, lower, upper): only the summand is unfolded
            return sympy.Sum(parts[0], *e.limits)
        if isinstance(e, Opaque):
            return Opaque(e.args[0], e.args[1], e.args[2], parts[3])
        return e.func(*parts) if any(new is not old for new, old in zip(parts, e.args, strict=True)) else e

    # derivatives

    def differentiate(self, of: Expr, by: Expr) -> Expr:
        """d(of)/d(by): the definitions between them substituted until `by` shows, then SymPy's `diff`."""
        found = self.dependencies.key(by)
        if found is None:
            raise OutOfReach(f"a derivative by {by}")
        outside = of.xreplace(dict.fromkeys(of.atoms(Opaque), Integer(0)))
        if any(str(atom.base.label).startswith(SLOPE) for atom in outside.atoms(sympy.Indexed)):
            raise OutOfReach("a second derivative of an opaque function")
        return self.unfold(of, TowardsVariable(self.dependencies, self.unfold_once, found[0], self.sizes)).diff(by)

    def floors(self, *sides: Expr) -> Floors:
        """The lowest quantity that stands in the sides, for each letter that layers are written with."""
        lowest: Floors = {}
        for atom in {atom for side in sides for atom in side.atoms(sympy.Indexed)}:
            found = self.dependencies.key(atom)
            if found is None or found[0].layer is None or found[0].symbol not in RANK:
                continue
            offset, base = found[0].layer.as_coeff_Add()
            here = (int(offset), RANK[found[0].symbol])
            lowest[base] = min(lowest.get(base, here), here)
        return lowest

    def reduce(self, e: Expr, floors: Floors) -> Expr:
        """Every z and a above the lowest mentioned quantity replaced by its definition."""
        return self.unfold(e, DownToFloor(self.dependencies, self.unfold_once, floors))
