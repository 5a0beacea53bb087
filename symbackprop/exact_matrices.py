"""Matrix formulas in the exact engine: evaluated as matrices, not through their index form.

That the two notations mean the same is thereby checked rather than assumed.
"""

from __future__ import annotations

import numpy as np

from symbackprop import matrices as mx, notation as n
from symbackprop.dual import Dual
from symbackprop.exact import CannotEvaluate, Instance, Scope
from symbackprop.fields import Array
from symbackprop.functions import COSTS


def evaluate_matrix(instance: Instance, m: mx.Matrix) -> Array:
    """The matrix at this instance, rows by columns after the field's own axes; a column vector has one column."""
    return _dual(instance, m).value


def _dual(instance: Instance, m: mx.Matrix) -> Dual:
    f = instance.field
    match m:
        case mx.Whole(variable):
            return _column(instance, _whole(instance, variable))
        case mx.Ones(axis):
            one = instance.evaluate(n.number(1), Scope(), {}).dual.value
            length = instance.shape.size(axis, {})
            return Dual(f, np.broadcast_to(one.reshape((*one.shape, 1, 1)), (*one.shape, length, 1)))
        case mx.Transpose(inner):
            return Dual(f, np.swapaxes(_dual(instance, inner).value, -1, -2))
        case mx.Product(left, right):
            x, y = _dual(instance, left).value, _dual(instance, right).value
            return Dual(f, f.total(f.multiply(x[..., :, :, None], y[..., None, :, :]), x.ndim - 1))
        case mx.Hadamard(left, right):
            return _dual(instance, left) * _dual(instance, right)
        case mx.Map(function, inner, primes):
            return instance.apply(function, primes, _dual(instance, inner))
        case mx.CostSlope(cost, output, target):
            return COSTS[cost].derivative(_dual(instance, output), _dual(instance, target), instance.primitives)  # type: ignore[no-any-return]
        case mx.Plus(terms):
            made = _dual(instance, terms[0])
            for term in terms[1:]:
                made = made + _dual(instance, term)
            return made
        case mx.Minus(inner):
            return -_dual(instance, inner)
        case mx.Scaled(scalar, inner):
            return instance.evaluate(scalar, Scope(), {}).dual * _dual(instance, inner)
        case mx.Gradient(of, by):
            return _column(instance, _gradient(instance, of, by))
    raise CannotEvaluate(f"no rule for {type(m).__name__}")


def _key(instance: Instance, variable: n.Variable) -> tuple[str, int | None]:
    return variable.symbol, None if variable.layer is None else instance.shape.layer(variable.layer, {})


def _whole(instance: Instance, variable: n.Variable) -> Array:
    return instance.value(_key(instance, variable)).value


def _column(instance: Instance, value: Array) -> Dual:
    flat = value.ndim - instance.field.lead
    return Dual(instance.field, value.reshape(value.shape + (1,) * (2 - flat)))


def _gradient(instance: Instance, of: n.Variable, by: n.Variable) -> Array:
    """All tangents of `of` along the entries of `by`; a cost a sample keeps only its own sample's entries."""
    key = _key(instance, by)
    moved = instance.with_moving(key)
    cost = moved.value(_key(instance, of))
    shape = moved.value(key).value.shape
    if cost.tangent is None:
        raise CannotEvaluate(f"{of} does not depend on {by}")
    if not of.axes:
        return cost.tangent.reshape(shape)
    table = cost.tangent.reshape((*cost.value.shape, *shape[instance.field.lead :]))
    return np.diagonal(table, axis1=instance.field.lead, axis2=table.ndim - 1)
