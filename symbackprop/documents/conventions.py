"""The conventions block: what a document's letters mean where the document does not say."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum, auto
from fractions import Fraction
from types import MappingProxyType
from typing import Final

from symbackprop.documents import syntax as s
from symbackprop.documents.names import function_key, key_of_text, name_key, opaque, parsed
from symbackprop.documents.values import values_of
from symbackprop.functions import ACTIVATIONS, ANY, COSTS, SOFTMAX


class MarkPlace(Enum):
    """Where the mark of a sample stands."""

    SUBSCRIPT = auto()  # C_k
    SUPERSCRIPT = auto()  # y^{(i)}
    ARGUMENT = auto()  # E(c_i)


@dataclass(frozen=True)
class SampleMark:
    """A mark that names a sample: `_k`, `^{(i)}`, or `c_i` as an argument."""

    place: MarkPlace
    letter: str
    bracketed: bool = False
    head: str = ""


@dataclass(frozen=True)
class Conventions:
    """first: the input layer's number; last: the output layer's letter; depth: the output layer's number, if fixed.

    letters: the document's names for z, a, w, b and delta; costs, predictions, targets, inputs: the names of each;
    hidden, output: the activation's letter or the name of a row of the table; widths: one a layer, None a symbol.
    data_costs: names such as C_0 of the cost before a penalty is added.
    delta_shift: how far the layer of delta's z lies from its number.
    from_to: w_ij leads from i to j; source: w^l and b^l feed layer l + 1; weights_stated: a line has said
    both; layer_below: the first index below is the layer; layer_names: the layers'
    names, each with its number; per_layer: every layer has its own activation, f_l.
    rows: the samples are the rows of a matrix, and every cost is that of all of them;
    gradients: marks such as the \\delta of \\delta x, and the cost whose derivative they name; numerator: a gradient is
    a row, transposed to its variable; parents, children: the sets of all neurons, with their layer, that feed one and
    that it feeds: those of the layer below and above; summing_to_one: quantities whose entries sum to 1.
    """

    network: bool = True
    first: int = 0
    last: str = "L"
    depth: int | None = None
    widths: tuple[int | None, ...] = ()
    width_letter: str = "n"
    sample_count: str = "N"
    letters: Mapping[str, str] = field(
        default_factory=lambda: MappingProxyType(
            {"w": "w", "W": "w", "b": "b", "z": "z", "a": "a", "\\delta": "delta"}
        )
    )
    biases: bool = True
    hidden: str = "\\sigma"
    output: str = "f"
    costs: tuple[str, ...] = ("E", "C", "J", "L", "\\ell", "\\mathcal L", "\\mathcal J", "\\mathcal C", "\\mathcal E")
    data_costs: tuple[str, ...] = ()
    predictions: tuple[str, ...] = ("\\hat y",)
    targets: tuple[str, ...] = ("y",)
    inputs: tuple[str, ...] = ()
    samples: tuple[SampleMark, ...] = ()
    delta: str = ""
    delta_shift: int = 0
    target_sums_to_one: bool = False
    matrix_products: bool = False  # side by side is a matrix product, stated and not merely customary
    lets: tuple[str, ...] = ()
    named_cost: str = ""
    from_to: bool = False
    source: bool = False
    weights_stated: bool = False
    layer_below: bool = False
    rows: bool = False
    layer_names: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    per_layer: bool = False
    gradients: tuple[tuple[str, str], ...] = ()
    numerator: bool = False
    summing_to_one: frozenset[str] = frozenset()
    ranges: tuple[tuple[str, Fraction, Fraction], ...] = ()
    parents: str = ""
    children: str = ""
    dots_entrywise: bool = False  # \cdot between two vectors is no inner product
    output_named: bool = False  # the output layer's function is stated, and no default


Changed = Conventions | str  # a str says what was expected


def with_line(conventions: Conventions, key: str, value: str) -> Changed:
    """The conventions with one line `key: value` of a block obeyed; or what was expected there."""
    action = _KEYS.get(key)
    if action is None:
        return f"one of the keys {', '.join(sorted(_KEYS))}"
    return action(conventions, value)


def _layers(c: Conventions, value: str) -> Changed:
    layers = [tuple(name.strip() for name in part.split("=")) for part in value.split(",")]
    names = {name: number for number, group in enumerate(layers) for name in group}
    if len(layers) > 1 and all(re.fullmatch(r"\\?[A-Za-z]+", name) for name in names):
        if len(names) < sum(map(len, layers)):
            return "a name for one layer only"
        named = MappingProxyType(names)
        return replace(c, first=0, last=layers[-1][0], depth=len(layers) - 1, widths=(), layer_names=named)
    c = replace(c, layer_names=MappingProxyType({}))
    found = re.fullmatch(r"([0-9]{1,3})\s*\.\.\s*([0-9]{1,3}|\\?[A-Za-z]+(?:_[A-Za-z])?)", value)
    if found is None:
        return "the input layer's number .. the output layer's number or letter, such as 0..L; or names: x, h, o"
    first, last = int(found[1]), found[2]
    if not last.isdigit():
        return replace(c, first=first, last=last, depth=None, widths=())
    if not first < int(last):
        return "an output layer above the input layer"
    return replace(c, first=first, depth=int(last), widths=())


def _widths(c: Conventions, value: str) -> Changed:
    if not value.startswith("["):
        node = parsed(value)
        base = node.base if isinstance(node, s.Scripted) else node
        key = None if base is None else name_key(base)
        return "how a width is written, such as n_l" if key is None else replace(c, width_letter=key)
    parts = [part.strip() for part in value.strip("[]").split(",")]
    widths = tuple(int(part) if part.isdigit() and len(part) < 5 else None for part in parts)
    if c.depth is None or len(widths) != c.depth - c.first + 1:
        return "one width a layer, after a line `layers` that fixes their number"
    return "widths of at least 1" if 0 in widths else replace(c, widths=widths)


def _symbols(c: Conventions, value: str) -> Changed:
    letters, biases, met = dict(c.letters), c.biases, set[str]()
    for part in value.split(","):
        ours, _, theirs = (piece.strip() for piece in part.partition("="))
        if ours == "b" and theirs == "none":
            biases = False
            continue
        key = key_of_text(theirs)
        if ours not in {"z", "a", "w", "b", "delta"} or key is None:
            return "pairs such as z=x, a=y, w=\\theta, or b=none"
        letters = {k: v for k, v in letters.items() if v != ours or ours in met} | {key: ours}
        met.add(ours)  # `z=z, z=Z`: both
    return replace(c, letters=MappingProxyType(letters), biases=biases)


def function_name(text: str) -> str | None:
    """The letter of an opaque function, or the name of a row of the table."""
    plain = text.strip().lstrip("\\").lower()
    if plain in ACTIVATIONS or plain == SOFTMAX:
        return plain
    node = parsed(text)
    key = None if node is None else function_key(node)
    return None if key is None else opaque(key)


_ONE_A_LAYER: Final = re.compile(r"(.+)[_^](?:l|\{l\}|\(l\)|\{\(l\)\}|\{\[l\]\})")


def _hidden(c: Conventions, value: str) -> Changed:
    """`f_l`: every layer has its own, the output layer too until `output` names another."""
    one_a_layer = _ONE_A_LAYER.fullmatch(value)
    name = function_name(value if one_a_layer is None else one_a_layer[1])
    if name is None or name == SOFTMAX or (one_a_layer is not None and name in ACTIVATIONS):
        return "the letter or the name of an elementwise activation"
    if one_a_layer is not None:
        return replace(c, hidden=name, output=name, per_layer=True)
    return replace(c, hidden=name, per_layer=False)


def _output(c: Conventions, value: str) -> Changed:
    name = function_name(value)
    if name is None:
        return "the letter or the name of an output function"
    return replace(c, output=name, output_named=True)


def _activation(c: Conventions, value: str) -> Changed:
    name = function_name(value)
    if name is None or name == SOFTMAX:
        return "the letter or the name of an elementwise activation"
    return replace(c, hidden=name, output=name, output_named=True, per_layer=False)


def _names(value: str) -> tuple[str, ...] | None:
    depth, parts, current = 0, [], ""
    for char in value:
        depth += (char in "({[") - (char in ")}]")
        if char == "," and depth == 0:
            parts.append(current)
            current = ""
        else:
            current += char
    keys = [_cost_key(part) for part in [*parts, current]]
    return None if None in keys else tuple(key for key in keys if key)


def _cost_key(text: str) -> str | None:
    node = parsed(text.strip())
    if isinstance(node, s.NameGroup):  # J(W,b;x,y), h_{W,b}(x): one name
        return name_key(node.head.base if isinstance(node.head, s.Scripted) else node.head)
    key = None if node is None else name_key(node)
    if key is None and isinstance(node, s.Scripted):  # C_k: the mark is the sample's
        key = name_key(node.base)
    return key


_NUMBERED: Final = re.compile(r"\\?[A-Za-z]+_(?:[0-9]|\{[0-9]\})")


def _cost(c: Conventions, value: str) -> Changed:
    if value in COSTS or value == ANY:
        return replace(c, named_cost="" if value == ANY else value)
    parts = [part.strip() for part in value.split(",")]
    data = tuple(part for part in parts if _NUMBERED.fullmatch(part)) if len(parts) > 1 else ()
    names = _names(", ".join(part for part in parts if part not in data))
    if names is None:
        return "names such as C_k, C"
    keys = tuple(part.replace("{", "").replace("}", "") for part in data)
    return replace(c, costs=tuple(dict.fromkeys(names)), data_costs=keys)


def _prediction(c: Conventions, value: str) -> Changed:
    names = _names(value)
    return "names such as \\hat{y}" if names is None else replace(c, predictions=names)


def _target(c: Conventions, value: str) -> Changed:
    names = _names(value)
    return "a name such as y" if names is None else replace(c, targets=names)


def _input(c: Conventions, value: str) -> Changed:
    names = _names(value)
    return "a name such as x" if names is None else replace(c, inputs=names)


_DELTA: Final = re.compile(r"z(?:_\{?l([+-][0-9])?\}?)?")


def _delta(c: Conventions, value: str) -> Changed:
    """`z`: delta is the cost's derivative by z of its own layer; `z_{l-1}`: of the layer below its number."""
    found = _DELTA.fullmatch(value.replace(" ", ""))
    if found is None:
        return "z, or z_{l-1}: what \\delta is the derivative by"
    return replace(c, delta="z", delta_shift=int(found[1] or 0))


