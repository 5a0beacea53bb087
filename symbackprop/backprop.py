"""The closed-form equations of backpropagation: fast, and the thing that is verified.

Each equation is written once in index notation and once in matrix notation; both are claims, and so is that they
agree. What is printed as LaTeX and compiled to NumPy is made from these very formulas.

Source: Rumelhart, Hinton, Williams, "Learning representations by back-propagating errors" (1986), in the notation
delta_i^(l) = ∂E/∂z_i^(l).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from symbackprop import matrices as mx, notation as n
from symbackprop.claims import Assumption, Claim, Form, LayerRange
from symbackprop.functions import ANY, SOFTMAX
from symbackprop.network import LAST, SAMPLES, Definition, Network, Symbols, Total, definitions

HERE = n.Layer("l")
BY_TARGET = ("sigmoid", "cross_entropy")  # the pair with -y/a a(1 - a) = a y - y, which as it stands is 0/0 near a = 0
SlopeOf = Callable[[n.Index], n.Expr]  # the cost's slope by the output neuron of that index


class Equation(Enum):
    """The equations of backpropagation, in the order in which they are derived."""

    OUTPUT_CHAIN = "output delta, chain rule"
    OUTPUT = "output delta"
    HIDDEN = "hidden delta"
    WEIGHT = "weight gradient"
    BIAS = "bias gradient"


@dataclass(frozen=True)
class Sides:
    """One equation's two notations; `free` are the index form's free indices."""

    left: n.Expr
    right: n.Expr
    matrix_left: mx.Matrix
    matrix_right: mx.Matrix
    free: tuple[n.Index, ...]


def with_delta(network: Network, batch: bool) -> tuple[Definition, ...]:
    """The network's definitions and delta_i^(l) = ∂E/∂z_i^(l)."""
    q, m = Symbols(batch), n.Layer("m")
    i = q.index("i", m)
    partial = n.Partial(n.Entry(q.E, q.sample), q.z(m)[(i, *q.sample)])
    return (*definitions(network, batch), Definition("delta", n.Layer("", 1), LAST, "m", (i, *q.sample), partial))


def output_chain(network: Network, q: Symbols) -> Sides:
    """delta_i = ∂E/∂a_i f'(z_i); with softmax delta_i = a_i (∂E/∂a_i - sum_k ∂E/∂a_k a_k)."""
    i, s = q.index("i", LAST), q.sample
    slope = mx.Gradient(q.E, q.a(LAST))
    right = _through_output(
        network,
        q,
        lambda slot: n.Partial(n.Entry(q.E, s), q.a(LAST)[(slot, *s)]),
        slope,
    )
    return Sides(q.delta(LAST)[(i, *s)], right[0], mx.Whole(q.delta(LAST)), right[1], (i, *s))


def output(network: Network, q: Symbols) -> Sides:
    """The output delta with the named cost's slope put in; a - y where output and cost are matched."""
    i, s = q.index("i", LAST), q.sample
    a, y = mx.Whole(q.a(LAST)), mx.Whole(q.y)
    if matched(network):
        single: n.Expr = q.a(LAST)[(i, *s)]
        whole: mx.Matrix = a
        if (network.output, network.cost) == BY_TARGET:
            single, whole = single * q.y[(i, *s)], mx.Hadamard(a, y)
        right: tuple[n.Expr, mx.Matrix] = single - q.y[(i, *s)], mx.Plus((whole, mx.Minus(y)))
    else:
        right = _through_output(
            network,
            q,
            lambda slot: n.CostTerm(network.cost, q.a(LAST)[(slot, *s)], q.y[(slot, *s)], prime=True),
            mx.CostSlope(network.cost, a, y),
        )
    return Sides(q.delta(LAST)[(i, *s)], right[0], mx.Whole(q.delta(LAST)), right[1], (i, *s))


def matched(network: Network) -> bool:
    """Whether output and cost belong together: their slopes' product is a - y, or a y - y, and nothing is divided."""
    pairs = {("sigmoid", "binary_cross_entropy"), (SOFTMAX, "cross_entropy"), ("identity", "half_squared_error")}
    return (network.output, network.cost) in {*pairs, BY_TARGET}


def _through_output(
    network: Network, q: Symbols, slope: SlopeOf, slopes: mx.Matrix
) -> tuple[n.Expr, mx.Matrix]:
    """The cost's slope by a carried through the output function, in both notations."""
    i, s = q.index("i", LAST), q.sample
    a, z = mx.Whole(q.a(LAST)), mx.Whole(q.z(LAST))
    if network.output == "identity":
        return slope(i), slopes
    if network.output != SOFTMAX:
        f = network.proof_output
        return slope(i) * n.Apply(f, q.z(LAST)[(i, *s)], 1), mx.Hadamard(slopes, mx.Map(f, z, 1))
    k = q.index("k", LAST)
    mean = n.Sum(k, slope(k) * q.a(LAST)[(k, *s)])
    ones = mx.Ones(n.Neurons(LAST))
    means = mx.Product(ones, mx.Product(mx.Transpose(ones), mx.Hadamard(slopes, a)))
    return q.a(LAST)[(i, *s)] * (slope(i) - mean), mx.Hadamard(a, mx.Plus((slopes, mx.Minus(means))))


