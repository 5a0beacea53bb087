"""A given architecture: every gradient written out in scalars, and the certificate of the compiled code."""

from __future__ import annotations

from functools import reduce

from symbackprop.certificate import Certificate
from symbackprop.certifying import certify_compiled, certify_step
from symbackprop.explicit import DEEPEST, MOST_PARAMETERS, WrittenOut, compare, small_enough
from symbackprop.network import Network
from symbackprop.numpy_code import compile_network
from symbackprop.progress import Progress
from symbackprop.prove import Verdict
from symbackprop.step_code import program

MOST_IN_PLACE = 2_000_000  # parameters up to which the update in place is certified at these very sizes
NARROW = 300


def written_out(network: Network, notes: list[str], progress: Progress | None) -> WrittenOut | None:
    """Every gradient of the scalar cost compared; None, and a note, where SymPy's diff would recurse too deep."""
    if not small_enough(network):
        limit = f"more than {MOST_PARAMETERS} parameters or {DEEPEST} layers"
        notes.append(f"not written out in scalars: {limit}; theorem and certificate cover every parameter")
        return None
    if progress is not None:
        progress(-2, 0, "writing out every gradient")
    return compare(network)


def certified(
    network: Network, verdicts: tuple[Verdict, ...], notes: list[str], progress: Progress | None
) -> Certificate | None:
    """The certificate of every compiled variant; None, and a note, where nothing is compiled."""
    if not network.compilable:
        notes.append("no certificate: a function named 'any' cannot be compiled")
        return None
    if not all(v.proved for v in verdicts):
        notes.append("no certificate: only proven formulas are compiled")
        return None
    if progress is not None:
        progress(-1, 0, "certifying the compiled code")
    compiled = certify_compiled(compile_network(network, verdicts))
    measuring = certify_step(network, with_cost=True)
    narrow = same_step(network)
    if narrow is not network:
        sizes = "-".join(map(str, narrow.sizes or ()))
        notes.append(f"the update in place is certified at {sizes}, where it is line by line the same code")
    return reduce(Certificate.joined, (measuring, certify_step(narrow)), compiled)


def same_step(network: Network) -> Network:
    """The network itself, or where its parameters would be needed three times in memory a narrower one whose training
    step is the same program: no width stands in it."""
    if (network.parameters or 0) <= MOST_IN_PLACE:
        return network
    sizes = tuple(min(n, NARROW) for n in network.sizes or ())
    hidden, decay = list(network.hidden), network.weight_decay
    narrow = Network(sizes, hidden, network.output, network.cost, network.total, decay)
    return narrow if program(narrow) == program(network) else network

