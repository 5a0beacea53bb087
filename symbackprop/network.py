"""An architecture, symbolic or given: its symbols and its ordered list of definitions."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction

from symbackprop.errors import SymbackpropError
from symbackprop.functions import ANY, SOFTMAX, activation, check_domain, cost
from symbackprop.notation import (
    Apply,
    CostTerm,
    Entry,
    Expr,
    Index,
    Layer,
    Mul,
    Neurons,
    OpaqueCost,
    Power,
    Samples,
    Scalar,
    Size,
    Slot,
    Softmax,
    Sum,
    SumLayers,
    Variable,
    number,
)

LAST = Layer("L")
INPUT = Layer("", 0)
SAMPLES = Samples()


class Total(Enum):
    """How the samples' costs make the total cost."""

    SUM = "sum"
    MEAN = "mean"


@dataclass(frozen=True)
class Definition:
    """`symbol` at every layer from `first` to `last`, its number written `parameter` in the body.

    A quantity that has no layer (the cost) has `first` and `last` None.
    """

    symbol: str
    first: Layer | None
    last: Layer | None
    parameter: str
    slots: tuple[Index, ...]
    body: Expr


@dataclass(frozen=True)
class Network:
    """A fully connected network: z = W a + b, a = sigma(z) in hidden layers, a = f(z) in the output layer.

    sizes: the widths n_0, …, n_L, or None where widths and depth stay symbols.
    hidden: one name of the table for all hidden layers, or a list, one a layer (given sizes only).
    output: a name of the table, "softmax" or "any". cost: a name of the table or "any".
    total: "mean" or "sum" over samples. weight_decay: lambda of lambda/2 sum w^2 in the total cost.
    Names default to "any" for a symbolic network; to sigmoid, identity, half_squared_error for a given one.
    Raises SymbackpropError for widths below 1, unknown names, and a cost undefined on the output's values.
    """

    sizes: tuple[int, ...] | None
    hidden: tuple[str, ...]
    output: str
    cost: str
    total: Total
    weight_decay: Fraction

    def __init__(
        self,
        sizes: Sequence[int] | None = None,
        hidden: str | Sequence[str] | None = None,
        output: str | None = None,
        cost: str | None = None,
        total: str | Total = Total.MEAN,
        weight_decay: float | Fraction | str = 0,
    ) -> None:
        put = object.__setattr__
        put(self, "sizes", _checked_sizes(sizes))
        given = self.sizes is not None
        put(self, "hidden", _checked_hidden(hidden or ("sigmoid" if given else ANY), self.sizes))
        put(self, "output", _checked_output(output or ("identity" if given else ANY)))
        put(self, "cost", _checked_cost(cost or ("half_squared_error" if given else ANY)))
        put(self, "total", _checked_total(total))
        put(self, "weight_decay", _checked_decay(weight_decay))
        check_domain(self.output, self.cost)

    @property
    def depth(self) -> int | None:
        """L, the number of the output layer, or None where it is a symbol."""
        return None if self.sizes is None else len(self.sizes) - 1

    @property
    def parameters(self) -> int | None:
        """How many weights and biases there are."""
        if self.sizes is None:
            return None
        return sum(n * (m + 1) for m, n in zip(self.sizes, self.sizes[1:], strict=False))

    @property
    def compilable(self) -> bool:
        """Whether every function is named, so that there is something to compute."""
        return self.sizes is not None and ANY not in (*self.hidden, self.output, self.cost)

    def hidden_name(self, layer: int) -> str:
        """The activation of hidden layer 1 ≤ layer < L of a given network."""
        return self.hidden[layer - 1] if len(self.hidden) > 1 else self.hidden[0]

    @property
    def mixed(self) -> bool:
        """Whether hidden layers differ in their activation: then proofs write sigma_l, opaque."""
        return len(set(self.hidden)) > 1

    @property
    def proof_hidden(self) -> str:
        """The hidden activation as the all-depths proof sees it: its name, or the opaque letter sigma."""
        return "sigma" if self.mixed or self.hidden[0] == ANY else self.hidden[0]

    @property
    def proof_output(self) -> str:
        return "f" if self.output == ANY else self.output


def _checked_sizes(sizes: Sequence[int] | None) -> tuple[int, ...] | None:
    if sizes is None:
        return None
    widths = tuple(sizes)
    wrong = [n for n in widths if isinstance(n, bool) or not isinstance(n, int) or n < 1]
    if wrong:
        raise SymbackpropError(f"a width of {wrong[0]!r}: expected whole numbers of at least 1, such as 2-3-2")
    if len(widths) < 2:
        raise SymbackpropError(
            f"{len(widths)} layer(s) given: a network needs an input and an output layer, such as 2-3-2"
        )
    return widths


def _checked_hidden(hidden: str | Sequence[str], sizes: tuple[int, ...] | None) -> tuple[str, ...]:
    names = (hidden,) if isinstance(hidden, str) else tuple(hidden)
    for name in names:
        if name == SOFTMAX:
            raise SymbackpropError("'softmax' is an output function: a hidden activation is elementwise")
        if name != ANY:
            activation(name)
    if len(names) > 1 and (sizes is None or len(names) != len(sizes) - 2):
        layers = "a symbolic number of" if sizes is None else str(len(sizes) - 2)
        raise SymbackpropError(
            f"{len(names)} hidden activations for {layers} hidden layer(s): give one name, or one a hidden layer"
        )
    return names or (ANY,)


def _checked_output(name: str) -> str:
    if name not in (ANY, SOFTMAX):
        activation(name)
    return name


