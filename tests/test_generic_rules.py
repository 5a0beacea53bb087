"""Rules of plain letters, the same whatever these are; gradients and steps of functions of one quantity."""

from __future__ import annotations

import pytest
from test_open_relations import network
from test_page_documents import said

CHAIN = r"\frac{du}{dt} = \frac{du}{dv}\frac{dv}{dt}"
TOTAL = r"\frac{df}{dt} = \frac{\partial f}{\partial p}\frac{dp}{dt} + \frac{\partial f}{\partial q}\frac{dq}{dt}"
STEP = r"p_{n+1} = p_n - \eta \nabla F(p_n)"


@pytest.mark.parametrize("line", [CHAIN, TOTAL, CHAIN.replace("{dv}{dt}", r"{dv}{dr}\frac{dr}{dt}")])
def test_the_chain_rule_of_letters_without_a_meaning_is_proved(line: str) -> None:
    assert network(line) == said(line) == ["proved"]


@pytest.mark.parametrize("line", [
    CHAIN.replace(r"}\frac{dv", r"} + \frac{dv"),
    CHAIN.replace(r"\frac{dv}{dt}", r"\frac{dt}{dv}"),
    r"\frac{du}{dt} = \frac{dt}{du}",
    TOTAL.replace(r"\frac{dp}{dt} + ", "+ "),
    r"\frac{df}{dt} = \frac{\partial f}{\partial t} + \frac{\partial f}{\partial q}\frac{dq}{dt}",
    r"\frac{du}{dt} = 2 \frac{du}{dv}\frac{dv}{dt}",
])  # fmt: skip
def test_what_holds_for_some_letters_only_is_not_judged(line: str) -> None:
    assert network(line) == said(line) == ["unreadable"]


def test_letters_that_have_a_meaning_on_the_page_keep_it() -> None:
    line = r"\frac{\partial C}{\partial z} = \frac{\partial C}{\partial a}\frac{\partial a}{\partial z}"
    assert network(line) == ["unreadable"]
    given = (r"u = v^2", r"v = 3 t", r"\frac{du}{dt} = \frac{dv}{dt}")
    assert said(*given, conventions=r"let: t \in \mathbb{R}")[-1] == "refuted"


def test_a_step_down_the_slope_of_any_function_is_an_update() -> None:
    assert network(STEP) == said(STEP) == ["update"]
    for wrong in (STEP.replace("- ", "+ "), STEP.replace(r"\nabla ", ""), STEP.replace("n+1", "n+2")):
        assert network(wrong) == said(wrong) == ["unreadable"]


GIVEN = "let: w \\in \\mathbb{R}^d\nfunction: J(w)"


@pytest.mark.parametrize("line", [
    r"w := w - \alpha \nabla J(w)",
    r"w_{t+1} = w_t - \alpha \nabla J(w_t)",
    r"w^{(t+1)} = w^{(t)} - \alpha \nabla J(w^{(t)})",
])  # fmt: skip
def test_the_gradient_of_a_function_of_one_quantity_needs_no_variable_below_it(line: str) -> None:
    assert said(line, conventions=GIVEN) == ["update"]
    assert said(line.replace("- ", "+ "), conventions=GIVEN) == ["refuted"]


def test_such_a_gradient_is_a_claim_where_the_function_is_defined() -> None:
    cost = r"J(w) = \frac{1}{2} w^T w"
    size = r"let: w \in \mathbb{R}^d"
    assert said(r"J = \frac{1}{2} w^T w", r"\nabla J(w) = w", conventions=size)[1] == "proved"
    assert said(cost, r"\nabla J(w) = 2 w", conventions=size)[1] == "refuted"


def test_a_step_is_one_to_the_next_time() -> None:
    assert said(r"w_{t+2} = w_t - \alpha \nabla J(w_t)", conventions=GIVEN) == ["unreadable"]
    assert said(r"w_{t+1} = w_t - \alpha \nabla J(w_{t+1})", conventions=GIVEN) == ["unreadable"]
