"""Notation of works that the reader was not built upon: each way of writing proved, its near miss refuted."""

from __future__ import annotations

import pytest

from symbackprop.documents.checking import check_document
from symbackprop.documents.conventions import Conventions, with_line
from symbackprop.documents.conventions_page import _LINES, conventions_page
from symbackprop.documents.results import LinkResult


def links(*formulas: str, conventions: str = "network: none") -> list[LinkResult]:
    text = f"<!-- symbackprop\n{conventions}\n-->\n" + "\n\n".join(f"$$\n{formula}\n$$" for formula in formulas)
    return [link for equation in check_document(text, "<text>").equations for link in equation.links]


def said(*formulas: str, conventions: str = "network: none") -> list[str]:
    return [link.said for link in links(*formulas, conventions=conventions)]


def last(*formulas: str, conventions: str = "network: none") -> str:
    return said(*formulas, conventions=conventions)[-1]


# a sample's letter that is a neuron's as well

SAMPLES = "layers: 1..L\nweights: to,from; source\ncost: J\nsample: ^{(i)}\nsample-count: m\ndelta: z"
MEAN = r"J(W,b) = \frac{1}{m} \sum_{i=1}^m J(W,b;x^{(i)},y^{(i)})"


def test_the_letter_of_a_samples_mark_below_a_weight_is_a_neuron() -> None:
    line = r"\frac{{\partial}}{{\partial W_{{ij}}^{{(l)}}}} J(W,b) = \frac{{1}}{{m}} \sum_{{i=1}}^m {}"
    slope = r"\frac{\partial}{\partial W_{ij}^{(l)}} J(W,b; x^{(i)}, y^{(i)})"
    assert said(MEAN, line.format(slope), conventions=SAMPLES) == ["definition", "proved"]
    assert last(MEAN, line.format("-" + slope), conventions=SAMPLES) == "refuted"
    assert last(MEAN, line.format(slope.replace("_{ij}", "_{ji}")), conventions=SAMPLES) == "refuted"


# names whose marks below are labels


def test_a_letter_with_a_number_below_a_new_name_is_its_label() -> None:
    page = (
        r"net_{h1} = w_1 * i_1 + w_2 * i_2 + b_1 * 1",
        r"out_{h1} = \frac{1}{1+e^{-net_{h1}}}",
        r"\frac{\partial out_{h1}}{\partial net_{h1}} = out_{h1}(1 - out_{h1})",
        r"\frac{\partial net_{h1}}{\partial w_1} = i_1",
    )
    assert said(*page) == ["definition", "definition", "proved", "proved"]
    assert last(*page[:3], page[3].replace("= i_1", "= i_2")) == "refuted"
    assert last(*page[:2], page[2].replace("(1 - out_{h1})", "(1 + out_{h1})")) == "refuted"


def test_a_letter_with_a_number_below_stays_an_index_where_the_letter_is_one() -> None:
    page = (r"z_i = \sum_j W_{ij} x_j", r"\frac{\partial z_i}{\partial W_{i1}} = x_1")
    assert last(*page) == "proved"
    assert last(page[0], page[1].replace("= x_1", "= x_2")) == "refuted"


def test_nothing_is_refuted_by_the_value_of_what_nothing_defines() -> None:
    for line in (r"q_{kk} = x + 1", r"3 q = x + 1", r"q_1 p = \theta x"):
        assert last(r"x = 2 \theta", line) != "refuted", line
    assert last(r"(x - 1)^2 = x^2 - 1") == "refuted"


def test_a_new_name_within_a_chain_is_defined_by_what_follows() -> None:
    page = (r"z = w x + b", r"\hat{y} = a = \sigma(z)", r"\frac{\partial \hat{y}}{\partial a} = 1",
            r"\frac{\partial \hat{y}}{\partial z} = \sigma'(z)")  # fmt: skip
    assert said(*page) == ["definition", "definition", "definition", "proved", "proved"]
    assert last(*page[:3], page[3].replace("'", "")) == "refuted"


