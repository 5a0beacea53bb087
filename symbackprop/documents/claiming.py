"""From a link to the core's claims, from the widest scope to that in which everything stated is in force."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from symbackprop import notation as n
from symbackprop.claims import Assumption, Claim, Form
from symbackprop.documents.chains import ReadChain, Sides
from symbackprop.documents.environment import Environment, Known
from symbackprop.documents.lifting import lifted
from symbackprop.documents.operators import DIFFERENTIAL
from symbackprop.documents.own_functions import in_force, out_of_reach
from symbackprop.documents.page_claims import page_claim
from symbackprop.documents.problems import NotUnderstood
from symbackprop.documents.reaching import reach
from symbackprop.documents.terms import replaced
from symbackprop.functions import Range
from symbackprop.network import LAST
from symbackprop.notation import Index, Neurons


@dataclass(frozen=True)
class Scoped:
    """A claim, and whether it uses the stated cost, the fixed widths, the document's own functions.

    functions: those that it names.
    """

    claim: Claim
    cost: bool
    fixed: bool
    named: bool = False
    functions: frozenset[str] = frozenset()


def scoped_claims(name: str, sides: Sides, chain: ReadChain, environment: Environment) -> list[Scoped]:
    """Widest first; the last one has every definition, assumption and number of the document in force."""
    sides = total_differentials(sides, chain)
    if chain.unknowns:
        return _of_numbers(name, sides, chain, environment)
    if not environment.conventions.network:
        claim = page_claim(name, sides.left, sides.right, sides.free, sides.matrix, chain, environment)
        return [Scoped(claim, True, False)]
    by_target, has_cost = _by_target(sides), _has_cost(environment)
    if by_target and not has_cost:
        head = chain.members[0].node.span
        raise NotUnderstood(head, "a derivative by the target", "a cost that the document defines")
    wide = not by_target and (environment.cost is None or _of_outputs(environment.cost.definition.body, environment))
    wide = wide and not any(known.needs_cost for known in _deltas(sides, environment))
    costs = [False] * wide + [True] * has_cost
    maker = _Maker(name, sides, chain, environment)
    made = [maker.scoped(cost, False, named) for cost in costs or [False] for named in maker.names]
    every = lifted(sides)
    if every is not None:
        limits = replace(chain.limits, first=None, below_last=None)
        wider = _Maker(name, every, replace(chain, limits=limits), environment)
        made = [*(wider.scoped(one.cost, False, one.named) for one in made), *made]
    if environment.fixed_depth is not None:
        made.append(maker.scoped(has_cost, True, maker.names[-1]))
    assumed = maker.assumed(has_cost)
    more = assumed if assumed != made[-1].claim.assumes else ()
    return [*made, *(replace(one, claim=replace(one.claim, assumes=more)) for one in made[-1:] if more)]


def _has_cost(environment: Environment) -> bool:
    return environment.cost is not None or bool(environment.conventions.named_cost)


class _Maker:
    """The claims of one link, in scopes of different width."""

    def __init__(self, name: str, sides: Sides, chain: ReadChain, environment: Environment) -> None:
        self.name, self.sides, self.chain, self.environment = name, sides, chain, environment
        self.needs = reach((sides.left, sides.right), environment, chain.limits)
        bodies = (sides.left, sides.right, *(d.body for d in environment.definitions(chain.batch, True)))
        _within_reach(bodies, environment, chain)
        self.functions = _functions(bodies) & set(environment.functions)
        deltas = _deltas(sides, environment)
        named = any(known.needs_names for known in deltas)
        self.names = [False] * (not named) + [True] * (named or bool(self.functions))
        self.assumes = tuple(dict.fromkeys(a for known in deltas for a in known.assumes))

    def assumed(self, cost: bool) -> tuple[Assumption, ...]:
        return (Assumption.TARGET_SUMS_TO_ONE,) * (self.environment.conventions.target_sums_to_one and cost)

    def scoped(self, cost: bool, fixed: bool, named: bool) -> Scoped:
        sides, needs, environment = self.sides, self.needs, self.environment
        depth = environment.fixed_depth if fixed else None
        functions = environment.functions if named else {}
        definitions = environment.definitions(self.chain.batch, cost)
        claim = Claim(
            self.name,
            Form.MATRIX if sides.matrix else Form.INDEX,
            in_force(sides.left, functions),
            in_force(sides.right, functions),
            sides.free,
            tuple(replace(d, body=in_force(d.body, functions)) for d in definitions) if functions else definitions,
            needs.layers,
            depth if depth is not None else needs.least_depth,
            self.assumes,
            depth=depth,
            widths=environment.fixed_widths if fixed else (),
            least_widths=needs.least_widths,
            directions=_directions(sides),
        )
        return Scoped(claim, cost, fixed, named, self.functions)


def _within_reach(bodies: Iterable[n.Expr], environment: Environment, chain: ReadChain) -> None:
    """Raises NotUnderstood where a function is written out and a derivative of it could not be."""
    for body in bodies:
        found = out_of_reach(body, environment.functions)
        if found is not None:
            own = environment.functions[found.function]
            text = f"{own.letter}{chr(39) * found.primes}, of which line {own.line} gives no derivative that is proved"
            expected = "at most the first derivative of an elementary formula"
            raise NotUnderstood(chain.members[0].node.span, text, expected)


def _functions(bodies: Iterable[n.Expr]) -> frozenset[str]:
    return frozenset(e.function for body in bodies for e in n.walk(body) if isinstance(e, n.Apply))


def _of_numbers(name: str, sides: Sides, chain: ReadChain, environment: Environment) -> list[Scoped]:
    """A line about functions alone, for every number: the functions opaque, then as the document defines them."""
    known = tuple((letter, Range.REAL) for letter in sorted(chain.unknowns))
    _within_reach((sides.left, sides.right), environment, chain)
    wide = Claim(name, Form.SCALAR, sides.left, sides.right, sides.free, (), unknowns=known)
    left, right = (in_force(side, environment.functions) for side in (sides.left, sides.right))
    named = replace(wide, left=left, right=right)
    made = [Scoped(wide, False, False)]
    used = _functions((sides.left, sides.right))
    return made if named == wide else [*made, Scoped(named, False, False, True, used)]


def _by_target(sides: Sides) -> bool:
    """Whether a derivative is taken by the target: what any cost of the outputs does with it, nothing says."""
    partials = [e for side in (sides.left, sides.right) for e in n.walk(side) if isinstance(e, n.Partial)]
    return any(e.by.variable.symbol == "y" for e in partials)


def _deltas(sides: Sides, environment: Environment) -> tuple[Known, ...]:
    """The deltas' definitions that a line uses."""
    return environment.deltas if any(e.variable.symbol == "delta" for e in _entries(sides)) else ()


def _entries(sides: Sides) -> Iterator[n.Entry]:
    return (e for side in (sides.left, sides.right) for e in n.walk(side) if isinstance(e, n.Entry))


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
    if not base:
        return sides  # the increments of nothing else: this one is any number

    def written(e: n.Expr) -> n.Expr | None:
        if not isinstance(e, n.Entry) or e.variable not in of:
            return None
        u = n.Entry(increments[e.variable], e.slots)
        return n.Add(tuple(_along(u, v, q, chain) for v, q in base.items()))

    left, right = (replaced(e, written) for e in both)
    return replace(sides, left=left, right=right)


def is_named_gradient(sides: Sides, chain: ReadChain) -> bool:
    """Whether the increment alone on the left is none that a total differential gives: `dz = a - y`, or one of what
    the increments on the right are computed from."""
    left = sides.left
    if not isinstance(left, n.Entry) or left.variable not in chain.differentials:
        return False
    right = {part.variable for part in n.walk(sides.right) if isinstance(part, n.Entry)} & set(chain.differentials)
    return chain.differentials[left.variable].symbol != "E" and left.variable not in _highest({left.variable, *right})


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
