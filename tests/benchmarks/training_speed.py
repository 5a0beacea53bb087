"""Training speed beside the contenders, all doing the same update; `run.py` has the command.

Every contender runs in a process of its own with one thread pool. They take turns, a short block each, round after
round, so that a drift of the machine meets all alike. Medians of the rounds are shown; a contender that is not
installed is named as missing, and one that does another update ends the run.
"""

from __future__ import annotations

import json
import math
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import pairwise, product
from pathlib import Path
from typing import Any

OURS, PLAIN, FLOOR = "symbackprop", "plain NumPy", "gemm"
RIVALS = ("scikit-learn", "PyTorch", "JAX")
CONTENDERS = (OURS, PLAIN, FLOOR, *RIVALS)
SHAPES: tuple[tuple[tuple[int, ...], int], ...] = (
    ((2, 3, 2), 4),
    ((2, 3, 2), 100),
    ((4, 16, 3), 150),
    ((64, 32, 10), 1797),
    ((784, 128, 64, 10), 128),
    ((784, 128, 64, 10), 1024),
    ((784, 512, 512, 10), 256),
)
HIDDEN, COSTS, DTYPES = ("tanh", "relu"), ("half_squared_error", "cross_entropy"), ("float64", "float32")
# by the way that weights go in three steps; in float32 rounding may put a neuron on the other side of a kink
APART = {"float64": 1e-9, "float32": 5e-2}
PAUSE = 0.05  # seconds in which the threads of the process before stop looking for work
PRODUCTS = 0.6  # where gemm is at least this share of our step, it is "all matrix product"
HERE = Path(__file__).parent


@dataclass(frozen=True)
class Setting:
    """One comparison."""

    sizes: tuple[int, ...]
    samples: int
    hidden: str
    cost: str
    dtype: str
    threads: int

    @property
    def shape(self) -> str:
        return f"{'-'.join(map(str, self.sizes))}, {self.samples}"

    @property
    def work(self) -> int:
        """Multiplications and additions of the matrix products of one step."""
        inner = [m * n for m, n in pairwise(self.sizes)]
        return 2 * self.samples * (3 * sum(inner) - inner[0])


@dataclass(frozen=True, eq=False)
class Result:
    """A setting's times: one number a round for each contender that took part."""

    setting: Setting
    times: dict[str, list[float]]
    absent: dict[str, str]

    def median(self, name: str) -> float:
        return statistics.median(self.times[name]) if name in self.times else math.nan

    def ratio(self, name: str) -> float:
        """Our time by that contender's."""
        return self.median(OURS) / self.median(name)

    @property
    def best_rival(self) -> float:
        known = [self.median(name) for name in RIVALS if name in self.times]
        return self.median(OURS) / min(known) if known else math.nan

    @property
    def all_products(self) -> bool:
        return self.median(FLOOR) >= PRODUCTS * self.median(OURS)

    def meets(self) -> bool:
        """No slower than plain NumPy, and than the best rival or, where the step is all product, 1.15 of gemm."""
        rival = self.best_rival <= 1 or (self.all_products and self.ratio(FLOOR) <= 1.15)
        return (rival or math.isnan(self.best_rival)) and self.ratio(PLAIN) <= 1


@dataclass(eq=False)
class Worker:
    """A contender's process."""

    name: str
    process: subprocess.Popen[str]

    def send(self, asked: dict[str, Any]) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(asked) + "\n")
        self.process.stdin.flush()

    def answer(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"{self.name} ended with exit code {self.process.wait()}")
        made: dict[str, Any] = json.loads(line)
        return made


def environment(threads: int) -> dict[str, str]:
    names = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
    flags = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1" if threads == 1 else ""
    return {**os.environ, **dict.fromkeys(names, str(threads)), "XLA_FLAGS": flags, "JAX_PLATFORMS": "cpu"}


@contextmanager
def workers(threads: int, names: Sequence[str]) -> Iterator[list[Worker]]:
    """The contenders' processes; with one thread all on one and the same core."""
    made = []
    for name in names:
        command = [sys.executable, str(HERE / "contenders.py"), name, str(threads)]
        if threads == 1 and hasattr(os, "sched_getaffinity") and Path("/usr/bin/taskset").exists():
            command = ["taskset", "-c", str(max(os.sched_getaffinity(0))), *command]
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment(threads)
        )
        made.append(Worker(name, process))
    try:
        yield made
    finally:
        for worker in made:
            worker.process.terminate()
            worker.process.communicate()


def measured(running: list[Worker], setting: Setting, rounds: int, asked: dict[str, Any]) -> Result:
    """Every contender's microseconds, round after round."""
    absent: dict[str, str] = {}
    present: list[Worker] = []
    for worker in running:
        worker.send({"setup": vars(setting)})
        answer = worker.answer()
        if "missing" in answer:
            absent[worker.name] = "missing"
            continue
        if "left_out" in answer:
            absent[worker.name] = f"left out: {answer['left_out']}"
            continue
        if answer["apart"] is not None and not answer["apart"] <= APART[setting.dtype]:
            raise SystemExit(f"{worker.name} does another update ({setting}): {answer['apart']:.1e} of the way apart")
        present.append(worker)
    times: dict[str, list[float]] = {worker.name: [] for worker in present}
    for _ in range(rounds):
        for worker in present:
            if setting.threads > 1:
                time.sleep(PAUSE)
            worker.send(asked)
            times[worker.name].append(worker.answer()["microseconds"])
    return Result(setting, times, absent)


