"""A chain `A = B = C` read member by member: what each means, what is free, what each member lacks."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from symbackprop import notation as n
from symbackprop.documents import syntax as s
from symbackprop.documents.einstein import free_letters, summed
from symbackprop.documents.elaborate import Elaborator
from symbackprop.documents.environment import SAMPLED, Environment
from symbackprop.documents.kinds import BigOperatorKind, ScriptMark
from symbackprop.documents.limits import Limits, stated
from symbackprop.documents.names import name_key
from symbackprop.documents.neuron_layers import neuron_layers
from symbackprop.documents.operators import ACTIONS, is_sample_count
from symbackprop.documents.page_reading import read_page_chain
from symbackprop.documents.problems import Code, NotUnderstood, Problem
from symbackprop.documents.reading import (
    Member as Member,
    ReadChain as ReadChain,
    keep_repeated,
    letters_of,
    of_any_layer,
)
from symbackprop.documents.restricting import Misfit, as_stated, misfits, paired
from symbackprop.documents.tensors import Fresh, Tensor, Value
from symbackprop.documents.trees import walk
from symbackprop.documents.unknowns import activation_letter, defined_letter, unknown_letters

ONE_SAMPLE: Final = "the cost is read as that of one sample, as the line names none"


@dataclass(frozen=True)
class Surroundings:
    """What many versions of one line have in common: its letters, whether it speaks of many samples, which letters
    stand for any number, and the function that it may define."""

    letters: frozenset[str]
    batch: bool
    unknowns: frozenset[str]
    defining: str | None
    any_layer: bool = False


def surroundings(members: list[s.Expression], conditions: tuple[object, ...], environment: Environment) -> Surroundings:
    """The letters of a line, and whether it speaks of many samples."""
    nodes: list[s.Node] = [*members, *(c for c in conditions if isinstance(c, s.Node))]
    unknowns = unknown_letters(members, environment)
    if any(environment.own.is_settled(letter) for letter in unknowns):
        unknowns = frozenset()
    defining = defined_letter(members[0], environment) if unknowns else activation_letter(members, environment)
    batch = environment.conventions.rows or any(is_batch(node, environment) for node in members)
    any_layer = of_any_layer(members, environment)
    return Surroundings(frozenset(letters_of(nodes)), batch, unknowns, defining, any_layer)


def read_chain(
    members: list[s.Expression], conditions: tuple[object, ...], environment: Environment,
    around: Surroundings | None = None, fixed: dict[str, n.Layer] | None = None,
) -> ReadChain:  # fmt: skip
    """Reads the members left to right; each index's axis is fixed by its first use."""
    single = of_one_sample(members, environment)
    if single is not None:
        environment, around = single, None
    around = around or surroundings(members, conditions, environment)
    if not environment.conventions.network and not around.unknowns:
        return read_page_chain(members, conditions, environment)
    fresh, batch = Fresh(taken=set(around.letters)), around.batch
    e = Elaborator(environment, batch, fresh, actions=ACTIONS)
    e.unknowns, e.defining = around.unknowns, around.defining
    e.any_layer = around.any_layer
    e.neuron_layers = neuron_layers(members, environment)
    e.marks.unmarked = bool(e.neuron_layers)
    e.marks.fixed = fixed or {}
    made: list[Member] = []
    told = () if single is None else (ONE_SAMPLE,)
    limits, condition_problem = Limits(), None
    found: tuple[Misfit, ...] = ()
    for number, node in enumerate(members):
        member = _member(node, e)
        made.append(replace(member, readings=(*told, *member.readings)))
        if number == 0:
            value = made[0].value
            if isinstance(value, n.Expr):
                keep_repeated(value, e, members[1:])
            e.scopes.end_of_first_member()
            try:
                limits = stated(conditions, e)  # type: ignore[arg-type]
            except NotUnderstood as reason:
                condition_problem = reason.problem
            e.scopes.end_of_first_member()
            if limits.fixed and fixed is None:  # `l = L`: read again, as a line on that layer
                return read_chain(members, conditions, environment, around, dict(limits.fixed))
        e.scopes.next_member()
    if condition_problem is None:
        try:
            limits, found = misfits(limits, e)
        except NotUnderstood as reason:
            condition_problem = reason.problem
    free = {b.name: n.Index(b.name, b.axis) for b in e.scopes.free.values() if b.axis is not None}
    return ReadChain(
        tuple(made), free, limits, batch, tuple(e.claims), e.differentials, fresh, e.marks.letter,
        e.unknowns, e.defining, condition_problem, len(found), misfits=found,
    )  # fmt: skip


def _member(node: s.Expression, e: Elaborator) -> Member:
    e.scopes.problems, e.readings, e.used = [], [], set()
    try:
        value: Value | None = e.value(node)
    except NotUnderstood as reason:
        return Member(node, None, reason.problem)
    if not e.batch and len(e.samples) > 1:
        problem = Problem(Code.NO_READING, node.span, f"samples {', '.join(sorted(e.samples))}: expected one sample")
        return Member(node, None, problem)
    return Member(node, value, None, tuple(e.problems), tuple(e.readings), frozenset(e.used))