def test_an_index_of_zero_beside_another_names_a_quantity_of_its_own() -> None:
    page = (r"Z_m = \alpha_{0m} + \sum_l \alpha_{ml} X_l", r"\frac{\partial Z_m}{\partial \alpha_{0m}} = 1")
    assert said(*page) == ["definition", "proved"]
    assert last(page[0], page[1].replace("= 1", "= X_m")) == "refuted"


# products

VECTORS = "network: none\nlet: w, x \\in \\mathbb{R}^n\nlet: b \\in \\mathbb{R}"


def test_a_dot_between_the_names_of_two_vectors_is_their_inner_product() -> None:
    page = (r"y = w \cdot x + b", r"\frac{\partial y}{\partial w_j} = x_j", r"y = w^T x + b")
    assert said(*page, conventions=VECTORS) == ["definition", "proved", "proved"]
    assert last(*page[:2], r"y = w^T w + b", conventions=VECTORS) == "definition"  # again, with a note
    assert last(page[0], page[1].replace("= x_j", "= w_j"), conventions=VECTORS) == "refuted"


def test_a_dot_between_vectors_is_read_entry_by_entry_where_that_alone_fits() -> None:
    page = (r"y = w \odot x", r"2 y = 2 w \cdot x")
    assert said(*page, conventions=VECTORS) == ["definition", "proved"]


# functions and quantities with what they depend on behind them


def test_a_quantity_is_defined_with_what_it_depends_on_in_brackets() -> None:
    page = (r"f(x,y) = 3 x^2 y + x", r"\frac{\partial f}{\partial x} = 6xy + 1",
            r"\frac{\partial f(x,y)}{\partial y} = 3x^2")  # fmt: skip
    assert said(*page) == ["definition", "proved", "proved"]
    assert last(page[0], page[2].replace("3x", "3y")) == "refuted"
    assert last(page[0], page[1].replace("+ 1", "- 1")) == "refuted"


def test_what_a_quantity_depends_on_may_be_a_vector() -> None:
    page = (r"J(\theta) = \frac{1}{2} (h_\theta(x) - y)^2",
            r"\frac{\partial}{\partial \theta_j} J(\theta) = (h_\theta(x) - y) x_j")  # fmt: skip
    known = "network: none\nlet: \\theta, x \\in \\mathbb{R}^n\nlet: h_\\theta(x) = \\theta^T x"
    assert said(*page, conventions=known) == ["definition", "proved"]
    assert last(page[0], page[1].replace("x_j", r"\theta_j"), conventions=known) == "refuted"
    assert last(page[0], page[1].replace("- y", "+ y"), conventions=known) == "refuted"


def test_the_derivative_of_a_functions_name_is_taken_at_its_variable() -> None:
    page = (r"f(x) = \frac{1}{x} + c x", r"\frac{df}{dx} = -1/x^2 + c", r"\frac{df}{dx} = f'(x)")
    assert said(*page) == ["definition", "proved", "proved"]
    assert last(page[0], page[1].replace("-1", "1")) == "refuted"


def test_a_functions_name_is_not_derived_at_what_it_is_not_a_function_of() -> None:
    page = (r"\sigma(u) = \frac{1}{1+e^{-u}}", r"z = w x", r"y = \sigma(z)")
    assert last(*page, r"\frac{d\sigma}{du} = \sigma(u)(1-\sigma(u))") == "proved"
    assert last(*page, r"\frac{\partial \sigma}{\partial w} = \sigma(z)(1-\sigma(z)) x") == "unreadable"


def test_an_arrow_at_the_start_of_a_row_says_hence() -> None:
    page = r"\sigma(x) = \frac{1}{1+e^{-x}} \\ \rightarrow \frac{d\sigma(x)}{dx} = "
    page += r"\left( 1 - \sigma(x) \right) \sigma(x)"
    assert said(page) == ["definition", "proved"]
    assert said(page.replace("1 - ", "1 + ", 1).replace(r"\left( 1 - ", r"\left( 1 + ")) != ["definition", "proved"]


# rows

