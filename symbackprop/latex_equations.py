"""The gradients as LaTeX blocks, in index form, in matrix form, or every single one of a given architecture."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from symbackprop import matrices as mx, notation as n
from symbackprop.backprop import Equation, Sides, equations
from symbackprop.claims import Form
from symbackprop.errors import SymbackpropError
from symbackprop.functions import ANY
from symbackprop.instantiate import instantiate
from symbackprop.latex_document import Block, Prose
from symbackprop.latex_formulas import printed
from symbackprop.latex_layout import Display, Line
from symbackprop.latex_matrices import printed as printed_matrix
from symbackprop.latex_style import Style, quantity
from symbackprop.network import Network

MOST_LINES = 5000  # of the scalar form: some hundred pages
ROWS = 24  # of one display
SIGNS = (
    r"Here $\odot$ and $\oslash$ multiply and divide entry by entry, as functions are applied, and $\mathbf{1}_{n}$ is"
    r" the column of $n$ ones."
)
COLUMNS = 4  # short equations side by side


def equation_blocks(network: Network, form: Form, style: Style) -> tuple[Block, ...]:
    """The equations for one sample and for all samples together."""
    if form is Form.SCALAR:
        return tuple(_scalar_blocks(network, style))
    sample = ", with the sample $s$ as last index" if form is Form.INDEX else ", a column each"
    made: list[Block] = []
    for batch, words in ((False, "For one sample:"), (True, f"For $N$ samples{sample}:")):
        shown = _shown(network, batch)
        lines = [_line(which, sides, form, style) for which, sides in shown.items()]
        if {Equation.OUTPUT_CHAIN, Equation.OUTPUT} <= shown.keys():  # both are delta^(L): one chain
            lines[1] = replace(lines[1], left="")
        made += [Prose(words), Display(tuple(lines))]
    return (*made, Prose(SIGNS)) if form is Form.MATRIX else tuple(made)


def _shown(network: Network, batch: bool) -> dict[Equation, Sides]:
    known = equations(network, batch)
    shallow = network.depth == 1
    return {which: sides for which, sides in known.items() if not (shallow and which is Equation.HIDDEN)}


def _line(which: Equation, sides: Sides, form: Form, style: Style) -> Line:
    condition = {
        Equation.HIDDEN: r"1 \le l \le L-1",
        Equation.WEIGHT: r"1 \le l \le L",
        Equation.BIAS: r"1 \le l \le L",
    }.get(which, "")
    if form is Form.MATRIX:
        left, right = side(sides.matrix_left, style), side(sides.matrix_right, style)
    else:
        left, right = side(sides.left, style), side(sides.right, style)
    return Line(left, right, condition)


def side(formula: n.Expr | mx.Matrix, style: Style) -> str:
    """One side of a claim, with the places where it may be broken."""
    return printed_matrix(formula, style).text if isinstance(formula, mx.Matrix) else printed(formula, style).text


# every single gradient


def _scalar_blocks(network: Network, style: Style) -> Iterator[Block]:
    sizes = network.sizes
    if sizes is None:
        raise SymbackpropError("the scalar form writes every gradient of one network: give its sizes, such as 2-3-2")
    count = (network.parameters or 0) + sum(sizes[1:])
    if count > MOST_LINES:
        raise SymbackpropError(
            f"the scalar form of this network has {count} equations, more than {MOST_LINES}:"
            " take the index or the matrix form, which hold for every width"
        )
    depth = len(sizes) - 1
    known = equations(network, batch=False)
    output = Equation.OUTPUT_CHAIN if network.cost == ANY else Equation.OUTPUT
    for place in range(depth, 0, -1):
        which = output if place == depth else Equation.HIDDEN
        where = "the output layer" if place == depth else f"layer ${place}$"
        yield Prose(f"The deltas of {where}:")
        yield from _chunked(known[which], sizes, place, style)
    for place in range(1, depth + 1):
        yield Prose(f"The gradients by the weights and biases of layer ${place}${_input_note(place, style)}:")
        columns = fitting_columns(sizes[place - 1])
        yield from _chunked(known[Equation.WEIGHT], sizes, place, style, columns)
        yield from _chunked(known[Equation.BIAS], sizes, place, style, fitting_columns(sizes[place]))
    yield Prose("For $N$ samples, each with its own index $s$, and in every layer:")
    batch = equations(network, batch=True)
    wanted = (Equation.WEIGHT, Equation.BIAS)
    yield Display(tuple(_line(which, batch[which], Form.INDEX, style) for which in wanted))


def _input_note(place: int, style: Style) -> str:
    if place > 1:
        return ""
    return f", where ${quantity(n.Variable('a', n.Layer('', 0)), (), style)}$ is the input"


def fitting_columns(width: int) -> int:
    """How many gradients stand side by side: one neuron's weights in a row, or in as few rows as they fill evenly."""
    rows = -(-width // COLUMNS)
    return -(-width // rows)


def _chunked(sides: Sides, sizes: tuple[int, ...], place: int, style: Style, columns: int = 1) -> Iterator[Display]:
    """A network's many equations in displays of a page's size."""
    lines = list(scalar_lines(sides, sizes, place, style))
    for start in range(0, len(lines), ROWS * columns):
        yield Display(tuple(lines[start : start + ROWS * columns]), columns)


def scalar_lines(sides: Sides, sizes: tuple[int, ...], place: int, style: Style) -> Iterator[Line]:
    """The equation at layer `place`, once for each value of its free indices."""
    layers = {"l": place}
    for values in _values(sides.free, sizes, layers):
        left, right = (instantiate(e, sizes, layers, values) for e in (sides.left, sides.right))
        yield Line(printed(left, style).text, printed(right, style).text)


def _values(free: tuple[n.Index, ...], sizes: tuple[int, ...], layers: dict[str, int]) -> Iterator[dict[str, int]]:
    if not free:
        yield {}
        return
    index, rest = free[0], free[1:]
    count = instantiate(n.Size(index.axis), sizes, layers, {})
    if not isinstance(count, n.Number):
        raise SymbackpropError(f"{index.axis} have no number in the scalar form")
    for value in range(1, int(count.value) + 1):
        for others in _values(rest, sizes, layers):
            yield {index.name: value, **others}
