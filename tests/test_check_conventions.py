"""A conventions block is obeyed: a line is proved under its author's conventions, and under no other."""

from __future__ import annotations

import pytest

from symbackprop.documents.check import check
from symbackprop.documents.checking import check_document


def said(conventions: str, *displays: str) -> list[str]:
    """The verdict of each link of some displays under a conventions block."""
    return [link.said for equation in checked(conventions, *displays).equations for link in equation.links]


def checked(conventions: str, *displays: str):  # type: ignore[no-untyped-def]
    block = f"<!-- symbackprop\n{conventions}\n-->\n\n" if conventions else ""
    return check(block + "\n\n".join(f"$${display}$$" for display in displays))



def test_weights_may_lead_from_the_first_index_to_the_second() -> None:
    line = r"\frac{\partial C}{\partial w^l_{ij}} = a^{l-1}_i \delta^l_j"
    assert said("delta: z\nweights: from,to", line) == ["proved"]
    assert said("delta: z\nweights: to,from", line) == ["refuted"]
    matrix = r"\frac{\partial C}{\partial w^l} = a^{l-1} (\delta^l)^T"
    assert said("delta: z\nweights: from,to", matrix) == ["proved"]
    assert said("delta: z", matrix) == ["refuted"]


def test_the_mark_of_a_weight_may_name_the_layer_that_feeds() -> None:
    line = r"\frac{\partial C}{\partial W^{(l)}_{ij}} = a^{(l)}_j \delta^{(l+1)}_i"
    assert said("delta: z\nweights: to,from; source", line) == ["proved"]
    assert said("delta: z", line) == ["refuted"]


@pytest.mark.parametrize("weights", ["to,from; target", "from,to; target", "to,from; source", "from,to; source"])
def test_what_was_read_is_written_in_the_conventions_of_the_page(weights: str) -> None:
    line = r"\frac{\partial C}{\partial W^{(l)}} = \frac{\partial C}{\partial W^{(l)}}"
    (equation,) = checked(f"delta: z\nweights: {weights}", line).equations
    read = equation.links[0].read_as
    assert r"\partial w_{p q}^{(l)}" in read
    assert said(f"delta: z\nweights: {weights}", read.partition(r"\quad")[0]) == ["proved"]


def test_the_layer_may_stand_below() -> None:
    block = "layer-mark: _l\nsymbols: a=x, w=W, b=none\nactivation: f\ndelta: z"
    assert said(block, r"\delta_i = (W_{i+1}^T \delta_{i+1}) \odot f'(z_i)") == ["proved"]
    assert said(block, r"\frac{\partial E}{\partial W_i} = \delta_i x_{i-1}^T") == ["proved"]
    assert said(block, r"\frac{\partial E}{\partial W_i} = \delta_i x_i^T") == ["refuted"]


def test_layers_may_have_names() -> None:
    block = "layers: x, h, o\nsymbols: z=Z, a=A, w=W, b=B\nactivation: s\ndelta: z"
    assert said(block, r"\delta^h = ((W^o)^T \delta^o) \odot s'(Z^h)") == ["proved"]
    assert said(block, r"\frac{\partial C}{\partial W^o} = \delta^o (A^h)^T") == ["proved"]
    assert said(block, r"\frac{\partial C}{\partial W^o} = \delta^o (A^x)^T") == ["refuted"]


def test_every_layer_may_have_a_function_of_its_own() -> None:
    block = "hidden: f_l\ndelta: z"
    assert said(block, r"\delta^l = ((w^{l+1})^T \delta^{l+1}) \odot f_l'(z^l)") == ["proved"]
    assert said(block, r"\delta^l = ((w^{l+1})^T \delta^{l+1}) \odot f_{l+1}'(z^l)") == ["unreadable"]
    assert said(block, r"\delta^L = \nabla_{a^L} C \odot f_L'(w^L a^{L-1} + b^L)") == ["proved"]


def test_a_function_may_have_a_letter_below() -> None:
    block = "activation: f_a\ndelta: z"
    assert said(block, r"\frac{\partial a_i^l}{\partial z_i^l} = {f_a}'(z_i^l)") == ["proved"]
    assert said(block, r"\frac{\partial a_i^l}{\partial z_i^l} = f_a'(z_i^l)") == ["proved"]


def test_layer_and_transpose_may_share_a_superscript() -> None:
    line = r"\delta^{[l]} = (W^{[l+1]T} \delta^{[l+1]}) \odot \sigma'(z^{[l]})"
    assert said("delta: z\nactivation: \\sigma", line) == ["proved"]


def test_several_letters_may_name_one_quantity() -> None:
    block = "symbols: z=z, z=Z, a=a, a=A\nactivation: s"
    lines = r"Z^l = W^l A^{l-1} + b^l", r"z_i^l = \sum_j w_{ij}^l a_j^{l-1} + b_i^l"
    assert said(block, *lines) == ["definition", "proved"]


