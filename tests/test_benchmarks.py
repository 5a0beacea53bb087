"""The benchmark command runs with whatever is installed, and names what is missing."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

BENCHMARKS = Path(__file__).parent / "benchmarks"


def test_one_command_measures_and_names_a_missing_contender(tmp_path: Path) -> None:
    options = ["--only", "training", "--shapes", "0", "--hidden", "tanh", "--costs", "half_squared_error"]
    options += ["--dtypes", "float64", "--threads", "1", "--rounds", "1", "--seconds", "0.001", "--out", str(tmp_path)]
    options += ["--contenders", "symbackprop,plain NumPy,gemm,scikit-learn,JAX"]
    command = [sys.executable, str(BENCHMARKS / "run.py"), *options]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    table = (tmp_path / "speed.md").read_text(encoding="utf-8")
    assert "| 2-3-2, 4 | tanh | half squared error | float64 | 1 |" in table
    if importlib.util.find_spec("jax") is None:
        assert "JAX missing (1 of 1 rows)" in table
    for name in ("training-time.png", "training-floor.png"):
        assert (tmp_path / name).read_bytes().startswith(b"\x89PNG")


def test_a_contender_that_does_another_update_is_told_from_one_that_does_the_same(monkeypatch) -> None:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    import contenders

    setting = {"sizes": [4, 5, 3], "samples": 20, "hidden": "tanh", "cost": "cross_entropy", "dtype": "float64"}
    right = contenders.symbackprop(setting)
    assert contenders.apart("symbackprop", *right, setting) < 1e-9
    step, weights = contenders.symbackprop(setting)
    assert contenders.apart("twice", lambda: (step(), step()), weights, setting) > 0.5
