"""LaTeX, sign by sign: what a textbook writes, and nothing that was not proved."""

import argparse
import re

import pytest

from symbackprop import matrices as mx, notation as n, typeset
from symbackprop.backprop import Equation, equations
from symbackprop.claims import Form
from symbackprop.cli_latex import add_latex_parser, run_latex
from symbackprop.derivation import derivation
from symbackprop.errors import NotProved, SymbackpropError
from symbackprop.functions import ACTIVATIONS, COSTS, SOFTMAX
from symbackprop.latex_formulas import BREAK
from symbackprop.latex_functions import activation_lines, kink
from symbackprop.latex_layout import TEXT_WIDTH, broken, width
from symbackprop.network import LAST, Network, Symbols, decay_of, definitions
from symbackprop.prove import prove
from symbackprop.typeset import LayerStyle, Style, expression, latex, matrix, printed_claims, require_proofs, style_for

A, Y, Z = (n.Scalar(name) for name in "ayz")
J, K = (n.Index(name, n.Neurons(LAST)) for name in "ik")


def both_sides(network, which, batch=False, style=None):
    sides = equations(network, batch)[which]
    return f"{expression(sides.left, style)} = {expression(sides.right, style)}"


def both_matrices(network, which, batch=False):
    sides = equations(network, batch)[which]
    return f"{matrix(sides.matrix_left)} = {matrix(sides.matrix_right)}"


INDEX_FORMS = [
    (Network(), Equation.OUTPUT_CHAIN, r"\delta_{i}^{(L)} = \frac{\partial E}{\partial a_{i}^{(L)}} f'(z_{i}^{(L)})"),
    (
        Network(),
        Equation.HIDDEN,
        r"\delta_{i}^{(l)} = \left(\sum_{k=1}^{n_{l+1}} w_{ki}^{(l+1)} \delta_{k}^{(l+1)}\right) \sigma'(z_{i}^{(l)})",
    ),
    (Network(), Equation.WEIGHT, r"\frac{\partial E}{\partial w_{ij}^{(l)}} = \delta_{i}^{(l)} a_{j}^{(l-1)}"),
    (Network(), Equation.BIAS, r"\frac{\partial E}{\partial b_{i}^{(l)}} = \delta_{i}^{(l)}"),
    (
        Network([2, 3, 2], output="sigmoid"),
        Equation.OUTPUT,
        r"\delta_{i}^{(L)} = -(y_{i} - a_{i}^{(L)}) \sigma'(z_{i}^{(L)})",
    ),
    (
        Network([2, 3, 2], output=SOFTMAX, cost="cross_entropy"),
        Equation.OUTPUT,
        r"\delta_{i}^{(L)} = a_{i}^{(L)} - y_{i}",
    ),
    (
        Network([2, 3, 2], output="softplus", cost="cross_entropy"),
        Equation.OUTPUT,
        r"\delta_{i}^{(L)} = -\frac{y_{i}}{a_{i}^{(L)}} \operatorname{softplus}'(z_{i}^{(L)})",
    ),
    (
        Network([2, 3, 2], output="tanh", cost="huber"),
        Equation.OUTPUT,
        r"\delta_{i}^{(L)} = \operatorname{clip}(a_{i}^{(L)} - y_{i}) \tanh'(z_{i}^{(L)})",
    ),
    (
        Network([2, 3, 2], output=SOFTMAX, cost="half_squared_error"),
        Equation.OUTPUT,
        r"\delta_{i}^{(L)} = a_{i}^{(L)} \left(-(y_{i} - a_{i}^{(L)}) +"
        r" \sum_{k=1}^{n_{L}} (y_{k} - a_{k}^{(L)}) a_{k}^{(L)}\right)",
    ),
]


@pytest.mark.parametrize(("network", "which", "wanted"), INDEX_FORMS)
def test_index_form(network, which, wanted):
    assert both_sides(network, which) == wanted


