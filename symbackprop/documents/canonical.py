"""How a link was read: both sides in index notation in the document's own letters, every sum and axis written out."""

from __future__ import annotations

from dataclasses import dataclass

from symbackprop import notation as n
from symbackprop.documents.conventions import MarkPlace
from symbackprop.documents.entities import MARK
from symbackprop.documents.environment import DATA, Environment
from symbackprop.functions import ACTIVATIONS
from symbackprop.notation import Layer, Neurons

SUM, FACTOR, ATOM = range(3)  # how tightly a text holds together


@dataclass(frozen=True)
class Writer:
    """Formulas as LaTeX; `environment` knows the document's letters and how it numbers layers."""

    environment: Environment

    def equation(self, left: n.Expr, right: n.Expr, free: tuple[n.Index, ...]) -> str:
        """Both sides, and what the free indices run over."""
        axes = ", ".join(f"1 \\leq {_letter(index.name)} \\leq {self.size(index.axis)}" for index in free)
        return f"{self.write(left)} = {self.write(right)}" + (f" \\quad ({axes})" if axes else "")

    def letter(self, symbol: str) -> str:
        """The document's own name of a quantity."""
        c = self.environment.conventions
        if symbol == "E":
            marks = [m.letter for m in c.samples if m.place is MarkPlace.SUBSCRIPT and not m.bracketed]
            marked = c.costs[0] in self.environment.total_names and bool(marks)
            return f"{c.costs[0]}_{{{marks[0]}}}" if marked else c.costs[0]
        if symbol == DATA and c.data_costs:
            return c.data_costs[0]
        if symbol == "y":
            return c.targets[0]
        if symbol == "E_total":
            name = min(self.environment.total_names, default="E_{\\text{total}}")
            base, _, word = name.partition("_")
            return f"{base}_{{\\text{{{word}}}}}" if word and not word.startswith("{") else name
        return next((key for key, ours in sorted(c.letters.items(), reverse=True) if ours == symbol), symbol)

    def layer(self, layer: Layer) -> str:
        return self.environment.said(layer).replace("+", " + ").replace("-", " - ")

    def size(self, axis: n.Axis) -> str:
        c = self.environment.conventions
        if isinstance(axis, n.Extent):
            return f"\\text{{{axis.name}}}" if axis.inferred else axis.name
        return f"{c.width_letter}_{{{self.layer(axis.layer)}}}" if isinstance(axis, Neurons) else c.sample_count

    def write(self, e: n.Expr, within: int = SUM) -> str:
        text, holds = self._written(e)
        return text if holds >= within else f"\\left( {text} \\right)"

    def _written(self, e: n.Expr) -> tuple[str, int]:
        match e:
            case n.Number(value):
                whole = value.denominator == 1
                text = str(value) if whole else f"\\frac{{{value.numerator}}}{{{value.denominator}}}"
                return text, ATOM if value >= 0 else SUM
            case n.Scalar(name):
                return name, ATOM
            case n.Size(axis):
                return self.size(axis), ATOM
            case n.Entry():
                return self.entry(e), ATOM
            case n.Add(terms):
                return self._sum(terms), SUM
            case n.Neg(term):
                return f"-{self.write(term, FACTOR)}", SUM
            case n.Mul(factors):
                return self._product(factors)
            case n.Power(base, exponent):
                return f"\\left( {self.write(base)} \\right)^{{{exponent}}}", ATOM
            case n.Sum(index, body):
                return f"\\sum_{{{_letter(index.name)}=1}}^{{{self.size(index.axis)}}} {self.write(body, FACTOR)}", SUM
            case n.SumLayers(name, first, last, body):
                limits = f"_{{{name}={self.layer(first)}}}^{{{self.layer(last)}}}"
                return f"\\sum{limits} {self.write(body, FACTOR)}", SUM
        return self._function(e), ATOM

    def _sum(self, terms: tuple[n.Expr, ...]) -> str:
        made = self.write(terms[0], FACTOR if isinstance(terms[0], n.Add) else SUM)
        for term in terms[1:]:
            sign, inner = ("-", term.term) if isinstance(term, n.Neg) else ("+", term)
            closed = isinstance(inner, n.Add | n.Neg)
            made += f" {sign} {self.write(inner, FACTOR if closed else SUM)}"
        return made

    def _product(self, factors: tuple[n.Expr, ...]) -> tuple[str, int]:
        above = [factor for factor in factors if not (isinstance(factor, n.Power) and factor.exponent == -1)]
        below = [factor.base for factor in factors if isinstance(factor, n.Power) and factor.exponent == -1]
        text = " ".join(self.write(factor, ATOM) for factor in above) or "1"
        if below:
            text = f"\\frac{{{text}}}{{{' '.join(self.write(factor, ATOM) for factor in below)}}}"
        return text, ATOM if below else FACTOR

    def entry(self, e: n.Entry) -> str:
        v = e.variable
        symbol = self.letter(v.symbol.removeprefix("d "))
        c = self.environment.conventions
        slots = [str(slot.value) if isinstance(slot, n.At) else slot.name for slot in e.slots]
        sample = "".join(f"{MARK}{{{x.removeprefix(MARK)}}}" for x in slots if x.startswith(MARK))
        slots = [x for x in slots if not x.startswith(MARK)]
        if v.symbol.removeprefix("d ") == "w" and c.from_to:
            slots.reverse()
        below = f"_{{{' '.join(slots) if all(len(x) == 1 for x in slots) else ', '.join(slots)}}}" if slots else ""
        below_marked = c.source and v.layer is not None and v.symbol.removeprefix("d ") in ("w", "b")
        layer = v.layer - 1 if below_marked and v.layer is not None else v.layer
        if v.symbol == "delta" and layer is not None:
            layer = layer - c.delta_shift
        above = "" if layer is None else f"^{{({self.layer(layer)})}}"
        return ("d" if v.symbol.startswith("d ") else "") + symbol + below + above + sample

    def _function(self, e: n.Expr) -> str:
        match e:
            case n.Apply(function, argument, primes):
                return f"{self.function(function)}{chr(39) * primes}\\left( {self.write(argument)} \\right)"
            case n.Partial(of, by):
                inner = self.write(of) if isinstance(of, n.Entry) else f"\\left[ {self.write(of)} \\right]"
                return f"\\frac{{\\partial {inner}}}{{\\partial {self.entry(by)}}}"
            case n.Kronecker(left, right):
                pair = [str(x.value) if isinstance(x, n.At) else x.name for x in (left, right)]
                return f"\\delta_{{{' '.join(pair)}}}"
            case n.Softmax(slot, _, argument):
                at = str(slot.value) if isinstance(slot, n.At) else slot.name
                return f"\\mathrm{{softmax}}_{{{at}}}\\left( {self.write(argument)} \\right)"
        return f"\\text{{{type(e).__name__}}}"

    def function(self, name: str) -> str:
        plain = name in ACTIVATIONS or name in ("exp", "log")
        return f"\\{name}" if name in ("exp", "log", "tanh") else f"\\mathrm{{{name}}}" if plain else name


def _letter(name: str) -> str:
    """An index as it is written below a sum: a sample's without the brackets of its mark."""
    return name.removeprefix(MARK).strip("()") if name.startswith(MARK) else name
