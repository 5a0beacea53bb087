"""The compiled NumPy code: equal to the scalar path, true in floats, shaped as NumPy wants it, and proved."""

from __future__ import annotations

import ast
from collections import Counter

import mpmath
import numpy as np
import pytest

import symbackprop as sb
from symbackprop import backprop
from symbackprop.errors import NotProved, SymbackpropError
from symbackprop.functions import ACTIVATIONS, COSTS, SOFTMAX, check_domain
from symbackprop.network import Network
from symbackprop.numpy_code import Compiled, Part, compile_network, function, needed
from symbackprop.points import float_point
from symbackprop.prove import prove
from symbackprop.scalar_code import scalar_cost_and_gradient, scalar_function


def unproved(network: Network) -> Compiled:
    """The functions without their proofs, which are other tests' business."""
    return Compiled(network, (), {part: function(network, part) for part in Part})


def allowed(output: str, cost: str) -> bool:
    try:
        check_domain(output, cost)
    except SymbackpropError:
        return False
    return True


PAIRS = [(o, c) for o in (*ACTIVATIONS, SOFTMAX) for c in COSTS if allowed(o, c)]
NETWORKS = [
    *(Network([2, 3, 1], hidden=name, output="identity", cost="half_squared_error") for name in ACTIVATIONS),
    *(Network([2, 2], output=output, cost=cost) for output, cost in PAIRS),
    Network([1, 2, 2, 1], hidden=["silu", "elu"], output="sigmoid", cost="cross_entropy"),
]
EVERYTHING = [
    *NETWORKS,
    Network([3, 1], output="tanh", total="sum"),
    Network([2, 3, 2], hidden="gelu", output=SOFTMAX, cost="cross_entropy", total="sum", weight_decay="0.25"),
]


def title(network: Network) -> str:
    return "-".join(dict.fromkeys([*network.hidden, network.output, network.cost]))


# the same numbers as the scalar path, and as finite differences


