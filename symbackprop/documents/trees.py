"""Syntax trees walked, and rebuilt with parts of them changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from typing import Any

from symbackprop.documents import syntax as s


def walk(*nodes: s.Node) -> Iterator[s.Node]:
    """The nodes and all below them, in the order of writing."""
    waiting = list(reversed(nodes))
    while waiting:
        part = waiting.pop()
        yield part
        waiting.extend(reversed(list(part.children())))


def rebuilt(node: s.Node, change: Callable[[s.Node], s.Node]) -> s.Node:
    """The node with each node directly below it changed; the node itself where nothing changes."""
    changes: dict[str, Any] = {}
    for field in fields(node):
        value = getattr(node, field.name)
        if isinstance(value, s.Node):
            new: Any = change(value)
            changed = new is not value
        elif isinstance(value, tuple):
            new = tuple(change(item) if isinstance(item, s.Node) else item for item in value)
            changed = any(one is not other for one, other in zip(new, value, strict=True))
        else:
            continue
        if changed:
            changes[field.name] = new
    whole: Any = node
    made: s.Node = replace(whole, **changes) if changes else node
    return made


def replaced(node: s.Node, change: Callable[[s.Node], s.Node | None]) -> s.Node:
    """The tree with every part for which `change` gives another one replaced, outside in."""
    new = change(node)
    return rebuilt(node, lambda child: replaced(child, change)) if new is None else new
