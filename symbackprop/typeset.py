"""The gradients of a network as LaTeX, printed from the formulas that were proved.

`latex` proves every claim that it prints, before it prints it, and refuses to print one that is not proved.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from symbackprop import matrices as mx, notation as n
from symbackprop.backprop import claims
from symbackprop.claims import Claim, Form
from symbackprop.derivation import derivation
from symbackprop.errors import NotProved, SymbackpropError
from symbackprop.latex_document import Block, Heading, fragment, standalone as document
from symbackprop.latex_equations import equation_blocks
from symbackprop.latex_formulas import expression
from symbackprop.latex_matrices import matrix
from symbackprop.latex_network import function_blocks, network_blocks, title
from symbackprop.latex_steps import step_blocks
from symbackprop.latex_style import LayerStyle, Style, style_for
from symbackprop.network import Network
from symbackprop.prove import prove
from symbackprop.rows import row_claims

__all__ = ["LayerStyle", "Style", "claim", "expression", "latex", "matrix", "style_for"]


def latex(
    network: Network,
    form: Form | str = Form.INDEX,
    steps: bool = False,
    standalone: bool = False,
    layer_style: LayerStyle | str = LayerStyle.PARENTHESES,
) -> str:
    """The gradients of this network as LaTeX.

    form: index, matrix, or scalar (every single gradient of given sizes). steps: the whole derivation before them.
    standalone: a complete `.tex`, with the network's definitions. layer_style: `(l)`, `l` or `[l]`.
    Raises SymbackpropError for an unknown option and for a scalar form without sizes or with thousands of gradients,
    NotProved where a formula that would be printed has no proof.
    """
    form, style = _form(form), style_for(network, _layer_style(layer_style))
    blocks = tuple(_blocks(network, form, style, steps, standalone))
    require_proofs(printed_claims(network, form, steps))
    return document(title(network), blocks) if standalone else fragment(blocks)


def claim(stated: Claim, style: Style | None = None) -> str:
    """`left = right` as LaTeX."""
    return f"{_side(stated.left, style)} = {_side(stated.right, style)}"


def _side(side: n.Expr | mx.Matrix, style: Style | None) -> str:
    return expression(side, style) if isinstance(side, n.Expr) else matrix(side, style)


def printed_claims(network: Network, form: Form, steps: bool) -> Iterator[Claim]:
    """Everything that is printed, as claims: the equations, the table's rows, and the links of the derivation."""
    yield from row_claims(network)
    wanted = Form.MATRIX if form is Form.MATRIX else Form.INDEX
    yield from (stated for stated in claims(network) if stated.form is wanted)
    if steps:
        yield from (link for step in derivation(network) for link in step.links)


def require_proofs(stated: Iterable[Claim]) -> None:
    """Raises NotProved, naming the formula, at the first claim that is not proved."""
    for each in stated:
        verdict = prove(each)
        if not verdict.proved:
            raise NotProved(
                f"'{each.name}' is not proved, so it is not printed: {claim(each)} ({verdict.outcome.value}:"
                f" {verdict.tried or 'it has a counterexample'})"
            )


def _blocks(network: Network, form: Form, style: Style, steps: bool, standalone: bool) -> Iterator[Block]:
    headed = steps or standalone
    if headed:
        yield from network_blocks(network, style)
        yield from function_blocks(network, style, steps)
    if steps:
        yield from step_blocks(derivation(network), style)
    if headed:
        yield Heading(_RESULT[form])
    yield from equation_blocks(network, form, style)
    if not headed:
        yield from function_blocks(network, style)


_RESULT = {
    Form.INDEX: "The gradients",
    Form.MATRIX: "The gradients in matrix notation",
    Form.SCALAR: "Every single gradient",
}


def _form(form: Form | str) -> Form:
    try:
        return Form(form)
    except ValueError:
        raise SymbackpropError(f"unknown form '{form}': expected index, matrix or scalar") from None


def _layer_style(style: LayerStyle | str) -> LayerStyle:
    try:
        return LayerStyle(style)
    except ValueError:
        raise SymbackpropError(f"unknown layer style '{style}': expected (l), l or [l]") from None
