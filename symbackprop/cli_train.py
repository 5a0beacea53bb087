"""The commands `symbackprop train` and `symbackprop predict`."""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from symbackprop.errors import SymbackpropError

if TYPE_CHECKING:
    from symbackprop.network import Network
    from symbackprop.numpy_code import Compiled
    from symbackprop.plan import Plan
    from symbackprop.training import Progress, TrainingResult

OK, USAGE, INTERRUPTED = 0, 2, 130
TRAIN_EXAMPLES = """examples:
  symbackprop train iris.csv --target species --widths 16 --save iris.npz --curve iris.png
  symbackprop train houses.csv --target price --ignore id --standardize-target --rate 0.1
  symbackprop train x.npy --target y.npy --batch 256
  symbackprop train digits.npz --widths 64-32 --hidden relu --batch 32 --task classes
  symbackprop train iris.csv --resume iris.npz --epochs 500
  symbackprop train iris.csv --target species --from notes.md --hidden tanh
exit codes: 0 trained; 2 bad input, or the cost grew (the best weights so far are saved); 130 interrupted,
saved"""
PREDICT_EXAMPLES = """examples:
  symbackprop predict iris.npz flowers.csv
  symbackprop predict iris.npz flowers.csv --out species.csv"""

Subparsers = argparse._SubParsersAction  # argparse has no public name for what add_subparsers returns


