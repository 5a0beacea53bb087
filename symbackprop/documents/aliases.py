"""Names that stand for a formula: `let: \\delta_3 = \\frac{\\partial L}{\\partial z_2}`, `\\Sigma'(v) = diag(...)`.

The formula is put in the name's place as a tree, before anything is given a meaning; every part of it has the place of
the name, so that what does not fit is said where the author wrote the name.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from symbackprop.documents import syntax as s
from symbackprop.documents.kinds import NameKind
from symbackprop.documents.source import Span
from symbackprop.documents.trees import rebuilt, walk


@dataclass(frozen=True)
class Alias:
    """`pattern` is what is written, `body` what it stands for; `parameters` match anything, the same everywhere."""

    pattern: s.Expression
    body: s.Expression
    parameters: frozenset[str]
    line: int


def alias(pattern: s.Expression, body: s.Expression, line: int) -> Alias:
    """Parameters are the arguments in a bracket behind the name, and the letters of its scripts that the body has."""
    inside: list[s.Node] = []
    if isinstance(pattern, s.NameGroup):
        inside = list(pattern.group.items)
    elif isinstance(pattern, s.Scripted):
        inside = [item for script in pattern.scripts for item in script.items]
    letters = {node.text for node in inside if isinstance(node, s.Name) and node.kind is NameKind.LETTER}
    return Alias(pattern, body, frozenset(letters & {name.text for name in names_in(body)}), line)


def written_out(node: s.Expression, aliases: tuple[Alias, ...]) -> s.Expression | None:
    """What the node stands for, the latest alias first; None where it stands for itself."""
    for each in reversed(aliases):
        found: dict[str, s.Node] = {}
        if _matches(each.pattern, node, each.parameters, found):
            made = _replaced(each.body, found, node.span)
            return made if isinstance(made, s.Expression) else None
    return None


def _matches(pattern: s.Node, node: s.Node, parameters: frozenset[str], found: dict[str, s.Node]) -> bool:
    if isinstance(pattern, s.Name) and pattern.text in parameters and not pattern.decorations:
        return found.setdefault(pattern.text, node) == node
    if type(pattern) is not type(node):
        return False
    for field in fields(pattern):
        if not field.compare:
            continue
        one, other = getattr(pattern, field.name), getattr(node, field.name)
        if isinstance(one, s.Node):
            if not isinstance(other, s.Node) or not _matches(one, other, parameters, found):
                return False
        elif isinstance(one, tuple) and any(isinstance(item, s.Node) for item in one):
            if len(one) != len(other):
                return False
            if not all(_matches(a, b, parameters, found) for a, b in zip(one, other, strict=True)):
                return False
        elif one != other:
            return False
    return True


def _replaced(node: s.Node, found: Mapping[str, s.Node], span: Span) -> s.Node:
    if isinstance(node, s.Name) and node.text in found and not node.decorations:
        return found[node.text]
    whole: Any = rebuilt(node, lambda child: _replaced(child, found, span))
    made: s.Node = replace(whole, span=span)
    return made


def names_in(node: s.Node) -> Iterator[s.Name]:
    """Every name of a tree."""
    return (part for part in walk(node) if isinstance(part, s.Name))



def leads_back(made: Alias, aliases: tuple[Alias, ...]) -> bool:
    """Whether the body needs what the alias names, through others or itself."""
    waiting, met = [made.body], set[int]()
    while waiting:
        part: Any = waiting.pop()
        if _matches(made.pattern, part, made.parameters, {}):
            return True
        for number, other in enumerate(aliases):
            if number not in met and _matches(other.pattern, part, other.parameters, {}):
                met.add(number)
                waiting.append(other.body)
        waiting.extend(part.children())
    return False
