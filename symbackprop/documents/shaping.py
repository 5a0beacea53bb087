"""Which axes are one: shapes inferred from declarations and from use, by unification."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from symbackprop import notation as n
from symbackprop.documents.entities import Entity, Own
from symbackprop.documents.terms import replaced


@dataclass
class Shapes:
    """The quantities of one statement. `rigid`: axes that were known before stay apart (the statement claims)."""

    own: Own
    rigid: bool
    new: dict[str, Entity] = field(default_factory=dict)
    same: dict[n.Axis, n.Axis] = field(default_factory=dict)
    old: frozenset[n.Axis] = frozenset()

    def __post_init__(self) -> None:
        self.old = frozenset(axis for entity in self.own.entities.values() for axis in entity.axes)

    def find(self, axis: n.Axis) -> n.Axis:
        while axis in self.same:
            axis = self.same[axis]
        return axis

    def entity(self, key: str) -> Entity | None:
        found = self.new.get(key) or self.own.entities.get(key)
        return None if found is None else replace(found, axes=tuple(self.find(axis) for axis in found.axes))

    def met(self, key: str, rank: int, row: bool = False) -> Entity:
        """A quantity that is met here first; its axes are named after it."""
        words = {1: ("the entries of",), 2: ("the rows of", "the columns of")}.get(rank)
        names = [f"{w} {key}" for w in words] if words else [f"index {k + 1} of {key}" for k in range(rank)]
        taken = {axis.name for axis in self.old if isinstance(axis, n.Extent)}
        axes = tuple(n.Extent(_apart(name, taken), True) for name in names)
        made = Entity(key, axes, implied=self.own.samples_of(key), row=row)
        self.new[key] = made
        return made

    def unify(self, one: n.Axis, other: n.Axis) -> bool:
        """Whether the two are one axis now."""
        one, other = self.find(one), self.find(other)
        if one == other:
            return True
        if self.rigid and one in self.old and other in self.old:
            return False
        for axis, kept in ((one, other), (other, one)):
            fresh = axis not in self.old or kept in self.old
            if isinstance(axis, n.Extent) and axis.inferred and (fresh or not _inferred(kept)):
                self.same[axis] = kept
                return True
        return False

    def result(self, used: Iterable[str] = ()) -> Own:
        """All quantities after the statement, under the axes that they turned out to have."""
        made = {**self.own.entities, **self.new}
        entities = {key: self._settled(entity) for key, entity in made.items()}
        return replace(self.own, entities=MappingProxyType(entities))

    def _settled(self, entity: Entity) -> Entity:
        if not self.same:
            return entity
        axes = tuple(self.find(axis) for axis in entity.axes)
        implied = tuple(n.Index(index.name, self.find(index.axis)) for index in entity.implied)
        d = entity.definition
        if d is not None:
            slots = tuple(n.Index(slot.name, self.find(slot.axis)) for slot in d.slots)
            d = replace(d, slots=slots, body=self.settled(d.body))
        return replace(entity, axes=axes, implied=implied, definition=d)

    def settled(self, e: n.Expr) -> n.Expr:
        """A formula under the axes that are known by now."""
        return on_axes(e, self.find)


def on_axes(e: n.Expr, find: object) -> n.Expr:
    """The formula with every axis looked up anew."""

    def axis(a: n.Axis) -> n.Axis:
        made: n.Axis = find(a)  # type: ignore[operator]
        return made

    def slot(s: n.Slot) -> n.Slot:
        return n.Index(s.name, axis(s.axis)) if isinstance(s, n.Index) else s

    def variable(v: n.Variable) -> n.Variable:
        return replace(v, axes=tuple(axis(a) for a in v.axes))

    def change(part: n.Expr) -> n.Expr | None:
        match part:
            case n.Entry(v, slots):
                return n.Entry(variable(v), tuple(slot(x) for x in slots))
            case n.Sum(index, body):
                return n.Sum(n.Index(index.name, axis(index.axis)), on_axes(body, find))
            case n.Softmax(at, index, argument):
                return n.Softmax(slot(at), n.Index(index.name, axis(index.axis)), on_axes(argument, find))
            case n.Kronecker(left, right):
                return n.Kronecker(slot(left), slot(right))
            case n.Size(a):
                return n.Size(axis(a))
            case n.OpaqueMap(_, arguments, axes, slots):
                moved = tuple(variable(v) for v in arguments)
                over = tuple(axis(a) for a in axes)
                return replace(part, arguments=moved, axes=over, slots=tuple(slot(x) for x in slots))
            case n.Partial(of, by):
                made = n.Entry(variable(by.variable), tuple(slot(x) for x in by.slots))
                return n.Partial(on_axes(of, find), made)
        return None

    return replaced(e, change)


def _apart(name: str, taken: set[str]) -> str:
    """A name that no other axis has."""
    number, made = 2, name
    while made in taken:
        made, number = f"{name} ({number})", number + 1
    return made


def _inferred(axis: n.Axis) -> bool:
    return isinstance(axis, n.Extent) and axis.inferred
