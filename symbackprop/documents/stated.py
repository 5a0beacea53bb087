"""What a document states of its gradients: quantities that proved links set equal to closed formulas.

Closed: made of weights, activations, deltas and the cost's slope by the outputs, so that it can be computed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from symbackprop import notation as n
from symbackprop.claims import Form, LayerRange
from symbackprop.documents.chains import read_chain
from symbackprop.documents.checking import Checker
from symbackprop.documents.conventions import Conventions
from symbackprop.documents.defining import definition_of
from symbackprop.documents.einstein import slots_of
from symbackprop.documents.environment import Environment
from symbackprop.documents.formula import Statement
from symbackprop.documents.judge import Judge
from symbackprop.documents.results import EquationResult, Kind, LinkResult
from symbackprop.documents.source import Span
from symbackprop.documents.terms import replaced
from symbackprop.errors import SymbackpropError
from symbackprop.instantiate import relayer, renamed
from symbackprop.network import LAST, SAMPLES, Definition

PARAMETERS = frozenset({"w", "b"})
COMPUTED = frozenset({"w", "b", "z", "a", "delta", "y"})


class Target(Enum):
    """What a formula computes."""

    DELTA = "delta"
    WEIGHT = "the weight gradient"
    BIAS = "the bias gradient"


@dataclass(frozen=True)
class Stated:
    """A quantity and the closed formula that a page proved it equal to.

    head: an entry of delta, or the derivative of a cost by a weight or a bias, its own indices called i and j, the
    sample's s. total: it is the total cost's. layers: the range of the letter l, None where it does not occur.
    """

    target: Target
    total: bool
    head: n.Expr
    formula: n.Expr
    layer: n.Layer
    layers: LayerRange | None
    least_depth: int
    batch: bool
    span: Span
    text: str

    @property
    def rests_on_samples(self) -> bool:
        """Whether the formula holds derivatives of the samples' costs by parameters, which other lines must give."""
        parts = (part for part in n.walk(self.formula) if isinstance(part, n.Partial))
        return any(part.by.variable.symbol in PARAMETERS for part in parts)


@dataclass(frozen=True)
class Section:
    """What is stated under one block of conventions, and what is known at its end."""

    environment: Environment
    stated: tuple[Stated, ...]


@dataclass(frozen=True)
class Record:
    """A statement, its results, and what was known before and after it."""

    statement: Statement
    links: tuple[LinkResult, ...]
    before: Environment
    after: Environment


class Recorder(Checker):
    """A checker that keeps what it met."""

    def __init__(self, timeout: float | None) -> None:
        super().__init__(Judge(corrects=False), timeout)
        self.records: list[Record] = []

    def _statement(self, statement: Statement) -> tuple[tuple[LinkResult, ...], list[EquationResult]]:
        before = self.environment
        links, within = super()._statement(statement)
        self.records.append(Record(statement, links, before, self.environment))
        return links, within


def sections(data: bytes | str, name: str, timeout: float | None = None) -> list[Section]:
    """The sections of a document whose equations are all proved. Raises SymbackpropError at the first that is not."""
    recorder = Recorder(timeout)
    checked = recorder.check(data, name)
    for equation in checked.equations:
        for link in equation.links:
            if link.said in ("refuted", "undecided", "unreadable"):
                said = "" if link.problem is None else f": {link.problem.text}"
                place = link.span if link.problem is None else link.problem.span
                raise SymbackpropError(
                    f"{place}: {link.said}{said}; only a page whose equations are all proved is trained from:"
                    f" 'symbackprop check {name}' shows them"
                )
    made: list[Section] = []
    conventions: Conventions | None = None
    waiting: list[Stated] = []
    last: Environment | None = None
    for record in recorder.records:
        if last is not None and record.after.conventions != conventions:
            made.append(Section(last, tuple(waiting)))
            waiting = []
        conventions, last = record.after.conventions, record.after
        waiting += stated_in(record)
    return made if last is None else [*made, Section(last, tuple(waiting))]


