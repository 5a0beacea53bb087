"""Pages that try to get a false line proved, or a true one refuted."""

from __future__ import annotations

import pytest

from symbackprop.documents.checking import check_document

CONVENTIONS = (
    "<!-- symbackprop\nlayers: 0..L\nlayer-mark: ^{(l)}\nhidden: \\sigma\noutput: f\ncost: E\ntarget: y\n-->\n\n"
)
SQUARES = r"E = \frac{1}{2} \sum_i (a_i^{(L)} - y_i)^2"
DELTA = r"\delta_i^{(l)} = \frac{\partial E}{\partial z_i^{(l)}}"
WRONG = r"\frac{\partial E}{\partial b_i^{(L)}} = (a_i^{(L)} + y_i) f'(z_i^{(L)})"


def page(*lines: str, more: str = "") -> str:
    """A document that displays the lines; `more` stands in its conventions block."""
    conventions = CONVENTIONS.replace("-->", f"{more}\n-->") if more else CONVENTIONS
    return conventions + "".join(f"$${line}$$\n\n" for line in lines)


def verdicts(text: str) -> list[str]:
    """The word for each link, in order."""
    return [link.said for equation in check_document(text, "page.md").equations for link in equation.links]


def last(*lines: str, more: str = "") -> str:
    return verdicts(page(*lines, more=more))[-1]


# a cost that is not a function of the outputs alone


def test_weight_decay_in_the_cost_is_not_forgotten() -> None:
    decay = SQUARES + r" + \frac{1}{2} \sum_i \sum_j (w_{ij}^{(L)})^2"
    slope = r"\frac{\partial E}{\partial w_{ij}^{(L)}} = \delta_i^{(L)} a_j^{(L-1)}"
    assert last(decay, DELTA, slope + " + w_{ij}^{(L)}") == "proved"
    assert last(decay, DELTA, slope) == "refuted"
    assert last(SQUARES, DELTA, slope) == "proved"


def test_a_penalty_on_the_biases_is_not_forgotten() -> None:
    decay = SQUARES + r" + \frac{1}{2} \sum_i (b_i^{(L)})^2"
    assert last(decay, DELTA, r"\frac{\partial E}{\partial b_i^{(L)}} = \delta_i^{(L)}") == "refuted"


def test_a_penalty_on_the_hidden_activations_is_not_forgotten() -> None:
    sparse = SQUARES + r" + \frac{1}{2} \sum_i (a_i^{(L-1)})^2"
    step = r"\delta_i^{(L-1)} = \sigma'(z_i^{(L-1)}) \sum_k w_{ki}^{(L)} \delta_k^{(L)}"
    assert last(sparse, DELTA, step) == "refuted"
    assert last(SQUARES, DELTA, step) == "proved"


@pytest.mark.parametrize("line", [r"\frac{\partial E}{\partial y_i} = 0", r"\nabla_y E = 0"])
def test_a_cost_depends_on_its_target(line: str) -> None:
    assert last(SQUARES, line) == "refuted"


def test_the_derivative_by_the_target_is_that_of_the_stated_cost() -> None:
    line = r"\frac{\partial E}{\partial y_i} = y_i - a_i^{(L)}"
    assert last(SQUARES, line) == "proved"
    assert last(line) == "unreadable"


# definitions that lead back to themselves


@pytest.mark.parametrize("line", ["= 1", "{} = E"])
def test_a_page_that_begins_with_a_relation_is_unreadable(line: str) -> None:
    assert last(line) == "unreadable"


def test_a_cost_made_from_itself_defines_nothing() -> None:
    assert verdicts(page("E = E + 1", r"\frac{\partial E}{\partial z_i^{(L)}} = 0")) == ["refuted", "refuted"]
    assert verdicts(page(DELTA, r"E = \sum_i \delta_i^{(L)}"))[-1] == "refuted"


def test_a_delta_made_from_itself_defines_nothing() -> None:
    words = verdicts(
        page(r"\delta_i^{(l)} = \delta_i^{(l)} + 1", r"\frac{\partial E}{\partial b_i^{(l)}} = \delta_i^{(l)}")
    )
    assert words == ["unreadable", "unreadable"]