@pytest.mark.parametrize(
    ("network", "which", "wanted"),
    [
        (
            Network(weight_decay="0.1"),
            Equation.WEIGHT,
            r"\frac{\partial E_{\text{total}}}{\partial w_{ij}^{(l)}} ="
            r" \frac{1}{N} \sum_{s=1}^{N} \delta_{is}^{(l)} a_{js}^{(l-1)} + \lambda w_{ij}^{(l)}",
        ),
        (
            Network(total="sum"),
            Equation.BIAS,
            r"\frac{\partial E_{\text{total}}}{\partial b_{i}^{(l)}} = \sum_{s=1}^{N} \delta_{is}^{(l)}",
        ),
    ],
)
def test_index_form_over_samples(network, which, wanted):
    assert both_sides(network, which, batch=True) == wanted


@pytest.mark.parametrize(
    ("network", "which", "batch", "wanted"),
    [
        (Network(), Equation.OUTPUT_CHAIN, False, r"\delta^{(L)} = \nabla_{a^{(L)}} E \odot f'(z^{(L)})"),
        (
            Network([2, 3, 2], output="sigmoid"),
            Equation.OUTPUT,
            False,
            r"\delta^{(L)} = -(y - a^{(L)}) \odot \sigma'(z^{(L)})",
        ),
        (
            Network(),
            Equation.HIDDEN,
            False,
            r"\delta^{(l)} = \bigl((W^{(l+1)})^{\mathsf{T}} \delta^{(l+1)}\bigr) \odot \sigma'(z^{(l)})",
        ),
        (Network(), Equation.WEIGHT, False, r"\nabla_{W^{(l)}} E = \delta^{(l)} (a^{(l-1)})^{\mathsf{T}}"),
        (
            Network(),
            Equation.OUTPUT_CHAIN,
            True,
            r"\Delta^{(L)} = \left(\nabla_{A^{(L)}} \sum_{s=1}^{N} E_{s}\right) \odot f'(Z^{(L)})",
        ),
        (
            Network(weight_decay=1),
            Equation.WEIGHT,
            True,
            r"\nabla_{W^{(l)}} E_{\text{total}} = \frac{1}{N} \Delta^{(l)} (A^{(l-1)})^{\mathsf{T}}"
            r" + \lambda W^{(l)}",
        ),
        (
            Network(),
            Equation.BIAS,
            True,
            r"\nabla_{b^{(l)}} E_{\text{total}} = \frac{1}{N} \Delta^{(l)} \mathbf{1}_{N}",
        ),
        (
            Network([2, 3, 2], output="softplus", cost="cross_entropy"),
            Equation.OUTPUT,
            False,
            r"\delta^{(L)} = -(y \oslash a^{(L)}) \odot \operatorname{softplus}'(z^{(L)})",
        ),
    ],
)
def test_matrix_form(network, which, batch, wanted):
    assert both_matrices(network, which, batch) == wanted


def test_an_elementwise_product_within_a_matrix_product_keeps_its_parentheses():
    made = both_matrices(Network(output=SOFTMAX), Equation.OUTPUT_CHAIN)
    assert r"\mathbf{1}_{n_{L}} \mathbf{1}_{n_{L}}^{\mathsf{T}} (\nabla_{a^{(L)}} E \odot a^{(L)})" in made


