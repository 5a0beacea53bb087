"""Steps of gradient descent on a network: a compiled step, its workspaces, and the update.

After the first step of each batch size nothing is allocated. What the user passed in and gets back never aliases a
buffer.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from symbackprop.errors import SymbackpropError
from symbackprop.network import Network
from symbackprop.numpy_code import Array, Compiled
from symbackprop.step_code import Program, step_function
from symbackprop.workspace import Workspace, floats, make_workspace


@dataclass(frozen=True, eq=False)
class Bound:
    """A step on one workspace, whose inputs and targets are in place."""

    function: Callable[..., Any]
    workspace: Workspace

    def gradient(self) -> None:
        """Leaves the gradient in the workspace."""
        self.function(*self.workspace.arguments)

    def step(self, rate: float) -> None:
        """w <- w - rate * dE/dw, two calls for all parameters together."""
        w = self.workspace
        self.function(*w.arguments)
        np.multiply(w.gradient, rate, out=w.gradient)
        np.subtract(w.theta, w.gradient, out=w.theta)


@dataclass(frozen=True, eq=False)
class Stepper:
    """A network in training; one workspace a batch size, all sharing the parameters."""

    network: Network
    dtype: Any
    function: Callable[..., Any]
    program: Program
    theta: Array
    flat_gradient: Array
    workspaces: dict[int, Workspace] = field(default_factory=dict)

    def workspace(self, samples: int) -> Workspace:
        """The buffers for that many samples, made when first asked for."""
        if samples not in self.workspaces:
            self.workspaces[samples] = make_workspace(
                self.network, self.program, samples, floats(self.dtype), self.theta, self.flat_gradient
            )
        return self.workspaces[samples]

    def bound(self, x: Array, y: Array) -> Bound:
        """Copy samples in: x (N, n_0), y (N, n_L)."""
        w = self.workspace(len(x))
        w.x[...], w.y[...] = x, y
        return Bound(self.function, w)

    def chosen(self, x: Array, y: Array, order: Array) -> Bound:
        """Copy the samples of those numbers in: one mini-batch, straight from the data set (also a memory map)."""
        w = self.workspace(len(order))
        w.x[...], w.y[...] = x[order], y[order]
        return Bound(self.function, w)

    def _any_workspace(self) -> Workspace:
        return self.workspace(next(iter(self.workspaces), 1))

    def parameters(self) -> list[Array]:
        """[W1, b1, …], copied out."""
        return self._any_workspace().parameters()

    def load(self, parameters: Sequence[Array]) -> None:
        """Copy [W1, b1, …] in."""
        self._any_workspace().load(parameters)


@dataclass(eq=False)
class Buffered:
    """A compiled network whose cost and gradient come from the step's buffers: what descent trains with.

    The samples are copied in once: the same x and y again cost nothing.
    """

    compiled: Compiled
    steppers: dict[Any, Stepper] = field(default_factory=dict)
    last: tuple[Array, Array] | None = None

    def predict(self, parameters: Sequence[Array], x: Array) -> Array:
        return self.compiled.predict(parameters, x)

    def cost(self, parameters: Sequence[Array], x: Array, y: Array) -> float:
        return self.compiled.cost(parameters, x, y)

    def cost_and_gradient(self, parameters: Sequence[Array], x: Array, y: Array) -> tuple[float, list[Array]]:
        """The total cost and its gradient in arrays of their own, as `Compiled.cost_and_gradient`."""
        dtype = parameters[0].dtype
        if dtype not in self.steppers:
            self.steppers[dtype], self.last = make_stepper(self.compiled.network, dtype, with_cost=True), None
        stepper = self.steppers[dtype]
        workspace = stepper.workspace(len(x))
        if self.last is None or self.last[0] is not x or self.last[1] is not y:
            workspace.x[...], workspace.y[...] = x, y
            self.last = (x, y)
        workspace.load(parameters)
        cost = stepper.function(*workspace.arguments)
        return float(cost), workspace.gradients()


def make_stepper(
    network: Network, dtype: Any, parameters: Sequence[Array] | None = None, with_cost: bool = False
) -> Stepper:
    """A stepper for a network whose functions are all named. Raises SymbackpropError where one is 'any'."""
    if not network.compilable:
        raise SymbackpropError("nothing to compile: give the sizes, and name every function (not 'any')")
    function, program = step_function(network, with_cost)
    empty = floats(np.dtype(dtype))
    count = (network.parameters or 0,)
    stepper = Stepper(network, np.dtype(dtype), function, program, empty(count, False), empty(count, False))
    if parameters is not None:
        stepper.load(parameters)
    return stepper
