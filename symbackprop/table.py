"""A CSV file as columns: its delimiter, its header, and its cells, each with the place where it stands.

Rows are numbered as an editor or a spreadsheet numbers them (a header is row 1, blank lines count), columns
from 1.
"""

from __future__ import annotations

import csv
import io
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from symbackprop.errors import SymbackpropError, nearest

DELIMITERS = ("\t", ";", ",")
MISSING = frozenset({"", "na", "n/a", "?", "null", "none", "-"})


class Header(Enum):
    """Whether the first row names the columns; AUTO looks, and asks where it cannot tell."""

    AUTO = "auto"
    YES = "yes"
    NO = "no"


@dataclass(frozen=True)
class Columns:
    """Columns read from a file: `numbers` (N, k), `texts` one tuple of N cells a column, `rows` (N,) row
    numbers."""

    numbers: NDArray[np.float64]
    texts: tuple[tuple[str, ...], ...]
    rows: NDArray[np.int64]


@dataclass(frozen=True)
class CsvFile:
    """An opened CSV file. `names` are the header's, or `column 1`, `column 2`, … where there is none."""

    path: str
    text: str
    delimiter: str
    names: tuple[str, ...]
    has_header: bool

    def place(self, row: int, column: int) -> str:
        """Where a cell stands, as messages begin; `column` counts from 0."""
        name = f" ('{shown(self.names[column])}')" if self.has_header else ""
        return f"{self.path}: row {row}, column {column + 1}{name}"

    def find(self, wanted: str | int) -> int:
        """The column (from 0) of that name, or else of that number (from 1). Raises SymbackpropError if
        there is none."""
        if self.has_header and isinstance(wanted, str):
            found = [k for k, name in enumerate(self.names) if name == wanted]
            if len(found) > 1:
                raise SymbackpropError(
                    f"{self.path}: {len(found)} columns are named '{shown(wanted)}': say which by its number,"
                    f" {' or '.join(str(k + 1) for k in found)}"
                )
            if found:
                return found[0]
        try:
            number = int(wanted)
        except ValueError:
            raise self._no_column(str(wanted)) from None
        if not 1 <= number <= len(self.names):
            raise SymbackpropError(
                f"{self.path}: there is no column {number}: expected 1 to {len(self.names)}, counted from 1"
            )
        return number - 1

    def _no_column(self, wanted: str) -> SymbackpropError:
        if not self.has_header:
            return SymbackpropError(
                f"{self.path}: no column '{shown(wanted)}': the file has no header, so give a number, 1 to"
                f" {len(self.names)}"
            )
        few = ", ".join(shown(name) for name in self.names[:8]) + (", …" if len(self.names) > 8 else "")
        by_lower = {name.lower(): name for name in self.names}
        hint = nearest(wanted, list(by_lower))
        for lower, name in by_lower.items():
            hint = hint.replace(f"'{lower}'", f"'{shown(name)}'")
        return SymbackpropError(f"{self.path}: no column '{shown(wanted)}'{hint}: the columns are {few}")

    def read(self, numeric: Sequence[int], text: Sequence[int]) -> Columns:
        """The columns `numeric` as numbers and `text` as stripped text.

        Raises SymbackpropError with the place of the first ragged row, cell that is no number, NaN or
        infinity, and where there is no row of data at all.
        """
        numbers, rows = array("d"), array("q")
        texts: list[list[str]] = [[] for _ in text]
        # float() takes 1_000 for a number; the check costs time only where one stands
        underscores = "_" in self.text
        for row, cells in self._data():
            picked = [cells[k] for k in numeric]
            try:
                if underscores and any("_" in cell for cell in picked):
                    raise ValueError
                numbers.extend(map(float, picked))
            except ValueError:
                raise self._no_number(row, cells, numeric) from None
            for column, k in zip(texts, text, strict=True):
                column.append(cells[k].strip())
            rows.append(row)
        if not rows:
            raise SymbackpropError(f"{self.path}: a header and no row of data: expected at least one row below it")
        table = np.frombuffer(numbers, dtype=np.float64).reshape(len(rows), len(numeric))
        self._check_finite(table, rows, numeric)
        return Columns(table, tuple(map(tuple, texts)), np.frombuffer(rows, dtype=np.int64))

    def _data(self) -> Iterator[tuple[int, list[str]]]:
        rows, width = _rows(self.path, self.text, self.delimiter), len(self.names)
        for row, cells in islice(rows, 1 if self.has_header else 0, None):
            if len(cells) != width:
                raise SymbackpropError(
                    f"{self.path}: row {row}: found {count(len(cells), 'cell')}, expected {width} as in the first row"
                )
            yield row, cells

    def _no_number(self, row: int, cells: list[str], numeric: Sequence[int]) -> SymbackpropError:
        column = next(k for k in numeric if not is_number(cells[k]))
        cell = cells[column].strip()
        where = self.place(row, column)
        if cell.lower() in MISSING:
            found = "nothing" if not cell else f"'{cell}'"
            return SymbackpropError(
                f"{where}: found {found}, expected a number: fill the missing value or drop the row"
            )
        advice = "leave the column out with --ignore, or write it as numbers"
        if is_number(cell.replace(",", ".")):
            advice = f"write a decimal point, {cell.replace(',', '.')}"
        return SymbackpropError(f"{where}: found '{shown(cell)}', expected a number: {advice}")

    def _check_finite(self, table: NDArray[np.float64], rows: Sequence[int], numeric: Sequence[int]) -> None:
        bad = np.argwhere(~np.isfinite(table))
        if len(bad):
            s, k = (int(number) for number in bad[0])
            raise SymbackpropError(f"{self.place(rows[s], numeric[k])}: found {table[s, k]}, expected a finite number")


