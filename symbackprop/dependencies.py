"""What depends on what: which definition holds at a layer, and whether one quantity is computed from another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import sympy
from sympy import Dummy, Expr, Integer, Symbol

from symbackprop import notation as n
from symbackprop.layer_range import L, Range
from symbackprop.network import Definition


class OutOfReach(Exception):
    """A formula that this engine has no rule for; the text says which."""


@dataclass(frozen=True)
class Key:
    """What an atom stands for: the quantity, and its layer as a SymPy number or None."""

    symbol: str
    layer: Expr | None


class Dependencies:
    """A list of definitions, read for every l of a range.

    `cut` is the layer at which the cost is an opaque function of the pre-activations z^(cut), or of the activations
    a^(cut) where `cut_symbol` says so: the composition of everything above, whatever the depth.
    Where a derivative is by a quantity at a fixed distance from layer L the cost's own definition is used.
    """

    def __init__(
        self,
        definitions: tuple[Definition, ...],
        layers: Range,
        cut: n.Layer | None,
        cut_symbol: str,
        layered: frozenset[str],
    ) -> None:
        self.definitions = definitions
        self.range = layers
        self.cut = None if cut is None else self.layer(cut, {})
        self.cut_symbol = cut_symbol
        self.costs = frozenset(d.symbol for d in definitions if d.first is None)
        self.composed = frozenset(d.symbol for d in definitions if d.first is None and _of_outputs(d))
        self.layered = layered | {d.symbol for d in definitions if d.first is not None}

    def layer(self, layer: n.Layer, layers: Mapping[str, Expr]) -> Expr:
        if not layer.base:
            return Integer(layer.offset)
        if layer.base == "L":
            base = L if self.range.depth is None else Integer(self.range.depth)
        else:
            base = layers.get(layer.base, Symbol(layer.base, integer=True))
        return base + layer.offset

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


def _of_outputs(d: Definition) -> bool:
    """Whether a cost depends on the network through the last layer alone: it is a function of any layer, composed."""
    read = {part.variable for part in n.walk(d.body) if isinstance(part, n.Entry)}
    last = n.Layer("L")
    return all(v.symbol == "y" or (v.symbol in ("a", "z") and v.layer == last) for v in read)
