"""From the gradients that a document states to the functions that train: these very formulas, and no others.

Each formula is summed over the samples, proved once more in that form and for the functions that are named, turned
into NumPy, and certified against the definitions of the network.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from symbackprop.certificate import Certificate
from symbackprop.certifying import certify_compiled
from symbackprop.documents.named import Functions, functions
from symbackprop.documents.program import Missing, Program, Step
from symbackprop.documents.stated import Section, Stated, sections
from symbackprop.documents.summing import Summing
from symbackprop.errors import NotProved, SymbackpropError
from symbackprop.functions import ANY
from symbackprop.network import LAST, Network, Total
from symbackprop.numpy_code import Compiled, Part, function
from symbackprop.plan import Plan
from symbackprop.prove import prove
from symbackprop.rows import row_claims

USUAL_WIDTH = 16
USUAL_DEPTH = 3  # a first look at what a page lacks: every kind of layer occurs


@dataclass(frozen=True)
class FromPage:
    """Functions compiled from a page: which array comes from which of its lines."""

    page: str
    compiled: Compiled
    steps: tuple[Step, ...]
    certificate: Certificate
    total_line: int | None

    def to_json(self) -> dict[str, object]:
        made = [{"line": stated.span.line, "latex": stated.text, "computes": names} for stated, names in self.used()]
        return {"file": self.page, "equations": made, "certificate": self.certificate.to_json()}

    def used(self) -> list[tuple[Stated, list[str]]]:
        """The statements in their order on the page, each with the arrays that it computes."""
        found: list[tuple[Stated, list[str]]] = []
        for step in self.steps:
            for stated in (step.stated, step.total):
                if stated is None:
                    continue
                names = next((names for other, names in found if other is stated), None)
                if names is None:
                    found.append((stated, [step.name]))
                else:
                    names.append(step.name)
        return sorted(found, key=lambda pair: (pair[0].span.start, pair[1]))

    def __str__(self) -> str:
        pairs = self.used()
        width = max(len(" ".join(names)) for _, names in pairs)
        lines = [f"compiled  from {self.page}, every equation of which is proved:"]
        for stated, names in pairs:
            lines.append(f"  {' '.join(names):{width}}  line {stated.span.line}: {_cut(stated.text)}")
        total = f"the {self.compiled.network.total.value} over the samples"
        where = f"line {self.total_line}" if self.total_line else "not on the page"
        return "\n".join([*lines, f"  {'total':{width}}  {where}: {total}", f"certified {self.certificate}"])


def _cut(text: str) -> str:
    return text if len(text) <= 90 else f"{text[:60]} … {text[-27:]}"


class Page:
    """A document whose equations are all proved, and the section of it that states every gradient.

    Raises SymbackpropError where an equation is not proved, and where a gradient is missing.
    """

    def __init__(self, path: str | Path, timeout: float | None = None) -> None:
        self.name = str(path)
        try:
            data = Path(path).read_bytes()
        except OSError as problem:
            raise SymbackpropError(f"cannot read '{path}': {problem.strerror or problem}") from None
        found = sections(data, self.name, timeout)
        self.section = self._complete(found)
        try:
            self.functions: Functions = functions(self.section.environment)
        except SymbackpropError as problem:
            raise SymbackpropError(f"{self.name}: {problem}") from None

    def _complete(self, found: list[Section]) -> Section:
        """The last section from which a network can be computed."""
        missing: list[tuple[int, str]] = []
        for section in reversed(found):
            depth = section.environment.fixed_depth or USUAL_DEPTH
            try:
                Program(section, depth).steps()
                return section
            except Missing as problem:
                missing.append((len(section.stated), str(problem)))
        if not any(count for count, _ in missing):
            raise SymbackpropError(f"{self.name}: states no gradient as a formula that can be computed")
        _, text = max(missing, key=lambda pair: pair[0])
        raise SymbackpropError(f"{self.name}: not every gradient is stated: {text}")

    def named(self, hidden: str | None, output: str | None, cost: str | None, total: str | None) -> Functions:
        """The page's functions, with the given names for those that it leaves open. Raises SymbackpropError where one
        stays open, or is another than the page's."""
        f = self.functions
        if f.hidden.written == f.output.written and not f.hidden.row:
            given_here = dict.fromkeys(",".join(name for name in (hidden, output) if name).split(","))
            if len(given_here) > 1:
                text = f"{self.name}: has one function {f.hidden.written} in all layers: found"
                raise SymbackpropError(f"{text} {' and '.join(given_here)}")
            hidden = output = hidden or output
        rows = {}
        given = {"hidden": hidden, "output": output, "cost": cost}
        what = {"hidden": "the hidden activation", "output": "the output function", "cost": "the cost"}
        for option, named in (("hidden", f.hidden), ("output", f.output), ("cost", f.cost)):
            asked = given[option]
            if asked is not None and ANY in asked.split(","):
                raise SymbackpropError(f"--{option} {asked}: 'any' stands for every function: name one to compute with")
            if not named.row and asked is None:
                text = f"{self.name}: leaves {what[option]} {named.written} open: name it with --{option}"
                raise SymbackpropError(text)
            if named.row and asked not in (None, named.row):
                place = f":{named.line}" if named.line else ""
                raise SymbackpropError(f"{self.name}{place}: {what[option]} is {named.row}, asked for: {asked}")
            rows[option] = replace(named, row=named.row or asked or "")
        if f.total is not None and total not in (None, f.total.value):
            text = f"{self.name}:{f.total_line}: the total cost is the {f.total.value}, asked for: {total}"
            raise SymbackpropError(text)
        whole = f.total or Total(total or "mean")
        return replace(f, hidden=rows["hidden"], output=rows["output"], cost=rows["cost"], total=whole)

    def planned(self, plan: Plan) -> Plan:
        """The plan with the page's functions and widths. Raises SymbackpropError where they are open or others."""
        hidden = plan.hidden if plan.hidden is None or isinstance(plan.hidden, str) else ",".join(plan.hidden)
        total = plan.total.value if isinstance(plan.total, Total) else plan.total
        f = self.named(hidden, plan.output, plan.cost, total)
        self._check_decay(f, str(plan.weight_decay or 0))
        names = f.hidden.row.split(",")
        return replace(
            plan, hidden=names[0] if len(names) == 1 else names, output=f.output.row, cost=f.cost.row, total=f.total,
            widths=self._widths(plan.widths),
        )  # fmt: skip

    def _check_decay(self, f: Functions, decay: str) -> None:
        given = Network(weight_decay=decay).weight_decay
        if f.decays and not given:
            text = f"{self.name}:{f.total_line}: weights decay there: give lambda with --weight-decay"
            raise SymbackpropError(text)
        if given and not f.decays:
            raise SymbackpropError(f"{self.name}: states no gradient with weight decay: leave --weight-decay out")

    def compiled(
        self, sizes: Sequence[int], hidden: str | None = None, output: str | None = None, cost: str | None = None,
        total: str | None = None, weight_decay: str = "0",
    ) -> FromPage:  # fmt: skip
        """The functions of a network of these widths, the names given where the page leaves them open."""
        f = self.named(hidden, output, cost, total)
        self._check_decay(f, weight_decay)
        names = f.hidden.row.split(",")
        first = names[0] if len(names) == 1 else names
        return self.compile(
            Network(sizes, first, f.output.row, f.cost.row, f.total or Total.MEAN, weight_decay)
        )

    def _widths(self, given: Sequence[int] | None) -> Sequence[int] | None:
        """The hidden layers' widths where the page fixes them and nothing else is asked for."""
        environment = self.section.environment
        depth, fixed = environment.fixed_depth, dict(environment.fixed_widths)
        if given is not None or depth is None:
            return given
        return [fixed.get(LAST + (k - depth), USUAL_WIDTH) for k in range(1, depth)]

    def compile(self, network: Network) -> FromPage:
        """The functions of a network, their gradients computed by the page's formulas. Raises NotProved where one of
        them does not hold for this network, SymbackpropError where it cannot be computed."""
        environment = self.section.environment
        sizes, depth = network.sizes or (), network.depth or 0
        if environment.fixed_depth not in (None, depth):
            text = f"{self.name}: speaks of networks of {environment.fixed_depth} layers, the data and --widths"
            raise SymbackpropError(f"{text} make {depth}")
        for layer, width in environment.fixed_widths:
            if sizes[depth + layer.offset] != width:
                text = f"{self.name}: gives layer {environment.said(layer)} the width {width}"
                raise SymbackpropError(f"{text}, here it is {sizes[depth + layer.offset]}")
        rows = tuple(prove(claim) for claim in row_claims(network))
        wrong = [verdict.claim.name for verdict in rows if not verdict.proved]
        if wrong:
            raise NotProved(f"'{wrong[0]}' is not proved: only proven formulas are compiled")
        summing = Summing(self.name, self.section, network)
        steps = summing.proved_steps()
        code = [summing.statement(step) for step in steps]
        made = {part: function(network, part, code) for part in Part}
        compiled = Compiled(network, (*rows, *summing.verdicts.values()), made)
        certificate = certify_compiled(compiled)
        if not certificate.holds:
            raise NotProved(f"{self.name}: the code compiled from it is not certified: {certificate}")
        return FromPage(self.name, compiled, tuple(steps), certificate, self.functions.total_line)