def test_a_pre_activation_made_from_itself_proves_nothing() -> None:
    assert "proved" not in verdicts(page("z_i^{(l)} = z_i^{(l)} + 1", r"\frac{\partial E}{\partial z_i^{(l)}} = 1"))
    assert "proved" not in verdicts(page("z_i^{(l)} = a_i^{(l)} + 1", r"\frac{\partial E}{\partial z_i^{(l)}} = 1"))


def test_the_letter_of_a_sum_is_no_letter_of_the_vector_that_the_line_defines() -> None:
    delta, slope = r"\delta^{(L)} = \sum_i y_i (a^{(L)} - y)", r"\delta_j^{(L)} = %s"
    assert last(delta, slope % r"(a_j^{(L)} - y_j) \sum_i y_i") == "proved"
    assert last(delta, slope % r"\sum_i y_i (a_i^{(L)} - y_i)") == "refuted"


def test_an_error_signal_that_no_cost_made_may_make_the_cost() -> None:
    error = r"\delta_i^{(L)} \equiv a_i^{(L)} - y_i"
    slope = r"\frac{\partial E}{\partial a_i^{(L)}} = \delta_i^{(L)}"
    assert last(error, r"E = \frac{1}{2} \sum_i (\delta_i^{(L)})^2", slope) == "proved"


# assumptions, ranges, a softmax


@pytest.mark.parametrize(
    "assumption",
    ["1 = 0", "y_i = -y_i", "y_i = 0", r"\sum_i y_i = 2", "y_i^2 = -1", "E = 0", "f'(z_i^{(L)}) = 0", WRONG],
)
def test_an_assumption_that_would_prove_everything_is_not_taken(assumption: str) -> None:
    words = verdicts(page(SQUARES, WRONG, more=f"assume: {assumption}"))
    assert words == ["unreadable", "definition", "refuted"]


@pytest.mark.parametrize(
    "condition", [r"2 \leq L \leq L-1", r"1 \leq l \leq L-5", r"5 \leq l \leq 3", r"3 \leq i \leq 1"]
)
def test_an_empty_range_proves_nothing(condition: str) -> None:
    assert last(SQUARES, rf"\frac{{\partial E}}{{\partial b_i^{{(l)}}}} = 7 \qquad ({condition})") != "proved"


def test_a_softmax_has_no_componentwise_chain_rule() -> None:
    text = page(
        r"\frac{\partial E}{\partial z_i^{(L)}} = \frac{\partial E}{\partial a_i^{(L)}}"
        r" \frac{\partial a_i^{(L)}}{\partial z_i^{(L)}}"
    )
    assert verdicts(text.replace("output: f", "output: softmax")) == ["refuted"]
    assert verdicts(text) == ["proved"]


@pytest.mark.parametrize(
    "line",
    [
        r"\frac{\partial E}{\partial z_i^{(L-1)}} = \sum_k w_{ik}^{(L)}"
        r" \frac{\partial E}{\partial z_k^{(L)}} \sigma'(z_i^{(L-1)})",
        r"\frac{\partial E}{\partial w_{ij}^{(L)}} = \frac{\partial E}{\partial z_i^{(L)}} a_j^{(0)}",
        r"\sum_i a_i^{(L)} y_i = a_i^{(L)} \sum_i y_i",
    ],
    ids=["equal widths", "one layer", "an index free and bound"],
)
def test_what_holds_for_special_networks_only_is_refuted(line: str) -> None:
    assert last(line) == "refuted"


@pytest.mark.parametrize(
    "change",
    [
        r"+ \mu \frac{\partial E}{\partial w_{ij}^{(l)}}", r"- (-\mu) \frac{\partial E}{\partial w_{ij}^{(l)}}",
        r"- \mu \frac{\partial E}{\partial b_i^{(l)}}", r"- \mu \frac{\partial E}{\partial w_{ji}^{(l)}}",
        r"- (\mu - 1) \frac{\partial E}{\partial w_{ij}^{(l)}}", r"- 0 \frac{\partial E}{\partial w_{ij}^{(l)}}",
    ],
)  # fmt: skip
def test_an_update_that_does_not_descend_is_refuted(change: str) -> None:
    assert last(SQUARES, rf"w_{{ij}}^{{(l)}} \leftarrow w_{{ij}}^{{(l)}} {change}") == "refuted"


