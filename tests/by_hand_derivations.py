"""Equations of derivations/ by hand."""
# ruff: noqa: E741 - l is the pages' letter for a layer

from __future__ import annotations

from typing import Any

import numpy as np
from by_hand import (
    BINARY,
    CONCRETE,
    DECAY,
    LEAST_SQUARES,
    SOFT,
    Array,
    Point,
    a,
    cost,
    d,
    every,
    hidden,
    link,
    own,
    total,
    z,
)
from by_hand_general_cost import along, back, delta_below, slope_last, through_j, z_by_w_below
from by_hand_least_squares import (
    delta_and_sender,
    next_from,
    pulled_back,
    pulled_back_matrix,
    through_next,
    weight_and_slope,
)

# derivations/01-least-squares.md

LS = "01-least-squares.md"


@link(LS, 1, r"\frac{\partial E}{\partial w_{32}^{(1)}} = \delta_3^{(1)} a_2^{(0)}", at=CONCRETE)
def ls_w32(p: Point, l: int) -> tuple[Any, Any]:
    return d(p, cost, "w", 1)[2, 1], p.delta(1)[2] * p.a[0][1]


@link(LS, 1, r"\frac{\partial E}{\partial b_2^{(2)}} = \delta_2^{(2)}", at=CONCRETE)
def ls_b2(p: Point, l: int) -> tuple[Any, Any]:
    return d(p, cost, "b", 2)[1], p.delta(2)[1]


def both_outputs(p: Point) -> Any:
    """dE/dz_1^(2) dz_1^(2)/dz_1^(1) + dE/dz_2^(2) dz_2^(2)/dz_1^(1)"""
    upper, reach = d(p, cost, "z", 2), d(p, z(2), "z", 1)
    return upper[0] * reach[0, 0] + upper[1] * reach[1, 0]


@link(LS, 2, r"""\frac{\partial E}{\partial z_1^{(1)}}
    = \frac{\partial E}{\partial z_1^{(2)}} \frac{\partial z_1^{(2)}}{\partial z_1^{(1)}}
    + \frac{\partial E}{\partial z_2^{(2)}} \frac{\partial z_2^{(2)}}{\partial z_1^{(1)}}""", at=CONCRETE)  # fmt: skip
def ls_both_outputs(p: Point, l: int) -> tuple[Any, Any]:
    return d(p, cost, "z", 1)[0], both_outputs(p)


@link(LS, 3, r"""\frac{\partial E}{\partial z_1^{(2)}} \frac{\partial z_1^{(2)}}{\partial z_1^{(1)}}
    + \frac{\partial E}{\partial z_2^{(2)}} \frac{\partial z_2^{(2)}}{\partial z_1^{(1)}}
    = \left( \delta_1^{(2)} w_{11}^{(2)} + \delta_2^{(2)} w_{21}^{(2)} \right) f'(z_1^{(1)})""",
    at=CONCRETE)  # fmt: skip
def ls_hidden_delta(p: Point, l: int) -> tuple[Any, Any]:
    one, two = p.delta(2)
    return both_outputs(p), (one * p.w[2][0, 0] + two * p.w[2][1, 0]) * p.df(p.z[1][0])


@link(LS, 1, r"z^{(l)} = w^{(l)} a^{(l-1)} + b^{(l)}", at=LEAST_SQUARES, layers=every)
def ls_vector(p: Point, l: int) -> tuple[Any, Any]:
    rows = [sum(p.w[l][i, j] * p.a[l - 1][j] for j in range(p.n[l - 1])) + p.b[l][i] for i in range(p.n[l])]
    return p.z[l], np.array(rows)


@link(LS, 1, r"\frac{\partial E}{\partial a_i^{(L)}} = -(y_i - a_i^{(L)})", free="i", at=LEAST_SQUARES)
def ls_cost_slope(p: Point, l: int) -> tuple[Any, Any]:
    return d(p, cost, "a", p.L), -(p.y - p.a[p.L])


@link(LS, 1, r"\frac{\partial z_i^{(l)}}{\partial w_{ij}^{(l)}} = a_j^{(l-1)}", free="i j", at=LEAST_SQUARES,
      layers=every)  # fmt: skip
