"""The buffered training step: the same gradient as the compiled function, certified, and it never aliases the user."""

from __future__ import annotations

import tracemalloc
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from symbackprop.certifying import certify_step
from symbackprop.functions import ACTIVATIONS
from symbackprop.network import Network
from symbackprop.numpy_code import Compiled, Part, function
from symbackprop.step_code import step_function
from symbackprop.stepper import make_stepper

NETWORKS = [
    Network(sizes, hidden, output, cost, total=total, weight_decay=decay)
    for sizes in ([3, 4, 2], [66, 5, 70, 3])
    for hidden, output, cost, total, decay in (
        ("tanh", "softmax", "cross_entropy", "mean", 0),
        ("relu", "identity", "half_squared_error", "sum", 0),
        ("gelu", "softmax", "huber", "mean", "0.01"),
        ("elu", "sigmoid", "binary_cross_entropy", "sum", "0.5"),
    )
]


def drawn(network: Network, samples: int, dtype: str = "float64") -> tuple[list[Any], Any, Any]:
    rng = np.random.default_rng(1)
    sizes = network.sizes or ()
    shapes = [shape for m, n in pairwise(sizes) for shape in ((n, m), (n,))]
    parameters = [(rng.normal(size=shape) * 0.3).astype(dtype) for shape in shapes]
    x = rng.normal(size=(samples, sizes[0])).astype(dtype)
    return parameters, x, np.eye(sizes[-1], dtype=dtype)[rng.integers(0, sizes[-1], samples)]


def plain(network: Network) -> Compiled:
    return Compiled(network, (), {part: function(network, part) for part in Part})


@pytest.mark.parametrize("network", NETWORKS, ids=str)
@pytest.mark.parametrize("samples", [1, 7])
def test_what_is_measured_is_the_cost_and_the_gradient_of_the_compiled_function(network: Network, samples: int) -> None:
    parameters, x, y = drawn(network, samples)
    expected_cost, expected = plain(network).cost_and_gradient(parameters, x, y)
    bound = make_stepper(network, "float64", parameters).bound(x, y)
    assert bound.measure() == pytest.approx(expected_cost, rel=1e-12)
    for g, e in zip(bound.workspace.gradients(), expected, strict=True):
        np.testing.assert_allclose(g, e, rtol=1e-10, atol=1e-13)


@pytest.mark.parametrize("network", NETWORKS, ids=str)
def test_a_step_is_the_rate_times_the_gradient(network: Network) -> None:
    parameters, x, y = drawn(network, 7)
    stepper = make_stepper(network, "float64", parameters)
    expected = [p.copy() for p in parameters]
    for rate in (0.1, 0.1, 0.025):
        _, gradient = plain(network).cost_and_gradient(expected, x, y)
        expected = [p - rate * g for p, g in zip(expected, gradient, strict=True)]
        bound = stepper.bound(x, y)
        bound.step(rate)
        bound.measure()  # in between it changes nothing
    for p, e in zip(stepper.parameters(), expected, strict=True):
        np.testing.assert_allclose(p, e, rtol=1e-10, atol=1e-13)


def test_samples_kept_both_ways_and_by_rows_alone_give_the_same_gradient() -> None:
    for network in NETWORKS:
        parameters, x, y = drawn(network, 9)
        stepper = make_stepper(network, "float64", parameters)
        both, rows = stepper.bound(x, y), stepper.batch(x, y)
        assert both.workspace.columns is not None and rows.workspace.columns is None
        assert both.measure() == pytest.approx(rows.measure(), rel=1e-13)


@pytest.mark.parametrize("network", NETWORKS, ids=str)
@pytest.mark.parametrize("with_cost", [False, True])
def test_the_step_that_trains_and_the_one_that_measures_are_certified(network: Network, with_cost: bool) -> None:
    assert certify_step(network, (1, 3), with_cost=with_cost).holds


@pytest.mark.parametrize("hidden", ACTIVATIONS)
def test_every_activation_has_a_certified_step(hidden: str) -> None:
    assert certify_step(Network([2, 3, 2], hidden)).holds


def doubled_before(name: str) -> Any:
    def plant(right: Any, arrays: dict[str, Any]) -> Any:
        arrays[name][...] = arrays[name] * 2
        return right(*arrays.values())

    return plant


def stepping_twice(right: Any, arrays: dict[str, Any]) -> Any:
    right(*arrays.values())
    return np.subtract(arrays["theta"], arrays["gradient"], out=arrays["theta"])


