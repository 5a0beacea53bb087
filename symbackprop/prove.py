"""Claim to verdict: the only maker of verdicts.

PROVED needs the symbolic engine's normal form of zero and the exact engine's consent at no fewer than 8 instances.
REFUTED needs either parts that do not fit (by form), or a replayed counterexample with real values (by value).
Anything else is UNDECIDED and says what was tried. A replayed contradiction of a symbolic proof raises
`EnginesDisagree`.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from fractions import Fraction
from functools import lru_cache
from itertools import islice, product
from math import prod

import numpy as np
import sympy
from sympy import Symbol

from symbackprop.atoms import Applied, Inside, Step
from symbackprop.claim_text import written
from symbackprop.claims import Assumption, Claim
from symbackprop.counterexamples import MOST_DRAWS, Counterexample, find_counterexample
from symbackprop.dependencies import OutOfReach
from symbackprop.differentiate import Calculus
from symbackprop.elementary import is_zero_by_cases
from symbackprop.errors import EnginesDisagree
from symbackprop.exact import CannotEvaluate, Shape
from symbackprop.fields import Degenerate, Field, NotInField, hash_text
from symbackprop.instances import (
    Comparison,
    Drawn,
    Premises,
    compare,
    compare_reals,
    consenting_shapes,
    draw,
    premises,
    smallest_shapes,
)
from symbackprop.layer_range import Range
from symbackprop.network import Definition
from symbackprop.normal_form import NormalForm
from symbackprop.notation import (
    Apply,
    Entry,
    Expr,
    Extent,
    Layer,
    Neurons,
    Number,
    Partial,
    Power,
    Scalar,
    Size,
    Variable,
    layers_of,
    walk,
)
from symbackprop.places import NoRule
from symbackprop.polynomial import Budget
from symbackprop.reals import Decimals
from symbackprop.wellformed import malformed

INSTANCES = 8
KEPT = 32  # sets of definitions and conditions of which derivatives and instances are remembered
DRAWN_AGAIN = 5  # times that other values are drawn where some divide by zero
MOST_SHAPES = 60
DOUBTED_SHAPES = 16  # as many where there is a symbolic proof that residues cannot follow
MOST_NUMBERED = 64  # choices of free indices whose axes have a number of values


class Outcome(Enum):
    PROVED = "proved"
    REFUTED = "refuted"
    UNDECIDED = "undecided"


class Verdict:
    """What is known of a claim. Only this file can make one that says PROVED or REFUTED.

    REFUTED carries either `form_error`, what does not fit in plain words, or a counterexample.
    """

    __slots__ = ("claim", "counterexample", "form_error", "instances", "outcome", "tried")

    def __init__(
        self,
        seal: object,
        claim: Claim,
        outcome: Outcome,
        instances: int = 0,
        tried: str = "",
        counterexample: Counterexample | None = None,
        form_error: str = "",
    ) -> None:
        if seal is not _SEAL:
            raise TypeError("verdicts are made by symbackprop.prove alone")
        put = object.__setattr__
        put(self, "claim", claim)
        put(self, "outcome", outcome)
        put(self, "instances", instances)
        put(self, "tried", tried)
        put(self, "counterexample", counterexample)
        put(self, "form_error", form_error)

    def __init_subclass__(cls) -> None:
        raise TypeError("verdicts are made by symbackprop.prove alone")

    claim: Claim
    outcome: Outcome
    instances: int
    tried: str
    counterexample: Counterexample | None
    form_error: str

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError("a verdict does not change")

    def __delattr__(self, name: str) -> None:
        raise AttributeError("a verdict does not change")

    @property
    def proved(self) -> bool:
        return self.outcome is Outcome.PROVED

    def __repr__(self) -> str:
        return f"<{self.outcome.value}: {self.claim.name}, {self.claim.form.value} form>"


_SEAL = object()


def prove(claim: Claim) -> Verdict:
    """The verdict on a claim. Raises EnginesDisagree where a replayed value contradicts a symbolic proof."""
    form_error = malformed(claim)
    if form_error is not None:
        return Verdict(_SEAL, claim, Outcome.REFUTED, form_error=form_error)
    try:
        held, consent = _consent(claim)
    except CannotEvaluate as problem:
        return Verdict(_SEAL, claim, Outcome.UNDECIDED, tried=f"the exact engine: {problem}")
    proved, reason = _symbolic(claim)
    if proved and consent:
        return _proved(claim, held)
    counterexample = None if consent else find_counterexample(claim, DOUBTED_SHAPES if proved else MOST_SHAPES)
    if counterexample is not None:
        if proved:
            raise EnginesDisagree(
                f"'{claim.name}' has a symbolic proof and a counterexample: {counterexample.left} is not"
                f" {counterexample.right}",
                {
                    "claim": claim.name,
                    "form": claim.form.value,
                    "counterexample": {**counterexample.to_json(), "claim": written(claim)},
                },
            )
        return Verdict(_SEAL, claim, Outcome.REFUTED, counterexample=counterexample)
    if proved:
        held, consent = _consent_of_reals(claim)
        if consent:
            return _proved(claim, held)
        reason = "a symbolic proof without the exact engine's consent"
    said = f"held at {held} exact instances" if consent else "random residues differ, no real counterexample was found"
    return Verdict(_SEAL, claim, Outcome.UNDECIDED, instances=held, tried=f"{reason}; {said}")


def _proved(claim: Claim, held: int) -> Verdict:
    """PROVED, unless there is no real point at which both sides exist: of nothing everything is true."""
    if _may_be_vacuous(claim) and not _exists(claim):
        tried = "no real point was found at which both sides exist: a logarithm or a quotient has no value there"
        return Verdict(_SEAL, claim, Outcome.UNDECIDED, instances=held, tried=tried)
    return Verdict(_SEAL, claim, Outcome.PROVED, instances=held)


def _may_be_vacuous(claim: Claim) -> bool:
    """Whether a logarithm or a quotient stands in the claim or in its definitions."""
    bodies = (*claim.sides, *(d.body for d in claim.definitions))
    return any(_partial(part) for body in bodies for part in walk(body))


def _partial(e: Expr) -> bool:
    if isinstance(e, Power):
        return e.exponent < 0 and not isinstance(e.base, Size | Scalar | Number)
    return isinstance(e, Apply) and e.function == "log"


def _exists(claim: Claim) -> bool:
    """Whether both sides have values, and equal ones, at some real point of a small network."""
    shapes = islice(smallest_shapes(claim), DOUBTED_SHAPES if claim.definitions else 1)
    for shape in shapes:
        for seed in range(MOST_DRAWS // 4 if claim.definitions else MOST_DRAWS):
            try:
                if compare_reals(claim, shape, seed).holds:
                    return True
            except (Degenerate, NotInField):
                continue
            except CannotEvaluate:
                return False
    return False


# the symbolic engine


def _symbolic(claim: Claim) -> tuple[bool, str]:
    try:
        if all(_is_zero(claim, *difference_of(claim, at)) for at in numbered(claim)):
            return True, ""
    except (OutOfReach, NoRule, Budget) as problem:
        return False, f"the symbolic engine stopped: {problem}"
    return False, "the normal forms of the two sides differ"


def _is_zero(claim: Claim, calculus: Calculus, difference: sympy.Expr) -> bool:
    assumed = frozenset("y" for a in claim.assumes if a is Assumption.TARGET_SUMS_TO_ONE) | set(claim.summing)
    form = _form(calculus, assumed, claim.ranges)
    if form.is_zero(difference):
        return True
    unknowns = tuple(Symbol(name, real=True) for name, _ in claim.unknowns)
    return difference.has(Step, Inside, sympy.exp, sympy.log, Applied) and is_zero_by_cases(difference, form, unknowns)


def numbered(claim: Claim) -> list[dict[str, int]]:
    """Every choice of the free indices whose axis has a number of values: a sum over such an axis is written out."""
    widths = dict(claim.widths)
    found = {i.name: widths.get(i.axis.layer) for i in claim.free if isinstance(i.axis, Neurons)}
    found |= {i.name: i.axis.size for i in claim.free if isinstance(i.axis, Extent)}
    axes = {name: width for name, width in found.items() if width is not None}
    ranges = [range(1, width + 1) for width in axes.values()]
    if prod(map(len, ranges)) > MOST_NUMBERED:
        raise Budget(f"{prod(map(len, ranges))} choices of the free indices")
    return [dict(zip(axes, values, strict=True)) for values in product(*ranges)]


def difference_of(claim: Claim, at: Mapping[str, int] | None = None) -> tuple[Calculus, sympy.Expr]:
    """left - right as the symbolic engine sees it: derivatives taken, quantities written out down to the lowest.

    `at` gives numbers to some of the free indices.
    """
    left, right = claim.sides
    mentioned = layers_of(left) | layers_of(right)
    cut = max((x for x in mentioned if x.base == "l"), default=None, key=lambda x: x.offset)
    layers, cut = claim.layers, _composed(cut, claim)
    calculus = _calculus(
        claim.definitions,
        Range(layers.first, layers.below_last, depth=claim.depth)
        if layers
        else Range(least_depth=claim.least_depth, depth=claim.depth),
        cut,
        claim.widths,
        claim.directions,
        "a" if any(_slope_by_activation(part, cut) for side in (left, right) for part in walk(side)) else "z",
        claim.network,
    )
    sides = [calculus.side(side, claim.free, at or {}) for side in (left, right)]
    floors = calculus.floors(*sides)
    reduced = [calculus.reduce(side, floors) for side in sides]
    return calculus, reduced[0] - reduced[1]


@lru_cache(maxsize=KEPT)
def _calculus(
    definitions: tuple[Definition, ...],
    layers: Range,
    cut: Layer | None,
    widths: tuple[tuple[Layer, int], ...],
    directions: tuple[Variable, ...],
    cut_symbol: str,
    network: bool,
) -> Calculus:
    """Claims under the same definitions and layers share what has been differentiated."""
    return Calculus(definitions, layers, cut, widths, directions, cut_symbol, network)


@lru_cache(maxsize=KEPT)
def _form(
    calculus: Calculus, assumed: frozenset[str], between: tuple[tuple[str, Fraction, Fraction], ...]
) -> NormalForm:
    """The normal forms over one calculus's indices."""
    return NormalForm(calculus.sizes, assumed, layers=calculus.range, between=between)


