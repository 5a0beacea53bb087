"""Weights with both layers' marks, `w_{ij}^{v'v}`, and sums over the neurons that feed one or that it feeds.

`\\sum_{(\\mu,k) \\in P(v',i)} w_{ik}^{v'\\mu} a_k^\\mu`: where the conventions say that P names every neuron of the
layer below, mu is v'-1 and the sum goes over k. The line is rewritten as a tree; each part keeps its place.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from symbackprop.documents import syntax as s
from symbackprop.documents.conventions import Conventions
from symbackprop.documents.kinds import BigOperatorKind, Bracket, RelationKind, ScriptMark, Sign
from symbackprop.documents.marks import TRANSPOSE
from symbackprop.documents.names import name_key, opaque
from symbackprop.documents.problems import NotUnderstood
from symbackprop.documents.quantities import index_name
from symbackprop.documents.source import Span
from symbackprop.documents.trees import rebuilt, replaced, walk
from symbackprop.documents.write import latex

Mark = tuple[str, int]
"""A layer's letter and what is added to it."""


def without_pairs(chain: s.Chain, conventions: Conventions) -> tuple[s.Chain, tuple[str, ...]]:
    """The chain with one mark at each weight and one index below each sum; how that was read."""
    if not conventions.network:
        return chain, ()
    if not any(isinstance(node, s.BigOperator) or _pair(node, conventions) for node in walk(chain)):
        return chain, ()
    work = _Rewriting(conventions)
    made = work.sums(chain)
    made = work.weights(made)
    if not work.readings:
        return chain, ()
    made = work.functions(made)
    return (made if isinstance(made, s.Chain) else chain), tuple(work.readings)


def _pair(node: s.Node, conventions: Conventions) -> tuple[s.Script, s.Node, s.Node] | None:
    """The superscript of a weight that names two layers, and both."""
    if not isinstance(node, s.Scripted) or conventions.letters.get(name_key(node.base) or "") != "w":
        return None
    for script in node.scripts:
        if script.mark is ScriptMark.SUPERSCRIPT and script.bracket in (Bracket.NONE, Bracket.BRACES, Bracket.ROUND):
            items = script.items
            if len(items) == 2 and not (isinstance(items[1], s.Name) and items[1].text in TRANSPOSE):
                return script, items[0], items[1]
    return None


def mark_of(node: s.Node) -> Mark | None:
    """`v'`, `v' - 1`, `2` as a letter and a step."""
    name = index_name(node)
    if name is not None:
        return name, 0
    if isinstance(node, s.Number) and node.text.isdigit() and len(node.text) < 4:
        return "", int(node.text)
    if isinstance(node, s.Addition) and len(node.terms) == 2 and node.terms[0].sign is None:
        base, step = mark_of(node.terms[0].body), mark_of(node.terms[1].body)
        sign = {Sign.PLUS: 1, Sign.MINUS: -1}.get(node.terms[1].sign or Sign.PLUS_MINUS)
        if base is not None and step is not None and sign is not None and not step[0]:
            return base[0], base[1] + sign * step[1]
    return None


def written(mark: Mark, span: Span) -> s.Expression:
    letter, step = mark
    if not letter:
        return s.Number(span, str(step))
    name = s.Name(span, letter)
    if not step:
        return name
    number = s.Term(span, Sign.PLUS if step > 0 else Sign.MINUS, s.Number(span, str(abs(step))))
    return s.Addition(span, (s.Term(span, None, name), number))


