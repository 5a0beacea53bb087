"""Concrete networks for the exact engine: their shapes, and values for everything that is left free."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field as part
from fractions import Fraction
from itertools import product

import numpy as np

from symbackprop.claims import Assumption, Claim, LayerRange, Side
from symbackprop.exact import Instance, Key, Scope, Shape
from symbackprop.exact_matrices import evaluate_matrix
from symbackprop.extents import consenting_extents, least_sizes, smallest_extents
from symbackprop.fields import Array, Field, NotInField, hash_text
from symbackprop.functions import Range
from symbackprop.network import Definition
from symbackprop.notation import Expr, Layer, Scalar, Variable, walk
from symbackprop.reals import DIGITS, Decimals, Rationals
from symbackprop.residues import Residues

MOST_NEURONS = 100  # larger instances are not remembered
SMALL = tuple(Fraction(x) for x in ("1", "2", "-1", "1/2", "3", "-2", "-1/2", "3/2"))


def consenting_shapes(claim: Claim, count: int, rng: np.random.Generator) -> Iterator[Shape]:
    """Shapes with pairwise different widths in 3..6 and one with a width of 1; L least and one more; l at both ends."""
    if not claim.network:
        yield from (Shape((), extents=sizes) for sizes in consenting_extents(claim, count, rng))
        return
    for number in range(count):
        depth = claim.least_depth + number % 2 if claim.depth is None else claim.depth
        pool = np.arange(3, max(7, 4 + depth))
        widths = [int(x) for x in rng.permutation(pool)[: depth + 1]]
        if number == count - 1:
            widths[int(rng.integers(0, depth + 1))] = 1
        samples = int(rng.choice([x for x in (2, 3, 7) if x not in widths]))
        layers = _layer(claim, depth, number // 2 % 2)
        yield Shape(_wide_enough(claim, widths, layers), samples, layers)


def _wide_enough(claim: Claim, widths: list[int], layers: dict[str, int]) -> tuple[int, ...]:
    """The widths, changed where the claim fixes one or names a neuron that would not be there."""
    shape = Shape(tuple(widths), 1, layers)
    made = list(widths)
    for layer, width in claim.least_widths:
        number = shape.layer(layer, {})
        made[number] = max(made[number], width)
    for layer, width in claim.widths:
        made[shape.layer(layer, {})] = width
    return tuple(made)


def _layer(claim: Claim, depth: int, end: int) -> dict[str, int]:
    if claim.layers is None:
        return {}
    last = depth - claim.layers.below_last
    return {"l": last if end else claim.layers.first}


def smallest_shapes(claim: Claim, most: int = 3) -> Iterator[Shape]:
    """Shapes in growing order: few layers, then few neurons."""
    if not claim.network:
        yield from (Shape((), extents=sizes) for sizes in smallest_extents(claim, most))
        return
    depths = (claim.least_depth, claim.least_depth + 1) if claim.depth is None else (claim.depth,)
    for depth in depths:
        met: set[tuple[tuple[int, ...], tuple[tuple[str, int], ...], int]] = set()
        for widths in sorted(product(range(1, most + 1), repeat=depth + 1), key=lambda w: (sum(w), w)):
            for samples in (1, 2) if is_batch(claim) else (1,):
                for layer in dict.fromkeys(tuple(_layer(claim, depth, end).items()) for end in (0, 1)):
                    fitted = _wide_enough(claim, list(widths), dict(layer))
                    if (fitted, layer, samples) not in met:
                        met.add((fitted, layer, samples))
                        yield Shape(fitted, samples, dict(layer))


def free_keys(shape: Shape, batch: bool) -> dict[Key, tuple[int, ...]]:
    """Everything the definitions leave free, with its shape: the input, weights and biases, the target."""
    n, samples = shape.widths, (shape.samples,) if batch else ()
    keys: dict[Key, tuple[int, ...]] = {("a", 0): (n[0], *samples)}
    for m in range(1, shape.depth + 1):
        keys["w", m] = (n[m], n[m - 1])
        keys["b", m] = (n[m],)
    keys["y", None] = (n[-1], *samples)
    return keys


def is_batch(claim: Claim) -> bool:
    return claim.network and any(d.symbol == "E_total" for d in claim.definitions)


def draw(claim: Claim, field: Field, shape: Shape, seed: int) -> Instance:
    """Random values that satisfy the claim's assumptions: residues, or small rationals."""
    rng = np.random.default_rng(seed)
    free: dict[Key, Array] = {(name, None): _within(field, domain, rng) for name, domain in claim.unknowns}
    network = free_keys(shape, is_batch(claim)) if claim.definitions and claim.network else {}
    for key, size in network.items():
        values = _values(field, size, rng)
        if key[0] == "y" and Assumption.TARGET_SUMS_TO_ONE in claim.assumes:
            values = _summing_to_one(field, values)
        free[key] = values
    for variable in claim.directions:
        layer = None if variable.layer is None else shape.layer(variable.layer, {})
        sizes = tuple(shape.size(axis, {}) for axis in variable.axes)
        values = _values(field, sizes, rng)
        between = next(((low, high) for name, low, high in claim.ranges if name == variable.symbol), None)
        if between is not None and not variable.axes and not isinstance(field, Residues):
            share = Fraction(int(rng.integers(1, 8)), 8)
            values = field.number(between[0] + share * (between[1] - between[0]))
        free[variable.symbol, layer] = _summing_to_one(field, values) if variable.symbol in claim.summing else values
    return Instance(field, shape, claim.definitions, free, {name: _values(field, (), rng) for name in _scalars(claim)})


