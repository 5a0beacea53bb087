"""The exact judge of gradients: what is right is certified, one wrong entry is named, and it is not fooled."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

import symbackprop as sb
from symbackprop.certifying import certify_compiled, certify_gradient
from symbackprop.errors import SymbackpropError
from symbackprop.functions import ACTIVATIONS, COSTS, SOFTMAX
from symbackprop.network import Network
from symbackprop.numpy_code import Compiled, Part, function
from symbackprop.points import derivative, float_point

NETWORK = Network([3, 4, 2], hidden="tanh", output="sigmoid", cost="half_squared_error")
SAME_WIDTHS = Network([3, 3, 3], hidden="sigmoid", output="identity", cost="squared_error")


def compiled(network: Network) -> Compiled:
    """The functions without their proofs, which are other tests' business."""
    return Compiled(network, (), {part: function(network, part) for part in Part})


def named_networks():
    for name in ACTIVATIONS:
        yield Network([3, 4, 2, 3], hidden=name, output="identity", cost="huber", total="sum")
        yield Network([2, 3, 2], hidden="tanh", output=name, cost="half_squared_error", weight_decay="0.01")
    for name in COSTS:
        yield Network([2, 3, 3], hidden="relu", output="sigmoid", cost=name)
        yield Network([2, 3, 3], hidden="sigmoid", output=SOFTMAX, cost="cross_entropy" if "binary" in name else name)
    yield Network([4, 3, 3, 2], hidden=["elu", "gelu"], output="sigmoid", cost="binary_cross_entropy", weight_decay=2)
    yield Network([5, 1], hidden="tanh", output="identity", cost="half_squared_error")
    yield Network([1, 1, 1], hidden="arctan", output="tanh", cost="huber")


def title(network: Network) -> str:
    return "-".join([*network.hidden, network.output, network.cost])


@pytest.mark.parametrize("network", list(named_networks()), ids=title)
def test_every_row_of_the_table_is_certified_with_a_small_error_bound(network):
    certificate = certify_compiled(compiled(network))
    assert certificate.holds, str(certificate)
    assert certificate.parameters == network.parameters
    assert 0 < certificate.error_probability <= 1e-18


@pytest.mark.parametrize("hidden", ACTIVATIONS)
def test_thirty_layers_of_every_function_have_a_small_error_bound_too(hidden):
    network = Network([4] * 31, hidden=hidden, output=SOFTMAX, cost="cross_entropy")
    certificate = certify_compiled(compiled(network))
    assert certificate.holds and certificate.error_probability <= 1e-18, str(certificate)


# gradients that a user writes


def forward(parameters, x):
    """tanh in the hidden layer, sigmoid at the end; samples in rows."""
    w1, b1, w2, b2 = parameters
    h = np.tanh(x @ w1.T + b1)
    return h, 1 / (1 + np.exp(-(h @ w2.T + b2)))


def by_hand(parameters, x, y):
    h, a = forward(parameters, x)
    d2 = (a - y) * a * (1 - a) / len(x)
    d1 = (d2 @ parameters[2]) * (1 - h**2)
    return [d1.T @ x, d1.sum(axis=0), d2.T @ h, d2.sum(axis=0)]


def a_sample_at_a_time(parameters, x, y):
    w1, b1, w2, b2 = parameters
    made = [np.zeros_like(p) for p in parameters]
    for n in range(len(x)):
        h = np.tanh(w1 @ x[n] + b1)
        a = 1 / (1 + np.exp(-(w2 @ h + b2)))
        d2 = (a - y[n]) * a * (1 - a)
        d1 = (w2.T @ d2) * (1 - h * h)
        for g, part in zip(made, (np.outer(d1, x[n]), d1, np.outer(d2, h), d2), strict=True):
            g += part
    return [g * (1 / len(x)) for g in made]


def a_neuron_at_a_time(parameters, x, y):
    h, a = forward(parameters, x)
    made = [np.zeros_like(p) for p in parameters]
    for n in range(x.shape[0]):
        d2 = (a[n] - y[n]) * a[n] * (1 - a[n]) / x.shape[0]
        for i in range(d2.shape[0]):
            made[3][i] += d2[i]
            for j in range(h.shape[1]):
                made[2][i, j] += d2[i] * h[n, j]
        for j in range(h.shape[1]):
            d1 = np.sum(parameters[2][:, j] * d2) * (1 - h[n][j] ** 2)
            made[1][j] += d1
            made[0][j, :] += d1 * x[n, :]
    return made


