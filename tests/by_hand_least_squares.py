"""The second seed by hand: least squares with one activation f; first 2-3-2 with layers 1..3, then any network."""
# ruff: noqa: E741 - l is the pages' letter for a layer

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from by_hand import LEAST_SQUARES, SMALL, Array, Point, a, cost, d, every, hidden, link, own, wrong, z
from by_hand_general_cost import with_sender


@link("B01", 2, r"""\frac{1}{2} \| \mathbf{y}^{(i)} - \mathbf{o}^{(i)} \|^2
    = \frac{1}{2} \sum_{k=1}^{n_L} (y_k^{(i)} - o_k^{(i)})^2""", at=LEAST_SQUARES)  # fmt: skip
def b01(p: Point, l: int) -> tuple[Any, Any]:
    o = p.a[p.L]
    return np.linalg.norm(p.y - o) ** 2 / 2, sum((p.y[k] - o[k]) ** 2 for k in range(p.n[p.L])) / 2


def two_squares(p: Point) -> Any:
    """The cost of two outputs, written out."""
    return (p.y[0] - p.a[p.L][0]) ** 2 / 2 + (p.y[1] - p.a[p.L][1]) ** 2 / 2


@link("B02", 1, r"E(c_i) = \frac{1}{2} (y_1^{(i)} - a_1^{(3)})^2 + \frac{1}{2} (y_2^{(i)} - a_2^{(3)})^2", at=SMALL)
def b02(p: Point, l: int) -> tuple[Any, Any]:
    return p.E, two_squares(p)


def received(p: Point, l: int, i: int) -> Any:
    """w_i1 a_1 + w_i2 a_2 + w_i3 a_3 + b_i into neuron i (counted from 1) of layer l."""
    w, x, k = p.w[l], p.a[l - 1], i - 1
    return w[k, 0] * x[0] + w[k, 1] * x[1] + w[k, 2] * x[2] + p.b[l][k]


def written_out(p: Point, l: int) -> Any:
    one, two = p.f(received(p, l, 1)), p.f(received(p, l, 2))
    return (p.y[0] - one) ** 2 / 2 + (p.y[1] - two) ** 2 / 2


@link("B03", 1, r"""E(c_i)
    = \frac{1}{2} (y_1^{(i)}
    - f(\underbrace{w_{11}^{(3)} a_1^{(2)} + w_{12}^{(3)} a_2^{(2)} + w_{13}^{(3)} a_3^{(2)} + b_1^{(3)}}_{z_1^{(3)}}
    ))^2
    + \frac{1}{2} (y_2^{(i)}
    - f(\underbrace{w_{21}^{(3)} a_1^{(2)} + w_{22}^{(3)} a_2^{(2)} + w_{23}^{(3)} a_3^{(2)} + b_2^{(3)}}_{z_2^{(3)}}
    ))^2
    """, at=SMALL)  # fmt: skip
def b03(p: Point, l: int) -> tuple[Any, Any]:
    return p.E, written_out(p, 3)


@link("B03", 2, r"""z_2^{(3)}
    = w_{21}^{(3)} a_1^{(2)} + w_{22}^{(3)} a_2^{(2)} + w_{23}^{(3)} a_3^{(2)} + b_2^{(3)}""", at=SMALL)  # fmt: skip
def b03_brace(p: Point, l: int) -> tuple[Any, Any]:
    return p.z[3][1], received(p, 3, 2)


@link("B05", 1, r"""\frac{\partial E}{\partial w_{11}^{(3)}} = \frac{\partial \left[\frac{1}{2} (y_1 - a_1^{(3)})^2
    + \frac{1}{2} (y_2 - a_2^{(3)})^2 \right]}{\partial w_{11}^{(3)}}""", at=SMALL)  # fmt: skip
def b05_first(p: Point, l: int) -> tuple[Any, Any]:
    return d(p, cost, "w", 3)[0, 0], d(p, two_squares, "w", 3)[0, 0]


def minus_error(p: Point) -> Any:
    """-(y_1 - a_1) of the output layer"""
    return -(p.y[0] - p.a[p.L][0])


