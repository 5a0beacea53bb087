"""Published derivations, checked as typed: `python -m tests.published [WORK …] [--summary | --messages | --links]`.

`documents/published/WORK.md` holds the formulas of one work in their order, each a display between lines of `$$`, under
a conventions block; `documents/heldout` those of works that were labelled before the reader ever saw them.
`WORK.expected.jsonl` has a row for each display, in the same order:

    {"id": "…", "kind": "claim", "links": ["true", "false"], "culprit": ["A^h"], "fix": ["…"]}

`links` labels each relation sign: true, false, notation (right under a sloppy reading only) or warning (a customary
function misdefined). `culprit`: the parts of the page at which a caret is right; `fix`: the right formulas, whole lines
or right sides.
"""

from __future__ import annotations

import json
import os
import re
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from itertools import repeat
from pathlib import Path

from symbackprop.documents.check import check
from symbackprop.documents.results import LinkResult

DOCUMENTS = Path(__file__).parent / "documents"
PUBLISHED, HELD_OUT = DOCUMENTS / "published", DOCUMENTS / "heldout"  # built upon; written without looking
FOLDERS = (PUBLISHED, HELD_OUT)
CLAIMS = ("claim", "chain")
ACCEPTED = ("proved", "definition", "update", "condition")
LAYOUT = re.compile(r"\\(?:left|right|big|Big|bigg|Bigg|bigl|bigr|,|;|:|!|quad|qquad)(?![A-Za-z])|[{}\s]")


@dataclass(frozen=True)
class Row:
    """What is expected of one display."""

    id: str
    kind: str
    links: tuple[str, ...]
    culprit: tuple[str, ...] = ()
    fix: tuple[str, ...] = ()
    why: str = ""


@dataclass(frozen=True)
class Display:
    """One display of the page, what is expected of it, and what was said of its links."""

    row: Row
    first: int
    last: int
    links: tuple[LinkResult, ...]

    @property
    def matched(self) -> bool:
        """Whether the reader saw the relation signs that the labels were given for."""
        return len(self.links) == len(self.row.links)

    def pairs(self) -> Iterator[tuple[str, LinkResult | None]]:
        """Each label with its link; None where the display was not read."""
        yield from zip(self.row.links, self.links if self.matched else [None] * len(self.row.links), strict=True)


@dataclass
class Work:
    name: str
    displays: list[Display] = field(default_factory=list)
    strays: list[LinkResult] = field(default_factory=list)
    seconds: float = 0.0


def works(folder: Path = PUBLISHED) -> list[str]:
    return sorted(path.stem for path in folder.glob("*.md"))


def rows(name: str, folder: Path = PUBLISHED) -> list[Row]:
    lines = (folder / f"{name}.expected.jsonl").read_text(encoding="utf-8").splitlines()
    made = []
    for line in lines:
        row = {key: tuple(value) if isinstance(value, list) else value for key, value in json.loads(line).items()}
        made.append(Row(**row))
    return made


def displays(text: str) -> list[tuple[int, int]]:
    """First and last line of each display, the lines of `$$` included."""
    marks = [number for number, line in enumerate(text.splitlines(), 1) if line.strip() == "$$"]
    return list(zip(marks[::2], marks[1::2], strict=True))


def checked(name: str, folder: Path = PUBLISHED) -> Work:
    path = folder / f"{name}.md"
    places, expected = displays(path.read_text(encoding="utf-8")), rows(name, folder)
    if len(places) != len(expected):
        raise ValueError(f"{name}: {len(places)} displays, {len(expected)} expected rows")
    start = time.monotonic()
    found = check(path)
    made = Work(name, seconds=time.monotonic() - start)
    held: dict[int, list[LinkResult]] = {}
    for equation in found.equations:
        at = next((k for k, (a, b) in enumerate(places) if a <= equation.span.line <= b), None)
        if at is None:
            made.strays.extend(equation.links)
        else:
            held.setdefault(at, []).extend(equation.links)
    for at, (row, (first, last)) in enumerate(zip(expected, places, strict=True)):
        made.displays.append(Display(row, first, last, tuple(held.get(at, ()))))
    return made


def plain(text: str) -> str:
    return LAYOUT.sub("", text)


def word(link: LinkResult | None) -> str:
    return "unreadable" if link is None else link.said


def on_the_spot(display: Display, link: LinkResult) -> bool:
    text = "" if link.problem is None else plain(link.problem.span.text)
    return text in {plain(spot) for spot in display.row.culprit}


def offers_right(display: Display, link: LinkResult) -> bool:
    return link.fix is not None and plain(link.fix.text) in {plain(text) for text in display.row.fix}


COLUMNS = (
    "links", "readable", "claims", "proved", "as def.", "true REFUTED", "undecided", "unreadable",
    "false PROVED", "false records", "refuted", "culprit", "fix", "warnings", "notation proved", "notation refuted",
)  # fmt: skip


