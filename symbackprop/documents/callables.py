"""Which names are functions, and of what: the network's activations, the rows of the table, one a layer."""

from __future__ import annotations

from dataclasses import dataclass, replace

from symbackprop import notation as n
from symbackprop.documents import syntax as s
from symbackprop.documents.conventions import Conventions
from symbackprop.documents.environment import Environment, variable
from symbackprop.documents.hyperbolic import HYPERBOLIC
from symbackprop.documents.kinds import ScriptMark
from symbackprop.documents.names import function_key, name_key, opaque
from symbackprop.documents.tensors import Tensor, Value
from symbackprop.functions import ACTIVATIONS, SOFTMAX
from symbackprop.notation import Layer, Neurons

ELEMENTARY = {"\\exp": "exp", "exp": "exp", "\\log": "log", "\\ln": "log", "log": "log", "ln": "log"} | {
    key: name for name in HYPERBOLIC for key in (name, f"\\{name}")
}


@dataclass(frozen=True)
class Called:
    """A function by its row or its letter, how many primes it has, and its layer's mark where each has its own."""

    function: str
    primes: int = 0
    layer: s.Node | None = None


def called(head: s.Node, c: Conventions, defined: frozenset[str] = frozenset()) -> Called | None:
    """The function that a head names, `defined` being those of the document; None where it is no function."""
    primes, base = _primes_within(head)
    while isinstance(base, s.Scripted) and base.primes:  # also f_a in braces, and a prime behind
        primes += base.primes
        base = s.Scripted(base.span, base.base, base.scripts) if base.scripts else base.base
    inside = base.items if isinstance(base, s.Group) else ()
    base = inside[0] if len(inside) == 1 and primes else base  # (f^l)'
    own = _of_layer(base, c)
    if own is not None:
        return Called(c.hidden, primes, own)
    key = function_key(base)
    if key is None:
        return None
    if opaque(key) in (c.hidden, c.output) and not c.per_layer:
        return Called(opaque(key), primes)
    if key in defined:
        return Called(key, primes)
    if isinstance(base, s.Scripted):
        return None
    if key == "\\sigma" and c.hidden in ACTIVATIONS:
        return Called(c.hidden, primes)
    if key == "f" and c.output in ACTIVATIONS:
        return Called(c.output, primes)
    if key == "f" and c.output == SOFTMAX:  # a line with its derivative entry by entry is wrong for any function
        return Called(key if primes else SOFTMAX, primes)
    if key in ELEMENTARY:
        return Called(ELEMENTARY[key], primes)
    plain = key.lstrip("\\").lower()
    if plain == SOFTMAX and not primes and not c.network:
        return Called(SOFTMAX)
    return Called(plain, primes) if plain in ACTIVATIONS and len(plain) > 2 else None


def _primes_within(head: s.Node) -> tuple[int, s.Node]:
    """The primes of `(g^{[l]})'` and of `g^{[l]'}`, and the head without them."""
    if not isinstance(head, s.Scripted):
        return 0, head
    if isinstance(head.base, s.Group) and not head.scripts and len(head.base.items) == 1:
        return head.primes, head.base.items[0]
    if len(head.scripts) != 1 or head.primes:
        return 0, head
    script = head.scripts[0]
    item = script.items[0] if len(script.items) == 1 else None
    if not isinstance(item, s.Scripted) or not item.primes or item.scripts or not isinstance(item.base, s.Group):
        return 0, head
    return item.primes, replace(head, scripts=(replace(script, content=item.base.content, bracket=item.base.opening),))


def _of_layer(head: s.Node, c: Conventions) -> s.Node | None:
    """The layer's mark of `f_2`, `f^{(l)}` where every layer has a function of its own."""
    if not c.per_layer or not isinstance(head, s.Scripted) or len(head.scripts) != 1:
        return None
    if opaque(name_key(head.base) or "") != c.hidden:
        return None
    items = head.scripts[0].items
    return items[0] if len(items) == 1 and head.scripts[0].mark in ScriptMark else None


def is_preactivation(value: Value, layer: Layer, environment: Environment) -> bool:
    """Whether a value is z of that layer, by name or by its formula: what that layer's own function is applied to."""
    if isinstance(value, Tensor):
        row = None if value.rows is None else n.Index("row", value.rows)
        column = None if value.columns is None else n.Index("column", value.columns)
        value = value.at(row, column)
    if isinstance(value, n.Entry):
        return value.variable.symbol == "z" and value.variable.layer == layer
    terms = list(value.terms) if isinstance(value, n.Add) else [value]
    if environment.conventions.biases:
        bias = next((t for t in terms if isinstance(t, n.Entry) and t.variable == variable("b", layer)), None)
        if bias is None:
            return False
        terms.remove(bias)
    return len(terms) == 1 and _is_weighted(terms[0], layer)


def _is_weighted(e: n.Expr, layer: Layer) -> bool:
    """`sum_j w_ij^(l) a_j^(l-1)`."""
    if not isinstance(e, n.Sum) or e.index.axis != Neurons(layer - 1) or not isinstance(e.body, n.Mul):
        return False
    entries = [factor for factor in e.body.factors if isinstance(factor, n.Entry)]
    names = sorted((x.variable.symbol, x.variable.layer or Layer("")) for x in entries)
    if len(entries) != len(e.body.factors) or names != [("a", layer - 1), ("w", layer)]:
        return False
    by_symbol = {x.variable.symbol: x.slots for x in entries}
    return by_symbol["w"][1] == e.index == by_symbol["a"][0] and by_symbol["w"][0] != e.index
