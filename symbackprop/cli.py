"""The command line: parse, hand on, and turn every outcome into an exit code.

Heavy modules are imported by the command that needs them, so that `--help` answers at once.
"""

from __future__ import annotations

import argparse
import gc
import io
import os
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NoReturn

from symbackprop.cli_check import add_check_parser, add_explain_parser, run_check, run_explain
from symbackprop.cli_latex import add_latex_parser, run_latex
from symbackprop.cli_network import add_network_options, network_of
from symbackprop.cli_replay import add_replay_parser, run_replay
from symbackprop.cli_train import add_predict_parser, add_train_parser, run_predict, run_train
from symbackprop.errors import EnginesDisagree, SymbackpropError, nearest

if TYPE_CHECKING:
    from symbackprop.numpy_code import Compiled, Part

EXAMPLES = """examples:
  symbackprop verify                              every width, every depth, any functions
  symbackprop verify 2-3-2 --hidden sigmoid --output sigmoid
  symbackprop latex 2-3-2 --form scalar --standalone > gradients.tex
  symbackprop code 784-128-64-10 --hidden relu --output softmax --cost cross_entropy
  symbackprop check notes.md                      judge every equation of a derivation
  symbackprop replay result.json                  compute a result's counterexamples again
  symbackprop train iris.csv --target species --widths 16 --save iris.npz
  symbackprop predict iris.npz new.csv

exit codes: 0 nothing refuted; 1 something refuted; 2 usage or bad input; 3 the engines disagree;
4 undecided, under --strict; 5 no claim found to check; 130 interrupted"""

PROVED, REFUTED, USAGE, DISAGREE, UNDECIDED, INTERRUPTED = 0, 1, 2, 3, 4, 130
FEW_COLLECTIONS = 100_000, 50, 50  # SymPy makes many objects that live on: looking for garbage among them is slow
Subparsers = argparse._SubParsersAction  # argparse has no public name for what add_subparsers returns
Command = Callable[[argparse.Namespace], int]


class Parser(argparse.ArgumentParser):
    """Errors in one line: what was found, what to do."""

    def error(self, message: str) -> NoReturn:
        self.exit(USAGE, f"symbackprop: {message} (see '{self.prog} --help')\n")


