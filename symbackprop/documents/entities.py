"""What a document defines itself: numbers, vectors and matrices, and the axes they run over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from symbackprop import notation as n
from symbackprop.documents.einstein import MARK as MARK
from symbackprop.network import Definition


@dataclass(frozen=True)
class Entity:
    """A quantity: its axes; how it is computed, or None where it is free; the line that says so.

    implied: indices that the page leaves out, as the class y_i in L_i = -log p_{y_i}. row: a vector that lies.
    """

    key: str
    axes: tuple[n.Axis, ...] = ()
    definition: Definition | None = None
    line: int = 0
    implied: tuple[n.Index, ...] = ()
    row: bool = False

    @property
    def variable(self) -> n.Variable:
        return n.Variable(self.key, None, (*self.axes, *(index.axis for index in self.implied)))


@dataclass(frozen=True)
class Family:
    """Modules `X_i = F_i(X_{i-1}, W_i)`: the name X, the function F, the arguments with their steps from i."""

    name: str
    function: str
    arguments: tuple[tuple[str, int], ...]
    line: int = 0


@dataclass(frozen=True)
class Sampling:
    """The samples that a page sums over: the letter of its mark, their number's name, the quantities that carry a mark.

    marked: for each name what stands below it where it carries the mark, "" for nothing.
    """

    letter: str
    axis: n.Extent
    count: str = ""
    marked: Mapping[str, frozenset[str]] = field(default_factory=lambda: MappingProxyType({}))

    def index(self, letter: str = "") -> n.Index:
        """The index that a mark stands for; no letter of a page is called so."""
        return n.Index(f"{MARK}({letter or self.letter})", self.axis)


@dataclass(frozen=True)
class Own:
    """All that a document has defined, by name.

    maps: functions of whole quantities of which nothing is known, with their arguments' names; operators: names that
    stand for a derivative, and its LaTeX; equal: sizes that are said to be equal; families: modules one after the
    other, by name; costs_of: costs that are functions of the last member of a family; unread: names in declarations
    that could not be read, and the line of each; awaiting: functions whose arguments the page has not met yet, by name,
    with the line of the conventions and its number; sampling: the samples, where
    the page sums over them; guessed: the names whose shape nothing declares.
    """

    entities: Mapping[str, Entity] = field(default_factory=lambda: MappingProxyType({}))
    maps: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    operators: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    equal: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    families: Mapping[str, Family] = field(default_factory=lambda: MappingProxyType({}))
    costs_of: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    sampling: Sampling | None = None

    unread: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    awaiting: Mapping[str, tuple[str, int]] = field(default_factory=lambda: MappingProxyType({}))
    guessed: frozenset[str] = frozenset()

    def with_entity(self, entity: Entity) -> Own:
        unread = {key: line for key, line in self.unread.items() if key != entity.key}
        entities = {**self.entities, entity.key: entity}
        return replace(self, entities=MappingProxyType(entities), unread=MappingProxyType(unread))

    def with_operator(self, key: str, latex: str) -> Own:
        return replace(self, operators=MappingProxyType({**self.operators, key: latex}))

    @property
    def family_names(self) -> frozenset[str]:
        """The names that carry a module's number below."""
        found = {name for family in self.families.values() for name, _ in family.arguments}
        return frozenset(found | set(self.families))

    def extent(self, name: str) -> n.Extent:
        """The axis 1..name, under the name that equal sizes share."""
        if self.sampling is not None and name == self.sampling.count:
            return self.sampling.axis
        return n.Extent(self.equal.get(name, name))

    def samples_of(self, key: str) -> tuple[n.Index, ...]:
        """The sample of a quantity that the page marks with one, as the index that is left out."""
        if self.sampling is None:
            return ()
        if key in self.sampling.marked and "" in self.sampling.marked[key]:
            return (self.sampling.index(),)
        below = [f"{key}_{each}" for each in self.sampling.marked.get(key, ())]
        base, _, rest = key.partition("_")
        marked = any(each not in self.entities for each in below) or rest in self.sampling.marked.get(base, ())
        return (self.sampling.index(),) if marked else ()

    def is_settled(self, key: str) -> bool:
        """Whether a name is more than a number that may be any."""
        entity = self.entities.get(key)
        return entity is not None and bool(entity.axes or entity.definition)

    def depends(self, key: str, on: str) -> bool:
        """Whether a quantity is computed from another."""
        left, met = [key], {key}
        while left:
            entity = self.entities.get(left.pop())
            for symbol in () if entity is None or entity.definition is None else read_symbols(entity.definition.body):
                if symbol == on:
                    return True
                if symbol not in met:
                    met.add(symbol)
                    left.append(symbol)
        return False


def read_symbols(e: n.Expr) -> tuple[str, ...]:
    """The quantities that a formula mentions, in order."""
    found: dict[str, None] = {}
    for part in n.walk(e):
        if isinstance(part, n.Entry):
            found[part.variable.symbol] = None
        elif isinstance(part, n.Partial):
            found[part.by.variable.symbol] = None
        elif isinstance(part, n.OpaqueMap):
            found.update(dict.fromkeys(v.symbol for v in part.arguments))
    return tuple(found)