def by_einsum(parameters, x, y):
    h, a = forward(parameters, x)
    d2 = np.multiply(a - y, a * (1 - a)) / x.shape[0]
    d1 = np.einsum("ni,ij->nj", d2, parameters[2]) * (1 - np.square(h))
    return [
        np.einsum("ni,nj->ij", d1, x),
        np.einsum("ni->i", d1),
        np.einsum("ni,nj", d2, h),
        np.add.reduce(d2, axis=0),
    ]


def by_columns(parameters, x, y):
    """Samples in columns, as on paper."""
    w1, b1, w2, b2 = parameters
    a0, t = x.T, y.T
    h = np.tanh(np.dot(w1, a0) + b1[:, None])
    a = np.reciprocal(1 + np.exp(np.negative(w2 @ h + b2.reshape(-1, 1))))
    d2 = (a - t) * a * (1 - a)
    d1 = (w2.T @ d2) * (1 - h**2)
    return [
        d1 @ x / len(x),
        np.mean(d1, axis=1),
        np.matmul(d2, h.T) / len(x),
        d2.mean(axis=1, keepdims=True).ravel(),
    ]


@pytest.mark.parametrize("gradient", [by_hand, a_sample_at_a_time, a_neuron_at_a_time, by_einsum, by_columns])
def test_a_gradient_that_a_user_wrote_is_certified_however_it_is_written(gradient):
    certificate = sb.certify(NETWORK, gradient)
    assert certificate.holds, str(certificate)
    assert certificate.parameters == 26 and certificate.error_probability <= 1e-18
    assert str(certificate).startswith("all 26 gradients exact")


@pytest.mark.parametrize("shifted", [False, True], ids=["plain", "its maximum taken off"])
def test_softmax_is_certified_with_and_without_its_maximum_taken_off(shifted):
    network = Network([3, 4], output=SOFTMAX, cost="cross_entropy")

    def gradient(parameters, x, y):
        z = x @ parameters[0].T + parameters[1]
        e = np.exp(z - z.max(axis=1, keepdims=True)) if shifted else np.exp(z)
        d = (e / e.sum(axis=1, keepdims=True) - y) / len(x)
        return [d.T @ x, d.sum(axis=0)]

    assert sb.certify(network, gradient).holds


def test_softmax_over_the_samples_in_place_of_the_neurons_is_refuted():
    network = Network([3, 3], output=SOFTMAX, cost="cross_entropy")

    def gradient(parameters, x, y):
        e = np.exp(x @ parameters[0].T + parameters[1])
        d = (e / e.sum(axis=0) - y) / len(x)
        return [d.T @ x, d.sum(axis=0)]

    assert not sb.certify(network, gradient).holds


def relu_by(masked):
    def gradient(parameters, x, y):
        w1, b1, w2, b2 = parameters
        z = x @ w1.T + b1
        h = np.maximum(0, z)
        d2 = (h @ w2.T + b2 - y) / len(x)
        d1 = masked(d2 @ w2, z, h)
        return [d1.T @ x, d1.sum(axis=0), d2.T @ h, d2.sum(axis=0)]

    return gradient


def in_place(d, z, h):
    d[z <= 0] = 0
    return d


@pytest.mark.parametrize(
    "masked",
    [
        lambda d, z, h: d * (z > 0),
        lambda d, z, h: d * (h > 0).astype(float),
        lambda d, z, h: np.where(z > 0, d, 0),
        lambda d, z, h: np.where(z < 0, 0, d),
        lambda d, z, h: d * np.heaviside(z, 0),
        lambda d, z, h: d * (np.sign(z) + 1) / 2,
        in_place,
    ],
)
def test_relu_is_certified_whichever_way_its_slope_is_written(masked):
    network = Network([3, 4, 2], hidden="relu", output="identity", cost="half_squared_error")
    assert sb.certify(network, relu_by(masked)).holds


def test_a_leaky_mask_in_place_of_relus_is_refuted():
    network = Network([3, 4, 2], hidden="relu", output="identity", cost="half_squared_error")
    certificate = sb.certify(network, relu_by(lambda d, z, h: d * np.where(z > 0, 1, 0.01)))
    assert certificate.first_wrong.startswith(("W1", "b1"))


