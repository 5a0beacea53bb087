"""Single slips in the proved links of published works, judged in their place: what differs must not be proved.

Nobody evaluates these notations but the reader, so each mutant that is proved has been looked at:
`published_equal.jsonl` names those that are true after all, with the reason. Any other that is proved is a wrong
verdict.
"""

from __future__ import annotations

import json
import re
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from zlib import crc32

from campaign.places import Place, recorded
from campaign.slips import Slip, slips
from symbackprop.documents.results import LinkResult

DOCUMENTS = Path(__file__).parent.parent / "documents"
FOLDERS = ("published", "heldout")
REVIEWED = Path(__file__).parent / "published_equal.jsonl"
ACCEPTED = ("proved", "update")
APART = re.compile(r"\\(?:right|Right|long|Long)\w*arrow|\\therefore|\\text\w*\{ ?(?:and|where)|\\because")


@dataclass(frozen=True)
class Mutant:
    place: Place
    slip: Slip

    @property
    def text(self) -> str:
        return self.slip.applied(self.place.text)

    @property
    def key(self) -> tuple[str, str]:
        """Work and mutated formula, without blanks, as a number: what a review is of."""
        return self.place.page, f"{crc32(_bare(self.text).encode()):08x}"

    @property
    def shown(self) -> str:
        """The slip with what stands around it."""
        text, slip = self.place.text, self.slip
        before, behind = text[max(slip.start - 40, 0) : slip.start], text[slip.end : slip.end + 40]
        was, now = text[slip.start : slip.end].strip(), slip.new.strip()
        return " ".join(f"{before}⟨{was} → {now}⟩{behind}".split())


@dataclass
class Figures:
    """What a run found, by verdict of the links that the slips stand in."""

    said: Counter[str] = field(default_factory=Counter)
    equal: Counter[str] = field(default_factory=Counter)
    proved: list[Mutant] = field(default_factory=list)
    crashed: list[tuple[Mutant, Exception]] = field(default_factory=list)
    seconds: float = 0.0

    def __str__(self) -> str:
        count = sum(self.said.values())
        shares = ", ".join(f"{said} {n} ({100 * n / count:.1f} %)" for said, n in self.said.most_common())
        return (
            f"{count} mutants of proved links, {self.seconds / max(count, 1):.2f} s each\n  {shares}\n"
            f"  proved and true: {sum(self.equal.values())} {dict(self.equal.most_common())}\n"
            f"  proved and not known to be true: {len(self.proved)}"
        )


def works() -> list[Path]:
    return [path for folder in FOLDERS for path in sorted((DOCUMENTS / folder).glob("*.md"))]


@cache
def places(path: Path) -> tuple[Place, ...]:
    """The formulas of one work with a proved link."""
    found = recorded(path.read_bytes(), path.stem)
    return tuple(p for p in found if any(link.said in ACCEPTED for link in _links(p.results)))


def mutants(path: Path) -> list[Mutant]:
    """The slips that touch a proved link."""
    return [m for place in places(path) for m in (Mutant(place, s) for s in slips(place.text)) if _touches(m)]


@cache
def reviewed() -> dict[tuple[str, str], str]:
    """The mutants that are true after all, each with its reason."""
    lines = REVIEWED.read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    return {(row["work"], row["mutant"]): row["why"] for row in rows}


def run(chosen: list[Mutant]) -> Figures:
    figures = Figures()
    began = time.perf_counter()
    for mutant in chosen:
        try:
            said = judged(mutant)
        except Exception as reason:
            figures.crashed.append((mutant, reason))
            continue
        figures.said[said] += 1
        if said not in ACCEPTED:
            continue
        why = reviewed().get(mutant.key)
        if why is None:
            figures.proved.append(mutant)
        else:
            figures.equal[why] += 1
    figures.seconds = time.perf_counter() - began
    return figures


def judged(mutant: Mutant) -> str:
    """The worst that is said of the links beside the slip, accepted only where every one of them is."""
    results = mutant.place.judge(mutant.text, corrects=False)
    start = mutant.place.found.span.start + mutant.slip.start
    links = _beside(_links(results), start)
    was = [link.said for link in _beside(_links(mutant.place.results), start)]
    if not links:
        return "unreadable"
    order = ("refuted", "undecided", "unreadable", "definition", "condition", *ACCEPTED)
    said = [link.said for link in links]
    if len(said) == len(was):  # what was a definition before is no claim of the work's
        said = [one for one, before in zip(said, was, strict=True) if before in ACCEPTED]
    return min(said, key=order.index)


def _touches(mutant: Mutant) -> bool:
    start = mutant.place.found.span.start + mutant.slip.start
    return any(link.said in ACCEPTED for link in _beside(_links(mutant.place.results), start))


def _links(results: object) -> list[LinkResult]:
    return [link for each in results for link in each.links]  # type: ignore[attr-defined]


def _beside(links: list[LinkResult], at: int) -> list[LinkResult]:
    """The link whose sign stands last before a place, and the one whose sign stands first behind it.

    Not where another statement begins between the two.
    """
    before = [link for link in links if link.span.start < at]
    behind = [link for link in links if link.span.start >= at]
    nearest = [*([max(before, key=_start)] if before else []), *([min(behind, key=_start)] if behind else [])]
    return [link for link in nearest if not APART.search(link.span.source.text, *sorted((link.span.start, at)))]


def _start(link: LinkResult) -> int:
    return link.span.start


def _bare(text: str) -> str:
    return "".join(text.split())


def rows(chosen: list[Mutant]) -> Iterator[str]:
    """A line for each, to be looked at."""
    for mutant in chosen:
        work, number = mutant.key
        row = {"work": work, "mutant": number, "slip": mutant.slip.kind, "shown": mutant.shown}
        yield json.dumps(row, ensure_ascii=False)


if __name__ == "__main__":
    chosen = [path for path in works() if not sys.argv[1:] or path.stem in sys.argv[1:]]
    for path in chosen:
        figures = run(mutants(path))
        print(f"{path.stem}: {figures}", flush=True)
        for row in rows(figures.proved):
            print(row, flush=True)
        for mutant, reason in figures.crashed:
            print(f"crashed: {reason!r}", *rows([mutant]), flush=True)
