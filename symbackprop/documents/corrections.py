"""Corrections: the fewest small edits of a refuted line after which it is proved."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

from symbackprop import notation as n
from symbackprop.documents import syntax as s
from symbackprop.documents.chains import Member, ReadChain, Surroundings, read_chain, sides
from symbackprop.documents.claiming import Scoped, scoped_claims
from symbackprop.documents.deciding import decide
from symbackprop.documents.edits import Change, Edited, edited, mapped_names, overlap, text_after
from symbackprop.documents.environment import Environment, variable
from symbackprop.documents.kinds import NameKind, ScriptMark
from symbackprop.documents.problems import Code
from symbackprop.documents.results import Fix
from symbackprop.documents.screening import may_hold
from symbackprop.documents.tensors import Tensor, Value
from symbackprop.documents.write import latex
from symbackprop.wellformed import malformed

MOST_READ = 1500  # candidates that are read
MOST_RIVALS = 150  # as many more, once one is found, to see whether it is the only one
MOST_SCREENED = 150  # candidates of the right form that are tried at random numbers


@dataclass(frozen=True)
class Line:
    """The refuted link: the chain's first member, the link's two members, what the line is under."""

    head: s.Expression
    left: Member
    right: Member
    conditions: tuple[object, ...]
    environment: Environment
    around: Surroundings
    defines_delta: bool = False


@dataclass(frozen=True)
class Correction:
    """A proved right side, and what changes in the source."""

    fix: Fix
    member: Member


@dataclass
class _Budget:
    read: int = MOST_READ
    screened: int = MOST_SCREENED


def correction(line: Line) -> Correction | None:
    """The nearest right side that is PROVED: one edit, then two."""
    letters = tuple(_letters(line))
    budget = _Budget()
    first = list(edited(line.right.node, letters))
    for candidates in (iter(first), _second(first, letters)):
        found: list[tuple[Edited, Member]] = []
        met: set[str] = {latex(line.right.node)}
        for candidate in candidates:
            if budget.read <= 0 or budget.screened <= 0:
                break
            text = latex(candidate.node)
            if text in met or overlap(candidate.changes):
                continue
            met.add(text)
            member = _proved(line, candidate, budget)
            if member is not None:
                found.append((candidate, member))
                budget.read = min(budget.read, MOST_RIVALS)
                if len(found) > 1:
                    break
        if found:
            candidate, member = found[0]
            text = text_after(line.right.node.span, candidate.changes)
            return Correction(Fix(text, candidate.changes, unique=len(found) == 1), member)
    return None


def _second(first: list[Edited], letters: tuple[str, ...]) -> Iterator[Edited]:
    for once in first:
        for twice in edited(once.node, letters):
            yield Edited(twice.node, (*once.changes, *twice.changes))


def _letters(line: Line) -> Iterator[str]:
    """The letters that stand as indices in the line: those of the wrong member first, a sample's never."""
    marks = line.environment.conventions.samples
    met = {mark.letter for mark in marks if not mark.bracketed}
    waiting: list[s.Node] = [line.right.node, line.left.node, line.head]
    while waiting:
        node = waiting.pop(0)
        if isinstance(node, s.Script) and node.mark is ScriptMark.SUBSCRIPT:
            for item in node.items:
                if isinstance(item, s.Name) and item.kind is NameKind.LETTER and item.text not in met:
                    met.add(item.text)
                    yield item.text
        waiting = [*node.children(), *waiting]


def _proved(line: Line, candidate: Edited, budget: _Budget) -> Member | None:
    """The candidate as a member, if the link with it is PROVED."""
    budget.read -= 1
    members = [line.head, line.left.node] if line.left.node is not line.head else [line.head]
    node: s.Expression = candidate.node  # type: ignore[assignment]
    chain = read_chain([*members, node], line.conditions, line.environment, line.around)
    left, right = chain.members[-2], chain.members[-1]
    if left.value is None or right.value is None or right.problems or left.problems:
        return None
    value = _slope(left.value) if line.defines_delta else left.value
    if value is None or not _judgeable(value, right.value):
        return None
    scoped = _claims(value, right.value, chain, line.environment)
    if scoped is None or malformed(scoped[-1].claim) is not None:
        return None
    budget.screened -= 1
    if not may_hold(scoped[-1].claim) or not decide(scoped).verdict.proved:
        return None
    return right


def _judgeable(left: Value, right: Value) -> bool:
    both = isinstance(left, Tensor) and isinstance(right, Tensor)
    return not both or [a is None for a in left.shape] == [a is None for a in right.shape]  # type: ignore[union-attr]


def _claims(left: Value, right: Value, chain: ReadChain, environment: Environment) -> list[Scoped] | None:
    made = sides(left, right, chain)
    return None if made.dangling else scoped_claims("correction", made, chain, environment)


def _slope(value: Value) -> Value | None:
    """∂E/∂z in place of the delta that a line defines."""
    if isinstance(value, Tensor):
        corrected = {slot: _slope(value.at(*slot)) for slot in [(n.At(1), None)] if value.columns is None}
        if not corrected or not all(isinstance(v, n.Expr) for v in corrected.values()):
            return None
        return Tensor(value.rows, None, lambda r, c: _slope_entry(value.at(r, c)))
    return _slope_entry(value)


def _slope_entry(value: n.Expr) -> n.Expr:
    if not isinstance(value, n.Entry) or value.variable.symbol != "delta":
        return value
    z = replace(value.variable, symbol="z")
    return n.Partial(n.Entry(variable("E", None)), n.Entry(z, value.slots))


# the whole line


def general_layer(
    members: list[s.Expression], conditions: tuple[object, ...], environment: Environment
) -> tuple[tuple[Change, ...], bool]:
    """The changes that write l for L in the whole line, and whether every link is then PROVED."""
    last = environment.conventions.last
    letter = "l" if "l" not in {name.text for member in members for name in _names(member)} else "m"
    changes: list[Change] = []

    def change(name: s.Name) -> s.Name:
        if name.text != last or name.kind is not NameKind.LETTER:
            return name
        changes.append((name.span, letter))
        return replace(name, text=letter)

    new: list[s.Expression] = [mapped_names(member, change) for member in members]  # type: ignore[misc]
    chain = read_chain(new, (), environment)
    if any(member.value is None or member.problems for member in chain.members):
        return (), False
    for left, right in pairwise(chain.members):
        if left.value is None or right.value is None or not _judgeable(left.value, right.value):
            return (), False
        scoped = _claims(left.value, right.value, chain, environment)
        if scoped is None or malformed(scoped[-1].claim) is not None or not decide(scoped).verdict.proved:
            return (), False
    return tuple(sorted(changes, key=lambda change: change[0].start)), True


def _names(node: s.Node) -> Iterator[s.Name]:
    waiting = [node]
    while waiting:
        part = waiting.pop()
        if isinstance(part, s.Name):
            yield part
        waiting.extend(part.children())


WHOLE_LINE = frozenset({Code.NO_SUCH_LAYER})
