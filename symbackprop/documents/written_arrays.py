"""Arrays of which every entry is written, `\\begin{bmatrix} a & b \\\\ c & d \\end{bmatrix}`."""

from __future__ import annotations

from typing import Final

from symbackprop import notation as n
from symbackprop.documents import syntax as s
from symbackprop.documents.elaborate import Elaborator
from symbackprop.documents.problems import NotUnderstood
from symbackprop.documents.tensors import Tensor, Value

MOST_ENTRIES: Final = 36


def written_out(e: Elaborator, rows: list[list[s.Expression]], node: s.Matrix) -> Value:
    """Every entry as a number: `1..3` by `1..2`, a row or a column where there is only one."""
    width = len(rows[0])
    if any(len(row) != width for row in rows) or not 1 <= len(rows) * width <= MOST_ENTRIES:
        raise NotUnderstood(node.span, f"`{node.span.text}`", f"rows of one length, and at most {MOST_ENTRIES} entries")
    entries = [[e.scalar(cell) for cell in row] for row in rows]
    if len(entries) == width == 1:
        return entries[0][0]
    axes = [n.Extent(str(length)) if length > 1 else None for length in (len(rows), width)]

    def at(r: n.Slot | None, c: n.Slot | None) -> n.Expr:
        _check_sizes((r, c), axes, node)
        picked = []
        for i, row in enumerate(entries, 1):
            for j, entry in enumerate(row, 1):
                here = [(slot, k) for slot, k in ((r, i), (c, j)) if slot is not None]
                if all(slot == n.At(k) or isinstance(slot, n.Index) for slot, k in here):
                    deltas = [n.Kronecker(slot, n.At(k)) for slot, k in here if isinstance(slot, n.Index)]
                    picked.append(n.Mul((*deltas, entry)) if deltas else entry)
        return n.Add(tuple(picked)) if picked else n.number(0)

    return Tensor(axes[0], axes[1], at)


def _check_sizes(slots: tuple[n.Slot | None, ...], axes: list[n.Extent | None], node: s.Matrix) -> None:
    for slot, axis in zip(slots, axes, strict=True):
        met = slot.axis if isinstance(slot, n.Index) else axis
        if axis is not None and met != axis and not (isinstance(met, n.Extent) and met.inferred):
            found = f"an array of {axis.size} entries, where {met} are meant,"
            raise NotUnderstood(node.span, found, "as many entries, or dots: x_1 & \\cdots & x_n")
