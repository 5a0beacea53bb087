"""Corrections of updates: one edit of the right side after which the step is PROVED to descend."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from symbackprop.documents import syntax as s
from symbackprop.documents.chains import read_chain
from symbackprop.documents.claiming import Scoped
from symbackprop.documents.deciding import decide
from symbackprop.documents.edits import Edited, Words, overlap, text_after
from symbackprop.documents.environment import Environment
from symbackprop.documents.missing import with_missing, words_of
from symbackprop.documents.results import Fix
from symbackprop.documents.screening import Screens
from symbackprop.documents.slips import Slips, missing_parts, structural_slips, token_slips
from symbackprop.documents.source import Span
from symbackprop.documents.updates import descents
from symbackprop.documents.write import latex
from symbackprop.wellformed import malformed

MOST_READ = 600


def corrected_update(
    members: list[s.Expression], conditions: tuple[Any, ...], environment: Environment
) -> UpdateCorrection | None:
    """The first edit that makes a descent; of those that hold at random numbers, only one makes it unique."""
    nodes: list[s.Node] = [members[1], members[0]]
    words = words_of(nodes, environment)
    search = _Search(members, conditions, environment)
    found = search.held(token_slips, words)
    if not found:
        words = with_missing(words, nodes, read_chain(members, conditions, environment), environment)
        found = search.held(structural_slips, words) or search.held(missing_parts, words)
    for candidate, claim in found:
        if decide(claim).verdict.proved:
            fix = Fix(text_after(members[1].span, candidate.changes), candidate.changes, unique=len(found) == 1)
            return UpdateCorrection(fix, candidate.place)
    return None


@dataclass(frozen=True)
class UpdateCorrection:
    """What changes in the source, and where the slip is."""

    fix: Fix
    place: Span


class _Search:
    """The work on one update; what is tried is counted."""

    def __init__(self, members: list[s.Expression], conditions: tuple[Any, ...], environment: Environment) -> None:
        self.left, self.right = members
        self.conditions, self.environment = conditions, environment
        self.screens, self.met, self.read = Screens(), {latex(self.right)}, MOST_READ

    def held(self, slips: Slips, words: Words) -> list[tuple[Edited, list[Scoped]]]:
        """The first two edits with which the step descends at random numbers."""
        found: list[tuple[Edited, list[Scoped]]] = []
        for candidate in slips(self.right, words):
            text = latex(candidate.node)
            if text in self.met or overlap(candidate.changes):
                continue
            self.met.add(text)
            self.read -= 1
            if self.read < 0 or len(found) > 1:
                break
            node: s.Expression = candidate.node  # type: ignore[assignment]
            claims = descents([self.left, node], self.conditions, self.environment)
            held = next((claim for claim in claims if self._may_hold(claim)), None)
            if held is not None:
                found.append((candidate, held))
        return found

    def _may_hold(self, claim: list[Scoped]) -> bool:
        return malformed(claim[-1].claim) is None and self.screens.may_hold(claim[-1].claim)
