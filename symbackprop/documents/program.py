"""Which of a page's formulas computes which array of the backward pass: each after those that it needs."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from symbackprop import notation as n
from symbackprop.documents.stated import Section, Stated, Target, layers_mentioned


class Missing(Exception):
    """A gradient, or a delta that one needs, for which no formula is stated; the text says which."""


@dataclass(frozen=True)
class Step:
    """One array of the backward pass: the formula that computes it, and the total's that it enters, if stated apart."""

    target: Target
    layer: int
    stated: Stated
    total: Stated | None = None

    @property
    def name(self) -> str:
        letter = {Target.DELTA: "d", Target.WEIGHT: "gW", Target.BIAS: "gb"}[self.target]
        return f"{letter}{self.layer}"


@dataclass
class Program:
    """The steps for a network of that depth. refused: statements that do not hold for it."""

    section: Section
    depth: int
    refused: Collection[Stated] = ()
    made: dict[tuple[Target, int], Step] = field(default_factory=dict)

    def steps(self) -> list[Step]:
        """Every gradient's, from the last layer down. Raises Missing for one that is not stated."""
        for layer in range(self.depth, 0, -1):
            for target in (Target.WEIGHT, Target.BIAS):
                self._need(target, layer, frozenset(), "")
        return list(self.made.values())

    def _need(self, target: Target, layer: int, above: frozenset[tuple[Target, int]], why: str) -> None:
        key = target, layer
        if key in self.made:
            return
        problem = Missing(f"{self._said(target, layer)} has no formula that can be computed{why}")
        for stated in self._candidates(target, layer, whole=True):
            total = None if stated.total or target is Target.DELTA else self._total(target, layer)
            step = Step(target, layer, stated, total)
            deeper = above | {key}
            try:
                for needed in sorted(self._number(x, layer) for x in layers_mentioned(stated)):
                    if (Target.DELTA, needed) in deeper:
                        raise problem
                    self._need(Target.DELTA, needed, deeper, f", which line {stated.span.line} needs")
            except Missing as reason:
                problem = reason
                continue
            self.made[key] = step
            return
        raise problem

    def _total(self, target: Target, layer: int) -> Stated | None:
        return next(iter(self._candidates(target, layer, whole=False)), None)

    def _candidates(self, target: Target, layer: int, whole: bool) -> list[Stated]:
        """What the page states of it, for any layer before for one alone, the last line first.

        `whole`: formulas that need no other; else those of a total that rest on the samples' derivatives.
        """
        found = [
            stated
            for stated in reversed(self.section.stated)
            if stated.target is target and stated not in self.refused and self._covers(stated, layer)
            and stated.rests_on_samples is not whole
        ]  # fmt: skip
        return sorted(found, key=lambda stated: stated.layers is None)

    def _covers(self, stated: Stated, layer: int) -> bool:
        if self.depth < stated.least_depth:
            return False
        if stated.layers is None:
            return self._number(stated.layer, layer) == layer
        return stated.layers.first <= layer <= self.depth - stated.layers.below_last

    def _number(self, layer: n.Layer, here: int) -> int:
        return layer.offset + {"": 0, "L": self.depth, "l": here}.get(layer.base, 0)

    def _said(self, target: Target, layer: int) -> str:
        environment = self.section.environment
        if environment.fixed_depth is not None:
            return f"{target.value} of layer {layer + environment.conventions.first}"
        last = environment.conventions.last
        return f"{target.value} of " + (f"layer {last}" if layer == self.depth else f"the layers below {last}")
