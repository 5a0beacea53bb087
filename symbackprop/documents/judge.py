"""A document's statements to verdicts, in their order: what each is about, and under which customs and values."""

from __future__ import annotations

from dataclasses import replace

from symbackprop.documents import syntax as s
from symbackprop.documents.aliases import Alias
from symbackprop.documents.dotted_products import DottedProduct, dotted_product
from symbackprop.documents.dotted_sums import without_dots
from symbackprop.documents.environment import Environment
from symbackprop.documents.formula import Statement
from symbackprop.documents.generic_rules import generic_rule
from symbackprop.documents.kinds import NameKind, RelationKind
from symbackprop.documents.layer_pairs import without_pairs
from symbackprop.documents.orientation import other_orientations
from symbackprop.documents.page_defining import extents, member_declaration, with_shape
from symbackprop.documents.page_dots import entrywise
from symbackprop.documents.page_reading import read_page_chain
from symbackprop.documents.problems import Code, NotUnderstood, Problem
from symbackprop.documents.results import Kind, LinkResult
from symbackprop.documents.shapes import (
    base_symbol,
    is_declaration,
    is_update,
    named,
)
from symbackprop.documents.statement_judge import EQUALITIES, Judged, Options, StatementJudge
from symbackprop.documents.tensors import Tensor
from symbackprop.documents.values import said, with_values
from symbackprop.documents.write import latex


class Judge:
    """Judges the statements of one document; `corrects`: whether it looks for proved corrections."""

    def __init__(self, corrects: bool = True, sizes: tuple[int, ...] | None = None) -> None:
        self.options = Options(corrects, sizes)
        self.previous: tuple[s.Expression, ...] = ()

    def statement(self, statement: Statement, environment: Environment) -> Judged:
        chain, shape = _without_shape(statement.chain)
        if shape is not None:
            judged = self.statement(replace(statement, chain=chain), environment)
            said = f"`{shape.span.text}` is read as a declaration of shape"
            last = tuple(replace(link, readings=(*link.readings, said)) for link in judged.links[-1:])
            wrong = _misdeclared(chain, shape, judged.environment)
            if wrong is not None:
                last = tuple(LinkResult(Kind.UNREADABLE, link.span, problem=wrong) for link in last)
            return replace(judged, links=(*judged.links[:-1], *last))
        for plain, readings in (without_dots(chain), without_pairs(chain, environment.conventions)):
            if readings:
                return self._rewritten(replace(statement, chain=plain), readings, environment)
        if environment.where:
            return self._at_values(replace(statement, chain=chain), environment)
        kept = len(self.previous) if chain.first is None else 0
        first = () if chain.first is None else (chain.first,)
        members = [*(self.previous if kept else ()), *first, *(link.right for link in chain.links)]
        if not chain.links or is_declaration(chain, environment):
            return Judged((), environment)
        if not kept and chain.first is None:
            raise NotUnderstood(chain.links[0].relation.span, "a relation without a left side", "one, here or before")
        relations = [link.relation for link in chain.links]
        judged_kinds = EQUALITIES | {RelationKind.APPROXIMATE}
        if not any(r.kind in judged_kinds for r in relations) and not is_update(members, relations, environment):
            declares = None if environment.conventions.network else member_declaration(chain, environment)
            return Judged((), declares or environment)
        word = _names_in_words(chain, environment) if first else None
        if word is not None:
            return self._named(statement, word, environment)
        self.previous = tuple(members)
        going_on = dotted_product(members) if environment.conventions.network and not kept else None
        if going_on is not None and relations[0].kind in EQUALITIES and not statement.conditions:
            return self._by_induction(going_on, statement, relations, environment)
        work = StatementJudge(self.options, statement, members, relations, max(kept - 1, 0), environment)
        try:
            judged = work.judged()
            other = entrywise(judged.links, environment)
            if other is not None:
                again = StatementJudge(self.options, statement, members, relations, max(kept - 1, 0), other).judged()
                under = replace(again.environment.conventions, dots_entrywise=False)
                if all(link.said != "refuted" for link in again.links):
                    judged = replace(again, environment=replace(again.environment, conventions=under))
            if not kept and all(link.kind is Kind.UNREADABLE for link in judged.links):
                judged = self._generic(judged, statement, members, relations, environment)
            return judged if kept else self._oriented(judged, statement, members, relations, environment)
        except RecursionError:
            found, expected = "definitions that lead back to themselves", "quantities defined by others"
            raise NotUnderstood(chain.span, found, expected) from None


    def _rewritten(self, statement: Statement, readings: tuple[str, ...], environment: Environment) -> Judged:
        """A line read in other words; it is not corrected, as no edit of those is one of the line."""
        options, self.options = self.options, replace(self.options, corrects=False)
        try:
            judged = self.statement(statement, environment)
        finally:
            self.options = options
        links = tuple(replace(link, readings=(*link.readings, *readings)) for link in judged.links)
        return replace(judged, links=links)

    def _by_induction(
        self, product: DottedProduct, statement: Statement, relations: list[s.Relation], environment: Environment
    ) -> Judged:
        """A product of the factors of all layers: proved from its end on, refuted where its dots stand for nothing."""
        options = replace(self.options, corrects=False)

        def link(members: list[s.Expression]) -> LinkResult:
            made = StatementJudge(options, statement, members, relations, 0, environment).judged().links[0]
            return replace(made, span=relations[0].span)

        short, end, step = (link(members) for members in (product.written_out(), product.end(), product.step()))
        broken = next((each for each in (short, end, step) if each.kind is Kind.UNREADABLE), None)
        layers = f"the factors of each layer from {product.letter} to {latex(product.last_layer)}"
        if broken is not None or short.said == "refuted":
            made = broken or replace(short, readings=(*short.readings, "the dots are left out, as no layer is between"))
        elif short.said == end.said == step.said == "proved":
            by = f"the dots are read as {layers}: proved at the last layer, and from each layer to the next"
            made = replace(step, readings=(*step.readings, by))
        else:
            text = f"the dots are read as {layers}: no proof from each layer to the next was found"
            made = LinkResult(Kind.CLAIM, relations[0].span, problem=Problem(Code.NOT_DECIDED, relations[0].span, text))
        return Judged((made,), environment)

    def _generic(
        self, judged: Judged, statement: Statement, members: list[s.Expression], relations: list[s.Relation],
        environment: Environment,
    ) -> Judged:  # fmt: skip
        """A line that could not be read as a rule that holds whatever its letters are, where it is one."""
        found = generic_rule(members, relations, statement.span.line, environment)
        if found is None:
            return judged
        other, reading = found
        again = StatementJudge(replace(self.options, corrects=False), statement, members, relations, 0, other).judged()
        if any(link.said not in ("proved", "update") for link in again.links):
            return judged
        links = tuple(replace(link, readings=(*link.readings, reading)) for link in again.links)
        return Judged(links, environment)

    def _oriented(
        self, judged: Judged, statement: Statement, members: list[s.Expression], relations: list[s.Relation],
        environment: Environment,
    ) -> Judged:  # fmt: skip
        """A first line `z = …` that fits another custom of writing weights makes it the document's custom."""
        if judged.links[0].said != "refuted" or base_symbol(members[0], environment) != "z":
            return judged
        for other, reading in other_orientations(environment):
            again = StatementJudge(self.options, statement, members, relations, 0, other).judged()
            first, *rest = again.links
            if first.said in ("definition", "proved"):
                return replace(again, links=(replace(first, readings=(*first.readings, reading)), *rest))
        return judged


    def _named(self, statement: Statement, word: Alias, environment: Environment) -> Judged:
        """`\\text{Input} = x_0 = …`: the words name what stands behind them, which the rest of the chain is about."""
        chain = statement.chain
        after = replace(environment, aliases=(*environment.aliases, word))
        made = LinkResult(Kind.DEFINITION, chain.links[0].relation.span)
        if len(chain.links) == 1:
            self.previous = (chain.links[0].right,)
            return Judged((made,), after)
        rest = s.Chain(chain.span, chain.links[0].right, chain.links[1:])
        judged = self.statement(replace(statement, chain=rest), after)
        return replace(judged, links=(made, *judged.links))

    def _at_values(self, statement: Statement, environment: Environment) -> Judged:
        """A display that holds at stated numbers: what is not proved for all of them is judged with them put in."""
        for_all, before = replace(environment, where={}), self.previous
        judged = self.statement(statement, for_all)
        fine = [link.said in ("proved", "definition", "update") for link in judged.links]
        if all(fine):
            return replace(judged, environment=replace(judged.environment, where=environment.where))
        kept_members, self.previous = self.previous, before
        chain = with_values(statement.chain, environment.where)
        put_in = self.statement(replace(statement, chain=chain), for_all) if isinstance(chain, s.Chain) else judged
        self.previous = kept_members
        links = []
        for number, link in enumerate(judged.links):
            other = put_in.links[number] if len(put_in.links) == len(judged.links) else link
            if fine[number] or link.kind is Kind.UNREADABLE:
                links.append(link)
            elif other.said == "proved":
                links.append(replace(other, readings=(*other.readings, said(environment.where))))
            else:
                text = f"proved neither for all values nor {said(environment.where)}"
                problem = Problem(Code.NOT_DECIDED, link.span, text)
                links.append(replace(link, kind=Kind.CLAIM, verdict=None, fix=None, problem=problem))
        after = replace(judged.environment, where=environment.where)
        return replace(judged, links=tuple(links), environment=after)