ROWS = (
    "network: none\nlayout: gradients: numerator\nlet: x \\in \\mathbb{R}^D\nlet: W \\in \\mathbb{R}^{H \\times D}\n"
    "let: U \\in \\mathbb{R}^{C \\times H}\nlet: \\theta \\in \\mathbb{R}^C"
)


def test_a_name_for_a_gradient_in_numerator_layout_is_a_row() -> None:
    page = (r"z = W x", r"h = \text{ReLU}(z)", r"\theta = U h", r"J = \frac{1}{2} \|\theta - x^T x\|^2",
            r"\delta_1 = \frac{\partial J}{\partial \theta}", r"\delta_2 = \frac{\partial J}{\partial z}",
            r"\delta_2 = \delta_1 U \circ \text{ReLU}'(z)")  # fmt: skip
    assert said(*page, conventions=ROWS)[-3:] == ["definition", "definition", "proved"]
    assert last(*page[:-1], page[-1].replace("1 U", "1 U^T"), conventions=ROWS) == "refuted"
    wrong = r"\frac{\partial J}{\partial z} = \delta_1 U \circ \text{ReLU}(z)"
    assert last(*page[:-1], wrong, conventions=ROWS) == "refuted"
    assert last(*page[:-1], r"\frac{\partial J}{\partial x} = \delta_2 W - \delta_2 W", conventions=ROWS) == "refuted"


# what an index means below a name that is declared as one quantity


def test_a_quantity_declared_as_one_is_not_the_same_for_all_that_a_sum_runs_over() -> None:
    line = r"\sum_{i=1}^N y_i z_i = y_i \sum_{i=1}^N z_i"
    for conventions in (r"let: y_i \in \mathbb{R}", "sample: _i", r"let: y \in \mathbb{R}^N"):
        assert last(r"z_i = w x_i", line, conventions=f"network: none\n{conventions}") != "proved", conventions
    marked = line.replace("y_i", "y^{(i)}")
    assert last(r"z_i = w x_i", marked, conventions="network: none\nlet: y^{(i)} \\in \\mathbb{R}") != "proved"


def test_a_mean_over_samples_is_not_refuted_where_their_mark_is_no_index() -> None:
    page = (r"v_i = y_i - w x_i", r"C = \frac{1}{N} \sum_{i=1}^N v_i^2",
            r"\frac{\partial C}{\partial w} = -\frac{2}{N} \sum_{i=1}^N v_i x_i")  # fmt: skip
    assert last(*page, conventions="network: none\nsample: _i\nlet: w \\in \\mathbb{R}") != "refuted"
    assert last(*page) == "proved"
    assert last(*page[:2], page[2].replace("-", "")) == "refuted"


# gradients of what begins with a number


def test_a_gradient_takes_the_product_behind_its_factor() -> None:
    page = (r"J = \frac{1}{2} (X w - y)^T (X w - y)",
            r"\nabla_w J = \nabla_w \frac{1}{2} (X w - y)^T (X w - y) = X^T X w - X^T y")  # fmt: skip
    known = "network: none\nlet: X \\in \\mathbb{R}^{m \\times n}\nlet: w \\in \\mathbb{R}^n\nlet: y \\in \\mathbb{R}^m"
    assert said(*page, conventions=known) == ["definition", "proved", "proved"]
    assert last(page[0], page[1].replace("- X^T y", "+ X^T y"), conventions=known) == "refuted"


def test_a_wide_space_parts_two_statements() -> None:
    page = r"f(x,y) = x y \hspace{0.5in} \rightarrow \hspace{0.5in} \frac{\partial f}{\partial x} = y \hspace{0.5in} "
    assert said(page + r"\frac{\partial f}{\partial y} = x") == ["definition", "proved", "proved"]
    assert said(page + r"\frac{\partial f}{\partial y} = y")[-1] == "refuted"


def test_a_function_takes_the_place_of_a_quantity_of_its_name_and_the_other_way_round() -> None:
    slope = r"\frac{\partial f}{\partial x} = "
    assert last(r"f(x,y) = x y", r"f(x) = \frac{1}{x}", r"\frac{df}{dx} = -1/x^2") == "proved"
    assert last(r"f(x) = \frac{1}{x}", r"f(x,y) = x y", slope + "y") == "proved"
    assert last(r"f(x) = \frac{1}{x}", r"f(x,y) = x y", slope + "-1/x^2") == "refuted"


