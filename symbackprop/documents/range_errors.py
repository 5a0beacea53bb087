"""Stated ranges that do not fit: where the wrong end stands, what the letter runs over, the range that is proved."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from symbackprop import notation as n
from symbackprop.documents import syntax as s
from symbackprop.documents.chains import Member, ReadChain, Sides, read_chain, sides
from symbackprop.documents.claiming import scoped_claims, total_differentials
from symbackprop.documents.corrections import slope
from symbackprop.documents.deciding import decide
from symbackprop.documents.edits import Change, text_after
from symbackprop.documents.environment import LOWEST, Environment
from symbackprop.documents.limits import Limits
from symbackprop.documents.names import parsed
from symbackprop.documents.problems import Code, Problem
from symbackprop.documents.ranges import End
from symbackprop.documents.reaching import reach
from symbackprop.documents.restricting import Misfit
from symbackprop.documents.results import Fix
from symbackprop.documents.source import Span
from symbackprop.documents.trees import replaced
from symbackprop.network import SAMPLES
from symbackprop.notation import Neurons
from symbackprop.wellformed import malformed

MOST_ENDS = 6  # wrong ends of one line that are corrected


@dataclass(frozen=True)
class WrongEnd:
    """An end of a range that does not fit: what is wrong with it, and what would stand there if it did."""

    problem: Problem
    span: Span
    end: s.Expression
    right: str


def wrong_end(made: Sides, chain: ReadChain, environment: Environment) -> WrongEnd | None:
    """The first end of a stated range that does not fit what the link's two sides mention."""
    letters = {index.name for index in made.free} | {
        part.index.name for side in (made.left, made.right) for part in n.walk(side) if isinstance(part, n.Sum)
    }
    for misfit in chain.misfits:
        if misfit.said.axis is None or misfit.runs == SAMPLES or misfit.said.name in letters:
            return _index_end(misfit, environment)
    return _layer_end(total_differentials(made, chain), chain.limits, environment)


def _index_end(misfit: Misfit, environment: Environment) -> WrongEnd:
    said, e = misfit.said, environment
    place = "" if misfit.fixed_at is None else f" (line {misfit.fixed_at.line}, `{misfit.fixed_at.text}`)"
    runs = f"{said.name} runs over {e.axis_said(misfit.runs)}{place}"
    width = dict(e.fixed_widths).get(misfit.runs.layer) if isinstance(misfit.runs, Neurons) else None
    if said.axis is None:
        text = f"{runs}: there are {width}, and this range goes on to {said.last}"
        right = str(width)
    else:
        text = f"{runs}; this range is that of {e.axis_said(said.axis)}"
        right = _width(said.end, misfit.runs, environment)
    return WrongEnd(Problem(Code.RANGE, said.end.span, text), said.span, said.end, right)


def _width(end: s.Expression, axis: n.Axis, environment: Environment) -> str:
    """The width of an axis, written as the author writes widths."""
    letter = environment.conventions.width_letter
    if isinstance(end, s.Scripted):
        letter = end.base.span.text
    if not isinstance(axis, Neurons):
        return environment.conventions.sample_count
    layer = environment.said(axis.layer)
    return f"{letter}_{layer}" if len(layer) == 1 else f"{letter}_{{{layer}}}"


def _layer_end(made: Sides, limits: Limits, environment: Environment) -> WrongEnd | None:
    needed = reach((made.left, made.right), environment, limits).needed
    span = limits.span
    if needed is None or span is None:
        return None
    entries = [e.variable for side in (made.left, made.right) for e in n.walk(side) if isinstance(e, n.Entry)]
    general = [v for v in entries if v.layer is not None and v.layer.base == "l"]
    first, below = limits.first, limits.below_last
    if limits.last_at is not None and below is not None and below < needed.below_last:
        top = max(general, key=lambda v: v.layer.offset if v.layer is not None else 0)
        return _high_end(limits.last_at, needed.below_last, top, span, environment)
    if limits.first_at is not None and first is not None and first < needed.first:
        low = min(general, key=_room)
        return _low_end(limits.first_at, needed.first, low, span, environment)
    return None


