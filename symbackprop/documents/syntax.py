"""The syntax tree: what was written, construct by construct, before any meaning is given to it.

Every node has a span; equality of nodes ignores it, so trees compare by what was written.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from symbackprop.documents.kinds import (
    BigOperatorKind as BigOperatorKind,
    Bracket as Bracket,
    Decoration as Decoration,
    DifferentialSymbol as DifferentialSymbol,
    MarkKind as MarkKind,
    NameKind as NameKind,
    ProductSign as ProductSign,
    QuotientForm as QuotientForm,
    RelationKind as RelationKind,
    ScriptMark as ScriptMark,
    Side as Side,
    Sign as Sign,
)
from symbackprop.documents.source import Span


@dataclass(frozen=True, slots=True)
class Node:
    """Anything in the tree."""

    span: Span = field(compare=False, repr=False)

    def children(self) -> Iterator[Node]:
        """The nodes directly below, in the order of writing."""
        for name in self.__dataclass_fields__:
            value = getattr(self, name)
            if isinstance(value, Node):
                yield value
            elif isinstance(value, tuple):
                for item in value:
                    if isinstance(item, Node):
                        yield item


@dataclass(frozen=True, slots=True)
class Name(Node):
    """A symbol: `z`, `\\delta`, a word; fonts and accents from the innermost out."""

    text: str
    kind: NameKind = NameKind.LETTER
    decorations: tuple[Decoration, ...] = ()


@dataclass(frozen=True, slots=True)
class Number(Node):
    """Digits as written, `0.5` or `11`."""

    text: str


@dataclass(frozen=True, slots=True)
class Dots(Node):
    """`\\ldots`, `\\cdots`, `\\vdots`, `\\ddots`, `...`."""

    text: str


@dataclass(frozen=True, slots=True)
class OperatorSymbol(Node):
    """An operator that stands alone: the dot of `R(\\cdot)`, the star of `w^*`, the plus of `i+`."""

    text: str


@dataclass(frozen=True, slots=True)
class Decorated(Node):
    """A font or accent over more than a single name: `\\overline{W_2}`."""

    decoration: Decoration
    body: Expression


@dataclass(frozen=True, slots=True)
class Mark(Node):
    """Punctuation, words, connectives and labels between chains."""

    kind: MarkKind
    text: str


@dataclass(frozen=True, slots=True)
class Relation(Node):
    """A relation sign; `above` is what `\\stackrel` puts on it; `repeated` as in `= \\\\ =`."""

    kind: RelationKind
    text: str
    above: Passage | None = None
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class Link(Node):
    """One relation sign and the member to its right; what stood between it and the row above."""

    relation: Relation
    right: Expression
    connectives: tuple[Mark, ...] = ()


@dataclass(frozen=True, slots=True)
class Chain(Node):
    """`A = B = C`. Without a first member it continues the chain of an earlier row or display."""

    first: Expression | None
    links: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True)
class Passage(Node):
    """Chains and marks in the order of writing: a formula, a cell, the inside of a bracket."""

    elements: tuple[Chain | Mark, ...]

    @property
    def items(self) -> tuple[Expression | Chain, ...]:
        """The chains, one without a relation as its only member."""
        return tuple(plain(each) for each in self.elements if isinstance(each, Chain))


@dataclass(frozen=True, slots=True)
class Script(Node):
    """One subscript or superscript, with the bracket that stood around its content."""

    mark: ScriptMark
    bracket: Bracket
    content: Passage

    @property
    def tokens(self) -> tuple[str, ...]:
        """The texts of its leaves, signs among them."""
        return leaf_texts(self.content)

    @property
    def items(self) -> tuple[Expression | Chain, ...]:
        """Indices: parted by commas, and where letters merely stand side by side."""
        found: list[Expression | Chain] = []
        for item in self.content.items:
            if isinstance(item, Product) and not any(s.sign.value for s in item.signs):
                found.extend(item.factors)
            else:
                found.append(item)
        return tuple(found)

    @property
    def is_transpose(self) -> bool:
        """`^T`, `^\\top`, `^\\intercal`, in whatever font."""
        return self._is_bare_superscript(("T",), (r"\top",), (r"\intercal",))

    @property
    def is_inverse(self) -> bool:
        """`^{-1}`."""
        return self._is_bare_superscript(("-", "1"))

    def _is_bare_superscript(self, *tokens: tuple[str, ...]) -> bool:
        bare = self.bracket in (Bracket.NONE, Bracket.BRACES)
        return self.mark is ScriptMark.SUPERSCRIPT and bare and self.tokens in tokens


@dataclass(frozen=True, slots=True)
class Scripted(Node):
    """A base with its scripts in the order of writing, and its primes counted apart."""

    base: Expression
    scripts: tuple[Script, ...]
    primes: int = 0


@dataclass(frozen=True, slots=True)
class Group(Node):
    """Something in brackets. Opening and closing differ in half-open intervals."""

    opening: Bracket
    closing: Bracket
    content: Passage

    @property
    def items(self) -> tuple[Expression | Chain, ...]:
        """What the bracket holds, parted at its punctuation."""
        return self.content.items


@dataclass(frozen=True, slots=True)
class NameGroup(Node):
    """A name and a bracket behind it: `f(z)` or `a(1-a)`, which of them is a matter of meaning."""

    head: Expression
    group: Group


@dataclass(frozen=True, slots=True)
class Applied(Node):
    """A function and its argument without brackets: `\\log a_k`."""

    head: Expression
    argument: Expression


@dataclass(frozen=True, slots=True)
class Term(Node):
    """A term of a sum with its sign; the first of a sum may have none."""

    sign: Sign | None
    body: Expression


@dataclass(frozen=True, slots=True)
class Addition(Node):
    """Terms added and subtracted; a single negated term too."""

    terms: tuple[Term, ...]


@dataclass(frozen=True, slots=True)
class FactorSign(Node):
    """What stands between two factors, with its place."""

    sign: ProductSign


@dataclass(frozen=True, slots=True)
class Product(Node):
    """Factors and the sign between each and the next. No precedence among the signs is implied."""

    factors: tuple[Expression, ...]
    signs: tuple[FactorSign, ...]


@dataclass(frozen=True, slots=True)
class Quotient(Node):
    """`\\frac{a}{b}`, `a/b`, `{a \\over b}`."""

    numerator: Expression
    denominator: Expression
    form: QuotientForm


@dataclass(frozen=True, slots=True)
class Variation(Node):
    """What is derived by, with its order: the `\\partial x^2` below a second derivative."""

    symbol: DifferentialSymbol
    body: Expression
    order: Expression | None = None


@dataclass(frozen=True, slots=True)
class Derivative(Node):
    """`\\frac{\\partial u}{\\partial v}` (`applied` False) or `\\frac{\\partial}{\\partial v} u` (True).

    `of` is None where the operator stands alone.
    """

    symbol: DifferentialSymbol
    of: Expression | None
    by: tuple[Variation, ...]
    form: QuotientForm
    applied: bool = False
    order: Expression | None = None


@dataclass(frozen=True, slots=True)
class SubscriptDerivative(Node):
    """`\\partial_x f`."""

    by: tuple[Script, ...]
    of: Expression | None


@dataclass(frozen=True, slots=True)
class Gradient(Node):
    """`\\nabla_{W} E`, `\\nabla C`; the scripts of the sign as written."""

    scripts: tuple[Script, ...]
    of: Expression | None


@dataclass(frozen=True, slots=True)
class Differential(Node):
    """`dz_i`, or a `\\partial z` outside a fraction; `body` None where the sign stands alone."""

    symbol: DifferentialSymbol
    body: Expression | None
    order: Expression | None = None


@dataclass(frozen=True, slots=True)
class BigOperator(Node):
    """`\\sum_{i=1}^{n}` and the product that it governs."""

    kind: BigOperatorKind
    scripts: tuple[Script, ...]
    body: Expression

    @property
    def lower(self) -> Script | None:
        """What stands below the sign."""
        return next((s for s in self.scripts if s.mark is ScriptMark.SUBSCRIPT), None)

    @property
    def upper(self) -> Script | None:
        """What stands above the sign."""
        return next((s for s in self.scripts if s.mark is ScriptMark.SUPERSCRIPT), None)


@dataclass(frozen=True, slots=True)
class Norm(Node):
    """`|x|` (`bars` 1) or `\\|x\\|` (`bars` 2)."""

    bars: int
    body: Expression


@dataclass(frozen=True, slots=True)
class Root(Node):
    """`\\sqrt{x}`, `\\sqrt[3]{x}`."""

    body: Expression
    degree: Expression | None = None


@dataclass(frozen=True, slots=True)
class Braced(Node):
    """`\\underbrace{body}_{annotation}`, which claims that the two are equal."""

    side: Side
    body: Expression
    annotation: Passage | None


@dataclass(frozen=True, slots=True)
class Stacked(Node):
    """`\\overset{above}{body}` over something that is no relation."""

    side: Side
    note: Passage
    body: Expression


@dataclass(frozen=True, slots=True)
class Row(Node):
    """A row of a matrix or of cases."""

    cells: tuple[Passage, ...]


@dataclass(frozen=True, slots=True)
class Matrix(Node):
    """A matrix environment, `environment` being its name without a star."""

    environment: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Cases(Node):
    """`\\begin{cases}`, or an array behind a one-sided brace."""

    rows: tuple[Row, ...]


Expression = (
    Name | Number | Dots | OperatorSymbol | Decorated | Scripted | Group | NameGroup | Applied
    | Addition | Product | Quotient | Derivative | SubscriptDerivative | Gradient | Differential
    | BigOperator | Norm | Root | Braced | Stacked | Matrix | Cases
)  # fmt: skip


def plain(chain: Chain) -> Expression | Chain:
    """The only member of a chain without relations, else the chain itself."""
    return chain.first if chain.first is not None and not chain.links else chain


def leaf_texts(node: Node) -> tuple[str, ...]:
    """The texts of the leaves below a node, signs among them."""
    found: list[str] = []
    waiting: list[Node] = [node]
    while waiting:
        current = waiting.pop()
        if isinstance(current, Term) and current.sign is not None:
            found.append(current.sign.value)
        if isinstance(current, Name | Number | Dots | OperatorSymbol | Mark | Relation):
            found.append(current.text)
        waiting.extend(reversed(list(current.children())))
    return tuple(found)
