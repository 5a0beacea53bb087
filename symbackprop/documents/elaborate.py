"""From syntax to meaning: an expression of a page to a formula in index notation, or to a vector or matrix of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

from symbackprop import notation as n
from symbackprop.documents import syntax as s
from symbackprop.documents.aliases import written_out
from symbackprop.documents.callables import Called, called, is_preactivation
from symbackprop.documents.conventions import MarkPlace
from symbackprop.documents.environment import DATA, SAMPLED
from symbackprop.documents.gradient_scope import reaching_far
from symbackprop.documents.hyperbolic import HYPERBOLIC, hyperbolic
from symbackprop.documents.jacobians import Factor, plain
from symbackprop.documents.kinds import Bracket, ScriptMark, Sign
from symbackprop.documents.marks import Marks, natural
from symbackprop.documents.names import name_key
from symbackprop.documents.own_functions import unknown
from symbackprop.documents.pieces import PIECEWISE, piece, sign
from symbackprop.documents.problems import Code, NotUnderstood
from symbackprop.documents.products import multiplied, plus
from symbackprop.documents.quantities import Quantities
from symbackprop.documents.source import Span
from symbackprop.documents.tensors import Tensor, Value, mapped, squared_norm, transposed
from symbackprop.documents.trees import walk
from symbackprop.functions import SOFTMAX
from symbackprop.network import SAMPLES
from symbackprop.notation import Neurons

CONSTANTS = frozenset({"\\mu", "\\lambda", "\\eta", "\\alpha", "\\epsilon", "\\gamma", "\\beta", "\\varepsilon"})
SOME_CONSTANT = frozenset({"const", "const.", "constant"})  # of integration, say: some number, the page says not which
CONSTANT = "constant"
HIGHEST_POWER = 8
SIGNS = frozenset({"sgn", "sign", "\\sgn", "\\sign"})
DIAGONAL = frozenset({"diag", "Diag", "\\diag"})


Action = Callable[["Elaborator", Any], Factor]


@dataclass
class Elaborator(Quantities):
    """Reads the members of one chain; `actions` has a method for each kind of node."""

    actions: Mapping[type[s.Node], Action] = field(default_factory=dict)

    # expressions

    def value(self, node: s.Expression) -> Value:
        """The meaning of an expression. Raises NotUnderstood at the first thing that has none."""
        meant = self._meant(node)
        if meant is not node:
            return self.value(meant)
        action = self.actions.get(type(node))
        if action is None:
            raise NotUnderstood(node.span, f"`{node.span.text}`", "sums, products, derivatives and functions")
        return plain(action(self, node), node)

    def _meant(self, node: s.Expression) -> s.Expression:
        """The formula that a name stands for, where a line `let` or a definition of the page says so."""
        aliases = self.environment.aliases
        if not aliases or not isinstance(node, s.Name | s.Scripted | s.Decorated | s.NameGroup):
            return node
        made = written_out(node, aliases)
        return node if made is None else made

    def factor(self, node: s.Expression) -> Factor:
        """The meaning of a factor, which may be a derivative with more than two indices."""
        meant = self._meant(node)
        if meant is not node:
            return self.factor(meant)
        items = node.items if isinstance(node, s.Group) else ()
        if len(items) == 1 and not isinstance(items[0], s.Chain) and isinstance(items[0], s.Derivative | s.Product):
            return self.factor(items[0])
        kinds = (s.Derivative, s.Product)
        return self.actions[type(node)](self, node) if isinstance(node, kinds) else self.value(node)

    def scalar(self, node: s.Expression) -> n.Expr:
        made = self.value(node)
        if isinstance(made, Tensor):
            raise NotUnderstood(node.span, f"`{node.span.text}`, a vector or matrix,", "a number")
        return made

    def number(self, node: s.Number) -> n.Expr:
        whole, _, decimals = node.text.partition(".")
        if not (whole + decimals).isdigit() or not node.text.isascii() or len(node.text) > 40:
            raise NotUnderstood(node.span, f"`{node.text}`", "a number")
        return n.Number(Fraction(int(whole + decimals), 10 ** len(decimals)))

    def name(self, node: s.Name) -> Value:
        if name_key(node) in self.unknowns:
            return unknown(name_key(node) or "")
        if self.symbol(node) is None and self._is_output(node):
            self.said(f"`{node.span.text}` without its argument is read as the output")
            return self.quantity(node, (), "o")
        return self.quantity(node, ()) if self.symbol(node) is not None else self._plain(node, node)

    def _is_output(self, node: s.Name) -> bool:
        """Whether a name is the activation of the only layer that there is."""
        found, c = self.function(node), self.environment.conventions
        own = found is not None and not found.primes and found.function == c.output
        return own and c.network and self.environment.fixed_depth == 1

    def _plain(self, node: s.Name, whole: s.Node) -> Value:
        key = name_key(node) or ""
        counts = self.environment.sample_counts | {self.environment.conventions.sample_count}
        if key in counts:
            return n.Size(SAMPLES)
        if key in CONSTANTS:
            return n.Scalar(key)
        if key in SOME_CONSTANT:
            return n.Scalar(CONSTANT)
        if node.text == "e" and isinstance(whole, s.Name):
            return n.Apply("exp", n.number(1))
        raise NotUnderstood(whole.span, f"the symbol `{whole.span.text}`", "one that the document or its conventions"
                            " define", Code.UNKNOWN_SYMBOL)  # fmt: skip

    def scripted(self, node: s.Scripted) -> Value:
        own = self.function(node) if isinstance(node.base, s.Group) and node.primes else None
        if own is not None and own.layer is not None:  # (f^l)', with nothing behind it
            layer = self.marks.layer(own.layer)
            self.said(f"{node.span.text} is read at z of its layer")
            z = self.entries(self.variable("z", Marks(layer=layer), node.span), Marks(layer=layer), node.span)
            return self.applied(own.function, own.primes, z, node.span)
        if _numbered(node) in self.environment.conventions.data_costs:
            return n.Entry(n.Variable(DATA))
        if isinstance(node.base, s.Name) and name_key(node.base) in self.unknowns and not node.primes:
            return self._with_scripts(self.name(node.base), node)
        if isinstance(node.base, s.Name) and self.symbol(node) == "E_total":
            return self.quantity(node.base, (), "E_total")
        if isinstance(node.base, s.Name) and not node.primes and self.symbol(node.base) is not None:
            return self.quantity(node.base, node.scripts)
        if isinstance(node.base, s.Name) and name_key(node.base) == self.environment.conventions.width_letter:
            return self._width(node)
        if isinstance(node.base, s.Name) and node.base.text == "e" and not node.primes and len(node.scripts) == 1:
            return self.applied("exp", 0, self._script_value(node.scripts[0]), node.span)
        if isinstance(node.base, s.NameGroup) and not node.primes and self._is_product(node.base):
            behind = s.Scripted(node.base.group.span.to(node.span), node.base.group, node.scripts)
            return self.times([self.value(node.base.head), self.value(behind)], node)
        if isinstance(node.base, s.Name) and name_key(node.base) in CONSTANTS and _is_labelled(node):
            return n.Scalar(node.span.text)
        own = self.function(node)
        if own is not None and own.layer is not None and own.primes:
            self.said(f"{node.span.text} without its argument is taken at the pre-activation of its layer")
            return self.applied(own.function, own.primes, self.pre_activation(own.layer, node.span), node.span)
        if node.primes or isinstance(node.base, s.Name):
            raise NotUnderstood(node.span, f"the symbol `{node.span.text}`", "one that the document or its conventions"
                                " define", Code.UNKNOWN_SYMBOL)  # fmt: skip
        if isinstance(node.base, s.Norm):
            return self.norm_squared(node)
        return self._with_scripts(self.value(node.base), node)

    def _with_scripts(self, made: Value, node: s.Scripted) -> Value:
        for script in node.scripts:
            made = self._raised(made, script)
        return made

    def norm_squared(self, node: s.Scripted) -> n.Expr:
        """`\\|v\\|^2`, also with the 2 or F that names the norm below; without a power the root of it."""
        root = self._euclidean(node)
        if root is not None:
            return root
        powers = [script for script in node.scripts if script.mark is ScriptMark.SUPERSCRIPT]
        frobenius = [x for x in node.scripts if x.mark is ScriptMark.SUBSCRIPT and x.tokens == ("F",)]
        twos = [script.items for script in node.scripts if script not in frobenius]
        plain = all(len(items) == 1 and isinstance(items[0], s.Number) and items[0].text == "2" for items in twos)
        if not isinstance(node.base, s.Norm) or len(powers) != 1 or not plain:
            raise NotUnderstood(node.span, f"`{node.span.text}`", "the square of a norm")
        inner = self.value(node.base.body)
        return squared_norm(inner, self.fresh) if isinstance(inner, Tensor) else n.Power(inner, 2)

    def _euclidean(self, node: s.Scripted) -> n.Expr | None:
        """`\\|W\\|_F`, `\\|v\\|_2`: exp of half the logarithm of the sum of squares."""
        only = node.scripts[0] if len(node.scripts) == 1 else None
        if only is None or only.mark is not ScriptMark.SUBSCRIPT or not isinstance(node.base, s.Norm):
            return None
        if [item.span.text for item in only.items] not in (["F"], ["2"]) or node.base.bars != 2:
            return None
        inner = self.value(node.base.body)
        squared = squared_norm(inner, self.fresh) if isinstance(inner, Tensor) else n.Power(inner, 2)
        return n.Apply("exp", n.Mul((n.number("1/2"), n.Apply("log", squared))))

    def _script_value(self, script: s.Script) -> Value:
        items = script.items
        if script.mark is not ScriptMark.SUPERSCRIPT or len(items) != 1 or isinstance(items[0], s.Chain):
            raise NotUnderstood(script.span, "this script", "an exponent")
        return self.value(items[0])

    def _width(self, node: s.Scripted) -> n.Expr:
        script = node.scripts[0] if len(node.scripts) == 1 and not node.primes else None
        if script is None or script.mark is not ScriptMark.SUBSCRIPT or len(script.items) != 1:
            raise NotUnderstood(node.span, f"`{node.span.text}`", "a layer's width")
        return n.Size(Neurons(self.marks.layer(script.items[0])))

    def _raised(self, base: Value, script: s.Script) -> Value:
        """A bracket, norm or function value with a superscript: transposed, or to a power."""
        if script.is_transpose and isinstance(base, Tensor):
            return transposed(base)
        items = script.items
        if script.mark is not ScriptMark.SUPERSCRIPT or len(items) != 1 or not isinstance(items[0], s.Number):
            raise NotUnderstood(script.span, f"`{script.span.text}`", "a whole number or a transpose")
        power = natural(items[0])
        return self.power(base, power, script.span)

    # brackets and functions

    def group(self, node: s.Group) -> Value:
        items = node.items
        if len(items) != 1 or isinstance(items[0], s.Chain) or node.opening in (Bracket.FLOOR, Bracket.CEILING):
            raise NotUnderstood(node.span, f"`{node.span.text}`", "one expression in brackets")
        return self.value(items[0])

    def name_group(self, node: s.NameGroup) -> Value:
        key = name_key(node.head)
        if key == "\\max" and len(node.group.items) == 2:
            return self._larger(node)
        if key in PIECEWISE:
            return self.in_pieces(key, node)
        raised = _power_of_function(node.head)
        if raised is not None and self.function(raised[0]) is not None:
            plain = s.NameGroup(node.span, raised[0], node.group)
            return self._entries_raised(self.value(plain), raised[1])
        if name_key(node.head) in DIAGONAL:
            return self._diagonal(node)
        if name_key(node.head) in SIGNS and self.function(node.head) is None:
            return sign(self.scalar(node.group))
        function = self.function(node.head)
        if function is not None:
            return self.called(function, self.group(node.group), node.span)
        if self.symbol(node.head) in ("E", "E_total") or self._is_cost(node.head):
            return self._cost(node)
        sampled = self._at_sample(node)
        if sampled is not None:
            return sampled
        head = node.head.base if isinstance(node.head, s.Scripted) else node.head
        if self.symbol(head) == "o" and isinstance(head, s.Name) and all(map(self._is_argument, node.group.items)):
            return self.quantity(head, (), "o")  # h_{W,b}(x): the prediction, its arguments named
        if self.symbol(node.head) in ("a", "z", "y", "o") and not _holds_a_number(node.group):
            raise NotUnderstood(node.span, f"`{node.span.text}`", "a product sign, if a product is meant")
        return self.times([self.value(node.head), self.group(node.group)], node)

    def _diagonal(self, node: s.NameGroup) -> Value:
        """`diag(v)`: the matrix with v's entries on its diagonal."""
        inner = self.group(node.group)
        if not isinstance(inner, Tensor) or inner.rows is None or inner.columns is not None:
            raise NotUnderstood(node.span, f"`{node.span.text}`", "diag of a column")

        def at(r: n.Slot | None, c: n.Slot | None) -> n.Expr:
            entry = inner.at(r, None)
            return entry if r is None or c is None else n.Mul((n.Kronecker(r, c), entry))

        return Tensor(inner.rows, inner.rows, at)

    def _larger(self, node: s.NameGroup) -> Value:
        """`\\max(a, b)`, which is b + max(a - b, 0)."""
        items = node.group.items
        if len(items) != 2 or any(isinstance(item, s.Chain) for item in items):
            raise NotUnderstood(node.span, f"`{node.span.text}`", "the larger of two numbers, \\max(0, x)")
        a, b = (self.scalar(item) for item in items)  # type: ignore[arg-type]
        if (isinstance(b, n.Number) and not b.value) or (isinstance(a, n.Number) and not a.value):
            u = a if isinstance(b, n.Number) and not b.value else b
            return n.Mul((u, n.Apply("step", u)))
        apart = n.Add((a, n.Neg(b)))
        return n.Add((b, n.Mul((apart, n.Apply("step", apart)))))

    def _at_sample(self, node: s.NameGroup) -> Value | None:
        """`a^L(x)`, where the conventions say that `(x)` names a sample."""
        items, head = node.group.items, node.head
        name, scripts = (head.base, head.scripts) if isinstance(head, s.Scripted) else (head, ())
        marks = self.environment.conventions.samples
        letters = [m.letter for m in marks if m.place is MarkPlace.ARGUMENT and not m.head]
        only = items[0] if len(items) == 1 else None
        if not isinstance(only, s.Name) or only.text not in letters or not isinstance(name, s.Name):
            return None
        return self.quantity(name, scripts, sample=only.text) if self.symbol(name) in (*SAMPLED, "o") else None

    def _is_product(self, node: s.NameGroup) -> bool:
        """Whether the name before a bracket is a factor, and no function of what the bracket holds."""
        return self.function(node.head) is None and base_is_factor(self.symbol(node.head), node.head, self)

    def _is_cost(self, head: s.Expression) -> bool:
        return isinstance(head, s.Scripted) and self.symbol(head.base) == "E"

    def _cost(self, node: s.NameGroup) -> Value:
        """`E(c_i)`: the cost of sample i; `J(W, b; x, y)`: the cost."""
        if self.batch and (self.environment.is_without_data(node) or self.environment.conventions.rows):
            return n.Entry(n.Variable("E_total"))
        if isinstance(node.head, s.Scripted) and node.head.primes:
            raise NotUnderstood(node.span, f"`{node.span.text}`, a cost with a prime", "one of the cost's names")
        sample = self._sample_of_arguments(node) if self.environment.conventions.samples else None
        for mark in self.environment.conventions.samples:
            for item in node.group.items:
                bare = mark.place is MarkPlace.ARGUMENT and not mark.head
                if bare and isinstance(item, s.Name) and item.text == mark.letter:
                    sample = mark.letter
                if isinstance(item, s.Scripted) and name_key(item.base) == mark.head and len(item.scripts) == 1:
                    inner = item.scripts[0].items
                    if len(inner) == 1 and isinstance(inner[0], s.Name) and inner[0].text == mark.letter:
                        sample = mark.letter
        known = all(self._is_argument(item) for item in node.group.items)
        if sample is None and not known:
            text = f"`{node.group.span.text}`"
            raise NotUnderstood(node.group.span, text, "the cost's arguments, or a sample's mark")
        scripts = node.head.scripts if isinstance(node.head, s.Scripted) else ()
        name = node.head.base if isinstance(node.head, s.Scripted) else node.head
        if not isinstance(name, s.Name):
            raise NotUnderstood(node.span, f"`{node.span.text}`", "the cost")
        marks = self.marks.read("E", scripts)
        marks.sample = marks.sample or sample
        return self.entries(self.variable(self.symbol(name) or "E", marks, node.span), marks, node.span)

    def _sample_of_arguments(self, node: s.NameGroup) -> str | None:
        """The k of `J(W, b; Y^{(k)}, X^{(k)})`. Raises NotUnderstood for marks of several samples."""
        data = [item for item in node.group.items if isinstance(item, s.Scripted) and self._is_argument(item)]
        found = {self.marks.read("y", item.scripts).sample for item in data if item.scripts}
        written = {leaf for item in data for script in item.scripts for leaf in script.tokens}
        if len(found) > 1 or (found - {None} and len(written) > 1):
            raise NotUnderstood(node.group.span, f"`{node.group.span.text}`, marked in several ways", "one sample")
        return next(iter(found), None)

    def _is_argument(self, item: s.Node) -> bool:
        base = item.base if isinstance(item, s.Scripted) else item
        named = name_key(base) in {*self.environment.conventions.letters, "x", "y", "X", "Y"}
        return named or (isinstance(item, s.Name) and self.symbol(item) is None)  # J(\theta)

    def function(self, head: s.Node) -> Called | None:
        """The function that a head names; None where it is no function."""
        return called(head, self.environment.conventions, self._own_functions())

    def pre_activation(self, layer: s.Node, span: Span) -> Value:
        """z of a layer, whole."""
        marks = Marks(layer=self.marks.layer(layer), layer_span=layer.span)
        return self.entries(self.variable("z", marks, span), marks, span)

    def called(self, found: Called, argument: Value, span: Span) -> Value:
        """A function's value; one that belongs to a layer is applied to that layer's pre-activation only."""
        if found.layer is not None:
            layer = self.marks.layer(found.layer)
            if not is_preactivation(argument, layer, self.environment):
                said = f"the function of layer {self.environment.said(layer)} at something else"
                raise NotUnderstood(span, said, f"the pre-activation of layer {self.environment.said(layer)}")
        return self.applied(found.function, found.primes, argument, span)

    def _own_functions(self) -> frozenset[str]:
        """The letters that this document has made functions of."""
        own = {self.defining} if self.defining else set()
        return frozenset({*self.environment.functions, *self.environment.activations, *own})

    def applied(self, function: str, primes: int, argument: Value, span: Span) -> Value:
        if function == SOFTMAX:
            return self._softmax(argument, span)
        if function in HYPERBOLIC and primes:
            raise NotUnderstood(span, f"the derivative of {function}", "the formula for it")

        def of(e: n.Expr) -> n.Expr:
            return hyperbolic(function, e) if function in HYPERBOLIC else n.Apply(function, e, primes)

        if isinstance(argument, Tensor):
            self.said("a function of a vector is read entry by entry")
            return mapped(argument, of)
        return of(argument)

    def _softmax(self, argument: Value, span: Span) -> Value:
        if isinstance(argument, Tensor) and self.environment.conventions.rows and argument.columns is not None:
            j = self.fresh.index(argument.columns)
            return replace(argument, at=lambda r, c: n.Softmax(c or j, j, argument.at(r, j)))
        if not isinstance(argument, Tensor) or argument.rows is None or argument.columns is not None:
            raise NotUnderstood(span, "softmax of a number", "softmax of a vector")
        k = self.fresh.index(argument.rows)
        inner = argument.at(k, None)
        return Tensor(argument.rows, None, lambda r, c: n.Softmax(r, k, inner) if r is not None else inner)

    def _entries_raised(self, made: Value, script: s.Script) -> Value:
        """`\\tanh^2(z)`: the square of the function, entry by entry."""
        if not isinstance(made, Tensor):
            return self._raised(made, script)
        return mapped(made, lambda e: n.Power(e, natural(script.items[0])))  # type: ignore[arg-type]

    def applied_far(self, node: s.Applied) -> Value:
        raised = _power_of_function(node.head)
        if raised is not None and self.function(raised[0]) is not None:
            plain = s.Applied(node.span, raised[0], node.argument)
            return self._entries_raised(self.value(plain), raised[1])
        function = self.function(node.head)
        if function is None:
            raise NotUnderstood(node.head.span, f"the function `{node.head.span.text}`", "one that is known",
                                Code.UNKNOWN_SYMBOL)  # fmt: skip
        return self.called(function, self.value(node.argument), node.span)

    # sums and products

    def addition(self, node: s.Addition) -> Value:
        terms: list[Value] = []
        check_dots(node)
        for term in node.terms:
            made = self.value(term.body)
            if term.sign in (Sign.PLUS_MINUS, Sign.MINUS_PLUS):
                raise NotUnderstood(term.span, "a double sign", "plus or minus")
            negative = term.sign is Sign.MINUS
            terms.append(_negative(made) if negative else made)
        return plus(terms, self, node)

    def product(self, node: s.Product) -> Factor:
        reaching = reaching_far(node, self.is_constant)
        if isinstance(reaching, s.Gradient):
            return self.value(reaching)
        node = reaching
        values = [self.factor(factor) for factor in node.factors]
        return multiplied(values, [sign.sign for sign in node.signs], self, node)

    def is_constant(self, node: s.Expression) -> bool:
        """Whether a factor names nothing that a gradient could be taken of."""
        names = [part for part in walk(node) if isinstance(part, s.Name)]
        return all(self.symbol(name) is None and self.function(name) is None for name in names)

    @property
    def matrices_only(self) -> bool:
        """Whether the conventions say that what stands side by side is a matrix product, and nothing else."""
        return self.environment.conventions.matrix_products

    @property
    def samples_are_rows(self) -> bool:
        """Whether a sample is a row of every matrix of the page."""
        return self.environment.conventions.rows and self.environment.conventions.network

    @property
    def gradients_are_rows(self) -> bool:
        return self.environment.conventions.numerator

    def times(self, values: list[Value], node: s.Node) -> Value:
        """The product of what stands side by side."""
        return plain(multiplied([*values], [], self, node), node)

    def quotient(self, node: s.Quotient) -> Value:
        below = self.scalar(node.denominator)
        above = self.value(node.numerator)
        inverse = n.Power(below, -1)
        if isinstance(above, Tensor):
            return mapped(above, lambda e: n.Mul((e, inverse)))
        if isinstance(above, n.Number) and isinstance(below, n.Number) and below.value:
            return n.Number(above.value / below.value)
        return n.Mul((above, inverse))

    def in_pieces(self, key: str, node: s.NameGroup) -> Value:
        """`\\min(1, z)`, `sgn(z)`: numbers, or one vector entry by entry."""
        items = node.group.items
        if any(isinstance(item, s.Chain) for item in items):
            raise NotUnderstood(node.span, f"`{node.span.text}`", "numbers in the brackets")
        values = [self.value(item) for item in items]  # type: ignore[arg-type]
        tensors = [value for value in values if isinstance(value, Tensor)]
        if not tensors:
            return piece(key, [value for value in values if isinstance(value, n.Expr)], node)
        shape = [axis is None for axis in tensors[0].shape]
        if any([axis is None for axis in t.shape] != shape for t in tensors):
            raise NotUnderstood(node.span, f"`{node.span.text}`", "numbers, or vectors and matrices of one shape")
        self.said(f"`{node.head.span.text}` of a vector is read entry by entry")
        rows, columns = tensors[0].shape

        def at(r: n.Slot | None, c: n.Slot | None) -> n.Expr:
            return piece(key, [v.at(r, c) if isinstance(v, Tensor) else v for v in values], node)

        return Tensor(rows, columns, at)

    def cost_meant(self, node: s.Node) -> Value:
        """What \\nabla derives with nothing behind it."""
        self.said("\\nabla with nothing behind it is the cost's gradient")
        return n.Entry(self.variable("E", Marks(), node.span))

    def kronecker(self, nodes: list[s.Node], span: Span) -> n.Expr:
        raise NotUnderstood(span, f"`{span.text}`", "a condition with < or >")

    def norm(self, node: s.Norm) -> Value:
        """`|z|` of a number."""
        inner = self.value(node.body) if node.bars == 1 else None
        if isinstance(inner, n.Expr):
            return n.Mul((inner, sign(inner)))
        raise NotUnderstood(node.span, f"`{node.span.text}`", "the square of a norm")

    def braced(self, node: s.Braced) -> Value:
        self.claims.append(node)
        return self.value(node.body)


