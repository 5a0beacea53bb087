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
