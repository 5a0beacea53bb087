"""`train` and `predict` alone, as a process: python tests/train_command.py train DATA …"""

from __future__ import annotations

import argparse
import sys

from symbackprop.cli_train import add_predict_parser, add_train_parser, run_predict, run_train
from symbackprop.errors import SymbackpropError


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="symbackprop")
    commands = parser.add_subparsers(dest="command", required=True)
    add_train_parser(commands)
    add_predict_parser(commands)
    args = parser.parse_args(arguments)
    try:
        return run_train(args) if args.command == "train" else run_predict(args)
    except SymbackpropError as error:
        print(f"symbackprop: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
