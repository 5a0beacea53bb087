"""From a data file to a trained network: reading, splitting, standardising, descending, saving."""

from __future__ import annotations

import hashlib
import html
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from symbackprop.data import Dataset, Functions, Task, check_targets, read_targets
from symbackprop.descent import Descent, Point, Settings, Stop, descend
from symbackprop.errors import SymbackpropError
from symbackprop.initialisation import Array, Precision, initial_parameters
from symbackprop.mapped import in_blocks
from symbackprop.matching import match_training_data
from symbackprop.model_file import Model, TrainingState, check_save, load_model, save_model
from symbackprop.network import Network
from symbackprop.plan import Plan, build_network, check_resumed, usual_settings
from symbackprop.raw_data import Raw, Target, raw_from_arrays, read_raw
from symbackprop.samples import InMemory, Mapped, Rows, Samples, blocks
from symbackprop.scaling import Split, Standardisation, mapped_standardisation, split, standardisation, unchanged

if TYPE_CHECKING:  # imported late: what compiles also proves
    from symbackprop.numpy_code import Compiled
    from symbackprop.trainer import Trainer

Compiler = Callable[[Network], "Compiled"]
# about as many points of a learning curve: measuring accuracies every epoch would cost a third more
POINTS = 200


@dataclass(frozen=True)
class Accuracy:
    """The share of samples whose class is predicted rightly; `validation` is None where none were held
    out."""

    training: float
    validation: float | None


@dataclass(frozen=True)
class Progress:
    """Where training is after an epoch; accuracy and validation cost are those last measured."""

    epoch: int
    last: int
    cost: float
    gradient_norm: float
    validation_cost: float | None
    accuracy: Accuracy | None


@dataclass(frozen=True)
class TrainingResult:
    """What training came to. `cost` and `gradient_norm` are those of the training samples at the parameters
    kept."""

    cost: float
    gradient_norm: float
    epochs: int
    accuracy: Accuracy | None
    validation_cost: float | None
    seconds: float
    model_path: str | None
    stopped: Stop
    advice: str
    samples: tuple[int, int]
    notes: tuple[str, ...]
    history: tuple[Progress, ...] = field(repr=False)
    model: Model = field(repr=False, compare=False)

    def to_json(self) -> dict[str, object]:
        """The object that `train --format json` prints."""
        accuracy = self.accuracy
        both = accuracy and {"training": accuracy.training, "validation": accuracy.validation}
        return {
            "cost": self.cost,
            "gradient_norm": self.gradient_norm,
            "epochs": self.epochs,
            "accuracy": both,
            "validation_cost": self.validation_cost,
            "seconds": round(self.seconds, 3),
            "model": self.model_path,
            "stopped": self.stopped.value,
            "advice": self.advice or None,
        }

    def __str__(self) -> str:
        held = f", {self.samples[1]} held out" if self.samples[1] else ""
        network = self.model.network
        lines = [
            f"network   {'-'.join(map(str, network.sizes or ()))}, {'/'.join(dict.fromkeys(network.hidden))},"
            f" {network.output}, {network.cost}, {network.total.value} over samples",
            f"samples   {self.samples[0]} to train on{held}",
            f"stopped   {self.stopped.value} after {self.epochs} epochs, {self.seconds:.2f} s",
            f"cost      {self.cost:.6g}, gradient norm {self.gradient_norm:.3g}",
        ]
        if self.validation_cost is not None:
            lines[-1] += f"; on the samples held out {self.validation_cost:.6g}"
        if self.accuracy is not None:
            held_out = self.accuracy.validation
            lines.append(f"accuracy  {self.accuracy.training:.4f}" + (f", held out {held_out:.4f}" if held else ""))
        lines.append(f"model     {self.model_path or 'not saved: say where with --save MODEL.npz'}")
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(str(self))}</pre>"


