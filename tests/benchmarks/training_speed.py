"""Training speed beside the contenders: `python tests/benchmarks/training_speed.py [--seconds S] [--threads 1,2]`.

Every contender runs in a process of its own with one thread pool, the processes one after the other, round after
round, so that a drift of the machine meets all alike. Prints a Markdown table of medians; a contender that is not
installed is named as missing.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

CONTENDERS = ("symbackprop", "plain NumPy", "gemm", "scikit-learn", "PyTorch", "JAX")
RIVALS = ("scikit-learn", "PyTorch", "JAX")
SHAPES = (
    ((2, 3, 2), 4),
    ((2, 3, 2), 100),
    ((4, 16, 3), 150),
    ((64, 32, 10), 1797),
    ((784, 128, 64, 10), 128),
    ((784, 128, 64, 10), 1024),
    ((784, 512, 512, 10), 256),
)
HERE = Path(__file__).parent


def timed(name: str, setting: dict[str, Any]) -> dict[str, Any] | None:
    """One process of one contender; None where it is missing."""
    threads = str(setting["threads"])
    names = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
    flags = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1" if threads == "1" else ""
    environment = {**os.environ, **dict.fromkeys(names, threads), "XLA_FLAGS": flags}
    command = [sys.executable, str(HERE / "contenders.py"), name, json.dumps(setting)]
    if threads == "1" and hasattr(os, "sched_getaffinity") and Path("/usr/bin/taskset").exists():
        command = ["taskset", "-c", str(min(os.sched_getaffinity(0))), *command]
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    if done.returncode:
        if "ModuleNotFoundError" not in done.stderr:
            print(done.stderr.splitlines()[-1], file=sys.stderr)
        return None
    made: dict[str, Any] = json.loads(done.stdout)
    return made


def measured(setting: dict[str, Any], rounds: int) -> dict[str, list[float]]:
    """Every contender's microseconds, round after round."""
    made: dict[str, list[float]] = {name: [] for name in CONTENDERS}
    for _ in range(rounds):
        for name in CONTENDERS:
            result = timed(name, setting)
            if result is None:
                continue
            tolerance = 1e-9 if setting["dtype"] == "float64" else 1e-3
            if result["apart"] is not None and result["apart"] > tolerance:
                print(f"{name} does another update: weights differ by {result['apart']:.1e}", file=sys.stderr)
            made[name].append(result["microseconds"])
    return made


def row(label: str, times: dict[str, list[float]]) -> tuple[str, float, float]:
    """One line of the table; the ratio to the best rival and to the floor."""
    medians = {name: statistics.median(values) for name, values in times.items() if values}
    ours = medians["symbackprop"]
    best = min((medians[name] for name in RIVALS if name in medians), default=math.nan)
    cells = [f"{medians[name]:,.1f}" if name in medians else "missing" for name in CONTENDERS]
    spread = max(times["symbackprop"]) / min(times["symbackprop"])
    ratios = f"{ours / best:.2f} | {ours / medians['plain NumPy']:.2f} | {ours / medians['gemm']:.2f} | {spread:.2f}"
    return f"| {label} | {' | '.join(cells)} | {ratios} |", ours / best, ours / medians["gemm"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=0.5, help="of measuring, a contender and round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", default="1,2")
    parser.add_argument("--dtypes", default="float64,float32")
    parser.add_argument("--hidden", default="tanh,relu")
    parser.add_argument("--costs", default="half_squared_error,cross_entropy")
    args = parser.parse_args()
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    head = ["shape, microseconds a step", *CONTENDERS, "to best rival", "to plain", "to gemm", "spread"]
    print("| " + " | ".join(head) + " |\n|" + "---|" * len(head))
    rivals: list[float] = []
    for threads in map(int, args.threads.split(",")):
        for sizes, samples in SHAPES:
            for hidden in args.hidden.split(","):
                for cost in args.costs.split(","):
                    for dtype in args.dtypes.split(","):
                        setting = {
                            "sizes": list(sizes),
                            "samples": samples,
                            "hidden": hidden,
                            "cost": cost,
                            "dtype": dtype,
                            "threads": threads,
                            "seconds": args.seconds,
                        }
                        widths = "-".join(map(str, sizes))
                        label = f"{widths}, {samples}, {hidden}, {cost}, {dtype}, {threads} thread(s)"
                        line, rival, _ = row(label, measured(setting, args.rounds))
                        print(line, flush=True)
                        rivals.append(rival)
    known = [r for r in rivals if not math.isnan(r)]
    if known:
        mean = math.exp(sum(map(math.log, known)) / len(known))
        print(f"\ngeometric mean to the best rival: {mean:.2f}; worst {max(known):.2f}, best {min(known):.2f}")


if __name__ == "__main__":
    main()
