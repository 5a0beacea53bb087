"""Which functions of the table a document's own are: its conventions name them, or its formulas are proved equal."""

from __future__ import annotations

from dataclasses import dataclass

from symbackprop import notation as n
from symbackprop.claims import Claim, Form, LayerRange
from symbackprop.documents.environment import Environment, Known, variable
from symbackprop.documents.own_functions import in_force
from symbackprop.documents.screening import may_hold
from symbackprop.documents.terms import replaced
from symbackprop.errors import SymbackpropError
from symbackprop.functions import ACTIVATIONS, COSTS, SOFTMAX
from symbackprop.instantiate import relayer
from symbackprop.network import LAST, Definition, Network, Total, definitions, total_of
from symbackprop.prove import prove


@dataclass(frozen=True)
class Named:
    """A function of a page: its row of the table, "" where the page leaves it open; how the page writes it."""

    row: str
    written: str
    line: int | None = None


@dataclass(frozen=True)
class Functions:
    """What a page fixes of a network. total: None where it says nothing of many samples; decays: weights decay."""

    hidden: Named
    output: Named
    cost: Named
    total: Total | None
    total_line: int | None
    decays: bool


def functions(environment: Environment) -> Functions:
    """Raises SymbackpropError for a formula that is no row of the table, and for a network of another form."""
    _plain_network(environment)
    whole, decays = _total(environment)
    line = None if environment.total is None else environment.total.line
    hidden, output = _activation(environment, last=False), _activation(environment, last=True)
    return Functions(hidden, output, _cost(environment), whole, line, decays)


def _plain_network(environment: Environment) -> None:
    if not environment.conventions.network:
        raise SymbackpropError("`network: none`: only a document about a fully connected network is trained from")
    if not environment.conventions.biases:
        raise SymbackpropError("the document's network has no biases: what is compiled has a bias in every neuron")
    own = next((known for known in environment.quantities if known.definition.symbol == "z"), None)
    if own is None:
        return
    usual = next(d for d in definitions(Network()) if d.symbol == "z")
    z = relayer(usual.body, {"m": n.Layer("l")})
    if not _equal(own.definition.body, z, own.definition.slots, environment):
        raise SymbackpropError(f"line {own.line}: z is no W a + b there: only such networks are compiled")


def _own_activation(environment: Environment, last: bool) -> Known | None:
    for known in environment.quantities:
        d = known.definition
        if d.symbol == "a" and (d.last == LAST if last else d.first != LAST):
            return known
    return None


def _activation(environment: Environment, last: bool) -> Named:
    c = environment.conventions
    letter = c.output if last else c.hidden
    own, written = _own_activation(environment, last), letter.removeprefix("\\")
    if own is None:
        if letter in environment.functions:
            function = environment.functions[letter]
            if not function.row:
                raise _none_of_the_table(function.line, "function")
            return Named(function.row, written, function.line)
        row = letter if letter in ACTIVATIONS or letter == SOFTMAX else ""
        return Named(row, written, environment.lines.get("a"))
    body, (i,) = in_force(own.definition.body, environment.functions), own.definition.slots
    layer = i.axis.layer if isinstance(i.axis, n.Neurons) else LAST
    z, m = variable("z", layer), n.Index("m'", n.Neurons(layer))
    rows: dict[str, n.Expr] = {name: n.Apply(name, z[i]) for name in ACTIVATIONS}
    for name, formula in {**rows, SOFTMAX: n.Softmax(i, m, z[m])}.items():
        if _equal(body, formula, (i,), environment):
            return Named(name, written, own.line)
    raise _none_of_the_table(own.line, "function")


def _none_of_the_table(line: int, what: str) -> SymbackpropError:
    rows = COSTS if what == "cost" else [*ACTIVATIONS, SOFTMAX]
    return SymbackpropError(f"line {line}: this {what} is none of the table: expected one of {', '.join(rows)}")


def _cost(environment: Environment) -> Named:
    c, own = environment.conventions, environment.cost
    if own is None:
        return Named(c.named_cost, c.costs[0])
    k = n.Index("k'", n.Neurons(LAST))
    a, y = variable("a", LAST)[k], variable("y", None)[k]
    for name in COSTS:
        if _equal(own.definition.body, n.Sum(k, n.CostTerm(name, a, y)), (), environment):
            return Named(name, c.costs[0], own.line)
    raise _none_of_the_table(own.line, "cost")


def _total(environment: Environment) -> tuple[Total | None, bool]:
    if environment.total is None:
        return None, False
    body = with_lambda(environment.total.definition.body)
    known = definitions(Network(), batch=True)
    for decays in (False, True):
        for total in Total:
            if _equal(body, total_of(Network(total=total), decays), (), environment, known):
                return total, decays
    line = environment.total.line
    text = f"line {line}: this total cost is neither the samples' sum nor their mean, with or without weight decay"
    raise SymbackpropError(text)


def with_lambda(e: n.Expr) -> n.Expr:
    """The page's lambda as the core's."""
    return replaced(e, lambda x: n.Scalar("lambda") if x == n.Scalar("\\lambda") else None)


def _equal(
    left: n.Expr,
    right: n.Expr,
    free: tuple[n.Index, ...],
    environment: Environment,
    known: tuple[Definition, ...] = (),
) -> bool:
    """Whether the two are proved equal for every value of what they are made of."""
    here = any(layer.base == "l" for layer in n.layers_of(left) | n.layers_of(right))
    claim = Claim(
        "a function of the page", Form.INDEX, left, right, free, known or definitions(Network()),
        LayerRange(1, 0) if here else None, environment.fixed_depth or 1,
        depth=environment.fixed_depth, widths=environment.fixed_widths,
    )  # fmt: skip
    return may_hold(claim) and prove(claim).proved