def _scalars(claim: Claim) -> tuple[str, ...]:
    """The named numbers of the claim and its definitions, lambda first."""
    bodies = (*claim.sides, *(d.body for d in claim.definitions))
    found = {e.name for body in bodies for e in walk(body) if isinstance(e, Scalar)}
    return ("lambda", *sorted(found - {"lambda"}))


def _within(field: Field, domain: Range, rng: np.random.Generator) -> Array:
    """One number of that range; residues have no order, so any will do."""
    if isinstance(field, Residues):
        return field.random((), rng)
    numerator, denominator = int(rng.integers(1, 9)), int(rng.integers(1, 7))
    value = Fraction(numerator, numerator + denominator) if domain is Range.UNIT else Fraction(numerator, denominator)
    return field.number(-value if domain is Range.REAL and rng.integers(2) else value)


def _values(field: Field, size: tuple[int, ...], rng: np.random.Generator) -> Array:
    if isinstance(field, Residues):
        return field.random(size, rng)
    made = np.empty(size, dtype=object)
    for place in np.ndindex(*size):
        made[place] = field.number(SMALL[int(rng.integers(len(SMALL)))])[()]
    return made


def _summing_to_one(field: Field, y: Array) -> Array:
    """The last entry replaced by one minus the others, along the neurons' axis."""
    moved = np.moveaxis(y, field.lead, -1).copy()
    rest = field.total(moved[..., :-1], moved.ndim - 1) if moved.shape[-1] > 1 else moved[..., 0] * 0
    one = field.number(Fraction(1))
    one = one.reshape(one.shape + (1,) * (np.ndim(rest) - one.ndim))
    moved[..., -1] = field.add(np.broadcast_to(one, np.shape(rest)), field.negative(np.asarray(rest)))
    return np.moveaxis(moved, -1, field.lead)


@dataclass(frozen=True)
class Premises:
    """What a claim's random instances depend on: all of it but the two sides."""

    definitions: tuple[Definition, ...]
    layers: LayerRange | None
    least_depth: int
    depth: int | None
    assumes: tuple[Assumption, ...]
    unknowns: tuple[tuple[str, Range], ...]
    widths: tuple[tuple[Layer, int], ...]
    least_widths: tuple[tuple[Layer, int], ...]
    directions: tuple[Variable, ...]
    scalars: tuple[str, ...]
    network: bool
    summing: tuple[str, ...]
    ranges: tuple[tuple[str, Fraction, Fraction], ...]
    extents: tuple[tuple[str, int], ...]
    claim: Claim = part(compare=False, repr=False)  # any one of those that have these premises


def premises(claim: Claim) -> Premises:
    return Premises(
        claim.definitions,
        claim.layers,
        claim.least_depth,
        claim.depth,
        claim.assumes,
        claim.unknowns,
        claim.widths,
        claim.least_widths,
        claim.directions,
        _scalars(claim),
        claim.network,
        claim.summing,
        claim.ranges,
        () if claim.network else tuple(least_sizes(claim).items()),
        claim,
    )


class Drawn:
    """Random residue instances that all claims with the same premises are met with: each is computed once.

    The draws follow from the premises alone, so they are the same in every run and in every order of the claims.
    """

    def __init__(self, made: Premises, count: int) -> None:
        self.claim = made.claim
        self.seed = hash_text(repr(made)) % 2**32
        self.shapes = tuple(consenting_shapes(self.claim, count, np.random.default_rng(self.seed)))
        self.instances: dict[tuple[int, int], Instance] = {}

    def instance(self, number: int, again: int) -> Instance:
        """The instance of that number; `again` counts draws of other values for it."""
        place, shape = (number, again), self.shapes[number]
        if place in self.instances:
            return self.instances[place]
        made = draw(self.claim, Residues(self.seed + number), shape, self.seed + number + 1000 * again)
        if sum(shape.widths) <= MOST_NEURONS:
            self.instances[place] = made
        return made


@dataclass(frozen=True)
class Comparison:
    """Both sides at one instance, over all values of the free indices (in the claim's order)."""

    instance: Instance
    left: Array
    right: Array
    agree: Array

    @property
    def holds(self) -> bool:
        return bool(np.all(self.agree))


def compare(claim: Claim, instance: Instance) -> Comparison:
    left, right = side_value(claim, claim.left, instance), side_value(claim, claim.right, instance)
    return Comparison(instance, left, right, instance.field.equal(left, right))


def side_value(claim: Claim, side: Side, instance: Instance) -> Array:
    """One side's values, one axis a free index."""
    lengths = {i.name: instance.shape.size(i.axis, {}) for i in claim.free}
    lead = instance.field.lead
    if not isinstance(side, Expr):
        made = evaluate_matrix(instance, side)
        return made.reshape((*made.shape[:lead], *lengths.values()))
    scope = Scope({name: name for name in lengths}, {})
    value = instance.evaluate(side, scope, lengths)
    return instance.spread(value, tuple(lengths.items())).dual.value


def compare_reals(claim: Claim, shape: Shape, seed: int, digits: int = DIGITS) -> Comparison:
    """At one real instance: exact where every value stays rational, else to so many digits."""
    try:
        return compare(claim, draw(claim, Rationals(seed), shape, seed))
    except NotInField:
        return compare(claim, draw(claim, Decimals(seed, digits), shape, seed))

