"""A chain of a document that defines everything itself, read member by member."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType

from symbackprop import notation as n
from symbackprop.documents import syntax as s
from symbackprop.documents.entities import Own, read_symbols
from symbackprop.documents.environment import Environment
from symbackprop.documents.families import mentioned, unnamed_between, with_members
from symbackprop.documents.kinds import ScriptMark
from symbackprop.documents.limits import Limits
from symbackprop.documents.names import name_key
from symbackprop.documents.page_conditions import page_conditions
from symbackprop.documents.page_elaborate import DIVIDED, SPREAD, PageElaborator
from symbackprop.documents.page_heads import bare_head, names_function
from symbackprop.documents.page_names import index_letter, label_letters, plain
from symbackprop.documents.page_quantities import whole_of
from symbackprop.documents.page_shapes import Rank, assignments, is_capital
from symbackprop.documents.pieces import PIECEWISE
from symbackprop.documents.problems import Code, NotUnderstood, Problem
from symbackprop.documents.reading import Member, ReadChain, keep_repeated, letters_of
from symbackprop.documents.shaping import Shapes
from symbackprop.documents.tensors import Fresh, Tensor, Value
from symbackprop.documents.trees import walk


def read_page_chain(
    members: list[s.Expression], conditions: tuple[object, ...], environment: Environment, introduces: bool = False
) -> ReadChain:
    """The members left to right; a head that is new is read after what defines it.

    introduces: whether later members may name numbers that are met there first, as the rate of an update.
    """
    plain = _Reading(members, conditions, environment, introduces)
    made = plain.chain()
    undeclared = plain.undeclared()
    if not undeclared:
        return made
    for ranks in assignments(undeclared, bool(plain.e.hints)):
        reading = _Reading(members, conditions, environment, introduces, ranks)
        tried = reading.chain()
        if reading.fits(tried):
            return _telling(tried, ranks)
    return _telling(made, dict.fromkeys(undeclared, Rank.NUMBER))


def _telling(chain: ReadChain, ranks: Mapping[str, Rank]) -> ReadChain:
    """The chain, whose members say which shapes were taken for granted."""
    told = [(name, f"{name}, which nothing declares, is read as {rank.words}") for name, rank in ranks.items()]
    members = (
        replace(m, readings=(*m.readings, *(text for name, text in told if name in m.used))) for m in chain.members
    )
    own = None if chain.own is None else replace(chain.own, guessed=chain.own.guessed | frozenset(ranks))
    return replace(chain, members=tuple(members), own=own)


class _Reading:
    """The work on one chain."""

    def __init__(
        self, members: list[s.Expression], conditions: tuple[object, ...], environment: Environment,
        introduces: bool = False, ranks: Mapping[str, int] = MappingProxyType({}),
    ) -> None:  # fmt: skip
        first = _objective(members[0])
        bare = bare_head(first, environment) if len(members) > 1 else None
        members = [bare or first, *members[1:]]
        self.members, self.conditions, self.environment = members, conditions, environment
        nodes: list[s.Node] = [*members, *(c for c in conditions if isinstance(c, s.Node))]
        self.fresh = Fresh(taken=set(letters_of(nodes)))
        named = mentioned(members, environment.own)
        self.shapes = Shapes(with_members(environment.own, named), rigid=False)
        self.e = PageElaborator(environment, False, self.fresh, shapes=self.shapes)
        self.e.labels = label_letters(nodes)
        self.e.renamed = frozenset() if len(members) < 2 else self._renamed(members)
        self.e.hints = {**ranks, **written_ranks(members, self.e)}
        self.e.defining = self._function_letter()
        self.introduces = introduces
        self.head = self.e.reader.parts(members[0]) if len(members) > 1 else None
        self.e.head_key = self.head.key if self.head is not None and self.head.indices else ""
        self.e.defines_e = self.head is not None and self.head.key == "e" and self.head.bare
        entity = None if self.head is None else self.shapes.entity(self.head.key)
        self.defining = self.head is not None and self.head.power is None and not self.head.transposed
        self.defining = self.defining and (entity is None or entity.definition is None)
        self.shapes.rigid = not self.defining
        self.said = self._defining_side()

    def _renamed(self, members: list[s.Expression]) -> frozenset[str]:
        """x_2 in `x_2 = W_1 x`, which is no entry of the vector x but computed from it."""
        head = members[0]
        if not isinstance(head, s.Scripted) or len(head.scripts) != 1 or head.primes:
            return frozenset()
        key, (script,) = name_key(head.base), head.scripts
        numbered = script.mark is ScriptMark.SUBSCRIPT and all(isinstance(item, s.Number) for item in script.items)
        entity = None if key is None else self.shapes.entity(key)
        if not numbered or entity is None or entity.definition is not None or len(entity.axes) != 1:
            return frozenset()
        return frozenset({f"{key}_{plain(script)}"} if _has_bare(members[1], key, self.shapes) else ())

    def chain(self) -> ReadChain:
        e, made = self.e, list[Member]()
        said = self.said
        early = self._read_first(said)
        for number, node in enumerate(self.members):
            defines = (self.defining or (number == 1 and names_function(self.members[0], node))) and number <= said
            e.introduces = defines or number == 0 or self.introduces
            made.append(early if number == said and early is not None else self._member(node))
            if number == said and self.defining:
                self._fit_together(made[0].value, made[said].value)
            if number == 0:
                if isinstance(made[0].value, n.Expr):
                    keep_repeated(made[0].value, e, self.members[1:])
                e.scopes.end_of_first_member()
                limits, problem = self._limits()
                e.scopes.end_of_first_member()
            e.scopes.next_member()
        settled = [self._settled(member) for member in made]
        find = self.shapes.find
        free = {b.name: n.Index(b.name, find(b.axis)) for b in e.scopes.free.values() if b.axis is not None}
        return ReadChain(
            tuple(settled), free, limits, False, tuple(e.claims), {}, self.fresh, None,
            defining=e.defining, condition_problem=problem, own=self.shapes.result(), met=frozenset(self.shapes.new),
        )  # fmt: skip

    def undeclared(self) -> list[str]:
        """The names met here first, without indices, where there are vectors and matrices too."""
        found = [key for key, entity in self.shapes.new.items() if not entity.axes and key != self.e.defining]
        if self.head is not None and self.defining:
            found = [key for key in found if key != self.head.key]
        return found if any(map(is_capital, found)) or self._has_arrays() else []

    def _has_arrays(self) -> bool:
        """Whether anything in the line is a vector or matrix, by declaration or by how it is written."""
        for node in walk(*self.members):
            entity = self.shapes.entity(name_key(node) or "") if isinstance(node, s.Name) else None
            transposed = isinstance(node, s.Script) and node.is_transpose
            if transposed or (entity is not None and entity.axes) or (isinstance(node, s.Norm) and node.bars > 1):
                return True
        return False

    def fits(self, made: ReadChain) -> bool:
        """Whether the members that may bring in names can be read, and nothing in them bends a shape."""
        first = made.members[: self.said + 1 if self.defining else 1]
        strained = any({DIVIDED, SPREAD} & {*member.readings} for member in first)
        return not strained and all(member.unreadable is None and not member.problems for member in first)

    def _function_letter(self) -> str | None:
        """The name in `g(x) = …` that nothing defines yet."""
        head = self.members[0] if len(self.members) > 1 else None
        if not isinstance(head, s.NameGroup) or len(head.group.items) != 1 or not isinstance(head.head, s.Name):
            return None
        key = name_key(head.head)
        item = head.group.items[0]
        taken = key is None or self.e.is_known(key) or self.e.function(head.head) is not None or key in PIECEWISE
        return None if taken or not isinstance(item, s.Name) else key

    def _new_name(self, node: s.Expression) -> str | None:
        """A name without indices that stands for nothing yet."""
        parts = self.e.reader.parts(node)
        if parts is None or not parts.bare or self.e.hints.get(parts.key) or self.shapes.entity(parts.key) is not None:
            return None
        return parts.key

    def _defining_side(self) -> int:
        """The member that defines the names before it, `\\hat y = a = \\sigma(z)`."""
        at = 1
        while at + 1 < len(self.members) and self._new_name(self.members[at]) is not None:
            at += 1
        return at

    def _read_first(self, at: int) -> Member | None:
        """The member at this place, read before those new names whose shape it gives."""
        heads = [self._new_name(node) for node in self.members[:at]]
        if not self.defining or heads[0] is None:
            return None
        made = self._member(self.members[at])
        self.e.scopes.next_member()
        rows, columns = made.value.shape if isinstance(made.value, Tensor) else (None, None)
        axes = tuple(axis for axis in (rows, columns) if axis is not None)
        for head in heads if axes else ():
            entity = self.shapes.met(head or "", len(axes), row=rows is None)
            for one, other in zip(entity.axes, axes, strict=True):
                self.shapes.unify(one, other)
        return made

    def _limits(self) -> tuple[Limits, Problem | None]:
        try:
            return page_conditions(self.conditions, self.e), None
        except NotUnderstood as reason:
            return Limits(), reason.problem

    def _member(self, node: s.Expression) -> Member:
        e = self.e
        e.scopes.problems, e.readings, e.used = [], [], set()
        try:
            value = e.value(node)
            self._infer_axes(value)
            for reading in _check_reach(value, node, self.shapes, self.members):
                e.said(reading)
        except NotUnderstood as reason:
            return Member(node, None, reason.problem)
        return Member(node, value, None, tuple(e.problems), tuple(e.readings), frozenset(e.used))

    def _infer_axes(self, value: Value) -> None:
        """What runs over a quantity's entries runs over the axis that it was declared to have."""
        if isinstance(value, Tensor):
            rows, columns = value.shape
            row = None if rows is None else n.Index("row", rows)
            column = None if columns is None else n.Index("column", columns)
            value = value.at(row, column)
        for part in n.walk(value):
            entry = part.by if isinstance(part, n.Partial) else part
            if isinstance(entry, n.Entry):
                for slot, axis in zip(entry.slots, entry.variable.axes, strict=False):
                    if isinstance(slot, n.Index):
                        self.shapes.unify(slot.axis, axis)

    def _fit_together(self, head: Value | None, body: Value | None) -> None:
        """A quantity that is declared has the shape of what defines it."""
        if isinstance(head, Tensor) and isinstance(body, Tensor):
            for one, other in zip(head.shape, body.shape, strict=True):
                if one is not None and other is not None:
                    self.shapes.unify(one, other)

    def _settled(self, member: Member) -> Member:
        value = member.value
        if isinstance(value, Tensor):
            axes = [None if axis is None else self.shapes.find(axis) for axis in value.shape]
            inner = value

            def at(r: n.Slot | None, c: n.Slot | None) -> n.Expr:
                return self.shapes.settled(inner.at(r, c))

            return replace(member, value=Tensor(axes[0], axes[1], at))
        return member if value is None else replace(member, value=self.shapes.settled(value))


