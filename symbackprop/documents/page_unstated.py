"""What a page that defines everything itself leaves unsaid and a line needs: a function's name, the shape of a letter.

The reader chose for the author: any differentiable function, a vector because it stands beside one. A line that is
false of that choice and true of another customary one is not refuted, but told what to state.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from types import MappingProxyType
from typing import Final

from symbackprop import notation as n
from symbackprop.documents import syntax as s
from symbackprop.documents.chains import read_chain, sides
from symbackprop.documents.claiming import scoped_claims
from symbackprop.documents.deciding import decide
from symbackprop.documents.entities import Own
from symbackprop.documents.environment import Environment
from symbackprop.documents.own_functions import OwnFunction
from symbackprop.documents.page_claims import used_by
from symbackprop.documents.problems import NotUnderstood
from symbackprop.documents.screening import Screens
from symbackprop.documents.terms import replaced
from symbackprop.documents.unstated import FUNCTIONS, PARAMETER
from symbackprop.functions import ACTIVATIONS
from symbackprop.network import Definition

SIGMA: Final = "\\sigma"
LETTERS: Final = 2  # names that are read anew at once


def page_unstated(
    members: list[s.Expression], link: int, conditions: tuple[object, ...], environment: Environment,
    values: tuple[n.Expr, n.Expr],
) -> str | None:  # fmt: skip
    """What to state for the link of a chain to hold; None where nothing customary helps. values: what was refuted."""
    screens = Screens()
    for other, told in _alternatives(environment, values):
        try:
            chain = read_chain(members, conditions, other)
            left, right = chain.members[link].value, chain.members[link + 1].value
            if left is None or right is None or chain.members[link].problems or chain.members[link + 1].problems:
                continue
            scoped = scoped_claims("unstated", sides(left, right, chain), chain, other)
        except NotUnderstood:
            continue
        if screens.may_hold(scoped[-1].claim) and decide(scoped).verdict.proved:
            return " and ".join(told)
    return None


def _alternatives(
    environment: Environment, values: tuple[n.Expr, n.Expr]
) -> Iterator[tuple[Environment, tuple[str, ...]]]:
    """The page under other customary choices, the fewest first."""
    used = used_by(values, environment.own)
    bodies = (*values, *(d.body for d in used.definitions))
    open_ = {e.function for body in bodies for e in n.walk(body) if isinstance(e, n.Apply)}
    letters = sorted(open_ & {SIGMA, "f", "g", "\\phi", "\\varphi"} - set(environment.functions) - set(ACTIVATIONS))
    shaped = [v.symbol for v in used.free if v.symbol in environment.own.guessed and len(v.axes) == 1][:LETTERS]
    functions: list[tuple[str, str] | None] = [None]
    for letter in letters[:1]:
        functions += [(letter, row) for row in (FUNCTIONS if letter != SIGMA else FUNCTIONS[:1])]
    numbers = [tuple(k for k, made in zip(shaped, chosen, strict=True) if made)
               for chosen in product((False, True), repeat=len(shaped))]  # fmt: skip
    choices = sorted(product(functions, numbers), key=lambda made: (made[0] is not None) + len(made[1]))
    for function, names in choices[1:]:
        other, told = environment, list[str]()
        if function is not None:
            letter, row = function
            own = OwnFunction(letter, PARAMETER, n.Apply(row, PARAMETER), 0, row)
            other = replace(other, functions=MappingProxyType({**other.functions, letter: own}))
            told.append(f"`let: {letter}(u) = \\{row}(u)`" if row == "tanh" else
                        f"`let: {letter}(u) = \\frac{{1}}{{1 + e^{{-u}}}}`")  # fmt: skip
        for name in names:
            other = replace(other, own=_as_number(name, other.own))
            told.append(f"`let: {name} \\in \\mathbb{{R}}`")
        yield other, tuple(told)


def _as_number(name: str, own: Own) -> Own:
    """The page with a vector that nothing declares read as one number, in every definition that rests on it."""

    def change(e: n.Expr) -> n.Expr | None:
        if isinstance(e, n.Entry) and e.variable.symbol == name:
            implied = e.slots[1:]
            return n.Entry(n.Variable(name, None, e.variable.axes[1:]), implied)
        return None

    made = {}
    for key, entity in own.entities.items():
        d = entity.definition
        if key == name:
            entity = replace(entity, axes=())
        elif d is not None:
            changed: Definition = replace(d, body=replaced(d.body, change))
            entity = replace(entity, definition=changed)
        made[key] = entity
    return replace(own, entities=MappingProxyType(made))
