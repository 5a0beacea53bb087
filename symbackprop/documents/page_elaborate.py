"""The meaning of expressions in a document that defines everything itself: names, indicators, derivatives, cases."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Final

from symbackprop import notation as n
from symbackprop.documents import syntax as s
from symbackprop.documents.broadcasting import spread
from symbackprop.documents.elaborate import Action, Elaborator, check_dots
from symbackprop.documents.entities import Entity
from symbackprop.documents.families import key_of, member_of
from symbackprop.documents.gradient_scope import reaching_far
from symbackprop.documents.jacobians import Factor, plain
from symbackprop.documents.kinds import Decoration, NameKind, ProductSign, Sign
from symbackprop.documents.names import function_key, name_key, parsed
from symbackprop.documents.operators import ACTIONS, at_variable, by_variable, gradient
from symbackprop.documents.page_dots import with_inner_products
from symbackprop.documents.page_names import Parts
from symbackprop.documents.page_quantities import PageQuantities
from symbackprop.documents.page_sums import page_sum
from symbackprop.documents.pieces import PIECEWISE
from symbackprop.documents.piecewise import compared
from symbackprop.documents.problems import Code, NotUnderstood
from symbackprop.documents.products import multiplied
from symbackprop.documents.tensors import Tensor, Value, joined, mapped, transposed
from symbackprop.documents.trees import walk

DIVIDED: Final = "a quotient of vectors is read entry by entry"
SPREAD: Final = "a number beside a vector is added to every entry"
INDICATORS: Final = frozenset({"1", "\\mathbb 1", "\\mathbf 1", "\\mathbb I", "I", "\\mathds 1", "\\delta"})


@dataclass
class PageElaborator(PageQuantities):
    """Reads the members of one chain."""

    actions: Mapping[type[s.Node], Action] = field(default_factory=lambda: PAGE_ACTIONS)

    # brackets behind names

    def name_group(self, node: s.NameGroup) -> Value:
        head, items = node.head, node.group.items
        if isinstance(head, s.Scripted) and self.is_exponential(head):
            return self.times([self.value(head), self.value(node.group)], node)
        key = name_key(head)
        if key in PIECEWISE and not self.is_known(key):
            return self.in_pieces(key, node)
        if self._is_indicator(node):
            return self.indicator(node)
        if key is not None and key in ("diag", "Diag", "\\diag") and len(items) == 1:
            return self.diagonal(node)
        if self.function(head) is None or (key is not None and self.is_known(key)):
            quantity = self._with_arguments(node)
            if quantity is not None:
                return quantity
            if key == "sum" and len(items) == 1 and isinstance(items[0], s.Expression):
                return self._added_up(items[0], node)
            word = isinstance(head, s.Name) and head.kind in (NameKind.WORD, NameKind.FUNCTION)
            if word and not self.is_known(key or "") and self.function(head) is None:
                raise NotUnderstood(head.span, f"the function `{head.span.text}`", f"one that is known, or its formula:"
                                    f" `let: {head.span.text}(u) = …`", Code.UNKNOWN_SYMBOL)  # fmt: skip
        return super().name_group(node)

    def _added_up(self, item: s.Expression, node: s.Node) -> Value:
        """`sum(x)`: all entries of a vector or matrix."""
        made = self.value(item)
        if not isinstance(made, Tensor):
            raise NotUnderstood(node.span, f"`{node.span.text}`", "the sum of a vector's entries")
        row, column = (None if axis is None else self.fresh.index(axis) for axis in made.shape)
        whole = made.at(row, column)
        for index in (column, row):
            whole = whole if index is None else n.Sum(index, whole)
        self.said(f"{node.span.text} is read as the sum of all entries")
        return whole

    def _with_arguments(self, node: s.NameGroup) -> Value | None:
        """`J(w)`, a quantity with what it depends on behind it; or a factor before a bracket."""
        module = self._module(node)
        if module is not None:
            return module
        parts = self.reader.parts(node.head)
        own = self.shapes.own
        if parts is None:
            return None
        if parts.key in own.maps:
            return self._of_map(parts.key, node)
        entity = self.shapes.entity(parts.key)
        if entity is None:
            return None
        given = self._given(node)
        names = [part.key for part in given if part is not None]
        if len(names) == len(given) and all(own.depends(entity.key, name) for name in names):
            self.said(f"{node.span.text} is read as {node.head.span.text}, which depends on {', '.join(names)}")
            return self._at_sample_of(node, parts)
        if len(names) == len(given) and not parts.indices:
            raise NotUnderstood(node.span, f"`{node.span.text}`", "a product sign, if a product is meant")
        if not parts.indices and self._elsewhere(entity.key, node):
            raise NotUnderstood(node.span, f"`{node.span.text}`, {entity.key} at other values", "a product sign, if a"
                                f" product is meant, or {entity.key} as a function of one letter")  # fmt: skip
        self.said(f"{node.span.text} is read as a product")
        return self.times([self.value(node.head), self.group(node.group)], node)

    def _is_product(self, node: s.NameGroup) -> bool:
        """Whether what stands behind the bracket, `k (u + z)^2`, is the bracket's alone."""
        head, own = node.head, self.shapes.own
        if isinstance(head, s.Scripted) and self.is_exponential(head):
            return True
        key, parts = name_key(head), self.reader.parts(head)
        if parts is None or parts.key in own.maps or self._is_indicator(node):
            return False
        if self.function(head) is not None and (key is None or not self.is_known(key)):
            return False
        names = [part.key for part in self._given(node) if part is not None]
        called = len(names) == len(node.group.items) and (
            not parts.indices or all(own.depends(parts.key, name) for name in names)
        )
        elsewhere = not parts.indices and self._elsewhere(parts.key, node)
        return self.is_known(parts.key) and not called and not elsewhere

    def _elsewhere(self, key: str, node: s.NameGroup) -> bool:
        """`J(\\theta + h)`, `J(0)`: a quantity with other values of what it is computed from behind it."""
        inside = {self.reader.parts(part) for part in walk(node.group) if isinstance(part, s.Name | s.Scripted)}
        depends = any(part is not None and self.shapes.own.depends(key, part.key) for part in inside)
        numbers = all(isinstance(item, s.Number) for item in node.group.items)
        computed = (entity := self.shapes.entity(key)) is not None and entity.definition is not None
        return depends or (numbers and computed)

    def _given(self, node: s.NameGroup) -> list[Parts | None]:
        """What a quantity is written as a function of: whole quantities, with arguments of their own or without."""
        return [self._whole_quantity(item) for item in node.group.items]

    def _whole_quantity(self, item: s.Node) -> Parts | None:
        parts = self.reader.parts(item.head if isinstance(item, s.NameGroup) else item)
        if parts is None or not parts.bare or not isinstance(item, s.NameGroup):
            return parts if parts is not None and parts.bare else None
        given = [part for part in self._given(item) if part is not None]
        depends = all(self.shapes.own.depends(parts.key, part.key) for part in given)
        known = self.is_known(parts.key) and len(given) == len(item.group.items) and depends
        return replace(parts, sample=self._one_sample(item, [parts, *given])) if known else None

    def _one_sample(self, node: s.NameGroup, parts: list[Parts]) -> str | None:
        """The sample that a quantity or what it is a function of is marked with."""
        letters = {part.sample for part in parts if part.sample is not None}
        if len(letters) > 1:
            raise NotUnderstood(node.span, f"`{node.span.text}`, of several samples", "one sample's quantities")
        return next(iter(letters), None)

    def _at_sample_of(self, node: s.NameGroup, parts: Parts) -> Value:
        """The quantity before a bracket, of the sample that stands in the bracket."""
        given = [part for part in self._given(node) if part is not None]
        entity = self.shapes.entity(parts.key)
        sample = self._one_sample(node, [parts, *given])
        if sample is None or entity is None:
            return self.value(node.head)
        return self.entries_of(entity, replace(parts, sample=sample), node)

    def only_argument(self, of: s.Expression) -> s.Expression | None:
        """The quantity that a number is a function of, where the line or the conventions name one alone."""
        parts = self.reader.parts(of.head if isinstance(of, s.NameGroup) else of)
        if parts is None or not parts.bare:
            return None
        stated = self.shapes.own.maps.get(parts.key, ())
        if isinstance(of, s.NameGroup):
            items = of.group.items
            return items[0] if len(items) == 1 and not isinstance(items[0], s.Chain) else None
        return parsed(stated[0]) if len(stated) == 1 else None

    def _module(self, node: s.NameGroup) -> Value | None:
        """`F_k(X_{k-1}, W_k)`, the function of a module applied to whole quantities."""
        own = self.shapes.own
        functions = {family.function: family for family in own.families.values()}
        called = member_of(node.head, frozenset(functions))
        if called is None:
            return None
        family, number = functions[called[0]], called[1]
        parts = [self.reader.parts(item) for item in node.group.items]
        entities = [self.shapes.entity(part.key) for part in parts if part is not None and part.bare]
        known = [entity for entity in entities if entity is not None]
        if len(known) != len(node.group.items) or len(known) != len(family.arguments):
            raise NotUnderstood(node.group.span, f"`{node.group.span.text}`", f"the arguments of {family.function}")
        axis = n.Extent(f"the entries of {key_of(family.name, number)}", True)
        made = n.OpaqueMap(key_of(family.function, number), tuple(e.variable for e in known), (axis,))

        def at(r: n.Slot | None, c: n.Slot | None) -> n.Expr:
            return replace(made, slots=() if r is None else (r,))

        return Tensor(axis, None, at)

    def _of_map(self, key: str, node: s.NameGroup) -> Value:
        """A function of which nothing is known but its arguments."""
        names = [part.key for part in self._given(node) if part is not None]
        head = self.reader.parts(node.head)
        if tuple(names) != self.shapes.own.maps[key] or head is None:
            known = ", ".join(self.shapes.own.maps[key])
            raise NotUnderstood(node.group.span, f"`{node.group.span.text}`", f"the arguments of {key}: {known}")
        return self._at_sample_of(node, head)

    # indicators

    def group(self, node: s.Group) -> Value:
        """Also `[i = j]`, which is 1 where it holds and 0 where not."""
        items = node.items
        if len(items) == 1 and isinstance(items[0], s.Chain) and items[0].links:
            self.said(f"{node.span.text} is read as 1 where it holds, else 0")
            return compared(items[0], self)
        return super().group(node)

    def _is_indicator(self, node: s.NameGroup) -> bool:
        name = node.head
        items = node.group.items
        relation = len(items) == 1 and isinstance(items[0], s.Chain) and bool(items[0].links)
        key = name_key(name)
        constant = isinstance(name, s.Name) and name.kind is NameKind.CONSTANT and name.text == "1"
        return relation and (constant or key in INDICATORS) and not self.is_known(key or "")

    def indicator(self, node: s.NameGroup) -> Value:
        (item,) = node.group.items
        if not isinstance(item, s.Chain):
            raise NotUnderstood(node.span, f"`{node.span.text}`", "a condition in the brackets")
        return compared(item, self)

    def root(self, node: s.Root) -> Value:
        """`\\sqrt{u}` as exp of half the logarithm, for u above 0."""
        inner = self.scalar(node.body)
        if node.degree is not None:
            raise NotUnderstood(node.span, f"`{node.span.text}`", "a square root")
        return n.Apply("exp", n.Mul((n.number("1/2"), n.Apply("log", inner))))

    def diagonal(self, node: s.NameGroup) -> Value:
        inner = self.value(node.group)
        if not isinstance(inner, Tensor) or inner.rows is None or inner.columns is not None:
            raise NotUnderstood(node.span, f"`{node.span.text}`", "a vector in diag(…)")

        def at(r: n.Slot | None, c: n.Slot | None) -> n.Expr:
            if r is None or c is None:
                return inner.at(r, None)
            return n.Mul((n.Kronecker(r, c), inner.at(r, None)))

        return Tensor(inner.rows, inner.rows, at)

    def quotient(self, node: s.Quotient) -> Value:
        """Also by a vector, entry by entry."""
        below = self.value(node.denominator)
        if not isinstance(below, Tensor):
            return super().quotient(node)
        above_ = self.value(node.numerator)
        self.said(DIVIDED)
        inverse = mapped(below, lambda e: n.Power(e, -1))
        if isinstance(above_, Tensor):
            if [a is None for a in above_.shape] != [b is None for b in below.shape]:
                raise NotUnderstood(node.span, "a quotient of different shapes", "vectors or matrices of one shape")
            return joined(above_, inverse, lambda x, y: n.Mul((x, y)))
        return mapped(inverse, lambda e: n.Mul((above_, e)))

    def addition(self, node: s.Addition) -> Value:
        """Also a vector and a number, which is added to every entry."""
        check_dots(node)
        values = [(term.sign, self.value(term.body)) for term in node.terms]
        repeated, told = spread([value for _, value in values])
        if told:
            self.said(told)
            values = [(sign, value) for (sign, _), value in zip(values, repeated, strict=True)]
        tensors = [value for _, value in values if isinstance(value, Tensor)]
        apart = [v for _, v in values if isinstance(v, n.Expr) and not isinstance(v, n.Number)]
        kinds = {tuple(axis is None for axis in t.shape) for t in tensors}
        if not tensors or not (apart or told) or len(kinds) > 1:
            return super().addition(node)
        if any(sign not in (None, Sign.PLUS, Sign.MINUS) for sign, _ in values):
            raise NotUnderstood(node.span, "a double sign", "plus or minus")
        if apart:
            self.said(SPREAD)

        def at(r: n.Slot | None, c: n.Slot | None) -> n.Expr:
            entries = [(sign, v.at(r, c) if isinstance(v, Tensor) else v) for sign, v in values]
            return n.Add(tuple(n.Neg(e) if sign is Sign.MINUS else e for sign, e in entries))

        return Tensor(tensors[0].rows, tensors[0].columns, at)

    # gradients under names of their own, operators

    def is_constant(self, node: s.Expression) -> bool:
        found = [self.shapes.entity(name_key(part) or "") for part in walk(node) if isinstance(part, s.Name)]
        return all(entity is not None and entity.definition is None and not entity.axes for entity in found)

    def product(self, node: s.Product) -> Factor:
        reaching = reaching_far(node, self.is_constant)
        if isinstance(reaching, s.Gradient):
            return self.value(reaching)
        node = reaching
        for at, factor in enumerate(node.factors):
            key = name_key(factor)
            if key in self.shapes.own.operators and at + 1 < len(node.factors):
                return self._operated(node, at, key or "")
        factors, signs = with_inner_products(*self._with_gradients(node), node.factors, self)
        if len(factors) == 1:
            return factors[0]
        return multiplied(factors, signs, self, node)

    def _operated(self, node: s.Product, at: int, key: str) -> Value:
        """`g \\mathbf{D} f`: what stands behind the operator is derived."""
        operator = parsed(self.shapes.own.operators[key])
        if not isinstance(operator, s.Derivative) or len(operator.by) != 1:
            raise NotUnderstood(node.span, f"`{key}`", "an operator such as \\frac{d}{dx}")
        behind = self._product_of(node.factors[at + 1 :], node.signs[at + 1 :], node)
        made = plain(by_variable(self, behind, operator.by[0].body), node)
        if at == 0:
            return made
        before = self._product_of(node.factors[:at], node.signs[: at - 1], node)
        return plain(multiplied([before, made], [node.signs[at - 1].sign], self, node), node)

    def _product_of(
        self, factors: tuple[s.Expression, ...], signs: tuple[s.FactorSign, ...], node: s.Product
    ) -> Value:
        if len(factors) == 1:
            return self.value(factors[0])
        return plain(self.product(s.Product(factors[0].span.to(factors[-1].span), factors, signs)), node)

    def _with_gradients(self, node: s.Product) -> tuple[list[Factor], list[ProductSign]]:
        """The factors; `\\delta x` is one, where the conventions say what the mark names."""
        prefixes = {mark: of for mark, of in self.environment.conventions.gradients if mark.startswith("before ")}
        values: list[Factor] = []
        signs: list[ProductSign] = []
        at = 0
        while at < len(node.factors):
            factor = node.factors[at]
            of = prefixes.get(f"before {name_key(factor)}")
            follows = at + 1 < len(node.factors) and node.signs[at].sign is ProductSign.JUXTAPOSED
            if at:
                signs.append(node.signs[at - 1].sign)
            if of is not None and follows:
                values.append(self.gradient_of(of, node.factors[at + 1], node))
                at += 1
            else:
                values.append(self.factor(factor))
            at += 1
        return values, signs

    def gradient_of(self, cost: str, by: s.Expression, node: s.Node) -> Value:
        """The derivative of the cost by what a mark stands at."""
        entity = self.shapes.entity(cost)
        if entity is None:
            raise NotUnderstood(node.span, f"`{node.span.text}`", f"a definition of {cost}, or a line `function:` that"
                                f" says what {cost} depends on", Code.UNKNOWN_SYMBOL)  # fmt: skip
        self.names_variable = True
        slots = tuple(self.implied(index, node) for index in entity.implied)
        made = plain(self.slope(n.Entry(entity.variable, slots), by), node)
        self.names_variable = False
        return made

    def differential(self, node: s.Differential) -> Value:
        of = dict(self.environment.conventions.gradients).get("d")
        if node.body is None or node.order is not None:
            raise NotUnderstood(node.span, "a differential of nothing", "a quantity behind d")
        if of is None:
            return self._increment(node)
        return self.gradient_of(of, node.body, node)

    def cost_meant(self, node: s.Node) -> Value:
        raise NotUnderstood(node.span, f"`{node.span.text}`", "the quantity that is derived, behind \\nabla")

    def _increment(self, node: s.Differential) -> Value:
        """`dz` that names no gradient: an increment of z, free."""
        inner = self.value(node.body) if node.body is not None else None
        if isinstance(inner, Tensor) or not isinstance(inner, n.Entry):
            raise NotUnderstood(node.span, f"`{node.span.text}`", "a line `gradient: dv = \\partial E / \\partial v` in"
                                " the conventions, if it names a gradient")  # fmt: skip
        of = inner.variable
        key = f"d {of.symbol}"
        self.shapes.new.setdefault(key, Entity(key, of.axes))
        self.said(f"{node.span.text} is read as an increment")
        return n.Entry(n.Variable(key, None, of.axes), inner.slots)

    def named(self, node: s.Expression) -> Value:
        base = node.base if isinstance(node, s.Scripted) else node
        over = next((mark for mark, _ in self.environment.conventions.gradients if mark in _OVER), None)
        if over is not None and isinstance(base, s.Name) and _OVER[over] in base.decorations:
            rest = tuple(d for d in base.decorations if d is not _OVER[over])
            bare: s.Expression = s.Name(base.span, base.text, base.kind, rest)
            by = s.Scripted(node.span, bare, node.scripts) if isinstance(node, s.Scripted) else bare
            return self.gradient_of(dict(self.environment.conventions.gradients)[over], by, node)
        return super().named(node)

    def decorated(self, node: s.Decorated) -> Value:
        """`\\overline{w_{ij}}`, a gradient where the conventions say what the bar names."""
        for mark, of in self.environment.conventions.gradients:
            if mark in _OVER and node.decoration is _OVER[mark]:
                return self.gradient_of(of, node.body, node)
        return self.named(node)

    # derivatives

    def derivative(self, node: s.Derivative) -> Factor:
        if node.order is not None or len(node.by) != 1 or node.by[0].order is not None:
            raise NotUnderstood(node.span, "a higher derivative", "a first derivative")
        if node.of is None:
            raise NotUnderstood(node.span, "a derivative of nothing", "what is differentiated")
        by, known = node.by[0].body, self.is_known(name_key(node.of) or "")
        applied = at_variable(self, node.of, by) if not known and self._is_variable_of(node.of, by) else None
        return self.slope(applied or self.value(node.of), by)

    def _is_variable_of(self, function: s.Expression, by: s.Expression) -> bool:
        """Whether a letter is what the page wrote behind the function's name, or has no other meaning."""
        own, key = self.environment.functions.get(function_key(function) or ""), name_key(by)
        variable = "" if own is None else own.parameter.variable.symbol
        return key is not None and (key == variable or not self.is_known(key))

    def slope(self, of: Value, by: s.Expression) -> Factor:
        """∂of/∂by, in the layout of the conventions."""
        made = by_variable(self, of, by)
        if self.environment.conventions.numerator and isinstance(made, Tensor) and not isinstance(of, Tensor):
            return transposed(made)
        return made