def second_gradient_doubled(right: Any, arrays: dict[str, Any]) -> Any:
    made = right(*arrays.values())
    arrays["G2"][...] = arrays["G2"] * 2
    return made


@pytest.mark.parametrize(
    ("plant", "with_cost", "first"),
    [
        (doubled_before("scale"), False, "W1"),
        (doubled_before("scale"), True, "W1"),
        (doubled_before("theta"), False, "W1"),
        (doubled_before("A0"), False, "W1"),
        (stepping_twice, False, "W1"),
        (second_gradient_doubled, True, "W2"),
    ],
)
def test_a_planted_error_in_the_step_is_caught(
    plant: Any, with_cost: bool, first: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import symbackprop.certifying as judged

    def wrong(network: Network, with_cost: bool = False) -> Any:
        right, program = step_function(network, with_cost)
        return lambda *arguments: plant(right, dict(zip(program.names, arguments, strict=True))), program

    monkeypatch.setattr(judged, "step_function", wrong)
    assert certify_step(Network([2, 3, 2]), with_cost=with_cost).first_wrong.startswith(first)


def test_the_type_of_the_parameters_is_kept() -> None:
    parameters, x, y = drawn(NETWORKS[0], 5, "float32")
    stepper = make_stepper(NETWORKS[0], "float32", parameters)
    bound = stepper.bound(x, y)
    bound.step(0.1)
    bound.measure()
    kinds = {a.dtype for a in (*bound.workspace.arguments[0], *bound.workspace.arguments[1]) if hasattr(a, "dtype")}
    assert kinds <= {np.dtype("float32"), np.dtype(bool)}
    assert {p.dtype for p in stepper.parameters()} == {np.dtype("float32")}


def test_what_comes_back_and_what_was_passed_in_are_no_buffers() -> None:
    network = NETWORKS[0]
    parameters, x, y = drawn(network, 5)
    given = [*parameters, x, y]
    before = [p.copy() for p in given]
    stepper = make_stepper(network, "float64", parameters)
    bound = stepper.bound(x, y)
    bound.measure()
    first = [*stepper.parameters(), *bound.workspace.gradients()]
    kept = [g.copy() for g in first]
    buffers = [a for some in bound.workspace.arguments for a in some if isinstance(a, np.ndarray)]
    assert not any(np.shares_memory(buffer, array) for buffer in buffers for array in (*given, *first))
    bound.step(0.5)
    stepper.batch(x * 2, y).measure()
    for g, k in zip((*first, *given), (*kept, *before), strict=True):
        np.testing.assert_array_equal(g, k)


def test_mini_batches_of_several_sizes_share_the_parameters() -> None:
    network = NETWORKS[0]
    parameters, x, y = drawn(network, 7)
    stepper = make_stepper(network, "float64", parameters)
    expected = [p.copy() for p in parameters]
    for order in (np.array([4, 1, 0]), np.array([2, 6]), np.array([3, 5])):
        _, gradient = plain(network).cost_and_gradient(expected, x[order], y[order])
        expected = [p - 0.1 * g for p, g in zip(expected, gradient, strict=True)]
        stepper.batch(x[order], y[order]).step(0.1)
    for p, e in zip(stepper.parameters(), expected, strict=True):
        np.testing.assert_allclose(p, e, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("hidden", ["tanh", "relu", "gelu"])
@pytest.mark.parametrize(("output", "cost"), [("identity", "half_squared_error"), ("softmax", "cross_entropy")])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_nothing_is_allocated_after_the_first_step(hidden: str, output: str, cost: str, dtype: str) -> None:
    network = Network([300, 32, 24, 10], hidden, output, cost, weight_decay="0.01")
    parameters, x, y = drawn(network, 20_000, dtype)
    bound = make_stepper(network, dtype, parameters).bound(x, y)
    for act in (lambda: bound.step(0.1), bound.measure):
        act()
        tracemalloc.start()
        for _ in range(3):
            act()
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        # NumPy's own 64 KiB, in blocks of 8192 numbers, where it spreads or converts; the smallest array of a layer
        # would be 24 by 20,000
        assert peak < 24 * 20_000 * np.dtype(dtype).itemsize / 4


def test_arrays_begin_with_a_cache_line() -> None:
    network = Network([3, 4, 2])
    bound = make_stepper(network, "float32").bound(*drawn(network, 5, "float32")[1:])
    program = bound.workspace.arguments[0]
    assert sum(a.ctypes.data % 64 == 0 for a in program if isinstance(a, np.ndarray) and a.ndim == 2) >= 5
