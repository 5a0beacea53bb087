"""Names to quantities where the document defines them all: shapes come from declarations and from use."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from symbackprop import notation as n
from symbackprop.documents import syntax as s
from symbackprop.documents.elaborate import CONSTANT, SOME_CONSTANT, Elaborator
from symbackprop.documents.entities import MARK, Entity
from symbackprop.documents.kinds import Bracket, ScriptMark
from symbackprop.documents.marks import natural
from symbackprop.documents.page_names import NameReader, Parts, index_letter
from symbackprop.documents.problems import Code, NotUnderstood, Problem
from symbackprop.documents.scopes import Binder, Scopes
from symbackprop.documents.shaping import Shapes
from symbackprop.documents.source import Span
from symbackprop.documents.tensors import Tensor, Value, transposed
from symbackprop.documents.terms import with_slots
from symbackprop.documents.trees import walk
from symbackprop.notation import Index

_MARKS: Final = re.compile(r"(?<=[_^({,])[A-Za-z]+(?=[)},]|$)")  # the letters of a name's marks, i of x^(i)


@dataclass
class PageScopes(Scopes):
    """Indices whose axes are found by unification."""

    shapes: Shapes | None = None

    def index(self, name: str, axis: n.Axis, span: Span, where: str) -> Index:
        binder = self.find(name)
        if binder.axis is None:
            binder.axis, binder.fixed_at = axis, span
        elif self.shapes is not None and not self.shapes.unify(binder.axis, axis):
            self.problems.append(self._conflict(binder, axis, span, where))
        return Index(name, binder.axis)


@dataclass
class PageQuantities(Elaborator):
    """The quantities that names stand for in a document that defines everything itself.

    introduces: whether a name that nothing defines is met here for the first time, or is unknown.
    """

    shapes: Shapes = field(kw_only=True)
    introduces: bool = True
    names_variable: bool = False  # while the variable behind a gradient's mark is read
    hints: dict[str, int] = field(default_factory=dict)
    head_key: str = ""  # what the line defines, where its left side is one entry of it
    defines_e: bool = False  # `e = y - t`: no page defines Euler's number
    labels: frozenset[str] = frozenset()
    renamed: frozenset[str] = frozenset()  # names with a number below that are no entries

    def __post_init__(self) -> None:
        super().__post_init__()
        self.scopes = PageScopes(self.environment, shapes=self.shapes)

    # names

    @property
    def reader(self) -> NameReader:
        families = self.shapes.own.family_names
        return NameReader(self.environment.conventions, self.is_known, self.rank, families, self.labels, self.renamed)

    def is_known(self, key: str) -> bool:
        return self.shapes.entity(key) is not None

    def rank(self, key: str) -> int | None:
        entity = self.shapes.entity(key)
        if entity is not None and (entity.axes or key not in self.hints):
            return len(entity.axes)
        return self.hints.get(key)

    def symbol(self, node: s.Node) -> str | None:
        return None

    def size_axis(self, name: str) -> n.Axis | None:
        return self.shapes.own.extent(name)

    def name(self, node: s.Name) -> Value:
        return self.named(node)

    def scripted(self, node: s.Scripted) -> Value:
        if self.is_exponential(node):
            return super().scripted(node)
        if self.reader.parts(node) is not None:
            return self.named(node)
        if isinstance(node.base, s.Group):
            letters = [script for script in node.scripts if self._abstracts(node.base, script)]
            if len(letters) == 1:
                return self._array(node, letters[0])
        return super().scripted(node)

    def is_exponential(self, node: s.Scripted) -> bool:
        plain = isinstance(node.base, s.Name) and node.base.text == "e" and not self.is_known("e")
        return plain and len(node.scripts) == 1

    def named(self, node: s.Expression) -> Value:
        """The quantity that a name stands for: an entry, or the whole."""
        parts = self.reader.parts(node)
        if parts is None:
            raise NotUnderstood(node.span, f"`{node.span.text}`", "a name", Code.UNKNOWN_SYMBOL)
        made = self._constant(parts, node)
        if made is not None:
            return made
        self._check_marks(parts, node)
        entity = self._entity(parts, node)
        value = self.entries_of(entity, parts, node)
        if parts.power is not None:
            if parts.power.span.end < node.span.end and "}" in node.span.text[-1:]:
                self.said(f"the exponent within the index of {node.span.text} is read as the entry's")
            value = self.power(value, natural(parts.power.items[0]), parts.power.span)  # type: ignore[arg-type]
        known = parts.key in self.shapes.own.entities
        if parts.transposed and known and not isinstance(value, Tensor) and not parts.indices:
            found = f"a transpose of `{parts.key}`, which is a number as the page uses it"
            expected = f"a vector or matrix: declare it first, `let: {parts.key} \\in \\mathbb{{R}}^n`"
            raise NotUnderstood(node.span, found, expected)
        return transposed(value) if parts.transposed and isinstance(value, Tensor) else value

    def _check_marks(self, parts: Parts, node: s.Expression) -> None:
        """Raises NotUnderstood for a name whose mark is the letter of a sum around it: it is another one each time."""
        marks = _MARKS.findall(parts.key)
        letter = next((binder.name for binder in self.scopes.bound if binder.name in marks), None)
        if letter is not None:
            raise NotUnderstood(node.span, f"`{node.span.text}`, one name, in a sum over {letter}", "a vector with the"
                                f" index {letter}, or a line `sample:` in the conventions for its mark")  # fmt: skip

    def _constant(self, parts: Parts, node: s.Expression) -> Value | None:
        """A number that no name of the page is: e, the size of an axis, Kronecker's delta."""
        if self.is_known(parts.key):
            return None
        if parts.key in SOME_CONSTANT and not parts.indices:
            return n.Scalar(CONSTANT)
        if parts.key == "e" and not parts.indices and not self.defines_e:
            return n.Apply("exp", n.number(1))
        if len(parts.indices) == 2 and parts.key in ("\\delta", "I", "\\mathbb I", "\\mathbb 1"):
            return self.kronecker(list(parts.indices), node.span)
        sampling = self.shapes.own.sampling
        if sampling is not None and parts.key == sampling.count and not parts.indices:
            return n.Size(sampling.axis)
        sizes = {axis.name for entity in self._all() for axis in entity.axes if isinstance(axis, n.Extent)}
        own = self.shapes.own
        if not parts.indices and own.equal.get(parts.key, parts.key) in sizes:
            return n.Size(own.extent(parts.key))
        return None

    def _all(self) -> list[Entity]:
        return [*self.shapes.own.entities.values(), *self.shapes.new.values()]

    def _entity(self, parts: Parts, node: s.Expression) -> Entity:
        if parts.key in self.shapes.own.unread:
            line = self.shapes.own.unread[parts.key]
            raise NotUnderstood(node.span, f"line {line}, which could not be read, may say what `{node.span.text}` is",
                                "that line to be mended", Code.UNKNOWN_SYMBOL)  # fmt: skip
        found = self.shapes.entity(parts.key)
        if found is None and len(parts.indices) == 2:
            capital = self.shapes.entity(parts.key.upper())
            if parts.key.islower() and capital is not None and len(capital.axes) == 2:
                self.said(f"{parts.key} with two indices is read as an entry of {capital.key}")
                return capital
        if found is None and not parts.indices and self.names_variable and parts.key.islower():
            capital = self.shapes.entity(parts.key.upper())
            if capital is not None and len(capital.axes) == 2:
                self.said(f"{parts.key} is read as {capital.key}, whose entries it names")
                return capital
        wants = len(parts.indices) or self.hints.get(parts.key, 0)
        if found is not None and (found.axes or not wants):
            return found
        if found is not None and found.definition is not None and parts.key != self.head_key:
            said = f"`{node.span.text}`, where {parts.key} is a number and has no entries,"
            raise NotUnderstood(node.span, said, "no index, or a line that defines its entries")
        if not self.introduces:
            raise NotUnderstood(node.span, f"the symbol `{node.span.text}`", "one that the page defines or uses before,"
                                " or a line `let: … \\in \\mathbb{R}^{…}` in the conventions",
                                Code.UNKNOWN_SYMBOL)  # fmt: skip
        return self.shapes.met(parts.key, wants)

    def entries_of(self, entity: Entity, parts: Parts, node: s.Expression) -> Value:
        of = n.Variable(entity.key, None, tuple(self.shapes.find(a) for a in entity.variable.axes))
        axes = of.axes[: len(entity.axes)]
        extra = tuple(self.implied(index, node, parts.sample) for index in entity.implied)
        own = self.shapes.own.sampling
        if parts.sample is not None and own is not None and not any(index.axis == own.axis for index in entity.implied):
            found = f"`{node.span.text}`, of which nothing says that it differs between samples,"
            raise NotUnderstood(node.span, found, "no mark of a sample, or a definition that speaks of one")
        self.used.add(entity.key)
        if not parts.indices:
            made = whole_of(of, axes, extra, node)
            return transposed(made) if entity.row and isinstance(made, Tensor) else made
        indices, turned = parts.indices, parts.transposed and len(axes) == 2 and len(parts.indices) == 2
        if turned:
            self.said(f"{node.span.text} is read as the entry of the transpose")
            indices = tuple(reversed(indices))
        if len(indices) != len(axes):
            count = f"{len(axes)} {'index' if len(axes) == 1 else 'indices'}"
            spot = indices[-1].span if len(indices) > len(axes) else node.span
            text = f"{entity.key} has {count}, {len(indices)} are written"
            self.problems.append(Problem(Code.INDEX_COUNT, spot, text))
        slots = [self.slot_on(item, axes[min(at, len(axes) - 1)], entity.key) if axes else n.At(1)
                 for at, item in enumerate(indices)]  # fmt: skip
        return n.Entry(of, (*slots, *extra))

    def implied(self, index: Index, node: s.Node, sample: str | None = None) -> Index:
        """An index that the page leaves out is free in the whole line; a sample is that of the sum around it."""
        own, name = self.shapes.own.sampling, index.name
        if name.startswith(MARK) and own is not None:
            bound = [binder.name for binder in self.scopes.bound if binder.name.startswith(MARK)]
            met = [each for each in self.scopes.free if each.startswith(MARK)]
            name = own.index(sample).name if sample else next(iter((*reversed(bound), *met)), name)
            if sample is None and bound:
                self.said(f"{node.span.text} in a sum over the samples is read as that of the sample {name[2:-1]}")
        if all(binder.name != name for binder in self.scopes.bound):
            self.scopes.free.setdefault(name, Binder(name, index.axis, node.span))
        return Index(name, index.axis)

    def slot_on(self, node: s.Node, axis: n.Axis, where: str) -> n.Slot:
        if isinstance(node, s.Number):
            return n.At(natural(node))
        name = index_letter(node)
        if name is None:
            raise NotUnderstood(node.span, f"`{node.span.text}` as an index", "a letter or a number")
        made = self.scopes.index(name, axis, node.span, where)
        if "_" in name and name in self.scopes.local:  # a class that a name stands for: the same in the whole line
            self.scopes.free.setdefault(name, self.scopes.local.pop(name))
        return made

    # Kronecker's delta, indicators

    def kronecker(self, nodes: list[s.Node], span: Span) -> n.Expr:
        """1 where two indices are equal, else 0."""
        if len(nodes) == 1 and isinstance(nodes[0], s.Chain) and nodes[0].first is not None and nodes[0].links:
            nodes = [nodes[0].first, nodes[0].links[0].right]
        numbers = [node for node in nodes if isinstance(node, s.Number)]
        names = [index_letter(node) for node in nodes if not isinstance(node, s.Number)]
        binders = [self.scopes.find(name) for name in names if name is not None]
        axis = next((b.axis for b in binders if b.axis is not None), None)
        if len(nodes) != 2 or len(binders) + len(numbers) != 2 or not binders:
            raise NotUnderstood(span, f"`{span.text}`", "two indices, such as \\delta_{ij} or \\mathbf{1}\\{i = j\\}")
        if axis is None:
            axis = n.Extent(f"{binders[0].name} here", True)
        return n.Kronecker(*(self.slot_on(node, axis, "Kronecker's delta") for node in nodes))

    # arrays written by their entries

    def _abstracts(self, group: s.Group, script: s.Script) -> bool:
        """`[f_i]_i`, `[f_{ji}]_{ji}`: all entries, in the order of the indices below."""
        names = [index_letter(item) for item in script.items]
        return script.mark is ScriptMark.SUBSCRIPT and all(names) and group.opening in (Bracket.SQUARE, Bracket.ROUND)

    def _array(self, node: s.Scripted, below: s.Script) -> Value:
        names = [index_letter(item) or "" for item in below.items]
        if not 0 < len(names) < 3:
            raise NotUnderstood(below.span, f"an array of {len(names)} indices", "one or two")
        if not any(part.text in names for part in walk(node.base) if isinstance(part, s.Name)):
            whole = self.value(node.base)
            if isinstance(whole, Tensor) and whole.rows is not None and len(names) == 1 + (whole.columns is not None):
                axes = [axis for axis in whole.shape if axis is not None]
                slots = [self.slot_on(item, axis, node.base.span.text)
                         for item, axis in zip(below.items, axes, strict=True)]  # fmt: skip
                return whole.at(slots[0], slots[1] if len(slots) == 2 else None)
        binders = [Binder(name) for name in names]
        self.scopes.bound.extend(binders)
        inner = self.value(node.base)
        del self.scopes.bound[-len(binders) :]
        axes = [self.shapes.find(b.axis) for b in binders if b.axis is not None]
        if isinstance(inner, Tensor) or len(axes) != len(names):
            raise NotUnderstood(node.span, f"`{node.span.text}`", "a formula for one entry, with its indices below")
        made = Tensor(axes[0], axes[1] if len(axes) == 2 else None, _placed(inner, names))
        for script in node.scripts:
            made = transposed(made) if script.is_transpose else made
        return made


def _placed(inner: n.Expr, names: list[str]) -> Callable[[n.Slot | None, n.Slot | None], n.Expr]:
    def at(r: n.Slot | None, c: n.Slot | None) -> n.Expr:
        places = [slot for slot in (r, c) if slot is not None]
        return with_slots(inner, dict(zip(names, places, strict=False)))

    return at


def whole_of(of: n.Variable, axes: tuple[n.Axis, ...], extra: tuple[n.Slot, ...], node: s.Node) -> Value:
    """A number, or a vector or matrix of entries."""
    if not axes:
        return n.Entry(of, extra)
    if len(axes) > 2:
        raise NotUnderstood(node.span, f"`{node.span.text}`, which has {len(axes)} indices,", "them written")
    rows, columns = (*axes, None)[:2]

    def at(r: n.Slot | None, c: n.Slot | None) -> n.Expr:
        places = ((r, rows), (c, columns))
        return n.Entry(of, (*(x for x, axis in places if x is not None and axis is not None), *extra))

    return Tensor(rows, columns, at)
