"""Checking documents: small ones named for their defect, what each code says, and what may never happen."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from symbackprop.documents.check import check, check_files, documents_in
from symbackprop.documents.explain import PAGES, Page
from symbackprop.documents.problems import Code
from symbackprop.documents.render import text
from symbackprop.documents.report_json import report
from symbackprop.documents.results import FileResult, LinkResult

BLOCK = "<!-- symbackprop\nlayers: 0..L\nhidden: \\sigma\noutput: f\ncost: E\ndelta: z\n-->\n\n"


def judged(formula: str, block: str = BLOCK) -> LinkResult:
    links = [link for each in check(f"{block}$${formula}$$\n").equations for link in each.links]
    return links[-1]


def said(formula: str, block: str = BLOCK) -> tuple[str, str | None, str | None]:
    link = judged(formula, block)
    return link.said, link.code.value if link.code else None, link.fix.text if link.fix else None


@pytest.mark.parametrize(
    ("formula", "code", "fix"),
    [
        (r"\frac{\partial a_i^{(L)}}{\partial z_i^{(L)}} = f(z_i^{(L)})", "SB101", r"f'(z_i^{(L)})"),
        (r"\frac{\partial z_i^{(l)}}{\partial w_{ij}^{(l)}} = a_j^{(l)}", "SB103", r"a_j^{(l-1)}"),
        (r"\frac{\partial z_i^{(l)}}{\partial w_{ij}^{(l)}} = -a_j^{(l-1)}", "SB101", r"a_j^{(l-1)}"),
        (r"\frac{\partial z_i^{(l)}}{\partial w_{ij}^{(l)}} = a_{ij}^{(l-1)}", "SB102", r"a_{j}^{(l-1)}"),
        (r"\nabla_{w^{(l)}} E = \delta^{(l)} a^{(l-1)}", "SB106", r"\delta^{(l)} (a^{(l-1)})^T"),
        (
            r"\delta^{(l)} = w^{(l+1)} \delta^{(l+1)} \odot \sigma'(z^{(l)})",
            "SB106",
            r"(w^{(l+1)})^T \delta^{(l+1)} \odot \sigma'(z^{(l)})",
        ),
        (
            r"\delta_i^{(l)} = \left( \sum_k w_{ki}^{(l+1)} \delta_k^{(l+1)} \right) \sigma(z_i^{(l)})",
            "SB101",
            r"\left( \sum_k w_{ki}^{(l+1)} \delta_k^{(l+1)} \right) \sigma'(z_i^{(l)})",
        ),
        (
            r"\delta_i^{(l)} = \left( \sum_k w_{ik}^{(l+1)} \delta_k^{(l+1)} \right) \sigma'(z_i^{(l)})",
            "SB103",
            None,
        ),
        (r"\frac{\partial E}{\partial b_i^{(l)}} = \delta_k^{(l)}", "SB104", r"\delta_i^{(l)}"),
        (r"\sigma(z_i^{(l)}) = \sigma(z_i^{(l)})(1 - \sigma(z_i^{(l)}))", "SB101", None),
        (r"w^{(l)} = w^{(l)} + \mu \frac{\partial E}{\partial w^{(l)}}", "SB107", None),
        (r"\frac{\partial E}{\partial a_i^{(L)}} = 0", "SB101", None),
    ],
)
def test_a_wrong_line_is_never_proved(formula: str, code: str | None, fix: str | None) -> None:
    verdict, found, correction = said(formula)
    assert verdict == ("refuted" if code else "unreadable")
    assert code is None or found == code
    assert fix is None or correction == fix


@pytest.mark.parametrize(
    "formula",
    [
        r"\frac{\partial z_i^{(l)}}{\partial w_{ij}^{(l)}} = a_j^{(l-1)}",
        r"\nabla_{w^{(l)}} E = \delta^{(l)} (a^{(l-1)})^\top",
        r"\delta^{[l]} = (w^{[l+1]})^T \delta^{[l+1]} \circ \sigma'(z^{[l]})",
        r"\delta_i^l = \sum_i \delta_i^{l+1} w_{ij}^{l+1} \quad (j = 1)",
        r"\frac{\partial z_i^{(L)}}{\partial b_k^{(L)}} = \delta_{ik}",
        r"w^{(l)} \leftarrow w^{(l)} - \frac{\eta}{2} \frac{\partial E}{\partial w^{(l)}}",
        r"dE = \sum_i \frac{\partial E}{\partial a_i^{(L)}} da_i^{(L)}",
    ],
)
def test_a_right_or_unclear_line_is_never_refuted(formula: str) -> None:
    assert said(formula)[0] in ("proved", "update", "unreadable")


def test_a_missing_assumption_is_named_instead_of_a_refutation() -> None:
    block = "<!-- symbackprop\nlayers: 0..L\noutput: softmax\ncost: E\n{}-->\n\n$$E = -\\sum_k y_k \\log a_k^L$$\n\n"
    line = r"\frac{\partial E}{\partial z_i^L} = a_i^L - y_i"
    assert said(line, block.replace("{}", ""))[:2] == ("undecided", "SB302")
    assert said(line, block.replace("{}", "assume: \\sum_i y_i = 1\n"))[0] == "proved"


def test_componentwise_chain_rules_are_false_with_softmax() -> None:
    slope = r"\frac{\partial E}{\partial a_i^L} \frac{\partial a_i^L}{\partial z_i^L}"
    line = r"\frac{\partial E}{\partial z_i^L} = " + slope
    assert said(line)[0] == "proved"
    assert said(line, BLOCK.replace("output: f", "output: softmax"))[0] == "refuted"


# codes and their pages


def test_every_code_has_its_page() -> None:
    assert set(PAGES) == {code.value for code in Code}


@pytest.mark.parametrize("page", [page for page in PAGES.values() if page.wrong], ids=lambda page: page.code.value)
def test_the_examples_of_every_page_are_what_they_say(page: Page) -> None:
    block = f"<!-- symbackprop\n{page.conventions}\n-->\n\n"
    wrong = check(f"{block}$${page.wrong}$$\n")
    links = [link for each in wrong.equations for link in each.links]
    assert page.code in [link.code for link in links] + [w.code for link in links for w in link.warnings]
    right = [link for each in check(f"{block}$${page.right}$$\n").equations for link in each.links]
    assert right and all(link.said in ("proved", "update", "definition") and not link.warnings for link in right)


# what may never happen

HOSTILE = [
    "$" + "(" * 10_000 + "=1$",
    "$x = " + "{" * 3_000 + "$",
    "$z = " + "a + " * 100_000 + "a$",
    "\\newcommand{\\x}{\\x\\x}\n$\\x = 1$",
    "$__import__('os').system('true') = 1$",
    "$\\text{{}} = {0.__class__}$",
    "$a^{(99999999999999)} = 1$",
    "$z_{99999}^{(L)} = z_1^{(L)}$",
    "<!-- symbackprop\nlayers: 0..\nnonsense\nhidden: __import__('os')\n-->\n$z_i^L = 1$",
]


@pytest.mark.parametrize("document", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_input_ends_in_a_verdict(document: str) -> None:
    made = check(document + "\n")
    assert "proved" not in made.counts()
    assert list(text([made]))


# the report


def mixed() -> FileResult:
    return check(Path(__file__).parent / "documents" / "check" / "output-and-next-layer-as-printed.md")


def test_the_json_report_has_the_promised_keys() -> None:
    made = json.loads(json.dumps(report([mixed()])))
    link = next(x for e in made["files"][0]["equations"] for x in e["links"] if x["verdict"] == "refuted")
    assert set(link) >= {"verdict", "code", "message", "scope", "read_as", "culprit", "fix"}
    assert set(link["culprit"]) == {"line", "column", "end_column", "text"}
    assert made["summary"]["refuted"] == 10


def test_folders_are_searched_and_order_does_not_depend_on_workers(tmp_path: Path) -> None:
    for name in ("b.md", "a.md"):
        (tmp_path / name).write_text(BLOCK + "$$\\frac{\\partial z_i^{(l)}}{\\partial b_i^{(l)}} = 1$$\n")
    names = documents_in([str(tmp_path)])
    assert [Path(name).name for name in names] == ["a.md", "b.md"]
    assert report(check_files(names, jobs=2)) == report(check_files(names))


def test_fix_writes_what_is_proved_and_unique(tmp_path: Path) -> None:
    page = tmp_path / "notes.md"
    page.write_text(BLOCK + "$$\\frac{\\partial z_i^{(l)}}{\\partial w_{ij}^{(l)}} = a_i^{(l-1)}$$\n")
    run = [sys.executable, "-m", "symbackprop", "check", str(page)]
    first = subprocess.run([*run, "--fix"], capture_output=True, text=True, check=False)
    assert first.returncode == 1 and "SB103" in first.stdout
    assert "a_j^{(l-1)}" in page.read_text()
    assert subprocess.run(run, capture_output=True, text=True, check=False).returncode == 0


def test_explain_tells_the_story_of_a_code() -> None:
    made = subprocess.run(
        [sys.executable, "-m", "symbackprop", "explain", "SB103"], capture_output=True, text=True, check=True
    )
    assert "SB103" in made.stdout and "wrong:" in made.stdout and "right:" in made.stdout


def test_a_folder_above_the_working_one_is_searched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inner = tmp_path / "inner"
    inner.mkdir()
    (tmp_path / "page.md").write_text("$$a$$", encoding="utf-8")
    monkeypatch.chdir(inner)
    assert documents_in([".."]) == [str(Path("..") / "page.md")]


def test_no_message_names_a_letter_that_nobody_wrote() -> None:
    (equation,) = check(r"$$\nabla_{a^{(L-1)}} E = w^{(L)} \nabla_{z^{(L)}} E$$").equations
    problem = equation.links[0].problem
    assert problem is not None
    assert problem.text == "w^(L) is indexed by the neurons of layer L, where the neurons of layer L-1 are meant"
    lines = list(text([FileResult("page", check(r"$$\nabla_{b^{(L)}} E = \nabla_{a^{(L)}} E$$").equations)]))
    assert any("= counterexample: widths 1-1, entry 1: " in line for line in lines)


@pytest.mark.parametrize("page", PAGES.values(), ids=lambda page: page.code.value)
def test_explanations_fit_a_terminal(page: Page) -> None:
    words = [line for line in str(page).splitlines() if not line.startswith(("wrong:", "right:"))]
    assert max(map(len, words)) <= 80