def test_a_link_from_a_wrong_member_is_not_proved() -> None:
    line = r"\frac{\partial z_i^l}{\partial b_i^l} = \frac{\partial z_i^l}{\partial a_j^{l-1}} + 2 = 1"
    verdicts = said("", line)
    assert verdicts[0] == "refuted" and verdicts[1] == "refuted"


def test_a_name_may_stand_for_a_formula() -> None:
    block = "delta: z\nactivation: \\sigma\nlet: \\Sigma'(v) = \\operatorname{diag}(\\sigma'(v))"
    assert said(block, r"\delta^L = \Sigma'(z^L) \nabla_a C") == ["proved"]
    assert said(block, r"\delta^L = \Sigma'(z^{L-1}) \nabla_a C") == ["refuted"]


def test_a_definition_that_the_text_says_in_words_holds() -> None:
    line = r"\delta^L = a^L - y"
    assert said("activation: \\sigma\nlet: \\delta^l = \\frac{\\partial C}{\\partial z^l}", line) == ["undecided"]
    let = "let: C = -\\sum_j [y_j \\ln a_j^L + (1 - y_j) \\ln(1 - a_j^L)]"
    assert said(f"activation: sigmoid\ndelta: z\n{let}", line) == ["proved"]
    assert "unreadable" in said("let: \\delta^l = \\frac{\\partial C}{\\partial", line)
    assert "unreadable" in said("let: a^l = z^l + w^l", line)


def test_two_columns_of_different_layers_have_no_product() -> None:
    block = "delta: z\nactivation: s"
    (equation,) = checked(block, r"\frac{\partial C}{\partial w^L} = \delta^L a^{L-1}").equations
    (link,) = equation.links
    assert link.said == "refuted" and link.problem is not None and link.problem.span.text == "a^{L-1}"
    assert link.fix is not None and link.fix.text == r"\delta^L (a^{L-1})^T"


def test_two_of_one_shape_side_by_side_are_multiplied_entry_by_entry_and_it_is_said() -> None:
    (equation,) = checked("delta: z\nactivation: s", r"\delta^L = \nabla_{a^L} C s'(z^L)").equations
    (equation,) = checked("delta: z\nactivation: s", r"\delta^L = (\nabla_{a^L} C) s'(z^L)").equations
    assert equation.links[0].said == "proved"
    assert any("entry by entry" in reading for reading in equation.links[0].readings)


def test_a_column_is_no_matrix() -> None:
    assert said("activation: s", r"\frac{\partial a^l}{\partial z^l} = s'(z^l)") == ["refuted"]
    assert said("activation: s", r"\frac{\partial a^l}{\partial z^l} = \operatorname{diag}(s'(z^l))") == ["proved"]


def test_the_chain_rule_without_layout_is_summed_over_what_is_differentiated() -> None:
    chain = r"\frac{\partial C}{\partial w^L} = \frac{\partial C}{\partial a^L} \frac{\partial a^L}{\partial w^L}"
    (equation,) = checked("activation: s", chain).equations
    assert equation.links[0].said == "proved"
    assert any("is summed over the entries" in reading for reading in equation.links[0].readings)
    wrong = r"\frac{\partial C}{\partial w^L} = \frac{\partial C}{\partial z^L} \frac{\partial a^L}{\partial w^L}"
    assert said("activation: s", wrong) == ["refuted"]
    alone = r"\frac{\partial a^L}{\partial w^L} = 1"
    assert said("activation: s", alone) == ["undecided"]


def test_an_update_may_say_at_which_step_it_takes_the_parameter() -> None:
    assert said("delta: z", r"b^l(t+1) = b^l(t) - \eta \delta^l") == ["update"]
    assert said("delta: z", r"b^l(t+1) = b^l(t) + \eta \delta^l") == ["refuted"]
    for left in ("t", "t-1", "t+2"):
        assert said("delta: z", rf"b^l({left}) = b^l(t) - \eta \delta^l") == ["unreadable"]
    assert said("delta: z", r"b^l \rightarrow b^l - \eta \delta^l") == ["update"]
    assert said("delta: z", r"b^l \leftarrow b^l - \eta \frac{\partial C}{\partial b^l} = b^l - \eta \delta^l") == [
        "update", "proved",
    ]  # fmt: skip


