"""A delta defined at the last layer and by recursion below it: what it is in every layer, by induction.

Base: the formula at layer L is c ∂E/∂z^(L). Step: the recursion, with c ∂E/∂z^(l+1) for the delta above, is
c ∂E/∂z^(l). Both are proved as claims of their own; together they give delta^(l) = c ∂E/∂z^(l) for 1 ≤ l ≤ L.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

from symbackprop import notation as n
from symbackprop.documents.chains import ReadChain, Sides
from symbackprop.documents.claiming import scoped_claims
from symbackprop.documents.deciding import Decided, decide
from symbackprop.documents.environment import HERE, Environment, Known, variable
from symbackprop.documents.limits import Limits
from symbackprop.documents.screening import may_hold
from symbackprop.documents.tensors import Fresh
from symbackprop.instantiate import relayer
from symbackprop.network import LAST, Definition
from symbackprop.notation import Layer
from symbackprop.prove import Outcome
from symbackprop.wellformed import malformed

# ∂E/∂z itself, its negative, and what a cost without or with its 1/2 makes of it
MULTIPLES = (Fraction(1), Fraction(-1), Fraction(1, 2), Fraction(-1, 2), Fraction(2), Fraction(-2))


@dataclass(frozen=True)
class Settled:
    """What is known after the induction, and the sentence that says so; or the line whose formula is not ∂E/∂z."""

    environment: Environment
    reading: str = ""
    broken: Known | None = None


def is_step(known: Known) -> bool:
    """Whether a delta is defined by that of the layer above."""
    d = known.definition
    return d.first == Layer("", 1) and any(
        e.variable.symbol == "delta" and e.variable.layer == HERE + 1 for e in n.walk(d.body) if isinstance(e, n.Entry)
    )


def settled(environment: Environment) -> Settled | None:
    """The deltas of all layers from the base and the step that the document gives; None where it gives no such pair."""
    base = next((k for k in environment.deltas if k.definition.first == LAST), None)
    step = next((k for k in environment.deltas if is_step(k)), None)
    if base is None or step is None or environment.fixed_depth is not None:
        return None
    for multiple in MULTIPLES:
        proofs = [_proof(known, multiple, environment) for known in (base, step)]
        found = [proof for proof in proofs if proof is not None and proof.verdict.proved and not proof.needs]
        if len(found) == 2 and _covers_all(found[1]):
            return _with_induction(environment, base, step, multiple, found)
    proofs = [_proof(known, Fraction(1), environment, screened=False) for known in (base, step)]
    for known, proof in zip((base, step), proofs, strict=True):
        if proof is not None and proof.verdict.outcome is Outcome.REFUTED and not proof.needs:
            return Settled(environment, broken=known)
    return None


def _with_induction(
    environment: Environment, base: Known, step: Known, multiple: Fraction, proofs: list[Decided]
) -> Settled:
    slots = step.definition.slots
    made = Known(
        Definition("delta", Layer("", 1), LAST, "l", slots, _slope(HERE, slots, multiple)),
        step.line,
        also=(base.line,),
        needs_cost=any(proof.scoped.cost for proof in proofs),
        needs_names=any(proof.scoped.named for proof in proofs),
        assumes=tuple(dict.fromkeys(a for proof in proofs for a in proof.scoped.claim.assumes)),
    )
    first, second = sorted((base.line, step.line))
    times = "" if multiple == 1 else f"{multiple} times "
    text = f"by induction from lines {first} and {second}, delta is {times}∂E/∂z in every layer"
    return Settled(replace(environment, deltas=(made,)), text)


def _covers_all(step: Decided) -> bool:
    """Whether the step was proved for every layer from the first to the last but one."""
    layers = step.verdict.claim.layers
    return layers is not None and layers.first <= 1 and layers.below_last <= 1 and not step.scoped.fixed


def _proof(known: Known, multiple: Fraction, environment: Environment, screened: bool = True) -> Decided | None:
    """The verdict on `body = multiple ∂E/∂z`, where the deltas within the body are multiples of ∂E/∂z themselves."""
    d = known.definition
    layer = LAST if d.first == LAST else HERE
    under = replace(environment, deltas=(_meant(multiple),))
    made = Sides(_slope(layer, d.slots, multiple), d.body, d.slots, (), (), False)
    scoped = scoped_claims(f"line {known.line}, induction", made, _no_chain(), under)
    if malformed(scoped[-1].claim) is not None or (screened and not may_hold(scoped[-1].claim)):
        return None
    return decide(scoped)


def agrees(new: Known, old: Known, environment: Environment) -> bool:
    """Whether a definition for all layers says of one layer what is already defined there."""
    d, layer = new.definition, old.definition.first
    if layer is None:
        return False
    body = relayer(d.body, {"l": layer})
    slots = tuple(n.Index(slot.name, n.Neurons(layer)) for slot in d.slots)
    made = Sides(n.Entry(variable("delta", layer), slots), body, slots, (), (), False)
    scoped = scoped_claims(f"line {new.line}, as line {old.line}", made, _no_chain(), environment)
    return malformed(scoped[-1].claim) is None and may_hold(scoped[-1].claim) and decide(scoped).verdict.proved


def meant(environment: Environment) -> Environment:
    """The same, with delta as ∂E/∂z in every layer."""
    return replace(environment, deltas=(_meant(Fraction(1)),))


def _meant(multiple: Fraction) -> Known:
    i = n.Index("i", n.Neurons(HERE))
    return Known(Definition("delta", Layer("", 1), LAST, "l", (i,), _slope(HERE, (i,), multiple)), 0)


def _slope(layer: Layer, slots: tuple[n.Index, ...], multiple: Fraction) -> n.Expr:
    made = n.Partial(n.Entry(variable("E", None)), n.Entry(variable("z", layer), slots))
    return made if multiple == 1 else n.Mul((n.Number(multiple), made))


def _no_chain() -> ReadChain:
    """A chain of no page: no conditions, no members."""
    return ReadChain((), {}, Limits(), False, (), {}, Fresh(), None)
