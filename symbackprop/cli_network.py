"""The options that name a network, the same for every command."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from symbackprop.network import Network


def add_network_options(parser: argparse.ArgumentParser) -> None:
    """Adds `[SIZES]`, `--hidden`, `--output`, `--cost`, `--total`, `--weight-decay`; `network_of` reads them."""
    parser.add_argument(
        "sizes", nargs="?", metavar="SIZES", help="widths such as 2-3-2; without them, every width and every depth"
    )
    group = parser.add_argument_group("network")
    group.add_argument(
        "--hidden",
        metavar="NAME[,NAME]",
        help="activation of the hidden layers, or one a layer; any: every differentiable one (default: sigmoid, or"
        " any without SIZES)",
    )
    group.add_argument(
        "--output",
        metavar="NAME",
        help="output function: one of the table, softmax, any (default: identity, or any without SIZES)",
    )
    group.add_argument(
        "--cost",
        metavar="NAME",
        help="per-sample cost: one of the table, any (default: half_squared_error, or any without SIZES)",
    )
    group.add_argument("--total", metavar="sum|mean", help="total cost over samples (default: mean)")
    group.add_argument(
        "--weight-decay", default="0", metavar="LAMBDA", help="lambda of lambda/2 times the sum of squared weights"
    )


def network_of(args: argparse.Namespace) -> Network:
    """The network that the options name. Raises SymbackpropError saying which option is wrong."""
    from symbackprop.network import Network, parse_sizes

    names = args.hidden.split(",") if args.hidden else None
    return Network(
        None if args.sizes is None else parse_sizes(args.sizes),
        hidden=names[0] if names and len(names) == 1 else names,
        output=args.output,
        cost=args.cost,
        total=args.total or "mean",
        weight_decay=args.weight_decay,
    )
