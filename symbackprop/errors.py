"""What can go wrong, as data: one line each that says where, what was found, what was expected, what to do."""

from __future__ import annotations


class SymbackpropError(Exception):
    """Something the user can put right. Its text is one line; the command line prints it and exits with 2."""


class EnginesDisagree(Exception):
    """The symbolic proof and a replayed exact value contradict each other: a bug of ours, exit code 3.

    `reproduction` is everything that is needed to replay the contradiction, JSON-serialisable.
    """

    def __init__(self, message: str, reproduction: dict[str, object]) -> None:
        super().__init__(message)
        self.reproduction = reproduction


class NotProved(SymbackpropError):
    """A formula was handed to the compiler without a proof."""


def nearest(name: str, names: list[str]) -> str:
    """The message part ` (did you mean 'x'?)`, or an empty string where nothing is near."""
    from difflib import get_close_matches

    close = get_close_matches(name.lower(), names, n=1, cutoff=0.5)
    return f" (did you mean '{close[0]}'?)" if close else ""
