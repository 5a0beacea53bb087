"""Documents that define everything themselves: shapes from declarations and from use, any cost, gradients by name."""

from __future__ import annotations

import pytest

from symbackprop.documents.checking import check_document
from symbackprop.documents.results import LinkResult

NONE = "<!-- symbackprop\nnetwork: none\n{}\n-->\n"


def links(*formulas: str, conventions: str = "") -> list[LinkResult]:
    text = NONE.format(conventions) + "\n\n".join(f"$${formula}$$" for formula in formulas)
    return [link for equation in check_document(text, "<text>").equations for link in equation.links]


def said(*formulas: str, conventions: str = "") -> list[str]:
    return [link.said for link in links(*formulas, conventions=conventions)]


SOFTMAX = r"y_i = \frac{e^{x_i}}{\sum_{k=1}^m e^{x_k}}"
SLOPE = r"\frac{\partial y_i}{\partial x_j}"


def test_the_jacobian_of_a_softmax_is_proved_and_a_lost_index_refuted() -> None:
    assert said(SOFTMAX, rf"{SLOPE} = y_i (\mathbf{{1}}\{{ i=j \}} - y_j)") == ["definition", "proved"]
    assert said(SOFTMAX, rf"{SLOPE} = y_i (\mathbf{{1}}\{{ i=j \}} - y_i)") == ["definition", "refuted"]


@pytest.mark.parametrize(
    "delta", [r"\delta_{ij}", r"\delta_{i,j}", r"\mathbb{1}[i = j]", r"\mathbf{1}\{j = i\}", r"I_{ij}", r"1(i=j)"]
)
def test_every_spelling_of_kroneckers_delta_is_read(delta: str) -> None:
    assert said(SOFTMAX, rf"{SLOPE} = y_i ({delta} - y_j)") == ["definition", "proved"]


def test_a_condition_on_indices_narrows_the_claim() -> None:
    assert said(SOFTMAX, rf"{SLOPE} = -y_i y_j \quad i \neq j")[1] == "proved"
    assert said(SOFTMAX, rf"{SLOPE} = y_i (1 - y_i), \quad i = j")[1] == "proved"
    assert said(SOFTMAX, rf"{SLOPE} = -y_i y_j")[1] == "refuted"


CROSS = (
    r"a_j = \frac{e^{z_j}}{\sum_k e^{z_k}}",
    r"L = -\sum_k y_k \log a_k",
    r"\frac{\partial L}{\partial z_i} = a_i - y_i",
)


def test_softmax_with_cross_entropy_needs_targets_that_sum_to_one() -> None:
    assert said(*CROSS, conventions=r"assume: \sum_k y_k = 1")[2] == "proved"
    open_ = links(*CROSS)[2]
    assert open_.said == "undecided" and open_.problem is not None and r"\sum_i y_i = 1" in open_.problem.text


def test_a_sum_leaves_out_what_its_condition_excludes() -> None:
    line = r"\frac{\partial L}{\partial z_i} = -y_i(1-a_i) - \sum_{k\neq i} y_k \frac{1}{a_k}(-a_ka_i)"
    assert said(*CROSS[:2], line)[2] == "proved"
    assert said(*CROSS[:2], line.replace(r"k\neq i", "k"))[2] == "refuted"


def test_any_cost_of_a_quantity_has_a_gradient_of_its_own_name() -> None:
    conventions = (
        "let: x \\in \\mathbb{R}^m\nlet: W \\in \\mathbb{R}^{n \\times m}\nlet: y \\in \\mathbb{R}^n\nfunction: E(y)\n"
        "gradient: \\delta v = \\frac{\\partial E}{\\partial v}"
    )
    given = ("y = W x",)
    assert said(*given, r"\delta x = W^T \delta y", conventions=conventions)[1] == "proved"
    assert said(*given, r"\delta W = \delta y x^T", conventions=conventions)[1] == "proved"
    wrong = links(*given, r"\delta x = W \delta y", conventions=conventions)[1]
    assert wrong.said == "refuted" and wrong.fix is not None and "W^T" in wrong.fix.text.replace("(W)", "W")


def test_what_nothing_defines_is_not_refuted_but_asked_for() -> None:
    (link,) = links(r"\frac{\partial E}{\partial x_i} = x_i - t_i")
    assert link.said == "unreadable"
    assert link.problem is not None and "how E depends on x" in link.problem.text


