"""The verification half: `python tests/benchmarks/verification.py [--runs N] [--limit SECONDS] [--only PART]`.

Prints Markdown: whole commands beside the times asked for (wall, processor, peak memory); the certificate from 10³ to
10⁸ parameters; and what contenders say of the same networks, each in a process of its own under a time limit, imports
not counted. A contender that is not installed is named as missing. Draws `certificate.png` into --out where matplotlib
is installed. Give it an idle machine.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

from proofs import CONTENDERS

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
Say = Callable[[str], None]
ENTRY = "import sys; from symbackprop.cli import entry; sys.argv[0] = 'symbackprop'; entry()"
DEEP = "-".join(["8"] * 101)
SIGMOIDS = ["verify", "2-3-2", "--hidden", "sigmoid", "--output", "sigmoid"]
CURVE = (  # sizes of about 10^3, 10^4, … 10^8 parameters
    "30-20-10-10",
    "90-80-30-10",
    "280-260-100-10",
    "900-800-350-10",
    "3000-2500-1000-10",
    "9000-9000-2000-10",
)
NETWORKS = ((2, 3, 2), (2, 3, 3, 2), (2, 3, 3, 3, 2), (8, 8, 8), (32, 32, 32), (128, 128, 128))
FUNCTIONS = ("tanh", "sigmoid")


@dataclass
class Case:
    """A command, its bars in seconds and GB, and what was measured: wall, processor seconds, GB."""

    title: str
    words: list[str]
    seconds: float
    memory: float = 4.0
    runs: list[tuple[float, float, float]] = field(default_factory=list)

    def median(self, column: int) -> float:
        return statistics.median(run[column] for run in self.runs)


def cases() -> tuple[Case, ...]:
    return (
        Case("`--help`", ["--help"], 0.15),
        Case("`verify`, all widths and depths", ["verify"], 1.5),
        Case("`verify 2-3-2`, sigmoid, sigmoid", SIGMOIDS, 3),
        Case("`verify 784-128-64-10`", ["verify", "784-128-64-10"], 2),
        Case("`verify 8-8-…-8`, 100 layers", ["verify", DEEP], 3),
        Case("`check derivations`, 156 links", ["check", str(ROOT / "derivations")], 10),
        Case("`verify 9000-9000-2000-10`, 99 million parameters", ["verify", CURVE[-1]], 30),
    )


def measure(words: list[str]) -> tuple[float, float, float]:
    """Wall seconds, processor seconds and peak GB of one process. Raises SystemExit where it does not succeed."""
    started = time.perf_counter()
    process = subprocess.Popen([sys.executable, "-c", ENTRY, *words], stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    wall = time.perf_counter() - started
    if os.waitstatus_to_exitcode(status) != 0:
        raise SystemExit(f"symbackprop {' '.join(words)}: exit code {os.waitstatus_to_exitcode(status)}")
    return wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 2**20


def commands(runs: int, say: Say) -> None:
    """Every command, round after round."""
    made = cases()
    for _ in range(runs):
        for case in made:
            case.runs.append(measure(case.words))
    say("| command | asked | wall, median | least to most | processor, median | peak | met |")
    say("| --- | ---: | ---: | ---: | ---: | ---: | --- |")
    for case in made:
        walls = [run[0] for run in case.runs]
        met = case.median(0) <= case.seconds and case.median(2) <= case.memory
        say(
            f"| {case.title} | {case.seconds:g} s | {case.median(0):.2f} s | {min(walls):.2f} to {max(walls):.2f} s |"
            f" {case.median(1):.2f} s | {case.median(2):.2f} GB | {'yes' if met else 'no'} |"
        )


EQUATIONS = """
import glob, statistics, sys, time
from symbackprop.documents import checking
from symbackprop.documents.judge import Judge
took, judged = [], Judge.statement
def timed(self, *arguments):
    started = time.perf_counter()
    try:
        return judged(self, *arguments)
    finally:
        took.append(time.perf_counter() - started)
Judge.statement = timed
for name in sorted(glob.glob(sys.argv[1])):
    checking.check_document(open(name, 'rb').read(), name)
