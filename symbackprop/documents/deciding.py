"""One link to one verdict: form first, then from the widest scope that can hold to the stated one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import combinations

from symbackprop.claims import Assumption, Claim
from symbackprop.documents.claiming import Scoped
from symbackprop.documents.screening import may_hold
from symbackprop.notation import Entry, Kronecker, Mul, walk
from symbackprop.prove import Outcome, Verdict, prove
from symbackprop.wellformed import malformed


@dataclass(frozen=True)
class Decided:
    """The verdict, and the scope in which it was reached."""

    verdict: Verdict
    scoped: Scoped
    needs: str = ""  # an assumption that is not stated, under which the claim would be proved
    where: str = ""  # two free indices that the claim would be proved for if they were one


def decide(scoped: list[Scoped]) -> Decided:
    """PROVED in the widest scope that holds; anything else is the verdict of the last, with all that is stated."""
    made = _decided(scoped)
    if not made.scoped.claim.network:
        return _narrowed(made)
    if made.verdict.outcome is Outcome.REFUTED and not made.verdict.form_error and not made.scoped.claim.assumes:
        for assumption in Assumption:
            assumed = replace(made.scoped.claim, assumes=(assumption,))
            if _names_target(assumed) and may_hold(assumed) and prove(assumed).proved:
                return replace(made, needs=assumption.value)
    return made


def _narrowed(made: Decided) -> Decided:
    """A refuted claim without a network: does it hold if some entries sum to 1, or where two indices are one?"""
    claim = made.scoped.claim
    if made.verdict.outcome is not Outcome.REFUTED or made.verdict.form_error:
        return made
    for v in claim.directions:
        assumed = replace(claim, summing=(*claim.summing, v.symbol))
        if len(v.axes) == 1 and v.symbol not in claim.summing and may_hold(assumed) and prove(assumed).proved:
            return replace(made, needs=f"\\sum_i {v.symbol}_i = 1")
    for one, other in combinations(claim.free, 2):
        if one.axis == other.axis:
            left, right = (Mul((Kronecker(one, other), side)) for side in claim.sides)
            met = replace(claim, left=left, right=right)
            if may_hold(met) and prove(met).proved:
                return replace(made, where=f"{one.name} = {other.name}")
    return made


def _names_target(claim: Claim) -> bool:
    bodies = (*claim.sides, *(d.body for d in claim.definitions))
    return any(isinstance(e, Entry) and e.variable.symbol == "y" for body in bodies for e in walk(body))


def _decided(scoped: list[Scoped]) -> Decided:
    last = scoped[-1]
    if malformed(last.claim) is None:
        for wider in scoped[:-1]:
            if malformed(wider.claim) is None and may_hold(wider.claim):
                verdict = prove(wider.claim)
                if verdict.proved:
                    return Decided(verdict, wider)
    return Decided(prove(last.claim), last)
