"""Blocks to text: a fragment to paste into one's own document, or a complete `.tex` file."""

from __future__ import annotations

from dataclasses import dataclass

from symbackprop.latex_layout import Display, display


@dataclass(frozen=True)
class Heading:
    text: str


@dataclass(frozen=True)
class Prose:
    """A paragraph; it may hold formulas between dollar signs."""

    text: str


Block = Heading | Prose | Display


def fragment(blocks: tuple[Block, ...]) -> str:
    """The blocks, for the body of a document that loads amsmath."""
    return "\n".join(_block(block) for block in blocks) + "\n"


def standalone(title: str, blocks: tuple[Block, ...]) -> str:
    """A complete document."""
    return _PREAMBLE.replace("TITLE", title) + fragment(blocks) + "\n\\end{document}\n"


def _block(block: Block) -> str:
    match block:
        case Heading(text):
            return f"\\section*{{{text}}}"
        case Prose(text):
            return text
        case Display():
            return display(block)


_PREAMBLE = r"""\documentclass[a4paper]{article}
\usepackage[margin=2.5cm]{geometry}
\usepackage{amsmath}
\allowdisplaybreaks
\setlength{\parindent}{0pt}
\title{TITLE}
\author{}
\date{}

\begin{document}
\maketitle

"""
