"""A trial of a claim at a random instance: cheap, and no evidence for anything but a trial."""

from __future__ import annotations

import numpy as np

from symbackprop.claims import Claim
from symbackprop.exact import CannotEvaluate
from symbackprop.fields import Degenerate, NotInField, Residues
from symbackprop.instances import compare, consenting_shapes, draw

SCREENS = 2


def may_hold(claim: Claim, screens: int = SCREENS) -> bool:
    """Whether both sides agree at a few random residue instances."""
    rng = np.random.default_rng(1)
    for number, shape in enumerate(consenting_shapes(claim, screens, rng)):
        for again in range(4):
            try:
                if not compare(claim, draw(claim, Residues(7 + number), shape, 100 * number + again)).holds:
                    return False
                break
            except (Degenerate, NotInField):
                continue
            except CannotEvaluate:
                return False
    return True
