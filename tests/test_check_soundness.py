"""Lines that were once proved though they are false: each keeps its verdict from then on."""

from __future__ import annotations

import pytest

from symbackprop.documents.check import check

HEAD = r"""<!-- symbackprop
layers: 0..L
widths: n_l
layer-mark: ^{(l)}
cost: E
target: y
-->

$$\delta_i^{(l)} = \frac{\partial E}{\partial z_i^{(l)}} \qquad (1 \leq i \leq n_l, 1 \leq l \leq L)$$

"""


@pytest.mark.parametrize(
    "line",
    [
        r"\delta^{(l)} = (\delta^{(l)})^T \qquad (1 \leq l \leq L)",
        r"\nabla_{b^{(l)}} E = (\delta^{(l)})^T \qquad (1 \leq l \leq L)",
        r"\delta^{(l)} = (w^{(l+1)})^T \delta^{(l+1)} \odot \sigma'((z^{(l)})^T) \qquad (1 \leq l \leq L - 1)",
    ],
)
def test_a_column_is_no_row(line: str) -> None:
    (link,) = check(f"{HEAD}$${line}$$\n").equations[-1].links
    assert link.said == "refuted"


def test_a_row_equals_a_row() -> None:
    line = r"(\delta^{(l)})^T = (\delta^{(l+1)})^T w^{(l+1)} \odot \sigma'(z^{(l)})^T \qquad (1 \leq l \leq L - 1)"
    (link,) = check(f"{HEAD}$${line}$$\n").equations[-1].links
    assert link.said == "proved"


def test_another_cost_is_not_proved_to_be_the_stated_one() -> None:
    cost = r"E = \frac{1}{2} \sum_i ( y_i - a_i^{(L)} )^2"
    text = f"{HEAD}$${cost}$$\n\n$$E = 2 \\sum_i ( y_i - f(z_i^{{(L)}}) )^2$$\n"
    (link,) = check(text).equations[-1].links
    assert link.said != "proved"


def test_a_line_with_an_underbrace_keeps_its_own_verdict_beside_those_of_the_underbraces() -> None:
    block = "<!-- symbackprop\nlayers: 0..L\nlayer-mark: ^{(l)}\nactivation: f\ncost: E\n-->\n\n"
    sum_ = r"\sum_j w_{ij}^{(l)} a_j^{(l-1)} + b_i^{(l)}"
    page = block + rf"$$a_i^{{(l)}} = f(\underbrace{{{sum_}}}_{{z_i^{{(l)}}}}) + 1 \qquad (1 \leq l \leq L)$$" + "\n"
    main, brace = check(page).equations
    assert [link.said for link in main.links] == ["refuted"]
    assert [link.said for link in brace.links] == ["definition"]


def test_a_power_of_zero_is_judged() -> None:
    (link,) = check(HEAD + r"$$\delta_i^{(l)} = \sum_{k=1}^{n_l} (\delta_k^{(l)})^0$$" + "\n").equations[-1].links
    assert link.said == "refuted"


GENERAL = "<!-- symbackprop\nlayers: 0..L\nactivation: g\n-->\n\n"
PENALTIES = [
    r"\frac{\lambda}{2} \sum_{ij} (w^L_{ij})^2",
    r"\frac{\lambda}{2} \sum_{l=1}^L \sum_{ij} (w^l_{ij})^2",
]


def said(*lines: str) -> list[str]:
    page = GENERAL + "\n\n".join(f"$${line}$$" for line in lines) + "\n"
    return [link.said for equation in check(page).equations for link in equation.links]


