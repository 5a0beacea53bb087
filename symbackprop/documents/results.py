"""What `check` found out, as data: links, equations, files. Only the core can say proved or refuted."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from symbackprop.claims import Claim
from symbackprop.counterexamples import Counterexample
from symbackprop.documents.problems import Code, Problem
from symbackprop.documents.source import Span
from symbackprop.prove import Verdict


class Kind(Enum):
    """What a link is. A claim's verdict is the core's; the others are no matter of truth."""

    CLAIM = "claim"
    DEFINITION = "definition"
    CONDITION = "condition"
    UPDATE = "update"
    UNREADABLE = "unreadable"


@dataclass(frozen=True)
class Fix:
    """A proved correction: the edits, the corrected right side, or the whole line where `line` says so."""

    text: str
    edits: tuple[tuple[Span, str], ...]
    whole_line: bool = False
    unique: bool = True


@dataclass(frozen=True)
class LinkResult:
    """One link. `verdict` is None unless a claim was judged; `problem` says what is wrong and where.

    told, shown, of: in place of a verdict, what one said in another process, its counterexample, and that one's claim.
    """

    kind: Kind
    span: Span
    verdict: Verdict | None = None
    problem: Problem | None = None
    scope: str = ""
    read_as: str = ""
    rests_on: tuple[str, ...] = ()
    readings: tuple[str, ...] = ()
    warnings: tuple[Problem, ...] = ()
    fix: Fix | None = None
    told: str | None = None
    shown: Counterexample | None = None
    of: Claim | None = None

    @property
    def outcome(self) -> str | None:
        """What the core said of the claim, as a word."""
        return self.told if self.verdict is None else str(self.verdict.outcome.value)

    @property
    def counterexample(self) -> Counterexample | None:
        """The network at which the sides differ."""
        return self.shown if self.verdict is None else self.verdict.counterexample

    @property
    def refuted_claim(self) -> Claim | None:
        """The claim of the counterexample."""
        if self.verdict is None:
            return self.of
        return None if self.verdict.counterexample is None else self.verdict.claim

    @property
    def said(self) -> str:
        """The verdict's word."""
        outcome = self.outcome
        if self.kind is Kind.CLAIM:
            return outcome or "undecided"
        if self.kind is Kind.UPDATE and outcome is not None and outcome != "proved":
            return outcome
        if self.kind in (Kind.DEFINITION, Kind.CONDITION) and outcome == "refuted":
            return outcome
        return str(self.kind.value)

    def __getstate__(self) -> dict[str, object]:
        """Verdicts do not travel between processes: what they said does."""
        return {**self.__dict__, "verdict": None, "told": self.outcome, "shown": self.counterexample,
                "of": self.refuted_claim}  # fmt: skip

    @property
    def code(self) -> Code | None:
        return None if self.problem is None else self.problem.code


@dataclass(frozen=True)
class EquationResult:
    """One displayed or inline formula, or one claim that stands within another."""

    span: Span
    links: tuple[LinkResult, ...]


@dataclass(frozen=True)
class FileResult:
    """One file: its equations in their order, and what could not be read between them."""

    name: str
    equations: tuple[EquationResult, ...] = field(default=())

    def counts(self) -> dict[str, int]:
        made: dict[str, int] = {}
        for equation in self.equations:
            for link in equation.links:
                made[link.said] = made.get(link.said, 0) + 1
        return made