def hidden(network: Network, q: Symbols) -> Sides:
    """delta_i^(l) = (sum_k w_ki^(l+1) delta_k^(l+1)) sigma'(z_i^(l))"""
    i, k, s = q.index("i", HERE), q.index("k", HERE + 1), q.sample
    sigma = network.proof_hidden
    back = n.Sum(k, q.w(HERE + 1)[k, i] * q.delta(HERE + 1)[(k, *s)])
    backs = mx.Product(mx.Transpose(mx.Whole(q.w(HERE + 1))), mx.Whole(q.delta(HERE + 1)))
    return Sides(
        q.delta(HERE)[(i, *s)],
        back * n.Apply(sigma, q.z(HERE)[(i, *s)], 1),
        mx.Whole(q.delta(HERE)),
        mx.Hadamard(backs, mx.Map(sigma, mx.Whole(q.z(HERE)), 1)),
        (i, *s),
    )


def weight(network: Network, q: Symbols) -> Sides:
    """∂E/∂w_ij^(l) = delta_i^(l) a_j^(l-1); over a batch (1/N) sum_s delta_is a_js + lambda w_ij"""
    i, j, s = q.index("i", HERE), q.index("j", HERE - 1), q.sample
    of = q.total if q.batch else q.E
    right: n.Expr = q.delta(HERE)[(i, *s)] * q.a(HERE - 1)[(j, *s)]
    rights: mx.Matrix = mx.Product(mx.Whole(q.delta(HERE)), mx.Transpose(mx.Whole(q.a(HERE - 1))))
    if q.batch:
        right, rights = _over_samples(network, right, rights)
        if network.weight_decay:
            right = right + n.Scalar("lambda") * q.w(HERE)[i, j]
            rights = mx.Plus((rights, mx.Scaled(n.Scalar("lambda"), mx.Whole(q.w(HERE)))))
    left = n.Partial(n.Entry(of), q.w(HERE)[i, j])
    return Sides(left, right, mx.Gradient(of, q.w(HERE)), rights, (i, j))


def bias(network: Network, q: Symbols) -> Sides:
    """∂E/∂b_i^(l) = delta_i^(l); over a batch (1/N) sum_s delta_is"""
    i, s = q.index("i", HERE), q.sample
    of = q.total if q.batch else q.E
    right: n.Expr = q.delta(HERE)[(i, *s)]
    rights: mx.Matrix = mx.Whole(q.delta(HERE))
    if q.batch:
        right, rights = _over_samples(network, right, mx.Product(rights, mx.Ones(SAMPLES)))
    return Sides(n.Partial(n.Entry(of), q.b(HERE)[i]), right, mx.Gradient(of, q.b(HERE)), rights, (i,))


def _over_samples(network: Network, right: n.Expr, rights: mx.Matrix) -> tuple[n.Expr, mx.Matrix]:
    """The sum over samples, and 1/N where the total cost is the mean; a matrix product has summed already."""
    (s,) = Symbols(batch=True).sample
    summed: n.Expr = n.Sum(s, right)
    if network.total is Total.SUM:
        return summed, rights
    share = n.Power(n.Size(SAMPLES), -1)
    return n.Mul((share, summed)), mx.Scaled(share, rights)


def equations(network: Network, batch: bool) -> dict[Equation, Sides]:
    """The closed-form equations of this network; the chain-rule form of the output delta only once."""
    q = Symbols(batch)
    made = {} if batch else {Equation.OUTPUT_CHAIN: output_chain(network, q)}
    if network.cost != ANY:
        made[Equation.OUTPUT] = output(network, q)
    elif batch:
        made[Equation.OUTPUT_CHAIN] = output_chain(network, q)
    made[Equation.HIDDEN] = hidden(network, q)
    made[Equation.WEIGHT] = weight(network, q)
    made[Equation.BIAS] = bias(network, q)
    return made


def claims(network: Network) -> tuple[Claim, ...]:
    """Every closed-form equation as a claim: one sample and batch, index form, matrix form, and that they agree."""
    made: list[Claim] = []
    for batch in (False, True):
        known = with_delta(network, batch)
        for which, sides in equations(network, batch).items():
            made += _claims_of(network, which, sides, known, batch)
    return tuple(made)


def _claims_of(
    network: Network, which: Equation, sides: Sides, known: tuple[Definition, ...], batch: bool
) -> list[Claim]:
    layers, least = _where(which)
    assumes = assumed(network) if which is Equation.OUTPUT else ()
    name = f"{which.value}{', batch' if batch else ''}"
    part = {Equation.HIDDEN: "step l+1 → l"}.get(which, "base l = L" if layers is None else "every layer")

    def claim(name: str, form: Form, left: n.Expr | mx.Matrix, right: n.Expr | mx.Matrix) -> Claim:
        return Claim(name, form, left, right, sides.free, known, layers, least, assumes, part)

    return [
        claim(name, Form.INDEX, sides.left, sides.right),
        claim(name, Form.MATRIX, sides.matrix_left, sides.matrix_right),
        claim(f"{name}: both forms agree", Form.MATRIX, sides.right, sides.matrix_right),
    ]


def _where(which: Equation) -> tuple[LayerRange | None, int]:
    if which in (Equation.OUTPUT, Equation.OUTPUT_CHAIN):
        return None, 1
    return (LayerRange(1, 1), 2) if which is Equation.HIDDEN else (LayerRange(1, 0), 1)


def assumed(network: Network) -> tuple[Assumption, ...]:
    """Softmax with cross-entropy is a - y only where the target sums to one."""
    both = network.output == SOFTMAX and network.cost == "cross_entropy"
    return (Assumption.TARGET_SUMS_TO_ONE,) if both else ()

