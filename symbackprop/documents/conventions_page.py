"""What each line of a conventions block says: the page that `symbackprop explain conventions` prints."""

from __future__ import annotations

from textwrap import fill
from typing import Final

_OPENING: Final = (
    "conventions: a comment in the page says what its letters mean where the page does not. In Markdown it stands"
    " between `<!-- symbackprop` and `-->`, in TeX on lines that begin with `% symbackprop:`. Every line is optional; a"
    " block holds from where it stands, until a later one changes the same key;"
    " `network` starts anew."
)
_LINES: Final = (
    ("network: mlp", "z = W a + b and a = f(z) in every layer; none: the page defines everything itself"),
    ("layers: 0..L", "the numbers of the input and of the output layer; 1..3 fixes the depth; or names: x, h, o"),
    ("layer-mark: _l", "where the layer's mark stands: ^l, ^{(l)}, ^{[l]} or _l"),
    ("widths: N_l", "how a width is written; or one a layer: [n_0, 3, 1]"),
    ("symbols: z=x, a=y, w=\\theta", "the page's letters for z, a, w and b; b=none where there are no biases"),
    ("weights: from,to; source", "w_{ij} leads from i to j (default: to,from); its mark names the layer that feeds"),
    ("parents: P(v, i)", "how the page writes the set of neurons that feed one"),
    ("children: C(v, i)", "and of those that one feeds"),
    ("hidden: \\sigma", "the hidden layers' function: a letter, or a name such as tanh; f_l or g^{[l]}: one a layer"),
    ("output: softmax", "the output layer's function, a letter or a name"),
    ("activation: f", "both at once"),
    ("cost: C_k, C", "the names of the cost; or what it is, such as cross_entropy"),
    ("prediction: \\hat{y}", "other names of the last layer's output"),
    ("target: t", "the names of the target"),
    ("input: x", "the names of the input"),
    ("delta: z", "\\delta is the cost's derivative by z, unless the page defines it"),
    ("sample: ^{(i)}", "the marks that name a sample: _k, ^{(i)}, (x), c_i"),
    ("sample-count: m", "the number of samples"),
    ("layout: rows; juxtaposition: matrix", "samples are rows; what stands side by side is a matrix product or"
     " elementwise; gradients: numerator (rows, with network: none) or shape (that of the variable)"),
    ("gradient: dv = \\frac{\\partial E}{\\partial v}", "dv, \\delta v or \\overline{v} names the cost's derivative"
     " by v"),
    ("function: E(y)", "with network: none, any differentiable function of whole quantities"),
    ("let: W \\in \\mathbb{R}^{m \\times n}", "a shape; or `let: \\Sigma = \\sum_j e^{f_j}`, a definition that the"
     " text gives in words"),
    ("macro: \\pd{a}{b} = \\frac{\\partial a}{\\partial b}", "what a command stands for"),
    ("assume: \\sum_i y_i = 1", "what proofs may use and then name; or 0 < k < 1"),
    ("where: x = 1, y = 0", "numbers that hold for the next display only"),
)  # fmt: skip


def conventions_page() -> str:
    """The opening, then every line with what it says."""
    lines = [fill(f"{line}  {text}", 80, subsequent_indent="    ", break_on_hyphens=False) for line, text in _LINES]
    return "\n".join([fill(_OPENING, 80, break_on_hyphens=False), "", *lines])