def _slope_by_activation(e: Expr, cut: Layer | None) -> bool:
    """∂E/∂a at the layer of the cut, which no function of z in that layer has."""
    if not isinstance(e, Partial) or e.by.variable.symbol != "a" or e.by.variable.layer != cut:
        return False
    return isinstance(e.of, Entry) and e.of.variable.layer is None


def _composed(cut: Layer | None, claim: Claim) -> Layer | None:
    """The layer at which the cost is an opaque function, at most L."""
    if cut is None or claim.layers is None:
        return cut
    return Layer("l", min(cut.offset, claim.layers.below_last))


# the exact engine


def _seed(claim: Claim) -> int:
    """The same draws in every run, different ones for different claims."""
    return hash_text(f"{claim.name} {claim.form.value} {claim.left!r} {claim.right!r}") % 2**32


@lru_cache(maxsize=KEPT)
def _drawn(made: Premises) -> Drawn:
    return Drawn(made, INSTANCES)


def _consent(claim: Claim) -> tuple[int, bool]:
    """How many random residue instances were met, and whether all agreed."""
    drawn = _drawn(premises(claim))
    held = 0
    for number in range(INSTANCES):
        made = _met(claim, drawn, number)
        if made is None:
            continue
        if not made.holds:
            return held, False
        held += 1
    return held, held >= INSTANCES


def _met(claim: Claim, drawn: Drawn, number: int) -> Comparison | None:
    """One comparison; values that divide by zero are drawn again, a few times."""
    for again in range(DRAWN_AGAIN):
        try:
            return compare(claim, drawn.instance(number, again))
        except (Degenerate, NotInField):
            continue
    return None


def _consent_of_reals(claim: Claim) -> tuple[int, bool]:
    """Where residues cannot follow the functions: the same number of instances with real values."""
    seed = _seed(claim)
    rng = np.random.default_rng(seed)
    held = 0
    for number, shape in enumerate(consenting_shapes(claim, INSTANCES, rng)):
        made = _attempt(claim, Decimals(seed + number), shape, seed + number)
        if made is None or not made.holds:
            return held, False
        held += 1
    return held, True


def _attempt(claim: Claim, field: Field, shape: Shape, seed: int) -> Comparison | None:
    """One comparison; values that divide by zero are drawn again, a few times."""
    for again in range(DRAWN_AGAIN):
        try:
            return compare(claim, draw(claim, field, shape, seed + 1000 * again))
        except (Degenerate, NotInField):
            continue
    return None
