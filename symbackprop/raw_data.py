"""Features and targets as they stand in a CSV or NPZ file, before it is decided what the targets mean."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from symbackprop.errors import SymbackpropError
from symbackprop.mapped import NPY, ZIP, in_blocks, is_large, npy, npz
from symbackprop.table import CsvFile, Header, count, is_number, open_csv, read_bytes, shown

# one target column: text, or numbers where the file stores numbers
Cells = Sequence[str] | NDArray[np.float64]
Found = TypeVar("Found")
Target = str | int | Sequence[str | int]

FEATURE_KEYS = ("X", "x", "data", "features")
TARGET_KEYS = ("y", "Y", "target", "targets", "labels")


@dataclass(frozen=True)
class Layout:
    """Which columns of a file were features and targets: predictions find the same ones again.

    `named` tells whether a header gave the names; where none did, the column numbers (from 1) count. An .npz
    file has no target columns beside its features: there `target_columns` is empty.
    """

    features: tuple[str, ...]
    targets: tuple[str, ...]
    named: bool
    feature_columns: tuple[int, ...]
    target_columns: tuple[int, ...]
    width: int


@dataclass(frozen=True)
class Raw:
    """Features (N, n_0) and target columns of N cells each; `rows` are the row numbers that messages name."""

    source: str
    features: NDArray[np.float64]
    targets: tuple[Cells, ...]
    rows: NDArray[np.int64]
    layout: Layout

    def place(self, sample: int, target: int) -> str:
        """Where a target stands, as messages begin."""
        name = self.layout.targets[target]
        column = name if name.startswith("column ") else f"'{shown(name)}'"
        return f"{self.source}: row {self.rows[sample]}, {column}"


def read_raw(
    path: str | Path, target: Target | None, header: Header = Header.AUTO, ignore: Sequence[str | int] = ()
) -> Raw:
    """A CSV file (`target`: column names, or numbers from 1) or an NPZ file (`target`: the name of an array).

    Raises SymbackpropError, naming file, row and column, for whatever is no table of finite numbers with a
    target.
    """
    arrays = read_arrays(path, target)
    if arrays is None:
        return _read_csv(path, target, header, ignore)
    if ignore:
        raise SymbackpropError(f"{path}: --ignore names columns of a CSV file; an .npz file holds arrays")
    return arrays


def split_names(names: Target, file: CsvFile) -> tuple[str | int, ...]:
    """`a,b` as two columns, unless one column bears the whole name; lists and single numbers as they are."""
    if isinstance(names, int):
        return (names,)
    if isinstance(names, str):
        whole = file.has_header and names in file.names
        return (names,) if whole else tuple(part.strip() for part in names.split(",") if part.strip())
    return tuple(names)


def _read_csv(path: str | Path, target: Target | None, header: Header, ignore: Sequence[str | int]) -> Raw:
    wanted = [] if target is None else [target] if isinstance(target, str | int) else list(target)
    parts = [part.strip() for name in wanted if isinstance(name, str) for part in (name, *name.split(","))]
    file = open_csv(path, header, parts)
    names = () if target is None else split_names(target, file)
    if not names:
        few = ", ".join(shown(name) for name in file.names[:8]) + (", …" if len(file.names) > 8 else "")
        raise SymbackpropError(f"{path}: say which column is the target with --target: the columns are {few}")
    targets = [file.find(name) for name in names]
    if len(set(targets)) < len(targets):
        raise SymbackpropError(f"{path}: the target columns name one column twice: expected different columns")
    left_out = {file.find(name) for name in ignore}
    features = [k for k in range(len(file.names)) if k not in left_out and k not in targets]
    if not features:
        raise SymbackpropError(f"{path}: no column is left for the features: found {count(len(file.names), 'column')}")
    columns = file.read(features, targets)
    layout = Layout(
        tuple(file.names[k] for k in features),
        tuple(file.names[k] for k in targets),
        file.has_header,
        tuple(k + 1 for k in features),
        tuple(k + 1 for k in targets),
        len(file.names),
    )
    return Raw(file.path, columns.numbers, columns.texts, columns.rows, layout)


def read_arrays(path: str | Path, target: Target | None) -> Raw | None:
    """Features and targets of an .npz file (`target` names the array), or of an .npy file (`target`: that of the
    targets); None for other files. Large files are mapped: the features stay where they are."""
    name, large = str(path), is_large(path)
    data = b"" if large else read_bytes(path)
    start = first_bytes(path) if large else data[:6]
    if start.startswith(NPY):
        if not isinstance(target, str) or not target.endswith(".npy"):
            raise SymbackpropError(
                f"{name}: holds one bare array: name the .npy file of the targets with --target, or save both with"
                " numpy.savez(…, X=…, y=…)"
            )
        read_bytes(target) if not is_large(target) else None  # says so where there is no such file
        return raw_from_arrays(_mapped(name, npy), np.asarray(_mapped(target, npy)), name)
    if not start.startswith(ZIP):
        return None
    return _npz(name, _mapped(name, npz) if large else npz_arrays(name, data), target)


def _npz(path: str, arrays: Mapping[str, NDArray[Any]], target: Target | None) -> Raw:
    if target is not None and not isinstance(target, str):
        raise SymbackpropError(f"{path}: an .npz file has no column numbers: name the array of targets, such as y")
    keys = TARGET_KEYS if target is None else (target,)
    x = arrays[_key(path, arrays, FEATURE_KEYS, "features")]
    y = arrays[_key(path, arrays, keys, "targets")]
    return raw_from_arrays(x, y, path)


def first_bytes(path: str | Path) -> bytes:
    with open(path, "rb") as file:
        return file.read(6)


def _mapped(path: str, read: Callable[[str], Found]) -> Found:
    """What `read` finds in the file. Raises SymbackpropError where it is damaged."""
    try:
        return read(path)
    except Exception as error:  # whatever zip or the array headers raise on damaged bytes
        raise _damaged(path, error) from None


def npz_arrays(path: str, data: bytes) -> dict[str, NDArray[np.generic]]:
    """All arrays of an .npz file, without pickle. Raises SymbackpropError where one cannot be read."""
    try:
        with np.load(BytesIO(data), allow_pickle=False) as archive:
            return {key: np.asarray(archive[key]) for key in archive.files}
    except Exception as error:  # whatever zip, zlib or the array headers raise on damaged bytes
        raise _damaged(path, error) from None


def _damaged(path: str, error: Exception) -> SymbackpropError:
    if isinstance(error, ValueError) and ("pickle" in str(error) or "Object arrays" in str(error)):
        return SymbackpropError(
            f"{path}: holds an array of Python objects, which only pickle could read: expected numbers or text"
        )
    kind = ".npy" if path.endswith(".npy") else ".npz"
    return SymbackpropError(f"{path}: is a damaged {kind} file: {shown(str(error) or type(error).__name__)}")


def _key(path: str, arrays: Mapping[str, NDArray[Any]], keys: Sequence[str], what: str) -> str:
    found = [key for key in keys if key in arrays]
    if not found:
        held = ", ".join(shown(key) for key in list(arrays)[:8]) or "none"
        raise SymbackpropError(f"{path}: no array of {what}: expected one named {' or '.join(keys)}, found {held}")
    return found[0]


def raw_from_arrays(x: object, y: object, source: str = "data") -> Raw:
    """Arrays x (N, n_0) of numbers and y (N,) or (N, k) of numbers, or (N,) of text.

    Raises SymbackpropError for other shapes or kinds, different lengths, NaN and infinity.
    """
    features = feature_table(x, source)
    given = np.asarray(y)
    if given.ndim not in (1, 2) or 0 in given.shape:
        raise SymbackpropError(f"{source}: the targets have shape {given.shape}: expected (samples,) or (samples, k)")
    if len(given) != len(features):
        raise SymbackpropError(
            f"{source}: {count(len(features), 'row')} of features and {len(given)} of targets: expected as many"
        )
    table = given.reshape(len(given), -1)
    if table.dtype.kind in "US":
        texts = table.astype(str)
        targets: tuple[Cells, ...] = tuple(tuple(cell.strip() for cell in column) for column in texts.T.tolist())
    else:
        targets = tuple(_finite(source, "targets", table).T)
    names = tuple(f"x{k + 1}" for k in range(features.shape[1]))
    target_names = ("y",) if len(targets) == 1 else tuple(f"y{k + 1}" for k in range(len(targets)))
    layout = Layout(names, target_names, False, tuple(range(1, len(names) + 1)), (), len(names))
    return Raw(source, features, targets, np.arange(1, len(features) + 1), layout)


def feature_table(x: object, source: str) -> NDArray[np.float64]:
    """x as finite numbers of shape (N, n_0). Raises SymbackpropError for another shape or kind."""
    features = _mapped_finite(source, x) if isinstance(x, np.memmap) else _finite(source, "features", np.asarray(x))
    if features.ndim != 2 or 0 in features.shape:
        raise SymbackpropError(
            f"{source}: the features have shape {features.shape}: expected (samples, features), at least one of each"
        )
    return features


def npz_features(path: str, data: bytes) -> NDArray[np.float64]:
    """The features (N, n_0) of an .npz file."""
    arrays = npz_arrays(path, data)
    return feature_table(arrays[_key(path, arrays, FEATURE_KEYS, "features")], path)


def npy_features(path: str) -> NDArray[np.float64]:
    """The features (N, n_0) of an .npy file."""
    return feature_table(np.asarray(_mapped(path, npy)), path)


def _mapped_finite(source: str, array: NDArray[Any]) -> NDArray[Any]:
    """The array as it is, once every block of it was looked at."""
    done = 0
    for block in in_blocks(array) if array.ndim == 2 else ():
        _finite(source, "features", block, done)
        done += len(block)
    return array


def _finite(source: str, what: str, array: NDArray[Any], before: int = 0) -> NDArray[np.float64]:
    if array.dtype.kind not in "biuf":
        raise SymbackpropError(f"{source}: the {what} are of type {array.dtype}: expected numbers")
    numbers = array.astype(np.float64)
    bad = np.argwhere(~np.isfinite(numbers))
    if len(bad):
        s, *k = (int(number) for number in bad[0])
        column = f", column {k[0] + 1}" if k else ""
        raise SymbackpropError(
            f"{source}: {what}, row {before + s + 1}{column}: found {numbers[tuple(bad[0])]}, expected a finite number"
        )
    return numbers


def numbers_of(raw: Raw, target: int) -> NDArray[np.float64]:
    """A target column as finite numbers. Raises SymbackpropError with the place of the first cell that is
    none."""
    cells = raw.targets[target]
    if isinstance(cells, np.ndarray):
        return cells
    for sample, cell in enumerate(cells):
        if not is_number(cell) or not np.isfinite(float(cell)):
            found = f"'{shown(cell)}'" if cell else "nothing"
            raise SymbackpropError(f"{raw.place(sample, target)}: found {found}, expected a finite number as target")
    return np.array([float(cell) for cell in cells])
