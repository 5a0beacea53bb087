"""`\\Delta w = …`: what is added to a parameter, an update by another name."""

from __future__ import annotations

from symbackprop.documents import syntax as s
from symbackprop.documents.environment import Environment
from symbackprop.documents.kinds import ProductSign, RelationKind, Sign
from symbackprop.documents.names import name_key
from symbackprop.documents.shapes import PARAMETERS, base_symbol

DELTA = "\\Delta"


def incremented(
    members: list[s.Expression], relations: list[s.Relation], environment: Environment
) -> s.Expression | None:
    """The parameter that a line `\\Delta w = …` changes; None where it is no such line."""
    head = members[0]
    if len(members) < 2 or relations[0].kind not in (RelationKind.EQUAL, RelationKind.BECOMES, RelationKind.DEFINED):
        return None
    if not isinstance(head, s.Product) or [sign.sign for sign in head.signs] != [ProductSign.JUXTAPOSED]:
        return None
    mark, parameter = head.factors
    own = environment.own.entities
    if name_key(mark.base if isinstance(mark, s.Scripted) else mark) != DELTA or DELTA in own:
        return None
    if isinstance(parameter, s.NameGroup):  # `\Delta w(t)`: at which step it is
        parameter = parameter.head
    if environment.conventions.network:
        return parameter if base_symbol(parameter, environment) in PARAMETERS else None
    entity = own.get(name_key(parameter.base if isinstance(parameter, s.Scripted) else parameter) or "")
    return parameter if entity is not None and entity.definition is None else None


def grown(parameter: s.Expression, step: s.Expression) -> s.Addition:
    """The parameter after the step, at the place of the step."""
    first = s.Term(step.span, None, parameter)
    if not isinstance(step, s.Addition):
        return s.Addition(step.span, (first, s.Term(step.span, Sign.PLUS, step)))
    head, *rest = step.terms
    return s.Addition(step.span, (first, s.Term(head.span, head.sign or Sign.PLUS, head.body), *rest))
