"""Formulas taken apart and put together again."""

from __future__ import annotations

from collections.abc import Callable
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
