"""What each index letter runs over, and where that was fixed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from symbackprop import notation as n
from symbackprop.documents.environment import Environment
from symbackprop.documents.problems import Code, Problem
from symbackprop.documents.source import Span
from symbackprop.network import SAMPLES


@dataclass
class Binder:
    """One index: its letter, its axis once a use has fixed it, and that use's place; the uses, and which conflict.

    apart: the core's name of a sample's index whose letter is a neuron's as well.
    """

    name: str
    axis: n.Axis | None = None
    fixed_at: Span | None = None
    used: list[tuple[n.Axis, str]] = field(default_factory=list)
    conflicts: list[Problem] = field(default_factory=list)
    apart: str = ""


@dataclass
class Scopes:
    """The indices in force: bound by sums (innermost last), free in the whole chain, and of this member alone."""

    environment: Environment
    free: dict[str, Binder] = field(default_factory=dict)
    local: dict[str, Binder] = field(default_factory=dict)
    bound: list[Binder] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    unbound: set[str] = field(default_factory=set)  # the letters that some member uses outside every sum over them
    summed: dict[str, set[n.Axis]] = field(default_factory=dict)  # what the letters of sums ran over

    def find(self, name: str) -> Binder:
        for binder in reversed(self.bound):
            if binder.name == name:
                return binder
        return self.free.get(name) or self.local.setdefault(name, Binder(name))

    def knows(self, name: str) -> bool:
        """Whether some member has used the letter as an index."""
        return name in self.unbound or name in self.summed

    @contextmanager
    def binding(self, binder: Binder) -> Iterator[None]:
        self.bound.append(binder)
        yield
        self.bound.pop()
        if binder.axis is not None:
            self.summed.setdefault(binder.name, set()).add(binder.axis)

    def index(self, name: str, axis: n.Axis, span: Span, where: str) -> n.Index:
        """The letter used where `axis` is meant; a second axis is a problem at that very character."""
        binder = self.find(name)
        if binder.apart and axis != SAMPLES:  # the i of W_ij under a sum over the samples ^{(i)}
            binder = self.free.get(name) or self.local.setdefault(name, Binder(name))
        if not any(each is binder for each in self.bound):
            self.unbound.add(name)
        if binder.axis is None:
            binder.axis, binder.fixed_at = axis, span
        elif binder.axis != axis:
            binder.conflicts.append(self._conflict(binder, axis, span, where))
            self.problems.append(binder.conflicts[-1])
        binder.used.append((axis, where))
        return n.Index(binder.apart or name, binder.axis)

    def _conflict(self, binder: Binder, axis: n.Axis, span: Span, where: str) -> Problem:
        said = self.environment.axis_said
        fixed = "" if binder.fixed_at is None else f" (line {binder.fixed_at.line}, `{binder.fixed_at.text}`)"
        runs = "the samples" if binder.axis is None else said(binder.axis)
        text = f"{binder.name} runs over {runs}{fixed}; {where} is indexed by {said(axis)}"
        return Problem(Code.INDEX_AXIS, span, text)

    def wrong_bound(self, binder: Binder, bound: Span) -> None:
        """Where every use of a sum's index agrees on another axis than the sum's bound, the bound is what is wrong."""
        axes = {axis for axis, _ in binder.used}
        if binder.axis in axes or len(axes) != 1:
            return
        axis, where = binder.used[0]
        said = self.environment.axis_said
        runs = "nothing" if binder.axis is None else said(binder.axis)
        text = f"this sum goes over {runs}; {binder.name} runs over {said(axis)}, as an index of {where}"
        self.problems[:] = [each for each in self.problems if each not in binder.conflicts]
        self.problems.append(Problem(Code.RANGE, bound, text))

    def end_of_first_member(self) -> None:
        """The first member's indices are free in the whole chain."""
        self.free.update(self.local)
        self.local = {}

    def next_member(self) -> None:
        self.local = {}
