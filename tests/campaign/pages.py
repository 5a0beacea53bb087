"""The pages of derivations/, formula by formula: what was known when each was reached, so that one is judged alone."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from by_hand import BINARY, CONCRETE, DECAY, GENERAL, LEAST_SQUARES, POINTS, SOFT, Point

from campaign.places import Place, recorded

PAGES = Path(__file__).parent.parent.parent / "derivations"
SECTIONS = {
    "01-least-squares.md": [("", CONCRETE), ("## Any widths", LEAST_SQUARES)],
    "02-general-cost.md": [("", GENERAL)],
    "03-cross-entropy.md": [("", BINARY), ("## Softmax", SOFT), ("## Weight decay", DECAY)],
    "04-induction.md": [("", GENERAL)],
}
"""Which network's numbers the letters of a page stand for, from which heading on."""


@dataclass(frozen=True)
class PagePlace(Place):
    """A formula of one of these pages."""

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


@cache
def on_page(page: str) -> tuple[PagePlace, ...]:
    """Every formula with a link, on one page."""
    return tuple(PagePlace(**vars(place)) for place in recorded((PAGES / page).read_bytes(), page))


def places(pages: tuple[str, ...] = tuple(SECTIONS)) -> tuple[PagePlace, ...]:
    """Every formula with a proved link, over the pages."""
    return tuple(
        place
        for page in pages
        for place in on_page(page)
        if any(link.said == "proved" for each in place.results for link in each.links)
    )
