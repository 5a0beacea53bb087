"""Training from a document: its own formulas, where they are all proved and complete; else it says why not."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from symbackprop.cli import main
from symbackprop.documents.compiling import FromPage, Page
from symbackprop.errors import NotProved, SymbackpropError
from symbackprop.functions import SOFTMAX
from symbackprop.index_code import IndexLowering, Laid
from symbackprop.numpy_code import Part, compile_network

ROOT = Path(__file__).parent.parent
IRIS = str(ROOT / "tests" / "data" / "iris.csv")
PAGES = ROOT / "tests" / "documents" / "train"
NO_DELTA = (PAGES / "no-delta.md").read_text(encoding="utf-8")


def same_as_built_in(made: FromPage) -> None:
    """The page's cost and gradient are those of the built-in equations, up to rounding."""
    network, rng = made.compiled.network, np.random.default_rng(0)
    sizes = network.sizes or ()
    x, y = rng.standard_normal((7, sizes[0])), rng.random((7, sizes[-1]))
    y /= y.sum(axis=1, keepdims=True)
    theta = rng.standard_normal(network.parameters)
    cost, gradient = made.compiled.cost_and_gradient_flat(theta, x, y)
    expected_cost, expected = compile_network(network).cost_and_gradient_flat(theta, x, y)
    assert cost == pytest.approx(expected_cost, rel=1e-12)
    np.testing.assert_allclose(gradient, expected, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize(
    ("name", "sizes", "functions"),
    [
        ("01-least-squares", [4, 5, 3], {"hidden": "sigmoid"}),
        ("02-general-cost", [2, 4, 3, 2], {"hidden": "tanh", "output": "sigmoid", "cost": "binary_cross_entropy"}),
        ("03-cross-entropy", [3, 4, 2], {"hidden": "relu"}),
        ("04-induction", [2, 3, 3, 3, 1], {"hidden": "softplus", "output": "identity", "cost": "huber"}),
    ],
)
def test_each_derivation_that_states_a_full_set_is_compiled(
    name: str, sizes: list[int], functions: dict[str, str]
) -> None:
    made = Page(ROOT / "derivations" / f"{name}.md").compiled(sizes, **functions)  # type: ignore[arg-type]
    assert made.certificate.holds
    same_as_built_in(made)


@pytest.mark.parametrize(
    ("name", "sizes"),
    [
        ("no-delta", [2, 3, 4, 2]),
        ("delta-with-a-minus", [3, 4, 4, 2]),
        ("each-layer-by-number", [2, 3, 3]),
        ("delta-by-recursion", [2, 3, 4, 2]),
    ],
)
def test_gradients_may_be_stated_in_other_ways(name: str, sizes: list[int]) -> None:
    same_as_built_in(Page(PAGES / f"{name}.md").compiled(sizes))


def test_the_code_is_made_of_the_pages_own_formulas() -> None:
    """The built-in output delta takes the target less the output; the page does it the other way round."""
    source = Page(PAGES / "no-delta.md").compiled([2, 3, 2]).compiled.source(Part.COST_AND_GRADIENT)
    assert "d2 = (a2 - y) * a2 * (1 - a2)" in source
    flipped = Page(PAGES / "delta-with-a-minus.md").compiled([2, 3, 2]).compiled.source(Part.COST_AND_GRADIENT)
    assert "d2 = 2 *" in flipped and "gW2 = -(d2.T @ a1 / len(x))" in flipped


def test_it_says_which_line_computes_what() -> None:
    made = Page(PAGES / "no-delta.md").compiled([2, 3, 2])
    assert [(stated.span.line, names) for stated, names in made.used()] == [
        (7, ["d2"]),
        (8, ["d1"]),
        (9, ["gW2", "gW1"]),
        (10, ["gb2", "gb1"]),
    ]
    assert "line 9: \\frac{\\partial E}{\\partial w" in str(made)


def page(tmp_path: Path, text: str) -> Page:
    path = tmp_path / "notes.md"
    path.write_text(text, encoding="utf-8")
    return Page(path)


def without(text: str, beginning: str) -> str:
    lines = text.splitlines(keepends=True)
    kept = [line for line in lines if not line.startswith(beginning)]
    assert len(kept) == len(lines) - 1
    return "".join(kept)


@pytest.mark.parametrize(
    ("beginning", "said"),
    [
        (r"$$\frac{\partial E}{\partial b_", "the bias gradient of layer L"),
        (r"$$\frac{\partial E}{\partial w_", "the weight gradient of layer L"),
        (r"$$\frac{\partial E}{\partial z_i^{(L)}}", "delta of layer L"),
        (r"$$\frac{\partial E}{\partial z_i^{(l)}}", "delta of the layers below L"),
    ],
)
def test_a_gradient_that_is_missing_is_named(tmp_path: Path, beginning: str, said: str) -> None:
    with pytest.raises(SymbackpropError, match=said):
        page(tmp_path, without(NO_DELTA, beginning))


def test_a_wrong_line_is_named_with_its_place(tmp_path: Path) -> None:
    with pytest.raises(SymbackpropError, match=r"notes\.md:7:\d+: refuted"):
        page(tmp_path, NO_DELTA.replace("(1 - a_i^{(L)})", "(1 + a_i^{(L)})"))


def test_a_line_that_cannot_be_read_is_named_with_its_place(tmp_path: Path) -> None:
    with pytest.raises(SymbackpropError, match=r"notes\.md:11:\d+: unreadable"):
        page(tmp_path, NO_DELTA + "$$q = 2 q$$\n")


def test_what_a_page_leaves_open_must_be_named_and_what_it_fixes_stays() -> None:
    least_squares = Page(ROOT / "derivations" / "01-least-squares.md")
    with pytest.raises(SymbackpropError, match="leaves the hidden activation f open: name it with --hidden"):
        least_squares.compiled([2, 3, 2])
    with pytest.raises(SymbackpropError, match="one function f in all layers: found tanh and sigmoid"):
        least_squares.compiled([2, 3, 2], hidden="tanh", output="sigmoid")
    with pytest.raises(SymbackpropError, match=r":\d+: the cost is half_squared_error, asked for: huber"):
        least_squares.compiled([2, 3, 2], hidden="tanh", cost="huber")
    with pytest.raises(SymbackpropError, match=r":\d+: the total cost is the mean, asked for: sum"):
        least_squares.compiled([2, 3, 2], hidden="tanh", total="sum")


def test_a_formula_that_fails_for_the_named_functions_is_not_compiled() -> None:
    """The page's output function acts entry by entry, and softmax does not."""
    with pytest.raises(NotProved, match=r"cost\.md:\d+:\d+: .* is not proved for hidden tanh, output softmax"):
        Page(ROOT / "derivations" / "02-general-cost.md").compiled([2, 3, 2], "tanh", SOFTMAX, "cross_entropy")


def test_code_that_is_not_what_the_formula_says_is_caught_by_the_certificate(monkeypatch: pytest.MonkeyPatch) -> None:
    honest = IndexLowering.contracted

    def careless(self: IndexLowering, name: str, factors: list[Laid]) -> Laid:
        made = honest(self, name, factors)
        return Laid(made.value * 2, made.axes) if len(factors) == 1 else made

    monkeypatch.setattr(IndexLowering, "contracted", careless)
    with pytest.raises(NotProved, match="not certified"):
        Page(PAGES / "no-delta.md").compiled([2, 3, 2])


def test_the_command_trains_from_a_document_and_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    notes = str(ROOT / "derivations" / "03-cross-entropy.md")
    command = ["train", IRIS, "--target", "species", "--from", notes, "--hidden", "tanh", "--epochs", "50", "--quiet"]
    assert main(command) == 0
    printed = capsys.readouterr().out
    assert "network   4-16-3, tanh, softmax, cross_entropy" in printed
    assert "03-cross-entropy.md, every equation of which is proved" in printed
    assert main([*command, "--format", "json"]) == 0
    made = json.loads(capsys.readouterr().out)["derivation"]
    assert made["file"] == notes and {"line", "latex", "computes"} <= set(made["equations"][0])


def test_the_code_command_prints_what_a_document_says(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["code", "2-3-1", "--from", str(PAGES / "no-delta.md"), "--part", "cost_and_gradient"]) == 0
    assert "d2 = (a2 - y) * a2 * (1 - a2)" in capsys.readouterr().out
    assert main(["code", "--from", str(PAGES / "no-delta.md")]) == 2
    assert "--from takes SIZES" in capsys.readouterr().err