@dataclass
class _Rewriting:
    conventions: Conventions
    readings: dict[str, None] = field(default_factory=dict)

    # sums over pairs of a layer and a neuron

    def sums(self, node: s.Node) -> s.Node:
        return replaced(node, lambda part: self._sum(part) if isinstance(part, s.BigOperator) else None)

    def _sum(self, node: s.BigOperator) -> s.Node | None:
        items = () if node.lower is None or node.kind is not BigOperatorKind.SUM else node.lower.items
        item = items[0] if len(items) == 1 else None
        if not isinstance(item, s.Chain) or not isinstance(item.first, s.Group) or len(item.links) != 1:
            return None
        pair, link = item.first.items, item.links[0]
        if link.relation.kind is not RelationKind.MEMBER or len(pair) != 2 or not isinstance(link.right, s.NameGroup):
            return None
        of, layer = mark_of(link.right.group.items[0]) if link.right.group.items else None, mark_of(pair[0])
        key = name_key(link.right.head)
        steps = {self.conventions.parents: (-1, "below"), self.conventions.children: (1, "above")}
        step, where = steps.get(key or "", (0, ""))
        if not where or of is None or layer is None or layer[1]:
            text = f"a line `parents: {latex(link.right)}` or `children: …` in the conventions, if they are a layer"
            raise NotUnderstood(item.span, f"a sum over `{item.span.text}`", text)
        self.readings[f"{link.right.span.text} is every neuron of the layer {where}, as the conventions say"] = None
        layers = {layer[0]: (of[0], of[1] + step)}
        body: s.Expression = with_layers(self.sums(node.body), layers)  # type: ignore[assignment]
        self._check_body(body, link.right.group.items, pair[1], item.span)
        content = s.Passage(pair[1].span, (s.Chain(pair[1].span, pair[1]),))  # type: ignore[arg-type]
        lower = s.Script(item.span, ScriptMark.SUBSCRIPT, Bracket.BRACES, content)
        return replace(node, scripts=(lower,), body=body)

    def _check_body(
        self, body: s.Node, unit: tuple[s.Expression | s.Chain, ...], bound: s.Node, span: Span
    ) -> None:
        """Raises NotUnderstood unless each weight joins the neuron that the set is of to those that are summed over."""
        pairs = [pair for part in walk(body) if (pair := _pair(part, self.conventions)) is not None]
        joins = [(mark_of(one), mark_of(two)) for _, one, two in pairs]
        if self.conventions.from_to:
            joins = [(two, one) for one, two in joins]
        neighbours = all(one is not None and two is not None and two == (one[0], one[1] - 1) for one, two in joins)
        neuron, index = (index_name(node) for node in (unit[-1], bound))
        below = [
            {index_name(each) for x in part.scripts if x.mark is ScriptMark.SUBSCRIPT for each in x.items}
            for part in walk(body) if isinstance(part, s.Scripted) and _pair(part, self.conventions) is not None
        ]  # fmt: skip
        if len(unit) != 2 or not pairs or not neighbours or any(names != {neuron, index} for names in below):
            found = f"a sum over `{span.text}` of weights that do not join these neurons to that one,"
            raise NotUnderstood(span, found, "the layers and neurons of the set, such as w_{ik}^{v \\mu}")

    # weights

    def weights(self, node: s.Node) -> s.Node:
        """Each weight marked by one layer; a letter that only names the other means the layer next to it."""
        pairs = [pair for part in walk(node) if (pair := _pair(part, self.conventions)) is not None]
        other: dict[str, Mark] = {}
        for script, one, two in pairs:
            first, second = mark_of(one), mark_of(two)
            fed, feeding = (second, first) if self.conventions.from_to else (first, second)
            if fed is None or feeding is None:
                raise NotUnderstood(script.span, f"`{script.span.text}`", "the layers that it joins, such as ^{l,l-1}")
            below = (fed[0], fed[1] - 1)
            if feeding == below:
                continue
            known = other.get(feeding[0])
            twice = any(letter != feeding[0] and mark == below for letter, mark in other.items())
            if not feeding[0] or feeding[0] == fed[0] or known not in (None, below) or feeding[1] or twice:
                raise NotUnderstood(script.span, f"`{script.span.text}`", "a weight between a layer and the next")
            other[feeding[0]] = below
        if not pairs:
            return node
        self.readings["a weight with two layers' marks joins a layer to the next"] = None
        return self._single(with_layers(node, other))

    def _single(self, node: s.Node) -> s.Node:
        def change(part: s.Node) -> s.Node | None:
            pair = _pair(part, self.conventions)
            if pair is None or not isinstance(part, s.Scripted):
                return None
            script, one, two = pair
            kept = two if self.conventions.from_to is not self.conventions.source else one
            content = s.Passage(script.content.span, (s.Chain(kept.span, kept),))  # type: ignore[arg-type]
            scripts = tuple(replace(x, content=content) if x is script else x for x in part.scripts)
            return replace(part, scripts=scripts)

        return replaced(node, change)

    # functions

    def functions(self, node: s.Node) -> s.Node:
        """`f_k^\\mu(h_k^\\mu)`: the function with the marks of what it is applied to is that of every neuron."""

        def change(part: s.Node) -> s.Node | None:
            made = rebuilt(part, self.functions)
            if not isinstance(made, s.NameGroup) or len(made.group.items) != 1:
                return made
            head, argument = _unbracketed(made.head), made.group.items[0]
            if not isinstance(head, s.Scripted) or not isinstance(argument, s.Scripted):
                return made
            bare = opaque(name_key(head.base) or "") in (self.conventions.hidden, self.conventions.output)
            if not bare or self.conventions.per_layer or {latex(x) for x in head.scripts} != {
                latex(x) for x in argument.scripts
            }:
                return made
            self.readings[f"the marks of {made.head.span.text} name the neuron that it is applied to"] = None
            plain = s.Scripted(head.span, head.base, (), head.primes) if head.primes else head.base
            return replace(made, head=plain)

        return replaced(node, change)


def _unbracketed(head: s.Expression) -> s.Expression:
    """`[f_i^v]'` as f_i^v with its prime."""
    if not isinstance(head, s.Scripted) or not isinstance(head.base, s.Group) or head.scripts:
        return head
    inner = head.base.items[0] if len(head.base.items) == 1 else None
    return replace(inner, primes=inner.primes + head.primes) if isinstance(inner, s.Scripted) else head


def with_layers(node: s.Node, layers: Mapping[str, Mark]) -> s.Node:
    """Every superscript that names one of these layers names the other instead."""

    def change(part: s.Node) -> s.Node | None:
        if isinstance(part, s.Scripted):
            scripts = tuple(_relayered(script, layers) for script in part.scripts)
            base: s.Expression = with_layers(part.base, layers)  # type: ignore[assignment]
            return replace(part, base=base, scripts=scripts)
        return None

    return replaced(node, change)


def _relayered(script: s.Script, layers: Mapping[str, Mark]) -> s.Script:
    if script.mark is not ScriptMark.SUPERSCRIPT:
        return script
    items: list[s.Expression] = []
    for item in script.items:
        mark = mark_of(item)
        if mark is None:
            return script
        base, step = layers.get(mark[0], (mark[0], 0))
        items.append(written((base, step + mark[1]), item.span))
    chains = tuple(s.Chain(item.span, item) for item in items)
    return replace(script, content=s.Passage(script.content.span, chains))
