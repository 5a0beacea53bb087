"""Index formulas as LaTeX, as a textbook sets them: parentheses only where they are needed, fractions, signs in front.

Nothing is rewritten beyond how a product is set: numbers and signs go to the front, equal factors become a power, a
factor of negative exponent goes below a fraction line. `BREAK` marks where a long line may be broken.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from fractions import Fraction
from math import prod

from symbackprop import notation as n
from symbackprop.errors import SymbackpropError
from symbackprop.functions import COSTS
from symbackprop.instantiate import relayer, renamed
from symbackprop.latex_style import Style, function_name, layer, quantity, size, slot, symbol
from symbackprop.rows import NotationPrimitives

BREAK = "\u200b"  # a place where a line may be broken; never leaves this package


class Level(IntEnum):
    """How tightly a printed formula holds together."""

    SUM = 0  # a + b
    SIGNED = 1  # -a
    OPEN = 2  # \\sum_k a_k, \\log a: takes in what follows it
    PRODUCT = 3
    RAISED = 4  # a^b: whole as a factor, not as a base
    WHOLE = 5


@dataclass(frozen=True)
class Text:
    """A printed formula and how tightly it holds together."""

    text: str
    level: Level

    def within(self, level: Level) -> str:
        """The text, in parentheses where it holds together less tightly than `level`."""
        return self.text if self.level >= level else parenthesised(self.text)


class PrintedPrimitives(NotationPrimitives):
    """The table's formulas as they are printed: max, min, |z| stay what they are called."""

    def positive(self, z: n.Expr) -> n.Expr:
        return n.Apply("positive", z)

    def negative(self, z: n.Expr) -> n.Expr:
        return n.Apply("negative", z)

    def absolute(self, z: n.Expr) -> n.Expr:
        return n.Apply("absolute", z)

    def clip(self, r: n.Expr) -> n.Expr:
        return n.Apply("clip", r)


def expression(e: n.Expr, style: Style | None = None) -> str:
    """The formula as LaTeX."""
    return solid(printed(e, style or Style()).text)


def solid(text: str) -> str:
    """The text with no place left to break it."""
    return text.replace(BREAK, "")


def parenthesised(text: str) -> str:
    """The text in parentheses as large as what stands in them."""
    if r"\frac" in text or r"\sum" in text:
        return rf"\left({text}\right)"
    nested = "(" in text.replace("^{(", "")
    return rf"\bigl({text}\bigr)" if nested else f"({text})"


def printed(e: n.Expr, style: Style) -> Text:
    match e:
        case n.Number(value):
            return number(value)
        case n.Scalar(name):
            return Text(r"\lambda" if name == "lambda" else symbol(name), Level.WHOLE)
        case n.Root(of):
            return Text(rf"\sqrt{{{_constant_root(of)}}}", Level.WHOLE)
        case n.Size(axis):
            return Text(size(axis), Level.WHOLE)
        case n.Entry(variable, slots):
            return Text(quantity(variable, slots, style), Level.WHOLE if variable.layer is None else Level.RAISED)
        case n.Add():
            return addition(e, style)
        case n.Neg() | n.Mul():
            return product(e, style)
        case n.Power(base, exponent):
            return power(base, exponent, style)
        case n.Sum():
            return summation(e, style)
        case n.SumLayers(name, first, last, body):
            bounds = rf"\sum_{{l={layer(first)}}}^{{{layer(last)}}}"
            inner = printed(relayer(body, {name: n.Layer("l")}), style)
            return Text(f"{bounds} {inner.within(Level.OPEN)}", Level.OPEN)
        case n.Kronecker(left, right):
            return Text(f"[{slot(left)} = {slot(right)}]", Level.WHOLE)
    return _function(e, style)


