"""What the parser holds while a construct is not yet complete."""

from __future__ import annotations

from dataclasses import dataclass

from symbackprop.documents import syntax as s
from symbackprop.documents.source import Span


@dataclass(frozen=True, slots=True)
class Scripts:
    """Scripts and primes on their way to their base."""

    span: Span
    scripts: tuple[s.Script, ...]
    primes: int


@dataclass(frozen=True, slots=True)
class Operator:
    r"""`\frac{\partial}{\partial x}` or `\partial_x` on its way to what it acts on."""

    node: s.Derivative | s.SubscriptDerivative

    @property
    def span(self) -> Span:
        """Where it stands."""
        return self.node.span


class Factors:
    """A product under construction, last factor first (the grammar recurses to the right)."""

    __slots__ = ("factors", "signs", "span")

    def __init__(self, first: s.Expression) -> None:
        product = first if isinstance(first, s.Product) else None  # out of braces
        self.factors = [first] if product is None else list(reversed(product.factors))
        self.signs: list[s.FactorSign] = [] if product is None else list(reversed(product.signs))
        self.span = first.span

    def add(self, factor: s.Expression, sign: s.FactorSign) -> Factors:
        """Puts a factor to the left of those there are."""
        self.span = factor.span.to(self.span)
        if isinstance(factor, s.Product):  # out of braces, which do not print
            self.factors.extend(reversed(factor.factors))
            self.signs.append(sign)
            self.signs.extend(reversed(factor.signs))
        else:
            self.factors.append(factor)
            self.signs.append(sign)
        return self

    def node(self) -> s.Expression:
        """The finished product."""
        if len(self.factors) == 1:
            return self.factors[0]
        return s.Product(self.span, tuple(reversed(self.factors)), tuple(reversed(self.signs)))