def test_a_mean_over_samples_defines_the_total_and_one_samples_cost() -> None:
    block = "activation: s\nsample: _x, (x)\nsample-count: n\ndelta: z"
    mean = r"C = \frac{1}{2n} \sum_x \|y(x) - a^L(x)\|^2"
    total = r"\frac{\partial C}{\partial b^L_j} = \frac{1}{n} \sum_x \frac{\partial C_x}{\partial b^L_j}"
    assert said(block, mean, total) == ["definition", "proved"]
    one = r"C = \frac{1}{2} \sum_j (y_j - a_j^L)^2"
    assert said(block, mean, one, r"\delta^L = (a^L - y) \odot s'(z^L)")[1:] == ["proved", "proved"]


def test_the_cost_of_parameters_alone_is_the_total() -> None:
    block = "cost: J\nsample: ^{(k)}\nsample-count: m\nlet: J(W,b) = \\frac{1}{m} \\sum_{k=1}^m J(W,b;x^{(k)},y^{(k)})"
    one = r"\frac{\partial}{\partial b_i^l} J(W,b;x^{(k)},y^{(k)})"
    line = r"\frac{\partial}{\partial b_i^l} J(W,b) = \frac{1}{m} \sum_{k=1}^m " + one
    assert said(block, line) == ["proved"]
    assert said(block, line.replace(r"\frac{1}{m}", "")) == ["refuted"]


ROWS = "\n".join([
    "layers: 0..2", "layout: rows", "layer-mark: _l", "weights: from,to", "hidden: tanh", "output: softmax", "cost: L",
    "input: x", "prediction: \\hat{y}", "delta: z_{l-1}", "assume: \\sum_i y_i = 1",
])  # fmt: skip


def test_samples_may_be_rows() -> None:
    assert said(ROWS, r"z_1 = x W_1 + b_1", r"a_2 = \hat{y} = \mathrm{softmax}(z_2)") == ["proved"] * 3
    assert said(ROWS, r"\delta_2 = (1 - \tanh^2 z_1) \circ \delta_3 W_2^T") == ["proved"]
    assert said(ROWS, r"\delta_2 = (1 - \tanh^2 z_2) \circ \delta_3 W_2^T") == ["refuted"]
    assert said(ROWS, r"\frac{\partial L}{\partial W_1} = x^T \delta_2") == ["proved"]
    assert said(ROWS, r"\frac{\partial L}{\partial W_1} = \delta_2^T x") == ["refuted"]
    assert said(ROWS, r"\frac{\partial L}{\partial b_1} = \delta_2") == ["refuted"]


def test_the_mean_over_rows_has_its_factor() -> None:
    mean = r"L(y, \hat{y}) = -\frac{1}{N} \sum_{n \in N} \sum_{i \in K} y_{n,i} \log \hat{y}_{n,i}"
    assert said(ROWS, mean, r"\delta_3 = \hat{y} - y") == ["definition", "refuted"]
    assert said(ROWS, mean, r"\delta_3 = \frac{1}{N} (\hat{y} - y)") == ["definition", "proved"]
    assert said(ROWS, mean.replace(r"\frac{1}{N}", ""), r"\delta_3 = \hat{y} - y") == ["definition", "proved"]


def test_a_sum_without_an_index_is_over_all_entries() -> None:
    block = "layers: 1..3\nlayout: rows\nweights: from,to; source\nsymbols: b=none\nactivation: f\ncost: J"
    block += "\ninput: X\ndelta: z"
    cost = r"J = \sum \frac{1}{2} (y - a^{(3)})^2"
    assert said(block, cost, r"\delta^{(3)} = -(y - a^{(3)}) \odot f'(z^{(3)})") == ["definition", "proved"]
    assert said(block, cost, r"\delta^{(3)} = (y - a^{(3)}) \odot f'(z^{(3)})") == ["definition", "refuted"]
    assert said(block, cost, r"\frac{\partial J}{\partial W^{(1)}} = X^T \delta^{(2)}") == ["definition", "proved"]
    assert said("", r"C = \sum (y_1 - a_1^L)^2") == ["unreadable"]


def test_the_indices_of_a_single_neuron_may_be_left_out() -> None:
    block = "layers: 0..1\nwidths: [n_0, 1]\nactivation: s\ninput: x"
    cost = r"C = \frac{1}{2} (y - a)^2"
    assert said(block, cost, r"\frac{\partial C}{\partial w_j} = (a - y) s'(z) x_j") == ["definition", "proved"]
    assert said(block, cost, r"\frac{\partial C}{\partial w_j} = (a - y) s'(z)") == ["definition", "refuted"]
    assert said(block, cost, r"\frac{\partial C}{\partial b} = (a - y) s'(z)") == ["definition", "proved"]


NEURON = "layers: 0..1\nwidths: [n_0, 1]\nactivation: sigmoid\ncost: C\nsample: _x, (x)\nsample-count: n\ninput: x"


