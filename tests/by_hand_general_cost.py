"""The first seed by hand: a general cost, sigma in the hidden layers, f in the output layer, layers 0..L."""
# ruff: noqa: E741 - l is the pages' letter for a layer

from __future__ import annotations

from typing import Any

import numpy as np
from by_hand import STEP, Array, Point, a, cost, d, link, own, wrong, z


@link("A05", 2, r"\frac{1}{2} (\widetilde{\mathbf{y}} - \mathbf{y})^2 = \frac{1}{2} \sum_i (a_i^L - y_i)^2")
def a05_norm(p: Point, l: int) -> tuple[Any, Any]:
    difference = p.a[p.L] - p.y
    return np.dot(difference, difference) / 2, sum((p.a[p.L][i] - p.y[i]) ** 2 for i in range(p.n[p.L])) / 2


@link("A06", 1, r"""\frac{\partial C_k}{\partial w_{ij}^L}
    = \frac{\partial C_k}{\partial a_i^L} \frac{\partial a_i^L}{\partial z_i^L}
    \frac{\partial z_i^L}{\partial w_{ij}^L}""", free="i j")  # fmt: skip
def a06(p: Point, l: int) -> tuple[Any, Any]:
    L = p.L
    right = np.einsum("i,ii,iij->ij", d(p, cost, "a", L), d(p, a(L), "z", L), d(p, z(L), "w", L))
    return d(p, cost, "w", L), right


@link("A07", 1, r"\partial a_i^L/\partial z_i^L = f'(z_i^L)", free="i")
def a07(p: Point, l: int) -> tuple[Any, Any]:
    return own(d(p, a(p.L), "z", p.L)), p.df(p.z[p.L])


def dz_dw_last(p: Point) -> Array:
    """The derivative of z_i^L by w_ij^L."""
    return np.einsum("iij->ij", d(p, z(p.L), "w", p.L))


def with_sender(p: Point, by_receiver: Array) -> Array:
    """by_receiver_i a_j^(L-1)"""
    return np.array([[by_receiver[i] * p.a[p.L - 1][j] for j in range(p.n[p.L - 1])] for i in range(p.n[p.L])])


def with_receiver(p: Point, by_receiver: Array) -> Array:
    """by_receiver_i a_i^(L-1), as three lines of the page have it, over all i and j."""
    return np.array([[by_receiver[i] * p.a[p.L - 1][i] for _ in range(p.n[p.L - 1])] for i in range(p.n[p.L])])


def slope_last(p: Point) -> Array:
    """The cost's derivative by a_i^L times f'(z_i^L)."""
    return d(p, cost, "a", p.L) * p.df(p.z[p.L])


@wrong("A08", 1, r"\partial z_i^L/\partial w_{ij}^L = a_i^{L-1}", free="i j", fix="a_j^{L-1}",
       mended=lambda p, l: (dz_dw_last(p), with_sender(p, np.ones(p.n[p.L]))))  # fmt: skip
def a08(p: Point, l: int) -> tuple[Any, Any]:
    return dz_dw_last(p), with_receiver(p, np.ones(p.n[p.L]))


@wrong("A09", 1, r"\frac{\partial C_k}{\partial w_{ij}^L} = \frac{\partial C_k}{\partial a_i^L} f'(z_i^L) a_i^{L-1}",
       free="i j", fix=r"\frac{\partial C_k}{\partial a_i^L} f'(z_i^L) a_j^{L-1}",
       mended=lambda p, l: (d(p, cost, "w", p.L), with_sender(p, slope_last(p))))  # fmt: skip
def a09(p: Point, l: int) -> tuple[Any, Any]:
    return d(p, cost, "w", p.L), with_receiver(p, slope_last(p))


@wrong("A11", 1, r"\frac{\partial C_k}{\partial w_{ij}^L} = \delta_i^L a_i^{L-1}", free="i j",
       fix=r"\delta_i^L a_j^{L-1}",
       mended=lambda p, l: (d(p, cost, "w", p.L), with_sender(p, p.delta(p.L))))  # fmt: skip
def a11(p: Point, l: int) -> tuple[Any, Any]:
    return d(p, cost, "w", p.L), with_receiver(p, p.delta(p.L))


@link("A12", 1, r"""\frac{\partial C_k}{\partial b_i^L}
    = \frac{\partial C_k}{\partial a_i^L} \frac{\partial a_i^L}{\partial z_i^L}
    \frac{\partial z_i^L}{\partial b_i^L}""", free="i")  # fmt: skip