@pytest.mark.parametrize("by", ["z_i^{(l)}", "a_i^{(L)}", "y_i"])
def test_only_derivatives_by_parameters_are_conditions(by: str) -> None:
    assert last(SQUARES, rf"\frac{{\partial E}}{{\partial {by}}} = 0") == "refuted"


def test_consequences_of_a_wrong_delta_are_refuted() -> None:
    words = verdicts(
        page(
            SQUARES, r"\delta_i^{(L)} = a_i^{(L)} - y_i",
            r"\frac{\partial E}{\partial b_i^{(L)}} = \delta_i^{(L)}",
            r"\frac{\partial E}{\partial w_{ij}^{(L)}} = \delta_i^{(L)} a_j^{(L-1)}",
        )
    )  # fmt: skip
    assert words == ["definition", "definition", "refuted", "refuted"]


# definitions that could not be read

NOT_READ = r"\mathfrak{Q}(3)"


def test_nothing_is_refuted_by_a_cost_that_was_not_read() -> None:
    slope = r"\frac{\partial E}{\partial z_i^{(L)}} = (a_i^{(L)} - y_i) f'(z_i^{(L)})"
    assert verdicts(page(f"E = {NOT_READ}", slope)) == ["unreadable", "undecided"]
    assert verdicts(page(SQUARES, f"E = {NOT_READ}", slope)) == ["definition", "unreadable", "undecided"]
    assert verdicts(page(f"E = {NOT_READ}", SQUARES, slope)) == ["unreadable", "definition", "proved"]


def test_what_needs_no_cost_is_judged_after_one_that_was_not_read() -> None:
    assert last(f"E = {NOT_READ}", r"\frac{\partial z_i^{(L)}}{\partial b_i^{(L)}} = 2") == "refuted"
    rule = r"\frac{\partial E}{\partial b_i^{(L)}} = \frac{\partial E}{\partial z_i^{(L)}}"
    assert last(f"E = {NOT_READ}", rule) == "proved"
    index = r"\frac{\partial E}{\partial w_{ij}^{(L)}} = \frac{\partial E}{\partial z_i^{(L)}} a_i^{(L-1)}"
    assert last(f"E = {NOT_READ}", index) == "refuted"


@pytest.mark.parametrize("head", ["a_i^{(L)}", "z_i^{(l)}"])
def test_nothing_is_refuted_by_the_value_of_a_quantity_that_was_not_read(head: str) -> None:
    slope = r"\frac{\partial E}{\partial z_i^{(L)}} = a_i^{(L)} - y_i"
    assert last(SQUARES, f"{head} = {NOT_READ}", slope) == "undecided"
    assert last(SQUARES, slope) == "refuted"


# a cost's arguments


@pytest.mark.parametrize("cost", ["J'(W,b;Y,X)", "J(W,b;Y^{(k)},X^{(k-1)})", "J(W,b;Y^{(k)},X^{(j)})", "J'(W,b)"])
def test_a_cost_with_a_prime_or_of_two_samples_is_not_read_as_the_cost(cost: str) -> None:
    text = "<!-- symbackprop\ncost: J\nsample: ^{(k)}\ntarget: Y\ninput: X\n-->\n\n"
    line = r"$$\frac{\partial %s}{\partial b_i^l} = \frac{\partial J(W,b;Y^{(k)},X^{(k)})}{\partial z_i^l}$$"
    assert verdicts(text + line % cost) == ["unreadable"]
    assert verdicts(text + line % "J(W,b;Y^{(k)},X^{(k)})") == ["proved"]


def test_a_width_with_a_prime_is_not_read() -> None:
    assert last(r"\frac{\partial E}{\partial b_i^{(L)}} = n'(z_i^{(L)})", more="widths: n_l") == "unreadable"