@pytest.mark.parametrize(
    ("e", "wanted"),
    [
        (A - (Y - Z), "a - (y - z)"),
        (A + (Y + Z), "a + y + z"),
        (-(A - Y) * Z, "-(a - y) z"),
        (A * -(Y + Z), "-a (y + z)"),
        (n.number("1/2") * (A - Y) * (A - Y), r"\frac{1}{2} (a - y)^{2}"),
        ((A - Y) / (A * (1 - A)), r"\frac{a - y}{a (1 - a)}"),
        (Z * ((A - Y) / A), r"z \frac{a - y}{a}"),
        (1 / A, r"\frac{1}{a}"),
        (n.Scalar("lambda") * n.number("1/2") * A, r"\frac{\lambda a}{2}"),
        (n.Apply("exp", -Z) * A, r"e^{-z} a"),
        (n.Apply("exp", Z) ** 2, "(e^{z})^{2}"),
        (1 - n.Apply("step", Z), r"[z \le 0]"),
        (Symbols().w(LAST)[J, K] ** 2, "(w_{ik}^{(L)})^{2}"),
        (n.Sum(K, Symbols().a(LAST)[K]) * A, r"\left(\sum_{k=1}^{n_{L}} a_{k}^{(L)}\right) a"),
        (n.Sum(K, Symbols().a(LAST)[K] + A), r"\sum_{k=1}^{n_{L}} (a_{k}^{(L)} + a)"),
        (n.Sum(K, -Symbols().a(LAST)[K]), r"-\sum_{k=1}^{n_{L}} a_{k}^{(L)}"),
        (n.Kronecker(J, K), "[i = k]"),
        (n.Root("2/pi"), r"\sqrt{\frac{2}{\pi}}"),
        (n.number("44715/1000000") * Z, "0.044715 z"),
        (n.OpaqueCost("C", Symbols().a(LAST)), r"C(a_{1}^{(L)}, \dots, a_{n_{L}}^{(L)})"),
        (
            decay_of(),
            r"\frac{\lambda}{2} \sum_{l=1}^{L} \sum_{i=1}^{n_{l}} \sum_{j=1}^{n_{l-1}} (w_{ij}^{(l)})^{2}",
        ),
    ],
)
def test_signs_fractions_and_parentheses(e, wanted):
    assert expression(e) == wanted


@pytest.mark.parametrize(
    ("style", "wanted"),
    [
        (LayerStyle.PARENTHESES, "w_{ik}^{(L)}"),
        (LayerStyle.PLAIN, "w_{ik}^{L}"),
        (LayerStyle.BRACKETS, "w_{ik}^{[L]}"),
    ],
)
def test_layer_styles(style, wanted):
    assert expression(Symbols().w(LAST)[J, K], Style(style)) == wanted


def test_indices_of_two_digits_are_kept_apart():
    entry = Symbols().w(n.Layer("", 1))[n.At(1), n.At(12)]
    assert expression(entry, style_for(Network([12, 3]))) == "w_{1,12}^{(1)}"
    assert expression(entry, style_for(Network([2, 3]))) == "w_{112}^{(1)}"


def test_an_opaque_sigma_is_not_the_sigmoid():
    network = Network(hidden="any", output="sigmoid")
    made = both_sides(network, Equation.OUTPUT_CHAIN, style=style_for(network))
    assert made.endswith(r"\operatorname{sigmoid}'(z_{i}^{(L)})")


def test_layers_with_functions_of_their_own_carry_the_layer():
    network = Network([2, 3, 3, 2], hidden=["tanh", "relu"])
    assert r"\sigma_{l}'(z_{i}^{(l)})" in both_sides(network, Equation.HIDDEN, style=style_for(network))


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("sigmoid", [r"\sigma(z) = \frac{1}{1 + e^{-z}}", r"\sigma'(z) = \sigma(z) \bigl(1 - \sigma(z)\bigr)"]),
        ("tanh", [r"\tanh(z) = \frac{e^{z} - e^{-z}}{e^{z} + e^{-z}}", r"\tanh'(z) = 1 - \tanh^{2}(z)"]),
        ("relu", [r"\operatorname{ReLU}(z) = \max(z, 0)", r"\operatorname{ReLU}'(z) = [z > 0]"]),
        ("arctan", [r"\arctan'(z) = \frac{1}{1 + z^{2}}"]),
        (
            "elu",
            [
                r"\operatorname{ELU}(z) = \max(z, 0) + [z \le 0] (e^{z} - 1)",
                r"\operatorname{ELU}'(z) = [z > 0] + [z \le 0] e^{z}",
            ],
        ),
        (
            "gelu",
            [
                r"\operatorname{GELU}(z) = \frac{z}{2} \bigl(1 + \tanh(u)\bigr)",
                r"\operatorname{GELU}'(z) = \frac{1}{2} \left(1 + \tanh(u) + z \bigl(1 - \tanh^{2}(u)\bigr)"
                r" \sqrt{\frac{2}{\pi}} (1 + 0.134145 z^{2})\right)",
                r"u = \sqrt{\frac{2}{\pi}} z (1 + 0.044715 z^{2})",
            ],
        ),
    ],
)
def test_functions_are_printed_from_their_rows(name, wanted):
    lines = activation_lines(ACTIVATIONS[name], Style())
    assert [f"{line.left} = {line.right}".replace(BREAK, "") for line in lines] == wanted


