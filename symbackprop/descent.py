"""Gradient descent as derived: every parameter w becomes w - mu dE/dw, with E the network's total cost.

For a mean over N samples that is w - mu/N sum_s dE_s/dw; for a sum the 1/N is not there.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

import numpy as np

from symbackprop.errors import SymbackpropError
from symbackprop.initialisation import Array
from symbackprop.samples import Rows

# diverged: PATIENCE epochs in succession with a cost above GROWTH times the first one
GROWTH, PATIENCE = 1.5, 10


class Trainable(Protocol):
    """What descent moves: `theta`, one flat array of all parameters, changed in place; its length is N samples'."""

    @property
    def theta(self) -> Array: ...
    def __len__(self) -> int: ...
    def measure(self) -> tuple[float, float]:
        """The total cost of all samples and its gradient's norm; the gradient is kept for `step`."""
        ...

    def step(self, rate: float) -> None:
        """theta <- theta - rate times the measured gradient."""
        ...

    def batch(self, chosen: Rows, rate: float) -> None:
        """theta <- theta - rate times the gradient of the total cost of the samples of these numbers."""
        ...


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


@dataclass(frozen=True)
class Point:
    """After `epoch` epochs: the total cost and the gradient's norm over all training samples."""

    epoch: int
    cost: float
    gradient_norm: float

    @property
    def finite(self) -> bool:
        return math.isfinite(self.cost) and math.isfinite(self.gradient_norm)


@dataclass(frozen=True, eq=False)
class Descent:
    """Where descent ended, which is where `theta` is left; after divergence `end` is the point of lowest cost,
    `reached` the epoch that broke off."""

    end: Point
    stopped: Stop
    first_cost: float
    reached: int


def descend(
    trained: Trainable,
    settings: Settings,
    done: int = 0,
    first_cost: float | None = None,
    on_epoch: Callable[[Point], None] = lambda point: None,
) -> Descent:
    """Trains for `settings.epochs` epochs; `done` and `first_cost` continue an earlier training.

    on_epoch: called when `theta` is at the point. An interrupt ends at the last finished epoch, divergence at the point
    of lowest cost. Raises SymbackpropError where the cost is not finite to begin with.
    """
    with np.errstate(all="ignore"):  # what overflows is seen in the values, and said in words
        here = Point(done, *trained.measure())
    _check_start(here)
    theta, best, first, high = trained.theta, here, max(here.cost, first_cost or -math.inf), 0
    kept, at_here, at_best = [theta.copy() for _ in range(3)], 0, 0
    try:
        while True:
            on_epoch(here)
            stopped = _end(here, settings, done + settings.epochs)
            if stopped is not None:
                return Descent(here, stopped, first, here.epoch)
            with np.errstate(all="ignore"):
                _epoch(trained, here.epoch, settings)
                new = Point(here.epoch + 1, *trained.measure())
            high = high + 1 if new.cost > GROWTH * first else 0
            if not new.finite or high == PATIENCE:
                theta[...] = kept[at_best]
                return Descent(best, Stop.DIVERGED, first, new.epoch)
            free = next(k for k in range(3) if k not in (at_here, at_best))
            kept[free][...] = theta
            here, at_here = new, free
            if here.cost < best.cost:
                best, at_best = here, at_here
    except KeyboardInterrupt:  # asked to stop: `here` is the last epoch that was finished and measured
        theta[...] = kept[at_here]
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


def _epoch(trained: Trainable, epoch: int, settings: Settings) -> None:
    """One step with the gradient over the whole set, or one with each mini-batch, in an order of this
    epoch's own."""
    samples, batch = len(trained), settings.batch
    if batch is None or batch >= samples:
        trained.step(settings.rate)
        return
    order = np.random.default_rng((settings.seed, 2, epoch)).permutation(samples)
    for begin in range(0, samples, batch):
        trained.batch(order[begin : begin + batch], settings.rate)
