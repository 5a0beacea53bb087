"""From chains and marks in the order of writing to statements with their conditions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Final

from symbackprop.documents import syntax as s
from symbackprop.documents.formula import Condition, Connective, ConnectiveKind, Statement
from symbackprop.documents.syntax import MarkKind, RelationKind
from symbackprop.documents.trees import walk

_SIGNS: Final = {
    r"\because": ConnectiveKind.BECAUSE, "∵": ConnectiveKind.BECAUSE,
    r"\therefore": ConnectiveKind.THEREFORE, "∴": ConnectiveKind.THEREFORE,
    r"\Rightarrow": ConnectiveKind.IMPLIES, r"\implies": ConnectiveKind.IMPLIES,
    r"\Longrightarrow": ConnectiveKind.IMPLIES, "⇒": ConnectiveKind.IMPLIES, "⟹": ConnectiveKind.IMPLIES,
    r"\Leftrightarrow": ConnectiveKind.EQUIVALENT, r"\iff": ConnectiveKind.EQUIVALENT,
    r"\Longleftrightarrow": ConnectiveKind.EQUIVALENT, "⇔": ConnectiveKind.EQUIVALENT,
    "⟺": ConnectiveKind.EQUIVALENT,
    r"\Leftarrow": ConnectiveKind.IMPLIED_BY, r"\impliedby": ConnectiveKind.IMPLIED_BY,
    r"\Longleftarrow": ConnectiveKind.IMPLIED_BY,
    r"\forall": ConnectiveKind.FOR, "∀": ConnectiveKind.FOR,
    r"\exists": ConnectiveKind.FOR, "∃": ConnectiveKind.FOR,
}  # fmt: skip
_WORDS: Final = {
    "because": ConnectiveKind.BECAUSE, "since": ConnectiveKind.BECAUSE, "as": ConnectiveKind.BECAUSE,
    "thus": ConnectiveKind.THEREFORE, "hence": ConnectiveKind.THEREFORE, "so": ConnectiveKind.THEREFORE,
    "therefore": ConnectiveKind.THEREFORE, "then": ConnectiveKind.THEREFORE,
    "where": ConnectiveKind.WHERE, "with": ConnectiveKind.WHERE,
    "let": ConnectiveKind.LET, "define": ConnectiveKind.LET, "assume": ConnectiveKind.LET,
    "if": ConnectiveKind.IF, "when": ConnectiveKind.IF, "given": ConnectiveKind.IF,
    "iff": ConnectiveKind.EQUIVALENT, "unless": ConnectiveKind.IF, "while": ConnectiveKind.IF,
    "for": ConnectiveKind.FOR, "over": ConnectiveKind.FOR,
    "otherwise": ConnectiveKind.OTHERWISE, "else": ConnectiveKind.OTHERWISE,
    "and": ConnectiveKind.AND, "or": ConnectiveKind.OR,
}  # fmt: skip
_CONDITIONAL: Final = (ConnectiveKind.IF, ConnectiveKind.FOR, ConnectiveKind.OTHERWISE)
_RANGES: Final = (
    RelationKind.LESS, RelationKind.LESS_EQUAL, RelationKind.GREATER, RelationKind.GREATER_EQUAL,
    RelationKind.NOT_EQUAL, RelationKind.MEMBER, RelationKind.NOT_MEMBER,
)  # fmt: skip


def connective(mark: s.Mark) -> Connective:
    """What a sign or a word between formulas says."""
    kind = _SIGNS.get(mark.text)
    if kind is None:
        words = [w.strip(",.:;()").lower() for w in mark.text.split()]
        words = [w for w in words if w] or [""]
        kind = _WORDS.get(words[-1])
        if kind is None and (len(words) == 1 or words[0] == "for"):
            kind = _WORDS.get(words[0])
        if len(words) == 2 and words == ["such", "that"]:
            kind = ConnectiveKind.WHERE
    return Connective(mark.span, kind or ConnectiveKind.REMARK, mark.text)


@dataclass(slots=True)
class _Draft:
    """A statement under construction."""

    chain: s.Chain
    connectives: tuple[Connective, ...]
    premises: tuple[s.Mark, ...]
    column: int
    conditions: list[Condition] = field(default_factory=list)
    labels: list[s.Mark] = field(default_factory=list)
    main: bool = True
    row: int = 0

    def finished(self) -> Statement:
        span = self.chain.span
        return Statement(
            span, self.connectives, self.chain, tuple(self.conditions), tuple(self.labels), self.premises
        )


class Assembler:
    """One walk over the elements of a formula."""

    def __init__(self) -> None:
        self.drafts: list[_Draft] = []
        self.current: _Draft | None = None
        self.connectives: list[Connective] = []
        self.labels: list[s.Mark] = []
        self.premises: list[s.Mark] = []
        self.waiting: list[Condition] = []  # conditions that stand before their statement
        self.column = 0
        self.row = 0
        self.row_start = True
        self.row_has_statement = False
        self.separator: MarkKind | None = None
        self.in_condition = False

    def assemble(self, passage: s.Passage) -> tuple[Statement, ...]:
        """The statements of a formula."""
        for element in passage.elements:
            if isinstance(element, s.Mark):
                self._mark(element)
            else:
                for chain, arrow in _split_at_arrows(element):
                    if arrow is not None:
                        self.connectives.append(arrow)
                        self.separator = MarkKind.CONNECTIVE
                        self.in_condition = False
                    self._chain(chain)
        self._finish()
        self._share()
        return tuple(draft.finished() for draft in self.drafts)

    def _finish(self) -> None:
        if self.waiting and self.current is not None:
            self.current.conditions.extend(self.waiting)
        elif self.waiting:  # nothing but a condition: it is the statement
            for item in (i for c in self.waiting for i in c.items):
                chain = item if isinstance(item, s.Chain) else s.Chain(item.span, item)
                self.drafts.append(_Draft(chain, (), (), self.column))
        last = self.current or (self.drafts[-1] if self.drafts else None)
        if last is not None:
            left_over = [c for c in self.connectives if c.kind is ConnectiveKind.OTHERWISE]
            last.conditions.extend(Condition(c.span, c, ()) for c in left_over)
            last.connectives += tuple(c for c in self.connectives if c not in left_over)
            last.labels.extend([*self.premises, *self.labels])

    def _share(self) -> None:
        """A range behind the last statement of a row speaks of an earlier one too, where only that has its letter."""
        for last in self.drafts:
            own = _indices(last.chain)
            for condition in tuple(last.conditions):
                for item in condition.items:
                    name = _letter_between(item)
                    if name is None or name in own:
                        continue
                    for other in self.drafts:
                        if other is not last and other.row == last.row and name in _indices(other.chain):
                            other.conditions.append(Condition(item.span, None, (item,)))

    def _mark(self, mark: s.Mark) -> None:
        if mark.kind in (MarkKind.CONNECTIVE, MarkKind.TEXT):
            made = connective(mark)
            self.premises.extend(self.labels)
            self.labels.clear()
            self.connectives.append(made)
            self.in_condition = False
        elif mark.kind is MarkKind.LABEL:
            if self.row_has_statement and self.current is not None and not self.connectives:
                self.current.labels.append(mark)
            else:
                self.labels.append(mark)
            return
        elif mark.kind is MarkKind.BREAK:
            self.column, self.row_start, self.row_has_statement = 0, True, False
            self.row += 1
            self.in_condition = False
        elif mark.kind is MarkKind.COLUMN:
            self.column += 1
            self.in_condition = False
        self.separator = mark.kind

    def _chain(self, chain: s.Chain) -> None:
        if chain.first is None and self._says_hence(chain):
            self.connectives.append(Connective(chain.span, ConnectiveKind.IMPLIES, chain.links[0].relation.text))
            hence = s.Chain(chain.span, chain.links[0].right, chain.links[1:])
            self._statement(hence)
        elif chain.first is None and self._target() is not None:
            self._continue(chain)
        elif self._is_condition(chain):
            self._condition(chain)
        else:
            self._statement(chain)
        self.row_start = False
        self.separator = None

    def _says_hence(self, chain: s.Chain) -> bool:
        """`\\rightarrow A = B` at the start of a row, below a row that says something."""
        target = self._target()
        arrow = chain.links[0].relation.kind is RelationKind.ARROW and len(chain.links) > 1
        return arrow and target is not None and bool(target.chain.links)

    def _target(self) -> _Draft | None:
        """The statement that a row without a left side goes on with."""
        mains = [d for d in self.drafts if d.main]
        found = [d for d in mains if d.column == self.column] or mains
        return found[-1] if found else None

    def _continue(self, chain: s.Chain) -> None:
        target = self._target()
        if target is None:
            return
        marks = tuple(s.Mark(c.span, MarkKind.CONNECTIVE, c.text) for c in self.connectives)
        first = replace(chain.links[0], connectives=marks)
        old = target.chain
        target.chain = s.Chain(old.span.to(chain.span), old.first, (*old.links, first, *chain.links[1:]))
        target.labels.extend(self.premises + self.labels)
        self.connectives, self.premises, self.labels = [], [], []
        # Labels and conditions of this row belong to the chain that it goes on with.
        self.current = target
        self.row_has_statement = True

    def _statement(self, chain: s.Chain) -> None:
        kinds = {c.kind for c in self.connectives}
        aside = bool(kinds & {ConnectiveKind.BECAUSE, ConnectiveKind.WHERE}) and self.row_has_statement
        draft = _Draft(chain, tuple(self.connectives), tuple(self.premises), self.column, main=not aside, row=self.row)
        draft.conditions.extend(self.waiting)
        draft.labels.extend(self.labels)
        self.drafts.append(draft)
        self.current = draft
        self.connectives, self.premises, self.labels, self.waiting = [], [], [], []
        self.row_has_statement = True

    # -- conditions -------------------------------------------------------------------------------

    def _is_condition(self, chain: s.Chain) -> bool:
        last = self.connectives[-1].kind if self.connectives else None
        if last in _CONDITIONAL:
            return True
        if self.in_condition and self.separator is MarkKind.COMMA:
            return not chain.links or _is_index_range(chain) or _is_restriction(chain)
        if last is ConnectiveKind.AND and self.in_condition:
            return not chain.links or _is_index_range(chain) or _is_restriction(chain)
        if self.connectives or self.current is None or not self.row_has_statement:
            return False
        return _is_bracketed_condition(chain) or _is_restriction(chain) or (
            _is_index_range(chain) and _name_of(chain) in _indices(self.current.chain)
        )  # fmt: skip

    def _condition(self, chain: s.Chain) -> None:
        introduced = self.connectives[-1] if self.connectives else None
        if self.in_condition and introduced is None:
            holder = self.waiting if self.waiting or self.current is None else self.current.conditions
            old = holder[-1]
            holder[-1] = Condition(old.span.to(chain.span), old.introduced_by, (*old.items, s.plain(chain)))
            return
        items: tuple[s.Expression | s.Chain, ...] = (s.plain(chain),)
        if isinstance(items[0], s.Group) and _is_bracketed_condition(chain):
            items = items[0].items
        span = chain.span if introduced is None else introduced.span.to(chain.span)
        condition = Condition(span, introduced, items)
        # Before its statement (`if i = j, …`) or behind it.
        if self.row_has_statement and self.current is not None:
            self.current.connectives += tuple(self.connectives[:-1])
            self.current.conditions.append(condition)
            self.connectives = []
        else:
            self.connectives = self.connectives[:-1]
            self.waiting.append(condition)
        self.in_condition = True


def _split_at_arrows(chain: s.Chain) -> Iterator[tuple[s.Chain, Connective | None]]:
    """`A = B \\rightarrow C = D` says hence; only an arrow that comes first assigns or maps."""
    links: list[s.Link] = []
    first, arrow, start = chain.first, None, chain.span
    for link in chain.links:
        if link.relation.kind is RelationKind.ARROW and links:
            yield s.Chain(start.to(links[-1].span), first, tuple(links)), arrow
            arrow = Connective(link.relation.span, ConnectiveKind.IMPLIES, link.relation.text)
            first, links, start = link.right, [], link.right.span
        else:
            links.append(link)
    yield s.Chain(start.to(links[-1].span) if links else start, first, tuple(links)), arrow


def _is_bracketed_condition(chain: s.Chain) -> bool:
    """`(1 \\leq i \\leq n)` behind a statement."""
    only = s.plain(chain)
    return isinstance(only, s.Group) and any(isinstance(i, s.Chain) for i in only.items)


def _is_restriction(chain: s.Chain) -> bool:
    """`i \\neq j`, `1 \\leq i \\leq n`, `x \\in S` with nothing else in the chain."""
    return bool(chain.links) and all(link.relation.kind in _RANGES for link in chain.links)


def _is_index_range(chain: s.Chain) -> bool:
    """`i = j`, `i = 1`, `l = L - 1`: a bare letter on the left."""
    return (
        len(chain.links) == 1
        and chain.links[0].relation.kind is RelationKind.EQUAL
        and isinstance(chain.first, s.Name)
        and chain.first.kind is s.NameKind.LETTER
        and not chain.first.decorations
        and isinstance(chain.links[0].right, (s.Name, s.Number, s.Addition, s.Dots, s.Scripted))
    )


def _name_of(chain: s.Chain) -> str:
    return chain.first.text if isinstance(chain.first, s.Name) else ""


def _letter_between(item: s.Node) -> str | None:
    """The letter of `1 \\leq j \\leq n`."""
    if not isinstance(item, s.Chain) or len(item.links) != 2 or not _is_restriction(item):
        return None
    middle = item.links[0].right
    return middle.text if isinstance(middle, s.Name) else None


def _indices(chain: s.Chain) -> set[str]:
    """Names that stand in scripts of a chain."""
    return {text for node in walk(chain) if isinstance(node, s.Script) for text in node.tokens}

