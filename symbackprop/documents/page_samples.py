"""The samples that a document which defines everything itself sums over, found before its first line is judged.

`\\frac{1}{m} \\sum_{i=1}^m L(\\hat y^{(i)}, y^{(i)})`: the letter of the sum stands in round brackets above what
differs between the samples. Such a quantity has one value for each of them; where a line leaves the mark out, it is
that of the sample that a sum around it goes over, or of any one, the same in the whole line.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from types import MappingProxyType

from symbackprop import notation as n
from symbackprop.documents import syntax as s
from symbackprop.documents.conventions import Conventions, MarkPlace, SampleMark
from symbackprop.documents.entities import Sampling
from symbackprop.documents.kinds import BigOperatorKind, ScriptMark
from symbackprop.documents.names import name_key, word_of
from symbackprop.documents.page_names import index_letter, plain, sample_letter
from symbackprop.documents.trees import walk


def sampling(trees: list[s.Node], conventions: Conventions) -> tuple[Sampling | None, Conventions]:
    """The samples of a page, None where it sums over none; and the conventions with the mark that was found."""
    stated = conventions.samples
    sums = [(node, letter) for node, letter in _sums(trees) if _carries(node.body, letter, stated)]
    if not sums:
        return None, conventions
    letters = Counter(letter for _, letter in sums)
    letter = next((mark.letter for mark in stated if mark.letter in letters), letters.most_common(1)[0][0])
    marks = stated or (SampleMark(MarkPlace.SUPERSCRIPT, letter, True),)
    counts = Counter(key for node, own in sums if own == letter and (key := _count(node)) is not None)
    count = counts.most_common(1)[0][0] if counts else ""
    axis = n.Extent(count) if count else n.Extent("the samples", True)
    found: dict[str, set[str]] = {}
    for tree in trees:
        for key, below in _marked(tree, marks):
            found.setdefault(key, set()).add(below)
    marked = MappingProxyType({key: frozenset(below) for key, below in found.items()})
    return Sampling(letter, axis, count, marked), replace(conventions, samples=marks)


def is_over_samples(node: s.BigOperator, letter: str, own: Sampling, conventions: Conventions) -> bool:
    """Whether a sum goes over the samples: its letter marks one, or goes to their number and is no index."""
    if all(mark.letter != letter for mark in conventions.samples):
        return False
    marked, index = _carries(node.body, letter, conventions.samples), is_index(node.body, letter, conventions)
    return marked or (not index and (node.upper is None or _count(node) == own.count))


def is_index(body: s.Node, letter: str, conventions: Conventions) -> bool:
    """Whether the letter stands below a name, and marks no sample there."""
    below = [part for part in walk(body) if isinstance(part, s.Script) and part.mark is ScriptMark.SUBSCRIPT]
    indices = [part for part in below if sample_letter(part, conventions.samples) is None]
    return any(index_letter(item) == letter for part in indices for item in part.items)


def _sums(trees: list[s.Node]) -> Iterator[tuple[s.BigOperator, str]]:
    """Every sum, with each letter below it."""
    for node in walk(*trees):
        if isinstance(node, s.BigOperator) and node.kind is BigOperatorKind.SUM and node.lower is not None:
            for item in node.lower.items:
                name = index_letter(item.first if isinstance(item, s.Chain) and item.first is not None else item)
                if name is not None:
                    yield node, name


def _carries(body: s.Node, letter: str, stated: tuple[SampleMark, ...]) -> bool:
    """Whether the letter marks a sample in the summand."""
    marks = stated or (SampleMark(MarkPlace.SUPERSCRIPT, letter, True),)
    return any(isinstance(part, s.Script) and sample_letter(part, marks) == letter for part in walk(body))


def _count(node: s.BigOperator) -> str | None:
    items = () if node.upper is None else node.upper.items
    return name_key(items[0]) if len(items) == 1 else None


def _marked(tree: s.Node, marks: tuple[SampleMark, ...]) -> Iterator[tuple[str, str]]:
    """Each name that carries a sample's mark, and what stands below it."""
    for node in walk(tree):
        if not isinstance(node, s.Scripted) or not any(sample_letter(script, marks) for script in node.scripts):
            continue
        key = name_key(node.base)
        below = [x for x in node.scripts if x.mark is ScriptMark.SUBSCRIPT and sample_letter(x, marks) is None]
        if key is not None:
            yield key, word_of(below[0]) or plain(below[0]) if len(below) == 1 else ""