def a12(p: Point, l: int) -> tuple[Any, Any]:
    L = p.L
    return d(p, cost, "b", L), d(p, cost, "a", L) * own(d(p, a(L), "z", L)) * own(d(p, z(L), "b", L))


@link("A13", 1, r"\partial z_i^L / \partial b_i^L = 1", free="i")
def a13(p: Point, l: int) -> tuple[Any, Any]:
    return own(d(p, z(p.L), "b", p.L)), np.ones(p.n[p.L])


@link("A14", 1, r"\frac{\partial C_k}{\partial b_i^L} = \frac{\partial C_k}{\partial a_i^L} f'(z_i^L)", free="i")
def a14_chain(p: Point, l: int) -> tuple[Any, Any]:
    return d(p, cost, "b", p.L), slope_last(p)


@link("A14", 2, r"\frac{\partial C_k}{\partial a_i^L} f'(z_i^L) = \delta_i^L", free="i")
def a14_delta(p: Point, l: int) -> tuple[Any, Any]:
    return slope_last(p), p.delta(p.L)


@link("A15", 1, r"""\frac{\partial C_k}{\partial z_i^L}
    = \frac{\partial C_k}{\partial a_i^L} \frac{\partial a_i^L}{\partial z_i^L}""", free="i")  # fmt: skip
def a15(p: Point, l: int) -> tuple[Any, Any]:
    return d(p, cost, "z", p.L), d(p, cost, "a", p.L) * own(d(p, a(p.L), "z", p.L))


@link("A15", 2, r"""\frac{\partial C_k}{\partial a_i^L} \frac{\partial a_i^L}{\partial z_i^L}
    = \frac{\partial C_k}{\partial a_i^L} f'(z_i^L)""", free="i")  # fmt: skip
def a15_slope(p: Point, l: int) -> tuple[Any, Any]:
    return d(p, cost, "a", p.L) * own(d(p, a(p.L), "z", p.L)), slope_last(p)


def along(p: Point, l: int) -> Any:
    """How the cost moves when z of layer l moves along dz."""
    return np.imag(p.moved("z", l, p.z[l] + 1j * STEP * p.dz[l]).E) / STEP


@link("A16", 1, r"dC_k = \sum_i \frac{\partial C_k}{\partial z_i^L} dz_i^L")
def a16(p: Point, l: int) -> tuple[Any, Any]:
    slopes = d(p, cost, "z", p.L)
    return along(p, p.L), sum(slopes[i] * p.dz[p.L][i] for i in range(p.n[p.L]))


@link("A16", 2, r"\sum_i \frac{\partial C_k}{\partial z_i^L} dz_i^L = \sum_i \delta_i^L dz_i^L")
def a16_delta(p: Point, l: int) -> tuple[Any, Any]:
    return d(p, cost, "z", p.L) @ p.dz[p.L], slope_last(p) @ p.dz[p.L]


def z_by_w_below(p: Point) -> Array:
    """The derivative of z_i^L by w_pq^(L-1)."""
    return d(p, z(p.L), "w", p.L - 1)


def z_by_b_below(p: Point) -> Array:
    return d(p, z(p.L), "b", p.L - 1)


def through_j(p: Point, last: Array) -> Array:
    """sum_j dz_i^L/da_j da_j/dz_j `last_j...`"""
    to_a, to_z = d(p, z(p.L), "a", p.L - 1), own(d(p, a(p.L - 1), "z", p.L - 1))
    return np.einsum("ij,j,j...->i...", to_a, to_z, last)


def back(p: Point) -> Array:
    """w_ip^L sigma'(z_p^(L-1)), by i and p."""
    L = p.L
    slopes = p.ds(p.z[L - 1])
    return np.array([[p.w[L][i, k] * slopes[k] for k in range(p.n[L - 1])] for i in range(p.n[L])])


def two_indices_on_a_vector(p: Point) -> Array:
    """a_pq^(L-2), which the page writes: there is no such entry."""
    return np.array([[p.a[p.L - 2][k, q] for q in range(p.n[p.L - 2])] for k in range(p.n[p.L - 1])])


@link("A17", 1, r"""\frac{\partial z_i^L}{\partial w_{pq}^{L-1}} = \frac{\partial z_i^L}{\partial a_j^{L-1}}
    \frac{\partial a_j^{L-1}}{\partial z_j^{L-1}} \frac{\partial z_j^{L-1}}{\partial w_{pq}^{L-1}}""",
    free="i p q")  # fmt: skip
