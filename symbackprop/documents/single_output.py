"""A page with one output that writes it without an index: what nothing says is told, not held against the line."""

from __future__ import annotations

from symbackprop import notation as n
from symbackprop.documents.chains import Member, ReadChain, sides
from symbackprop.documents.claiming import scoped_claims
from symbackprop.documents.deciding import decide
from symbackprop.documents.environment import Environment
from symbackprop.documents.screening import Screens
from symbackprop.documents.tensors import Tensor
from symbackprop.network import LAST

ONE_OUTPUT = "`widths: [n_0, …, 1]`, if there is one output"


def single_output(left: Member, right: Member, chain: ReadChain, environment: Environment) -> str | None:
    """What to state where a number is set equal to a vector of outputs, and its first entry alone is that number."""
    one, other = _only(left), _only(right)
    if (one is None) == (other is None) or left.value is None or right.value is None:
        return None
    values = (left.value if one is None else one, right.value if other is None else other)
    scoped = scoped_claims("one output", sides(*values, chain), chain, environment)
    return ONE_OUTPUT if Screens().may_hold(scoped[-1].claim) and decide(scoped).verdict.proved else None


def _only(member: Member) -> n.Expr | None:
    """The first entry of a column over the output layer; None for anything else."""
    value = member.value
    if type(value) is not Tensor or value.columns is not None or value.rows is None:
        return None
    outputs = isinstance(value.rows, n.Neurons) and value.rows.layer == LAST
    return value.at(n.At(1), None) if outputs else None
