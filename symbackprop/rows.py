"""What the table claims of itself: each derivative, each stable form, and each stable cost, as claims to be proved.

The formulas of `functions.py` are read with primitives that build notation, so what is proved, printed and compiled
is one text.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from symbackprop import notation as n
from symbackprop.claims import Claim, Form
from symbackprop.functions import ACTIVATIONS, COSTS, SOFTMAX, Activation, Cost, Range, Value
from symbackprop.network import LAST, Network, Symbols, cost_of, definitions

Z, A, Y = (n.Entry(n.Variable(name)) for name in ("t", "p", "q"))  # any pre-activation, output, target

STABLE_COST = "cost from pre-activations"


class NotationPrimitives:
    """`functions.Primitives` that build formulas."""

    def number(self, value: Fraction) -> n.Expr:
        return n.Number(value)

    def root(self, name: str) -> n.Expr:
        return n.Root(name)

    def exp(self, z: n.Expr) -> n.Expr:
        return n.Apply("exp", z)

    def expm1(self, z: n.Expr) -> n.Expr:
        return n.Apply("exp", z) - 1

    def log(self, z: n.Expr) -> n.Expr:
        return n.Apply("log", z)

    def log1p(self, z: n.Expr) -> n.Expr:
        return n.Apply("log", 1 + z)

    def tanh(self, z: n.Expr) -> n.Expr:
        return n.Apply("tanh", z)

    def arctan(self, z: n.Expr) -> n.Expr:
        return n.Apply("arctan", z)

    def step(self, z: n.Expr) -> n.Expr:
        return n.Apply("step", z)

    def positive(self, z: n.Expr) -> n.Expr:
        return z * self.step(z)

    def negative(self, z: n.Expr) -> n.Expr:
        return z * (1 - self.step(z))

    def absolute(self, z: n.Expr) -> n.Expr:
        return z * (2 * self.step(z) - 1)

    def clip(self, r: n.Expr) -> n.Expr:
        within = n.Apply("inside", r)
        return within * r + (1 - within) * (2 * self.step(r) - 1)


def activation_claims(row: Activation) -> tuple[Claim, ...]:
    """f' = derivative, f = stable form, f' = stable derivative; f is the row's own formula, differentiated directly."""
    m = NotationPrimitives()
    formula, slope = row.formula(Z, m), n.Partial(row.formula(Z, m), Z)
    known = (("t", Range.REAL),)

    def claim(what: str, left: n.Expr, right: n.Expr) -> Claim:
        return Claim(f"{row.name}: {what}", Form.SCALAR, left, right, (), (), unknowns=known)

    return (
        claim("derivative", slope, row.derivative(Z, formula, m)),
        claim("stable form", formula, row.stable(Z, m)),
        claim("stable derivative", slope, row.stable_derivative(Z, formula, m)),
    )


def cost_claims(row: Cost) -> tuple[Claim, ...]:
    """dc/da = derivative, the cost's own formula differentiated directly."""
    m = NotationPrimitives()
    unknowns = (("p", row.domain), ("q", row.target))
    slope = n.Partial(row.formula(A, Y, m), A)
    return (Claim(f"{row.name}: derivative", Form.SCALAR, slope, row.derivative(A, Y, m), (), (), unknowns=unknowns),)


def stable_cost(network: Network, z: Value, y: Value, m: Any) -> Value | None:
    """One output's cost from its pre-activation, where the output itself would lose digits; None where not.

    Source: -log sigmoid(z) = softplus(-z) and softplus(z) = max(z, 0) + log(1 + e^-|z|).
    """
    softplus = ACTIVATIONS["softplus"].stable
    match network.output, network.cost:
        case "sigmoid", "binary_cross_entropy":
            return softplus(z, m) - y * z
        case "sigmoid", "cross_entropy":
            return y * softplus(-z, m)
    return None


def stable_softmax_cost(q: Symbols, k: n.Index) -> n.Expr:
    """A sample's cross-entropy from its pre-activations: log(sum_k e^(z_k)) sum_k y_k - sum_k y_k z_k."""
    z, y = q.z(LAST)[(k, *q.sample)], q.y[(k, *q.sample)]
    return n.Apply("log", n.Sum(k, n.Apply("exp", z))) * n.Sum(k, y) - n.Sum(k, y * z)


def stable_cost_claims(network: Network) -> tuple[Claim, ...]:
    """The stable form of the cost equals its definition; for softmax, the maximum may be taken off."""
    if network.output == SOFTMAX and network.cost == "cross_entropy":
        q = Symbols()
        stable = stable_softmax_cost(q, q.index("k", LAST))
        return (Claim(STABLE_COST, Form.INDEX, cost_of(network, q), stable, (), definitions(network)),)
    share = stable_cost(network, Z, Y, NotationPrimitives())
    if share is None:
        return ()
    m = NotationPrimitives()
    whole = COSTS[network.cost].formula(ACTIVATIONS[network.output].formula(Z, m), Y, m)
    return (Claim(STABLE_COST, Form.SCALAR, whole, share, (), (), unknowns=(("t", Range.REAL), ("q", Range.UNIT))),)


def softmax_claims() -> tuple[Claim, ...]:
    """A constant may be taken off all pre-activations: the compiled code takes off their maximum."""
    network = Network(output=SOFTMAX)
    q, c = Symbols(), n.Entry(n.Variable("c"))
    i, k = q.index("i", LAST), q.index("k", LAST)

    def e(index: n.Index) -> n.Expr:
        return n.Apply("exp", q.z(LAST)[index] - c)

    def log_sum(body: n.Expr) -> n.Expr:
        return n.Apply("log", n.Sum(k, body))

    known, unknowns = definitions(network), (("c", Range.REAL),)
    shifted = log_sum(e(k)) + c
    whole = log_sum(n.Apply("exp", q.z(LAST)[k]))
    return (
        Claim("softmax: stable form", Form.INDEX, q.a(LAST)[i], e(i) / n.Sum(k, e(k)), (i,), known, unknowns=unknowns),
        Claim("log-sum-exp: stable form", Form.INDEX, whole, shifted, (), known, unknowns=unknowns),
    )


def table_claims() -> tuple[Claim, ...]:
    """Every row's claims."""
    made = [claim for row in ACTIVATIONS.values() for claim in activation_claims(row)]
    made += [claim for row in COSTS.values() for claim in cost_claims(row)]
    return (*made, *softmax_claims())


def row_claims(network: Network) -> tuple[Claim, ...]:
    """What the proofs, the LaTeX and the code of this network take from the table."""
    names = dict.fromkeys((*network.hidden, network.output))
    made = [claim for name in names if name in ACTIVATIONS for claim in activation_claims(ACTIVATIONS[name])]
    if network.cost in COSTS:
        made += cost_claims(COSTS[network.cost])
    if network.output == SOFTMAX:
        made += softmax_claims()
    return (*made, *stable_cost_claims(network))
