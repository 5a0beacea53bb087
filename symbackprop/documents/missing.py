"""What may be missing from a line: its own factors elsewhere, and the network's quantities at its indices."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from dataclasses import replace
from functools import partial
from itertools import combinations, islice

from symbackprop import notation as n
from symbackprop.documents import syntax as s
from symbackprop.documents.chains import ReadChain
from symbackprop.documents.conventions import Conventions
from symbackprop.documents.edits import Part, Words, letters_in, mapped_names, text_after, with_size
from symbackprop.documents.environment import LAYERED, Environment
from symbackprop.documents.kinds import Bracket, NameKind, ScriptMark
from symbackprop.documents.names import name_key, parsed
from symbackprop.documents.page_slips import indicator
from symbackprop.documents.source import Span
from symbackprop.documents.tensors import Tensor, Value
from symbackprop.documents.trees import walk
from symbackprop.documents.write import latex
from symbackprop.functions import ACTIVATIONS
from symbackprop.network import LAST
from symbackprop.notation import Index, Layer, Neurons

MOST_FACTORS, MOST_PAIRS, MOST_NAMES = 90, 12, 8


def words_of(nodes: list[s.Node], environment: Environment) -> Words:
    """The letters of a line: those of its first node first, a sample's never."""
    c = environment.conventions
    samples = {mark.letter for mark in c.samples if not mark.bracketed}
    letters, layers = [], ["l", c.last]
    for node in nodes:
        for part in walk(node):
            if isinstance(part, s.Script) and part.mark is ScriptMark.SUBSCRIPT:
                letters += [name.text for name in letters_in(part)]
                modules = part.items if environment.own.families else ()
                letters += [item.text for item in modules if isinstance(item, s.Number)]
            elif isinstance(part, s.BigOperator) and part.lower is not None:
                firsts = [item.first for item in part.lower.items if isinstance(item, s.Chain)]
                letters += [name.text for name in firsts if isinstance(name, s.Name) and name.kind is NameKind.LETTER]
    functions = [name for name in dict.fromkeys((c.hidden, c.output)) if name not in ACTIVATIONS and name != "softmax"]
    used = tuple(dict.fromkeys(x for x in letters if x not in samples and x not in layers))
    made = Words(used, tuple(dict.fromkeys(layers)), tuple(functions))
    return made if c.network else _of_page(made, nodes, environment)


def _of_page(words: Words, nodes: list[s.Node], environment: Environment) -> Words:
    """The same with what a document without a network has: indicators, operators, matrices."""
    own = environment.own
    letters: dict[str, None] = dict.fromkeys(words.letters)
    for node in nodes:
        for part in walk(node):
            if isinstance(part, s.Script) and part.mark is ScriptMark.SUBSCRIPT:
                letters.update((item.span.text, None) for item in part.items if isinstance(item, s.Scripted))
    classes = {index.name for entity in own.entities.values() for index in entity.implied}
    pairs = combinations(dict.fromkeys([*letters, *sorted(classes)]), 2)
    found = [indicator(left, right) for left, right in islice(pairs, MOST_PAIRS)]
    names = [key for key, entity in own.entities.items() if entity.axes and not key.startswith("d ")]
    names = names if any(len(entity.axes) == 2 for entity in own.entities.values()) else []
    matrices = [text for name in names[:MOST_NAMES] for text in (f"{name}^T", name)]
    return replace(words, indicators=tuple(Part(*each) for each in found if each is not None),
                   operators=tuple(_parsed(own.operators)), matrices=tuple(_parsed(matrices)))  # fmt: skip