@pytest.mark.parametrize("network", NETWORKS, ids=title)
def test_the_batch_code_equals_the_scalar_path_to_1e12(network):
    batch, scalar, point = unproved(network), scalar_function(network), float_point(network, 4, 5)
    cost, gradient = batch.cost_and_gradient(point.parameters, point.x, point.y)
    vector = batch.flatten(point.parameters)
    samples = [scalar_cost_and_gradient(scalar, vector, x, y) for x, y in zip(point.x, point.y, strict=True)]
    np.testing.assert_allclose(cost, np.mean([c for c, _ in samples]), rtol=1e-12, atol=1e-12)
    expected = np.mean([g for _, g in samples], axis=0)
    np.testing.assert_allclose(batch.flatten(gradient), expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("network", EVERYTHING, ids=title)
def test_the_gradient_agrees_with_finite_differences_of_the_cost(network):
    batch, point, step = unproved(network), float_point(network, 3, 6), 1e-6
    cost, gradient = batch.cost_and_gradient_flat(batch.flatten(point.parameters), point.x, point.y)
    vector = batch.flatten(point.parameters)

    def cost_at(moved):
        return batch.cost(batch.unflatten(moved), point.x, point.y)

    slopes = [(cost_at(vector + u) - cost_at(vector - u)) / (2 * step) for u in step * np.eye(len(vector))]
    np.testing.assert_allclose(gradient, slopes, rtol=1e-5, atol=1e-7)
    assert cost == pytest.approx(cost_at(vector), rel=1e-12)


# types and shapes

SMALL = Network([3, 4, 2], hidden="tanh", output=SOFTMAX, cost="cross_entropy", weight_decay="0.1")


@pytest.fixture(scope="module")
def small(compiled):
    return compiled(SMALL)


@pytest.mark.parametrize("network", EVERYTHING, ids=title)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_dtype_of_floats_is_preserved(network, dtype):
    batch, point = unproved(network), float_point(network, 3, 7)
    parameters = [p.astype(dtype) for p in point.parameters]
    x, y = point.x.astype(dtype), point.y.astype(dtype)
    assert batch.predict(parameters, x).dtype == dtype
    cost, *gradient = batch.functions[Part.COST_AND_GRADIENT](*parameters, x, y)
    assert {np.asarray(cost).dtype, *(g.dtype for g in gradient)} == {np.dtype(dtype)}
    assert [g.shape for g in gradient] == batch.shapes


def test_lists_fortran_order_views_and_whole_numbers_give_the_same_numbers(small):
    point = float_point(SMALL, 5, 8)
    x = np.round(4 * point.x)
    expected = small.cost_and_gradient(point.parameters, x, point.y)
    wide = np.zeros((10, 6))
    wide[::2, ::-2] = x
    for given in (
        (point.parameters, x.tolist(), point.y.tolist()),
        ([p.tolist() for p in point.parameters], x.astype(np.int8), point.y),
        ([np.asfortranarray(p) for p in point.parameters], np.asfortranarray(x), point.y[:, :].T.copy().T),
        (tuple(point.parameters), wide[::2, ::-2], point.y),
    ):
        cost, gradient = small.cost_and_gradient(*given)
        assert cost == pytest.approx(expected[0], rel=1e-13)
        np.testing.assert_allclose(small.flatten(gradient), small.flatten(expected[1]), rtol=1e-12, atol=1e-14)


def test_arguments_are_left_as_they_were(small):
    point = float_point(SMALL, 5, 9)
    before = [a.copy() for a in (*point.parameters, point.x, point.y)]
    small.cost_and_gradient(point.parameters, point.x, point.y)
    small.predict(point.parameters, point.x)
    assert all(np.array_equal(a, b) for a, b in zip(before, (*point.parameters, point.x, point.y), strict=True))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda p, x, y: (p, x, y[:, 0]), r"y of shape \(5,\): expected \(5, 2\)"),
        (lambda p, x, y: (p, x, y[:, :1]), r"y of shape \(5, 1\): expected \(5, 2\)"),
        (lambda p, x, y: (p, x, y[:1]), r"y of shape \(1, 2\): expected \(5, 2\)"),
        (lambda p, x, y: (p, x[0], y), r"x of shape \(3,\): expected \(N, 3\)"),
        (lambda p, x, y: (p, x.T, y), r"x of shape \(3, 5\): expected \(N, 3\)"),
        (lambda p, x, y: (p[:3], x, y), r"parameters of shapes .* expected"),
        (lambda p, x, y: ([p[0].T, *p[1:]], x, y), r"parameters of shapes \[\(3, 4\)"),
        (lambda p, x, y: ([p[0], p[1][:, None], *p[2:]], x, y), r"parameters of shapes"),
        (lambda p, x, y: (p, [["a", "b", "c"]], y), "x is no array of numbers"),
        (lambda p, x, y: (p, [[1, 2, 3], [4]], y), "x is no array of numbers"),
    ],
)
def test_shapes_that_numpy_would_spread_without_a_word_are_refused(small, change, said):
    point = float_point(SMALL, 5, 10)
    with pytest.raises(SymbackpropError, match=said):
        small.cost_and_gradient(*change(point.parameters, point.x, point.y))


def test_one_flat_vector_serves_any_optimiser(small):
    minimize = pytest.importorskip("scipy.optimize").minimize
    rng = np.random.default_rng(0)
    x = rng.standard_normal((40, 3))
    y = np.eye(2)[(x[:, 0] > 0).astype(int)]
    start = small.flatten([0.1 * rng.standard_normal(shape) for shape in small.shapes])
    done = minimize(small.cost_and_gradient_flat, start, args=(x, y), jac=True, method="L-BFGS-B")
    assert done.success and done.fun < small.cost(small.unflatten(start), x, y)
    assert np.linalg.norm(small.cost_and_gradient_flat(done.x, x, y)[1]) < 1e-4


def test_a_flat_vector_is_the_parameters_in_order_and_its_pieces_are_views(small):
    vector = np.arange(float(SMALL.parameters))
    pieces = small.unflatten(vector)
    assert [p.shape for p in pieces] == [(4, 3), (4,), (2, 4), (2,)]
    assert np.array_equal(small.flatten(pieces), vector)
    assert all(np.shares_memory(p, vector) for p in pieces)
    with pytest.raises(SymbackpropError, match=r"a parameter vector of shape \(3,\): expected \(26,\)"):
        small.unflatten(np.zeros(3))


# only what is proved is compiled


def test_a_formula_without_its_prime_is_not_compiled(monkeypatch):
    right = backprop.hidden

    def without_prime(network, q):
        sides = right(network, q)
        return type(sides)(sides.left, sides.right, sides.matrix_left, sides.matrix_right.left, sides.free)

    monkeypatch.setattr(backprop, "hidden", without_prime)
    with pytest.raises(NotProved, match=r"'hidden delta, batch' is refuted: only proven formulas are compiled"):
        sb.compile(Network([2, 3, 2], hidden="tanh"))


