"""`w \\cdot x` between the names of two vectors: their inner product, or where that alone fits entry by entry."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from symbackprop.documents import syntax as s
from symbackprop.documents.environment import Environment
from symbackprop.documents.jacobians import Factor
from symbackprop.documents.kinds import ProductSign
from symbackprop.documents.page_quantities import PageQuantities
from symbackprop.documents.results import LinkResult
from symbackprop.documents.tensors import Tensor, matrix_product, transposed

INNER: Final = "`\\cdot` between two vectors is read as their inner product"


def with_inner_products(
    factors: list[Factor], signs: list[ProductSign], nodes: tuple[s.Expression, ...], e: PageQuantities
) -> tuple[list[Factor], list[ProductSign]]:
    """The factors with the inner products taken; between other things than names the sign multiplies as before."""
    if e.environment.conventions.dots_entrywise or len(nodes) != len(factors):
        return factors, signs
    made, kept = [factors[0]], list[ProductSign]()
    for at in range(1, len(factors)):
        one, other = made[-1], factors[at]
        alone = _alone(factors, signs, at - 1, at)
        if (
            signs[at - 1] is ProductSign.CDOT and alone and isinstance(one, Tensor) and isinstance(other, Tensor)
            and _is_name(nodes[at - 1]) and _is_name(nodes[at]) and one.columns is other.columns is None
            and one.rows is not None and other.rows is not None and e.shapes.unify(one.rows, other.rows)
        ):  # fmt: skip
            e.said(INNER)
            made[-1] = matrix_product(transposed(one), other, e.fresh)
        else:
            made.append(other)
            kept.append(signs[at - 1])
    return made, kept


def _alone(factors: list[Factor], signs: list[ProductSign], first: int, last: int) -> bool:
    """Whether no vector or matrix stands directly beside the two, `W x \\cdot y`."""
    before = first > 0 and signs[first - 1] is ProductSign.JUXTAPOSED and isinstance(factors[first - 1], Tensor)
    behind = last + 1 < len(factors) and signs[last] is ProductSign.JUXTAPOSED and isinstance(factors[last + 1], Tensor)
    return not before and not behind


def _is_name(node: s.Expression) -> bool:
    if isinstance(node, s.Scripted):
        return not node.primes and not any(script.is_transpose for script in node.scripts) and _is_name(node.base)
    return isinstance(node, s.Name | s.Decorated)


def entrywise(links: tuple[LinkResult, ...], environment: Environment) -> Environment | None:
    """The environment under which dots multiply entry by entry, where a link was refuted with another reading."""
    if not any(link.said == "refuted" and INNER in link.readings for link in links):
        return None
    return replace(environment, conventions=replace(environment.conventions, dots_entrywise=True))
