"""Single-token mutants of a page's formulas, judged in their place: what differs must not be proved.

Whether a mutant differs is decided by `values`, by numbers or by form, without the package.
"""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from campaign.formulas import Layer, NotParsed, Parsed, Site, Statement, parse
from campaign.pages import SECTIONS, PagePlace, places
from campaign.values import Unknown, judged
from symbackprop.documents.results import Fix, LinkResult

LETTERS = "ijkpq"


@dataclass(frozen=True)
class Mutant:
    """start and end: the mutated stretch of `text`; empty where something was dropped."""

    place: PagePlace
    slip: str
    text: str
    start: int
    end: int

    @property
    def name(self) -> str:
        return f"{self.place.name}: {self.slip}"


def mutants(place: PagePlace) -> list[Mutant]:
    """All mutants of one formula, each text once; conditions are left as they are."""
    try:
        parsed = parse(place.text, place.plain_layers)
    except NotParsed:
        return []
    seen = {place.text}
    made = []
    for slip, start, end, new in _slips(place, parsed):
        text = place.text[:start] + new + place.text[end:]
        if text not in seen:
            seen.add(text)
            made.append(Mutant(place, slip, text, start, start + len(new)))
    return made


def _slips(place: PagePlace, parsed: Parsed) -> Iterator[tuple[str, int, int, str]]:
    letters = sorted({site.more for site in parsed.sites if site.kind == "index"} & set(LETTERS))
    for site in parsed.sites:
        for slip, start, end, new in _of_site(site, letters, place):
            yield f"{slip} at {start}", start, end, new


def _of_site(site: Site, letters: list[str], place: PagePlace) -> Iterator[tuple[str, int, int, str]]:
    start, end = site.start, site.end
    was = place.text[start:end]
    match site.kind:
        case "index" if site.more in LETTERS:
            for letter in letters:
                yield f"{site.more} for {letter}", start, end, letter
        case "digit":
            yield "digit", start, end, "2" if site.more == "1" else "1"
        case "layer" | "bound":
            for layer in _other_layers(site.more):
                yield f"{site.kind} {was} shifted", start, end, _written(layer, was, place.plain_layers, site.kind)
        case "sign":
            yield "sign", start, end, "-" if was == "+" else "+"
        case "primes":
            yield "prime", start, end, "" if site.more else "'"
        case "transpose":
            yield "transpose dropped", start, end, ""
        case "whole":
            yield "transpose added", start, end, f"({was})^T"
        case "odot":
            yield "odot dropped", start, end, " "
        case "between":
            left, right = site.more
            if all(each.kind in ("transpose", "group") or _whole(each) for each in (left, right)):
                yield "odot added", start, end, r" \odot "
        case "factor":
            yield "factor dropped", start, end, ""
        case "sum":
            yield "sum dropped", start, end, ""
        case "coefficient":
            yield "coefficient dropped", start, end, ""
            for new in (r"\frac{1}{3}", r"\frac{2}{1}"):
                yield "coefficient changed", start, end, new
        case "number":
            for new in ("0", "1", "2", "3"):
                yield "number", start, end, new
        case "power":
            yield "power", start, end, "3"


def _whole(node: object) -> bool:
    return getattr(node, "kind", "") == "symbol" and not node.parts[1]  # type: ignore[attr-defined]


def _other_layers(layer: Layer) -> list[Layer]:
    shifted = [Layer(layer.base, layer.offset + step) for step in (-1, 1) if layer.base or layer.offset + step >= 0]
    other = {"l": [Layer("L", layer.offset)], "L": [Layer("l", layer.offset)] if layer.offset == 0 else []}
    return shifted + other.get(layer.base, [])


def _written(layer: Layer, was: str, plain: bool, kind: str) -> str:
    text = str(layer.offset) if not layer.base else layer.base + (f"{layer.offset:+d}" if layer.offset else "")
    if kind == "bound":
        return "{n_{" + text + "}}"
    return "{" + text + "}" if plain else "{(" + text + ")}"