def check_dots(node: s.Addition) -> None:
    """Raises NotUnderstood for `\\ldots + x + \\ldots`, terms that the line leaves open."""
    for term in (node.terms[0], node.terms[-1]):
        if isinstance(term.body, s.Dots):
            found, expected = "a sum whose other terms are left open", "all of them, or \\sum with the index below it"
            raise NotUnderstood(term.body.span, found, expected, Code.NOT_DECIDED)


def _power_of_function(head: s.Expression) -> tuple[s.Expression, s.Script] | None:
    """`\\tanh^2` as tanh and its power; None where it is nothing of the kind."""
    if not isinstance(head, s.Scripted) or len(head.scripts) != 1 or head.scripts[0].mark is not ScriptMark.SUPERSCRIPT:
        return None
    items = head.scripts[0].items
    bare = replace(head, scripts=()) if head.primes else head.base
    return (bare, head.scripts[0]) if len(items) == 1 and isinstance(items[0], s.Number) else None


def _numbered(node: s.Scripted) -> str:
    """`C_0` as a key."""
    base, items = name_key(node.base), node.scripts[0].items if len(node.scripts) == 1 and not node.primes else ()
    number = items[0].text if len(items) == 1 and isinstance(items[0], s.Number) else ""
    return f"{base}_{number}"


def _is_labelled(node: s.Scripted) -> bool:
    """`\\alpha_w`, `\\eta_{W_i}`: what stands below tells numbers apart."""
    return not node.primes and len(node.scripts) == 1 and node.scripts[0].mark is ScriptMark.SUBSCRIPT


def _holds_a_number(group: s.Group) -> bool:
    """`(1 - a)`: a sum with a number is no argument that a quantity depends on."""
    only = group.items[0] if len(group.items) == 1 else None
    return isinstance(only, s.Addition) and any(isinstance(term.body, s.Number) for term in only.terms)


def base_is_factor(symbol: str | None, head: s.Expression, e: Elaborator) -> bool:
    """A quantity with its marks is a factor; a bare one before a bracket may be a function of it."""
    return isinstance(head, s.Scripted) and e.symbol(head.base) not in (None, "E", "E_total") and symbol is None


def _negative(made: Value) -> Value:
    return mapped(made, n.Neg) if isinstance(made, Tensor) else n.Neg(made)