@dataclass(frozen=True, eq=False)
class Prepared:
    """Samples ready to train on, in the precision of the training; `start`: the model before the first step."""

    task: Task
    training: Samples
    validation: Samples
    start: Model
    notes: tuple[str, ...]


def train(
    data: str | Path | tuple[object, object],
    target: Target | None = None,
    *,
    plan: Plan | None = None,
    on_progress: Callable[[Progress], None] | None = None,
    compiler: Compiler | None = None,
    **choices: Any,
) -> TrainingResult:
    """Trains on a CSV or NPZ file, or on arrays (x of shape (N, n_0), y of shape (N,) or (N, k)).

    target: the target's column name or number (from 1), or several; for an NPZ file the name of the array.
    choices: the fields of `Plan`, such as widths=(16,), rate=0.5; they take precedence over `plan`.
    compiler: makes cost and gradient in place of the built-in equations; it says what it was made from (such as the
    `compile` of `documents.compiling.Page`).
    on_progress: called after every epoch. Ctrl-C ends training, not the program: the result says interrupted.
    Raises SymbackpropError, one line, for data, choices or files that do not fit.
    """
    began = time.perf_counter()
    plan = replace(plan or Plan(), **choices)
    stored = load_model(plan.resume) if plan.resume is not None else None
    save = plan.save or plan.resume
    if save is not None:
        check_save(save, data if isinstance(data, str | Path) else None)
    prepared = _fresh(data, target, plan) if stored is None else _resumed(data, target, plan, stored)
    compiled = _compiled(prepared.start.network) if compiler is None else compiler(prepared.start.network)
    state = prepared.start.state
    settings = plan.settings(Settings(state.rate, 0, state.batch, state.tolerance, state.seed))
    trainer = _trainer(prepared, settings, None if compiler is None else compiled)
    watch = _Watch(compiled, prepared, state.epochs + settings.epochs, on_progress, trainer)
    done = descend(trainer, settings, state.epochs, state.first_cost or None, watch.see)
    model = _trained(prepared.start, done, settings, trainer.parameters())
    kept = save if done.stopped is not Stop.DIVERGED or done.end.epoch > state.epochs else None
    if kept is not None:
        save_model(model, kept)
    return _result(model, done, watch, settings, kept, time.perf_counter() - began)


def accuracy(task: Task, predicted: Array, y: Array) -> float | None:
    """The share of rows of `predicted` (N, n_L) whose class is that of y: the largest output, or a side of 1/2."""
    if task is Task.REGRESSION or len(y) == 0:
        return None
    if task is Task.BINARY:
        return float(np.mean((predicted >= 0.5) == (y >= 0.5)))
    return float(np.mean(predicted.argmax(axis=1) == y.argmax(axis=1)))


def _compiled(network: Network) -> Compiled:
    from symbackprop.numpy_code import compile_network  # proves what it compiles, so it is loaded only here

    return compile_network(network)


def _trainer(prepared: Prepared, settings: Settings, compiled: Compiled | None) -> Trainer:
    """By the buffered step of the built-in equations, or by given functions."""
    from symbackprop.trainer import by_functions, by_steps

    parameters, samples = prepared.start.parameters, prepared.training
    if compiled is not None:
        return by_functions(compiled, parameters, samples)
    return by_steps(prepared.start.network, parameters, samples, settings.batch)


def _read(data: str | Path | tuple[object, object], target: Target | None, plan: Plan) -> Raw:
    if isinstance(data, tuple):
        return raw_from_arrays(*data)
    return read_raw(data, target, plan.header, plan.ignore)


