"""Everything that the README shows is run, and its counts are counted again."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NAMED = re.compile(r"`([\w.]+)`[^`\n]*:\n\n```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NAMED_FILES = NAMED.findall(README)
CONSOLE = [text for kind, text in BLOCK.findall(README) if kind == "console"]
INSTALL = "python3 -m venv .venv && .venv/bin/pip install -e '.[test]' && .venv/bin/symbackprop verify 2-3-2"


def commands(block):
    """Each command of a block with the output shown beneath it."""
    for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        command, _, output = part.partition("\n")
        yield command, output


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The repository's data, and the files that the README writes."""
    made = tmp_path_factory.mktemp("readme")
    for name in ("tests", "derivations"):
        (made / name).symlink_to(ROOT / name)
    for name, text in NAMED.findall(README):
        (made / name).write_text(text, encoding="utf-8")
    return made


def plain(text):
    """Without what differs from run to run and from terminal to terminal."""
    lines = [line.rstrip() for line in text.strip().splitlines()]
    return re.sub(r"\d+\.\d+ s\b", "0.0 s", "\n".join(lines))


def matches(shown, found):
    pattern = ".*".join(re.escape(piece) for piece in plain(shown).split("…"))
    return re.fullmatch(pattern, plain(found), flags=re.DOTALL)


@pytest.mark.parametrize("block", CONSOLE, ids=[next(commands(block))[0] for block in CONSOLE])
def test_every_command_prints_what_the_readme_shows(folder, block):
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    environment = os.environ | {"PATH": path, "COLUMNS": "80", "NO_COLOR": "1", "PYTHONIOENCODING": "utf-8"}
    for command, shown in commands(block):
        done = subprocess.run(
            command, shell=True, cwd=folder, env=environment, capture_output=True, text=True, timeout=300
        )
        assert matches(shown, done.stdout), f"shown:\n{plain(shown)}\n\nprinted:\n{plain(done.stdout)}\n{done.stderr}"


def test_it_opens_with_a_wrong_line_of_a_real_derivation():
    seed = (ROOT / "tests/documents/check/output-and-next-layer-as-printed.md").read_text(encoding="utf-8")
    wrong = r"$\partial z_i^L/\partial w_{ij}^L = a_i^{L-1}$"
    assert wrong in seed and wrong in dict(NAMED_FILES)["notes.md"]
    assert next(commands(CONSOLE[0]))[0] == "symbackprop check notes.md"


def test_there_is_something_to_run():
    assert len(CONSOLE) >= 7 and len(NAMED.findall(README)) == 3
    assert matches("PROVED: 31 in 1.9 s…b\n", "PROVED: 31 in 12.7 s\na b")
    assert not matches("PROVED: 31", "PROVED: 30")


def test_two_commands_do_everything_on_a_fresh_machine():
    (block,) = [text for kind, text in BLOCK.findall(README) if kind == "sh"]
    assert block.splitlines() == [INSTALL, ".venv/bin/pytest"]


def test_the_equations_shown_are_those_that_are_printed():
    printed = re.search(r"\\begin\{align\*\}\n(.*?)\\end\{align\*\}", README, flags=re.DOTALL)
    rendered = re.search(r"\$\$\n\\begin\{aligned\}\n(.*?)\\end\{aligned\}\n\$\$", README, flags=re.DOTALL)
    assert printed and rendered and printed[1] == rendered[1]


def rows():
    return re.findall(r"^\| [^|]+ \| ((?:`\w+` ?)+)\| (\d+) \|$", README, flags=re.MULTILINE)


def test_the_lines_that_are_trusted_are_counted_rightly():
    assert len(rows()) == 5
    for names, lines in rows():
        paths = [ROOT / "symbackprop" / f"{name}.py" for name in re.findall(r"\w+", names)]
        counted = sum(len(path.read_text(encoding="utf-8").splitlines()) for path in paths)
        assert abs(counted - int(lines)) <= 100, f"{names}: {counted} lines, the README says {lines}"


def test_every_sympy_name_that_the_engines_use_is_listed():
    listed = set(re.findall(r"`(\w+)`", README[README.index("From SymPy") : README.index("From NumPy and mpmath")]))
    ours = {"Expr", "Integer", "Function", "AtomicExpr", "IndexedBase", "nan", "zoo", "igcd"}  # names without calculus
    symbolic = re.findall(r"\w+", rows()[1][0])
    assert "differentiate" in symbolic
    for name in (*symbolic, "prove"):
        text = (ROOT / "symbackprop" / f"{name}.py").read_text(encoding="utf-8")
        used = set(re.findall(r"\bsympy\.([A-Za-z]\w*)", text))
        for names in re.findall(r"^from sympy import (.*)$", text, flags=re.MULTILINE):
            used |= {word.strip() for word in names.split(",")}
        assert used <= listed | ours, f"{name} uses {', '.join(sorted(used - listed - ours))}"
        assert not re.search(r"\.(subs|doit|simplify|rewrite|equals)\(", text)