@pytest.mark.parametrize(
    ("right", "verdict"), [(r"a b \, \mathrm{sech}^2(b v)", "proved"), (r"ab \tanh(bv)", "refuted")]
)
def test_hyperbolic_functions_are_known(right: str, verdict: str) -> None:
    assert last(r"\varphi(v) = a \tanh(b v)", rf"\varphi'(v) = {right}") == verdict
    assert last(r"\cosh(x) = \frac{e^x + e^{-x}}{2}") in ("proved", "definition")


def test_a_word_before_a_bracket_is_a_function_or_unreadable_and_never_a_number() -> None:
    given = "network: none\nlet: y, \\theta \\in \\mathbb{R}^C\nassume: \\sum_i y_i = 1"
    page = (r"p = \text{softmax}(\theta)", r"J = - \sum_i y_i \log p_i", r"\frac{\partial J}{\partial \theta} = p - y")
    assert said(*page, conventions=given) == ["definition", "definition", "proved"]
    assert last(*page[:2], page[2].replace("p - y", "y - p"), conventions=given) == "refuted"
    unknown = links(page[0].replace("softmax", "sparsemax"), conventions=given)[0]
    assert unknown.said == "unreadable" and unknown.problem is not None and "sparsemax" in unknown.problem.text


# layers that the letters of neurons have

UNITS = (
    "layers: 0..L\nsymbols: z=a, a=z, w=w, b=none\nhidden: h\noutput: identity\ncost: E\n"
    "input: x\nprediction: y\ntarget: t\ndelta: z\nweights: to,from"
)


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        (r"a_j = \sum_i w_{ji} z_i", r"a_j = \sum_i w_{ij} z_i"),
        (r"\frac{\partial E}{\partial w_{ji}} = \delta_j z_i", r"\frac{\partial E}{\partial w_{ji}} = \delta_i z_j"),
        (r"\delta_k = y_k - t_k", r"\delta_k = t_k - y_k"),
        (r"\delta_j = h'(a_j) \sum_k w_{kj} \delta_k", r"\delta_j = h'(a_j) \sum_k w_{jk} \delta_k"),
        (r"\delta_j = h'(a_j) \sum_k w_{kj} \delta_k", r"\delta_j = h(a_j) \sum_k w_{kj} \delta_k"),
        (r"\delta_j = h'(a_j) \sum_k w_{kj} (y_k - t_k)", r"\delta_j = h'(a_j) \sum_k w_{kj} (t_k - y_k)"),
        (r"\frac{\partial E}{\partial w_{ji}} = \delta_j x_i", r"\frac{\partial E}{\partial w_{kj}} = \delta_k x_i"),
        (r"\frac{\partial a_j}{\partial w_{ji}} = z_i", r"\frac{\partial a_j}{\partial w_{ji}} = z_j"),
    ],
)
def test_letters_of_neurons_have_layers(right: str, wrong: str) -> None:
    cost = r"E = \frac{1}{2} \sum_k (y_k - t_k)^2"
    assert last(cost, right, conventions=UNITS) in ("proved", "definition")
    assert last(cost, wrong, conventions=UNITS) in ("refuted", "unreadable")


def test_the_weights_of_a_line_give_their_layers_to_its_letters() -> None:
    units = UNITS.replace("to,from", "from,to")
    assert last(r"\delta_j = h'(a_j) \sum_m w_{jm} \delta_m", conventions=units) == "proved"
    assert last(r"\delta_j = h'(a_j) \sum_m w_{mj} \delta_m", conventions=units) == "refuted"
    assert last(r"a_j = \sum_{k=1}^n w_{kj} z_k", conventions=units) in ("proved", "definition")


# steps, sets, entries, bars, functions of layers


