"""The top of the tree: a formula is a list of statements with their conditions."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

from symbackprop.documents.source import Span
from symbackprop.documents.syntax import Chain, Expression, Mark, Node, Passage
from symbackprop.documents.tokens import Reading, Repair


class ConnectiveKind(Enum):
    """How a statement or condition is introduced."""

    BECAUSE = auto()
    THEREFORE = auto()
    IMPLIES = auto()
    IMPLIED_BY = auto()
    EQUIVALENT = auto()
    WHERE = auto()
    LET = auto()
    IF = auto()
    FOR = auto()
    OTHERWISE = auto()
    AND = auto()
    OR = auto()
    REMARK = auto()  # words that the reader does not know: kept, and without effect


@dataclass(frozen=True, slots=True)
class Connective(Node):
    r"""`\therefore`, `\text{where}`, an arrow between statements."""

    kind: ConnectiveKind
    text: str


@dataclass(frozen=True, slots=True)
class Condition(Node):
    """What restricts a statement: `(1 \\leq i \\leq n)`, `i = 1, \\ldots, n`, `\\text{if } i = j`."""

    introduced_by: Connective | None
    items: tuple[Expression | Chain, ...]


@dataclass(frozen=True, slots=True)
class Statement(Node):
    """A chain `A = B = C`, how it is introduced, what it holds under, how it is labelled.

    `premises` are the labels that stand before its connective: `(1)(2) \\Rightarrow …`.
    """

    connectives: tuple[Connective, ...]
    chain: Chain
    conditions: tuple[Condition, ...] = ()
    labels: tuple[Mark, ...] = ()
    premises: tuple[Mark, ...] = ()


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula that was read.

    `passage` holds everything as it was written, `statements` the same put in order.
    `continues` says that the first statement has no left side of its own: it goes on with the last
    chain of an earlier formula.
    """

    span: Span
    passage: Passage
    statements: tuple[Statement, ...]
    continues: bool
    readings: tuple[Reading, ...] = ()
    repairs: tuple[Repair, ...] = ()
