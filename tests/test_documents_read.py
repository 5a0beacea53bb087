"""What authors write is read as they mean it, and nothing of it is lost."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st

from symbackprop.documents import syntax as s
from symbackprop.documents.document import items
from symbackprop.documents.find import Found
from symbackprop.documents.formula import ConnectiveKind, Formula
from symbackprop.documents.macros import Macros
from symbackprop.documents.read import read_text
from symbackprop.documents.source import Source
from symbackprop.documents.syntax import Bracket, ProductSign, QuotientForm, RelationKind, ScriptMark
from symbackprop.documents.tokens import Raw, Scanner, Unreadable
from symbackprop.documents.write import latex

SAMPLES = Path(__file__).parent / "documents" / "reading"


def seeds() -> list[str]:
    found = items((SAMPLES / "two_derivations.tex").read_bytes(), "two_derivations.tex")
    return [item.span.text for item in found if isinstance(item, Found)]


def formula(text: str) -> Formula:
    found = read_text(text)
    assert isinstance(found, Formula), str(found)
    return found


def expression(text: str) -> s.Expression:
    (statement,) = formula(text).statements
    assert statement.chain.first is not None and not statement.chain.links
    return statement.chain.first


# Every notation that the reader promises, in one list: also the corpus of the tests by property.
NOTATION = [
    r"z^{(l)} = W^{(l)} a^{(l-1)} + b^{(l)}", r"z^{[l]}_{i} = \sum_j w^{[l]}_{i,j} a_j^{[l-1]}",
    r"\partial_x f = g", r"\nabla_{W^{(l)}} E = \delta (a^{(l-1)})^\top", r"\nabla C \odot f'(z)",
    r"\frac{d}{dx} \left[ f(x) \right] = f'(x)", r"{dz \over dx} = {dz \over dy} \cdot {dy \over dx}",
    r"\frac{\partial^2 E}{\partial x^2}", r"\frac{\partial^2 E}{\partial x \partial y}",
    r"\frac{\mathrm{d} f}{\mathrm{d} x}",
    r"y = \begin{cases} x, & \text{if } x > 0 \\ 0, & \text{otherwise} \end{cases}",
    r"J = \begin{bmatrix} a & \cdots \\ \vdots & \ddots \end{bmatrix}", r"\| x \|_2^2 + |x| + \lVert y \rVert",
    r"E = \underbrace{\sum_i e_i}_{\text{loss}} + \overbrace{b}^{= c}", r"\max(0, x) + \max_{j \ne i} s_j",
    r"p(y \mid x) = \mathrm{softmax}(z)_y", r"\mathbf{1}\{i = j\} + \mathbb{1}[y = k] + [i = j]",
    r"x \in \mathbb{R}^{m \times n}", r"A \otimes B \circ C \bullet D \times E * F .* G", r"\sqrt{x} + \sqrt[3]{y}",
    r"w \leftarrow w - \eta \, dw", r"a \stackrel{\text{def}}{=} b", r"R(\cdot) + \theta^{(i+)} + w^* + x_{i:}",
    r"-\frac{1}{N} \sum_{n \in N} \sum_{i \in C} y_{n,i} \log \hat{y}_{n,i}",
    r"\text{net}_j = \sum_i w_{ij} \text{out}_i",
    r"f'' (x) + {f_a}'(x) + [f_i]'(h) + \sigma^\prime(z) + h^{'}", r"a \cdot -b + 2 \times -3", r"1/2 x + a/b/c",
    r"{w}_{ij}^{v'v} + \delta_{k=c} + \sum_{\substack{i \\ i \ne j}} x_i", r"\log 2x + \tanh^2 z_1",
    r"\frac{\partial W_3x_2}{\partial W_3} + \partial a/\partial z",
    r"\hat{\mathbf{y}} + \overline{W_2} + \vec w^{\top}",
    r"s = \sum \frac12 (y-\hat y)^2", r"x_i, \ldots, x_n", r"\langle a, b \rangle + \lfloor x \rfloor", r"x \in [0, 1)",
    r"a &= b & c &= d \\ &= e & &= f", r"= b", r"\frac{\partial}{\partial z} \Big( w z + b \Big)", r"d\gamma + dC_k",
    r"\begin{eqnarray} a &=& b \\ &=& c \end{eqnarray}", r"J(W,b;Y,X) = 0", r"y\{x\}", r"-x - -y", r"{a + b} c",
    r"\overset{a}{AB} + \mathcal{L} + \boldsymbol\delta",
    r"g(x) = \left\{ \begin{array}{cl} 1 & : x > 0 \end{array} \right.",
]  # fmt: skip


@pytest.mark.parametrize("text", [*seeds(), *NOTATION])
def test_reads_and_writes_back_to_the_same_tree(text: str) -> None:
    first = formula(text)
    assert formula(latex(first.passage)).passage == first.passage


def nodes(root: s.Node) -> list[s.Node]:
    found, waiting = [], [root]
    while waiting:
        node = waiting.pop()
        found.append(node)
        waiting.extend(node.children())
    return found


@pytest.mark.parametrize("text", [*seeds(), *NOTATION])
def test_statements_hold_every_chain_of_the_passage(text: str) -> None:
    """Sorting into statements and conditions loses no member, relation or mark of weight."""
    made = formula(text)
    relations = sum(isinstance(n, s.Relation) for n in nodes(made.passage))
    inside = sum(isinstance(n, s.Relation) for st_ in made.statements for n in nodes(st_))
    arrows = sum(c.text in (r"\rightarrow", r"\to") for st_ in made.statements for c in st_.connectives)
    assert inside + arrows == relations


LAYOUT = {
    "&", "\\\\", r"\left", r"\right", r"\big", r"\Big", r"\quad", r"\,", r"\text", r"\operatorname", r"\mathrm",
    r"\substack", "^", "'",
}  # fmt: skip
SMALL = [text for text in [*seeds(), *NOTATION] if r"\begin" not in text]


@given(st.sampled_from(SMALL), st.integers(min_value=0, max_value=10_000))
@settings(max_examples=400, deadline=None)
def test_no_token_is_dropped(text: str, number: int) -> None:
    """A formula without one of its tokens is unreadable or another formula."""
    tokens = [t for t in Scanner(Source("x", text), 0, len(text)).scan() if t.kind is not Raw.SPACE]
    token = tokens[number % len(tokens)]
    without = read_text(text[: token.span.start] + " " + text[token.span.end :])
    whole = formula(text)
    if isinstance(without, Formula) and without.passage == whole.passage:
        assert token.text in LAYOUT


@given(st.lists(st.sampled_from(SMALL), min_size=2, max_size=3), st.data())
@settings(max_examples=200, deadline=None)
def test_spliced_formulas_never_crash(texts: list[str], data: st.DataObject) -> None:
    text = "".join(t[: data.draw(st.integers(0, len(t)))] for t in texts)
    made = read_text(text)
    if isinstance(made, Formula):
        again = read_text(latex(made.passage))
        assert isinstance(again, Formula) and again.passage == made.passage
    else:
        assert "\n" not in str(made).replace(text, "")


@given(st.text(alphabet="ab1 {}()[]^_\\|'&,=+-*/.dx!", max_size=40))
@settings(max_examples=400, deadline=None)
def test_any_text_reads_or_says_why(text: str) -> None:
    made = read_text(text)
    assert isinstance(made, (Formula, Unreadable))


# -- constructs -----------------------------------------------------------------------------------


def test_scripts_keep_brackets_and_items() -> None:
    node = expression(r"w_{i,j-1}^{(l)}")
    assert isinstance(node, s.Scripted)
    below, above = node.scripts
    assert (below.mark, below.bracket) == (ScriptMark.SUBSCRIPT, Bracket.BRACES)
    assert [latex(item) for item in below.items] == ["i", "j - 1"]
    assert (above.mark, above.bracket) == (ScriptMark.SUPERSCRIPT, Bracket.ROUND)
    assert [latex(i) for s_ in expression(r"w_{ij}").scripts for i in s_.items] == ["i", "j"]  # type: ignore[union-attr]


@pytest.mark.parametrize("text", ["A^T", r"A^\top", r"A^{\mathsf T}", r"A^{\mathrm{T}}", r"A^{\intercal}"])
def test_transposes_are_recognisable(text: str) -> None:
    node = expression(text)
    assert isinstance(node, s.Scripted) and node.scripts[0].is_transpose


def test_inverse_and_prime() -> None:
    inverse = expression("A^{-1}")
    assert isinstance(inverse, s.Scripted) and inverse.scripts[0].is_inverse
    primed = expression(r"f^{\prime\prime}_i")
    assert isinstance(primed, s.Scripted) and primed.primes == 2 and len(primed.scripts) == 1


def test_products_keep_their_signs() -> None:
    node = expression(r"a b \cdot c \odot d \circ e \times f * g")
    assert isinstance(node, s.Product)
    assert [sign.sign for sign in node.signs] == [
        ProductSign.JUXTAPOSED, ProductSign.CDOT, ProductSign.ODOT, ProductSign.CIRC, ProductSign.TIMES,
        ProductSign.STAR,
    ]  # fmt: skip


def test_name_and_bracket_stay_undecided() -> None:
    for text in ("f(z)", "a(1-a)", "a[l]", r"f'\left(z\right)"):
        assert isinstance(expression(text), s.NameGroup)
    squared = expression("f(z)^2")
    assert isinstance(squared, s.Scripted) and isinstance(squared.base, s.NameGroup)


def test_derivatives() -> None:
    plain = expression(r"\frac{\partial E}{\partial w_{ij}}")
    assert isinstance(plain, s.Derivative) and not plain.applied and plain.form is QuotientForm.FRACTION
    slanted = expression(r"\partial a_i / \partial z_i")
    assert isinstance(slanted, s.Derivative) and slanted.form is QuotientForm.SLASH
    operator = expression(r"\frac{d}{dx} f(x)")
    assert isinstance(operator, s.Derivative) and operator.applied and latex(operator.of or operator) == "f(x)"
    second = expression(r"\frac{\partial^2 E}{\partial x_i^2}")
    assert isinstance(second, s.Derivative) and second.by[0].order == second.order
    wide = expression(r"\frac{\partial W x}{\partial W}")
    assert isinstance(wide, s.Derivative) and isinstance(wide.of, s.Product)
    assert isinstance(expression(r"\frac{1}{d}"), s.Quotient)
    assert isinstance(expression("dC_k"), s.Differential)
    assert isinstance(expression(r"\frac{f(z)}{\partial z}"), s.Quotient)


def test_operator_acts_on_a_bracket_only() -> None:
    node = expression(r"\frac{\partial}{\partial x} (a x) b")
    assert isinstance(node, s.Product)
    assert isinstance(node.factors[0], s.Derivative) and isinstance(node.factors[0].of, s.Group)


def test_a_sum_governs_the_product_behind_it() -> None:
    node = expression(r"\sum_i a_i b_i + c")
    assert isinstance(node, s.Addition)
    assert isinstance(node.terms[0].body, s.BigOperator) and isinstance(node.terms[0].body.body, s.Product)


def test_slash_and_number_in_front_of_a_letter() -> None:
    made = formula(r"1/2n")
    node = made.statements[0].chain.first
    assert isinstance(node, s.Quotient) and isinstance(node.denominator, s.Product)
    assert made.readings


# -- statements -------------------------------------------------------------------------------------


def test_rows_continue_the_chain_and_reasons_stand_apart() -> None:
    rows = r"a &= b \quad \because x = y \\ &= c \quad \textcircled{1} \Rightarrow = d"
    made = formula(r"\begin{aligned}" + rows + r"\end{aligned}")
    main, reason = made.statements
    assert [latex(link.right) for link in main.chain.links] == ["b", "c", "d"]
    assert [m.text for m in main.labels] == [r"\textcircled{1}"]
    assert reason.connectives[0].kind is ConnectiveKind.BECAUSE


def test_conditions() -> None:
    (statement,) = formula(r"\delta_i = a_i \quad (1 \leq i \leq n, 1 \leq j \leq m)").statements
    assert len(statement.conditions[0].items) == 2
    (statement,) = formula(r"x_i = y_i \quad \text{for } i = 1, \ldots, n").statements
    assert [latex(i) for i in statement.conditions[0].items] == ["i = 1", r"\ldots", "n"]
    (statement,) = formula(r"\delta^l_i = a^l_i, \quad l = L-1, \ldots, 1").statements
    assert len(statement.conditions[0].items) == 3
    (statement,) = formula(r"\text{If } i \neq j, y_i = -y_j").statements
    assert statement.conditions[0].introduced_by is not None
    assert len(formula(r"a = b, \quad c = d").statements) == 2


def test_arrows() -> None:
    hence = formula(r"A = \sigma(Z) \rightarrow B = C").statements
    assert [st_.connectives[0].kind for st_ in hence[1:]] == [ConnectiveKind.IMPLIES]
    (update,) = formula(r"w \rightarrow w - \eta g").statements
    assert update.chain.links[0].relation.kind is RelationKind.ARROW


def test_a_display_that_starts_with_a_relation_continues() -> None:
    made = formula("= a = b")
    assert made.continues and made.statements[0].chain.first is None


def test_columns_are_formulas_of_their_own() -> None:
    left, right = formula(r"a &= b & c &= d \\ &= e & &= f").statements
    assert [latex(link.right) for link in left.chain.links] == ["b", "e"]
    assert [latex(link.right) for link in right.chain.links] == ["d", "f"]
    left, right = formula(r"a &= b & c &= d \\ & & &= f").statements
    assert [latex(link.right) for link in right.chain.links] == ["d", "f"]


def test_number_of_the_line_is_no_relation() -> None:
    made = formula(r"4> E = x")
    assert made.readings and [link.relation.text for link in made.statements[0].chain.links] == ["="]


# -- repairs, macros, errors ---------------------------------------------------------------------------


def test_lost_letters_are_put_back_and_named() -> None:
    found = items((SAMPLES / "damaged.md").read_bytes(), "damaged.md")
    made = [item.read() for item in found if isinstance(item, Found)]
    repairs = [[r.read_as for r in m.repairs] for m in made if isinstance(m, Formula)]
    assert repairs == [[r"\frac", r"\right"], ["'", r"\big", r"\big", r"\nabla"], ["'", r"\times"], []]


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("\x0crac{1}{2}", r"\frac{1}{2}"), ("\x08eta_1", r"\beta_1"), ("\tau_1", r"\tau_1"), ("a\neq b", r"a \neq b"),
        ("\x07lpha", r"\alpha"), ("\x0bec{w}", r"\vec{w}"), ("\rho + 1", r"\rho + 1"), ("2 \times 3", r"2 \times 3"),
        ("\nabla E", r"\nabla E"), ("a \ne b", r"a e b"),
    ],
)  # fmt: skip
def test_control_characters_that_ate_a_letter(text: str, meant: str) -> None:
    assert formula(text).passage == formula(meant).passage


def test_macros_keep_the_place_of_their_use() -> None:
    macros = Macros().including(r"\newcommand{\pe}[2][E]{\frac{\partial #1}{\partial #2}} \def\half#1{\frac{#1}{2}}")
    made = read_text(r"\pe{w} + \pe[C]{w} = \half x", macros=macros)
    assert isinstance(made, Formula)
    meant = formula(r"\frac{\partial E}{\partial w} + \frac{\partial C}{\partial w} = \frac{x}{2}")
    assert made.passage == meant.passage
    broken = Macros().including(r"\newcommand{\bad}{\frac{1}}")
    wrong = read_text(r"x = \bad", macros=broken)
    assert isinstance(wrong, Unreadable) and wrong.span.column == 5


def test_macro_lines_of_conventions() -> None:
    macros = Macros().including_convention(r"\pd{a}{b} = \frac{\partial a}{\partial b}")
    made = read_text(r"\pd{E}{w}", macros=macros)
    assert isinstance(made, Formula) and made.passage == formula(r"\frac{\partial E}{\partial w}").passage


@pytest.mark.parametrize(
    ("text", "column", "found"),
    [
        (r"a = \frac{1}{2", 13, "`{` that is never closed"), ("a = b)", 6, "`)` that closes nothing"),
        (r"a = \foo", 5, r"the unknown command `\foo`"), ("(a = b", 1, "`(` that is never closed"),
        ("a = + ", 6, "the end of the formula"), ("a = b ! c", 7, "`!`"), (r"\begin{align} a", 1, r"`\begin{align}`"),
        ("(a]", 3, "`]`"),
    ],
)  # fmt: skip
def test_errors_have_places(text: str, column: int, found: str) -> None:
    made = read_text(text)
    assert isinstance(made, Unreadable)
    assert (made.span.column, made.found) == (column, found)


DEEP = 10_000


@pytest.mark.parametrize(
    "text",
    [
        "(" * DEEP + "x" + ")" * DEEP, "{" * DEEP + "x" + "}" * DEEP, r"\frac{" * DEEP, "x" + "^{x" * DEEP + "}" * DEEP,
        "-" * DEEP + "x", r"\sum_i " * 5000 + "x", r"\hat " * 5000 + "x", r"\log " * 5000 + "x", "a/" * 5000 + "a",
        r"\left(" * DEEP, "|" * DEEP, "a+b " * 250_000, "a" * 1_000_000, "\\\\ " * 9_000, "x\\\\ -y" * 3_000,
        r"\text{a $" * 3_000, r"\def\a{\a\a}\a", r"\newcommand{\a}{x\a}\a", r"x=\begin{cases}" * DEEP,
        r"\newcommand{" * 5_000, "&" * 19_000,
    ],
    ids=lambda text: repr(text[:16]),
)  # fmt: skip
def test_hostile_formulas_end_soon(text: str) -> None:
    made = read_text(text)
    if isinstance(made, Formula):
        hash(made.passage)  # no later stage may be driven into the ground by the tree
        latex(made.passage)
