"""A given architecture: every gradient written out in scalars, and the certificate of the compiled code."""

from __future__ import annotations

from functools import reduce

from symbackprop.certificate import Certificate, certify_compiled, certify_step
from symbackprop.explicit import DEEPEST, MOST_PARAMETERS, WrittenOut, compare, small_enough
from symbackprop.network import Network
from symbackprop.numpy_code import compile_network
from symbackprop.progress import Progress
from symbackprop.prove import Verdict


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
    variants = (certify_step(network, with_cost=measures) for measures in (True, False))  # what trains
    return reduce(Certificate.joined, variants, compiled)

