"""The command `symbackprop latex`."""

from __future__ import annotations

import argparse

from symbackprop.cli_network import add_network_options, network_of

EXAMPLES = """examples:
  symbackprop latex                                      every width and depth, any functions
  symbackprop latex --form matrix --hidden relu --output softmax --cost cross_entropy
  symbackprop latex 2-3-2 --form scalar --standalone > gradients.tex
  symbackprop latex --steps --standalone > derivation.tex
exit codes: 0 printed; 2 bad input, or a formula that is not proved (nothing is printed then)"""

Subparsers = argparse._SubParsersAction  # argparse has no public name for what add_subparsers returns


def add_latex_parser(subparsers: Subparsers[argparse.ArgumentParser]) -> argparse.ArgumentParser:
    """Adds `latex`; `run_latex` carries it out."""
    parser = subparsers.add_parser(
        "latex",
        help="print each gradient, or the whole derivation, as LaTeX",
        description="Print each gradient as LaTeX, from the formulas that were proved: each is proved before it is"
        " printed.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_network_options(parser)
    group = parser.add_argument_group("LaTeX")
    group.add_argument(
        "--form", choices=("index", "matrix", "scalar"), default="index", help="scalar: every gradient of SIZES"
    )
    group.add_argument("--steps", action="store_true", help="the whole derivation, every line a proved link")
    group.add_argument("--standalone", action="store_true", help="a complete .tex document")
    group.add_argument(
        "--layer-style", choices=("(l)", "l", "[l]"), default="(l)", help="how the layer stands at a symbol"
    )
    return parser


def run_latex(args: argparse.Namespace) -> int:
    """Prints the LaTeX. Returns 0. Raises SymbackpropError for bad input and where a formula is not proved."""
    from symbackprop.typeset import latex

    text = latex(
        network_of(args),
        form=args.form,
        steps=args.steps,
        standalone=args.standalone,
        layer_style=args.layer_style,
    )
    print(text, end="")
    return 0
