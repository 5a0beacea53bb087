"""The training step: the same proven equations as straight-line NumPy into buffers that are made once.

On paper a batch has one column a sample, and so it has here. Layers with few inputs are computed as Z = V Ā with
V = [W b] and Ā the activations over a row of ones: the bias is the last column of the weights and its gradient comes
with theirs. Layers with many keep W and b apart, for BLAS is slower on long rows of odd length. All parameters are
views of one flat array, all gradients of another, so that the update is one line. The output delta is multiplied by the
rate (and by 1/N for a mean), and with it every gradient, which is linear in it. Sums are products with ones, which BLAS
does faster than a reduction. The certificate runs this very function over exact numbers, the update included.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import sympy

from symbackprop import matrices as mx
from symbackprop.array_code import (
    ArrayPrinter,
    Called,
    Count,
    Largest,
    Less,
    Literal,
    Matmul,
    Negated,
    Operation,
    Over,
    Plus,
    Summed,
    Times,
    Traced,
    Turned,
    numpy_names,
)
from symbackprop.backprop import Equation, equations
from symbackprop.functions import SOFTMAX
from symbackprop.lower import Lowering, array, softmax
from symbackprop.network import Network, Symbols
from symbackprop.notation import Layer
from symbackprop.numpy_code import Statement, cost_statement, shared

Shape = tuple[str, ...]  # of symbolic lengths: ("n2", "N"); "1" is one, () a number
N = sympy.Symbol("n")
WIDE = 256  # inputs from which on a layer keeps W and b apart
THETA, GRADIENT = sympy.Symbol("theta"), sympy.Symbol("gradient")
RATE = sympy.Symbol("rate")
SCALE = sympy.Symbol("scale")  # the rate, by N where the total cost is a mean
ONES = sympy.Symbol("ones")  # a column, one entry a sample
UNITS = sympy.Symbol("units")  # a row, one entry an output neuron
NAMES = {"0": "zero", "1": "one", "-1": "minus_one", "2": "two", "0.5": "half"}
UFUNCS: dict[type[Operation], str] = {
    Plus: "add",
    Less: "subtract",
    Times: "multiply",
    Over: "divide",
    Negated: "negative",
}
COST = sympy.Symbol("cost")


@dataclass(frozen=True)
class Buffer:
    """An array that the step writes into; `boolean` where it holds comparisons."""

    name: str
    shape: Shape
    boolean: bool = False


@dataclass
class Program:
    """The step as lines, each one NumPy call into a buffer, and the buffers that it needs besides the fixed arrays.

    constants: numbers by their names in the code; names: the function's arguments.
    """

    lines: list[Statement] = field(default_factory=list)
    buffers: list[Buffer] = field(default_factory=list)
    constants: dict[str, float] = field(default_factory=dict)
    names: tuple[str, ...] = ()


class Into(Operation):
    """`Into(call, out)`: a call whose result goes into a buffer."""


class StepPrinter(ArrayPrinter):
    """Writes a call with its `out`."""

    def written(self, e: Any) -> str:
        if isinstance(e, Into):
            call = self.written(e.args[0])
            return f"{call[:-1]}, out={e.args[1]})"
        if isinstance(e, Matmul):
            return f"dot({self.write(e.args[0], 0)}, {self.write(e.args[1], 0)})"
        if isinstance(e, Turned):
            return f"{e.args[0]}T"
        if isinstance(e, Count):
            return str(N)
        if isinstance(e, Largest):
            return f"maximum.reduce({self.write(e.args[0], 0)}, axis=0, keepdims=True)"
        return super().written(e)

    def write(self, e: Any, outside: int, right: bool = False) -> str:
        return self.written(e) if isinstance(e, Matmul) else super().write(e, outside, right)

    _print_Into = _print_Matmul = _print_Turned = _print_Count = _print_Largest = ArrayPrinter._print_Operation


def statements(network: Network, with_cost: bool) -> list[Statement]:
    """The forward and backward equations with samples in columns, from the definitions and the proven claims."""
    depth = len(network.sizes or ()) - 1
    q, here = Symbols(batch=True), Layer("l")
    sides = equations(network, batch=True)
    made: list[Statement] = []
    for layer in range(1, depth + 1):
        made.append((array("z", layer), _pre_activation(network, layer)))
        if layer == depth and network.output == SOFTMAX:
            e, sums, _ = softmax(array("z", layer), axis=0)
            made.append((array("a", layer), (e / sums).node))
        else:
            lowering = Lowering(network, layer, columns=True)
            made.append((array("a", layer), lowering.mapped("", mx.Whole(q.z(here)), 0, turned=False).node))
    if with_cost:
        made.append(cost_statement(network, sums_along=0))
    for layer in range(depth, 0, -1):
        lowering = Lowering(network, layer, columns=True)
        delta = lowering.lower(sides[Equation.OUTPUT if layer == depth else Equation.HIDDEN].matrix_right, False)
        if layer == depth:
            delta = delta * Traced(SCALE)
        made.append((array("delta", layer), delta.node))
        made += _gradients(network, layer)
        if network.weight_decay:
            decay = Traced(RATE) * lowering.decay()
            decayed = Traced(sympy.Symbol(f"GW{layer}")) + decay * Traced(array("w", layer))
            made.append((sympy.Symbol(f"GW{layer}"), decayed.node))
    return made


def joined(network: Network, layer: int) -> bool:
    """Whether W and b are one array [W b] in this layer: worth it where calls cost more than the product."""
    return (network.sizes or ())[layer - 1] < WIDE


def _pre_activation(network: Network, layer: int) -> sympy.Expr:
    if joined(network, layer):
        return Matmul(sympy.Symbol(f"V{layer}"), sympy.Symbol(f"A{layer - 1}"))
    return Plus(Matmul(array("w", layer), sympy.Symbol(f"a{layer - 1}")), array("b", layer))


def _gradients(network: Network, layer: int) -> list[Statement]:
    """delta a^T and the sum of delta over the samples; both at once where a stands over a row of ones."""
    d = array("delta", layer)
    if joined(network, layer):
        return [(sympy.Symbol(f"G{layer}"), Matmul(d, Turned(sympy.Symbol(f"A{layer - 1}"))))]
    return [
        (sympy.Symbol(f"GW{layer}"), Matmul(d, Turned(sympy.Symbol(f"a{layer - 1}")))),
        (sympy.Symbol(f"Gb{layer}"), Matmul(d, ONES)),
    ]


def fixed_shapes(network: Network) -> dict[str, Shape]:
    """The arrays that every step has: parameters, activations over ones, deltas, target."""
    depth = len(network.sizes or ()) - 1
    made: dict[str, Shape] = {"y": (f"n{depth}", "N"), "ones": ("N", "1"), "units": ("1", f"n{depth}")}
    made |= {"rate": (), "scale": ()}
    for k in range(depth + 1):
        made[f"a{k}"] = (f"n{k}", "N")
        made[f"A{k}"] = (f"n{k}+1", "N")
        if k:
            made[f"V{k}"] = made[f"G{k}"] = (f"n{k}", f"n{k - 1}+1")
            made[f"W{k}"] = made[f"GW{k}"] = (f"n{k}", f"n{k - 1}")
            made[f"b{k}"] = made[f"Gb{k}"] = (f"n{k}", "1")
            made[f"z{k}"] = made[f"d{k}"] = (f"n{k}", "N")
    return made


class Flattening:
    """Nested expressions to calls, one operation a line, each into a buffer."""

    def __init__(self, network: Network) -> None:
        self.shapes = fixed_shapes(network)
        self.program = Program()
        self.spare: dict[tuple[Shape, bool], list[str]] = {}
        self.renamed: dict[sympy.Symbol, sympy.Symbol] = {}
        self.uses: Counter[sympy.Symbol] = Counter()

    def run(self, made: list[Statement]) -> Program:
        made = shared(made)
        self.uses = Counter(name for _, node in made for name in _symbols(node))
        for number, (name, node) in enumerate(made):
            if name == COST:
                self.program.lines.append((name, self.scalar(node.xreplace(self.renamed))))
                continue
            target = self.target(name, node, made[number + 1 : number + 2])
            self.into(node.xreplace(self.renamed), target)
        return self.program

    def target(self, name: sympy.Symbol, node: sympy.Expr, following: list[Statement]) -> sympy.Symbol:
        """Where a statement's value goes: its fixed array, or a buffer; straight to a where z is for nothing else."""
        text = str(name)
        if text.startswith("z") and text[1:].isdigit():
            activation = sympy.Symbol(f"a{text[1:]}")
            if self.uses[name] == 1 and any(n == activation and _count(x, name) == 1 for n, x in following):
                self.renamed[name] = activation
                return activation
        if text not in self.shapes:
            self.shapes[text] = self.shape(node)
        if text[0] not in "aAVGWby" and text not in ("ones", "units", "rate", "scale"):  # the workspace holds these
            self.declare(Buffer(text, self.shapes[text], _boolean(node)))
        return name

    def declare(self, buffer: Buffer) -> None:
        if buffer not in self.program.buffers:
            self.program.buffers.append(buffer)

    def shape(self, node: Any) -> Shape:
        match node:
            case sympy.Symbol():
                return self.shapes[str(node)]
            case Literal() | Count():
                return ()
            case Matmul():
                return self.shape(node.args[0])[0], self.shape(node.args[1])[1]
            case Turned():
                return self.shape(node.args[0])[::-1]
            case Summed() | Largest():
                rows, columns = self.shape(node.args[0])
                return ("1", columns) if isinstance(node, Largest) or node.args[1] == 0 else (rows, "1")
        shapes = [self.shape(part) for part in node.args if not _is_name(node, part)]
        longest = max(shapes, key=len)
        return tuple(next((s[k] for s in shapes if len(s) > k and s[k] != "1"), "1") for k in range(len(longest)))

    def into(self, node: Any, out: sympy.Symbol) -> None:
        """One call for the node's own operation, after its operands."""
        if node == out:
            return  # an identity activation of a z that was put where a is
        if isinstance(node, sympy.Symbol):
            self.line(Called(sympy.Symbol("positive"), node), out)
            return
        if isinstance(node, Matmul):
            self.line(node, out)
            return
        operands, borrowed = [], []
        free = out not in node.free_symbols or _count(node, out) == 1
        for part in node.args:
            if not isinstance(part, Operation) or isinstance(part, Literal | Count):
                operands.append(self.constant(part) if isinstance(part, Literal) else part)
                continue
            others = [x for x in node.args if x is not part]
            same = self.shape(part) == self.shapes[str(out)] and _boolean(part) == _boolean(node)
            if free and same and not any(_count(x, out) for x in others):
                self.into(part, out)
                operands.append(out)
                free = False
            else:
                temporary = self.borrow(self.shape(part), _boolean(part))
                self.into(part, temporary)
                operands.append(temporary)
                borrowed.append((temporary, _boolean(part)))
        self.line(_call(node, operands), out)
        for temporary, boolean in borrowed:
            self.spare.setdefault((self.shapes[str(temporary)], boolean), []).append(str(temporary))

    def scalar(self, node: Any) -> Any:
        """The cost: what it sums over goes into buffers, the rest is arithmetic on numbers."""
        if isinstance(node, Summed):
            part = node.args[0]
            if isinstance(part, Operation):
                temporary = self.borrow(self.shape(part), False)
                self.into(part, temporary)
                part = temporary
            return Summed(part, *node.args[1:])
        if not isinstance(node, Operation) or isinstance(node, Literal | Count):
            return node
        return node.func(*(self.scalar(part) for part in node.args))

    def constant(self, number: Literal) -> sympy.Symbol:
        """The name of a number: an array of no axes made once, for NumPy would make one at each call."""
        text = str(number.args[0])
        name = NAMES.get(text) or next((k for k, v in self.program.constants.items() if v == float(text)), None)
        name = name or f"c{len(self.program.constants) + 1}"
        self.program.constants[name] = float(text)
        self.shapes[name] = ()
        return sympy.Symbol(name)

    def borrow(self, shape: Shape, boolean: bool) -> sympy.Symbol:
        """A spare buffer of that shape, or a new one."""
        waiting = self.spare.get((shape, boolean), [])
        name = waiting.pop() if waiting else f"s{len(self.program.buffers) + 1}"
        self.shapes[name] = shape
        self.declare(Buffer(name, shape, boolean))
        return sympy.Symbol(name)

    def line(self, call: Any, out: sympy.Symbol) -> None:
        self.program.lines.append((out, Into(call, out)))


