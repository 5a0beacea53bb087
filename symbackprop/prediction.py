"""What a trained network says about a data file: one row of CSV a sample."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from symbackprop.data import Task
from symbackprop.errors import SymbackpropError
from symbackprop.functions import SOFTMAX
from symbackprop.initialisation import Array
from symbackprop.matching import match_features
from symbackprop.model_file import Model, load_model
from symbackprop.raw_data import feature_table
from symbackprop.table import Header


@dataclass(frozen=True, eq=False)
class Predictions:
    """outputs (N, n_L) as the network computes them, in the units of the targets; labels: a class a sample,
    or none.

    `columns` names the columns of the CSV; notes say how the features were found in the file.
    """

    outputs: Array
    labels: tuple[str, ...]
    columns: tuple[str, ...]
    notes: tuple[str, ...]

    def csv_rows(self) -> Iterator[str]:
        """The CSV line by line: the class, if there is one, then the outputs, in digits that read back
        exactly."""
        line = io.StringIO()
        writer = csv.writer(line, lineterminator="\n")
        for row in self._rows():
            writer.writerow(row)
            yield line.getvalue()
            line.seek(0)
            line.truncate()

    def _rows(self) -> Iterator[tuple[str, ...]]:
        yield self.columns
        for s, row in enumerate(self.outputs):
            label = (self.labels[s],) if self.labels else ()
            yield (*label, *map(str, row))


def predict(model: Model | str | Path, data: str | Path | object, header: Header = Header.AUTO) -> Predictions:
    """Predictions for a CSV or NPZ file, or for an array x of shape (N, n_0) of features not standardised.

    Raises SymbackpropError where the file lacks features of the model, or one of the two cannot be read.
    """
    from symbackprop.numpy_code import compile_network  # proves what it compiles, so it is loaded only here

    known = model if isinstance(model, Model) else load_model(model)
    if isinstance(data, str | Path):
        matched = match_features(data, known.layout, header)
        x, notes = matched.features, matched.notes
    else:
        x, notes = feature_table(data, "data"), ()
    if x.shape[1] != len(known.layout.features):
        raise SymbackpropError(f"data: found {x.shape[1]} features, expected {len(known.layout.features)}")
    with np.errstate(all="ignore"):
        scaled = known.standardisation(x).astype(known.precision.value)
        if not np.isfinite(scaled).all():
            raise SymbackpropError(f"some features are too large for {known.precision.value}")
        outputs = compile_network(known.network).predict(list(known.parameters), scaled)
    if known.task is Task.REGRESSION:
        scaling = known.target_scaling
        outputs = outputs * scaling.scale.astype(outputs.dtype) + scaling.mean.astype(outputs.dtype)
    return Predictions(outputs, _labels(known, outputs), _columns(known), notes)


def _labels(model: Model, outputs: Array) -> tuple[str, ...]:
    if model.task is Task.REGRESSION:
        return ()
    chosen = (outputs[:, 0] >= 0.5).astype(int) if model.task is Task.BINARY else outputs.argmax(axis=1)
    return tuple(model.labels[int(k)] for k in chosen)


def _columns(model: Model) -> tuple[str, ...]:
    """The target's name, then `p(label)` where outputs are probabilities, `output(label)` where they are
    not."""
    if model.task is Task.REGRESSION:
        names = model.layout.targets
        return names if model.layout.named else tuple(_numbered("prediction", len(names)))
    name = model.layout.targets[0] if model.layout.named and len(model.layout.targets) == 1 else "prediction"
    letter = "p" if model.network.output in (SOFTMAX, "sigmoid") else "output"
    labels = model.labels[1:] if model.task is Task.BINARY else model.labels
    return (name, *(f"{letter}({label})" for label in labels))


def _numbered(name: str, number: int) -> list[str]:
    return [name] if number == 1 else [f"{name} {k + 1}" for k in range(number)]