def build_parser() -> tuple[Parser, dict[str, Command]]:
    """The parser, and what carries out each command."""
    parser = Parser(
        prog="symbackprop",
        description="Prove the gradients of backpropagation, print them, compile them, train with them.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"symbackprop {version()}")
    commands: Subparsers[argparse.ArgumentParser] = parser.add_subparsers(
        dest="command", metavar="COMMAND", required=True, parser_class=Parser
    )
    _add_verify(commands)
    add_latex_parser(commands)
    _add_code(commands)
    add_check_parser(commands)
    add_explain_parser(commands)
    add_replay_parser(commands)
    add_train_parser(commands)
    add_predict_parser(commands)
    return parser, {
        "verify": run_verify,
        "latex": run_latex,
        "code": run_code,
        "check": run_check,
        "explain": run_explain,
        "replay": run_replay,
        "train": run_train,
        "predict": run_predict,
    }


def version() -> str:
    from importlib.metadata import PackageNotFoundError, version as installed

    try:
        return installed("symbackprop")
    except PackageNotFoundError:
        return "(not installed)"


def _add_verify(commands: Subparsers[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser(
        "verify",
        help="prove the closed-form gradients",
        description="Prove the closed-form gradients: for all widths and depths, and for SIZES every single one.",
        epilog="examples:\n  symbackprop verify\n  symbackprop verify 2-3-2 --hidden tanh --output softmax"
        " --cost cross_entropy\n  symbackprop verify 784-128-64-10 --format json",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_network_options(parser)
    parser.add_argument("--format", choices=("text", "json"), default="text", help="how to print the result")
    parser.add_argument("--strict", action="store_true", help="exit code 4 where something stays undecided")


def _add_code(commands: Subparsers[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser(
        "code",
        help="print the NumPy source made from the proven formulas",
        description="Print the NumPy source that lambdify makes from the proven formulas of SIZES.",
        epilog="examples:\n  symbackprop code 2-3-2\n  symbackprop code 2-3-2 --form scalar\n"
        "  symbackprop code 64-32-10 --hidden relu --part predict",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_network_options(parser)
    parser.add_argument(
        "--form", choices=("batch", "scalar"), default="batch", help="scalar: the network written out in numbers"
    )
    parser.add_argument(
        "--part", choices=("predict", "cost", "cost_and_gradient"), help="one function only (default: all three)"
    )
    parser.add_argument(
        "--from", dest="source", metavar="NOTES.md", help="compile the gradients that this document states and proves"
    )


def run_verify(args: argparse.Namespace) -> int:
    """Prints the verification. Returns 0, 1 where something is refuted, 4 under --strict where undecided."""
    network = network_of(args)
    from symbackprop.progress import progress_bar
    from symbackprop.verification import Summary, verify

    with progress_bar("proving") as progress:
        result = verify(network, progress)
    if args.format == "json":
        import json

        print(json.dumps(result.to_json(), indent=2, ensure_ascii=False))
    else:
        from symbackprop.report import print_verification, standard_output

        print_verification(result, standard_output())
    if result.summary is Summary.REFUTED:
        return REFUTED
    return UNDECIDED if args.strict and result.summary is Summary.UNDECIDED else PROVED


def run_code(args: argparse.Namespace) -> int:
    """Prints the source. Returns 0. Raises SymbackpropError where there is nothing to compile."""
    if args.source is not None:
        return _run_code_from(args)
    network = network_of(args)
    if args.form == "scalar":
        from symbackprop.scalar_code import scalar_source

        print(scalar_source(network), end="")
        return PROVED
    from symbackprop.numpy_code import Part, compile_network

    _print_code(compile_network(network), Part(args.part) if args.part else None)
    return PROVED


def _run_code_from(args: argparse.Namespace) -> int:
    """The code of a document's own formulas; which line computes what stands before it."""
    from symbackprop.documents.compiling import Page
    from symbackprop.network import parse_sizes
    from symbackprop.numpy_code import Part

    if args.sizes is None or args.form == "scalar":
        raise SymbackpropError("--from takes SIZES such as 2-3-2, and no --form scalar")
    made = Page(args.source).compiled(
        parse_sizes(args.sizes), args.hidden, args.output, args.cost, args.total, args.weight_decay
    )
    print("\n".join(f"# {line}" for line in str(made).splitlines()))
    _print_code(made.compiled, Part(args.part) if args.part else None)
    return PROVED


def _print_code(compiled: Compiled, part: Part | None) -> None:
    print("from numpy import *\n\n")
    print(compiled.source(part), end="")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command. Returns the exit code; no traceback reaches the user for something that was typed."""
    parser, commands = build_parser()
    words = list(sys.argv[1:] if arguments is None else arguments)
    if words and not words[0].startswith("-") and words[0] not in commands:
        print(
            f"symbackprop: unknown command '{words[0]}'{nearest(words[0], list(commands))}: expected one of"
            f" {', '.join(commands)}",
            file=sys.stderr,
        )
        return USAGE
    try:
        args = parser.parse_args(words)
        code = commands[args.command](args)
        sys.stdout.flush()
        return code
    except SystemExit as done:  # --help, --version, and what is not understood
        return _printed(done)
    except SymbackpropError as problem:
        print(f"symbackprop: {problem}", file=sys.stderr)
        return USAGE
    except EnginesDisagree as problem:
        return _disagreement(problem)
    except KeyboardInterrupt:
        print("symbackprop: interrupted", file=sys.stderr)
        return INTERRUPTED
    except OSError as problem:
        return _unwritten(problem)
    except (MemoryError, RecursionError) as problem:
        print(f"symbackprop: {type(problem).__name__}: too large for this machine: try smaller SIZES", file=sys.stderr)
        return USAGE


def _printed(done: SystemExit) -> int:
    try:
        sys.stdout.flush()
    except OSError as problem:
        return _unwritten(problem)
    return done.code if isinstance(done.code, int) else PROVED


def _unwritten(problem: OSError) -> int:
    """Nothing more may be written, not even at exit; that whoever reads us has had enough is no error."""
    if problem.filename is None:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    if isinstance(problem, BrokenPipeError):
        return PROVED
    print(f"symbackprop: {problem.strerror or problem}: {problem.filename or 'output'}", file=sys.stderr)
    return USAGE


def _disagreement(problem: EnginesDisagree) -> int:
    """Loud: the message, and a file that replays it."""
    import json
    import tempfile

    with tempfile.NamedTemporaryFile("w", prefix="symbackprop-", suffix=".json", delete=False) as file:
        json.dump(problem.reproduction, file, indent=2)
    print(
        f"symbackprop: internal error: the engines disagree: {problem}; please report it with {file.name}",
        file=sys.stderr,
    )
    return DISAGREE


def entry() -> None:
    """The console command. What its terminal has no character for is printed as an escape."""
    gc.set_threshold(*FEW_COLLECTIONS)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    sys.exit(main())
