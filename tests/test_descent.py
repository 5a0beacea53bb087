"""Gradient descent on a bowl whose every step is known by hand."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from symbackprop.descent import GROWTH, PATIENCE, Point, Settings, Stop, descend
from symbackprop.errors import SymbackpropError


class Bowl:
    """E = 1/N sum_s (w - y_s)^2 / 2: the gradient is w - mean(y), and a step goes rate times the way to the mean."""

    def __init__(self, start: float, y: Any = None, dtype: str = "float64") -> None:
        self.theta = np.array([start], dtype=dtype)
        self.y = (Y if y is None else y).astype(dtype)
        self.gradient = np.zeros_like(self.theta)
        self.seen: list[int] = []

    def __len__(self) -> int:
        return len(self.y)

    @property
    def w(self) -> float:
        return float(self.theta[0])

    def cost(self, y: Any) -> float:
        return float(np.mean((self.theta - y) ** 2) / 2)

    def slope(self, y: Any) -> Any:
        self.seen.append(len(y))
        return self.theta - np.mean(y, dtype=y.dtype)

    def measure(self) -> tuple[float, float]:
        self.gradient = self.slope(self.y)
        return self.cost(self.y), abs(float(self.gradient[0]))

    def step(self, rate: float) -> None:
        self.theta -= rate * self.gradient

    def batch(self, chosen: Any, rate: float) -> None:
        self.theta -= rate * self.slope(self.y[chosen])


Y = np.array([[1.0], [2.0], [6.0]])


def test_each_step_is_the_rate_times_the_mean_gradient() -> None:
    bowl, path, ways = Bowl(7.0), [], []

    def see(point: Point) -> None:
        path.append(point)
        ways.append(bowl.w)

    done = descend(bowl, Settings(rate=0.25, epochs=3), on_epoch=see)
    assert ways == [7.0, 6.0, 5.25, 4.6875]  # a quarter of the way to 3
    assert [p.gradient_norm for p in path] == [4.0, 3.0, 2.25, 1.6875]
    assert (done.stopped, done.end.epoch) == (Stop.EPOCHS, 3)


def test_cost_and_norm_belong_to_the_parameters_that_are_left() -> None:
    bowl = Bowl(7.0)
    end = descend(bowl, Settings(epochs=5)).end
    assert (end.cost, end.gradient_norm) == bowl.measure()


def test_no_epochs_measure_and_change_nothing() -> None:
    bowl = Bowl(7.0)
    done = descend(bowl, Settings(epochs=0))
    assert (done.stopped, done.end.epoch, bowl.w) == (Stop.EPOCHS, 0, 7.0)


def test_descent_stops_where_the_gradient_is_nearly_zero() -> None:
    done = descend(Bowl(7.0), Settings(rate=0.5, epochs=1000, tolerance=1e-3))
    assert done.stopped is Stop.TOLERANCE
    assert done.end.gradient_norm <= 1e-3 < 2 * done.end.gradient_norm
    assert done.end.epoch == 12  # 4 / 2^12 is the first below 1e-3


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_precision_stays_what_it_was(dtype: str) -> None:
    bowl = Bowl(7.0, dtype=dtype)
    descend(bowl, Settings(epochs=3, batch=2))
    assert bowl.theta.dtype == dtype


def test_mini_batches_see_every_sample_once_an_epoch_the_last_batch_smaller() -> None:
    bowl = Bowl(7.0)
    descend(bowl, Settings(epochs=2, batch=2))
    assert bowl.seen == [3, 2, 1, 3, 2, 1, 3]  # whole set to measure, then the batches


def test_a_batch_of_all_samples_is_the_whole_set() -> None:
    bowls = [Bowl(7.0) for _ in range(3)]
    for bowl, batch in zip(bowls, (None, 3, 99), strict=True):
        descend(bowl, Settings(epochs=4, batch=batch))
    assert len({bowl.w for bowl in bowls}) == 1


def test_the_seed_decides_the_order_and_another_seed_another_one() -> None:
    def end(seed: int) -> float:
        bowl = Bowl(0.0, np.arange(50.0)[:, None])
        descend(bowl, Settings(epochs=1, batch=1, seed=seed))
        return bowl.w

    assert end(1) == end(1)
    assert end(1) != end(2)


def test_going_on_is_the_same_as_never_having_stopped() -> None:
    def settings(epochs: int) -> Settings:
        return Settings(rate=0.1, epochs=epochs, batch=2, seed=5)

    whole, parts = Bowl(7.0), Bowl(7.0)
    descend(whole, settings(10))
    half = descend(parts, settings(4))
    rest = descend(parts, settings(6), done=4, first_cost=half.first_cost)
    assert rest.end.epoch == 10
    assert parts.w == whole.w


def test_a_cost_that_keeps_growing_stops_with_the_lowest_point() -> None:
    bowl = Bowl(7.0)
    done = descend(bowl, Settings(rate=2.5, epochs=1000))
    assert done.stopped is Stop.DIVERGED
    assert (done.end.epoch, bowl.w) == (0, 7.0)
    assert done.reached == PATIENCE


class Scripted(Bowl):
    """Costs and slopes by the number of the measurement; theta counts the steps."""

    def __init__(self, costs: list[float], slopes: list[float]) -> None:
        super().__init__(0.0)
        self.costs, self.slopes = costs, slopes

    def measure(self) -> tuple[float, float]:
        self.seen.append(3)
        at = len(self.seen) - 1
        return self.costs[min(at, len(self.costs) - 1)], self.slopes[min(at, len(self.slopes) - 1)]

    def step(self, rate: float) -> None:
        self.theta += 1


def test_a_cost_that_rises_and_comes_down_again_is_let_go_on() -> None:
    heights = [1.0, *[2 * GROWTH] * (PATIENCE - 1), 0.5]
    assert descend(Scripted(heights, [1.0]), Settings(epochs=20)).stopped is Stop.EPOCHS


@pytest.mark.parametrize(("cost", "slope"), [(math.nan, 1.0), (math.inf, 1.0), (0.5, math.nan), (0.5, math.inf)])
def test_what_is_no_number_ends_training_with_the_last_good_parameters(cost: float, slope: float) -> None:
    bowl = Scripted([2.0, 1.0, cost], [1.0, 1.0, slope])
    done = descend(bowl, Settings(epochs=20))
    assert (done.stopped, done.end.epoch, done.end.cost, done.reached) == (Stop.DIVERGED, 1, 1.0, 2)
    assert bowl.w == 1.0


def test_divergence_goes_back_to_the_lowest_point_however_long_ago() -> None:
    """The lowest cost is that of epoch 3, its parameters kept while others come and go."""
    costs = [5.0, 4.0, 3.0, 1.0, *[2.0, 6.0] * 3, *[99.0] * 20]
    bowl = Scripted(costs, [1.0])
    done = descend(bowl, Settings(epochs=100))
    assert (done.stopped, done.end.epoch, bowl.w) == (Stop.DIVERGED, 3, 3.0)


def test_overflow_on_the_way_out_gives_no_warning() -> None:
    bowl = Bowl(-3e38, np.full((3, 1), 3e38), "float32")
    with pytest.raises(SymbackpropError, match="before the first step"):
        descend(bowl, Settings())


def test_an_interrupt_ends_at_the_last_finished_epoch() -> None:
    class Interrupted(Bowl):
        def slope(self, y: Any) -> Any:
            if len(self.seen) == 7:
                raise KeyboardInterrupt
            return super().slope(y)

    bowl, same = Interrupted(7.0), Bowl(7.0)
    done = descend(bowl, Settings(rate=0.25, batch=1, epochs=100))
    descend(same, Settings(rate=0.25, batch=1, epochs=1))
    assert (done.stopped, done.end.epoch) == (Stop.INTERRUPTED, 1)
    assert (bowl.w, done.end.cost) == (same.w, bowl.cost(Y))


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
