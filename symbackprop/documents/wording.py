"""Verdicts in words: where the culprit stands, what a proof holds for, what it rests on."""

from __future__ import annotations

from symbackprop import notation as n
from symbackprop.documents import syntax as s
from symbackprop.documents.chains import Member, Sides
from symbackprop.documents.claiming import Scoped
from symbackprop.documents.environment import Environment
from symbackprop.documents.problems import Code, Problem
from symbackprop.documents.source import Span
from symbackprop.functions import ACTIVATIONS
from symbackprop.prove import Outcome, Verdict


def culprit(
    left: Member, right: Member, made: Sides, verdict: Verdict, environment: Environment, at: Span
) -> Problem:
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
        spot = _missing_layer(member.node, environment)
        if spot is not None:
            last = environment.conventions.last
            text = f"there is no layer {spot.text.strip('()[]')}: {last} is the last layer"
            return Problem(Code.NO_SUCH_LAYER, spot, text)
    return Problem(Code.SHAPES, right.node.span, verdict.form_error)


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


def _missing_layer(node: s.Node, environment: Environment) -> Span | None:
    """The first script that names a layer above L."""
    last = environment.conventions.last
    waiting = [node]
    while waiting:
        part = waiting.pop(0)
        if isinstance(part, s.Script) and part.tokens[:2] == (last, "+"):
            return part.content.span
        waiting = [*part.children(), *waiting]
    return None


def scope_said(scoped: Scoped, environment: Environment) -> str:
    """What the claim was judged for."""
    claim, c = scoped.claim, environment.conventions
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
    opaque = [f for f in dict.fromkeys((c.hidden, c.output)) if f not in ACTIVATIONS and f != "softmax"]
    if opaque:
        parts.append("any differentiable " + ", ".join(opaque) + " applied entry by entry")
    if not scoped.cost:
        parts.append("any differentiable cost of the output")
    parts += [f"assuming {a.value}" for a in claim.assumes]
    return "; ".join(parts)


def rests_on(scoped: Scoped, made: Sides, environment: Environment) -> tuple[str, ...]:
    """The lines whose definitions the claim uses."""
    symbols = {e.variable.symbol for side in (made.left, made.right) for e in n.walk(side) if isinstance(e, n.Entry)}
    lines = [environment.lines[x] for x in sorted(symbols) if x in environment.lines]
    if "E" in symbols and scoped.cost and environment.cost is not None:
        lines.append(environment.cost.line)
    if "delta" in symbols:
        lines += [known.line for known in environment.deltas]
    if "E_total" in symbols and environment.total is not None:
        lines.append(environment.total.line)
    lines += [known.line for known in environment.quantities if known.definition.symbol in symbols]
    return tuple(f"line {line}" for line in sorted(set(lines)))