def _checked_cost(name: str) -> str:
    if name != ANY:
        cost(name)
    return name


def _checked_total(total: str | Total) -> Total:
    try:
        return Total(total)
    except ValueError:
        raise SymbackpropError(f"unknown total '{total}': expected sum or mean") from None


def _checked_decay(value: float | Fraction | str) -> Fraction:
    try:
        decay = Fraction(str(value))
        float(decay)
    except (ValueError, ZeroDivisionError, OverflowError):
        raise SymbackpropError(f"a weight decay of {value!r}: expected a number of at least 0") from None
    if decay < 0:
        raise SymbackpropError(f"a weight decay of {value}: expected a number of at least 0")
    return decay


def parse_sizes(text: str) -> tuple[int, ...]:
    """`2-3-2` to (2, 3, 2). Raises SymbackpropError saying which part is no width."""
    parts = text.split("-")
    for place, part in enumerate(parts, 1):
        if not re.fullmatch(r"[0-9]{1,9}", part) or int(part) < 1:
            found = f"'{part}'" if part else "nothing"
            raise SymbackpropError(
                f"sizes '{text}': {found} stands at place {place}: expected widths of at least 1 joined by '-',"
                " such as 2-3-2"
            )
    return _checked_sizes(tuple(int(part) for part in parts)) or ()


@dataclass(frozen=True)
class Symbols:
    """The quantities of a network, for one sample or, with `batch`, with the sample as a last axis."""

    batch: bool = False

    def _axes(self, *axes: Neurons) -> tuple[Neurons | Samples, ...]:
        return (*axes, SAMPLES) if self.batch else axes

    def w(self, layer: Layer) -> Variable:
        return Variable("w", layer, (Neurons(layer), Neurons(layer - 1)))

    def b(self, layer: Layer) -> Variable:
        return Variable("b", layer, (Neurons(layer),))

    def z(self, layer: Layer) -> Variable:
        return Variable("z", layer, self._axes(Neurons(layer)))

    def a(self, layer: Layer) -> Variable:
        return Variable("a", layer, self._axes(Neurons(layer)))

    def delta(self, layer: Layer) -> Variable:
        return Variable("delta", layer, self._axes(Neurons(layer)))

    @property
    def y(self) -> Variable:
        return Variable("y", None, self._axes(Neurons(LAST)))

    @property
    def E(self) -> Variable:
        return Variable("E", None, (SAMPLES,) if self.batch else ())

    @property
    def total(self) -> Variable:
        return Variable("E_total")

    def index(self, name: str, layer: Layer) -> Index:
        return Index(name, Neurons(layer))

    @property
    def sample(self) -> tuple[Index, ...]:
        return (Index("s", SAMPLES),) if self.batch else ()


def definitions(network: Network, batch: bool = False, decay: bool | None = None) -> tuple[Definition, ...]:
    """The network, in the order in which it is computed: z, a of the hidden and the output layer, E, E_total.

    z_i^(l) = sum_j w_ij^(l) a_j^(l-1) + b_i^(l); a = sigma(z), a^(L) = f(z^(L)); E = C(a^(L), y);
    E_total = (1/N) sum_s E_s + lambda/2 sum_l sum_ij (w_ij^(l))^2.
    """
    q, here = Symbols(batch), Layer("m")
    i, j, k = q.index("i", here), q.index("j", here - 1), q.index("k", LAST)
    s = q.sample
    z = Sum(j, q.w(here)[i, j] * q.a(here - 1)[(j, *s)]) + q.b(here)[i]
    made = [
        Definition("z", Layer("", 1), LAST, "m", (i, *s), z),
        Definition("a", Layer("", 1), LAST - 1, "m", (i, *s), Apply(network.proof_hidden, q.z(here)[(i, *s)])),
        Definition("a", LAST, LAST, "m", (k, *s), output_of(network, q, k)),
        Definition("E", None, None, "", s, cost_of(network, q)),
    ]
    if batch:
        with_decay = network.weight_decay != 0 if decay is None else decay
        made.append(Definition("E_total", None, None, "", (), total_of(network, with_decay)))
    return tuple(made)


def output_of(network: Network, q: Symbols, k: Slot) -> Expr:
    if network.output == SOFTMAX:
        m = q.index("m", LAST)
        return Softmax(k, m, q.z(LAST)[(m, *q.sample)])
    return Apply(network.proof_output, q.z(LAST)[(k, *q.sample)])


def cost_of(network: Network, q: Symbols) -> Expr:
    k, s = q.index("k", LAST), q.sample
    if network.cost == ANY:
        return OpaqueCost("C", q.a(LAST), s[0] if s else None)
    return Sum(k, CostTerm(network.cost, q.a(LAST)[(k, *s)], q.y[(k, *s)]))


def total_of(network: Network, decay: bool) -> Expr:
    q = Symbols(batch=True)
    (s,) = q.sample
    data: Expr = Sum(s, Entry(q.E, (s,)))
    if network.total is Total.MEAN:
        data = Mul((Power(Size(SAMPLES), -1), data))
    return data + decay_of() if decay else data


def decay_of() -> Expr:
    """lambda/2 times the sum of the squares of all weights; biases do not decay."""
    q, m = Symbols(), Layer("m")
    i, j = q.index("i", m), q.index("j", m - 1)
    squares = SumLayers("m", Layer("", 1), LAST, Sum(i, Sum(j, q.w(m)[i, j] ** 2)))
    return Mul((Scalar("lambda"), number("1/2"), squares))
