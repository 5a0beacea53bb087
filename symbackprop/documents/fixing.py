"""`check --fix`: proved and unique corrections written into their files, whole or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import BinaryIO

from symbackprop.atomic import write_atomically
from symbackprop.documents.edits import Change
from symbackprop.documents.results import FileResult
from symbackprop.documents.source import Span


def fix_files(files: list[FileResult]) -> Iterator[str]:
    """Writes what can be written; one line a file says what was done."""
    for file in files:
        changes = [change for change in _changes(file) if change[0].cell is None]
        if not changes or file.name == "<stdin>":
            continue
        path = Path(file.name)
        text = changes[0][0].source.text
        mark = path.read_bytes().startswith(b"\xef\xbb\xbf")
        if path.read_bytes().decode("utf-8-sig", errors="replace") != text:
            yield f"{file.name}: has changed meanwhile, nothing is written"
            continue
        for span, new in sorted(changes, key=lambda change: change[0].start, reverse=True):
            text = text[: span.start] + new + text[span.end :]
        data = (b"\xef\xbb\xbf" if mark else b"") + text.encode("utf-8")
        write_atomically(path, partial(_write, data))
        yield f"{file.name}: {len(changes)} correction{'' if len(changes) == 1 else 's'} written"


def _write(data: bytes, stream: BinaryIO) -> None:
    stream.write(data)


def _changes(file: FileResult) -> list[Change]:
    """The changes of all corrections that touch no other one's; a correction counts as a whole or not at all."""
    made: dict[tuple[int, int, str], Change] = {}
    for equation in file.equations:
        for link in equation.links:
            if link.fix is None or not link.fix.unique:
                continue
            new = {(span.start, span.end, text): (span, text) for span, text in link.fix.edits}
            if not any(_touch(span, other) for span, _ in new.values() for other, _ in made.values()):
                made.update(new)
            elif set(new) <= set(made):
                continue
    return list(made.values())


def _touch(one: Span, other: Span) -> bool:
    return one.source is other.source and one.start <= other.end and other.start <= one.end
