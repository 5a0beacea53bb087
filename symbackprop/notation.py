"""What formulas are made of: layers, axes, indices, and the expressions that both engines read.

A formula is kept exactly as written: nothing here simplifies, so the two engines share no simplifier. An index is a
name with an axis, bound by the nearest enclosing `Sum` of that name; every engine gives each binder an identity of
its own when it reads the formula, so there is nothing to capture.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True, order=True)
class Layer:
    """A layer's number: `Layer("L", -1)` is L - 1, `Layer("", 3)` is 3."""

    base: str
    offset: int = 0

    def __add__(self, steps: int) -> Layer:
        return Layer(self.base, self.offset + steps)

    def __sub__(self, steps: int) -> Layer:
        return self + -steps

    def __str__(self) -> str:
        if not self.base:
            return str(self.offset)
        return self.base if not self.offset else f"{self.base}{self.offset:+d}"


@dataclass(frozen=True)
class Neurons:
    """The axis "the n_l neurons of layer l"."""

    layer: Layer

    def __str__(self) -> str:
        return f"the neurons of layer {self.layer}"


@dataclass(frozen=True)
class Samples:
    """The axis "the N samples"."""

    def __str__(self) -> str:
        return "the samples"


@dataclass(frozen=True)
class Extent:
    """An axis of a quantity that no network knows: 1..m, a number of values, or whatever a name's entries run over."""

    name: str
    inferred: bool = False  # named after the quantity that it was first met at, for want of a declaration

    def __str__(self) -> str:
        return self.name if self.inferred else f"1..{self.name}"

    @property
    def size(self) -> int | None:
        """How many values there are, where that is a number."""
        return int(self.name) if self.name.isdecimal() else None


Axis = Neurons | Samples | Extent


@dataclass(frozen=True)
class Index:
    """A letter that runs over an axis."""

    name: str
    axis: Axis


@dataclass(frozen=True)
class At:
    """A concrete index value, counted from 1."""

    value: int


Slot = Index | At


class Expr:
    """Base of all formulas; `+ - * **` and unary minus build formulas without simplifying them."""

    __match_args__: tuple[str, ...] = ()

    def __add__(self, other: Expr | int) -> Add:
        return Add((self, as_expr(other)))

    def __sub__(self, other: Expr | int) -> Add:
        return Add((self, Neg(as_expr(other))))

    def __radd__(self, other: int) -> Add:
        return Add((as_expr(other), self))

    def __rsub__(self, other: int) -> Add:
        return Add((as_expr(other), Neg(self)))

    def __mul__(self, other: Expr | int) -> Mul:
        return Mul((self, as_expr(other)))

    def __rmul__(self, other: int) -> Mul:
        return Mul((as_expr(other), self))

    def __rtruediv__(self, other: int) -> Mul:
        return Mul((as_expr(other), Power(self, -1)))

    def __truediv__(self, other: Expr | int) -> Mul:
        return Mul((self, Power(as_expr(other), -1)))

    def __neg__(self) -> Neg:
        return Neg(self)

    def __pow__(self, exponent: int) -> Power:
        return Power(self, exponent)


@dataclass(frozen=True)
class Number(Expr):
    value: Fraction


@dataclass(frozen=True)
class Scalar(Expr):
    """A named number that no index reaches: mu, lambda."""

    name: str


@dataclass(frozen=True)
class Root(Expr):
    """A constant that no rational number is: `Root("2/pi")` is the square root of 2/pi."""

    of: str


@dataclass(frozen=True)
class Size(Expr):
    """How many values an axis has: n_l, N."""

    axis: Axis


@dataclass(frozen=True)
class Variable:
    """A quantity: its symbol, its layer where it has one, the axes that index it, in order."""

    symbol: str
    layer: Layer | None = None
    axes: tuple[Axis, ...] = ()

    def __getitem__(self, slots: Slot | tuple[Slot, ...]) -> Entry:
        return Entry(self, slots if isinstance(slots, tuple) else (slots,))

    def __str__(self) -> str:
        return self.symbol if self.layer is None else f"{self.symbol}^({self.layer})"


