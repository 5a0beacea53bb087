"""`verify`: theorem, written-out network and certificate in one result, and what it says when one of them fails."""

from __future__ import annotations

import json

import numpy as np
import pytest

import symbackprop as sb
from symbackprop import backprop, certificate, cli, explicit, given, numpy_code, prove
from symbackprop.array_code import Negated
from symbackprop.functions import ACTIVATIONS
from symbackprop.network import Network
from symbackprop.verification import Summary, verify

KEYS = {"verdict", "network", "parameters", "claims", "written_out", "certificate", "notes", "seconds"}


@pytest.fixture(scope="module")
def small():
    return verify(Network([2, 3, 2], hidden="sigmoid", output="sigmoid"))


@pytest.fixture(scope="module")
def symbolic():
    return verify(Network())


@pytest.fixture(scope="module")
def large():
    return verify(Network([784, 128, 64, 10], hidden="relu", output="softmax", cost="cross_entropy"))


def test_a_small_network_is_proved_written_out_and_certified(small):
    assert small.proved and small.summary is Summary.PROVED
    assert small.written_out.parameters == small.certificate.parameters == 17
    assert small.certificate.error_probability <= 1e-18
    assert small.notes == ()


def test_a_symbolic_network_is_proved_and_there_is_nothing_to_certify(symbolic):
    assert symbolic.proved
    assert symbolic.written_out is None and symbolic.certificate is None


def test_109_386_gradients_are_certified_and_a_note_says_what_was_not_done(large):
    assert large.proved and large.certificate.parameters == 109386
    assert large.written_out is None
    assert large.notes == (
        "not written out in scalars: more than 300 parameters or 12 layers;"
        " theorem and certificate cover every parameter",
    )


def test_the_json_object_has_what_others_build_on(small):
    made = json.loads(json.dumps(small.to_json()))
    assert set(made) == KEYS and made["verdict"] == "proved" and made["parameters"] == 17
    assert made["network"] == {
        "sizes": [2, 3, 2],
        "hidden": "sigmoid",
        "output": "sigmoid",
        "cost": "half_squared_error",
        "total": "mean",
        "weight_decay": 0.0,
    }
    assert made["certificate"]["parameters"] == 17 and made["certificate"]["error_probability"] <= 1e-18
    for claim in made["claims"]:
        assert set(claim) == {"name", "latex", "form", "verdict", "scope"}
        assert claim["verdict"] == "proved" and claim["form"] in ("index", "matrix", "scalar")
        assert all(claim.values())
    assert 0 < made["seconds"] < 60


def test_the_json_object_of_a_symbolic_network_leaves_open_what_is_open(symbolic):
    made = symbolic.to_json()
    assert made["network"]["sizes"] is made["parameters"] is made["certificate"] is None
    scopes = {claim["name"]: claim["scope"] for claim in made["claims"]}
    assert scopes["hidden delta"] == (
        "all widths, all depths L ≥ 2, 1 ≤ l ≤ L - 1, any differentiable sigma, any differentiable cost of the outputs"
    )


def test_the_scope_names_assumptions_and_kinks(large):
    scopes = {claim["name"]: claim["scope"] for claim in large.to_json()["claims"]}
    assert "sum" in scopes["output delta"] and "assuming" in scopes["output delta"]
    assert "relu'(0) = 0 by convention" in scopes["relu: derivative"]


def test_a_result_prints_itself_in_a_terminal_and_in_a_notebook(small):
    assert str(small).splitlines()[-1].startswith("PROVED: ")
    assert "17 gradients by SymPy's diff" in str(small) and "all 17 gradients exact" in str(small)
    page = small._repr_html_()
    assert page.count("<tr>") == 1 + len(small.verdicts) and r"\delta" in page


def test_progress_is_reported_before_every_claim_and_part():
    seen: list[str] = []
    result = verify(Network([1, 1], output="tanh"), lambda done, total, name: seen.append(name))
    assert [v.claim.name for v in result.verdicts] == seen[:-2]
    assert seen[-2:] == ["writing out every gradient", "certifying the compiled code"]


@pytest.mark.parametrize("hidden", ["any", "relu"])
def test_open_functions_are_proved_without_a_certificate(hidden):
    result = verify(Network([2, 2, 2], hidden=hidden, output="any", cost="any"))
    assert result.proved and result.certificate is None
    assert result.notes == ("no certificate: a function named 'any' cannot be compiled",)


# what it says when something is wrong


