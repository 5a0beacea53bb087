"""Generated claims in which one letter is bound and free, nested and shadowed; truth by written-out sums.

A claim is LaTeX text over one network; its two sides are built beside the text as Python functions of numbers. A false
twin has one letter exchanged. Nothing of the package decides what is true.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
from by_hand import GENERAL, POINTS, Point

from campaign.formulas import NotParsed, parse
from campaign.values import Values, uses
from symbackprop.documents.checking import Checker
from symbackprop.documents.judge import Judge

HEAD = r"""<!-- symbackprop
layers: 0..L
widths: n_l
layer-mark: ^{(l)}
hidden: \sigma
output: f
cost: E
target: y
-->

"""
At = Mapping[str, int]
Value = Callable[[Point, At], float]
LETTERS = "ijk"
"""All of them run over the neurons of layer L, so that any may stand for any other."""


@dataclass(frozen=True)
class Piece:
    """A formula, its numbers, and the letters free in it."""

    text: str
    value: Value
    free: frozenset[str]


@dataclass(frozen=True)
class Claim:
    text: str
    holds: bool


def _vector(draw: random.Random, letter: str) -> Piece:
    name = draw.choice(("a", "z", "b", "y"))
    text = f"y_{letter}" if name == "y" else f"{name}_{letter}^{{(L)}}"

    def value(p: Point, at: At) -> float:
        array = p.y if name == "y" else {"a": p.a, "z": p.z, "b": p.b}[name][p.L]
        return float(array[at[letter]])

    return Piece(text, value, frozenset({letter}))


def _times(one: Piece, other: Piece) -> Piece:
    return Piece(f"{one.text} {other.text}", lambda p, at: one.value(p, at) * other.value(p, at), one.free | other.free)


def _plus(one: Piece, other: Piece) -> Piece:
    text = f"\\left( {one.text} + {other.text} \\right)"
    return Piece(text, lambda p, at: one.value(p, at) + other.value(p, at), one.free | other.free)


def _over(letter: str, body: Piece) -> Piece:
    def value(p: Point, at: At) -> float:
        return sum(body.value(p, {**at, letter: k}) for k in range(p.n[p.L]))

    text = f"\\left( \\sum_{{{letter}=1}}^{{n_L}} {body.text} \\right)"
    return Piece(text, value, body.free - {letter})


def _piece(draw: random.Random, depth: int, free: tuple[str, ...]) -> Piece:
    """A formula whose free letters are among `free`; sums bind any letter, also one that is free or bound outside."""
    kind = draw.choice(("vector", "times", "plus", "over", "over")) if depth else "vector"
    if kind == "times":
        return _times(_piece(draw, depth - 1, free), _piece(draw, depth - 1, free))
    if kind == "plus":
        return _plus(_piece(draw, depth - 1, free), _piece(draw, depth - 1, free))
    if kind == "over":
        letter = draw.choice(LETTERS)
        inner = _vector(draw, letter)
        return _over(letter, _times(inner, _piece(draw, depth - 1, tuple({*free, letter}))))
    return _vector(draw, draw.choice(sorted(free)))


def claims(count: int, seed: int = 0) -> Iterator[Claim]:
    """Half of them by renaming bound letters and turning factors, half by planting another free letter."""
    draw = random.Random(seed)
    made = 0
    while made < count:
        first = _vector(draw, "i")
        left = _times(first, _piece(draw, 3, ("i",)))
        right = _renamed(left, draw)
        if right is None:
            continue
        text = f"{left.text} = {right.text} \\qquad (1 \\leq i \\leq n_L)"
        yield Claim(text, _equal(left, right))
        made += 1


def _renamed(left: Piece, draw: random.Random) -> Piece | None:
    """The right side: the text with one subscript letter exchanged, or one sum's letter wherever it binds."""
    try:
        parsed = parse(left.text, False)
    except NotParsed:
        return None
    sites = [site for site in parsed.sites if site.kind == "index"]
    site = draw.choice(sites)
    letter = draw.choice([x for x in "ijkm" if x != site.more])
    if draw.random() < 0.5:  # one letter alone: true only if it happens to be so
        text = left.text[: site.start] + letter + left.text[site.end :]
    else:  # a bound letter with all that it binds, captured or not as it falls
        old = site.more
        text = "".join(
            letter if any(s.start == at and s.more == old for s in sites) and old != "i" else c
            for at, c in enumerate(left.text)
        )
    if text == left.text:
        return None
    return _read(text)


def _read(text: str) -> Piece | None:
    """The written-out numbers of a text; None where a letter is neither free nor bound."""
    (statement,) = parse(text, False).main
    node = statement.members[0]
    free = frozenset(name for name, axis in uses(node) if axis[0] == "neuron")
    if free - {"i"}:
        return None
    return Piece(text, lambda p, at: float(np.real(Values(p).of(node, {**at, "l": p.L, "s": 0}))), free)


def _equal(left: Piece, right: Piece) -> bool:
    return all(
        np.isclose(left.value(p, {"i": i}), right.value(p, {"i": i}), rtol=1e-9, atol=1e-12)
        for p in POINTS[GENERAL]
        for i in range(p.n[p.L])
    )


@dataclass
class Figures:
    """What came out: the number of claims, and those with a verdict that is not true."""

    true: int = 0
    false: int = 0
    wrong: list[str] = field(default_factory=list)
    open: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return (
            f"{self.true + self.false} claims with clashing letters, {self.true} of them true: "
            f"{len(self.wrong)} wrong verdicts, {len(self.open)} without a verdict"
        )


def run(count: int, seed: int = 0) -> Figures:
    figures = Figures()
    for claim in claims(count, seed):
        figures.true += claim.holds
        figures.false += not claim.holds
        text = f"{HEAD}$${claim.text}$$\n"
        (equation,) = [each for each in Checker(Judge(corrects=False)).check(text, "claim.md").equations if each.links]
        said = equation.links[0].said
        if said not in ("proved", "refuted"):
            figures.open.append(f"{said}: {claim.text}")
        elif (said == "proved") != claim.holds:
            figures.wrong.append(f"{said}, but {claim.holds}: {claim.text}")
    return figures
