"""The time limit holds in C code too, costs one equation its verdict and no other, and leaves no process behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable
from itertools import repeat
from pathlib import Path

import pytest

from symbackprop.cli import main
from symbackprop.documents.check import check, check_files
from symbackprop.documents.environment import Environment
from symbackprop.documents.find import Found
from symbackprop.documents.formula import Formula, Statement
from symbackprop.documents.judge import Judge
from symbackprop.documents.statement_judge import Judged
from symbackprop.documents.tokens import Unreadable
from symbackprop.errors import EnginesDisagree

PAGE = r"""
$$\frac{\partial z_i^{(L)}}{\partial b_i^{(L)}} = 1$$

$$\frac{\partial z_i^{(L)}}{\partial w_{ij}^{(L)}} = a_j^{(L-1)}$$

$$\frac{\partial z_i^{(L)}}{\partial b_i^{(L)}} = 2$$
"""
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="processes start there without what a test has put in")


@pytest.fixture(autouse=True, scope="module")
def warm() -> None:
    """What the page needs is loaded before the first process starts, so that the limits may be short."""
    check(PAGE)


def for_ever() -> None:
    """A loop in C: no alarm of Python's comes through."""
    deque(repeat(0), maxlen=0)


def weights_make(monkeypatch: pytest.MonkeyPatch, happen: Callable[[], None]) -> None:
    """From here on something happens wherever a line about weights is judged."""
    honest = Judge.statement

    def judged(self: Judge, statement: Statement, environment: Environment) -> Judged:
        if "w_{ij}" in statement.span.text:
            happen()
        return honest(self, statement, environment)

    monkeypatch.setattr(Judge, "statement", judged)


def outcomes(tmp_path: Path, jobs: int = 1, files: int = 1) -> list[list[tuple[str, str]]]:
    names = []
    for number in range(files):
        path = tmp_path / f"{number}.md"
        path.write_text(PAGE, encoding="utf-8")
        names.append(str(path))
    results = check_files(names, timeout=3, jobs=jobs)
    return [
        [(k.said, k.problem.text if k.problem else "") for e in file.equations for k in e.links] for file in results
    ]


def expected(why: str) -> list[tuple[str, str]]:
    return [("proved", ""), ("undecided", why), ("refuted", "the two sides differ: 1 is not 2")]


def test_a_loop_in_c_is_undecided_and_the_rest_goes_on(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    weights_make(monkeypatch, for_ever)
    began = time.monotonic()
    assert outcomes(tmp_path) == [expected("stopped after 3 seconds")]
    assert time.monotonic() - began < 60


def test_so_it_is_with_many_files_at_a_time(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    weights_make(monkeypatch, for_ever)
    assert outcomes(tmp_path, jobs=2, files=3) == [expected("stopped after 3 seconds")] * 3


def test_a_loop_in_python_is_undecided_without_a_new_process(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def spin() -> None:
        while True:
            pass

    weights_make(monkeypatch, spin)
    monkeypatch.setattr("symbackprop.documents.workers._Team._lost", None)
    assert outcomes(tmp_path) == [expected("stopped after 3 seconds")]


def test_a_process_that_dies_costs_one_verdict(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    weights_make(monkeypatch, lambda: os.kill(os.getpid(), signal.SIGKILL))
    assert outcomes(tmp_path) == [expected("ended by SIGKILL, perhaps for want of memory")]


def test_reading_has_the_same_limit(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    honest = Found.read

    def slow(self: Found, names: frozenset[str] = frozenset()) -> Formula | Unreadable:
        if "w_{ij}" in self.span.text:
            for_ever()
        return honest(self, names)

    monkeypatch.setattr(Found, "read", slow)
    (made,) = outcomes(tmp_path)
    assert made[:2] == expected("stopped after 3 seconds")[:2]
    assert made[2][0] == "undecided"  # the line that was not read might have defined z


def test_the_engines_disagreement_comes_through(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def disagree() -> None:
        raise EnginesDisagree("they do", {"claim": "line 4"})

    weights_make(monkeypatch, disagree)
    path = tmp_path / "page.md"
    path.write_text(PAGE, encoding="utf-8")
    assert main(["check", str(path)]) == 3
    assert "the engines disagree: they do" in capsys.readouterr().err


# what happens to the processes

SCRIPT = """
import os, sys
from collections import deque
from itertools import repeat
from symbackprop.cli import main
from symbackprop.documents.judge import Judge

def judged(self, statement, environment):
    print("worker", os.getpid(), file=sys.stderr, flush=True)
    deque(repeat(0), maxlen=0)

Judge.statement = judged
sys.exit(main(["check", *sys.argv[1:]]))
"""


def started(tmp_path: Path, timeout: str) -> tuple[subprocess.Popen[str], int]:
    """A check that hangs in C code, in a process group of its own; and its worker's number."""
    path = tmp_path / "page.md"
    path.write_text(PAGE, encoding="utf-8")
    process = subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(path), "--timeout", timeout],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    assert process.stderr is not None
    worker = int(process.stderr.readline().split()[1])
    assert alive(worker)
    return process, worker


def alive(number: int) -> bool:
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    try:
        return Path(f"/proc/{number}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def gone_within(number: int, seconds: float) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if not alive(number):
            return True
        time.sleep(0.05)
    return False


@pytest.mark.parametrize("whole_group", [True, False])
def test_ctrl_c_ends_everything_in_one_line(tmp_path: Path, whole_group: bool) -> None:
    process, worker = started(tmp_path, "300")
    (os.killpg if whole_group else os.kill)(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out, err) == (130, "", "symbackprop: interrupted\n")
    assert gone_within(worker, 5)


def test_a_worker_whose_parent_was_killed_does_not_outlive_its_time(tmp_path: Path) -> None:
    process, worker = started(tmp_path, "1")
    process.kill()
    process.communicate(timeout=30)
    assert gone_within(worker, 30)
