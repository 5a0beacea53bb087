"""Direct differentiation: slow, obvious, the reference.

A formula becomes a SymPy expression in which every bound index is a fresh `Dummy`; a derivative is taken by
substituting the definitions down to the variable and calling SymPy's `diff` on the result. Definitions are not
substituted into anything: each use is built anew with fresh indices, so no index can be captured.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import sympy
from sympy import Dummy, Expr, IndexedBase, Integer, KroneckerDelta, Rational, Symbol

from symbackprop import notation as n
from symbackprop.atoms import SHARE, Applied, Inside, Opaque, Step, SympyPrimitives
from symbackprop.functions import COSTS
from symbackprop.network import Definition

L = Symbol("L", integer=True)
WIDTH = IndexedBase("n")
SAMPLE_COUNT = Symbol("N", positive=True)
RANK = {"w": 0, "b": 0, "z": 1, "a": 2}  # the order in which a layer's quantities are computed
ELEMENTARY = {"exp": sympy.exp, "log": sympy.log, "step": Step, "inside": Inside, "above": Step}
SLOPE = "slope of "  # the head of an opaque function's derivatives: no symbol of a formula begins so
Floors = dict[Expr, tuple[int, int]]


class OutOfReach(Exception):
    """A formula that this engine has no rule for; the text says which."""


@dataclass(frozen=True)
class Range:
    """The layers l that a claim speaks of: first ≤ l ≤ L - below_last; L ≥ least_depth; `depth` where L is a number."""

    first: int = 1
    below_last: int = 0
    least_depth: int = 1
    depth: int | None = None

    def sign(self, difference: Expr) -> bool | None:
        """Whether a difference of layer numbers is ≥ 0 for all l in the range, < 0 for all, or neither (None)."""
        here = Symbol("l", integer=True)
        if self.depth is not None:  # linear in l: both ends tell
            ends = [difference.xreplace({here: Integer(end)}) for end in (self.first, self.depth - self.below_last)]
            signs = {bool(end >= 0) if end.is_Integer else None for end in ends}
            return signs.pop() if len(signs) == 1 else None
        if not difference:
            return True
        terms = difference.as_coefficients_dict()
        if set(terms) - {L, here, Integer(1)}:
            return None
        of_last, of_here, constant = (terms.get(part, 0) for part in (L, here, Integer(1)))
        if here in terms:  # l = first + p, L = l + below_last + q with p, q from 0
            constant += of_here * self.first + of_last * (self.first + self.below_last)
            slopes = [of_here + of_last, of_last]
        else:
            constant += of_last * self.least_depth
            slopes = [of_last]
        if constant >= 0 and all(slope >= 0 for slope in slopes):
            return True
        if constant < 0 and all(slope <= 0 for slope in slopes):
            return False
        return None


@dataclass(frozen=True)
class Key:
    """What an atom stands for: the quantity, and its layer as a SymPy number or None."""

    symbol: str
    layer: Expr | None


class Calculus:
    """Formulas to SymPy, over one list of definitions.

    `cut` is the layer at which the cost is an opaque function of the pre-activations z^(cut), or of the activations
    a^(cut) where `cut_symbol` says so: the composition of everything above, whatever the depth.
    Where a derivative is by a quantity at a fixed distance from layer L the cost's own definition is used.
    """

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
        self.definitions = definitions
        self.cut_symbol = cut_symbol
        self.range = layers
        self.cut = None if cut is None else self.layer(cut, {})
        self.sizes: dict[Dummy, Expr] = {}  # the axis size of every index that this calculus has made
        self.primitives = SympyPrimitives()
        self.costs = frozenset(d.symbol for d in definitions if d.first is None)
        self.composed = frozenset(d.symbol for d in definitions if d.first is None and _of_outputs(d))
        self.network = network
        self.layered = {d.symbol for d in definitions if d.first is not None}
        self.layered |= {"w", "b", "a", "z", "delta"} if network else set()
        self.layered |= {v.symbol for v in directions if v.layer is not None}
        self.widths = {self.layer(layer, {}): width for layer, width in widths}
        self.free: dict[n.Index, Dummy] = {}
        self.derived: dict[Key, tuple[tuple[Dummy, ...], Expr]] = {}
        self.sides: dict[tuple[object, ...], Expr] = {}

    # formulas to SymPy

    def layer(self, layer: n.Layer, layers: Mapping[str, Expr]) -> Expr:
        if not layer.base:
            return Integer(layer.offset)
        if layer.base == "L":
            base = L if self.range.depth is None else Integer(self.range.depth)
        else:
            base = layers.get(layer.base, Symbol(layer.base, integer=True))
        return base + layer.offset

    def size(self, axis: n.Axis, layers: Mapping[str, Expr]) -> Expr:
        if isinstance(axis, n.Samples):
            return SAMPLE_COUNT
        if isinstance(axis, n.Extent):
            return Symbol(f"size {axis.name}", positive=True) if axis.size is None else Integer(axis.size)
        layer = self.layer(axis.layer, layers)
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
                lower, upper = self.layer(first, layers), self.layer(last, layers)
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
        layer = self.layer(outputs.layer, {})
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
        place = () if e.variable.layer is None else (self.layer(e.variable.layer, layers),)
        slots = tuple(self.slot(slot, names) for slot in e.slots)
        if e.variable.symbol == "delta" and self.network:
            return self.unfold_once(Key("delta", place[0] if place else None), slots)
        if not (*place, *slots):
            return Symbol(e.variable.symbol, real=True)
        return IndexedBase(e.variable.symbol)[(*place, *slots)]

    # definitions

    def definition(self, key: Key) -> Definition | None:
        """The definition that holds for the quantity at that layer, for every l of the range; else None."""
        for d in self.definitions:
            if d.symbol != key.symbol or (d.first is None) != (key.layer is None):
                continue
            if d.first is None or d.last is None or key.layer is None:
                return d
            after = self.range.sign(key.layer - self.layer(d.first, {}))
            before = self.range.sign(self.layer(d.last, {}) - key.layer)
            if after and before:
                return d
        return None

    def unfold_once(self, key: Key, slots: tuple[Expr, ...]) -> Expr:
        """The quantity's definition, built anew for these index values."""
        d = self.definition(key)
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

    def key(self, atom: Expr) -> tuple[Key, tuple[Expr, ...]] | None:
        """What an atom stands for, and its index values."""
        if isinstance(atom, sympy.Indexed):
            symbol = str(atom.base.label)
            if symbol in self.layered:
                return Key(symbol, atom.indices[0]), tuple(atom.indices[1:])
            return Key(symbol, None), tuple(atom.indices)
        if isinstance(atom, Symbol) and not isinstance(atom, Dummy):
            return Key(atom.name, None), ()
        return None

    def reaches(self, key: Key, v: Key) -> bool:
        """Whether the quantity is v, or is computed from v. Raises OutOfReach where that depends on the layers."""
        if key == v:
            return True
        if v.symbol not in self.symbols_below(key.symbol):
            return False
        if key.layer is not None and v.layer is not None and self.range.sign(key.layer - v.layer) is False:
            return False
        if self.hidden_by_cut(key, v):
            return self.cut is not None and self.reaches(Key(self.cut_symbol, self.cut), v)
        d = self.definition(key)
        if d is not None:
            return any([self.reaches(k, v) for k in self.read_atoms(d, key)])
        if self.is_free(key):
            return key.symbol == v.symbol
        raise OutOfReach(f"whether {key.symbol} of layer {key.layer} depends on {v.symbol} of layer {v.layer}")

    def symbols_below(self, symbol: str) -> frozenset[str]:
        """The symbol and those of everything that its definitions read, at whatever layer."""
        found, left = {symbol}, [symbol]
        while left:
            here = left.pop()
            read = {k.symbol for d in self.definitions if d.symbol == here for k in self.read_atoms(d, Key(here, None))}
            left += sorted(read - found)
            found |= read
        return frozenset(found)

    def is_free(self, key: Key) -> bool:
        """Whether no definition holds for the quantity, whatever l and L are: a parameter, the input."""
        for d in self.definitions:
            if d.symbol != key.symbol:
                continue
            if d.first is None or d.last is None or key.layer is None:
                return False
            below = self.range.sign(key.layer - self.layer(d.first, {})) is False
            above = self.range.sign(self.layer(d.last, {}) - key.layer) is False
            if not (below or above):
                return False
        return True

    def read_atoms(self, d: Definition, key: Key) -> set[Key]:
        layers = {} if key.layer is None else {d.parameter: key.layer}
        found = set()
        for part in n.walk(d.body):
            read = (part.variable,) if isinstance(part, n.Entry) else ()
            read = (part.outputs,) if isinstance(part, n.OpaqueCost) else read
            for variable in part.arguments if isinstance(part, n.OpaqueMap) else read:
                place = None if variable.layer is None else self.layer(variable.layer, layers)
                found.add(Key(variable.symbol, place))
        return found

    def hidden_by_cut(self, key: Key, v: Key) -> bool:
        """Whether the cost is to be read as an opaque function of the layer of the cut, seen from v."""
        if key.symbol not in self.composed or v.layer is None or self.cut is None:
            return False
        return not (self.layer(n.Layer("L"), {}) - v.layer).is_Integer

    def unfold(self, e: Expr, wanted: Unfolding) -> Expr:
        """Every wanted atom replaced by its definition, again and again, inside out."""
        found = self.key(e)
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
        found = self.key(by)
        if found is None:
            raise OutOfReach(f"a derivative by {by}")
        outside = of.xreplace(dict.fromkeys(of.atoms(Opaque), Integer(0)))
        if any(str(atom.base.label).startswith(SLOPE) for atom in outside.atoms(sympy.Indexed)):
            raise OutOfReach("a second derivative of an opaque function")
        return self.unfold(of, TowardsVariable(self, found[0])).diff(by)

    def floors(self, *sides: Expr) -> Floors:
        """The lowest quantity that stands in the sides, for each letter that layers are written with."""
        lowest: Floors = {}
        for atom in {atom for side in sides for atom in side.atoms(sympy.Indexed)}:
            found = self.key(atom)
            if found is None or found[0].layer is None or found[0].symbol not in RANK:
                continue
            offset, base = found[0].layer.as_coeff_Add()
            here = (int(offset), RANK[found[0].symbol])
            lowest[base] = min(lowest.get(base, here), here)
        return lowest

    def reduce(self, e: Expr, floors: Floors) -> Expr:
        """Every z and a above the lowest mentioned quantity replaced by its definition."""
        return self.unfold(e, DownToFloor(self, floors))


