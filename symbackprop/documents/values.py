"""`where: x = 1, y = 0`: numbers that hold for one display."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from types import MappingProxyType

from symbackprop.documents import syntax as s
from symbackprop.documents.names import key_of_text, name_key
from symbackprop.documents.trees import replaced

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

    def put_in(part: s.Node) -> s.Node | None:
        if isinstance(part, s.Name):
            number = values.get(name_key(part) or "")
            return part if number is None else s.Number(part.span, number)
        stays = isinstance(part, s.Variation) or (isinstance(part, s.Scripted) and isinstance(part.base, s.Name))
        return part if stays else None

    return replaced(node, put_in)



def said(values: Values) -> str:
    return "with " + ", ".join(f"{letter} = {number}" for letter, number in values.items())
