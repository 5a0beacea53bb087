"""Writing a file as a whole or not at all: whoever reads it, or finds it after a crash, never sees a half."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from symbackprop.errors import SymbackpropError


def check_writable(path: str | Path) -> Path:
    """The file that `path` leads to, links followed, once it is sure that one can be put there.

    Raises SymbackpropError where the folder is missing or read-only, or where something other than a file
    stands.
    """
    target = Path(os.path.realpath(path))
    if target.is_dir():
        raise SymbackpropError(f"{path}: is a directory, expected the name of a file to write")
    if target.exists() and not target.is_file():
        raise SymbackpropError(f"{path}: is no ordinary file: it cannot be replaced")
    if not target.parent.is_dir():
        raise SymbackpropError(f"{path}: the folder {target.parent} does not exist")
    if not os.access(target.parent, os.W_OK):
        raise SymbackpropError(f"{path}: the folder {target.parent} cannot be written to")
    return target


def write_atomically(path: str | Path, write: Callable[[BinaryIO], object]) -> None:
    """Calls `write` on a new file beside `path`, and puts it in the place of `path` when it is safely on
    disk.

    Raises SymbackpropError where that fails (a full disk, for one); whatever stood at `path` is then
    untouched.
    """
    target = check_writable(path)
    temporary = target.with_name(f".{target.name[:100]}.{secrets.token_hex(6)}.part")
    try:
        with open(temporary, "xb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        if target.exists():
            shutil.copymode(target, temporary)
        os.replace(temporary, target)
    except OSError as error:
        raise SymbackpropError(f"{path}: cannot be written: {error.strerror or error}; nothing was changed") from None
    finally:
        # after os.replace it is gone; before, an interrupt or a full disk must not leave it lying about
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
    _sync_folder(target.parent)


def _sync_folder(folder: Path) -> None:
    """The new name reaches the disk too; where folders cannot be opened or synced, the file itself is safe
    anyway."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
