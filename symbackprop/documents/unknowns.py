"""Lines about a function alone, `f'(x) = f(x)(1 - f(x))`: which letters stand for any number."""

from __future__ import annotations

from symbackprop.documents import syntax as s
from symbackprop.documents.callables import ELEMENTARY
from symbackprop.documents.elaborate import CONSTANTS, Elaborator
from symbackprop.documents.environment import Environment
from symbackprop.documents.kinds import NameKind
from symbackprop.documents.names import name_key
from symbackprop.documents.pieces import PIECEWISE
from symbackprop.documents.tensors import Fresh
from symbackprop.documents.trees import walk


def unknown_letters(members: list[s.Expression], environment: Environment) -> frozenset[str]:
    """The letters that a line applies functions to or derives by, where it speaks of no quantity of the network."""
    probe = Elaborator(environment, False, Fresh())
    heads, found, names = set[int](), set[str](), list[s.Name]()
    for node in walk(*members):
        if isinstance(node, s.NameGroup | s.Applied) and _is_function(node, probe, members):
            heads.add(id(_base(node.head)))
        inside = _argument(node) if isinstance(node, s.NameGroup | s.Applied) else None
        by = [v.body for v in node.by] if isinstance(node, s.Derivative) else []
        found |= {key for part in (inside, *by) if isinstance(part, s.Name) and (key := name_key(part))}
        if isinstance(node, s.Name):
            names.append(node)
    others = [name for name in names if id(name) not in heads and name_key(name) not in found]
    speaks = any(not _is_plain(name, probe) for name in others)
    return frozenset() if speaks or not heads else frozenset(found)


def defined_letter(node: s.Node, environment: Environment) -> str | None:
    """The letter of the function that stands alone on the left: `g` in `g(x) = …`."""
    probe = Elaborator(environment, False, Fresh())
    if not isinstance(node, s.NameGroup) or not isinstance(node.head, s.Name) or _argument(node) is None:
        return None
    return _free_letter(node.head, probe)


def activation_letter(members: list[s.Expression], environment: Environment) -> str | None:
    """The letter that a line makes a function of: `g` in `a_i^{(l)} = g(z_i^{(l)})`, where nothing else names it."""
    probe = Elaborator(environment, False, Fresh())
    head = members[0].base if isinstance(members[0], s.Scripted) else members[0]
    applied = members[1] if len(members) > 1 else None
    if probe.symbol(head) not in ("a", "o") or not isinstance(applied, s.NameGroup) or len(applied.group.items) != 1:
        return None
    name = applied.head
    if not isinstance(name, s.Name) or name.kind is not NameKind.LETTER or probe.function(name) is not None:
        return None
    speaks = any(probe.symbol(part) in ("z", "w", "a", "b", "x") for part in walk(applied.group))
    return _free_letter(name, probe) if speaks else None


def _free_letter(name: s.Name, probe: Elaborator) -> str | None:
    """The key of a letter that means nothing yet."""
    key = name_key(name)
    taken = probe.symbol(name) is not None or key in CONSTANTS or key in ELEMENTARY or key == "e"
    return None if taken else key


def _is_function(node: s.NameGroup | s.Applied, probe: Elaborator, members: list[s.Expression]) -> bool:
    if probe.function(node.head) is not None or name_key(node.head) in PIECEWISE:
        return True
    return node is members[0] and defined_letter(node, probe.environment) is not None


def _base(head: s.Node) -> s.Node:
    return head.base if isinstance(head, s.Scripted) else head


def _argument(node: s.NameGroup | s.Applied) -> s.Node | None:
    """The single letter that a function is applied to."""
    items = node.group.items if isinstance(node, s.NameGroup) else (node.argument,)
    only = items[0] if len(items) == 1 else None
    return only if isinstance(only, s.Name) and only.kind is NameKind.LETTER else None


def _is_plain(name: s.Name, probe: Elaborator) -> bool:
    """A constant, or e; nothing of the network."""
    return name.text == "e" or name_key(name) in CONSTANTS or probe.function(name) is not None