def test_a_step_written_with_delta_must_descend() -> None:
    line = r"\Delta w_{ij}^l = -\eta \frac{\partial C}{\partial w_{ij}^l} = -\eta \delta_i^l a_j^{l-1}"
    assert said(line, conventions="delta: z\nactivation: f") == ["update", "proved"]
    assert said(line.replace(r"-\eta \d", r"\eta \d"), conventions="delta: z\nactivation: f")[1] == "refuted"
    assert said(line.replace(r"= -\eta \f", r"= \eta \f"), conventions="delta: z\nactivation: f")[0] == "refuted"
    page = (r"E = \frac{1}{2} (t - w x)^2", r"\Delta w = \eta (t - w x) x")
    assert last(*page) == "update"
    assert last(page[0], page[1].replace("(t - w x)", "(w x - t)")) == "refuted"


def test_a_sum_of_two_labelled_quantities_is_no_step() -> None:
    page = (r"E_{o1} = (t_1 - a)^2", r"E_{o2} = (t_2 - a)^2", r"E_{total} = E_{o1} + E_{o2}",
            r"\frac{\partial E_{total}}{\partial a} = -2 (t_1 - a) - 2 (t_2 - a)")  # fmt: skip
    assert said(*page) == ["definition", "definition", "definition", "proved"]


@pytest.mark.parametrize("over", ["outputs", "Downstream(j)", "D"])
def test_a_sum_over_a_set_of_neurons_is_over_all_of_them(over: str) -> None:
    given = "delta: z\nactivation: f\nsymbols: z=net, a=o, w=w, b=none"
    line = rf"\delta_j = f'(net_j) \sum_{{k \in {over}}} \delta_k w_{{kj}}"
    assert last(line, conventions=given) == "proved"
    assert last(line.replace("{kj}", "{jk}"), conventions=given) != "proved"


def test_words_above_a_sum_name_a_size() -> None:
    page = (r"E = -\sum_{i=1}^{nout} t_i \log(y_i)", r"\frac{\partial E}{\partial y_i} = -\frac{t_i}{y_i}")
    assert said(*page) == ["definition", "proved"]
    assert last(page[0], page[1].replace("-", "")) == "refuted"


def test_an_entry_of_a_matrix_in_brackets_has_its_indices_behind() -> None:
    given = "network: none\nlet: x \\in \\mathbb{R}^m\nlet: W \\in \\mathbb{R}^{n \\times m}"
    entry = r"\left( \frac{\partial z}{\partial x} \right)_{ij} = "
    assert last("z = W x", entry + r"\frac{\partial z_i}{\partial x_j} = W_{ij}", conventions=given) == "proved"
    assert last("z = W x", entry + "W_{ji}", conventions=given) == "refuted"


def test_a_bar_over_a_name_with_its_marks_is_its_gradient() -> None:
    given = "network: none\ngradient: \\overline{v} = \\frac{\\partial E}{\\partial v}"
    page = (r"y_k = \sum_i w^{(2)}_{ki} h_i", r"E = \frac{1}{2} \sum_k (y_k - t_k)^2",
            r"\overline{y_k} = y_k - t_k", r"\overline{w^{(2)}_{ki}} = \overline{y_k} h_i")  # fmt: skip
    assert said(*page, conventions=given) == ["definition", "definition", "proved", "proved"]
    assert last(*page[:3], page[3].replace("h_i", "y_i"), conventions=given) == "refuted"


LAYERED = "layer-mark: ^{[l]}\nhidden: g^{[l]}\ncost: L\ndelta: z"


@pytest.mark.parametrize("slope", [r"g^{[l]'}(z^{[l]})", r"{g^{[l]}}'(z^{[l]})", r"(g^{[l]})'(z^{[l]})", r"(g^{[l]})'"])
def test_every_layer_may_have_a_function_marked_above(slope: str) -> None:
    right = rf"\frac{{\partial L}}{{\partial z^{{[l]}}}} = \frac{{\partial L}}{{\partial a^{{[l]}}}} \odot {slope}"
    assert last(r"a^{[l]} = g^{[l]}(z^{[l]})", right, conventions=LAYERED) == "proved"
    wrong = right.replace("'", "")
    assert last(r"a^{[l]} = g^{[l]}(z^{[l]})", wrong, conventions=LAYERED) in ("refuted", "unreadable")