def _fresh(data: str | Path | tuple[object, object], target: Target | None, plan: Plan) -> Prepared:
    raw = _read(data, target, plan)
    output, cost = (plan.output, plan.cost) if plan.network is None else (plan.network.output, plan.network.cost)
    dataset = read_targets(raw, output, cost, plan.task)
    network = build_network(plan, dataset.task, dataset.x.shape[1], dataset.y.shape[1])
    check_targets(dataset, Functions(network.output, network.cost))
    settings = plan.settings(usual_settings(dataset.task))
    seed, share = settings.seed, plan.share(len(dataset.x))
    parts = split(len(dataset.x), share, seed)
    inputs = unchanged(dataset.x.shape[1])
    if plan.standardize:
        inputs = _input_scaling(dataset.x, parts.training, raw.layout.features)
    targets = unchanged(dataset.y.shape[1])
    if plan.standardize_target:
        if dataset.task is not Task.REGRESSION or network.output != "identity":
            raise SymbackpropError("only the targets of a regression with the output identity can be standardised")
        targets = standardisation(dataset.y[parts.training], raw.layout.targets)
    state = TrainingState(
        0, settings.rate, settings.batch, settings.tolerance, seed, share, 0.0, _digest(dataset.x, dataset.y)
    )
    parameters = initial_parameters(network, plan.initialisation, seed, plan.precision)
    start = Model(network, tuple(parameters), inputs, targets, dataset.task, dataset.labels, raw.layout, state)
    return _ready(dataset, parts, start, _reading_note(dataset))


def _resumed(data: str | Path | tuple[object, object], target: Target | None, plan: Plan, model: Model) -> Prepared:
    check_resumed(plan, model, target)
    layout, network = model.layout, model.network
    if isinstance(data, tuple):
        raw = replace(raw_from_arrays(*data), layout=layout)
    else:
        raw = match_training_data(data, layout, plan.header, target if isinstance(target, str) else None)
    labels = model.labels if model.task is not Task.REGRESSION else None
    dataset = read_targets(raw, network.output, network.cost, model.task, labels)
    check_targets(dataset, Functions(network.output, network.cost))
    widths = (dataset.x.shape[1], dataset.y.shape[1])
    sizes = network.sizes or ()
    if widths != (sizes[0], sizes[-1]):
        raise SymbackpropError(
            f"{plan.resume}: a network {'-'.join(map(str, sizes))} does not fit data of {widths[0]}"
            " features and"
            f" {widths[1]} targets"
        )
    digest = _digest(dataset.x, dataset.y)
    parts = split(len(dataset.x), model.state.validation, model.state.seed)
    other = "other data than the model was trained on: samples held out now may have trained it before"
    return _ready(
        dataset,
        parts,
        replace(model, state=replace(model.state, data=digest)),
        () if digest == model.state.data else (other,),
    )


def _ready(dataset: Dataset, parts: Split, start: Model, notes: tuple[str, ...]) -> Prepared:
    y = _rounded(start.target_scaling(dataset.y), start.precision, "targets")

    if isinstance(dataset.x, np.memmap):
        features = dataset.x

        def samples(rows: Rows) -> Samples:
            return Mapped(features, y, rows, start.standardisation)

    else:
        x = _rounded(start.standardisation(dataset.x), start.precision, "features")

        def samples(rows: Rows) -> Samples:
            return InMemory(x, y, rows)

    return Prepared(dataset.task, samples(parts.training), samples(parts.validation), start, notes)


def _input_scaling(x: NDArray[np.float64], rows: Rows, names: tuple[str, ...]) -> Standardisation:
    if isinstance(x, np.memmap):
        return mapped_standardisation(x, rows, names)
    return standardisation(x[rows], names)


def _rounded(numbers: NDArray[np.float64], precision: Precision, what: str) -> Array:
    with np.errstate(over="ignore"):
        rounded: Array = numbers.astype(precision.value)
    if not np.isfinite(rounded).all():
        raise SymbackpropError(f"some {what} are too large for {precision.value}: scale them, or say --dtype float64")
    return rounded


def _reading_note(dataset: Dataset) -> tuple[str, ...]:
    """Whole numbers of a few kinds may well be classes: then say how to have them so."""
    values = np.unique(dataset.y)
    if dataset.task is not Task.REGRESSION or dataset.y.shape[1] > 1 or len(values) > 20:
        return ()
    if not np.array_equal(values, np.round(values)):
        return ()
    return (f"{dataset.layout.targets[0]} is read as numbers (regression); for classes say --task classes",)