def ls_z_by_w(p: Point, l: int) -> tuple[Any, Any]:
    return np.einsum("iij->ij", d(p, z(l), "w", l)), np.stack([p.a[l - 1]] * p.n[l])


@link(LS, 1, r"\nabla_{w^{(l)}} E = \delta^{(l)} (a^{(l-1)})^T", at=LEAST_SQUARES, layers=every)
def ls_gradient(p: Point, l: int) -> tuple[Any, Any]:
    return d(p, cost, "w", l), p.delta(l)[:, None] @ p.a[l - 1][None, :]


def mean_slope(p: Point, symbol: str, l: int) -> Array:
    """The mean of the samples' own gradients."""
    return np.mean([d(p.sample(s), cost, symbol, l) for s in range(len(p.xs))], axis=0)


@link(LS, 1, r"""\frac{\partial E_{\text{total}}}{\partial w_{ij}^{(l)}}
    = \frac{1}{N} \sum_{s=1}^{N} \frac{\partial E_s}{\partial w_{ij}^{(l)}}""", free="i j", at=LEAST_SQUARES,
    layers=every)  # fmt: skip
def ls_total_w(p: Point, l: int) -> tuple[Any, Any]:
    return d(p, total, "w", l), mean_slope(p, "w", l)


@link(LS, 1, r"""\frac{\partial E_{\text{total}}}{\partial b_i^{(l)}}
    = \frac{1}{N} \sum_{s=1}^{N} \frac{\partial E_s}{\partial b_i^{(l)}}""", free="i", at=LEAST_SQUARES,
    layers=every)  # fmt: skip
def ls_total_b(p: Point, l: int) -> tuple[Any, Any]:
    return d(p, total, "b", l), mean_slope(p, "b", l)


# derivations/02-general-cost.md

GC = "02-general-cost.md"


@link(GC, 1, r"\delta^L = \nabla_{a^L} C_s \odot f'(z^L)")
def gc_last(p: Point, l: int) -> tuple[Any, Any]:
    return p.delta(p.L), d(p, cost, "a", p.L) * p.df(p.z[p.L])


@link(GC, 1, r"""dC_s = \sum_{i=1}^{n_L} \frac{\partial C_s}{\partial z_i^L} dz_i^L""")
def gc_differential(p: Point, l: int) -> tuple[Any, Any]:
    return along(p, p.L), d(p, cost, "z", p.L) @ p.dz[p.L]


@link(GC, 2, r"""\sum_{j=1}^{n_{L-1}} \frac{\partial z_i^L}{\partial a_j^{L-1}}
    \frac{\partial a_j^{L-1}}{\partial z_j^{L-1}} \frac{\partial z_j^{L-1}}{\partial w_{pq}^{L-1}}
    = w_{ip}^L \sigma'(z_p^{L-1}) a_q^{L-2}""", free="i p q")  # fmt: skip
def gc_paths(p: Point, l: int) -> tuple[Any, Any]:
    return through_j(p, d(p, z(p.L - 1), "w", p.L - 1)), np.einsum("ip,q->ipq", back(p), p.a[p.L - 2])


@link(GC, 2, r"""\sum_{j=1}^{n_{L-1}} \frac{\partial z_i^L}{\partial a_j^{L-1}}
    \frac{\partial a_j^{L-1}}{\partial z_j^{L-1}} \frac{\partial z_j^{L-1}}{\partial b_p^{L-1}}
    = w_{ip}^L \sigma'(z_p^{L-1})""", free="i p")  # fmt: skip
def gc_paths_b(p: Point, l: int) -> tuple[Any, Any]:
    return through_j(p, d(p, z(p.L - 1), "b", p.L - 1)), back(p)


@link(GC, 2, r"""\sum_{i=1}^{n_L} \delta_i^L \frac{\partial z_i^L}{\partial w_{pq}^{L-1}}
    = \sum_{i=1}^{n_L} \delta_i^L w_{ip}^L \sigma'(z_p^{L-1}) a_q^{L-2}""", free="p q")  # fmt: skip
