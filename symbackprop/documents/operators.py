"""Derivatives, gradients, differentials and sums: the parts of a formula that bind or vary something."""

from __future__ import annotations

from collections.abc import Callable
from types import MappingProxyType
from typing import Final

from symbackprop import notation as n
from symbackprop.documents import syntax as s
from symbackprop.documents.arrays import array
from symbackprop.documents.conventions import MarkPlace
from symbackprop.documents.elaborate import Action, Elaborator
from symbackprop.documents.environment import variable
from symbackprop.documents.jacobians import Factor, Jacobian, plain
from symbackprop.documents.kinds import BigOperatorKind, RelationKind, ScriptMark
from symbackprop.documents.marks import Marks, natural
from symbackprop.documents.names import name_key
from symbackprop.documents.piecewise import cases
from symbackprop.documents.problems import Code, NotUnderstood, Problem
from symbackprop.documents.quantities import index_name
from symbackprop.documents.scopes import Binder
from symbackprop.documents.tensors import Tensor, Value, mapped
from symbackprop.documents.terms import with_slot
from symbackprop.documents.trees import walk
from symbackprop.network import LAST, SAMPLES
from symbackprop.notation import Neurons

MOST_TERMS: Final = 16  # of a sum over a part of a layer
DIFFERENTIAL: Final = "d "  # the head of a differential's symbol: no quantity's name begins so


def derivative(e: Elaborator, node: s.Derivative) -> Factor:
    """`∂u/∂v`, where v is one quantity or one of its entries."""
    if node.order is not None or len(node.by) != 1 or node.by[0].order is not None:
        raise NotUnderstood(node.span, "a higher derivative", "a first derivative")
    if node.of is None:
        raise NotUnderstood(node.span, "a derivative of nothing", "what is differentiated")
    by = node.by[0].body
    applied = at_variable(e, node.of, by) if name_key(by) in e.unknowns else None
    return by_variable(e, applied or e.value(node.of), by)


def at_variable(e: Elaborator, node: s.Expression, by: s.Expression) -> Value | None:
    """The f of df/dx as f(x), where f is a function and x nothing but its variable; None where f is none."""
    named = isinstance(node, s.Name | s.Decorated | s.Scripted) and e.symbol(node) is None
    function = e.function(node) if named else None
    if function is None:
        return None
    e.said(f"{node.span.text} is read as {node.span.text}({by.span.text})")
    return e.called(function, e.value(by), node.span)


def by_variable(e: Elaborator, of: Value, node: s.Expression) -> Factor:
    """The derivative of a value by what a node names."""
    if of == n.Apply("exp", n.number(1)):
        found, expected = "a derivative of e, which nothing defines", "a line that does, or its name in the conventions"
        raise NotUnderstood(node.span, found, expected, Code.UNKNOWN_SYMBOL)
    by = e.value(node)
    if isinstance(by, n.Entry) and isinstance(of, n.Expr):
        return n.Partial(of, by)
    if isinstance(by, Tensor) and isinstance(of, n.Expr) and isinstance(_corner(by), n.Entry):
        return Tensor(by.rows, by.columns, lambda r, c: _partial(of, by.at(r, c), node))
    if isinstance(by, n.Entry) and isinstance(of, Tensor):
        return mapped(of, lambda entry: n.Partial(entry, by))
    if isinstance(by, Tensor) and isinstance(of, Tensor):
        made = Jacobian(of.shape, by.shape, lambda i, j, r, c: _partial(of.at(i, j), by.at(r, c), node))
        if made.is_matrix:
            e.said("the derivative of a vector by a vector is read as its Jacobian, a row for each entry above")
        return made
    raise NotUnderstood(node.span, f"a derivative by `{node.span.text}`", "a quantity of the network")


def _corner(t: Tensor) -> n.Expr:
    return t.at(n.At(1) if t.rows is not None else None, n.At(1) if t.columns is not None else None)


def _partial(of: n.Expr, by: n.Expr, node: s.Node) -> n.Expr:
    if not isinstance(by, n.Entry):
        raise NotUnderstood(node.span, f"a derivative by `{node.span.text}`", "a quantity of the network")
    return n.Partial(of, by)


