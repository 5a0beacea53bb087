"""Quantities that a page defines with what they depend on behind them: `J(\\theta) = …`, `f(x, y) = …`."""

from __future__ import annotations

from dataclasses import replace

from symbackprop.documents import syntax as s
from symbackprop.documents.environment import Environment
from symbackprop.documents.kinds import Bracket, ScriptMark
from symbackprop.documents.names import function_key, name_key
from symbackprop.documents.page_names import plain
from symbackprop.documents.pieces import PIECEWISE
from symbackprop.documents.trees import walk
from symbackprop.functions import ACTIVATIONS, SOFTMAX


def bare_head(head: s.Expression, environment: Environment) -> s.Expression | None:
    """The J of `J(\\theta)`, where that is no function of a number: it has several arguments, or a vector's.

    A letter below that names a quantity, as in `h_\\theta(x)`, makes it one quantity too.
    """
    if not isinstance(head, s.NameGroup) or head.group.opening is not Bracket.ROUND:
        return None
    if not isinstance(head.head, s.Name | s.Scripted):
        return None
    name, items = head.head, head.group.items
    own = environment.own
    keys = [name_key(item) for item in items if not isinstance(item, s.Chain)]
    key = function_key(name)
    if key is None or len(keys) != len(items) or None in keys or key in PIECEWISE:
        return None
    whole_head = replace(name, span=head.span)
    if key in own.maps:  # what is stated to depend on these very quantities
        return whole_head if own.maps[key] == tuple(keys) else None
    if key in (*ACTIVATIONS, SOFTMAX):
        return None
    customary = key in (*environment.functions, environment.conventions.hidden, environment.conventions.output)
    if len(items) == 1 and (customary or key in own.entities):
        return None
    whole = any(own.entities[k].axes for k in keys if k is not None and k in own.entities)
    return whole_head if len(items) > 1 or whole or _has_vector_below(name, environment) else None


def names_function(head: s.Expression, body: s.Expression) -> bool:
    """Whether `f(x) = …` gives the function of a number by a formula in that number; other letters are constants."""
    if not isinstance(head, s.NameGroup) or len(head.group.items) != 1 or not isinstance(head.group.items[0], s.Name):
        return False
    primed = isinstance(head.head, s.Scripted) and bool(head.head.primes)
    return not primed and any(name_key(part) == name_key(head.group.items[0]) for part in walk(body))


def _has_vector_below(name: s.Expression, environment: Environment) -> bool:
    """Whether a vector or a matrix stands below, which is no index."""
    if not isinstance(name, s.Scripted) or len(name.scripts) != 1 or name.scripts[0].mark is not ScriptMark.SUBSCRIPT:
        return False
    entity = environment.own.entities.get(plain(name.scripts[0]))
    return entity is not None and bool(entity.axes)
