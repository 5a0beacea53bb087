"""Formulas taken apart and put together again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from typing import Any

from symbackprop import notation as n


def rebuilt(e: n.Expr, change: Callable[[n.Expr], n.Expr]) -> n.Expr:
    """The formula with each formula directly within it changed."""
    whole: Any = e
    changes: dict[str, Any] = {}
    for field in fields(whole):
        value = getattr(e, field.name)
        if isinstance(value, n.Expr):
            changes[field.name] = change(value)
        elif isinstance(value, tuple) and value and isinstance(value[0], n.Expr):
            changes[field.name] = tuple(change(item) for item in value)
    made: n.Expr = replace(whole, **changes) if changes else e
    return made


def replaced(e: n.Expr, change: Callable[[n.Expr], n.Expr | None]) -> n.Expr:
    """The formula with every part for which `change` gives another one replaced, outside in."""
    new = change(e)
    return rebuilt(e, lambda child: replaced(child, change)) if new is None else new


def with_slot(e: n.Expr, name: str, at: n.At) -> n.Expr:
    """The formula at one value of an index, of a sum's index too."""

    def one(slot: n.Slot) -> n.Slot:
        return at if isinstance(slot, n.Index) and slot.name == name else slot

    match e:
        case n.Entry(_, slots):
            return replace(e, slots=tuple(one(slot) for slot in slots))
        case n.Kronecker(left, right):
            return n.Kronecker(one(left), one(right))
        case n.Softmax(slot, _, _):
            return rebuilt(replace(e, slot=one(slot)), lambda child: with_slot(child, name, at))
        case n.Sum(index, body) if index.name == name:
            return with_slot(body, name, at)
    return rebuilt(e, lambda child: with_slot(child, name, at))


def with_slots(e: n.Expr, slots: Mapping[str, n.Slot]) -> n.Expr:
    """The formula with its free indices of these names replaced; the new ones are bound nowhere within."""

    def slot(old: n.Slot) -> n.Slot:
        return slots.get(old.name, old) if isinstance(old, n.Index) else old

    def change(part: n.Expr) -> n.Expr | None:
        match part:
            case n.Entry(v, old):
                return n.Entry(v, tuple(slot(x) for x in old))
            case n.OpaqueMap(_, _, _, old):
                sample = part.sample if part.sample is None else slot(part.sample)
                kept = sample if isinstance(sample, n.Index) else part.sample
                return replace(part, slots=tuple(slot(x) for x in old), sample=kept)
            case n.Kronecker(left, right):
                return n.Kronecker(slot(left), slot(right))
            case n.Sum(index, body) if index.name in slots:
                inner = {name: new for name, new in slots.items() if name != index.name}
                return n.Sum(index, with_slots(body, inner))
            case n.Softmax(at, index, argument):
                inner = {name: new for name, new in slots.items() if name != index.name}
                return n.Softmax(slot(at), index, with_slots(argument, inner))
            case n.Partial(of, by):
                made = n.Entry(by.variable, tuple(slot(x) for x in by.slots))
                return n.Partial(with_slots(of, slots), made)
        return None

    return replaced(e, change)