def huber_by(slope):
    def gradient(parameters, x, y):
        d = slope(x @ parameters[0].T + parameters[1] - y) / len(x)
        return [d.T @ x, d.sum(axis=0)]

    return gradient


HUBER = Network([3, 2], output="identity", cost="huber")


@pytest.mark.parametrize(
    "slope",
    [
        lambda r: np.clip(r, -1, 1),
        lambda r: np.minimum(np.maximum(r, -1), 1),
        lambda r: np.maximum(np.minimum(r, 1), -1),
        lambda r: np.where(np.abs(r) <= 1, r, np.sign(r)),
        lambda r: np.where(r > 1, 1, np.where(r < -1, -1, r)),
    ],
)
def test_hubers_slope_is_certified_whichever_way_it_is_written(slope):
    assert sb.certify(HUBER, huber_by(slope)).holds


@pytest.mark.parametrize("slope", [lambda r: np.minimum(r, 1), lambda r: np.maximum(r, -1), lambda r: r, np.sign])
def test_half_a_clip_is_refuted(slope):
    assert not sb.certify(HUBER, huber_by(slope), samples=(1, 8)).holds


# planted errors


def spoiled(number, spoil):
    def gradient(parameters, x, y):
        made = by_hand(parameters, x, y)
        made[number] = spoil(made[number])
        return made

    return gradient


def swapped_index(parameters, x, y):
    """d2 @ W2 with W2 of the wrong orientation: no shape tells where the widths are equal."""
    w1, b1, w2, b2 = parameters
    h = 1 / (1 + np.exp(-(x @ w1.T + b1)))
    d2 = 2 * (h @ w2.T + b2 - y) / len(x)
    d1 = (d2 @ w2.T) * h * (1 - h)
    return [d1.T @ x, d1.sum(axis=0), d2.T @ h, d2.sum(axis=0)]


def lost_transpose(parameters, x, y):
    made = equal_widths(parameters, x, y)
    return [made[0], made[1], made[2].T, made[3]]


def equal_widths(parameters, x, y):
    w1, b1, w2, b2 = parameters
    h = 1 / (1 + np.exp(-(x @ w1.T + b1)))
    d2 = 2 * (h @ w2.T + b2 - y) / len(x)
    d1 = (d2 @ w2) * h * (1 - h)
    return [d1.T @ x, d1.sum(axis=0), d2.T @ h, d2.sum(axis=0)]


def test_equal_widths_do_not_hide_a_swapped_index_or_a_lost_transpose():
    assert sb.certify(SAME_WIDTHS, equal_widths).holds
    assert sb.certify(SAME_WIDTHS, swapped_index).first_wrong == "W1[0, 0]"
    assert sb.certify(SAME_WIDTHS, lost_transpose).first_wrong == "W2[0, 1]"


def lost_prime(parameters, x, y):
    h, a = forward(parameters, x)
    d2 = (a - y) * a * (1 - a) / len(x)
    d1 = d2 @ parameters[2]
    return [d1.T @ x, d1.sum(axis=0), d2.T @ h, d2.sum(axis=0)]


def lost_share(parameters, x, y):
    return [g * len(x) for g in by_hand(parameters, x, y)]


def test_a_lost_prime_and_a_lost_share_of_the_samples_are_named():
    assert sb.certify(NETWORK, lost_prime).first_wrong == "W1[0, 0]"
    assert sb.certify(NETWORK, lost_share).first_wrong == "W1[0, 0]"


def one_entry(g):
    g = g.copy()
    g[1, 2] = g[1, 2] + g[0, 0]
    return g


@pytest.mark.parametrize(
    ("gradient", "named"),
    [
        (spoiled(2, one_entry), "W2[1, 2]"),
        (spoiled(0, lambda g: -g), "W1[0, 0]"),
        (spoiled(1, lambda g: g * 2), "b1[0]"),
        (spoiled(3, lambda g: g * (1 + 1e-5)), "b2[0]"),
        (spoiled(3, lambda g: g - g), "b2[0]"),
    ],
)
def test_the_first_wrong_parameter_is_named(gradient, named):
    certificate = sb.certify(NETWORK, gradient)
    assert not certificate.holds and certificate.first_wrong == named


