"""One edit of an expression: the tree after it, and what changes in the source."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, replace
from itertools import pairwise
from typing import Any, Final

from symbackprop.documents import syntax as s
from symbackprop.documents.kinds import Bracket, NameKind
from symbackprop.documents.source import Span
from symbackprop.documents.trees import replaced

Change = tuple[Span, str]
SIZES: Final = ("\\left", *(f"\\{name}{side}" for name in ("big", "Big", "bigg", "Bigg") for side in ("", "l")))


@dataclass(frozen=True)
class Edited:
    """A tree after an edit, what changes in the source, and what the slip is if it is not what changes first."""

    node: s.Node
    changes: tuple[Change, ...]
    culprit: Span | None = None

    @property
    def place(self) -> Span:
        """The smallest part of the source that is wrong."""
        return self.changes[0][0] if self.culprit is None else self.culprit


@dataclass(frozen=True)
class Part:
    """Something that may be put into a line, and how it is written."""

    node: s.Expression
    text: str


@dataclass(frozen=True)
class Words:
    """What may stand in the place of what was written.

    letters: indices; layers: letters of layers; functions: letters of activations; factors: what may be missing from
    a product; sums: sums that may be missing, their summands of no matter; coefficients: numbers that may be missing;
    references: products of the line, for the order of their factors; indicators, operators, matrices: what a document
    without a network has of these.
    """

    letters: tuple[str, ...]
    layers: tuple[str, ...] = ()
    functions: tuple[str, ...] = ()
    factors: tuple[Part, ...] = ()
    sums: tuple[Part, ...] = ()
    coefficients: tuple[Part, ...] = ()
    references: tuple[s.Product, ...] = ()
    indicators: tuple[Part, ...] = ()
    operators: tuple[Part, ...] = ()
    matrices: tuple[Part, ...] = ()


Local = Callable[[s.Node, Words], Iterator[Edited]]


def within(node: s.Node, local: Local, words: Words, scripts: bool = True) -> Iterator[Edited]:
    """The edit made at the node itself or anywhere below it; `scripts`: also in what stands above and below names."""
    yield from local(node, words)
    for field in fields(node):
        value = getattr(node, field.name)
        if isinstance(value, s.Node) and (scripts or _is_operand(node, value)):
            for made in within(value, local, words, scripts):
                yield replace(made, node=with_field(node, field.name, made.node))
        elif isinstance(value, tuple):
            for at, item in enumerate(value):
                if not isinstance(item, s.Node) or not (scripts or _is_operand(node, item)):
                    continue
                for made in within(item, local, words, scripts):
                    new = (*value[:at], made.node, *value[at + 1 :])
                    yield replace(made, node=with_field(node, field.name, new))


def _is_operand(above: s.Node, below: s.Node) -> bool:
    """Whether a node is computed with where it stands, and does not merely name something."""
    if isinstance(below, s.Script | s.Variation | s.Relation | s.Mark):
        return False
    if isinstance(above, s.Derivative):
        return isinstance(below, s.Group)
    if isinstance(above, s.NameGroup):
        return below is above.group
    return not isinstance(above, s.Gradient | s.Differential | s.SubscriptDerivative)


def with_field(node: s.Node, name: str, value: object) -> s.Node:
    whole: Any = node
    made: s.Node = replace(whole, **{name: value})
    return made


def letters_in(script: s.Script) -> list[s.Name]:
    """The letters that stand in a script."""
    return [item for item in script.items if isinstance(item, s.Name) and item.kind is NameKind.LETTER]


def renamed(node: s.Node, old: s.Name, new: str) -> s.Node:
    """The tree with one name, told by its place, replaced."""
    return mapped_names(node, lambda name: replace(name, text=new) if name.span == old.span else name)


def mapped_names(node: s.Node, change: Callable[[s.Name], s.Name]) -> s.Node:
    """The tree with every name changed."""
    return replaced(node, lambda part: change(part) if isinstance(part, s.Name) else None)



def bracketed(node: s.Expression) -> s.Group:
    return s.Group(node.span, Bracket.ROUND, Bracket.ROUND, s.Passage(node.span, (s.Chain(node.span, node),)))


def before(span: Span) -> Span:
    """The place just before a stretch."""
    return Span(span.source, span.start, span.start)


def after(span: Span) -> Span:
    """The place just behind a stretch."""
    return Span(span.source, span.end, span.end)


def text_after(span: Span, changes: tuple[Change, ...]) -> str:
    """The source of a span with the changes made that lie in it."""
    span = with_size(span)
    text, source = span.text, span.source
    for spot, new in sorted(changes, key=lambda change: change[0].start, reverse=True):
        if spot.source is source and span.start <= spot.start and spot.end <= span.end:
            text = text[: spot.start - span.start] + new + text[spot.end - span.start :]
    return text


def with_size(span: Span) -> Span:
    r"""The span with the `\left` before its first bracket: a command of TeX that is no part of the tree."""
    ahead = span.source.text[: span.start].rstrip()
    command = next((c for c in SIZES if ahead.endswith(c)), None)
    return span if command is None else Span(span.source, len(ahead) - len(command), span.end)


def overlap(changes: tuple[Change, ...]) -> bool:
    """Whether two changes touch the same characters."""
    spots = sorted((spot.start, spot.end) for spot, _ in changes)
    return len(set(spots)) < len(spots) or any(end > start for (_, end), (start, _) in pairwise(spots))