def _page(e: Elaborator, node: s.Node) -> PageElaborator:
    if not isinstance(e, PageElaborator):
        raise NotUnderstood(node.span, f"`{node.span.text}`", "a document that says `network: none` in its conventions")
    return e


def _subscript(e: Elaborator, node: s.SubscriptDerivative) -> Factor:
    """`\\partial_x f`."""
    items = node.by[0].items if len(node.by) == 1 else ()
    if len(items) != 1 or isinstance(items[0], s.Chain) or node.of is None:
        raise NotUnderstood(node.span, f"`{node.span.text}`", "one variable below \\partial and a quantity behind it")
    return _page(e, node).slope(e.value(node.of), items[0])


def _gradient(e: Elaborator, node: s.Gradient) -> Factor:
    """`\\nabla J(w)`: where J is a function of one quantity, its derivatives by that."""
    page, of = _page(e, node), node.of
    argument = None if node.scripts or of is None else page.only_argument(of)
    return gradient(e, node) if argument is None or of is None else page.slope(page.value(of), argument)


_OVER: Final = MappingProxyType({"\\overline": Decoration.OVERLINE, "\\bar": Decoration.BAR})

PAGE_ACTIONS: Final[Mapping[type[s.Node], Action]] = MappingProxyType(
    {
        **ACTIONS,
        s.Derivative: lambda e, node: _page(e, node).derivative(node),
        s.Differential: lambda e, node: _page(e, node).differential(node),
        s.Decorated: lambda e, node: _page(e, node).decorated(node),
        s.Root: lambda e, node: _page(e, node).root(node),
        s.SubscriptDerivative: _subscript,
        s.Gradient: _gradient,
        s.BigOperator: page_sum,
    }
)
