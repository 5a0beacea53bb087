"""The exact certificate: every parameter's gradient of exactly this network, on the code that trains.

Along a random direction u the forward-mode derivative of the total cost, computed from the network's definitions, is
compared with the gradient function's own result dotted with u, modulo several primes at once. A gradient with one wrong
entry passes only if a non-zero polynomial vanishes at a random point: by the lemma of Schwartz (1980) and Zippel (1979)
with probability at most (degree / prime) in each channel. The random functions that stand for exp and log are keyed on
all channels together, so that two different arguments are confused only if they agree in all.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from symbackprop.certificate import Certificate, Wrong
from symbackprop.deferred import Deferred
from symbackprop.degrees import Degree, Ledger, true_degree
from symbackprop.errors import SymbackpropError
from symbackprop.fields import Array, Degenerate
from symbackprop.limbs import LARGE
from symbackprop.network import Network
from symbackprop.points import (
    Counted,
    Point,
    Storage,
    derivative,
    entry_name,
    exact_point,
    float_point,
    only,
    shapes,
)
from symbackprop.residue_arrays import ResidueArray
from symbackprop.residue_values import Bound, NotExact
from symbackprop.residues import PRIMES, Residues

WANTED = 1e-18
ROUNDS, DRAWS = 6, 5
LOOKUPS = 3  # arguments of random functions that a neuron has in both computations together, about
CLOSE = 1e-6  # floats agree where they differ by less than so much of their size
Gradient = Callable[..., Any]


@dataclass(frozen=True)
class Judge:
    """One gradient function before the definitions of its network.

    alike: it is made from the table's rows, so it writes each function's values as the definitions do, and leaves its
    arguments as they are. storage: where the parameters are put.
    """

    network: Network
    gradient: Gradient
    seed: int
    alike: bool = False
    storage: Storage | None = None

    def exactly(self, samples: int, seed: int) -> tuple[float | None, int]:
        """The bound, None where the residues differ; and how many signs were drawn."""
        channels = self._channels(samples)
        bound, signs = 1.0, 0
        for again in range(ROUNDS):
            point, exact, made, ledger = self._round(samples, seed + 100 * again, PRIMES[:channels])
            if not np.array_equal(_along(point, made), exact):
                exact = derivative(self.network, point, by_formula=True)
                if not np.array_equal(_along(point, made), exact):
                    return None, ledger.signs
            highest, signs = made[0].degree, signs + ledger.signs
            for g in made[1:]:
                highest = highest.either(g.degree)
            bound *= self._bound(point, highest, ledger)
            if bound <= WANTED:
                break
        return bound, signs

    def _channels(self, samples: int) -> int:
        """How many primes will do for an ordinary gradient function, so that one round is enough."""
        degree, argument = true_degree(self.network, samples)
        lookups = LOOKUPS * samples * sum((self.network.sizes or ())[1:])
        for channels in range(3, len(PRIMES)):
            if _probability(2 * degree.highest + 2 + self._clearing(lookups), lookups, argument, channels) <= WANTED:
                return channels
        return 4

    def _clearing(self, lookups: int) -> int:
        """What the one side writes with e = exp(z), the other may write with t = (e - 1)/(e + 1), which stands at most
        three times in a term: so much the degree grows when t's denominators are cleared."""
        return 0 if self.alike else 3 * lookups

    def _bound(self, point: Point, made: Degree, ledger: Ledger) -> float:
        degree, argument = true_degree(self.network, point.samples)
        lookups = point.field.count[0] if isinstance(point.field, Counted) else 0
        difference = (made + degree).highest + 2 + self._clearing(lookups)
        return _probability(difference, lookups, max(argument, ledger.degree), len(point.x))

    def _round(
        self, samples: int, seed: int, primes: tuple[int, ...]
    ) -> tuple[Point, Array, list[ResidueArray], Ledger]:
        """A random point, the cost's derivative along its direction, and the gradient function's answer there."""
        for again in range(DRAWS):
            point = exact_point(self.network, samples, seed + again, primes, self.storage)
            ledger = Ledger()
            try:
                exact = derivative(self.network, point)
                return point, exact, self._run(point, ledger), ledger
            except Degenerate:
                continue
        raise SymbackpropError("the gradient function divides by zero at every random point")

    def _run(self, point: Point, ledger: Ledger) -> list[Any]:
        """The gradient function's answer. A user's gets copies: what it does to them is its own business."""
        field = point.field

        def wrapped(value: Array) -> Any:
            own = value if self.alike else value.copy()
            return ResidueArray(field, own, Bound(), ledger) if isinstance(field, Residues) else own

        try:
            with np.errstate(all="ignore"):
                made = self.gradient([wrapped(p) for p in point.parameters], wrapped(point.x), wrapped(point.y))
        except Degenerate:
            raise
        except Exception as problem:
            raise SymbackpropError(f"the gradient function cannot be certified: {_cause(problem)}") from problem
        return self._checked(made, ResidueArray if isinstance(field, Residues) else np.ndarray)

    def _checked(self, made: Any, kind: type[Any]) -> list[Any]:
        expected = shapes(self.network)
        if not isinstance(made, list | tuple):
            raise SymbackpropError(f"the gradient function returned a {type(made).__name__}: expected a list of arrays")
        if len(made) != len(expected):
            raise SymbackpropError(
                f"the gradient function returned {len(made)} arrays: expected {len(expected)}, one a parameter array"
            )
        for number, (g, shape) in enumerate(zip(made, expected, strict=True)):
            name = entry_name(number)
            if not isinstance(g, kind):
                raise SymbackpropError(
                    f"the gradient of {name} is a {type(g).__name__}: it must be computed from the arguments"
                )
            if g.shape != shape:
                raise SymbackpropError(f"the gradient of {name} has shape {g.shape}: expected {shape}")
        return list(made)

    # floats: without them nothing is called wrong

    def refuted(self, samples: tuple[int, ...]) -> Certificate:
        """What to say where residues differ: wrong where floats differ too, else undecided."""
        count = self.network.parameters or 0
        for number in samples:
            wrong = self._confirmed(number)
            if wrong is not None:
                return Certificate(count, 0.0, samples, wrong=wrong)
        for again in range(DRAWS):
            for number in samples:
                wrong = self.wrong_in_floats(number, again)
                if wrong is not None:
                    return Certificate(count, 0.0, samples, wrong=wrong)
        said = "exact numbers do not follow how this function computes, or it is off by less than a millionth"
        return Certificate(count, 1.0, samples, undecided=said)

    def _confirmed(self, samples: int) -> Wrong | None:
        """The first entry that is wrong in residues, where floats differ in that entry too."""
        point, _, made, _ = self._round(samples, self.seed, PRIMES[:2])

        def differ(narrowed: Point) -> bool:
            return not np.array_equal(_along(narrowed, made), derivative(self.network, narrowed, by_formula=True))

        place = _first(point, differ)
        if place is None:
            return None
        plain = float_point(self.network, samples, self.seed, self.storage)
        return self._entry(plain, self._run(plain, Ledger()), *place)

    def wrong_in_floats(self, samples: int, again: int = 0) -> Wrong | None:
        """The first parameter whose gradient is another number in floats."""
        point = float_point(self.network, samples, self.seed + again, self.storage)
        made = self._run(point, Ledger())
        if not self._differ(point, made):
            return None
        place = _first(point, lambda narrowed: self._differ(narrowed, made))
        return None if place is None else self._entry(point, made, *place)

    def _entry(self, point: Point, made: list[Any], number: int, place: tuple[int, ...]) -> Wrong | None:
        """What is said of one entry and what it is, in floats; None where they agree."""
        narrowed = only(point, number, *(slice(k, k + 1) for k in place))
        turn = narrowed.turns[number]
        parts = (turn.rows,) if turn.columns is None else (turn.rows, turn.columns)
        along = float(np.prod([part[k] for part, k in zip(parts, place, strict=True)]))
        expected, found = float(derivative(self.network, narrowed)) / along, float(made[number][place])
        if abs(found - expected) <= CLOSE * (abs(found) + abs(expected)):
            return None
        return Wrong(entry_name(number, place), found, expected, point.parameters, point.x, point.y)

    def _differ(self, point: Point, made: list[Any]) -> bool:
        """Whether the derivative along the point's direction is another number than the gradient says."""
        with np.errstate(all="ignore"):
            exact = float(derivative(self.network, point))
        found = size = 0.0
        for g, turn in zip(made, point.turns, strict=True):
            rows = np.flatnonzero(turn.rows)
            if not rows.size:
                continue
            columns = np.ones(1) if turn.columns is None else turn.columns
            matrix = np.asarray(g, dtype=np.float64).reshape(len(turn.rows), -1)
            step = max(1, LARGE // matrix.shape[1])
            for top in range(rows[0], rows[-1] + 1, step):
                part = slice(top, min(top + step, rows[-1] + 1))
                found += float(turn.rows[part] @ (matrix[part] @ columns))
                size += float(np.abs(turn.rows[part]) @ (np.abs(matrix[part]) @ np.abs(columns)))
        return not abs(found - exact) <= CLOSE * (size + abs(exact))


def _first(point: Point, differ: Callable[[Point], bool]) -> tuple[int, tuple[int, ...]] | None:
    """The first parameter array that differs, and in it the first entry, by halving its rows, then its columns."""
    number = next((k for k in range(len(point.turns)) if differ(only(point, k))), None)
    if number is None:
        return None
    turn = point.turns[number]
    row = _halved(turn.rows.shape[-1], lambda part: differ(only(point, number, part)))
    if turn.columns is None:
        return number, (row,)
    line = slice(row, row + 1)
    return number, (row, _halved(turn.columns.shape[-1], lambda part: differ(only(point, number, line, part))))


def _halved(count: int, differs: Callable[[slice], bool]) -> int:
    """The first of so many places that differs; one of them does."""
    start, end = 0, count
    while end - start > 1:
        middle = (start + end) // 2
        start, end = (start, middle) if differs(slice(start, middle)) else (middle, end)
    return start


def _probability(degree: int, lookups: int, argument: int, channels: int) -> float:
    """(degree / p)^channels for the polynomial, and the same for each pair of arguments that may be confused."""
    p = min(PRIMES[:channels])
    polynomial = min(1.0, degree / p) ** channels
    confused = lookups**2 / 2 * min(1.0, 2 * argument / p) ** channels
    return float(min(1.0, polynomial + confused))


def _cause(problem: BaseException) -> str:
    """What was wrong, in one line; NumPy wraps a refusal of ours into one of its own."""
    inner: BaseException | None = problem
    while inner is not None and not isinstance(inner, NotExact):
        inner = inner.__cause__ or inner.__context__
    if inner is not None:
        return str(inner)
    lines = str(problem).strip().splitlines()
    return f"{type(problem).__name__}: {lines[0] if lines else 'no more is said'}"


def _along(point: Point, made: list[ResidueArray]) -> Array:
    """The gradient dotted with the direction, one number a channel."""
    f, total = point.field, np.zeros(len(point.x), dtype=np.int64)
    for g, turn in zip(made, point.turns, strict=True):
        rows, columns = turn.rows[:, None, :], turn.columns
        if columns is None:
            part = f.matmul(rows, g.value[:, :, None])[:, 0, 0]
        elif isinstance(g.held, Deferred):
            part = g.held.along(turn.rows, columns)
        else:
            part = f.matmul(rows, f.matmul(g.value, columns[:, :, None]))[:, 0, 0]
        total = f.add(total, part)
    return total