@dataclass(frozen=True)
class Judged:
    """A mutant that differs, and what `check` said of its first wrong link.

    on_token: the caret touches the mutated token; on_symbol: it touches the symbol, scripts included, of the token.
    original: the correction gives the page's own text back; equal: every side of it has the value that it has there.
    """

    mutant: Mutant
    truth: str
    said: str
    on_token: bool = False
    on_symbol: bool = False
    whole_member: bool = False
    corrected: bool = False
    original: bool = False
    equal: bool = False
    right_side: bool = True
    defines: bool = False


@dataclass
class Figures:
    """What a run found."""

    mutants: int = 0
    same: int = 0
    unknown: list[str] = field(default_factory=list)
    judged: list[Judged] = field(default_factory=list)
    falsely_refuted: list[str] = field(default_factory=list)
    not_proved: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    corrects: bool = True

    @property
    def falsely_proved(self) -> list[Judged]:
        return [each for each in self.judged if each.said == "proved"]

    @property
    def claims(self) -> list[Judged]:
        """Those that `check` may refute: another definition in the place of a definition is none."""
        return [each for each in self.judged if not each.defines]

    @property
    def refuted(self) -> list[Judged]:
        return [each for each in self.claims if each.said == "refuted"]

    def __str__(self) -> str:
        refuted, claims = self.refuted, self.claims
        lines = [
            f"{self.mutants} mutants, {self.seconds / max(self.mutants, 1):.2f} s each",
            f"  {self.same} mean the same ({dict(self.not_proved)} of these not proved), {len(self.unknown)} not told",
            f"  {len(self.judged)} differ: {dict(Counter(each.said for each in self.judged))}",
            f"  {len(self.judged) - len(claims)} of them put another definition in the place of one",
            f"  proved among the differing: {len(self.falsely_proved)}",
            f"  refuted: {share(len(refuted), len(claims))} of the claims",
            f"  falsely refuted: {len(self.falsely_refuted)}",
            f"  caret on the token: {share(sum(e.on_token for e in refuted), len(refuted))}, on the token's symbol: "
            f"{share(sum(e.on_symbol for e in refuted), len(refuted))}",
            f"  a whole side under the caret: {share(sum(e.whole_member for e in refuted), len(refuted))}",
        ]
        if self.corrects:
            right = [e for e in refuted if e.right_side]
            lines += [
                f"  a proved correction offered: {share(sum(e.corrected for e in refuted), len(refuted))}",
                f"  the original offered: {share(sum(e.original for e in refuted), len(refuted))}, it or its equal: "
                f"{share(sum(e.equal for e in refuted), len(refuted))}",
                f"  slips right of a relation sign ({len(right)}): a proved correction "
                f"{share(sum(e.corrected for e in right), len(right))}, the original "
                f"{share(sum(e.original for e in right), len(right))}",
            ]
        return "\n".join(lines)


def share(part: int, whole: int) -> str:
    return f"{part} of {whole} = {100 * part / max(whole, 1):.1f} %"


def all_mutants(pages: tuple[str, ...] = tuple(SECTIONS)) -> list[Mutant]:
    """From every formula with a proved link."""
    return [mutant for place in places(pages) for mutant in mutants(place)]


def run(chosen: list[Mutant], corrects: bool = True) -> Figures:
    figures = Figures(corrects=corrects)
    began = time.perf_counter()
    for mutant in chosen:
        figures.mutants += 1
        try:
            _one(mutant, corrects, figures)
        except (Unknown, NotParsed) as reason:
            figures.unknown.append(f"{mutant.name}: {reason}")
    figures.seconds = time.perf_counter() - began
    return figures


def _truths(mutant: Mutant) -> list[tuple[str, int]]:
    """By link of the formula: what is true, and where its right side begins."""
    parsed = parse(mutant.text, mutant.place.plain_layers)
    return [
        (judged(statement, number, mutant.place.points), statement.members[number + 1].start)
        for statement in parsed.main
        for number in range(len(statement.members) - 1)
    ]