def with_missing(words: Words, nodes: list[s.Node], chain: ReadChain, environment: Environment) -> Words:
    """The same with everything that could be put into a product."""
    products = tuple(part for node in nodes for part in walk(node) if isinstance(part, s.Product))
    own = [*_own_factors(nodes, words), *_quantities(nodes, chain, environment)]
    factors: dict[str, Part] = {}
    for part in own:
        factors.setdefault(latex(part.node), part)
    texts = (r"\frac{1}{2}", "2", rf"\frac{{1}}{{{environment.conventions.sample_count}}}")
    return replace(words, factors=tuple(factors.values())[:MOST_FACTORS], coefficients=tuple(_parsed(texts)),
                   sums=tuple(_sums(nodes, chain, environment)), references=products)  # fmt: skip


def _parsed(texts: Iterable[str]) -> Iterator[Part]:
    for text in dict.fromkeys(texts):
        made = parsed(text)
        if made is not None:
            yield Part(made, text)


def _own_factors(nodes: list[s.Node], words: Words) -> Iterator[Part]:
    """The factors of the line, with derivatives at its other indices too."""
    for node in nodes:
        for part in walk(node):
            if isinstance(part, s.Derivative | s.NameGroup | s.Scripted) or (
                isinstance(part, s.Group) and any(isinstance(i, s.Addition) for i in part.items)
            ):
                yield Part(part, part.span.text)
    for node in nodes:
        for part in walk(node):
            if isinstance(part, s.Derivative):
                yield from _at_other_letters(part, words)
    yield from _other_derivatives(nodes)


def _other_derivatives(nodes: list[s.Node]) -> Iterator[Part]:
    """Of every two quantities that stand in derivatives, the one by the other."""
    found: dict[str, s.Derivative] = {}
    quantities: dict[str, s.Expression] = {}
    for part in (part for node in nodes for part in walk(node)):
        if isinstance(part, s.Derivative) and part.of is not None and len(part.by) == 1 and not part.applied:
            found.setdefault("", part)
            for each in (part.of, part.by[0].body):
                quantities.setdefault(each.span.text, each)
    for model in found.values():
        for above, of in quantities.items():
            for below, by in quantities.items():
                if above != below:
                    made = replace(model, of=of, by=(replace(model.by[0], body=by),))
                    d = model.symbol.value
                    yield Part(made, rf"\frac{{{d} {above}}}{{{d} {below}}}")


def _at_other_letters(node: s.Derivative, words: Words) -> Iterator[Part]:
    names = [name for part in walk(node) if isinstance(part, s.Script) for name in letters_in(part)]
    inside = {name.text for name in names}
    for old in sorted(inside & set(words.letters)):
        spots = [name.span for name in names if name.text == old]
        for new in words.letters:
            if new not in inside:
                made = mapped_names(node, partial(_renamed, old, new))
                if isinstance(made, s.Derivative):
                    yield Part(made, text_after(node.span, tuple((spot, new) for spot in spots)))


def _renamed(old: str, new: str, name: s.Name) -> s.Name:
    return replace(name, text=new) if name.text == old else name


# the network's quantities, written as the document writes them


def _quantities(nodes: list[s.Node], chain: ReadChain, environment: Environment) -> Iterator[Part]:
    c = environment.conventions
    mark = _layer_mark(nodes, c.letters)
    if mark is None:
        return iter(())
    letters, functions = _letters(c), _functions(c)
    places, layers, matrices = _places(chain)
    texts: list[str] = []
    for layer in layers if matrices else ():
        at = _superscript(mark, layer, chain, environment)
        texts += [f"({letters['w']}{at})^T", f"{letters['w']}{at}", f"({letters['a']}{at})^T"]
        texts += [f"{letters[q]}{at}" for q in ("delta", "a", "b")]
        texts += [f"{f}'({letters['z']}{at})" for f in functions]
    for place, layer in places:
        at = _superscript(mark, layer, chain, environment)
        texts += [f"{letters[q]}_{place}{at}" for q in ("a", "delta", "z", "b")]
        texts += [f"{f}'({letters['z']}_{place}{at})" for f in functions]
        texts += [f"{c.targets[0]}_{place}"] if layer == LAST and c.targets else []
        texts += [f"{letters['w']}_{{{place}{other}}}{at}" for other, below in places if below == layer - 1]
    return _parsed(texts)


