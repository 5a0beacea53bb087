"""Arrays written by their first entries and dots: what changes from entry to entry is the index."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from symbackprop import notation as n
from symbackprop.documents import syntax as s
from symbackprop.documents.elaborate import Elaborator
from symbackprop.documents.names import name_key
from symbackprop.documents.problems import NotUnderstood
from symbackprop.documents.scopes import Binder
from symbackprop.documents.tensors import Tensor, Value
from symbackprop.documents.terms import with_slots
from symbackprop.documents.trees import replaced
from symbackprop.documents.write import latex
from symbackprop.documents.written_arrays import written_out

NUMBERS: Final = s.Number | s.Name | s.Scripted

Place = tuple[int, int]
"""Where a number stands that changes from entry to entry: start and end in the source."""


@dataclass(frozen=True)
class Line:
    """The rows or the columns that are written: what numbers each, None for the one behind the dots, and where."""

    numbers: tuple[s.Node | None, ...]
    places: Mapping[Place, s.Node]

    def at(self, k: int) -> dict[Place, s.Node]:
        """What stands at the places in the k-th row or column."""
        number = self.numbers[k]
        return dict(self.places) if number is None else dict.fromkeys(self.places, number)


def array(e: Elaborator, node: s.Matrix) -> Value:
    """`\\begin{bmatrix} x_1 \\\\ \\vdots \\\\ x_m \\end{bmatrix}`: all entries, in the order of their numbers."""
    grid = [[_expression(cell, node) for cell in row.cells] for row in node.rows]
    if grid and not any(isinstance(cell, s.Dots) for row in grid for cell in row) and not _is_of_network(e):
        return written_out(e, grid, node)
    cells, lines = _written(grid, node)
    first = cells[0][0]
    for r, row in enumerate(cells):
        for c, cell in enumerate(row):
            if _put(first, {**lines[0].at(r), **lines[1].at(c)}) != cell:
                raise NotUnderstood(cell.span, f"`{cell.span.text}`", "the first entry with the numbers of this place")
    binders = [Binder(e.fresh.index(n.Samples()).name) if line.places else None for line in lines]
    marks = {
        place: s.Name(first.span, binder.name)
        for binder, line in zip(binders, lines, strict=True) if binder is not None for place in line.places
    }  # fmt: skip
    bound = [binder for binder in binders if binder is not None]
    e.scopes.bound.extend(bound)
    inner = e.value(_put(first, marks))  # type: ignore[arg-type]
    del e.scopes.bound[-len(bound) :]
    if isinstance(inner, Tensor) or any(binder.axis is None for binder in bound):
        raise _not_read(node, "entries that differ in an index")
    for binder, line in zip(binders, lines, strict=True):
        if binder is not None and line.numbers[-1] is None:
            _check_end(e, next(iter(line.places.values())), binder.axis)
    e.said("the dots are read as going on over the whole axis")
    letters = [binder.name if binder is not None else None for binder in binders]

    def at(r: n.Slot | None, c: n.Slot | None) -> n.Expr:
        pairs = zip(letters, (r, c), strict=True)
        return with_slots(inner, {name: slot for name, slot in pairs if name is not None and slot is not None})

    axes = [binder.axis if binder is not None else None for binder in binders]
    return Tensor(axes[0], axes[1], at)


def _is_of_network(e: Elaborator) -> bool:
    return e.environment.conventions.network


def _written(
    grid: list[list[s.Expression]], node: s.Matrix
) -> tuple[list[list[s.Expression]], tuple[Line, Line]]:
    """The entries without rows and columns of dots, and how rows and columns go on."""
    if not grid or any(len(row) != len(grid[0]) for row in grid):
        raise _not_read(node, "rows of one length")
    rows = [all(isinstance(cell, s.Dots) for cell in row) for row in grid]
    kept = [row for row, dotted in zip(grid, rows, strict=True) if not dotted]
    columns = [all(isinstance(row[k], s.Dots) for row in kept) for k in range(len(grid[0]))]
    cells = [[cell for cell, dotted in zip(row, columns, strict=True) if not dotted] for row in kept]
    if not any((*rows, *columns)) or not cells or not cells[0]:
        raise _not_read(node, "the first entries, dots, and where they end")
    across = [list(column) for column in zip(*cells, strict=True)]
    return cells, (_line(cells, rows, node), _line(across, columns, node))


def _line(cells: list[list[s.Expression]], dotted: list[bool], node: s.Matrix) -> Line:
    """One row alone has no dots; more have their dots behind the first ones, and at most one row behind these."""
    if len(dotted) == 1 and not dotted[0]:
        return Line((s.Number(node.span, "1"),), {})
    before = dotted.index(True) if True in dotted else 0
    if dotted.count(True) != 1 or not before or before < len(dotted) - 2 or len(cells) < 2:
        raise _not_read(node, "the first entries, dots, and where they end")
    numbers = [s.Number(node.span, str(k + 1)) for k in range(before)]
    places = dict(_differences(cells[0][0], cells[-1][0], node))
    if not places or len({latex(number) for number in places.values()}) > 1:
        raise _not_read(node, "entries that differ in an index")
    return Line((*numbers, *[None] * (len(cells) - before)), places)


def _check_end(e: Elaborator, end: s.Node, axis: n.Axis | None) -> None:
    """Raises NotUnderstood where the dots end elsewhere than their axis."""
    declared = isinstance(axis, n.Extent) and not axis.inferred
    name = end.text if isinstance(end, s.Number) else name_key(end)
    if (declared or isinstance(end, s.Number)) and (name is None or e.size_axis(name) != axis):
        raise NotUnderstood(end.span, f"dots that end at `{end.span.text}`", f"the last of {axis}")


def _not_read(node: s.Matrix, expected: str) -> NotUnderstood:
    return NotUnderstood(node.span, f"`{node.span.text}`", expected)


def _expression(cell: s.Passage, node: s.Node) -> s.Expression:
    chains = [part for part in cell.elements if isinstance(part, s.Chain)]
    if len(chains) != 1 or chains[0].first is None or chains[0].links:
        raise NotUnderstood(node.span, f"`{node.span.text}`", "one expression in each place")
    return chains[0].first


def _differences(one: s.Node, other: s.Node, node: s.Matrix) -> Iterator[tuple[Place, s.Node]]:
    """The places of the numbers 1 that are other numbers, or sizes, in the other entry, and what stands there."""
    if isinstance(one, s.Number) and one.text == "1" and isinstance(other, NUMBERS) and latex(other) != "1":
        yield (one.span.start, one.span.end), other
        return
    same = type(one) is type(other) and len(list(one.children())) == len(list(other.children()))
    if not same or (isinstance(one, s.Name | s.Number) and one.text != getattr(other, "text", "")):
        raise _not_read(node, "entries that differ in their indices alone")
    for left, right in zip(one.children(), other.children(), strict=True):
        yield from _differences(left, right, node)


def _put(node: s.Node, numbers: Mapping[Place, s.Node]) -> s.Node:
    return replaced(node, lambda part: numbers.get((part.span.start, part.span.end)) if _is_one(part) else None)


def _is_one(node: s.Node) -> bool:
    return isinstance(node, s.Number) and node.text == "1"
