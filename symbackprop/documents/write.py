"""Trees back to LaTeX in one canonical spelling, which reads back to the same tree."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from types import MappingProxyType
from typing import Any, Final

from symbackprop.documents import syntax as s
from symbackprop.documents.syntax import Bracket, Decoration, MarkKind, NameKind, QuotientForm

_MARKS: Final = MappingProxyType(
    {
        MarkKind.COMMA: ",",
        MarkKind.SEMICOLON: ";",
        MarkKind.COLON: ":",
        MarkKind.PERIOD: ".",
        MarkKind.SPACE: r"\quad",
        MarkKind.BREAK: r"\\",
        MarkKind.COLUMN: "& &",
        MarkKind.BAR: r"\mid",
    }
)


def latex(node: s.Node) -> str:
    """The canonical LaTeX of a node."""
    return _WRITERS[type(node)](node)


def _joined(parts: Iterable[str]) -> str:
    return " ".join(part for part in parts if part)


def _is_open(node: s.Node) -> bool:
    """Whether what follows a node in a product would be taken into it."""
    match node:
        case s.BigOperator() | s.Addition():
            return True
        case s.Derivative(applied=True, of=of) | s.SubscriptDerivative(of=of):
            base = of.base if isinstance(of, s.Scripted) else of
            return not isinstance(base, s.Group)
        case s.Applied(argument=inner) | s.Differential(body=inner) | s.Gradient(of=inner):
            return inner is not None and _is_open(inner)
    return False


def _factor(node: s.Node) -> str:
    """A node where one factor is wanted: in braces if it is more than that."""
    slanted = isinstance(node, (s.Quotient, s.Derivative)) and node.form is QuotientForm.SLASH
    if isinstance(node, s.Product) or slanted or _is_open(node):
        return "{" + latex(node) + "}"
    return latex(node)


def _base(node: s.Node) -> str:
    bare = isinstance(node, (s.Name, s.Number, s.Group, s.Norm, s.Dots, s.NameGroup, s.Matrix, s.OperatorSymbol))
    return latex(node) if bare else "{" + latex(node) + "}"


def _name(node: s.Name) -> str:
    decorations = node.decorations
    text = node.text.replace("_", r"\_")
    if node.kind is NameKind.FUNCTION:
        text = text if text.startswith("\\") else rf"\operatorname{{{text}}}"
    elif node.kind is NameKind.WORD:
        command = decorations[0].value if decorations and decorations[0] in _WORD_FONTS else r"\mathrm"
        decorations = decorations[1:] if command != r"\mathrm" else decorations
        text = f"{command}{{{text}}}"
    for decoration in decorations:
        text = f"{decoration.value}{{{text}}}"
    return text


_WORD_FONTS: Final = (Decoration.ITALIC, Decoration.SANS, Decoration.TYPEWRITER)


def _mark(node: s.Mark) -> str:
    if node.kind is MarkKind.TEXT:
        return rf"\text{{ {node.text} }}"
    return _MARKS.get(node.kind, node.text)


def _relation(node: s.Relation) -> str:
    if node.above is not None:
        return rf"\stackrel{{{latex(node.above)}}}{{{node.text}}}"
    return rf"{node.text} \\ {node.text}" if node.repeated else node.text


def _chain(node: s.Chain) -> str:
    parts = [] if node.first is None else [latex(node.first)]
    for link in node.links:
        parts += [latex(link.relation), latex(link.right)]
    return _joined(parts)


def _script(node: s.Script) -> str:
    content = latex(node.content)
    if node.bracket is Bracket.NONE:
        return node.mark.value + content
    if node.bracket is Bracket.BRACES:
        return f"{node.mark.value}{{{content}}}"
    opening, closing = node.bracket.value
    return f"{node.mark.value}{{{opening}{content}{closing}}}"


def _scripts(scripts: Iterable[s.Script]) -> str:
    return " ".join(map(_script, scripts))


def _scripted(node: s.Scripted) -> str:
    return _base(node.base) + "'" * node.primes + _scripts(node.scripts)


def _group(node: s.Group) -> str:
    opening, closing = node.opening.value[0], node.closing.value[1]
    gap = " " if opening[1:].isalpha() else ""
    return opening + gap + latex(node.content) + gap + closing


def _addition(node: s.Addition) -> str:
    return _joined(
        (term.sign.value + " " if term.sign is not None else "") + latex(term.body) for term in node.terms
    )


def _product(node: s.Product) -> str:
    parts: list[str] = []
    last = len(node.factors) - 1
    for index, factor in enumerate(node.factors):
        parts.append("{" + latex(factor) + "}" if index < last and _is_open(factor) else latex(factor))
        if index < last:
            parts.append(node.signs[index].sign.value)
    return _joined(parts)


def _quotient(node: s.Quotient) -> str:
    above, below = node.numerator, node.denominator
    if node.form is QuotientForm.SLASH:
        return f"{latex(above) if isinstance(above, s.Quotient) else _factor(above)} / {_factor(below)}"
    if node.form is QuotientForm.OVER:
        return f"{{{latex(above)} \\over {latex(below)}}}"
    return rf"\frac{{{latex(above)}}}{{{latex(below)}}}"


def _order(order: s.Expression | None) -> str:
    return "" if order is None else f"^{{{latex(order)}}}"


def _variation(node: s.Variation) -> str:
    if node.order is not None:
        return f"{node.symbol.value} {_base(node.body)}{_order(node.order)}"
    return f"{node.symbol.value} {latex(node.body)}"


def _derivative(node: s.Derivative) -> str:
    above = node.symbol.value + _order(node.order)
    below = _joined(map(_variation, node.by))
    if not node.applied and node.of is not None:
        above += " " + (_factor(node.of) if node.form is QuotientForm.SLASH else latex(node.of))
    if node.form is QuotientForm.SLASH:
        return f"{above} / {below}"
    whole = rf"{{{above} \over {below}}}" if node.form is QuotientForm.OVER else rf"\frac{{{above}}}{{{below}}}"
    return _joined([whole, latex(node.of)]) if node.applied and node.of is not None else whole


def _differential(node: s.Differential) -> str:
    body = "" if node.body is None else _factor(node.body)
    symbol = node.symbol.value + _order(node.order)
    return symbol + body if node.symbol is s.DifferentialSymbol.D else _joined([symbol, body])


def _subscript_derivative(node: s.SubscriptDerivative) -> str:
    return _joined([r"\partial" + _scripts(node.by), "" if node.of is None else latex(node.of)])


def _gradient(node: s.Gradient) -> str:
    return _joined([r"\nabla" + _scripts(node.scripts), "" if node.of is None else _factor(node.of)])


def _norm(node: s.Norm) -> str:
    left, right = (r"\lvert", r"\rvert") if node.bars == 1 else (r"\lVert", r"\rVert")
    return f"{left} {latex(node.body)} {right}"


def _root(node: s.Root) -> str:
    degree = "" if node.degree is None else f"[{latex(node.degree)}]"
    return rf"\sqrt{degree}{{{latex(node.body)}}}"


def _braced(node: s.Braced) -> str:
    command = r"\underbrace" if node.side is s.Side.UNDER else r"\overbrace"
    note = "" if node.annotation is None else f"{node.side.value}{{{latex(node.annotation)}}}"
    return f"{command}{{{latex(node.body)}}}{note}"


def _stacked(node: s.Stacked) -> str:
    command = r"\underset" if node.side is s.Side.UNDER else r"\overset"
    return f"{command}{{{latex(node.note)}}}{{{latex(node.body)}}}"


def _rows(rows: tuple[s.Row, ...]) -> str:
    return r" \\ ".join(" & ".join(map(latex, row.cells)) for row in rows)


def _matrix(node: s.Matrix) -> str:
    columns = "{" + "c" * max(len(row.cells) for row in node.rows) + "}" if node.environment == "array" else ""
    return rf"\begin{{{node.environment}}}{columns} {_rows(node.rows)} \end{{{node.environment}}}"


_WRITERS: Final[MappingProxyType[type[s.Node], Callable[[Any], str]]] = MappingProxyType(
    {
        s.Name: _name,
        s.Number: lambda n: n.text,
        s.Dots: lambda n: n.text,
        s.OperatorSymbol: lambda n: n.text,
        s.Decorated: lambda n: f"{n.decoration.value}{{{latex(n.body)}}}",
        s.Mark: _mark,
        s.Relation: _relation,
        s.Chain: _chain,
        s.Passage: lambda n: _joined(map(latex, n.elements)),
        s.Script: _script,
        s.Scripted: _scripted,
        s.Group: _group,
        s.NameGroup: lambda n: latex(n.head) + latex(n.group),
        s.Applied: lambda n: f"{latex(n.head)} {_factor(n.argument)}",
        s.Addition: _addition,
        s.Product: _product,
        s.Quotient: _quotient,
        s.Derivative: _derivative,
        s.SubscriptDerivative: _subscript_derivative,
        s.Gradient: _gradient,
        s.Differential: _differential,
        s.BigOperator: lambda n: f"{n.kind.value}{_scripts(n.scripts)} {latex(n.body)}",
        s.Norm: _norm,
        s.Root: _root,
        s.Braced: _braced,
        s.Stacked: _stacked,
        s.Matrix: _matrix,
        s.Cases: lambda n: rf"\begin{{cases}} {_rows(n.rows)} \end{{cases}}",
    }
)