def test_what_is_wrong_comes_with_a_point_at_which_anyone_can_see_it():
    gradient = spoiled(2, one_entry)
    wrong = sb.certify(NETWORK, gradient).wrong
    assert gradient(wrong.parameters, wrong.x, wrong.y)[2][1, 2] == wrong.found
    assert by_hand(wrong.parameters, wrong.x, wrong.y)[2][1, 2] == pytest.approx(wrong.expected, rel=1e-9)
    assert "the gradient of W2[1, 2] is wrong" in str(wrong)


def test_one_wrong_entry_of_109_386_is_found():
    network = Network([784, 128, 64, 10], hidden="relu", output=SOFTMAX, cost="cross_entropy")
    right = function(network, Part.COST_AND_GRADIENT)

    def gradient(parameters, x, y):
        made = list(right(*parameters, x, y)[1:])
        made[0][97, 603] = made[0][97, 603] * 2
        return made

    assert certify_gradient(network, gradient).first_wrong == "W1[97, 603]"


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_a_planted_error_in_the_slope_of_every_row_is_caught(name):
    """The compiled gradient, but the hidden layer's slope is that of another function."""
    other = "arctan" if name != "arctan" else "tanh"
    network = Network([2, 3, 2], hidden=name, output="identity", cost="half_squared_error")
    slope_of, stranger = ACTIVATIONS[name], ACTIVATIONS[other]
    from symbackprop import lower

    class Swapped(dict):
        def __getitem__(self, key):
            row = super().__getitem__(key)
            return row.__class__(**{**vars(row), "stable_derivative": stranger.stable_derivative})

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lower, "ACTIVATIONS", Swapped(ACTIVATIONS))
        spoilt = compiled(network)
    assert slope_of.stable_derivative is not stranger.stable_derivative
    assert not certify_compiled(spoilt).holds


# what tries to fool the judge


def test_a_function_that_answers_exact_numbers_rightly_and_floats_wrongly_is_caught():
    def two_faced(parameters, x, y):
        return by_hand(parameters, x, y) if not isinstance(x, np.ndarray) else [0 * p for p in parameters]

    certificate = sb.certify(NETWORK, two_faced)
    assert not certificate.holds and certificate.first_wrong == "W1[0, 0]"


def test_a_function_that_spoils_its_arguments_does_not_spoil_the_judgement():
    def spoiling(parameters, x, y, right):
        made = by_hand(parameters, x, y)
        for array in (*parameters, x, y):
            array *= 0
        return made if right else [*made[:3], made[3] * 2]

    assert sb.certify(NETWORK, lambda *given: spoiling(*given, True)).holds
    assert sb.certify(NETWORK, lambda *given: spoiling(*given, False)).first_wrong == "b2[0]"


def test_a_function_that_returns_its_arguments_or_nothing_but_zeros_is_refuted():
    assert sb.certify(NETWORK, lambda parameters, x, y: parameters).first_wrong == "W1[0, 0]"
    assert not sb.certify(NETWORK, lambda parameters, x, y: [np.zeros_like(p) for p in parameters]).holds


def test_a_maximum_may_be_taken_off_and_nothing_else():
    """Residues have no order: what counts on the entry that stands for a maximum must not slip through."""
    network = Network([3, 4], output=SOFTMAX, cost="cross_entropy")

    def counting_on_it(parameters, x, y):
        z = x @ parameters[0].T + parameters[1]
        e = np.exp(z)
        d = (e / e.sum(axis=1, keepdims=True) - y) / len(x)
        d = d * (1 + z.max(axis=1, keepdims=True) - z[:, :1])
        return [d.T @ x, d.sum(axis=0)]

    assert not sb.certify(network, counting_on_it).holds


def test_exponentials_that_were_written_into_are_no_softmax():
    network = Network([3, 4], output=SOFTMAX, cost="cross_entropy")

    def spoilt(parameters, x, y):
        e = np.exp(x @ parameters[0].T + parameters[1])
        e[:, 0] = 2 * e[:, 0]
        d = (e / e.sum(axis=1, keepdims=True) - y) / len(x)
        return [d.T @ x, d.sum(axis=0)]

    assert not sb.certify(network, spoilt).holds


