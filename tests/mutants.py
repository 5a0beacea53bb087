"""Every single-token mutation of a claim's right side: what a slip of the pen would make of it.

Each mutant says which slip it is. Mutations are made on the formulas' data, so nothing here knows what is true.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any

from symbackprop import matrices as mx, notation as n
from symbackprop.claims import Claim

Made = Iterator[tuple[str, Any]]


@dataclass(frozen=True)
class Mutant:
    slip: str
    claim: Claim


def mutants(claim: Claim) -> list[Mutant]:
    """All mutants whose right side is written differently, each once."""
    letters = _letters(claim)
    seen = {claim.right}
    made = []
    for slip, right in _everywhere(claim.right, letters):
        if right not in seen:
            seen.add(right)
            made.append(Mutant(slip, replace(claim, name=f"{claim.name} / {slip}", right=right)))
    return made


def _letters(claim: Claim) -> tuple[n.Index, ...]:
    """The indices of the claim: the free ones and those that its right side sums over."""
    found = dict.fromkeys(claim.free)
    if isinstance(claim.right, n.Expr):
        found.update(dict.fromkeys(e.index for e in n.walk(claim.right) if isinstance(e, n.Sum | n.Softmax)))
    return tuple(found)


def _everywhere(node: Any, letters: tuple[n.Index, ...]) -> Made:
    """The mutations of a node and of every node within it, each put back into its place."""
    yield from _of_node(node, letters)
    yield from _within(node, letters)


def _within(node: Any, letters: tuple[n.Index, ...]) -> Made:
    for field in fields(node):
        value = getattr(node, field.name)
        if isinstance(value, tuple):
            for place, item in enumerate(value):
                for slip, new in _of_part(item, letters):
                    yield slip, replace(node, **{field.name: (*value[:place], new, *value[place + 1 :])})
        elif isinstance(node, n.Partial) and field.name == "by":
            for slip, new in _within(value, letters):
                yield slip, replace(node, by=new)
        else:
            for slip, new in _of_part(value, letters):
                yield slip, replace(node, **{field.name: new})


def _of_part(part: Any, letters: tuple[n.Index, ...]) -> Made:
    if isinstance(part, n.Expr | mx.Matrix):
        yield from _everywhere(part, letters)
    elif isinstance(part, n.Index):
        yield from ((f"{part.name} → {other.name}", other) for other in letters if other.name != part.name)
        yield from ((f"{part.name} over {axis}", n.Index(part.name, axis)) for axis in _axes_near(part.axis))
    elif isinstance(part, n.Variable):
        for by in (1, -1):
            shifted = _shifted(part, by)
            if shifted is not None:
                yield f"{part} → {shifted}", shifted
    elif isinstance(part, n.Neurons | n.Samples):
        yield from ((f"{part} → {axis}", axis) for axis in _axes_near(part))


def _axes_near(axis: n.Axis) -> tuple[n.Axis, ...]:
    """The layer's neighbours; the samples in exchange for nothing."""
    if isinstance(axis, n.Samples):
        return ()
    return n.Neurons(axis.layer + 1), n.Neurons(axis.layer - 1)


def _shifted(variable: n.Variable, by: int) -> n.Variable | None:
    if variable.layer is None:
        return None
    axes = tuple(n.Neurons(x.layer + by) if isinstance(x, n.Neurons) else x for x in variable.axes)
    return n.Variable(variable.symbol, variable.layer + by, axes)


def _of_node(node: Any, letters: tuple[n.Index, ...]) -> Made:
    if isinstance(node, n.Expr):
        yield from _of_expr(node, letters)
    elif isinstance(node, mx.Matrix):
        yield from _of_matrix(node)


def _of_expr(e: n.Expr, letters: tuple[n.Index, ...]) -> Made:
    yield "sign flipped", n.Neg(e)
    yield "doubled", n.Mul((n.number(2), e))
    match e:
        case n.Neg(inner):
            yield "minus dropped", inner
        case n.Number(value):
            yield f"{value} → {value + 1}", n.Number(value + 1)
            if value:
                yield f"{value} → {1 / value}", n.Number(1 / value)
        case n.Add(terms) if len(terms) > 1:
            for place in range(len(terms)):
                yield "term dropped", n.Add((*terms[:place], *terms[place + 1 :]))
        case n.Mul(factors):
            for place in range(len(factors)):
                yield "factor dropped", n.Mul((*factors[:place], *factors[place + 1 :])) if factors[1:] else n.number(1)
        case n.Sum(index, body):
            yield f"sum over {index.name} dropped, {index.name} dangling", body
            for other in letters:
                if other.name != index.name:
                    yield f"sum over {index.name} dropped, at {other.name}", renamed(body, index.name, other)
        case n.Power(base, exponent):
            yield "power dropped", base
            yield "power → its inverse", n.Power(base, -exponent)
        case n.Apply(function, argument, primes):
            yield "prime added", n.Apply(function, argument, primes + 1)
            yield "function dropped", argument
            if primes:
                yield "prime dropped", n.Apply(function, argument, primes - 1)
        case n.CostTerm(cost, output, target, prime):
            yield "cost's prime dropped or added", n.CostTerm(cost, output, target, not prime)
            yield "output and target exchanged", n.CostTerm(cost, target, output, prime)


def _of_matrix(m: mx.Matrix) -> Made:
    yield "sign flipped", mx.Minus(m)
    yield "transpose added", mx.Transpose(m)
    yield "doubled", mx.Scaled(n.number(2), m)
    match m:
        case mx.Transpose(inner):
            yield "transpose dropped", inner
        case mx.Minus(inner):
            yield "minus dropped", inner
        case mx.Product(left, right):
            yield "product → ⊙", mx.Hadamard(left, right)
            yield "product turned round", mx.Product(right, left)
            yield "left factor dropped", right
            yield "right factor dropped", left
        case mx.Hadamard(left, right):
            yield "⊙ → product", mx.Product(left, right)
            yield "left factor dropped", right
            yield "right factor dropped", left
        case mx.Map(function, inner, primes):
            yield "prime added", mx.Map(function, inner, primes + 1)
            yield "function dropped", inner
            if primes:
                yield "prime dropped", mx.Map(function, inner, primes - 1)
        case mx.CostSlope(cost, output, target):
            yield "output and target exchanged", mx.CostSlope(cost, target, output)
        case mx.Plus(terms) if len(terms) > 1:
            for place in range(len(terms)):
                yield "term dropped", mx.Plus((*terms[:place], *terms[place + 1 :]))
        case mx.Scaled(_, inner):
            yield "scalar dropped", inner


def renamed(node: Any, old: str, new: n.Index) -> Any:
    """Every free occurrence of a letter replaced, inner binders of the same letter left alone."""
    if isinstance(node, n.Index):
        return new if node.name == old else node
    if isinstance(node, n.Sum) and node.index.name == old:
        return node
    if isinstance(node, tuple):
        return tuple(renamed(item, old, new) for item in node)
    if is_dataclass(node) and not isinstance(node, type) and not isinstance(node, n.Variable | n.Neurons | n.Samples):
        return replace(node, **{field.name: renamed(getattr(node, field.name), old, new) for field in fields(node)})
    return node


