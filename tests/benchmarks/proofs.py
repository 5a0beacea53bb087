"""One contender's attempt at one network, in a process of its own: `python proofs.py NAME SETTING`.

SETTING is JSON: sizes, function (of hidden and output neurons), wrong (multiply one entry of the formula by 1.0001).
The question is the same for all: are the hand-written gradients of half the squared error, by every weight and bias,
the derivatives of that cost? The process says when it is ready, waits for a line, and prints JSON: what the contender
says, and the seconds from its first step to its answer, imports not counted.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Any

OFF = Fraction(10001, 10000)
Setting = dict[str, Any]
Slope = Callable[[Any], Any]  # of the function, from its value


def slope_of(function: str) -> Slope:
    return (lambda a: 1 - a * a) if function == "tanh" else (lambda a: a * (1 - a))


def gradients(w: list[Any], a: list[list[Any]], y: Sequence[Any], slope: Slope) -> list[Any]:
    """The closed formulas in scalars: [W1 row by row, b1, W2, …]; a: the values of all layers, the input first."""
    made: list[list[Any]] = []
    delta = [(o - t) * slope(o) for o, t in zip(a[-1], y, strict=True)]
    for k in range(len(w) - 1, -1, -1):
        made.insert(0, [d * v for d in delta for v in a[k]] + delta)
        back = [sum(w[k][i][j] * delta[i] for i in range(len(delta))) for j in range(len(a[k]))]
        delta = [back[j] * slope(a[k][j]) for j in range(len(back))]
    return [g for layer in made for g in layer]


def written_out(setting: Setting, symbol: Callable[[str], Any], function: Callable[[Any], Any]) -> tuple[Any, Any, Any]:
    """The cost in scalars, its parameters and the closed formulas, over any algebra."""
    sizes = setting["sizes"]
    a = [[symbol(f"x_{j}") for j in range(sizes[0])]]
    w, parameters = [], []
    for layer, (m, n) in enumerate(pairwise(sizes), 1):
        w.append([[symbol(f"w{layer}_{i}_{j}") for j in range(m)] for i in range(n)])
        b = [symbol(f"b{layer}_{i}") for i in range(n)]
        parameters += [v for row in w[-1] for v in row] + b
        a.append([function(sum(w[-1][i][j] * a[-1][j] for j in range(m)) + b[i]) for i in range(n)])
    y = [symbol(f"y_{i}") for i in range(sizes[-1])]
    cost = sum((o - t) ** 2 for o, t in zip(a[-1], y, strict=True)) / 2
    formulas = gradients(w, a, y, slope_of(setting["function"]))
    return cost, parameters, formulas


def by_scalars(setting: Setting, algebra: Any, is_zero: Callable[[Any], bool]) -> str:
    """Every parameter's difference of derivative and formula, brought to zero or not."""

    def function(z: Any) -> Any:
        return algebra.tanh(z) if setting["function"] == "tanh" else 1 / (1 + algebra.exp(-z))

    cost, parameters, formulas = written_out(setting, algebra.Symbol, function)
    if setting["wrong"]:
        formulas[0] = formulas[0] * algebra.Rational(OFF.numerator, OFF.denominator)
    same = all(is_zero(cost.diff(p) - f) for p, f in zip(parameters, formulas, strict=True))
    return "equal" if same else "not shown equal"


def sympy_simplify(setting: Setting) -> Callable[[], str]:
    import sympy

    return lambda: by_scalars(setting, sympy, lambda e: sympy.simplify(e) == 0)


def sympy_expand(setting: Setting) -> Callable[[], str]:
    import sympy

    return lambda: by_scalars(setting, sympy, lambda e: sympy.expand(e) == 0)


def symforce(setting: Setting) -> Callable[[], str]:
    import symforce.symbolic as sf

    return lambda: by_scalars(setting, sf, lambda e: e.expand() == 0)


def tensorgrad(setting: Setting) -> Callable[[], str]:
    """Symbolic widths: one attempt holds for all widths at this depth."""
    import tensorgrad.functions as functions
    from sympy import symbols
    from tensorgrad import Derivative, Variable, frobenius2

    depth = len(setting["sizes"]) - 1
    slope, sigma = slope_of(setting["function"]), getattr(functions, setting["function"])

    def same(derivative: Any, formula: Any) -> bool:
        made = derivative.full_simplify()
        made = made.rename(**{edge: edge.rstrip("_") for edge in made.edges})
        return type((made - formula.full_simplify()).full_simplify()).__name__ == "Zero"

    def attempt() -> str:
        n = symbols(" ".join(f"n{k}" for k in range(depth + 1)))
        w = [Variable(f"W{k}", **{f"i{k}": n[k], f"i{k - 1}": n[k - 1]}) for k in range(1, depth + 1)]
        b = [Variable(f"b{k}", **{f"i{k}": n[k]}) for k in range(1, depth + 1)]
        a = [Variable("x", i0=n[0])]
        for k in range(depth):
            a.append(sigma(w[k] @ a[-1] + b[k]))
        y = Variable("y", **{f"i{depth}": n[depth]})
        cost = frobenius2(a[-1] - y) * Fraction(1, 2)
        delta = (a[-1] - y) * slope(a[-1])
        for k in range(depth, 0, -1):
            off = OFF if setting["wrong"] and k == 1 else 1
            if not same(Derivative(cost, w[k - 1]), delta * a[k - 1] * off):
                return "not shown equal"
            if not same(Derivative(cost, b[k - 1]), delta):
                return "not shown equal"
            if k > 1:
                delta = (w[k - 1] @ delta) * slope(a[k - 1])
        return "equal"

    return attempt


