"""Results as JSON, with the keys that other tools build on."""

from __future__ import annotations

from typing import Any

from symbackprop.documents.render import counts
from symbackprop.documents.results import EquationResult, FileResult, LinkResult
from symbackprop.documents.source import Span
from symbackprop.replay import record


def report(files: list[FileResult]) -> dict[str, Any]:
    """All files as one object; a key that a link has nothing for is left out."""
    return {"files": [_file(file) for file in files], "summary": counts(files)}


def _file(file: FileResult) -> dict[str, Any]:
    return {"file": file.name, "equations": [_equation(equation) for equation in file.equations]}


def _equation(equation: EquationResult) -> dict[str, Any]:
    place: dict[str, Any] = {"line": equation.span.line, "column": equation.span.column}
    if equation.span.cell is not None:
        place["cell"] = equation.span.cell
    return {**place, "latex": equation.span.text, "links": [_link(link) for link in equation.links]}


def _link(link: LinkResult) -> dict[str, Any]:
    problem, example, claim = link.problem, link.counterexample, link.refuted_claim
    made: dict[str, Any] = {
        "verdict": link.said,
        "code": None if link.code is None else link.code.value,
        "message": None if problem is None else problem.text,
        "scope": link.scope,
        "read_as": link.read_as,
        "rests_on": list(link.rests_on),
        "readings": list(link.readings),
        "warnings": [{"code": w.code.value, "message": w.text} for w in link.warnings],
        "culprit": None if problem is None else _place(problem.span),
        "fix": None if link.fix is None else link.fix.text,
        "fix_line": True if link.fix is not None and link.fix.whole_line else None,
        "counterexample": None if example is None or claim is None else record(claim, example, link.read_as or "?"),
    }
    return {key: value for key, value in made.items() if value or key == "verdict"}


def _place(span: Span) -> dict[str, Any]:
    return {"line": span.line, "column": span.column, "end_column": span.end_column, "text": span.text}
