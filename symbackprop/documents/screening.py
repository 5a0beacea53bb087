"""A trial of a claim at a random instance: cheap, and no evidence for anything but a trial."""

from __future__ import annotations

import numpy as np

from symbackprop.claims import Claim
from symbackprop.exact import CannotEvaluate, Instance, Shape
from symbackprop.fields import Array, Degenerate, NotInField
from symbackprop.instances import compare, consenting_shapes, draw, side_value
from symbackprop.notation import Expr, Index, Scalar, walk
from symbackprop.reals import Decimals
from symbackprop.residues import Residues

SCREENS = 2


class Screens:
    """Random residue instances, kept so that the many versions of one line are tried at the same numbers."""

    def __init__(self) -> None:
        self.drawn: list[tuple[tuple[object, ...], Instance]] = []
        self.sides: list[tuple[Instance, Expr, tuple[Index, ...], Array]] = []

    def may_hold(self, claim: Claim, screens: int = SCREENS) -> bool:
        """Whether both sides agree at a few random residue instances."""
        rng = np.random.default_rng(1)
        for number, shape in enumerate(consenting_shapes(claim, screens, rng)):
            for again in range(4):
                try:
                    if not self._agree(claim, shape, number, again):
                        return False
                    break
                except (Degenerate, NotInField):
                    continue
                except CannotEvaluate:
                    return False
        return True

    def _agree(self, claim: Claim, shape: Shape, number: int, again: int) -> bool:
        instance = self._instance(claim, shape, number, again)
        left = self._left(claim, instance)
        right = side_value(claim, claim.right, instance)
        if bool(np.all(instance.field.equal(left, right))):
            return True
        # residues do not know that sigmoid(2z) is made of exp(z): numbers alone are cheap enough to be tried as reals
        numbers = not claim.network and not shape.extents
        return numbers and compare(claim, draw(claim, Decimals(number), shape, 100 * number + again)).holds

    def _instance(self, claim: Claim, shape: Shape, number: int, again: int) -> Instance:
        names = tuple(sorted({e.name for side in claim.sides for e in walk(side) if isinstance(e, Scalar)}))
        given = (claim.assumes, claim.summing, claim.ranges, claim.directions, claim.unknowns, claim.definitions)
        key = (number, again, shape, names, *given)
        found = next((instance for other, instance in self.drawn if other == key), None)
        if found is None:
            found = draw(claim, Residues(7 + number), shape, 100 * number + again)
            self.drawn.append((key, found))
        return found

    def _left(self, claim: Claim, instance: Instance) -> Array:
        """The left side's values: in most versions of a line it is the same."""
        if not isinstance(claim.left, Expr):
            return side_value(claim, claim.left, instance)
        for of, side, free, value in self.sides:
            if of is instance and free == claim.free and side == claim.left:
                return value
        value = side_value(claim, claim.left, instance)
        self.sides.append((instance, claim.left, claim.free, value))
        return value


def may_hold(claim: Claim, screens: int = SCREENS) -> bool:
    """Whether both sides agree at a few random residue instances."""
    return Screens().may_hold(claim, screens)
