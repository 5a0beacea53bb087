"""The long story of each code: what it means, a wrong line, the right line."""

from __future__ import annotations

from dataclasses import dataclass
from textwrap import fill
from types import MappingProxyType
from typing import Final

from symbackprop.documents.problems import Code

COLUMNS: Final = 80


@dataclass(frozen=True)
class Page:
    """What a code says. Both examples are documents of one formula, under `conventions`."""

    code: Code
    title: str
    story: str
    wrong: str
    right: str
    conventions: str = "layers: 0..L"

    def __str__(self) -> str:
        story = fill(self.story, COLUMNS, break_long_words=False, break_on_hyphens=False)
        examples = [f"{name}:  {line}" for name, line in (("wrong", self.wrong), ("right", self.right)) if line]
        return "\n\n".join([fill(f"{self.code.value}: {self.title}", COLUMNS), story, *examples])


_PAGES: Final = (
    Page(
        Code.VALUES_DIFFER, "the two sides are different numbers",
        "Everything in the line fits together, but the two sides are not equal. The counterexample is a small network"
        " with small numbers at which both sides were computed exactly, or to fifty digits, and came out different.",
        r"\frac{\partial a_i^{(L)}}{\partial z_i^{(L)}} = f(z_i^{(L)})",
        r"\frac{\partial a_i^{(L)}}{\partial z_i^{(L)}} = f'(z_i^{(L)})",
    ),
    Page(
        Code.INDEX_COUNT, "a quantity with too many or too few indices",
        "A weight has two indices, a bias, pre-activation, activation or delta has one. Here another number is"
        " written.",
        r"\frac{\partial z_i^{(L)}}{\partial w_{ij}^{(L)}} = a_{ij}^{(L-1)}",
        r"\frac{\partial z_i^{(L)}}{\partial w_{ij}^{(L)}} = a_j^{(L-1)}",
    ),
    Page(
        Code.INDEX_AXIS, "an index that runs over another layer",
        "Every index runs over one axis: the neurons of one layer, or the samples. The first use in the line fixes"
        " which; here the same letter stands where another axis is meant. Numbers would not always show it: where both"
        " layers have the same width the wrong formula can even be computed.",
        r"\frac{\partial z_i^{(L)}}{\partial w_{ij}^{(L)}} = a_i^{(L-1)}",
        r"\frac{\partial z_i^{(L)}}{\partial w_{ij}^{(L)}} = a_j^{(L-1)}",
    ),
    Page(
        Code.INDEX_DANGLES, "an index that nothing binds",
        "An index that stands on one side alone, and only once there, is neither free in the line nor summed over: the"
        " line says nothing definite about it.",
        r"\frac{\partial E}{\partial b_i^{(L)}} = \frac{\partial E}{\partial z_k^{(L)}}",
        r"\frac{\partial E}{\partial b_i^{(L)}} = \frac{\partial E}{\partial z_i^{(L)}}",
    ),
    Page(
        Code.NO_SUCH_LAYER, "a layer that does not exist",
        "The last layer is L. A line that holds between a layer and the next one needs a letter of its own, such as l,"
        " that stops before L.",
        r"\frac{\partial z_j^{(L+1)}}{\partial a_i^{(L)}} = w_{ji}^{(L+1)}",
        r"\frac{\partial z_j^{(l+1)}}{\partial a_i^{(l)}} = w_{ji}^{(l+1)}",
    ),
    Page(
        Code.SHAPES, "vectors or matrices whose shapes do not fit",
        "The columns of the left factor must be the rows of the right one, and both sides of an equation must have the"
        " same shape. A transpose is missing, or two factors stand in the wrong order.",
        r"\nabla_{a^{(L-1)}} E = w^{(L)} \nabla_{z^{(L)}} E",
        r"\nabla_{a^{(L-1)}} E = (w^{(L)})^T \nabla_{z^{(L)}} E",
    ),
    Page(
        Code.NO_DESCENT, "an update that does not descend",
        "A parameter is set to itself and something more. That must be minus a positive factor times the derivative of"
        " the cost by this parameter; anything else does not make the cost smaller.",
        r"w^{(l)} = w^{(l)} + \mu \frac{\partial E}{\partial w^{(l)}}",
        r"w^{(l)} = w^{(l)} - \mu \frac{\partial E}{\partial w^{(l)}}",
    ),
    Page(
        Code.RANGE, "a range that does not fit",
        "The line says what its letters run over, behind it or above a sum, and that is not what they index: the width"
        " of another layer, or layers in which something that the line mentions does not exist. A range that is"
        " narrower than it could be is no error.",
        r"\frac{\partial z_j^{(l+1)}}{\partial a_i^{(l)}} = w_{ji}^{(l+1)} \quad (0 \leq l \leq L)",
        r"\frac{\partial z_j^{(l+1)}}{\partial a_i^{(l)}} = w_{ji}^{(l+1)} \quad (0 \leq l \leq L - 1)",
    ),
    Page(
        Code.NO_SUCH_NEURON, "a neuron that is not there",
        "An index is a number beyond the width that the conventions give to its layer.",
        r"\frac{\partial z_1^{(1)}}{\partial w_{12}^{(1)}} = a_3^{(0)}",
        r"\frac{\partial z_1^{(1)}}{\partial w_{12}^{(1)}} = a_2^{(0)}",
        "layers: 0..1\nwidths: [2, 1]",
    ),
    Page(
        Code.EMPTY_CONDITION, "a condition that nothing satisfies",
        "The line states a range that is empty for every network. The condition is dropped with this warning, and the"
        " line is judged without it.",
        r"\frac{\partial z_i^{(L)}}{\partial b_i^{(L)}} = 1 \quad (2 \leq L \leq L-1)",
        r"\frac{\partial z_i^{(l)}}{\partial b_i^{(l)}} = 1 \quad (2 \leq l \leq L-1)",
    ),
    Page(
        Code.REDEFINED, "a symbol that is defined again",
        "The symbol had a definition that the new one does not agree with. From here on the new one holds.",
        r"E = \sum_i (a_i^{(L)} - y_i)^2, \quad E = \sum_i a_i^{(L)} y_i",
        r"E = \sum_i (a_i^{(L)} - y_i)^2",
    ),
    Page(
        Code.NO_DELTA, "a recursion that does not give the cost's derivatives",
        "A page that defines delta at the last layer and each other delta by that of the layer above has delta ="
        " ∂E/∂z in every layer where both formulas are right: that is induction over the layers, and both steps are"
        " proved. Here one of the two is not ∂E/∂z, nor a multiple of it. As a definition it stands; the lines that"
        " take this delta for a derivative will be refuted.",
        r"\delta^L = \frac{\partial E}{\partial a^L} \odot f'(z^L), \quad"
        r" \delta^l = (w^{l+1})^T \delta^{l+1} \odot \sigma(z^l)",
        r"\delta^L = \frac{\partial E}{\partial a^L} \odot f'(z^L), \quad"
        r" \delta^l = (w^{l+1})^T \delta^{l+1} \odot \sigma'(z^l)",
    ),
    Page(
        Code.NOT_CUSTOMARY, "a customary function defined otherwise",
        "The name belongs to a function that everybody knows, and the formula is another one: often a sign was lost."
        " The formula that stands there holds from here on, so what is customary of the function may now be refuted.",
        r"\sigma(x) = \frac{1}{1 + e^{x}}",
        r"\sigma(x) = \frac{1}{1 + e^{-x}}",
    ),
    Page(
        Code.NOT_DECIDED, "neither proved nor refuted",
        "No proof was found within the budget of steps, and no counterexample either. The message says what was tried"
        " and why it stopped.",
        "", "",
    ),
    Page(
        Code.ASSUMPTION, "true only under an assumption that is not stated",
        "The line holds if something more is true, such as targets that sum to one. State it in the conventions:"
        " `assume: \\sum_i y_i = 1`.",
        "", "",
    ),
    Page(
        Code.SYNTAX, "a formula that cannot be read",
        "The text is no formula that the reader knows: a bracket without its partner, an operator without an operand.",
        r"z = \frac{1}{", r"\frac{\partial z_i^{(L)}}{\partial b_i^{(L)}} = 1",
    ),
    Page(
        Code.UNKNOWN_SYMBOL, "a symbol that nothing defines",
        "Neither the document nor its conventions nor custom says what this symbol means. Define it before its use, or"
        " name it in the conventions block.",
        r"\frac{\partial z_i^{(L)}}{\partial b_i^{(L)}} = q_i",
        r"\frac{\partial z_i^{(L)}}{\partial b_i^{(L)}} = 1",
    ),
    Page(
        Code.NO_READING, "a construct without a safe reading",
        "The formula can be parsed, but what it means is not among the rules, or two meanings are possible. Nothing is"
        " guessed: write it in a way that leaves one meaning.",
        r"\frac{\partial^2 E}{\partial b_i^{(L)} \partial b_j^{(L)}} = 0",
        r"\frac{\partial z_i^{(L)}}{\partial b_i^{(L)}} = 1",
    ),
    Page(
        Code.CONVENTION, "a line of the conventions block that is not understood",
        "The key is unknown, or its value is not of the form that the key takes; the message says what was expected.",
        "", "",
    ),
)  # fmt: skip
PAGES: Final = MappingProxyType({page.code.value: page for page in _PAGES})
