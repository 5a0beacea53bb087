"""What a line of a document that defines everything itself adds to what is known: definitions, declarations."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

from symbackprop import notation as n
from symbackprop.documents import syntax as s
from symbackprop.documents.einstein import free_letters, summed
from symbackprop.documents.entities import MARK, Entity, Own, read_symbols
from symbackprop.documents.environment import Environment
from symbackprop.documents.families import member_of
from symbackprop.documents.kinds import RelationKind
from symbackprop.documents.names import name_key, parsed
from symbackprop.documents.page_names import NameReader, Parts
from symbackprop.documents.problems import Code, NotUnderstood
from symbackprop.documents.reading import Member, ReadChain
from symbackprop.documents.shaping import Shapes
from symbackprop.documents.tensors import Tensor, Value, entry_of
from symbackprop.documents.terms import replaced
from symbackprop.documents.trees import walk
from symbackprop.network import Definition
from symbackprop.notation import Index

_SET: Final = re.compile(r"\s*\\mathbb\s*\{?\s*R\s*\}?\s*(?:\^\s*(?:\{(?P<sizes>[^{}]*)\}|(?P<size>\\?\w+)))?\s*")
_MEMBER: Final = re.compile(r"\\in(?![A-Za-z])")
_DECLARED: Final = re.compile(rf"(?P<names>.+?){_MEMBER.pattern}(?P<set>{_SET.pattern})(?:[,;]\s*|$)")
_SIZE: Final = re.compile(r"\\?[A-Za-z]+(?:_\{?\w+\}?)?(?:\+1)?|[1-9][0-9]{0,3}")


@dataclass(frozen=True)
class PageDefinition:
    """What a link defines; known: the quantity is defined already, so that the link is a claim first."""

    symbol: str
    own: Own
    known: bool
    lacks_index: bool


def page_definition(
    left: Member, right: Member, line: int, chain: ReadChain, environment: Environment
) -> PageDefinition | None:
    """None where the link claims."""
    own = chain.own or environment.own
    head = _head(left.value, own)
    if head is None or right.value is None or (isinstance(left.node, s.NameGroup) and head[0] not in own.entities):
        return None
    key, slots = head
    entity = own.entities.get(key)
    body = _body(right.value, slots)
    if entity is None or body is None or key in _symbols(body) or any(own.depends(x, key) for x in _symbols(body)):
        return None
    own_letters = {slot.name for slot in slots}
    left_out = ((name, index) for name, index in free_letters(body).items() if name not in own_letters)
    implied = tuple(index for name, index in left_out if "_" in name or name.startswith(MARK))
    lacks = not {i.name for i in slots} <= set(free_letters(body))
    d = Definition(key, None, None, "", (*slots, *implied), body)
    made = own.with_entity(replace(entity, definition=d, line=line, implied=implied))
    made = replace(made, maps=MappingProxyType({k: v for k, v in made.maps.items() if k != key}))
    old = entity.definition
    known = old is not None and not any(isinstance(e, n.OpaqueMap) for e in n.walk(old.body))
    return PageDefinition(key, made, known, lacks)


def through_quantities(chain: ReadChain, judged: Sequence[str], line: int, environment: Environment) -> Own | None:
    """`y = f(\\sum_j w_j x_j) = f(h)`: y computed from h, which the page defines, where the chain is proved that far.

    The first member alone would hide the quantities that later lines derive y by. None where nothing changes.
    """
    members, own, c = chain.members, environment.own, environment.conventions
    assumes = c.summing_to_one or c.ranges  # what is equal under a condition may differ in slope
    head = None if assumes else _head(members[0].value, own)
    entity = None if head is None else own.entities.get(head[0])
    if head is None or not judged or judged[0] != "definition" or entity is None or entity.definition is None:
        return None
    defined = {key for key, other in own.entities.items() if other.definition is not None}
    if entity.line != line or defined & _symbols(entity.definition.body):
        return None
    for member, word in zip(members[2:], judged[1:], strict=False):
        if word != "proved" or member.value is None:
            return None
        body = _body(member.value, head[1])
        if body is not None and defined & _symbols(body) and not any(own.depends(x, head[0]) for x in _symbols(body)):
            same = {i.name for i in entity.implied} == set(free_letters(body)) - {slot.name for slot in head[1]}
            d = Definition(head[0], None, None, "", (*head[1], *entity.implied), body)
            return own.with_entity(replace(entity, definition=d)) if same else None
    return None


def page_function_entries(left: Member, right: Member, environment: Environment) -> tuple[Member, Member] | None:
    """`\\sigma(z) = …` for a vector z as what it says of one entry; None where it is nothing of the kind."""
    head, values = left.value, right.value
    if not isinstance(head, Tensor) or not isinstance(values, Tensor) or not isinstance(left.node, s.NameGroup):
        return None
    if head.rows is None or head.columns is not None or values.shape != head.shape:
        return None
    r = Index("entry", head.rows)
    one, other = head.at(r, None), values.at(r, None)
    if not isinstance(one, n.Apply) or one.primes or one.function in environment.functions:
        return None
    entry = one.argument
    if not isinstance(entry, n.Entry) or entry.slots != (r,):
        return None
    number = n.Entry(n.Variable(entry.variable.symbol))
    one, other = (replaced(e, lambda part: number if part == entry else None) for e in (one, other))
    return replace(left, value=one), replace(right, value=other)


def _head(value: Value | None, own: Own) -> tuple[str, tuple[Index, ...]] | None:
    """The quantity that stands alone on the left, with a letter for each of its indices that the line does not use."""
    if isinstance(value, Tensor):
        value = entry_of(value)
    if not isinstance(value, n.Entry) or value.variable.symbol not in own.entities:
        return None
    entity = own.entities[value.variable.symbol]
    slots = tuple(slot for slot in value.slots[: len(entity.axes)] if isinstance(slot, Index))
    if len(slots) != len(entity.axes) or len({slot.name for slot in slots}) != len(slots):
        return None
    return value.variable.symbol, slots


def _body(value: Value, slots: tuple[Index, ...]) -> n.Expr | None:
    if isinstance(value, Tensor):
        axes = [slot.axis for slot in slots]
        if [axis for axis in value.shape if axis is not None] != axes:
            return None
        row = slots[0] if value.rows is not None else None
        column = slots[-1] if value.columns is not None else None
        value = value.at(row, column)
    return summed(value, {slot.name: None for slot in slots}).formula


def _symbols(e: n.Expr) -> set[str]:
    return set(read_symbols(e))


# declarations


def extents(text: str, own: Own) -> tuple[n.Axis, ...] | None:
    """The axes of `\\mathbb{R}^{m \\times n}`; None where it is nothing of the kind."""
    found = _SET.fullmatch(text)
    if found is None:
        return None
    inside = found["sizes"] or found["size"] or ""
    sizes = [part.strip() for part in re.split(r"\\times|\\cdot|×|,", inside) if part.strip()]
    if any(_SIZE.fullmatch(size) is None for size in sizes) or len(sizes) > 2:
        return None
    return tuple(own.extent(size) for size in sizes if size != "1")


def lies(text: str) -> bool:
    """Whether `\\mathbb{R}^{1 \\times n}` declares a row."""
    found = _SET.fullmatch(text)
    return found is not None and re.match(r"1\s*(?:\\times|×)\s*(?!1$)", found["sizes"] or "") is not None


def declared(
    names: list[str], axes: tuple[n.Axis, ...], environment: Environment, line: int, row: bool = False
) -> Environment:
    """The names as new, free quantities with these axes."""
    own = environment.own
    for name in names:
        if name in own.entities and own.entities[name].axes != axes:  # what was computed from it is known no more
            kept = {key: e for key, e in own.entities.items() if not own.depends(key, name)}
            own = replace(own, entities=MappingProxyType(kept))
        own = own.with_entity(Entity(name, axes, None, line, own.samples_of(name), row and len(axes) == 1))
    return replace(environment, own=own)


def name_of(text: str, environment: Environment) -> str | None:
    """The key of a name that a declaration gives, with what stands below it."""
    node = parsed(text)
    if node is None:
        return None
    own = environment.own
    reader = NameReader(environment.conventions, lambda key: key in own.entities, lambda key: None)
    try:
        parts: Parts | None = reader.parts(node)
    except NotUnderstood:
        return None
    if parts is None or parts.power is not None or parts.transposed:
        return None
    if not parts.indices:
        return parts.key
    below = "".join(item.span.text for item in parts.indices)
    return f"{parts.key}_{below}"


def _with_declarations(value: str, environment: Environment, line: int) -> Environment | str:
    """`x, y \\in \\mathbb{R}^n, W \\in \\mathbb{R}^{m \\times n}`: the names, each with the set behind it."""
    at = 0
    while at < len(value):
        found = _DECLARED.match(value, at)
        names = [name_of(part, environment) for part in found["names"].split(",")] if found else [None]
        axes = extents(found["set"], environment.own) if found else None
        if found is None or axes is None or any(name is None for name in names):
            return "names \\in \\mathbb{R}^{m \\times n}"
        known = [name for name in names if name]
        environment, at = declared(known, axes, environment, line, lies(found["set"])), found.end()
    return environment


def without(value: str, environment: Environment, line: int) -> Environment:
    """Nothing is known of the names in a declaration that could not be read."""
    names = {key for key in map(str.strip, re.split(r"\\in(?![A-Za-z])|[,;:={}()\s^]", value)) if _SIZE.fullmatch(key)}
    unread = {**environment.own.unread, **dict.fromkeys(names, line)}
    return replace(environment, own=replace(environment.own, unread=MappingProxyType(unread)))


def with_let(value: str, environment: Environment, line: int) -> Environment | str | None:
    """A line `let` that declares: a shape, equal sizes, an operator. None: it is a defining formula; str: expected."""
    if _MEMBER.search(value):
        return _with_declarations(value, environment, line)
    left, equals, right = (part.strip() for part in value.partition("="))
    operator = parsed(right) if equals else None
    if isinstance(operator, s.Derivative) and operator.of is None:
        key = name_of(left, environment)
        if key is None:
            return "a name for the operator"
        return replace(environment, own=environment.own.with_operator(key, right))
    sizes = {a.name for e in environment.own.entities.values() for a in e.axes if isinstance(a, n.Extent)}
    if equals and {left, right} & sizes and all(_SIZE.fullmatch(x) for x in (left, right)):
        return replace(environment, own=with_equal(environment.own, left, right))
    return None


def started_anew(head: s.Node | None, environment: Environment) -> Environment:
    """Without the quantity that a line of the conventions defines: it may have another shape from here on.

    One that is declared and computed from nothing stays: `E_T \\in \\mathbb{R}`, of which T is no index.
    """
    key = None if head is None else name_of(head.span.text, environment)
    own = environment.own
    if key is None or key not in own.entities or own.entities[key].definition is None:
        return environment
    rest = {name: entity for name, entity in own.entities.items() if name != key}
    return replace(environment, own=replace(own, entities=MappingProxyType(rest)))


def with_equal(own: Own, one: str, other: str) -> Own:
    """Two sizes are one from here on, in everything that is known as well."""
    kept = own.equal.get(other, other)
    shapes = Shapes(own, rigid=False, same={n.Extent(one): n.Extent(kept)} if one != kept else {})
    equal = {name: kept if size == one else size for name, size in own.equal.items()}
    return replace(shapes.result(), equal=MappingProxyType({**equal, one: kept}))


def with_function(value: str, environment: Environment, line: int, wait: bool = True) -> Environment | str:
    """`function: E(y)`, `F(x, W) \\in \\mathbb{R}^n`: any differentiable function of whole quantities.

    wait: an argument that the page has not met may get its shape from a line below; else it is a number.
    """
    call, _, values = value.partition("\\in")
    node = parsed(call.strip())
    axes = extents(values, environment.own) if values else ()
    expected = "a function and its arguments, such as E(y)"
    if not isinstance(node, s.NameGroup) or axes is None:
        return expected
    key = name_of(node.head.span.text, environment)
    names = [name_of(item.span.text, environment) for item in node.group.items]
    if key is None or not names or any(name is None for name in names):
        return expected
    own = environment.own
    last = [member_of(item, own.family_names) for item in node.group.items]
    if len(last) == 1 and last[0] is not None and last[0][0] in own.families and not axes:
        return replace(environment, own=replace(own, costs_of=MappingProxyType({**own.costs_of, key: last[0][0]})))
    if wait and any(name not in own.entities for name in names):
        return replace(environment, own=replace(own, awaiting=MappingProxyType({**own.awaiting, key: (value, line)})))
    return replace(environment, own=_with_map(key, [name for name in names if name], axes, line, own))


def _with_map(key: str, arguments: list[str], axes: tuple[n.Axis, ...], line: int, own: Own) -> Own:
    for name in arguments:
        if name not in own.entities:
            own = own.with_entity(Entity(name, (), None, line, own.samples_of(name)))
    slots = tuple(Index(letter, axis) for letter, axis in zip("ij", axes, strict=False))
    entities = [own.entities[name] for name in arguments]
    sampled = tuple(e.key for e in entities if any(index.name.startswith(MARK) for index in e.implied))
    sample = own.sampling.index() if sampled and own.sampling is not None else None
    body = n.OpaqueMap(key, tuple(e.variable for e in entities), axes, slots, sample, sampled)
    implied = () if sample is None else (sample,)
    own = own.with_entity(Entity(key, axes, Definition(key, None, None, "", (*slots, *implied), body), line, implied))
    return replace(own, maps=MappingProxyType({**own.maps, key: tuple(arguments)}))


def with_awaited(statement: Iterable[s.Node], environment: Environment) -> Environment:
    """The functions that a statement mentions, or whose arguments are all known by now, of what they are said to be."""
    mentioned = {name_key(node) for node in walk(*statement)} if environment.own.awaiting else set()
    for key, (value, line) in environment.own.awaiting.items():
        made = with_function(value, environment, line, wait=key.partition("_")[0] not in mentioned)
        if isinstance(made, Environment) and (key in made.own.maps or key in made.own.costs_of):
            rest = {name: waiting for name, waiting in made.own.awaiting.items() if name != key}
            environment = replace(made, own=replace(made.own, awaiting=MappingProxyType(rest)))
    return environment


def member_declaration(chain: s.Chain, environment: Environment) -> Environment | None:
    """`x \\in \\mathbb{R}^m` on the page."""
    if len(chain.links) != 1 or chain.links[0].relation.kind is not RelationKind.MEMBER or chain.first is None:
        return None
    axes = extents(chain.links[0].right.span.text, environment.own)
    name = name_of(chain.first.span.text, environment)
    if axes is None or name is None:
        return None
    known = environment.own.entities.get(name)
    if known is None:
        return declared([name], axes, environment, chain.span.line)
    own = with_shape(environment.own, known.axes, axes)
    if own is None:
        found = f"`{chain.span.text}`, but {name} has another shape (line {known.line})"
        raise NotUnderstood(chain.span, found, "one shape for each name", Code.SHAPES)
    return replace(environment, own=own)


def with_shape(own: Own, known: tuple[n.Axis, ...], said: tuple[n.Axis, ...]) -> Own | None:
    """All quantities, where axes that are known are those that a declaration says; None where they cannot be."""
    shapes = Shapes(own, rigid=False)
    fits = len(known) == len(said) and all(shapes.unify(one, other) for one, other in zip(known, said, strict=True))
    return shapes.result() if fits else None
