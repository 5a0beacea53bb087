"""What is known at one place of a document: its conventions, and the definitions in force with their lines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from symbackprop import notation as n
from symbackprop.claims import Assumption
from symbackprop.documents import syntax as s
from symbackprop.documents.aliases import Alias
from symbackprop.documents.conventions import Conventions
from symbackprop.documents.entities import Own
from symbackprop.documents.names import name_key
from symbackprop.documents.own_functions import OwnFunction
from symbackprop.documents.terms import rebuilt
from symbackprop.documents.values import Values
from symbackprop.functions import SOFTMAX
from symbackprop.network import LAST, SAMPLES, Definition
from symbackprop.notation import Layer, Neurons

HERE = Layer("l")
INPUT = Layer("", 0)
LOWEST = {"a": 0}
DATA = "E of the data"  # the part of a cost that adds a penalty on the parameters: no symbol of a page is written so


@dataclass(frozen=True)
class Known:
    """A definition of the document, and the lines that it rests on.

    needs_cost, needs_names, assumes: where it was proved from others, whether that took the stated cost, the
    document's own functions, assumptions.
    """

    definition: Definition
    line: int
    also: tuple[int, ...] = ()
    needs_cost: bool = False
    needs_names: bool = False
    assumes: tuple[Assumption, ...] = ()


@dataclass(frozen=True)
class Environment:
    """conventions, and what the document has defined; letters that have been used under their default meaning.

    cost: the per-sample cost; total: the total cost; deltas: the layers' deltas; quantities: z and a where the document
    defines them otherwise; total_names: the names of the total cost; file-wide. functions: the document's own;
    activations: letters of functions that the document applies and gives no formula for.
    aliases: names that stand for a formula. total_without_data: `J(W, b)` is the total, `J(W, b; x, y)` a sample's.
    """

    conventions: Conventions = field(default_factory=Conventions)
    cost: Known | None = None
    total: Known | None = None
    deltas: tuple[Known, ...] = ()
    quantities: tuple[Known, ...] = ()
    functions: Mapping[str, OwnFunction] = field(default_factory=lambda: MappingProxyType({}))
    activations: frozenset[str] = frozenset()
    own: Own = field(default_factory=Own)  # what a document without a network has defined
    total_names: frozenset[str] = frozenset()
    total_without_data: bool = False
    sample_counts: frozenset[str] = frozenset()
    aliases: tuple[Alias, ...] = ()
    where: Values = field(default_factory=lambda: MappingProxyType({}))  # numbers that hold for the next display
    used: frozenset[str] = frozenset()
    corrected: frozenset[int] = frozenset()  # lines whose definitions hold as corrected, not as written
    lines: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))  # where a default was confirmed

    def using(self, symbols: set[str]) -> Environment:
        return replace(self, used=self.used | symbols)

    def under(self, conventions: Conventions) -> Environment:
        """The same under other conventions; a cost that names single neurons belongs to the network it was for."""
        before, after = self.conventions, conventions
        moved = (before.first, before.depth, before.widths) != (after.first, after.depth, after.widths)
        body = n.number(0) if self.cost is None else self.cost.definition.body
        slots = [slot for e in n.walk(body) if isinstance(e, n.Entry) for slot in e.slots]
        single = any(isinstance(slot, n.At) for slot in slots)
        return replace(self, conventions=after, cost=None if moved and single else self.cost)

    def is_without_data(self, node: s.Node) -> bool:
        """Whether a node is the cost as a function of parameters alone, `J(W, b)`."""
        if not isinstance(node, s.NameGroup) or name_key(node.head) not in self.conventions.costs:
            return False
        keys = [name_key(item) or "" for item in node.group.items]
        return bool(keys) and all(self.conventions.letters.get(key) in ("w", "b") for key in keys)

    # layers

    def layer_number(self, number: int) -> Layer:
        """The layer that the document gives this number: counted from L where the depth is fixed."""
        c = self.conventions
        return Layer("", number - c.first) if c.depth is None else LAST + (number - c.depth)

    def depth_counted(self, layer: Layer) -> Layer:
        """A layer counted from L, where the depth is fixed and it has a number."""
        depth = self.fixed_depth
        return LAST + (layer.offset - depth) if depth is not None and not layer.base else layer

    def meant(self, symbol: str, layer: Layer) -> Layer:
        """The layer that a quantity belongs to, from the one that its mark names."""
        if symbol in ("w", "b") and self.conventions.source:
            return layer + 1
        return layer + self.conventions.delta_shift if symbol == "delta" else layer

    def said(self, layer: Layer) -> str:
        """A layer as the document numbers it."""
        c = self.conventions
        if layer.base == "L" and c.depth is not None:
            name = next((name for name, number in c.layer_names.items() if number == c.depth + layer.offset), None)
            return str(c.depth + layer.offset) if name is None else name
        if layer.base == "L":
            return str(Layer(c.last, layer.offset))
        return str(layer.offset + c.first) if not layer.base else str(layer)

    def axis_said(self, axis: n.Axis) -> str:
        return f"the neurons of layer {self.said(axis.layer)}" if isinstance(axis, Neurons) else str(axis)

    @property
    def fixed_widths(self) -> tuple[tuple[Layer, int], ...]:
        widths = self.conventions.widths
        return tuple((LAST + (k - len(widths) + 1), w) for k, w in enumerate(widths) if w is not None)

    @property
    def fixed_depth(self) -> int | None:
        c = self.conventions
        return None if c.depth is None else c.depth - c.first

    # the core's definitions

    def definitions(self, batch: bool, cost_known: bool) -> tuple[Definition, ...]:
        """The network, the cost (opaque where `cost_known` is False), the deltas and the total cost."""
        made = [*self._layers(batch), *self._cost(batch, cost_known)]
        made += [sampled(d) if batch else d for d in self.delta_definitions]
        if batch:
            made.append(self._total())
        return tuple(made)

    @property
    def delta_definitions(self) -> tuple[Definition, ...]:
        """The document's, or ∂E/∂z in every layer where its conventions say so."""
        if self.deltas or not self.conventions.delta:
            return tuple(known.definition for known in self.deltas)
        m = Layer("m")
        if self.conventions.rows:
            row = (n.Index("i", Neurons(m)), n.Index("s", SAMPLES))
            whole = n.Partial(n.Entry(n.Variable("E_total")), n.Entry(variable("z", m, True), row))
            return (Definition("delta", Layer("", 1), LAST, "m", row, whole),)
        i = n.Index("i", Neurons(m))
        body = n.Partial(n.Entry(variable("E", None)), n.Entry(variable("z", m), (i,)))
        return (Definition("delta", Layer("", 1), LAST, "m", (i,), body),)

    def _layers(self, batch: bool) -> list[Definition]:
        c, m, s = self.conventions, Layer("m"), _samples(batch)
        i, j = n.Index("i", Neurons(m)), n.Index("j", Neurons(m - 1))
        own = [known.definition for known in self.quantities]
        made: list[Definition] = [sampled(d) if batch else d for d in own]
        if not any(d.symbol == "z" for d in own):
            z: n.Expr = n.Sum(j, n.Mul((variable("w", m, batch)[i, j], variable("a", m - 1, batch)[(j, *s)])))
            z = z + variable("b", m, batch)[i] if c.biases else z
            made.append(Definition("z", Layer("", 1), LAST, "m", (i, *s), z))
        firsts = {d.first: d.last for d in own if d.symbol == "a"}
        general = firsts.get(Layer("", 1))
        if general is None:
            hidden = n.Apply(c.hidden, variable("z", m, batch)[(i, *s)])
            last = LAST if c.output == c.hidden else LAST - 1
            made.append(Definition("a", Layer("", 1), last, "m", (i, *s), hidden))
        if LAST not in firsts and general != LAST and (general is not None or c.output != c.hidden):
            k = n.Index("k", Neurons(LAST))
            made.append(Definition("a", LAST, LAST, "m", (k, *s), _output(c.output, k, batch)))
        return made

    @property
    def hidden_functions(self) -> frozenset[str]:
        """The functions that are applied below layer L alone."""
        c = self.conventions
        general = next((k.definition for k in self.quantities if k.definition.first == Layer("", 1)
                        and k.definition.symbol == "a"), None)  # fmt: skip
        if general is None:
            return frozenset({c.hidden} - {c.output})
        above = [d.body for d in self._layers(False) if d.symbol == "a" and d.first == LAST]
        return _functions(general.body) - _functions(*above) if general.last != LAST else frozenset()

    def _cost(self, batch: bool, cost_known: bool) -> list[Definition]:
        s = _samples(batch)
        if cost_known and self.cost is not None:
            made = with_penalty_apart(self.cost.definition)
            return [sampled(d) for d in made] if batch else made
        if cost_known and self.conventions.named_cost:
            k = n.Index("k", Neurons(LAST))
            a, y = variable("a", LAST, batch)[(k, *s)], variable("y", None, batch)[(k, *s)]
            return [Definition("E", None, None, "", s, n.Sum(k, n.CostTerm(self.conventions.named_cost, a, y)))]
        letter = next(iter(self.conventions.costs), "C")
        outputs, sample = variable("a", LAST, batch), s[0] if s else None
        names = {"E": letter, **dict.fromkeys((DATA,) * bool(self.conventions.data_costs), f"{letter} of the data")}
        return [Definition(e, None, None, "", s, n.OpaqueCost(c, outputs, sample)) for e, c in names.items()]

    def _total(self) -> Definition:
        if self.total is not None:
            return self.total.definition
        s = n.Index("s", SAMPLES)
        mean = n.Mul((n.Power(n.Size(SAMPLES), -1), n.Sum(s, variable("E", None, True)[s])))
        return Definition("E_total", None, None, "", (), mean)