def first_weight(p: Point, of: Callable[[Point], Any]) -> Any:
    """The derivative of the first entry of `of` by the output layer's w_11."""
    return d(p, of, "w", p.L)[0, 0, 0]


@link("B05", 2, r"""\frac{\partial \left[\frac{1}{2} (y_1 - a_1^{(3)})^2 + \frac{1}{2} (y_2 - a_2^{(3)})^2
    \right]}{\partial w_{11}^{(3)}} = 2 \times \frac{1}{2} (y_1 - a_1^{(3)})
    \left(- \frac{\partial a_1^{(3)}}{\partial w_{11}^{(3)}} \right) + 0""", at=SMALL)  # fmt: skip
def b05_second(p: Point, l: int) -> tuple[Any, Any]:
    right = 2 * (1 / 2) * (p.y[0] - p.a[3][0]) * -first_weight(p, a(3)) + 0
    return d(p, two_squares, "w", 3)[0, 0], right


@link("B05", 3, r"""2 \times \frac{1}{2} (y_1 - a_1^{(3)})
    \left(- \frac{\partial a_1^{(3)}}{\partial w_{11}^{(3)}} \right) + 0
    = - (y_1 - a_1^{(3)}) f'(z_1^{(3)}) \frac{\partial z_1^{(3)}}{\partial w_{11}^{(3)}}""", at=SMALL)  # fmt: skip
def b05_third(p: Point, l: int) -> tuple[Any, Any]:
    return minus_error(p) * first_weight(p, a(3)), minus_error(p) * p.df(p.z[3][0]) * first_weight(p, z(3))


@link("B05", 4, r"""- (y_1 - a_1^{(3)}) f'(z_1^{(3)}) \frac{\partial z_1^{(3)}}{\partial w_{11}^{(3)}}
    = - (y_1 - a_1^{(3)}) f'(z_1^{(3)}) \frac{\partial (w_{11}^{(3)} a_1^{(2)} + w_{12}^{(3)} a_2^{(2)}
    + w_{13}^{(3)} a_3^{(2)} + b_1^{(3)})}{\partial w_{11}^{(3)}}""", at=SMALL)  # fmt: skip
def b05_fourth(p: Point, l: int) -> tuple[Any, Any]:
    front = minus_error(p) * p.df(p.z[3][0])
    return front * first_weight(p, z(3)), front * d(p, lambda q: received(q, 3, 1), "w", 3)[0, 0]


@link("B05", 5, r"""- (y_1 - a_1^{(3)}) f'(z_1^{(3)}) \frac{\partial (w_{11}^{(3)} a_1^{(2)} + w_{12}^{(3)} a_2^{(2)}
    + w_{13}^{(3)} a_3^{(2)} + b_1^{(3)})}{\partial w_{11}^{(3)}}
    = - (y_1 - a_1^{(3)}) f'(z_1^{(3)}) a_1^{(2)}""", at=SMALL)  # fmt: skip
def b05_fifth(p: Point, l: int) -> tuple[Any, Any]:
    front = minus_error(p) * p.df(p.z[3][0])
    return front * d(p, lambda q: received(q, 3, 1), "w", 3)[0, 0], front * p.a[2][0]


@link("B05", 6, r"""\frac{\partial a_1^{(3)}}{\partial w_{11}^{(3)}}
    = f'(z_1^{(3)}) \frac{\partial z_1^{(3)}}{\partial w_{11}^{(3)}}""", at=SMALL)  # fmt: skip
def b05_because(p: Point, l: int) -> tuple[Any, Any]:
    return first_weight(p, a(3)), p.df(p.z[3][0]) * first_weight(p, z(3))


@link("B07", 1, r"z_1^{(3)} = w_{11}^{(3)} a_1^{(2)} + w_{12}^{(3)} a_2^{(2)} + w_{13}^{(3)} a_3^{(2)} + b_1^{(3)}",
      at=SMALL)  # fmt: skip