def gradient(e: Elaborator, node: s.Gradient) -> Value:
    """`\\nabla_W E`: the derivatives by all entries of W, in W's own shape; `\\nabla C`, `\\nabla_a C`: by outputs."""
    behind: s.Expression | None = node.of
    if len(node.scripts) > 1 or any(x.mark is not ScriptMark.SUBSCRIPT for x in node.scripts):
        raise NotUnderstood(node.span, "a gradient", "\\nabla with the variable below and the cost behind")
    items = node.scripts[0].items if node.scripts else ()
    if len(items) > 1 or any(isinstance(item, s.Chain) for item in items):
        raise NotUnderstood(node.span, "a gradient by several variables", "one variable below \\nabla")
    of = e.value(behind) if behind is not None else e.cost_meant(node)
    if isinstance(of, Tensor):
        raise NotUnderstood(node.span, "the gradient of a vector", "the gradient of a number")
    if not items or (isinstance(items[0], s.Name) and e.symbol(items[0]) == "a"):
        return _by_outputs(e, of, node)
    by = items[0]
    return plain(by_variable(e, of, by), node) if not isinstance(by, s.Chain) else of


def _by_outputs(e: Elaborator, of: n.Expr, node: s.Gradient) -> Value:
    """The gradient of a cost by what it is a function of."""
    if not isinstance(of, n.Entry) or of.variable.symbol not in ("E", "E_total"):
        raise NotUnderstood(node.span, "a gradient of something else than the cost", "its variable below \\nabla")
    e.said("the gradient without a layer is that by the outputs")
    outputs = e.entries(variable("a", LAST, e.batch), Marks(), node.span)
    return mapped(outputs, lambda a: _partial(of, a, node)) if isinstance(outputs, Tensor) else outputs


def differential(e: Elaborator, node: s.Differential) -> Value:
    """`dz_i`: an increment of z, free where it stands on the right of a total differential."""
    if node.body is None or node.order is not None:
        raise NotUnderstood(node.span, "a differential of nothing", "a quantity behind d")
    if dict(e.environment.conventions.gradients).get("d") in e.environment.conventions.costs:
        return plain(by_variable(e, n.Entry(e.variable("E", Marks(), node.span)), node.body), node)
    inner = e.value(node.body)
    if isinstance(inner, Tensor):
        return Tensor(inner.rows, inner.columns, lambda r, c: increment(e, inner.at(r, c), node))
    return increment(e, inner, node)


def increment(e: Elaborator, inner: n.Expr, node: s.Node) -> n.Expr:
    if not isinstance(inner, n.Entry):
        raise NotUnderstood(node.span, f"`{node.span.text}`", "d of a quantity")
    of = inner.variable
    made = n.Variable(DIFFERENTIAL + of.symbol, of.layer, of.axes)
    e.differentials[made] = of
    return n.Entry(made, inner.slots)


def big_operator(e: Elaborator, node: s.BigOperator) -> Value:
    """A sum over one or more indices, with or without bounds."""
    if node.kind is not BigOperatorKind.SUM:
        raise NotUnderstood(node.span, f"`{node.kind.value}`", "a sum")
    lower = node.lower
    if lower is None:
        return _over_everything(e, node)
    last = _last_layer(e, node)
    if last is not None:
        return _over_layers(e, node, last)
    if len(lower.items) == 1 and isinstance(lower.items[0], s.Name) and e.symbol(lower.items[0]) == "w":
        return _over_weights(e, node)
    binders = [_binder(e, item) for item in lower.items]
    bound = _upper_axis(e, node)
    for binder in binders:
        if bound is not None:
            binder.axis, binder.fixed_at = bound, node.span
        if binder.name in e.scopes.free:
            e.said(f"the sum's {binder.name} is another index than the free {binder.name}")
    return _summed(e, binders, node)


def _over_everything(e: Elaborator, node: s.BigOperator) -> Value:
    """`\\sum (y - a)^2`: the sum of all entries of a vector or matrix, its powers taken entry by entry."""
    before, e.summing = e.summing, True
    try:
        body = e.value(node.body)
    finally:
        e.summing = before
    if not isinstance(body, Tensor) or node.upper is not None:
        raise NotUnderstood(node.span, "a sum over nothing", "an index below the sum")
    e.said("a sum without an index is over all entries")
    row, column = (None if axis is None else e.fresh.index(axis) for axis in body.shape)
    made = body.at(row, column)
    for index in (column, row):
        made = made if index is None else n.Sum(index, made)
    return made


def _over_weights(e: Elaborator, node: s.BigOperator) -> Value:
    """`\\sum_w w^2`: over every weight of every layer."""
    inner = n.Layer(f"h{len(e.marks.bound)}")
    of = variable("w", inner)
    i, j = (e.fresh.index(axis) for axis in of.axes)
    before, e.one_weight = e.one_weight, of[i, j]
    try:
        body = e.value(node.body)
    finally:
        e.one_weight = before
    if isinstance(body, Tensor):
        raise NotUnderstood(node.span, "a sum of matrices over the weights", "a sum of numbers")
    return n.SumLayers(inner.base, n.Layer("", 1), LAST, n.Sum(i, n.Sum(j, body)))


