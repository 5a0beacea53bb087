"""Deltas defined at the last layer and by recursion below it: what they are in every layer."""

from __future__ import annotations

import pytest

from symbackprop.documents.checking import check_document
from symbackprop.documents.results import LinkResult

HEAD = "<!-- symbackprop\nlayers: 0..L\nactivation: f\n-->\n\n"
COST = r"C = \frac{1}{2} \| a^L - y \|^2"
BASE = r"\delta^L = (a^L - y) \odot f'(z^L)"
STEP = r"\delta^l = (W^{l+1})^T \delta^{l+1} \odot f'(z^l)"


def links(*lines: str, head: str = HEAD) -> list[LinkResult]:
    page = head + "\n\n".join(f"$${line}$$" for line in lines)
    return [link for equation in check_document(page, "page.md").equations for link in equation.links]


@pytest.mark.parametrize(
    "line",
    [
        r"\frac{\partial C}{\partial b^l} = \delta^l",
        r"\frac{\partial C}{\partial w^l_{ij}} = \delta^l_i a^{l-1}_j",
        r"\delta^l = \frac{\partial C}{\partial z^l}",
        r"\nabla_{W^l} C = \delta^l (a^{l-1})^T",
    ],
)
@pytest.mark.parametrize("order", [(COST, BASE, STEP), (COST, STEP, BASE)])
def test_base_and_step_prove_every_layer_by_induction(order: tuple[str, ...], line: str) -> None:
    *definitions, last = links(*order, line)
    assert [link.said for link in definitions] == ["definition"] * 3
    assert "by induction from lines 8 and 10" in "; ".join(definitions[-1].readings)
    assert last.said == "proved" and "1 ≤ l ≤ L" in last.scope
    assert {"line 8", "line 10"} <= set(last.rests_on)


def test_a_proof_by_such_a_delta_does_not_claim_more_than_its_base() -> None:
    """The base holds for the stated cost alone: no line about this delta holds for any cost."""
    *_, last = links(COST, BASE, STEP, r"\frac{\partial C}{\partial b^l} = \delta^l")
    assert "any differentiable cost" not in last.scope


def test_a_base_for_any_cost_leaves_the_cost_open() -> None:
    base = r"\delta^L = \frac{\partial C}{\partial a^L} \odot f'(z^L)"
    *_, last = links(base, STEP, r"\frac{\partial C}{\partial b^l} = \delta^l")
    assert last.said == "proved" and "any differentiable cost" in last.scope


def test_a_negative_delta_is_known_for_what_it_is() -> None:
    base = r"\delta^L = (y - a^L) \odot f'(z^L)"
    wrong, right = r"\frac{\partial C}{\partial b^l} = \delta^l", r"\frac{\partial C}{\partial b^l} = -\delta^l"
    made = links(COST, base, STEP, wrong, right)
    assert [link.said for link in made[3:]] == ["refuted", "proved"]


def test_a_step_that_lost_its_prime_is_a_definition_with_a_warning_and_the_formula_that_was_meant() -> None:
    step = STEP.replace("f'", "f")
    *_, definition, gradient = links(COST, BASE, step, r"\frac{\partial C}{\partial b^l} = \delta^l")
    (warning,) = definition.warnings
    assert definition.said == "definition" and warning.code.value == "SB203"
    assert r"f'(z^l)` is" in warning.text
    assert gradient.said == "refuted"


def test_a_wrong_base_is_named_by_its_line() -> None:
    *_, definition = links(COST, r"\delta^L = a^L - y", STEP)
    (warning,) = definition.warnings
    assert warning.code.value == "SB203" and "that of line 8" in warning.text


def test_a_recursion_without_its_start_is_asked_for_it() -> None:
    *_, last = links(COST, STEP, r"\frac{\partial C}{\partial b^l} = \delta^l")
    assert last.said == "unreadable"
    assert last.problem is not None and "at layer L too" in last.problem.text


def test_a_general_definition_is_held_against_the_one_of_a_single_layer() -> None:
    general = r"\delta^l = \frac{\partial C}{\partial z^l}"
    *_, agreed = links(COST, BASE, general)
    assert agreed.said == "definition" and "agrees with line 8" in agreed.readings
    *_, replaced, after = links(COST, BASE.replace("a^L - y", "a^L + y"), general, BASE)
    assert [warning.code.value for warning in replaced.warnings] == ["SB202"]
    assert after.said == "proved"


def test_a_line_after_a_corrected_definition_says_so() -> None:
    *_, broken, after = links(COST, r"\delta^l_i = \frac{\partial C}{\partial z^l_j}", r"\nabla_{b^l} C = \delta^l")
    assert broken.said == "refuted" and after.said == "proved"
    assert "line 8 as corrected" in after.rests_on


def test_a_link_from_a_wrong_member_is_refuted_and_says_that_its_right_side_is_proved() -> None:
    chain = r"\frac{\partial C}{\partial z^L_i} = (a^L_i - y_i) f(z^L_i) = (a^L_i - y_i) f'(z^L_i)"
    *_, first, second = links(COST, chain)
    assert [first.said, second.said] == ["refuted", "refuted"]
    assert second.problem is not None and "with that put right" in second.problem.text
