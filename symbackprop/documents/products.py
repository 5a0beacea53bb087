"""Products and sums of numbers, vectors and matrices."""

from __future__ import annotations

from typing import Final, Protocol

from symbackprop import notation as n
from symbackprop.documents import syntax as s
from symbackprop.documents.jacobians import CHAINED, Factor, Jacobian, composed, contracted, plain
from symbackprop.documents.kinds import ProductSign
from symbackprop.documents.problems import Code, NotUnderstood, Problem
from symbackprop.documents.tensors import Fresh, Misfit, Tensor, Value, joined, mapped, matrix_product, misfit

HADAMARD: Final = frozenset({ProductSign.ODOT, ProductSign.CIRC, ProductSign.DOT_STAR, ProductSign.BULLET})
PLAIN: Final = frozenset(
    {ProductSign.JUXTAPOSED, ProductSign.CDOT, ProductSign.TIMES, ProductSign.STAR, ProductSign.AST, ProductSign.AT}
)
SAME_SHAPE: Final = "two of one shape side by side are multiplied entry by entry"


class Book(Protocol):
    """Where a product notes how it was read and what does not fit."""

    fresh: Fresh

    @property
    def problems(self) -> list[Problem]: ...

    @property
    def matrices_only(self) -> bool: ...

    @property
    def samples_are_rows(self) -> bool: ...

    @property
    def gradients_are_rows(self) -> bool: ...

    def said(self, reading: str) -> None: ...


def multiplied(values: list[Factor], signs: list[ProductSign], book: Book, node: s.Node) -> Factor:
    """The factors' product: matrix products bind tighter than products entry by entry."""
    signs = signs or [ProductSign.JUXTAPOSED] * (len(values) - 1)
    wrong = [sign for sign in signs if sign not in HADAMARD | PLAIN]
    if wrong:
        raise NotUnderstood(node.span, f"the product sign `{wrong[0].value}`", "a product, or \\odot between vectors")
    factors = list(node.factors) if isinstance(node, s.Product) and len(node.factors) == len(values) else []
    spots: list[s.Node] = [*factors] or [node] * len(values)
    groups: list[list[tuple[Factor, s.Node]]] = [[(values[0], spots[0])]]
    for sign, value, spot in zip(signs, values[1:], spots[1:], strict=True):
        if sign in HADAMARD:
            groups.append([(value, spot)])
        else:
            groups[-1].append((value, spot))
    made = [_row(group, book, node) for group in groups]
    whole = made[0]
    for other in made[1:]:
        whole = _entrywise(plain(whole, node), _lying(plain(other, node), whole, book))
    return whole


def _lying(y: Value, x: Factor, book: Book) -> Value:
    """A column beside a row of the same axis as a row, where gradients are rows: `\\delta U \\circ f'(z)`."""
    if not book.gradients_are_rows or not isinstance(x, Tensor) or not isinstance(y, Tensor):
        return y
    if x.rows is None and y.columns is None and x.columns == y.rows:
        book.said("a column beside a row is multiplied with it entry by entry")
        return Tensor(None, y.rows, lambda r, c: y.at(c, None))
    return y


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


def _row(group: list[tuple[Factor, s.Node]], book: Book, node: s.Node) -> Factor:
    """Factors side by side: numbers scale, vectors and matrices multiply as matrices."""
    scalars = [value for value, _ in group if isinstance(value, n.Expr)]
    whole: Tensor | Jacobian | n.Expr | None = None
    before: s.Node = node
    for value, spot in group:
        if isinstance(value, n.Expr):
            continue
        whole = value if whole is None else _next(whole, value, book, before, spot)
        before = spot
    for number in reversed(scalars):
        if isinstance(whole, Jacobian):
            whole = whole.scaled(number, times)
        else:
            whole = number if whole is None else _scaled(number, whole)
    if whole is None:
        raise NotUnderstood(node.span, "an empty product", "factors")
    return whole