def _of_outputs(d: Definition) -> bool:
    """Whether a cost depends on the network through the last layer alone: it is a function of any layer, composed."""
    read = {part.variable for part in n.walk(d.body) if isinstance(part, n.Entry)}
    last = n.Layer("L")
    return all(v.symbol == "y" or (v.symbol in ("a", "z") and v.layer == last) for v in read)


class Unfolding:
    """Which atoms are to be replaced by their definition."""

    def __init__(self, calculus: Calculus) -> None:
        self.calculus = calculus

    def definition_of(self, key: Key, slots: tuple[Expr, ...]) -> Expr | None:
        raise NotImplementedError


class TowardsVariable(Unfolding):
    """Everything that is computed from v; v itself stays."""

    def __init__(self, calculus: Calculus, v: Key) -> None:
        super().__init__(calculus)
        self.v = v

    def definition_of(self, key: Key, slots: tuple[Expr, ...]) -> Expr | None:
        c = self.calculus
        if key == self.v or c.is_free(key) or not c.reaches(key, self.v):
            return None
        if c.hidden_by_cut(key, self.v):
            return self.opaque_cost(key.symbol, slots)
        return c.unfold_once(key, slots)

    def opaque_cost(self, cost: str, sample: tuple[Expr, ...]) -> Expr:
        c = self.calculus
        k = Dummy("k", integer=True)
        c.sizes[k] = WIDTH[c.cut]
        if c.cut is None or self.v.layer is None or c.range.sign(c.cut - self.v.layer) is not True:
            raise OutOfReach(f"the cost of layer {c.cut} by {self.v.symbol} of layer {self.v.layer}")
        at = (c.cut, k, *sample)
        return Opaque(IndexedBase(SLOPE + cost)[at], k, WIDTH[c.cut], IndexedBase(c.cut_symbol)[at])


class DownToFloor(Unfolding):
    def __init__(self, calculus: Calculus, floors: Floors) -> None:
        super().__init__(calculus)
        self.floors = floors

    def definition_of(self, key: Key, slots: tuple[Expr, ...]) -> Expr | None:
        c = self.calculus
        if key.symbol in c.costs:
            return self.stated_cost(key, slots)
        if key.symbol not in ("z", "a") or key.layer is None or c.definition(key) is None:
            return None
        offset, base = key.layer.as_coeff_Add()
        lowest = self.floors.get(base)
        above = lowest is not None and (int(offset), RANK[key.symbol]) > lowest
        return c.unfold_once(key, slots) if above else None

    def stated_cost(self, key: Key, slots: tuple[Expr, ...]) -> Expr | None:
        """The cost's own formula; an opaque one stays a symbol."""
        d = self.calculus.definition(key)
        if d is None or any(isinstance(part, n.OpaqueCost) for part in n.walk(d.body)):
            return None
        return self.calculus.unfold_once(key, slots)
