"""`where: x = 1, y = 0`: numbers that hold for one display."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from fractions import Fraction
from types import MappingProxyType
from typing import Any

from symbackprop.documents import syntax as s
from symbackprop.documents.names import key_of_text, name_key

Values = Mapping[str, str]


def values_of(text: str) -> Values | None:
    """The letters and their numbers; None where the text says something else."""
    made: dict[str, str] = {}
    for part in text.split(","):
        left, relation, right = part.partition("=")
        key, number = key_of_text(left.strip()), right.strip()
        try:
            Fraction(number)
        except (ValueError, ZeroDivisionError):
            return None
        if key is None or not relation or not number.replace(".", "").isdigit():
            return None
        made[key] = number
    return MappingProxyType(made)


def with_values(node: s.Node, values: Values) -> s.Node:
    """The tree with the numbers in the letters' places; what is derived by stays, and so does a letter with indices."""
    if isinstance(node, s.Name):
        number = values.get(name_key(node) or "")
        return node if number is None else s.Number(node.span, number)
    if isinstance(node, s.Variation) or (isinstance(node, s.Scripted) and isinstance(node.base, s.Name)):
        return node
    changes: dict[str, Any] = {}
    for field in fields(node):
        value = getattr(node, field.name)
        if isinstance(value, s.Node):
            changes[field.name] = with_values(value, values)
        elif isinstance(value, tuple) and any(isinstance(item, s.Node) for item in value):
            changes[field.name] = tuple(with_values(x, values) if isinstance(x, s.Node) else x for x in value)
    whole: Any = node
    made: s.Node = replace(whole, **changes)
    return made


def said(values: Values) -> str:
    return "with " + ", ".join(f"{letter} = {number}" for letter, number in values.items())