def b07(p: Point, l: int) -> tuple[Any, Any]:
    return p.z[3][0], received(p, 3, 1)


@link("B07", 2, r"\frac{\partial z_1^{(3)}}{\partial w_{11}^{(3)}} = a_1^{(2)}", at=SMALL)
def b07_therefore(p: Point, l: int) -> tuple[Any, Any]:
    return first_weight(p, z(3)), p.a[2][0]


@link("B08", 1, r"""\frac{\partial E}{\partial w_{11}^{(3)}}
    = \frac{\partial E}{\partial z_1^{(3)}} \frac{\partial z_1^{(3)}}{\partial w_{11}^{(3)}}""", at=SMALL)  # fmt: skip
def b08(p: Point, l: int) -> tuple[Any, Any]:
    return d(p, cost, "w", 3)[0, 0], d(p, cost, "z", 3)[0] * first_weight(p, z(3))


@link("B08", 2, r"""\frac{\partial E}{\partial z_1^{(3)}} \frac{\partial z_1^{(3)}}{\partial w_{11}^{(3)}}
    = \delta_1^{(3)} a_1^{(2)}""", at=SMALL)  # fmt: skip
def b08_delta(p: Point, l: int) -> tuple[Any, Any]:
    return d(p, cost, "z", 3)[0] * first_weight(p, z(3)), p.delta(3)[0] * p.a[2][0]


@link("B09", 1, r"\delta_1^{(3)} = - (y_1^{(3)} - a_1^{(3)}) f'(z_1^{(3)})", at=SMALL)
def b09_one(p: Point, l: int) -> tuple[Any, Any]:
    return p.delta(3)[0], -(p.y[0] - p.a[3][0]) * p.df(p.z[3][0])


@link("B09", 2, r"\delta_2^{(3)} = - (y_2^{(3)} - a_2^{(3)}) f'(z_2^{(3)})", at=SMALL)
def b09_two(p: Point, l: int) -> tuple[Any, Any]:
    return p.delta(3)[1], -(p.y[1] - p.a[3][1]) * p.df(p.z[3][1])


@link("B10", 1, r"\frac{\partial E}{\partial w_{12}^{(3)}} = \delta_1^{(3)} a_2^{(2)}", at=SMALL)
def b10_one(p: Point, l: int) -> tuple[Any, Any]:
    return d(p, cost, "w", 3)[0, 1], p.delta(3)[0] * p.a[2][1]


@link("B10", 2, r"\frac{\partial E}{\partial w_{13}^{(3)}} = \delta_1^{(3)} a_3^{(2)}", at=SMALL)
def b10_two(p: Point, l: int) -> tuple[Any, Any]:
    return d(p, cost, "w", 3)[0, 2], p.delta(3)[0] * p.a[2][2]


@link("B11", 1, r"\frac{\partial E}{\partial w_{21}^{(3)}} = \delta_2^{(3)} a_1^{(2)}", at=SMALL)
def b11_one(p: Point, l: int) -> tuple[Any, Any]:
    return d(p, cost, "w", 3)[1, 0], p.delta(3)[1] * p.a[2][0]


@link("B11", 2, r"\frac{\partial E}{\partial w_{22}^{(3)}} = \delta_2^{(3)} a_2^{(2)}", at=SMALL)
def b11_two(p: Point, l: int) -> tuple[Any, Any]:
    return d(p, cost, "w", 3)[1, 1], p.delta(3)[1] * p.a[2][1]


@link("B11", 3, r"\frac{\partial E}{\partial w_{23}^{(3)}} = \delta_2^{(3)} a_3^{(2)}", at=SMALL)
def b11_three(p: Point, l: int) -> tuple[Any, Any]:
    return d(p, cost, "w", 3)[1, 2], p.delta(3)[1] * p.a[2][2]


# Seed B, any widths and depth.


@link("B12", 1, r"\delta_i^{(L)} = -(y_i - a_i^{(L)}) f'(z_i^{(L)})", free="i", at=LEAST_SQUARES)
def b12(p: Point, l: int) -> tuple[Any, Any]:
    L = p.L
    return p.delta(L), np.array([-(p.y[i] - p.a[L][i]) * p.df(p.z[L][i]) for i in range(p.n[L])])