print(len(took), statistics.median(took) * 1e3, max(took) * 1e3)
"""


def equations(say: Say) -> None:
    """The time of one equation of a document."""
    command = [sys.executable, "-c", EQUATIONS, str(ROOT / "derivations" / "0*.md")]
    count, middle, most = map(float, subprocess.run(command, capture_output=True, text=True, check=True).stdout.split())
    met = "yes" if middle <= 50 else "no"
    say(f"\nOne equation of a document, of {count:.0f}: {middle:.0f} ms at the median (asked: 50 ms, met: {met}),")
    say(f"{most:.0f} ms at most.")


def curve(say: Say, folder: Path | None) -> None:
    """Time and memory of the certificate alone: the whole command, less the same command on 2-3-2."""
    base = measure(["verify", "2-3-2"])
    points = []
    say("\n| parameters | sizes | wall | processor | peak | processor nanoseconds a parameter |")
    say("| ---: | --- | ---: | ---: | ---: | ---: |")
    for sizes in CURVE:
        widths = [int(n) for n in sizes.split("-")]
        count = sum(n * (m + 1) for m, n in pairwise(widths))
        wall, used, memory = measure(["verify", sizes])
        points.append((count, wall))
        each = f"{max(used - base[1], 0) / count * 1e9:,.0f}"
        say(f"| {count:,} | {sizes} | {wall:.2f} s | {used:.2f} s | {memory:.2f} GB | {each} |")
    if folder is not None:
        drawn(points, folder / "certificate.png", say)


def drawn(points: Sequence[tuple[int, float]], path: Path, say: Say) -> None:
    try:
        import matplotlib
    except ModuleNotFoundError:
        return
    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, ax = pyplot.subplots(figsize=(5.5, 3.8))
    ax.plot([p for p, _ in points], [s for _, s in points], marker="o")
    ax.set(xscale="log", yscale="log", xlabel="parameters", ylabel="seconds, theorem and certificate")
    ax.grid(alpha=0.3)
    figure.tight_layout()
    figure.savefig(path, dpi=110)
    say(f"\n![{path.name}]({path.name})")


def asked(name: str, setting: dict[str, Any], limit: float) -> str:
    """What one contender says, and how long it took; the time limit begins when its imports are done."""
    command = [sys.executable, str(HERE / "proofs.py"), name, json.dumps(setting)]
    pipe = subprocess.PIPE
    process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True)
    ready = process.stdout.readline() if process.stdout is not None else ""
    try:
        out, problem = process.communicate("begin\n" if ready else None, timeout=limit if ready else None)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        return f"> {limit:g} s"
    if process.returncode:
        kind = problem.strip().splitlines()[-1].partition(":")[0] if problem.strip() else "killed"
        return "missing" if kind == "ModuleNotFoundError" else kind
    made = json.loads(out)
    return f"{made['says']}, {made['seconds']:.3g} s"


def contenders(limit: float, say: Say) -> None:
    """One table a function: networks along, contenders down; an error of 10^-4 of one entry in the last column."""
    for function in FUNCTIONS:
        titles = ["-".join(map(str, sizes)) for sizes in NETWORKS]
        say(f"\n| {function} | " + " | ".join(titles) + " | one entry of 2-3-2 off by 10⁻⁴ |")
        say("| --- |" + " --- |" * (len(titles) + 1))
        for name in CONTENDERS:
            cells: list[str] = []
            for sizes in NETWORKS:
                setting = {"sizes": sizes, "function": function, "wrong": False}
                cells.append("missing" if cells[:1] == ["missing"] else asked(name, setting, limit))
            setting = {"sizes": NETWORKS[0], "function": function, "wrong": True}
            cells.append("missing" if cells[0] == "missing" else asked(name, setting, limit))
            say(f"| {name} | " + " | ".join(cells) + " |")
    say(
        f"\nEach in a process of its own, {limit:g} s at most, imports not counted. symbackprop's answer is for all"
        " widths and all depths, and these sizes certified; tensorgrad's for all widths at one depth; SymPy's and"
        " SymForce's for these sizes. `not shown equal`: the difference was not brought to zero. `agrees at a point`:"
        " to the check's own tolerances, at one random point."
    )


def everything(say: Say, runs: int = 3, limit: float = 20, folder: Path | None = None, only: str = "") -> None:
    """All parts, one after the other."""
    if only in ("", "commands"):
        commands(runs, say)
        equations(say)
    if only in ("", "curve"):
        curve(say, folder)
    if only in ("", "contenders"):
        contenders(limit, say)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=3, help="rounds of the commands (default: 3)")
    parser.add_argument("--limit", type=float, default=20, help="seconds for a contender and network (default: 20)")
    parser.add_argument("--only", default="", choices=("", "commands", "curve", "contenders"))
    parser.add_argument("--out", type=Path, help="folder for the picture")
    args = parser.parse_args()
    before = os.getloadavg()[0]

    def say(text: str) -> None:
        print(text, flush=True)

    everything(say, args.runs, args.limit, args.out, args.only)
    say(f"\n{os.cpu_count()} cores, load {before:.1f} before, {os.getloadavg()[0]:.1f} after")


if __name__ == "__main__":
    main()