def a17(p: Point, l: int) -> tuple[Any, Any]:
    return z_by_w_below(p), through_j(p, d(p, z(p.L - 1), "w", p.L - 1))


@wrong("A17", 2, r"""\frac{\partial z_i^L}{\partial a_j^{L-1}} \frac{\partial a_j^{L-1}}{\partial z_j^{L-1}}
    \frac{\partial z_j^{L-1}}{\partial w_{pq}^{L-1}} = w_{ij}^L \sigma'(z_j^{L-1}) a_{pq}^{L-2}""", free="i p q",
    fix=r"w_{ip}^L \sigma'(z_p^{L-1}) a_q^{L-2}",
    mended=lambda p, l: (through_j(p, d(p, z(p.L - 1), "w", p.L - 1)),
                         np.einsum("ip,q->ipq", back(p), p.a[p.L - 2])))  # fmt: skip
def a17_ends(p: Point, l: int) -> tuple[Any, Any]:
    right = np.einsum("ij,pq->ipq", back(p), two_indices_on_a_vector(p))
    return through_j(p, d(p, z(p.L - 1), "w", p.L - 1)), right


@link("A18", 1, r"""\frac{\partial z_i^L}{\partial b_n^{L-1}} = \frac{\partial z_i^L}{\partial a_j^{L-1}}
    \frac{\partial a_j^{L-1}}{\partial z_j^{L-1}} \frac{\partial z_j^{L-1}}{\partial b_n^{L-1}}""",
    free="i n")  # fmt: skip
def a18(p: Point, l: int) -> tuple[Any, Any]:
    return z_by_b_below(p), through_j(p, d(p, z(p.L - 1), "b", p.L - 1))


def summed_over_j(p: Point, copies: int) -> Array:
    """w_ij sigma'(z_j), its repeated j summed: the same for every value of the index that it lacks."""
    return np.stack([back(p).sum(axis=1)] * copies, axis=1)


@wrong("A18", 2, r"""\frac{\partial z_i^L}{\partial a_j^{L-1}} \frac{\partial a_j^{L-1}}{\partial z_j^{L-1}}
    \frac{\partial z_j^{L-1}}{\partial b_n^{L-1}} = w_{ij}^L \sigma'(z_j^{L-1})""", free="i n",
    fix=r"w_{in}^L \sigma'(z_n^{L-1})",
    mended=lambda p, l: (through_j(p, d(p, z(p.L - 1), "b", p.L - 1)), back(p)))  # fmt: skip
def a18_ends(p: Point, l: int) -> tuple[Any, Any]:
    return through_j(p, d(p, z(p.L - 1), "b", p.L - 1)), summed_over_j(p, p.n[p.L - 1])


def as_printed_through(p: Point) -> Array:
    """sum_j dz_i^L/da_i^(L-1) da_j^(L-1)/dz_i^(L-1) dz_j^(L-1)/db_n^(L-1)"""
    L = p.L
    to_a, to_z, to_b = d(p, z(L), "a", L - 1), d(p, a(L - 1), "z", L - 1), d(p, z(L - 1), "b", L - 1)
    rows = [[sum(to_a[i, i] * to_z[j, i] * to_b[j, m] for j in range(p.n[L - 1])) for m in range(p.n[L - 1])]
            for i in range(p.n[L])]  # fmt: skip
    return np.array(rows)


@wrong("A18-as-printed", 1, r"""\frac{\partial z_i^L}{\partial b_n^{L-1}} = \frac{\partial z_i^L}{\partial a_i^{L-1}}
    \frac{\partial a_j^{L-1}}{\partial z_i^{L-1}} \frac{\partial z_j^{L-1}}{\partial b_n^{L-1}}""", free="i n",
    fix=r"""\frac{\partial z_i^L}{\partial a_j^{L-1}} \frac{\partial a_j^{L-1}}{\partial z_j^{L-1}}
    \frac{\partial z_j^{L-1}}{\partial b_n^{L-1}}""", mended=a18)  # fmt: skip
def a18_printed(p: Point, l: int) -> tuple[Any, Any]:
    return z_by_b_below(p), as_printed_through(p)


@wrong("A18-as-printed", 2, r"""\frac{\partial z_i^L}{\partial a_i^{L-1}} \frac{\partial a_j^{L-1}}{\partial z_i^{L-1}}
    \frac{\partial z_j^{L-1}}{\partial b_n^{L-1}} = w_{ij}^L \sigma'(z_j^{L-1})""", free="i n",
    fix=r"w_{in}^L \sigma'(z_n^{L-1})",
    mended=lambda p, l: (through_j(p, d(p, z(p.L - 1), "b", p.L - 1)), back(p)))  # fmt: skip