def _call(node: Any, operands: list[Any]) -> Any:
    if type(node) in UFUNCS:
        return Called(sympy.Symbol(UFUNCS[type(node)]), *operands)
    if isinstance(node, Called):
        if str(node.args[0]) == "heaviside":
            return Called(sympy.Symbol("greater"), operands[1], operands[2])
        return Called(node.args[0], *operands[1:])
    if isinstance(node, Summed):
        return Matmul(UNITS, operands[0]) if node.args[1] == 0 else Matmul(operands[0], ONES)
    return node.func(*operands)


def _boolean(node: Any) -> bool:
    return isinstance(node, Called) and str(node.args[0]) == "heaviside"


def _is_name(node: Any, part: Any) -> bool:
    """Whether the part is a function's name, not an operand."""
    return isinstance(node, Called) and part is node.args[0]


def _symbols(node: Any) -> Iterator[sympy.Symbol]:
    """Every array that stands in the expression, as often as it does."""
    if isinstance(node, sympy.Symbol):
        yield node
    for part in node.args:
        yield from _symbols(part)


def _count(node: Any, name: sympy.Symbol) -> int:
    """How often the array stands in the expression."""
    if node == name:
        return 1
    return sum(_count(part, name) for part in node.args)


def program(network: Network, with_cost: bool = False) -> Program:
    """The step: without the cost it ends in the update, with it the gradient is left where it is."""
    made = Flattening(network).run(statements(network, with_cost))
    if not with_cost:
        made.lines.append((THETA, Into(Called(sympy.Symbol("subtract"), THETA, GRADIENT), THETA)))
    used = {name for target, node in made.lines for name in (target.name, *_named(node))}
    made.names = tuple(name for name in argument_order(network, made) if name in used)
    return made


