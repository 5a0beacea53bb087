"""The customary commands of packages and templates, as definitions that the expander reads."""

from __future__ import annotations

from typing import Final

# Commands that authors take from packages or templates; a document's own definition goes before.
CUSTOMARY: Final = r"""
\newcommand{\pd}[2]{\frac{\partial #1}{\partial #2}}
\newcommand{\pdv}[2]{\frac{\partial #1}{\partial #2}}
\newcommand{\pder}[2]{\frac{\partial #1}{\partial #2}}
\newcommand{\pderiv}[2]{\frac{\partial #1}{\partial #2}}
\newcommand{\pfrac}[2]{\frac{\partial #1}{\partial #2}}
\newcommand{\dpd}[2]{\frac{\partial #1}{\partial #2}}
\newcommand{\dv}[2]{\frac{d #1}{d #2}}
\newcommand{\dd}{\mathrm{d}}
\newcommand{\diff}{\mathrm{d}}
\newcommand{\grad}{\nabla}
\newcommand{\vect}[1]{\mathbf{#1}}
\newcommand{\vv}[1]{\vec{#1}}
\newcommand{\mat}[1]{\mathbf{#1}}
\newcommand{\matr}[1]{\mathbf{#1}}
\newcommand{\norm}[1]{\| #1 \|}
\newcommand{\abs}[1]{| #1 |}
\newcommand{\set}[1]{\{ #1 \}}
\newcommand{\pa}[1]{( #1 )}
\newcommand{\inner}[2]{\langle #1 , #2 \rangle}
\newcommand{\T}{^\top}
\newcommand{\R}{\mathbb{R}}
\newcommand{\N}{\mathbb{N}}
\newcommand{\Z}{\mathbb{Z}}
\newcommand{\E}{\mathbb{E}}
\newcommand{\RR}{\mathbb{R}}
\newcommand{\reals}{\mathbb{R}}
\newcommand{\Loss}{\mathcal{L}}
\newcommand{\loss}{\mathcal{L}}
\newcommand{\bone}{\mathbf{1}}
\newcommand{\one}{\mathbf{1}}
\newcommand{\eps}{\epsilon}
\newcommand{\half}{\frac{1}{2}}
\newcommand{\yhat}{\hat{y}}
\newcommand{\bbeta}{\boldsymbol{\beta}}
\newcommand{\btheta}{\boldsymbol{\theta}}
\newcommand{\bdelta}{\boldsymbol{\delta}}
\newcommand{\bmu}{\boldsymbol{\mu}}
\newcommand{\bsigma}{\boldsymbol{\sigma}}
"""
CUSTOMARY_OPERATORS: Final = (
    "argmin", "argmax", "softmax", "sigmoid", "relu", "ReLU", "softplus", "sgn", "sign", "diag", "Diag", "tr",
    "Tr", "trace", "rank", "erf", "logsumexp", "rect", "Var", "Cov",
)
