"""Wall time of whole `verify` commands: `python tests/benchmarks/verify_speed.py [--runs N] [--only WORD]`.

Each command is a process of its own, run several times, round after round; peak memory is the process's own. Prints a
Markdown table of medians beside the times asked for, the spread, and the load of the machine before and after.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass, field

DEEP = "-".join(["8"] * 101)


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


CASES = (
    Case("verify", [], 3),
    Case("verify 2-3-2, sigmoid, sigmoid", ["2-3-2", "--hidden", "sigmoid", "--output", "sigmoid"], 3),
    Case("verify 3-4-4-3, tanh", ["3-4-4-3", "--hidden", "tanh"], 8),
    Case("verify 784-128-64-10", ["784-128-64-10"], 4),
    Case("verify 8-8-…-8, 100 layers", [DEEP], 10),
    Case("verify 3000-2500-1000-10, 10 million", ["3000-2500-1000-10"], 60),
)


def measure(words: list[str]) -> tuple[float, float, float]:
    """Wall seconds, processor seconds and peak GB of one process. Raises SystemExit where it does not prove."""
    command = [sys.executable, "-m", "symbackprop", "verify", *words]
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    wall = time.perf_counter() - started
    if os.waitstatus_to_exitcode(status) != 0:
        raise SystemExit(f"{' '.join(command)}: exit code {os.waitstatus_to_exitcode(status)}")
    return wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 2**20


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5, help="rounds (default: 5)")
    parser.add_argument("--only", default="", help="commands whose title holds this word")
    args = parser.parse_args()
    cases = [case for case in CASES if args.only in case.title]
    before = os.getloadavg()[0]
    for _ in range(args.runs):
        for case in cases:
            case.runs.append(measure(case.words))
    print("| command | asked | wall, median | wall, least to most | processor, median | peak | met |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | --- |")
    for case in cases:
        walls = [run[0] for run in case.runs]
        met = case.median(0) <= case.seconds and case.median(2) <= case.memory
        print(
            f"| {case.title} | {case.seconds:g} s | {case.median(0):.2f} s | {min(walls):.2f} to {max(walls):.2f} s |"
            f" {case.median(1):.2f} s | {case.median(2):.2f} GB | {'yes' if met else 'no'} |"
        )
    load = f"load {before:.1f} before, {os.getloadavg()[0]:.1f} after"
    print(f"\n{args.runs} runs each, {os.cpu_count()} processors, {load}")


if __name__ == "__main__":
    main()
