"""Quantities that do not exist: a layer outside the network, a neuron beyond its layer's width."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from symbackprop.documents import syntax as s
from symbackprop.documents.environment import LAYERED, LOWEST, Environment
from symbackprop.documents.marks import MarkReader, Marks, natural
from symbackprop.documents.names import name_key
from symbackprop.documents.problems import Code, NotUnderstood, Problem
from symbackprop.network import LAST
from symbackprop.notation import Layer


def nowhere(node: s.Node, environment: Environment, fixed: Mapping[str, Layer]) -> Problem | None:
    """The first quantity that names a layer or a neuron which is not there; `fixed`: letters that are one layer."""
    for part in _outside_in(node):
        symbol = _symbol(part, environment)
        if symbol is None or not isinstance(part, s.Scripted):
            continue
        try:
            reader = MarkReader(environment)
            reader.fixed = dict(fixed)
            marks = reader.read(symbol, part.scripts)
        except NotUnderstood:
            continue
        if marks.layer is not None:
            marks.layer = environment.meant(symbol, marks.layer)
        found = _layer(symbol, marks, environment) or _neuron(symbol, marks, environment)
        if found is not None:
            return found
    return None


def _symbol(node: s.Node, environment: Environment) -> str | None:
    key = name_key(node.base) if isinstance(node, s.Scripted) else None
    symbol = None if key is None else environment.conventions.letters.get(key)
    return symbol if symbol in LAYERED else None


def _layer(symbol: str, marks: Marks, environment: Environment) -> Problem | None:
    layer, span, c = marks.layer, marks.layer_span, environment.conventions
    if layer is None or span is None:
        return None
    last = c.last if c.depth is None else str(c.depth)
    if layer.base == "L" and layer.offset > 0:
        text = f"there is no layer {span.text.strip('^{}()[]')}: {last} is the last layer"
        return Problem(Code.NO_SUCH_LAYER, span, text)
    number = _from_input(layer, environment)
    if number is not None and number < LOWEST.get(symbol, 1):
        why = "that is the input" if number == 0 else f"layer {c.first} is the first"
        text = f"there is no {symbol} in layer {environment.said(layer)}: {why}"
        return Problem(Code.NO_SUCH_LAYER, span, text)
    return None


def _from_input(layer: Layer, environment: Environment) -> int | None:
    """How many layers above the input a layer lies, where that is a number."""
    if not layer.base:
        return layer.offset
    depth = environment.fixed_depth
    return depth + layer.offset if layer.base == "L" and depth is not None else None


def _neuron(symbol: str, marks: Marks, environment: Environment) -> Problem | None:
    if marks.layer is None:
        return None
    layers = (marks.layer, marks.layer - 1)
    turned = symbol == "w" and environment.conventions.from_to
    for node, layer in zip(marks.indices, layers[::-1] if turned else layers, strict=False):
        width = _width(layer, environment)
        if isinstance(node, s.Number) and width is not None and natural(node) > width:
            text = f"there is no neuron {node.text} in layer {environment.said(layer)}, whose width is {width}"
            return Problem(Code.NO_SUCH_NEURON, node.span, text)
    return None


def _width(layer: Layer, environment: Environment) -> int | None:
    number, depth = _from_input(layer, environment), environment.fixed_depth
    if number is None or depth is None:
        return None
    return dict(environment.fixed_widths).get(LAST + (number - depth))


def _outside_in(node: s.Node) -> Iterator[s.Node]:
    yield node
    for child in node.children():
        yield from _outside_in(child)
