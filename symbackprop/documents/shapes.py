"""What kind of statement a chain is by its shape alone: a condition, an update, a mere declaration."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeGuard

from symbackprop.documents import syntax as s
from symbackprop.documents.aliases import Alias, alias, leads_back
from symbackprop.documents.elaborate import Elaborator
from symbackprop.documents.environment import Environment
from symbackprop.documents.formula import Formula
from symbackprop.documents.kinds import RelationKind, ScriptMark, Sign
from symbackprop.documents.marks import natural
from symbackprop.documents.names import name_key
from symbackprop.documents.operators import ACTIONS
from symbackprop.documents.problems import NotUnderstood
from symbackprop.documents.quantities import index_name
from symbackprop.documents.ranges import counting
from symbackprop.documents.read import read_text
from symbackprop.documents.tensors import Fresh
from symbackprop.documents.trees import replaced, walk

PARAMETERS = frozenset({"w", "b"})
FREE = PARAMETERS | {"x", "y"}
EQUATES = frozenset({RelationKind.EQUAL, RelationKind.DEFINED, RelationKind.EQUIVALENT})


def base_symbol(node: s.Node | None, environment: Environment) -> str | None:
    """Which quantity a name stands for, whatever its scripts."""
    probe = Elaborator(environment, False, Fresh(), actions=ACTIONS)
    if isinstance(node, s.NameGroup):
        node = node.head
    if isinstance(node, s.Scripted):
        return probe.symbol(node) or probe.symbol(node.base)
    return None if node is None else probe.symbol(node)


def is_condition(members: list[s.Expression], environment: Environment) -> bool:
    """`∂E/∂w = … = 0`: derivatives of the cost by parameters, set to zero."""
    others = [member for member in members if not _is_zero(member)]
    return 0 < len(others) < len(members) and all(_is_cost_slope(member, environment) for member in others)


def _is_zero(node: s.Expression) -> bool:
    return isinstance(node, s.Number) and node.text == "0"


def ends_in_condition(members: list[s.Expression], environment: Environment) -> bool:
    """`∂E/∂w = A = 0`: the derivative, written out, is set to zero; what it is written as is claimed."""
    first, *_, last = members
    return _is_zero(last) and len(members) > 2 and _is_cost_slope(first, environment)


def of_any_layer(node: s.Expression) -> bool:
    """`∂E/∂w_{ij}`, without a layer's mark: the parameter of whichever layer."""
    by = node.by[0].body if isinstance(node, s.Derivative) and node.by else None
    if isinstance(by, s.Scripted):
        return all(script.mark is ScriptMark.SUBSCRIPT for script in by.scripts)
    return isinstance(by, s.Name | s.Decorated)


def _is_cost_slope(node: s.Expression, environment: Environment) -> bool:
    if isinstance(node, s.Derivative) and len(node.by) == 1 and node.order is None:
        by: s.Node = node.by[0].body
    elif isinstance(node, s.Gradient) and len(node.scripts) == 1 and len(node.scripts[0].items) == 1:
        by = node.scripts[0].items[0]
    else:
        return False
    cost = base_symbol(node.of, environment) in ("E", "E_total")
    return cost and base_symbol(by, environment) in PARAMETERS


def is_update(members: list[s.Expression], relations: list[s.Relation], environment: Environment) -> bool:
    """A parameter set to a new value: by an arrow, or to itself and something more."""
    if len(members) < 2 or base_symbol(members[0], environment) not in PARAMETERS:
        return False
    if relations[0].kind in (RelationKind.BECOMES, RelationKind.ARROW):
        return True
    if len(members) != 2 and not all(isinstance(m, s.Addition) and m.terms[0].body == members[0] for m in members[1:]):
        return False
    return isinstance(members[1], s.Addition) and any(term.body == members[0] for term in members[1].terms)


def unstepped(members: list[s.Expression], environment: Environment) -> list[s.Expression]:
    """`W(t+1) = W(t) - …` as `W = W - …`: the bracket behind a parameter says at which step it is taken."""
    first = members[0]
    if not isinstance(first, s.NameGroup) or base_symbol(first.head, environment) not in PARAMETERS:
        return members
    letter = _step_letter(first.group)
    if letter is None or base_symbol(letter, environment) is not None:
        return members  # a factor in brackets
    before = {_step(part.group) for m in members[1:] for part in walk(m) if _is_stepped(part, first.head, letter)}
    if before and before != {_step(first.group) - 1}:
        found = f"a step to `{first.span.text}` from another time than the one before"
        raise NotUnderstood(first.span, found, f"one from {letter.text} to {letter.text}+1")
    made: list[s.Expression] = [_without_step(m, first.head, letter) for m in members]  # type: ignore[misc]
    return made