def gc_below(p: Point, l: int) -> tuple[Any, Any]:
    return np.einsum("i,ipq->pq", p.delta(p.L), z_by_w_below(p)), np.outer(delta_below(p), p.a[p.L - 2])


@link(GC, 1, r"\frac{\partial C_s}{\partial w_{pq}^{L-1}} = \delta_p^{L-1} a_q^{L-2}", free="p q")
def gc_below_named(p: Point, l: int) -> tuple[Any, Any]:
    return d(p, cost, "w", p.L - 1), np.outer(p.delta(p.L - 1), p.a[p.L - 2])


@link(GC, 2, r"""\sum_{k=1}^{n_{l+1}} \frac{\partial C_s}{\partial z_k^{l+1}} \frac{\partial z_k^{l+1}}{\partial z_i^l}
    = \sum_{k=1}^{n_{l+1}} \delta_k^{l+1} w_{ki}^{l+1} \sigma'(z_i^l)""", free="i", layers=hidden)  # fmt: skip
def gc_step(p: Point, l: int) -> tuple[Any, Any]:
    return through_next(p, l), pulled_back(p, l)


@link(GC, 1, r"\delta^l = \left( (w^{l+1})^T \delta^{l+1} \right) \odot \sigma'(z^l)", layers=hidden)
def gc_step_vector(p: Point, l: int) -> tuple[Any, Any]:
    return p.delta(l), pulled_back_matrix(p, l)


# derivations/03-cross-entropy.md

CE = "03-cross-entropy.md"


@link(CE, 1, r"""\frac{\partial a_i^{(L)}}{\partial z_i^{(L)}}
    = \frac{e^{-z_i^{(L)}}}{\left( 1 + e^{-z_i^{(L)}} \right)^2}""", free="i", at=BINARY)  # fmt: skip
def ce_sigmoid_slope(p: Point, l: int) -> tuple[Any, Any]:
    e = np.exp(-p.z[p.L])
    return own(d(p, a(p.L), "z", p.L)), e / (1 + e) ** 2


@link(CE, 2, r"""\frac{e^{-z_i^{(L)}}}{\left( 1 + e^{-z_i^{(L)}} \right)^2}
    = a_i^{(L)} (1 - a_i^{(L)})""", free="i", at=BINARY)  # fmt: skip
def ce_sigmoid_value(p: Point, l: int) -> tuple[Any, Any]:
    e = np.exp(-p.z[p.L])
    return e / (1 + e) ** 2, p.a[p.L] * (1 - p.a[p.L])


@link(CE, 1, r"""\frac{\partial E}{\partial a_i^{(L)}}
    = -\frac{y_i}{a_i^{(L)}} + \frac{1 - y_i}{1 - a_i^{(L)}}""", free="i", at=BINARY)  # fmt: skip
def ce_binary_slope(p: Point, l: int) -> tuple[Any, Any]:
    out = p.a[p.L]
    return d(p, cost, "a", p.L), -p.y / out + (1 - p.y) / (1 - out)


@link(CE, 2, r"""-\frac{y_i}{a_i^{(L)}} + \frac{1 - y_i}{1 - a_i^{(L)}}
    = \frac{a_i^{(L)} - y_i}{a_i^{(L)} (1 - a_i^{(L)})}""", free="i", at=BINARY)  # fmt: skip
def ce_one_fraction(p: Point, l: int) -> tuple[Any, Any]:
    out = p.a[p.L]
    return -p.y / out + (1 - p.y) / (1 - out), (out - p.y) / (out * (1 - out))


@link(CE, 2, r"""\frac{\partial E}{\partial a_i^{(L)}} \frac{\partial a_i^{(L)}}{\partial z_i^{(L)}}
    = a_i^{(L)} - y_i""", free="i", at=BINARY)  # fmt: skip
def ce_binary_delta(p: Point, l: int) -> tuple[Any, Any]:
    return d(p, cost, "a", p.L) * own(d(p, a(p.L), "z", p.L)), p.a[p.L] - p.y


