"""One statement's links, one by one: definitions, conditions, updates, claims with their corrections."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

from symbackprop import notation as n
from symbackprop.documents import syntax as s
from symbackprop.documents.canonical import Writer
from symbackprop.documents.chains import Member, ReadChain, Sides, read_chain, sides, surroundings
from symbackprop.documents.claiming import is_named_gradient, scoped_claims
from symbackprop.documents.corrections import WHOLE_LINE, Line, agree, correction, general_layer
from symbackprop.documents.deciding import Decided, decide
from symbackprop.documents.defining import Defined, definition_of, undefined_delta
from symbackprop.documents.edits import text_after
from symbackprop.documents.elaborate import CONSTANT
from symbackprop.documents.environment import Environment
from symbackprop.documents.explicitly import at_sizes
from symbackprop.documents.families import family_of, with_family
from symbackprop.documents.formula import Statement
from symbackprop.documents.increments import grown, incremented
from symbackprop.documents.induction import agrees, meant, settled
from symbackprop.documents.kinds import RelationKind
from symbackprop.documents.misdefined import not_customary
from symbackprop.documents.names import name_key
from symbackprop.documents.orientation import functions_in, with_one_function
from symbackprop.documents.page_claims import without_meaning
from symbackprop.documents.page_customary import is_norm, not_a_norm, not_logistic
from symbackprop.documents.page_defining import through_quantities
from symbackprop.documents.page_unstated import page_unstated
from symbackprop.documents.page_updates import is_page_update, judge_page_update
from symbackprop.documents.problems import Code, NotUnderstood, Problem
from symbackprop.documents.products import shaped
from symbackprop.documents.range_errors import reranged, wrong_end
from symbackprop.documents.results import Fix, Kind, LinkResult
from symbackprop.documents.shapes import (
    ends_in_condition,
    is_condition,
    is_update,
    of_any_layer,
    unstepped,
)
from symbackprop.documents.single_output import single_output
from symbackprop.documents.source import Span
from symbackprop.documents.tensors import Misfit, Tensor, Value, misfit
from symbackprop.documents.totals import no_longer_total, total_of
from symbackprop.documents.unstated import unstated
from symbackprop.documents.update_corrections import corrected_update
from symbackprop.documents.updates import judge_update
from symbackprop.documents.wording import culprit, rests_on, scope_said
from symbackprop.prove import Outcome
from symbackprop.wellformed import malformed

EQUALITIES = frozenset({RelationKind.EQUAL, RelationKind.DEFINED, RelationKind.EQUIVALENT, RelationKind.BECOMES})


@dataclass(frozen=True)
class Judged:
    """A statement's links, what is known after it, and the claims that stand within it."""

    links: tuple[LinkResult, ...]
    environment: Environment
    within: tuple[s.Braced, ...] = ()


@dataclass(frozen=True)
class Options:
    """corrects: whether proved corrections are looked for; sizes: an architecture at which each link is written out."""

    corrects: bool = True
    sizes: tuple[int, ...] | None = None


