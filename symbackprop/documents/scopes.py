"""What each index letter runs over, and where that was fixed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from symbackprop import notation as n
from symbackprop.documents.environment import Environment
from symbackprop.documents.problems import Code, Problem
from symbackprop.documents.source import Span


@dataclass
class Binder:
    """One index: its letter, its axis once a use has fixed it, and that use's place."""

    name: str
    axis: n.Axis | None = None
    fixed_at: Span | None = None


@dataclass
class Scopes:
    """The indices in force: bound by sums (innermost last), free in the whole chain, and of this member alone."""

    environment: Environment
    free: dict[str, Binder] = field(default_factory=dict)
    local: dict[str, Binder] = field(default_factory=dict)
    bound: list[Binder] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def find(self, name: str) -> Binder:
        for binder in reversed(self.bound):
            if binder.name == name:
                return binder
        return self.free.get(name) or self.local.setdefault(name, Binder(name))

    @contextmanager
    def binding(self, binder: Binder) -> Iterator[None]:
        self.bound.append(binder)
        yield
        self.bound.remove(binder)

    def index(self, name: str, axis: n.Axis, span: Span, where: str) -> n.Index:
        """The letter used where `axis` is meant; a second axis is a problem at that very character."""
        binder = self.find(name)
        if binder.axis is None:
            binder.axis, binder.fixed_at = axis, span
        elif binder.axis != axis:
            self.problems.append(self._conflict(binder, axis, span, where))
        return n.Index(name, binder.axis)

    def _conflict(self, binder: Binder, axis: n.Axis, span: Span, where: str) -> Problem:
        said = self.environment.axis_said
        fixed = "" if binder.fixed_at is None else f" (line {binder.fixed_at.line}, `{binder.fixed_at.text}`)"
        runs = "the samples" if binder.axis is None else said(binder.axis)
        text = f"{binder.name} runs over {runs}{fixed}; {where} is indexed by {said(axis)}"
        return Problem(Code.INDEX_AXIS, span, text)

    def end_of_first_member(self) -> None:
        """The first member's indices are free in the whole chain."""
        self.free.update(self.local)
        self.local = {}

    def next_member(self) -> None:
        self.local = {}
