"""What is said of a gradient function: all its gradients are exact, one is wrong, or neither could be told."""

from __future__ import annotations

from dataclasses import dataclass

from symbackprop.fields import Array


@dataclass(frozen=True)
class Wrong:
    """The first wrong parameter, and a point where it shows: gradient(parameters, x, y) has `found` for `expected`."""

    parameter: str
    found: float
    expected: float
    parameters: list[Array]
    x: Array
    y: Array

    def __str__(self) -> str:
        at = f"∂E/∂{self.parameter} is {self.expected:.6g}"
        return f"the gradient of {self.parameter} is wrong: it says {self.found:.6g}, {at}"


@dataclass(frozen=True)
class Certificate:
    """What the judge says of a gradient function.

    parameters: of how many gradients; error_probability: a bound on a wrong one passing; samples: the batch sizes that
    were run; signs: how many branches of kinked functions were drawn (a formula that is wrong only in a branch that
    was never drawn is outside the bound). wrong: the first wrong parameter, None where all are right. undecided: why
    exact numbers could not tell, or "".
    """

    parameters: int
    error_probability: float
    samples: tuple[int, ...]
    signs: int = 0
    wrong: Wrong | None = None
    undecided: str = ""

    @property
    def holds(self) -> bool:
        return self.wrong is None and not self.undecided

    def joined(self, other: Certificate) -> Certificate:
        """Of two variants of one gradient: what holds only if both do."""
        if not self.holds or not other.holds:
            return self if not self.holds else other
        worst = max(self.error_probability, other.error_probability)
        return Certificate(self.parameters, worst, self.samples + other.samples, self.signs + other.signs)

    @property
    def first_wrong(self) -> str:
        """Such as "W2[1, 0]", or "" where all are right."""
        return "" if self.wrong is None else self.wrong.parameter

    def to_json(self) -> dict[str, object]:
        made: dict[str, object] = {
            "parameters": self.parameters,
            "error_probability": self.error_probability,
            "samples": list(self.samples),
        }
        if self.wrong is not None:
            made |= {"first_wrong": self.first_wrong, "found": self.wrong.found, "expected": self.wrong.expected}
        return made | ({"undecided": self.undecided} if self.undecided else {})

    def __str__(self) -> str:
        if self.wrong is not None:
            return str(self.wrong)
        if self.undecided:
            return f"undecided: {self.undecided}"
        branches = f" ({self.signs:,} random branches of max and |.| met)" if self.signs else ""
        bound = f"a wrong one passes with p ≤ {self.error_probability:.1e}"
        return f"all {self.parameters:,} gradients exact; {bound}{branches}"