def _room(v: n.Variable) -> int:
    return 0 if v.layer is None else v.layer.offset - LOWEST.get(v.symbol.removeprefix("d "), 1)


def _high_end(end: End, below: int, top: n.Variable, span: Span, environment: Environment) -> WrongEnd:
    c = environment.conventions
    last = c.last if c.depth is None else str(c.depth)
    steps = below - end.strict
    beyond = f"{_said(top, environment)} would lie above {last}, the last layer"
    text = f"the stated layers go up to {end.node.span.text}, and {beyond}: expected {_layer(below, span, environment)}"
    return WrongEnd(Problem(Code.RANGE, end.node.span, text), span, end.node, _layer(steps, span, environment))


def _layer(below: int, span: Span, environment: Environment) -> str:
    c, gap = environment.conventions, " " if " - " in span.text or " + " in span.text else ""
    if c.depth is not None:
        return str(c.depth - below)
    return c.last if not below else f"{c.last}{gap}{'-' if below > 0 else '+'}{gap}{abs(below)}"


def _low_end(end: End, first: int, low: n.Variable, span: Span, environment: Environment) -> WrongEnd:
    start = environment.conventions.first
    name = _said(low, environment)
    text = f"the stated layers begin at {end.node.span.text}, where there is no {name}: expected {first + start}"
    return WrongEnd(Problem(Code.RANGE, end.node.span, text), span, end.node, str(first + start - end.strict))


def _said(v: n.Variable, environment: Environment) -> str:
    return v.symbol if v.layer is None else f"{v.symbol}^({environment.said(v.layer)})"


# the range that is proved


@dataclass(frozen=True)
class Reranged:
    """The line under ranges that fit; `fix` where the link is proved under them."""

    conditions: tuple[Any, ...]
    fix: Fix | None


def reranged(
    head: s.Expression, left: Member, right: Member, conditions: tuple[Any, ...], environment: Environment,
    defines_delta: bool,
) -> Reranged | None:  # fmt: skip
    """The link with every wrong end replaced by the one that fits, each being the widest that there is."""
    nodes = [head, left.node, right.node] if left.node is not head else [head, right.node]
    chain = read_chain(nodes, conditions, environment)
    changes: list[Change] = []
    spans: list[Span] = []
    for _ in range(MOST_ENDS):
        first, second = (member.value for member in chain.members[-2:])
        if first is None or second is None:
            return None
        made = sides(first, second, chain)
        wrong = wrong_end(made, chain, environment)
        if wrong is None:
            break
        new = parsed(wrong.right)
        if new is None:
            return None
        changes.append((wrong.end.span, wrong.right))
        spans.append(wrong.span)
        conditions = tuple(_with_node(condition, wrong.end, new) for condition in conditions)
        chain = read_chain(nodes, conditions, environment)
        if chain.condition_problem is not None:
            return None
    proved = _proved(chain, environment, defines_delta)
    whole = spans[0].to(spans[-1]) if spans else right.node.span
    fix = Fix(text_after(whole, tuple(changes)), tuple(changes)) if proved and changes else None
    return Reranged(conditions, fix)


def _proved(chain: ReadChain, environment: Environment, defines_delta: bool) -> bool:
    left, right = (member.value for member in chain.members[-2:])
    if left is None or right is None:
        return False
    value = slope(left) if defines_delta else left
    if value is None:
        return False
    scoped = scoped_claims("range", sides(value, right, chain), chain, environment)
    return malformed(scoped[-1].claim) is None and decide(scoped).verdict.proved


def _with_node(tree: s.Node, old: s.Node, new: s.Node) -> s.Node:
    """The tree with one node, told by its identity, replaced."""
    return replaced(tree, lambda part: new if part is old else None)