def _without_shape(chain: s.Chain) -> tuple[s.Chain, s.Link | None]:
    """`A = B \\in \\mathbb{R}^q` as A = B, and what stands behind it."""
    if len(chain.links) < 2 or chain.links[-1].relation.kind is not RelationKind.MEMBER:
        return chain, None
    return replace(chain, links=chain.links[:-1]), chain.links[-1]


def _misdeclared(chain: s.Chain, shape: s.Link, environment: Environment) -> Problem | None:
    """What is wrong with the shape that a document without a network states behind a line."""
    axes = extents(shape.right.span.text, environment.own)
    if environment.conventions.network or axes is None:
        return None
    value = read_page_chain([chain.links[-1].right], (), environment).members[0].value
    if value is None:
        return None
    known = tuple(axis for axis in value.shape if axis is not None) if isinstance(value, Tensor) else ()
    if with_shape(environment.own, known, axes) is not None:
        return None
    has = " by ".join(map(str, known)) or "a number"
    return Problem(Code.SHAPES, shape.right.span, f"`{shape.right.span.text}` is stated of what is {has}")


def _names_in_words(chain: s.Chain, environment: Environment) -> Alias | None:
    """Words that nothing knows, alone on the left."""
    first = chain.first
    if not isinstance(first, s.Name) or first.kind is not NameKind.WORD or not environment.conventions.network:
        return None
    return named(s.Chain(chain.span, first, chain.links[:1]), environment)
