"""Verdicts: who makes them, what they carry, and what happens when the two engines contradict each other."""

from __future__ import annotations

import copy
import json
import pickle
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from symbackprop import notation as n
from symbackprop.backprop import claims
from symbackprop.claims import Claim, Form
from symbackprop.counterexamples import replay
from symbackprop.errors import EnginesDisagree, NotProved
from symbackprop.functions import Range
from symbackprop.network import Network
from symbackprop.normal_form import NormalForm
from symbackprop.numpy_code import compile_network, proofs
from symbackprop.prove import Outcome, Verdict, prove
from symbackprop.wellformed import malformed, malformed_definition

NETWORKS = (
    Network(),
    Network(hidden="sigmoid", output="softmax", cost="cross_entropy"),
    Network(hidden="gelu", output="tanh", cost="huber", weight_decay="1/3"),
    Network(hidden="elu", output="sigmoid", cost="binary_cross_entropy", total="sum"),
)
T = n.Entry(n.Variable("t"))


def number_claim(left: n.Expr, right: n.Expr, name: str = "number") -> Claim:
    return Claim(name, Form.SCALAR, left, right, (), (), unknowns=(("t", Range.REAL),))


def first() -> Claim:
    return claims(Network())[0]


@pytest.mark.parametrize("network", NETWORKS, ids=str)
def test_the_closed_form_equations_are_proved_in_both_forms(network: Network) -> None:
    for claim in claims(network):
        assert malformed(claim) is None
        verdict = prove(claim)
        assert verdict.proved and verdict.instances >= 8, f"{claim.name}: {verdict.tried}"


@pytest.mark.parametrize("network", NETWORKS, ids=str)
def test_the_definitions_of_a_network_are_well_formed(network: Network) -> None:
    for claim in claims(network):
        assert [malformed_definition(d) for d in claim.definitions] == [None] * len(claim.definitions)


# the seal


def test_nobody_else_makes_a_verdict() -> None:
    with pytest.raises(TypeError):
        Verdict(object(), first(), Outcome.PROVED)
    with pytest.raises(TypeError):
        Verdict(None, first(), Outcome.REFUTED)
    with pytest.raises(TypeError):
        type("Mine", (Verdict,), {"proved": True})


def test_a_verdict_does_not_change() -> None:
    wrong = replace(first(), right=n.number(0))
    verdict = prove(wrong)
    assert verdict.outcome is Outcome.REFUTED
    for name in ("outcome", "claim", "instances", "proved"):
        with pytest.raises(AttributeError):
            setattr(verdict, name, Outcome.PROVED)
        with pytest.raises(AttributeError):
            delattr(verdict, name)
    for remake in (copy.copy, lambda v: pickle.loads(pickle.dumps(v))):
        with pytest.raises((AttributeError, TypeError)):
            remake(verdict)


def test_the_seal_holds_without_asserts() -> None:
    script = """
from symbackprop.backprop import claims
from symbackprop.network import Network
from symbackprop.prove import Outcome, Verdict, prove
from dataclasses import replace
from symbackprop.notation import number
claim = claims(Network())[0]
try:
    Verdict(object(), claim, Outcome.PROVED)
except TypeError:
    print("sealed", prove(claim).outcome.value, prove(replace(claim, right=number(0))).outcome.value)
"""
    ran = subprocess.run([sys.executable, "-O", "-c", script], capture_output=True, text=True, check=True)
    assert ran.stdout.split() == ["sealed", "proved", "refuted"]


# a bug in one engine


def test_a_normal_form_that_calls_everything_zero_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(NormalForm, "is_zero", lambda self, e: True)
    for claim in claims(Network())[:6]:
        assert prove(claim).proved
        if isinstance(claim.right, n.Expr):
            for wrong in (-claim.right, claim.right + 1, claim.right * 2, n.number(0)):
                with pytest.raises(EnginesDisagree):
                    prove(replace(claim, right=wrong))
    with pytest.raises(EnginesDisagree) as caught:
        prove(replace(first(), right=n.number(0)))
    assert json.loads(json.dumps(caught.value.reproduction))["counterexample"]["left"]


@pytest.mark.parametrize("name", "abcdefgh")
def test_a_planted_symbolic_bug_about_kinks_is_found_out(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Residues cannot follow |2t| < 1; the real points must."""
    monkeypatch.setattr(NormalForm, "is_zero", lambda self, e: True)
    with pytest.raises(EnginesDisagree):
        prove(number_claim(n.Apply("inside", T * 2), n.Apply("inside", T), name))


def test_a_bug_in_the_exact_engine_proves_nothing_either(monkeypatch: pytest.MonkeyPatch) -> None:
    from symbackprop import instances

    monkeypatch.setattr(instances.Comparison, "holds", property(lambda self: True))
    verdict = prove(replace(first(), right=n.number(0)))
    assert verdict.outcome is Outcome.UNDECIDED and "normal forms" in verdict.tried


# what a verdict carries


def test_a_counterexample_replays_to_the_same_two_numbers_and_more_digits_do_not_help() -> None:
    for network in (Network(), Network(hidden="sigmoid", output="tanh", cost="huber")):
        for claim in claims(network):
            if not isinstance(claim.right, n.Expr):
                continue
            wrong = replace(claim, right=claim.right + 1)
            found = prove(wrong).counterexample
            assert found is not None
            left, right = replay(wrong, found, 100)
            assert str(left)[:45] == found.left[:45] and str(right)[:45] == found.right[:45]
            assert abs(right - left - 1) < 1e-40


def test_a_counterexample_says_everything_that_is_needed_to_compute_it() -> None:
    wrong = replace(first(), right=n.Neg(first().right))  # type: ignore[arg-type]
    found = prove(wrong).counterexample
    assert found is not None
    told = json.loads(json.dumps(found.to_json()))
    assert told["sizes"] == [1, 1] and told["indices"] == {"i": 1}
    assert {"w^(1)_11", "b^(1)_1", "a^(0)_1"} <= set(told["values"])
    assert "f" in told["functions"]


def test_the_same_claim_gets_the_same_verdict_again() -> None:
    wrong = replace(first(), right=n.number(1))
    one, other = prove(wrong), prove(wrong)
    assert one.counterexample == other.counterexample


def test_undecided_says_what_was_tried() -> None:
    second = n.Partial(n.Partial(n.Entry(n.Variable("E")), T), T)
    verdict = prove(number_claim(second, n.number(0)))
    assert verdict.outcome is Outcome.UNDECIDED and verdict.tried


def test_true_but_unknown_to_the_normal_form_is_undecided_and_says_how_often_it_held() -> None:
    many = n.number(1)
    for _ in range(30):
        many = many * (T + 1)  # type: ignore[assignment]
    verdict = prove(number_claim((T + 1) ** 30, many))
    assert verdict.outcome is not Outcome.REFUTED
    assert verdict.proved or "held at 8 exact instances" in verdict.tried


def test_only_one_file_makes_verdicts() -> None:
    package = Path(__file__).parent.parent / "symbackprop"
    assert {path.name for path in package.rglob("*.py") if "_SEAL" in path.read_text()} == {"prove.py"}


# what is compiled was proved


def test_nothing_is_compiled_without_its_own_proofs() -> None:
    network = Network([2, 3, 1], hidden="tanh")
    other = Network([2, 3, 1], hidden="tanh", weight_decay="1/10")
    own = proofs(network)
    assert compile_network(network, own).verdicts == own
    for verdicts in ((), own[1:], own[:-1], proofs(other)):
        with pytest.raises(NotProved):
            compile_network(network, verdicts)