def _next(x: Factor, y: Tensor | Jacobian, book: Book, before: s.Node, spot: s.Node) -> Factor:
    """The product so far and the next factor."""
    if isinstance(y, Jacobian):
        if isinstance(x, Jacobian) and x.by == y.of:
            book.said(CHAINED)
            return composed(x, y, book.fresh)
        if isinstance(x, Tensor) and x.shape == y.of and not _meets(x, y):
            book.said(CHAINED)
            return contracted(x, y, book.fresh)
        y = _as_tensor(y, spot)
    x = plain(x, before)
    if isinstance(x, Misfit):
        return x
    if not isinstance(x, Tensor):
        return _scaled(x, y)
    if x.shape == y.shape and (x.columns is None or y.rows is None or x.columns != y.rows):
        if book.matrices_only:
            return _no_product(x, y, book, before, spot)
        book.said(SAME_SHAPE)
        return _entrywise(x, y)
    if (x.columns is None) != (y.rows is None):
        return _no_product(x, y, book, before, spot)
    return matrix_product(x, y, book.fresh)


def _meets(x: Tensor, y: Jacobian) -> bool:
    """Whether a row or matrix meets a matrix of derivatives as matrices do."""
    return y.is_matrix and x.columns is not None and x.columns == y.of[0]


def _as_tensor(y: Jacobian, spot: s.Node) -> Tensor:
    made = plain(y, spot)
    if not isinstance(made, Tensor):
        raise NotUnderstood(spot.span, "a derivative that is no matrix", "a vector by a vector")
    return made


def _no_product(x: Tensor, y: Tensor, book: Book, before: s.Node, spot: s.Node) -> Tensor:
    """Two whose shapes have no product in any reading: the check of form refutes it, and says it so."""
    text = f"`{before.span.text}` is {shaped(x)}, `{spot.span.text}` {shaped(y)}: they have no product"
    book.problems.append(Problem(Code.SHAPES, spot.span, text))
    return misfit(Tensor(x.rows, y.columns, x.at))


def shaped(t: Tensor) -> str:
    """What a value looks like on paper."""
    if t.columns is None:
        return "a column"
    return "a row" if t.rows is None else "a matrix"


def plus(terms: list[Value], book: Book, node: s.Node) -> Value:
    """A sum of numbers, or of vectors or matrices of one shape; where samples are rows, one row is added to each."""
    tensors = [term for term in terms if isinstance(term, Tensor)]
    if not tensors:
        return terms[0] if len(terms) == 1 else n.Add(tuple(term for term in terms if isinstance(term, n.Expr)))
    first = next((t for t in tensors if isinstance(t, Misfit)), tensors[0])
    if isinstance(first, Misfit):
        return first
    other = next((at for at, t in enumerate(terms) if isinstance(t, Tensor) and _kind(t) != _kind(first)), None)
    whole = next((t for t in tensors if t.rows is not None), first)
    if book.samples_are_rows and all(t.rows is None or _kind(t) == _kind(whole) for t in tensors if t.columns):
        first = whole
    elif other is not None:
        return _no_sum(first, terms, other, book, node)
    if any(not _constant(term) for term in terms if isinstance(term, n.Expr)):
        raise NotUnderstood(node.span, "a number added to a vector", "vectors or matrices of one shape")

    def at(r: n.Slot | None, c: n.Slot | None) -> n.Expr:
        return n.Add(tuple(term.at(r, c) if isinstance(term, Tensor) else term for term in terms))

    return first if len(terms) == 1 else Tensor(first.rows, first.columns, at)


def _no_sum(first: Tensor, terms: list[Value], other: int, book: Book, node: s.Node) -> Tensor:
    """A column and a matrix, say: no reading adds them."""
    spots = [term.body for term in node.terms] if isinstance(node, s.Addition) else [node] * len(terms)
    at, term = terms.index(first), terms[other]
    said = f"`{spots[at].span.text}` is {shaped(first)}, `{spots[other].span.text}` "
    said += f"{shaped(term) if isinstance(term, Tensor) else 'a number'}: they have no sum"
    book.problems.append(Problem(Code.SHAPES, spots[other].span, said))
    return misfit(first)


def _kind(t: Tensor) -> tuple[bool, bool]:
    return t.rows is None, t.columns is None


def _constant(e: n.Expr) -> bool:
    return isinstance(e, n.Number) or (isinstance(e, n.Neg) and isinstance(e.term, n.Number))
