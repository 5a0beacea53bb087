"""A name of the page taken apart: what it is called, its indices, its power, whether it is transposed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from symbackprop.documents import syntax as s
from symbackprop.documents.conventions import Conventions, MarkPlace, SampleMark
from symbackprop.documents.kinds import Bracket, NameKind, ScriptMark
from symbackprop.documents.names import name_key, word_of
from symbackprop.documents.problems import NotUnderstood
from symbackprop.documents.quantities import index_name
from symbackprop.documents.source import Span
from symbackprop.documents.trees import walk
from symbackprop.documents.write import latex

HEADS = (s.Name, s.Decorated)


@dataclass(frozen=True)
class Parts:
    """`w_{ji}^T`: the name, its indices as written, the sample's letter, a power, a transpose."""

    key: str
    indices: tuple[s.Node, ...] = ()
    power: s.Script | None = None
    transposed: bool = False
    sample: str | None = None

    @property
    def bare(self) -> bool:
        """Whether it is the whole quantity as it stands."""
        return not self.indices and self.power is None and not self.transposed


@dataclass(frozen=True)
class NameReader:
    """Takes names apart; `known` tells whether a name as a whole stands for something."""

    conventions: Conventions
    known: Callable[[str], bool]
    ranked: Callable[[str], int | None]
    families: frozenset[str] = frozenset()
    labels: frozenset[str] = frozenset()  # letters that stand below names before a number only, the h of `net_{h1}`
    renamed: frozenset[str] = frozenset()  # names with a number below that are no entries

    def parts(self, node: s.Node) -> Parts | None:
        """None where the node is no name, with or without scripts."""
        whole = name_key(node)
        if whole is not None and (self.known(whole) or not isinstance(node, s.Scripted)):
            return Parts(whole)
        if not isinstance(node, s.Scripted) or node.primes:
            return None
        key = name_key(node.base)
        if key is None:
            return None
        made = Parts(key)
        marks_first = sorted(node.scripts, key=lambda script: script.mark is ScriptMark.SUBSCRIPT)
        for script in marks_first:
            made = self._with(made, script)
        return made

    def _with(self, made: Parts, script: s.Script) -> Parts:
        sample = sample_letter(script, self.conventions.samples)
        if sample is not None:
            return Parts(made.key, made.indices, made.power, made.transposed, sample)
        if script.is_transpose:
            if made.transposed:
                raise NotUnderstood(script.span, "a second transpose", "one, or brackets between the two")
            return Parts(made.key, made.indices, made.power, True, made.sample)
        if script.mark is ScriptMark.SUBSCRIPT:
            return self._below(made, script)
        return self._above(made, script)

    def _below(self, made: Parts, script: s.Script) -> Parts:
        whole = f"{made.key}_{word_of(script) or plain(script)}"
        tensor = (self.ranked(made.key) or 0) > 0
        numbers = all(isinstance(item, s.Number) for item in script.items)
        words = all(isinstance(item, s.Name) and item.kind is not NameKind.LETTER for item in script.items)
        label = whole in self.renamed or (labelled(script) in self.labels and (self.ranked(made.key) or 0) != 2)
        label = label or (not tensor and (self.ranked(plain(script)) or 0) > 0)  # h_\theta: no index is a vector
        if self.known(whole) or made.key in self.families or label or (not tensor and (numbers or words)):
            return Parts(whole, made.indices, made.power, made.transposed, made.sample)
        counted = tuple(item for item in script.items if not (isinstance(item, s.Number) and item.text == "0"))
        items = self._digits(made.key, counted or script.items)
        if len(items) < len(script.items):  # \alpha_{0m}: indices count from 1
            made = replace(made, key=f"{made.key}_0")
        *others, last = items
        raised = _raised_index(last)
        if raised is not None:  # the exponent of U_{ij^2} belongs to the entry
            return Parts(made.key, (*made.indices, *others, raised[0]), raised[1], made.transposed, made.sample)
        return Parts(made.key, (*made.indices, *items), made.power, made.transposed, made.sample)

    def _digits(self, key: str, items: tuple[s.Node, ...]) -> tuple[s.Node, ...]:
        """`W_{12}` of a matrix has the indices 1 and 2."""
        only = items[0] if len(items) == 1 else None
        if self.ranked(key) != 2 or not isinstance(only, s.Number) or len(only.text) != 2:
            return items
        middle = only.span.start + 1
        first = replace(only, span=Span(only.span.source, only.span.start, middle), text=only.text[0])
        return first, replace(only, span=Span(only.span.source, middle, only.span.end), text=only.text[1])

    def _above(self, made: Parts, script: s.Script) -> Parts:
        items = script.items
        named = f"{made.key}^{plain(script)}"
        if self.known(named):
            return Parts(named, made.indices, made.power, made.transposed, made.sample)
        if len(items) == 1 and isinstance(items[0], s.Number) and script.bracket in (Bracket.NONE, Bracket.BRACES):
            return Parts(made.key, made.indices, script, made.transposed, made.sample)
        last = items[-1] if items else None
        turned = len(items) > 1 and isinstance(last, s.Name) and last.text in ("T", "\\top")
        marks = items[:-1] if turned else items
        if marks and all(isinstance(item, s.Group) or script.bracket is Bracket.ROUND for item in marks):
            name = f"{made.key}^({','.join(item.span.text.strip('()') for item in marks)})"
            return Parts(name, made.indices, made.power, made.transposed or turned, made.sample)
        raise NotUnderstood(script.span, f"the superscript `{script.span.text}`", "a power, a transpose, or a mark in"
                            " round brackets that belongs to the name")  # fmt: skip


