"""Modules one after the other, `X_i = F_i(X_{i-1}, W_i)`: of each, the few members that a line speaks of.

A line about module k sees the cost as a function of X_k, the highest member that it names: the composition of all
modules above is one differentiable function, whatever their number.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

from symbackprop import notation as n
from symbackprop.documents import syntax as s
from symbackprop.documents.entities import Entity, Family, Own
from symbackprop.documents.names import name_key
from symbackprop.documents.page_names import plain
from symbackprop.documents.trees import walk
from symbackprop.network import Definition
from symbackprop.notation import Index, Layer

_STEP: Final = re.compile(r"\s*([A-Za-z]|[0-9]{1,3})\s*(?:([+-])\s*([0-9]{1,3}))?\s*")


def member_of(node: s.Node, names: frozenset[str]) -> tuple[str, Layer] | None:
    """`X_{k-1}` of a family X as its name and its number."""
    if not isinstance(node, s.Scripted) or len(node.scripts) != 1 or node.primes:
        return None
    key, script = name_key(node.base), node.scripts[0]
    number = numbered(plain(script)) if script.mark.value == "_" else None
    return None if key not in names or key is None or number is None else (key, number)


def numbered(text: str) -> Layer | None:
    """`k-1` as a letter and an offset."""
    found = _STEP.fullmatch(text)
    if found is None:
        return None
    step = int(found[3] or 0) * (-1 if found[2] == "-" else 1)
    return Layer("", int(found[1]) + step) if found[1].isdecimal() else Layer(found[1], step)


def key_of(name: str, number: Layer) -> str:
    return f"{name}_{number}"


def family_of(members: list[s.Expression]) -> Family | None:
    """The family that `X_i = F_i(X_{i-1}, W_i)` defines."""
    if len(members) != 2 or not isinstance(members[1], s.NameGroup):
        return None
    head, call = _any_member(members[0]), _any_member(members[1].head)
    arguments = [_any_member(item) for item in members[1].group.items]
    if head is None or call is None or call[1] != head[1] or not head[1].base or head[1].offset:
        return None
    known = [argument for argument in arguments if argument is not None]
    if len(known) != len(arguments) or any(a[1].base != head[1].base for a in known):
        return None
    if (head[0], -1) not in [(name, number.offset) for name, number in known]:
        return None
    return Family(head[0], call[0], tuple((name, number.offset) for name, number in known))


def _any_member(node: s.Node) -> tuple[str, Layer] | None:
    base = name_key(node.base) if isinstance(node, s.Scripted) else None
    return None if base is None else member_of(node, frozenset({base}))


@dataclass(frozen=True)
class Members:
    """The members that one line names."""

    found: tuple[tuple[str, Layer], ...]

    def of(self, name: str) -> list[Layer]:
        return [number for other, number in self.found if other == name]


def mentioned(members: list[s.Expression], own: Own) -> Members:
    names = own.family_names
    found = {made: None for node in walk(*members) if (made := member_of(node, names)) is not None}
    return Members(tuple(found))


def with_members(own: Own, named: Members) -> Own:
    """The quantities that the line names, each computed by its module where the line names what goes into it."""
    for family in own.families.values():
        numbers = named.of(family.name)
        for name, number in named.found:
            if name == family.name or name in {a for a, _ in family.arguments}:
                own = _free(own, key_of(name, number))
        for number in numbers:
            inputs = [key_of(name, number + step) for name, step in family.arguments]
            if any(key in {key_of(*each) for each in named.found} for key in inputs):
                own = _computed(own, family, number, inputs)
        top = max((x for x in numbers if x.base == numbers[0].base), key=lambda x: x.offset, default=None)
        for cost in [cost for cost, name in own.costs_of.items() if name == family.name]:
            own = own if top is None else _cost(own, cost, key_of(family.name, top))
    return own


def unnamed_between(own: Own, of: str, by: str) -> bool:
    """Whether one member may be computed from another by modules that the line does not name."""
    top, below = _number(own, of), _number(own, by)
    if top is None or below is None or top[0] not in own.families:
        return False
    return top[1].base != below[1].base or below[1].offset <= top[1].offset


def _number(own: Own, key: str) -> tuple[str, Layer] | None:
    name, _, mark = key.partition("_")
    number = numbered(mark) if name in own.family_names else None
    return None if number is None else (name, number)


def _free(own: Own, key: str) -> Own:
    return own.with_entity(Entity(key, (n.Extent(f"the entries of {key}", True),)))


def _computed(own: Own, family: Family, number: Layer, inputs: list[str]) -> Own:
    for key in inputs:
        own = own if key in own.entities else _free(own, key)
    entity = own.entities[key_of(family.name, number)]
    (axis,) = entity.axes
    i = Index("i", axis)
    arguments = tuple(own.entities[key].variable for key in inputs)
    body = n.OpaqueMap(key_of(family.function, number), arguments, (axis,), (i,))
    d = Definition(entity.key, None, None, "", (i,), body)
    return own.with_entity(replace(entity, definition=d, line=family.line))


def _cost(own: Own, cost: str, top: str) -> Own:
    body = n.OpaqueMap(cost, (own.entities[top].variable,))
    return own.with_entity(Entity(cost, (), Definition(cost, None, None, "", (), body)))


def with_family(own: Own, family: Family, line: int) -> Own:
    families = MappingProxyType({**own.families, family.name: replace(family, line=line)})
    return replace(own, families=families)