def test_a_gradient_written_with_d_or_a_bar_is_a_claim() -> None:
    sizes = (("X", "s", "m"), ("W", "m", "n"), ("Y", "s", "n"))
    shapes = "".join(f"let: {name} \\in \\mathbb{{R}}^{{{m} \\times {n}}}\n" for name, m, n in sizes)
    for mark, dw, dy in (("dv", "dW", "dY"), ("\\overline{v}", "\\overline{W}", "\\overline{Y}")):
        conventions = shapes + f"function: L(Y)\ngradient: {mark} = \\frac{{\\partial L}}{{\\partial v}}"
        assert said("Y = X W", f"{dw} = X^T {dy}", conventions=conventions)[1] == "proved"
        assert said("Y = X W", f"{dw} = {dy} X^T", conventions=conventions)[1] == "refuted"


def test_numerator_layout_is_a_convention() -> None:
    conventions = "let: x \\in \\mathbb{R}^m\nlet: W \\in \\mathbb{R}^{n \\times m}\nfunction: C(y)\n"
    lines = ("y = W x", r"\frac{\partial C}{\partial x} = \frac{\partial C}{\partial y} W")
    conventions = conventions.replace("function", "let: y \\in \\mathbb{R}^n\nfunction")
    assert said(*lines, conventions=conventions + "layout: numerator")[1] == "proved"
    assert said(*lines, conventions=conventions)[1] != "proved"


def test_a_scalar_chain_defines_then_claims() -> None:
    lines = (r"s=sigmoid(z) = \frac{1}{1+\exp(-z)}", r"\frac{ds}{dz} = s(1-s)", r"\frac{ds}{dz} = s(1+s)")
    assert said(*lines) == ["definition", "proved", "proved", "refuted"]


def test_a_class_named_below_a_probability_is_an_index_of_its_own() -> None:
    conventions = "sample: _i"
    lines = (r"p_k = \frac{e^{f_k}}{\sum_j e^{f_j}}", r"L_i = -\log p_{y_i}")
    right = r"\frac{\partial L_i}{\partial f_k} = p_k - \mathbb{1}(k = y_i)"
    assert said(*lines, right, conventions=conventions) == ["definition", "definition", "proved"]
    assert said(*lines, r"\frac{\partial L_i}{\partial f_k} = p_k - 1", conventions=conventions)[2] == "refuted"


MODULES = "layout: gradients: numerator"


def test_modules_one_after_the_other_are_judged_for_every_differentiable_function() -> None:
    text = (
        f"<!-- symbackprop\nnetwork: none\n{MODULES}\n-->\n$$X_i = F_i(X_{{i-1}}, W_i)$$\n"
        "<!-- symbackprop\nfunction: E(X_n)\n-->\n"
    )
    factor = r"\frac{\partial F_k(X_{k-1},W_k)}{\partial W_k}"
    right = rf"\frac{{\partial E}}{{\partial W_k}} = \frac{{\partial E}}{{\partial X_k}} {factor}"
    wrong = right.replace("F_k", "F_n")
    turned = right.replace("F_k(X_{k-1},W_k)", "F_k(X_{k-1},W^T_k)")
    found = [
        [link for equation in check_document(text + f"$${line}$$", "<text>").equations for link in equation.links][1]
        for line in (right, wrong, turned)
    ]
    assert [link.said for link in found] == ["proved", "refuted", "unreadable"]
    assert found[1].fix is not None and "F_k" in found[1].fix.text


def test_cases_are_judged_off_their_edges() -> None:
    lines = (
        r"g(z) = \max(-1, \min(1, z))",
        r"g'(z) = \begin{cases} 1 & -1 \leq z \leq 1 \\ 0 & \text{otherwise} \end{cases}",
        r"g'(z) = \begin{cases} 1 & 0 \leq z \leq 1 \\ 0 & \text{otherwise} \end{cases}",
    )
    assert said(*lines) == ["definition", "proved", "refuted"]


def test_a_leaky_unit_needs_to_know_its_slope() -> None:
    conventions = "let: k \\in \\mathbb{R}\nassume: 0 < k < 1"
    lines = (r"g(z) = \max(z, k z)", r"g'(z) = \begin{cases} 1 & z > 0 \\ k & \text{otherwise} \end{cases}")
    proved = links(*lines, conventions=conventions)[1]
    assert proved.said == "proved" and "0 < k < 1" in proved.scope
    assert said(*lines, conventions="let: k \\in \\mathbb{R}")[1] != "proved"


def test_an_update_must_step_down_its_cost() -> None:
    conventions = "let: w \\in \\mathbb{R}^d\nfunction: J(w)"
    line = r"w^{(t+1)} = w^{(t)} - \alpha \nabla_{w^{(t)}} J"
    assert said(line, conventions=conventions) == ["update"]
    assert said(line.replace("- ", "+ "), conventions=conventions) == ["refuted"]