@link("B13", 1, r"\delta^{(L)} = -(y - a^{(L)}) \odot f'(z^{(L)})", at=LEAST_SQUARES)
def b13(p: Point, l: int) -> tuple[Any, Any]:
    return p.delta(p.L), -(p.y - p.a[p.L]) * p.df(p.z[p.L])


@link("B14", 1, r"\frac{\partial E}{\partial w_{ij}^{(L)}} = \delta_i^{(L)} a_j^{(L-1)}", free="i j", at=LEAST_SQUARES)
def b14(p: Point, l: int) -> tuple[Any, Any]:
    return d(p, cost, "w", p.L), with_sender(p, p.delta(p.L))


@link("B14", 2, r"\nabla_{w^{(L)}} E = \delta^{(L)} (a^{(L-1)})^T", at=LEAST_SQUARES)
def b14_matrix(p: Point, l: int) -> tuple[Any, Any]:
    column, row = p.delta(p.L)[:, None], p.a[p.L - 1][None, :]
    return d(p, cost, "w", p.L), column @ row


def chain_to_w(p: Point, l: int) -> Array:
    """dE/dz_i dz_i/dw_ij in layer l"""
    return np.einsum("i,iij->ij", d(p, cost, "z", l), d(p, z(l), "w", l))


def delta_and_sender(p: Point, l: int) -> Array:
    deltas = p.delta(l)
    return np.array([[deltas[i] * p.a[l - 1][j] for j in range(p.n[l - 1])] for i in range(p.n[l])])


@link("B15", 1, r"""\frac{\partial E}{\partial w_{ij}^{(l)}}
    = \frac{\partial E}{\partial z_i^{(l)}} \frac{\partial z_i^{(l)}}{\partial w_{ij}^{(l)}}""", free="i j",
    at=LEAST_SQUARES, layers=hidden)  # fmt: skip
def b15(p: Point, l: int) -> tuple[Any, Any]:
    return d(p, cost, "w", l), chain_to_w(p, l)


@link("B15", 2, r"""\frac{\partial E}{\partial z_i^{(l)}} \frac{\partial z_i^{(l)}}{\partial w_{ij}^{(l)}}
    = \delta_i^{(l)} a_j^{(l-1)}""", free="i j", at=LEAST_SQUARES, layers=hidden)  # fmt: skip
def b15_delta(p: Point, l: int) -> tuple[Any, Any]:
    return chain_to_w(p, l), delta_and_sender(p, l)


def last(p: Point) -> tuple[int]:
    """Where a line says L and means what it says."""
    return (p.L,)


def through_next(p: Point, l: int) -> Array:
    """sum_j dE/dz_j^(l+1) dz_j^(l+1)/dz_i^(l)"""
    return d(p, cost, "z", l + 1) @ d(p, z(l + 1), "z", l)


def deltas_through_next(p: Point, l: int) -> Array:
    upper, reach = p.delta(l + 1), d(p, z(l + 1), "z", l)
    return np.array([sum(upper[j] * reach[j, i] for j in range(p.n[l + 1])) for i in range(p.n[l])])


B16_LINE = r"""\delta_i^{(l)} = \frac{\partial E}{\partial z_i^{(l)}} = \sum_{j=1}^{n_{l+1}}
    \frac{\partial E}{\partial z_j^{(l+1)}} \frac{\partial z_j^{(l+1)}}{\partial z_i^{(l)}}
    = \sum_{j=1}^{n_{l+1}} \delta_j^{(l+1)} \frac{\partial z_j^{(l+1)}}{\partial z_i^{(l)}}"""


@link("B16", 2, r"""\frac{\partial E}{\partial z_i^{(l)}} = \sum_{j=1}^{n_{l+1}} \frac{\partial E}{\partial z_j^{(l+1)}}
    \frac{\partial z_j^{(l+1)}}{\partial z_i^{(l)}}""", free="i", at=LEAST_SQUARES, layers=hidden)  # fmt: skip
