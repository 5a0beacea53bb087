"""What a chain `A = B = C` is once it was read: its members, its free indices, its conditions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from symbackprop import notation as n
from symbackprop.documents import syntax as s
from symbackprop.documents.einstein import summed
from symbackprop.documents.elaborate import Elaborator
from symbackprop.documents.entities import Own
from symbackprop.documents.environment import LAYERED, Environment
from symbackprop.documents.limits import Limits
from symbackprop.documents.names import name_key
from symbackprop.documents.problems import Problem
from symbackprop.documents.restricting import Misfit
from symbackprop.documents.tensors import Fresh, Value
from symbackprop.documents.trees import walk


@dataclass(frozen=True)
class Member:
    """One member: its meaning, or why it has none; what does not fit in it; how it was read."""

    node: s.Expression
    value: Value | None
    unreadable: Problem | None = None
    problems: tuple[Problem, ...] = ()
    readings: tuple[str, ...] = ()
    used: frozenset[str] = frozenset()
    spots: tuple[tuple[str, s.Node], ...] = ()
    corrected: str = ""  # what stands here in place of what was written


@dataclass(frozen=True)
class ReadChain:
    """All members, the free indices, the conditions, and claims that stand within (underbraces)."""

    members: tuple[Member, ...]
    free: dict[str, n.Index]
    limits: Limits
    batch: bool
    within: tuple[s.Braced, ...]
    differentials: dict[n.Variable, n.Variable]
    fresh: Fresh
    letter: str | None
    unknowns: frozenset[str] = frozenset()
    defining: str | None = None
    condition_problem: Problem | None = None
    strained: int = 0  # indices of the first member whose stated range is another one's
    own: Own | None = None
    misfits: tuple[Misfit, ...] = ()
    met: frozenset[str] = frozenset()  # quantities of the page that this line is the first to name


def keep_repeated(value: n.Expr, e: Elaborator, others: list[s.Expression]) -> None:
    """An index that repeats in the first member and stands in no other is summed over there, not free."""
    if not others:
        return
    if not summed(value, {}).over:
        return
    elsewhere = set(letters_of(list(others)))
    repeated = summed(value, {name: None for name in e.scopes.local if name in elsewhere}).over
    for name in repeated:
        e.scopes.local.pop(name, None)


def letters_of(nodes: list[s.Node]) -> Iterator[str]:
    """The text of every name."""
    return (node.text for node in walk(*nodes) if isinstance(node, s.Name))


def of_any_layer(members: list[s.Expression], environment: Environment) -> bool:
    """Whether a line speaks of parameters and deltas alone, and marks none of them: `∂C/∂w = ∂C_0/∂w + λ w`."""
    letters, met = environment.conventions.letters, False
    for part in walk(*members):
        marked = isinstance(part, s.Scripted) and not all(script.is_transpose for script in part.scripts)
        if marked and isinstance(part, s.Scripted) and letters.get(name_key(part.base) or "") in LAYERED:
            return False
        symbol = letters.get(name_key(part) or "") if isinstance(part, s.Name) else None
        if symbol in ("a", "z"):
            return False
        met = met or symbol in LAYERED
    return met and environment.conventions.network and environment.fixed_depth != 1