def _one(mutant: Mutant, corrects: bool, figures: Figures) -> None:
    original = [link.said for link in mutant.place.results[0].links]
    truths = _truths(mutant)
    results = mutant.place.judge(mutant.text, corrects)
    links = list(results[0].links) if results else []
    if len(links) != len(truths) or len(original) != len(truths):
        truth = next((t for t, _ in truths if t != "holds"), "holds")
        said = links[0].said if links else "nothing"
        if truth != "holds" and said not in ("proved", "refuted"):
            figures.judged.append(Judged(mutant, truth, said))
        else:
            figures.unknown.append(f"{mutant.name}: {said}, other links")
        return
    within = next((link for each in results[1:] for link in each.links if link.said == "refuted"), None)
    wrong_before = False
    for (truth, begins), link, was in zip(truths, links, original, strict=True):
        if truth == "holds":
            if link.said == "refuted" and not wrong_before:
                figures.falsely_refuted.append(f"{mutant.name}: {mutant.text}")
            elif link.said != "proved" and was == "proved" and not wrong_before:
                figures.not_proved[link.said] += 1
        elif was == "proved":
            said = within if link.said == "definition" and within is not None else link
            figures.judged.append(_judged(mutant, truth, said, begins))
            return
        wrong_before = wrong_before or link.said == "refuted"
    figures.same += 1


def _judged(mutant: Mutant, truth: str, link: LinkResult, begins: int) -> Judged:
    origin = mutant.place.found.span.start
    start, end = _with_gaps(mutant)
    caret = None if link.problem is None else link.problem.span
    at = (0, 0) if caret is None else (caret.start - origin, caret.end - origin)
    on_token = caret is not None and at[0] <= end and start <= at[1]
    symbol = caret is not None and any(
        site.start <= mutant.end and mutant.start <= site.end and at[0] <= site.end and site.start <= at[1]
        for site in parse(mutant.text, mutant.place.plain_layers).sites if site.kind == "symbol"
    )  # fmt: skip
    whole = caret is not None and at[1] - at[0] > 40 and at[1] - at[0] > 3 * (mutant.end - mutant.start)
    fixed = None if link.fix is None else _with_fix(mutant, link.fix)
    original = fixed is not None and _plain(fixed) == _plain(mutant.place.text)
    return Judged(
        mutant, truth, link.said, on_token, on_token or symbol, whole, fixed is not None, original,
        original or (fixed is not None and _equal(mutant.place, fixed)), mutant.start >= begins,
        link.said == "definition",
    )  # fmt: skip


def _with_gaps(mutant: Mutant) -> tuple[int, int]:
    """The mutated stretch with the blanks on both sides: where something was dropped, nothing else is left of it."""
    start, end = mutant.start, mutant.end
    while start > 0 and mutant.text[start - 1].isspace():
        start -= 1
    while end < len(mutant.text) and mutant.text[end].isspace():
        end += 1
    return start, end


def _with_fix(mutant: Mutant, fix: Fix) -> str:
    text, origin = mutant.text, mutant.place.found.span.start
    for span, new in sorted(fix.edits, key=lambda edit: edit[0].start, reverse=True):
        text = text[: span.start - origin] + new + text[span.end - origin :]
    return text


def _equal(place: PagePlace, fixed: str) -> bool:
    """Whether each side of the corrected formula has the value of the same side of the page's formula."""
    try:
        before, after = (parse(text, place.plain_layers).main for text in (place.text, fixed))
        if [len(each.members) for each in before] != [len(each.members) for each in after]:
            return False
        return all(
            judged(Statement([one.members[0], left, right], one.conditions), 1, place.points) == "holds"
            for one, other in zip(before, after, strict=True)
            for left, right in zip(one.members, other.members, strict=True)
        )
    except (NotParsed, Unknown):
        return False


def _plain(text: str) -> str:
    """Without gaps and without braces and brackets that only group."""
    return re.sub(r"[\s{}()&]|\\left|\\right|\\big|\\Big", "", text)
