"""Results as text for people: the place, the verdict, the line with carets, what helps."""

from __future__ import annotations

from collections.abc import Iterator

from symbackprop.claims import Claim, Form
from symbackprop.counterexamples import Counterexample
from symbackprop.documents.problems import Problem
from symbackprop.documents.results import FileResult, Kind, LinkResult
from symbackprop.documents.source import Span
from symbackprop.notation import Entry, Expr, walk

ORDER = ("proved", "refuted", "undecided", "unreadable", "definition", "condition", "update")
MOST_SHOWN = 160
MOST_VALUES = 12


def text(files: list[FileResult], verbose: bool = False) -> Iterator[str]:
    """Everything that a reader must see, in the order of the documents, and one line of totals."""
    for file in files:
        for equation in file.equations:
            for link in equation.links:
                yield from _link(link, equation.span, verbose)
    yield summary(files)


def counts(files: list[FileResult]) -> dict[str, int]:
    """How many links got each verdict, zeros too."""
    made = dict.fromkeys(ORDER, 0)
    for file in files:
        for word, count in file.counts().items():
            made[word] += count
    return made


def summary(files: list[FileResult]) -> str:
    plural = {"definition": "definitions", "condition": "conditions", "update": "updates"}
    made = counts(files)
    parts = [f"{count} {word if count == 1 else plural.get(word, word)}" for word, count in made.items() if count]
    return ", ".join(parts) or "no equation found"


def _link(link: LinkResult, whole: Span, verbose: bool) -> Iterator[str]:
    for warning in link.warnings:
        yield from _finding(f"warning {warning.code.value}", warning)
        yield ""
    if link.problem is not None:
        yield from _finding(f"{link.said.upper()} {link.problem.code.value}", link.problem)
        yield from _helps(link)
        yield ""
    elif verbose:
        yield f"{link.span}: {link.said}"
    if verbose:
        yield from _details(link)


def _finding(head: str, problem: Problem) -> Iterator[str]:
    span = problem.span
    yield f"{span}: {head} {problem.text}"
    line = span.source.line_text(span.line)
    width = span.end - span.start if span.end_line == span.line else len(line) - span.column + 1
    start = max(0, span.column - 1 - MOST_SHOWN // 2)
    shown = line[start : start + MOST_SHOWN]
    caret = span.column - 1 - start
    number = str(span.line)
    yield f"{number} | {shown}"
    yield f"{' ' * len(number)} | {' ' * caret}{'^' * max(1, min(width, len(shown) - caret))}"


def _helps(link: LinkResult) -> Iterator[str]:
    if link.counterexample is not None:
        claim = link.refuted_claim
        matrix = claim is not None and claim.form is Form.MATRIX
        yield f"  = counterexample: {counterexample(link.counterexample, matrix)}"
        put = put_in(link.counterexample, claim)
        if put:
            yield f"  = with: {put}"
    if link.fix is not None:
        what = "the whole line" if link.fix.whole_line else "write"
        on_one_line = " ".join(part.strip() for part in link.fix.text.splitlines())
        yield f"  = help: {what} `{on_one_line}`, which is proved"
    if link.kind is Kind.CLAIM and link.readings:
        yield f"  = read: {'; '.join(link.readings)}"


def counterexample(c: Counterexample, matrix: bool = False) -> str:
    """The smallest network and place at which the sides differ; in a matrix, its row and column."""
    numbers = [f"{name} = {value}" for name, value in c.values.items()]
    parts = [f"widths {'-'.join(map(str, c.sizes))}"] if c.sizes else numbers
    if c.layer is not None:
        parts.append(f"l = {c.layer}")
    places = {1: ("entry",), 2: ("row", "column")}.get(len(c.indices), ()) if matrix else ()
    words = [f"{word} {value}" for word, value in zip(places, c.indices.values(), strict=False)]
    parts += words or [f"{name} = {value}" for name, value in c.indices.items()]
    return f"{', '.join(parts)}: {_cut(c.left)} is not {_cut(c.right)}"


def put_in(c: Counterexample, claim: Claim | None = None) -> str:
    """What stood for the opaque functions, and the free numbers where they are few; no biases where there are none."""
    functions = [f"{name}({'a' if 'a_1' in text else 't'}) = {text}" for name, text in c.functions.items()]
    values = [f"{name} = {value}" for name, value in c.values.items()] if c.sizes else []
    if claim is not None and "b" not in _symbols(claim):
        values = [value for value in values if not value.startswith("b^")]
    if len(values) > MOST_VALUES:
        values = [*values[:MOST_VALUES], "…"]
    return ", ".join([*functions, *values])


def _symbols(claim: Claim) -> set[str]:
    formulas = [e for e in (claim.left, claim.right, *(d.body for d in claim.definitions)) if isinstance(e, Expr)]
    return {part.variable.symbol for e in formulas for part in walk(e) if isinstance(part, Entry)}


def _cut(number: str) -> str:
    return number if len(number) <= 30 else number[:28] + "…"


def _details(link: LinkResult) -> Iterator[str]:
    details = {
        "read as": link.read_as, "scope": link.scope, "rests on": ", ".join(link.rests_on),
        "readings": "; ".join(link.readings),
    }  # fmt: skip
    for name, value in details.items():
        if value:
            yield f"  = {name}: {value}"
