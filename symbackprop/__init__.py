"""symbackprop: the gradients of backpropagation, proved, printed and compiled.

>>> import symbackprop as sb
>>> network = sb.Network([2, 3, 2], hidden="sigmoid", output="identity", cost="half_squared_error")
>>> sb.verify(network).proved
True
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from symbackprop.certifying import certify_gradient as certify
    from symbackprop.cost_expression import cost_expression as cost
    from symbackprop.documents.check import check
    from symbackprop.errors import EnginesDisagree, NotProved, SymbackpropError
    from symbackprop.network import Network
    from symbackprop.numpy_code import compile_network as compile
    from symbackprop.prediction import predict
    from symbackprop.training import train
    from symbackprop.typeset import latex
    from symbackprop.verification import verify

__all__ = [
    "EnginesDisagree",
    "Network",
    "NotProved",
    "SymbackpropError",
    "certify",
    "check",
    "compile",
    "cost",
    "latex",
    "predict",
    "train",
    "verify",
]


def __getattr__(name: str) -> Any:
    """Public names are imported when first used: `import symbackprop` alone costs nothing."""
    homes = {
        "EnginesDisagree": ("errors", "EnginesDisagree"),
        "Network": ("network", "Network"),
        "NotProved": ("errors", "NotProved"),
        "SymbackpropError": ("errors", "SymbackpropError"),
        "certify": ("certifying", "certify_gradient"),
        "check": ("documents.check", "check"),
        "compile": ("numpy_code", "compile_network"),
        "cost": ("cost_expression", "cost_expression"),
        "latex": ("typeset", "latex"),
        "predict": ("prediction", "predict"),
        "train": ("training", "train"),
        "verify": ("verification", "verify"),
    }
    if name not in homes:
        raise AttributeError(f"module 'symbackprop' has no attribute '{name}'")
    module, attribute = homes[name]
    return getattr(import_module(f"symbackprop.{module}"), attribute)
