"""The gradient functions that are certified: the compiled one, the buffered step that trains, a user's own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from symbackprop.certificate import Certificate
from symbackprop.degrees import CONSTANT, FRESH
from symbackprop.errors import SymbackpropError
from symbackprop.fields import Array
from symbackprop.gradient_judge import WANTED, Gradient, Judge
from symbackprop.limbs import LARGE
from symbackprop.network import Network
from symbackprop.numpy_code import Compiled, Part
from symbackprop.residue_arrays import ResidueArray
from symbackprop.step_code import step_function
from symbackprop.workspace import Allocator, floats, make_workspace, views

CERTIFIED_RATE = 3  # neither 0 nor 1: a rate taken twice or not at all shows


def certify_compiled(compiled: Compiled, samples: tuple[int, ...] = (1, 3), seed: int = 0) -> Certificate:
    """Certify the compiled `cost_and_gradient`, for each batch size."""
    function = compiled.functions[Part.COST_AND_GRADIENT]

    def gradient(parameters: Sequence[Any], x: Any, y: Any) -> list[Any]:
        return list(function(*parameters, x, y)[1:])

    return _certified(Judge(compiled.network, gradient, seed, alike=True), samples)


def certify_step(
    network: Network, samples: tuple[int, ...] = (3,), seed: int = 0, with_cost: bool = False
) -> Certificate:
    """Certify the buffered step that trains: the same function, its workspace made of exact numbers.

    The step is judged by what it leaves in the parameters: they go by the rate times the gradient. `with_cost`: the
    function that measures the cost and leaves its gradient.
    """
    if with_cost:
        measured = Measured(network)
        return _certified(Judge(network, measured.gradient, seed, alike=True, storage=measured.storage), samples)
    function, program = step_function(network)

    def gradient(parameters: Sequence[Any], x: Any, y: Any) -> list[Any]:
        workspace = make_workspace(network, [program], len(x), allocator_like(x))
        workspace.load(parameters)
        workspace.fill(x, y)
        workspace.set_rate(CERTIFIED_RATE)
        function(*workspace.arguments[0])
        pairs = zip(parameters, workspace.parameters(), strict=True)
        return [(before - after) / CERTIFIED_RATE for before, after in pairs]

    return _certified(Judge(network, gradient, seed, alike=True), samples)


class Measured:
    """The buffered function of cost and gradient; the parameters of a point lie where it reads them."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.function, self.program = step_function(network, with_cost=True)
        self.theta: Array = np.empty(0)

    def storage(self, lead: tuple[int, ...], dtype: Any) -> list[Array]:
        """One array for all parameters, and the views of it that are the single ones."""
        self.theta = np.empty((*lead, self.network.parameters or 0), dtype=dtype)
        return views(self.network, self.theta, lead)

    def gradient(self, parameters: Sequence[Any], x: Any, y: Any) -> list[Any]:
        """dE/dW1, dE/db1, … at the parameters that were put into the storage, as views of one array."""
        theta = x.made(self.theta, FRESH) if isinstance(x, ResidueArray) else self.theta
        workspace = make_workspace(self.network, [self.program], len(x), allocator_like(x), theta)
        workspace.fill(x, y)
        self.function(*workspace.arguments[0])
        return views(self.network, workspace.gradient)


def allocator_like(x: Any) -> Allocator:
    """Arrays of the kind that x is: residues of the same run, or floats of the same type."""
    if not isinstance(x, ResidueArray):
        return floats(x.dtype)

    def empty(shape: tuple[int, ...], boolean: bool) -> ResidueArray:
        kind = np.int32 if np.prod(shape) >= LARGE else np.int64
        return x.made(np.zeros((len(x.value), *shape), dtype=kind), CONSTANT)

    return Allocator(empty, lambda number: number)


def certify_gradient(
    network: Network, gradient: Gradient, samples: tuple[int, ...] = (1, 3), seed: int = 0
) -> Certificate:
    """Certify `gradient(parameters, x, y)`: a list of arrays in the parameters' order [W1, b1, W2, …] and shapes.

    x and y have one sample a row. The function runs over exact numbers and, once, over floats. Raises
    SymbackpropError, saying what, where it does something that exact numbers cannot follow, or returns other shapes.
    """
    if not network.compilable:
        raise SymbackpropError("nothing to certify: give the sizes, and name every function (not 'any')")
    return _certified(Judge(network, gradient, seed), samples)


def _certified(judge: Judge, samples: tuple[int, ...]) -> Certificate:
    network, worst, signs = judge.network, 0.0, 0
    for number, count in enumerate(samples):
        bound, drawn = judge.exactly(count, judge.seed + 1000 * number)
        if bound is None:
            return judge.refuted(samples)
        worst, signs = max(worst, bound), signs + drawn
    wrong = judge.wrong_in_floats(max(samples))
    undecided = "" if worst <= WANTED else f"no bound below {WANTED:g} on a wrong gradient that passes: {worst:.1e}"
    return Certificate(network.parameters or 0, worst, samples, signs, wrong, "" if wrong else undecided)
