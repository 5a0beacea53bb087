"""A document from its bytes to its results: conventions obeyed in order, every statement judged."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import replace
from types import MappingProxyType

from symbackprop.documents import syntax as s
from symbackprop.documents.conventions import Conventions, with_line
from symbackprop.documents.document import items
from symbackprop.documents.entities import Own
from symbackprop.documents.environment import Environment
from symbackprop.documents.find import ConventionLine, Found, Item
from symbackprop.documents.formula import ConnectiveKind, Statement
from symbackprop.documents.judge import Judge
from symbackprop.documents.kinds import RelationKind
from symbackprop.documents.names import name_key, parsed
from symbackprop.documents.page_defining import started_anew, with_awaited, with_function, with_let, without
from symbackprop.documents.page_samples import sampling
from symbackprop.documents.problems import Code, NotUnderstood, Problem, shortened
from symbackprop.documents.read import read
from symbackprop.documents.results import EquationResult, FileResult, Kind, LinkResult
from symbackprop.documents.shapes import base_symbol, named, product_rule
from symbackprop.documents.source import Span
from symbackprop.documents.timing import TimedOut, time_limit
from symbackprop.documents.tokens import Repair, Unreadable
from symbackprop.documents.values import values_of

ASIDES = frozenset({ConnectiveKind.BECAUSE, ConnectiveKind.WHERE})


Part = tuple[int | None, int, int, str]  # a stretch of a document that is read, or judged: cell, start, end, which
Watch = Callable[[Part], AbstractContextManager[None]]


class Checker:
    """One pass over one document.

    timeout: seconds for each statement. watch: entered for every part that may take long. left_out: parts that are
    not tried, and why.
    """

    def __init__(
        self, judge: Judge, timeout: float | None = None, watch: Watch | None = None,
        left_out: Mapping[Part, str] = MappingProxyType({}),
    ) -> None:  # fmt: skip
        self.judge, self.timeout, self.left_out = judge, timeout, left_out
        self.watch = watch or _unwatched
        self.environment = Environment()
        self.block = -1
        self.trees: list[s.Node] = []  # all formulas of a document that defines everything itself
        self.unread: dict[str, int] = {}  # what was defined in a line that could not be read, and that line

    def check(self, data: bytes | str, name: str) -> FileResult:
        made: list[EquationResult] = []
        found = list(items(data, name))
        if any(isinstance(item, ConventionLine) and (item.key, item.value) == ("network", "none") for item in found):
            self.trees = list(self._trees(found))
        for item in found:
            if isinstance(item, ConventionLine):
                made.extend(self._convention(item))
            elif isinstance(item, Unreadable):
                made.append(_unreadable(item.span, _syntax(item)))
            else:
                made.extend(equation for equation in self._formula(item) if equation.links)
        return FileResult(name, tuple(made))

    def _trees(self, found: list[Item]) -> Iterator[s.Node]:
        """Every formula that can be read, before any is judged."""
        for item in found:
            if isinstance(item, Found):
                with suppress(TimedOut), self._limited(item.span, "read"):
                    formula = item.read(self._names())
                    if not isinstance(formula, Unreadable):
                        yield formula.passage

    def _convention(self, line: ConventionLine) -> Iterator[EquationResult]:
        """A new block holds from there on; what it does not name stays as it was. `network: mlp` starts anew."""
        if (line.key, line.value) == ("network", "mlp"):
            self.environment = Environment()
            self.unread.clear()
        after = with_line(self.environment.conventions, line.key, line.value)
        if isinstance(after, Conventions):
            self.environment = self.environment.under(after)
            yield from self._page_line(line)
            if line.key == "cost":  # from here on it is any cost again, until the document defines it
                names = self.environment.total_names - set(self.environment.conventions.costs)
                self.environment = replace(self.environment, cost=None, total=None, total_names=names)
            if line.key == "where":
                self.environment = replace(self.environment, where=values_of(line.value) or {})
            if line.key == "delta":
                self.environment = replace(self.environment, deltas=())
            if line.key == "let" and self.environment.conventions.network:
                yield from self._let(line)
        else:
            problem = Problem(Code.CONVENTION, line.span, f"`{shortened(line.span.text)}`: expected {after}")
            yield _unreadable(line.span, problem)

    def _page_line(self, line: ConventionLine) -> Iterator[EquationResult]:
        """A line that says what a name of a document without a network stands for; `network: none` starts anew."""
        if line.key == "network":
            self.environment = replace(self.environment, own=Own(), functions=MappingProxyType({}))
            self.unread.clear()
        if not self.environment.conventions.network and line.key in ("network", "sample"):
            found, conventions = sampling(self.trees, self.environment.conventions)
            own = replace(self.environment.own, sampling=found)
            self.environment = replace(self.environment, conventions=conventions, own=own)
        if self.environment.conventions.network or line.key not in ("let", "function"):
            return
        made: Environment | str | None
        rule = product_rule(line.value, self.environment) if line.key == "let" else None
        if rule is not None:
            self.environment = replace(self.environment, aliases=(*self.environment.aliases, rule))
            return
        if line.key == "function":
            made = with_function(line.value, self.environment, line.span.line)
        else:
            made = with_let(line.value, self.environment, line.span.line)
        if isinstance(made, str):
            self.environment = without(line.value, self.environment, line.span.line)
            problem = Problem(Code.CONVENTION, line.span, f"`{line.span.text}`: expected {made}")
            yield _unreadable(line.span, problem)
        elif made is not None:
            self.environment = made
        else:
            yield from self._let(line)

    def _let(self, line: ConventionLine) -> Iterator[EquationResult]:
        """A definition that the text says in words only: judged as one, or a name for a formula."""
        start = line.span.start + line.span.text.rindex(line.value)
        formula = read(line.span.source, start, start + len(line.value))
        if isinstance(formula, Unreadable):
            yield _unreadable(line.span, _syntax(formula))
            return
        for statement in formula.statements:
            made = named(statement.chain, self.environment) if self.environment.conventions.network else None
            if made is not None:
                self.environment = replace(self.environment, aliases=(*self.environment.aliases, made))
                continue
            self.environment = started_anew(statement.chain.first, self.environment)
            links, _ = self._statement(statement)
            wrong = next((link for link in links if link.said not in ("definition", "proved")), None)
            if wrong is not None or not links:
                said = "expected a definition" if wrong is None or wrong.problem is None else wrong.problem.text
                text = f"`{line.span.text}`: {said}"
                yield _unreadable(line.span, Problem(Code.CONVENTION, line.span, text))

    def _formula(self, found: Found) -> Iterator[EquationResult]:
        try:
            with self._limited(found.span, "read"):
                formula = found.read(self._names())
        except TimedOut as reason:
            self.environment = replace(self.environment, cost=None)  # it may have defined anything
            self.unread |= dict.fromkeys(("E", "z", "a"), found.span.line)
            problem = Problem(Code.NOT_DECIDED, found.span, str(reason))
            yield EquationResult(found.span, (LinkResult(Kind.CLAIM, found.span, problem=problem),))
            return
        if isinstance(formula, Unreadable):
            left, relation, _ = found.span.text.partition("=")
            if relation:
                self._not_read(parsed(left), found.span.line)
                yield _unreadable(found.span, _syntax(formula))
            return
        main: list[LinkResult] = []
        own: list[EquationResult] = []
        for number, statement in enumerate(formula.statements):
            links, within = self._statement(statement)
            links = _with_repairs(links, statement, formula.repairs)
            aside = bool(number) and any(c.kind in ASIDES for c in statement.connectives)
            if aside:
                own.append(EquationResult(statement.span, links))
            else:
                main.extend(links)
            own.extend(within)
        if found.displayed and self.environment.where:
            self.environment = replace(self.environment, where={})
        yield EquationResult(found.span, tuple(main))
        yield from own

    @contextmanager
    def _limited(self, span: Span, what: str) -> Iterator[None]:
        """Raises TimedOut where the time is up, or where this part is left out."""
        part = (span.cell, span.start, span.end, what)
        if part in self.left_out:
            raise TimedOut(self.left_out[part])
        with self.watch(part), time_limit(self.timeout):
            yield

    def _names(self) -> frozenset[str]:
        return frozenset()

    def _statement(self, statement: Statement) -> tuple[tuple[LinkResult, ...], list[EquationResult]]:
        self.environment = with_awaited([statement.chain], self.environment)
        try:
            with self._limited(statement.span, "judged"):
                judged = self.judge.statement(statement, self.environment)
        except TimedOut as reason:
            self._not_read(statement.chain.first, statement.span.line)
            problem = Problem(Code.NOT_DECIDED, statement.span, str(reason))
            return tuple(LinkResult(Kind.CLAIM, link.span, problem=problem) for link in statement.chain.links), []
        except NotUnderstood as reason:
            self._not_read(statement.chain.first, statement.span.line)
            return (LinkResult(Kind.UNREADABLE, reason.problem.span, problem=reason.problem),), []
        self.environment = judged.environment
        links = tuple(self._cautious(link) for link in judged.links)
        readable = next((link.kind for link in links if link.kind is not Kind.UNREADABLE), None)
        if readable is Kind.DEFINITION:
            defined = self._defines(statement.chain.first)
            self.unread.pop("E" if defined == "E_total" and self.environment.cost is not None else defined, None)
        elif links and links[0].kind is Kind.UNREADABLE:
            self._not_read(statement.chain.first, statement.span.line)
        within = []
        for braced in judged.within:
            made = underbraced(braced)
            if made is not None:
                own, _ = self._statement(made)
                within.append(EquationResult(braced.span, own))
        return links, within

    def _defines(self, left: s.Node | None) -> str:
        """The quantity, or the function's letter, that a definition's left side names."""
        own = name_key(left.head) if isinstance(left, s.NameGroup) else None
        return base_symbol(left, self.environment) or own or ""

    def _not_read(self, left: s.Node | None, line: int) -> None:
        """A line that could not be read may have defined what stands alone on its left."""
        if not self.environment.conventions.network and not isinstance(left, s.NameGroup):
            self.environment = started_anew(left, self.environment)
            return
        symbol = base_symbol(left, self.environment)
        if isinstance(left, s.NameGroup) and symbol is None:
            self.unread[name_key(left.head) or ""] = line
        if symbol in ("E", "E_total"):
            symbol = "E"
            self.environment = replace(self.environment, cost=None, total=None)  # any cost, until it is defined again
        if symbol == "E" or (symbol in ("z", "a") and symbol not in self.environment.lines):
            self.unread[symbol] = line

    def _cautious(self, link: LinkResult) -> LinkResult:
        """No line is refuted by what a definition that could not be read might have said."""
        by_value = link.problem is not None and link.problem.code is Code.VALUES_DIFFER
        if link.kind is not Kind.CLAIM or link.said != "refuted" or not by_value:
            return link
        costs = (*self.environment.conventions.costs, "\\delta")
        causes = [k for symbol, k in self.unread.items() if symbol != "E" or any(c in link.read_as for c in costs)]
        if not causes:
            return link
        text = f"the two sides differ, unless line {causes[0]}, which could not be read, says otherwise"
        return replace(link, verdict=None, fix=None, problem=Problem(Code.NOT_DECIDED, link.span, text))


def _with_repairs(
    links: tuple[LinkResult, ...], statement: Statement, repairs: tuple[Repair, ...]
) -> tuple[LinkResult, ...]:
    """The links of a statement with the letters that were lost in it, and what was read in their place."""
    start, end = statement.span.start, statement.span.end
    said = tuple(dict.fromkeys(str(repair) for repair in repairs if start <= repair.span.start < end))
    return tuple(replace(link, readings=(*link.readings, *said)) for link in links) if said else links


@contextmanager
def _unwatched(part: Part) -> Iterator[None]:
    yield


def underbraced(braced: s.Braced) -> Statement | None:
    """`\\underbrace{A}_{B}` as the statement A = B, `\\underbrace{A}_{= B \\text{…}}` too; None where B is words."""
    passage = braced.annotation
    items_ = () if passage is None else passage.items
    first = items_[0] if items_ else None
    kind = RelationKind.EQUAL
    if isinstance(first, s.Chain) and first.first is None and len(first.links) == 1:
        kind, first = first.links[0].relation.kind, first.links[0].right
    elif len(items_) != 1:
        return None
    if first is None or isinstance(first, s.Chain) or kind not in (RelationKind.EQUAL, RelationKind.DEFINED):
        return None
    relation = s.Relation(first.span, kind, "=")
    sides = (braced.body, first) if len(items_) > 1 or items_[0] is not first else (first, braced.body)
    left, right = reversed(sides) if kind is RelationKind.DEFINED else sides
    return Statement(braced.span, (), s.Chain(braced.span, left, (s.Link(braced.span, relation, right),)))


def _unreadable(span: Span, problem: Problem) -> EquationResult:
    return EquationResult(span, (LinkResult(Kind.UNREADABLE, span, problem=problem),))


def _syntax(unread: Unreadable) -> Problem:
    return Problem(Code.SYNTAX, unread.span, f"found {shortened(unread.found)}: expected {shortened(unread.expected)}")


def check_document(
    data: bytes | str, name: str, timeout: float | None = None, sizes: tuple[int, ...] | None = None,
    watch: Watch | None = None, left_out: Mapping[Part, str] = MappingProxyType({}),
) -> FileResult:  # fmt: skip
    """Every equation of a document judged, in its order; see `Checker`."""
    return Checker(Judge(sizes=sizes), timeout, watch, left_out).check(data, name)
