"""Random pages that define everything themselves: formulas of vectors and matrices in many notations, true or not.

A formula is a small tree that this file writes as LaTeX, evaluates by NumPy and differentiates itself. A right side is
the left one, or its gradient, after rewritings that change no value; a false twin has one slip more. What is true is
decided by numbers, at three random points of different sizes, derivatives by the complex step. Nothing of the package
is used for any of it.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from symbackprop.documents.checking import Checker
from symbackprop.documents.judge import Judge

SHAPES = {"x": "n1", "u": "n1", "d": "m1", "W": "mn", "A": "nn", "k": "11"}
HEAD = (
    "<!-- symbackprop\nnetwork: none\nlet: x, u \\in \\mathbb{R}^n\nlet: d \\in \\mathbb{R}^m\n"
    "let: W \\in \\mathbb{R}^{m \\times n}\nlet: A \\in \\mathbb{R}^{n \\times n}\nlet: k \\in \\mathbb{R}\n-->\n\n"
)
SIZES = ({"m": 3, "n": 4}, {"m": 4, "n": 2}, {"m": 3, "n": 3})
FUNCTIONS: dict[str, tuple[Callable[..., object], Callable[..., object]]] = {
    "exp": (np.exp, np.exp),
    "tanh": (np.tanh, lambda v: 1 - np.tanh(v) ** 2),
}
STEP = 1e-30
LETTERS = "pqrstvwzabcfgh"


@dataclass(frozen=True)
class Tree:
    """kind: name, number, times, entrywise, plus, minus, turned, exp, tanh; shape: two letters of n, m, 1."""

    kind: str
    shape: str
    parts: tuple[Tree, ...] = ()
    text: str = ""


Point = dict[str, np.ndarray]


def name(letter: str) -> Tree:
    return Tree("name", SHAPES[letter], (), letter)


def number(value: int) -> Tree:
    return Tree("number", "11", (), str(value))


def turned(a: Tree) -> Tree:
    if a.kind == "turned":
        return a.parts[0]
    return a if a.shape == "11" else Tree("turned", a.shape[::-1], (a,))


def times(a: Tree, b: Tree) -> Tree:
    """A matrix product, or a number times anything."""
    shape = b.shape if a.shape == "11" else a.shape if b.shape == "11" else a.shape[0] + b.shape[1]
    return Tree("times", shape, (a, b))


def entrywise(a: Tree, b: Tree) -> Tree:
    return times(a, b) if a.shape == "11" else Tree("entrywise", a.shape, (a, b))


def plus(a: Tree, b: Tree, sign: str = "plus") -> Tree:
    return Tree(sign, a.shape, (a, b))


def value(t: Tree, p: Point) -> np.ndarray:
    made = [value(part, p) for part in t.parts]
    match t.kind:
        case "name":
            return p[t.text]
        case "number":
            return np.array([[float(t.text)]])
        case "times":
            scalar = t.parts[0].shape == "11" or t.parts[1].shape == "11"
            return made[0] * made[1] if scalar else made[0] @ made[1]
        case "entrywise":
            return made[0] * made[1]
        case "plus":
            return made[0] + made[1]
        case "minus":
            return made[0] - made[1]
        case "turned":
            return made[0].T
    return np.asarray(FUNCTIONS[t.kind][0](made[0]))


def gradient(t: Tree, by: str, g: Tree) -> list[Tree]:
    """The terms of the derivative by a name of the sum of the entries of g times t."""
    if t.kind == "name":
        return [g] if t.text == by else []
    a, b = (*t.parts, None, None)[:2]
    if a is None:
        return []
    match t.kind, b:
        case "times", Tree() if a.shape == "11":
            over = g if b.shape == "11" else None
            first = gradient(a, by, times(over, b)) if over is not None else gradient(a, by, _sum(g, b))
            return [*first, *gradient(b, by, times(a, g))]
        case "times", Tree() if b.shape == "11":
            return gradient(times(b, a), by, g)
        case "times", Tree():
            return [*gradient(a, by, times(g, turned(b))), *gradient(b, by, times(turned(a), g))]
        case "entrywise", Tree():
            return [*gradient(a, by, entrywise(g, b)), *gradient(b, by, entrywise(g, a))]
        case "plus", Tree():
            return [*gradient(a, by, g), *gradient(b, by, g)]
        case "minus", Tree():
            return [*gradient(a, by, g), *gradient(b, by, times(number(-1), g))]
        case "turned", None:
            return gradient(a, by, turned(g))
        case "exp", None:
            return gradient(a, by, entrywise(g, t))
    slope = plus(number(1), entrywise(t, t), "minus")
    return gradient(a, by, entrywise(g, slope))


def _sum(g: Tree, b: Tree) -> Tree:
    """The sum of the entries of g times b, for columns and rows."""
    return times(turned(g), b) if g.shape[1] == "1" else times(g, turned(b))


# writing


@dataclass
class Writer:
    """LaTeX in a notation that is drawn anew for every part."""

    draw: random.Random
    letters: int = 0

    def whole(self, t: Tree) -> str:
        """In matrix notation."""
        match t.kind:
            case "name":
                return t.text
            case "number":
                return t.text if t.text[0] != "-" else f"({t.text})"
            case "turned":
                inner = self.whole(t.parts[0])
                return f"{inner}^T" if t.parts[0].kind == "name" else f"({inner})^T"
            case "exp" | "tanh":
                return f"\\{t.kind}({self.whole(t.parts[0])})"
            case "plus" | "minus":
                left, right = self.whole(t.parts[0]), self._factor(t.parts[1])
                return f"{left} {'+' if t.kind == 'plus' else '-'} {right}"
            case "entrywise":
                return f"{self._factor(t.parts[0])} \\odot {self._factor(t.parts[1])}"
        a, b = t.parts
        if t.shape == "11" and a == turned(b) and self.draw.random() < 0.5:
            return f"\\|{self.whole(b)}\\|^2"
        if t.shape == "11" and a.shape != "11" and self.draw.random() < 0.4:
            return f"\\left({self.entry(t, None, None)}\\right)"
        return f"{self._factor(a)} {self._factor(b)}"

    def _factor(self, t: Tree) -> str:
        text = self.whole(t)
        return f"({text})" if t.kind in ("plus", "minus", "entrywise") else text

    def entry(self, t: Tree, r: str | None, c: str | None) -> str:
        """In index notation: the entry at row r and column c, None where there is one alone."""
        match t.kind:
            case "name":
                below = "".join(x for x in (r, c) if x)
                return f"{t.text}_{{{below}}}" if below else t.text
            case "number":
                return self.whole(t)
            case "turned":
                return self.entry(t.parts[0], c, r)
            case "exp" | "tanh":
                return f"\\{t.kind}({self.entry(t.parts[0], r, c)})"
            case "plus" | "minus":
                a, b = (self._entry(part, r, c) for part in t.parts)
                return f"{a} {'+' if t.kind == 'plus' else '-'} {b}"
            case "entrywise":
                a, b = (self._entry(part, r, c) for part in t.parts)
                return f"{a} {b}"
        a, b = t.parts
        if a.shape == "11" or b.shape == "11":
            return f"{self._at(a, r, c)} {self._at(b, r, c)}"
        if a.shape[1] == "1":
            return f"{self._entry(a, r, None)} {self._entry(b, None, c)}"
        letter = LETTERS[self.letters]
        self.letters += 1
        body = f"{self._entry(a, r, letter)} {self._entry(b, letter, c)}"
        sign = self.draw.choice((f"\\sum_{{{letter}=1}}^{a.shape[1]} ", f"\\sum_{letter} ", ""))  # none: Einstein's
        return f"\\left({sign}{body}\\right)"

    def _at(self, t: Tree, r: str | None, c: str | None) -> str:
        return self._entry(t, None, None) if t.shape == "11" else self._entry(t, r, c)

    def _entry(self, t: Tree, r: str | None, c: str | None) -> str:
        text = self.entry(t, r, c)
        return f"({text})" if _untransposed(t).kind in ("plus", "minus") else text


def _untransposed(t: Tree) -> Tree:
    return _untransposed(t.parts[0]) if t.kind == "turned" else t


# drawing


class Drawn:
    """Random trees, rewritings and slips."""

    def __init__(self, seed: int) -> None:
        self.draw = random.Random(seed)

    def tree(self, shape: str, depth: int) -> Tree:
        names = [letter for letter, s in SHAPES.items() if s == shape]
        if not depth and names:
            return name(self.draw.choice(names))
        kind = self.draw.choice(("times", "times", "plus", "minus", "entrywise", "function", "turned", "scaled"))
        if kind == "turned" and shape != "11":
            return turned(self.tree(shape[::-1], depth - 1))
        if kind == "function" and shape != "11" and depth > 0:
            return Tree(self.draw.choice(("exp", "tanh")), shape, (self.tree(shape, max(depth - 2, 0)),))
        if kind in ("plus", "minus") and depth > 0:
            return plus(self.tree(shape, depth - 1), self.tree(shape, depth - 1), kind)
        if kind == "entrywise" and shape != "11" and depth > 0:
            return entrywise(self.tree(shape, depth - 1), self.tree(shape, depth - 1))
        if kind == "scaled" and depth > 0:
            factor = self.draw.choice((number(2), number(3), name("k")))
            return times(factor, self.tree(shape, depth - 1))
        inner = self.draw.choice("nm")
        left, right = shape[0] + inner, inner + shape[1]
        return times(self._leaf(left, depth), self._leaf(right, depth))

    def _leaf(self, shape: str, depth: int) -> Tree:
        if depth > 1:
            return self.tree(shape, depth - 1)
        known = [letter for letter, s in SHAPES.items() if s == shape]
        if known:
            return name(self.draw.choice(known))
        over = [letter for letter, s in SHAPES.items() if s == shape[::-1]]
        if over:
            return turned(name(self.draw.choice(over)))
        return times(name("W"), turned(name("W"))) if shape == "mm" else self.tree(shape, 1)

    def rewritten(self, t: Tree) -> Tree:
        """Another tree with the same value."""
        t = replace(t, parts=tuple(self.rewritten(part) for part in t.parts))
        a, b = (*t.parts, None, None)[:2]
        if self.draw.random() < 0.5 or a is None:
            return t
        match t.kind:
            case "plus" | "entrywise" if b is not None:
                return replace(t, parts=(b, a))
            case "minus" if b is not None:
                return plus(a, times(number(-1), b))
            case "times" if b is not None and "11" in (a.shape, b.shape):
                return replace(t, parts=(b, a))
            case "times" if b is not None and t.shape == "11":
                return times(turned(b), turned(a))
            case "times" if b is not None and b.kind in ("plus", "minus"):
                return plus(times(a, b.parts[0]), times(a, b.parts[1]), b.kind)
            case "turned" if a.kind == "times" and "11" not in (a.parts[0].shape, a.parts[1].shape):
                return times(turned(a.parts[1]), turned(a.parts[0]))
        return t

    def slipped(self, t: Tree) -> Tree:
        """The tree with one slip somewhere."""
        places = list(_places(t))
        return _put(t, self.draw.choice(places), self._slip)

    def _slip(self, t: Tree) -> Tree:
        a, b = (*t.parts, None, None)[:2]
        match t.kind:
            case "name":
                others = [letter for letter, s in SHAPES.items() if s == t.shape and letter != t.text]
                return name(self.draw.choice(others)) if others else turned(t) if t.text == "A" else t
            case "number":
                return number(int(t.text) + 1)
            case "plus" | "minus":
                return replace(t, kind="minus" if t.kind == "plus" else "plus")
            case "exp" | "tanh":
                return replace(t, kind="tanh" if t.kind == "exp" else "exp") if self.draw.random() < 0.5 else t.parts[0]
            case "turned":
                return t.parts[0] if t.shape == "nn" else t
            case "times" if a is not None and b is not None:
                square = a.shape == b.shape == "nn"
                return self.draw.choice((times(b, a), entrywise(a, b))) if square else times(number(2), t)
            case "entrywise" if b is not None and a is not None:
                return a if self.draw.random() < 0.5 else b
        return t


def _places(t: Tree, at: tuple[int, ...] = ()) -> list[tuple[int, ...]]:
    return [at, *(place for k, part in enumerate(t.parts) for place in _places(part, (*at, k)))]


def _put(t: Tree, at: tuple[int, ...], change: Callable[[Tree], Tree]) -> Tree:
    if not at:
        return change(t)
    parts = tuple(_put(part, at[1:], change) if k == at[0] else part for k, part in enumerate(t.parts))
    return replace(t, parts=parts)


def points(seed: int) -> list[Point]:
    draw = np.random.default_rng(seed)
    made = []
    for sizes in SIZES:
        sizes = {**sizes, "1": 1}
        made.append({x: draw.uniform(-0.9, 0.9, (sizes[s[0]], sizes[s[1]])) for x, s in SHAPES.items()})
    return made


@dataclass(frozen=True)
class Page:
    text: str
    holds: bool


def page(seed: int) -> Page:
    """One page: a definition and a claim about it, an equality or a gradient. Smaller ones need no letter twice."""
    for attempt in range(100):
        try:
            return _page(seed, Drawn(1000 * seed + attempt))
        except IndexError:
            continue
    raise ValueError(seed)


def _page(seed: int, drawn: Drawn) -> Page:
    draw = drawn.draw
    writer = Writer(draw)
    slip, head = draw.random() < 0.5, HEAD
    if draw.random() < 0.5:
        shape = draw.choice(("11", "n1", "m1", "nn", "mn"))
        left = drawn.tree(shape, draw.choice((2, 3)))
        right = drawn.rewritten(drawn.rewritten(left))
        right = drawn.slipped(right) if slip else right
        holds = all(np.allclose(value(left, p), value(right, p), rtol=1e-9, atol=1e-12) for p in points(seed))
        y = "Y" if shape in ("nn", "mn") else "y"
        first, below = f"{y} = {writer.whole(left)}", _letters(shape)
        text = (f"2 {y} = 2 ({writer.whole(right)})" if draw.random() < 0.5
                else f"2 {y}{_below(below)} = 2 ({writer.entry(right, *below)})")  # fmt: skip
    else:
        by, terms = draw.choice("xWA"), list[Tree]()
        while not terms:
            cost = drawn.tree("11", draw.choice((2, 3)))
            terms = gradient(cost, by, number(1))
        right = terms[0]
        for term in terms[1:]:
            right = plus(right, term)
        right = drawn.rewritten(right)
        right = drawn.slipped(right) if slip else right
        holds = all(np.allclose(_slopes(cost, by, p), value(right, p), rtol=1e-7, atol=1e-10) for p in points(seed))
        first, below = f"L = {writer.whole(cost)}", _letters(SHAPES[by])
        form = draw.choice(("whole", "entry", "nabla", "numerator"))
        if form == "entry":
            text = f"\\frac{{\\partial L}}{{\\partial {by}{_below(below)}}} = {writer.entry(right, *below)}"
        elif form == "nabla":
            text = f"\\nabla_{by} L = {writer.whole(right)}"
        else:
            numerator = form == "numerator"
            head = HEAD.replace("-->", "layout: gradients: numerator\n-->") if numerator else HEAD
            right = turned(right) if numerator else right
            text = f"\\frac{{\\partial L}}{{\\partial {by}}} = {writer.whole(right)}"
    return Page(f"{head}$${first}$$\n\n$${text}$$\n", holds)


def _letters(shape: str) -> tuple[str | None, str | None]:
    return (None if shape[0] == "1" else "i", None if shape[1] == "1" else "j")


def _below(letters: tuple[str | None, str | None]) -> str:
    text = "".join(x for x in letters if x)
    return f"_{{{text}}}" if text else ""


def _slopes(cost: Tree, by: str, p: Point) -> np.ndarray:
    made = np.zeros(p[by].shape)
    for place in np.ndindex(made.shape):
        there = p[by].astype(complex)
        there[place] += 1j * STEP
        made[place] = np.imag(value(cost, {**p, by: there})[0, 0]) / STEP
    return made


@dataclass
class Figures:
    said: Counter[tuple[bool, str]] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        said = {f"{'true' if holds else 'false'} {word}": n for (holds, word), n in sorted(self.said.items())}
        return f"{self.said.total()} random claims: {said}; {len(self.wrong)} wrong verdicts"


def run(seeds: range) -> Figures:
    figures = Figures()
    for seed in seeds:
        made = page(seed)
        found = Checker(Judge(corrects=False), 20.0).check(made.text, "page.md").equations
        said = found[-1].links[-1].said if len(found) == 2 else "unreadable"
        figures.said[made.holds, said] += 1
        if (made.holds and said == "refuted") or (not made.holds and said == "proved"):
            figures.wrong.append(f"{seed}: {said}, but {made.holds}: {made.text.partition('-->')[2].strip()}")
    return figures
