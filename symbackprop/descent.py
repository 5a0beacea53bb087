"""Gradient descent as derived: every parameter w becomes w - mu dE/dw, with E the network's total cost.

For a mean over N samples that is w - mu/N sum_s dE_s/dw; for a sum the 1/N is not there.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

import numpy as np

from symbackprop.errors import SymbackpropError
from symbackprop.initialisation import Array

GROWTH, PATIENCE = (
    1.5,
    10,
)  # diverged: this many epochs in succession, the cost above this many times the first one


class Trainable(Protocol):
    """What descent needs of a compiled network; parameters are [W1, b1, …], x is (N, n_0), y is (N, n_L)."""

    def predict(self, parameters: Sequence[Array], x: Array) -> Array: ...
    def cost(self, parameters: Sequence[Array], x: Array, y: Array) -> float: ...
    def cost_and_gradient(self, parameters: Sequence[Array], x: Array, y: Array) -> tuple[float, Sequence[Array]]: ...


class Stop(Enum):
    """Why training ended."""

    EPOCHS = "epochs done"
    TOLERANCE = "tolerance reached"
    DIVERGED = "diverged"
    INTERRUPTED = "interrupted"


@dataclass(frozen=True)
class Settings:
    """rate: mu. epochs: how many more. batch: samples a step, None for the whole set, as derived. tolerance:
    the gradient's norm at which dE/dw = 0 counts as reached. seed: fixes the order of the samples in
    mini-batches."""

    rate: float = 0.5
    epochs: int = 2000
    batch: int | None = None
    tolerance: float = 1e-6
    seed: int = 0

    def __post_init__(self) -> None:
        if not (math.isfinite(self.rate) and self.rate > 0):
            raise SymbackpropError(f"a rate of {self.rate:g}: expected a number above 0, such as 0.5")
        if self.epochs < 0:
            raise SymbackpropError(f"{self.epochs} epochs: expected a whole number of at least 0")
        if self.batch is not None and self.batch < 1:
            raise SymbackpropError(f"batches of {self.batch} samples: expected at least 1")
        if not (math.isfinite(self.tolerance) and self.tolerance >= 0):
            raise SymbackpropError(f"a tolerance of {self.tolerance:g}: expected a number of at least 0")
        if self.seed < 0:
            raise SymbackpropError(f"a seed of {self.seed}: expected a whole number of at least 0")


@dataclass(frozen=True, eq=False)
class Point:
    """Parameters after `epoch` epochs, with the total cost and the gradient's norm over all training samples
    there."""

    epoch: int
    cost: float
    gradient_norm: float
    parameters: Sequence[Array]

    @property
    def finite(self) -> bool:
        return math.isfinite(self.cost) and math.isfinite(self.gradient_norm)


@dataclass(frozen=True, eq=False)
class Descent:
    """Where descent ended; after divergence `end` is the point of lowest cost, `reached` the epoch that
    broke off."""

    end: Point
    stopped: Stop
    first_cost: float
    reached: int


def descend(
    compiled: Trainable,
    start: Sequence[Array],
    x: Array,
    y: Array,
    settings: Settings,
    done: int = 0,
    first_cost: float | None = None,
    on_epoch: Callable[[Point], None] = lambda point: None,
) -> Descent:
    """Trains from `start` for `settings.epochs` epochs; `done` and `first_cost` continue an earlier training.

    `start` is not changed. An interrupt ends at the last finished epoch, divergence at the point of lowest
    cost. Raises SymbackpropError where the cost is not finite to begin with.
    """
    here, gradient = _measured(compiled, done, start, x, y)
    _check_start(here)
    best, first, high = here, max(here.cost, first_cost or -math.inf), 0
    try:
        while True:
            on_epoch(here)
            stopped = _end(here, settings, done + settings.epochs)
            if stopped is not None:
                return Descent(here, stopped, first, here.epoch)
            parameters = _epoch(compiled, here, gradient, x, y, settings)
            new, gradient = _measured(compiled, here.epoch + 1, parameters, x, y)
            high = high + 1 if new.cost > GROWTH * first else 0
            if not new.finite or high == PATIENCE:
                return Descent(best, Stop.DIVERGED, first, new.epoch)
            here = new
            best = here if here.cost < best.cost else best
    except KeyboardInterrupt:  # asked to stop: `here` is the last epoch that was finished and measured
        return Descent(here, Stop.INTERRUPTED, first, here.epoch)


def _check_start(point: Point) -> None:
    if not point.finite:
        raise SymbackpropError(
            f"the cost is {point.cost:g} before the first step, its gradient {point.gradient_norm:g}:"
            " the features or targets are too large; scale them"
        )


def _end(point: Point, settings: Settings, last: int) -> Stop | None:
    if point.gradient_norm <= settings.tolerance:
        return Stop.TOLERANCE
    return Stop.EPOCHS if point.epoch >= last else None


def _measured(
    compiled: Trainable, epoch: int, parameters: Sequence[Array], x: Array, y: Array
) -> tuple[Point, Sequence[Array]]:
    with np.errstate(all="ignore"):  # what overflows is seen in the values, and said in words
        cost, gradient = compiled.cost_and_gradient(parameters, x, y)
        norm = math.sqrt(sum(float(np.sum(np.square(g, dtype=np.float64))) for g in gradient))
    return Point(epoch, float(cost), norm, parameters), gradient


def _epoch(
    compiled: Trainable, here: Point, gradient: Sequence[Array], x: Array, y: Array, settings: Settings
) -> Sequence[Array]:
    """One step with the gradient over the whole set, or one with each mini-batch, in an order of this
    epoch's own."""
    if settings.batch is None or settings.batch >= len(x):
        return _step(here.parameters, gradient, settings.rate)
    parameters = here.parameters
    order = np.random.default_rng((settings.seed, 2, here.epoch)).permutation(len(x))
    for begin in range(0, len(x), settings.batch):
        chosen = order[begin : begin + settings.batch]
        with np.errstate(all="ignore"):
            _, part = compiled.cost_and_gradient(parameters, x[chosen], y[chosen])
        parameters = _step(parameters, part, settings.rate)
    return parameters


def _step(parameters: Sequence[Array], gradient: Sequence[Array], rate: float) -> list[Array]:
    """New arrays, so that an interrupt never finds half of a step taken."""
    with np.errstate(all="ignore"):
        return [w - rate * g for w, g in zip(parameters, gradient, strict=True)]
