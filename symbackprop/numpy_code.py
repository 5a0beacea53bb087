"""Compilation: the proven batch equations of a given network as straight-line NumPy functions.

`sympy.lambdify` compiles them, with the printer of `array_code.py`. A formula whose claim is not PROVED is refused.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import pairwise
from typing import Any

import numpy as np
import sympy

from symbackprop import matrices as mx
from symbackprop.array_code import ArrayPrinter, Count, Literal, Operation, Summed, Traced, Turned, called, numpy_names
from symbackprop.backprop import Equation, claims, equations
from symbackprop.claims import Claim, Form
from symbackprop.errors import NotProved, SymbackpropError
from symbackprop.functions import COSTS, SOFTMAX
from symbackprop.lower import Lowering, X, Y, array, softmax, total
from symbackprop.network import Network, Symbols, Total
from symbackprop.notation import Layer
from symbackprop.prove import Verdict, prove
from symbackprop.rows import row_claims, stable_cost

Array = np.ndarray[Any, Any]
Statement = tuple[sympy.Symbol, sympy.Expr]


class Part(Enum):
    """The three functions of a compiled network."""

    PREDICT = "predict"
    COST = "cost"
    COST_AND_GRADIENT = "cost_and_gradient"


def forward(network: Network) -> list[Statement]:
    """z_l = a_(l-1) W_l^T + b_l and a_l = f(z_l), the definitions with samples as rows."""
    q, made = Symbols(batch=True), []
    here = Layer("l")
    definition = mx.Product(mx.Whole(q.w(here)), mx.Whole(q.a(here - 1)))
    depth = len(network.sizes or ()) - 1
    for layer in range(1, depth + 1):
        lowering = Lowering(network, layer)
        z = lowering.lower(definition, turned=True) + Traced(array("b", layer))
        made.append((array("z", layer), z.node))
        if layer == depth and network.output == SOFTMAX:
            e, sums, _ = softmax(array("z", layer))
            made.append((array("a", layer), (e / sums).node))
        else:
            value = lowering.mapped("", mx.Whole(q.z(here)), 0, turned=True)
            made.append((array("a", layer), value.node))
    return made


def cost_statement(network: Network, sums_along: int = 1) -> Statement:
    """The total cost, from the pre-activations where the output's values would lose digits.

    sums_along: the axis along which one sample's outputs lie.
    """
    lowering = Lowering(network, 0)
    m, y = lowering.primitives, Traced(Y)
    z = Traced(array("z", lowering.depth))
    a = Traced(array("a", lowering.depth))
    if network.output == SOFTMAX and network.cost == "cross_entropy":
        _, sums, largest = softmax(array("z", lowering.depth), sums_along)
        whole = (called("log", sums) + largest) * _sums(y, sums_along) - _sums(y * z, sums_along)
    else:
        share = stable_cost(network, z, y, m)
        whole = COSTS[network.cost].formula(a, y, m) if share is None else share
    cost = total(whole)
    if network.total is Total.MEAN:
        cost = cost / Traced(Count(X))
    if network.weight_decay:
        squares = [total(Traced(array("w", k)) * Traced(array("w", k))) for k in range(1, lowering.depth + 1)]
        decay = squares[0]
        for square in squares[1:]:
            decay = decay + square
        cost = cost + m.number(network.weight_decay / 2) * decay
    return sympy.Symbol("cost"), cost.node


def _sums(y: Traced, axis: int) -> Traced:
    return Traced(Summed(y.node, axis, 1))


def backward(network: Network) -> list[Statement]:
    """The proven batch equations from the last layer down: d_l, and the gradients gW_l, gb_l."""
    sides = equations(network, batch=True)
    depth = len(network.sizes or ()) - 1
    made: list[Statement] = []
    for layer in range(depth, 0, -1):
        lowering = Lowering(network, layer)
        delta = sides[Equation.OUTPUT if layer == depth else Equation.HIDDEN].matrix_right
        made.append((array("delta", layer), lowering.lower(delta, turned=True).node))
        made.append((gradient_name("w", layer), lowering.lower(sides[Equation.WEIGHT].matrix_right, False).node))
        made.append((gradient_name("b", layer), lowering.lower(sides[Equation.BIAS].matrix_right, False).node))
    return made


def gradient_name(symbol: str, layer: int) -> sympy.Symbol:
    """The name of a parameter's gradient in the code: gW1, gb1."""
    return sympy.Symbol(f"g{array(symbol, layer)}")


