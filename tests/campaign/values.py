"""Whether an equation of a page holds: by NumPy at random networks, with derivatives by the complex step.

Nothing of the package is used. What has no value because its indices or shapes do not fit raises `Form`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

import numpy as np
from by_hand import STEP, Point, total

from campaign.formulas import Layer, Node, Statement


class Form(Exception):
    """No value: an index over another axis, a dangling one, shapes that do not fit."""


class Missing(Exception):
    """A layer that does not exist at this depth."""


class Unknown(Exception):
    """This evaluator cannot say."""


Environment = Mapping[str, int]


def uses(node: Any) -> Iterator[tuple[str, tuple[str, Layer | None]]]:
    """Free letters with their axes: ("layer", where it stands, shifted for a weight's second subscript)."""
    if not isinstance(node, Node):
        return
    if node.kind == "symbol":
        letter, subscripts, layer = node.parts
        for place, index in enumerate(subscripts):
            if isinstance(index, str):
                if letter in ("E", "C", "J"):
                    yield index, ("sample", None)
                elif letter == "y":
                    yield index, ("neuron", Layer("L", 0))
                elif layer is not None:
                    yield index, ("neuron", Layer(layer.base, layer.offset - (letter == "w" and place == 1)))
                else:
                    raise Form(f"{letter} without its layer")
        if layer is not None and layer.base == "l":
            yield "l", ("layer", None)
        return
    bound = node.parts[0] if node.kind == "sigma" else ""
    for part in parts(node):
        yield from ((letter, axis) for letter, axis in uses(part) if letter != bound)


def parts(node: Node) -> list[Node]:
    if node.kind == "sum":
        return [term for _, term in node.parts]
    if node.kind == "product":
        return list(node.parts[0])
    return [part for part in node.parts if isinstance(part, Node)]


def einstein(node: Node, free: set[str]) -> Node:
    """Letters that are neither free nor bound get their sum, over the smallest product that holds them all."""
    for letter in dict.fromkeys(name for name, axis in uses(node) if axis[0] == "neuron"):
        if letter not in free:
            node = _summed(node, letter)
    return node


def _summed(node: Node, letter: str) -> Node:
    within = [part for part in parts(node) if letter in {name for name, _ in uses(part)}]
    if len(within) == 1 and node.kind != "partial":
        (one,) = within
        return _replaced(node, one, _summed(one, letter))
    if node.kind != "product" or not within:
        raise Form(f"{letter} dangles")
    return Node("sigma", (letter, None, node), node.start, node.end)


def _replaced(node: Node, old: Node, new: Node) -> Node:
    if node.kind == "sum":
        made: tuple[Any, ...] = tuple((sign, new if term is old else term) for sign, term in node.parts)
    elif node.kind == "product":
        made = (tuple(new if factor is old else factor for factor in node.parts[0]), node.parts[1])
    else:
        made = tuple(new if part is old else part for part in node.parts)
    return Node(node.kind, made, node.start, node.end)


class Values:
    """Numbers for nodes at a point."""

    def __init__(self, p: Point) -> None:
        self.p = p

    def number(self, layer: Layer, at: Environment) -> int:
        base = {"L": self.p.L, "": 0}.get(layer.base, at.get("l", 0))
        return base + layer.offset

    def axis(self, axis: tuple[str, Layer | None], at: Environment) -> tuple[str, int]:
        """An axis as its kind and the number of its layer."""
        if axis[1] is None:
            return axis[0], 0
        layer = self.number(axis[1], at)
        if layer not in self.p.n:
            raise Missing(str(layer))
        return axis[0], layer

    def length(self, axis: tuple[str, int]) -> int:
        return len(self.p.xs) if axis[0] == "sample" else self.p.n[axis[1]]

    def of(self, node: Node, at: Environment) -> Any:
        made = getattr(self, f"_{node.kind}")(node, at)
        return made

    def _number(self, node: Node, at: Environment) -> Any:
        return node.parts[0]

    def _group(self, node: Node, at: Environment) -> Any:
        return self.of(node.parts[0], at)

    def _sum(self, node: Node, at: Environment) -> Any:
        made = [sign * self.of(term, at) for sign, term in node.parts]
        if len({np.shape(value) for value in made}) > 1:
            raise Form("a sum of different shapes")
        return sum(made[1:], made[0])

    def _product(self, node: Node, at: Environment) -> Any:
        factors, signs = node.parts
        made = self.of(factors[0], at)
        for sign, factor in zip(signs, factors[1:], strict=True):
            right = self.of(factor, at)
            if not np.ndim(made) or not np.ndim(right):
                if sign == "odot" and np.shape(made) != np.shape(right):
                    raise Form("elementwise with a number")
                made = made * right
            elif sign == "odot":
                if np.shape(made) != np.shape(right):
                    raise Form("elementwise of different shapes")
                made = made * right
            elif np.shape(made)[1] != np.shape(right)[0]:
                raise Form("a matrix product that does not fit")
            else:
                made = made @ right
                made = made[0, 0] if made.shape == (1, 1) else made
        return made

    def _fraction(self, node: Node, at: Environment) -> Any:
        top, below = (self.of(part, at) for part in node.parts)
        if np.ndim(below) or np.ndim(top):
            raise Form("division of matrices")
        return top / below

    def _power(self, node: Node, at: Environment) -> Any:
        base = self.of(node.parts[0], at)
        if np.ndim(base):
            raise Form("power of a matrix")
        return base ** node.parts[1]

    def _norm(self, node: Node, at: Environment) -> Any:
        return np.sum(np.asarray(self.of(node.parts[0], at)) ** 2)

    def _transpose(self, node: Node, at: Environment) -> Any:
        return np.transpose(self.of(node.parts[0], at))

    def _apply(self, node: Node, at: Environment) -> Any:
        name, primes, argument = node.parts
        value = self.of(argument, at)
        if name in ("exp", "log"):
            if np.ndim(value):
                raise Unknown(name)
            return {"exp": np.exp, "log": np.log}[name](value)
        function = self.p.hidden if name == r"\sigma" else self.p.output
        if function.slope is None or primes > 1:
            raise Unknown(f"{name} with {primes} primes")
        return (function.slope if primes else function.value)(value)

    def _sigma(self, node: Node, at: Environment) -> Any:
        letter, limit, body = node.parts
        if limit is not None and limit[0] == "layer":
            return sum(self.of(body, {**at, letter: k}) for k in self.p.layers)
        axes = {self.axis(axis, at) for name, axis in uses(body) if name == letter}
        if limit is not None:
            axes.add(self.axis(("sample", None) if limit[0] == "samples" else ("neuron", limit[1]), at))
        if len(axes) != 1:
            raise Form(f"{letter} over {len(axes)} axes")
        made = [self.of(body, {**at, letter: k}) for k in range(self.length(axes.pop()))]
        return sum(made[1:], made[0])

    # quantities

    def _symbol(self, node: Node, at: Environment) -> Any:
        letter, subscripts, layer = node.parts
        if letter in ("E", "C", "J"):
            if letter == "J":
                return total(self.p)
            return (self.p.sample(at["s"]) if subscripts else self.p).E
        if letter == "E_total":
            return total(self.p)
        if letter in (r"\lambda", "N"):
            return self.p.decay if letter == r"\lambda" else len(self.p.xs)
        slots = tuple(index - 1 if isinstance(index, int) else self._bound(index, at) for index in subscripts)
        if letter == "y":
            return self._entry(self.p.y, slots)
        if letter not in ("w", "b", "z", "a", r"\delta") or layer is None:
            raise Unknown(letter)
        return self._entry(self.array(letter, self.number(layer, at)), slots)

    def _bound(self, index: str, at: Environment) -> int:
        if index not in at:
            raise Form(f"{index} is nothing")
        return at[index]

    def array(self, letter: str, layer: int) -> Any:
        if letter == r"\delta":
            if layer not in self.p.z:
                raise Missing(f"delta {layer}")
            if np.iscomplexobj(self.p.a[self.p.L]):
                raise Unknown("a derivative of a delta")
            return self.p.delta(layer)
        held = {"w": self.p.w, "b": self.p.b, "z": self.p.z, "a": self.p.a}[letter]
        if layer not in held:
            raise Missing(f"{letter} {layer}")
        return held[layer]

    def _entry(self, array: Any, slots: tuple[int, ...]) -> Any:
        if not slots:
            return array if array.ndim == 2 else array[:, None]
        if len(slots) != array.ndim or any(k >= size for k, size in zip(slots, array.shape, strict=True)):
            raise Form("subscripts that do not fit")
        return array[slots]

    # derivatives

    def _partial(self, node: Node, at: Environment) -> Any:
        of, by = node.parts
        letter, subscripts, layer = by.parts
        if letter not in ("w", "b", "z", "a") or layer is None:
            raise Unknown("a derivative by " + letter)
        if not subscripts:
            raise Form("a derivative by an array")
        slots = tuple(index - 1 if isinstance(index, int) else self._bound(index, at) for index in subscripts)
        return self._slope(of, letter, self.number(layer, at), slots, at)

    def _slope(self, of: Node, letter: str, layer: int, slots: tuple[int, ...], at: Environment) -> Any:
        there = self.array(letter, layer).astype(complex)
        if len(slots) != there.ndim or any(k >= size for k, size in zip(slots, there.shape, strict=True)):
            raise Form("subscripts that do not fit")
        there[slots] += 1j * STEP
        return np.imag(Values(self.p.moved(letter, layer, there)).of(of, at)) / STEP

    def _gradient(self, node: Node, at: Environment) -> Any:
        of, by = node.parts
        letter, subscripts, layer = by.parts
        if subscripts or layer is None or letter not in ("w", "b", "z", "a"):
            raise Form("a gradient by an entry")
        k = self.number(layer, at)
        array = self.array(letter, k)
        made = np.array([self._slope(of, letter, k, place, at) for place in np.ndindex(array.shape)])
        return made.reshape(array.shape) if array.ndim == 2 else made[:, None]

    def _differential(self, node: Node, at: Environment) -> Any:
        letter, subscripts, layer = node.parts[0].parts
        if letter == "z" and layer is not None:
            k = self.number(layer, at)
            if k not in self.p.dz:
                raise Missing(f"dz {k}")
            return self._entry(self.p.dz[k], tuple(self._bound(i, at) for i in subscripts))
        k = self.p.L
        return np.imag(self.p.moved("z", k, self.p.z[k] + 1j * STEP * self.p.dz[k]).sample(at.get("s", 0)).E) / STEP


def judged(statement: Statement, number: int, points: tuple[Point, ...]) -> str:
    """ "holds", "differs" or "form: why" for one link (from 0) of a statement; raises Unknown."""
    first = statement.members[0]
    left, right = statement.members[number], statement.members[number + 1]
    stated = {c.parts[0] for c in statement.conditions if c.kind == "range"}
    free = {letter for letter, _ in uses(first)} | stated | {"l"}
    reached = False
    try:
        left, right = (einstein(member, free | {"s"}) for member in (left, right))
        for p in points:
            for layer in range(p.first, p.L + 1):
                at = {"l": layer, "s": 0}
                try:
                    if not _in_range(statement, p, at):
                        continue
                    outcome = _at_layer(statement, left, right, p, at)
                except Missing:
                    continue
                reached = True
                if outcome:
                    return "differs"
    except Form as reason:
        return f"form: {reason}"
    return "holds" if reached else "form: no such layer"


def _in_range(statement: Statement, p: Point, at: dict[str, int]) -> bool:
    layers = [c for c in statement.conditions if c.kind == "range" and c.parts[1][0] == "layer"]
    return all(1 <= at[c.parts[0]] <= Values(p).number(c.parts[1][1], at) for c in layers)


def _at_layer(statement: Statement, left: Node, right: Node, p: Point, at: dict[str, int]) -> bool:
    """Whether the sides differ at any value of the free indices."""
    values = Values(p)
    axes: dict[str, set[tuple[str, int]]] = {}
    for member in (statement.members[0], left, right):
        for letter, axis in uses(member):
            if axis[0] == "neuron":
                axes.setdefault(letter, set()).add(values.axis(axis, at))
    for condition in statement.conditions:
        if condition.kind == "range" and condition.parts[1][0] == "width" and condition.parts[0] in axes:
            axes[condition.parts[0]].add(values.axis(("neuron", condition.parts[1][1]), at))
    if any(len(found) > 1 for found in axes.values()):
        raise Form("an index over two axes")
    letters = sorted(axes)
    ranges = [range(values.length(next(iter(axes[letter])))) for letter in letters]
    differs = False
    for place in product(*ranges):
        here = {**at, **dict(zip(letters, place, strict=True))}
        if any(c.kind == "differs" and here[c.parts[0]] == here[c.parts[1]] for c in statement.conditions):
            continue
        one, other = values.of(left, here), values.of(right, here)
        if np.shape(one) != np.shape(other):
            raise Form("sides of different shapes")
        differs = differs or not np.allclose(one, other, rtol=1e-7, atol=1e-9)
    return differs
