"""What the reader understood has the values that a person wrote down from the page.

The reader's formulas are evaluated here by loops over numbers, without either engine, at the very points of `by_hand`.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

import by_hand_derivations  # noqa: F401 - enters its equations, after those of the seeds
import numpy as np
import pytest
from by_hand import LINKS, POINTS, STEP, Link, Point, total

from symbackprop import notation as n
from symbackprop.documents.chains import Sides, read_chain, sides
from symbackprop.documents.checking import Checker
from symbackprop.documents.claiming import total_differentials
from symbackprop.documents.environment import Environment
from symbackprop.documents.formula import Formula, Statement
from symbackprop.documents.judge import Judge
from symbackprop.documents.operators import DIFFERENTIAL
from symbackprop.documents.read import read_text
from symbackprop.documents.statement_judge import Judged
from symbackprop.documents.write import latex

PAGES = Path(__file__).parent.parent / "derivations"
SEEDS = Path(__file__).parent / "documents" / "check"
WRITTEN_AS = {
    "A": ("output-and-next-layer-as-printed.md", "output-and-next-layer-as-meant.md"),
    "B": ("least-squares-as-printed.md", "least-squares-as-meant.md"),
}
"""The seeds' pages: as their authors printed them, and with the letters that they meant."""


class Watching(Judge):
    """Keeps every statement with what was known when it was reached."""

    def __init__(self) -> None:
        super().__init__(corrects=False)
        self.seen: list[tuple[Statement, Environment]] = []

    def statement(self, statement: Statement, environment: Environment) -> Judged:
        self.seen.append((statement, environment))
        return super().statement(statement, environment)


def pages(link: Link) -> list[Path]:
    """Where the link may stand."""
    own = link.page.endswith(".md")
    return [PAGES / link.page] if own else [SEEDS / name for name in WRITTEN_AS[link.page[0]]]


@cache
def statements(page: Path) -> list[tuple[Statement, Environment]]:
    judge = Watching()
    Checker(judge).check(page.read_text(), page.name)
    return judge.seen


class NotRead(Exception):
    """A member has no meaning."""


def as_read(link: Link) -> Sides:
    """The link's two sides as the reader understands them on its page."""
    (wanted,) = _formula(link.latex).statements
    ends = latex(_first(wanted)), latex(wanted.chain.links[0].right)
    for statement, environment in (each for page in pages(link) for each in statements(page)):
        members = [_first(statement), *(each.right for each in statement.chain.links)]
        for place in range(len(members) - 1):
            if (latex(members[place]), latex(members[place + 1])) == ends:
                chain = read_chain(members, statement.conditions, environment)
                left, right = chain.members[place], chain.members[place + 1]
                cause = left.unreadable or right.unreadable
                if left.value is None or right.value is None:
                    raise NotRead(cause.text if cause else "")
                return total_differentials(sides(left.value, right.value, chain), chain)
    raise AssertionError(f"not found on {link.page}: {ends}")


def _formula(text: str) -> Formula:
    found = read_text(text)
    assert isinstance(found, Formula)
    return found


def _first(statement: Statement) -> Any:
    assert statement.chain.first is not None
    return statement.chain.first


