"""A customary function defined otherwise than it is customary: the sigmoid without its minus."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from types import MappingProxyType
from typing import Final

from symbackprop import notation as n
from symbackprop.claims import Claim, Form
from symbackprop.documents.environment import Environment
from symbackprop.documents.own_functions import OwnFunction
from symbackprop.documents.problems import Code, Problem
from symbackprop.documents.screening import may_hold
from symbackprop.documents.source import Span
from symbackprop.documents.terms import rebuilt
from symbackprop.functions import ACTIVATIONS, Range
from symbackprop.prove import prove
from symbackprop.rows import NotationPrimitives

FORMULAS: Final = MappingProxyType(
    {
        "sigmoid": r"\frac{{1}}{{1 + e^{{-{x}}}}}",
        "tanh": r"\frac{{e^{{{x}}} - e^{{-{x}}}}}{{e^{{{x}}} + e^{{-{x}}}}}",
        "relu": r"\max(0, {x})",
        "softplus": r"\log(1 + e^{{{x}}})",
        "silu": r"\frac{{{x}}}{{1 + e^{{-{x}}}}}",
    }
)
SYNONYMS: Final = MappingProxyType({"logistic": "sigmoid", "sigm": "sigmoid", "expit": "sigmoid", "swish": "silu"})
MOST_SLIPS = 40


def not_customary(before: Environment, after: Environment, span: Span) -> tuple[Problem, ...]:
    """A warning for each function that a line has defined otherwise than its name says, with the customary formula."""
    made = []
    for letter, own in after.functions.items():
        row = _meant(own) if before.functions.get(letter) != own else None
        if row is not None:
            x = own.parameter.variable.symbol
            text = f"customarily {letter} is `{FORMULAS[row].format(x=x)}`; from here on it is what this line says"
            made.append(Problem(Code.NOT_CUSTOMARY, span, text))
    return tuple(made)


def _meant(own: OwnFunction) -> str | None:
    """The row that the name or, for sigma, all but one sign of the formula says; None where it is that row."""
    plain = own.letter.lstrip("\\").lower()
    named = SYNONYMS.get(plain, plain)
    if named in FORMULAS:
        return None if own.row == named else named
    if own.row or plain != "sigma":
        return None
    return next((row for slip in islice(slips(own.body), MOST_SLIPS) for row in FORMULAS if _is(slip, row, own)), None)


def _is(formula: n.Expr, row: str, own: OwnFunction) -> bool:
    known = ((own.parameter.variable.symbol, Range.REAL),)
    right = ACTIVATIONS[row].formula(own.parameter, NotationPrimitives())
    claim = Claim(f"a slip in line {own.line}", Form.SCALAR, formula, right, (), (), unknowns=known)
    return may_hold(claim) and prove(claim).proved


def slips(e: n.Expr) -> Iterator[n.Expr]:
    """The formula with one sign in it changed."""
    yield e.term if isinstance(e, n.Neg) else n.Neg(e)
    for place, child in enumerate(n.children(e)):
        for other in slips(child):
            yield _with_child(e, place, other)


def _with_child(e: n.Expr, place: int, other: n.Expr) -> n.Expr:
    count = iter(range(10**6))
    return rebuilt(e, lambda child: other if next(count) == place else child)
