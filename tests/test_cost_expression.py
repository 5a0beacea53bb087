"""E as SymPy builds it."""

from __future__ import annotations

import numpy as np
import pytest
import sympy

import symbackprop as sb
from symbackprop.numpy_code import Compiled, Part, function


def test_a_small_network_is_written_out_in_scalars() -> None:
    cost = sb.cost(sb.Network([1, 1, 1], "tanh"))
    names = ("w_1,1^(1)", "w_1,1^(2)", "b_1^(1)", "b_1^(2)", "a_1^(0)", "y_1")
    w1, w2, b1, b2, x, y = (sympy.Symbol(name, real=True) for name in names)
    assert sympy.expand(cost - (y - w2 * sympy.tanh(w1 * x + b1) - b2) ** 2 / 2) == 0


@pytest.mark.parametrize("output,cost", [("sigmoid", "binary_cross_entropy"), ("softmax", "cross_entropy")])
def test_it_has_the_value_that_the_compiled_cost_has(output: str, cost: str) -> None:
    network = sb.Network([2, 3, 2], "gelu", output, cost)
    rng = np.random.default_rng(0)
    parameters = [rng.normal(size=shape) for shape in ((3, 2), (3,), (2, 3), (2,))]
    x, y = rng.normal(size=(1, 2)), np.array([[0.0, 1.0]])
    values = {f"a_{j + 1}^(0)": x[0, j] for j in range(2)} | {f"y_{k + 1}": y[0, k] for k in range(2)}
    for layer, (w, b) in enumerate(zip(parameters[::2], parameters[1::2], strict=True), 1):
        values |= {f"w_{i + 1},{j + 1}^({layer})": w[i, j] for i, j in np.ndindex(*w.shape)}
        values |= {f"b_{i + 1}^({layer})": b[i] for i in range(len(b))}
    e = sb.cost(network)
    numbers = {symbol: values[symbol.name] for symbol in e.free_symbols}
    expected = Compiled(network, (), {part: function(network, part) for part in Part}).cost(parameters, x, y)
    value = sympy.lambdify(list(numbers), e, "numpy", cse=True)(*numbers.values())
    assert value == pytest.approx(expected, rel=1e-12)


def test_any_network_has_its_cost_in_index_notation() -> None:
    made = sb.cost(sb.Network(output="sigmoid", cost="half_squared_error"))
    assert isinstance(made, sympy.Sum)
    assert {str(x.base) for x in made.atoms(sympy.Indexed)} == {"a", "y", "n"}
