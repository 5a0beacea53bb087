"""The learning curve of a training as a PNG or SVG picture, drawn by matplotlib."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from symbackprop.atomic import check_writable, write_atomically
from symbackprop.errors import SymbackpropError
from symbackprop.training import Progress

FORMATS = (".png", ".svg")


def check_curve(path: str | Path) -> None:
    """Raises SymbackpropError, before any training, where the curve could not be drawn or written
    afterwards."""
    if Path(path).suffix.lower() not in FORMATS:
        raise SymbackpropError(f"{path}: a learning curve is drawn as {' or '.join(FORMATS)}: expected such a name")
    check_writable(path)
    if importlib.util.find_spec("matplotlib") is None:
        raise SymbackpropError(
            "a learning curve is drawn by matplotlib: install it with pip install 'symbackprop[plot]'"
        )


def draw_curve(history: Sequence[Progress], path: str | Path) -> None:
    """Cost and, for a classification, accuracy over the epochs. Raises SymbackpropError where it cannot be
    written."""
    check_curve(path)
    import matplotlib
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    with_accuracy = any(point.accuracy is not None for point in history)
    figure = Figure(figsize=(6.4, 6.4 if with_accuracy else 3.6), layout="constrained")
    FigureCanvasAgg(figure)
    panels = figure.subplots(2 if with_accuracy else 1, 1, sharex=True, squeeze=False)[:, 0]
    _draw_cost(panels[0], history)
    if with_accuracy:
        _draw_accuracy(panels[1], history)
    panels[-1].set_xlabel("epoch")
    kind = Path(path).suffix.lower().removeprefix(".")
    # the same run, the same bytes
    undated: dict[str, Any] = {"metadata": {"Date": None}} if kind == "svg" else {}
    with matplotlib.rc_context({"svg.hashsalt": "symbackprop"}):
        write_atomically(path, lambda file: figure.savefig(file, format=kind, dpi=150, **undated))


def _draw_cost(panel: Any, history: Sequence[Progress]) -> None:
    epochs = [point.epoch for point in history]
    panel.plot(epochs, [point.cost for point in history], label="training", **_mark(epochs))
    held_out = [point.validation_cost for point in history if point.validation_cost is not None]
    if held_out:
        panel.plot(epochs, held_out, label="held out", **_mark(epochs))
        panel.legend()
    if all(value > 0 for value in (*held_out, *(point.cost for point in history))):
        panel.set_yscale("log")
    panel.set_ylabel("cost")
    panel.grid(alpha=0.3)


def _draw_accuracy(panel: Any, history: Sequence[Progress]) -> None:
    measured = [(point.epoch, point.accuracy) for point in history if point.accuracy is not None]
    epochs = [epoch for epoch, _ in measured]
    panel.plot(epochs, [both.training for _, both in measured], label="training", **_mark(epochs))
    if all(both.validation is not None for _, both in measured):
        panel.plot(epochs, [both.validation for _, both in measured], label="held out", **_mark(epochs))
        panel.legend()
    panel.set_ylabel("accuracy")
    panel.set_ylim(-0.02, 1.02)
    panel.grid(alpha=0.3)


def _mark(epochs: Sequence[int]) -> dict[str, Any]:
    """A line through a single point would not be seen."""
    return {"marker": "o"} if len(epochs) == 1 else {}
