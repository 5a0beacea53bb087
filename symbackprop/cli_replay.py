"""`symbackprop replay RESULT.json`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from symbackprop.cli_check import CONTROLS
from symbackprop.errors import SymbackpropError

Subparsers = argparse._SubParsersAction  # argparse has no public name for what add_subparsers returns

AS_RECORDED, CHANGED, NOTHING = 0, 1, 5
LARGEST = 100_000_000


def add_replay_parser(subparsers: Subparsers[argparse.ArgumentParser]) -> None:
    """Adds `replay RESULT.json`."""
    parser = subparsers.add_parser(
        "replay",
        help="compute the counterexamples of a result again",
        description="Compute every counterexample of a `check --format json` again, from the file alone.",
        epilog="example:\n  symbackprop check notes.md --format json > result.json\n  symbackprop replay result.json\n"
        "exit codes: 0 all as recorded; 1 one is not; 2 no such file, or no result; 5 no counterexample in it",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("result", metavar="RESULT.json", help="what `check --format json` printed; or -")
    parser.add_argument("--digits", type=int, default=50, metavar="N", help="to how many digits (default: 50)")


def run_replay(args: argparse.Namespace) -> int:
    """Prints both sides of each counterexample, and whether they are as recorded."""
    from symbackprop.replay import replay_text

    made = replay_text(_text(args.result), args.result, args.digits)
    for each in made:
        print(str(each).translate({code: text for code, text in CONTROLS.items() if code != ord("\n")}))
        print()
    wrong = sum(bool(each.wrong) for each in made)
    if not made:
        print("no counterexample found")
        return NOTHING
    count = f"{len(made)} counterexample{'' if len(made) == 1 else 's'} computed again"
    print(f"{count}: {f'{wrong} not as recorded' if wrong else 'all as recorded'}")
    return CHANGED if wrong else AS_RECORDED


def _text(name: str) -> str:
    try:
        data = sys.stdin.buffer.read(LARGEST + 1) if name == "-" else _bytes(name)
    except OSError as problem:
        raise SymbackpropError(f"cannot read '{name}': {problem.strerror or problem}") from None
    if len(data) > LARGEST:
        raise SymbackpropError(f"{name}: more than {LARGEST:,} bytes: expected what `check --format json` prints")
    return data.decode("utf-8-sig", errors="replace")


def _bytes(name: str) -> bytes:
    with Path(name).open("rb") as file:
        return file.read(LARGEST + 1)
