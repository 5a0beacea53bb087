"""A vector added to a matrix, as arrays do it: to every row or every column, as its declared size says."""

from __future__ import annotations

from symbackprop import notation as n
from symbackprop.documents.tensors import Tensor, Value


def spread(values: list[Value]) -> tuple[list[Value], str]:
    """The terms of a sum with each vector as a matrix, and how to say it; as they came where a size fits both or none.

    A vector of H entries beside a matrix of N x H is a bias that every row gets, one of N entries one for every column.
    """
    whole = next((v for v in values if isinstance(v, Tensor) and None not in v.shape), None)
    vectors = [v for v in values if isinstance(v, Tensor) and (v.rows is None) != (v.columns is None)]
    if whole is None or not vectors or whole.rows == whole.columns:
        return values, ""
    along = {_size(v) for v in vectors}
    if along == {whole.columns}:
        return [_repeated(v, whole, True) for v in values], "a vector beside a matrix is added to every row"
    if along == {whole.rows} and all(v.columns is None for v in vectors):
        return [_repeated(v, whole, False) for v in values], "a vector beside a matrix is added to every column"
    return values, ""


def _size(v: Tensor) -> n.Axis | None:
    return v.columns if v.rows is None else v.rows


def _repeated(v: Value, whole: Tensor, to_rows: bool) -> Value:
    """The matrix whose rows, or whose columns, are all the vector."""
    if not isinstance(v, Tensor) or None not in v.shape:
        return v
    inner = v

    def at(r: n.Slot | None, c: n.Slot | None) -> n.Expr:
        slot = c if to_rows else r
        return inner.at(None, slot) if inner.rows is None else inner.at(slot, None)

    return Tensor(whole.rows, whole.columns, at)