def with_penalty_apart(cost: Definition) -> list[Definition]:
    """A cost and, where it adds a function of the parameters alone, its data part as a cost of its own.

    The data part depends on the network through the last layer, whatever the parameters are.
    """
    if DATA in _read(cost.body):  # the page names its data part, and says no more of it
        return [cost, Definition(DATA, None, None, "", (), n.OpaqueCost("C", variable("a", LAST)))]
    terms = cost.body.terms if isinstance(cost.body, n.Add) else ()
    penalties = [term for term in terms if (read := _read(term)) and read <= PARAMETERS]
    if not penalties or len(penalties) == len(terms):
        return [cost]
    data = n.Add(tuple(term for term in terms if term not in penalties))
    part = n.Entry(n.Variable(DATA))
    return [replace(cost, body=n.Add((part, *penalties))), Definition(DATA, None, None, "", (), data)]


def _read(e: n.Expr) -> frozenset[str]:
    return frozenset(part.variable.symbol for part in n.walk(e) if isinstance(part, n.Entry))


def _functions(*bodies: n.Expr) -> frozenset[str]:
    return frozenset(e.function for body in bodies for e in n.walk(body) if isinstance(e, n.Apply))


def _samples(batch: bool) -> tuple[n.Index, ...]:
    return (n.Index("s", SAMPLES),) if batch else ()


