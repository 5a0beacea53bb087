"""A progress bar on stderr for whatever takes over a second; nothing at all in a pipe."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Progress = Callable[[int, int, str], None]  # done, of how many (0: not known), what comes next
PATIENCE = 1.0  # seconds before a bar is worth showing


@contextmanager
def progress_bar(what: str) -> Iterator[Progress | None]:
    """Yields `progress(done, total, name)`, or None where stderr is no terminal; a total of 0 means not known."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich import progress as rich
    from rich.console import Console

    ends = (rich.TextColumn("{task.description}"), rich.TextColumn("{task.fields[name]}"))
    columns = (ends[0], rich.BarColumn(), rich.TimeElapsedColumn(), ends[1])
    bar = rich.Progress(*columns, console=Console(stderr=True), transient=True)
    task = bar.add_task(what, total=None, name="")
    started, shown = time.monotonic(), False

    def progress(done: int, total: int, name: str) -> None:
        nonlocal shown
        if not shown and time.monotonic() - started > PATIENCE:
            bar.start()
            shown = True
        bar.update(task, total=total or None, completed=max(done, 0), name=name)

    try:
        yield progress
    finally:
        if shown:
            bar.stop()
