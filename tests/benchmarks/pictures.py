"""Two pictures of the training measurements: time against size, and ratio to the floor."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from training_speed import CONTENDERS, FLOOR, Result, counted, geometric_mean

COLOURS = dict(zip(CONTENDERS, ("#d62728", "#7f7f7f", "#000000", "#ff7f0e", "#9467bd", "#1f77b4"), strict=True))


def draw(results: Sequence[Result], folder: Path) -> list[str]:
    """The pictures' file names; none where matplotlib is missing."""
    try:
        import matplotlib
    except ModuleNotFoundError:
        print("matplotlib is missing: no pictures")
        return []
    matplotlib.use("Agg")
    made = []
    for name, title, floor in (
        ("training-time.png", "microseconds a step", False),
        ("training-floor.png", "times the matrix products alone", True),
    ):
        _picture(results, folder / name, title, floor)
        made.append(name)
    return made


def _picture(results: Sequence[Result], path: Path, title: str, floor: bool) -> None:
    """One panel a type and number of threads, one line a contender: geometric means over functions and costs."""
    from matplotlib import pyplot

    panels = sorted({(r.setting.threads, r.setting.dtype) for r in results})
    columns = min(2, len(panels))
    rows = math.ceil(len(panels) / columns)
    figure, axes = pyplot.subplots(rows, columns, figsize=(5.5 * columns, 3.8 * rows), squeeze=False, sharey=True)
    for ax, (threads, dtype) in zip(axes.flat, panels, strict=False):
        some = [r for r in results if (r.setting.threads, r.setting.dtype) == (threads, dtype)]
        _lines(ax, some, floor)
        ax.set(xscale="log", yscale="log", title=f"{dtype}, {counted(threads)}")
        ax.grid(alpha=0.3, which="both")
        ax.yaxis.set_major_formatter("{x:,g}")
        ax.yaxis.set_minor_formatter("{x:,g}" if floor else "")
        ax.xaxis.set_minor_formatter("")
        ax.tick_params(axis="y", which="minor", labelsize="x-small")
    for ax in axes[-1]:
        ax.set_xlabel("multiplications and additions of the products")
    for row in axes:
        row[0].set_ylabel(title)
    axes[0][0].legend(fontsize="small")
    figure.tight_layout()
    figure.savefig(path, dpi=110)
    pyplot.close(figure)


def _lines(ax: Any, results: Sequence[Result], floor: bool) -> None:
    shapes = sorted({(r.setting.work, r.setting.shape) for r in results})
    for name in CONTENDERS:
        xs, ys = [], []
        for work, shape in shapes:
            same = [r for r in results if r.setting.shape == shape and name in r.times]
            if not same or (floor and FLOOR not in same[0].times):
                continue
            xs.append(work)
            ys.append(geometric_mean([r.median(name) / (r.median(FLOOR) if floor else 1) for r in same]))
        if xs:
            ax.plot(xs, ys, marker="o", markersize=4, label=name, color=COLOURS[name])
