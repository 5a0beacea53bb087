"""Updates in a document that defines everything itself: `w(t+1) = w(t) - \\eta ∂E/∂w` must step down its cost."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import combinations
from typing import Final

from symbackprop import notation as n
from symbackprop.documents import syntax as s
from symbackprop.documents.chains import sides
from symbackprop.documents.claiming import Scoped
from symbackprop.documents.deciding import decide
from symbackprop.documents.entities import MARK, Own
from symbackprop.documents.environment import Environment
from symbackprop.documents.families import numbered
from symbackprop.documents.formula import Statement
from symbackprop.documents.kinds import RelationKind, ScriptMark, Sign
from symbackprop.documents.names import name_key
from symbackprop.documents.page_claims import page_claim
from symbackprop.documents.page_names import plain
from symbackprop.documents.page_reading import read_page_chain
from symbackprop.documents.problems import Code, NotUnderstood, Problem
from symbackprop.documents.results import Kind, LinkResult
from symbackprop.documents.trees import replaced
from symbackprop.prove import Verdict

_TIMES: Final = frozenset({"new", "old", "next", "prev", "previous"})
MOST_FACTORS: Final = 4
SHARES: Final = ("1", "2", "1/2")  # a factor 2 of a square is often taken into the rate
_SETS: Final = frozenset({RelationKind.EQUAL, RelationKind.DEFINED, RelationKind.BECOMES})


def is_page_update(members: list[s.Expression], relations: list[s.Relation]) -> bool:
    """A quantity set to itself, at a time before, and something more."""
    if len(members) != 2 or relations[0].kind not in _SETS:
        return False
    if relations[0].kind is RelationKind.BECOMES:
        return True
    name = _bare(members[0])
    terms = members[1].terms if isinstance(members[1], s.Addition) else ()
    own = [term for term in terms if term.sign in (None, Sign.PLUS) and _bare(term.body) == name
           and not _differently_labelled(members[0], term.body)]  # fmt: skip
    return name is not None and bool(own)


def _differently_labelled(one: s.Node, other: s.Node) -> bool:
    """`E_{total}` and `E_{o1}`: two words or labels below one letter are two quantities."""
    below = [
        "".join(script.tokens) for node in (one, other) if isinstance(node, s.Scripted)
        for script in node.scripts if script.mark is ScriptMark.SUBSCRIPT
    ]  # fmt: skip
    labels = [text for text in below if len(text) > 1 and text.isalnum() and text not in _TIMES]
    words = [text for text in labels if len(text) > 2 and text.isalpha()]
    return bool(words if len(below) == 1 else len(labels) == 2 and labels[0] != labels[1])


def parameter_of(members: list[s.Expression]) -> str | None:
    """The name of what an update changes."""
    return _bare(members[0])


def _bare(node: s.Node) -> str | None:
    """The name of a quantity without the marks of time."""
    if isinstance(node, s.NameGroup):
        return None if numbered(node.group.span.text.strip("()")) is None else _bare(node.head)
    return name_key(node.base if isinstance(node, s.Scripted) else node)


def _time_below(node: s.Node) -> str | None:
    """The t of `w_{t+1}`, a step of time below the name and no index."""
    below = [x for x in node.scripts if x.mark is ScriptMark.SUBSCRIPT] if isinstance(node, s.Scripted) else []
    item = below[0].items[0] if len(below) == 1 and len(below[0].items) == 1 else None
    time = numbered(plain(below[0])) if isinstance(item, s.Addition) else None
    return None if time is None else time.base or None


def timeless(node: s.Node, name: str, marks: dict[str, None], letter: str | None = None) -> s.Node:
    """The tree with every `w^{(t)}`, `w(t)` as w; indices below and transposes stay. The marks of time are noted.

    letter: what stands below a name for the time, `w_t`.
    """

    def is_kept(script: s.Script) -> bool:
        if script.mark is not ScriptMark.SUBSCRIPT:
            return script.is_transpose
        time = None if letter is None else numbered(plain(script))
        return time is None or time.base != letter

    def bare(part: s.Node) -> s.Node | None:
        if isinstance(part, s.NameGroup) and _bare(part.head) == name:
            marks[part.group.span.text.strip("()")] = None
            return timeless(part.head, name, marks, letter)
        if isinstance(part, s.Scripted) and name_key(part.base) == name:
            kept = tuple(x for x in part.scripts if is_kept(x))
            marks.update({plain(x).strip("()"): None for x in part.scripts if x not in kept})
            return replace(part, scripts=kept) if kept or part.primes else part.base
        return None

    return replaced(node, bare)


def _at_one_time(members: list[s.Expression], name: str) -> list[s.Expression]:
    """Both sides without the marks of time. Raises NotUnderstood where they are no step to the next time."""
    before: dict[str, None] = {}
    after: dict[str, None] = {}
    letter = _time_below(members[0])
    made = [timeless(members[0], name, after, letter), timeless(members[1], name, before, letter)]
    if before == after:  # the same mark belongs to the name
        return members
    times = [numbered(mark) for mark in (*after, *before)]
    if len(times) > 1 and None not in times and (len(times) > 2 or times[0] != times[1] + 1):  # type: ignore[operator]
        found = f"a step from {' and '.join(before)} to {' and '.join(after)}"
        raise NotUnderstood(members[0].span, found, f"one to the next time, {next(iter(before))}+1")
    return made  # type: ignore[return-value]


def judge_page_update(
    members: list[s.Expression], relation: s.Relation, statement: Statement, environment: Environment
) -> LinkResult:
    """PROVED to be `w - c ∂E/∂w` with a positive factor c, or refuted."""
    name = _bare(members[0]) or ""
    chain = read_page_chain(_at_one_time(members, name), statement.conditions, environment, introduces=True)
    problem = next((m.unreadable for m in chain.members if m.unreadable is not None), chain.condition_problem)
    left, right = (m.value for m in chain.members)
    if problem is not None or left is None or right is None:
        return LinkResult(Kind.UNREADABLE, relation.span, problem=problem)
    made = sides(left, right, chain)
    reading = f"{members[0].span.text} is read as the next value of {name}"
    own = environment.own if chain.own is None else chain.own
    steps = _steps(made.left, made.right, own)
    written_out = not steps
    steps = steps or _written_out(made.left, made.right, own)
    if not steps:
        text = "what this steps down: expected the parameter minus a positive factor times a cost's derivative by it"
        return LinkResult(Kind.UNREADABLE, relation.span, problem=Problem(Code.NO_READING, members[1].span, text))

    def verdict(step: n.Expr) -> Verdict:
        name_ = f"line {relation.span.line}"
        claim = page_claim(name_, made.right, n.Add((made.left, step)), made.free, made.matrix, chain, environment)
        return decide([Scoped(claim, True, False)]).verdict

    readings = (*made.readings, reading)
    decided = []
    for step in steps:
        decided.append(verdict(n.Neg(step)))
        if decided[-1].proved:
            return LinkResult(Kind.UPDATE, relation.span, decided[-1], readings=readings)
    if written_out and not any(verdict(step).proved for step in steps):
        text = "not shown to step down the cost: expected the parameter minus a rate times the cost's derivative by it"
        problem = Problem(Code.NOT_DECIDED, members[1].span, text)
        return LinkResult(Kind.CLAIM, relation.span, problem=problem, readings=readings)
    if any(verdict(n.Neg(step)).proved for step in _steps(made.left, made.right, own, unsigned=True)):
        text = "a step down if its rate is positive, which nothing says: expected a number that no cost is made of"
        problem = Problem(Code.NOT_DECIDED, members[1].span, text)
        return LinkResult(Kind.CLAIM, relation.span, problem=problem, readings=readings)
    text = "this is no descent: expected the parameter minus a positive factor times the cost's derivative by it"
    problem = Problem(Code.NO_DESCENT, members[1].span, text)
    return LinkResult(Kind.UPDATE, relation.span, decided[0], problem, readings=readings)


def _steps(left: n.Expr, right: n.Expr, own: Own, unsigned: bool = False) -> list[n.Expr]:
    """Positive factors times the derivative of each cost that the line derives by what it updates.

    unsigned: with the numbers of which nothing says whether they are positive.
    """
    if not isinstance(left, n.Entry):
        return []
    slopes = [e for e in n.walk(right) if isinstance(e, n.Partial) and e.by.variable == left.variable]
    named = [e.of for e in slopes if isinstance(e.of, n.Entry) and all(map(_names_sample, e.of.slots))]
    costs = dict.fromkeys(named)
    rates = _Rates(own, left.variable.symbol, tuple(cost.variable.symbol for cost in costs), unsigned)
    found = [tuple(factor for factor in _flat(term) if rates.positive(factor)) for term in _terms(right)]
    return [n.Mul((*rate, n.Partial(cost, left))) for rate in dict.fromkeys(found) for cost in costs]


def _written_out(left: n.Expr, right: n.Expr, own: Own) -> list[n.Expr]:
    """The steps that a line may mean which names no cost: some of its positive factors, and what a square leaves."""
    cost = _cost_of(left, own)
    if cost is None or not isinstance(left, n.Entry):
        return []
    factors = _Rates(own, left.variable.symbol, (cost.variable.symbol,))
    rates: dict[tuple[n.Expr, ...], None] = {}
    for term in _terms(right):
        found = [factor for factor in _flat(term) if factors.positive(factor)][:MOST_FACTORS]
        for count in range(len(found), -1, -1):
            rates |= dict.fromkeys(combinations(found, count))
    slope = n.Partial(cost, left)
    return [n.Mul((n.number(share), *rate, slope)) for share in SHARES for rate in rates if rate]


def _cost_of(left: n.Expr, own: Own) -> n.Entry | None:
    """The number of the page that is computed from the parameter and that nothing else is computed from."""
    if not isinstance(left, n.Entry):
        return None
    numbers = [e for e in own.entities.values() if e.definition is not None and not e.axes and not e.implied]
    met = [e for e in numbers if own.depends(e.key, left.variable.symbol)]
    last = [e for e in met if not any(own.depends(other, e.key) for other in own.entities)]
    return n.Entry(last[0].variable) if len(last) == 1 else None


def _names_sample(slot: n.Slot) -> bool:
    return isinstance(slot, n.Index) and slot.name.startswith(MARK)


def _terms(e: n.Expr) -> list[n.Expr]:
    if isinstance(e, n.Add):
        return [inner for term in e.terms for inner in _terms(term)]
    return [e.term] if isinstance(e, n.Neg) else [e]


def _flat(e: n.Expr) -> list[n.Expr]:
    return [inner for factor in e.factors for inner in _flat(factor)] if isinstance(e, n.Mul) else [e]


@dataclass(frozen=True)
class _Rates:
    """Which factors of a step are positive: a number that is free is one, unless a cost is made of it."""

    own: Own
    updated: str
    costs: tuple[str, ...]
    unsigned: bool = False

    def positive(self, e: n.Expr) -> bool:
        """A rate, a number of samples, a positive number, what is one over them or made of them."""
        match e:
            case n.Power(base, _):
                return self.positive(base)
            case n.Mul(parts) | n.Add(parts):
                return all(self.positive(part) for part in parts)
            case n.Entry(v, ()):
                return self._is_rate(v.symbol)
            case n.Apply("exp", _) | n.Size():
                return True
        return isinstance(e, n.Number) and e.value > 0

    def _is_rate(self, symbol: str) -> bool:
        if self.unsigned:
            return True
        entity = self.own.entities.get(symbol)
        if entity is not None and entity.definition is not None:
            return self.positive(entity.definition.body)
        return symbol != self.updated and not any(self.own.depends(cost, symbol) for cost in self.costs)
