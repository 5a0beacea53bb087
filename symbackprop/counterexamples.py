"""Counterexamples: searched among the smallest networks, replayed before they count, and computed again on request."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import islice

import numpy as np

from symbackprop.claims import Claim
from symbackprop.exact import CannotEvaluate, Shape
from symbackprop.extents import least_sizes
from symbackprop.fields import Array, Degenerate, Field, NotInField
from symbackprop.instances import (
    Comparison,
    compare,
    compare_reals,
    draw,
    smallest_shapes,
)
from symbackprop.reals import Decimals, Intervals, Rationals
from symbackprop.stand_ins import stand_ins

SHORT = 8  # digits and signs of a counterexample's two numbers that are few enough
DRAWS = 6  # value seeds tried at each small shape
MOST_DRAWS = 240  # value seeds tried where a claim speaks of no network
CERTAIN_DIGITS = 50
REPLAY_DIGITS = (80, 240, 720)
NO_NETWORK = (1, 1)  # the widths of a claim about numbers: nothing in it has any


@dataclass(frozen=True)
class Counterexample:
    """One network and one choice of indices at which the two sides are different numbers.

    sizes: the widths, none where the claim is about numbers alone; layer: the value of l or None; indices: from 1;
    values: every free number as text; functions: the real functions that stand for opaque ones; left, right: exact, or
    to 50 digits.
    """

    sizes: tuple[int, ...]
    samples: int
    layer: int | None
    indices: dict[str, int]
    values: dict[str, str]
    functions: dict[str, str]
    left: str
    right: str
    seed: int
    extents: dict[str, int] = field(default_factory=dict)  # the sizes of axes that no layer has

    def to_json(self) -> dict[str, object]:
        names = [name for name in self.__dataclass_fields__ if name != "extents" or self.extents]
        return {name: getattr(self, name) for name in names}


def find_counterexample(claim: Claim, most: int) -> Counterexample | None:
    """The first disagreement among the smallest networks with small rational values, replayed before it counts."""
    one = not claim.definitions and claim.network  # a claim of the table, about numbers alone
    shapes = islice(smallest_shapes(claim), 1 if one else most)
    draws = MOST_DRAWS if one or not (claim.network or least_sizes(claim)) else DRAWS
    for shape in shapes:
        best: Counterexample | None = None
        for seed in range(draws):
            if best is not None and (seed >= DRAWS or _length(best) <= SHORT):
                break
            try:
                made = compare_reals(claim, shape, seed)
            except (Degenerate, NotInField, CannotEvaluate):
                continue
            found = None if made.holds else _replayed(claim, made, seed)
            if found is not None and (best is None or _length(found) < _length(best)):
                best = found
        if best is not None:
            return best
    return None


def _length(made: Counterexample) -> int:
    """How long the two numbers are to write."""
    return len(made.left) + len(made.right)


def _replayed(claim: Claim, found: Comparison, seed: int) -> Counterexample | None:
    """The disagreement computed again: exactly for rationals, else between bounds that are apart at 50 digits."""
    field = found.instance.field
    if isinstance(field, Rationals):
        again = compare(claim, draw(claim, Rationals(seed), found.instance.shape, seed))
        apart = [(place, again) for place in _places(found) if not again.agree[place]]
    else:
        apart = _certainly_apart(claim, found, seed)
    if not apart:
        return None
    place, again = apart[0]
    return Counterexample(
        sizes=found.instance.shape.widths if claim.definitions else (),
        samples=found.instance.shape.samples,
        layer=found.instance.shape.layers.get("l"),
        indices={index.name: at + 1 for index, at in zip(claim.free, place, strict=True)},
        values=_listed(found.instance.free),
        functions=_functions(claim, field, found.instance.shape),
        left=_text(again.left[place], again.instance.field),
        right=_text(again.right[place], again.instance.field),
        seed=seed,
        extents=dict(found.instance.shape.extents),
    )


def _places(found: Comparison) -> list[tuple[int, ...]]:
    return [tuple(int(x) for x in place) for place in np.argwhere(~found.agree)]


def _certainly_apart(claim: Claim, found: Comparison, seed: int) -> list[tuple[tuple[int, ...], Comparison]]:
    """Where the two sides' enclosures are disjoint and each fixes 50 digits."""
    for digits in REPLAY_DIGITS:
        field = Intervals(seed, digits)
        try:
            second = compare(claim, draw(claim, field, found.instance.shape, seed))
        except Degenerate:
            continue
        made = [(place, second) for place in _places(second) if _sharp(second, place, field)]
        if made:
            return made
    return []