def _has_bare(node: s.Node, key: str | None, shapes: Shapes) -> bool:
    """Whether a whole vector stands in a formula, that of the key or one that a number below tells from it."""
    if isinstance(node, s.Scripted):
        whole = f"{name_key(node.base)}_{''.join(plain(script) for script in node.scripts)}"
        entity = shapes.entity(whole)
        if entity is not None:
            return name_key(node.base) == key and bool(entity.axes)
        return _has_bare(node.base, key, shapes) if any(script.is_transpose for script in node.scripts) else False
    if isinstance(node, s.Name):
        return name_key(node) == key
    return any(_has_bare(child, key, shapes) for child in node.children())


def _check_reach(
    value: Value, node: s.Expression, shapes: Shapes, members: list[s.Expression]
) -> Iterator[str]:
    """Raises NotUnderstood for a derivative of what nothing on the page computes by what it does not mention.

    Where the line says that it is 0, this is a reading.
    """
    if isinstance(value, Tensor):
        row, column = (None if axis is None else n.At(1) for axis in value.shape)
        value = value.at(row, column)
    zero = any(isinstance(member, s.Number) and member.text == "0" for member in members)
    own = shapes.result()
    for part in n.walk(value):
        if not isinstance(part, n.Partial):
            continue
        by, symbols = part.by.variable.symbol, read_symbols(part.of)
        if by in symbols or any(own.depends(symbol, by) for symbol in symbols):
            continue
        if any(unnamed_between(own, symbol, by) for symbol in symbols):
            raise NotUnderstood(node.span, f"a derivative of {symbols[0]} by {by} alone", "the modules between them")
        if zero and symbols:
            yield f"nothing on the page computes {symbols[0]} from {by}: the derivative vanishes"
        elif symbols:
            expected = f"a definition that does, a line `function: {symbols[0]}({by})` in the conventions, or = 0"
            found = f"nothing on the page says how {symbols[0]} depends on {by}"
            raise NotUnderstood(node.span, found, expected, Code.UNKNOWN_SYMBOL)


def _objective(node: s.Expression) -> s.Expression:
    """J in `minimize J = …`: the word says what is done with it."""
    word = name_key(node.head) if isinstance(node, s.Applied) else None
    return node.argument if isinstance(node, s.Applied) and word in ("minimize", "maximize") else node


def written_ranks(members: list[s.Expression], e: PageElaborator) -> dict[str, int]:
    """How many indices each name has where the line writes them."""
    found: dict[str, int] = {}
    for node in walk(*members):
        if isinstance(node, s.Scripted) and not node.primes:
            below = [script for script in node.scripts if script.mark is ScriptMark.SUBSCRIPT]
            if not below or not all(index_letter(item) or isinstance(item, s.Number) for item in below[0].items):
                continue
            try:
                parts = e.reader.parts(node)
            except NotUnderstood:
                continue
            if parts is not None and parts.indices and any(index_letter(item) for item in parts.indices):
                found[parts.key] = max(len(parts.indices), found.get(parts.key, 0))
    return found


def whole(own: Own, key: str, node: s.Node) -> Value:
    """A quantity as it stands without indices."""
    entity = own.entities[key]
    return whole_of(entity.variable, entity.axes, entity.implied, node)