class StatementJudge:
    """The work on one statement."""

    def __init__(
        self, options: Options, statement: Statement, members: list[s.Expression], relations: list[s.Relation],
        skipped: int, environment: Environment,
    ) -> None:  # fmt: skip
        self.options, self.statement, self.members, self.relations = options, statement, members, relations
        self.skipped, self.environment = skipped, environment
        self.conditions = statement.conditions  # with the corrected ranges, once a link has corrected them
        self.links: list[LinkResult] = []
        self.whole: tuple[Fix | None] | None = None
        self.chain: ReadChain

    def judged(self) -> Judged:
        family = None if self.environment.conventions.network else family_of(self.members)
        if family is not None and set(family.arguments) - {(family.name, -1)}:
            own = with_family(self.environment.own, family, self.relations[0].span.line)
            done = LinkResult(Kind.DEFINITION, self.relations[0].span)
            return Judged((done,), replace(self.environment, own=own))
        parameter = incremented(self.members, self.relations, self.environment)
        if parameter is not None:
            return self._increment(parameter)
        if not self.environment.conventions.network and is_page_update(self.members, self.relations):
            link = judge_page_update(self.members, self.relations[0], self.statement, self.environment)
            return Judged((link,), self.environment)
        if is_condition(self.members, self.environment):
            self._conditions()
            return Judged(tuple(self.links), self.environment)
        self.members = unstepped(self.members, self.environment)
        if is_update(self.members, self.relations, self.environment):
            return self._update()
        total = total_of(self.members, self.environment)
        if total is not None and len(self.relations) == 1:
            self.environment = total
            return Judged((LinkResult(Kind.DEFINITION, self.relations[0].span),), self.environment)
        self.environment = no_longer_total(self.members, self.environment)
        chain = read_chain(self.members, self.statement.conditions, self.environment)
        if chain.own is not None and not any(member.unreadable for member in chain.members):
            self.environment = replace(self.environment, own=chain.own)
        self.environment, reading = with_one_function(chain.members, self.environment)
        self._chain(chain)
        if reading:
            self.links[0] = replace(self.links[0], readings=(*self.links[0].readings, reading))
        if chain.own is not None and not self.skipped and not self.statement.conditions:
            judged, line = [link.said for link in self.links], self.relations[0].span.line
            made = through_quantities(chain, judged, line, self.environment)
            self.environment = self.environment if made is None else replace(self.environment, own=made)
        used = {symbol for member in chain.members for symbol in member.used} | functions_in(chain.members)
        return Judged(tuple(self.links), self.environment.using(used), chain.within)

    def _conditions(self) -> None:
        """`∂E/∂w = 0` is no matter of truth, but it has to speak of what is there."""
        zero = next(member for member in self.members if isinstance(member, s.Number))
        met: set[int] = set()
        for (one, other), relation in zip(pairwise(self.members), self.relations, strict=False):
            made = LinkResult(Kind.CONDITION, relation.span)
            for slope in (one, other):
                if slope is not zero and id(slope) not in met and made.problem is None:
                    met.add(id(slope))
                    made = self._set_to_zero(slope, zero, relation)
            self.links.append(made)

    def _set_to_zero(self, slope: s.Expression, zero: s.Expression, relation: s.Relation) -> LinkResult:
        chain = read_chain([slope, zero], self.statement.conditions, self.environment)
        left, right = chain.members
        broken = left.unreadable or chain.condition_problem
        if broken is not None and not of_any_layer(slope):
            return LinkResult(Kind.UNREADABLE, relation.span, problem=broken)
        form = None if broken is not None else self._form_error(chain, left, right, relation)
        if form is not None:
            return replace(form[0], kind=Kind.CONDITION)
        return LinkResult(Kind.CONDITION, relation.span, warnings=_warnings(chain, relation))

    def _update(self) -> Judged:
        """`w ← …`, `w → w' = …`: the first value is a step of descent, further members are equal to it."""
        value = self.members[1]
        renamed = isinstance(value, s.Scripted) and value.primes == 1 and len(self.members) > 2
        at = 2 if renamed and value == _primed(self.members[0]) else 1
        sides_ = [self.members[0], self.members[at]]
        wrong = self._misstated(*sides_)
        if wrong is not None:
            wrong = self._update_corrected(sides_, wrong)
            return Judged(tuple(replace(wrong, span=r.span) for r in self.relations), self.environment)
        link = self._update_corrected(
            sides_, judge_update(sides_, self.relations[0], self.statement, self.environment)
        )
        return self._with_rest([replace(link, span=r.span) for r in self.relations[:at]], at)

    def _increment(self, parameter: s.Expression) -> Judged:
        """`\\Delta w = A = B`: a step by A descends, and A is equal to B."""
        relation, pair = self.relations[0], [parameter, grown(parameter, self.members[1])]
        if self.environment.conventions.network:
            link = self._update_corrected(pair, judge_update(pair, relation, self.statement, self.environment))
        else:
            link = judge_page_update(pair, relation, self.statement, self.environment)
        return self._with_rest([link], 1)

    def _with_rest(self, done: list[LinkResult], at: int) -> Judged:
        """The links of an update, and those behind it, which are claims."""
        if len(self.members) == at + 1:
            return Judged(tuple(done), self.environment)
        rest = StatementJudge(self.options, self.statement, self.members[at:], self.relations[at:], 0, self.environment)
        rest._chain(read_chain(rest.members, self.statement.conditions, self.environment))
        return Judged((*done, *rest.links), rest.environment)

    def _misstated(self, parameter: s.Expression, value: s.Expression) -> LinkResult | None:
        """An update whose two sides do not go together, or not in the range that is stated behind it."""
        chain = read_chain([parameter, value], self.conditions, self.environment)
        left, right = chain.members
        if left.value is None or right.value is None or chain.condition_problem is not None:
            return None
        form = self._form_error(chain, left, right, self.relations[0])
        return None if form is None else replace(form[0], kind=Kind.UPDATE)

    def _update_corrected(self, members: list[s.Expression], link: LinkResult) -> LinkResult:
        if not self.options.corrects or link.said != "refuted" or link.problem is None or link.fix is not None:
            return link
        found = corrected_update(members, self.statement.conditions, self.environment)
        return link if found is None else replace(link, fix=found.fix, problem=replace(link.problem, span=found.place))

    def _chain(self, chain: ReadChain) -> None:
        self.chain = chain
        left = chain.members[self.skipped]
        for number, relation in enumerate(self.relations):
            printed = self.chain.members[self.skipped + number]
            right = self.chain.members[self.skipped + number + 1]
            held = left
            conditions = self.conditions
            if relation is self.relations[-1] and self._sets_to_zero():
                self.links.append(LinkResult(Kind.CONDITION, relation.span))
                break
            first = not self.skipped and all(link.kind is Kind.UNREADABLE for link in self.links)
            result, left = self._link(self.chain, left, right, relation, first)
            if held is not printed and result.kind is Kind.CLAIM and result.said == "proved":
                result = self._as_printed(self.chain, printed, right, relation, result)
            elif printed is not held and result.kind is Kind.CLAIM and result.said == "refuted":
                result = self._following(self.chain, printed, right, relation, result)
            self.links.append(result)
            if self.conditions is not conditions:
                self.chain = read_chain(self.members, self.conditions, self.environment)
                left = self.chain.members[self.skipped + number + 1]

    def _sets_to_zero(self) -> bool:
        fine = all(link.said in ("proved", "definition") for link in self.links)
        return bool(self.links) and fine and ends_in_condition(self.members, self.environment)

    def _as_printed(
        self, chain: ReadChain, left: Member, right: Member, relation: s.Relation, proved: LinkResult
    ) -> LinkResult:
        """A link whose right side is proved, but not from the member that stands on its left: wrong with it."""
        if left.unreadable is not None:
            return LinkResult(Kind.UNREADABLE, relation.span, problem=left.unreadable)
        result, _ = self._claim(chain, left, right, relation)
        if result.problem is None or result.said != "refuted":
            return result
        text = f"the member on its left is wrong: with that put right, `{right.node.span.text}` is proved"
        return replace(result, problem=replace(result.problem, span=left.node.span, text=text))

    def _following(
        self, chain: ReadChain, left: Member, right: Member, relation: s.Relation, refuted: LinkResult
    ) -> LinkResult:
        """A link that follows from the member on its left as it is printed, however wrong both are.

        Where that member could not be read nothing is refuted: what was read before it need not be what it equals.
        """
        if left.unreadable is not None:
            return LinkResult(Kind.UNREADABLE, relation.span, problem=left.unreadable)
        if left.value is None or right.value is None or left.problems or right.problems:
            return refuted
        result, _ = self._claim(chain, left, right, relation)
        if result.said != "proved":
            return refuted
        reading = "this sign is right; the member on its left is not, and so neither is the one on its right"
        return replace(result, readings=(*result.readings, reading))

    def _link(
        self, chain: ReadChain, left: Member, right: Member, relation: s.Relation, first: bool
    ) -> tuple[LinkResult, Member]:
        head = chain.members[0]
        causes = (head.unreadable, left.unreadable, right.unreadable, chain.condition_problem)
        broken = next((cause for cause in causes if cause is not None), None)
        if relation.kind is RelationKind.APPROXIMATE:
            return self._approximate(chain, left, right, relation, broken)
        if relation.kind not in EQUALITIES:
            broken = Problem(Code.NO_READING, relation.span, f"the relation `{relation.text}`: expected an equality")
        if broken is not None:
            kind = Kind.CLAIM if broken.code is Code.NOT_DECIDED else Kind.UNREADABLE  # read, but without a rule
            return LinkResult(kind, relation.span, problem=broken), left if right.value is None else right
        opens = first or self._still_open(left, chain)
        defined = definition_of(left, right, relation, chain, self.environment) if opens else None
        if defined is not None:
            return self._definition(chain, left, right, relation, defined)
        broken = undefined_delta(left, right, self.environment)
        if broken is not None and not self._misshapen(chain, left, right):
            return LinkResult(Kind.UNREADABLE, relation.span, problem=broken), right
        result, decided = self._claim(chain, left, right, relation)
        broken = self._not_to_refute(chain, left, right) if decided.verdict.outcome is Outcome.REFUTED else None
        if broken is not None:
            return LinkResult(Kind.UNREADABLE, relation.span, problem=broken), right
        some = any(CONSTANT in _scalars(member.value) for member in (left, right))
        if some and decided.verdict.outcome is Outcome.REFUTED and not decided.verdict.form_error:
            text = "equal up to a constant, if at all, which the line does not name: expected both sides derived"
            return replace(result, verdict=None, problem=Problem(Code.NOT_DECIDED, relation.span, text)), right
        if decided.needs:
            text = f"holds if {decided.needs}: state it in the conventions, `assume: {decided.needs}`"
            problem = Problem(Code.ASSUMPTION, relation.span, text)
            return replace(result, verdict=None, problem=problem), right
        if chain.limits.partial and decided.verdict.counterexample is not None:
            text = f"not true of the whole axis, and `{chain.limits.partial}` is only a part of it, which is not judged"
            return replace(result, verdict=None, problem=Problem(Code.NOT_DECIDED, relation.span, text)), right
        if decided.where and result.problem is not None:
            text = f"{result.problem.text}; it holds where {decided.where} alone: if that is meant, say so behind it"
            result = replace(result, problem=replace(result.problem, text=text))
        if decided.verdict.outcome is Outcome.REFUTED and first and is_norm(left.node):
            warning = not_a_norm(left.node)
            return LinkResult(Kind.DEFINITION, relation.span, readings=result.readings, warnings=(warning,)), right
        if decided.verdict.outcome is Outcome.REFUTED:
            missing = self._unstated(chain, left, right, decided)
            if missing is not None:
                mlp = self.environment.conventions.network
                every = "every cost and function" if mlp else "what the page leaves open"
                text = f"not true of {every}, and holds with {missing}: state it in the conventions"
                return replace(result, verdict=None, problem=Problem(Code.ASSUMPTION, relation.span, text)), right
            return self._corrected(chain, left, right, result)
        return result, right

    def _unstated(self, chain: ReadChain, left: Member, right: Member, decided: Decided) -> str | None:
        at = next((k for k, member in enumerate(chain.members) if member is left), None)
        printed = at is not None and chain.members[at + 1 : at + 2] == (right,)
        if decided.verdict.form_error or not printed:
            return None
        if not self.environment.conventions.network:
            values = decided.scoped.claim.sides
            return page_unstated(self.members, at or 0, self.conditions, self.environment, values)
        one = single_output(left, right, chain, self.environment)
        if one is not None:
            return one
        return None if chain.unknowns else unstated(self.members, at or 0, self.conditions, self.environment)

    def _approximate(
        self, chain: ReadChain, left: Member, right: Member, relation: s.Relation, broken: Problem | None
    ) -> tuple[LinkResult, Member]:
        """`A \\approx B`: proved where the two are equal; how near they may be it does not say, so never refuted."""
        result = None if broken is not None else self._claim(chain, left, right, relation)[0]
        if result is not None and result.said == "proved":
            return replace(result, readings=(*result.readings, "both sides are equal, not only nearly")), right
        text = f"`{relation.text}` does not say how near the two sides are: expected an equality, if one is meant"
        problem = Problem(Code.NOT_DECIDED, relation.span, text)
        return LinkResult(Kind.CLAIM, relation.span, problem=problem), left if right.value is None else right

    def _not_to_refute(self, chain: ReadChain, left: Member, right: Member) -> Problem | None:
        """Why a refutation would speak of something else than its author."""
        if chain.differentials and is_named_gradient(sides(_value(left), _value(right), chain), chain):
            text = f"`{left.node.span.text}` is no total differential: expected, if it names a gradient, a line"
            text += " `gradient: dv = \\frac{\\partial E}{\\partial v}` in the conventions, E being the cost"
            return Problem(Code.UNKNOWN_SYMBOL, left.node.span, text)
        cost = isinstance(left.value, n.Entry) and left.value.variable.symbol in ("E", "E_total")
        alone = isinstance(left.node, s.Name | s.NameGroup | s.Scripted | s.Decorated)
        if cost and alone and type(right.value) is Tensor and self.environment.conventions.network:
            text = f"`{right.node.span.text}`, {shaped(right.value)} where the cost is a number: expected a sum over it"
            text += ", or a line `widths: [n_0, …, 1]` in the conventions, if there is one output"
            return Problem(Code.NO_READING, right.node.span, text)
        return without_meaning(left, right, chain)

    def _still_open(self, left: Member, chain: ReadChain) -> bool:
        """Whether a later member is a name of the page that only what follows can define."""
        key = name_key(left.node)
        entity = None if key not in chain.met else self.environment.own.entities.get(key or "")
        return entity is not None and entity.definition is None

    def _claim(
        self, chain: ReadChain, left: Member, right: Member, relation: s.Relation, may_sum: bool = True
    ) -> tuple[LinkResult, Decided]:
        right = _in_shape(left, right)
        made = sides(_value(left), _value(right), chain, may_sum)
        name = f"line {relation.span.line}, column {relation.span.column}"
        decided = decide(scoped_claims(name, made, chain, self.environment))
        return self._result(chain, left, right, relation, made, decided), decided

    def _result(
        self, chain: ReadChain, left: Member, right: Member, relation: s.Relation, made: Sides, decided: Decided
    ) -> LinkResult:
        readings = tuple(dict.fromkeys((*left.readings, *right.readings, *made.readings)))
        if self.conditions is not self.statement.conditions:
            readings = (*readings, "under the corrected range")
        if self.options.sizes is not None and not decided.verdict.form_error:
            said = at_sizes(decided.scoped.claim, self.options.sizes)
            readings = (*readings, said) if said else readings
        problem = None
        if decided.verdict.outcome is not Outcome.PROVED:
            problem = self._culprit(chain, left, right, made, decided, relation)
        return LinkResult(
            Kind.CLAIM, relation.span, decided.verdict, problem,
            scope_said(decided.scoped, self.environment),
            Writer(self.environment).equation(made.left, made.right, made.free),
            rests_on(decided.scoped, made, self.environment), readings, _warnings(chain, relation),
        )  # fmt: skip

    def _culprit(
        self, chain: ReadChain, left: Member, right: Member, made: Sides, decided: Decided, relation: s.Relation
    ) -> Problem:
        if decided.verdict.form_error and not (left.problems or right.problems or made.dangling):
            wrong = wrong_end(made, chain, self.environment)
            if wrong is not None:
                return wrong.problem
        fixed = dict(chain.limits.fixed)
        return culprit(left, right, made, decided.verdict, self.environment, relation.span, fixed)

    # definitions

    def _definition(
        self, chain: ReadChain, left: Member, right: Member, relation: s.Relation, defined: Defined
    ) -> tuple[LinkResult, Member]:
        """A definition is refuted only by form; one for what is known already is tried as a claim."""
        form = self._form_error(chain, left, right, relation, defined.lacks_index)
        if form is not None:
            result, _ = form
            fixed, member = self._corrected(chain, left, right, replace(result, kind=Kind.DEFINITION))
            if fixed.fix is not None and member.value is not None:
                again = definition_of(self.chain.members[0], member, relation, self.chain, self.environment)
                known = self.environment.corrected | {relation.span.line}
                self.environment = self.environment if again is None else replace(again.environment, corrected=known)
            return fixed, member
        if defined.known:
            result, decided = self._claim(chain, left, right, relation)
            if decided.verdict.proved:
                kept = Kind.DEFINITION if defined.first_use else Kind.CLAIM
                self.environment = defined.confirmed
                return (LinkResult(kept, relation.span, readings=result.readings, warnings=result.warnings)
                        if defined.first_use else result), right  # fmt: skip
            text = f"{defined.symbol} is defined again: from here on this definition holds"
            warnings = not_customary(self.environment, defined.environment, right.node.span)
            if not defined.customary and (self.environment.functions or not warnings):
                warnings = (Problem(Code.REDEFINED, relation.span, text), *warnings)
            self.environment = defined.environment
            return LinkResult(Kind.DEFINITION, relation.span, warnings=(*_warnings(chain, relation), *warnings)), right
        self.environment, before = defined.environment, self.environment
        if not before.conventions.network:
            self.chain = replace(self.chain, own=self.environment.own)
        made = tuple(dict.fromkeys((*left.readings, *right.readings)))
        odd = (*_warnings(chain, relation), *not_customary(before, defined.environment, right.node.span))
        if not before.conventions.network:
            odd = (*odd, *not_logistic(right.value, right.node))
        result = LinkResult(Kind.DEFINITION, relation.span, readings=made, warnings=odd)
        return self._delta(result, chain, left, right, defined, before), right

    def _delta(
        self, result: LinkResult, chain: ReadChain, left: Member, right: Member, defined: Defined, before: Environment
    ) -> LinkResult:
        """What follows from a definition of delta: with a base and a step, what delta is in every layer."""
        readings, warnings = list(result.readings), list(result.warnings)
        for old in defined.overlaps:
            if agrees(self.environment.deltas[-1], old, before):
                readings.append(f"agrees with line {old.line}")
                continue
            text = f"line {old.line} defines delta otherwise at its layer: from here on this definition holds"
            warnings.append(Problem(Code.REDEFINED, result.span, text))
        made = settled(self.environment)
        if made is not None and made.broken is None:
            self.environment = made.environment
            readings.append(made.reading)
        elif made is not None and made.broken is not None:
            line = made.broken.line
            which = "this formula" if line == result.span.line else f"that of line {line}"
            text = f"no induction gives delta = ∂E/∂z: {which} is not the cost's derivative by z"
            found = None
            if which == "this formula" and self.options.corrects:
                line_ = replace(self._line(chain, left, right, meant(self.environment), True), left_too=False)
                found = correction(line_)
            text += "" if found is None else f"; `{found.fix.text}` is"
            warnings.append(Problem(Code.NO_DELTA, right.node.span, text))
        return replace(result, readings=tuple(readings), warnings=tuple(warnings))

    def _misshapen(self, chain: ReadChain, left: Member, right: Member) -> bool:
        """Whether the sides do not go together, whatever the quantities in them are."""
        scoped = scoped_claims("form", sides(_value(left), _value(right), chain), chain, self.environment)
        return malformed(scoped[-1].claim) is not None

    def _form_error(
        self, chain: ReadChain, left: Member, right: Member, relation: s.Relation, lacks_index: bool = False
    ) -> tuple[LinkResult, Decided] | None:
        for may_sum in (True, False) if lacks_index else (True,):
            made = sides(_value(left), _value(right), chain, may_sum)
            scoped = scoped_claims(f"line {relation.span.line}", made, chain, self.environment)
            if malformed(scoped[-1].claim) is not None:
                return self._claim(chain, left, right, relation, may_sum)
        return None

    # corrections

    def _corrected(
        self, chain: ReadChain, left: Member, right: Member, result: LinkResult
    ) -> tuple[LinkResult, Member]:
        """The result with its correction, and the member that later links are judged against."""
        if not self.options.corrects or result.problem is None:
            return result, left
        if result.problem.code in WHOLE_LINE:
            whole = self._whole_line()
            if whole is not None:
                return replace(result, fix=whole), right
        defines = result.kind is Kind.DEFINITION
        other = None
        if result.problem.code is Code.RANGE:
            other = reranged(self.members[0], left, right, self.conditions, self.environment, defines)
            other = None if other is None or other.conditions is self.conditions else other
        proved = other is not None and other.fix is not None
        found = None if proved else correction(self._line(chain, left, right, self.environment, defines))
        if found is None and other is not None:
            self.conditions = other.conditions
            return replace(result, fix=other.fix), right
        if found is None:
            return result, right if result.problem.code in WHOLE_LINE else left
        problem = result.problem
        stays = problem.code is Code.RANGE and _within(found.place, problem.span)
        if problem.code is Code.VALUES_DIFFER or (len(found.fix.edits) == 1 and not stays):
            problem = replace(problem, span=found.place)
        result = replace(result, fix=found.fix, problem=problem)
        if found.head is None:
            return result, found.member
        self.members[0] = found.head
        self.chain = read_chain(self.members, self.conditions, self.environment)
        return result, self.chain.members[1]

    def _line(self, chain: ReadChain, left: Member, right: Member, environment: Environment, defines: bool) -> Line:
        """What a correction of the link needs to know."""
        at = len(self.links) + self.skipped + 1
        rest = tuple(self.members[at + 1 :])
        conditions = self.conditions
        if chain.own is not None:  # what the line brings in has the shape that it was read with
            environment = replace(environment, own=chain.own)
        around = surroundings([*self.members, right.node], conditions, environment)
        opens = at == 1
        agrees = opens and bool(rest) and agree(left, chain.members[2], chain, environment)
        return Line(self.members[0], left, right, rest, conditions, environment, around,
                    self.statement.chain.span, defines, opens, agrees)  # fmt: skip

    def _whole_line(self) -> Fix | None:
        """L read as a general layer's letter, where every link of the line is then proved."""
        if self.whole is None:
            changes, proved = general_layer(self.members, self.conditions, self.environment)
            text = text_after(self.statement.chain.span, changes)
            self.whole = (Fix(text, changes, whole_line=True) if proved else None,)
        return self.whole[0]


