"""Whatever a file holds, `check` answers with verdicts or one line: no traceback, no code run, the same every time."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from symbackprop.cli import main
from symbackprop.documents.checking import check_document

TRUE = r"\frac{\partial E}{\partial b_i^{(L)}} = \frac{\partial E}{\partial z_i^{(L)}}"
FALSE = r"\frac{\partial E}{\partial b_i^{(L)}} = 5"


def verdicts(data: bytes | str, name: str = "page.md") -> list[str]:
    """The word for each link, in order."""
    return [link.said for equation in check_document(data, name, 10).equations for link in equation.links]


def run(*arguments: str, seed: str = "0", encoding: str = "utf-8") -> subprocess.CompletedProcess[bytes]:
    """The command in a process of its own."""
    variables = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONIOENCODING": encoding}
    command = [sys.executable, "-m", "symbackprop", "check", *arguments]
    return subprocess.run(command, env=variables, capture_output=True, timeout=60, check=False)


# forms that are too deep, too long, broken


@pytest.mark.parametrize(
    "formula",
    [
        "x = " + "{" * 10000 + "1" + "}" * 10000,
        "x = " + "(" * 10000 + "1" + ")" * 10000,
        "x = " + r"\left(" * 10000 + "1" + r"\right)" * 10000,
        "x = " + r"\frac{1}{" * 10000 + "1" + "}" * 10000,
        "x = " + "a^{" * 10000 + "1" + "}" * 10000,
        "x = " + "-" * 10000 + "1",
        "x = " + "{" * 10000,
        "x = " + "(" * 10000,
        "E = " + "w_{11}^{(1)} " * 40000,
        "E" + " = 1" * 200000,
        "E = " + "9" * 900000,
        r"x = {a^{b} = 1",
        r"x = a} = 1",
        r"\left( x = 1",
        r"\begin{aligned} x = 1",
        r"E = 9^{9^{9^{9}}}",
        r"2 = 2^{99999999}",
        r"\frac{\partial E}{\partial b_i^{(L)}} = (a_i^{(L)} + 1)^{5000}",
        r"\frac{\partial E}{\partial b_{999999999}^{(L)}} = \frac{\partial E}{\partial z_{999999999}^{(L)}}",
        r"\nabla" * 5000 + " E = 0",
    ],
    ids=lambda formula: formula[:24],
)
def test_a_formula_beyond_all_bounds_is_unreadable(formula: str) -> None:
    assert set(verdicts(f"$${formula}$$\n")) == {"unreadable"}


@pytest.mark.parametrize(
    "text",
    [
        "\\newcommand{\\q}{\\q\\q}\n\\[\\q = 1\\]\n",
        "\\newcommand{\\q}{\\r}\\newcommand{\\r}{\\q}\n\\[\\q = 1\\]\n",
        "\\newcommand{\\q}[1]{\\q{#1#1}}\n\\[\\q{x} = 1\\]\n",
        "".join(f"\\newcommand{{\\m{chr(97 + k)}}}{{\\m{chr(98 + k)}\\m{chr(98 + k)}}}\n" for k in range(25))
        + "\\newcommand{\\mz}{u}\n\\[\\ma = 1\\]\n",
    ],
    ids=["itself", "each other", "growing", "doubling"],
)
def test_macros_that_expand_without_end_are_unreadable(text: str) -> None:
    assert verdicts(text, "page.tex") == ["unreadable"]


def test_more_than_a_megabyte_is_refused_in_one_line() -> None:
    assert verdicts("$$x = 1$$\n" * 1_000_000) == ["unreadable"]


@pytest.mark.parametrize("name", ["page.md", "page.tex", "page.ipynb"])
@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"$$E = \xff\xfe\x80 1$$",
        b"$$E = \x00 1$$",
        bytes(range(256)) * 40,
        b"{}",
        b"[]",
        b'{"cells": 3}',
        b'{"cells": [null, {"cell_type": "markdown"}, {"cell_type": "markdown", "source": 5}]}',
        b'{"cells": ' + b"[" * 100000,
        b"1" * 10000,
    ],
    ids=lambda data: repr(data[:20]),
)
def test_bytes_of_any_kind_prove_nothing(data: bytes, name: str) -> None:
    assert "proved" not in verdicts(data, name)


def test_a_byte_order_mark_is_no_part_of_the_page() -> None:
    assert verdicts(b"\xef\xbb\xbf" + f"$${TRUE}$$".encode()) == ["proved"]


# what reaches the terminal


def test_no_control_character_of_a_page_reaches_the_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "page.md"
    path.write_bytes(b"$$E = \x1b]0;title\x07 \x9b 1$$\n")
    assert main(["check", str(path)]) == 2
    assert not set(capsys.readouterr().out) & {chr(k) for k in [*range(10), *range(11, 32), *range(127, 160)]}


def test_what_the_terminal_cannot_show_is_printed_as_an_escape(tmp_path: Path) -> None:
    notebook = tmp_path / "page.ipynb"
    notebook.write_text('{"cells": [{"cell_type": "markdown", "source": ["$$E = \\ud800 1$$"]}], "nbformat": 4}')
    done = run(str(notebook))
    assert (done.returncode, done.stderr) == (2, b"")
    assert b"\\ud800" in done.stdout
    page = tmp_path / "page.md"
    page.write_text("$$Ä = € 1$$", encoding="utf-8")
    done = run(str(page), encoding="ascii")
    assert (done.returncode, done.stderr) == (2, b"")


# files, folders, options


def test_a_folder_that_contains_itself_is_searched_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "page.md").write_text(f"$${TRUE}$$")
    (tmp_path / "notes" / "again").symlink_to(tmp_path)
    assert main(["check", str(tmp_path)]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "1 proved"


def test_a_file_that_is_not_there_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "not-there.md"]) == 2
    assert capsys.readouterr().err == "symbackprop: cannot read 'not-there.md': No such file or directory\n"


@pytest.mark.parametrize("seconds", ["nan", "inf", "1e300", "0", "-1"])
def test_a_timeout_is_a_number_of_seconds(seconds: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "page.md", f"--timeout={seconds}"]) == 2
    assert capsys.readouterr().err.startswith("symbackprop: --timeout ")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no full device here")
def test_a_full_disk_is_said_in_one_line(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"$${TRUE}$$")
    with open("/dev/full", "wb") as full:
        command = [sys.executable, "-m", "symbackprop", "check", str(page)]
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (2, b"symbackprop: No space left on device: output\n")


def test_every_run_prints_the_same_bytes_for_any_hash_seed_and_number_of_jobs(tmp_path: Path) -> None:
    for name in ("a", "b", "c"):
        (tmp_path / f"{name}.md").write_text(f"$${TRUE}$$\n\n$${FALSE}$$\n\n$$\\spam = 1$$\n")
    runs = [
        run(str(tmp_path), "--format", "json", "-j", jobs, seed=seed)
        for jobs, seed in (("1", "0"), ("1", "1"), ("2", "2"))
    ]
    assert len({done.stdout for done in runs}) == 1
    assert [done.returncode for done in runs] == [2, 2, 2]


# text that would like to be code


INJECTIONS = [
    "__import__('os').system('touch CANARY')", "{0.__class__}", "%s%n%x", "$(touch CANARY)", "`touch CANARY`",
    "lambda: 1", "eval(1)", "exec(1)", "open('CANARY','w')", "{x!r:>{y}}", "{}", "%(a)s", "';DROP TABLE w;--",
    "os.system", "__class__.__mro__", "__builtins__", "print(1)", "f'{1+1}'", "import os", "()\n.__class__",
    r"\mathrm{zoo}", r"\mathrm{nan}", r"\mathrm{oo}", r"\operatorname{eval}(1)", r"\operatorname{exec}(1)",
    r"\mathrm{Dummy}", r"\mathrm{Symbol}(1)", r"\mathrm{Integer}(1)", r"\mathrm{lambdify}(1)", r"\mathrm{S}",
    r"\mathrm{pi}", r"\mathrm{I}", r"\mathrm{Sum}", r"\mathrm{numpy}", r"\mathrm{self}", r"\mathrm{None}",
    r"\mathrm{True}", r"\#1.0", "#1.0", r"_\#1", r"\mathrm{dE}", r"E_{total}", r"\mathrm{root}(2/\pi)",
    r"\mathrm{step}(z_i^{(L)})", r"\mathrm{inside}(z_i^{(L)})", r"\mathrm{sigmoid}(z_i^{(L)})",
    r"\operatorname{__import__}(1)", r"\begin{verbatim}x\end{verbatim}", r"\input{/etc/passwd}",
    r"\write18{touch CANARY}",
    r"\csname eval\endcsname", r"\href{javascript:1}{x}", r"\text{__import__}", r"\infty", r"\mathrm{E\_total}",
]  # fmt: skip


@pytest.mark.parametrize("text", INJECTIONS)
def test_text_that_looks_like_code_is_neither_run_nor_proved(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for line in (rf"\frac{{\partial E}}{{\partial b_i^{{(L)}}}} = {text}", rf"{text} = {text} + 1"):
        assert "proved" not in verdicts(f"$${line}$$\n")
        assert "proved" not in verdicts(f"\\[{line}\\]\n", "page.tex")
    assert "proved" not in verdicts(
        f"<!-- symbackprop\nhidden: {text}\ncost: {text}\nlet: {text} = 1\n-->\n$${FALSE}$$"
    )
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["eval", "print", "zoo", "Dummy", "lambda", "dE", "step", "inside", "None"])
def test_a_macro_may_have_any_name(name: str) -> None:
    macro = f"\\newcommand{{\\{name}}}{{\\frac{{\\partial E}}{{\\partial z_i^{{(L)}}}}}}\n"
    assert verdicts(f"{macro}\\[\\frac{{\\partial E}}{{\\partial b_i^{{(L)}}}} = \\{name}\\]\n", "page.tex") == [
        "proved"
    ]
    assert verdicts(f"{macro}\\[\\frac{{\\partial E}}{{\\partial b_i^{{(L)}}}} = 2 \\{name}\\]\n", "page.tex") == [
        "refuted"
    ]


@pytest.mark.parametrize("letter", ["lambda", "S", "N", "I", "Q", "O", "g", "h", "dE", "step", "inside", "softmax"])
def test_an_activation_of_any_name_stays_what_it_is(letter: str) -> None:
    block = f"<!-- symbackprop\nhidden: {letter}\noutput: f\n-->\n"
    assert "proved" not in verdicts(f"{block}$$\\frac{{\\partial a_i^{{(1)}}}}{{\\partial z_i^{{(1)}}}} = 1$$")