def statements(
    network: Network, part: Part, steps: list[Statement] | None = None
) -> tuple[list[Statement], list[sympy.Expr]]:
    """What a function computes, in order, nothing twice; and what it returns. `steps`: see `function`."""
    depth = len(network.sizes or ()) - 1
    made = forward(network)
    if part is Part.PREDICT:
        return shared(made), [array("a", depth)]
    made.append(cost_statement(network))
    results: list[sympy.Expr] = [sympy.Symbol("cost")]
    if part is Part.COST_AND_GRADIENT:
        made += backward(network) if steps is None else steps
        results += [gradient_name(kind, layer) for layer in range(1, depth + 1) for kind in "wb"]
    return shared(_needed(made, results)), results


def _needed(made: list[Statement], results: list[sympy.Expr]) -> list[Statement]:
    """Without the statements that nothing uses."""
    wanted = set(results)
    kept = []
    for name, node in reversed(made):
        if name in wanted:
            kept.append((name, node))
            wanted |= node.free_symbols
    return kept[::-1]


def shared(made: list[Statement]) -> list[Statement]:
    """Operations that stand in several places computed once, under a name of their own."""
    counts = _uses(node for _, node in made)
    names: dict[sympy.Expr, sympy.Symbol] = {}
    written: list[Statement] = []

    def rewritten(node: sympy.Expr, top: bool) -> sympy.Expr:
        if node in names:
            return names[node]
        if not isinstance(node, Operation) or isinstance(node, Literal):
            return node
        new = node.func(*(rewritten(part, False) for part in node.args))
        if top or counts.get(node, 0) < 2 or isinstance(node, Turned | Count):
            return new
        names[node] = sympy.Symbol(f"t{len(names) + 1}")
        written.append((names[node], new))
        return names[node]

    for name, node in made:
        new = rewritten(node, True)
        written.append((name, new))
        names.setdefault(node, name)
    return written


def _uses(nodes: Iterable[sympy.Expr]) -> dict[sympy.Expr, int]:
    """How many different places use each operation; what stands inside a shared one is used once."""
    counts: dict[sympy.Expr, int] = {}

    def use(node: sympy.Expr) -> None:
        if not isinstance(node, Operation) or isinstance(node, Literal):
            return
        counts[node] = counts.get(node, 0) + 1
        if counts[node] == 1:
            for part in node.args:
                use(part)

    for node in nodes:
        use(node)
    return counts


def function(network: Network, part: Part, steps: list[Statement] | None = None) -> Callable[..., Any]:
    """lambdify's function: arguments W1, b1, W2, b2, …, x and, except for predict, y.

    steps: what computes the gradients gW1, gb1, …, in place of the equations of `backprop`.
    """
    made, results = statements(network, part, steps)
    depth = len(network.sizes or ()) - 1
    arguments = [array(kind, layer) for layer in range(1, depth + 1) for kind in "wb"]
    arguments += [X] if part is Part.PREDICT else [X, Y]
    printer = ArrayPrinter({"fully_qualified_modules": False, "inline": True, "allow_unknown_functions": False})
    outcome = results[0] if len(results) == 1 else results
    made_function: Callable[..., Any] = sympy.lambdify(
        arguments, outcome, modules=[numpy_names()], printer=printer, cse=lambda exprs: (made, exprs), docstring_limit=0
    )
    return made_function


