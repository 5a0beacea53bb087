"""Steps written as increments, `\\Delta w = -\\eta ∂E/∂w`: short for `w = w - \\eta ∂E/∂w`."""

from __future__ import annotations

from symbackprop.documents import syntax as s
from symbackprop.documents.environment import Environment
from symbackprop.documents.kinds import ProductSign, RelationKind, Sign
from symbackprop.documents.names import name_key
from symbackprop.documents.shapes import PARAMETERS, base_symbol


def as_steps(
    members: list[s.Expression], relations: list[s.Relation], environment: Environment
) -> list[s.Expression] | None:
    """The members as the new values of the parameter; None where the line is no increment of one."""
    head = members[0]
    if len(members) < 2 or not isinstance(head, s.Product) or len(head.factors) != 2:
        return None
    mark, parameter = head.factors
    if name_key(mark) != "\\Delta" or head.signs[0].sign is not ProductSign.JUXTAPOSED:
        return None
    if relations[0].kind not in (RelationKind.EQUAL, RelationKind.DEFINED, RelationKind.BECOMES):
        return None
    own = environment.own.entities
    if environment.conventions.network:
        fits = base_symbol(parameter, environment) in PARAMETERS
    else:
        key = name_key(parameter.base if isinstance(parameter, s.Scripted) else parameter)
        entity = own.get(key or "")
        fits = entity is not None and entity.definition is None and "\\Delta" not in own
    return [parameter, *(_added(parameter, member) for member in members[1:])] if fits else None


def _added(parameter: s.Expression, step: s.Expression) -> s.Addition:
    terms = step.terms if isinstance(step, s.Addition) else (s.Term(step.span, None, step),)
    first, *rest = terms
    signed = s.Term(first.span, first.sign or Sign.PLUS, first.body)
    return s.Addition(step.span, (s.Term(parameter.span, None, parameter), signed, *rest))