@dataclass(frozen=True)
class Entry(Expr):
    """One entry of a quantity: w_ij^(l)."""

    variable: Variable
    slots: tuple[Slot, ...] = ()


@dataclass(frozen=True)
class Add(Expr):
    terms: tuple[Expr, ...]


@dataclass(frozen=True)
class Neg(Expr):
    term: Expr


@dataclass(frozen=True)
class Mul(Expr):
    factors: tuple[Expr, ...]


@dataclass(frozen=True)
class Power(Expr):
    base: Expr
    exponent: int


@dataclass(frozen=True)
class Sum(Expr):
    index: Index
    body: Expr


@dataclass(frozen=True)
class SumLayers(Expr):
    """The sum over the layers first..last; `name` is the base of the layer's number in the body."""

    name: str
    first: Layer
    last: Layer
    body: Expr


@dataclass(frozen=True)
class Kronecker(Expr):
    left: Slot
    right: Slot


@dataclass(frozen=True)
class Apply(Expr):
    """`function` is a row of the table, elementary, or the letter of an opaque function.

    Elementary: exp, log, step, inside, and above, a step of which nothing is asked where its argument is 0.

    `primes` counts derivatives.
    """

    function: str
    argument: Expr
    primes: int = 0


@dataclass(frozen=True)
class Softmax(Expr):
    """exp(z_slot) / sum_index exp(z_index): `argument` is z_index, a formula in `index`."""

    slot: Slot
    index: Index
    argument: Expr


@dataclass(frozen=True)
class CostTerm(Expr):
    """One output's share of the cost, c(a, y), by a row of the table; with `prime`, dc/da."""

    cost: str
    output: Expr
    target: Expr
    prime: bool = False


@dataclass(frozen=True)
class OpaqueCost(Expr):
    """Any differentiable function of the quantities `outputs` (whole vectors); `sample` keeps samples apart."""

    symbol: str
    outputs: Variable
    sample: Slot | None = None


@dataclass(frozen=True)
class OpaqueMap(Expr):
    """One entry of any differentiable function of whole quantities, F(x, W)_i; a number where it has no slots.

    sample: the function takes one sample's values, this one's, of the arguments named in `sampled`, whose last axis is
    that of the samples; the others are the same for all.
    """

    function: str
    arguments: tuple[Variable, ...]
    axes: tuple[Axis, ...] = ()
    slots: tuple[Slot, ...] = ()
    sample: Index | None = None
    sampled: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        return f"{self.function}({','.join(str(argument) for argument in self.arguments)})"


@dataclass(frozen=True)
class Partial(Expr):
    """The derivative of `of` by `by`, everything that is computed from `by` following it."""

    of: Expr
    by: Entry


def as_expr(value: Expr | int) -> Expr:
    return Number(Fraction(value)) if isinstance(value, int) else value


def number(value: int | str | Fraction) -> Number:
    return Number(Fraction(value))


def walk(expr: Expr) -> Iterator[Expr]:
    """The expression and everything within it, outside in."""
    yield expr
    for child in children(expr):
        yield from walk(child)


def children(expr: Expr) -> Iterator[Expr]:
    for name in expr.__match_args__:  # the fields of every dataclass, without the cost of asking for them
        value = getattr(expr, name)
        for item in value if isinstance(value, tuple) else (value,):
            if isinstance(item, Expr):
                yield item


def layers_of(expr: Expr) -> set[Layer]:
    """Every layer that the expression mentions, through its quantities and its axes."""
    found: set[Layer] = set()
    for part in walk(expr):
        if isinstance(part, Entry):
            found |= _layers_of_variable(part.variable)
        elif isinstance(part, OpaqueCost):
            found |= _layers_of_variable(part.outputs)
        elif isinstance(part, Sum | Softmax) and isinstance(part.index.axis, Neurons):
            found.add(part.index.axis.layer)
    return found


def _layers_of_variable(variable: Variable) -> set[Layer]:
    own = {variable.layer} if variable.layer is not None else set()
    return own | {axis.layer for axis in variable.axes if isinstance(axis, Neurons)}