def of_one_sample(members: list[s.Expression], environment: Environment) -> Environment | None:
    """What is known where a line that names the total cost, a plain sum, names no sample: it speaks of one of them."""
    total = None if environment.total is None else environment.total.definition.body
    plain = isinstance(total, n.Sum) and isinstance(total.body, n.Entry) and total.body.variable.symbol == "E"
    if not plain or environment.conventions.rows or environment.total_without_data:
        return None
    one = replace(environment, total_names=frozenset())
    if any(is_batch(member, one) for member in members) or not any(is_batch(m, environment) for m in members):
        return None
    e = Elaborator(one, False, Fresh(), actions=ACTIONS)
    named = [part for part in walk(*members) if isinstance(part, s.Scripted) and isinstance(part.base, s.Name)]
    sampled = [part for part in named if e.symbol(part.base) in SAMPLED - {"E"}]
    marked = any(_marks_sample(part, e) for part in named)
    return one if sampled and not marked else None


def _marks_sample(node: s.Scripted, e: Elaborator) -> bool:
    symbol = e.symbol(node.base)
    if symbol is None:
        return False
    try:
        return e.marks.read({"x": "a", "o": "y"}.get(symbol, symbol), node.scripts).sample is not None
    except NotUnderstood:
        return True


def is_batch(node: s.Node, environment: Environment) -> bool:
    """Whether a member speaks of many samples: it sums over them, or names the total cost."""
    waiting: list[s.Node] = [node]
    while waiting:
        part = waiting.pop()
        if isinstance(part, s.BigOperator) and part.kind is BigOperatorKind.SUM and _over_samples(part, environment):
            return True
        if name_key(part) in environment.total_names:
            return True
        if environment.total_without_data and environment.is_without_data(part):
            return True
        marked = isinstance(part, s.Scripted) and isinstance(part.base, s.Name)
        waiting.extend(part.scripts if isinstance(part, s.Scripted) and marked else part.children())
    return False


def _over_samples(node: s.BigOperator, environment: Environment) -> bool:
    """A sum up to the number of samples, or without a bound over a letter that marks a sample in the summand."""
    upper, lower = node.upper, node.lower
    probe = Elaborator(environment, False, Fresh(), actions=ACTIONS)
    if upper is not None:
        return len(upper.items) == 1 and is_sample_count(probe, upper.items[0])
    if lower is None:
        return False
    names = set(letters_of([lower]))
    marks = {mark.letter for mark in environment.conventions.samples if mark.letter in names}
    return any(_carries(node.body, letter) or not _indexes(node.body, letter) for letter in marks)


def _indexes(node: s.Node, letter: str) -> bool:
    """Whether a letter stands in a subscript."""
    below = (part for part in walk(node) if isinstance(part, s.Script) and part.mark is ScriptMark.SUBSCRIPT)
    return any(letter in letters_of([part]) for part in below)


def _carries(node: s.Node, letter: str) -> bool:
    """Whether a letter stands in a script."""
    return any(letter in part.tokens for part in walk(node) if isinstance(part, s.Script))


@dataclass(frozen=True)
class Sides:
    """Both sides of a link in index notation, over the same free indices."""

    left: n.Expr
    right: n.Expr
    free: tuple[n.Index, ...]
    readings: tuple[str, ...]
    dangling: tuple[str, ...]
    matrix: bool


def sides(left: Value, right: Value, chain: ReadChain, may_sum: bool = True) -> Sides:
    """The link's two formulas; repeated indices are summed, and each such reading is named."""
    known = dict(chain.free)
    both = [left, right]
    tensor = next((value for value in both if isinstance(value, Tensor)), None)
    row = column = None
    extra: list[n.Index] = []
    if tensor is not None:
        row = None if tensor.rows is None else chain.fresh.index(tensor.rows)
        column = None if tensor.columns is None else chain.fresh.index(tensor.columns)
        extra = [index for index in (row, column) if index is not None]
    flat = [value.at(row, column) if isinstance(value, Tensor) else value for value in both]
    known.update((index.name, index) for index in extra)
    made = [summed(e, known if may_sum else {**known, **free_letters(e)}) for e in flat]
    over = dict.fromkeys(name for each in made for name in each.over)
    occurring = {name for e in flat for name in free_letters(e)}
    free = tuple(index for name, index in known.items() if name in occurring or index in extra)
    readings = tuple(f"summed over {name}" for name in over)
    formulas, free, more = paired([each.formula for each in made], free, known, chain.limits)
    formulas, free = as_stated(formulas, free, chain.misfits)
    dangling = tuple(dict.fromkeys(name for each in made for name in each.dangling))
    if not may_sum:
        dangling = tuple(name for e in flat for name in free_letters(e) if name not in known)
    return Sides(formulas[0], formulas[1], free, (*readings, *more), dangling, tensor is not None)
