r"""What is printed compiles with pdflatex, fits the page, and parses in KaTeX: every row, every form, every style.

pdflatex: `apt-get install texlive-latex-base`. KaTeX: `npm install --prefix .ci-node katex` in the repository, or
anywhere else with NODE_PATH naming that `node_modules`. A test whose tool is missing is skipped.
"""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from symbackprop import typeset
from symbackprop.claims import Form
from symbackprop.functions import ACTIVATIONS, ANY, COSTS, SOFTMAX
from symbackprop.latex_document import fragment, standalone
from symbackprop.network import Network
from symbackprop.typeset import LayerStyle, latex

NODE_MODULES = Path(__file__).parents[1] / ".ci-node" / "node_modules"
PARSE = """
const katex = require('katex');
for (const [display, formula] of JSON.parse(require('fs').readFileSync(0, 'utf8'))) {
  try { katex.renderToString(formula, {displayMode: display, strict: 'error', throwOnError: true}); }
  catch (error) { console.log(formula + '\\n' + error.message); process.exitCode = 1; }
}
"""


def networks():
    """Every row of the table in every place, given and symbolic; each with the other options varied."""
    for name in ACTIVATIONS:
        yield Network([2, 3, 2], hidden=name, output=name, weight_decay=1)
        yield Network(hidden=name, output=SOFTMAX, total="sum")
    for cost in (*COSTS, ANY):
        for output in ("sigmoid", SOFTMAX):
            if (output, cost) != (SOFTMAX, "binary_cross_entropy"):  # its softmax can be 1
                yield Network([2, 3, 2], hidden="tanh", output=output, cost=cost)
    yield Network()
    yield Network([2, 3], cost="huber")
    yield Network([11, 12, 7, 2], hidden=["sigmoid", "gelu"], output="sigmoid", cost="binary_cross_entropy")
    yield Network([3] * 12)


@pytest.fixture(scope="module")
def fragments():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(typeset, "require_proofs", lambda stated: None)  # proofs are the other tests' business
        made = []
        for at, network in enumerate(networks()):
            for form in Form:
                if form is Form.SCALAR and network.sizes is None:
                    continue
                styles = list(LayerStyle)
                made.append(latex(network, form, steps=True, layer_style=styles[at % 3]))
                made.append(latex(network, form, layer_style=styles[(at + 1) % 3]))
    return made


def run_pdflatex(folder, text):
    (folder / "page.tex").write_text(text)
    done = subprocess.run(
        ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "page.tex"],
        cwd=folder,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=300,
    )
    assert done.returncode == 0, done.stdout[-3000:]
    assert "Overfull" not in done.stdout, re.findall(r"Overfull.*", done.stdout)


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="pdflatex is not installed (texlive-latex-base)")
def test_everything_compiles_and_fits_the_page(fragments, tmp_path):
    assert fragment(()) == "\n"
    run_pdflatex(tmp_path, standalone("All", ()).replace(r"\end{document}", "\n".join(fragments) + r"\end{document}"))


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="pdflatex is not installed (texlive-latex-base)")
def test_a_standalone_document_compiles(tmp_path):
    run_pdflatex(tmp_path, latex(Network([2, 3, 2]), form="scalar", standalone=True))


def formulas(text):
    displays = re.findall(r"\\begin\{align\*\}.*?\\end\{align\*\}", text, flags=re.S)
    rest = re.sub(r"\\begin\{align\*\}.*?\\end\{align\*\}", "", text, flags=re.S)
    return {(True, formula) for formula in displays} | {(False, formula) for formula in re.findall(r"\$(.*?)\$", rest)}


def node(program, data="[]"):
    path = os.pathsep.join([str(NODE_MODULES), os.environ.get("NODE_PATH", "")])
    return subprocess.run(
        ["node", "-e", program],
        input=data,
        env={**os.environ, "NODE_PATH": path},
        capture_output=True,
        text=True,
        timeout=300,
    )


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
def test_everything_parses_in_katex(fragments):
    if node("require('katex')").returncode:
        pytest.skip("KaTeX is not installed (npm install --prefix .ci-node katex)")
    wanted = sorted(set().union(*map(formulas, fragments)))
    assert len(wanted) > 500
    done = node(PARSE, json.dumps(wanted))
    assert done.returncode == 0, (done.stdout or done.stderr)[:3000]


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
def test_katex_would_notice():
    if node("require('katex')").returncode:
        pytest.skip("KaTeX is not installed (npm install --prefix .ci-node katex)")
    assert node(PARSE, json.dumps([[True, r"\begin{align*} a^{b^ \end{align*}"]])).returncode == 1
