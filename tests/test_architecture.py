"""How the package hangs together: reading order, and what is absent from it.

A file imports only from what stands above it in READING_ORDER. A new file: put it into the list, where a reader should
meet it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "symbackprop"

LISTED = """
errors
notation functions network matrices claims rows backprop degrees wellformed
atoms layer_range dependencies unfolding differentiate polynomial places contraction normal_form elementary
limbs fields residues reals floats dual exact exact_matrices extents instances points stand_ins
claim_text
counterexamples prove replay
explicit
array_code lower numpy_code scalar_code cost_expression step_code workspace stepper
deferred residue_values residue_arrays certificate gradient_judge certifying
derivation instantiate index_code
latex_style latex_formulas latex_layout latex_document latex_functions latex_matrices latex_equations latex_network
latex_steps typeset
progress given verification report
initialisation atomic table mapped raw_data data scaling samples trainer descent matching model_file plan
training prediction curve
documents.source documents.kinds documents.syntax documents.trees documents.vocabulary documents.tokens
documents.matching documents.customary documents.prose documents.commands documents.words documents.lexer
documents.parts
documents.formula documents.derivatives documents.build documents.statements documents.layout documents.macros
documents.read documents.write documents.find documents.markdown documents.latex documents.notebook
documents.document documents.__init__
documents.problems documents.names documents.values documents.conventions documents.tensors documents.broadcasting
documents.einstein documents.terms documents.aliases
documents.screening documents.own_functions documents.entities documents.environment documents.hyperbolic
documents.gradient_scope documents.scopes documents.marks
documents.quantities documents.jacobians documents.products documents.pieces documents.callables documents.elaborate
documents.unknowns documents.layer_pairs documents.dotted_sums documents.dotted_products
documents.piecewise documents.written_arrays documents.arrays documents.operators documents.ranges documents.limits
documents.restricting
documents.reaching
documents.reading
documents.results documents.shaping documents.page_names documents.page_shapes documents.families
documents.page_quantities documents.page_samples documents.page_heads documents.page_dots documents.page_sums
documents.page_elaborate documents.page_conditions documents.page_reading documents.page_claims
documents.page_defining documents.page_customary
documents.neuron_layers documents.chains documents.lifting documents.claiming documents.canonical documents.shapes
documents.increments
documents.deciding documents.explicitly documents.induction documents.orientation documents.defining
documents.misdefined documents.totals
documents.updates documents.page_updates documents.nowhere documents.wording
documents.edits documents.index_edits
documents.factor_edits documents.page_slips documents.slips documents.missing
documents.corrections documents.range_errors documents.update_corrections documents.unstated
documents.page_unstated documents.single_output
documents.statement_judge documents.generic_rules documents.judge
documents.timing documents.checking documents.workers documents.render documents.check
documents.report_json documents.fixing documents.explain documents.conventions_page
documents.stated documents.program documents.named documents.summing documents.compiling
__init__
cli_network cli_latex cli_train cli_check cli_replay cli __main__
"""
READING_ORDER = LISTED.split()

# A result prints itself: the method imports its printer when it is called, from further down.
PRINTS_ITSELF = {"verification": {"report"}}
# The exact engine shares no simplifier with the symbolic one: it does not know SymPy, directly or through others.
EXACT_ENGINE = ("limbs", "fields", "residues", "reals", "dual", "exact", "exact_matrices", "extents", "instances")
# What both engines read, and the check of form: formulas are kept as written.
SHARED = ("errors", "notation", "functions", "network", "matrices", "claims", "rows", "backprop", "wellformed")
# The reader of documents knows no SymPy: a user's text reaches no evaluator.
READER_STARTS = "documents."
# Each runs text as code.
FORBIDDEN_CALLS = {"eval", "exec", "compile", "sympify", "parse_expr", "parse_latex", "__import__"}
# lambdify's generated source is compiled in one place, from proven formulas and never from a user's text.
MAY_COMPILE = {"numpy_code"}


def modules() -> dict[str, Path]:
    return {".".join(path.relative_to(PACKAGE).with_suffix("").parts): path for path in PACKAGE.rglob("*.py")}


MODULES = modules()


def tree(name: str) -> ast.Module:
    return ast.parse(MODULES[name].read_text(encoding="utf-8"))


def imported(name: str) -> set[str]:
    """Every module that a file imports, anywhere in it; what only type checkers read does not count."""
    found: set[str] = set()
    for node in _run(tree(name)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            inner = {f"{node.module}.{alias.name}" for alias in node.names}
            known = {module for module in inner if module.removeprefix("symbackprop.") in MODULES}
            found |= known or {node.module}
    return found


def _run(node: ast.AST) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.dump(child.test):
            continue
        yield child
        yield from _run(child)


def own(names: set[str]) -> set[str]:
    """Those of the package, without its name; the package itself is its __init__."""
    made = {name.removeprefix("symbackprop").removeprefix(".") or "__init__" for name in names if _is_own(name)}
    return {f"{name}.__init__" if f"{name}.__init__" in MODULES else name for name in made}


def _is_own(name: str) -> bool:
    return name == "symbackprop" or name.startswith("symbackprop.")


def test_every_file_stands_once_in_the_reading_order() -> None:
    assert len(set(READING_ORDER)) == len(READING_ORDER)
    missing, gone = set(MODULES) - set(READING_ORDER), set(READING_ORDER) - set(MODULES)
    assert not missing, f"put {', '.join(sorted(missing))} into READING_ORDER in {Path(__file__).name}"
    assert not gone, f"take {', '.join(sorted(gone))} out of READING_ORDER in {Path(__file__).name}"


@pytest.mark.parametrize("name", sorted(set(MODULES) & set(READING_ORDER)))
def test_a_file_imports_only_what_stands_above_it(name: str) -> None:
    above = set(READING_ORDER[: READING_ORDER.index(name)])
    below = own(imported(name)) - above - PRINTS_ITSELF.get(name, set())
    assert not below, f"{name} imports {', '.join(sorted(below))}, which a reader meets later"


def reached(name: str) -> set[str]:
    """Every module that importing this one runs."""
    found: set[str] = set()
    left = [name]
    while left:
        here = imported(left.pop())
        left += sorted(own(here - found))
        found |= here
    return found


@pytest.mark.parametrize("name", [*EXACT_ENGINE, *SHARED])
def test_the_exact_engine_and_the_formulas_know_no_sympy(name: str) -> None:
    assert not {module for module in reached(name) if module.split(".")[0] == "sympy"}


@pytest.mark.parametrize("name", sorted(name for name in MODULES if name.startswith(READER_STARTS)))
def test_the_reader_of_documents_knows_no_sympy(name: str) -> None:
    assert not {module for module in imported(name) if module.split(".")[0] == "sympy"}


@pytest.mark.parametrize("name", sorted(MODULES))
def test_nothing_relies_on_assert(name: str) -> None:
    """`python -O` takes asserts away."""
    assert not [node.lineno for node in ast.walk(tree(name)) if isinstance(node, ast.Assert)]


@pytest.mark.parametrize("name", sorted(MODULES))
def test_no_text_is_run_as_code(name: str) -> None:
    allowed = {"compile", "exec"} if name in MAY_COMPILE else set()
    calls = [node.func for node in ast.walk(tree(name)) if isinstance(node, ast.Call)]
    plain = {call.id for call in calls if isinstance(call, ast.Name)}
    attributes = {call.attr for call in calls if isinstance(call, ast.Attribute)} - {"compile"}
    assert not (plain | attributes) & FORBIDDEN_CALLS - allowed


def test_nothing_simplifies_with_sympy() -> None:
    """`simplify`, `equals` and their kin are heuristics: no proof may rest on them."""
    heuristics = {"simplify", "equals", "piecewise_fold", "deltasummation", "nsimplify", "trigsimp", "powsimp", "doit"}
    for name in MODULES:
        calls = [node.func for node in ast.walk(tree(name)) if isinstance(node, ast.Call)]
        names = {c.id if isinstance(c, ast.Name) else c.attr for c in calls if isinstance(c, ast.Name | ast.Attribute)}
        assert not names & heuristics, f"{name} calls {', '.join(sorted(names & heuristics))}"
