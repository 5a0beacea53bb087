"""The layers that a claim speaks of, and what is certain about differences between their numbers."""

from __future__ import annotations

from dataclasses import dataclass

from sympy import Expr, Integer, Symbol

L = Symbol("L", integer=True)


@dataclass(frozen=True)
class Range:
    """The layers l that a claim speaks of: first ≤ l ≤ L - below_last; L ≥ least_depth; `depth` where L is a number."""

    first: int = 1
    below_last: int = 0
    least_depth: int = 1
    depth: int | None = None

    def sign(self, difference: Expr) -> bool | None:
        """Whether a difference of layer numbers is ≥ 0 for all l in the range, < 0 for all, or neither (None)."""
        here = Symbol("l", integer=True)
        if self.depth is not None:  # linear in l: both ends tell
            ends = [difference.xreplace({here: Integer(end)}) for end in (self.first, self.depth - self.below_last)]
            signs = {bool(end >= 0) if end.is_Integer else None for end in ends}
            return signs.pop() if len(signs) == 1 else None
        if not difference:
            return True
        terms = difference.as_coefficients_dict()
        if set(terms) - {L, here, Integer(1)}:
            return None
        of_last, of_here, constant = (terms.get(part, 0) for part in (L, here, Integer(1)))
        if here in terms:  # l = first + p, L = l + below_last + q with p, q from 0
            constant += of_here * self.first + of_last * (self.first + self.below_last)
            slopes = [of_here + of_last, of_last]
        else:
            constant += of_last * self.least_depth
            slopes = [of_last]
        if constant >= 0 and all(slope >= 0 for slope in slopes):
            return True
        if constant < 0 and all(slope <= 0 for slope in slopes):
            return False
        return None