def test_what_residues_cannot_follow_and_floats_confirm_is_undecided_and_not_refuted():
    """log(e^z) is z, which random functions do not know."""

    def roundabout(parameters, x, y):
        return by_hand(parameters, np.log(np.exp(x)), y)

    certificate = sb.certify(NETWORK, roundabout)
    assert not certificate.holds and certificate.wrong is None
    assert str(certificate).startswith("undecided: exact numbers do not follow")


@pytest.mark.parametrize(
    ("gradient", "said"),
    [
        (lambda p, x, y: by_hand(p, np.sqrt(x), y), "numpy.sqrt"),
        (lambda p, x, y: by_hand(p, np.tanh(x, where=True), y), "numpy.tanh"),
        (lambda p, x, y: by_hand(p, np.sort(x), y), "numpy.sort has no exact counterpart"),
        (lambda p, x, y: by_hand(p, x**0.5, y), "not a whole number"),
        (lambda p, x, y: by_hand(p, np.maximum(x, 0.5), y), "a maximum or minimum with something else"),
        (lambda p, x, y: by_hand(p, x if x[0, 0] > 0 else -x, y), "no order to branch on"),
        (lambda p, x, y: by_hand(p, x + np.full(x.shape, 0.5), y), "an array of floats"),
        (lambda p, x, y: [np.array(g) for g in by_hand(p, x, y)], "an array of floats"),
        (lambda p, x, y: np.zeros(3).__setitem__(0, x[0, 0]), "an array of floats"),
        (lambda p, x, y: np.add(x, y[:, :1], out=np.zeros(x.shape)), "an array of floats"),
        (lambda p, x, y: [np.zeros(g.shape) for g in p], "the gradient of W1 is a ndarray"),
        (lambda p, x, y: by_hand(p, x, y)[:3], "returned 3 arrays: expected 4"),
        (lambda p, x, y: [*by_hand(p, x, y), x], "returned 5 arrays: expected 4"),
        (lambda p, x, y: None, "returned a NoneType"),
        (lambda p, x, y: [g.T for g in by_hand(p, x, y)], r"W1 has shape (3, 4): expected (4, 3)"),
        (lambda p, x, y: by_hand(p, x, y[:, :1] * y)[0] @ x, "a matrix product of shapes"),
        (lambda p, x, y: by_hand(p, x, y / (x - x).sum()), "divides by zero"),
        (lambda p, x, y: {}["w"], "KeyError: 'w'"),
        (lambda p, x: p, "takes 2 positional arguments but 3 were given"),
    ],
)
def test_what_cannot_be_certified_is_refused_in_one_line_that_says_why(gradient, said):
    with pytest.raises(SymbackpropError) as refused:
        sb.certify(NETWORK, gradient)
    assert said in str(refused.value) and "\n" not in str(refused.value)


@pytest.mark.parametrize("network", [Network(), Network([2, 3]), Network([2, 3, 2], hidden="any")][::2])
def test_a_network_with_open_functions_or_sizes_has_nothing_to_certify(network):
    with pytest.raises(SymbackpropError, match="nothing to certify"):
        sb.certify(network, by_hand)


def test_an_error_too_small_for_floats_is_undecided_and_never_certified():
    certificate = sb.certify(NETWORK, spoiled(0, lambda g: g * (1 + 1e-9)))
    assert not certificate.holds and "off by less than a millionth" in certificate.undecided
    assert certificate.to_json()["samples"] == [1, 3]


def test_two_runs_say_the_same():
    assert sb.certify(NETWORK, by_hand) == sb.certify(NETWORK, by_hand)


def test_the_reference_is_the_slope_of_the_cost():
    """The judge's own derivative, against finite differences of the compiled cost."""
    step = 1e-6
    for network in named_networks():
        point, cost = float_point(network, 3, 11), function(network, Part.COST)

        def at(t, point=point, cost=cost):
            moved = [p + t * u for p, u in zip(point.parameters, point.direction, strict=True)]
            return cost(*moved, point.x, point.y)

        slope = (at(step) - at(-step)) / (2 * step)
        assert slope == pytest.approx(float(derivative(network, point)), rel=1e-5, abs=1e-7)


def test_the_parameter_count_is_that_of_the_sizes():
    sizes = (3, 4, 2)
    assert sb.certify(NETWORK, by_hand).parameters == sum(n * (m + 1) for m, n in pairwise(sizes))
