"""What the targets mean: classes (one-hot), a yes or no (one neuron), or numbers.

The rule, in this order:

1. Several target columns are numbers, one output neuron each; under softmax every row must sum to 1.
2. One column of text is a class label, one-hot encoded; so is a column of numbers where the output is
   softmax or the cost is cross_entropy, or where `Task.CLASSES` is asked for. 3. One column that holds only
   0 and 1, under binary_cross_entropy, is a yes or no: one neuron, decided at 1/2. 4. Any other column of
   numbers is regression. A column that mixes text and numbers is refused, as a slip.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from symbackprop.errors import SymbackpropError
from symbackprop.functions import ANY, COSTS, SOFTMAX, Range
from symbackprop.raw_data import Cells, Layout, Raw, numbers_of
from symbackprop.table import count, is_number, shown


class Task(Enum):
    """What is predicted."""

    CLASSES = "classes"
    BINARY = "binary"
    REGRESSION = "regression"


@dataclass(frozen=True)
class Dataset:
    """Features x (N, n_0) and targets y (N, n_L), float64; `labels` names the output neurons of a
    classification."""

    raw: Raw
    y: NDArray[np.float64]
    task: Task
    labels: tuple[str, ...]

    @property
    def x(self) -> NDArray[np.float64]:
        return self.raw.features

    @property
    def layout(self) -> Layout:
        return self.raw.layout


@dataclass(frozen=True)
class Functions:
    """Output and cost of a network."""

    output: str
    cost: str


def read_targets(
    raw: Raw,
    output: str | None = None,
    cost: str | None = None,
    task: Task | None = None,
    labels: Sequence[str] | None = None,
) -> Dataset:
    """The targets encoded by the rule above; `labels` are those of an earlier training, whose order must be
    kept.

    Raises SymbackpropError for mixed columns, one class only, and labels that the earlier training did not
    know.
    """
    if len(raw.targets) > 1:
        return _several(raw, output, cost, task)
    cells = raw.targets[0]
    texts: list[int] = []
    if not isinstance(cells, np.ndarray):
        texts = [s for s, cell in enumerate(cells) if not is_number(cell)]
        if task is None and 0 < len(texts) < len(cells):
            raise _mixed(raw, cells, texts)
    wants_classes = output == SOFTMAX or cost == "cross_entropy"
    if task is Task.CLASSES or (task is None and (texts or wants_classes)):
        return _classes(raw, cells, labels)
    numbers = numbers_of(raw, 0)[:, None]
    zero_one = bool(np.isin(numbers, (0.0, 1.0)).all())
    if task is Task.BINARY or (task is None and cost == "binary_cross_entropy" and zero_one):
        return _binary(raw, numbers, zero_one, fresh=labels is None)
    return Dataset(raw, numbers, Task.REGRESSION, ())


def choose_functions(task: Task, output: str | None, cost: str | None) -> Functions:
    """The output and cost for a task where they are not given: each fits the other's range."""
    if output is None:
        from_cost = {"binary_cross_entropy": "sigmoid", "cross_entropy": SOFTMAX}
        usual = {Task.CLASSES: SOFTMAX, Task.BINARY: "sigmoid", Task.REGRESSION: "identity"}
        if cost in from_cost:
            output = from_cost[cost]
        else:
            output = "sigmoid" if cost is not None and task is Task.CLASSES else usual[task]
    if cost is None:
        fitting = {SOFTMAX: "cross_entropy", "sigmoid": "binary_cross_entropy"}
        cost = "half_squared_error" if task is Task.REGRESSION else fitting.get(output, "half_squared_error")
    if ANY in (output, cost):
        raise SymbackpropError("'any' stands for every function at once: training needs named ones, such as softmax")
    return Functions(output, cost)


def check_targets(data: Dataset, functions: Functions) -> None:
    """Raises SymbackpropError with the place of the first target on which the cost is not defined.

    Targets may lie on the ends of the range, where the cost has its limit. With softmax and cross-entropy
    each row sums to 1: the gradient a - y was proved under that assumption.
    """
    allowed = COSTS[functions.cost].target
    low = -np.inf if allowed is Range.REAL else 0.0
    high = 1.0 if allowed is Range.UNIT else np.inf
    bad = np.argwhere((data.y < low) | (data.y > high))
    if len(bad):
        s, k = (int(number) for number in bad[0])
        expected = "a value in [0, 1]" if allowed is Range.UNIT else "a value of at least 0"
        advice = "; for class labels say --task classes" if len(data.raw.targets) == 1 else ""
        raise SymbackpropError(
            f"{data.raw.place(s, k)}: found {data.y[s, k]:g}, expected {expected} under cost {functions.cost}{advice}"
        )
    if functions.output == SOFTMAX and data.y.shape[1] == 1:
        raise SymbackpropError(
            f"{data.raw.source}: one target column of numbers under softmax, which is always 1 for a single"
            " neuron: expected --task classes, or another output such as identity"
        )
    if functions.output == SOFTMAX and functions.cost == "cross_entropy":
        _check_sums(data)


