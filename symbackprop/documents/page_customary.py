"""Customary formulas that a page misprints where it names no function: the logistic 1/(1 + e^u) without its minus, a
norm without its root."""

from __future__ import annotations

from symbackprop import notation as n
from symbackprop.documents import syntax as s
from symbackprop.documents.kinds import ScriptMark
from symbackprop.documents.problems import Code, Problem
from symbackprop.documents.tensors import Tensor, Value


def not_logistic(value: Value | None, node: s.Expression) -> tuple[Problem, ...]:
    """A warning where a quantity is defined as 1/(1 + e^u), and nothing in u is taken off."""
    if isinstance(value, Tensor):
        row, column = (None if axis is None else n.At(1) for axis in value.shape)
        value = value.at(row, column)
    if value is None or not _is_mirrored(value):
        return ()
    text = r"customarily the sigmoid is `\frac{1}{1 + e^{-u}}`: this one has no minus in its exponent"
    return (Problem(Code.NOT_CUSTOMARY, node.span, text),)


def _is_mirrored(e: n.Expr) -> bool:
    factors = [f for f in e.factors if f != n.number(1)] if isinstance(e, n.Mul) else [e]
    inverse = factors[0] if len(factors) == 1 else None
    if not isinstance(inverse, n.Power) or inverse.exponent != -1 or not isinstance(inverse.base, n.Add):
        return False
    terms = [term for term in inverse.base.terms if term != n.number(1)]
    only = terms[0] if len(terms) == 1 and len(inverse.base.terms) == 2 else None
    return isinstance(only, n.Apply) and only.function == "exp" and not _is_taken_off(only.argument)


def _is_taken_off(e: n.Expr) -> bool:
    if isinstance(e, n.Add):
        return any(_is_taken_off(term) for term in e.terms)
    if isinstance(e, n.Mul):
        return any(_is_taken_off(factor) for factor in e.factors)
    return isinstance(e, n.Neg) or (isinstance(e, n.Number) and e.value < 0)


def is_norm(node: s.Node) -> bool:
    """`\\|U\\|_F` alone, without a power."""
    if not isinstance(node, s.Scripted) or not isinstance(node.base, s.Norm) or node.base.bars != 2:
        return False
    return all(script.mark is ScriptMark.SUBSCRIPT for script in node.scripts)


def not_a_norm(node: s.Expression) -> Problem:
    inside = node.base.body.span.text if isinstance(node, s.Scripted) and isinstance(node.base, s.Norm) else "U"
    text = rf"customarily this norm is `\sqrt{{\sum_i \sum_j {inside}_{{ij}}^2}}`; here it is what this line says"
    return Problem(Code.NOT_CUSTOMARY, node.span, text)