# gradients with names of their own in a network

NAMED = "layers: 0..2\nlayer-mark: ^{[l]}\nhidden: g^{[l]}\noutput: sigmoid\ncost: L\n"
GRADIENT = "gradient: dv = \\frac{\\partial L}{\\partial v}"
COST = r"L = -(y \log a^{[2]} + (1 - y) \log(1 - a^{[2]}))"


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        (r"dz^{[2]} = a^{[2]} - y", r"dz^{[2]} = y - a^{[2]}"),
        (r"dW^{[2]} = dz^{[2]} a^{[1]T}", r"dW^{[2]} = dz^{[2]} a^{[1]}"),
        (r"dz^{[1]} = W^{[2]T} dz^{[2]} * g^{[1]'}(z^{[1]})", r"dz^{[1]} = W^{[2]T} dz^{[2]} * g^{[1]}(z^{[1]})"),
        (r"db^{[1]} = dz^{[1]}", r"db^{[1]} = dz^{[2]}"),
        (r"W^{[1]} = W^{[1]} - \alpha \, dW^{[1]}", r"W^{[1]} = W^{[1]} + \alpha \, dW^{[1]}"),
    ],
)
def test_gradients_with_names_of_their_own_are_read_in_a_network(right: str, wrong: str) -> None:
    widths = "widths: [n_0, n_1, 1]\n"
    assert last(COST, right, conventions=NAMED + widths + GRADIENT) in ("proved", "update")
    assert last(COST, wrong, conventions=NAMED + widths + GRADIENT) == "refuted"


def test_an_increment_alone_is_not_refuted_but_asked_for() -> None:
    found = links(COST, r"dz^{[2]} = a^{[2]} - y", conventions=NAMED)[-1]
    assert found.said == "unreadable" and found.problem is not None and "gradient:" in found.problem.text


def test_a_cost_given_as_a_vector_is_asked_for_its_sum() -> None:
    found = links(COST, conventions=NAMED)[0]
    assert found.said == "unreadable" and found.problem is not None and "widths" in found.problem.text


def test_the_weights_of_a_single_neuron_lie_as_a_matrix_and_stand_as_a_vector() -> None:
    one = "layers: 0..1\nwidths: [n_0, 1]\nactivation: f\ncost: C\ninput: x\n"
    slope = r"\frac{\partial C}{\partial W} = \frac{\partial C}{\partial z} x"
    assert last(r"z = W x + b", slope + "^T", conventions=one) == "proved"
    assert last(r"z = w^T x + b", slope.replace("W", "w"), conventions=one) == "proved"
    assert last(r"z = W x + b", slope, conventions=one) == "refuted"


def test_an_activation_of_any_neuron_is_the_hidden_ones_where_the_output_has_a_stated_one() -> None:
    given = UNITS.replace("hidden: h\n", "hidden: tanh\n")
    page = (r"E = \frac{1}{2} \sum_k (y_k - t_k)^2", r"z_j = \tanh(a_j)", r"\delta_k = y_k - t_k")
    assert last(*page, conventions=given) == "proved"
    assert last(*page[:2], r"\delta_k = (y_k - t_k) (1 - y_k^2)", conventions=given) == "refuted"
    everywhere = given.replace("output: identity\n", "")
    assert last(*page, conventions=everywhere) == "undecided"


def test_a_space_behind_a_matrix_parts_two_statements() -> None:
    given = "network: none\nlet: X, W \\in \\mathbb{R}^{2 \\times 2}"
    one = r"X = \begin{pmatrix} a & b \\ c & d \end{pmatrix}"
    other = r"W = \begin{pmatrix} p & q \\ r & s \end{pmatrix}"
    assert said(rf"{one} \quad {other}", conventions=given) == ["definition", "definition"]