def _function(e: n.Expr, style: Style) -> Text:
    match e:
        case n.Apply(function, argument, primes):
            return applied(function, argument, primes, style)
        case n.CostTerm() | n.Softmax():
            return printed(unfolded(e), style)
        case n.OpaqueCost(letter, outputs, sample):
            marks = () if sample is None else (sample,)
            first = quantity(outputs, (n.At(1), *marks), style)
            last = quantity(outputs, (n.Index(size(outputs.axes[0]), outputs.axes[0]), *marks), style)
            return Text(rf"{symbol(letter)}({first}, \dots, {last})", Level.WHOLE)
        case n.Partial(of, by):
            below = rf"\partial {expression(by, style)}"
            if isinstance(of, n.Entry):
                return Text(rf"\frac{{\partial {expression(of, style)}}}{{{below}}}", Level.WHOLE)
            return Text(rf"\frac{{\partial}}{{{below}}} {printed(of, style).within(Level.OPEN)}", Level.OPEN)
    raise SymbackpropError(f"there is no LaTeX for {type(e).__name__}")


def unfolded(e: n.Expr) -> n.Expr:
    """A cost's term or a softmax as the formula that it stands for; anything else as it is."""
    match e:
        case n.CostTerm(cost, output, target, prime):
            row = COSTS[cost]
            formula: n.Expr = (row.derivative if prime else row.formula)(output, target, PrintedPrimitives())
            return formula
        case n.Softmax(at, index, argument):
            term = n.Apply("exp", argument)
            return renamed(term, index.name, at) / n.Sum(index, term)
    return e


# numbers


def number(value: Fraction) -> Text:
    """`3`, `\\frac{1}{2}`; a decimal fraction with many digits stays decimal, as in 0.044715."""
    sign, size_ = ("-" if value < 0 else ""), abs(value)
    if size_.denominator == 1:
        text = str(size_)
    elif is_decimal(size_):
        text = f"{float(size_):.9f}".rstrip("0")
    else:
        text = rf"\frac{{{size_.numerator}}}{{{size_.denominator}}}"
    return Text(sign + text, Level.SIGNED if sign else Level.WHOLE)


def is_decimal(value: Fraction) -> bool:
    """Whether the number is written as a decimal fraction."""
    return value.denominator > 1000 and 10**9 % value.denominator == 0


def _constant_root(of: str) -> str:
    parts = [r"\pi" if part == "pi" else part for part in of.split("/")]
    if not all(part == r"\pi" or part.isdigit() for part in parts) or len(parts) > 2:
        raise SymbackpropError(f"there is no LaTeX for the root of '{of}'")
    return parts[0] if len(parts) == 1 else rf"\frac{{{parts[0]}}}{{{parts[1]}}}"


def constant(e: n.Expr) -> Fraction | None:
    """The formula's value where it is made of numbers alone."""
    match e:
        case n.Number(value):
            return value
        case n.Neg(term):
            inner = constant(term)
            return None if inner is None else -inner
        case n.Power(base, exponent):
            inner = constant(base)
            return None if inner is None else inner**exponent
        case n.Add(parts) | n.Mul(parts):
            values = [value for value in map(constant, parts) if value is not None]
            if len(values) < len(parts):
                return None
            return sum(values, Fraction(0)) if isinstance(e, n.Add) else prod(values, start=Fraction(1))
    return None


# sums and products


def summation(e: n.Sum, style: Style) -> Text:
    if len(_parts(e)) > 1:
        return product(e, style)
    bounds = rf"\sum_{{{e.index.name}=1}}^{{{size(e.index.axis)}}}"
    return Text(f"{bounds} {printed(e.body, style).within(Level.OPEN)}", Level.OPEN)


def addition(e: n.Add, style: Style) -> Text:
    value = constant(e)
    if value is not None:
        return number(value)
    below = _step_below(e)
    if below is not None:
        return Text(rf"[{expression(below, style)} \le 0]", Level.WHOLE)
    texts = [printed(term, style) for term in _terms(e)]
    made = texts[0].text
    for term in texts[1:]:
        joined = f"- {term.text[1:]}" if term.text.startswith("-") else f"+ {term.text}"
        made += f"{BREAK} {joined}"
    return Text(made, Level.SUM)


