"""What a weight's two indices and its layer mark mean, taken from the document's first line about pre-activations."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from symbackprop.documents.environment import Environment


def other_orientations(environment: Environment) -> Iterator[tuple[Environment, str]]:
    """Every other reading of w_ij^(l), and how to say it; none where a convention or an earlier line has settled it."""
    c = environment.conventions
    if c.weights_stated or "w" in environment.used:
        return
    for from_to, source in ((False, True), (True, False), (True, True)):
        first = "w_ij leads from i to j" if from_to else "w_ij leads from j to i"
        mark = "w^(l) from layer l to layer l + 1" if source else "w^(l) from layer l - 1 to layer l"
        made = replace(c, from_to=from_to, source=source, weights_stated=True)
        yield replace(environment, conventions=made), f"as this line has it, {first} and {mark}"
