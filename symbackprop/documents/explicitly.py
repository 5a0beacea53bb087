"""A link at one given architecture: written out for every layer, every index value, every term of every sum."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

from symbackprop.claims import Claim, Form
from symbackprop.documents.screening import may_hold
from symbackprop.errors import SymbackpropError
from symbackprop.instantiate import relayer, with_layer
from symbackprop.notation import Index, Layer
from symbackprop.prove import Outcome, prove
from symbackprop.wellformed import malformed

MOST_PARAMETERS = 2_000
INSTANCES = 4


def checked_sizes(sizes: tuple[int, ...]) -> tuple[int, ...]:
    """The sizes, where a network of them can be written out. Raises SymbackpropError where it cannot."""
    parameters = sum(n * (m + 1) for m, n in pairwise(sizes))
    if parameters > MOST_PARAMETERS:
        text = f"{parameters:,} parameters: --sizes writes networks of at most {MOST_PARAMETERS:,} out"
        raise SymbackpropError(f"sizes {'-'.join(map(str, sizes))}: {text}; 'symbackprop verify' takes any")
    return sizes


def at_sizes(claim: Claim, sizes: tuple[int, ...]) -> str:
    """What is so at this architecture, in one sentence; "" for a claim that speaks of no network."""
    name, depth = "-".join(map(str, sizes)), len(sizes) - 1
    if not claim.network:
        return ""
    made = [_instance(claim, sizes, layer) for layer in _layers(claim, depth)]
    widths = {Layer("L", k - depth): width for k, width in enumerate(sizes)}
    narrow = any(widths.get(_lowered(at, depth), least) < least for at, least in claim.least_widths)
    other = any(widths.get(_lowered(at, depth), width) != width for at, width in claim.widths)
    fixed = claim.depth not in (None, depth) or other
    if not made or fixed or narrow or depth < claim.least_depth or any(malformed(one) for one in made):
        return f"says nothing at {name}"
    verdicts = [prove(one) for one in made]
    wrong = next((v for v in verdicts if v.outcome is Outcome.REFUTED), None)
    if wrong is not None:
        c = wrong.counterexample if claim.form is Form.INDEX else None  # a matrix has letters that no one wrote
        place = "" if c is None else ", ".join(f"{index} = {value}" for index, value in c.indices.items())
        return f"is false at {name}" + (f", first at {place}" if place else "")
    if all(v.proved for v in verdicts):
        return f"is proved at {name}, written out at every index value"
    if all(may_hold(one, INSTANCES) for one in made):
        return f"holds at {name} at every index value, by exact numbers at {INSTANCES} random instances"
    return f"is not confirmed at {name}"


def _layers(claim: Claim, depth: int) -> list[int | None]:
    if claim.layers is None:
        return [None]
    return list(range(claim.layers.first, depth - claim.layers.below_last + 1))


def _instance(claim: Claim, sizes: tuple[int, ...], layer: int | None) -> Claim:
    """The claim with a number for the letter l, for L, and for every width."""
    depth = len(sizes) - 1
    numbers = {"": Layer("L", -depth)} | ({} if layer is None else {"l": Layer("L", layer - depth)})

    def moved(at: Layer) -> Layer:
        return numbers[at.base] + at.offset if at.base in numbers else at

    left, right = (relayer(side, numbers) for side in claim.sides)
    free = tuple(slot for slot in (with_layer(index, moved) for index in claim.free) if isinstance(slot, Index))
    widths = tuple((Layer("L", k - depth), width) for k, width in enumerate(sizes))
    name = f"{claim.name}, {'-'.join(map(str, sizes))}" + ("" if layer is None else f", l = {layer}")
    return replace(
        claim, name=name, form=Form.INDEX, left=left, right=right, free=free, layers=None, least_depth=depth,
        depth=depth, widths=widths, least_widths=(),
    )  # fmt: skip


def _lowered(layer: Layer, depth: int) -> Layer:
    return Layer("L", layer.offset - depth) if not layer.base else layer