def stated_in(record: Record) -> Iterator[Stated]:
    """The quantities that one statement sets equal to closed formulas, each with the last such formula of its chain."""
    for d in _defined_deltas(record):
        yield from _defined(d, record)
    members: list[n.Expr] = []
    for link in (*record.links, None):
        claim = None if link is None or link.kind is not Kind.CLAIM or link.verdict is None else link.verdict.claim
        if claim is None or not (link and link.verdict and link.verdict.proved) or claim.directions or claim.unknowns:
            members = []
            continue
        left, right = claim.sides
        if claim.form is Form.MATRIX:
            for number, index in enumerate(claim.free):
                own = n.Index(f"f{number}", index.axis)
                left, right = renamed(left, index.name, own), renamed(right, index.name, own)
        members = [*members, right] if members else [left, right]
        batch = any(d.symbol == "E_total" for d in claim.definitions)
        for head in members[:-1]:
            yield from _pair(head, right, claim.layers, claim.least_depth, batch, record)
        yield from _pair(right, members[0], claim.layers, claim.least_depth, batch, record)


def _defined_deltas(record: Record) -> Iterator[Definition]:
    """The delta that the statement defines, by the formula that stands there."""
    first, links = record.statement.chain.first, record.statement.chain.links
    if first is None or not record.links or record.links[0].kind is not Kind.DEFINITION:
        return
    chain = read_chain([first, links[0].right], record.statement.conditions, record.before)
    left, right = chain.members
    made = definition_of(left, right, links[0].relation, chain, record.before)
    if made is not None and made.symbol == "delta":
        yield from (k.definition for k in made.environment.deltas if k not in record.before.deltas)


def _defined(d: Definition, record: Record) -> Iterator[Stated]:
    """A delta that is defined by a closed formula."""
    if d.first is None:
        return
    layer = d.first if d.first == d.last else n.Layer("l")
    below = 0 if d.last is None or d.last.base != "L" else -d.last.offset
    layers = LayerRange(max(1, d.first.offset), below) if layer.base == "l" else None
    head = n.Entry(n.Variable("delta", layer, tuple(slot.axis for slot in d.slots)), d.slots)
    least = 1 if layers is None else layers.first + layers.below_last
    yield from _pair(head, d.body, layers, least, False, record)


def _pair(
    head: n.Expr, formula: n.Expr, layers: LayerRange | None, least: int, batch: bool, record: Record
) -> Iterator[Stated]:
    """What is stated where the first is a target and the second is closed; a general layer is called l."""
    if by_slope(record.after):
        head, formula = by_delta(head), by_delta(formula)
    found = _target(head)
    if found is None or head == formula or not closed(formula):
        return
    target, total, layer, slots = found
    if layer.base == "l" and layers is not None:
        down = {"l": n.Layer("l", -layer.offset)}
        head, formula, slots = relayer(head, down), relayer(formula, down), _slots(relayer(head, down))
        layers = LayerRange(layers.first + layer.offset, layers.below_last - layer.offset)
        layer = n.Layer("l")
    fresh = [(slot, n.Index(name, slot.axis)) for slot, name in zip(slots, _letters(slots), strict=True)]
    formula = apart(formula, "k")
    for slot, own in fresh:
        marked = n.Index(f"{own.name}'", own.axis)  # two steps: j may become i while i becomes j
        head, formula = renamed(head, slot.name, marked), renamed(formula, slot.name, marked)
    for _, own in fresh:
        head, formula = renamed(head, f"{own.name}'", own), renamed(formula, f"{own.name}'", own)
    span = record.statement.span
    text = " ".join(span.text.split())
    yield Stated(target, total, head, formula, layer, layers, least, batch, span, text)


def _slots(head: n.Expr) -> tuple[n.Index, ...]:
    found = _target(head)
    return () if found is None else found[3]


