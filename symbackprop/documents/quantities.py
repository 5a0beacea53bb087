"""Names with their scripts to quantities: an entry of the network, or a whole vector or matrix of entries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from symbackprop import notation as n
from symbackprop.documents import syntax as s
from symbackprop.documents.environment import LAYERED, SAMPLED, Environment, variable
from symbackprop.documents.kinds import NameKind, ScriptMark
from symbackprop.documents.marks import MarkReader, Marks, natural
from symbackprop.documents.names import name_key
from symbackprop.documents.problems import Code, NotUnderstood, Problem
from symbackprop.documents.scopes import Scopes
from symbackprop.documents.source import Span
from symbackprop.documents.tensors import Fresh, Tensor, Value, mapped, squared_norm, transposed
from symbackprop.network import LAST, SAMPLES
from symbackprop.notation import Neurons

HIGHEST_POWER = 8


@dataclass
class Quantities:
    """The quantities that the names of one chain stand for. `batch`: every sample has an index of its own."""

    environment: Environment
    batch: bool
    fresh: Fresh
    scopes: Scopes = field(init=False)
    marks: MarkReader = field(init=False)
    readings: list[str] = field(default_factory=list)
    used: set[str] = field(default_factory=set)
    claims: list[s.Braced] = field(default_factory=list)
    samples: set[str] = field(default_factory=set)
    any_layer: bool = False  # the line marks the layer of nothing
    neuron_layers: Mapping[str, n.Layer] = field(default_factory=dict)  # of letters whose quantities name no layer
    one_weight: n.Expr | None = None  # within a sum over all weights: the one that it is at
    summing: bool = False  # within a sum without an index, which is over all entries
    differentials: dict[n.Variable, n.Variable] = field(default_factory=dict)
    least_widths: dict[n.Layer, int] = field(default_factory=dict)
    unknowns: frozenset[str] = frozenset()
    defining: str | None = None

    def __post_init__(self) -> None:
        self.scopes = Scopes(self.environment)
        self.marks = MarkReader(self.environment)

    @property
    def problems(self) -> list[Problem]:
        return self.scopes.problems

    def said(self, reading: str) -> None:
        if reading not in self.readings:
            self.readings.append(reading)

    def size_axis(self, name: str) -> n.Axis | None:
        """The axis whose size has this name; None where the sizes are the network's widths."""
        return None

    def symbol(self, node: s.Node) -> str | None:
        """Which of the network's quantities a name stands for: w, b, z, a, delta, y, E, E_total, o, or None."""
        c, key = self.environment.conventions, name_key(node)
        if key is None:
            return None
        if key in self.environment.total_names:
            return "E_total"
        if key in c.predictions:
            return "o"
        if key in c.costs:
            return "E_total" if c.rows else "E"
        if key in c.targets:
            return "y"
        if key in c.inputs:
            return "x"
        return c.letters.get(key)

    def power(self, base: Value, power: int, span: Span) -> Value:
        if power > HIGHEST_POWER:
            raise NotUnderstood(span, f"a power of {power}", f"at most {HIGHEST_POWER}")
        if not isinstance(base, Tensor):
            return n.Power(base, power)
        if self.summing:
            return mapped(base, lambda e: n.Power(e, power))
        if power == 2 and base.columns is None:
            self.said("the square of a vector is read as its squared norm")
            return squared_norm(base, self.fresh)
        raise NotUnderstood(span, "a power of a vector or matrix", "a power of a number")

    def quantity(
        self, name: s.Name, scripts: tuple[s.Script, ...], symbol: str | None = None, sample: str | None = None
    ) -> Value:
        """What a name with its scripts stands for; `sample`: the mark that stands in a bracket behind them."""
        symbol = symbol or self.symbol(name) or ""
        if symbol == "w" and self.one_weight is not None:
            power = scripts[0].items[0] if len(scripts) == 1 and len(scripts[0].items) == 1 else None
            above = bool(scripts) and scripts[0].mark is ScriptMark.SUPERSCRIPT
            if not scripts:
                return self.one_weight
            if above and isinstance(power, s.Number):
                return n.Power(self.one_weight, natural(power))
        marks = self.marks.read({"E_total": "E", "x": "a", "o": "y"}.get(symbol, symbol), scripts)
        also = self.environment.conventions.letters.get(name_key(name) or "")
        if symbol == "x" and marks.layer is not None and also == "a":
            symbol = "a"  # the input carries the activations' letter
        marks.sample = marks.sample or sample
        marks.capital = name.text.isupper()
        for reading in marks.readings:
            self.said(reading)
        if symbol == "E_total" and marks.sample is not None:
            symbol = "E"
        span = name.span if not scripts else name.span.to(scripts[-1].span)
        if symbol == "delta" and marks.layer is None and len(marks.indices) == 2:
            return self._kronecker(marks, span)
        of = self.variable(symbol, marks, span)
        made = self.entries(of, marks, span)
        if marks.power is not None:
            made = self.power(made, marks.power, span)
        if marks.transposed:
            made = transposed(made) if isinstance(made, Tensor) else made
        return made

    def variable(self, symbol: str, marks: Marks, span: Span) -> n.Variable:
        """The quantity itself, at its layer."""
        layer = marks.layer
        if symbol == "o":
            symbol, layer = "a", LAST
        elif symbol == "x":
            if layer is not None:
                found = f"`{span.text}`, the input with a layer"
                expected = f"no layer: the input is layer {self.environment.conventions.first}"
                raise NotUnderstood(span, found, expected, Code.UNKNOWN_SYMBOL)
            symbol, layer = "a", self.environment.layer_number(self.environment.conventions.first)
        if layer is not None:
            layer = self.environment.meant(symbol, layer)
        elif symbol in LAYERED and marks.indices:
            layer = self._layer_of_neuron(symbol, marks)
        if symbol in ("w", "b", "delta") and layer is None and self.any_layer:
            self.said("what has no layer's mark stands in any one layer, the same for all")
            layer = n.Layer("l")
        if symbol in LAYERED and layer is None and self.environment.fixed_depth == 1:
            layer = LAST  # the only one there is
        if symbol in LAYERED and layer is None:
            raise NotUnderstood(span, f"`{span.text}` without a layer", "a layer's mark, such as ^{(l)}")
        self.used.add(symbol)
        return variable(symbol, layer, self.batch)

    def _layer_of_neuron(self, symbol: str, marks: Marks) -> n.Layer | None:
        """The layer of a quantity that only its neuron's letter places."""
        from_to = self.environment.conventions.from_to
        letter = index_name(marks.indices[-1 if symbol == "w" and from_to else 0])
        layer = None if letter is None else self.neuron_layers.get(letter)
        if layer is not None:
            self.said(f"{letter} is read as a neuron of layer {self.environment.said(layer)}")
        return layer

    def entries(self, of: n.Variable, marks: Marks, span: Span) -> Value:
        """An entry where indices are written, the whole vector or matrix where they are not."""
        rows = self.environment.conventions.rows and of.symbol in SAMPLED and SAMPLES in of.axes
        if rows and of.symbol != "E" and (not marks.indices or len(marks.indices) == len(of.axes)):
            return self._of_samples(of, marks)
        sample = self._sample_slots(of, marks, span)
        axes = of.axes[: len(of.axes) - len(sample)]
        turned = of.symbol == "w" and self.environment.conventions.from_to
        single = self._single(axes) if len(marks.indices) < len(axes) else ()
        if single:
            return self._of_single(of, axes, marks, sample, turned)
        if not marks.indices:
            whole = _whole(of, axes, sample)
            if self.environment.conventions.rows and of.symbol == "b" and isinstance(whole, Tensor):
                return transposed(whole)
            return transposed(whole) if turned and isinstance(whole, Tensor) else whole
        if of.symbol in ("E", "E_total"):
            raise NotUnderstood(span, f"`{span.text}`, the cost with an index", "a line `sample` in the conventions, if"
                                " it marks a sample", Code.UNKNOWN_SYMBOL)  # fmt: skip
        if len(marks.indices) != len(axes):
            text = f"{of.symbol}{'' if of.layer is None else '^(' + self.environment.said(of.layer) + ')'} has"
            count = f"{len(axes)} {'index' if len(axes) == 1 else 'indices'}"
            extra = _span_of(marks.indices[len(axes) :] or marks.indices)
            self.problems.append(Problem(Code.INDEX_COUNT, extra, f"{text} {count}, {len(marks.indices)} are written"))
        written = axes[::-1] if turned else axes
        slots = [
            self.slot(node, written[min(at, len(axes) - 1)] if axes else Neurons(LAST), of)
            for at, node in enumerate(marks.indices)
        ]
        return n.Entry(of, (*(slots[::-1] if turned else slots), *sample))

    def _of_samples(self, of: n.Variable, marks: Marks) -> Value:
        """A matrix with a row for each sample, or its entry: the sample's index comes first."""
        neurons, samples = of.axes
        if not marks.indices:
            return Tensor(samples, neurons, lambda r, c: n.Entry(of, tuple(x for x in (c, r) if x is not None)))
        first, second = marks.indices
        row = self.slot(first, samples, of)
        return n.Entry(of, (self.slot(second, neurons, of), row))

    def _single(self, axes: tuple[n.Axis, ...]) -> tuple[int, ...]:
        """The axes of layers that the conventions give one neuron: their index may be left out."""
        widths = dict(self.environment.fixed_widths)
        ones = {self.environment.depth_counted(layer) for layer, width in widths.items() if width == 1}
        return tuple(
            at for at, axis in enumerate(axes)
            if isinstance(axis, Neurons) and self.environment.depth_counted(axis.layer) in ones
        )  # fmt: skip

    def _of_single(
        self, of: n.Variable, axes: tuple[n.Axis, ...], marks: Marks, sample: tuple[n.Slot, ...], turned: bool
    ) -> Value:
        """`w_j`, `z` where the layer has one neuron: the index that is left out is 1."""
        single = self._single(axes)[: len(axes) - len(marks.indices)]
        kept = [at for at in range(len(axes)) if at not in single]
        if marks.indices and len(kept) != len(marks.indices):
            kept = kept[: len(marks.indices)]
        order = kept[::-1] if turned else kept
        written = {at: self.slot(node, axes[at], of) for at, node in zip(order, marks.indices, strict=False)}

        def entry(free: tuple[n.Slot | None, ...]) -> n.Expr:
            found = {**written, **{at: x for at, x in zip(kept, free, strict=False) if x is not None}}
            return n.Entry(of, (*(found.get(at, n.At(1)) for at in range(len(axes))), *sample))

        if marks.indices or not kept:
            return entry(())
        if len(kept) == 1 and of.symbol == "w" and marks.capital and (kept[0] == 0) == turned:
            return Tensor(None, axes[kept[0]], lambda r, c: entry((c,)))  # W of one neuron lies, w stands
        if len(kept) == 1:
            return Tensor(axes[kept[0]], None, lambda r, c: entry((r,)))
        return Tensor(axes[kept[0]], axes[kept[1]], lambda r, c: entry((r, c)))

    def slot(self, node: s.Node, axis: n.Axis, of: n.Variable) -> n.Slot:
        """One index: a letter on its axis, or a number."""
        if isinstance(node, s.Number):
            value = natural(node)
            if value < 1:
                raise NotUnderstood(node.span, f"the index {value} of {of}", "indices that count from 1")
            if isinstance(axis, Neurons):
                self.least_widths[axis.layer] = max(value, self.least_widths.get(axis.layer, 1))
            return n.At(value)
        name = index_name(node)
        if name is None:
            raise NotUnderstood(node.span, f"`{node.span.text}` as an index", "a letter or a number")
        where = of.symbol if of.layer is None else f"{of.symbol}^({self.environment.said(of.layer)})"
        return self.scopes.index(name, axis, node.span, where)

    def _sample_slots(self, of: n.Variable, marks: Marks, span: Span) -> tuple[n.Slot, ...]:
        if marks.sample is not None:
            self.samples.add(marks.sample)
        if not self.batch or of.symbol not in SAMPLED:
            return ()
        name = marks.sample
        if name is None:
            open_ = [binder.name for binder in self.scopes.bound if binder.axis == SAMPLES]
            if len(open_) != 1:
                raise NotUnderstood(span, f"`{span.text}` names no sample, and there are several", "a sample's mark")
            name = open_[0]
        return (self.scopes.index(name, SAMPLES, span, "the sample's mark"),)

    def _kronecker(self, marks: Marks, span: Span) -> n.Expr:
        names = [index_name(node) for node in marks.indices]
        binders = [self.scopes.find(name) for name in names if name is not None]
        axis = next((b.axis for b in binders if b.axis is not None), None)
        if len(binders) != 2 or axis is None:
            raise NotUnderstood(span, f"`{span.text}`", "a layer's mark, or two indices whose axis is known")
        self.said("delta with two indices and no layer is read as Kronecker's")
        left, right = (self.scopes.index(b.name, axis, span, "Kronecker's delta") for b in binders)
        return n.Kronecker(left, right)


def _span_of(nodes: list[s.Node]) -> Span:
    return nodes[0].span.to(nodes[-1].span)


def _whole(of: n.Variable, axes: tuple[n.Axis, ...], sample: tuple[n.Slot, ...]) -> Value:
    if not axes:
        return n.Entry(of, sample)
    rows, columns = (*axes, None)[:2]

    def at(r: n.Slot | None, c: n.Slot | None) -> n.Expr:
        """The entry; asked at a place that it has no axis for, one without its index, which the check of form sees."""
        places = ((r, rows), (c, columns))
        return n.Entry(of, (*(x for x, axis in places if x is not None and axis is not None), *sample))

    return Tensor(rows, columns, at)


def index_name(node: s.Node) -> str | None:
    """The letter of an index, primes included."""
    if isinstance(node, s.Name) and node.kind is NameKind.LETTER and not node.decorations:
        return node.text
    if isinstance(node, s.Scripted) and node.primes and not node.scripts and isinstance(node.base, s.Name):
        return node.base.text + "'" * node.primes
    return None
