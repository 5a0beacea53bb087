"""A small network written out: E in scalars, every ∂E/∂w and ∂E/∂b by SymPy's `diff`, each equal to its closed form.

No index, no sum sign, no theorem: one SymPy expression with a symbol a weight. Both sides are multiplied out to
polynomials in the weights, the inputs and the function values; equal polynomials are equal gradients.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import sympy
from sympy import AtomicExpr, Expr, Integer, Rational, Symbol

from symbackprop import notation as n
from symbackprop.atoms import SympyPrimitives
from symbackprop.backprop import Equation, assumed, equations, matched
from symbackprop.claims import Assumption
from symbackprop.functions import ACTIVATIONS, ANY, COSTS, SOFTMAX
from symbackprop.network import Network
from symbackprop.normal_form import NormalForm
from symbackprop.polynomial import Leaf, Poly, of_atom

Key = tuple[str, int | None, tuple[int, ...]]  # symbol, layer, index values
MOST_PARAMETERS = 300
DEEPEST = 12  # SymPy's diff recurses through the nesting: far deeper than this it fails


@dataclass(frozen=True)
class WrittenOut:
    """How many gradients were compared, and the names of those that differ (none, unless a formula is wrong)."""

    parameters: int
    wrong: tuple[str, ...]

    @property
    def holds(self) -> bool:
        return not self.wrong


def small_enough(network: Network) -> bool:
    """Whether the network is written out: a few hundred parameters, not too deep."""
    sizes = network.sizes
    return sizes is not None and (network.parameters or 0) <= MOST_PARAMETERS and len(sizes) - 1 <= DEEPEST


class Scalars:
    """A given network with a symbol for every weight, bias, input and target; everything else written out."""

    def __init__(self, network: Network) -> None:
        if network.sizes is None:
            raise ValueError("a network without sizes cannot be written out")
        self.network, self.sizes = network, network.sizes
        self.depth = len(self.sizes) - 1
        self.primitives = SympyPrimitives()
        self.values: dict[Key, Expr] = {}
        self._inputs()
        for layer in range(1, self.depth + 1):
            self._layer(layer)

    def _inputs(self) -> None:
        for j in range(1, self.sizes[0] + 1):
            self.values["a", 0, (j,)] = Symbol(f"a_{j}^(0)")
        for k in range(1, self.sizes[-1] + 1):
            self.values["y", None, (k,)] = Symbol(f"y_{k}")
        if Assumption.TARGET_SUMS_TO_ONE in assumed(self.network):
            others = [self.values["y", None, (k,)] for k in range(1, self.sizes[-1])]
            self.values["y", None, (self.sizes[-1],)] = 1 - sympy.Add(*others)

    def _layer(self, layer: int) -> None:
        for i in range(1, self.sizes[layer] + 1):
            b = self.values["b", layer, (i,)] = Symbol(f"b_{i}^({layer})")
            terms = [b]
            for j in range(1, self.sizes[layer - 1] + 1):
                w = self.values["w", layer, (i, j)] = Symbol(f"w_{i},{j}^({layer})")
                terms.append(w * self.values["a", layer - 1, (j,)])
            self.values["z", layer, (i,)] = sympy.Add(*terms)
        neurons = range(1, self.sizes[layer] + 1)
        if layer == self.depth and self.network.output == SOFTMAX:
            e = [Value("exp", 0, self.values["z", layer, (i,)]) for i in neurons]
            for i in neurons:
                self.values["a", layer, (i,)] = e[i - 1] / sympy.Add(*e)
            return
        for i in neurons:
            self.values["a", layer, (i,)] = Value(self.function(layer), 0, self.values["z", layer, (i,)])

    def function(self, layer: int) -> str:
        name = self.network.output if layer == self.depth else self.network.hidden_name(layer)
        return ("f" if layer == self.depth else "sigma") if name == ANY else name

    @property
    def cost(self) -> Expr:
        """E, fully written out."""
        outputs = [self.values["a", self.depth, (k,)] for k in range(1, self.sizes[-1] + 1)]
        if self.network.cost == ANY:
            return OpaqueOf(*outputs)
        row = COSTS[self.network.cost]
        targets = [self.values["y", None, (k,)] for k in range(1, self.sizes[-1] + 1)]
        return sympy.Add(*(row.formula(a, y, self.primitives) for a, y in zip(outputs, targets, strict=True)))

    def parameters(self) -> Iterator[tuple[Key, Symbol]]:
        for key, value in self.values.items():
            if key[0] in "wb":
                yield key, value

    # the closed-form equations with numbers for indices

    def read(self, e: n.Expr, at: Mapping[str, int], here: int) -> Expr:
        """A formula of `backprop` at these index values, with l = here; deltas are the closed forms above it."""
        match e:
            case n.Number(value):
                return Rational(value.numerator, value.denominator)
            case n.Entry(variable, slots):
                numbers = tuple(s.value if isinstance(s, n.At) else at[s.name] for s in slots)
                layer = None if variable.layer is None else self.number(variable.layer, here)
                return self.values[variable.symbol, layer, numbers]
            case n.Add(terms):
                return sympy.Add(*(self.read(term, at, here) for term in terms))
            case n.Neg(term):
                return -self.read(term, at, here)
            case n.Mul(factors):
                return sympy.Mul(*(self.read(factor, at, here) for factor in factors))
            case n.Sum(index, body):
                layer = self.number(index.axis.layer, here) if isinstance(index.axis, n.Neurons) else 0
                return sympy.Add(
                    *(self.read(body, {**at, index.name: k}, here) for k in range(1, self.sizes[layer] + 1))
                )
            case n.Apply(_, argument, primes) if isinstance(argument, n.Entry) and argument.variable.layer is not None:
                layer = self.number(argument.variable.layer, here)
                return Value(self.function(layer), primes, self.read(argument, at, here))
            case n.CostTerm(cost, output, target, True):
                made: Expr = COSTS[cost].derivative(
                    self.read(output, at, here), self.read(target, at, here), self.primitives
                )
                return made
            case n.Partial(_, n.Entry(variable, (slot,))) if variable.symbol == "a":
                return OpaqueSlope(Integer(slot.value if isinstance(slot, n.At) else at[slot.name]))
        raise ValueError(f"no written-out form for {type(e).__name__}")

    def number(self, layer: n.Layer, here: int) -> int:
        return {"": 0, "L": self.depth, "l": here}[layer.base] + layer.offset


class Value(AtomicExpr):  # type: ignore[misc]
    """`function(argument)`, nested but not walked: SymPy's `diff` meets it as a leaf and asks for its derivative.

    The nesting of a written-out network is the same few expressions over and over; kept behind a leaf each stands in
    memory once, and its derivative by a parameter is taken once.
    """

    is_commutative = True
    function: str
    primes: int
    argument: Expr

    def __new__(cls, function: str, primes: int, argument: Expr) -> Value:
        made: Value = AtomicExpr.__new__(cls)
        made.function, made.primes, made.argument = function, primes, argument
        made.slopes = {}
        made.symbols = argument.free_symbols
        return made

    slopes: dict[Expr, Expr]
    symbols: set[Expr]

    def _hashable_content(self) -> tuple[object, ...]:
        return self.function, self.primes, self.argument

    @property
    def free_symbols(self) -> set[Expr]:
        return self.symbols

    @property
    def slope(self) -> Value:
        """exp is its own derivative; another function's carries one prime more."""
        return self if self.function == "exp" else Value(self.function, self.primes + 1, self.argument)

    def _eval_derivative(self, s: Expr) -> Expr:
        if s not in self.slopes:
            self.slopes[s] = self.slope * self.argument.diff(s)
        return self.slopes[s]

    def _eval_derivative_n_times(self, s: Expr, count: int) -> Expr:
        made: Expr = self  # SymPy's leaves answer 0 here: this one has a derivative
        for _ in range(count):
            made = made._eval_derivative(s)
        return made

    def _sympystr(self, printer: object) -> str:
        return f"{self.function}{chr(39) * self.primes}({self.argument})"


