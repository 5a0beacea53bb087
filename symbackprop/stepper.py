"""Steps of gradient descent on a network: the compiled functions, and their workspaces.

After the first step of each batch size nothing is allocated. What the user passed in and gets back never aliases a
buffer.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from symbackprop.errors import SymbackpropError
from symbackprop.network import Network
from symbackprop.numpy_code import Array
from symbackprop.step_code import Program, step_function
from symbackprop.workspace import Workspace, floats, make_workspace, split, views

SMALL = 2**20  # bytes: samples up to this size are kept by rows and by columns


@dataclass(eq=False)
class Bound:
    """The step and the measuring function on one workspace, whose inputs and targets are in place."""

    workspace: Workspace
    step_function: Callable[..., Any]
    measure_function: Callable[..., Any]
    rate: tuple[float, int | None] = (1.0, None)  # what the workspace has

    def step(self, rate: float) -> None:
        """w <- w - rate * dE/dw."""
        if self.rate != (rate, None):
            self._set(rate, None)
        self.step_function(*self.workspace.arguments[0])

    def measure(self, of: int | None = None) -> float:
        """The total cost of these samples; leaves its gradient in the workspace.

        of: the gradient's share where these samples are a part of so many; shares add up to the whole gradient.
        """
        if self.rate != (1.0, of):
            self._set(1.0, of)
        return float(self.measure_function(*self.workspace.arguments[1]))

    def _set(self, rate: float, of: int | None) -> None:
        self.workspace.set_rate(rate, of)
        self.rate = rate, of


@dataclass(frozen=True, eq=False)
class Stepper:
    """A network in training; one workspace a batch size, all sharing the parameters."""

    network: Network
    dtype: np.dtype[Any]
    functions: tuple[Callable[..., Any], Callable[..., Any]]
    programs: tuple[Program, Program]
    theta: Array
    gradient: Array
    squares: Array
    made: dict[tuple[int, bool], Bound] = field(default_factory=dict)

    def _bound(self, samples: int, by_columns: bool) -> Bound:
        """The buffers for that many samples, made when first asked for."""
        key = samples, by_columns
        if key not in self.made:
            make = floats(self.dtype)
            workspace = make_workspace(
                self.network, self.programs, samples, make, self.theta, self.gradient, by_columns
            )
            self.made[key] = Bound(workspace, *self.functions)
        return self.made[key]

    def bound(self, x: Array, y: Array) -> Bound:
        """Copy samples in, for many steps: x (N, n_0), y (N, n_L)."""
        made = self._bound(len(x), x.shape[0] * x.shape[1] * self.dtype.itemsize <= SMALL)
        made.workspace.fill(x, y)
        return made

    def batch(self, x: Array, y: Array) -> Bound:
        """Copy samples in, for one step: x (N, n_0), y (N, n_L)."""
        made = self._bound(len(x), False)
        made.workspace.fill(x, y)
        return made

    def descend(self, rate: float) -> None:
        """w <- w - rate * the gradient that was last measured."""
        np.multiply(self.gradient, rate, out=self.gradient)
        np.subtract(self.theta, self.gradient, out=self.theta)

    def gradient_norm(self) -> float:
        """The length of the gradient that was last measured, its squares summed in double precision."""
        np.square(self.gradient, out=self.squares, dtype=np.float64)
        return math.sqrt(np.add.reduce(self.squares))

    def parameters(self) -> list[Array]:
        """[W1, b1, …], copied out."""
        return split(self.network, self.theta)

    def load(self, parameters: Sequence[Array]) -> None:
        """Copy [W1, b1, …] in."""
        for own, given in zip(views(self.network, self.theta), parameters, strict=True):
            own[...] = given


def make_stepper(network: Network, dtype: Any, parameters: Sequence[Array] | None = None) -> Stepper:
    """A stepper for a network whose functions are all named. Raises SymbackpropError where one is 'any'."""
    if not network.compilable:
        raise SymbackpropError("nothing to compile: give the sizes, and name every function (not 'any')")
    step, program = step_function(network)
    measure, measuring = step_function(network, with_cost=True)
    kind, count = np.dtype(dtype), (network.parameters or 0,)
    theta, gradient = (floats(kind).filled(count, 0) for _ in range(2))
    squares = np.empty(count, dtype=np.float64)
    stepper = Stepper(network, kind, (step, measure), (program, measuring), theta, gradient, squares)
    if parameters is not None:
        stepper.load(parameters)
    return stepper
