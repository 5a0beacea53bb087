"""From a link to the core's claims, from the widest scope to that in which everything stated is in force."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from symbackprop import notation as n
from symbackprop.claims import Assumption, Claim, Form
from symbackprop.documents.chains import ReadChain, Sides
from symbackprop.documents.environment import Environment
from symbackprop.documents.limits import reach
from symbackprop.documents.operators import DIFFERENTIAL
from symbackprop.documents.problems import NotUnderstood
from symbackprop.documents.terms import replaced
from symbackprop.network import LAST
from symbackprop.notation import Index, Neurons


@dataclass(frozen=True)
class Scoped:
    """A claim, and whether it uses the stated cost, the fixed widths, an assumption."""

    claim: Claim
    cost: bool
    fixed: bool


def scoped_claims(name: str, sides: Sides, chain: ReadChain, environment: Environment) -> list[Scoped]:
    """Widest first; the last one has every definition and number of the document in force."""
    sides = total_differentials(sides, chain)
    needs = reach((sides.left, sides.right), environment, chain.limits)
    form = Form.MATRIX if sides.matrix else Form.INDEX

    def claim(cost: bool, fixed: bool) -> Claim:
        depth = environment.fixed_depth if fixed else None
        assumed = environment.conventions.target_sums_to_one and cost
        return Claim(
            name,
            form,
            sides.left,
            sides.right,
            sides.free,
            environment.definitions(chain.batch, cost),
            needs.layers,
            depth if depth is not None else needs.least_depth,
            (Assumption.TARGET_SUMS_TO_ONE,) if assumed else (),
            depth=depth,
            widths=environment.fixed_widths if fixed else (),
            least_widths=needs.least_widths,
            directions=_directions(sides),
        )

    has_cost = environment.cost is not None or bool(environment.conventions.named_cost)
    has_numbers = environment.fixed_depth is not None
    by_target = _by_target(sides)
    if by_target and not has_cost:
        head = chain.members[0].node.span
        raise NotUnderstood(head, "a derivative by the target", "a cost that the document defines")
    made = []
    if not by_target and (environment.cost is None or _of_outputs(environment.cost.definition.body, environment)):
        made.append(Scoped(claim(False, False), False, False))
    if has_cost:
        made.append(Scoped(claim(True, False), True, False))
    if has_numbers:
        made.append(Scoped(claim(has_cost, True), has_cost, True))
    return made


def _by_target(sides: Sides) -> bool:
    """Whether a derivative is taken by the target: what any cost of the outputs does with it, nothing says."""
    partials = [e for side in (sides.left, sides.right) for e in n.walk(side) if isinstance(e, n.Partial)]
    return any(e.by.variable.symbol == "y" for e in partials)


def _of_outputs(body: n.Expr, environment: Environment) -> bool:
    """Whether a cost depends on the network through its outputs alone, so that any cost may stand for it."""

    def output(e: n.Expr) -> n.Expr | None:
        if not isinstance(e, n.Apply) or e.function != environment.conventions.output or e.primes:
            return None
        inner = e.argument
        is_output = isinstance(inner, n.Entry) and inner.variable.symbol == "z" and inner.variable.layer == LAST
        return n.number(0) if is_output else None

    found = [e.variable for e in n.walk(replaced(body, output)) if isinstance(e, n.Entry)]
    return all(v.symbol == "y" or (v.symbol == "a" and v.layer == LAST) for v in found)


def total_differentials(sides: Sides, chain: ReadChain) -> Sides:
    """`du` written out: the sum over all entries of v of ∂u/∂v dv, for each v whose increments the line has."""
    if not chain.differentials:
        return sides
    both = (sides.left, sides.right)
    found = {part.variable for e in both for part in n.walk(e) if isinstance(part, n.Entry)}
    increments = {v: chain.differentials[v] for v in sorted(found, key=str) if v in chain.differentials}
    of = {v for v in increments if increments[v].symbol == "E"} or _highest(set(increments))
    base = {v: q for v, q in increments.items() if v not in of}

    def written(e: n.Expr) -> n.Expr | None:
        if not isinstance(e, n.Entry) or e.variable not in of:
            return None
        u = n.Entry(increments[e.variable], e.slots)
        return n.Add(tuple(_along(u, v, q, chain) for v, q in base.items()))

    left, right = (replaced(e, written) for e in both)
    return replace(sides, left=left, right=right)


def _highest(increments: set[n.Variable]) -> set[n.Variable]:
    """Of several increments, that of the quantity that is computed last."""
    order = {"w": 0, "b": 0, "z": 1, "a": 2}
    ranked = sorted(
        increments,
        key=lambda v: (v.layer.offset if v.layer else 0, order.get(v.symbol.removeprefix(DIFFERENTIAL), 3)),
    )
    return set(ranked[-1:]) if len(ranked) > 1 else set()


def _along(u: n.Entry, v: n.Variable, q: n.Variable, chain: ReadChain) -> n.Expr:
    indices = tuple(chain.fresh.index(axis) for axis in q.axes)
    made: n.Expr = n.Mul((n.Partial(u, n.Entry(q, indices)), n.Entry(v, indices)))
    for index in reversed(indices):
        made = n.Sum(index, made)
    return made


def _directions(sides: Sides) -> tuple[n.Variable, ...]:
    found = {e.variable for side in (sides.left, sides.right) for e in n.walk(side) if isinstance(e, n.Entry)}
    return tuple(sorted((v for v in found if v.symbol.startswith(DIFFERENTIAL)), key=str))


def axes_of(free: tuple[Index, ...]) -> Iterator[Neurons]:
    for index in free:
        if isinstance(index.axis, Neurons):
            yield index.axis
