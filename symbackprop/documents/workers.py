"""Documents judged in processes of their own, so that a time limit holds even where no Python code runs.

A worker says which part of a document it takes up. Its limit is kept twice: by an alarm in Python, and, where that
does not come through, by a watchdog that ends the process. The document is then begun again in a new process, which
leaves out the part that was not finished: that part is UNDECIDED, and all others get the verdicts that they deserve.
"""

from __future__ import annotations

import faulthandler
import multiprocessing
import os
import signal
import threading
import traceback
import warnings
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from typing import TYPE_CHECKING, Any, Final

from symbackprop.documents.checking import Part, check_document
from symbackprop.documents.results import FileResult
from symbackprop.errors import EnginesDisagree, SymbackpropError

if TYPE_CHECKING:
    Messages = Connection[Any, Any]

GRACE: Final = 1.0  # seconds for the alarm to come through before the watchdog ends the process


@dataclass(frozen=True)
class Document:
    """What is to be checked, and the parts that are left out, each with the reason."""

    data: bytes
    name: str
    timeout: float
    sizes: tuple[int, ...] | None
    left_out: Mapping[Part, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Failed:
    """An exception of a worker, as far as it travels."""

    kind: type[BaseException]
    message: str
    reproduction: dict[str, object] | None = None
    trace: str = ""

    def raised(self) -> BaseException:
        if self.reproduction is not None:
            return EnginesDisagree(self.message, self.reproduction)
        if issubclass(self.kind, SymbackpropError | MemoryError | RecursionError):
            return self.kind(self.message)
        return RuntimeError(f"{self.message}\n{self.trace}")


def check_documents(documents: list[Document], jobs: int) -> list[FileResult]:
    """The documents' results in their order, judged by so many processes at a time."""
    return _Team(documents).results(min(jobs, len(documents)))


# in the worker


class _Watched:
    """Tells the parent which part is taken up, and lets the watchdog run while it is."""

    def __init__(self, messages: Messages, seconds: float, nowhere: Any) -> None:
        self.messages, self.seconds, self.nowhere = messages, seconds + GRACE, nowhere

    @contextmanager
    def __call__(self, part: Part) -> Iterator[None]:
        self.messages.send(part)
        faulthandler.dump_traceback_later(self.seconds, exit=True, file=self.nowhere)
        try:
            yield
        finally:
            faulthandler.cancel_dump_traceback_later()


def _work(messages: Messages, others: tuple[Messages, ...]) -> None:
    """One worker's life: a document in, its parts' names and then its result out, until there is none left."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent sees to it
    _interruptible(True)
    for other in others:
        other.close()  # else no one would notice that the parent is gone
    with open(os.devnull, "w") as nowhere:
        try:
            while True:
                messages.send(_judged(messages.recv(), messages, nowhere))
        except (EOFError, OSError):  # the parent is gone, or has no more
            pass


def _judged(document: Document, messages: Messages, nowhere: Any) -> FileResult | Failed:
    watched = _Watched(messages, document.timeout, nowhere)
    try:
        return check_document(
            document.data, document.name, document.timeout, document.sizes, watched, document.left_out
        )
    except OSError:
        raise
    except EnginesDisagree as problem:
        return Failed(EnginesDisagree, str(problem), problem.reproduction)
    except Exception as problem:
        return Failed(type(problem), str(problem), None, traceback.format_exc())


# in the parent


@dataclass(eq=False)
class _Worker:
    process: Any
    messages: Messages
    number: int | None = None  # of the document that it has
    part: Part | None = None


class _Team:
    def __init__(self, documents: list[Document]) -> None:
        self.documents = documents
        self.waiting = deque(range(len(documents)))
        self.done: dict[int, FileResult] = {}
        self.workers: list[_Worker] = []
        kinds = multiprocessing.get_all_start_methods()
        self.context: Any = multiprocessing.get_context("fork" if "fork" in kinds else None)

    def results(self, jobs: int) -> list[FileResult]:
        try:
            while len(self.done) < len(self.documents):
                while self.waiting and len(self.workers) < jobs:
                    self.workers.append(self._hired())
                for worker in self.workers:
                    if worker.number is None and self.waiting:
                        worker.number = self.waiting.popleft()
                        worker.messages.send(self.documents[worker.number])
                ready = wait([worker.messages for worker in self.workers])
                for worker in [w for w in self.workers if w.messages in ready]:
                    self._heard(worker)
        finally:
            for worker in self.workers:
                self._dismissed(worker)
        return [self.done[number] for number in range(len(self.documents))]

    def _hired(self) -> _Worker:
        ours, theirs = self.context.Pipe()
        forked = self.context.get_start_method() == "fork"
        others = (ours, *(worker.messages for worker in self.workers)) if forked else ()
        process = self.context.Process(target=_work, args=(theirs, others), daemon=True)
        _interruptible(False)  # between its birth and its first line a worker would print how it was interrupted
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DeprecationWarning)  # threads that only wait for work survive no fork
                process.start()
        finally:
            _interruptible(True)
        theirs.close()
        return _Worker(process, ours)

    def _heard(self, worker: _Worker) -> None:
        number = worker.number
        try:
            message = worker.messages.recv()
        except (EOFError, OSError):
            self._lost(worker)
            return
        if isinstance(message, Failed):
            raise message.raised()
        if isinstance(message, FileResult) and number is not None:
            self.done[number] = message
            worker.number = worker.part = None
        else:
            worker.part = message

    def _lost(self, worker: _Worker) -> None:
        """A worker that ended: its document is begun again without the part that it was at."""
        self.workers.remove(worker)
        self._dismissed(worker)
        if worker.number is None:
            return
        old = self.documents[worker.number]
        if worker.part is None or worker.part in old.left_out:
            raise SymbackpropError(f"{old.name}: the process that read it ended ({_ending(worker.process.exitcode)})")
        by_watchdog = worker.process.exitcode == 1
        why = f"stopped after {old.timeout:g} seconds" if by_watchdog else _ending(worker.process.exitcode)
        left_out = {**old.left_out, worker.part: why}
        self.documents[worker.number] = Document(old.data, old.name, old.timeout, old.sizes, left_out)
        self.waiting.appendleft(worker.number)

    def _dismissed(self, worker: _Worker) -> None:
        worker.messages.close()
        worker.process.kill()
        worker.process.join()


def _ending(code: int | None) -> str:
    if code is not None and code < 0:
        killed = f"ended by {signal.Signals(-code).name}"
        return f"{killed}, perhaps for want of memory" if code == -signal.SIGKILL else killed
    return f"ended with code {code}"


def _interruptible(on: bool) -> None:
    """Ctrl-C let through or held back, where the platform can and this is the main thread."""
    mask: Callable[..., Any] | None = getattr(signal, "pthread_sigmask", None)
    if mask is not None and threading.current_thread() is threading.main_thread():
        mask(signal.SIG_UNBLOCK if on else signal.SIG_BLOCK, {signal.SIGINT})