def b16(p: Point, l: int) -> tuple[Any, Any]:
    return d(p, cost, "z", l), through_next(p, l)


@link("B16", 3, r"""\sum_{j=1}^{n_{l+1}} \frac{\partial E}{\partial z_j^{(l+1)}}
    \frac{\partial z_j^{(l+1)}}{\partial z_i^{(l)}}
    = \sum_{j=1}^{n_{l+1}} \delta_j^{(l+1)} \frac{\partial z_j^{(l+1)}}{\partial z_i^{(l)}}""",
    free="i", at=LEAST_SQUARES, layers=hidden)  # fmt: skip
def b16_delta(p: Point, l: int) -> tuple[Any, Any]:
    return through_next(p, l), deltas_through_next(p, l)


@wrong("B16-as-printed", 2, r"""\frac{\partial E}{\partial z_i^{(L)}} = \sum_{j=1}^{n_{L+1}}
    \frac{\partial E}{\partial z_j^{(L+1)}} \frac{\partial z_j^{(L+1)}}{\partial z_i^{(L)}}""", free="i",
    at=LEAST_SQUARES, layers=last, fix=B16_LINE, mended=b16)  # fmt: skip
def b16_printed(p: Point, l: int) -> tuple[Any, Any]:
    return d(p, cost, "z", p.L), through_next(p, p.L)


@wrong("B16-as-printed", 3, r"""\sum_{j=1}^{n_{L+1}} \frac{\partial E}{\partial z_j^{(L+1)}}
    \frac{\partial z_j^{(L+1)}}{\partial z_i^{(L)}}
    = \sum_{j=1}^{n_{L+1}} \delta_j^{(L+1)} \frac{\partial z_j^{(L+1)}}{\partial z_i^{(L)}}""", free="i",
    at=LEAST_SQUARES, layers=last, fix=B16_LINE, mended=b16_delta)  # fmt: skip
def b16_printed_delta(p: Point, l: int) -> tuple[Any, Any]:
    return through_next(p, p.L), deltas_through_next(p, p.L)


def next_from(p: Point, l: int, activations: Array) -> Array:
    """sum_i w_ji^(l+1) `activations_i` + b_j^(l+1)"""
    w, b = p.w[l + 1], p.b[l + 1]
    return np.array([sum(w[j, i] * activations[i] for i in range(p.n[l])) + b[j] for j in range(p.n[l + 1])])


B17_LINE = r"""z_j^{(l+1)} = \sum_{i=1}^{n_l} w_{ji}^{(l+1)} a_i^{(l)} + b_j^{(l+1)}
    = \sum_{i=1}^{n_l} w_{ji}^{(l+1)} f(z_i^{(l)}) + b_j^{(l+1)}"""


@link("B17", 1, r"z_j^{(l+1)} = \sum_{i=1}^{n_l} w_{ji}^{(l+1)} a_i^{(l)} + b_j^{(l+1)}", free="j", at=LEAST_SQUARES,
      layers=hidden)  # fmt: skip
def b17(p: Point, l: int) -> tuple[Any, Any]:
    return p.z[l + 1], next_from(p, l, p.a[l])


@link("B17", 2, r"""\sum_{i=1}^{n_l} w_{ji}^{(l+1)} a_i^{(l)} + b_j^{(l+1)}
    = \sum_{i=1}^{n_l} w_{ji}^{(l+1)} f(z_i^{(l)}) + b_j^{(l+1)}""", free="j", at=LEAST_SQUARES,
    layers=hidden)  # fmt: skip
def b17_f(p: Point, l: int) -> tuple[Any, Any]:
    return next_from(p, l, p.a[l]), next_from(p, l, p.f(p.z[l]))


@wrong("B17-as-printed", 1, r"z_j^{(L+1)} = \sum_{i=1}^{n_L} w_{ji}^{(L+1)} a_i^{(L)} + b_j^{(L+1)}", free="j",
       at=LEAST_SQUARES, layers=last, fix=B17_LINE, mended=b17)  # fmt: skip