def _check_sums(data: Dataset) -> None:
    off = np.flatnonzero(np.abs(data.y.sum(axis=1) - 1) > 1e-6)
    if len(off):
        raise SymbackpropError(
            f"{data.raw.source}: row {data.raw.rows[off[0]]}: the targets sum to {data.y[off[0]].sum():g},"
            " expected 1:"
            " cross_entropy after softmax is derived for probabilities"
        )


def _several(raw: Raw, output: str | None, cost: str | None, task: Task | None) -> Dataset:
    if task is Task.BINARY:
        raise SymbackpropError(f"{raw.source}: {len(raw.targets)} target columns for a yes or no: expected one")
    y = np.column_stack([numbers_of(raw, k) for k in range(len(raw.targets))])
    shares = output == SOFTMAX or cost == "cross_entropy" or task is Task.CLASSES
    return Dataset(raw, y, Task.CLASSES if shares else Task.REGRESSION, raw.layout.targets if shares else ())


def _binary(raw: Raw, numbers: NDArray[np.float64], zero_one: bool, fresh: bool) -> Dataset:
    if not zero_one:
        wrong = int(np.flatnonzero(~np.isin(numbers[:, 0], (0.0, 1.0)))[0])
        raise SymbackpropError(f"{raw.place(wrong, 0)}: found {numbers[wrong, 0]:g}, expected 0 or 1")
    if fresh and len(np.unique(numbers)) < 2:
        raise _one_class(raw, f"{numbers[0, 0]:g}")
    return Dataset(raw, numbers, Task.BINARY, ("0", "1"))


def _classes(raw: Raw, cells: Cells, labels: Sequence[str] | None) -> Dataset:
    found = [_label(cell) for cell in (cells.tolist() if isinstance(cells, np.ndarray) else cells)]
    if "" in found:
        raise SymbackpropError(f"{raw.place(found.index(''), 0)}: found nothing, expected a class label")
    nan = next((s for s, label in enumerate(found) if label in ("nan", "inf", "-inf")), None)
    if nan is not None:
        raise SymbackpropError(f"{raw.place(nan, 0)}: found {found[nan]}, expected a class label")
    if labels is None and len(set(found)) < 2:
        raise _one_class(raw, found[0])
    known = tuple(labels) if labels is not None else _ordered(set(found))
    number = {label: k for k, label in enumerate(known)}
    for s, label in enumerate(found):
        if label not in number:
            raise SymbackpropError(
                f"{raw.place(s, 0)}: found '{shown(label)}', expected one of the model's"
                f" {count(len(known), 'class')}: {', '.join(map(shown, known[:8]))}"
            )
    y = np.zeros((len(found), len(known)))
    y[np.arange(len(found)), [number[label] for label in found]] = 1.0
    return Dataset(raw, y, Task.CLASSES, known)


def _label(cell: str | float) -> str:
    """A class label as text; numbers that are equal get one spelling: 1, 1.0 and 1e0 are one class."""
    if isinstance(cell, str):
        if not is_number(cell):
            return cell
        try:
            return str(int(cell))
        except ValueError:
            pass
    value = float(cell)
    return str(int(value)) if value.is_integer() else repr(value)


def _ordered(labels: set[str]) -> tuple[str, ...]:
    """Numbers by size, text by the alphabet: the order of the output neurons does not depend on that of the
    rows."""
    if all(is_number(label) for label in labels):
        return tuple(sorted(labels, key=lambda label: (float(label), label)))
    return tuple(sorted(labels))


def _mixed(raw: Raw, cells: Sequence[str], texts: Sequence[int]) -> SymbackpropError:
    """Names the rarer kind: the few are the slip."""
    numbers = [s for s in range(len(cells)) if s not in set(texts)]
    few, expected = (texts, "a number") if len(texts) <= len(numbers) else (numbers, "a class label in letters")
    found = f"'{shown(cells[few[0]])}'" if cells[few[0]] else "nothing"
    return SymbackpropError(
        f"{raw.place(few[0], 0)}: found {found}, expected {expected} like the other targets:"
        " if both are class labels say --task classes"
    )


def _one_class(raw: Raw, label: str) -> SymbackpropError:
    return SymbackpropError(
        f"{raw.source}: {raw.layout.targets[0]}: all {count(len(raw.rows), 'row')} are of one class,"
        f" '{shown(label)}':"
        " expected at least two classes"
    )