def open_csv(path: str | Path, header: Header = Header.AUTO, expected: Sequence[str] = ()) -> CsvFile:
    """The file with its delimiter and its header found; `expected` are names that show a first row to be a
    header.

    Raises SymbackpropError for a missing, empty or binary file, and where the first row could be either.
    """
    name = str(path)
    text = _decoded(name, read_bytes(path))
    delimiter = _delimiter(name, text)
    first = list(islice(_rows(name, text, delimiter), 2))
    if not first:
        raise SymbackpropError(f"{name}: the file is empty: expected rows of numbers, with or without a header")
    top = [cell.strip() for cell in first[0][1]]
    has_header = _is_header(name, header, top, first[1][1] if len(first) > 1 else None, expected)
    names = tuple(top) if has_header else tuple(f"column {k + 1}" for k in range(len(top)))
    return CsvFile(name, text, delimiter, names, has_header)


def read_bytes(path: str | Path) -> bytes:
    """The file's bytes. Raises SymbackpropError where there is no readable file."""
    try:
        with open(path, "rb") as file:
            return file.read()
    except FileNotFoundError:
        raise SymbackpropError(f"{path}: there is no such file") from None
    except IsADirectoryError:
        raise SymbackpropError(f"{path}: is a directory, expected a file") from None
    except (OSError, ValueError) as error:
        raise SymbackpropError(f"{path}: cannot be read: {getattr(error, 'strerror', None) or error}") from None


def is_number(cell: str) -> bool:
    """Whether the cell writes a number (NaN and infinity write one too: they are refused later, by name)."""
    try:
        float(cell)
    except ValueError:
        return False
    return "_" not in cell


def shown(text: str) -> str:
    """Text of a file as a message may show it: one line, not long, nothing that steers a terminal."""
    line = "".join(c if c.isprintable() else "�" for c in text)
    return line if len(line) <= 40 else line[:39] + "…"


def count(number: int, noun: str) -> str:
    """`1 row`, `2 rows`, `2 classes`."""
    plural = noun + ("es" if noun.endswith("s") else "s")
    return f"{number} {noun if number == 1 else plural}"


def _decoded(name: str, data: bytes) -> str:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise SymbackpropError(f"{name}: the text is UTF-16, expected UTF-8: save it as CSV UTF-8")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SymbackpropError(
            f"{name}: byte 0x{data[error.start]:02x} at offset {error.start} is no UTF-8 text:"
            " expected a CSV file in UTF-8, or an .npz file"
        ) from None
    if "\0" in text:
        raise SymbackpropError(f"{name}: holds NUL bytes, so it is no text: expected a CSV file, or an .npz file")
    return text


def _delimiter(name: str, text: str) -> str:
    """The one that cuts the first rows into most cells; where two tie, tab and semicolon before comma."""
    sample = "".join(islice(io.StringIO(text, newline=""), 20))
    best, most = ",", 1
    for delimiter in DELIMITERS:
        try:
            widths = [len(cells) for _, cells in _rows(name, sample, delimiter)]
        # a quoted cell that the sample cuts off, or quotes that fit another delimiter
        except SymbackpropError:
            continue
        if widths and min(widths) > most:
            best, most = delimiter, min(widths)
    return best


def _rows(name: str, text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Row number and cells of each row that is not blank."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True, skipinitialspace=True)
    try:
        for cells in reader:
            if len(cells) > 1 or (cells and cells[0].strip()):
                yield reader.line_num, cells
    except csv.Error as error:
        open_quote = "unexpected end" in str(error)
        found = "a quotation mark is opened and never closed" if open_quote else str(error)
        raise SymbackpropError(f"{name}: row {reader.line_num}: {found}") from None


def _is_header(name: str, header: Header, top: list[str], below: list[str] | None, expected: Sequence[str]) -> bool:
    """A first row without any number names the columns; so does one that holds an expected name."""
    if header is not Header.AUTO:
        return header is Header.YES
    if any(wanted in top for wanted in expected if not is_number(wanted)):
        return True
    texts = [k for k, cell in enumerate(top) if not is_number(cell)]
    if len(texts) == len(top) or not texts:
        return bool(texts)
    over = [k for k in texts if below is not None and k < len(below) and top[k] and is_number(below[k])]
    if over:  # names such as 0, 1, 2, target, or a slip in a row of data: a guess would lose a row silently
        raise SymbackpropError(
            f"{name}: row 1, column {over[0] + 1}: found '{shown(top[over[0]])}' beside numbers and above"
            " a number:"
            " say whether row 1 names the columns with --header yes or --header no"
        )
    return False
