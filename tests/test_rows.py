"""Every row of the table: derivative, stable form and stable cost are proved before anything rests on them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from symbackprop.claims import Claim
from symbackprop.functions import ACTIVATIONS, COSTS, Activation
from symbackprop.network import Network
from symbackprop.prove import Outcome, prove
from symbackprop.rows import activation_claims, row_claims, stable_cost_claims, table_claims

PAIRS = (("sigmoid", "binary_cross_entropy"), ("sigmoid", "cross_entropy"), ("softmax", "cross_entropy"))
STABLE_COSTS = [claim for output, cost in PAIRS for claim in stable_cost_claims(Network(output=output, cost=cost))]


@pytest.mark.parametrize("claim", [*table_claims(), *STABLE_COSTS], ids=lambda claim: claim.name)
def test_what_a_row_claims_is_proved_by_both_engines(claim: Claim) -> None:
    assert prove(claim).proved


def test_every_row_makes_its_claims() -> None:
    claimed = {claim.name.split(":")[0] for claim in table_claims()}
    assert claimed >= {*ACTIVATIONS, *COSTS, "softmax"}
    assert len(STABLE_COSTS) == len(PAIRS)


def test_a_network_rests_on_the_rows_that_it_uses() -> None:
    names = {claim.name.split(":")[0] for claim in row_claims(Network([2, 3, 3, 1], ["gelu", "relu"], "sigmoid"))}
    assert names == {"gelu", "relu", "sigmoid", "half_squared_error"}


PLANTED = {
    "a derivative without its second factor": replace(ACTIVATIONS["sigmoid"], derivative=lambda z, a, m: a),
    "a stable form at the wrong argument": replace(ACTIVATIONS["tanh"], stable=lambda z, m: m.tanh(z * 2)),
    "a slope of the other branch": replace(ACTIVATIONS["relu"], derivative=lambda z, a, m: 1 - m.step(z)),
    "a lost sign in the exponent": replace(ACTIVATIONS["softplus"], derivative=lambda z, a, m: 1 / (1 + m.exp(z))),
}


@pytest.mark.parametrize("row", PLANTED.values(), ids=PLANTED)
def test_a_wrong_row_is_refuted(row: Activation) -> None:
    assert Outcome.REFUTED in {prove(claim).outcome for claim in activation_claims(row)}