def _terms(e: n.Expr) -> list[n.Expr]:
    return [inner for term in e.terms for inner in _terms(term)] if isinstance(e, n.Add) else [e]


def _step_below(e: n.Add) -> n.Expr | None:
    """z where the sum is 1 - [z > 0], which is [z <= 0]."""
    match e.terms:
        case (n.Number(value), n.Neg(n.Apply("step", argument))) if value == 1:
            return argument
    return None


@dataclass(frozen=True)
class Factors:
    """A product taken apart: its number, what stands above and what stands below the fraction line."""

    number: Fraction
    above: tuple[n.Expr, ...]
    below: tuple[n.Expr, ...]


def factors(e: n.Expr) -> Factors:
    """The product's factors, nested products opened; a quotient that is itself a factor stays whole."""
    sign = Fraction(1)
    above: list[n.Expr] = []
    below: list[n.Expr] = []
    for part in _parts(e):
        value = constant(part)
        if value is not None:
            sign *= value
        elif isinstance(part, n.Neg):
            inner = factors(part)
            sign *= inner.number
            above += inner.above
            below += inner.below
        elif isinstance(part, n.Power) and part.exponent < 0:
            below += factors(part.base).above if _plain(part.base) else [part.base]
        else:
            flipped, positive = _positive(part)
            sign *= flipped
            above.append(positive)
    return Factors(sign, tuple(above), tuple(below))


def _positive(part: n.Expr) -> tuple[int, n.Expr]:
    """A quotient without its sign, and the sign."""
    return (-1, n.Neg(part)) if isinstance(part, n.Mul) and factors(part).number < 0 else (1, part)


def _plain(e: n.Expr) -> bool:
    """Whether a product has neither a number nor a denominator in it."""
    if not isinstance(e, n.Mul):
        return False
    inner = factors(e)
    return inner.number == 1 and not inner.below


def _parts(e: n.Expr) -> list[n.Expr]:
    """The factors of a product, one after the other; a number in every summand of a sum goes before the sum."""
    e = unfolded(e)
    match e:
        case n.Sum(index, body):
            inner = factors(body)
            if inner.number == 1:
                return [e]
            below = (n.Power(part, -1) for part in inner.below)
            return [n.Number(inner.number), n.Sum(index, n.Mul((*inner.above, *below)))]
        case n.Neg(term):
            return [n.number(-1), *_parts(term)]
        case n.Mul(parts):
            opened: list[n.Expr] = []
            for part in map(unfolded, parts):
                nested = isinstance(part, n.Mul | n.Neg | n.Sum) and not _has_quotient(part)
                opened += _parts(part) if nested else [part]
            return opened
    return [e]


def _has_quotient(e: n.Expr) -> bool:
    return any(isinstance(part, n.Power) and part.exponent < 0 and constant(part) is None for part in _parts(e))


def product(e: n.Expr, style: Style) -> Text:
    """Sign, number or fraction, then what stands beside the fraction: `-\\frac{1}{N} \\sum_s a_s b_s`."""
    taken = factors(e)
    scale, above = abs(taken.number), _powers(taken.above)
    inside = [part for part in above if _goes_inside(part, taken)]
    beside = [part for part in above if part not in inside]
    head = _fraction(scale, inside, taken.below, style)
    if not head and not beside:
        return number(taken.number)
    sign = "-" if taken.number < 0 else ""
    texts = [head] if head else []
    for at, part in enumerate(beside):
        last = at == len(beside) - 1
        alone = last and not texts and not sign
        texts.append(printed(part, style).within(Level.SUM if alone else Level.OPEN if last else Level.PRODUCT))
    return Text(sign + " ".join(texts), Level.SIGNED if sign else _level(head, beside, style))


