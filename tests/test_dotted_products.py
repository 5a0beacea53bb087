"""Products that go on from layer to layer, dots in their middle: proved by induction from the last layer down."""

from __future__ import annotations

import pytest

from symbackprop.documents.checking import check_document
from symbackprop.documents.results import LinkResult

CONVENTIONS = r"""activation: \sigma
cost: C
delta: z
let: \Sigma'(v) = \operatorname{diag}(\sigma'(v))"""
TAIL = r"\Sigma'(z^L) \nabla_a C"
LINE = rf"\delta^l = \Sigma'(z^l) (w^{{l+1}})^T \ldots \Sigma'(z^{{L-1}}) (w^L)^T {TAIL}"


def judged(line: str) -> LinkResult:
    text = f"<!-- symbackprop\n{CONVENTIONS}\n-->\n$${line}$$"
    (link,) = (link for equation in check_document(text, "<text>").equations for link in equation.links)
    return link


@pytest.mark.parametrize("line", [
    LINE,
    LINE.replace(TAIL, r"\delta^L"),
    LINE.replace(r"\ldots", r"\cdots"),
    LINE.replace(r"\delta^l", r"\frac{\partial C}{\partial b^l}"),
])  # fmt: skip
def test_a_product_of_the_factors_of_all_layers_is_proved_from_layer_to_layer(line: str) -> None:
    link = judged(line)
    assert link.said == "proved"
    assert any("proved at the last layer, and from each layer to the next" in reading for reading in link.readings)


@pytest.mark.parametrize(("part", "wrong"), [
    (TAIL, r"\nabla_a C"),
    (TAIL, r"\Sigma'(z^L) \delta^L"),
    ("(w^{l+1})^T", "w^{l+1}"),
    (r"\Sigma'(z^l) (w^{l+1})^T", r"(w^{l+1})^T"),
    (r"\Sigma'(z^l)", r"\Sigma'(z^{l+1})"),
])  # fmt: skip
def test_a_slip_in_the_factors_of_each_layer_or_at_the_end_is_refuted(part: str, wrong: str) -> None:
    at_end = {
        "(w^{l+1})^T": ("(w^L)^T", "w^L"),
        r"\Sigma'(z^l) (w^{l+1})^T": (r"\Sigma'(z^{L-1}) (w^L)^T", "(w^L)^T"),
        r"\Sigma'(z^l)": (r"\Sigma'(z^{L-1})", r"\Sigma'(z^L)"),
    }
    line = LINE.replace(part, wrong, 1)
    assert line != LINE
    old, new = at_end.get(part, ("", ""))
    assert judged(line.replace(old, new, 1) if old else line).said == "refuted"


@pytest.mark.parametrize("line", [
    LINE.replace("z^{L-1}", "z^L"),
    LINE.replace(r"\Sigma'(z^{L-1}) ", ""),
    LINE.replace("(w^L)^T", "(w^{L-1})^T"),
    LINE.replace(TAIL, ""),
])  # fmt: skip
def test_factors_that_do_not_go_on_as_written_are_not_guessed(line: str) -> None:
    assert judged(line).said == "unreadable"
