"""Gradient descent on a bowl whose every step is known by hand."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from symbackprop.descent import GROWTH, PATIENCE, Point, Settings, Stop, descend
from symbackprop.errors import SymbackpropError


@dataclass
class Bowl:
    """E = 1/N sum_s (w - y_s)^2 / 2: the gradient is w - mean(y), and a step goes rate times the way to the mean."""

    seen: list[int] = field(default_factory=list)

    def predict(self, parameters: Sequence[Any], x: Any) -> Any:
        return np.broadcast_to(parameters[0], (len(x), 1))

    def cost(self, parameters: Sequence[Any], x: Any, y: Any) -> float:
        return float(np.mean((parameters[0] - y) ** 2) / 2)

    def cost_and_gradient(self, parameters: Sequence[Any], x: Any, y: Any) -> tuple[float, list[Any]]:
        self.seen.append(len(y))
        return self.cost(parameters, x, y), [parameters[0] - np.mean(y, dtype=y.dtype)]


def start(value: float, dtype: str = "float64") -> list[np.ndarray]:
    return [np.array([value], dtype=dtype)]


Y = np.array([[1.0], [2.0], [6.0]])
X = np.zeros((3, 1))


def test_each_step_is_the_rate_times_the_mean_gradient() -> None:
    path: list[Point] = []
    done = descend(Bowl(), start(7.0), X, Y, Settings(rate=0.25, epochs=3), on_epoch=path.append)
    assert [float(p.parameters[0][0]) for p in path] == [7.0, 6.0, 5.25, 4.6875]  # a quarter of the way to 3
    assert [p.gradient_norm for p in path] == [4.0, 3.0, 2.25, 1.6875]
    assert (done.stopped, done.end.epoch) == (Stop.EPOCHS, 3)


def test_cost_and_norm_belong_to_the_parameters_that_are_returned() -> None:
    end = descend(Bowl(), start(7.0), X, Y, Settings(epochs=5)).end
    cost, gradient = Bowl().cost_and_gradient(end.parameters, X, Y)
    assert (end.cost, end.gradient_norm) == (cost, abs(float(gradient[0][0])))


def test_the_start_is_left_as_it_was() -> None:
    first = start(7.0)
    descend(Bowl(), first, X, Y, Settings(epochs=5))
    assert first[0][0] == 7.0


def test_no_epochs_measure_and_change_nothing() -> None:
    done = descend(Bowl(), start(7.0), X, Y, Settings(epochs=0))
    assert (done.stopped, done.end.epoch, done.end.parameters[0][0]) == (Stop.EPOCHS, 0, 7.0)


def test_descent_stops_where_the_gradient_is_nearly_zero() -> None:
    done = descend(Bowl(), start(7.0), X, Y, Settings(rate=0.5, epochs=1000, tolerance=1e-3))
    assert done.stopped is Stop.TOLERANCE
    assert done.end.gradient_norm <= 1e-3 < 2 * done.end.gradient_norm
    assert done.end.epoch == 12  # 4 / 2^12 is the first below 1e-3


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_precision_stays_what_it_was(dtype: str) -> None:
    done = descend(Bowl(), start(7.0, dtype), X.astype(dtype), Y.astype(dtype), Settings(epochs=3, batch=2))
    assert done.end.parameters[0].dtype == dtype


def test_mini_batches_see_every_sample_once_an_epoch_the_last_batch_smaller() -> None:
    bowl = Bowl()
    descend(bowl, start(7.0), X, Y, Settings(epochs=2, batch=2))
    assert bowl.seen == [3, 2, 1, 3, 2, 1, 3]  # whole set to measure, then the batches


def test_a_batch_of_all_samples_is_the_whole_set() -> None:
    ends = [descend(Bowl(), start(7.0), X, Y, Settings(epochs=4, batch=batch)).end for batch in (None, 3, 99)]
    assert {float(end.parameters[0][0]) for end in ends} == {float(ends[0].parameters[0][0])}


def test_the_seed_decides_the_order_and_another_seed_another_one() -> None:
    def end(seed: int) -> float:
        y = np.arange(50.0)[:, None]
        return float(descend(Bowl(), start(0.0), y, y, Settings(epochs=1, batch=1, seed=seed)).end.parameters[0][0])

    assert end(1) == end(1)
    assert end(1) != end(2)


def test_going_on_is_the_same_as_never_having_stopped() -> None:
    def settings(epochs: int) -> Settings:
        return Settings(rate=0.1, epochs=epochs, batch=2, seed=5)

    whole = descend(Bowl(), start(7.0), X, Y, settings(10))
    half = descend(Bowl(), start(7.0), X, Y, settings(4))
    rest = descend(Bowl(), half.end.parameters, X, Y, settings(6), done=4, first_cost=half.first_cost)
    assert rest.end.epoch == 10
    assert rest.end.parameters[0][0] == whole.end.parameters[0][0]


def test_a_cost_that_keeps_growing_stops_with_the_lowest_point() -> None:
    done = descend(Bowl(), start(7.0), X, Y, Settings(rate=2.5, epochs=1000))
    assert done.stopped is Stop.DIVERGED
    assert (done.end.epoch, done.end.parameters[0][0]) == (0, 7.0)
    assert done.reached == PATIENCE


class Bump(Bowl):
    """A cost that rises for a while, and comes down again."""

    heights = (1.0, *[2 * GROWTH] * (PATIENCE - 1), *[0.5] * 20)

    def cost_and_gradient(self, parameters: Sequence[Any], x: Any, y: Any) -> tuple[float, list[Any]]:
        self.seen.append(len(y))
        return self.heights[len(self.seen) - 1], [np.ones(1)]


def test_a_cost_that_rises_and_comes_down_again_is_let_go_on() -> None:
    assert descend(Bump(), start(0.0), X, Y, Settings(epochs=20)).stopped is Stop.EPOCHS


class Cliff(Bowl):
    """Falls for two epochs; then the gradient or the cost leaves the range of numbers."""

    def __init__(self, cost: float, slope: float) -> None:
        super().__init__()
        self.after = (cost, slope)

    def cost_and_gradient(self, parameters: Sequence[Any], x: Any, y: Any) -> tuple[float, list[Any]]:
        self.seen.append(len(y))
        cost, slope = (3.0 - len(self.seen), 1.0) if len(self.seen) < 3 else self.after
        return cost, [np.array([slope])]


@pytest.mark.parametrize(("cost", "slope"), [(math.nan, 1.0), (math.inf, 1.0), (0.5, math.nan), (0.5, math.inf)])
def test_what_is_no_number_ends_training_with_the_last_good_parameters(cost: float, slope: float) -> None:
    done = descend(Cliff(cost, slope), start(0.0), X, Y, Settings(epochs=20))
    assert (done.stopped, done.end.epoch, done.end.cost, done.reached) == (Stop.DIVERGED, 1, 1.0, 2)


def test_overflow_on_the_way_out_gives_no_warning() -> None:
    y = np.full((3, 1), 3e38, dtype="float32")
    with pytest.raises(SymbackpropError, match="before the first step"):
        descend(Bowl(), start(-3e38, "float32"), y, y, Settings())


def test_an_interrupt_ends_at_the_last_finished_epoch() -> None:
    class Interrupted(Bowl):
        def cost_and_gradient(self, parameters: Sequence[Any], x: Any, y: Any) -> tuple[float, list[Any]]:
            if len(self.seen) == 5:
                raise KeyboardInterrupt
            return super().cost_and_gradient(parameters, x, y)

    done = descend(Interrupted(), start(7.0), X, Y, Settings(rate=0.25, batch=1, epochs=100))
    assert (done.stopped, done.end.epoch) == (Stop.INTERRUPTED, 1)
    assert done.end.cost == Bowl().cost(done.end.parameters, X, Y)


@pytest.mark.parametrize(
    "wrong",
    [
        {"rate": 0.0},
        {"rate": -1.0},
        {"rate": math.nan},
        {"rate": math.inf},
        {"epochs": -1},
        {"batch": 0},
        {"tolerance": -1e-9},
        {"tolerance": math.nan},
        {"seed": -1},
    ],
)
def test_settings_out_of_range_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(SymbackpropError, match="expected"):
        Settings(**wrong)
