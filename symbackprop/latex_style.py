"""How LaTeX writes the single signs: quantities with their layer and indices, sizes, layers, function names."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

from symbackprop import notation as n
from symbackprop.errors import SymbackpropError
from symbackprop.functions import SOFTMAX
from symbackprop.network import Network


class LayerStyle(Enum):
    """How the layer stands at a quantity: w^{(l)}, w^{l} or w^{[l]}."""

    PARENTHESES = "(l)"
    PLAIN = "l"
    BRACKETS = "[l]"


@dataclass(frozen=True)
class Style:
    """How one document writes.

    spaced: indices are separated by commas, because some have two digits. opaque: sigma stands for any activation,
    so the sigmoid needs a name of its own. layered: sigma differs from layer to layer and carries its layer.
    """

    layers: LayerStyle = LayerStyle.PARENTHESES
    spaced: bool = False
    opaque: bool = False
    layered: bool = False


def style_for(network: Network, layers: LayerStyle = LayerStyle.PARENTHESES) -> Style:
    """The style in which this network's formulas are written."""
    opaque = network.proof_hidden == "sigma" and (network.depth is None or network.depth > 1)
    return Style(layers, max(network.sizes or (0,)) > 9, opaque, network.mixed)


_SYMBOLS = {"delta": r"\delta", "E_total": r"E_{\text{total}}"}
_CAPITALS = {"z": "Z", "a": "A", "delta": r"\Delta", "y": "Y"}
_NAMES = {
    "sigma": r"\sigma",
    "identity": r"\operatorname{id}",
    "tanh": r"\tanh",
    "relu": r"\operatorname{ReLU}",
    "leaky_relu": r"\operatorname{LeakyReLU}",
    "softplus": r"\operatorname{softplus}",
    "silu": r"\operatorname{SiLU}",
    "gelu": r"\operatorname{GELU}",
    "arctan": r"\arctan",
    "elu": r"\operatorname{ELU}",
    "clip": r"\operatorname{clip}",
    SOFTMAX: r"\operatorname{softmax}",
}


def symbol(name: str) -> str:
    """The letter of a quantity. Raises SymbackpropError for a name that is no letter: no such name may be printed."""
    if name in _SYMBOLS:
        return _SYMBOLS[name]
    if not re.fullmatch(r"[A-Za-z]", name):
        raise SymbackpropError(f"there is no LaTeX for the quantity '{name}'")
    return name


def function_name(name: str, style: Style) -> str:
    """The name or letter of a function. Raises SymbackpropError where there is none."""
    if name == "sigmoid":
        return r"\operatorname{sigmoid}" if style.opaque else r"\sigma"
    return _NAMES[name] if name in _NAMES else symbol(name)


def matrix_symbol(variable: n.Variable) -> str:
    """A quantity as a whole: W and, over a batch, capitals; other vectors keep their letter."""
    if variable.symbol == "w":
        return "W"
    batch = any(isinstance(axis, n.Samples) for axis in variable.axes)
    if batch and variable.symbol in _CAPITALS:
        return _CAPITALS[variable.symbol]
    return symbol(variable.symbol)


def layer(place: n.Layer) -> str:
    """`l`, `l+1`, `2`."""
    return str(place)


def superscript(place: n.Layer | None, style: Style) -> str:
    """`^{(l)}`, `^{l}` or `^{[l]}`; nothing for a quantity without a layer."""
    if place is None:
        return ""
    text = layer(place)
    match style.layers:
        case LayerStyle.PARENTHESES:
            return f"^{{({text})}}"
        case LayerStyle.BRACKETS:
            return f"^{{[{text}]}}"
        case LayerStyle.PLAIN:
            return f"^{{{text}}}"


def slot(at: n.Slot) -> str:
    return str(at.value) if isinstance(at, n.At) else at.name


def subscript(slots: tuple[n.Slot, ...], style: Style) -> str:
    """`_{ij}`, or `_{i,j}` where indices have more than one character."""
    if not slots:
        return ""
    texts = [slot(at) for at in slots]
    apart = style.spaced and all(isinstance(at, n.At) for at in slots)
    return f"_{{{(',' if apart else '').join(texts)}}}"


def quantity(variable: n.Variable, slots: tuple[n.Slot, ...], style: Style) -> str:
    """`w_{ij}^{(l)}`; without slots the letter with its layer."""
    return symbol(variable.symbol) + subscript(slots, style) + superscript(variable.layer, style)


def size(axis: n.Axis) -> str:
    """`n_{l}`, `N`."""
    if isinstance(axis, n.Extent):
        return axis.name
    return "N" if isinstance(axis, n.Samples) else f"n_{{{layer(axis.layer)}}}"