def _digest(x: NDArray[np.float64], y: NDArray[np.float64]) -> str:
    """Of the numbers as float64, row after row."""
    made = hashlib.sha256()
    for array in (x, y):
        for block in in_blocks(array):
            made.update(np.ascontiguousarray(block, dtype=np.float64).data)
    return made.hexdigest()


class _Watch:
    """Measures accuracies at evenly spaced epochs, keeps them for the learning curve, and reports every
    epoch."""

    def __init__(
        self,
        compiled: Compiled,
        prepared: Prepared,
        last: int,
        report: Callable[[Progress], None] | None,
        trainer: Trainer,
    ) -> None:
        self.compiled, self.prepared, self.last, self.report = compiled, prepared, last, report
        self.trainer = trainer
        first = prepared.start.state.epochs
        self.every = max(1, (last - first) // POINTS)
        self.history: list[Progress] = []

    def see(self, point: Point) -> None:
        if not self.history or point.epoch % self.every == 0 or point.epoch == self.last:
            self.history.append(self.measure(point))
        if self.report is not None:
            then = self.history[-1]
            self.report(replace(then, epoch=point.epoch, cost=point.cost, gradient_norm=point.gradient_norm))

    def measure(self, point: Point) -> Progress:
        """Accuracies and validation cost at the trainer's parameters, which are at that point."""
        from symbackprop.trainer import at_a_time, cost_of

        p, parameters = self.prepared, self.trainer.parameters()
        with np.errstate(all="ignore"):
            held = len(p.validation) > 0
            size = at_a_time(self.compiled.network)
            validation_cost = cost_of(self.compiled, parameters, p.validation, size) if held else None
            both = None
            if p.task is not Task.REGRESSION:
                validation = self._accuracy(parameters, p.validation, size) if held else None
                both = Accuracy(self._accuracy(parameters, p.training, size), validation)
        return Progress(point.epoch, self.last, point.cost, point.gradient_norm, validation_cost, both)

    def _accuracy(self, parameters: list[Array], samples: Samples, size: int) -> float:
        right = 0
        for x, y in blocks(samples, size):
            share = accuracy(self.prepared.task, self.compiled.predict(parameters, x), y) or 0.0
            right += round(share * len(x))
        return right / len(samples)


def _trained(start: Model, done: Descent, settings: Settings, parameters: list[Array]) -> Model:
    state = replace(
        start.state,
        epochs=done.end.epoch,
        rate=settings.rate,
        batch=settings.batch,
        tolerance=settings.tolerance,
        first_cost=done.first_cost,
    )
    return replace(start, parameters=tuple(parameters), state=state)


def _result(
    model: Model, done: Descent, watch: _Watch, settings: Settings, kept: str | Path | None, seconds: float
) -> TrainingResult:
    final = watch.measure(done.end)
    advice = ""
    if done.stopped is Stop.DIVERGED:
        advice = (
            f"the cost grew or left the range of numbers by epoch {done.reached}: lower the rate,"
            f" say to --rate {settings.rate / 10:g}"
        )
        if model.task is Task.REGRESSION and model.network.output == "identity":
            advice += ", or bring the targets to deviation 1 with --standardize-target"
    return TrainingResult(
        cost=final.cost,
        gradient_norm=final.gradient_norm,
        epochs=final.epoch,
        accuracy=final.accuracy,
        validation_cost=final.validation_cost,
        seconds=seconds,
        model_path=None if kept is None else str(kept),
        stopped=done.stopped,
        advice=advice,
        samples=(len(watch.prepared.training), len(watch.prepared.validation)),
        notes=watch.prepared.notes,
        history=tuple(watch.history),
        model=model,
    )
