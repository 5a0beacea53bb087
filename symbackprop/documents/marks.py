"""A name's scripts told apart: indices, the layer, the sample, a power, a transpose."""

from __future__ import annotations

from dataclasses import dataclass, field

from symbackprop.documents import syntax as s
from symbackprop.documents.conventions import MarkPlace, SampleMark
from symbackprop.documents.environment import LAYERED, SAMPLED, Environment
from symbackprop.documents.kinds import Bracket, NameKind, ScriptMark, Sign
from symbackprop.documents.names import function_key
from symbackprop.documents.problems import NotUnderstood
from symbackprop.documents.source import Span
from symbackprop.network import LAST
from symbackprop.notation import Layer

NATURAL = 10_000
TRANSPOSE = frozenset({"T", "\\top", "\\intercal"})


@dataclass
class Marks:
    """What the scripts of one name say."""

    indices: list[s.Node] = field(default_factory=list)
    layer: Layer | None = None
    layer_span: Span | None = None
    sample: str | None = None
    power: int | None = None
    transposed: bool = False
    capital: bool = False  # the name is written as a matrix
    readings: list[str] = field(default_factory=list)


class MarkReader:
    """Reads the scripts of the quantities of one document; one letter stands for the general layer."""

    def __init__(self, environment: Environment) -> None:
        self.environment = environment
        self.letter: str | None = None
        self.layer_below = False
        self.bound: dict[str, str] = {}  # letters that a sum over layers binds, and the core's names for them
        self.unmarked = False  # the line marks no layers: a number above is a power
        self.fixed: dict[str, Layer] = {}  # letters that a condition sets to one layer, `l = L`

    def read(self, symbol: str, scripts: tuple[s.Script, ...]) -> Marks:
        made = Marks()
        above = [x for x in scripts if x.mark is ScriptMark.SUPERSCRIPT]
        bracketed = any(x.bracket in (Bracket.ROUND, Bracket.SQUARE) for x in above)
        self.layer_below = self.environment.conventions.layer_below and not bracketed
        for script in scripts:
            if script.is_transpose:
                made.transposed = True
            elif script.mark is ScriptMark.SUBSCRIPT:
                self._below(symbol, script, made)
            else:
                self._above(symbol, script, made)
        return made

    def _below(self, symbol: str, script: s.Script, made: Marks) -> None:
        items = script.items
        if self.layer_below and symbol in LAYERED and made.layer is None and items:
            made.layer, made.layer_span = self.layer(items[0]), items[0].span
            items = items[1:]
        for item in items:
            sample = self._sample(symbol, item, MarkPlace.SUBSCRIPT, script.bracket)
            if sample is not None:
                made.sample = sample.letter
            elif script.bracket in (Bracket.NONE, Bracket.BRACES):
                made.indices.extend(_digits(item) if symbol == "w" and len(script.items) == 1 else [item])
            else:
                raise NotUnderstood(script.span, "a bracketed subscript", "an index, or a sample's mark")

    def _above(self, symbol: str, script: s.Script, made: Marks) -> None:
        items, bracket = script.items, script.bracket
        if len(items) == 2 and isinstance(items[1], s.Name) and items[1].text in TRANSPOSE:  # ^{[l]T}
            made.transposed, items = True, items[:1]
            first = items[0]
            if isinstance(first, s.Group) and len(first.items) == 1:
                items, bracket = first.items, first.opening
        if len(items) != 1:
            raise NotUnderstood(script.span, "several superscripts", "one layer, sample or power")
        (item,) = items
        sample = self._sample(symbol, item, MarkPlace.SUPERSCRIPT, bracket)
        bare = bracket in (Bracket.NONE, Bracket.BRACES)
        if sample is not None:
            made.sample = sample.letter
        elif symbol in LAYERED and made.layer is None and not (bare and isinstance(item, s.Number)):
            made.layer, made.layer_span = self.layer(item), script.span
        elif bare and isinstance(item, s.Number) and (symbol not in LAYERED or made.layer is not None or self.unmarked):
            made.power = natural(item)
        elif symbol == "y" and self.layer(item) == LAST:
            made.readings.append("the superscript of y names the layer that it is compared with")
        else:
            raise NotUnderstood(script.span, "a superscript", "a layer such as ^{(l)}, or a power behind brackets")

    def _sample(self, symbol: str, item: s.Node, place: MarkPlace, bracket: Bracket) -> SampleMark | None:
        if symbol not in SAMPLED or not isinstance(item, s.Name):
            return None
        bracketed = bracket in (Bracket.ROUND, Bracket.SQUARE)
        for mark in self.environment.conventions.samples:
            if mark.place is place and mark.bracketed == bracketed and mark.letter == item.text:
                return mark
        return None

    def layer(self, node: s.Node) -> Layer:
        """A layer's number: a letter, a numeral, or one of them plus or minus a numeral."""
        if isinstance(node, s.Number):
            return self.environment.layer_number(natural(node))
        names = self.environment.conventions.layer_names
        if isinstance(node, s.Name) and node.text in names:
            return self.environment.layer_number(names[node.text])
        if isinstance(node, s.Scripted) and function_key(node) == self.environment.conventions.last:
            return LAST  # n_l
        if isinstance(node, s.Name) and node.kind is NameKind.LETTER and not node.decorations:
            return self._lettered(node)
        if isinstance(node, s.Addition) and len(node.terms) == 2:
            base, step = node.terms
            if base.sign is None and isinstance(step.body, s.Number) and step.sign in (Sign.PLUS, Sign.MINUS):
                steps = natural(step.body)
                return self.layer(base.body) + (steps if step.sign is Sign.PLUS else -steps)
        raise NotUnderstood(node.span, f"`{node.span.text}` as a layer", "a letter or a number, such as l - 1")

    def _lettered(self, node: s.Name) -> Layer:
        if node.text == self.environment.conventions.last:
            return LAST
        if node.text in self.bound:
            return Layer(self.bound[node.text])
        if node.text in self.fixed:
            return self.fixed[node.text]
        if self.letter not in (None, node.text):
            raise NotUnderstood(node.span, f"a second letter for a layer, `{node.text}`", f"`{self.letter}`")
        self.letter = node.text
        return Layer("l")

    def layer_letter(self, name: str) -> None:
        """A condition says that this letter runs over layers."""
        self.letter = self.letter or name


def natural(node: s.Number) -> int:
    """A whole number of moderate size."""
    if not node.text.isdigit() or not node.text.isascii() or int(node.text[:6]) > NATURAL or len(node.text) > 5:
        raise NotUnderstood(node.span, f"`{node.text}`", f"a whole number up to {NATURAL}")
    return int(node.text)


def _digits(item: s.Node) -> list[s.Node]:
    """The two indices of `w_{11}`."""
    if isinstance(item, s.Number) and len(item.text) == 2 and item.text.isdigit():
        start = item.span.start
        spans = [Span(item.span.source, start + k, start + k + 1) for k in (0, 1)]
        return [s.Number(span, digit) for span, digit in zip(spans, item.text, strict=True)]
    return [item]