def test_conventions_at_kinks():
    rows = [row for row in ACTIVATIONS.values() if row.kink]
    assert [kink(row, Style()) for row in rows] == [
        r"\operatorname{ReLU}'(0) = 0",
        r"\operatorname{LeakyReLU}'(0) = \frac{1}{100}",
    ]


@pytest.mark.parametrize(
    ("cost", "output", "wanted"),
    [
        ("half_squared_error", "identity", r"\frac{1}{2} \sum_{k=1}^{n_{L}} (y_{k} - a_{k}^{(L)})^{2}"),
        ("squared_error", "identity", r"\sum_{k=1}^{n_{L}} (y_{k} - a_{k}^{(L)})^{2}"),
        ("cross_entropy", SOFTMAX, r"-\sum_{k=1}^{n_{L}} y_{k} \log a_{k}^{(L)}"),
        (
            "binary_cross_entropy",
            "sigmoid",
            r"-\sum_{k=1}^{n_{L}} \bigl(y_{k} \log a_{k}^{(L)} + (1 - y_{k}) \log(1 - a_{k}^{(L)})\bigr)",
        ),
    ],
)
def test_costs(cost, output, wanted):
    known = definitions(Network(output=output, cost=cost))
    assert expression(known[-1].body) == wanted


# whole documents


def test_scalar_form_names_every_single_gradient():
    made = latex(Network([2, 3, 2], output="sigmoid"), form="scalar")
    for place, i, j in [(1, i, j) for i in (1, 2, 3) for j in (1, 2)] + [(2, i, j) for i in (1, 2) for j in (1, 2, 3)]:
        line = rf"\frac{{\partial E}}{{\partial w_{{{i}{j}}}^{{({place})}}}} &= \delta_{{{i}}}^{{({place})}}"
        assert line + rf" a_{{{j}}}^{{({place - 1})}}" in made
    assert made.count(r"{\partial b_{") == 5 + 1  # every bias, and the line over all samples
    assert r"\delta_{1}^{(2)} &= -(y_{1} - a_{1}^{(2)}) \sigma'(z_{1}^{(2)})" in made
    wanted = r"(w_{13}^{(2)} \delta_{1}^{(2)} + w_{23}^{(2)} \delta_{2}^{(2)}) \sigma'(z_{3}^{(1)})"
    assert rf"\delta_{{3}}^{{(1)}} &= {wanted}" in made


def test_a_network_without_hidden_layers_has_no_hidden_equations():
    made = latex(Network([2, 3], hidden="any"), standalone=True)
    assert r"\sigma" not in made and r"\delta_{i}^{(l)} &= \left" not in made


def test_the_induction_is_stated():
    made = latex(Network(), steps=True)
    assert "base of the induction" in made and "step of the induction" in made and "for every depth" in made


INTERNAL = re.compile(r"[A-Za-z]_[A-Za-z]|Dummy|None|root\(|" + BREAK)  # a subscript in LaTeX has its braces


@pytest.mark.parametrize("form", list(Form))
@pytest.mark.parametrize("cost", [*COSTS, "any"])
def test_no_internal_name_is_printed(cost, form, monkeypatch):
    monkeypatch.setattr(typeset, "require_proofs", lambda stated: None)  # what is tested is the writing
    output = "sigmoid" if "entropy" in cost else "identity"
    for name in [*ACTIVATIONS, "any"]:
        made = latex(Network([2, 3, 2], name, output, cost, weight_decay=1), form, steps=True)
        assert INTERNAL.search(made) is None