def b17_printed(p: Point, l: int) -> tuple[Any, Any]:
    return p.z[p.L + 1], next_from(p, p.L, p.a[p.L])


@wrong("B17-as-printed", 2, r"""\sum_{i=1}^{n_L} w_{ji}^{(L+1)} a_i^{(L)} + b_j^{(L+1)}
    = \sum_{i=1}^{n_L} w_{ji}^{(L+1)} f(z_i^{(L)}) + b_j^{(L+1)}""", free="j", at=LEAST_SQUARES, layers=last,
    fix=B17_LINE, mended=b17_f)  # fmt: skip
def b17_printed_f(p: Point, l: int) -> tuple[Any, Any]:
    return next_from(p, p.L, p.a[p.L]), next_from(p, p.L, p.f(p.z[p.L]))


def two_slopes(p: Point, l: int) -> Array:
    """dz_j^(l+1)/da_i^(l) da_i^(l)/dz_i^(l), by j and i"""
    return np.einsum("ji,ii->ji", d(p, z(l + 1), "a", l), d(p, a(l), "z", l))


def weight_and_slope(p: Point, l: int) -> Array:
    """w_ji^(l+1) times the activation's slope at z_i^(l), by j and i"""
    slopes = p.df(p.z[l]) if p.hidden is p.output else p.ds(p.z[l])
    return np.array([[p.w[l + 1][j, i] * slopes[i] for i in range(p.n[l])] for j in range(p.n[l + 1])])


B18_LINE = r"""\frac{\partial z_j^{(l+1)}}{\partial z_i^{(l)}} = \frac{\partial z_j^{(l+1)}}{\partial a_i^{(l)}}
    \frac{\partial a_i^{(l)}}{\partial z_i^{(l)}} = w_{ji}^{(l+1)} f'(z_i^{(l)})"""


@link("B18", 1, r"""\frac{\partial z_j^{(l+1)}}{\partial z_i^{(l)}} = \frac{\partial z_j^{(l+1)}}{\partial a_i^{(l)}}
    \frac{\partial a_i^{(l)}}{\partial z_i^{(l)}}""", free="j i", at=LEAST_SQUARES, layers=hidden)  # fmt: skip
def b18(p: Point, l: int) -> tuple[Any, Any]:
    return d(p, z(l + 1), "z", l), two_slopes(p, l)


@link("B18", 2, r"""\frac{\partial z_j^{(l+1)}}{\partial a_i^{(l)}} \frac{\partial a_i^{(l)}}{\partial z_i^{(l)}}
    = w_{ji}^{(l+1)} f'(z_i^{(l)})""", free="j i", at=LEAST_SQUARES, layers=hidden)  # fmt: skip
def b18_ends(p: Point, l: int) -> tuple[Any, Any]:
    return two_slopes(p, l), weight_and_slope(p, l)


@wrong("B18-as-printed", 1, r"""\frac{\partial z_j^{(L+1)}}{\partial z_i^{(L)}}
    = \frac{\partial z_j^{(L+1)}}{\partial a_i^{(L)}} \frac{\partial a_i^{(L)}}{\partial z_i^{(L)}}""", free="j i",
    at=LEAST_SQUARES, layers=last, fix=B18_LINE, mended=b18)  # fmt: skip
def b18_printed(p: Point, l: int) -> tuple[Any, Any]:
    return d(p, z(p.L + 1), "z", p.L), two_slopes(p, p.L)


@wrong("B18-as-printed", 2, r"""\frac{\partial z_j^{(L+1)}}{\partial a_i^{(L)}}
    \frac{\partial a_i^{(L)}}{\partial z_i^{(L)}} = w_{ji}^{(L+1)} f'(z_i^{(L)})""", free="j i",
    at=LEAST_SQUARES, layers=last, fix=B18_LINE, mended=b18_ends)  # fmt: skip
def b18_printed_ends(p: Point, l: int) -> tuple[Any, Any]:
    return two_slopes(p, p.L), weight_and_slope(p, p.L)


