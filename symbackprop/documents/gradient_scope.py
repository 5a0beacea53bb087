"""How far a gradient reaches: `\\nabla_w \\frac{1}{2} (X w - y)^T (X w - y)` is that of the whole product."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from symbackprop.documents import syntax as s


def reaching_far(node: s.Product, constant: Callable[[s.Expression], bool]) -> s.Product | s.Gradient:
    """The product with a gradient of a constant taken as that of all that follows: of the constant it would be 0."""
    for at, factor in enumerate(node.factors[:-1]):
        if not isinstance(factor, s.Gradient) or factor.of is None or not constant(factor.of):
            continue
        behind = (factor.of, *node.factors[at + 1 :])
        product = s.Product(factor.of.span.to(node.factors[-1].span), behind, node.signs[at:])
        whole = replace(factor, span=factor.span.to(node.factors[-1].span), of=product)
        return whole if at == 0 else replace(node, factors=(*node.factors[:at], whole), signs=node.signs[:at])
    return node
