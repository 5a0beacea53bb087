"""Verdicts in words: where the culprit stands, what a proof holds for, what it rests on."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from symbackprop import notation as n
from symbackprop.documents import syntax as s
from symbackprop.documents.chains import Member, Sides
from symbackprop.documents.claiming import Scoped
from symbackprop.documents.environment import Environment, Known
from symbackprop.documents.nowhere import nowhere
from symbackprop.documents.page_claims import page_scope, used_by
from symbackprop.documents.problems import Code, Problem
from symbackprop.documents.source import Span
from symbackprop.functions import ACTIVATIONS, SOFTMAX
from symbackprop.prove import Outcome, Verdict

KNOWN = frozenset({*ACTIVATIONS, SOFTMAX, "exp", "log", "step", "inside", "above"})


_RUNS: Final = re.compile(r"(\w+) runs over (.+); (.+) is indexed by (.+)")


def culprit(
    left: Member, right: Member, made: Sides, verdict: Verdict, environment: Environment, at: Span,
    fixed: Mapping[str, n.Layer],
) -> Problem:  # fmt: skip
    """What is wrong and where, as narrow as is known without a correction."""
    problems = (*right.problems, *left.problems)
    if verdict.outcome is Outcome.UNDECIDED:
        return Problem(Code.NOT_DECIDED, at, verdict.tried or "neither proved nor refuted")
    if not verdict.form_error:
        return Problem(Code.VALUES_DIFFER, right.node.span, _difference(verdict))
    if problems:
        return problems[0]
    for member in (right, left):
        for name in made.dangling:
            spot = _letter(member.node, name)
            if spot is not None:
                text = f"{name} stands on this side alone, and nothing sums over it"
                return Problem(Code.INDEX_DANGLES, spot, text)
    for member in (right, left):
        missing = nowhere(member.node, environment, fixed)
        if missing is not None:
            return missing
    return Problem(Code.SHAPES, right.node.span, _with_own_letters(verdict.form_error, (left, right)))


def _with_own_letters(text: str, members: tuple[Member, Member]) -> str:
    """The sentence without a letter that stands for an index which matrix notation leaves out."""
    found = _RUNS.fullmatch(text)
    if found is None or any(_letter(member.node, found[1]) is not None for member in members):
        return text
    return f"{found[3]} is indexed by {found[4]}, where {found[2]} are meant"


def _difference(verdict: Verdict) -> str:
    c = verdict.counterexample
    return "the two sides differ" if c is None else f"the two sides differ: {_short(c.left)} is not {_short(c.right)}"


def _short(text: str) -> str:
    return text if len(text) <= 24 else text[:22] + "…"


def _letter(node: s.Node, name: str) -> Span | None:
    """Where a letter stands in a script."""
    waiting: list[tuple[s.Node, bool]] = [(node, False)]
    while waiting:
        part, inside = waiting.pop(0)
        if inside and isinstance(part, s.Name) and part.text == name:
            return part.span
        waiting = [(child, inside or isinstance(part, s.Script)) for child in part.children()] + waiting
    return None


def functions_said(scoped: Scoped, environment: Environment) -> list[str]:
    """Which functions a claim is about: any, the table's by name, the document's own by their line."""
    claim, c = scoped.claim, environment.conventions
    bodies = [*claim.sides, *(d.body for d in claim.definitions)]
    used = {e.function for body in bodies for e in n.walk(body) if isinstance(e, n.Apply)}
    own = [f for f in environment.functions.values() if scoped.named and f.letter in scoped.functions]
    opaque = [f for f in dict.fromkeys((c.hidden, c.output, *sorted(used))) if f in used and f not in KNOWN]
    made = []
    if opaque:
        entry = " applied entry by entry" if claim.definitions else ""
        made.append("any differentiable " + ", ".join(opaque) + entry)
    if claim.definitions and c.hidden in ACTIVATIONS:
        made.append(f"{c.hidden} in the hidden layers" if c.hidden != c.output else f"{c.hidden} in every layer")
    if claim.definitions and c.output in {*ACTIVATIONS, SOFTMAX} and c.output != c.hidden:
        made.append(f"{c.output} in the output layer")
    made += [f"{f.letter} as line {f.line} defines it" + (f": {f.row}" if f.row else "") for f in own]
    kinks = dict.fromkeys(ACTIVATIONS[f].kink for f in sorted(used) if f in ACTIVATIONS and ACTIVATIONS[f].kink)
    return [*made, *kinks]


def scope_said(scoped: Scoped, environment: Environment) -> str:
    """What the claim was judged for."""
    claim, c = scoped.claim, environment.conventions
    if not claim.network:
        return "; ".join([*page_scope(claim), *functions_said(scoped, environment)])
    if claim.unknowns:
        letters = " and ".join(letter for letter, _ in claim.unknowns)
        return "; ".join([f"every number {letters}", *functions_said(scoped, environment)])
    if scoped.fixed:
        parts = [f"L = {c.depth}", "widths " + ", ".join("any" if w is None else str(w) for w in c.widths)]
    else:
        least = claim.least_depth
        parts = ["all widths", "all depths" if least == 1 else f"all depths {c.last} ≥ {least + c.first}"]
    if claim.layers is not None:
        below = f"{c.last} - {claim.layers.below_last}" if claim.layers.below_last else c.last
        parts.append(f"layers {claim.layers.first + c.first} ≤ l ≤ {below}")
    for layer, width in claim.least_widths:
        if width > 1:
            parts.append(f"at least {width} neurons in layer {environment.said(layer)}")
    parts += functions_said(scoped, environment)
    if not scoped.cost and claim.definitions:
        parts.append("any differentiable cost of the output")
    parts += [f"assuming {a.value}" for a in claim.assumes]
    return "; ".join(parts)


def rests_on(scoped: Scoped, made: Sides, environment: Environment) -> tuple[str, ...]:
    """The lines whose definitions the claim uses, those of the definitions that they use among them."""
    if not scoped.claim.network:
        return tuple(f"line {line}" for line in used_by((made.left, made.right), environment.own).lines)
    known = _definitions_of_the_page(scoped, environment)
    waiting = [made.left, made.right]
    met: set[str] = set()
    lines: set[int] = set()
    while waiting:
        part = waiting.pop()
        for symbol in _symbols(part) - met:
            met.add(symbol)
            if symbol in environment.lines:
                lines.add(environment.lines[symbol])
            for definition in known.get(symbol, ()):
                lines |= {definition.line, *definition.also}
                waiting.append(definition.definition.body)
            own = environment.functions.get(symbol) if scoped.named else None
            lines |= set() if own is None else {own.line}
    return tuple(f"line {line}" + " as corrected" * (line in environment.corrected) for line in sorted(lines))


def _definitions_of_the_page(scoped: Scoped, environment: Environment) -> dict[str, list[Known]]:
    made = [*environment.deltas, *environment.quantities]
    made += [environment.cost] if scoped.cost and environment.cost is not None else []
    made += [environment.total] if environment.total is not None else []
    found: dict[str, list[Known]] = {}
    for known in made:
        found.setdefault(known.definition.symbol, []).append(known)
    return found


def _symbols(e: n.Expr) -> set[str]:
    """The quantities and functions that a formula names."""
    parts = list(n.walk(e))
    return {p.variable.symbol for p in parts if isinstance(p, n.Entry)} | {
        p.function for p in parts if isinstance(p, n.Apply)
    }
