"""The network itself as LaTeX: its layers, its definitions, its cost, and what its functions are."""

from __future__ import annotations

from symbackprop import notation as n
from symbackprop.backprop import HERE, assumed, with_delta
from symbackprop.functions import ANY
from symbackprop.instantiate import relayer, renamed
from symbackprop.latex_document import Block, Heading, Prose
from symbackprop.latex_formulas import expression, printed
from symbackprop.latex_functions import explained
from symbackprop.latex_layout import Display, Line
from symbackprop.latex_style import Style, quantity
from symbackprop.network import LAST, Definition, Network, definitions


def network_blocks(network: Network, style: Style) -> tuple[Block, ...]:
    """What the formulas are about: layers and indices, then the definitions in the order of computation."""
    first = n.Layer("", 0)
    layer = quantity(n.Variable("a", first), (), style)
    sizes = "" if network.sizes is None else rf" Here ${widths(network.sizes)}$."
    about = (
        f"Layers are numbered $0, \\dots, L$; layer $l$ has $n_{{l}}$ neurons, and ${layer}$ is the input.{sizes}"
        f" ${quantity(n.Variable('w', HERE), _letters('ij'), style)}$ is the weight from neuron $j$ of layer $l-1$"
        " to neuron $i$ of layer $l$."
    )
    lines = [definition_line(d, style) for d in definitions_of(network)]
    total = definition_line(definitions(network, batch=True)[-1], style)
    samples = (
        f"Over $N$ samples, where ${quantity(n.Variable('E'), _letters('s'), style)}$ is the cost of sample $s$ and"
        " every quantity of a sample carries $s$ as its last index, the total cost is"
    )
    return (
        Heading("The network"),
        Prose(about),
        Display(tuple(lines)),
        Prose(f"The derivative of the cost by a pre-activation is called ${expression(_delta(), style)}$."),
        Prose(samples),
        Display((total,)),
    )


def definitions_of(network: Network) -> tuple[Definition, ...]:
    """The definitions for one sample and delta; the hidden activation only where there can be hidden layers."""
    shallow = network.depth == 1
    known = with_delta(network, batch=False)
    return tuple(d for d in known if not (shallow and d.symbol == "a" and d.last == LAST - 1))


def widths(sizes: tuple[int, ...]) -> str:
    """`L = 2`, `n_0 = 2`, …; long networks are cut in the middle."""
    shown = [f"n_{{{place}}} = {width}" for place, width in enumerate(sizes)]
    if len(shown) > 8:
        shown = [*shown[:3], r"\dots", *shown[-2:]]
    return "$, $".join([f"L = {len(sizes) - 1}", *shown])  # each a formula of its own, so that lines break between


def _letters(names: str) -> tuple[n.Slot, ...]:
    return tuple(n.Index(name, n.Samples()) for name in names)


def _delta() -> n.Expr:
    return n.Entry(n.Variable("delta", HERE), _letters("i"))


def definition_line(d: Definition, style: Style) -> Line:
    """`z_i^{(l)} = …`, with the layers that it holds for."""
    single = d.first == d.last
    moved = {} if d.last is None else {d.parameter: d.last if single else HERE}
    entry = n.Entry(n.Variable(d.symbol, None if d.last is None else n.Layer(d.parameter)), d.slots)
    left, body = relayer(entry, moved), relayer(d.body, moved)
    if single and d.slots:  # i is the free index in every other line too
        old = d.slots[0]
        i = n.Index("i", old.axis)
        left, body = renamed(left, old.name, i), renamed(body, old.name, i)
    condition = rf"1 \le l \le {d.last}" if not single else ""
    return Line(expression(left, style), printed(body, style).text, condition)


def function_blocks(network: Network, style: Style, steps: bool = False) -> tuple[Block, ...]:
    """What the functions in the formulas are; what is assumed; what brackets mean, where some stand."""
    about = explained(network, style)
    made: list[Block] = []
    if about.lines:
        made += [Prose("The functions and their derivatives:"), Display(about.lines)]
    if about.kinks:
        made.append(Prose(f"Where there is no derivative, ${', '.join(about.kinks)}$ by convention."))
    free = [f"${letter}$" for letter in (*about.opaque, *(["C"] if network.cost == ANY else []))]
    if free:
        names = free[0] if len(free) == 1 else f"{', '.join(free[:-1])} and {free[-1]}"
        made.append(Prose(f"{names} {'is any differentiable function' if len(free) == 1 else _ANY}."))
    if steps or any("[z" in line.right for line in about.lines):
        made.append(Prose("A statement in brackets, such as $[i = k]$, is 1 where it is true, and else 0."))
    if assumed(network):
        made.append(Prose(f"The target is assumed to sum to one: ${target_sum(style)} = 1$."))
    return tuple(made)


_ANY = "are any differentiable functions"


def target_sum(style: Style) -> str:
    k = n.Index("k", n.Neurons(LAST))
    return expression(n.Sum(k, n.Entry(n.Variable("y"), (k,))), style)


def title(network: Network) -> str:
    if network.sizes is None:
        return "Backpropagation for every width and every depth"
    shown = [str(width) for width in network.sizes]
    if len(shown) > 8:
        shown = [*shown[:3], r"$\cdots$", *shown[-2:]]
    return f"Backpropagation in a {'-'.join(shown)} network"
