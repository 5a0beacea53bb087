"""Rewrites that leave an equation's meaning as it is: none may be refuted, hardly one stay undecided.

Every rewrite is held against the evaluator of `values` first: where it says that the meaning has changed, or where it
cannot follow the new notation and the rewrite is not one that is safe by itself, the rewrite is left out.
"""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from campaign.formulas import Node, NotParsed, Parsed, parse
from campaign.matrix_form import index_form, matrix_form
from campaign.pages import SECTIONS, PagePlace, places
from campaign.values import Form, Unknown, judged, uses


@dataclass(frozen=True)
class Rewrite:
    place: PagePlace
    kind: str
    text: str

    @property
    def name(self) -> str:
        return f"{self.place.name}: {self.kind}"


def rewrites(place: PagePlace) -> list[Rewrite]:
    """All rewrites of one formula, each text once."""
    try:
        parsed = parse(place.text, place.plain_layers)
    except NotParsed:
        return []
    seen, made = {place.text}, []
    for kind, text in _all(place, parsed):
        if text not in seen and _same(place, kind, text):
            seen.add(text)
            made.append(Rewrite(place, kind, text))
    return made


NOTATION = ("circ for odot", "layers with brackets", "layers without brackets", "slanted derivatives", "parentheses")


def _same(place: PagePlace, kind: str, text: str) -> bool:
    if kind in NOTATION:
        return True
    try:
        parsed = parse(text, place.plain_layers)
        return all(
            judged(statement, number, place.points) == "holds"
            for statement, result in zip(parsed.main, _by_statement(place, parsed), strict=False)
            for number in range(len(statement.members) - 1)
            if result[number]
        )
    except (NotParsed, Unknown, Form):
        return False


def _by_statement(place: PagePlace, parsed: Parsed) -> list[list[bool]]:
    """Which links of the page are proved, statement by statement."""
    said = iter(link.said == "proved" for link in place.results[0].links)
    return [[next(said, False) for _ in statement.members[1:]] for statement in parsed.main]


def _all(place: PagePlace, parsed: Parsed) -> Iterator[tuple[str, str]]:
    text = place.text
    yield from _bound_renamed(place)
    yield from _without_bounds(place)
    yield from _sums_dropped(place, parsed)
    yield from _reordered(place, parsed)
    if r"\odot" in text:
        yield "circ for odot", text.replace(r"\odot", r"\circ")
    if place.plain_layers:
        yield "layers with brackets", re.sub(r"\^(?:(L|l)(?![A-Za-z])|\{((?:L|l)[^{}]*)\})",
                                             lambda m: "^{(" + (m[1] or m[2]) + ")}", text)  # fmt: skip
    else:
        yield "layers without brackets", re.sub(r"\^\{\(([lL][^()]*)\)\}", r"^{\1}", text)
    flat = r"\\frac\{\\partial ([^{}\s]+(?:\{[^{}]*\}[^{}\s]*)*)\}\{(\\partial [^{}\s]+(?:\{[^{}]*\}[^{}\s]*)*)\}"
    yield "slanted derivatives", re.sub(flat, r"{\\partial \1 / \2}", text)
    yield "parentheses", text.replace(r"\left(", "(").replace(r"\right)", ")")
    for index in index_form(place, parsed):
        yield "index form for matrix form", index
    for matrix in matrix_form(place, parsed):
        yield "matrix form for index form", matrix
    for start, end in _members(place, parsed):
        yield "brackets around a side", text[:start] + r"\left(" + text[start:end] + r"\right)" + text[end:]
        yield "times one", text[:start] + r"1 \cdot \left(" + text[start:end] + r"\right)" + text[end:]


def _members(place: PagePlace, parsed: Parsed) -> Iterator[tuple[int, int]]:
    for statement in parsed.main:
        for member in statement.members[1:]:
            if "&" not in place.text[member.start : member.end] and r"\\" not in place.text[member.start : member.end]:
                yield member.start, member.end


def _nodes(parsed: Parsed) -> Iterator[Node]:
    waiting = [member for statement in parsed.main for member in statement.members]
    while waiting:
        node = waiting.pop()
        yield node
        if node.kind == "sum":
            waiting.extend(term for _, term in node.parts)
        elif node.kind == "product":
            waiting.extend(node.parts[0])
        else:
            waiting.extend(part for part in node.parts if isinstance(part, Node))


