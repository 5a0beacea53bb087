"""Names that nothing declares: which shapes their letters customarily have, likeliest first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import IntEnum
from itertools import product
from typing import Final

MOST: Final = 81  # assignments that are tried in one line


class Rank(IntEnum):
    """How many indices a quantity has."""

    NUMBER = 0
    VECTOR = 1
    MATRIX = 2

    @property
    def words(self) -> str:
        return f"a {self.name.lower()}"


def is_capital(name: str) -> bool:
    """`W`, `\\mathbf X`, `\\Theta`; not `\\lambda`."""
    letter = name.rpartition(" ")[2].lstrip("\\").partition("_")[0]
    return letter[:1].isupper()


def customary(name: str, among_entries: bool) -> tuple[Rank, ...]:
    """The shapes that a letter may stand for; beside entries such as `x_i` a bare letter is a number first."""
    likely: tuple[Rank, ...]
    if is_capital(name):
        likely = (Rank.MATRIX, Rank.VECTOR, Rank.NUMBER)
    elif name.startswith("\\") and not name.startswith(("\\math", "\\bold", "\\vec")):
        likely = (Rank.NUMBER, Rank.VECTOR)
    else:
        likely = (Rank.VECTOR, Rank.NUMBER)
    return tuple(sorted(likely)) if among_entries else likely


def assignments(names: list[str], among_entries: bool) -> Iterator[Mapping[str, Rank]]:
    """Shapes for all names at once, those first that ask least of custom."""
    choices = [list(enumerate(customary(name, among_entries))) for name in names]
    ranked = sorted(product(*choices), key=lambda chosen: sum(place for place, _ in chosen))
    for chosen in ranked[:MOST]:
        yield {name: rank for name, (_, rank) in zip(names, chosen, strict=True)}