def _goes_inside(part: n.Expr, taken: Factors) -> bool:
    """Whether a factor stands on the fraction line: all of a quotient but its sums, only letters before 1/N or 1/2."""
    if all(isinstance(below, n.Size) for below in taken.below):
        halved = taken.number.denominator > 1 and not is_decimal(taken.number)
        return isinstance(part, n.Scalar) and (bool(taken.below) or halved)
    return not isinstance(part, n.Sum)


def _level(head: str, rest: list[n.Expr], style: Style) -> Level:
    if not rest:
        return Level.WHOLE
    last = printed(rest[-1], style).level
    if not head and len(rest) == 1:
        return last
    return Level.OPEN if last is Level.OPEN else Level.PRODUCT


def _fraction(scale: Fraction, above: list[n.Expr], below: tuple[n.Expr, ...], style: Style) -> str:
    """What stands in front of a product: `2`, `\\frac{\\lambda}{2}`, `\\frac{1}{N}`, or the whole quotient."""
    if not below and not above:
        return "" if scale == 1 else number(scale).text
    top = _row([*([n.number(scale.numerator)] if scale.numerator != 1 else []), *above], style)
    bottom = _row([*([n.number(scale.denominator)] if scale.denominator != 1 else []), *_powers(below)], style)
    return rf"\frac{{{top or '1'}}}{{{bottom}}}" if bottom else top


def _row(parts: list[n.Expr], style: Style) -> str:
    """A product inside a fraction; a single sum needs no parentheses there."""
    if len(parts) == 1:
        return solid(printed(parts[0], style).text)
    inner = [printed(part, style).within(Level.PRODUCT) for part in parts[:-1]]
    return solid(" ".join([*inner, *(printed(part, style).within(Level.OPEN) for part in parts[-1:])]))


def _powers(parts: tuple[n.Expr, ...]) -> list[n.Expr]:
    """Equal neighbours as a power."""
    made: list[n.Expr] = []
    for part in parts:
        base, exponent = (part.base, part.exponent) if isinstance(part, n.Power) else (part, 1)
        before = made[-1] if made else None
        held = (before.base, before.exponent) if isinstance(before, n.Power) else (before, 1)
        if held[0] == base:
            made[-1] = n.Power(base, held[1] + exponent)
        else:
            made.append(part)
    return made


def power(base: n.Expr, exponent: int, style: Style) -> Text:
    if exponent < 0:
        return product(n.Mul((n.number(1), n.Power(base, exponent))), style)
    if exponent == 1:
        return printed(base, style)
    if isinstance(base, n.Apply) and base.function in ("tanh",):
        name = function_name(base.function, style)
        return Text(f"{name}^{{{exponent}}}{parenthesised(expression(base.argument, style))}", Level.RAISED)
    return Text(f"{solid(printed(base, style).within(Level.WHOLE))}^{{{exponent}}}", Level.RAISED)


# functions


def applied(function: str, argument: n.Expr, primes: int, style: Style) -> Text:
    inside = expression(argument, style)
    match function:
        case "exp":
            return Text(f"e^{{{inside}}}", Level.RAISED)
        case "log" if isinstance(argument, n.Entry):
            return Text(rf"\log {inside}", Level.OPEN)
        case "log":
            return Text(rf"\log{parenthesised(inside)}", Level.WHOLE)
        case "step":
            return Text(f"[{inside} > 0]", Level.WHOLE)
        case "inside":
            return Text(rf"[\lvert {inside} \rvert < 1]", Level.WHOLE)
        case "positive":
            return Text(rf"\max({inside}, 0)", Level.WHOLE)
        case "negative":
            return Text(rf"\min({inside}, 0)", Level.WHOLE)
        case "absolute":
            return Text(rf"\lvert {inside} \rvert", Level.WHOLE)
    name = function_name(function, style)
    if style.layered and function == "sigma" and isinstance(argument, n.Entry) and argument.variable.layer is not None:
        name += f"_{{{layer(argument.variable.layer)}}}"
    return Text(name + "'" * primes + parenthesised(inside), Level.WHOLE)