_MARK: Final = re.compile(r"([_^])\{?([(\[]?)(\\?[A-Za-z]+)[)\]]?\}?")
_ARGUMENT: Final = re.compile(r"([A-Za-z])_\{?([A-Za-z])\}?")
_BARE_ARGUMENT: Final = re.compile(r"\(([A-Za-z])\)")


def _sample(c: Conventions, value: str) -> Changed:
    marks = []
    if value == "none":
        return replace(c, samples=())
    for part in (piece.strip() for piece in value.split(",")):
        mark, argument, bare = _MARK.fullmatch(part), _ARGUMENT.fullmatch(part), _BARE_ARGUMENT.fullmatch(part)
        if bare is not None:
            marks.append(SampleMark(MarkPlace.ARGUMENT, bare[1], True))
        elif mark is not None:
            place = MarkPlace.SUBSCRIPT if mark[1] == "_" else MarkPlace.SUPERSCRIPT
            marks.append(SampleMark(place, mark[3], bool(mark[2])))
        elif argument is not None:
            marks.append(SampleMark(MarkPlace.ARGUMENT, argument[2], True, argument[1]))
        else:
            return "marks such as _k, ^{(i)}, (x), c_i, or none"
    return replace(c, samples=tuple(marks))


def _sample_count(c: Conventions, value: str) -> Changed:
    key = key_of_text(value)
    return "the letter of the number of samples" if key is None else replace(c, sample_count=key)