def test_proofs_of_other_formulas_do_not_serve():
    network, other = Network([2, 3, 2], hidden="tanh"), Network([2, 3, 2], hidden="sigmoid")
    shown = tuple(prove(claim) for claim in needed(other))
    with pytest.raises(NotProved, match="no proof of"):
        compile_network(network, shown)
    with pytest.raises(NotProved, match="no proof of"):
        compile_network(network, ())


@pytest.mark.parametrize("network", [Network(), Network([2, 3, 2], hidden="any"), Network([2, 3, 2], cost="any")])
def test_what_is_open_is_not_compiled(network):
    with pytest.raises(SymbackpropError, match="nothing to compile: give the sizes, and name"):
        compile_network(network)


# the source


@pytest.mark.parametrize("network", EVERYTHING, ids=title)
@pytest.mark.parametrize("part", list(Part))
def test_the_source_has_no_loop_and_computes_nothing_twice(network, part):
    tree = ast.parse(unproved(network).source(part))
    loops = ast.For | ast.While | ast.comprehension | ast.If | ast.IfExp | ast.Lambda
    assert not [node for node in ast.walk(tree) if isinstance(node, loops)]
    operations = Counter(
        ast.unparse(node) for node in ast.walk(tree) if isinstance(node, ast.BinOp | ast.UnaryOp | ast.Call)
    )
    free = {text for text in operations if text.startswith("len(") or text.lstrip("-").replace(".", "").isdigit()}
    assert not [text for text, times in operations.items() if times > 1 and text not in free]


