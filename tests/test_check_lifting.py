"""Lines about layer 1, or 2, of a network of any depth: judged for every layer, which covers theirs."""

from __future__ import annotations

import pytest

from symbackprop.documents.check import check

HEAD = (
    "<!-- symbackprop\nlayers: 0..L\nlayer-mark: ^{(l)}\nhidden: \\sigma\noutput: f\ncost: E\ndelta: z\n-->\n\n"
)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (r"\frac{\partial E}{\partial w_{ij}^{(1)}} = \delta_i^{(1)} a_j^{(0)}", "proved"),
        (r"\frac{\partial E}{\partial w_{ij}^{(1)}} = 2 \delta_i^{(1)} a_j^{(0)}", "refuted"),
        (r"\frac{\partial E}{\partial w_{11}^{(1)}} = \delta_1^{(1)} a_1^{(0)}", "proved"),
        (r"\frac{\partial E}{\partial w_{11}^{(1)}} = \delta_1^{(1)} a_1^{(1)}", "refuted"),
        (r"\nabla_{w^{(1)}} E = \delta^{(1)} (a^{(0)})^T", "proved"),
        (r"\delta_i^{(1)} = \sigma'(z_i^{(1)}) \sum_k w_{ki}^{(2)} \delta_k^{(2)}", "proved"),
        (r"\delta_i^{(1)} = \sigma(z_i^{(1)}) \sum_k w_{ki}^{(2)} \delta_k^{(2)}", "refuted"),
        (r"\frac{\partial E}{\partial b_i^{(0)}} = \delta_i^{(0)}", "refuted"),
    ],
)
def test_a_line_about_a_numbered_layer(line: str, said: str) -> None:
    assert check(f"{HEAD}$${line}$$\n").equations[-1].links[-1].said == said
