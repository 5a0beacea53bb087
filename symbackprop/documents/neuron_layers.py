"""Neurons named by one letter in the whole network, `w_{ij}`, `o_j`, `\\delta_k`: the layer that each letter is of.

Where a document marks no layers, an index names a neuron wherever it stands. A weight `w_{ij}` then says that its two
neurons are of layers that follow each other, a target `t_k` that k is of the last one, an input `x_i` that i is of the
first, and a derivative `∂net_k/∂o_j` that k feeds on j. A line is read only where this settles every letter: it then
speaks of one layer, whichever it is, and of those beside it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from symbackprop.documents import syntax as s
from symbackprop.documents.elaborate import Elaborator
from symbackprop.documents.environment import Environment
from symbackprop.documents.operators import ACTIONS
from symbackprop.documents.problems import NotUnderstood
from symbackprop.documents.quantities import index_name
from symbackprop.documents.tensors import Fresh
from symbackprop.documents.trees import walk
from symbackprop.network import LAST
from symbackprop.notation import Layer


@dataclass(frozen=True)
class Named:
    """A quantity of the network as a line writes it, and the letters of its neurons."""

    symbol: str
    letters: tuple[str, ...]
    layer: Layer | None


@dataclass
class _Order:
    """Letters with the number of layers that they are above a root, as unification finds them."""

    above: dict[str, tuple[str, int]] = field(default_factory=dict)
    broken: bool = False

    def find(self, letter: str) -> tuple[str, int]:
        steps = 0
        while letter in self.above:
            letter, more = self.above[letter]
            steps += more
        return letter, steps

    def place(self, one: str, other: str, steps: int) -> None:
        """`one` is so many layers above `other`."""
        (root, high), (base, low) = self.find(one), self.find(other)
        if root == base:
            self.broken |= high != low + steps
        else:
            self.above[root] = base, low + steps - high

    def apart(self, one: str, other: str) -> bool:
        return self.find(one)[0] != self.find(other)[0]


def neuron_layers(members: list[s.Expression], environment: Environment) -> Mapping[str, Layer]:
    """The layer of each index letter of a line that marks none; empty where the line does not settle them all."""
    c = environment.conventions
    if not c.network or c.layer_below or environment.fixed_depth == 1:
        return {}
    e = Elaborator(environment, False, Fresh(), actions=ACTIONS)
    e.marks.unmarked = True
    found = [named for member in members for named in _named(member, e)]
    if not any(named.layer is None and named.symbol in ("w", "z", "a", "delta") for named in found):
        return {}
    order, anchors = _Order(), dict[str, Layer]()
    for named in found:
        _constrain(named, order, anchors, environment)
    for member in members:
        _feeding(member, order, e)
    return {} if order.broken else _settled(found, order, anchors)


def _named(node: s.Node, e: Elaborator) -> Iterator[Named]:
    """The quantities of the network in a tree, in order."""
    for part in walk(node):
        made = _quantity(part, e)
        if made is not None:
            yield made


def _quantity(node: s.Node, e: Elaborator) -> Named | None:
    if not isinstance(node, s.Scripted) or not isinstance(node.base, s.Name) or node.primes:
        return None
    symbol = e.symbol(node) or e.symbol(node.base)
    if symbol not in ("w", "b", "z", "a", "delta", "y", "o", "x"):
        return None
    try:
        marks = e.marks.read({"x": "a", "o": "y"}.get(symbol, symbol), node.scripts)
    except NotUnderstood:
        return None
    letters = tuple(name for name in map(index_name, marks.indices) if name is not None)
    count = 2 if symbol == "w" else 1
    return Named(symbol, letters, marks.layer) if len(letters) == len(marks.indices) == count else None


def _constrain(named: Named, order: _Order, anchors: dict[str, Layer], environment: Environment) -> None:
    c = environment.conventions
    if named.symbol == "w":
        first, second = named.letters
        source, target = (first, second) if c.from_to else (second, first)
        order.place(target, source, 1)
    (letter,) = named.letters[:1] if named.symbol != "w" else (_target(named, environment),)
    if named.symbol in ("y", "o"):
        anchors[letter] = LAST
    elif named.symbol == "x":
        anchors[letter] = environment.layer_number(c.first)
    elif named.layer is not None:
        anchors[letter] = environment.meant(named.symbol, named.layer)


def _target(named: Named, environment: Environment) -> str:
    first, second = named.letters
    return second if environment.conventions.from_to else first


def _feeding(member: s.Node, order: _Order, e: Elaborator) -> None:
    """`∂net_k/∂o_j` with letters that nothing else joins: k is of the layer behind that of j."""
    for part in walk(member):
        if not isinstance(part, s.Derivative) or part.of is None or len(part.by) != 1:
            continue
        of, by = _quantity(part.of, e), _quantity(part.by[0].body, e)
        if of is None or by is None or of.symbol not in ("z", "a") or by.symbol not in ("z", "a"):
            continue
        (above,), (below,) = of.letters, by.letters
        within = of.symbol == "a" and by.symbol == "z"
        if not within and order.apart(above, below):
            order.place(above, below, 1)


def _settled(found: list[Named], order: _Order, anchors: dict[str, Layer]) -> Mapping[str, Layer]:
    """Anchored letters by their anchor; the others about the layer of the first quantity that has one of them."""
    fixed: dict[str, Layer] = {}
    for letter, layer in anchors.items():
        root, steps = order.find(letter)
        if fixed.setdefault(root, layer + -steps) != layer + -steps:
            return {}
    general: tuple[str, int] | None = None
    made: dict[str, Layer] = {}
    for named in found:
        letters = reversed(named.letters) if named.symbol == "w" else named.letters
        for letter in sorted(letters, key=lambda x: -order.find(x)[1]):  # a weight's layer is that of the upper one
            root, steps = order.find(letter)
            if root in fixed:
                made[letter] = fixed[root] + steps
                continue
            general = general or (root, steps)
            if root != general[0]:
                return {}
            made[letter] = Layer("l") + (steps - general[1])
    return made