@pytest.mark.parametrize("network", EVERYTHING, ids=title)
def test_every_name_in_the_source_is_assigned_once_and_used(network):
    for part in Part:
        (made,) = ast.parse(unproved(network).source(part)).body
        assert made.name == part.value
        stored = Counter(n.id for n in ast.walk(made) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store))
        loaded = {n.id for n in ast.walk(made) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
        assert set(stored.values()) <= {1} and set(stored) <= loaded


def test_the_printed_source_runs_by_itself_and_gives_the_same_numbers(small):
    names: dict[str, object] = {}
    exec("from numpy import *\n" + small.source(), names)
    point = float_point(SMALL, 3, 12)
    cost, *gradient = names["cost_and_gradient"](*point.parameters, point.x, point.y)
    expected = small.cost_and_gradient(point.parameters, point.x, point.y)
    assert float(cost) == expected[0]
    assert all(np.array_equal(u, v) for u, v in zip(gradient, expected[1], strict=True))
    assert np.array_equal(names["predict"](*point.parameters, point.x), small.predict(point.parameters, point.x))


# stable forms over the whole range of floats

mp = mpmath.mp.clone()
mp.dps = 60


def logistic(z):
    return 1 / (1 + mp.exp(-z))


def bell(z):
    """sigmoid'"""
    return mp.exp(-abs(z)) / (1 + mp.exp(-abs(z))) ** 2


def gelu_inner(z):
    return mp.sqrt(2 / mp.pi) * (z + mp.mpf("0.044715") * z**3)


def gelu_slope(z):
    u = gelu_inner(z)
    return logistic(2 * u) + 2 * z * bell(2 * u) * mp.sqrt(2 / mp.pi) * (1 + 3 * mp.mpf("0.044715") * z**2)


TRUE = {
    "identity": (lambda z: z, lambda z: mp.one),
    "sigmoid": (logistic, bell),
    "tanh": (mp.tanh, lambda z: 4 * bell(2 * z)),
    "relu": (lambda z: max(z, mp.zero), lambda z: mp.mpf(z > 0)),
    "leaky_relu": (lambda z: z if z > 0 else z / 100, lambda z: mp.one if z > 0 else mp.one / 100),
    "softplus": (lambda z: max(z, mp.zero) + mp.log1p(mp.exp(-abs(z))), logistic),
    "silu": (lambda z: z * logistic(z), lambda z: logistic(z) + z * bell(z)),
    "gelu": (lambda z: z * logistic(2 * gelu_inner(z)), gelu_slope),
    "arctan": (mp.atan, lambda z: 1 / (1 + z**2)),
    "elu": (lambda z: z if z > 0 else mp.expm1(z), lambda z: mp.one if z > 0 else mp.exp(z)),
}
ROUNDINGS = 12  # a result may be off by so many units of its precision, relative to 1 + |result|


def every_size_of_float(dtype):
    """Both signs: the smallest and largest numbers, all magnitudes, and close by where functions bend."""
    top, least = np.finfo(dtype).max, np.finfo(dtype).smallest_subnormal
    magnitudes = np.concatenate(
        [
            np.logspace(np.log10(float(least)), np.log10(float(top)) - 1e-9, 120),
            np.linspace(0.05, 50, 700),
            np.linspace(50, 800, 60),
        ]
    )
    z = np.concatenate([magnitudes.astype(dtype), np.array([0, 1, least, top], dtype)])
    return np.unique(np.concatenate([z, -z]))


def computed(name, z):
    """f(z) and f'(z) as compiled code has them: the outputs' biases are z, and Huber's slope is 1 far below."""
    batch = unproved(Network([1, len(z)], output=name, cost="huber", total="sum"))
    parameters, x = [np.zeros((len(z), 1), z.dtype), z], np.zeros((1, 1), z.dtype)
    value = batch.predict(parameters, x)[0]
    slope = batch.cost_and_gradient(parameters, x, np.full((1, len(z)), -np.inf, z.dtype))[1][1]
    return value, slope


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", ACTIVATIONS)
def test_every_function_and_its_slope_are_true_over_the_whole_range_of_floats(name, dtype):
    z = every_size_of_float(dtype)
    unit, top = float(np.finfo(dtype).eps), float(np.finfo(dtype).max)
    for found, true in zip(computed(name, z), TRUE[name], strict=True):
        assert found.dtype == dtype and not np.isnan(found).any()
        for at, number in zip(z, found, strict=True):
            exact = true(mp.mpf(float(at)))
            if abs(exact) < top:
                error = abs(mp.mpf(float(number)) - exact) / (unit * (1 + abs(exact)))
                assert error <= ROUNDINGS, f"{name} at {at!r}: {number!r}, off by {float(error):.3g} units"


def test_the_table_of_true_functions_has_every_row():
    assert set(TRUE) == set(ACTIVATIONS)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    ("output", "cost"), [("sigmoid", "binary_cross_entropy"), ("sigmoid", "cross_entropy"), (SOFTMAX, "cross_entropy")]
)
def test_a_cost_from_huge_pre_activations_keeps_its_digits(output, cost, dtype):
    batch = unproved(Network([1, 2], output=output, cost=cost, total="sum"))
    for size in (1e-3, 1, 30, 200, 1e4, 1e30):
        z, y = np.array([size, -size], dtype), np.array([[0, 1]], dtype)
        found, gradient = batch.cost_and_gradient([np.zeros((2, 1), dtype), z], np.zeros((1, 1), dtype), y)
        u, v = mp.mpf(float(z[0])), mp.mpf(float(z[1]))
        true = {
            "binary_cross_entropy": TRUE["softplus"][0](u) + TRUE["softplus"][0](-v),
            "cross_entropy": TRUE["softplus"][0](-v) if output == "sigmoid" else TRUE["softplus"][0](u - v),
        }[cost]
        assert abs(mp.mpf(found) - true) <= 4 * float(np.finfo(dtype).eps) * abs(true)
        assert np.isfinite(gradient[1]).all()


@pytest.mark.parametrize("output", ["sigmoid", "softplus"])
def test_a_cost_that_divides_by_a_small_output_keeps_its_slope(output):
    """-y/a times the output's slope: both vanish, their quotient tends to -y."""
    batch = unproved(Network([1, 3], output=output, cost="cross_entropy", total="sum"))
    z = np.array([-30.0, -40, -700])
    gradient = batch.cost_and_gradient([np.zeros((3, 1)), z], np.zeros((1, 1)), np.ones((1, 3)))[1][1]
    np.testing.assert_allclose(gradient, [-1, -1, -1], rtol=1e-12)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_softmax_of_any_pre_activations_is_a_distribution(dtype):
    batch = unproved(Network([1, 4], output=SOFTMAX, cost="cross_entropy"))
    top = np.finfo(dtype).max
    for z in ([0, 0, 0, 0], [1000, 0, -1000, 5], [top, 0, -top, 1], [-top] * 4, [top, top, 0, 0]):
        a = batch.predict([np.zeros((4, 1), dtype), np.array(z, dtype)], np.zeros((1, 1), dtype))
        assert a.dtype == dtype and a.sum() == pytest.approx(1, rel=1e-6) and (a >= 0).all()