def _bound_renamed(place: PagePlace) -> Iterator[tuple[str, str]]:
    """Each sum's letter, one at a time, to letters that the sum does not hold: new ones, and free ones of the line."""
    parsed = parse(place.text, place.plain_layers)
    letters = [site for site in parsed.sites if site.kind == "index"]
    for node in _nodes(parsed):
        if node.kind != "sigma" or node.parts[0] in ("s", "l"):
            continue
        old, _, body = node.parts
        inside = {name for name, _ in uses(body)}
        spots = [s for s in letters if s.more == old and node.start <= s.start < node.end]
        for new in "mrijkpq":
            if new not in inside and new != old:
                text = place.text
                for spot in sorted(spots, key=lambda s: s.start, reverse=True):
                    text = text[: spot.start] + new + text[spot.end :]
                yield "bound index renamed", text


BOUND = re.compile(r"\\sum_\{([a-z])=1\}\^(?:\{n_(?:\{[^{}]*\}|[lL])\}|n_(?:\{[^{}]*\}|[lL]))")


def _without_bounds(place: PagePlace) -> Iterator[tuple[str, str]]:
    """One sum without its bounds, then all of them."""
    for found in BOUND.finditer(place.text):
        yield "sum without bounds", place.text[: found.start()] + rf"\sum_{found[1]}" + place.text[found.end() :]
    yield "sums without bounds", BOUND.sub(r"\\sum_\1", place.text)


def _sums_dropped(place: PagePlace, parsed: Parsed) -> Iterator[tuple[str, str]]:
    """A repeated index in the place of the sum's sign."""
    for site in parsed.sites:
        if site.kind == "sum":
            yield "sum left to the repeated index", place.text[: site.start] + place.text[site.end :]


def _reordered(place: PagePlace, parsed: Parsed) -> Iterator[tuple[str, str]]:
    """Neighbouring factors and terms exchanged; what is no rewrite of matrices, the evaluator sees."""
    text = place.text
    for node in _nodes(parsed):
        if node.kind == "product" and "odot" not in node.parts[1]:
            for left, right in zip(node.parts[0], node.parts[0][1:], strict=False):
                if right.kind != "sigma":
                    yield "factors exchanged", _exchanged(text, left, right)
        elif node.kind == "product" and node.parts[1] == ("odot",):
            yield "factors exchanged", _exchanged(text, *node.parts[0])
        elif node.kind == "sum":
            for (one, left), (other, right) in zip(node.parts, node.parts[1:], strict=False):
                if one == other == 1 and right.kind != "sigma" and left.kind != "sigma":
                    yield "terms exchanged", _exchanged(text, left, right)


def _exchanged(text: str, left: Node, right: Node) -> str:
    one, other = text[left.start : left.end], text[right.start : right.end]
    return text[: left.start] + other + text[left.end : right.start] + one + text[right.end :]


@dataclass
class Figures:
    """What a run found."""

    count: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    refuted: list[str] = field(default_factory=list)
    undecided: list[str] = field(default_factory=list)
    other: list[str] = field(default_factory=list)
    seconds: float = 0.0

    def __str__(self) -> str:
        return (
            f"{self.count} rewrites, {self.seconds / max(self.count, 1):.2f} s each: {dict(self.kinds)}\n"
            f"  falsely refuted: {len(self.refuted)}, undecided: {len(self.undecided)}, "
            f"unreadable or taken for something else: {len(self.other)}"
        )


def all_rewrites(pages: tuple[str, ...] = tuple(SECTIONS)) -> list[Rewrite]:
    """Of every formula with a proved link."""
    return [rewrite for place in places(pages) for rewrite in rewrites(place)]


def run(chosen: list[Rewrite]) -> Figures:
    figures = Figures()
    began = time.perf_counter()
    for rewrite in chosen:
        figures.count += 1
        figures.kinds[rewrite.kind] += 1
        results = rewrite.place.judge(rewrite.text, corrects=False)
        was = [link.said for link in rewrite.place.results[0].links]
        now = [link.said for link in results[0].links] if results else []
        entry = f"{rewrite.name}: {now}: {rewrite.text}"
        bad = {said for said, before in zip(now, was, strict=False) if before == "proved" and said != "proved"}
        if "refuted" in bad:
            figures.refuted.append(entry)
        elif "undecided" in bad:
            figures.undecided.append(entry)
        elif bad or len(now) != len(was):
            figures.other.append(entry)
    figures.seconds = time.perf_counter() - began
    return figures