def _sharp(made: Comparison, place: tuple[int, ...], field: Intervals) -> bool:
    return field.sharp(made.left[place], CERTAIN_DIGITS) and field.sharp(made.right[place], CERTAIN_DIGITS)


def _text(value: object, field: Field) -> str:
    return field.middle(value, CERTAIN_DIGITS) if isinstance(field, Intervals) else str(value)


def _listed(free: object) -> dict[str, str]:
    made: dict[str, str] = {}
    for (symbol, layer), values in dict(free).items():  # type: ignore[call-overload]
        mark = "" if layer is None else f"^({layer})"
        for at in np.ndindex(*np.shape(values)):
            place = "".join(str(k + 1) for k in at)
            made[f"{symbol}{mark}_{place}" if place else f"{symbol}{mark}"] = _plain(values[at])
    return made


def _plain(value: object) -> str:
    text = str(value)
    return text.rstrip("0").rstrip(".") if "." in text else text


def _functions(claim: Claim, field: Field, shape: Shape) -> dict[str, str]:
    """The real functions that stood for the opaque ones."""
    outputs = shape.widths[-1] if shape.widths else 0
    return stand_ins(claim, field, outputs) if isinstance(field, Rationals | Decimals) else {}


@dataclass(frozen=True)
class Recomputed:
    """A counterexample computed again: both sides, whether they are surely apart, and what was put in."""

    left: str
    right: str
    apart: bool
    values: dict[str, str]
    functions: dict[str, str]


def recompute(claim: Claim, counterexample: Counterexample, digits: int = CERTAIN_DIGITS) -> Recomputed:
    """Both sides at the counterexample's place, exactly where they are rational, else to so many digits.

    Raises CannotEvaluate, Degenerate, KeyError or IndexError for a place that the claim does not have.
    """
    layers = {} if counterexample.layer is None else {"l": counterexample.layer}
    sizes, seed = counterexample.sizes or NO_NETWORK, counterexample.seed
    shape = Shape(sizes, counterexample.samples, layers, counterexample.extents)
    place = tuple(counterexample.indices[index.name] - 1 for index in claim.free)
    field: Field = Rationals(seed)
    try:
        made = compare(claim, draw(claim, field, shape, seed))
        return _recomputed(claim, made, place, str(made.left[place]), str(made.right[place]), not made.agree[place])
    except NotInField:
        found = compare(claim, draw(claim, Decimals(seed), shape, seed))
    for precision in (digits + 30, *(REPLAY_DIGITS[1:]), digits + REPLAY_DIGITS[-1]):
        bounds = Intervals(seed, precision)
        try:
            made = compare(claim, draw(claim, bounds, shape, seed))
        except Degenerate:
            continue
        values = made.left[place], made.right[place]
        if all(bounds.sharp(value, digits) for value in values):
            left, right = (bounds.middle(value, digits) for value in values)
            return _recomputed(claim, found, place, left, right, not made.agree[place])
    raise CannotEvaluate(f"no enclosure fixes {digits} digits")


def _recomputed(
    claim: Claim, made: Comparison, place: tuple[int, ...], left: str, right: str, apart: bool
) -> Recomputed:
    functions = _functions(claim, made.instance.field, made.instance.shape)
    return Recomputed(left, right, bool(apart), _listed(made.instance.free), functions)


def replay(claim: Claim, counterexample: Counterexample, digits: int = 50) -> tuple[Array, Array]:
    """Both sides of a claim at its counterexample, computed again."""
    layers = {} if counterexample.layer is None else {"l": counterexample.layer}
    shape = Shape(counterexample.sizes or NO_NETWORK, counterexample.samples, layers, counterexample.extents)
    made = compare_reals(claim, shape, counterexample.seed, digits + 10)
    place = tuple(counterexample.indices[index.name] - 1 for index in claim.free)
    return made.left[place], made.right[place]