@dataclass(frozen=True)
class Compiled:
    """A network's functions, compiled from its proven formulas.

    parameters: [W1, b1, W2, b2, …], W_l of shape (n_l, n_(l-1)), b_l of shape (n_l,). x: (N, n_0), y: (N, n_L),
    samples in rows. float32 stays float32.
    """

    network: Network
    verdicts: tuple[Verdict, ...]
    functions: dict[Part, Callable[..., Any]]

    def predict(self, parameters: Sequence[Any], x: Any) -> Array:
        """The output activations, shape (N, n_L)."""
        with _quiet():
            made: Array = self.functions[Part.PREDICT](*self._arrays(parameters), *self._samples(x))
        return made

    def cost(self, parameters: Sequence[Any], x: Any, y: Any) -> float:
        """The total cost (sum or mean over samples, weight decay included)."""
        with _quiet():
            return float(self.functions[Part.COST](*self._arrays(parameters), *self._samples(x, y)))

    def cost_and_gradient(self, parameters: Sequence[Any], x: Any, y: Any) -> tuple[float, list[Array]]:
        """The total cost and its gradient, one array a parameter, in the parameters' shapes and order."""
        with _quiet():
            made = self.functions[Part.COST_AND_GRADIENT](*self._arrays(parameters), *self._samples(x, y))
        return float(made[0]), list(made[1:])

    def _arrays(self, parameters: Sequence[Any]) -> list[Array]:
        made = [_floats(p, f"{'Wb'[k % 2]}{k // 2 + 1}") for k, p in enumerate(parameters)]
        found, expected = [p.shape for p in made], self.shapes
        if found != expected:
            raise SymbackpropError(f"parameters of shapes {found}: expected [W1, b1, …] of shapes {expected}")
        return made

    def _samples(self, *given: Any) -> list[Array]:
        """x, or x and y, as arrays with one sample a row: NumPy would spread a wrong shape without a word."""
        sizes = self.network.sizes or ()
        made = [_floats(values, name) for values, name in zip(given, "xy", strict=False)]
        for values, name, width in zip(made, "xy", (sizes[0], sizes[-1]), strict=False):
            if values.ndim != 2 or values.shape[1] != width or len(values) != len(made[0]):
                rows = "N" if name == "x" else len(made[0])
                raise SymbackpropError(f"{name} of shape {values.shape}: expected ({rows}, {width}), a sample a row")
        return made

    @property
    def shapes(self) -> list[tuple[int, ...]]:
        sizes = self.network.sizes or ()
        return [shape for m, n in pairwise(sizes) for shape in ((n, m), (n,))]

    def flatten(self, parameters: Sequence[Array]) -> Array:
        """All parameters as one vector."""
        return np.concatenate([np.asarray(p).ravel() for p in parameters])

    def unflatten(self, vector: Array) -> list[Array]:
        """One vector as the list of parameters, as views. Raises SymbackpropError for a wrong length."""
        vector = np.asarray(vector)
        if vector.shape != (self.network.parameters,):
            raise SymbackpropError(
                f"a parameter vector of shape {vector.shape}: expected ({self.network.parameters},)"
            )
        ends = np.cumsum([int(np.prod(shape)) for shape in self.shapes])
        pieces = np.split(vector, ends[:-1])
        return [piece.reshape(shape) for piece, shape in zip(pieces, self.shapes, strict=True)]

    def cost_and_gradient_flat(self, vector: Array, x: Array, y: Array) -> tuple[float, Array]:
        """Cost and gradient as one vector, as `scipy.optimize.minimize(jac=True)` wants them."""
        cost, gradient = self.cost_and_gradient(self.unflatten(vector), x, y)
        return cost, self.flatten(gradient)

    def source(self, part: Part | None = None) -> str:
        """The NumPy source of one function, or of all three, as it runs."""
        parts = list(Part) if part is None else [part]
        return "\n\n".join(source_of(self.functions[p], p.value) for p in parts)


def source_of(made: Callable[..., Any], name: str) -> str:
    return inspect.getsource(made).replace("_lambdifygenerated", name).rstrip() + "\n"


def _floats(value: Any, name: str) -> Array:
    """Any array that NumPy takes, its floats as they are, whole numbers as float64."""
    try:
        made = np.asarray(value)
        return made if made.dtype.kind == "f" else made.astype(np.float64)
    except (ValueError, TypeError):
        raise SymbackpropError(f"{name} is no array of numbers") from None


def _quiet() -> Any:
    """exp and squares may overflow to infinity on the way to a finite value; a cost that does is noticed later."""
    return np.errstate(over="ignore", under="ignore", invalid="ignore", divide="ignore")


def needed(network: Network) -> tuple[Claim, ...]:
    """The claims that compilation rests on: the batch equations in matrix form and the table rows in use."""
    batch = [c for c in claims(network) if "batch" in c.name and c.form is Form.MATRIX and "agree" not in c.name]
    return (*batch, *row_claims(network))


def proofs(network: Network) -> tuple[Verdict, ...]:
    """The verdicts that compilation rests on."""
    return tuple(prove(claim) for claim in needed(network))


def compile_network(network: Network, verdicts: tuple[Verdict, ...] | None = None) -> Compiled:
    """Compile a network whose functions are all named. Raises NotProved for a formula without a proof."""
    if not network.compilable:
        raise SymbackpropError(
            "nothing to compile: give the sizes, and name the hidden activation, the output and the cost (not 'any')"
        )
    verdicts = proofs(network) if verdicts is None else verdicts
    for verdict in verdicts:
        if not verdict.proved:
            raise NotProved(f"'{verdict.claim.name}' is {verdict.outcome.value}: only proven formulas are compiled")
    shown = {verdict.claim for verdict in verdicts}
    missing = [claim.name for claim in needed(network) if claim not in shown]
    if missing:
        raise NotProved(f"no proof of '{missing[0]}' was handed in: only proven formulas are compiled")
    return Compiled(network, verdicts, {part: function(network, part) for part in Part})