@link(CE, 1, r"\frac{\partial a_i^{(L)}}{\partial z_i^{(L)}} = a_i^{(L)} (1 - a_i^{(L)})", free="i", at=SOFT)
def ce_softmax_own(p: Point, l: int) -> tuple[Any, Any]:
    return own(d(p, a(p.L), "z", p.L)), p.a[p.L] * (1 - p.a[p.L])


@link(CE, 1, r"\frac{\partial a_k^{(L)}}{\partial z_i^{(L)}} = -a_k^{(L)} a_i^{(L)}", free="k i", at=SOFT)
def ce_softmax_neighbour(p: Point, l: int) -> tuple[Any, Any]:
    """Where k and i differ, as the page says; 0 elsewhere."""
    apart = 1 - np.eye(p.n[p.L])
    return apart * d(p, a(p.L), "z", p.L), apart * -np.outer(p.a[p.L], p.a[p.L])


@link(CE, 1, r"\frac{\partial E}{\partial a_k^{(L)}} = -\frac{y_k}{a_k^{(L)}}", free="k", at=SOFT)
def ce_slope(p: Point, l: int) -> tuple[Any, Any]:
    return d(p, cost, "a", p.L), -p.y / p.a[p.L]


def through_outputs(p: Point) -> Array:
    """sum_k dE/da_k da_k/dz_i in the output layer"""
    return d(p, cost, "a", p.L) @ d(p, a(p.L), "z", p.L)


@link(CE, 1, r"""\delta_i^{(L)} = \sum_{k=1}^{n_L} \frac{\partial E}{\partial a_k^{(L)}}
    \frac{\partial a_k^{(L)}}{\partial z_i^{(L)}}""", free="i", at=SOFT)  # fmt: skip
def ce_softmax_chain(p: Point, l: int) -> tuple[Any, Any]:
    return p.delta(p.L), through_outputs(p)


@link(CE, 2, r"""\sum_{k=1}^{n_L} \frac{\partial E}{\partial a_k^{(L)}} \frac{\partial a_k^{(L)}}{\partial z_i^{(L)}}
    = -y_i + a_i^{(L)} \sum_{k=1}^{n_L} y_k""", free="i", at=SOFT)  # fmt: skip
def ce_softmax_sum(p: Point, l: int) -> tuple[Any, Any]:
    return through_outputs(p), -p.y + p.a[p.L] * sum(p.y[k] for k in range(p.n[p.L]))


@link(CE, 3, r"-y_i + a_i^{(L)} \sum_{k=1}^{n_L} y_k = a_i^{(L)} - y_i", free="i", at=SOFT)
def ce_softmax_ends(p: Point, l: int) -> tuple[Any, Any]:
    return -p.y + p.a[p.L] * sum(p.y[k] for k in range(p.n[p.L])), p.a[p.L] - p.y


@link(CE, 1, r"\delta^{(l)} = (w^{(l+1)})^T \delta^{(l+1)} \odot \sigma'(z^{(l)})", at=SOFT, layers=hidden)
def ce_step_vector(p: Point, l: int) -> tuple[Any, Any]:
    return p.delta(l), pulled_back_matrix(p, l)


@link(CE, 1, r"""\frac{\partial J}{\partial w_{ij}^{(l)}}
    = \frac{1}{N} \sum_{s=1}^{N} \frac{\partial E_s}{\partial w_{ij}^{(l)}} + \lambda w_{ij}^{(l)}""", free="i j",
    at=DECAY, layers=every)  # fmt: skip
def ce_decay_w(p: Point, l: int) -> tuple[Any, Any]:
    return d(p, total, "w", l), mean_slope(p, "w", l) + p.decay * p.w[l]


@link(CE, 1, r"""\frac{\partial J}{\partial b_i^{(l)}}
    = \frac{1}{N} \sum_{s=1}^{N} \frac{\partial E_s}{\partial b_i^{(l)}}""", free="i", at=DECAY,
    layers=every)  # fmt: skip
def ce_decay_b(p: Point, l: int) -> tuple[Any, Any]:
    return d(p, total, "b", l), mean_slope(p, "b", l)


# derivations/04-induction.md

IN = "04-induction.md"