@pytest.mark.parametrize(
    ("penalty", "layer", "share", "verdict"),
    [
        (0, "L", "", "refuted"),
        (0, "L", r"+ \lambda w^L_{ij}", "proved"),
        (0, "l", "", "refuted"),
        (0, "l", r"+ \lambda w^l_{ij}", "refuted"),
        (1, "L", r"+ \lambda w^L_{ij}", "proved"),
        (1, "l", "", "refuted"),
        (1, "l", r"+ \lambda w^l_{ij}", "proved"),
        (1, "l", r"+ 2 \lambda w^l_{ij}", "refuted"),
    ],
)
def test_a_cost_that_reaches_the_weights_directly_is_no_function_of_the_outputs(
    penalty: int, layer: str, share: str, verdict: str
) -> None:
    cost = rf"E = \frac{{1}}{{2}} \| a^L - y \|^2 + {PENALTIES[penalty]}"
    delta = r"\delta_i^l = \frac{\partial E}{\partial z_i^l}"
    before = f"{{{layer}-1}}"
    line = rf"\frac{{\partial E}}{{\partial w^{layer}_{{ij}}}} = \delta^{layer}_i a_j^{before} {share}"
    assert said(cost, delta, line)[-1] == verdict


@pytest.mark.parametrize(
    ("line", "verdict"),
    [
        (r"\frac{\partial E}{\partial z_i^l} = \frac{\partial E}{\partial a_i^l} g'(z_i^l)", "proved"),
        (r"\frac{\partial E}{\partial z_i^l} = \frac{\partial E}{\partial a_i^l} g(z_i^l)", "refuted"),
        (r"\frac{\partial E}{\partial a_i^l} = 0", "refuted"),
        (r"\frac{\partial E}{\partial w_{ij}^l} = \frac{\partial E}{\partial a_i^l} g'(z_i^l) a_j^{l-1}", "proved"),
        (r"\frac{\partial E}{\partial w_{ij}^l} = \frac{\partial E}{\partial a_i^l} g'(z_i^l) a_j^l", "refuted"),
        (
            r"\frac{\partial E}{\partial a_i^l}"
            r" = \sum_k \frac{\partial E}{\partial a_k^{l+1}} g'(z_k^{l+1}) w_{ki}^{l+1}",
            "proved",
        ),
        (
            r"\frac{\partial E}{\partial a_i^l}"
            r" = \sum_k \frac{\partial E}{\partial a_k^{l+1}} g'(z_k^{l+1}) w_{ki}^{l+1}"
            r" + \frac{\partial E}{\partial a_i^l}",
            "refuted",
        ),
    ],
)  # fmt: skip
def test_the_cost_by_an_activation_of_any_layer_is_judged(line: str, verdict: str) -> None:
    assert said(line) == [verdict]


@pytest.mark.parametrize(
    "line",
    [
        r"\nabla_{b^{(l)}} E = w^{(l)} a^{(l-1)} + w^{(l)}", r"\delta^{(L)} = (y - w^{(L)}) \odot f'(z^{(L)})",
        r"\nabla_{b^{(l)}} E = \delta^{(l)} + (\delta^{(l)})^T",
    ],
)  # fmt: skip
def test_a_sum_of_different_shapes_is_refuted_by_form(line: str) -> None:
    (link,) = check(f"{HEAD}$${line}$$\n").equations[-1].links
    assert (link.said, link.code and link.code.value) == ("refuted", "SB106")


def test_a_factor_in_brackets_behind_a_parameter_is_no_step_of_an_update() -> None:
    line = r"b_i^{(L)} (a_i^{(L)} + y_i) = b_i^{(L)} (a_i^{(L)} - y_i) \qquad (1 \leq i \leq n_L)"
    (link,) = check(f"{HEAD}$${line}$$\n").equations[-1].links
    assert link.said == "refuted" and "y_{i}" in link.read_as


def test_nothing_is_refuted_for_any_cost_where_the_line_that_defines_it_could_not_be_read() -> None:
    keys = "layout: rows\nlayers: 0..2\noutput: softmax\nlet: L = {}\nassume: \\sum_i y_i = 1"
    head = f"<!-- symbackprop\n{keys}\n-->\n\n"
    read, unread = "-\\sum_{n} \\sum_i y_{n,i} \\log a_{n,i}^{(2)}", "-\\sum_i y_i \\log a_i^{(2)}"
    line = "$$\\frac{\\partial L}{\\partial z^{(2)}} = y - a^{(2)}$$"
    found = [check(head.replace("{}", cost) + line).equations[-1].links[0].said for cost in (read, unread)]
    assert found == ["refuted", "undecided"]
