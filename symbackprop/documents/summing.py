"""A page's formulas for one sample, summed over the samples, proved once more in that form, and turned into NumPy."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from symbackprop import notation as n
from symbackprop.backprop import with_delta
from symbackprop.claims import Assumption, Claim, Form, LayerRange
from symbackprop.documents.environment import sampled
from symbackprop.documents.named import with_lambda
from symbackprop.documents.own_functions import in_force
from symbackprop.documents.program import Missing, Program, Step
from symbackprop.documents.screening import may_hold
from symbackprop.documents.stated import PARAMETERS, Section, Stated, Target, apart, by_slope
from symbackprop.documents.terms import replaced
from symbackprop.errors import NotProved, SymbackpropError
from symbackprop.functions import ANY, SOFTMAX
from symbackprop.index_code import IndexLowering, NoCode
from symbackprop.instantiate import relayer, renamed
from symbackprop.lower import array
from symbackprop.network import SAMPLES, Definition, Network, Symbols, Total, definitions
from symbackprop.numpy_code import Statement, gradient_name
from symbackprop.prove import Verdict, prove

AXES = {Target.DELTA: ("s", "i"), Target.WEIGHT: ("i", "j"), Target.BIAS: ("i",)}
Key = tuple[Stated, Stated | None]


@dataclass
class Summing:
    """The formulas of one section for one network, and the verdicts on them."""

    page: str
    section: Section
    network: Network
    verdicts: dict[Key, Verdict] = field(default_factory=dict)

    def proved_steps(self) -> list[Step]:
        """The steps, each of which is proved for this network. Raises NotProved naming the line where one is not."""
        refused: list[Stated] = []
        depth = self.network.depth or 0
        while True:
            try:
                steps = Program(self.section, depth, refused).steps()
            except Missing as problem:
                if not refused:
                    raise SymbackpropError(f"{self.page}: not every gradient is stated: {problem}") from None
                text = f"{refused[0].span}: `{refused[0].text}` is not proved for {self._network_said()}"
                raise NotProved(f"{text}; {problem}") from None
            wrong = next((step for step in steps if not self._verdict(step).proved), None)
            if wrong is None:
                return steps
            refused.append(wrong.stated)

    def statement(self, step: Step) -> Statement:
        """The line of code that computes the step's array. Raises SymbackpropError where there is no code for it."""
        _, formula, _ = self._equation(step)
        try:
            made = IndexLowering(self.network, step.layer).array(formula, AXES[step.target])
        except NoCode as problem:
            raise SymbackpropError(f"{step.stated.span}: cannot be computed with arrays: {problem}") from None
        delta = step.target is Target.DELTA
        symbol = "w" if step.target is Target.WEIGHT else "b"
        return (array("delta", step.layer) if delta else gradient_name(symbol, step.layer)), made.node

    def _network_said(self) -> str:
        network = self.network
        return f"hidden {'/'.join(dict.fromkeys(network.hidden))}, output {network.output}, cost {network.cost}"

    # claims

    def _verdict(self, step: Step) -> Verdict:
        key = step.stated, step.total
        if key not in self.verdicts:
            named = self._claim(step)
            self.verdicts[key] = self._widest(named)
        return self.verdicts[key]

    def _widest(self, claim: Claim) -> Verdict:
        """The verdict in the widest scope that holds: any cost of the outputs and any depth, before those at hand."""
        anything = self._known(replace(self.network, cost=ANY))
        any_depth = replace(claim, depth=None)
        for wider in (replace(any_depth, definitions=anything), any_depth):
            if wider != claim and may_hold(wider):
                verdict = prove(wider)
                if verdict.proved:
                    return verdict
        return prove(claim)

    def _claim(self, step: Step) -> Claim:
        left, right, layers = self._equation(step)
        layer = _layer(step)
        free = [n.Index("i", n.Neurons(layer))]
        if step.target is Target.WEIGHT:
            free.append(n.Index("j", n.Neurons(layer - 1)))
        if step.target is Target.DELTA:
            free.append(n.Index("s", SAMPLES))
        whole = (step.stated, *((step.total,) if step.total else ()))
        sums = self.section.environment.conventions.target_sums_to_one
        matched = (self.network.output, self.network.cost) == (SOFTMAX, "cross_entropy")  # whose targets are checked
        return Claim(
            f"line {step.stated.span.line}", Form.INDEX, left, right, tuple(free), self._known(self.network),
            layers, max(stated.least_depth for stated in whole),
            (Assumption.TARGET_SUMS_TO_ONE,) if sums and matched else (),
            depth=self.section.environment.fixed_depth,
        )  # fmt: skip

    def _known(self, network: Network) -> tuple[Definition, ...]:
        """The network, and delta: the cost's derivative by the pre-activation, or what else the page says."""
        environment = self.section.environment
        if by_slope(environment):
            return with_delta(network, batch=True)
        own = [sampled(d) for d in environment.delta_definitions]
        return (*definitions(network, batch=True), *(_with_body(d, self._named(d.body)) for d in own))

    def _equation(self, step: Step) -> tuple[n.Expr, n.Expr, LayerRange | None]:
        """Both sides for a batch, and the range of l."""
        q, layer = Symbols(batch=True), _layer(step)
        i, j, s = n.Index("i", n.Neurons(layer)), n.Index("j", n.Neurons(layer - 1)), n.Index("s", SAMPLES)
        there = {"l": layer}
        formula = relayer(self._batch(step.stated), there)
        layers = step.stated.layers if layer.base == "l" else None
        if step.target is Target.DELTA:
            return q.delta(layer)[i, s], formula, layers
        by = q.w(layer)[i, j] if step.target is Target.WEIGHT else q.b(layer)[i]
        left = n.Partial(n.Entry(q.total), by)
        if step.total is not None:
            total = relayer(self._batch(step.total), there)
            both = (step.stated.layers, step.total.layers)
            return left, _with_samples(total, formula), _common(both) if layer.base == "l" else None
        if step.stated.total:
            return left, formula, layers
        whole: n.Expr = n.Sum(s, formula)
        if self.network.total is Total.MEAN:
            whole = n.Mul((n.Power(n.Size(SAMPLES), -1), whole))
        if self.network.weight_decay and step.target is Target.WEIGHT:
            whole = whole + n.Scalar("lambda") * by
        return left, whole, layers

    def _batch(self, stated: Stated) -> n.Expr:
        """The formula with a sample at every quantity, and the network's functions and cost in it."""
        made = self._named(stated.formula)
        if not stated.batch:
            made = sampled(Definition("", None, None, "", (), made)).body
        return self._with_cost(with_lambda(made))

    def _named(self, e: n.Expr) -> n.Expr:
        c = self.section.environment.conventions

        def change(part: n.Expr) -> n.Expr | None:
            if not isinstance(part, n.Apply) or part.function not in (c.hidden, c.output):
                return None
            last = part.function == c.output
            name = self.network.proof_output if last else self.network.proof_hidden
            return n.Apply(name, replaced(part.argument, change), part.primes)

        return replaced(in_force(e, self.section.environment.functions), change)

    def _with_cost(self, e: n.Expr) -> n.Expr:
        """The cost's slope by an output as the table has it."""
        q = Symbols(batch=True)

        def change(part: n.Expr) -> n.Expr | None:
            if isinstance(part, n.Partial) and part.by.variable.symbol == "a":
                return n.CostTerm(self.network.cost, part.by, n.Entry(q.y, part.by.slots), prime=True)
            return None

        return replaced(e, change)


def _with_body(d: Definition, body: n.Expr) -> Definition:
    return Definition(d.symbol, d.first, d.last, d.parameter, d.slots, body)


def _layer(step: Step) -> n.Layer:
    """The layer that both formulas speak of: the general one, where neither is about a layer of its own."""
    own = [stated.layer for stated in (step.stated, step.total) if stated is not None and stated.layer.base != "l"]
    return own[0] if own else n.Layer("l")


def _common(ranges: tuple[LayerRange | None, ...]) -> LayerRange | None:
    known = [each for each in ranges if each is not None]
    if not known:
        return None
    return LayerRange(max(each.first for each in known), max(each.below_last for each in known))


def _with_samples(total: n.Expr, formula: n.Expr) -> n.Expr:
    """A total's formula with that of one sample in the place of the samples' own derivatives."""
    inner = apart(formula, "m")

    def change(part: n.Expr) -> n.Expr | None:
        if not isinstance(part, n.Partial) or part.by.variable.symbol not in PARAMETERS:
            return None
        (sample,) = part.of.slots if isinstance(part.of, n.Entry) else (n.Index("s", SAMPLES),)
        return renamed(inner, "s", sample)

    return replaced(total, change)
