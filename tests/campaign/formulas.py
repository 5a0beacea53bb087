"""The notation of the pages in derivations/, parsed without the package: nodes that know where they stand.

While it parses, a `Parser` also notes the places at which a slip of the pen may happen.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

TOKEN = re.compile(r"\\[A-Za-z]+|\\.|\d+|[A-Za-z]|\S", re.DOTALL)
LAYOUT = {r"\left", r"\right", r"\big", r"\Big", r"\bigg", "&", r"\\", r"\,"}
RELATIONS = ("=", r"\equiv", r"\leftarrow")
GAPS = (r"\quad", r"\qquad")
LAYERED = {"w", "z", "a", "b", r"\delta"}


class NotParsed(Exception):
    """The text is outside of the notation that this parser knows."""


@dataclass(frozen=True)
class Token:
    text: str
    start: int
    end: int


@dataclass(frozen=True)
class Layer:
    """base: "l", "L" or "" for a plain number."""

    base: str
    offset: int


@dataclass(frozen=True)
class Node:
    """kind and parts; `start` and `end` are offsets in the formula's text."""

    kind: str
    parts: tuple[Any, ...]
    start: int = 0
    end: int = 0


@dataclass(frozen=True)
class Site:
    """A place for a slip: what is there, from where to where, and what the slip needs to know."""

    kind: str
    start: int
    end: int
    more: Any = None


@dataclass
class Statement:
    members: list[Node]
    conditions: list[Node] = field(default_factory=list)


@dataclass
class Parsed:
    """main: the statements in their order; braced: what stands above an underbrace, and below it."""

    main: list[Statement]
    braced: list[tuple[Node, Node]]
    sites: list[Site]


def tokens(text: str) -> list[Token]:
    """Tokens without layout."""
    made = [Token(m.group(), m.start(), m.end()) for m in TOKEN.finditer(text)]
    kept: list[Token] = []
    at = 0
    while at < len(made):
        if made[at].text in (r"\begin", r"\end"):
            while made[at].text != "}":
                at += 1
        elif made[at].text not in LAYOUT:
            kept.append(made[at])
        at += 1
    return kept


def parse(text: str, plain_layers: bool) -> Parsed:
    """plain_layers: layers stand as `^l`, not as `^{(l)}`."""
    parser = Parser(tokens(text), plain_layers)
    return Parsed(parser.statements(), parser.braced, parser.sites)