def by_slope(environment: Environment) -> bool:
    """Whether delta is the cost's derivative by the pre-activation, as far as the document's definitions say: they are
    that derivative, or formulas without any derivative by pre-activations, which are then proved to be it."""
    for d in environment.delta_definitions:
        if any(isinstance(e, n.Partial) and e.by.variable.symbol == "z" for e in n.walk(d.body)):
            own = d.body
            plain = isinstance(own, n.Partial) and _is_cost(own.of) and own.by.slots == d.slots
            if not plain or not isinstance(own, n.Partial) or own.by.variable.symbol != "z":
                return False
    return True


def _letters(slots: tuple[n.Index, ...]) -> list[str]:
    own = iter("ij")
    return ["s" if slot.axis == SAMPLES else next(own) for slot in slots]


def by_delta(e: n.Expr) -> n.Expr:
    """With delta for every derivative of a sample's cost by a pre-activation."""

    def change(part: n.Expr) -> n.Expr | None:
        if isinstance(part, n.Partial) and _is_cost(part.of) and part.by.variable.symbol == "z":
            v = part.by.variable
            return n.Entry(n.Variable("delta", v.layer, v.axes), part.by.slots)
        return None

    return replaced(e, change)


def _is_cost(e: n.Expr) -> bool:
    return isinstance(e, n.Entry) and e.variable.symbol == "E"


def _target(e: n.Expr) -> tuple[Target, bool, n.Layer, tuple[n.Index, ...]] | None:
    match e:
        case n.Entry(variable, slots) if variable.symbol == "delta":
            target, total = Target.DELTA, False
        case n.Partial(n.Entry(of), n.Entry(variable, slots)) if variable.symbol in PARAMETERS and of.symbol[0] == "E":
            target = Target.WEIGHT if variable.symbol == "w" else Target.BIAS
            total = of.symbol == "E_total"
            slots = (*slots, *e.of.slots) if isinstance(e.of, n.Entry) else slots
        case _:
            return None
    plain = tuple(slot for slot in slots if isinstance(slot, n.Index))
    if variable.layer is None or len(plain) < len(slots) or len({slot.name for slot in plain}) < len(plain):
        return None
    return target, total, variable.layer, plain


def closed(e: n.Expr) -> bool:
    """Whether a formula can be computed from the network's arrays; a total's may rest on the samples' gradients."""
    match e:
        case n.Entry(variable, slots):
            return variable.symbol in COMPUTED and not any(isinstance(slot, n.At) for slot in slots)
        case n.Partial(of, by):
            last = by.variable.symbol == "a" and by.variable.layer == LAST
            sampled = isinstance(of, n.Entry) and SAMPLES in of.variable.axes
            known = last or (sampled and by.variable.symbol in PARAMETERS)
            return _is_cost(of) and known and not any(isinstance(x, n.At) for x in by.slots)
        case n.Scalar(name):
            return name == "\\lambda"
        case n.SumLayers() | n.OpaqueCost() | n.Kronecker():
            return False
    return not any(isinstance(x, n.At) for x in slots_of(e)) and all(closed(child) for child in n.children(e))


def apart(e: n.Expr, letter: str) -> n.Expr:
    """The same formula, every bound index under a name of its own that no page has, made from that letter."""
    count = iter(range(1, 10**6))

    def change(part: n.Expr) -> n.Expr | None:
        if isinstance(part, n.Sum):
            own = n.Index(f"{letter}{next(count)}'", part.index.axis)
            return n.Sum(own, replaced(renamed(part.body, part.index.name, own), change))
        if isinstance(part, n.Softmax):
            own = n.Index(f"{letter}{next(count)}'", part.index.axis)
            return n.Softmax(part.slot, own, replaced(renamed(part.argument, part.index.name, own), change))
        return None

    return replaced(e, change)


def layers_mentioned(stated: Stated) -> set[n.Layer]:
    """The layers whose deltas the formula needs."""
    entries = [part.variable for part in n.walk(stated.formula) if isinstance(part, n.Entry)]
    return {v.layer for v in entries if v.symbol == "delta" and v.layer is not None}
