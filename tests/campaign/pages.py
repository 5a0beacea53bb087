"""The pages of derivations/, formula by formula: what was known when each was reached, so that one is judged alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from by_hand import BINARY, CONCRETE, DECAY, GENERAL, LEAST_SQUARES, POINTS, SOFT, Point

from symbackprop.documents.checking import Checker
from symbackprop.documents.environment import Environment
from symbackprop.documents.find import Found
from symbackprop.documents.judge import Judge
from symbackprop.documents.results import EquationResult
from symbackprop.documents.source import Source, Span

PAGES = Path(__file__).parent.parent.parent / "derivations"
SECTIONS = {
    "01-least-squares.md": [("", CONCRETE), ("## Any widths", LEAST_SQUARES)],
    "02-general-cost.md": [("", GENERAL)],
    "03-cross-entropy.md": [("", BINARY), ("## Softmax", SOFT), ("## Weight decay", DECAY)],
    "04-induction.md": [("", GENERAL)],
}
"""Which network's numbers the letters of a page stand for, from which heading on."""


@dataclass(frozen=True)
class Place:
    """A formula on its page, and the state in which it was judged."""

    page: str
    found: Found
    environment: Environment
    previous: tuple[object, ...]
    results: tuple[EquationResult, ...]

    @property
    def text(self) -> str:
        return self.found.span.text

    @property
    def name(self) -> str:
        return f"{self.page}:{self.found.span.line}"

    @property
    def plain_layers(self) -> bool:
        return self.page.startswith("02")

    @property
    def points(self) -> tuple[Point, ...]:
        text, chosen = self.found.span.source.text, ""
        for heading, network in SECTIONS[self.page]:
            if text.find(heading) <= self.found.span.start:
                chosen = network
        return POINTS[chosen]

    def judge(self, text: str, corrects: bool, timeout: float = 60.0) -> list[EquationResult]:
        """The results with another text in the formula's place, everything before it as it was."""
        start, end = self.found.span.start, self.found.span.end
        whole = self.found.span.source.text
        source = Source(self.page, whole[:start] + text + whole[end:])
        span = Span(source, start, start + len(text))
        blanked = self.found.text[:start] + text + self.found.text[end:]
        checker = Checker(Judge(corrects), timeout)
        checker.environment, checker.judge.previous = self.environment, self.previous  # type: ignore[assignment]
        return [
            each
            for each in checker._formula(Found(span, span, self.found.displayed, self.found.macros, blanked))
            if each.links
        ]


class _Recording(Checker):
    def __init__(self, page: str) -> None:
        super().__init__(Judge())
        self.page = page
        self.places: list[Place] = []

    def _formula(self, found: Found) -> Iterator[EquationResult]:
        environment, previous = self.environment, self.judge.previous
        made = tuple(super()._formula(found))
        self.places.append(Place(self.page, found, environment, previous, tuple(e for e in made if e.links)))
        yield from made


@cache
def on_page(page: str) -> tuple[Place, ...]:
    """Every formula with a link, on one page."""
    recording = _Recording(page)
    recording.check((PAGES / page).read_bytes(), page)
    return tuple(place for place in recording.places if place.results)


def places(pages: tuple[str, ...] = tuple(SECTIONS)) -> tuple[Place, ...]:
    """Every formula with a proved link, over the pages."""
    return tuple(
        place
        for page in pages
        for place in on_page(page)
        if any(link.said == "proved" for each in place.results for link in each.links)
    )