def add_train_parser(subparsers: Subparsers[argparse.ArgumentParser]) -> argparse.ArgumentParser:
    """Adds `train`; `run_train` carries it out."""
    parser = subparsers.add_parser(
        "train",
        help="train a network on a CSV or NPZ file with the proven gradients",
        description="Train a network on a CSV or NPZ file, with functions compiled from the proven formulas.",
        usage="symbackprop train DATA --target COLUMN[,COLUMN] [options]",
        epilog=TRAIN_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    _add_data_options(parser)
    _add_network_options(parser)
    _add_descent_options(parser)
    _add_output_options(parser)
    return parser


def add_predict_parser(subparsers: Subparsers[argparse.ArgumentParser]) -> argparse.ArgumentParser:
    """Adds `predict`; `run_predict` carries it out."""
    parser = subparsers.add_parser(
        "predict",
        help="predict with a trained model",
        description="Print one CSV row a sample: the class and its probabilities, or the predicted numbers.",
        epilog=PREDICT_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("model", metavar="MODEL.npz", help="what symbackprop train --save wrote")
    parser.add_argument(
        "data", metavar="DATA", help="a CSV or NPZ file with the model's features; targets may be in it"
    )
    parser.add_argument("--out", metavar="FILE", help="write here instead of printing")
    _add_header_option(parser)
    parser.add_argument("--quiet", action="store_true", help="no notes on standard error")
    return parser


def run_train(args: argparse.Namespace) -> int:
    """Trains as asked. Returns 0, 2 where the cost grew, or 130 after Ctrl-C. Raises SymbackpropError for
    bad input."""
    from symbackprop.descent import Stop
    from symbackprop.training import train

    try:
        plan = _plan(args)
        if args.curve:
            from symbackprop.curve import check_curve

            check_curve(args.curve)
        source = _Source(args.source, plan) if args.source else None
        with _progress_bar(args.quiet) as report:
            compiler = None if source is None else source.compile
            plan = plan if source is None else source.plan
            result = train(args.data, args.target, plan=plan, on_progress=report, compiler=compiler)
        _say(args.quiet, result.notes)
    except KeyboardInterrupt:  # outside the epochs, which end with a model saved
        _say(False, ["interrupted while reading, compiling or saving: no file was changed"])
        return INTERRUPTED
    if args.format == "json":
        _print([json.dumps({**result.to_json(), **(source.to_json() if source else {})}, allow_nan=False) + "\n"])
    else:
        _print([f"{result}\n", *([f"{source}\n"] if source else [])])
    _write_curve(args.curve, result)
    if result.stopped is Stop.DIVERGED:
        kept = "the best weights so far were saved" if result.model_path else "nothing was saved"
        _say(False, [f"stopped: {result.advice}; {kept}"])
        return USAGE
    return INTERRUPTED if result.stopped is Stop.INTERRUPTED else OK


class _Source:
    """The document that a training takes its gradients from, and what came of it."""

    def __init__(self, path: str, plan: Plan) -> None:
        from symbackprop.documents.compiling import FromPage, Page

        self.page = Page(path)
        self.plan = self.page.planned(plan)
        self.made: FromPage | None = None

    def compile(self, network: Network) -> Compiled:
        self.made = self.page.compile(network)
        return self.made.compiled

    def to_json(self) -> dict[str, object]:
        return {"derivation": None if self.made is None else self.made.to_json()}

    def __str__(self) -> str:
        return str(self.made)


def run_predict(args: argparse.Namespace) -> int:
    """Prints or writes the predictions. Returns 0. Raises SymbackpropError for bad input."""
    from symbackprop.atomic import check_writable, write_atomically
    from symbackprop.prediction import predict
    from symbackprop.table import Header

    if args.out:
        target = check_writable(args.out)
        for read in (args.data, args.model):
            if target.exists() and os.path.exists(read) and target.samefile(read):
                raise SymbackpropError(f"{args.out}: is read from: give the predictions another name")
    try:
        predictions = predict(args.model, args.data, Header(args.header))
        _say(args.quiet, predictions.notes)
        if args.out:
            lines = predictions.csv_rows()
            write_atomically(args.out, lambda file: file.writelines(line.encode() for line in lines))
        else:
            _print(predictions.csv_rows())
    except KeyboardInterrupt:
        return INTERRUPTED
    return OK


def _add_data_options(parser: argparse.ArgumentParser) -> None:
    kinds = "a CSV file (, ; or tab; UTF-8), an NPZ file with X and y, or an NPY file with --target Y.npy"
    parser.add_argument("data", metavar="DATA", help=kinds)
    group = parser.add_argument_group("data")
    group.add_argument(
        "--target",
        metavar="COLUMN[,COLUMN]",
        help="name or number (from 1) of what to predict; in an NPZ, an array's name",
    )
    group.add_argument("--ignore", metavar="COLUMN[,COLUMN]", help="columns that are no features, such as an id")
    group.add_argument(
        "--task",
        choices=("classes", "binary", "regression"),
        help=(
            "what the target is (default: text is classes, numbers are regression unless output or cost say classes)"
        ),
    )
    _add_header_option(group)
    group.add_argument("--validation", type=float, metavar="SHARE", help="held out (default: 0.2, or 0 below 20 rows)")
    group.add_argument("--no-standardize", action="store_true", help="features as they are, not to mean 0, deviation 1")
    group.add_argument(
        "--standardize-target", action="store_true", help="so for regression targets; cost is in those units"
    )


def _add_header_option(parser: argparse._ActionsContainer) -> None:
    parser.add_argument(
        "--header",
        choices=("auto", "yes", "no"),
        default="auto",
        help="whether row 1 names the columns (default: look)",
    )


def _add_network_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("network")
    group.add_argument(
        "--widths",
        metavar="16-16",
        help="of the hidden layers, or none (default: 16); the data give the rest",
    )
    group.add_argument(
        "--from",
        dest="source",
        metavar="NOTES.md",
        help="compile the gradients that this document states, all of them proved, in place of the built-in ones",
    )
    group.add_argument("--hidden", metavar="NAME[,NAME]", help="activation, or one a hidden layer (default: tanh)")
    group.add_argument("--output", metavar="NAME", help="output function (default: softmax for classes, else identity)")
    group.add_argument(
        "--cost", metavar="NAME", help="cost (default: cross_entropy for classes, else half_squared_error)"
    )
    group.add_argument("--total", choices=("sum", "mean"), help="total cost over the samples (default: mean)")
    group.add_argument("--weight-decay", metavar="LAMBDA", help="adds lambda/2 times the sum of w^2 (default: 0)")
    group.add_argument("--init", choices=("auto", "xavier", "he", "zeros"), default="auto", help="of the weights")
    group.add_argument("--dtype", choices=("float32", "float64"), help="(default: float64)")


def _add_descent_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("descent")
    group.add_argument("--rate", type=float, metavar="MU", help="w becomes w - mu dE/dw (default: 0.5; regression 0.1)")
    group.add_argument("--epochs", type=int, default=2000, metavar="N", help="(more) epochs (default: 2000)")
    group.add_argument("--batch", type=int, metavar="N", help="samples a step (default: the whole set)")
    group.add_argument("--seed", type=int, metavar="N", help="of weights, split and order (default: 0)")
    group.add_argument("--tolerance", type=float, metavar="NORM", help="stop at this gradient norm (default: 1e-6)")


def _add_output_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("output")
    group.add_argument("--save", metavar="MODEL.npz", help="save the model (with --resume: default the resumed file)")
    group.add_argument("--resume", metavar="MODEL.npz", help="go on training this model")
    group.add_argument(
        "--curve", metavar="CURVE.png", help="draw the learning curve, as .png or .svg (needs matplotlib)"
    )
    group.add_argument("--format", choices=("text", "json"), default="text", help="of the summary (default: text)")
    group.add_argument("--quiet", action="store_true", help="no progress bar and no notes")


def _widths(text: str) -> tuple[int, ...]:
    """`16-16` to (16, 16), `none` to ()."""
    if text == "none":
        return ()
    for place, part in enumerate(text.split("-"), 1):
        if not re.fullmatch(r"[0-9]{1,9}", part) or int(part) < 1:
            found = f"'{part}'" if part else "nothing"
            raise SymbackpropError(
                f"widths '{text}': {found} stands at place {place}: expected widths of at least 1 joined"
                " by '-',"
                " such as 16-16, or none"
            )
    return tuple(int(part) for part in text.split("-"))


def _plan(args: argparse.Namespace) -> Plan:
    from symbackprop.data import Task
    from symbackprop.plan import Plan
    from symbackprop.table import Header

    return Plan(
        widths=None if args.widths is None else _widths(args.widths),
        hidden=_names(args.hidden) or None,
        output=args.output,
        cost=args.cost,
        total=args.total,
        weight_decay=args.weight_decay,
        rate=args.rate,
        epochs=args.epochs,
        batch=args.batch,
        tolerance=args.tolerance,
        seed=args.seed,
        validation=args.validation,
        dtype=args.dtype,
        standardize=not args.no_standardize,
        standardize_target=args.standardize_target,
        init=args.init,
        task=None if args.task is None else Task(args.task),
        header=Header(args.header),
        ignore=_names(args.ignore),
        save=args.save,
        resume=args.resume,
    )


def _names(text: str | None) -> tuple[str, ...]:
    return tuple(name.strip() for name in (text or "").split(",") if name.strip())


def _write_curve(path: str | None, result: TrainingResult) -> None:
    if path:
        from symbackprop.curve import draw_curve

        draw_curve(result.history, path)


@contextmanager
def _progress_bar(quiet: bool) -> Iterator[Callable[[Progress], None] | None]:
    """A live bar on standard error where that is a terminal, else nothing; rich sees to NO_COLOR."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress as Bar, TaskProgressColumn, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    if quiet or not console.is_terminal:
        yield None
        return
    columns = (BarColumn(), TaskProgressColumn(), TextColumn("{task.description}"), TimeRemainingColumn())
    with Bar(*columns, console=console, transient=True) as bar:
        task = bar.add_task("compiling the proven formulas", total=None)
        drawn = 0.0

        def report(progress: Progress) -> None:
            nonlocal drawn
            if time.monotonic() - drawn > 0.1 or progress.epoch == progress.last:
                drawn = time.monotonic()
                bar.update(task, total=progress.last, completed=progress.epoch, description=_described(progress))

        yield report


def _described(progress: Progress) -> str:
    text = f"epoch {progress.epoch}/{progress.last}  cost {progress.cost:.4g}"
    if progress.accuracy is None:
        return text
    held_out = progress.accuracy.validation
    return f"{text}  accuracy {progress.accuracy.training:.3f}" + (
        f", held out {held_out:.3f}" if held_out is not None else ""
    )


def _say(quiet: bool, lines: Iterable[str]) -> None:
    for line in () if quiet else lines:
        print(f"symbackprop: {line}", file=sys.stderr)


def _print(lines: Iterable[str]) -> None:
    """To standard output; whoever reads it may stop early, as head does."""
    try:
        sys.stdout.writelines(lines)
        sys.stdout.flush()
    except BrokenPipeError:
        # Python flushes standard output once more when it ends, and would complain then
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
