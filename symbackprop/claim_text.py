"""A claim as one line of JSON and back, so that a counterexample can be computed again from a file alone.

A value is written as [its kind, its fields …]. Reading builds only the kinds listed here, each field of its type: no
text of a file is run, and what does not fit is refused.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from enum import Enum
from fractions import Fraction
from functools import cache
from types import MappingProxyType, NoneType, UnionType
from typing import Any, Final, Union, get_args, get_origin, get_type_hints

from symbackprop import notation as n
from symbackprop.claims import Assumption, Claim, Form, LayerRange
from symbackprop.errors import SymbackpropError
from symbackprop.functions import Range
from symbackprop.network import Definition

_KINDS: Final = MappingProxyType[str, Callable[..., object]](
    {
        kind.__name__: kind
        for kind in (
            n.Layer, n.Neurons, n.Samples, n.Index, n.At, n.Number, n.Scalar, n.Root, n.Size, n.Variable, n.Entry,
            n.Add, n.Neg, n.Mul, n.Power, n.Sum, n.SumLayers, n.Kronecker, n.Apply, n.Softmax, n.CostTerm,
            n.OpaqueCost, n.OpaqueMap, n.Extent, n.Partial, Definition, LayerRange, Claim,
        )
    }
)  # fmt: skip
_NAMED: Final = MappingProxyType({kind.__name__: kind for kind in (Assumption, Form, Range)})
_NUMBER: Final = re.compile(r"-?[0-9]{1,400}(/[0-9]{1,400})?")
LONGEST, MOST_PARTS, DEEPEST, LARGEST = 500_000, 50_000, 120, 100_000


class NotAClaim(SymbackpropError):
    """A text that holds no claim; the message says what was found."""


def written(claim: Claim) -> str:
    """The claim with both sides in index notation, as one line."""
    left, right = claim.sides
    values = {field.name: getattr(claim, field.name) for field in fields(claim)}
    flat = Claim(**{**values, "left": left, "right": right, "form": Form.INDEX})
    return json.dumps(_encoded(flat), separators=(",", ":"), ensure_ascii=False)


def _encoded(value: object) -> object:
    if isinstance(value, Enum):
        return [type(value).__name__, value.name]
    if isinstance(value, Fraction):
        return ["Fraction", str(value)]
    if isinstance(value, tuple):
        return ["", *map(_encoded, value)]
    if is_dataclass(value) and not isinstance(value, type):
        return [type(value).__name__, *(_encoded(getattr(value, field.name)) for field in fields(value))]
    return value


def read(text: object) -> Claim:
    """The claim of that line. Raises NotAClaim for anything else."""
    if not isinstance(text, str) or len(text) > LONGEST:
        raise NotAClaim("no claim: expected the line that `check --format json` writes")
    try:
        made = _Reader().value(json.loads(text), 0)
    except (ValueError, RecursionError):
        raise NotAClaim("the claim is no JSON") from None
    if not isinstance(made, Claim):
        raise NotAClaim(f"a {type(made).__name__} in the place of the claim")
    return made


class _Reader:
    def __init__(self) -> None:
        self.parts = 0

    def value(self, found: object, depth: int) -> object:
        self.parts += 1
        if self.parts > MOST_PARTS or depth > DEEPEST:
            raise NotAClaim("the claim is too large")
        if isinstance(found, str | NoneType | bool):
            return found
        if isinstance(found, int) and abs(found) <= LARGEST:
            return found
        if not isinstance(found, list) or not found or not isinstance(found[0], str):
            raise NotAClaim(f"`{str(found)[:40]}` in a claim")
        name, *rest = found
        if not name:
            return tuple(self.value(part, depth + 1) for part in rest)
        if name == "Fraction":
            return _fraction(rest)
        if name in _NAMED:
            return _member(_NAMED[name], rest)
        return self._made(name, [self.value(part, depth + 1) for part in rest])

    def _made(self, name: str, values: list[object]) -> object:
        kind = _KINDS.get(name)
        if kind is None:
            raise NotAClaim(f"a part of the kind `{name[:40]}` in a claim")
        hints = _hints(kind)
        if len(values) != len(hints) or not all(map(_fits, values, hints)):
            raise NotAClaim(f"a {name} in a claim whose parts are of other kinds")
        return kind(*values)


def _fraction(rest: list[object]) -> Fraction:
    if len(rest) == 1 and isinstance(rest[0], str) and _NUMBER.fullmatch(rest[0]):
        try:
            return Fraction(rest[0])
        except ZeroDivisionError:
            pass
    raise NotAClaim("a number in a claim that is none")


def _member(kind: type[Enum], rest: list[object]) -> Enum:
    if len(rest) == 1 and isinstance(rest[0], str) and rest[0] in kind.__members__:
        return kind[rest[0]]
    raise NotAClaim(f"a {kind.__name__} in a claim that is not known")


@cache
def _hints(kind: Callable[..., object]) -> tuple[Any, ...]:
    made = get_type_hints(kind)
    return tuple(made[field.name] for field in fields(kind))  # type: ignore[arg-type]


def _fits(value: object, hint: Any) -> bool:
    """Whether a value is of the type that a field is declared with."""
    origin = get_origin(hint)
    if origin in (Union, UnionType):
        return any(_fits(value, each) for each in get_args(hint))
    if origin is tuple:
        inner = get_args(hint)
        if not isinstance(value, tuple):
            return False
        if len(inner) == 2 and inner[1] is Ellipsis:
            return all(_fits(part, inner[0]) for part in value)
        return len(value) == len(inner) and all(map(_fits, value, inner))
    if hint is int:
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, hint)