def a18_printed_ends(p: Point, l: int) -> tuple[Any, Any]:
    return as_printed_through(p), summed_over_j(p, p.n[p.L - 1])


@link("A19", 1, r"""\frac{\partial C_k}{\partial w_{pq}^{L-1}}
    = \sum_i \delta_i^L \frac{\partial z_i^L}{\partial w_{pq}^{L-1}}""", free="p q")  # fmt: skip
def a19(p: Point, l: int) -> tuple[Any, Any]:
    return d(p, cost, "w", p.L - 1), np.einsum("i,ipq->pq", p.delta(p.L), z_by_w_below(p))


def delta_below(p: Point) -> Array:
    """sum_i delta_i^L w_ip^L sigma'(z_p^(L-1))"""
    L, slopes, deltas = p.L, p.ds(p.z[p.L - 1]), p.delta(p.L)
    return np.array([sum(deltas[i] * p.w[L][i, k] * slopes[k] for i in range(p.n[L])) for k in range(p.n[L - 1])])


@wrong("A19", 2, r"""\sum_i \delta_i^L \frac{\partial z_i^L}{\partial w_{pq}^{L-1}}
    = \sum_i \delta_i^L w_{ij}^L \sigma'(z_j^{L-1}) a_{pq}^{L-2}""", free="p q",
    fix=r"\sum_i \delta_i^L w_{ip}^L \sigma'(z_p^{L-1}) a_q^{L-2}",
    mended=lambda p, l: (a19(p, l)[1], np.outer(delta_below(p), p.a[p.L - 2])))  # fmt: skip
def a19_ends(p: Point, l: int) -> tuple[Any, Any]:
    return a19(p, l)[1], (p.delta(p.L) @ back(p)).sum() * two_indices_on_a_vector(p)


@link("A20", 1, r"""\frac{\partial C_k}{\partial b_p^{L-1}}
    = \sum_i \delta_i^L \frac{\partial z_i^L}{\partial b_p^{L-1}}""", free="p")  # fmt: skip
def a20(p: Point, l: int) -> tuple[Any, Any]:
    return d(p, cost, "b", p.L - 1), np.einsum("i,ip->p", p.delta(p.L), z_by_b_below(p))


def delta_below_summed(p: Point) -> Array:
    """sum_i delta_i^L w_ij^L sigma'(z_j^(L-1)) with its j summed: one number for every p."""
    return np.full(p.n[p.L - 1], delta_below(p).sum())


@wrong("A20", 2, r"""\sum_i \delta_i^L \frac{\partial z_i^L}{\partial b_p^{L-1}}
    = \sum_i \delta_i^L w_{ij}^L \sigma'(z_j^{L-1})""", free="p",
    fix=r"\sum_i \delta_i^L w_{ip}^L \sigma'(z_p^{L-1})",
    mended=lambda p, l: (a20(p, l)[1], delta_below(p)))  # fmt: skip
def a20_ends(p: Point, l: int) -> tuple[Any, Any]:
    return a20(p, l)[1], delta_below_summed(p)


@wrong("A21", 1, r"\delta_p^{L-1} \equiv \sum_i \delta_i^L w_{ij}^L \sigma'(z_j^{L-1})", free="p",
       fix=r"\sum_i \delta_i^L w_{ip}^L \sigma'(z_p^{L-1})",
       mended=lambda p, l: (p.delta(p.L - 1), delta_below(p)))  # fmt: skip
def a21(p: Point, l: int) -> tuple[Any, Any]:
    return p.delta(p.L - 1), delta_below_summed(p)


@wrong("A22", 1, r"\frac{\partial C_k}{\partial w_{pq}^{L-1}} = \delta_p^{L-1} a_{pq}^{L-2}", free="p q",
       fix=r"\delta_p^{L-1} a_q^{L-2}",
       mended=lambda p, l: (d(p, cost, "w", p.L - 1), np.outer(delta_below(p), p.a[p.L - 2])))  # fmt: skip
def a22(p: Point, l: int) -> tuple[Any, Any]:
    return d(p, cost, "w", p.L - 1), delta_below(p)[:, None] * two_indices_on_a_vector(p)


@link("A23", 1, r"\frac{\partial C_k}{\partial b_p^{L-1}} = \delta_p^{L-1}", free="p")
def a23(p: Point, l: int) -> tuple[Any, Any]:
    return d(p, cost, "b", p.L - 1), delta_below(p)
