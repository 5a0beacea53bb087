r"""Slips of the pen in LaTeX of any notation: tokens, and factors that stand beside each other, by brackets alone.

Nothing of the package is used and nothing is parsed: a slip is where it starts and ends, and what stands there instead.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

TOKEN = re.compile(r"\\[A-Za-z]+|\\.|\d+|[A-Za-z]|\s+|.", re.DOTALL)
WORDS = {r"\text", r"\mbox", r"\label", r"\tag", r"\begin", r"\end", r"\color", r"\substack", r"\stackrel", r"\rm",
         r"\hspace"}
NO_NAMES = {r"\cdots", r"\vdots", r"\ddots", r"\ldots", r"\infty"}
LAYOUT = {r"\left", r"\right", r"\big", r"\Big", r"\bigg", r"\Bigg", r"\displaystyle", "&", r"\,", r"\;", r"\!"}
TIMES = {r"\cdot", r"\times", "*", r"\odot", r"\circ", r"\bullet", r"\otimes"}
FRACTIONS = {r"\frac", r"\dfrac"}
OPENING, CLOSING = {"(": ")", "[": "]", "{": "}", r"\{": r"\}"}, {")", "]", "}", r"\}"}
FUNCTIONS = {r"\exp": r"\log", r"\log": r"\exp", r"\ln": r"\exp", r"\max": r"\min", r"\min": r"\max",
             r"\tanh": r"\exp"}  # fmt: skip
ORDERS = {"<": ">", ">": "<", r"\leq": r"\geq", r"\geq": r"\leq", r"\le": r"\ge", r"\ge": r"\le", r"\neq": "="}
STOPS = {"=", r"\equiv", r"\leftarrow", r"\rightarrow", r"\Rightarrow", r"\\", ",", ".", ";", "+", "-", r"\quad",
         r"\qquad", r"\therefore", r"\sum", r"\in", "|", r"\|"}  # fmt: skip


@dataclass(frozen=True)
class Slip:
    """`text[start:end]` becomes `new`."""

    kind: str
    start: int
    end: int
    new: str

    def applied(self, text: str) -> str:
        return text[: self.start] + self.new + text[self.end :]


@dataclass(frozen=True)
class Token:
    text: str
    start: int
    end: int
    script: str = ""  # the script that it stands in, "_" or "^"


@dataclass(frozen=True)
class Unit:
    """A factor: what stands alone between operators; first and last token."""

    first: int
    last: int
    base: str


def slips(text: str) -> list[Slip]:
    """Every slip once, those that give the same text counted as one."""
    return list({slip.applied(text): slip for slip in _Slips(text).all() if slip.applied(text) != text}.values())


class _Slips:
    """The work on one formula."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = _scripted(_tokens(text))
        self.units = list(self._units())
        self.letters = sorted({t.text for t in self.tokens if t.script == "_" and t.text.isalpha()})
        self.bases = sorted({unit.base for unit in self.units if unit.base})

    def all(self) -> Iterator[Slip]:
        for at, token in enumerate(self.tokens):
            yield from self._of_token(at, token)
        for unit in self.units:
            yield from self._of_unit(unit)
        for one in self.units:
            behind = next((other for other in self.units if other.first > one.last), None)
            if behind is not None:
                yield from self._of_neighbours(one, behind)

    # tokens

    def _next(self, at: int) -> str:
        return self.tokens[at + 1].text if at + 1 < len(self.tokens) else ""

    def _of_token(self, at: int, token: Token) -> Iterator[Slip]:
        start, end, was = token.start, token.end, token.text
        before = self.tokens[at - 1].text if at else ""
        if token.script == "_" and was.isalpha():
            for letter in [x for x in self.letters if x != was][:2] + [x for x in "ijk" if x not in self.letters][:1]:
                yield Slip(f"index {was} to {letter}", start, end, letter)
        if was.isdigit():
            for new in {str(int(was) + 1), str(max(int(was) - 1, 0))}:
                yield Slip(f"number {was} to {new}", start, end, new)
        if was in ("+", "-"):
            yield Slip("sign", start, end, "-" if was == "+" else "+")
            if token.script and before.isalnum() and self._next(at).isdigit():
                yield Slip("shift dropped", start, self.tokens[at + 1].end, "")
        if token.script == "^" and was in ("l", "L", "k", "o", "h") and self._next(at) not in ("+", "-"):
            for new in (f"{was}-1", f"{was}+1"):
                yield Slip(f"layer {was} to {new}", start, end, new if before != "^" else "{" + new + "}")
        if token.script == "^" and was in ("T", r"\top"):
            dropped = self.tokens[at - 1].start if before == "^" else start
            yield Slip("transpose dropped", dropped, end, "")
        if was in ("'", r"\prime"):
            yield Slip("prime dropped", self.tokens[at - 1].start if before == "^" else start, end, "")
        if was == "=" and not token.script:
            yield Slip("minus put before", end, end, " - ")
        if was in ORDERS:
            yield Slip("order", start, end, ORDERS[was] + " ")
        if was in FUNCTIONS:
            yield Slip("function", start, end, FUNCTIONS[was] + " ")
        if was in TIMES:
            yield Slip("product sign dropped", start, end, " ")
            yield Slip("product sign", start, end, " " if was in (r"\odot", r"\circ") else r" \odot ")
        if was == r"\sum":
            yield Slip("sum dropped", start, self._after_scripts(at), "")

    def _after_scripts(self, at: int) -> int:
        """Where the scripts behind a token end."""
        while self._next(at) in ("_", "^"):
            at = self._atom(at + 2)
        return self.tokens[at].end

    # factors

    def _atom(self, at: int) -> int:
        """The last token of the group or letter that starts here."""
        if at >= len(self.tokens):
            return len(self.tokens) - 1
        closing = OPENING.get(self.tokens[at].text)
        if closing is None:
            return at
        depth = 0
        for k in range(at, len(self.tokens)):
            depth += self.tokens[k].text in OPENING
            depth -= self.tokens[k].text in CLOSING
            if depth == 0:
                return k
        return len(self.tokens) - 1

    def _unit(self, at: int) -> int:
        """The last token of the factor that starts here, its scripts and brackets behind it included."""
        was = self.tokens[at].text
        last = self._atom(at)
        for _ in range(2 if was in FRACTIONS else self._decorates(at)):
            last = self._atom(last + 1)
        while self._next(last) in ("_", "^", "'"):
            last = last + 1 if self._next(last) == "'" else self._atom(last + 2)
        if self._next(last) == "(" and was not in OPENING and was not in FRACTIONS:
            last = self._atom(last + 1)
        return last

    def _decorates(self, at: int) -> bool:
        """Whether a command stands before a group: `\\mathbf{W}`, `\\sqrt{u}`, a macro with its argument."""
        return self.tokens[at].text[:1] == "\\" and self._next(at) == "{"

    def _units(self) -> Iterator[Unit]:
        at = 0
        while at < len(self.tokens):
            token = self.tokens[at]
            was = token.text
            if token.script or was in {"{"} | STOPS | CLOSING | TIMES | {"_", "^", "'", r"\partial", r"\sum"}:
                at = at + 1 if was not in ("_", "^") else self._atom(at + 1) + 1
                continue
            last = self._unit(at)
            letter = was if was.isalpha() or (was.startswith("\\") and was[1:].isalpha()) else ""
            plain = was not in FRACTIONS | NO_NAMES and not self._decorates(at)
            yield Unit(at, last, letter if plain else "")
            at = at + 1 if was in OPENING or was in FRACTIONS else last + 1

    def _of_unit(self, unit: Unit) -> Iterator[Slip]:
        first, last = self.tokens[unit.first], self.tokens[unit.last]
        if unit.base:
            others = [base for base in self.bases if base != unit.base and base not in FUNCTIONS]
            for base in others[:2]:
                yield Slip(f"{unit.base} to {base}", first.start, first.end, base + " ")
        marked = first.text not in FRACTIONS and self._decorates(unit.first)
        if (unit.base.isupper() or marked) and "T" not in self.text[first.end : last.end]:
            inner = self.text[first.start : last.end]
            yield Slip("transpose put behind", first.start, last.end, f"({inner})^T")
        if first.text in FRACTIONS:
            above = self._atom(unit.first + 1)
            below = self._atom(above + 1)
            top = self.text[self.tokens[unit.first + 1].start : self.tokens[above].end]
            bottom = self.text[self.tokens[above + 1].start : self.tokens[below].end]
            yield Slip("turned over", self.tokens[unit.first + 1].start, self.tokens[below].end, bottom + top)
        if first.text not in OPENING:
            yield Slip("2 times", first.start, first.start, "2 ")
        if self._next(unit.last) == "(" or (self._next(unit.first) == "(" and unit.base):
            yield Slip("prime put behind", first.end, first.end, "'")

    def _of_neighbours(self, one: Unit, other: Unit) -> Iterator[Slip]:
        between = self.tokens[one.last + 1 : other.first]
        if any(t.text not in TIMES for t in between) or len(between) > 1:
            return
        a, b, c, d = (self.tokens[k] for k in (one.first, one.last, other.first, other.last))
        yield Slip("first factor dropped", a.start, c.start, "")
        yield Slip("second factor dropped", b.end, d.end, "")
        turned = self.text[c.start : d.end] + self.text[b.end : c.start] + " " + self.text[a.start : b.end]
        yield Slip("factors swapped", a.start, d.end, turned)