class Parser:
    def __init__(self, tokens: list[Token], plain_layers: bool) -> None:
        self.tokens, self.at, self.plain = tokens, 0, plain_layers
        self.sites: list[Site] = []
        self.braced: list[tuple[Node, Node]] = []
        self.quiet = 0

    # tokens

    @property
    def here(self) -> str:
        return self.tokens[self.at].text if self.at < len(self.tokens) else ""

    def ahead(self, by: int = 1) -> str:
        return self.tokens[self.at + by].text if self.at + by < len(self.tokens) else ""

    def take(self, text: str = "") -> Token:
        if self.at >= len(self.tokens) or (text and self.here != text):
            raise NotParsed(f"expected {text!r}, found {self.here!r}")
        self.at += 1
        return self.tokens[self.at - 1]

    @property
    def end(self) -> int:
        return self.tokens[self.at - 1].end

    @property
    def start(self) -> int:
        if self.at >= len(self.tokens):
            raise NotParsed("the end")
        return self.tokens[self.at].start

    def site(self, kind: str, start: int, end: int, more: Any = None) -> None:
        if not self.quiet:
            self.sites.append(Site(kind, start, end, more))

    # statements

    def statements(self) -> list[Statement]:
        made: list[Statement] = []
        waiting: list[Statement] = []
        while self.at < len(self.tokens):
            if self.here in GAPS or self.here in ",.":
                self.take()
            elif self.here == "(" and self._is_condition():
                condition = self._condition()
                for statement in waiting:
                    statement.conditions.extend(condition)
                waiting = []
            else:
                statement = self._statement()
                made.append(statement)
                waiting.append(statement)
        return made

    def _is_condition(self) -> bool:
        depth = 0
        for token in self.tokens[self.at :]:
            depth += {"(": 1, ")": -1}.get(token.text, 0)
            if token.text in (r"\leq", r"\neq"):
                return True
            if depth == 0 or token.text in RELATIONS:
                return False
        return False

    def _condition(self) -> list[Node]:
        self.quiet += 1
        made = []
        self.take("(")
        while True:
            first = self.take()
            if self.here == r"\neq":
                self.take()
                made.append(Node("differs", (first.text, self.take().text)))
            else:
                self.take(r"\leq")
                letter = self.take().text
                self.take(r"\leq")
                made.append(Node("range", (letter, self._limit())))
            if self.here != ",":
                break
            self.take(",")
        self.take(")")
        self.quiet -= 1
        return made

    def _limit(self) -> Any:
        """An axis as its layer, the number of samples, or a layer itself."""
        if self.here == "n":
            self.take()
            self.take("_")
            return "width", self._in_braces(self._layer)
        if self.here == "N":
            self.take()
            return "samples", None
        return "layer", self._in_braces(self._layer)

    def _in_braces(self, inner: Any) -> Any:
        if self.here != "{":
            return inner()
        self.take("{")
        made = inner()
        self.take("}")
        return made

    def _layer(self) -> Layer:
        first = self.take().text
        if first.isdigit():
            return Layer("", int(first))
        if first not in ("l", "L"):
            raise NotParsed(f"layer {first!r}")
        if self.here in ("+", "-") and self.ahead().isdigit():
            sign = 1 if self.take().text == "+" else -1
            return Layer(first, sign * int(self.take().text))
        return Layer(first, 0)

    def _statement(self) -> Statement:
        members = [self.sum()]
        while self.here in RELATIONS:
            self.take()
            members.append(self.sum())
        return Statement(members)

    # expressions

    def sum(self) -> Node:
        start = self.start
        terms: list[tuple[int, Node]] = []
        while True:
            sign = 1
            if self.here in ("+", "-"):
                token = self.take()
                sign = 1 if token.text == "+" else -1
                self.site("sign", token.start, token.end, bool(terms))
            elif terms:
                break
            terms.append((sign, self.product()))
            if self.here not in ("+", "-"):
                break
        if len(terms) == 1 and terms[0][0] == 1:
            return terms[0][1]
        return Node("sum", tuple(terms), start, self.end)

    def product(self) -> Node:
        start = self.start
        factors = [self.factor()]
        signs: list[str] = []
        while self._starts_factor():
            sign = "juxtaposed"
            if self.here == r"\odot":
                token = self.take()
                self.site("odot", token.start, token.end)
                sign = "odot"
            signs.append(sign)
            factors.append(self.factor())
        if len(factors) == 1:
            return factors[0]
        for at, factor in enumerate(factors):
            beside = signs[max(at - 1, 0)] == "juxtaposed" and (at >= len(signs) or signs[at] == "juxtaposed")
            if beside and factor.kind != "sigma":
                self.site("factor", factor.start, factor.end)
        for left, right, sign in zip(factors, factors[1:], signs, strict=False):
            if sign == "juxtaposed":
                self.site("between", left.end, right.start, (left, right))
        return Node("product", (tuple(factors), tuple(signs)), start, self.end)

    def _starts_factor(self) -> bool:
        here = self.here
        stops = ("", ")", "]", "}", "+", "-", ",", ".", r"\rVert", *RELATIONS, *GAPS)
        if here == "(" and self._is_condition():
            return False
        return here not in stops

    def factor(self) -> Node:
        start = self.start
        here = self.here
        if here.isdigit():
            token = self.take()
            self.site("number", token.start, token.end, token.text)
            return Node("number", (float(here),), start, self.end)
        if here == r"\frac":
            return self._fraction()
        if here == r"\sum":
            return self._sigma()
        if here == r"\nabla":
            self.take()
            self.take("_")
            by = self._in_braces(self._symbol)
            return Node("gradient", (self._symbol(), by), start, self.end)
        if here == r"\underbrace":
            self.take()
            body = self._in_braces(self.sum)
            self.take("_")
            self.quiet += 1
            below = self._in_braces(self.sum)
            self.quiet -= 1
            self.braced.append((body, below))
            return Node("group", (body,), start, self.end)
        if here == r"\lVert":
            self.take()
            body = self.sum()
            self.take(r"\rVert")
            self.take("^")
            self.take("2")
            return Node("norm", (body,), start, self.end)
        if here == r"\log":
            self.take()
            return Node("apply", ("log", 0, self.factor()), start, self.end)
        if here == "e" and self.ahead() == "^":
            self.take()
            self.take("^")
            return Node("apply", ("exp", 0, self._in_braces(self.sum)), start, self.end)
        if here in ("(", "["):
            return self._raised(self._group(), start)
        if here in ("f", r"\sigma"):
            return self._function()
        if here == "d" and self.ahead() in ("z", "C", "E"):
            self.take()
            return Node("differential", (self._symbol(),), start, self.end)
        return self._raised(self._symbol(), start)

    def _group(self) -> Node:
        start = self.take().start
        body = self.sum()
        self.take()
        return Node("group", (body,), start, self.end)

    def _raised(self, base: Node, start: int) -> Node:
        while self.here == "^":
            begin = self.start
            if self.ahead() == "T":
                self.take()
                self.take()
                self.site("transpose", begin, self.end)
                base = Node("transpose", (base,), start, self.end)
            elif self.ahead().isdigit():
                self.take()
                token = self.take()
                self.site("power", token.start, token.end, token.text)
                base = Node("power", (base, int(token.text)), start, self.end)
            else:
                break
        return base

    def _function(self) -> Node:
        start = self.start
        name = self.take()
        primes = 0
        while self.here == "'":
            primes += 1
            self.take()
        self.site("primes", name.end, self.end, primes)
        if self.here != "(":
            raise NotParsed(f"{name.text} without brackets")
        return self._raised(Node("apply", (name.text, primes, self._group()), start, self.end), start)

    def _fraction(self) -> Node:
        start = self.take(r"\frac").start
        if self.ahead() == r"\partial":
            self.take("{")
            self.take(r"\partial")
            of = self._group() if self.here in ("(", "[") else self._symbol()
            self.take("}")
            self.take("{")
            self.take(r"\partial")
            by = self._symbol()
            self.take("}")
            return Node("partial", (of, by), start, self.end)
        before = len(self.sites)
        top = self._in_braces(self.sum)
        below = self._in_braces(self.sum)
        if top.kind == "number" and top.parts[0] == 1.0:
            del self.sites[before:]
            self.site("coefficient", start, self.end)
        return Node("fraction", (top, below), start, self.end)

    def _sigma(self) -> Node:
        start = self.take(r"\sum").start
        self.take("_")
        braced = self.here == "{"
        if braced:
            self.take("{")
        letter = self.take()
        self.site("index", letter.start, letter.end, letter.text)
        limit: Any = None
        if braced and self.here == "=":
            self.take("=")
            self.take("1")
            self.take("}")
            self.take("^")
            begin = self.start
            limit = self._in_braces(self._limit)
            if limit[0] == "width":
                self.site("bound", begin, self.end, limit[1])
        elif braced:
            self.take("}")
        head = self.end
        body = self.product()
        self.site("sum", start, head)
        return Node("sigma", (letter.text, limit, body), start, self.end)

    def _symbol(self) -> Node:
        """letter, subscripts, layer."""
        start = self.start
        letter = self.take().text
        subscripts: list[Any] = []
        layer: Layer | None = None
        while self.here in ("_", "^"):
            if self.here == "^" and (self.ahead() == "T" or letter not in LAYERED or not self._is_layer()):
                break
            if self.take().text == "_":
                if letter in ("E", "C", "J"):
                    words = self._mark()
                    return Node("symbol", (f"{letter}_{words}" if words != "s" else letter, ("s",) * (words == "s"),
                                           None), start, self.end)  # fmt: skip
                for token in self._subscripts():
                    digit = token.text.isdigit()
                    for place, one in enumerate(token.text):
                        at = token.start + place
                        subscripts.append(int(one) if digit else token.text)
                        self.site("digit" if digit else "index", at, at + 1 if digit else token.end, one)
            else:
                begin = self.start
                if self.plain:
                    layer = self._in_braces(self._layer)
                    self.site("layer", begin, self.end, layer)
                else:
                    self.take("{")
                    self.take("(")
                    layer = self._layer()
                    self.take(")")
                    self.take("}")
                    self.site("layer", begin, self.end, layer)
        known = letter in LAYERED or letter in ("y", "E", "C", "J", "N", r"\lambda", r"\mu", "n")
        if not known:
            raise NotParsed(f"symbol {letter!r}")
        node = Node("symbol", (letter, tuple(subscripts), layer), start, self.end)
        self.site("symbol", start, self.end)
        if not subscripts and (layer is not None or letter == "y"):
            self.site("whole", start, self.end)
        return node

    def _is_layer(self) -> bool:
        return self.plain or (self.ahead() == "{" and self.ahead(2) == "(")

    def _mark(self) -> str:
        if self.here != "{":
            return self.take().text
        words, depth = "", 0
        while True:
            text = self.take().text
            depth += {"{": 1, "}": -1}.get(text, 0)
            words += text if text.isalpha() else ""
            if not depth:
                return words

    def _subscripts(self) -> list[Token]:
        if self.here != "{":
            return [self.take()]
        self.take("{")
        made = []
        while self.here != "}":
            made.append(self.take())
        self.take("}")
        return made