def _neighbours(value: str) -> str | None:
    """The name of `P(v, i)`."""
    node = parsed(value)
    return name_key(node.head) if isinstance(node, s.NameGroup) and len(node.group.items) == 2 else None


def _parents(c: Conventions, value: str) -> Changed:
    name = _neighbours(value)
    expected = "a set such as P(v, i): the neurons that feed neuron i of layer v"
    return expected if name is None else replace(c, parents=name)


def _children(c: Conventions, value: str) -> Changed:
    name = _neighbours(value)
    expected = "a set such as C(v, i): the neurons that neuron i of layer v feeds"
    return expected if name is None else replace(c, children=name)


def _network(c: Conventions, value: str) -> Changed:
    if value not in ("mlp", "none"):
        return "mlp or none"
    return replace(c, network=value == "mlp")


_TARGET_ONE: Final = re.compile(r"\\sum(?:_\{?(\w)\}?)?\s*(.+?)_\{?(\w)\}?\s*=\s*1")


_BETWEEN: Final = re.compile(r"(-?[0-9]{1,6}(?:\.[0-9]{1,6})?)\s*<\s*(.+?)\s*<\s*(-?[0-9]{1,6}(?:\.[0-9]{1,6})?)")


def _assume(c: Conventions, value: str) -> Changed:
    between = _BETWEEN.fullmatch(value)
    name = None if between is None else key_of_text(between[2])
    if between is not None and name is not None and Fraction(between[1]) < Fraction(between[3]):
        others = tuple(each for each in c.ranges if each[0] != name)
        return replace(c, ranges=(*others, (name, Fraction(between[1]), Fraction(between[3]))))
    found = _TARGET_ONE.fullmatch(value)
    key = None if found is None else key_of_text(found[2])
    if key is None:
        return "\\sum_i y_i = 1, or 0 < k < 1"
    return replace(c, target_sums_to_one=c.target_sums_to_one or key == "y", summing_to_one=c.summing_to_one | {key})


