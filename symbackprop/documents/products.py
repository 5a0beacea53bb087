"""Products and sums of numbers, vectors and matrices."""

from __future__ import annotations

from typing import Final

from symbackprop import notation as n
from symbackprop.documents import syntax as s
from symbackprop.documents.kinds import ProductSign
from symbackprop.documents.problems import NotUnderstood
from symbackprop.documents.tensors import Fresh, Tensor, Value, joined, mapped, matrix_product

HADAMARD: Final = frozenset({ProductSign.ODOT, ProductSign.CIRC, ProductSign.DOT_STAR})
PLAIN: Final = frozenset(
    {ProductSign.JUXTAPOSED, ProductSign.CDOT, ProductSign.TIMES, ProductSign.STAR, ProductSign.AST, ProductSign.AT}
)


class SideBySide(NotUnderstood):
    """Two column vectors without a sign between them. `value`: what a matrix product would make of them."""

    def __init__(self, node: s.Node, value: Value) -> None:
        super().__init__(node.span, "two column vectors side by side", "\\odot, or a transpose on one of them")
        self.value = value


def multiplied(values: list[Value], signs: list[ProductSign], fresh: Fresh, node: s.Node) -> Value:
    """The factors' product: matrix products bind tighter than products entry by entry."""
    signs = signs or [ProductSign.JUXTAPOSED] * (len(values) - 1)
    wrong = [sign for sign in signs if sign not in HADAMARD | PLAIN]
    if wrong:
        raise NotUnderstood(node.span, f"the product sign `{wrong[0].value}`", "a product, or \\odot between vectors")
    groups: list[list[Value]] = [[values[0]]]
    for sign, value in zip(signs, values[1:], strict=True):
        if sign in HADAMARD:
            groups.append([value])
        else:
            groups[-1].append(value)
    made = [_row(group, fresh, node) for group in groups]
    whole = made[0]
    for other in made[1:]:
        whole = _entrywise(whole, other)
    return whole


def _entrywise(x: Value, y: Value) -> Value:
    if isinstance(x, Tensor) and isinstance(y, Tensor):
        return joined(x, y, lambda a, b: times(a, b))
    return _scaled(x, y)


def _scaled(x: Value, y: Value) -> Value:
    if isinstance(x, Tensor):
        return mapped(x, lambda e: times(e, y) if isinstance(y, n.Expr) else e)
    if isinstance(y, Tensor):
        return mapped(y, lambda e: times(x, e))
    return times(x, y)


def times(x: n.Expr, y: n.Expr) -> n.Expr:
    """A product kept flat, so that an index that repeats is seen in one product."""
    left = x.factors if isinstance(x, n.Mul) else (x,)
    right = y.factors if isinstance(y, n.Mul) else (y,)
    return n.Mul((*left, *right))


def _row(values: list[Value], fresh: Fresh, node: s.Node) -> Value:
    """Factors side by side: numbers scale, vectors and matrices multiply as matrices."""
    scalars = [value for value in values if not isinstance(value, Tensor)]
    tensors = [value for value in values if isinstance(value, Tensor)]
    whole: Value | None = None
    for value in tensors:
        whole = value if whole is None else _matrices(whole, value, fresh, node)
    for number in reversed(scalars):
        whole = number if whole is None else _scaled(number, whole)
    if whole is None:
        raise NotUnderstood(node.span, "an empty product", "factors")
    return whole


def _matrices(x: Value, y: Tensor, fresh: Fresh, node: s.Node) -> Value:
    if not isinstance(x, Tensor):
        return _scaled(x, y)
    if x.columns is None and y.rows is not None and (x.rows is not None and y.columns is None):
        raise SideBySide(node, matrix_product(x, y, fresh))
    if (x.columns is None) != (y.rows is None):
        raise NotUnderstood(node.span, "factors whose shapes do not multiply", "columns of the one to meet rows of the"
                            " other")  # fmt: skip
    return matrix_product(x, y, fresh)


def plus(terms: list[Value], node: s.Node) -> Value:
    """A sum of numbers, or of vectors or matrices of one shape."""
    tensors = [term for term in terms if isinstance(term, Tensor)]
    if not tensors:
        return terms[0] if len(terms) == 1 else n.Add(tuple(term for term in terms if isinstance(term, n.Expr)))
    first = tensors[0]
    if any(_kind(t) != _kind(first) for t in tensors):
        raise NotUnderstood(node.span, "a sum of different shapes", "vectors or matrices of one shape")
    if any(not _constant(term) for term in terms if isinstance(term, n.Expr)):
        raise NotUnderstood(node.span, "a number added to a vector", "vectors or matrices of one shape")

    def at(r: n.Slot | None, c: n.Slot | None) -> n.Expr:
        return n.Add(tuple(term.at(r, c) if isinstance(term, Tensor) else term for term in terms))

    return first if len(terms) == 1 else Tensor(first.rows, first.columns, at)


def _kind(t: Tensor) -> tuple[bool, bool]:
    return t.rows is None, t.columns is None


def _constant(e: n.Expr) -> bool:
    return isinstance(e, n.Number) or (isinstance(e, n.Neg) and isinstance(e.term, n.Number))
