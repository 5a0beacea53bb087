"""Indices that nobody sums over: summed where they repeat, dangling where they stand once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from symbackprop import notation as n
from symbackprop.notation import Index

MARK = "^"  # the head of the name of a sample's index: nobody means a sum over samples that is not written


def free_letters(e: n.Expr) -> dict[str, Index]:
    """The index letters that no sum within the formula binds, in the order of their first occurrence."""
    found: dict[str, Index] = {}
    _collect(e, frozenset(), found)
    return found


def _collect(e: n.Expr, bound: frozenset[str], found: dict[str, Index]) -> None:
    for slot in slots_of(e):
        if isinstance(slot, Index) and slot.name not in bound:
            found.setdefault(slot.name, slot)
    inner = bound | {e.index.name} if isinstance(e, n.Sum | n.Softmax) else bound
    for child in n.children(e):
        _collect(child, inner, found)


def slots_of(e: n.Expr) -> tuple[n.Slot, ...]:
    match e:
        case n.Entry(_, slots):
            return slots
        case n.Kronecker(left, right):
            return left, right
        case n.Softmax(slot, _, _):
            return (slot,)
        case n.OpaqueMap():
            return e.slots if e.sample is None else (*e.slots, e.sample)
        case n.OpaqueCost(_, _, sample):
            return () if sample is None else (sample,)
    return ()


@dataclass(frozen=True)
class Summed:
    """A formula with its repeated indices summed over: which were, and which dangle."""

    formula: n.Expr
    over: tuple[str, ...]
    dangling: tuple[str, ...]


def summed(e: n.Expr, free: Mapping[str, object]) -> Summed:
    """Every index that is not free and stands in two or more factors of a product is summed over that product."""
    over: list[str] = []
    made = _sum_within(e, frozenset(free), over)
    left = tuple(name for name in free_letters(made) if name not in free)
    return Summed(made, tuple(dict.fromkeys(over)), left)


def _sum_within(e: n.Expr, known: frozenset[str], over: list[str]) -> n.Expr:
    match e:
        case n.Mul(factors):
            counts: dict[str, tuple[Index, int]] = {}
            for factor in factors:
                for name, index in free_letters(factor).items():
                    counts[name] = (index, counts.get(name, (index, 0))[1] + 1)
            repeated = [index for index, count in counts.values() if count > 1 and not index.name.startswith(MARK)]
            here = [index for index in repeated if index.name not in known]
            inner = known | {index.name for index in here}
            made: n.Expr = n.Mul(tuple(_sum_within(factor, inner, over) for factor in factors))
            for index in reversed(here):
                made = n.Sum(index, made)
            over.extend(index.name for index in here)
            return made
        case n.Add(terms):
            return n.Add(tuple(_sum_within(term, known, over) for term in terms))
        case n.Neg(term):
            return n.Neg(_sum_within(term, known, over))
        case n.Sum(index, body):
            return n.Sum(index, _sum_within(body, known | {index.name}, over))
        case n.Apply(_, argument, _):
            return replace(e, argument=_sum_within(argument, known, over))
        case n.Power(base, exponent):
            return n.Power(_sum_within(base, known, over), exponent)
        case n.SumLayers(_, _, _, body):
            return replace(e, body=_sum_within(body, known, over))
        case n.Partial(of, by):
            return n.Partial(_sum_within(of, known | set(free_letters(by)), over), by)
    return e