def test_a_total_that_adds_a_penalty_to_a_cost_of_its_letter_is_no_step() -> None:
    page = (r"\mathcal{L} = \frac{1}{2} (w x - t)^2", r"\mathcal{L}_{\text{reg}} = \mathcal{L} + \lambda w^2",
            r"\frac{\partial \mathcal{L}_{\text{reg}}}{\partial w} = (w x - t) x + 2 \lambda w")  # fmt: skip
    assert said(*page) == ["definition", "definition", "proved"]
    assert last(*page[:2], page[2].replace("2 ", "")) == "refuted"
    assert last(page[0], r"w_{\text{new}} = w_{\text{old}} + \eta (w x - t) x") != "definition"


def test_sums_over_a_set_and_of_a_vectors_entries_are_over_all() -> None:
    given = "network: none\nlet: x \\in \\mathbb{R}^n"
    assert said("y = sum(x)", r"\frac{\partial y}{\partial x_i} = 1", conventions=given) == ["definition", "proved"]
    assert last("y = sum(x)", r"\frac{\partial y}{\partial x_i} = x_i", conventions=given) == "refuted"
    page = (r"E = \frac{1}{2} \sum_{d \in D} (t_d - o_d)^2", r"\frac{\partial E}{\partial o_d} = -(t_d - o_d)")
    assert said(*page) == ["definition", "proved"]
    assert last(page[0], page[1].replace("= -", "= ")) == "refuted"


def test_every_key_of_a_conventions_block_is_explained_with_a_line_that_is_obeyed() -> None:
    keys = set(with_line(Conventions(), "?", "").removeprefix("one of the keys ").split(", "))  # type: ignore[union-attr]
    explained = {line.partition(":")[0]: line.partition(": ")[2] for line, _ in _LINES}
    assert keys == set(explained)
    start = with_line(Conventions(), "layers", "0..2")
    assert isinstance(start, Conventions)
    assert [key for key, value in explained.items() if isinstance(with_line(start, key, value), str)] == []
    assert all(line in conventions_page() for line, _ in _LINES)


# numbered names, counts of neurons, inputs

STEPS = (
    "network: none\nlet: x \\in \\mathbb{R}^D\nlet: W_1 \\in \\mathbb{R}^{K \\times D}\n"
    "let: W_2 \\in \\mathbb{R}^{M \\times K}"
)


def test_a_numbered_name_that_is_computed_from_the_vector_of_its_letter_is_another_one() -> None:
    page = (r"x_2 = W_1 x", r"x_3 = \tanh(x_2)", r"x_4 = W_2 x_3", r"\frac{\partial x_4}{\partial x_3} = W_2")
    assert said(*page, conventions=STEPS) == ["definition", "definition", "definition", "proved"]
    assert last(*page[:3], page[3].replace("= W_2", "= W_2^T"), conventions=STEPS) == "refuted"


def test_an_entry_of_a_free_vector_alone_on_the_left_is_not_refuted() -> None:
    assert last(r"y = W_1 x", r"x_1 = 2 \lambda", conventions=STEPS + "\nlet: \\lambda \\in \\mathbb{R}") != "refuted"


def test_a_number_of_neurons_above_a_sum_names_no_layer_where_no_layer_is_marked() -> None:
    given = "layers: 0..2\nsymbols: z=net, a=y, w=w, b=none\nactivation: f\ncost: J\nprediction: z\ntarget: t"
    line = r"net_k = \sum_{j=1}^{n_H} w_{kj} y_j"
    assert last(line, conventions=given) in ("proved", "definition")
    assert last(line, line.replace("y_j", "net_j"), conventions=given) not in ("proved",)


def test_the_letter_of_the_activations_may_name_the_input_too() -> None:
    given = "layers: 0..2\nsymbols: a=o, w=w, b=none\nweights: from,to\nactivation: sigmoid\ninput: o\ndelta: z"
    line = r"\frac{\partial E}{\partial w_{ij}^{(2)}} = o_i^{(1)} \delta_j^{(2)}"
    assert last(line, conventions=given) == "proved"
    assert last(line.replace("o_i^{(1)}", "o_i"), conventions=given) in ("refuted", "unreadable")