def pulled_back(p: Point, l: int) -> Array:
    """(sum_j delta_j^(l+1) w_ji^(l+1)) times the slope at z_i^(l)"""
    upper, w = p.delta(l + 1), p.w[l + 1]
    slopes = p.df(p.z[l]) if p.hidden is p.output else p.ds(p.z[l])
    return np.array([sum(upper[j] * w[j, i] for j in range(p.n[l + 1])) * slopes[i] for i in range(p.n[l])])


def pulled_back_matrix(p: Point, l: int) -> Array:
    slopes = p.df(p.z[l]) if p.hidden is p.output else p.ds(p.z[l])
    return (p.w[l + 1].T @ p.delta(l + 1)) * slopes


B19_LINE = r"""\delta_i^{(l)} = \left(\sum_{j=1}^{n_{l+1}} \delta_j^{(l+1)} w_{ji}^{(l+1)} \right) f'(z_i^{(l)})
    \Leftrightarrow \delta^{(l)} = (w^{(l+1)})^T \delta^{(l+1)} \odot f'(z^{(l)})"""


@link("B19", 1, r"""\delta_i^{(l)}
    = \left(\sum_{j=1}^{n_{l+1}} \delta_j^{(l+1)} w_{ji}^{(l+1)} \right) f'(z_i^{(l)})""", free="i",
    at=LEAST_SQUARES, layers=hidden)  # fmt: skip
def b19(p: Point, l: int) -> tuple[Any, Any]:
    return p.delta(l), pulled_back(p, l)


@link("B19", 2, r"\delta^{(l)} = (w^{(l+1)})^T \delta^{(l+1)} \odot f'(z^{(l)})", at=LEAST_SQUARES, layers=hidden)
def b19_matrix(p: Point, l: int) -> tuple[Any, Any]:
    return p.delta(l), pulled_back_matrix(p, l)


@wrong("B19-as-printed", 1, r"""\delta_i^{(L)} = \left(\sum_{j=1}^{n_{L+1}} \delta_j^{(L+1)} w_{ji}^{(L+1)} \right)
    f'(z_i^{(L)})""", free="i", at=LEAST_SQUARES, layers=last, fix=B19_LINE, mended=b19)  # fmt: skip
def b19_printed(p: Point, l: int) -> tuple[Any, Any]:
    return p.delta(p.L), pulled_back(p, p.L)


@wrong("B19-as-printed", 2, r"\delta^{(L)} = (w^{(L+1)})^T \delta^{(L+1)} \odot f'(z^{(L)})",
       at=LEAST_SQUARES, layers=last, fix=B19_LINE, mended=b19_matrix)  # fmt: skip
def b19_printed_matrix(p: Point, l: int) -> tuple[Any, Any]:
    return p.delta(p.L), pulled_back_matrix(p, p.L)


@link("B20", 1, r"""\frac{\partial E}{\partial b_i^{(l)}}
    = \frac{\partial E}{\partial z_i^{(l)}} \frac{\partial z_i^{(l)}}{\partial b_i^{(l)}}""", free="i",
    at=LEAST_SQUARES, layers=every)  # fmt: skip
def b20(p: Point, l: int) -> tuple[Any, Any]:
    return d(p, cost, "b", l), d(p, cost, "z", l) * own(d(p, z(l), "b", l))


@link("B20", 2, r"""\frac{\partial E}{\partial z_i^{(l)}} \frac{\partial z_i^{(l)}}{\partial b_i^{(l)}}
    = \delta_i^{(l)}""", free="i", at=LEAST_SQUARES, layers=every)  # fmt: skip
def b20_delta(p: Point, l: int) -> tuple[Any, Any]:
    return d(p, cost, "z", l) * own(d(p, z(l), "b", l)), p.delta(l)


@link("B20", 3, r"\nabla_{b^{(l)}} E = \delta^{(l)}", at=LEAST_SQUARES, layers=every)
def b20_vector(p: Point, l: int) -> tuple[Any, Any]:
    return d(p, cost, "b", l), p.delta(l)
