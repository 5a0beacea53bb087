"""Updates: a parameter set to a new value must step down the cost that the line names."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from symbackprop import notation as n
from symbackprop.documents import syntax as s
from symbackprop.documents.chains import ReadChain, Sides, read_chain, sides
from symbackprop.documents.claiming import Scoped, scoped_claims
from symbackprop.documents.deciding import Decided, decide
from symbackprop.documents.environment import Environment, variable
from symbackprop.documents.formula import Statement
from symbackprop.documents.problems import Code, Problem
from symbackprop.documents.results import Kind, LinkResult
from symbackprop.network import SAMPLES


def judge_update(
    members: list[s.Expression], relation: s.Relation, statement: Statement, environment: Environment
) -> LinkResult:
    """PROVED to be `w - c ∂E/∂w` with a positive factor c, or refuted."""
    chain = read_chain(members, statement.conditions, environment)
    problem = next((m.unreadable for m in chain.members if m.unreadable is not None), chain.condition_problem)
    left, right = (m.value for m in chain.members)
    if problem is not None or left is None or right is None:
        return LinkResult(Kind.UNREADABLE, relation.span, problem=problem)
    made = sides(left, right, chain)
    if chain.differentials:
        text = "the increment within this update: expected, if it names a gradient, a line"
        text += " `gradient: dv = \\frac{\\partial E}{\\partial v}` in the conventions, E being the cost"
        problem = Problem(Code.UNKNOWN_SYMBOL, members[1].span, text)
        return LinkResult(Kind.UNREADABLE, relation.span, problem=problem)
    if not isinstance(made.left, n.Entry):
        problem = Problem(Code.NO_READING, members[0].span, "what is updated: expected a parameter")
        return LinkResult(Kind.UNREADABLE, relation.span, problem=problem)
    tried: list[Decided] = []
    for step in _candidates(made, chain, environment):
        tried.append(_decided(made, chain, environment, step, relation))
        if tried[-1].verdict.proved:
            break
    best = next((d for d in tried if d.verdict.proved), tried[0])
    if not best.verdict.proved:
        text = "this is no descent: expected the parameter minus a positive factor times the cost's derivative by it"
        problem = Problem(Code.NO_DESCENT, members[1].span, text)
        misfits = [found for member in chain.members for found in member.problems]
        if best.verdict.form_error and misfits:
            problem = misfits[0]
    return LinkResult(Kind.UPDATE, relation.span, best.verdict, problem, readings=made.readings)


def _candidates(made: Sides, chain: ReadChain, environment: Environment) -> list[n.Expr]:
    """The steps that descend: the learning rate times the derivative of the total cost, the sum, or one sample's."""
    names = dict.fromkeys(e.name for e in n.walk(made.right) if isinstance(e, n.Scalar))
    rates: list[tuple[n.Expr, ...]] = [(n.Scalar(name),) for name in names] or [()]
    rates += [tuple(n.Scalar(name) for name in names), *_coefficients(made.right)]
    if not isinstance(made.left, n.Entry):
        return []
    if not chain.batch:
        return [n.Mul((*rate, n.Partial(n.Entry(variable("E", None)), made.left))) for rate in dict.fromkeys(rates)]
    s_ = chain.fresh.index(SAMPLES)
    one = n.Partial(n.Entry(variable("E", None, True), (s_,)), made.left)
    total = n.Partial(n.Entry(n.Variable("E_total")), made.left)
    share = n.Power(n.Size(SAMPLES), -1)
    steps = (total, n.Sum(s_, one), n.Mul((share, n.Sum(s_, one))))
    return [n.Mul((*rate, step)) for rate in dict.fromkeys(rates) for step in steps]


def _coefficients(e: n.Expr) -> list[tuple[n.Expr, ...]]:
    """The positive factors that stand before a term which is taken off."""
    found: list[tuple[n.Expr, ...]] = []
    for term in e.terms if isinstance(e, n.Add) else ():
        inner = term.term if isinstance(term, n.Neg) else None
        if isinstance(inner, n.Mul):
            found.append(tuple(factor for factor in _flat(inner) if _positive(factor)))
    return found


def _flat(e: n.Expr) -> list[n.Expr]:
    return [inner for factor in e.factors for inner in _flat(factor)] if isinstance(e, n.Mul) else [e]


def _positive(e: n.Expr) -> bool:
    """A rate, a number of samples, a positive number, or what is one over them."""
    if isinstance(e, n.Power):
        return _positive(e.base)
    return isinstance(e, n.Scalar | n.Size) or (isinstance(e, n.Number) and e.value > 0)


def _decided(
    made: Sides, chain: ReadChain, environment: Environment, step: n.Expr, relation: s.Relation
) -> Decided:
    return decide(_claims(made, chain, environment, step, f"line {relation.span.line}"))


def _claims(made: Sides, chain: ReadChain, environment: Environment, step: n.Expr, name: str) -> list[Scoped]:
    claim = replace(made, left=made.right, right=n.Add((made.left, n.Neg(step))))
    return scoped_claims(name, claim, chain, environment)


def descents(members: list[s.Expression], conditions: tuple[Any, ...], environment: Environment) -> list[list[Scoped]]:
    """The claims of which one must be PROVED for an update to descend; none where its sides do not fit."""
    chain = read_chain(members, conditions, environment)
    left, right = (member.value for member in chain.members)
    if left is None or right is None or any(member.problems for member in chain.members):
        return []
    made = sides(left, right, chain)
    if made.dangling or not isinstance(made.left, n.Entry):
        return []
    steps = _candidates(made, chain, environment)
    return [_claims(made, chain, environment, step, "correction") for step in steps]
