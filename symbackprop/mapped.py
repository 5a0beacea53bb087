"""Arrays that stay in their .npy or .npz file and are read as they are used: data larger than memory."""

from __future__ import annotations

import os
import struct
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

LARGE = 2**28  # bytes: files from this size on are mapped
ZIP, NPY = b"PK\x03\x04", b"\x93NUMPY"
BLOCK = 2**23  # bytes of an array that are looked at together
LOCAL = struct.Struct("<4s22xHH")  # what a zip member begins with: mark, …, lengths of name and extra field


def is_large(path: str | Path) -> bool:
    """Whether the file is an .npy or .npz to be mapped; what is no readable file is not."""
    try:
        if os.path.getsize(path) < LARGE:
            return False
        with open(path, "rb") as file:
            return file.read(6).startswith((NPY, ZIP))
    except OSError:
        return False


def npy(path: str | Path) -> NDArray[Any]:
    """The array of an .npy file, mapped. Raises ValueError, OSError where it is damaged or holds objects."""
    with open(path, "rb") as file:
        return _array(str(path), file)


def npz(path: str | Path) -> dict[str, NDArray[Any]]:
    """The arrays of an .npz file: those that were stored as they are mapped, compressed ones read.

    Raises ValueError, OSError, zipfile.BadZipFile where one is damaged or holds objects.
    """
    made: dict[str, NDArray[Any]] = {}
    with zipfile.ZipFile(path) as archive, open(path, "rb") as file:
        for member in archive.infolist():
            name = member.filename.removesuffix(".npy")
            if member.compress_type != zipfile.ZIP_STORED:
                with np.load(path, allow_pickle=False) as arrays:
                    made[name] = np.asarray(arrays[name])
                continue
            file.seek(member.header_offset)
            mark, named, extra = LOCAL.unpack(file.read(LOCAL.size))
            if mark != ZIP:
                raise ValueError(f"member {member.filename} is not where the table of contents says")
            file.seek(named + extra, os.SEEK_CUR)
            made[name] = _array(str(path), file)
    return made


def _array(path: str, file: BinaryIO) -> NDArray[Any]:
    """The array whose header the file stands at."""
    version = np.lib.format.read_magic(file)
    read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, fortran, dtype = read(file)
    if dtype.hasobject:
        raise ValueError("Object arrays cannot be loaded without pickle")
    if 0 in shape:
        return np.empty(shape, dtype)
    return np.memmap(path, dtype, "r", file.tell(), shape, "F" if fortran else "C")


def in_blocks(array: NDArray[Any]) -> Iterator[NDArray[Any]]:
    """The rows of an array in their order, a few at a time; each block is a view."""
    rows = max(1, BLOCK // max(1, array[:1].nbytes))
    for begin in range(0, len(array), rows):
        yield array[begin : begin + rows]
