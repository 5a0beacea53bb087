"""Updates in a document that defines everything itself: `w(t+1) = w(t) - \\eta ∂E/∂w` must step down its cost."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from typing import Final

from symbackprop import notation as n
from symbackprop.documents import syntax as s
from symbackprop.documents.chains import sides
from symbackprop.documents.claiming import Scoped
from symbackprop.documents.deciding import decide
from symbackprop.documents.entities import MARK, Own
from symbackprop.documents.environment import Environment
from symbackprop.documents.formula import Statement
from symbackprop.documents.kinds import RelationKind, ScriptMark, Sign
from symbackprop.documents.names import name_key
from symbackprop.documents.page_claims import page_claim
from symbackprop.documents.page_reading import read_page_chain
from symbackprop.documents.problems import Code, Problem
from symbackprop.documents.results import Kind, LinkResult
from symbackprop.documents.trees import replaced
from symbackprop.prove import Verdict

MOST_FACTORS: Final = 4
SHARES: Final = ("1", "2", "1/2")  # a factor 2 of a square is often taken into the rate
_SETS: Final = frozenset({RelationKind.EQUAL, RelationKind.DEFINED, RelationKind.BECOMES})


def is_page_update(members: list[s.Expression], relations: list[s.Relation]) -> bool:
    """A quantity set to itself, at a time before, and something more."""
    if len(members) != 2 or relations[0].kind not in _SETS:
        return False
    if relations[0].kind is RelationKind.BECOMES:
        return True
    name = _bare(members[0])
    terms = members[1].terms if isinstance(members[1], s.Addition) else ()
    own = [term for term in terms if term.sign in (None, Sign.PLUS) and _bare(term.body) == name]
    return name is not None and bool(own)


def _bare(node: s.Node) -> str | None:
    """The name of a quantity without the marks of time."""
    if isinstance(node, s.NameGroup):
        return _bare(node.head)
    return name_key(node.base if isinstance(node, s.Scripted) else node)


def timeless(node: s.Node, name: str) -> s.Node:
    """The tree with every `w^{(t)}`, `w(t)` as w; indices below and transposes stay."""

    def bare(part: s.Node) -> s.Node | None:
        if isinstance(part, s.NameGroup) and _bare(part.head) == name:
            return timeless(part.head, name)
        if isinstance(part, s.Scripted) and name_key(part.base) == name:
            kept = tuple(x for x in part.scripts if x.mark is ScriptMark.SUBSCRIPT or x.is_transpose)
            return replace(part, scripts=kept) if kept or part.primes else part.base
        return None

    return replaced(node, bare)


def judge_page_update(
    members: list[s.Expression], relation: s.Relation, statement: Statement, environment: Environment
) -> LinkResult:
    """PROVED to be `w - c ∂E/∂w` with a positive factor c, or refuted."""
    name = _bare(members[0]) or ""
    plain: list[s.Expression] = [timeless(member, name) for member in members]  # type: ignore[misc]
    chain = read_page_chain(plain, statement.conditions, environment, introduces=True)
    problem = next((m.unreadable for m in chain.members if m.unreadable is not None), chain.condition_problem)
    left, right = (m.value for m in chain.members)
    if problem is not None or left is None or right is None:
        return LinkResult(Kind.UNREADABLE, relation.span, problem=problem)
    made = sides(left, right, chain)
    reading = f"{members[0].span.text} is read as the next value of {name}"
    steps = _steps(made.left, made.right)
    written_out = not steps
    steps = steps or _written_out(made.left, made.right, chain.own)
    if not steps:
        text = "what this steps down: expected the parameter minus a positive factor times a cost's derivative by it"
        return LinkResult(Kind.UNREADABLE, relation.span, problem=Problem(Code.NO_READING, members[1].span, text))

    def verdict(step: n.Expr) -> Verdict:
        name_ = f"line {relation.span.line}"
        claim = page_claim(name_, made.right, n.Add((made.left, step)), made.free, made.matrix, chain, environment)
        return decide([Scoped(claim, True, False)]).verdict

    readings = (*made.readings, reading)
    decided = []
    for step in steps:
        decided.append(verdict(n.Neg(step)))
        if decided[-1].proved:
            return LinkResult(Kind.UPDATE, relation.span, decided[-1], readings=readings)
    if written_out and not any(verdict(step).proved for step in steps):
        text = "not shown to step down the cost: expected the parameter minus a rate times the cost's derivative by it"
        problem = Problem(Code.NOT_DECIDED, members[1].span, text)
        return LinkResult(Kind.CLAIM, relation.span, problem=problem, readings=readings)
    text = "this is no descent: expected the parameter minus a positive factor times the cost's derivative by it"
    problem = Problem(Code.NO_DESCENT, members[1].span, text)
    return LinkResult(Kind.UPDATE, relation.span, decided[0], problem, readings=readings)


def _steps(left: n.Expr, right: n.Expr) -> list[n.Expr]:
    """Positive factors times the derivative of each cost that the line derives by what it updates."""
    if not isinstance(left, n.Entry):
        return []
    slopes = [e for e in n.walk(right) if isinstance(e, n.Partial) and e.by.variable == left.variable]
    named = [e.of for e in slopes if isinstance(e.of, n.Entry) and all(map(_names_sample, e.of.slots))]
    costs = dict.fromkeys(named)
    rates = [tuple(factor for factor in _flat(term) if _positive(factor)) for term in _terms(right)]
    return [n.Mul((*rate, n.Partial(cost, left))) for rate in dict.fromkeys(rates) for cost in costs]


def _written_out(left: n.Expr, right: n.Expr, own: Own | None) -> list[n.Expr]:
    """The steps that a line may mean which names no cost: some of its positive factors, and what a square leaves."""
    cost = _cost_of(left, own)
    if cost is None or not isinstance(left, n.Entry):
        return []
    rates: dict[tuple[n.Expr, ...], None] = {}
    for term in _terms(right):
        found = [factor for factor in _flat(term) if _positive(factor)][:MOST_FACTORS]
        for count in range(len(found), -1, -1):
            rates |= dict.fromkeys(combinations(found, count))
    slope = n.Partial(cost, left)
    return [n.Mul((n.number(share), *rate, slope)) for share in SHARES for rate in rates if rate]


def _cost_of(left: n.Expr, own: Own | None) -> n.Entry | None:
    """The number of the page that is computed from the parameter and that nothing else is computed from."""
    if own is None or not isinstance(left, n.Entry):
        return None
    numbers = [e for e in own.entities.values() if e.definition is not None and not e.axes and not e.implied]
    met = [e for e in numbers if own.depends(e.key, left.variable.symbol)]
    last = [e for e in met if not any(own.depends(other, e.key) for other in own.entities)]
    return n.Entry(last[0].variable) if len(last) == 1 else None


def _names_sample(slot: n.Slot) -> bool:
    return isinstance(slot, n.Index) and slot.name.startswith(MARK)


def _terms(e: n.Expr) -> list[n.Expr]:
    if isinstance(e, n.Add):
        return [inner for term in e.terms for inner in _terms(term)]
    return [e.term] if isinstance(e, n.Neg) else [e]


def _flat(e: n.Expr) -> list[n.Expr]:
    return [inner for factor in e.factors for inner in _flat(factor)] if isinstance(e, n.Mul) else [e]


def _positive(e: n.Expr) -> bool:
    """A rate, a number of samples, a positive number, or what is one over them."""
    if isinstance(e, n.Power):
        return _positive(e.base)
    if isinstance(e, n.Entry):
        return not e.slots
    return isinstance(e, n.Size) or (isinstance(e, n.Number) and e.value > 0)