def _letters(c: Conventions) -> dict[str, str]:
    found: dict[str, str] = {}
    for theirs, ours in c.letters.items():
        found.setdefault(ours, theirs)
    return {name: found.get(name, name) for name in LAYERED}


def _functions(c: Conventions) -> list[str]:
    names = dict.fromkeys((c.hidden, c.output))
    return [r"\sigma" if name in ACTIVATIONS else name for name in names if name != "softmax"]


def _layer_mark(nodes: list[s.Node], letters: Container[str]) -> s.Script | None:
    """A superscript of one of the network's quantities."""
    for part in (part for node in nodes for part in walk(node) if isinstance(part, s.Scripted)):
        if name_key(part.base) in letters:
            for script in part.scripts:
                if script.mark is ScriptMark.SUPERSCRIPT and not script.is_transpose:
                    return script
    return None


def _superscript(mark: s.Script, layer: Layer, chain: ReadChain, environment: Environment) -> str:
    said = environment.said(layer)
    said = said.replace("l", chain.letter, 1) if layer.base == "l" and chain.letter else said
    opening, closing = ("", "") if mark.bracket in (Bracket.NONE, Bracket.BRACES) else mark.bracket.value
    return f"^{{{opening}{said}{closing}}}" if opening or len(said) > 1 else f"^{said}"


def _places(chain: ReadChain) -> tuple[list[tuple[str, Layer]], list[Layer], bool]:
    """Indices and index values with their layers; all layers of the line; whether it is about whole arrays."""
    places: dict[tuple[str, Layer], None] = {}
    layers: dict[Layer, None] = {}
    matrices = False
    for member in chain.members:
        matrices = matrices or isinstance(member.value, Tensor)
        for part in [] if member.value is None else n.walk(_entry(member.value)):
            if isinstance(part, n.Entry):
                for slot, axis in zip(part.slots, part.variable.axes, strict=False):
                    if isinstance(axis, Neurons):
                        layers[axis.layer] = None
                        if not isinstance(member.value, Tensor):
                            places[str(slot.value) if isinstance(slot, n.At) else slot.name, axis.layer] = None
            elif isinstance(part, n.Sum) and isinstance(part.index.axis, Neurons):
                places[part.index.name, part.index.axis.layer] = None
    for index in chain.free.values():
        if isinstance(index.axis, Neurons):
            places[index.name, index.axis.layer] = None
    return list(places), list(layers), matrices


def _entry(value: Value) -> n.Expr:
    if not isinstance(value, Tensor):
        return value
    row = None if value.rows is None else Index("i", value.rows)
    return value.at(row, None if value.columns is None else Index("j", value.columns))


# sums


def _sums(nodes: list[s.Node], chain: ReadChain, environment: Environment) -> Iterator[Part]:
    """The line's own sums, and one for each other index over its neurons or over the samples."""
    found: dict[str, Part] = {}
    bound: set[str] = set()
    for part in (part for node in nodes for part in walk(node) if isinstance(part, s.BigOperator)):
        head = Span(part.span.source, part.span.start, with_size(part.body.span).start)
        found.setdefault(head.text.strip(), Part(part, head.text.strip()))
        lower = None if part.lower is None else part.lower.items[0]
        if isinstance(lower, s.Chain) and isinstance(lower.first, s.Name):
            bound.add(lower.first.text)
    c = environment.conventions
    heads = {place: rf"\sum_{{{place}=1}}^{{{c.width_letter}_{{{environment.said(layer)}}}}}"
             for place, layer in _places(chain)[0] if not place.isdigit()}  # fmt: skip
    heads |= {m.letter: rf"\sum_{{{m.letter}=1}}^{{{c.sample_count}}}" for m in c.samples if not m.bracketed}
    for letter, text in heads.items():
        made = parsed(f"{text} x")
        if isinstance(made, s.BigOperator) and letter not in bound:
            found.setdefault(text, Part(made, text))
    yield from found.values()
