"""Customs that a document's first lines settle: how its weights run, and whether one function serves every layer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from symbackprop import notation as n
from symbackprop.documents.chains import Member
from symbackprop.documents.environment import Environment
from symbackprop.documents.tensors import Tensor
from symbackprop.network import LAST


def other_orientations(environment: Environment) -> Iterator[tuple[Environment, str]]:
    """Every other reading of w_ij^(l), and how to say it; none where a convention or an earlier line has settled it."""
    c = environment.conventions
    if c.weights_stated or "w" in environment.used:
        return
    for from_to, source in ((False, True), (True, False), (True, True)):
        first = "w_ij leads from i to j" if from_to else "w_ij leads from j to i"
        mark = "w^(l) from layer l to layer l + 1" if source else "w^(l) from layer l - 1 to layer l"
        made = replace(c, from_to=from_to, source=source, weights_stated=True)
        yield replace(environment, conventions=made), f"as this line has it, {first} and {mark}"


def with_one_function(members: tuple[Member, ...], environment: Environment) -> tuple[Environment, str]:
    """The hidden layers' function is the output's too, once a line applies it there and nothing named another."""
    c = environment.conventions
    own = any(known.definition.symbol == "a" for known in environment.quantities)
    if c.output_named or c.hidden == c.output or own or c.output in environment.used | functions_in(members):
        return environment, ""
    if not any(e.function == c.hidden and _of_last(e.argument) for e in _applied(members)):
        return environment, ""
    made = replace(c, output=c.hidden, output_named=True)
    return replace(environment, conventions=made), f"{c.hidden} is read as the function of every layer"


def functions_in(members: tuple[Member, ...]) -> set[str]:
    """The letters of the functions that a line applies."""
    return {e.function for e in _applied(members)}


def _applied(members: tuple[Member, ...]) -> Iterator[n.Apply]:
    for member in members:
        value = member.value
        if isinstance(value, Tensor):
            value = value.at(*(None if axis is None else n.Index("i", axis) for axis in value.shape))
        if value is not None:
            yield from (e for e in n.walk(value) if isinstance(e, n.Apply))


def _of_last(e: n.Expr) -> bool:
    return isinstance(e, n.Entry) and e.variable.symbol == "z" and e.variable.layer == LAST
