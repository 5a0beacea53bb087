"""The cost E of one sample as SymPy builds it: for looking at, differentiating by hand, or feeding to other tools."""

from __future__ import annotations

import sympy

from symbackprop.differentiate import Calculus
from symbackprop.explicit import Scalars, small_enough
from symbackprop.layer_range import Range
from symbackprop.network import Network, Symbols, cost_of, definitions
from symbackprop.scalar_code import plain


def cost_expression(network: Network) -> sympy.Expr:
    """E fully written out in scalars for a small given network; in index notation, `Sum` over `Indexed`, for any other.

    Written out, w_2,1^(1) is the weight from input 1 to neuron 2 of layer 1. In index notation the layer is the first
    index: a[L, k].
    """
    if small_enough(network):
        return plain(Scalars(network).cost, {})
    return Calculus(definitions(network), Range()).read(cost_of(network, Symbols()), {}, {})
