"""Finding a model's columns in another file: by name where both have names, or else by number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from symbackprop.errors import SymbackpropError, nearest
from symbackprop.mapped import NPY
from symbackprop.raw_data import Layout, Raw, npy_features, npz_features, read_arrays
from symbackprop.table import CsvFile, Header, count, open_csv, read_bytes, shown


@dataclass(frozen=True)
class Matched:
    """A model's features (N, n_0) in a file, with what the user should know about how they were found."""

    features: NDArray[np.float64]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class _Found:
    columns: tuple[int, ...]  # counted from 0
    notes: tuple[str, ...]


def match_features(path: str | Path, layout: Layout, header: Header = Header.AUTO) -> Matched:
    """The features of `layout` in a CSV, NPZ or NPY file; the targets may be there or not.

    Raises SymbackpropError for columns that are missing, and for data that could not be read.
    """
    data = read_bytes(path)
    if data[:4] == b"PK\x03\x04":
        features = npz_features(str(path), data)
        _check_npz(str(path), features.shape[1], layout)
        return Matched(features, ())
    if data.startswith(NPY):
        features = npy_features(str(path))
        _check_npz(str(path), features.shape[1], layout)
        return Matched(features, ())
    file = open_csv(path, header, layout.features if layout.named else ())
    found = _features(file, layout)
    return Matched(file.read(found.columns, ()).numbers, found.notes)


def match_training_data(
    path: str | Path, layout: Layout, header: Header = Header.AUTO, target: str | None = None
) -> Raw:
    """Features and targets of `layout` in a CSV or NPZ file (`target` names its array), to go on training
    with them."""
    raw = read_arrays(path, target)
    if raw is not None:
        _check_npz(str(path), raw.features.shape[1], layout)
        return Raw(raw.source, raw.features, raw.targets, raw.rows, layout)
    file = open_csv(path, header, (*layout.features, *layout.targets) if layout.named else ())
    features = _features(file, layout).columns
    by_name = layout.named and file.has_header
    if not by_name and len(file.names) != layout.width:
        raise SymbackpropError(
            f"{path}: found {count(len(file.names), 'column')}, expected {layout.width} as in the first training"
        )
    wanted: Sequence[str | int] = layout.targets if by_name else layout.target_columns
    if not wanted:
        raise SymbackpropError(f"{path}: the model was trained from an .npz file: go on with one that holds X and y")
    columns = file.read(features, [file.find(target) for target in wanted])
    return Raw(file.path, columns.numbers, columns.texts, columns.rows, layout)


def _features(file: CsvFile, layout: Layout) -> _Found:
    if not (layout.named and file.has_header):
        return _by_number(file, layout)
    missing = [name for name in layout.features if name not in file.names]
    if missing:
        few = ", ".join(f"'{shown(name)}'{nearest(name, list(file.names))}" for name in missing[:3])
        more = f" and {len(missing) - 3} more" if len(missing) > 3 else ""
        raise SymbackpropError(
            f"{file.path}: the model's feature {few}{more} is missing: expected a column of that name"
        )
    extra = [name for name in file.names if name not in (*layout.features, *layout.targets)]
    names = ", ".join(shown(name) for name in extra[:5]) + (", …" if len(extra) > 5 else "")
    note = f"{count(len(extra), 'column')} not among the model's features, not used: {names}"
    return _Found(tuple(file.find(name) for name in layout.features), (note,) if extra else ())


def _by_number(file: CsvFile, layout: Layout) -> _Found:
    width = len(file.names)
    if width == len(layout.features):
        columns = tuple(range(width))
    else:
        _check_width(file.path, width, layout)
        columns = tuple(k - 1 for k in layout.feature_columns)
    order = "columns are taken by their order, as in training: the names are not in both files"
    return _Found(columns, (order,) if layout.named or file.has_header else ())


def _check_npz(path: str, width: int, layout: Layout) -> None:
    if width != len(layout.features):
        raise SymbackpropError(f"{path}: found {count(width, 'feature')}, expected {len(layout.features)}")


def _check_width(path: str, width: int, layout: Layout) -> None:
    features, targets = len(layout.features), len(layout.target_columns)
    if width == features or (targets and width == layout.width):
        return
    also = f", or {layout.width} as in training" if targets else ""
    raise SymbackpropError(
        f"{path}: found {count(width, 'column')}, expected {count(features, 'feature column')}{also}:"
        f" {', '.join(shown(name) for name in layout.features[:5])}{', …' if features > 5 else ''}"
    )
