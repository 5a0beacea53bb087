"""The whole derivation, from the cost and the definitions through the chain rule to every gradient, as data.

Each step is a sentence and a chain of links `A = B = C`; each link is a claim, so that a step can be proved link by
link before it is printed. The last member of a chain is the equation of `backprop.equations` itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from itertools import pairwise

from symbackprop import notation as n
from symbackprop.backprop import HERE, Equation, Sides, SlopeOf, assumed, equations, matched, with_delta
from symbackprop.claims import Assumption, Claim, Form, LayerRange
from symbackprop.functions import ACTIVATIONS, ANY, SOFTMAX
from symbackprop.network import LAST, SAMPLES, Network, Symbols, Total
from symbackprop.rows import NotationPrimitives

Words = tuple[str | n.Expr, ...]  # a sentence: text, and formulas within it


class Part(Enum):
    """The parts of the derivation, in order."""

    OUTPUT = "the output layer"
    HIDDEN = "the hidden layers"
    PARAMETERS = "weights and biases"
    SAMPLES = "all samples together"


@dataclass(frozen=True)
class Step:
    """A chain of proved links; each link's right side is the next one's left side."""

    part: Part
    words: Words
    links: tuple[Claim, ...]


@dataclass(frozen=True)
class _Where:
    """What the links of a chain have in common."""

    network: Network
    batch: bool = False
    layers: LayerRange | None = None
    least_depth: int = 1
    assumes: tuple[Assumption, ...] = ()

    def chain(self, part: Part, words: Words, free: tuple[n.Index, ...], *members: n.Expr) -> Step:
        """Neighbours that are the same formula are one member."""
        kept = [e for at, e in enumerate(members) if at == 0 or e != members[at - 1]]
        known = with_delta(self.network, self.batch)
        links = tuple(
            Claim(
                f"derivation of {part.value}",
                Form.INDEX,
                left,
                right,
                free,
                known,
                self.layers,
                self.least_depth,
                self.assumes,
            )
            for left, right in pairwise(kept)
        )
        return Step(part, words, links)


def derivation(network: Network) -> tuple[Step, ...]:
    """The steps for this network; hidden layers only where it can have them."""
    known = equations(network, batch=False)
    steps = [*output_steps(network, known)]
    if network.depth is None or network.depth > 1:
        steps += hidden_steps(network, known[Equation.HIDDEN])
    return (*steps, *parameter_steps(network, known), *sample_steps(network))


# the output layer


def output_steps(network: Network, known: dict[Equation, Sides]) -> list[Step]:
    """delta of layer L: the chain rule through the outputs, then the cost's slope where the cost is named."""
    q, at = Symbols(), _Where(network)
    i, k = q.index("i", LAST), q.index("k", LAST)
    a, z, cost = q.a(LAST), q.z(LAST), n.Entry(q.E)
    delta, slopes = q.delta(LAST)[i], n.Partial(cost, a[k])
    local = _output_slope(network, q, k, i)
    reach = "every pre-activation of its layer" if network.output == SOFTMAX else "its own pre-activation alone"
    words: Words = ("Each output ", a[k], f" depends on {reach}:")
    steps = [at.chain(Part.OUTPUT, words, (k, i), n.Partial(a[k], z[i]), local)]
    words = ("The chain rule through the outputs ", a[k], ":")
    chained = known[Equation.OUTPUT_CHAIN].right
    through = n.Sum(k, slopes * n.Partial(a[k], z[i]))
    put_in = n.Sum(k, slopes * local)
    steps.append(at.chain(Part.OUTPUT, words, (i,), delta, n.Partial(cost, z[i]), through, put_in, chained))
    return steps if network.cost == ANY else [*steps, *named_cost_steps(network, known)]


def _output_slope(network: Network, q: Symbols, k: n.Index, i: n.Index) -> n.Expr:
    """∂a_k/∂z_i in the output layer."""
    same = n.Kronecker(i, k)
    if network.output == SOFTMAX:
        return q.a(LAST)[k] * (same - q.a(LAST)[i])
    if network.output == "identity":
        return same
    return same * n.Apply(network.proof_output, q.z(LAST)[k], 1)


def named_cost_steps(network: Network, known: dict[Equation, Sides]) -> list[Step]:
    """The named cost's slope by an output, and the output delta with it put in."""
    q, at = Symbols(), _Where(network, assumes=assumed(network))
    i, k = q.index("i", LAST), q.index("k", LAST)
    a, y = q.a(LAST), q.y

    def slope(slot: n.Index) -> n.Expr:
        return n.CostTerm(network.cost, a[slot], y[slot], prime=True)

    written = n.Partial(n.Sum(k, n.CostTerm(network.cost, a[k], y[k])), a[i])
    words: Words = ("In the cost only one term holds ", a[i], ":")
    first = _Where(network).chain(Part.OUTPUT, words, (i,), n.Partial(n.Entry(q.E), a[i]), written, slope(i))
    put_in = _put_in(network, q, i, slope)
    words = ("With this slope the delta of the output layer is",)
    if assumed(network):
        words = ("With this slope, and with a target that sums to one, ", n.Sum(k, y[k]), "${} = 1$, it is")
    sides = known[Equation.OUTPUT]
    chained = known[Equation.OUTPUT_CHAIN].right
    return [first, at.chain(Part.OUTPUT, words, (i,), q.delta(LAST)[i], chained, *put_in, sides.right)]


