"""The buffered training step: the same gradient as the compiled function, certified, and it never aliases the user."""

from __future__ import annotations

import tracemalloc
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from symbackprop.certificate import certify_step
from symbackprop.functions import ACTIVATIONS
from symbackprop.network import Network
from symbackprop.numpy_code import Compiled, Part, function
from symbackprop.step_code import step_function
from symbackprop.stepper import Buffered, make_stepper

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
def test_a_step_has_the_cost_and_the_gradient_of_the_compiled_function(network: Network, samples: int) -> None:
    parameters, x, y = drawn(network, samples)
    expected_cost, expected = plain(network).cost_and_gradient(parameters, x, y)
    cost, gradient = Buffered(plain(network)).cost_and_gradient(parameters, x, y)
    assert cost == pytest.approx(expected_cost, rel=1e-12)
    for g, e in zip(gradient, expected, strict=True):
        np.testing.assert_allclose(g, e, rtol=1e-10, atol=1e-13)


@pytest.mark.parametrize("network", NETWORKS, ids=str)
def test_the_step_that_trains_is_certified(network: Network) -> None:
    assert certify_step(network, with_cost=True).holds


@pytest.mark.parametrize("hidden", ACTIVATIONS)
def test_every_activation_has_a_certified_step(hidden: str) -> None:
    assert certify_step(Network([2, 3, 2], hidden)).holds


def test_a_planted_error_in_the_step_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    import symbackprop.certificate as judged

    def wrong(network: Network, with_cost: bool = False) -> Any:
        right, program = step_function(network, with_cost)

        def step(*arguments: Any) -> Any:
            made = right(*arguments)
            arguments[7][...] = arguments[7] * 2  # GW1
            return made

        return step, program

    monkeypatch.setattr(judged, "step_function", wrong)
    assert certify_step(Network([2, 3, 2])).first_wrong.startswith("W1")


def test_the_type_of_the_parameters_is_kept() -> None:
    parameters, x, y = drawn(NETWORKS[0], 5, "float32")
    _, gradient = Buffered(plain(NETWORKS[0])).cost_and_gradient(parameters, x, y)
    assert {g.dtype for g in gradient} == {np.dtype("float32")}


def test_what_comes_back_and_what_was_passed_in_are_no_buffers() -> None:
    network = NETWORKS[0]
    parameters, x, y = drawn(network, 5)
    before = [p.copy() for p in parameters]
    buffered = Buffered(plain(network))
    _, first = buffered.cost_and_gradient(parameters, x, y)
    kept = [g.copy() for g in first]
    buffered.cost_and_gradient([p * 2 for p in parameters], x, y)
    for g, k, p, b in zip(first, kept, parameters, before, strict=True):
        np.testing.assert_array_equal(g, k)
        np.testing.assert_array_equal(p, b)


def test_mini_batches_of_several_sizes_share_the_parameters() -> None:
    network = NETWORKS[0]
    parameters, x, y = drawn(network, 7)
    stepper = make_stepper(network, "float64", parameters)
    expected = [p.copy() for p in parameters]
    for order in (np.array([4, 1, 0]), np.array([2, 6]), np.array([3, 5])):
        _, gradient = plain(network).cost_and_gradient(expected, x[order], y[order])
        expected = [p - 0.1 * g for p, g in zip(expected, gradient, strict=True)]
        stepper.chosen(x, y, order).step(0.1)
    for p, e in zip(stepper.parameters(), expected, strict=True):
        np.testing.assert_allclose(p, e, rtol=1e-12, atol=1e-14)


def test_nothing_is_allocated_after_the_first_step() -> None:
    network = Network([64, 32, 10], "tanh", "softmax", "cross_entropy")
    parameters, x, y = drawn(network, 2000)
    bound = make_stepper(network, "float64", parameters).bound(x, y)
    bound.step(0.1)
    tracemalloc.start()
    for _ in range(5):
        bound.step(0.1)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 100_000  # NumPy's own 64 KiB of a reduction; one array of 32 by 2000 would be 512,000 bytes