class OpaqueOf(sympy.Function):  # type: ignore[misc]
    """Any differentiable cost of the outputs; its slope by the k-th is one symbol."""

    def fdiff(self, argindex: int = 1) -> Expr:
        return OpaqueSlope(Integer(argindex))


class OpaqueSlope(sympy.Function):  # type: ignore[misc]
    """∂C/∂a_k"""

    nargs = 1


class Interned(NormalForm):
    """Normal forms of written-out expressions: every function value is one generator, known by its argument.

    The output function's slope is written out by the table where the closed form has simplified it away.
    """

    def __init__(self, written: frozenset[str]) -> None:
        super().__init__()
        self.written, self.names = written, {}

    written: frozenset[str]
    names: dict[Expr, str]

    def _convert(self, e: Expr) -> Poly:
        if isinstance(e, Value) and e.primes and e.function in self.written:
            slope = ACTIVATIONS[e.function].derivative(e.argument, Value(e.function, 0, e.argument), self.primitives)
            return self.of(slope)
        if isinstance(e, Value | OpaqueSlope):
            return of_atom(Leaf(self.names.setdefault(e, f"value {len(self.names)}")))
        return super()._convert(e)


def compare(network: Network) -> WrittenOut:
    """Every gradient of the written-out cost by SymPy's `diff` against its closed form."""
    scalars = Scalars(network)
    simplified = matched(network) or network.output == "identity"
    forms = Interned(frozenset({network.output} & set(ACTIVATIONS) if simplified else ()))
    closed = closed_forms(scalars)
    cost, wrong, count = scalars.cost, [], 0
    for key, parameter in scalars.parameters():
        count += 1
        if forms.cleared(forms.of(cost.diff(parameter) - closed[key])):
            wrong.append(str(parameter))
    return WrittenOut(count, tuple(wrong))


def closed_forms(scalars: Scalars) -> dict[Key, Expr]:
    """delta from the output layer down, then each gradient, from the index form of the closed-form equations."""
    sides = equations(scalars.network, batch=False)
    made: dict[Key, Expr] = {}
    for layer in range(scalars.depth, 0, -1):
        top = Equation.OUTPUT if Equation.OUTPUT in sides else Equation.OUTPUT_CHAIN
        delta = sides[top if layer == scalars.depth else Equation.HIDDEN].right
        for i in range(1, scalars.sizes[layer] + 1):
            scalars.values["delta", layer, (i,)] = scalars.read(delta, {"i": i}, layer)
        for i in range(1, scalars.sizes[layer] + 1):
            made["b", layer, (i,)] = scalars.read(sides[Equation.BIAS].right, {"i": i}, layer)
            for j in range(1, scalars.sizes[layer - 1] + 1):
                made["w", layer, (i, j)] = scalars.read(sides[Equation.WEIGHT].right, {"i": i, "j": j}, layer)
    return made