def _put_in(network: Network, q: Symbols, i: n.Index, slope: SlopeOf) -> tuple[n.Expr, ...]:
    """Between the chain rule's result and a - y: the slopes written out, for the pairs that cancel."""
    if not matched(network):
        return ()
    a, k = q.a(LAST), q.index("k", LAST)
    if network.output == SOFTMAX:
        return (
            a[i] * (slope(i) - n.Sum(k, slope(k) * a[k])),
            -q.y[i] + a[i] * n.Sum(k, q.y[k]),
        )
    if network.output == "identity":
        return (slope(i),)
    row = ACTIVATIONS[network.output]
    return (slope(i) * row.derivative(q.z(LAST)[i], a[i], NotationPrimitives()),)


# the hidden layers


def hidden_steps(network: Network, sides: Sides) -> list[Step]:
    """delta of layer l from delta of layer l+1."""
    q, at = Symbols(), _Where(network, layers=LayerRange(1, 1), least_depth=2)
    i, j, k = q.index("i", HERE), q.index("j", HERE), q.index("k", HERE + 1)
    z, above, cost = q.z(HERE), q.z(HERE + 1), n.Entry(q.E)
    local = n.Partial(above[k], z[i])
    slope = n.Apply(network.proof_hidden, z[i], 1)
    weight = q.w(HERE + 1)[k, i]
    words: Words = ("One layer up, ", above[k], " depends on ", z[i], " through one activation of layer $l$:")
    through = n.Sum(j, q.w(HERE + 1)[k, j] * n.Partial(q.a(HERE)[j], z[i]))
    first = at.chain(Part.HIDDEN, words, (k, i), local, through, weight * slope)
    words = ("The cost depends on ", z[i], " through all pre-activations ", above[k], " of layer $l+1$:")
    delta = q.delta(HERE + 1)[k]
    chained = at.chain(
        Part.HIDDEN,
        words,
        (i,),
        sides.left,
        n.Partial(cost, z[i]),
        n.Sum(k, n.Partial(cost, above[k]) * local),
        n.Sum(k, delta * local),
        n.Sum(k, delta * weight * slope),
        sides.right,
    )
    return [first, chained]


# weights and biases


def parameter_steps(network: Network, known: dict[Equation, Sides]) -> list[Step]:
    """The gradients by the weights and the biases of layer l, through the pre-activations of layer l."""
    q, at = Symbols(), _Where(network, layers=LayerRange(1, 0))
    i, j, k = q.index("i", HERE), q.index("j", HERE - 1), q.index("k", HERE)
    z, below = q.z(HERE), q.a(HERE - 1)[j]
    same = n.Kronecker(i, k)
    steps = []
    cases = (
        (Equation.WEIGHT, q.w(HERE)[i, j], (i, j), same * below),
        (Equation.BIAS, q.b(HERE)[i], (i,), same),
    )
    for which, parameter, free, local in cases:
        words: Words = ("Of all pre-activations of layer $l$ only ", z[i], " holds ", parameter, ":")
        steps.append(at.chain(Part.PARAMETERS, words, (k, *free), n.Partial(z[k], parameter), local))
        through = n.Sum(k, n.Partial(n.Entry(q.E), z[k]) * n.Partial(z[k], parameter))
        put_in = n.Sum(k, q.delta(HERE)[k] * local)
        words = ("The chain rule through the pre-activations of layer $l$:",)
        sides = known[which]
        steps.append(at.chain(Part.PARAMETERS, words, free, sides.left, through, put_in, sides.right))
    return steps


# all samples together


def sample_steps(network: Network) -> list[Step]:
    """The total cost's gradients: the samples' gradients, summed; the weights' decay added."""
    q, known = Symbols(batch=True), equations(network, batch=True)
    at = _Where(network, batch=True, layers=LayerRange(1, 0))
    (s,) = q.sample
    i, j = q.index("i", HERE), q.index("j", HERE - 1)
    steps = []
    for which, parameter in ((Equation.WEIGHT, q.w(HERE)[i, j]), (Equation.BIAS, q.b(HERE)[i])):
        sides = known[which]
        summed: n.Expr = n.Sum(s, n.Partial(q.E[s], parameter))
        if network.total is Total.MEAN:
            summed = n.Mul((n.Power(n.Size(SAMPLES), -1), summed))
        if which is Equation.WEIGHT and network.weight_decay:
            summed = summed + n.Scalar("lambda") * parameter
        words: Words = ("By ", parameter, " the total cost is differentiated sample by sample:")
        steps.append(at.chain(Part.SAMPLES, words, sides.free, sides.left, summed, sides.right))
    return steps