def _gradient(c: Conventions, value: str) -> Changed:
    """`\\delta v = \\partial E / \\partial v`: what a mark at any quantity v names."""
    left, _, right = (parsed(part.strip()) if part else None for part in value.partition("="))
    expected = "\\delta v, dv or \\overline{v} = \\frac{\\partial E}{\\partial v}"
    cost = None if not isinstance(right, s.Derivative) or right.of is None else name_key(right.of)
    if cost is None or not isinstance(right, s.Derivative) or len(right.by) != 1:
        return expected
    letter = name_key(right.by[0].body)
    if isinstance(left, s.Product) and len(left.factors) == 2 and name_key(left.factors[1]) == letter:
        mark = f"before {name_key(left.factors[0])}"
    elif isinstance(left, s.Differential) and left.body is not None and name_key(left.body) == letter:
        mark = "d"
    elif isinstance(left, s.Name) and letter == left.text and len(left.decorations) == 1:
        mark = left.decorations[0].value
    else:
        return expected
    others = tuple((m, of) for m, of in c.gradients if m != mark)
    return replace(c, gradients=(*others, (mark, cost)))


def _customary(*allowed: str) -> Callable[[Conventions, str], Changed]:
    """A key of which only the customary value is understood so far."""

    def action(c: Conventions, value: str) -> Changed:
        return c if value.replace(" ", "") in allowed else " or ".join(allowed)

    return action


def _weights(c: Conventions, value: str) -> Changed:
    """`to,from; target`: which index of w_ij comes first, and which layer its mark names."""
    words = {word for word in re.split(r"[;\s]+", value) if word}
    if not words or words - {"to,from", "from,to", "target", "source"} or {"to,from", "from,to"} <= words:
        return "to,from or from,to; target or source"
    if {"target", "source"} <= words:
        return "target or source: the layer that a weight's mark names"
    return replace(c, from_to="from,to" in words, source="source" in words, weights_stated=True)


_LAYER_MARKS: Final = {"^l": False, "^{l}": False, "^(l)": False, "^{(l)}": False, "^{[l]}": False, "_l": True}


def _layer_mark(c: Conventions, value: str) -> Changed:
    below = _LAYER_MARKS.get(value.replace(" ", "").replace("_{l}", "_l"))
    return "^l, ^{(l)}, ^{[l]} or _l" if below is None else replace(c, layer_below=below)


def _layout(c: Conventions, value: str) -> Changed:
    """`columns; gradients: shape`, the customary layout; `rows`: samples are rows; `numerator` without a network."""
    parts = {part.replace(" ", "").removeprefix("gradients:") for part in value.split(";")}
    other = {"numerator"} if not c.network else set()
    allowed = {"columns", "rows", "shape", "juxtaposition:matrix", "juxtaposition:elementwise"} | other
    if not parts <= allowed:
        return " or ".join(sorted(allowed))
    numerator = "numerator" in parts or (c.numerator and "shape" not in parts)
    rows = "rows" in parts and c.network
    return replace(c, numerator=numerator, matrix_products="juxtaposition:matrix" in parts, rows=rows)


def _where(c: Conventions, value: str) -> Changed:
    return "numbers such as x = 1, y = 0" if values_of(value) is None else c


def _let(c: Conventions, value: str) -> Changed:
    return replace(c, lets=(*c.lets, value))


_KEYS: Final[Mapping[str, Callable[[Conventions, str], Changed]]] = MappingProxyType(
    {
        "network": _network, "layers": _layers, "widths": _widths, "symbols": _symbols,
        "hidden": _hidden, "output": _output, "activation": _activation, "cost": _cost,
        "prediction": _prediction, "target": _target, "input": _input, "delta": _delta, "sample": _sample,
        "sample-count": _sample_count, "parents": _parents, "children": _children,
        "assume": _assume, "gradient": _gradient, "function": lambda c, value: c, "let": _let,
        "macro": lambda c, value: c, "where": _where,
        "weights": _weights, "layer-mark": _layer_mark,
        "layout": _layout,
    }
)  # fmt: skip
