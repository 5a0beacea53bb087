"""What descent trains: a network's parameters, the compiled steps that change them, and the samples."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from symbackprop.initialisation import Array
from symbackprop.network import Network, Total
from symbackprop.numpy_code import Compiled
from symbackprop.samples import Batch, Rows, Samples, blocks
from symbackprop.stepper import Bound, Stepper, make_stepper

WHOLE = 2**26  # bytes of samples and activations up to which the whole set is one step
PART = 2**23  # else it is taken in parts of so many bytes


class Trainer(Protocol):
    """A network in training on given samples, as `descent.Trainable`; `theta` is the flat array of all parameters."""

    @property
    def theta(self) -> Array: ...
    def __len__(self) -> int: ...
    def parameters(self) -> list[Array]: ...
    def measure(self) -> tuple[float, float]: ...
    def step(self, rate: float) -> None: ...
    def batch(self, chosen: Rows, rate: float) -> None: ...


@dataclass(eq=False)
class StepTrainer:
    """By the buffered step; a set too large for one call is measured in parts of `part` samples."""

    stepper: Stepper
    samples: Samples
    part: int
    whole: Bound | None
    total: Array | None

    @property
    def theta(self) -> Array:
        return self.stepper.theta

    def __len__(self) -> int:
        return len(self.samples)

    def parameters(self) -> list[Array]:
        """[W1, b1, …], copied out."""
        return self.stepper.parameters()

    def measure(self) -> tuple[float, float]:
        """The total cost of all samples and its gradient's norm; the gradient is kept for `step`."""
        cost = self._in_parts() if self.whole is None else self.whole.measure()
        return cost, self.stepper.gradient_norm()

    def step(self, rate: float) -> None:
        """One step with the gradient that was measured."""
        self.stepper.descend(rate)

    def batch(self, chosen: Rows, rate: float) -> None:
        """One step with the gradient of these samples."""
        self.stepper.batch(*self.samples.chosen(chosen)).step(rate)

    def _in_parts(self) -> float:
        if self.total is None:
            self.total = np.empty_like(self.stepper.gradient)
        self.total[...] = 0
        costs, counts = [], []
        for x, y in blocks(self.samples, self.part):
            bound = self.stepper.batch(x, y)
            costs.append(bound.measure(of=len(self.samples)))
            counts.append(len(x))
            np.add(self.total, self.stepper.gradient, out=self.total)
        self.stepper.gradient[...] = self.total
        return together(self.stepper.network, costs, counts, self.stepper.parameters())


def by_steps(
    network: Network, parameters: Sequence[Array], samples: Samples, batch: int | None = None, whole: int = WHOLE
) -> StepTrainer:
    """A trainer that starts at [W1, b1, …], which are copied.

    whole: bytes of samples and activations up to which they are all measured in one call.
    """
    stepper = make_stepper(network, parameters[0].dtype, parameters)
    row = sum(network.sizes or ()) * stepper.dtype.itemsize
    made = StepTrainer(stepper, samples, max(batch or 1, at_a_time(network)), None, None)
    if row * len(samples) <= whole:
        made.whole = stepper.bound(*samples.chosen(np.arange(len(samples))))
    return made


@dataclass(eq=False)
class FunctionTrainer:
    """By a compiled function for cost and gradient, on samples that are in memory."""

    compiled: Compiled
    theta: Array
    gradient: Array
    samples: Samples
    whole: Batch

    def __len__(self) -> int:
        return len(self.samples)

    def parameters(self) -> list[Array]:
        """[W1, b1, …], copied out."""
        return [p.copy() for p in self.compiled.unflatten(self.theta)]

    def measure(self) -> tuple[float, float]:
        """The total cost of all samples and its gradient's norm; the gradient is kept for `step`."""
        cost, self.gradient = self.compiled.cost_and_gradient_flat(self.theta, *self.whole)
        return cost, math.sqrt(np.sum(np.square(self.gradient, dtype=np.float64)))

    def step(self, rate: float) -> None:
        """One step with the gradient that was measured."""
        self.theta -= rate * self.gradient

    def batch(self, chosen: Rows, rate: float) -> None:
        """One step with the gradient of these samples."""
        _, gradient = self.compiled.cost_and_gradient_flat(self.theta, *self.samples.chosen(chosen))
        self.theta -= rate * gradient


def by_functions(compiled: Compiled, parameters: Sequence[Array], samples: Samples) -> FunctionTrainer:
    """A trainer that starts at [W1, b1, …], which are copied."""
    theta = compiled.flatten(parameters)
    x, y = samples.chosen(np.arange(len(samples)))
    return FunctionTrainer(compiled, theta, np.zeros_like(theta), samples, (x.copy(), y.copy()))


def at_a_time(network: Network) -> int:
    """How many samples to look at together where all may be too many."""
    return max(1, PART // (8 * sum(network.sizes or ())))


def together(network: Network, costs: Sequence[float], counts: Sequence[int], parameters: Sequence[Array]) -> float:
    """The total cost of samples from that of parts with so many samples each; weight decay counts once."""
    if network.total is Total.MEAN:
        return sum(cost * count for cost, count in zip(costs, counts, strict=True)) / sum(counts)
    if not network.weight_decay or len(costs) == 1:
        return sum(costs)
    squares = sum(float(np.sum(np.square(w, dtype=np.float64))) for w in parameters[::2])
    return sum(costs) - (len(costs) - 1) * float(network.weight_decay) / 2 * squares


def cost_of(compiled: Compiled, parameters: Sequence[Array], samples: Samples, size: int) -> float:
    """The total cost of samples, at most `size` at a time."""
    costs, counts = [], []
    for x, y in blocks(samples, size):
        costs.append(compiled.cost(parameters, x, y))
        counts.append(len(x))
    return together(compiled.network, costs, counts, parameters)