def _warnings(chain: ReadChain, relation: s.Relation) -> tuple[Problem, ...]:
    if not chain.limits.empty:
        return ()
    text = f"nothing satisfies `{chain.limits.empty}`: the condition is dropped"
    return (Problem(Code.EMPTY_CONDITION, relation.span, text),)


def _in_shape(left: Member, right: Member) -> Member:
    """The right member, as a misfit where one side is a column and the other a matrix."""
    one, other = left.value, right.value
    if not isinstance(one, Tensor) or not isinstance(other, Tensor) or isinstance(one, Misfit):
        return right
    alike = [axis is None for axis in one.shape] == [axis is None for axis in other.shape]
    if alike or isinstance(other, Misfit):
        return right
    text = f"`{left.node.span.text}` is {shaped(one)}, `{right.node.span.text}` {shaped(other)}"
    problem = Problem(Code.SHAPES, right.node.span, text)
    return replace(right, value=misfit(one), problems=(*right.problems, problem))


def _scalars(value: Value | None) -> set[str]:
    if isinstance(value, Tensor):
        value = value.at(*(None if axis is None else n.At(1) for axis in value.shape))
    return set() if value is None else {e.name for e in n.walk(value) if isinstance(e, n.Scalar)}


def _primed(node: s.Expression) -> s.Expression:
    base, scripts = (node.base, node.scripts) if isinstance(node, s.Scripted) else (node, ())
    return s.Scripted(node.span, base, scripts, 1)


def _within(inner: Span, outer: Span) -> bool:
    return inner.source is outer.source and outer.start <= inner.start and inner.end <= outer.end


def _value(member: Member) -> n.Expr | Tensor:
    if member.value is None:
        raise NotUnderstood(member.node.span, "a member without a meaning", "one that was read")
    return member.value