class Loops:
    """Numbers for index formulas at a point; `at` holds the indices' values, from 0; `layer` is the letter l's."""

    def __init__(self, p: Point, layer: int) -> None:
        self.p, self.layer = p, layer

    def number(self, layer: n.Layer) -> int:
        start = {"L": self.p.L, "": self.p.first}.get(layer.base, self.layer)
        return start + layer.offset

    def length(self, axis: n.Axis) -> int:
        return self.p.n[self.number(axis.layer)] if isinstance(axis, n.Neurons) else len(self.p.xs)

    def slot(self, slot: n.Slot, at: Mapping[str, int]) -> int:
        return slot.value - 1 if isinstance(slot, n.At) else at[slot.name]

    def value(self, e: n.Expr, at: Mapping[str, int]) -> Any:
        match e:
            case n.Number(value):
                return float(value)
            case n.Scalar(name):
                return {"lambda": self.p.decay, "\\lambda": self.p.decay}[name]
            case n.Size(axis):
                return float(self.length(axis))
            case n.Entry():
                return self.entry(e, at)
            case n.Add(terms):
                return sum(self.value(term, at) for term in terms)
            case n.Neg(term):
                return -self.value(term, at)
            case n.Mul(factors):
                return np.prod([self.value(factor, at) for factor in factors])
            case n.Power(base, exponent):
                return self.value(base, at) ** exponent
            case n.Sum(index, body):
                return sum(self.value(body, {**at, index.name: k}) for k in range(self.length(index.axis)))
            case n.Kronecker(left, right):
                return float(self.slot(left, at) == self.slot(right, at))
            case n.Apply(function, argument, primes):
                return self.function(function, primes, self.value(argument, at))
            case n.Softmax(slot, index, argument):
                powers = [np.exp(self.value(argument, {**at, index.name: k})) for k in range(self.length(index.axis))]
                return powers[self.slot(slot, at)] / sum(powers)
            case n.Partial(of, by):
                return self.partial(of, by, at)
        raise NotImplementedError(type(e).__name__)

    def entry(self, e: n.Entry, at: Mapping[str, int]) -> Any:
        symbol, slots = e.variable.symbol, [self.slot(slot, at) for slot in e.slots]
        here = self.p
        if n.Samples() in e.variable.axes:
            here, slots = here.sample(slots[-1]), slots[:-1]
        if e.variable.layer is None:
            if symbol == "y":
                return here.y[tuple(slots)]
            return {"E": lambda: here.E, "E_total": lambda: total(here)}[symbol]()
        l = self.number(e.variable.layer)  # noqa: E741
        if symbol.startswith(DIFFERENTIAL):
            return here.dz[l][tuple(slots)]
        arrays = {"w": here.w, "b": here.b, "z": here.z, "a": here.a}
        return (arrays[symbol][l] if symbol in arrays else here.delta(l))[tuple(slots)]

    def partial(self, of: n.Expr, by: n.Entry, at: Mapping[str, int]) -> Any:
        """By the complex step in one entry."""
        assert by.variable.layer is not None
        symbol, l = by.variable.symbol, self.number(by.variable.layer)  # noqa: E741
        there = {"w": self.p.w, "b": self.p.b, "z": self.p.z, "a": self.p.a}[symbol][l].astype(complex)
        there[tuple(self.slot(slot, at) for slot in by.slots)] += 1j * STEP
        return np.imag(Loops(self.p.moved(symbol, l, there), self.layer).value(of, at)) / STEP

    def function(self, name: str, primes: int, v: Any) -> Any:
        known = {"\\sigma": self.p.hidden, "f": self.p.output}
        if name in known:
            chosen = known[name].slope if primes else known[name].value
            assert chosen is not None and primes < 2
            return chosen(v)
        assert not primes
        return {"exp": np.exp, "log": np.log}[name](v)


def values(e: n.Expr, free: list[n.Index], p: Point, layer: int) -> Any:
    """The formula at all values of its free indices."""
    loops = Loops(p, layer)
    shape = [loops.length(index.axis) for index in free]
    made = [
        loops.value(e, dict(zip((i.name for i in free), place, strict=True))) for place in product(*map(range, shape))
    ]
    return np.array(made).reshape(shape)


@pytest.mark.parametrize("link", LINKS, ids=[link.name for link in LINKS])
def test_the_reader_means_what_the_hand_wrote(link: Link) -> None:
    try:
        read = as_read(link)
    except NotRead:
        if link.holds:
            raise
        return  # refuted by form: there is nothing to evaluate
    free = list(read.free)
    if link.free and link.holds:
        assert {index.name for index in free} <= set(link.free.split())
    order = {name: place for place, name in enumerate(link.free.split())}
    free.sort(key=lambda index: order.get(index.name, 0))
    gaps = tuple(slice(None) if name in {i.name for i in free} else None for name in order)
    for p in POINTS[link.at]:
        for layer in link.layers(p):
            try:
                hand = [np.asarray(side, dtype=float) for side in link.values(p, layer)]
                mine = [values(side, free, p, layer) for side in (read.left, read.right)]
            except (IndexError, KeyError):
                assert not link.holds
                continue
            for ours, theirs in zip(mine, hand, strict=True):
                laid = ours[gaps] if order else ours
                assert np.allclose(np.broadcast_to(laid, theirs.shape), theirs, rtol=1e-9, atol=1e-9), link.latex
