"""The functions that a document defines by a formula: `\\sigma(x) = \\frac{1}{1 + e^{-x}}`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from symbackprop import notation as n
from symbackprop.claims import Claim, Form
from symbackprop.documents.screening import may_hold
from symbackprop.documents.terms import rebuilt, replaced
from symbackprop.functions import ACTIVATIONS, Range
from symbackprop.prove import prove
from symbackprop.rows import NotationPrimitives


@dataclass(frozen=True)
class OwnFunction:
    """`letter(parameter) = body`, on that line. row: the row of the table that it is proved to be, or "".

    slope: its derivative, proved to be one; None where the rules of `slope_of` do not reach.
    """

    letter: str
    parameter: n.Entry
    body: n.Expr
    line: int
    row: str = ""
    slope: n.Expr | None = None

    def at(self, argument: n.Expr, primes: int) -> n.Expr | None:
        """The function, or its derivative, at an argument; None where no formula is known."""
        if self.row:
            return n.Apply(self.row, argument, primes)
        formula = (self.body, self.slope)[primes] if primes < 2 else None
        return None if formula is None else replaced(formula, lambda e: argument if e == self.parameter else None)


def unknown(letter: str) -> n.Entry:
    """A number that one line speaks of: the x of `f(x)`."""
    return n.Entry(n.Variable(letter))


def own_function(letter: str, parameter: n.Entry, body: n.Expr, line: int) -> OwnFunction:
    """The function with what is proved of it: that it is a row of the table, or else which derivative it has."""
    names = {parameter.variable.symbol, *(e.variable.symbol for e in n.walk(body) if isinstance(e, n.Entry))}
    known = tuple((name, Range.REAL) for name in sorted(names))

    def holds(left: n.Expr, right: n.Expr) -> bool:
        claim = Claim(f"line {line}: {letter}", Form.SCALAR, left, right, (), (), unknowns=known)
        return may_hold(claim) and prove(claim).proved

    made = OwnFunction(letter, parameter, body, line)
    m = NotationPrimitives()
    for row in ACTIVATIONS.values():
        if holds(body, row.formula(parameter, m)):
            return replace(made, row=row.name)
    slope = slope_of(body, parameter)
    return replace(made, slope=slope) if slope is not None and holds(n.Partial(body, parameter), slope) else made


def slope_of(e: n.Expr, x: n.Entry) -> n.Expr | None:
    """de/dx by the rules for sums, products, powers and functions; None where a rule is missing."""
    match e:
        case n.Number() | n.Scalar() | n.Root() | n.Size():
            return n.number(0)
        case n.Entry():
            return n.number(1 if e == x else 0)
        case n.Neg(term):
            inner = slope_of(term, x)
            return None if inner is None else n.Neg(inner)
        case n.Add(terms):
            slopes = [slope_of(term, x) for term in terms]
            known = tuple(slope for slope in slopes if slope is not None)
            return n.Add(known) if len(known) == len(slopes) else None
        case n.Mul(factors):
            return _of_product(factors, x)
        case n.Power(base, exponent):
            inner = slope_of(base, x)
            return None if inner is None else n.Mul((n.number(exponent), n.Power(base, exponent - 1), inner))
        case n.Apply(function, argument, primes):
            inner, outer = slope_of(argument, x), _of_function(function, argument, primes)
            return None if inner is None or outer is None else n.Mul((outer, inner))
    return None


def _of_product(factors: tuple[n.Expr, ...], x: n.Entry) -> n.Expr | None:
    terms: list[n.Expr] = []
    for at, factor in enumerate(factors):
        inner = slope_of(factor, x)
        if inner is None:
            return None
        terms.append(n.Mul((*factors[:at], inner, *factors[at + 1 :])))
    return n.Add(tuple(terms))


def _of_function(function: str, argument: n.Expr, primes: int) -> n.Expr | None:
    """The outer derivative: exp' = exp, log' = 1/u, a row's own; a step is flat off its edge."""
    if function == "exp":
        return n.Apply("exp", argument)
    if function == "log":
        return n.Power(argument, -1)
    if function in ("step", "inside", "above"):
        return n.number(0)
    return None if function in ACTIVATIONS and primes else n.Apply(function, argument, primes + 1)


def out_of_reach(e: n.Expr, functions: Mapping[str, OwnFunction]) -> n.Apply | None:
    """A derivative of one of the document's functions for which no formula is known."""
    for part in n.walk(e):
        own = functions.get(part.function) if isinstance(part, n.Apply) else None
        if isinstance(part, n.Apply) and own is not None and own.at(part.argument, part.primes) is None:
            return part
    return None


def in_force(e: n.Expr, functions: Mapping[str, OwnFunction]) -> n.Expr:
    """The formula with the document's functions written out where their formulas are known."""
    if not functions:
        return e
    if isinstance(e, n.Apply) and e.function in functions:
        argument = in_force(e.argument, functions)
        made = functions[e.function].at(argument, e.primes)
        return replace(e, argument=argument) if made is None else made
    return rebuilt(e, lambda child: in_force(child, functions))