@pytest.fixture
def wrong_hidden(monkeypatch):
    right = backprop.hidden

    def lost_prime(network, q):
        sides = right(network, q)
        return type(sides)(sides.left, sides.right.factors[0], sides.matrix_left, sides.matrix_right.left, sides.free)

    monkeypatch.setattr(backprop, "hidden", lost_prime)


def test_a_wrong_closed_form_is_refuted_with_a_counterexample_and_nothing_is_compiled(wrong_hidden, capsys):
    assert cli.main(["verify", "2-3-2"]) == 1
    out = capsys.readouterr().out
    assert "hidden delta (index): at sizes 1-1-1, i = 1 the left side is " in out
    assert "not shown equal: b_1^(1), w_1,1^(1)" in out
    assert "note: no certificate: only proven formulas are compiled" in out
    assert out.splitlines()[-1].startswith("REFUTED: ")


def test_a_wrong_closed_form_is_refuted_in_json_too(wrong_hidden, capsys):
    assert cli.main(["verify", "--format", "json"]) == 1
    made = json.loads(capsys.readouterr().out)
    assert made["verdict"] == "refuted"
    refuted = [claim for claim in made["claims"] if claim["verdict"] == "refuted"]
    assert {claim["name"] for claim in refuted} == {"hidden delta", "hidden delta, batch"}
    assert refuted[0]["counterexample"]["left"] != refuted[0]["counterexample"]["right"]


def test_what_does_not_fit_by_form_is_said(monkeypatch, capsys):
    right = backprop.bias

    def other_index(network, q):
        sides = right(network, q)
        index = sides.free[0]
        moved = index.__class__(index.name, index.axis.__class__(index.axis.layer - 1))
        return type(sides)(sides.left, q.delta(backprop.HERE)[moved], *[getattr(sides, f) for f in FIELDS], sides.free)

    monkeypatch.setattr(backprop, "bias", other_index)
    assert cli.main(["verify", "--format", "json"]) == 1
    claims = {(c["name"], c["form"]): c for c in json.loads(capsys.readouterr().out)["claims"]}
    assert "layer" in claims["bias gradient", "index"]["form_error"]


FIELDS = ("matrix_left", "matrix_right")


def test_wrong_compiled_code_is_refuted_even_where_every_formula_is_proved(monkeypatch):
    right = numpy_code.backward

    def spoilt(network):
        return [(name, Negated(node) if str(name) == "gb2" else node) for name, node in right(network)]

    monkeypatch.setattr(numpy_code, "backward", spoilt)
    result = verify(Network([2, 3, 2]))
    assert result.summary is Summary.REFUTED and result.certificate.first_wrong == "b2[0]"
    assert {v.outcome.value for v in result.verdicts} == {"proved"}
    assert result.to_json()["certificate"]["first_wrong"] == "b2[0]"


def test_a_certificate_that_cannot_tell_leaves_the_whole_undecided(monkeypatch, capsys):
    unsure = certificate.Certificate(17, 1.0, (1, 3), undecided="exact numbers do not follow")
    monkeypatch.setattr(given, "certify_compiled", lambda compiled: unsure)
    assert cli.main(["verify", "2-3-2"]) == 0
    assert cli.main(["verify", "2-3-2", "--strict"]) == 4
    assert "certificate: undecided: exact numbers do not follow" in capsys.readouterr().out


def test_gradients_not_shown_equal_leave_the_whole_undecided(monkeypatch):
    """Two normal forms that differ are no counterexample: nothing is called refuted without numbers."""
    monkeypatch.setattr(given, "compare", lambda network: explicit.WrittenOut(17, ("w_1,1^(1)",)))
    assert verify(Network([2, 3, 2])).summary is Summary.UNDECIDED


def test_a_claim_that_stays_undecided_leaves_the_whole_undecided(monkeypatch, capsys):
    monkeypatch.setattr(prove, "_symbolic", lambda claim: (False, "the symbolic engine was switched off"))
    assert cli.main(["verify", "--strict"]) == 4
    out = capsys.readouterr().out
    assert "UNDECIDED" in out and "the symbolic engine was switched off; held at" in out


def test_named_networks_are_proved_with_every_hidden_function(compiled):
    """The compiled code of each, on data: the gradient is zero where the targets are met."""
    for name in ACTIVATIONS:
        made = compiled(Network([2, 2, 1], hidden=name))
        rng = np.random.default_rng(0)
        parameters = [rng.standard_normal(shape) for shape in made.shapes]
        x = rng.standard_normal((5, 2))
        cost, gradient = made.cost_and_gradient(parameters, x, made.predict(parameters, x))
        assert cost == 0 and not np.any(made.flatten(gradient))


def test_the_package_offers_verify():
    assert sb.verify is verify