def test_unknown_options_are_refused():
    with pytest.raises(SymbackpropError, match="unknown form 'vector': expected index, matrix or scalar"):
        latex(Network(), form="vector")
    with pytest.raises(SymbackpropError, match="unknown layer style"):
        latex(Network(), layer_style="<l>")
    with pytest.raises(SymbackpropError, match="give its sizes, such as 2-3-2"):
        latex(Network(), form="scalar")
    with pytest.raises(SymbackpropError, match="has 109588 equations, more than 5000"):
        latex(Network([784, 128, 64, 10]), form="scalar")


# proofs


NETWORKS = [
    Network(weight_decay="0.1"),
    Network(hidden="relu", output=SOFTMAX, cost="cross_entropy"),
    Network([2, 3, 2], output="sigmoid", cost="binary_cross_entropy", total="sum"),
    Network([2, 3, 2], hidden="gelu", output="identity", cost="huber"),
    Network([2, 3, 3, 2], hidden=["tanh", "elu"], output="softplus", cost="squared_error"),
]


@pytest.mark.parametrize("network", NETWORKS)
def test_every_printed_claim_is_proved(network):
    for form in (Form.INDEX, Form.MATRIX):
        for stated in printed_claims(network, form, steps=form is Form.INDEX):
            assert prove(stated).proved, typeset.claim(stated)


@pytest.mark.parametrize("network", NETWORKS)
def test_a_chain_ends_in_the_equation_that_is_compiled(network):
    steps = derivation(network)
    ends = {step.links[-1].right for step in steps}
    for batch in (False, True):
        for which, sides in equations(network, batch).items():
            if not batch or which in (Equation.WEIGHT, Equation.BIAS):
                assert sides.right in ends
    for step in steps:
        for before, after in zip(step.links, step.links[1:], strict=False):
            assert before.right == after.left


def test_what_is_not_proved_is_not_printed(monkeypatch):
    def wrong(network, batch):
        known = equations(network, batch)
        sides = known[Equation.BIAS]
        known[Equation.BIAS] = type(sides)(
            sides.left, -sides.right, sides.matrix_left, mx.Minus(sides.matrix_right), sides.free
        )
        return known

    monkeypatch.setattr("symbackprop.backprop.equations", wrong)
    with pytest.raises(NotProved, match=r"'bias gradient' is not proved.*refuted: it has a counterexample"):
        latex(Network())


def test_an_unproved_link_is_not_printed():
    (link, *_) = derivation(Network())[0].links
    wrong = type(link)(link.name, link.form, link.left, -link.right, link.free, link.definitions)
    with pytest.raises(NotProved):
        require_proofs([link, wrong])


# the page's width


def test_a_long_line_is_broken_at_its_outermost_signs():
    terms = [Symbols().w(LAST)[n.At(k), n.At(k)] * (A - Y) for k in range(1, 30)]
    from symbackprop.latex_formulas import printed

    pieces = broken(printed(n.Add(tuple(terms)), Style()).text, TEXT_WIDTH)
    assert len(pieces) > 2
    assert all(width(piece) <= TEXT_WIDTH and piece.count("(") == piece.count(")") for piece in pieces)
    assert all(piece.startswith("+ w") for piece in pieces[1:])


# the command


def run(*words):
    parser = argparse.ArgumentParser()
    add_latex_parser(parser.add_subparsers())
    return run_latex(parser.parse_args(["latex", *words]))


def test_command(capsys):
    assert run("2-3-2", "--form", "matrix", "--layer-style", "[l]", "--output", "sigmoid") == 0
    assert r"  &= -(y - a^{[L]}) \odot \sigma'(z^{[L]})" in capsys.readouterr().out


def test_command_takes_one_activation_a_layer(capsys):
    assert run("2-3-3-2", "--hidden", "tanh,relu") == 0
    assert r"\sigma_{2}(z) &= \operatorname{ReLU}(z)" in capsys.readouterr().out


def test_command_refuses_an_unknown_function():
    with pytest.raises(SymbackpropError, match=r"did you mean 'sigmoid'\?"):
        run("2-3-2", "--hidden", "sigmod")