def _last_layer(e: Elaborator, node: s.BigOperator) -> n.Layer | None:
    """The layer above a sum over layers, `\\sum_{l=1}^{L}`."""
    upper, last = node.upper, e.environment.conventions.last
    if upper is None or len(upper.items) != 1:
        return None
    (item,) = upper.items
    first = item.terms[0].body if isinstance(item, s.Addition) else item
    return e.marks.layer(item) if isinstance(first, s.Name) and first.text == last else None


def _over_layers(e: Elaborator, node: s.BigOperator, last: n.Layer) -> Value:
    item = None if node.lower is None or len(node.lower.items) != 1 else node.lower.items[0]
    start = item.links[0].right if isinstance(item, s.Chain) and len(item.links) == 1 else None
    name = index_name(item.first) if isinstance(item, s.Chain) and item.first is not None else None
    if name is None or start is None or name in e.marks.bound:
        raise NotUnderstood(node.span, "a sum over layers", "its letter and its first layer below the sum")
    first = e.marks.layer(start)
    inner = f"h{len(e.marks.bound)}"
    e.marks.bound[name] = inner
    body = e.value(node.body)
    del e.marks.bound[name]
    if isinstance(body, Tensor):
        raise NotUnderstood(node.span, "a sum of matrices over layers", "a sum of numbers")
    return n.SumLayers(inner, first, last, body)


def _summed(e: Elaborator, binders: list[Binder], node: s.BigOperator) -> Value:
    if not binders:
        return e.value(node.body)
    first, *rest = binders
    if first.axis is None and any(mark.letter == first.name for mark in e.environment.conventions.samples):
        first.axis = SAMPLES if e.batch else None
    if first.axis == SAMPLES and _is_neuron_too(e, first.name, node.body):
        first.apart = e.fresh.index(SAMPLES).name
        e.said(f"{first.name} below a name is a neuron; the sum's {first.name} is a sample")
    with e.scopes.binding(first):
        body = _summed(e, rest, node)
    if node.upper is not None and first.fixed_at == node.span:
        e.scopes.wrong_bound(first, node.upper.items[0].span)
    if first.axis is None:
        raise NotUnderstood(node.span, f"a sum over {first.name}, which nothing indexes,", "the index in the summand")
    sum_ = _added_up(e, first, first.axis, node)
    if isinstance(body, Tensor):
        return Tensor(body.rows, body.columns, lambda r, c: sum_(body.at(r, c)))
    return sum_(body)


def _is_neuron_too(e: Elaborator, letter: str, body: s.Node) -> bool:
    """Whether the letter of a mark `^{(i)}` stands below a name as well: there it is a neuron, by that convention."""
    marks = e.environment.conventions.samples
    if not any(m.letter == letter and m.bracketed and m.place is MarkPlace.SUPERSCRIPT for m in marks):
        return False
    below = (part for part in walk(body) if isinstance(part, s.Script) and part.mark is ScriptMark.SUBSCRIPT)
    return any(index_name(item) == letter for script in below for item in script.items)


def _added_up(e: Elaborator, binder: Binder, axis: n.Axis, node: s.BigOperator) -> Callable[[n.Expr], n.Expr]:
    """The sum over an axis; with a number above it the part of the layer that is meant, written out."""
    index, upper = n.Index(binder.apart or binder.name, axis), node.upper
    if upper is None or len(upper.items) != 1 or not isinstance(upper.items[0], s.Number):
        return lambda body: n.Sum(index, body)
    last = natural(upper.items[0])
    width = dict(e.environment.fixed_widths).get(axis.layer) if isinstance(axis, Neurons) else None
    if width is None or not 1 <= last <= max(width, MOST_TERMS):
        raise NotUnderstood(upper.span, f"a sum up to {upper.items[0].text}", "the width of the layer, or a line"
                            " `widths` in the conventions that gives this number")  # fmt: skip
    if last == width:
        return lambda body: n.Sum(index, body)
    if last > width:
        text = f"this sum goes up to {last}; {binder.name} runs over {e.environment.axis_said(axis)}: there are {width}"
        e.problems.append(Problem(Code.RANGE, upper.items[0].span, text))
    e.said(f"the sum over {binder.name} up to {last} is written out")
    return lambda body: n.Add(tuple(with_slot(body, binder.name, n.At(k)) for k in range(1, last + 1)))


