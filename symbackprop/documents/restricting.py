"""What the stated conditions do to a line: ranges that no axis has are put where the check of form sees them."""

from __future__ import annotations

from dataclasses import dataclass, replace

from symbackprop import notation as n
from symbackprop.documents.elaborate import Elaborator
from symbackprop.documents.limits import IndexRange, Limits
from symbackprop.documents.problems import NotUnderstood
from symbackprop.documents.source import Span
from symbackprop.documents.terms import rebuilt, with_slot
from symbackprop.network import SAMPLES
from symbackprop.notation import Neurons


@dataclass(frozen=True)
class Misfit:
    """An index with a stated range that is none of its axis: what it runs over, and where that was fixed.

    bound: a sum runs over it, and nothing else.
    """

    said: IndexRange
    runs: n.Axis
    fixed_at: Span | None
    bound: bool


def misfits(limits: Limits, e: Elaborator) -> tuple[Limits, tuple[Misfit, ...]]:
    """The stated ranges against the axes that the members have fixed. Raises NotUnderstood for what cannot be told."""
    found: list[Misfit] = []
    partial = limits.partial
    for said in limits.indices:
        if said.name in e.samples and not e.batch:
            if said.axis is not None and said.axis != SAMPLES:
                found.append(Misfit(said, SAMPLES, None, False))
            continue
        bound = said.name not in e.scopes.unbound and said.name in e.scopes.summed
        axes = sorted(e.scopes.summed[said.name], key=str) if bound else []
        binder = e.scopes.find(said.name)
        if not bound and binder.axis is not None:
            axes = [binder.axis]
        widths = [_width(axis, e) for axis in axes]
        if said.axis is not None and axes and said.axis not in axes:
            found.append(Misfit(said, axes[0], None if bound else binder.fixed_at, bound))
        if said.last is None:
            continue
        if None in widths:
            expected = "the layer's width, such as n_l, or a line `widths` in the conventions that gives this number"
            raise NotUnderstood(said.end.span, f"a range up to {said.last}", expected)
        known = [width for width in widths if width is not None]
        if known and said.last > max(known):
            found.append(Misfit(said, axes[0], None if bound else binder.fixed_at, bound))
        elif known and said.last < max(known):
            partial = said.span.text
    for one, other, differ, at in limits.pairs:
        for name in (one, other):
            if isinstance(name, str) and name in e.scopes.summed and name not in e.scopes.unbound:
                raise NotUnderstood(at, f"a condition on {name}, which a sum runs over", "a free index")
        ends = [e.scopes.find(name).axis for name in (one, other) if isinstance(name, str)]
        if not differ and len({axis for axis in ends if axis is not None}) > 1:
            raise NotUnderstood(at, f"{one} = {other}", "two indices over one axis")
    return replace(limits, partial=partial), tuple(found)


def _width(axis: n.Axis, e: Elaborator) -> int | None:
    return dict(e.environment.fixed_widths).get(axis.layer) if isinstance(axis, Neurons) else None


def paired(
    made: list[n.Expr], free: tuple[n.Index, ...], known: dict[str, n.Index], limits: Limits
) -> tuple[list[n.Expr], tuple[n.Index, ...], tuple[str, ...]]:
    """`i \\neq j`, `i = j`, `i = 1`: both sides times what is 1 where the condition holds and 0 elsewhere."""
    readings: list[str] = []
    for one, other, differ, _ in limits.pairs:
        first = known.get(one)
        second = n.At(other) if isinstance(other, int) else known.get(other)
        if first is None or second is None or (isinstance(second, n.Index) and first.axis != second.axis):
            continue
        factor: n.Expr = n.Kronecker(first, second)
        if differ:
            factor = n.Add((n.number(1), n.Neg(factor)))
        made = [n.Mul((factor, each)) for each in made]
        said = f"1 - delta, as {one} and {other} differ" if differ else f"delta, as {one} is {other}"
        readings.append(f"both sides times {said}")
        free = tuple(dict.fromkeys((*free, first, *((second,) if isinstance(second, n.Index) else ()))))
    return made, free, tuple(readings)


def as_stated(
    made: list[n.Expr], free: tuple[n.Index, ...], found: tuple[Misfit, ...]
) -> tuple[list[n.Expr], tuple[n.Index, ...]]:
    """An index over the range that the line states, so that the check of form sees what does not fit."""
    for misfit in found:
        said = misfit.said
        if misfit.runs == SAMPLES and said.name not in {index.name for index in free}:
            made = [n.Entry(n.Variable("sample"), (n.At(1),)) for _ in made]  # which has no entry: refuted by form
        elif said.axis is None:
            at = n.At(said.last or 1)
            made = [with_slot(each, said.name, at) for each in made]
            free = tuple(index for index in free if index.name != said.name)
        elif misfit.bound:
            made = [_summed_over(each, said.name, said.axis) for each in made]
        else:
            free = tuple(replace(index, axis=said.axis) if index.name == said.name else index for index in free)
    return made, free


def _summed_over(e: n.Expr, name: str, axis: n.Axis) -> n.Expr:
    if isinstance(e, n.Sum) and e.index.name == name:
        return n.Sum(n.Index(name, axis), _summed_over(e.body, name, axis))
    return rebuilt(e, lambda child: _summed_over(child, name, axis))
