"""All measurements: `python tests/benchmarks/run.py [--quick] [--out FOLDER]`.

Training: a step beside PyTorch, JAX, scikit-learn and plain NumPy, whichever are installed (`pip install -e '.[bench]'`
installs all), and beside the matrix products alone. Verification: whole commands beside the times asked for, the
certificate from 10³ to 10⁸ parameters, and what SymPy, SymForce, tensorgrad and numeric checks say of the same.
Writes `speed.md` and the pictures `training-time.png` (time against size), `training-floor.png` (ratio to the floor)
and `certificate.png` into the folder. Give it an idle machine.
"""

from __future__ import annotations

import argparse
import os
import platform
import time
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from pictures import draw
from training_speed import CONTENDERS, COSTS, DTYPES, HIDDEN, SHAPES, Choice, Table, results
from verification import everything

PACKAGES = ("numpy", "sympy", "scikit-learn", "torch", "jax", "symforce", "tensorgrad")


def machine() -> str:
    """What the numbers were measured on."""
    processor = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        lines = info.read_text(encoding="utf-8").splitlines()
        processor = next((line.split(": ")[1] for line in lines if line.startswith("model name")), processor)
    made = []
    for name in PACKAGES:
        try:
            made.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            made.append(f"{name} missing")
    load = f", load {os.getloadavg()[0]:.1f} at the start" if hasattr(os, "getloadavg") else ""
    return (
        f"{time.strftime('%Y-%m-%d')}, {processor}, {os.cpu_count()} cores, Python {platform.python_version()},"
        f" {', '.join(made)}{load}"
    )


def words(text: str) -> tuple[str, ...]:
    return tuple(text.split(","))


def numbers(text: str) -> tuple[int, ...]:
    return tuple(map(int, text.split(",")))


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="fewer rounds, one cost, one thread: a few minutes")
    parser.add_argument("--out", type=Path, default=Path("benchmark-results"), help="folder to write into")
    parser.add_argument("--only", choices=("training", "verification"), help="one half")
    parser.add_argument("--seconds", type=float, default=0.06, help="of one block of a contender (default: 0.06)")
    parser.add_argument("--rounds", type=int, default=5, help="blocks a contender (default: 5; --quick: 3)")
    clock = "of the training half; processor on a busy machine, where waiting does not count (default: wall)"
    parser.add_argument("--clock", choices=("wall", "processor"), default="wall", help=clock)
    parser.add_argument("--threads", type=numbers, default=(1, 2))
    parser.add_argument("--dtypes", type=words, default=DTYPES)
    parser.add_argument("--hidden", type=words, default=HIDDEN)
    parser.add_argument("--costs", type=words, default=COSTS)
    parser.add_argument("--contenders", type=words, default=CONTENDERS)
    parser.add_argument("--shapes", type=numbers, default=tuple(range(len(SHAPES))), help="numbers of shapes, from 0")
    args = parser.parse_args()
    if args.quick:
        args.rounds, args.threads, args.costs = 3, args.threads[:1], args.costs[:1]
    return args


def train(args: argparse.Namespace, say: Callable[[str], None]) -> None:
    """The training half."""
    choice = Choice(
        args.threads,
        args.dtypes,
        args.hidden,
        args.costs,
        args.shapes,
        args.contenders,
        args.rounds,
        args.seconds,
        args.clock,
    )
    table = Table()
    say(f"## Training, microseconds a step ({args.clock} clock)\n\n" + table.head())
    for result in results(choice):
        table.results.append(result)
        say(table.row(result))
    say("\nIn short, geometric means over the functions and costs:\n\n" + "\n".join(table.summary()))
    say("\n" + "\n".join(table.conclusion()))
    for name in draw(table.results, args.out):
        say(f"\n![{name}]({name})")


def verify(args: argparse.Namespace, say: Callable[[str], None]) -> None:
    """The verification half."""
    say("\n## Verification\n")
    everything(say, runs=1 if args.quick else 2, limit=2 if args.quick else 8, folder=args.out)


def main() -> None:
    args = parsed()
    args.out.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    with (args.out / "speed.md").open("w", encoding="utf-8") as file:

        def say(text: str) -> None:
            print(text, flush=True)
            print(text, file=file, flush=True)

        say(f"# Speed\n\n{machine()}\n")
        if args.only != "verification":
            train(args, say)
        if args.only != "training":
            verify(args, say)
        say(f"\n{time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    main()