def _tokens(text: str) -> list[Token]:
    """Without blanks, layout, and words."""
    made = [Token(m.group(), m.start(), m.end()) for m in TOKEN.finditer(text) if not m.group().isspace()]
    kept: list[Token] = []
    at = 0
    while at < len(made):
        if made[at].text in WORDS and at + 1 < len(made) and made[at + 1].text == "{":
            begins = made[at].text == r"\begin"
            at = _behind(made, at + 1)
            at = _behind(made, at) if begins and at < len(made) and made[at].text == "{" else at
            continue
        if made[at].text not in LAYOUT:
            kept.append(made[at])
        at += 1
    return kept


def _behind(tokens: list[Token], at: int) -> int:
    """Behind the group that starts here."""
    depth = 0
    while at < len(tokens):
        depth += (tokens[at].text == "{") - (tokens[at].text == "}")
        at += 1
        if not depth:
            break
    return at


def _scripted(tokens: list[Token]) -> list[Token]:
    """Each token with the innermost script that it stands in."""
    made: list[Token] = []
    within: list[tuple[str, int]] = []
    depth = 0
    for at, token in enumerate(tokens):
        opened = tokens[at - 1].text if at and tokens[at - 1].text in ("_", "^") else ""
        if token.text == "{":
            depth += 1
            if opened:
                within.append((opened, depth))
        script = within[-1][0] if within else opened
        made.append(Token(token.text, token.start, token.end, script if token.text not in ("{", "}") else ""))
        if token.text == "}":
            if within and within[-1][1] == depth:
                within.pop()
            depth -= 1
    return made
