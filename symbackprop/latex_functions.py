"""The functions of a network as LaTeX: each row's formula and derivative, printed from the row itself."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from symbackprop import notation as n
from symbackprop.functions import ACTIVATIONS, ANY, Activation
from symbackprop.latex_formulas import PrintedPrimitives, number, printed
from symbackprop.latex_layout import Line
from symbackprop.latex_style import Style, function_name
from symbackprop.network import Network

Z, U = n.Scalar("z"), n.Scalar("u")


class _Abbreviating(PrintedPrimitives):
    """A long argument of tanh is called u and written out once."""

    def __init__(self) -> None:
        self.u: n.Expr | None = None

    def tanh(self, z: n.Expr) -> n.Expr:
        if isinstance(z, n.Scalar):
            return super().tanh(z)
        self.u = z
        return super().tanh(U)


@dataclass(frozen=True)
class Explained:
    """What has to be said of a network's functions: defining lines, and conventions at kinks."""

    lines: tuple[Line, ...]
    kinks: tuple[str, ...]
    opaque: tuple[str, ...]


def explained(network: Network, style: Style) -> Explained:
    """Every function that stands in the network's formulas."""
    hidden = () if network.depth == 1 else network.hidden
    names = tuple(dict.fromkeys((*hidden, network.output)))
    rows = [ACTIVATIONS[name] for name in names if name in ACTIVATIONS and _stands(name, network)]
    lines = [*_layered(network, style), *(line for row in rows for line in activation_lines(row, style))]
    if network.cost == "huber":
        lines.append(clip_line(style))
    kinks = tuple(kink(row, style) for row in rows if row.kink)
    opaque = [r"\sigma"] if ANY in hidden else []
    return Explained(tuple(lines), kinks, (*opaque, *(["f"] if network.output == ANY else [])))


def _stands(name: str, network: Network) -> bool:
    """The identity as output function leaves no trace in the formulas."""
    return name != "identity" or (name in network.hidden and network.depth != 1)


def _layered(network: Network, style: Style) -> list[Line]:
    """sigma_1 = tanh, sigma_2 = ReLU, …, where layers differ."""
    if not network.mixed:
        return []
    return [
        Line(rf"\sigma_{{{place}}}(z)", rf"{function_name(name, style)}(z)")
        for place, name in enumerate(network.hidden, 1)
        if name != ANY
    ]


def activation_lines(row: Activation, style: Style) -> list[Line]:
    """`f(z) = …`, `f'(z) = …`, and u where a long argument was called so."""
    name, m = function_name(row.name, style), _Abbreviating()
    formula, slope = row.formula(Z, m), row.derivative(Z, n.Apply(row.name, Z), m)
    made = [Line(f"{name}'(z)", printed(slope, style).text)]
    if formula != n.Apply(row.name, Z):  # arctan is its own formula
        made.insert(0, Line(f"{name}(z)", printed(formula, style).text))
    if m.u is not None:
        made.append(Line("u", printed(m.u, style).text))
    return made


def clip_line(style: Style) -> Line:
    return Line(f"{function_name('clip', style)}(r)", r"\max\bigl(-1, \min(1, r)\bigr)")


def kink(row: Activation, style: Style) -> str:
    """`ReLU'(0) = 0`: the row's convention, in this document's letters."""
    value = Fraction(row.kink.rpartition("=")[2].strip())
    return f"{function_name(row.name, style)}'(0) = {number(value).text}"
