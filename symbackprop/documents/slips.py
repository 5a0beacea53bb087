"""The slips of the pen that a line may hold, the likeliest first."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from symbackprop.documents import factor_edits as factor, index_edits as index, page_slips as page, syntax as s
from symbackprop.documents.edits import Edited, Local, Words, within

TOKENS: Final[tuple[Local, ...]] = (
    index.index_renamed,
    index.script_number_changed,
    index.layer_changed,
    index.sum_renamed,
    factor.primed,
    factor.signed,
    factor.function_changed,
    page.partial_lost,
    page.argument_changed,
)
STRUCTURE: Final[tuple[Local, ...]] = (
    index.index_dropped,
    index.indices_exchanged,
    factor.transpose_dropped,
    factor.transpose_added,
    factor.sign_of_product,
    factor.quotient_changed,
    page.indicated,
    page.operator_lost,
    page.squared,
    page.rebuilt_product,
)
PRODUCTS: Final[tuple[Local, ...]] = (factor.swapped, factor.factor_dropped, factor.sum_dropped)
MISSING: Final[tuple[Local, ...]] = (factor.coefficient_inserted, factor.sum_inserted, factor.factor_inserted)


def token_slips(node: s.Node, words: Words) -> Iterator[Edited]:
    """One index, layer, number, prime or sign; one letter wherever it stands; the sign of the whole."""
    for local in TOKENS:
        yield from within(node, local, words)
    yield from within(node, index.plain_number_changed, words, scripts=False)
    yield from index.everywhere(node, words)
    yield from factor.negated(node, words)


def structural_slips(node: s.Node, words: Words) -> Iterator[Edited]:
    """A transpose, a product sign, an order, a factor too many."""
    for local in STRUCTURE:
        yield from within(node, local, words)
    for local in PRODUCTS:
        yield from within(node, local, words, scripts=False)


def missing_parts(node: s.Node, words: Words) -> Iterator[Edited]:
    """A coefficient, a sum or a factor that is missing."""
    for local in MISSING:
        for made in within(factor.at_root(node), local, words, scripts=False):
            if isinstance(made.node, s.Chain) and made.node.first is not None:
                yield Edited(made.node.first, made.changes, made.culprit)


Slips = Callable[[s.Node, Words], Iterator[Edited]]
