"""Which quantities of an expression are to be replaced by their definitions."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable

from sympy import Dummy, Expr, IndexedBase

from symbackprop import notation as n
from symbackprop.atoms import Opaque
from symbackprop.dependencies import Dependencies, Key, OutOfReach

WIDTH = IndexedBase("n")
RANK = {"w": 0, "b": 0, "z": 1, "a": 2}  # the order in which a layer's quantities are computed
SLOPE = "slope of "  # the head of an opaque function's derivatives: no symbol of a formula begins so
Floors = dict[Expr, tuple[int, int]]
Once = Callable[[Key, tuple[Expr, ...]], Expr]


class Unfolding(ABC):
    """Which atoms are to be replaced by their definition; `once` builds the definition for given index values."""

    def __init__(self, dependencies: Dependencies, once: Once) -> None:
        self.dependencies = dependencies
        self.once = once

    @abstractmethod
    def definition_of(self, key: Key, slots: tuple[Expr, ...]) -> Expr | None:
        """What stands for the quantity, None where it stays."""


class TowardsVariable(Unfolding):
    """Everything that is computed from v; v itself stays. `sizes` learns of every index that is made."""

    def __init__(self, dependencies: Dependencies, once: Once, v: Key, sizes: dict[Dummy, Expr]) -> None:
        super().__init__(dependencies, once)
        self.v = v
        self.sizes = sizes

    def definition_of(self, key: Key, slots: tuple[Expr, ...]) -> Expr | None:
        known = self.dependencies
        if key == self.v or known.is_free(key) or not known.reaches(key, self.v):
            return None
        if known.hidden_by_cut(key, self.v):
            return self.opaque_cost(key.symbol, slots)
        return self.once(key, slots)

    def opaque_cost(self, cost: str, sample: tuple[Expr, ...]) -> Expr:
        known = self.dependencies
        k = Dummy("k", integer=True)
        self.sizes[k] = WIDTH[known.cut]
        if known.cut is None or self.v.layer is None or known.range.sign(known.cut - self.v.layer) is not True:
            raise OutOfReach(f"the cost of layer {known.cut} by {self.v.symbol} of layer {self.v.layer}")
        at = (known.cut, k, *sample)
        return Opaque(IndexedBase(SLOPE + cost)[at], k, WIDTH[known.cut], IndexedBase(known.cut_symbol)[at])


class DownToFloor(Unfolding):
    """Every z and a above the lowest quantity that is mentioned with its layer's letter, and the costs."""

    def __init__(self, dependencies: Dependencies, once: Once, floors: Floors) -> None:
        super().__init__(dependencies, once)
        self.floors = floors

    def definition_of(self, key: Key, slots: tuple[Expr, ...]) -> Expr | None:
        known = self.dependencies
        if key.symbol in known.costs:
            return self.stated_cost(key, slots)
        if key.symbol not in ("z", "a") or key.layer is None or known.definition(key) is None:
            return None
        offset, base = key.layer.as_coeff_Add()
        lowest = self.floors.get(base)
        above = lowest is not None and (int(offset), RANK[key.symbol]) > lowest
        return self.once(key, slots) if above else None

    def stated_cost(self, key: Key, slots: tuple[Expr, ...]) -> Expr | None:
        """The cost's own formula; an opaque one stays a symbol."""
        d = self.dependencies.definition(key)
        if d is None or any(isinstance(part, n.OpaqueCost) for part in n.walk(d.body)):
            return None
        return self.once(key, slots)
