"""A trained network as one .npz file without pickle: all that is needed to predict, and to go on training.

The arrays are W1, b1, …, the `mean` and `scale` of the features' and of the targets' standardisation
(`target_mean`, `target_scale`), and `about`: everything else, as JSON text.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from symbackprop.atomic import check_writable, write_atomically
from symbackprop.data import Task
from symbackprop.errors import SymbackpropError
from symbackprop.initialisation import Array, Precision
from symbackprop.network import Network
from symbackprop.raw_data import Layout, npz_arrays
from symbackprop.scaling import Standardisation
from symbackprop.table import read_bytes

FORMAT, VERSION = "symbackprop model", 1
Kind = TypeVar("Kind")


@dataclass(frozen=True)
class TrainingState:
    """What resuming needs: epochs done, and the choices that fix how training went and which samples it saw.

    `data` is a digest of features and targets: it tells whether a later training goes on with the same data.
    """

    epochs: int
    rate: float
    batch: int | None
    tolerance: float
    seed: int
    validation: float
    first_cost: float
    data: str


@dataclass(frozen=True, eq=False)
class Model:
    """A network with its parameters [W1, b1, …], and what its inputs and outputs mean."""

    network: Network
    parameters: tuple[Array, ...]
    standardisation: Standardisation
    target_scaling: Standardisation
    task: Task
    labels: tuple[str, ...]
    layout: Layout
    state: TrainingState

    @property
    def precision(self) -> Precision:
        return Precision(str(self.parameters[0].dtype))


class _Damaged(Exception):
    """What is wrong with the file, in a few words."""


def check_save(path: str | Path, data: str | Path | None = None) -> None:
    """Raises SymbackpropError where a model could not be saved, or where that would destroy something
    else."""
    target = check_writable(path)
    if not target.exists() or target.stat().st_size == 0:
        return
    if data is not None and Path(data).exists() and target.samefile(data):
        raise SymbackpropError(f"{path}: is the data itself: give the model another name")
    try:
        load_model(path)
    except SymbackpropError:
        raise SymbackpropError(
            f"{path}: exists and holds no readable model: remove it, or give the model another name"
        ) from None


def save_model(model: Model, path: str | Path) -> None:
    """Writes the model; a save that fails leaves the file that was there. Raises SymbackpropError where it
    fails."""
    arrays: dict[str, NDArray[np.generic]] = {"about": np.array(json.dumps(_about(model), ensure_ascii=True))}
    for k, array in enumerate(model.parameters):
        arrays[_name(k)] = array
    arrays["mean"], arrays["scale"] = model.standardisation.mean, model.standardisation.scale
    arrays["target_mean"], arrays["target_scale"] = model.target_scaling.mean, model.target_scaling.scale
    write_atomically(path, lambda file: np.savez(file, **arrays))  # type: ignore[arg-type]


def load_model(path: str | Path) -> Model:
    """The model of a file. Raises SymbackpropError, one line, where the file is missing, damaged or
    foreign."""
    data = read_bytes(path)
    if data[:4] != b"PK\x03\x04":
        what = "is empty" if not data else "is no model"
        raise SymbackpropError(f"{path}: {what}: expected an .npz file that symbackprop train --save wrote")
    arrays = npz_arrays(str(path), data)
    if "about" not in arrays:
        raise SymbackpropError(
            f"{path}: is an .npz file, but no model: expected one that symbackprop train --save wrote"
        )
    try:
        return _model(arrays)
    except _Damaged as error:
        raise SymbackpropError(f"{path}: is a damaged or foreign model file: {error}") from None
    except SymbackpropError as error:  # the network refuses its own description
        raise SymbackpropError(f"{path}: is a damaged or foreign model file: {error}") from None


def _name(k: int) -> str:
    return f"{'Wb'[k % 2]}{k // 2 + 1}"


def _about(model: Model) -> dict[str, object]:
    network = model.network
    return {
        "format": FORMAT,
        "version": VERSION,
        "sizes": network.sizes,
        "hidden": network.hidden,
        "output": network.output,
        "cost": network.cost,
        "total": network.total.value,
        "weight_decay": str(network.weight_decay),
        "task": model.task.value,
        "labels": model.labels,
        "layout": asdict(model.layout),
        "state": asdict(model.state),
    }


def _model(arrays: dict[str, NDArray[np.generic]]) -> Model:
    about = _described(arrays["about"])
    network = Network(
        _list(about, "sizes", int),
        _list(about, "hidden", str),
        _get(about, "output", str),
        _get(about, "cost", str),
        _get(about, "total", str),
        _get(about, "weight_decay", str),
    )
    if not network.compilable:
        raise _Damaged("its functions are not all named")
    sizes = network.sizes or ()
    try:
        task = Task(_get(about, "task", str))
    except ValueError as error:
        raise _Damaged(str(error)) from None
    model = Model(
        network,
        _parameters(arrays, sizes),
        Standardisation(_row(arrays, "mean", sizes[0]), _row(arrays, "scale", sizes[0])),
        Standardisation(_row(arrays, "target_mean", sizes[-1]), _row(arrays, "target_scale", sizes[-1])),
        task,
        _list(about, "labels", str),
        _layout(_get(about, "layout", dict)),
        _state(_get(about, "state", dict)),
    )
    if len(model.layout.features) != sizes[0] or len(model.layout.feature_columns) != sizes[0]:
        raise _Damaged(f"{len(model.layout.features)} feature names for {sizes[0]} inputs")
    outputs = {Task.CLASSES: len(model.labels), Task.BINARY: 1, Task.REGRESSION: len(model.layout.targets)}
    if outputs[task] != sizes[-1] or (task is Task.BINARY and len(model.labels) != 2):
        raise _Damaged(f"{outputs[task]} outputs are described, {sizes[-1]} computed")
    return model


def _described(array: NDArray[np.generic]) -> dict[str, Any]:
    try:
        about = json.loads(str(array[()])) if array.dtype.kind == "U" and array.ndim == 0 else None
    except (ValueError, RecursionError):
        about = None
    if not isinstance(about, dict) or about.get("format") != FORMAT:
        raise _Damaged("its description is not ours")
    version = about.get("version")
    if version != VERSION:
        newer = isinstance(version, int) and version > VERSION
        raise _Damaged(f"version {version}, expected {VERSION}" + (": a newer symbackprop reads it" if newer else ""))
    return about


def _get(about: dict[str, Any], key: str, kind: type[Kind]) -> Kind:
    value = about.get(key)
    if kind is float and isinstance(value, int):
        value = float(value)
    if not isinstance(value, kind) or isinstance(value, bool) is not (kind is bool):
        raise _Damaged(f"'{key}' is missing or of the wrong kind")
    if isinstance(value, float) and not math.isfinite(value):
        raise _Damaged(f"'{key}' is not finite")
    return value


def _list(about: dict[str, Any], key: str, kind: type[Kind]) -> tuple[Kind, ...]:
    return tuple(_get({key: value}, key, kind) for value in _get(about, key, list))


def _layout(about: dict[str, Any]) -> Layout:
    return Layout(
        _list(about, "features", str),
        _list(about, "targets", str),
        _get(about, "named", bool),
        _list(about, "feature_columns", int),
        _list(about, "target_columns", int),
        _get(about, "width", int),
    )


def _state(about: dict[str, Any]) -> TrainingState:
    return TrainingState(
        _get(about, "epochs", int),
        _get(about, "rate", float),
        None if about.get("batch") is None else _get(about, "batch", int),
        _get(about, "tolerance", float),
        _get(about, "seed", int),
        _get(about, "validation", float),
        _get(about, "first_cost", float),
        _get(about, "data", str),
    )


def _parameters(arrays: dict[str, NDArray[np.generic]], sizes: Sequence[int]) -> tuple[Array, ...]:
    shapes = [shape for n, m in zip(sizes[1:], sizes, strict=False) for shape in ((n, m), (n,))]
    made: list[Array] = []
    for k, shape in enumerate(shapes):
        array = arrays.get(_name(k))
        if array is None or array.shape != shape:
            found = "nothing" if array is None else f"shape {array.shape}"
            raise _Damaged(f"{_name(k)}: found {found}, expected shape {shape}")
        if str(array.dtype) not in {precision.value for precision in Precision} or (
            made and array.dtype != made[0].dtype
        ):
            raise _Damaged(f"{_name(k)}: of type {array.dtype}, expected float32 or float64 throughout")
        if not np.isfinite(array).all():
            raise _Damaged(f"{_name(k)}: holds a value that is not finite")
        made.append(array)  # type: ignore[arg-type]
    return tuple(made)


def _row(arrays: dict[str, NDArray[np.generic]], name: str, width: int) -> NDArray[np.float64]:
    row = arrays.get(name)
    if row is None or row.shape != (width,) or row.dtype != np.float64:
        raise _Damaged(f"'{name}' is missing or of the wrong shape")
    numbers = row.astype(np.float64)
    if not np.isfinite(numbers).all() or (name.endswith("scale") and (numbers <= 0).any()):
        raise _Damaged(f"'{name}' holds values that are no {name}")
    return numbers
