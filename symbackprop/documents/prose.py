r"""`\text`, `\mathrm`, `\operatorname`: a name, a function, an upright d, or words between formulas."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from symbackprop.documents import vocabulary as known
from symbackprop.documents.source import Span
from symbackprop.documents.syntax import Decoration, DifferentialSymbol, MarkKind, NameKind
from symbackprop.documents.tokens import Raw, RawToken, Terminal, Token

if TYPE_CHECKING:
    from symbackprop.documents.lexer import Lexer

# Words that join formulas or state conditions; as one word of \text they are no names.
_JOINING: Final = frozenset(
    [
    "where", "and", "or", "if", "for", "let", "thus", "since", "so", "with", "when", "then", "otherwise",
    "else", "hence", "therefore", "because", "as", "is", "are", "by", "given", "such", "that", "assume",
    "define", "note", "we", "have", "also", "i.e.", "e.g.", "unless", "while", "all", "in", "on", "of", "to",
    "from", "over", "per", "the", "a", "an", "at", "iff", "both", "but", "not", "are",
]
)
_SWITCHES: Final = frozenset({r"\rm", r"\it", r"\sf", r"\tt"})


def word(lexer: Lexer, at: int, token: RawToken) -> None:
    """Reads the command at `at` and its content."""
    if token.text in _SWITCHES and lexer.text_at(lexer.solid(at + 1)) != "{":
        start, end = _switched(lexer, at + 1)
    else:
        place = at + 2 if lexer.text_at(at + 1) == "*" else at + 1
        first, last = lexer.argument(place)
        start, end = (first, last + 1) if first == last else (first + 1, last)
    behind = end + 1 if lexer.text_at(start - 1) == "{" and lexer.text_at(end) == "}" else end
    if token.text in _SWITCHES and lexer.text_at(start - 1) != "{":
        behind = end
    text = " ".join(lexer.plain(start, end).split())
    span = token.span.to(lexer.tokens[max(behind, 1) - 1].span)
    if text == "d" and _operand_follows(lexer, behind):
        lexer.put(Token(Terminal.D, text, span, DifferentialSymbol.UPRIGHT_D))
        lexer.at = behind
    elif "$" in text or (token.text not in known.PROSE_COMMANDS and _is_formula(lexer, start, end)):
        _formula(lexer, token, start, end, behind)
    elif _is_prose(lexer, token, lexer.plain(start, end)):
        if text:
            lexer.put(Token(Terminal.MARK, text, span, MarkKind.TEXT))
        lexer.at = behind
    else:
        lexer.put(_name(token.text, text, span))
        lexer.at = behind


def _switched(lexer: Lexer, at: int) -> tuple[int, int]:
    r"""The letters that `\rm` governs."""
    start = lexer.solid(at)
    end = start
    while end < len(lexer.tokens) and lexer.tokens[end].kind in (Raw.LETTER, Raw.DIGITS):
        end += 1
    return start, max(end, min(start + 1, len(lexer.tokens)))


def _operand_follows(lexer: Lexer, behind: int) -> bool:
    at = lexer.solid(behind)
    if at >= len(lexer.tokens):
        return False
    token = lexer.tokens[at]
    scripted_or_alone = token.text == "^" or (token.text == "}" and bool(lexer.out))
    return (
        not lexer.in_script()
        and ((scripted_or_alone and _after_fraction(lexer)) or token.kind is Raw.LETTER)
    ) or token.text in known.GREEK | known.WORD_COMMANDS.keys() | known.DECORATIONS.keys()


def _after_fraction(lexer: Lexer) -> bool:
    last = [t.terminal for t in lexer.out[-2:]]
    return last == [Terminal.FRAC_OP, Terminal.LBRACE] or last[-1:] == [Terminal.LBRACE_OP]


def _is_formula(lexer: Lexer, start: int, end: int) -> bool:
    r"""`\mathrm{…}` around more than a word."""
    return any(t.kind is Raw.CONTROL and t.text not in known.LAYOUT | {r"\_"} for t in lexer.tokens[start:end]) or (
        any(t.kind is Raw.SYMBOL and t.text in "_^=+/(" for t in lexer.tokens[start:end])
    )


def _formula(lexer: Lexer, token: RawToken, start: int, end: int, behind: int) -> None:
    """Prose with formulas between dollars, or an upright formula: read in its place."""
    begin = start
    inside = token.text not in known.PROSE_COMMANDS
    for index in range(start, end + 1):
        if index < end and lexer.text_at(index) != "$":
            continue
        if inside:
            lexer.at = begin
            while lexer.at < index:
                lexer.step()
        else:
            _remark(lexer, begin, index)
        inside, begin = not inside, index + 1
    lexer.at = behind


def _remark(lexer: Lexer, start: int, end: int) -> None:
    text = " ".join(lexer.plain(start, end).split())
    if text:
        span = lexer.tokens[start].span.to(lexer.tokens[end - 1].span)
        lexer.put(Token(Terminal.MARK, text, span, MarkKind.TEXT))


def _is_prose(lexer: Lexer, token: RawToken, text: str) -> bool:
    if not text.strip():
        return True
    if lexer.in_script():
        return False
    if token.text not in known.PROSE_COMMANDS:
        return text.strip().lower() in _JOINING and len(text.strip()) > 1
    words = text.split()
    if len(words) == 1 and text.strip() in lexer.names:
        return False
    alone = words[0].strip(",.:;").lower() in _JOINING
    if len(words) == 1 and text == text.strip() and not alone and text[-1] not in ",:;!?":
        return False
    named = len(words) > 1 and lexer.text_at(lexer.solid(lexer.argument(lexer.at)[1] + 1)) in known.RELATIONS
    return not (named and not alone and not lexer.after_operand())


def _name(command: str, text: str, span: Span) -> Token:
    decoration = known.WORD_COMMANDS[command]
    decorations: tuple[Decoration, ...] = () if decoration is None else (decoration,)
    clean = text.replace("\\_", "_").replace("\\", "")
    if len(clean) == 1:
        decorations = decorations or (Decoration.ROMAN,)
        kind = NameKind.CONSTANT if clean.isdigit() else NameKind.LETTER
        return Token(Terminal.NAME, clean, span, (clean, kind, decorations))
    function = clean in known.BARE_FUNCTIONS or command.startswith(r"\operatorname")
    kind = NameKind.FUNCTION if function and not decorations else NameKind.WORD
    terminal = Terminal.FUNCTION if kind is NameKind.FUNCTION else Terminal.NAME
    return Token(terminal, clean, span, (clean, kind, decorations))