@dataclass(frozen=True)
class Choice:
    """What is measured, and for how long."""

    threads: tuple[int, ...] = (1, 2)
    dtypes: tuple[str, ...] = DTYPES
    hidden: tuple[str, ...] = HIDDEN
    costs: tuple[str, ...] = COSTS
    shapes: tuple[int, ...] = tuple(range(len(SHAPES)))
    contenders: tuple[str, ...] = CONTENDERS
    rounds: int = 5
    seconds: float = 0.1
    clock: str = "wall"

    def settings(self, threads: int) -> list[Setting]:
        mixed = product(self.shapes, self.dtypes, self.hidden, self.costs)
        return [Setting(*SHAPES[shape], hidden, cost, dtype, threads) for shape, dtype, hidden, cost in mixed]


def results(choice: Choice) -> Iterator[Result]:
    """All measurements, one after the other."""
    asked = {"measure": choice.seconds, "clock": choice.clock}
    for threads in choice.threads:
        with workers(threads, choice.contenders) as running:
            for setting in choice.settings(threads):
                yield measured(running, setting, choice.rounds, asked)


def geometric_mean(values: Sequence[float]) -> float:
    known = [value for value in values if not math.isnan(value)]
    return math.exp(sum(map(math.log, known)) / len(known)) if known else math.nan


@dataclass
class Table:
    """The results as Markdown."""

    results: list[Result] = field(default_factory=list)

    HEAD = ("shape, samples", "hidden", "cost", "type", "threads", *CONTENDERS, "best rival", "plain", "gemm", "spread")

    def head(self) -> str:
        return "| " + " | ".join(self.HEAD) + " |\n|" + "---|" * 5 + "---:|" * (len(self.HEAD) - 5)

    def row(self, r: Result) -> str:
        s = r.setting
        cells = [s.shape, s.hidden, s.cost.replace("_", " "), s.dtype, str(s.threads)]
        cells += [
            f"{r.median(name):,.1f}" if name in r.times else r.absent.get(name, "-").split(":")[0]
            for name in CONTENDERS
        ]
        spread = max(r.times[OURS]) / min(r.times[OURS])
        cells += [f"{value:.2f}" for value in (r.best_rival, r.ratio(PLAIN), r.ratio(FLOOR), spread)]
        return "| " + " | ".join(cells) + " |"

    def summary(self) -> list[str]:
        """One line a shape, type and number of threads: geometric means over the functions and costs."""
        lines = [
            "| shape, samples | type | threads | " + " | ".join(CONTENDERS) + " | best rival | gemm |",
            "|---|---|---|" + "---:|" * (len(CONTENDERS) + 2),
        ]
        groups: dict[tuple[str, str, int], list[Result]] = {}
        for r in self.results:
            groups.setdefault((r.setting.shape, r.setting.dtype, r.setting.threads), []).append(r)
        for (shape, dtype, threads), some in groups.items():
            cells = [shape, dtype, str(threads)]
            for name in CONTENDERS:
                values = [r.median(name) for r in some if name in r.times]
                cells.append(f"{geometric_mean(values):,.1f}" if values else "missing")
            floor = geometric_mean([r.ratio(FLOOR) for r in some])
            cells += [f"{geometric_mean([r.best_rival for r in some]):.2f}", f"{floor:.2f}"]
            lines.append("| " + " | ".join(cells) + " |")
        return lines

    def conclusion(self) -> list[str]:
        """Whether the bars hold, and where they do not."""
        if not self.results:
            return ["nothing measured"]
        lines = []
        for threads in sorted({r.setting.threads for r in self.results}):
            some = [r for r in self.results if r.setting.threads == threads]
            rivals = [r.best_rival for r in some]
            worst = max(some, key=lambda r: r.best_rival)
            met = sum(r.meets() for r in some)
            lines.append(
                f"- {counted(threads)}: geometric mean to the best rival {geometric_mean(rivals):.2f}, worst"
                f" {max(rivals):.2f} ({label(worst.setting)}); to plain NumPy at worst"
                f" {max(r.ratio(PLAIN) for r in some):.2f}; {met} of {len(some)} rows meet the bars"
            )
            lines += [f"  - not met: {label(r.setting)}: {why(r)}" for r in some if not r.meets()]
        for name, reason in sorted({item for r in self.results for item in r.absent.items()}):
            rows = sum(name in r.absent for r in self.results)
            lines.append(f"- {name} {reason} ({rows} of {len(self.results)} rows)")
        return lines


def label(s: Setting) -> str:
    return f"{s.shape}, {s.hidden}, {s.cost.replace('_', ' ')}, {s.dtype}, {counted(s.threads)}"


def counted(threads: int) -> str:
    return "1 thread" if threads == 1 else f"{threads} threads"


def why(r: Result) -> str:
    best = min((name for name in RIVALS if name in r.times), key=r.median, default=PLAIN)
    return f"{r.ratio(best):.2f} of {best}, {r.ratio(PLAIN):.2f} of plain NumPy, {r.ratio(FLOOR):.2f} of gemm"
