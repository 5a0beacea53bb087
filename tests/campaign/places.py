"""A document formula by formula: what was known when each was reached, so that one can be judged alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from symbackprop.documents.checking import Checker
from symbackprop.documents.environment import Environment
from symbackprop.documents.find import Found
from symbackprop.documents.judge import Judge
from symbackprop.documents.results import EquationResult
from symbackprop.documents.source import Source, Span


@dataclass(frozen=True)
class Place:
    """A formula in its document, and the state in which it was judged."""

    page: str
    found: Found
    environment: Environment
    previous: tuple[object, ...]
    unread: dict[str, int]
    results: tuple[EquationResult, ...]

    @property
    def text(self) -> str:
        return self.found.span.text

    @property
    def name(self) -> str:
        return f"{self.page}:{self.found.span.line}"

    def judge(self, text: str, corrects: bool, timeout: float = 20.0) -> list[EquationResult]:
        """The results with another text in the formula's place, everything before it as it was."""
        start, end = self.found.span.start, self.found.span.end
        whole = self.found.span.source.text
        source = Source(self.page, whole[:start] + text + whole[end:])
        span = Span(source, start, start + len(text))
        blanked = self.found.text[:start] + text + self.found.text[end:]
        checker = Checker(Judge(corrects), timeout)
        checker.environment, checker.judge.previous = self.environment, self.previous  # type: ignore[assignment]
        checker.unread = dict(self.unread)
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
        environment, previous, unread = self.environment, self.judge.previous, dict(self.unread)
        made = tuple(super()._formula(found))
        self.places.append(Place(self.page, found, environment, previous, unread, tuple(e for e in made if e.links)))
        yield from made


def recorded(data: bytes, page: str) -> tuple[Place, ...]:
    """Every formula with a link, in order."""
    recording = _Recording(page)
    recording.check(data, page)
    return tuple(place for place in recording.places if place.results)