def test_numbers_may_hold_for_one_display() -> None:
    block = NEURON.replace("sigmoid", "\\sigma")
    cost, line = r"C = \frac{(y - a)^2}{2}", r"\frac{\partial C}{\partial b} = (a - y) \sigma'(z) = a \sigma'(z)"
    assert said(block, cost, line) == ["definition", "proved", "refuted"]
    verdicts = said(f"{block}\nlet: {cost}\nwhere: y = 0", line, line)
    assert verdicts == ["proved", "proved", "proved", "refuted"]
    wrong = said(f"{block}\nlet: {cost}\nwhere: y = 0", line.replace("= a ", "= 2 a "))
    assert wrong == ["proved", "undecided"]
    assert said("where: y = z", line)[0] == "unreadable"


def test_a_mean_over_samples_is_simplified_under_its_sum() -> None:
    cost = r"C = -\frac{1}{n} \sum_x [y \ln a + (1 - y) \ln (1 - a)]"
    line = r"\frac{\partial C}{\partial w_j} = \frac{1}{n} \sum_x x_j (\sigma(z) - y)"
    assert said(NEURON, cost, line) == ["definition", "proved"]
    assert said(NEURON, cost, line.replace(r"\sigma(z) - y", r"y - \sigma(z)")) == ["definition", "refuted"]
    slope = r"(\frac{y}{a} - \frac{1 - y}{1 - a}) \frac{\partial \sigma}{\partial w_j}"
    through = r"\frac{\partial C}{\partial w_j} = -\frac{1}{n} \sum_x " + slope
    assert said(NEURON, cost, through) == ["definition", "proved"]


def test_a_bracket_with_a_number_behind_a_quantity_is_a_factor() -> None:
    cost = r"C = -[y \ln a + (1 - y) \ln (1 - a)]"
    assert said(NEURON, cost, r"\frac{\partial C}{\partial a} = \frac{a - y}{a(1 - a)}") == ["definition", "proved"]


DECAY = "activation: s\ncost: C, C_0\nsample-count: n"
PENALTY = r"C = C_0 + \frac{\lambda}{2n} \sum_w w^2"


def test_a_parameter_without_marks_is_any_one() -> None:
    step = r"\frac{\partial C}{\partial w} = \frac{\partial C_0}{\partial w} + \frac{\lambda}{n} w"
    assert said(DECAY, PENALTY, step) == ["definition", "proved"]
    assert said(DECAY, PENALTY, step.replace(r"\frac{\lambda}{n} w", r"\lambda w"))[1] in ("refuted", "undecided")
    assert said(DECAY, PENALTY, step.replace(r"} w", r"} b"))[1] in ("refuted", "unreadable")
    bias = r"\frac{\partial C}{\partial b} = \frac{\partial C_0}{\partial b}"
    assert said(DECAY, PENALTY, bias) == ["definition", "proved"]
    assert said(DECAY, PENALTY, bias.replace("b", "w")) == ["definition", "refuted"]
    assert said(DECAY, bias.replace("b", "w")) == ["refuted"]
    assert said("delta: z", r"\frac{\partial C}{\partial b} = \delta") == ["proved"]
    assert said("delta: z", r"\frac{\partial C}{\partial b} = \delta^L")[0] == "unreadable"


def test_the_sum_of_the_weights_sizes_has_their_signs_as_slopes() -> None:
    penalty = r"C = C_0 + \frac{\lambda}{n} \sum_w |w|"
    step = r"\frac{\partial C}{\partial w} = \frac{\partial C_0}{\partial w} + \frac{\lambda}{n} {\rm sgn}(w)"
    assert said(DECAY, penalty, step) == ["definition", "proved"]
    assert said(DECAY, penalty, step.replace(r"{\rm sgn}(w)", "w"))[1] in ("refuted", "undecided")


def test_words_on_the_left_name_what_stands_behind_them() -> None:
    block = "layers: 0..2\nactivation: s"
    line = r"\mbox{Hidden output} = a^{(1)} = s(z^{(1)})"
    assert said(block, line) == ["definition", "definition"] or said(block, line) == ["definition", "proved"]
    assert said(block, line.replace("s(z^{(1)})", "s(z^{(2)})"))[1] == "refuted"


def test_a_network_starts_anew_what_the_block_before_it_said() -> None:
    line = r"$$\frac{\partial a_i^{(1)}}{\partial z_i^{(1)}} = 1 - (a_i^{(1)})^2$$"
    blocks = (f"<!-- symbackprop\n{keys}layers: 0..2\n-->" for keys in ("hidden: tanh\n", ""))
    page = "\n\n".join(f"{block}\n\n{line}" for block in blocks)
    anew = "network: mlp\nlayers: 0..2\n-->".join(page.rsplit("layers: 0..2\n-->", 1))
    found = [[equation.links[0].said for equation in check_document(text, "x").equations] for text in (page, anew)]
    assert found == [["proved", "proved"], ["proved", "undecided"]]