def _binder(e: Elaborator, item: s.Node) -> Binder:
    """The index of `\\sum_i`, `\\sum_{i=1}`, `\\sum_{i \\in N}`, with its axis where the set is that of the samples."""
    if not isinstance(item, s.Chain) or [link.relation.kind for link in item.links] != [RelationKind.MEMBER]:
        return Binder(_bound_name(item))
    name, over = None if item.first is None else index_name(item.first), item.links[0].right
    samples = is_sample_count(e, over)
    if name is None or not (samples or _is_set(e, over)):
        raise NotUnderstood(item.span, f"a sum over `{item.span.text}`", "an index, or an index from 1")
    if not samples:
        e.said(f"`{over.span.text}` below a sum is read as all that there are to sum over")
    return Binder(name, SAMPLES if samples else None, item.span if samples else None)


def _is_set(e: Elaborator, over: s.Expression) -> bool:
    """`N`, `outputs`, `Downstream(j)`: a letter or a word that names nothing else, with an index behind it or not."""
    if isinstance(over, s.NameGroup):
        return all(index_name(item) is not None for item in over.group.items) and _is_set(e, over.head)
    if isinstance(over, s.Product):
        side_by_side = all(not sign.sign.value for sign in over.signs)
        *letters, last = over.factors  # a word that TeX sets as a product
        behind = isinstance(last, s.Name) or (isinstance(last, s.NameGroup) and isinstance(last.head, s.Name))
        return side_by_side and len(letters) > 1 and all(isinstance(x, s.Name) for x in letters) and behind
    return isinstance(over, s.Name) and _is_unknown(e, over)


def _bound_name(item: s.Node) -> str:
    """The index of `\\sum_i`, `\\sum_{i=1}`."""
    node: s.Node | None = item
    if isinstance(item, s.Chain):
        plain = len(item.links) == 1 and item.links[0].relation.kind is RelationKind.EQUAL
        starts = item.links[0].right if plain else None
        node = item.first if isinstance(starts, s.Number) and starts.text == "1" else None
    name = None if node is None else index_name(node)
    if name is None:
        raise NotUnderstood(item.span, f"a sum over `{item.span.text}`", "an index, or an index from 1")
    return name


def _upper_axis(e: Elaborator, node: s.BigOperator) -> n.Axis | None:
    """What the upper bound says about the axis: a layer's width, or the number of samples."""
    upper = node.upper
    if upper is None or len(upper.items) != 1:
        return None
    (item,) = upper.items
    if is_sample_count(e, item):
        return SAMPLES
    if isinstance(item, s.Number):
        return None
    if isinstance(item, s.Name) and not item.decorations and _is_unknown(e, item):
        e.said(f"`{item.text}` above a sum is read as how many there are to sum over")
        return None
    if e.neuron_layers and isinstance(item, s.Scripted) and len(item.scripts) == 1 and isinstance(item.base, s.Name):
        e.said(f"`{item.span.text}` above a sum is read as how many there are to sum over")
        return None  # the line marks no layers: n_H counts neurons and names none
    made = e.value(item) if not isinstance(item, s.Chain) else None
    if not isinstance(made, n.Size):
        raise NotUnderstood(upper.span, f"`{upper.span.text}` above a sum", "a layer's width or the number of samples")
    return made.axis


def _is_unknown(e: Elaborator, item: s.Name) -> bool:
    """Whether nothing says what a letter stands for."""
    try:
        e.value(item)
    except NotUnderstood as reason:
        return reason.problem.code is Code.UNKNOWN_SYMBOL
    return False


def is_sample_count(e: Elaborator, item: s.Node) -> bool:
    """Whether a bound is the number of samples: N, or the capital of a sample's letter."""
    c = e.environment.conventions
    if not isinstance(item, s.Name):
        return False
    letters = {mark.letter.upper() for mark in c.samples}
    return item.text in {c.sample_count, *e.environment.sample_counts, *letters}


ACTIONS: Final = MappingProxyType[type[s.Node], Action](
    {
        s.Number: lambda e, node: e.number(node), s.Name: lambda e, node: e.name(node),
        s.Scripted: lambda e, node: e.scripted(node), s.Group: lambda e, node: e.group(node),
        s.NameGroup: lambda e, node: e.name_group(node), s.Applied: lambda e, node: e.applied_far(node),
        s.Addition: lambda e, node: e.addition(node), s.Product: lambda e, node: e.product(node),
        s.Quotient: lambda e, node: e.quotient(node), s.Norm: lambda e, node: e.norm(node),
        s.Braced: lambda e, node: e.braced(node), s.Derivative: derivative, s.Gradient: gradient,
        s.Differential: differential, s.BigOperator: big_operator, s.Cases: cases,
        s.Matrix: array,
    }
)  # fmt: skip
