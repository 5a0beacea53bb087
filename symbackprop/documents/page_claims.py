"""Links of a document that defines everything itself as the core's claims, with the definitions that they use."""

from __future__ import annotations

from dataclasses import dataclass

from symbackprop import notation as n
from symbackprop.claims import Claim, Form
from symbackprop.documents import syntax as s
from symbackprop.documents.entities import Own, read_symbols
from symbackprop.documents.environment import Environment
from symbackprop.documents.own_functions import in_force, out_of_reach
from symbackprop.documents.problems import Code, NotUnderstood, Problem
from symbackprop.documents.reading import Member, ReadChain
from symbackprop.documents.tensors import Tensor, Value
from symbackprop.documents.trees import walk
from symbackprop.network import Definition


@dataclass(frozen=True)
class Used:
    """What a claim rests on: definitions, quantities that are free, and the lines that define them."""

    definitions: tuple[Definition, ...]
    free: tuple[n.Variable, ...]
    lines: tuple[int, ...]


def used_by(sides: tuple[n.Expr, ...], own: Own) -> Used:
    """Everything that the sides mention, directly or through definitions."""
    waiting = [symbol for side in sides for symbol in read_symbols(side)]
    definitions: dict[str, Definition] = {}
    free: dict[str, n.Variable] = {}
    lines: set[int] = set()
    while waiting:
        symbol = waiting.pop(0)
        entity = own.entities.get(symbol)
        if entity is None or symbol in definitions or symbol in free:
            continue
        if entity.definition is None:
            free[symbol] = entity.variable
            continue
        definitions[symbol] = entity.definition
        lines |= {entity.line} - {0}
        waiting.extend(read_symbols(entity.definition.body))
    ordered = tuple(definitions[symbol] for symbol in sorted(definitions))
    return Used(ordered, tuple(free[symbol] for symbol in sorted(free)), tuple(sorted(lines)))


def page_claim(
    name: str, left: n.Expr, right: n.Expr, free: tuple[n.Index, ...], matrix: bool, chain: ReadChain,
    environment: Environment,
) -> Claim:  # fmt: skip
    """The claim, with every definition of the page in force."""
    own = environment.own if chain.own is None else chain.own
    used = used_by((left, right), own)
    functions = environment.functions
    for body in (left, right, *(d.body for d in used.definitions)):
        found = out_of_reach(body, functions)
        if found is not None:
            text = f"{functions[found.function].letter}{chr(39) * found.primes}, for which no derivative is known"
            raise NotUnderstood(chain.members[0].node.span, text, "at most a first derivative")
    definitions = tuple(
        Definition(d.symbol, None, None, "", d.slots, in_force(d.body, functions)) for d in used.definitions
    )
    _check_ranks((left, right, *(d.body for d in definitions)), chain)
    summing = tuple(v.symbol for v in used.free if v.symbol in environment.conventions.summing_to_one and v.axes)
    return Claim(
        name, Form.MATRIX if matrix else Form.INDEX, in_force(left, functions), in_force(right, functions), free,
        definitions, directions=used.free, network=False, summing=summing,
        ranges=tuple(each for each in environment.conventions.ranges if each[0] in {v.symbol for v in used.free}),
    )  # fmt: skip


def without_meaning(left: Member, right: Member, chain: ReadChain) -> Problem | None:
    """Why a link is not to be refuted: its left side has a quantity that this line is the first to name, and that no
    line defines. It may have been meant as that definition."""
    if any(isinstance(node, s.Matrix) for node in walk(left.node)):  # its entries are names of any numbers
        return None
    own = chain.own
    new = _bare_symbols(left.value) & chain.met - _bare_symbols(right.value)
    if isinstance(left.value, n.Entry) and left.value.slots:  # an entry of what is free
        new |= {left.value.variable.symbol} & set(() if own is None else own.entities) - _bare_symbols(right.value)
    open_ = sorted(key for key in new if own is None or own.entities[key].definition is None)
    if not open_:
        return None
    text = f"`{left.node.span.text}`: nothing on the page defines {open_[0]}: expected a line before this one that does"
    return Problem(Code.UNKNOWN_SYMBOL, left.node.span, text)


def _bare_symbols(value: Value | None) -> frozenset[str]:
    """The quantities in a value that stand under no function and no derivative."""
    if isinstance(value, Tensor):
        value = value.at(*(None if axis is None else n.Index("i", axis) for axis in value.shape))
    match value:
        case None | n.Apply() | n.Partial():
            return frozenset()
        case n.Entry(variable, _):
            return frozenset({variable.symbol})
        case _:
            return frozenset[str]().union(*(_bare_symbols(part) for part in n.children(value)))


def _check_ranks(bodies: tuple[n.Expr, ...], chain: ReadChain) -> None:
    """Raises NotUnderstood for a name that the line uses with other indices than what it rests on."""
    ranks: dict[str, int] = {}
    for body in bodies:
        for part in n.walk(body):
            entries = [part.variable] if isinstance(part, n.Entry) else []
            entries += [part.by.variable] if isinstance(part, n.Partial) else []
            entries += list(part.arguments) if isinstance(part, n.OpaqueMap) else []
            for v in entries:
                if ranks.setdefault(v.symbol, len(v.axes)) != len(v.axes):
                    found = f"{v.symbol} with {len(v.axes)} and with {ranks[v.symbol]} indices"
                    raise NotUnderstood(chain.members[0].node.span, found, "one shape for each name", Code.SHAPES)


def page_scope(claim: Claim) -> list[str]:
    """What a claim of such a document was judged for."""
    parts = [*claim.sides, *(d.body for d in claim.definitions)]
    maps = {e.function: e.label for body in parts for e in n.walk(body) if isinstance(e, n.OpaqueMap)}
    axes = [axis for v in claim.directions for axis in v.axes]
    axes += [index.axis for d in claim.definitions for index in d.slots]
    sizes = any(isinstance(axis, n.Extent) and axis.size is None for axis in axes)
    made = ["all sizes" if sizes else "all numbers"]
    made += [f"any differentiable {label}" for _, label in sorted(maps.items())]
    if any(isinstance(e, n.Apply) and e.function == "above" for body in parts for e in n.walk(body)):
        made.append("off the kinks")
    made += [f"assuming {low} < {symbol} < {high}" for symbol, low, high in claim.ranges]
    made += [f"assuming the entries of {symbol} sum to 1" for symbol in claim.summing]
    return made