def _step_letter(group: s.Group) -> s.Name | None:
    """The t of `(t)`, `(t+1)`; None where the bracket holds anything else."""
    item = group.items[0] if len(group.items) == 1 else None
    if isinstance(item, s.Addition) and len(item.terms) == 2 and isinstance(item.terms[1].body, s.Number):
        item = item.terms[0].body if item.terms[0].sign is None else None
    return item if isinstance(item, s.Name) else None


def _step(group: s.Group) -> int:
    """The 1 of `(t+1)`, 0 of `(t)`."""
    item = group.items[0]
    if not isinstance(item, s.Addition) or not isinstance(item.terms[1].body, s.Number):
        return 0
    return natural(item.terms[1].body) * (-1 if item.terms[1].sign is Sign.MINUS else 1)


def _is_stepped(part: s.Node, parameter: s.Expression, letter: s.Name) -> TypeGuard[s.NameGroup]:
    return isinstance(part, s.NameGroup) and part.head == parameter and _step_letter(part.group) == letter


def _without_step(node: s.Node, parameter: s.Expression, letter: s.Name) -> s.Node:
    def bare(part: s.Node) -> s.Node | None:
        return replace(part.head, span=part.span) if _is_stepped(part, parameter, letter) else None

    return replaced(node, bare)


def is_declaration(chain: s.Chain, environment: Environment) -> bool:
    """`l = 1, 2, …`, `l = L - 1`, `n_L = 2`, `z = -5`, `y_1 = 0`: what an index or a width may be, or a value for an
    example, which a quantity that the network leaves free may have anyway; not a statement about the network."""
    if len(chain.links) != 1 or chain.links[0].relation.kind is not RelationKind.EQUAL or chain.first is None:
        return False
    first, right = chain.first, chain.links[0].right
    width = isinstance(first, s.Scripted) and name_key(first.base) == environment.conventions.width_letter
    plain = index_name(first) is not None and base_symbol(first, environment) is None
    bare = isinstance(first, s.Name) and (
        base_symbol(first, environment) in ("z", "a", "delta") or first.text == environment.conventions.last
    )
    if plain and _names_a_layer(right, environment):
        return True
    if isinstance(right, s.Dots):
        return width or plain or bare
    free = base_symbol(first, environment) in FREE and _of_numbers(first)
    return (width or plain or bare or free) and is_number(right)


def _names_a_layer(node: s.Expression, environment: Environment) -> bool:
    """`L`, `L - 1`."""
    found = counting(node)
    return found is not None and found[0] == environment.conventions.last


def _of_numbers(node: s.Expression) -> bool:
    """A bare name, or one whose indices are numbers: `w_{11}^{(1)}`."""
    if not isinstance(node, s.Scripted):
        return isinstance(node, s.Name)
    below = [script for script in node.scripts if script.mark is ScriptMark.SUBSCRIPT]
    return bool(below) and all(isinstance(item, s.Number) for script in below for item in script.items)


def is_number(node: s.Node) -> bool:
    """Digits, with a sign or without."""
    only = node.terms[0].body if isinstance(node, s.Addition) and len(node.terms) == 1 else node
    return isinstance(only, s.Number)


def named(chain: s.Chain, environment: Environment) -> Alias | None:
    """`NAME = formula` where nothing knows the name: from there on it stands for the formula."""
    if chain.first is None or len(chain.links) != 1 or chain.links[0].relation.kind not in EQUATES:
        return None
    left, right = chain.first, chain.links[0].right
    if not isinstance(left, s.Name | s.Scripted | s.Decorated | s.NameGroup):
        return None
    probe = Elaborator(environment, False, Fresh(), actions=ACTIONS)
    head = left.head if isinstance(left, s.NameGroup) else left
    if base_symbol(head, environment) is not None or probe.function(head) is not None:
        return None
    made = alias(left, right, left.span.line)
    return None if leads_back(made, environment.aliases) else made


def product_rule(text: str, environment: Environment) -> Alias | None:
    """`prod(A, B) = A B`: what a function of several arguments stands for."""
    made = read_text(text)
    chains = [made.statements[0].chain] if isinstance(made, Formula) and len(made.statements) == 1 else []
    left = chains[0].first if chains else None
    if not isinstance(left, s.NameGroup) or len(left.group.items) < 2:
        return None
    found = named(chains[0], environment)
    return found if found is not None and len(found.parameters) == len(left.group.items) else None


def own_term(node: s.Expression, parameter: s.Expression) -> bool:
    """Whether a sum has the parameter itself as a term with a plus."""
    return isinstance(node, s.Addition) and any(
        term.body == parameter and term.sign in (None, Sign.PLUS) for term in node.terms
    )
