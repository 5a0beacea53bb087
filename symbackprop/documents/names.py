"""The names of a document: one key for each symbol, whatever font it is printed in."""

from __future__ import annotations

from typing import Final

from symbackprop.documents import syntax as s
from symbackprop.documents.formula import Formula
from symbackprop.documents.kinds import Decoration, NameKind, ScriptMark
from symbackprop.documents.read import read_text

FONTS: Final = frozenset(  # the arrow over a vector too
    {Decoration.BOLD, Decoration.ROMAN, Decoration.ITALIC, Decoration.SANS, Decoration.TYPEWRITER, Decoration.VECTOR}
)
_WORDS: Final = (NameKind.WORD, NameKind.FUNCTION)


def name_key(node: s.Node) -> str | None:
    """A symbol's key: accents count, fonts do not; a word below (`E_{total}`) belongs to the name. None: no name."""
    if isinstance(node, s.Name):
        return "".join(f"{d.value} " for d in node.decorations if d not in FONTS) + node.text
    if isinstance(node, s.Decorated):
        inner = name_key(node.body)
        return inner if inner is None or node.decoration in FONTS else f"{node.decoration.value} {inner}"
    if isinstance(node, s.Scripted) and not node.primes:
        base, words = name_key(node.base), [word_of(script) for script in node.scripts]
        if base is not None and len(words) == 1 and words[0]:
            return f"{base}_{words[0]}"
    return None


def function_key(node: s.Node) -> str | None:
    """A function's key: a name, or one with a single letter below, `f_a`."""
    if isinstance(node, s.Scripted) and not node.primes and len(node.scripts) == 1:
        (script,), base = node.scripts, name_key(node.base)
        if base is not None and script.mark is ScriptMark.SUBSCRIPT and len(script.items) == 1:
            below = name_key(script.items[0])
            return None if below is None else f"{base}_{below}"
    return name_key(node)


_QUANTITIES: Final = frozenset({"w", "b", "a", "z", "y", "E", "N", "delta"})


def opaque(key: str) -> str:
    """The name of an opaque function, never that of a quantity: a page may write `a = a(z)`."""
    return f"{key} " if key in _QUANTITIES else key


def word_of(script: s.Script) -> str | None:
    """The word of a script such as `_{\\text{total}}`."""
    if len(script.items) == 1 and isinstance(script.items[0], s.Name) and script.items[0].kind in _WORDS:
        return script.items[0].text
    return None


def parsed(text: str) -> s.Expression | None:
    """One expression in a text of its own, as conventions hold them; None where it is none."""
    made = read_text(text)
    if not isinstance(made, Formula) or len(made.passage.elements) != 1:
        return None
    chain = made.passage.elements[0]
    return chain.first if isinstance(chain, s.Chain) and not chain.links else None


def key_of_text(text: str) -> str | None:
    """The key of a name that a convention gives."""
    node = parsed(text)
    return None if node is None else name_key(node)