def _output(function: str, k: n.Index, batch: bool) -> n.Expr:
    z, s = variable("z", LAST, batch), _samples(batch)
    if function == SOFTMAX:
        m = n.Index("m", Neurons(LAST))
        return n.Softmax(k, m, z[(m, *s)])
    return n.Apply(function, z[(k, *s)])


SAMPLED = frozenset({"z", "a", "delta", "y", "E", DATA})
PARAMETERS = frozenset({"w", "b"})
LAYERED = frozenset({"w", "b", "z", "a", "delta"})


def variable(symbol: str, layer: Layer | None, batch: bool = False) -> n.Variable:
    """A quantity of the network, with the sample as its last axis where there are many."""
    axes: tuple[n.Axis, ...] = ()
    if symbol == "y":
        axes = (Neurons(LAST),)
    elif layer is not None:
        axes = (Neurons(layer), Neurons(layer - 1)) if symbol == "w" else (Neurons(layer),)
    return n.Variable(symbol, layer, (*axes, SAMPLES) if batch and symbol in SAMPLED else axes)


def sampled(d: Definition) -> Definition:
    """A one-sample definition for every sample s."""
    if any(slot.axis == SAMPLES for slot in d.slots):
        return d
    s = n.Index("s", SAMPLES)
    return replace(d, slots=(*d.slots, s), body=_sampled(d.body, s))


def _sampled(e: n.Expr, s: n.Index) -> n.Expr:
    if isinstance(e, n.Entry) and e.variable.symbol in SAMPLED and SAMPLES not in e.variable.axes:
        return n.Entry(replace(e.variable, axes=(*e.variable.axes, SAMPLES)), (*e.slots, s))
    if isinstance(e, n.OpaqueCost):
        return replace(e, outputs=replace(e.outputs, axes=(*e.outputs.axes, SAMPLES)), sample=s)
    return rebuilt(e, lambda child: _sampled(child, s))
