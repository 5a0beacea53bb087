"""`check`: files, folders and standard input to results, one document at a time or several."""

from __future__ import annotations

import sys
from pathlib import Path

from symbackprop.documents.checking import check_document
from symbackprop.documents.document import SUFFIXES
from symbackprop.documents.render import text
from symbackprop.documents.results import FileResult
from symbackprop.documents.workers import Document, check_documents
from symbackprop.errors import SymbackpropError

STANDARD_INPUT = "-"


class Checked(FileResult):
    """One document's result; it prints as the command line does."""

    def __str__(self) -> str:
        return "\n".join(text([self]))


def check(text_or_path: str | Path) -> Checked:
    """Judges a document: a path, or the text itself where it holds a formula or a line break."""
    given = str(text_or_path)
    is_text = isinstance(text_or_path, str) and any(mark in given for mark in ("\n", "$", "\\(", "\\begin"))
    made = check_document(given, "<text>") if is_text else check_document(_bytes(given), given)
    return Checked(made.name, made.equations)


def documents_in(names: list[str]) -> list[str]:
    """The files that the arguments name; folders are searched, their documents sorted by name."""
    found: list[str] = []
    for name in names:
        if not name:
            raise SymbackpropError("an empty name: expected a file, a folder, or - for standard input")
        path = Path(name)
        if name != STANDARD_INPUT and path.is_dir():
            inside = sorted(p for p in path.rglob("*") if p.suffix.lower() in SUFFIXES and p.is_file())
            found.extend(str(p) for p in inside if not any(part.startswith(".") for part in p.relative_to(path).parts))
        else:
            found.append(name)
    return list(dict.fromkeys(found))


def check_files(
    names: list[str], timeout: float | None = None, jobs: int = 1, sizes: tuple[int, ...] | None = None
) -> list[FileResult]:
    """Every file's result, in the order of the names whatever `jobs` is. With a timeout, in processes of their own."""
    work = [("<stdin>" if name == STANDARD_INPUT else name, _bytes(name)) for name in names]
    if timeout is None:
        return [check_document(data, name, None, sizes) for name, data in work]
    return check_documents([Document(data, name, timeout, sizes) for name, data in work], jobs)


def _bytes(name: str) -> bytes:
    if name == STANDARD_INPUT:
        return sys.stdin.buffer.read()
    try:
        return Path(name).read_bytes()
    except OSError as problem:
        raise SymbackpropError(f"cannot read '{name}': {problem.strerror or problem}") from None
