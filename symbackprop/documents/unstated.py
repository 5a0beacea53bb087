"""What a document does not say and a line needs: a customary cost, a customary function.

A line that is false of any cost, and true of half the squared error, is not refuted where nothing says which cost is
meant: it is undecided, and told what to state.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from types import MappingProxyType
from typing import Final

from symbackprop import notation as n
from symbackprop.documents import syntax as s
from symbackprop.documents.chains import read_chain, sides
from symbackprop.documents.claiming import scoped_claims
from symbackprop.documents.deciding import decide
from symbackprop.documents.environment import Environment
from symbackprop.documents.own_functions import OwnFunction
from symbackprop.documents.problems import NotUnderstood
from symbackprop.documents.screening import Screens
from symbackprop.functions import ACTIVATIONS, SOFTMAX

COSTS: Final = ("half_squared_error", "squared_error", "binary_cross_entropy", "cross_entropy")
FUNCTIONS: Final = ("sigmoid", "tanh")  # not the identity and relu: they would excuse a lost or doubled prime
OUTPUTS: Final = (SOFTMAX, "identity", "sigmoid")  # where the document says nothing of the output's function
PARAMETER: Final = n.Entry(n.Variable("u"))


def unstated(
    members: list[s.Expression], link: int, conditions: tuple[object, ...], environment: Environment
) -> str | None:
    """What to state for the link of a chain to hold, as lines of the conventions; None where nothing customary helps.

    link: the place of its left side among the members.
    """
    screens = Screens()
    pair = read_chain(members, conditions, environment).members[link : link + 2]
    compares = any("y" in member.used for member in pair)
    for other, lines in _alternatives(environment, compares):
        try:
            chain = read_chain(members, conditions, other)
            left, right = chain.members[link].value, chain.members[link + 1].value
            if left is None or right is None:
                continue
            scoped = scoped_claims("unstated", sides(left, right, chain), chain, other)
        except NotUnderstood:
            continue
        if screens.may_hold(scoped[-1].claim) and decide(scoped).verdict.proved:
            return " and ".join(f"`{line}`" for line in lines)
    return None


def _alternatives(environment: Environment, compares: bool) -> Iterator[tuple[Environment, tuple[str, ...]]]:
    """The document with customary choices for what it leaves open, the fewest choices first.

    compares: the line names the target. The output's function is guessed for such a line alone: the identity would
    excuse any other that has lost a prime.
    """
    c = environment.conventions
    open_cost = environment.cost is None and environment.total is None and not c.named_cost
    hidden, output = (_is_open(letter, environment) for letter in (c.hidden, c.output))
    costs = (None, *COSTS) if open_cost else (None,)
    functions = (None, *FUNCTIONS) if hidden or output else (None,)
    silent = compares and not c.output_named and c.output not in environment.used and "a" not in _defined(environment)
    outputs = (None, *OUTPUTS) if silent else (None,)
    choices = sorted(product(costs, functions, outputs), key=lambda made: sum(x is not None for x in made))
    for cost, function, last in choices[1:]:
        letter = c.hidden if hidden else c.output
        other, lines = environment, list[str]()
        if cost is not None:
            other = replace(other, conventions=replace(other.conventions, named_cost=cost))
            lines.append(f"cost: {cost}")
        if function is not None:
            own = OwnFunction(letter, PARAMETER, n.Apply(function, PARAMETER), 0, function)
            other = replace(other, functions=MappingProxyType({**other.functions, letter: own}))
            lines.append(f"{'hidden' if hidden else 'output'}: {function}")
        if last is not None:
            other = replace(other, conventions=replace(other.conventions, output=last, output_named=True))
            lines.append(f"output: {last}")
        yield other, tuple(lines)


def _defined(environment: Environment) -> set[str]:
    return {known.definition.symbol for known in environment.quantities}


def _is_open(letter: str, environment: Environment) -> bool:
    return letter not in ACTIVATIONS and letter != SOFTMAX and letter not in environment.functions