def labelled(script: s.Script) -> str | None:
    """The letter of `_{h1}`, which may be a label as a whole."""
    if script.mark is not ScriptMark.SUBSCRIPT or len(script.items) != 2:
        return None
    letter, number = script.items
    return letter.text if isinstance(letter, s.Name) and isinstance(number, s.Number) else None


def label_letters(nodes: Iterable[s.Node]) -> frozenset[str]:
    """The letters that stand in a line's subscripts right before a number, and nowhere else below a name or a sum."""
    before, elsewhere = set[str](), set[str]()
    for node in walk(*nodes):
        if not isinstance(node, s.Script) or node.mark is not ScriptMark.SUBSCRIPT:
            continue
        letter = labelled(node)
        if letter is not None and "," not in node.span.text:
            before.add(letter)
        else:
            elsewhere |= {part.text for part in walk(node) if isinstance(part, s.Name)}
    return frozenset(before - elsewhere)


def sample_letter(script: s.Script, marks: tuple[SampleMark, ...]) -> str | None:
    """The letter where the script is a sample's mark."""
    items = script.items
    if len(items) != 1 or not isinstance(items[0], s.Name):
        return None
    place = MarkPlace.SUBSCRIPT if script.mark is ScriptMark.SUBSCRIPT else MarkPlace.SUPERSCRIPT
    bracketed = script.bracket in (Bracket.ROUND, Bracket.SQUARE)
    met = (m for m in marks if m.place is place and m.bracketed == bracketed and m.letter == items[0].text)
    return next((mark.letter for mark in met), None)


def _raised_index(item: s.Node) -> tuple[s.Expression, s.Script] | None:
    """`j^2` below a name as its index and the power."""
    if not isinstance(item, s.Scripted) or len(item.scripts) != 1 or item.primes:
        return None
    script = item.scripts[0]
    whole = len(script.items) == 1 and isinstance(script.items[0], s.Number)
    return (item.base, script) if script.mark is ScriptMark.SUPERSCRIPT and whole else None


def plain(script: s.Script) -> str:
    """A script as part of a name: by its tree, which an edit may have changed, not by its place on the page."""
    text = "".join(latex(item).replace(" ", "") for item in script.items)
    return f"({text.strip('()')})" if script.bracket is Bracket.ROUND else text.strip("{} ")


def index_letter(node: s.Node) -> str | None:
    """The letter of an index; `y_i` below a name is one letter, the class that it names."""
    name = index_name(node)
    if name is not None:
        return name
    if isinstance(node, s.Scripted) and isinstance(node.base, s.Name) and not node.primes:
        scripts = [script for script in node.scripts if script.mark is ScriptMark.SUBSCRIPT]
        if len(scripts) == len(node.scripts) == 1 and index_name(node.base) is not None:
            return f"{node.base.text}_{plain(scripts[0])}"
    return None
