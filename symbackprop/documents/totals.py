"""Total costs: the sum or the mean over the samples, and what one sample's cost is then."""

from __future__ import annotations

from dataclasses import replace

from symbackprop import notation as n
from symbackprop.documents import syntax as s
from symbackprop.documents.chains import is_batch, read_chain
from symbackprop.documents.einstein import free_letters
from symbackprop.documents.environment import Environment, Known
from symbackprop.documents.names import name_key
from symbackprop.documents.shapes import base_symbol
from symbackprop.documents.terms import rebuilt, replaced
from symbackprop.network import SAMPLES, Definition


def total_of(members: list[s.Expression], environment: Environment) -> Environment | None:
    """`C = \\sum_k C_k`, `C = \\frac{1}{n} \\sum_x (y - a)^2`: the name on the left is the total cost's."""
    head, c = members[0], environment.conventions
    key = name_key(head.head if isinstance(head, s.NameGroup) and c.rows else head)
    without_data = environment.is_without_data(members[0])
    if (key is None and not without_data) or len(members) != 2:
        return None
    if not c.rows and not is_batch(members[1], environment):
        return None
    own = base_symbol(members[0], environment)
    if key is not None and key not in c.costs and key.partition("_")[0] not in c.costs and own is not None:
        return None
    chain = read_chain([members[1]], (), environment)
    value, line = chain.members[0].value, members[0].span.line
    if not isinstance(value, n.Expr) or free_letters(value) or chain.members[0].problems:
        return None
    made = replace(environment, total=Known(Definition("E_total", None, None, "", (), value), line))
    symbols = {e.variable.symbol for e in n.walk(value) if isinstance(e, n.Entry)}
    if "E" not in symbols:
        if own not in ("E", "E_total") or not symbols <= {"a", "y", "z"}:
            return None
        one = _of_one_sample(value)
        if one is not None:
            made = replace(made, cost=Known(Definition("E", None, None, "", (), one[0]), line))
            made = replace(made, total=Known(Definition("E_total", None, None, "", (), one[1]), line))
    if without_data:
        return replace(made, total_without_data=True)
    return replace(made, total_names=environment.total_names | {key or ""})


def no_longer_total(members: list[s.Expression], environment: Environment) -> Environment:
    """`C = \\frac{1}{2} \\|y - a\\|^2` behind `C = \\sum_x …`: the name is one sample's cost from here on."""
    key = name_key(members[0])
    if key not in environment.total_names:
        return environment
    bare = replace(environment, total_names=environment.total_names - {key or ""})
    return environment if any(is_batch(member, bare) for member in members[1:]) else bare


def _of_one_sample(value: n.Expr) -> tuple[n.Expr, n.Expr] | None:
    """One sample's cost and the total in its terms: what stands before and below a single sum over the samples."""
    sums = [e for e in n.walk(value) if isinstance(e, n.Sum) and e.index.axis == SAMPLES]
    sizes = [e for e in n.walk(value) if isinstance(e, n.Size) and e.axis == SAMPLES]
    inside = any(isinstance(e, n.Size) and e.axis == SAMPLES for e in n.walk(sums[0].body)) if sums else True
    if len(sums) != 1 or len(sizes) > 1 or inside or not _is_scaling(value, sums[0]):
        return None

    def one(e: n.Expr) -> n.Expr | None:
        if e is sums[0]:
            return _unsampled(sums[0].body)
        return n.number(1) if isinstance(e, n.Size) and e.axis == SAMPLES else None

    all_of_them: n.Expr = n.Sum(sums[0].index, n.Entry(n.Variable("E", None, (SAMPLES,)), (sums[0].index,)))
    total = n.Mul((n.Power(n.Size(SAMPLES), -1), all_of_them)) if sizes else all_of_them
    return replaced(value, one), total


def _is_scaling(e: n.Expr, inner: n.Sum) -> bool:
    """Whether a formula is a sum times numbers, the number of samples at most below a line."""
    if e is inner:
        return True
    if isinstance(e, n.Neg):
        return _is_scaling(e.term, inner)
    if not isinstance(e, n.Mul):
        return False
    holding = [factor for factor in e.factors if any(part is inner for part in n.walk(factor))]
    others = [factor for factor in e.factors if factor not in holding]
    return len(holding) == 1 and _is_scaling(holding[0], inner) and all(map(_is_number, others))


def _is_number(e: n.Expr) -> bool:
    if isinstance(e, n.Power) and e.exponent == -1:
        below = e.base.factors if isinstance(e.base, n.Mul) else (e.base,)
        return all(isinstance(part, n.Number | n.Scalar | n.Size) for part in below)
    return isinstance(e, n.Number | n.Scalar)


def _unsampled(e: n.Expr) -> n.Expr:
    """A formula of one sample, without the sample's index."""
    if isinstance(e, n.Entry) and SAMPLES in e.variable.axes:
        keep = [at for at, axis in enumerate(e.variable.axes) if axis != SAMPLES]
        variable = replace(e.variable, axes=tuple(e.variable.axes[at] for at in keep))
        return n.Entry(variable, tuple(e.slots[at] for at in keep))
    return rebuilt(e, _unsampled)
