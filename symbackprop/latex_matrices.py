"""Matrix formulas as LaTeX: W^{(l)}, transposes, ⊙, gradients; capitals over a batch."""

from __future__ import annotations

from symbackprop import matrices as mx, notation as n
from symbackprop.errors import SymbackpropError
from symbackprop.functions import COSTS
from symbackprop.latex_formulas import (
    BREAK,
    Level,
    PrintedPrimitives,
    Text,
    constant,
    expression,
    factors,
    number,
    parenthesised,
    printed as printed_formula,
    solid,
)
from symbackprop.latex_style import Style, function_name, layer, matrix_symbol, quantity, size, superscript

OUTPUT, TARGET = n.Scalar("a"), n.Scalar("y")  # what a cost's row is read with; matrices take their places


def matrix(m: mx.Matrix, style: Style | None = None) -> str:
    """The matrix formula as LaTeX."""
    return solid(printed(m, style or Style()).text)


def printed(m: mx.Matrix, style: Style) -> Text:
    match m:
        case mx.Whole(variable):
            return Text(whole(variable, style), Level.WHOLE if variable.layer is None else Level.RAISED)
        case mx.Ones(axis):
            return Text(rf"\mathbf{{1}}_{{{size(axis)}}}", Level.WHOLE)
        case mx.Transpose(inner):
            return Text(rf"{_base(inner, style)}^{{\mathsf{{T}}}}", Level.RAISED)
        case mx.Product(left, right):
            return Text(f"{_factor(left, style, mx.Product)} {_factor(right, style, mx.Product)}", Level.PRODUCT)
        case mx.Hadamard(left, right):
            return hadamard(left, right, style)
        case mx.Map(function, inner, primes):
            return Text(f"{_letter(function, inner, style)}{chr(39) * primes}({matrix(inner, style)})", Level.WHOLE)
        case mx.Plus(terms):
            return addition([printed(term, style) for term in terms])
        case mx.Minus(inner):
            return Text(f"-{printed(inner, style).within(Level.OPEN)}", Level.SIGNED)
        case mx.Scaled(scalar, inner):
            inner_text = printed(inner, style).within(Level.PRODUCT)
            return Text(f"{printed_formula(scalar, style).within(Level.PRODUCT)} {inner_text}", Level.PRODUCT)
        case mx.CostSlope(cost, output, target):
            return slope(cost, output, target, style)
        case mx.Gradient(of, by):
            level = Level.OPEN if of.axes else Level.PRODUCT
            return Text(rf"\nabla_{{{whole(by, style)}}} {_cost(of, style)}", level)
    raise SymbackpropError(f"there is no LaTeX for {type(m).__name__}")


def whole(variable: n.Variable, style: Style) -> str:
    return matrix_symbol(variable) + superscript(variable.layer, style)


def _cost(of: n.Variable, style: Style) -> str:
    """The cost; per-sample costs are differentiated sample by sample, which is the gradient of their sum."""
    if not of.axes:
        return quantity(of, (), style)
    return rf"\sum_{{s=1}}^{{N}} {quantity(of, (n.Index('s', of.axes[0]),), style)}"


def _base(m: mx.Matrix, style: Style) -> str:
    """What an exponent may follow."""
    return printed(m, style).within(Level.WHOLE)


def _factor(m: mx.Matrix, style: Style, within: type[mx.Matrix]) -> str:
    """A factor; matrix and elementwise products within each other are kept apart by parentheses."""
    mixed = isinstance(m, mx.Product | mx.Hadamard) and not isinstance(m, within)
    text = printed(m, style)
    return parenthesised(text.text) if mixed else text.within(Level.PRODUCT)


def _letter(function: str, inner: mx.Matrix, style: Style) -> str:
    name = function_name(function, style)
    place = inner.variable.layer if isinstance(inner, mx.Whole) else None
    return f"{name}_{{{layer(place)}}}" if style.layered and function == "sigma" and place is not None else name


def hadamard(left: mx.Matrix, right: mx.Matrix, style: Style) -> Text:
    """`-(y - a) \\odot f'(z)`: a sign in front is the whole product's."""
    text = printed(left, style)
    if text.level is Level.SIGNED:
        return Text(rf"{text.text} \odot {_factor(right, style, mx.Hadamard)}", Level.SIGNED)
    return Text(
        rf"{_factor(left, style, mx.Hadamard)} \odot {_factor(right, style, mx.Hadamard)}", Level.PRODUCT
    )


def addition(terms: list[Text]) -> Text:
    made = terms[0].text
    for term in terms[1:]:
        joined = f"- {term.text[1:]}" if term.text.startswith("-") else f"+ {term.text}"
        made += f"{BREAK} {joined}"
    return Text(made, Level.SUM)


# a cost's slope, element by element


def slope(cost: str, output: mx.Matrix, target: mx.Matrix, style: Style) -> Text:
    """The row's derivative with matrices in it: products become ⊙, quotients ⊘."""
    formula = COSTS[cost].derivative(OUTPUT, TARGET, PrintedPrimitives())
    return elementwise(formula, {OUTPUT: printed(output, style), TARGET: printed(target, style)}, style)


def elementwise(e: n.Expr, matrices: dict[n.Scalar, Text], style: Style) -> Text:
    value = constant(e)
    if value is not None:
        return number(value)
    match e:
        case n.Scalar():
            return matrices[e]
        case n.Add(terms):
            return addition([elementwise(term, matrices, style) for term in terms])
        case n.Apply(function, argument):
            inner = elementwise(argument, matrices, style)
            return Text(f"{function_name(function, style)}({inner.text})", Level.WHOLE)
        case n.Neg() | n.Mul() | n.Power():
            return _elementwise_product(e, matrices, style)
    raise SymbackpropError(f"there is no elementwise LaTeX for {expression(e, style)}")


def _elementwise_product(e: n.Expr, matrices: dict[n.Scalar, Text], style: Style) -> Text:
    taken = factors(e)
    above, below = ([elementwise(part, matrices, style) for part in parts] for parts in (taken.above, taken.below))
    scale = "" if abs(taken.number) == 1 else f"{number(abs(taken.number)).text} "
    text = scale + r" \odot ".join(part.within(Level.RAISED) for part in above)
    if below:
        bottom = r" \odot ".join(part.within(Level.RAISED) for part in below)
        bottom = parenthesised(bottom) if len(below) > 1 else below[0].within(Level.RAISED)
        text += rf" \oslash {bottom}"
    if taken.number < 0:
        return Text(f"-({text})" if below else f"-{text}", Level.SIGNED)
    return Text(text, Level.OPEN if below else Level.PRODUCT)
