"""A counterexample can be followed by hand: small numbers, and the real function that stood for each opaque one."""

from __future__ import annotations

from fractions import Fraction

from symbackprop.counterexamples import Counterexample
from symbackprop.documents.check import check
from symbackprop.documents.results import FileResult

HEAD = (
    "<!-- symbackprop\nlayers: 0..L\nlayer-mark: ^{(l)}\nhidden: \\sigma\noutput: f\ncost: E\ntarget: y\ndelta: z\n-->"
    "\n\n"
)
WRONG = r"\frac{\partial E}{\partial b_i^{(l)}} = 2 \delta_i^{(l)} \quad (1 \leq l \leq L)"


def checked(line: str) -> FileResult:
    return check(f"{HEAD}$${line}$$\n")


def counterexample(line: str) -> Counterexample:
    found = checked(line).equations[-1].links[-1].counterexample
    assert found is not None
    return found


def test_the_numbers_are_small() -> None:
    made = counterexample(WRONG)
    assert sum(made.sizes) <= 3
    assert len(made.left) + len(made.right) <= 12
    assert all(abs(Fraction(value)) <= 3 for value in made.values.values())


def test_every_opaque_function_and_cost_is_written_out() -> None:
    made = counterexample(WRONG)
    assert {"f", "E"} <= set(made.functions)
    assert "t" in made.functions["f"] and "a_1" in made.functions["E"]


def test_the_two_values_follow_from_what_is_written_out() -> None:
    """With one input and one output: z = w x + b, a = f(z), and E by a and f by z from their printed formulas."""
    made = counterexample(WRONG)
    w, b, x = (Fraction(made.values[name]) for name in ("w^(1)_11", "b^(1)_1", "a^(0)_1"))
    z, step = w * x + b, Fraction(1, 10**9)

    def value(text: str, letter: str, at: Fraction) -> Fraction:
        total, sign = Fraction(0), 1
        inside = text.removeprefix("1/2 (").removesuffix(")^2")
        for token in inside.replace(" - ", " + -").split(" + "):
            sign = -1 if token.startswith("-") else 1
            factor, _, power = token.lstrip("-").rpartition(" ") if letter in token else (token.lstrip("-"), "", "")
            raised = 0 if letter not in token else int(power.partition("^")[2] or 1)
            total += sign * Fraction(factor or 1) * at**raised
        return total**2 / 2 if inside != text else total

    def slope(text: str, letter: str, at: Fraction) -> Fraction:
        return (value(text, letter, at + step) - value(text, letter, at - step)) / (2 * step)

    assert made.functions["E"].startswith("1/2 (") and made.sizes == (1, 1)
    f, cost = made.functions["f"], made.functions["E"]
    made_slope = slope(cost, "a_1", value(f, "t", z)) * slope(f, "t", z)
    assert abs(made_slope - Fraction(made.left)) < Fraction(1, 1000)
    assert Fraction(made.right) == 2 * Fraction(made.left)


def test_the_report_shows_them() -> None:
    shown = str(checked(WRONG))
    assert "= counterexample: widths 1-1" in shown
    assert "= with: " in shown and "E(a) = " in shown and "f(t) = " in shown and "w^(1)_11 = " in shown