def batched(setting: Setting, like: Any) -> tuple[list[Any], Any, Any, Callable[..., Any], Callable[..., list[Any]]]:
    """Random parameters, input and target, the cost, and its gradient by the closed formulas, over array libraries."""
    import numpy as np

    rng, sizes = np.random.default_rng(0), setting["sizes"]
    parameters = [
        rng.normal(size=shape) / np.sqrt(shape[-1]) for m, n in pairwise(sizes) for shape in ((n, m), (n,))
    ]
    slope = slope_of(setting["function"])

    def function(z: Any) -> Any:
        return like.tanh(z) if setting["function"] == "tanh" else 1 / (1 + like.exp(-z))

    def values(p: Sequence[Any], x: Any) -> list[Any]:
        a = [x]
        for w, b in zip(p[::2], p[1::2], strict=True):
            a.append(function(w @ a[-1] + b))
        return a

    def cost(p: Sequence[Any], x: Any, y: Any) -> Any:
        return ((values(p, x)[-1] - y) ** 2).sum() / 2

    def gradient(p: Sequence[Any], x: Any, y: Any) -> list[Any]:
        a, made = values(p, x), []
        delta = (a[-1] - y) * slope(a[-1])
        for k in range(len(p) // 2 - 1, -1, -1):
            made = [delta[:, None] * a[k][None, :], delta, *made]
            delta = (p[2 * k].T @ delta) * slope(a[k])
        if setting["wrong"]:
            first = np.ones(p[0].shape)
            first[0, 0] = float(OFF)
            made[0] = made[0] * like.asarray(first)
        return made

    return parameters, rng.normal(size=sizes[0]), rng.normal(size=sizes[-1]), cost, gradient


def pytorch(setting: Setting) -> Callable[[], str]:
    """gradcheck, with its own tolerances, of a function whose backward is the closed formulas."""
    import torch

    parameters, x, y, cost, gradient = batched(setting, torch)
    tensors = [torch.tensor(p, requires_grad=True) for p in parameters]
    inputs, target = torch.tensor(x), torch.tensor(y)

    class Cost(torch.autograd.Function):
        @staticmethod
        def forward(context: Any, *p: Any) -> Any:
            context.save_for_backward(*p)
            return cost(p, inputs, target)

        @staticmethod
        def backward(context: Any, along: Any) -> Any:
            return tuple(g * along for g in gradient(context.saved_tensors, inputs, target))

    def attempt() -> str:
        fine = torch.autograd.gradcheck(Cost.apply, tuple(tensors), raise_exception=False)
        return "agrees at a point" if fine else "differs at a point"

    return attempt


def jax(setting: Setting) -> Callable[[], str]:
    """check_grads, with its own tolerances, of a function whose reverse rule is the closed formulas."""
    import jax as library

    library.config.update("jax_enable_x64", True)
    import jax.numpy as jnp
    from jax.test_util import check_grads

    parameters, x, y, cost, gradient = batched(setting, jnp)
    inputs, target = jnp.asarray(x), jnp.asarray(y)

    @library.custom_vjp
    def judged(p: Any) -> Any:
        return cost(p, inputs, target)

    judged.defvjp(
        lambda p: (cost(p, inputs, target), p),
        lambda p, along: ([g * along for g in gradient(p, inputs, target)],),
    )

    def attempt() -> str:
        try:
            check_grads(judged, ([jnp.asarray(p) for p in parameters],), order=1, modes=["rev"])
        except AssertionError:
            return "differs at a point"
        return "agrees at a point"

    return attempt


def symbackprop(setting: Setting) -> Callable[[], str]:
    """The theorem for all widths and depths, and the certificate of these sizes; a wrong gradient by certificate."""
    from symbackprop.certifying import certify_gradient
    from symbackprop.network import Network
    from symbackprop.numpy_code import Part, compile_network
    from symbackprop.verification import verify

    function = setting["function"]
    network = Network(setting["sizes"], function, function)

    def attempt() -> str:
        if not setting["wrong"]:
            return "equal" if verify(network).proved else "not shown equal"
        right = compile_network(network).functions[Part.COST_AND_GRADIENT]

        def gradient(parameters: Sequence[Any], x: Any, y: Any) -> list[Any]:
            made = list(right(*parameters, x, y)[1:])
            made[0][0, 0] = made[0][0, 0] * float(OFF)
            return made

        wrong = certify_gradient(network, gradient).wrong
        return "equal" if wrong is None else f"refuted: {wrong.parameter}"

    return attempt


CONTENDERS = {
    "symbackprop": symbackprop,
    "SymPy simplify": sympy_simplify,
    "SymPy expand": sympy_expand,
    "SymForce expand": symforce,
    "tensorgrad": tensorgrad,
    "PyTorch gradcheck": pytorch,
    "JAX check_grads": jax,
}


def main() -> None:
    name, setting = sys.argv[1], json.loads(sys.argv[2])
    attempt = CONTENDERS[name](setting)
    print("ready", flush=True)
    sys.stdin.readline()
    started = time.perf_counter()
    says = attempt()
    print(json.dumps({"says": says, "seconds": time.perf_counter() - started}))


if __name__ == "__main__":
    main()
