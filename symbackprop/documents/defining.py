"""Definitions: which links define something, and what is known after them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from symbackprop import notation as n
from symbackprop.documents import syntax as s
from symbackprop.documents.chains import Member, ReadChain
from symbackprop.documents.einstein import free_letters, summed
from symbackprop.documents.environment import HERE, Environment, Known
from symbackprop.documents.induction import is_step
from symbackprop.documents.kinds import RelationKind
from symbackprop.documents.names import name_key
from symbackprop.documents.own_functions import in_force, own_function
from symbackprop.documents.page_defining import page_definition, page_function_entries
from symbackprop.documents.problems import Code, Problem
from symbackprop.documents.tensors import Tensor, Value, entry_of
from symbackprop.functions import ACTIVATIONS
from symbackprop.instantiate import relayer
from symbackprop.network import LAST, SAMPLES, Definition
from symbackprop.notation import Index, Layer


@dataclass(frozen=True)
class Defined:
    """What a link defines. known: it is defined already, so that the link is a claim first; first_use: nothing has
    used the customary meaning yet; lacks_index: the left side has an index that the right side does not use;
    overlaps: definitions of single layers that this one of all layers takes in; customary: what was known is custom,
    and no line of the document."""

    symbol: str
    environment: Environment
    known: bool
    confirmed: Environment
    first_use: bool = False
    lacks_index: bool = False
    overlaps: tuple[Known, ...] = ()
    customary: bool = False


def definition_of(
    left: Member, right: Member, relation: s.Relation, chain: ReadChain, environment: Environment
) -> Defined | None:
    """What the link defines; None where it claims."""
    if chain.unknowns:
        return _function(left, right, relation, environment)
    opens = chain.defining is not None or _without_formula(left.value, environment)
    if not environment.conventions.network and isinstance(left.value, n.Apply) and opens:
        return _function(left, right, relation, environment)
    if not environment.conventions.network and isinstance(left.value, Tensor):
        entries = page_function_entries(left, right, environment)
        return _function(*entries, relation, environment) if entries is not None else _of_page(
            left, right, relation, chain, environment)  # fmt: skip
    if not environment.conventions.network:
        return _of_page(left, right, relation, chain, environment)
    head = _head(left.value)
    if head is None or right.value is None or chain.differentials:
        return None
    if chain.defining is not None:
        environment = replace(environment, activations=environment.activations | {chain.defining})
    symbol, layer, slots = head
    body = _body(right.value, slots, chain)
    if layer is not None and layer.base == "l" and layer.offset and body is not None:  # z^(l+1) = …
        shift = {"l": HERE - layer.offset}
        body, slots = relayer(body, shift), tuple(replace(i, axis=_moved(i.axis, shift)) for i in slots)
        layer = HERE
    if body is not None and _leads_back(symbol, layer, body, environment):
        return None
    line = relation.span.line
    lacks = not set(i.name for i in slots) <= set(free_letters(body)) if body is not None else False
    if symbol == "E" and body is not None and not chain.batch:
        known = environment.cost is not None
        made = replace(environment, cost=Known(Definition("E", None, None, "", (), body), line))
        return Defined("the cost", made, known, environment)
    if symbol == "delta" and body is not None and layer is not None:
        return _delta(layer, slots, body, relation, environment, lacks)
    if symbol == "a" and layer in (HERE, LAST) and body is not None and _is_activation(body, layer):
        return _activation(layer, slots, body, line, chain, environment)
    if symbol == "z" and layer is not None and body is not None and _from_above(body, layer):
        return None
    if symbol in ("z", "a") and layer is not None and symbol not in environment.used:
        confirmed = replace(environment, lines=MappingProxyType({**environment.lines, symbol: line}))
        made = confirmed
        if symbol == "z" and layer == HERE and body is not None:
            d = Definition("z", Layer("", 1), LAST, "l", slots, body)
            others = tuple(k for k in environment.quantities if k.definition.symbol != "z")
            made = replace(environment, quantities=(*others, Known(d, line)))
        elif not right.problems:
            return None
        return Defined(symbol, made, True, confirmed, first_use=True, customary=True)
    return None


def _activation(
    layer: Layer, slots: tuple[Index, ...], body: n.Expr, line: int, chain: ReadChain, environment: Environment
) -> Defined:
    """An activation: of all layers (up to where the line says), or of the last, whose own definition goes before."""
    own = [k for k in environment.quantities if k.definition.symbol == "a"]
    output = next((k for k in own if k.definition.first == LAST), None)
    general = next((k for k in own if k.definition.first != LAST), None)
    if layer == LAST:
        output = Known(Definition("a", LAST, LAST, "l", slots, body), line)
    else:
        c = environment.conventions
        apart = c.output_named and isinstance(body, n.Apply) and body.function != c.output
        last = LAST - (chain.limits.below_last or int(apart))
        general = Known(Definition("a", Layer("", 1), last, "l", slots, body), line)
    if general is not None and output is not None and general.definition.last == LAST:
        general = replace(general, definition=replace(general.definition, last=LAST - 1))
    kept = tuple(k for k in environment.quantities if k not in own)
    known = (*kept, *(k for k in (output, general) if k is not None))
    others = [k for k in own if k.definition.first != (LAST if layer == LAST else Layer("", 1))]
    confirmed = replace(environment, lines=MappingProxyType({**environment.lines, "a": line}))
    unused = "a" not in environment.used
    return Defined(
        "the activation", replace(environment, quantities=known), True, confirmed, first_use=unused,
        customary=unused or others == own,
    )  # fmt: skip


def _of_page(
    left: Member, right: Member, relation: s.Relation, chain: ReadChain, environment: Environment
) -> Defined | None:
    made = page_definition(left, right, relation.span.line, chain, environment)
    if made is None:
        return None
    functions = MappingProxyType({key: f for key, f in environment.functions.items() if key != made.symbol})
    after = replace(environment, own=made.own, functions=functions)
    return Defined(made.symbol, after, made.known, environment, lacks_index=made.lacks_index)


def _function(left: Member, right: Member, relation: s.Relation, environment: Environment) -> Defined | None:
    """`f(x) = …`, where the right side is a formula in x and does not need f."""
    head, node, body = left.value, left.node, right.value
    if not isinstance(head, n.Apply) or head.primes or not isinstance(node, s.NameGroup) or right.problems:
        return None
    letter, parameter = name_key(node.head), head.argument
    if letter is None or not isinstance(parameter, n.Entry) or not isinstance(body, n.Expr):
        return None
    parts = list(n.walk(body))
    if any(isinstance(e, n.Apply) and e.function == head.function for e in parts):
        return None
    others = [e for e in parts if isinstance(e, n.Entry) and e != parameter]
    if any(isinstance(e, n.Partial) for e in parts) or any(not _constant(e, environment) for e in others):
        return None
    made = own_function(letter, parameter, in_force(body, environment.functions), relation.span.line)
    c = environment.conventions
    if head.function != letter:  # the table's function, under the document's letter
        c = replace(c, hidden=letter if c.hidden == head.function else c.hidden,
                    output=letter if c.output == head.function else c.output)  # fmt: skip
    functions = MappingProxyType({**environment.functions, letter: made})
    kept = {key: entity for key, entity in environment.own.entities.items() if key != letter}
    own = replace(environment.own, entities=MappingProxyType(kept))
    after = replace(environment, functions=functions, conventions=c, own=own)
    named = letter in environment.functions or head.function in ACTIVATIONS
    return Defined(f"the function {letter}", after, named, environment, first_use=letter not in environment.functions)


def _without_formula(value: Value | None, environment: Environment) -> bool:
    """Whether a value is one of a function of which only the letter is known."""
    c = environment.conventions
    letters = {c.hidden, c.output} - set(ACTIVATIONS) - set(environment.functions)
    return isinstance(value, n.Apply) and not value.primes and value.function in letters


def _moved(axis: n.Axis, shift: Mapping[str, Layer]) -> n.Axis:
    """The axis of an index whose layer is written with another number."""
    if isinstance(axis, n.Neurons) and axis.layer.base in shift:
        return n.Neurons(shift[axis.layer.base] + axis.layer.offset)
    return axis


def _constant(e: n.Entry, environment: Environment) -> bool:
    """A number of the page that nothing computes: the slope of a leaky unit."""
    entity = environment.own.entities.get(e.variable.symbol)
    return entity is not None and entity.definition is None and not entity.axes


def _leads_back(symbol: str, layer: Layer | None, body: n.Expr, environment: Environment) -> bool:
    """Whether the formula needs what it would define: itself, or for the cost a delta that is made from the cost."""
    used = {(e.variable.symbol, e.variable.layer) for e in n.walk(body) if isinstance(e, n.Entry)}
    deltas = environment.delta_definitions if symbol == "E" and any(name == "delta" for name, _ in used) else ()
    inner = {e.variable.symbol for d in deltas for e in n.walk(d.body) if isinstance(e, n.Entry)}
    return (symbol, layer) in used or symbol in inner


def _is_activation(body: n.Expr, layer: Layer | None) -> bool:
    """Whether a formula computes an activation from the pre-activations of its own layer, and from nothing else."""
    entries = [e.variable for e in n.walk(body) if isinstance(e, n.Entry)]
    own = all(v.symbol == "z" and v.layer == layer for v in entries)
    return bool(entries) and own and not any(isinstance(e, n.Partial) or _slope(e) for e in n.walk(body))


def _from_above(body: n.Expr, layer: Layer) -> bool:
    """Whether a formula for z of a layer needs that layer or a higher one: no network computes it so."""
    entries = [e.variable for e in n.walk(body) if isinstance(e, n.Entry) and e.variable.symbol in ("z", "a", "delta")]
    return any(v.layer is not None and v.layer.base == layer.base and v.layer.offset >= layer.offset for v in entries)


def _slope(e: n.Expr) -> bool:
    return isinstance(e, n.Apply) and e.primes > 0


def _delta(
    layer: Layer, slots: tuple[Index, ...], body: n.Expr, relation: s.Relation, environment: Environment, lacks: bool
) -> Defined | None:
    covered = any(_covers(known.definition, layer) for known in environment.deltas)
    explicit = relation.kind in (RelationKind.DEFINED, RelationKind.EQUIVALENT)
    if (covered or environment.conventions.delta) and not explicit:
        return None
    first, last = (Layer("", 1), LAST - _reach(body)) if layer == HERE else (layer, layer)
    made = Definition("delta", first, last, "l", slots, body)
    others = tuple(k for k in environment.deltas if not _covers(k.definition, layer))
    within = tuple(k for k in others if layer == HERE and k.definition.first != HERE and _within(k.definition, last))
    kept = tuple(k for k in others if k not in within)
    after = replace(environment, deltas=(*kept, Known(made, relation.span.line)))
    return Defined("delta", after, covered, environment, lacks_index=lacks, overlaps=within)


def _reach(body: n.Expr) -> int:
    """How many layers further up a recursion looks."""
    entries = [e.variable.layer for e in n.walk(body) if isinstance(e, n.Entry) and e.variable.symbol == "delta"]
    return max((layer.offset for layer in entries if layer is not None and layer.base == "l"), default=0)


def _covers(d: Definition, layer: Layer) -> bool:
    if layer.base == "L" and layer.offset > 0:
        return True  # the check of form says that there is no such layer
    return d.first == layer or (d.first == Layer("", 1) and d.last is not None and _below(layer, d.last))


def _below(layer: Layer, last: Layer) -> bool:
    """Whether a layer is none of those above `last`, where that is seen from its name."""
    return layer.base != "L" or layer.offset <= last.offset


def _within(d: Definition, last: Layer) -> bool:
    return d.first is not None and _below(d.first, last)


def _head(value: Value | None) -> tuple[str, Layer | None, tuple[Index, ...]] | None:
    """The quantity that stands alone on the left, with a letter for each of its indices that the line does not use."""
    if isinstance(value, Tensor):
        value = entry_of(value)
    if not isinstance(value, n.Entry):
        return None
    slots = tuple(slot for slot in value.slots if isinstance(slot, Index))
    names = {slot.name for slot in slots}
    if len(slots) != len(value.slots) or len(names) != len(slots):
        return None
    return value.variable.symbol, value.variable.layer, slots


def _body(value: Value, slots: tuple[Index, ...], chain: ReadChain) -> n.Expr | None:
    if isinstance(value, Tensor):
        axes = [slot.axis for slot in slots]
        if len(axes) == 2 and axes[1] == SAMPLES:  # where samples are rows, their index comes last all the same
            axes, slots_ = axes[::-1], slots[::-1]
        else:
            slots_ = slots
        if [axis for axis in value.shape if axis is not None] != axes:
            return None
        row = slots_[0] if value.rows is not None else None
        column = slots_[-1] if value.columns is not None else None
        value = value.at(row, column)
    return summed(value, {slot.name: None for slot in slots}).formula


def undefined_delta(left: Member, right: Member, environment: Environment) -> Problem | None:
    """A delta at a layer for which neither the document nor its conventions say what it is."""
    known = environment.delta_definitions
    for member in (left, right):
        for layer in _delta_layers(member.value):
            recursion = next((k for k in environment.deltas if is_step(k)), None)
            if recursion is not None and not any(_covers(d, LAST) for d in known):
                at = f"delta, which line {recursion.line} takes from the layer above"
                text = f"{at}: expected its definition at layer {environment.said(LAST)} too"
                return Problem(Code.UNKNOWN_SYMBOL, member.node.span, text)
            if not any(_covers(d, layer) for d in known):
                at = f"delta at layer {environment.said(layer)}, which nothing defines"
                text = f"{at}: expected its definition before its use, or a convention"
                return Problem(Code.UNKNOWN_SYMBOL, member.node.span, text)
    return None


def _delta_layers(value: Value | None) -> list[Layer]:
    if isinstance(value, Tensor):
        row, column = (None if axis is None else Index("i", axis) for axis in value.shape)
        value = value.at(row, column)
    if value is None:
        return []
    entries = [e.variable for e in n.walk(value) if isinstance(e, n.Entry)]
    return [v.layer for v in entries if v.symbol == "delta" and v.layer is not None]