def test_an_array_with_dots_is_all_its_entries() -> None:
    conventions = "let: x \\in \\mathbb{R}^n\nlet: W \\in \\mathbb{R}^{m \\times n}\nlet: y = W x\nfunction: E(y)"
    left = r"\frac{\partial E}{\partial x} = W^T"
    slope = r"\frac{\partial E}{\partial y_%s}"
    array = rf"\begin{{bmatrix}} {slope % 1} \\ \vdots \\ {slope % 'm'} \end{{bmatrix}}"
    assert said(f"{left} {array}", conventions=conventions) == ["proved"]
    assert said(f"{left} {array}".replace("y_", "x_"), conventions=conventions) != ["proved"]


def test_a_misprinted_logistic_and_a_norm_without_its_root_are_warned_of() -> None:
    (logistic,) = links(r"a = \frac{1}{1 + \exp(w x + b)}")
    (norm,) = links(r"\|U\|_F = \sum_i \sum_j U_{ij^2}", conventions="let: U \\in \\mathbb{R}^{m \\times n}")
    assert [link.said for link in (logistic, norm)] == ["definition", "definition"]
    assert all("customarily" in link.warnings[0].text for link in (logistic, norm))
    assert not links(r"a = \frac{1}{1 + \exp(-(w x + b))}")[0].warnings


def test_a_transpose_written_twice_is_not_read_once() -> None:
    conventions = (
        "let: x \\in \\mathbb{R}^m\nlet: W \\in \\mathbb{R}^{n \\times m}\nlet: y = W x\nfunction: E(y)\n"
        "gradient: \\delta v = \\frac{\\partial E}{\\partial v}"
    )
    assert "proved" not in said(r"\delta x = W^T^\top \delta y", conventions=conventions)


def test_nothing_is_refuted_by_a_definition_that_an_unread_line_may_have_replaced() -> None:
    lines = (r"y = x^2", r"y = x \bowtie 3", r"\frac{dy}{dx} = 3")
    assert "refuted" not in said(*lines)
    assert said(lines[0], lines[2])[-1] == "refuted"


def test_nothing_is_said_of_names_whose_declaration_could_not_be_read() -> None:
    lines = (r"y = W x", r"\nabla_x C = W^T \nabla_y C")
    good = "let: x \\in \\mathbb{R}^n, W \\in \\mathbb{R}^{m \\times n}\nfunction: C(y)"
    assert said(*lines, conventions=good) == ["definition", "proved"]
    assert said(*lines, conventions=good.replace("W \\in", "W in")) == ["unreadable"] * 3


def test_a_line_of_the_conventions_declares_several_names() -> None:
    let = r"let: x, b \in \mathbb{R}^{n}, \quad W \in \mathbb{R}^{n \times n}, c \in \mathbb{R}"
    assert said("y = W x + c b", r"\frac{\partial y}{\partial x} = W", conventions=let) == ["definition", "proved"]


AFFINE = (
    r"y = W x + b",
    r"\nabla_x C = W^T \nabla_y C",
    r"\frac{\partial C}{\partial W} = \frac{\partial C}{\partial y} x^T",
)


def test_what_nothing_declares_has_the_shape_that_its_letter_and_the_line_give_it() -> None:
    declared = "let: x \\in \\mathbb{R}^n\nfunction: C(y)"
    assert said(*AFFINE, conventions=declared) == ["definition", "proved", "proved"]
    assert said(AFFINE[0], r"\nabla_x C = W \nabla_y C", conventions=declared) == ["definition", "refuted"]
    (first,) = links(AFFINE[0], conventions=declared)
    assert "W, which nothing declares, is read as a matrix" in first.readings


def test_a_known_shape_on_the_left_is_that_of_what_defines_it() -> None:
    declared = "let: x \\in \\mathbb{R}^n, y \\in \\mathbb{R}^m\nfunction: C(y)"
    assert said(*AFFINE, conventions=declared) == ["definition", "proved", "proved"]


def test_an_identity_needs_no_declarations() -> None:
    form = r"\nabla_x (x^T A x)"
    assert said(f"{form} = (A + A^T) x", f"{form} = 2 A x") == ["proved", "refuted"]


def test_what_a_page_uses_as_a_number_has_no_transpose() -> None:
    assert said("p = q r + c", r"\frac{\partial p}{\partial r} = q^T") == ["definition", "unreadable"]