def counted(work: Work) -> Counter[str]:
    """The figures of one work: links by label and verdict, false records by what was found of them."""
    made: Counter[str] = Counter()
    made["seconds"] = round(work.seconds * 10)
    for display in work.displays:
        for label, link in display.pairs():
            said = word(link)
            made["links"] += 1
            made["readable"] += said != "unreadable"
            made["undecided"] += said == "undecided" and label == "true"
            made["unreadable"] += said == "unreadable" and label == "true"
            if label == "true":
                claim = display.row.kind in CLAIMS
                made["claims"] += claim
                made["proved"] += claim and said in ("proved", "update", "condition")
                made["as def."] += claim and said == "definition"
                made["true REFUTED"] += said == "refuted"
            elif label == "false":
                made["false PROVED"] += said in ("proved", "update", "condition")
            elif label == "warning":
                made["warnings"] += link is not None and bool(link.warnings)
            else:
                made["notation proved"] += said in ACCEPTED
                made["notation refuted"] += said == "refuted"
        _count_false_record(display, made)
    return made


def _count_false_record(display: Display, made: Counter[str]) -> None:
    if "false" not in display.row.links:
        return
    wrong = [link for label, link in display.pairs() if label == "false" and link is not None]
    hits = [link for link in wrong if word(link) == "refuted"]
    made["false records"] += 1
    made["refuted"] += bool(hits)
    made["culprit"] += any(on_the_spot(display, link) for link in hits)
    made["fix"] += any(offers_right(display, link) for link in hits)


def table(done: list[Work]) -> str:
    counts = [(work.name, counted(work)) for work in done]
    total: Counter[str] = Counter()
    for _, one in counts:
        total.update(one)
    lines = ["| work | " + " | ".join(COLUMNS) + " | seconds |", "| --- |" + " ---: |" * (len(COLUMNS) + 1)]
    for name, one in [*counts, ("all", total)]:
        cells = " | ".join(str(one[column]) for column in COLUMNS)
        lines.append(f"| {name} | {cells} | {one['seconds'] / 10:.1f} |")
    strays = [(work.name, link) for work in done for link in work.strays if link.said == "unreadable"]
    lines += [f"{name}: {link.problem.text}" for name, link in strays if link.problem is not None]
    return "\n".join(lines)


def summary(done: list[Work]) -> str:
    """The table of the README: a row a work, under the title that its document has, and the sum."""
    counts = [(title(work.name), counted(work)) for work in done]
    total: Counter[str] = Counter()
    for _, one in counts:
        total.update(one)
    lines = [
        "| work | links | readable | true proved | true refuted | false proved | misprints found | culprit | fix |",
        "|---|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for name, c in [*counts, ("all", total)]:
        proved = f"{c['proved']} of {c['claims']}"
        misprints = f"{c['refuted']} of {c['false records']}"
        wrong = (c["true REFUTED"], c["false PROVED"])
        cells = (c["links"], c["readable"], proved, *wrong, misprints, c["culprit"], c["fix"])
        lines.append(f"| {name} | {' | '.join(map(str, cells))} |")
    return "\n".join(lines)


def title(name: str) -> str:
    """The heading of a work's document."""
    paths = (folder / f"{name}.md" for folder in FOLDERS)
    text = next(path.read_text(encoding="utf-8") for path in paths if path.exists())
    return text.partition("\n")[0].removeprefix("# ") if text.startswith("# ") else name


def listed(work: Work, only_open: bool) -> Iterator[str]:
    """A line for each link: id, label, verdict, message, correction."""
    for display in work.displays:
        if not display.matched:
            seen = [(link.said, link.problem.text if link.problem else "") for link in display.links]
            yield f"{display.row.id} ({len(display.row.links)} links expected, {len(seen)} seen): {seen}"
            continue
        for number, (label, link) in enumerate(display.pairs(), 1):
            if link is None or (only_open and label == "true" and link.said in ACCEPTED):
                continue
            found = link.problem
            problem = "" if found is None else f" {found.code.value} [{found.span.text}] {found.text}"
            fix = "" if link.fix is None else f"  → {link.fix.text}"
            marks = ""
            if label == "false" and link.said == "refuted":
                marks = f" (spot {on_the_spot(display, link)}, fix {offers_right(display, link)})"
            yield f"{display.row.id}.{number} {label}: {link.said}{marks}{problem}{fix}"


def main(arguments: list[str]) -> None:
    names = [a for a in arguments if not a.startswith("--")]
    for folder in FOLDERS:
        start, wanted = time.monotonic(), [name for name in works(folder) if name in names or not names]
        if not wanted:
            continue
        with ProcessPoolExecutor() as processes:  # as `symbackprop check` does: a document on each core
            done = list(processes.map(checked, wanted, repeat(folder)))
        for work in done:
            if "--links" in arguments or "--messages" in arguments:
                print("\n".join(listed(work, "--links" not in arguments)))
        shown = summary(done) if "--summary" in arguments else table(done)
        print(f"{folder.name}:\n{shown}\n{time.monotonic() - start:.1f} s on {os.cpu_count()} cores")


if __name__ == "__main__":
    main(sys.argv[1:])
