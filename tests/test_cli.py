"""The command line: one clear line for what is wrong, an exit code for each outcome, and manners in pipes."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path

import pytest

from symbackprop import cli, verification
from symbackprop.errors import EnginesDisagree

COMMAND = [sys.executable, "-m", "symbackprop"]
# the same command with one claim to prove: what is tested is where the output goes
QUICK = """
from symbackprop import cli, verification
everything = verification.all_claims
verification.all_claims = lambda network: everything(network)[:1]
cli.entry()
"""
ENVIRONMENT = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "FORCE_COLOR", "COLUMNS")}
ENVIRONMENT |= {"PYTHONUNBUFFERED": ""}


def run(*words, columns=None, environment=None, **options):
    env = ENVIRONMENT | (environment or {}) | ({"COLUMNS": str(columns)} if columns else {})
    return subprocess.run([*COMMAND, *words], capture_output=True, text=True, env=env, timeout=300, **options)


# what is typed wrong


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["verify", "2--3"], "sizes '2--3': nothing stands at place 2"),
        (["verify", "0"], "sizes '0': '0' stands at place 1"),
        (["verify", "-1"], "sizes '-1': nothing stands at place 1"),
        (["verify", "2-0-3"], "sizes '2-0-3': '0' stands at place 2"),
        (["latex", "2-x"], "sizes '2-x': 'x' stands at place 2"),
        (["code", "2-3.5"], "sizes '2-3.5': '3.5' stands at place 2"),
        (["verify", ""], "sizes '': nothing stands at place 1"),
        (["verify", "7"], "1 layer(s) given: a network needs an input and an output layer"),
        (["verify", "2-3-2", "--hidden", "sigmiod"], "unknown function 'sigmiod' (did you mean 'sigmoid'?)"),
        (["latex", "--output", "sofmax"], "unknown function 'sofmax' (did you mean 'softmax'?)"),
        (["verify", "2-3-2", "--cost", "hubber"], "unknown cost 'hubber' (did you mean 'huber'?)"),
        (["verify", "2-3-2", "--hidden", "softmax"], "a hidden activation is elementwise"),
        (["verify", "2-3-2", "--hidden", "tanh,relu"], "2 hidden activations for 1 hidden layer(s)"),
        (["verify", "--hidden", "tanh,relu"], "2 hidden activations for a symbolic number of hidden layer(s)"),
        (["verify", "2-3-2", "--cost", "binary_cross_entropy"], "is defined for outputs in (0, 1), but output"),
        (["verify", "2-3-2", "--total", "median"], "unknown total 'median': expected sum or mean"),
        (["verify", "2-3-2", "--weight-decay", "-1"], "a weight decay of -1: expected a number of at least 0"),
        (["verify", "2-3-2", "--weight-decay", "much"], "a weight decay of 'much': expected a number of at least 0"),
        (["verify", "2-3-2", "--weight-decay", "1e999"], "a weight decay of '1e999': expected a number of at least 0"),
        (["code"], "nothing to compile: give the sizes"),
        (["code", "2-3-2", "--hidden", "any"], "nothing to compile: give the sizes, and name the hidden activation"),
        (["code", "40-40-40", "--form", "scalar"], "3,280 parameters: the scalar form is for at most 300"),
        (["latex", "--form", "scalar"], "scalar"),
        (["latex", "2-3-2", "--form", "cubic"], "invalid choice: 'cubic'"),
        (["verify", "2-3-2", "--formta", "json"], "unrecognized arguments: --formta json"),
        (["verify", "2-3-2", "3-4-5"], "unrecognized arguments: 3-4-5"),
        (["verfy"], "unknown command 'verfy' (did you mean 'verify'?): expected one of verify, latex, code"),
        (["2-3-2"], "unknown command '2-3-2': expected one of"),
        ([], "the following arguments are required: COMMAND"),
    ],
)
def test_what_is_typed_wrong_gets_one_line_and_exit_code_2(capsys, words, said):
    assert cli.main(words) == cli.USAGE
    printed = capsys.readouterr()
    assert printed.out == "" and printed.err.count("\n") == 1
    assert printed.err.startswith("symbackprop: ") and said in printed.err


def test_version_and_help_are_printed_with_exit_code_0(capsys):
    assert cli.main(["--version"]) == 0
    assert capsys.readouterr().out == f"symbackprop {version('symbackprop')}\n"
    assert cli.main(["--help"]) == 0
    assert "symbackprop verify 2-3-2 --hidden sigmoid" in capsys.readouterr().out


def test_every_command_has_help_with_examples_that_parse(capsys):
    parser, commands = cli.build_parser()
    for name in commands:
        assert cli.main([name, "--help"]) == 0
        text = capsys.readouterr().out
        examples = [line.strip() for line in text.splitlines() if line.strip().startswith(f"symbackprop {name}")]
        assert examples, f"{name} --help shows no example"
        for example in examples:
            words = re.split(r"\s{2,}|\s>", example.removeprefix("symbackprop "))[0].split()
            assert parser.parse_args(words).command == name


def test_nothing_heavy_is_imported_for_help():
    program = "import sys; from symbackprop import cli; cli.build_parser(); print(*sorted(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()
    assert not {"sympy", "numpy", "rich", "lark", "mpmath"} & set(loaded)


# outcomes


@pytest.fixture
def outcome(monkeypatch):
    """`verify` replaced by one that says a given summary."""

    def say(summary):
        def verify(network, progress=None):
            made = verification.Verification(network, (), None, None, (), 0.0)
            monkeypatch.setattr(verification.Verification, "summary", property(lambda self: summary))
            return made

        monkeypatch.setattr(verification, "verify", verify)

    return say


@pytest.mark.parametrize(
    ("summary", "words", "code"),
    [
        (verification.Summary.PROVED, [], 0),
        (verification.Summary.REFUTED, [], 1),
        (verification.Summary.UNDECIDED, [], 0),
        (verification.Summary.UNDECIDED, ["--strict"], 4),
        (verification.Summary.REFUTED, ["--strict"], 1),
    ],
)
@pytest.mark.parametrize("format_", ["text", "json"])
def test_the_exit_code_is_the_outcome(outcome, capsys, summary, words, code, format_):
    outcome(summary)
    assert cli.main(["verify", "2-3-2", "--format", format_, *words]) == code
    out = capsys.readouterr().out
    assert json.loads(out)["verdict"] == summary.value if format_ == "json" else summary.value.upper() in out


def test_engines_that_disagree_are_loud_and_leave_a_file_that_replays_it(monkeypatch, capsys, tmp_path):
    def verify(network, progress=None):
        raise EnginesDisagree("'hidden delta' has a symbolic proof and a counterexample", {"claim": "hidden delta"})

    monkeypatch.setattr(verification, "verify", verify)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert cli.main(["verify"]) == 3
    (file,) = tmp_path.iterdir()
    assert json.loads(file.read_text()) == {"claim": "hidden delta"}
    said = capsys.readouterr().err
    assert said.startswith("symbackprop: internal error: the engines disagree: 'hidden delta'") and str(file) in said


@pytest.mark.parametrize("problem", [MemoryError, RecursionError])
def test_what_is_too_large_is_said_in_one_line(monkeypatch, capsys, problem):
    def verify(network, progress=None):
        raise problem

    monkeypatch.setattr(verification, "verify", verify)
    assert cli.main(["verify", "2-3-2"]) == 2
    assert "too large for this machine: try smaller SIZES" in capsys.readouterr().err


# pipes, terminals, signals


@pytest.fixture(scope="module")
def piped():
    return run("verify", "2-3-2", columns=80)


def test_a_pipe_gets_plain_text_that_fits_80_columns(piped):
    assert piped.returncode == 0 and piped.stderr == ""
    assert "\x1b" not in piped.stdout
    assert max(map(len, piped.stdout.splitlines())) <= 80
    assert piped.stdout.splitlines()[-1].startswith("PROVED: ")


def test_colours_are_for_terminals_and_respect_no_color():
    coloured = on_a_terminal({"TERM": "xterm-256color"})
    assert "\x1b[32m" in coloured and "PROVED" in coloured
    assert "\x1b[3" not in on_a_terminal({"TERM": "xterm-256color", "NO_COLOR": "1"})


def on_a_terminal(environment):
    """What `verify` prints where standard output is a terminal."""
    pty = pytest.importorskip("pty")
    main, terminal = pty.openpty()
    command = [sys.executable, "-c", QUICK, "verify"]
    with subprocess.Popen(command, stdout=terminal, stderr=subprocess.PIPE, env=ENVIRONMENT | environment):
        os.close(terminal)
        printed = b""
        while True:
            try:
                more = os.read(main, 65536)
            except OSError:
                break
            if not more:
                break
            printed += more
    os.close(main)
    return printed.decode()


PRINTING = [["verify"], ["verify", "--format", "json"], ["code", "1-1", "--part", "predict"], ["--help"], ["--version"]]


def into(file, words):
    command = [sys.executable, "-c", QUICK, *words]
    return subprocess.run(command, stdout=file, stderr=subprocess.PIPE, text=True, env=ENVIRONMENT, timeout=300)


@pytest.mark.parametrize("words", PRINTING)
def test_a_reader_that_stops_early_is_no_error(words):
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "w") as closed:
        done = into(closed, words)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
@pytest.mark.parametrize("words", PRINTING)
def test_a_full_disk_is_one_line_and_exit_code_2(words):
    with open("/dev/full", "w") as full:
        done = into(full, words)
    assert (done.returncode, done.stderr) == (2, "symbackprop: No space left on device: output\n")


@pytest.mark.skipif(os.name != "posix", reason="signals are sent the POSIX way")
def test_ctrl_c_ends_the_verification_of_a_large_network_with_130():
    with subprocess.Popen(
        [*COMMAND, "verify", "2000-2000-2000-10"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        time.sleep(2)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err) == (130, "", "symbackprop: interrupted\n")


# code


def test_code_prints_source_that_runs(capsys):
    assert cli.main(["code", "2-3-2", "--hidden", "relu", "--output", "softmax", "--cost", "cross_entropy"]) == 0
    source = capsys.readouterr().out
    names: dict[str, object] = {}
    exec(source, names)
    assert {"predict", "cost", "cost_and_gradient"} <= set(names)
    assert not re.search(r"\b(for|while)\b", source)


def test_code_prints_one_part_or_the_scalar_form_on_request(capsys):
    assert cli.main(["code", "2-2", "--part", "predict"]) == 0
    assert capsys.readouterr().out.count("def ") == 1
    assert cli.main(["code", "2-2", "--form", "scalar"]) == 0
    assert "def cost_and_gradient(w1_1_1, w1_1_2" in capsys.readouterr().out
