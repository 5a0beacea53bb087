"""The derivation as LaTeX blocks: a sentence, then a chain of proved links, and the induction over the layers."""

from __future__ import annotations

from symbackprop import notation as n
from symbackprop.backprop import HERE
from symbackprop.derivation import Part, Step, Words
from symbackprop.latex_document import Block, Heading, Prose
from symbackprop.latex_equations import side
from symbackprop.latex_formulas import expression
from symbackprop.latex_layout import Display, Line
from symbackprop.latex_style import Style
from symbackprop.network import LAST

_HEADINGS = {
    Part.OUTPUT: "The output layer: the base of the induction",
    Part.HIDDEN: "The hidden layers: the step of the induction",
    Part.PARAMETERS: "Weights and biases",
    Part.SAMPLES: "All samples together",
}


def step_blocks(steps: tuple[Step, ...], style: Style) -> tuple[Block, ...]:
    """Every step under the heading of its part; after the hidden layers, why this covers every depth."""
    made: list[Block] = []
    parts = [part for part in Part if any(step.part is part for step in steps)]
    deep = Part.HIDDEN in parts
    for part in parts:
        made.append(Heading(_HEADINGS[part] if deep else _HEADINGS[part].partition(":")[0]))
        for step in steps:
            if step.part is part:
                made += [Prose(sentence(step.words, style)), chain(step, style)]
        if part is Part.HIDDEN:
            made.append(Prose(induction(style)))
    return tuple(made)


def sentence(words: Words, style: Style) -> str:
    """The sentence with its formulas between dollar signs."""
    return "".join(f"${expression(word, style)}$" if isinstance(word, n.Expr) else word for word in words)


def chain(step: Step, style: Style) -> Display:
    """`A = B`, and below it `= C`: one line a link."""
    lines = [
        Line(side(link.left, style) if at == 0 else "", side(link.right, style)) for at, link in enumerate(step.links)
    ]
    bounds = step.links[0].layers
    if bounds is not None:
        below = f"-{bounds.below_last}" if bounds.below_last else ""
        lines[0] = Line(lines[0].left, lines[0].right, rf"{bounds.first} \le l \le L{below}")
    return Display(tuple(lines))


def induction(style: Style) -> str:
    """Base, step, and why the two reach every layer of every network."""

    def delta(place: n.Layer) -> str:
        return expression(n.Entry(n.Variable("delta", place), (n.Index("i", n.Neurons(place)),)), style)

    above = expression(n.Entry(n.Variable("z", HERE + 1), (n.Index("k", n.Neurons(HERE + 1)),)), style)
    return (
        rf"\textbf{{Every depth.}} Base, $l = L$: ${delta(LAST)}$ is known, whatever $L$ is."
        rf" Step, $l+1 \to l$: once ${delta(HERE + 1)}$ is known, the chain above gives ${delta(HERE)}$. It uses"
        rf" nothing of the layers above $l+1$ but that the cost is a differentiable function of the ${above}$, so it"
        r" holds for every $l$ from $L-1$ down to $1$ and for every width. After $L-1$ steps the deltas of all layers"
        r" are known: the equations hold for every depth."
    )