@link(IN, 2, r"""\frac{\partial E}{\partial a_i^{(L)}} \frac{\partial a_i^{(L)}}{\partial z_i^{(L)}}
    = \frac{\partial E}{\partial a_i^{(L)}} f'(z_i^{(L)})""", free="i")  # fmt: skip
def in_base(p: Point, l: int) -> tuple[Any, Any]:
    return d(p, cost, "a", p.L) * own(d(p, a(p.L), "z", p.L)), slope_last(p)


@link(IN, 1, r"""z_k^{(l+1)} = \sum_{i=1}^{n_l} w_{ki}^{(l+1)} \sigma(z_i^{(l)}) + b_k^{(l+1)}""", free="k",
      layers=hidden)  # fmt: skip
def in_cut(p: Point, l: int) -> tuple[Any, Any]:
    return p.z[l + 1], next_from(p, l, p.hidden.value(p.z[l]))


@link(IN, 1, r"\frac{\partial z_k^{(l+1)}}{\partial z_i^{(l)}} = w_{ki}^{(l+1)} \sigma'(z_i^{(l)})", free="k i",
      layers=hidden)  # fmt: skip
def in_lower(p: Point, l: int) -> tuple[Any, Any]:
    return d(p, z(l + 1), "z", l), weight_and_slope(p, l)


@link(IN, 2, r"""\sum_{k=1}^{n_{l+1}} \frac{\partial E}{\partial z_k^{(l+1)}}
    \frac{\partial z_k^{(l+1)}}{\partial z_i^{(l)}}
    = \left( \sum_{k=1}^{n_{l+1}} w_{ki}^{(l+1)} \delta_k^{(l+1)} \right) \sigma'(z_i^{(l)})""", free="i",
    layers=hidden)  # fmt: skip
def in_step(p: Point, l: int) -> tuple[Any, Any]:
    return through_next(p, l), pulled_back(p, l)


@link(IN, 1, r"""\delta_i^{(L-2)} = \sum_{j=1}^{n_{L-1}} \sum_{k=1}^{n_L} \delta_k^{(L)} w_{kj}^{(L)}
    \sigma'(z_j^{(L-1)}) w_{ji}^{(L-1)} \sigma'(z_i^{(L-2)})""", free="i")  # fmt: skip
def in_two_steps(p: Point, l: int) -> tuple[Any, Any]:
    L, upper, middle, lower = p.L, p.delta(p.L), p.ds(p.z[p.L - 1]), p.ds(p.z[p.L - 2])
    right = [
        sum(
            upper[k] * p.w[L][k, j] * middle[j] * p.w[L - 1][j, i] * lower[i]
            for j in range(p.n[L - 1])
            for k in range(p.n[L])
        )
        for i in range(p.n[L - 2])
    ]
    return p.delta(L - 2), np.array(right)


@link(IN, 1, r"""\frac{\partial E}{\partial w_{ij}^{(l)}} = \sum_{k=1}^{n_l} \frac{\partial E}{\partial z_k^{(l)}}
    \frac{\partial z_k^{(l)}}{\partial w_{ij}^{(l)}}""", free="i j", layers=every)  # fmt: skip
def in_every_neuron(p: Point, l: int) -> tuple[Any, Any]:
    return d(p, cost, "w", l), np.einsum("k,kij->ij", d(p, cost, "z", l), d(p, z(l), "w", l))


@link(IN, 1, r"\frac{\partial E}{\partial w_{ij}^{(l)}} = \delta_i^{(l)} a_j^{(l-1)}", free="i j", layers=every)
def in_weight(p: Point, l: int) -> tuple[Any, Any]:
    return d(p, cost, "w", l), delta_and_sender(p, l)


@link(IN, 1, r"\frac{\partial E}{\partial a_j^{(l-1)}} = \sum_{i=1}^{n_l} w_{ij}^{(l)} \delta_i^{(l)}", free="j",
      layers=every)  # fmt: skip
def in_input(p: Point, l: int) -> tuple[Any, Any]:
    upper = p.delta(l)
    right = [sum(p.w[l][i, j] * upper[i] for i in range(p.n[l])) for j in range(p.n[l - 1])]
    return d(p, cost, "a", l - 1), np.array(right)
