"""What is wrong with a line, as data: a code, the place, the words. Rendering is somebody else's."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from symbackprop.documents.source import Span

LONGEST = 160  # characters of what a message quotes


class Code(Enum):
    """The kinds of findings; `symbackprop explain CODE` has a page on each."""

    VALUES_DIFFER = "SB101"
    INDEX_COUNT = "SB102"
    INDEX_AXIS = "SB103"
    INDEX_DANGLES = "SB104"
    NO_SUCH_LAYER = "SB105"
    SHAPES = "SB106"
    NO_DESCENT = "SB107"
    RANGE = "SB108"
    NO_SUCH_NEURON = "SB109"
    EMPTY_CONDITION = "SB201"
    REDEFINED = "SB202"
    NO_DELTA = "SB203"
    NOT_CUSTOMARY = "SB204"
    NOT_DECIDED = "SB301"
    ASSUMPTION = "SB302"
    SYNTAX = "SB401"
    UNKNOWN_SYMBOL = "SB402"
    NO_READING = "SB403"
    CONVENTION = "SB404"


@dataclass(frozen=True)
class Problem:
    """One finding: what it is, where, and in which words."""

    code: Code
    span: Span
    text: str


class NotUnderstood(Exception):
    """A construct or a symbol that no rule gives a meaning: the line is UNREADABLE."""

    def __init__(self, span: Span, found: str, expected: str, code: Code = Code.NO_READING) -> None:
        super().__init__(f"found {found}, expected {expected}")
        self.problem = Problem(code, span, f"{shortened(found)}: expected {shortened(expected)}")


def shortened(text: str) -> str:
    """A text of one message's length: a line of the page may have any."""
    flat = " ".join(text.split()) if "\n" in text else text
    return flat if len(flat) <= LONGEST else f"{flat[: LONGEST - 20]} … {flat[-16:]}"