def _named(node: Any) -> Iterator[str]:
    """The arrays that a line names; a transpose is an argument of its own, and so is n."""
    if isinstance(node, Turned):
        yield f"{node.args[0]}T"
    elif isinstance(node, Count):
        yield str(N)
    elif isinstance(node, sympy.Symbol):
        yield node.name
    else:
        for part in node.args:
            yield from _named(part)


def argument_order(network: Network, made: Program) -> list[str]:
    """Every array that lines may use."""
    depth = len(network.sizes or ()) - 1
    names = ["y", "A0", "A0T", "a0", "a0T", "theta", "gradient"]
    for k in range(1, depth + 1):
        names += [f"V{k}", f"W{k}", f"b{k}", f"W{k}T", f"G{k}", f"GW{k}", f"Gb{k}"]
        names += [f"A{k}", f"A{k}T", f"a{k}", f"a{k}T"]
    return [*names, *(buffer.name for buffer in made.buffers), "ones", "units", "rate", "scale", *made.constants, "n"]


def step_function(network: Network, with_cost: bool = False) -> tuple[Callable[..., Any], Program]:
    """lambdify's function of the arrays that the program names: one step of gradient descent on `theta`.

    With `with_cost` it takes no step: it returns the total cost, and leaves its gradient (times the rate).
    """
    made = program(network, with_cost)
    printer = StepPrinter({"fully_qualified_modules": False, "inline": True, "allow_unknown_functions": False})
    outcome = COST if with_cost else THETA
    arguments = [sympy.Symbol(name) for name in made.names]
    function: Callable[..., Any] = sympy.lambdify(
        arguments,
        outcome,
        modules=[numpy_names()],
        printer=printer,
        cse=lambda exprs: (made.lines, exprs),
        docstring_limit=0,
    )
    return function, made
