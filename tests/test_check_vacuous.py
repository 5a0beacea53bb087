"""Lines whose sides have no value anywhere are not proved: of nothing everything is true."""

from __future__ import annotations

import pytest

from symbackprop.documents.check import check

HEAD = "<!-- symbackprop\nlayers: 0..L\nlayer-mark: ^{(l)}\nactivation: f\ncost: E\ntarget: y\n-->\n\n"


def said(line: str, block: str = HEAD) -> str:
    return check(f"{block}$${line}$$\n").equations[-1].links[-1].said


@pytest.mark.parametrize(
    "line",
    [
        r"\log(-1 - (y_1)^2) = \log(-1 - (y_1)^2)",
        r"\frac{\partial}{\partial a_1^{(L)}} \log(-1 - (a_1^{(L)})^2) = \frac{2 a_1^{(L)}}{1 + (a_1^{(L)})^2}",
        r"\log(-1) = \log(-1)", r"\log(x) + \log(-x) = \log(-x) + \log(x)",
        r"\log(\log(-\exp(x))) = \log(\log(-\exp(x)))", r"\frac{0}{0} = \frac{0}{0}",
        r"\frac{1}{a_1^{(L)} - a_1^{(L)}} = \frac{1}{a_1^{(L)} - a_1^{(L)}}",
        r"\frac{1}{\exp(x) - \exp(x)} = \frac{1}{\exp(x) - \exp(x)}",
    ],
)  # fmt: skip
def test_a_line_without_a_real_point_is_not_proved(line: str) -> None:
    assert said(line) == "undecided"


@pytest.mark.parametrize(
    "line",
    [
        r"\log(x) + 0 = \log(x)", r"\frac{1}{\exp(x)} = \exp(-x)",
        r"\log(1 + (y_1)^2) = \log((y_1)^2 + 1)",
        r"\frac{\partial}{\partial a_1^{(L)}} \log(1 - a_1^{(L)}) = -\frac{1}{1 - a_1^{(L)}}",
    ],
)  # fmt: skip
def test_a_line_that_has_values_somewhere_is_proved(line: str) -> None:
    assert said(line) == "proved"


def test_a_cost_with_logarithms_of_any_output_is_still_proved() -> None:
    cost = r"$$E = -\sum_i \left( y_i \log a_i^{(L)} + (1 - y_i) \log(1 - a_i^{(L)}) \right)$$" + "\n\n"
    line = r"\frac{\partial E}{\partial a_i^{(L)}} = -\frac{y_i}{a_i^{(L)}} + \frac{1 - y_i}{1 - a_i^{(L)}}"
    assert said(line, HEAD + cost) == "proved"
