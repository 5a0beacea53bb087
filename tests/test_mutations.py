"""The proof can fail: every slip of the pen in a closed-form equation is refuted, unless it changes nothing.

Mutants that are equal after all are recognised by their reason (`undone`), and each reason is checked here by numbers
that the package does not compute.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable
from dataclasses import fields, replace
from typing import Any

import mpmath
import numpy as np
import pytest
from mutants import Mutant, mutants

from symbackprop import matrices as mx, notation as n, prove as proofs
from symbackprop.backprop import claims
from symbackprop.claims import Claim
from symbackprop.counterexamples import replay
from symbackprop.network import Network
from symbackprop.prove import Outcome, prove

NETWORKS = {
    "opaque": Network(),
    "softmax with cross-entropy": Network(hidden="sigmoid", output="softmax", cost="cross_entropy"),
    "tanh, linear output": Network(hidden="tanh", output="identity", cost="half_squared_error"),
    "sigmoid with binary cross-entropy": Network(hidden="sigmoid", output="sigmoid", cost="binary_cross_entropy"),
    "relu, weight decay, sum": Network(
        hidden="relu", output="identity", cost="half_squared_error", weight_decay="1/2", total="sum"
    ),
    "softmax with any cost": Network(output="softmax"),
}
EVEN_SLOPES = ("sigmoid", "tanh")  # their slope at -z is their slope at z


def undone(node: Any) -> Any:
    """The formula with those slips taken back that change no value: the reasons for which a mutant is equal."""
    match node:
        case n.Apply(function, n.Neg(z), 1) if function in EVEN_SLOPES:
            return undone(n.Apply(function, z, 1))
        case mx.Map(function, mx.Minus(z), 1) if function in EVEN_SLOPES:
            return undone(mx.Map(function, z, 1))
        case n.Apply("relu", n.Mul((n.Number(), z)), 1):
            return undone(n.Apply("relu", z, 1))
        case mx.Map("relu", mx.Scaled(n.Number(), z), 1):
            return undone(mx.Map("relu", z, 1))
        case mx.Transpose(m) if fits(m) == (None, None):
            return undone(m)  # one row, one column
    if isinstance(node, n.Expr | mx.Matrix):
        return replace(node, **{field.name: undone(getattr(node, field.name)) for field in fields(node)})  # type: ignore[type-var]
    return tuple(undone(item) for item in node) if isinstance(node, tuple) else node


def fits(m: mx.Matrix) -> mx.Shape | None:
    try:
        return mx.shape(m)
    except mx.ShapeConflict:
        return None


def judged(original: Claim, made: Iterable[Mutant]) -> Counter[str]:
    """How the mutants fared. Fails where one that differs is not refuted, or one that is equal is."""
    count: Counter[str] = Counter()
    for mutant in made:
        verdict = prove(mutant.claim)
        equal = undone(mutant.claim.right) == original.right
        expected = Outcome.PROVED if equal else Outcome.REFUTED
        assert verdict.outcome is expected, f"{mutant.claim.name}, {original.form.value} form: {verdict.tried}"
        if verdict.form_error:
            count["by form"] += 1
        elif verdict.counterexample is not None:
            count["by value"] += 1
            assert verdict.counterexample.left != verdict.counterexample.right
        else:
            count["equal after all"] += 1
    return count


@pytest.mark.parametrize("name", NETWORKS)
def test_a_slip_of_the_pen_is_refuted(name: str) -> None:
    """One slip in fifteen, always the same ones; the campaign tries them all."""
    count: Counter[str] = Counter()
    for place, claim in enumerate(claims(NETWORKS[name])):
        made = mutants(claim)
        count += judged(claim, random.Random(place).sample(made, max(2, len(made) // 15)))
    assert count["by value"] > 10 and count["by form"] > 10


@pytest.mark.campaign
@pytest.mark.parametrize("name", NETWORKS)
def test_every_slip_of_the_pen_is_refuted(name: str) -> None:
    count: Counter[str] = Counter()
    for claim in claims(NETWORKS[name]):
        count += judged(claim, mutants(claim))
    print(f"{name}: {dict(count)}")
    assert count["by value"] > 250 and count["by form"] > 250


@pytest.mark.campaign
def test_without_the_check_of_form_the_engines_still_prove_no_slip(monkeypatch: pytest.MonkeyPatch) -> None:
    """Form is looked at first, but it is not what keeps a false equation from being proved."""
    monkeypatch.setattr(proofs, "malformed", lambda claim: None)
    proved = []
    for claim in claims(NETWORKS["opaque"]):
        for mutant in mutants(claim):
            lying_down = mutant.slip == "transpose added" and len(claim.free) == 1  # a row has its column's entries
            if undone(mutant.claim.right) == claim.right or only_axes_differ(mutant.claim, claim) or lying_down:
                continue
            try:
                verdict = prove(mutant.claim)
            except (mx.ShapeConflict, ValueError, StopIteration, RuntimeError, KeyError, IndexError):
                continue
            if verdict.proved:
                proved.append(f"{mutant.claim.name}, {claim.form.value} form")
    assert not proved


def only_axes_differ(one: Claim, other: Claim) -> bool:
    """Whether they are written with the same letters: the engines follow the letters, the form the axes."""
    return letters(one.right) == letters(other.right)


def letters(node: Any) -> str:
    if isinstance(node, n.Index):
        return node.name
    if isinstance(node, n.Expr | mx.Matrix):
        return f"{type(node).__name__}({', '.join(letters(getattr(node, field.name)) for field in fields(node))})"  # type: ignore[arg-type]
    return f"({', '.join(letters(item) for item in node)})" if isinstance(node, tuple) else repr(node)


# the reasons for which a mutant is equal after all


def test_the_slopes_of_sigmoid_and_tanh_are_even() -> None:
    formulas = {"sigmoid": lambda z: 1 / (1 + mpmath.exp(-z)), "tanh": mpmath.tanh}
    assert set(formulas) == set(EVEN_SLOPES)
    with mpmath.workdps(30):
        for formula in formulas.values():
            for z in ("0.3", "1.7", "4"):
                there, here = mpmath.diff(formula, -mpmath.mpf(z)), mpmath.diff(formula, mpmath.mpf(z))
                assert abs(there - here) < mpmath.mpf(10) ** -12


def test_the_slope_of_relu_at_twice_z_is_its_slope_at_z() -> None:
    for z in (-2.0, -0.1, 0.1, 3.0):
        slope = (max(z + 1e-9, 0.0) - max(z, 0.0)) / 1e-9
        twice = (max(2 * z + 1e-9, 0.0) - max(2 * z, 0.0)) / 1e-9
        assert round(slope) == round(twice)


def test_one_row_of_one_column_is_its_own_transpose() -> None:
    number = np.array([[5.0]])
    assert np.array_equal(number.T, number)


# what a refutation carries


def test_an_index_over_another_axis_is_refuted_in_plain_words() -> None:
    (weight,) = [c for c in claims(Network()) if c.name == "weight gradient" and c.form.value == "index"]
    here, below = n.Layer("l"), n.Layer("l", -1)
    i, j = n.Index("i", n.Neurons(here)), n.Index("j", n.Neurons(below))
    delta, a = n.Variable("delta", here, (n.Neurons(here),)), n.Variable("a", below, (n.Neurons(below),))
    assert prove(replace(weight, right=delta[i] * a[j])).proved
    wrong = prove(replace(weight, right=delta[i] * a[i]))
    assert wrong.outcome is Outcome.REFUTED
    assert wrong.form_error == "i runs over the neurons of layer l; a^(l-1) is indexed by the neurons of layer l-1"


def test_a_counterexample_is_small_and_replays() -> None:
    (hidden,) = [c for c in claims(Network()) if c.name == "hidden delta" and c.form.value == "index"]
    (flipped,) = [m for m in mutants(hidden) if m.claim.right == n.Neg(hidden.right)]
    verdict = prove(flipped.claim)
    found = verdict.counterexample
    assert found is not None and found.sizes == (1, 1, 1) and found.layer == 1 and found.indices == {"i": 1}
    left, right = replay(flipped.claim, found)
    assert (str(left), str(right)) == (found.left, found.right) and left == -right != 0
