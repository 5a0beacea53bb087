"""Random index formulas, made to be awkward: letters bound twice or bound and free, deltas, inverses."""

from __future__ import annotations

import random
from collections.abc import Mapping
from fractions import Fraction

from symbackprop import notation as n
from symbackprop.network import LAST

NEAR, FAR, SAMPLES = n.Neurons(LAST), n.Neurons(LAST - 1), n.Samples()
AXES: tuple[n.Axis, ...] = (NEAR, FAR, SAMPLES)
LETTERS = "ijk"
QUANTITIES = (
    n.Variable("x", None, (NEAR,)),
    n.Variable("u", None, (FAR,)),
    n.Variable("m", None, (NEAR, FAR)),
    n.Variable("q", None, (NEAR, NEAR)),
    n.Variable("s", None, (SAMPLES,)),
    n.Variable("xs", None, (NEAR, SAMPLES)),
    n.Variable("c"),
)
FREE = (n.Index("i", NEAR), n.Index("j", FAR))
Bound = Mapping[str, n.Index]


class Formulas:
    """A stream of random formulas; `rational` leaves out what is no rational function of the entries."""

    def __init__(self, seed: int, functions: tuple[str, ...] = ("f", "g")) -> None:
        self.random = random.Random(seed)
        self.functions = functions

    def formula(self, depth: int, bound: Bound | None = None) -> n.Expr:
        known = {index.name: index for index in FREE} if bound is None else bound
        if depth <= 0 or self.random.random() < 0.1:
            return self.leaf(known)
        kind = self.random.choices(
            ("add", "mul", "sum", "neg", "power", "inverse", "delta", "apply"), (5, 6, 7, 1, 1, 1, 3, 2)
        )[0]
        return self.made(kind, depth - 1, known)

    def made(self, kind: str, depth: int, known: Bound) -> n.Expr:
        match kind:
            case "add":
                return n.Add((self.formula(depth, known), self.formula(depth, known)))
            case "mul":
                return n.Mul((self.formula(depth, known), self.formula(depth, known)))
            case "sum":
                index = n.Index(self.random.choice(LETTERS), self.random.choice(AXES))
                return n.Sum(index, self.formula(depth, {**known, index.name: index}))
            case "neg":
                return n.Neg(self.formula(depth, known))
            case "power":
                return n.Power(self.formula(depth - 1, known), 2)
            case "inverse":
                return n.Power(self.formula(depth - 1, known) + 7, -1)
            case "delta":
                return n.Mul((self.delta(known), self.formula(depth, known)))
        return n.Apply(self.random.choice(self.functions), self.formula(depth - 1, known), self.primes())

    def primes(self) -> int:
        return self.random.choice((0, 0, 1)) if set(self.functions) <= {"f", "g", "group"} else 0

    def delta(self, known: Bound) -> n.Expr:
        left = self.random.choice(list(known.values()))
        right = self.random.choice([index for index in known.values() if index.axis == left.axis])
        return n.Kronecker(left, right)

    def leaf(self, known: Bound) -> n.Expr:
        if self.random.random() < 0.15:
            return self.random.choice((n.number(2), n.number("1/3"), n.Size(self.random.choice(AXES))))
        for _ in range(20):
            variable = self.random.choice(QUANTITIES)
            fitting = [[i for i in known.values() if i.axis == axis] for axis in variable.axes]
            if all(fitting):
                return n.Entry(variable, tuple(self.random.choice(choice) for choice in fitting))
        return n.number(3)


def values(seed: int) -> tuple[dict[n.Axis, int], dict[tuple[str, tuple[int, ...]], Fraction]]:
    """Lengths of the axes (different ones, the first letter's at least 2) and a number for every entry."""
    chosen = random.Random(seed)
    lengths = dict(zip(AXES, chosen.sample((1, 2, 3), 3), strict=True))
    numbers: dict[tuple[str, tuple[int, ...]], Fraction] = {}
    for variable in QUANTITIES:
        for a in range(1, 4):
            for b in range(1, 4):
                place = (a, b)[: len(variable.axes)]
                numbers.setdefault((variable.symbol, place), Fraction(chosen.randint(-9, 9) or 1, chosen.randint(1, 4)))
    return lengths, numbers
