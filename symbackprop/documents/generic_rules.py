"""Rules that speak of no quantity of the page: the chain rule of plain letters, a step down the slope of any function.

`\\frac{dz}{dx} = \\frac{dz}{dy} \\frac{dy}{dx}`: where a line cannot be read in the page's own terms, its letters may
be any differentiable functions, each of the letters that the right side derives it by. It is proved for all of them or
left unread: what the letters stand for in the text is not known.
"""

from __future__ import annotations

from types import MappingProxyType

from symbackprop.documents import syntax as s
from symbackprop.documents.conventions import Conventions
from symbackprop.documents.entities import Own
from symbackprop.documents.environment import Environment
from symbackprop.documents.kinds import NameKind
from symbackprop.documents.names import name_key
from symbackprop.documents.page_defining import declared, with_function
from symbackprop.documents.page_updates import is_page_update, parameter_of
from symbackprop.documents.shapes import base_symbol
from symbackprop.documents.trees import walk
from symbackprop.notation import Extent

PLAIN = (
    s.Product, s.FactorSign, s.Addition, s.Term, s.Group, s.Passage, s.Chain, s.Number, s.Derivative, s.Variation,
    s.Name,
)  # fmt: skip
READING = "a rule of plain letters, each any differentiable function of those that it is derived by"
STEP = "a step of any parameter down the slope of any differentiable function of it"

Arguments = dict[str, list[str]]


def generic_rule(
    members: list[s.Expression], relations: list[s.Relation], line: int, environment: Environment
) -> tuple[Environment, str] | None:
    """The environment in which such a line is judged, and how it is read; None where it is no such line.

    A line whose letters all have a meaning on the page is meant of these.
    """
    letters = [node for node in walk(*members) if isinstance(node, s.Name)]
    made = _of_letters(members, line) if not all(_has_meaning(each, environment) for each in letters) else None
    if made is not None:
        return made, READING
    step = is_page_update(members, relations) and not _has_meaning(letters[0], environment)
    stepped = _of_step(members, line) if step else None
    return None if stepped is None else (stepped, STEP)


def _has_meaning(name: s.Name, environment: Environment) -> bool:
    if not environment.conventions.network:
        return (name_key(name) or "") in environment.own.entities
    return base_symbol(name, environment) is not None


def _of_letters(members: list[s.Expression], line: int) -> Environment | None:
    slopes = [[_slope(node) for node in walk(member) if isinstance(node, s.Derivative)] for member in members]
    nodes = list(walk(*members))
    names = sum(isinstance(node, s.Name) for node in nodes)
    if not all(isinstance(node, PLAIN) for node in nodes) or names != 2 * sum(map(len, slopes)) or not all(slopes):
        return None
    arguments: Arguments = {}
    for pair in (pair for side in slopes[1:] for pair in side):
        if pair is None:
            return None
        arguments.setdefault(pair[0], [])
        if pair[1] not in arguments[pair[0]]:
            arguments[pair[0]].append(pair[1])
    order = _in_order(arguments)
    if order is None or any(pair is None or not _follows(*pair, arguments) for pair in slopes[0]):
        return None
    if _is_ambiguous(arguments):
        return None
    environment = _empty()
    roots = {argument for found in arguments.values() for argument in found} - set(arguments)
    environment = declared(sorted(roots), (), environment, line)
    for key in order:
        made = with_function(f"{key}({', '.join(arguments[key])})", environment, line)
        if not isinstance(made, Environment):
            return None
        environment = made
    return environment


def _slope(node: s.Derivative) -> tuple[str, str] | None:
    """`dz/dy` of two letters."""
    if not isinstance(node.of, s.Name) or len(node.by) != 1 or node.order is not None or node.by[0].order is not None:
        return None
    by = node.by[0].body
    letters = [each for each in (node.of, by) if isinstance(each, s.Name) and each.kind is NameKind.LETTER]
    keys = [name_key(each) for each in letters]
    return (keys[0] or "", keys[1] or "") if len(keys) == 2 and keys[0] != keys[1] else None


def _follows(of: str, by: str, arguments: Arguments) -> bool:
    return any(each == by or _follows(each, by, arguments) for each in arguments.get(of, ()))


def _in_order(arguments: Arguments) -> list[str] | None:
    """Every function behind its arguments; None where they lead back to themselves."""
    left, made = dict(arguments), list[str]()
    while left:
        ready = [key for key, found in left.items() if not set(found) & set(left)]
        if not ready:
            return None
        made += ready
        left = {key: found for key, found in left.items() if key not in ready}
    return made


def _is_ambiguous(arguments: Arguments) -> bool:
    """Whether a derivative may hold other letters fixed or let them follow: `∂f/∂t` of f(t, x(t))."""
    direct = [(of, by) for of, found in arguments.items() for by in found]
    return any(other != by and _follows(other, by, arguments) for of, by in direct for other in arguments[of])


def _of_step(members: list[s.Expression], line: int) -> Environment | None:
    """`p_{n+1} = p_n - \\eta \\nabla F(p_n)`."""
    slopes = [node for node in walk(members[1]) if isinstance(node, s.Gradient)]
    name = parameter_of(members)
    of = slopes[0].of if len(slopes) == 1 and not slopes[0].scripts else None
    function = name_key(of.head) if isinstance(of, s.NameGroup) else None
    if name is None or function is None or function == name:
        return None
    environment = declared([name], (Extent("d"),), _empty(), line)
    made = with_function(f"{function}({name})", environment, line)
    return made if isinstance(made, Environment) else None


def _empty() -> Environment:
    return Environment(conventions=Conventions(network=False), own=Own(), functions=MappingProxyType({}))
