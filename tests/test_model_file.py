"""Saving and loading: nothing is lost, nothing is run, and a failing save destroys nothing."""

from __future__ import annotations

import errno
import os
import stat
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from symbackprop.atomic import write_atomically
from symbackprop.data import Task
from symbackprop.errors import SymbackpropError
from symbackprop.model_file import Model, TrainingState, check_save, load_model, save_model
from symbackprop.network import Network
from symbackprop.raw_data import Layout
from symbackprop.scaling import Standardisation, unchanged


def model(dtype: str = "float64") -> Model:
    network = Network([2, 3, 2], ["relu"], "softmax", "cross_entropy", "sum", "1/10")
    random = np.random.default_rng(0)
    shapes = ((3, 2), (3,), (2, 3), (2,))
    return Model(
        network,
        tuple(random.normal(size=shape).astype(dtype) for shape in shapes),
        Standardisation(np.array([0.1, 1 / 3]), np.array([2.0, 1e-9])),
        unchanged(2),
        Task.CLASSES,
        ("ñandú, grey", 'a "b"'),
        Layout(("x", "höhe"), ("kind",), True, (1, 3), (2,), 3),
        TrainingState(7, 0.1, None, 1e-6, 3, 0.25, 1.5, "abc"),
    )


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_what_is_loaded_is_what_was_saved(tmp_path: Path, dtype: str) -> None:
    saved = model(dtype)
    save_model(saved, tmp_path / "m.npz")
    loaded = load_model(tmp_path / "m.npz")
    for name in ("network", "task", "labels", "layout", "state"):
        assert getattr(loaded, name) == getattr(saved, name)
    for a, b in zip(saved.parameters, loaded.parameters, strict=True):
        assert a.dtype == b.dtype
        assert np.array_equal(a, b)
    assert np.array_equal(saved.standardisation.mean, loaded.standardisation.mean)
    assert np.array_equal(saved.standardisation.scale, loaded.standardisation.scale)


def test_the_file_needs_no_pickle_and_its_bytes_depend_on_the_model_alone(tmp_path: Path) -> None:
    for name in ("a.npz", "b.npz"):
        save_model(model(), tmp_path / name)
    with np.load(tmp_path / "a.npz", allow_pickle=False) as arrays:
        assert set(arrays) == {"about", "W1", "b1", "W2", "b2", "mean", "scale", "target_mean", "target_scale"}
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()


def test_a_full_disk_leaves_the_old_file_and_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "m.npz"
    save_model(model(), path)
    before = path.read_bytes()

    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(SymbackpropError, match="No space left on device; nothing was changed"):
        save_model(replace(model(), labels=("c", "d")), path)
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == ["m.npz"]


def test_a_disk_that_is_full_while_writing_is_one_line_too(tmp_path: Path) -> None:
    path = tmp_path / "m.npz"
    path.write_bytes(b"old")

    def half(file: Any) -> None:
        file.write(b"new, but on")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with pytest.raises(SymbackpropError, match="No space left"):
        write_atomically(path, half)
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["m.npz"]


def test_an_interrupt_while_writing_leaves_the_old_file_and_no_other(tmp_path: Path) -> None:
    path = tmp_path / "m.npz"
    path.write_bytes(b"old")

    def interrupted(file: Any) -> None:
        file.write(b"new, but on")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_atomically(path, interrupted)
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["m.npz"]


def test_saving_follows_links_and_keeps_the_permissions(tmp_path: Path) -> None:
    (tmp_path / "real.npz").write_bytes(b"")
    (tmp_path / "real.npz").chmod(0o640)
    (tmp_path / "link.npz").symlink_to("real.npz")
    save_model(model(), tmp_path / "link.npz")
    assert (tmp_path / "link.npz").is_symlink()
    assert load_model(tmp_path / "real.npz").labels == model().labels
    assert stat.S_IMODE((tmp_path / "real.npz").stat().st_mode) == 0o640


def test_a_save_that_would_destroy_something_else_is_refused_beforehand(tmp_path: Path) -> None:
    notes = tmp_path / "notes.txt"
    notes.write_text("dear diary")
    for path, says in (
        (notes, "exists and holds no readable model"),
        (tmp_path, "is a directory"),
        (tmp_path / "none" / "m.npz", "does not exist"),
        (Path("/dev/null"), "is no ordinary file"),
    ):
        with pytest.raises(SymbackpropError, match=says):
            check_save(path)
    with pytest.raises(SymbackpropError, match="is the data itself"):
        check_save(notes, notes)
    save_model(model(), tmp_path / "m.npz")
    check_save(tmp_path / "m.npz")
    check_save(tmp_path / "new.npz")


def arrays_of(path: Path) -> dict[str, Any]:
    save_model(model(), path)
    with np.load(path) as archive:
        return dict(archive)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda a: a.pop("about"), "is an .npz file, but no model"),
        (lambda a: a.update(about=np.array("{")), "its description is not ours"),
        (lambda a: a.update(about=np.array("[" * 100_000)), "its description is not ours"),
        (lambda a: a.update(about=np.array(3)), "its description is not ours"),
        (lambda a: a.update(about=edited(a, '"version": 1', '"version": 2')), "a newer symbackprop reads it"),
        (
            lambda a: a.update(about=edited(a, "[2, 3, 2]", "[2, 4, 2]")),
            "W1: found shape (3, 2), expected shape (4, 2)",
        ),
        (lambda a: a.update(about=edited(a, "[2, 3, 2]", "[2, true, 2]")), "'sizes' is missing or of the wrong kind"),
        (lambda a: a.update(about=edited(a, "[2, 3, 2]", '"2-3-2"')), "'sizes' is missing or of the wrong kind"),
        (lambda a: a.update(about=edited(a, '"relu"', '"relux"')), "unknown function 'relux'"),
        (lambda a: a.update(about=edited(a, '"relu"', '"any"')), "its functions are not all named"),
        (lambda a: a.update(about=edited(a, '"classes"', '"clas"')), "'clas' is not a valid Task"),
        (lambda a: a.update(about=edited(a, '"rate": 0.1', '"rate": NaN')), "'rate' is not finite"),
        (lambda a: a.update(about=edited(a, '"feature_columns": [1, 3]', '"feature_columns": [1]')), "feature names"),
        (lambda a: a.pop("b2"), "b2: found nothing"),
        (lambda a: a["W1"].fill(np.nan), "W1: holds a value that is not finite"),
        (lambda a: a.update(b1=a["b1"].astype("float32")), "b1: of type float32"),
        (lambda a: a.update(W1=a["W1"].astype("int64")), "W1: of type int64"),
        (lambda a: a["scale"].fill(0), "'scale' holds values that are no scale"),
        (lambda a: a.pop("mean"), "'mean' is missing"),
    ],
)
def test_a_model_file_that_was_tampered_with_is_one_line(
    tmp_path: Path, change: Callable[[dict[str, Any]], object], says: str
) -> None:
    path = tmp_path / "m.npz"
    arrays = arrays_of(path)
    change(arrays)
    np.savez(path, **arrays)
    with pytest.raises(SymbackpropError) as caught:
        load_model(path)
    assert says in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def edited(arrays: dict[str, Any], old: str, new: str) -> np.ndarray:
    return np.array(str(arrays["about"]).replace(old, new))


def test_a_pickle_in_a_model_file_is_not_run(tmp_path: Path) -> None:
    path = tmp_path / "m.npz"
    arrays = arrays_of(path)
    arrays["about"] = np.array([Bomb(tmp_path / "boom")], dtype=object)
    np.savez(path, **arrays)
    with pytest.raises(SymbackpropError, match="Python objects"):
        load_model(path)
    assert not (tmp_path / "boom").exists()


class Bomb:
    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Callable[[str], None], tuple[str]]:
        return os.mkdir, (str(self.path),)


@pytest.mark.parametrize("content", [b"", b"weights", b"PK\x03\x04", b"\x93NUMPY\x01\x00v\x00{", b"\x80\x04K\x01."])
def test_a_foreign_file_is_one_line(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "m.npz").write_bytes(content)
    with pytest.raises(SymbackpropError, match=r"m\.npz: is "):
        load_model(tmp_path / "m.npz")


def test_another_zip_file_is_one_line(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "m.npz", "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
    with pytest.raises(SymbackpropError, match="no model"):
        load_model(tmp_path / "m.npz")


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_damaged_file_is_refused_or_harmless(tmp_path: Path, data: st.DataObject) -> None:
    """One byte changed, or the end cut off: a line, or the very same model (some bytes of a zip mean nothing)."""
    path = tmp_path / "m.npz"
    save_model(model(), path)
    whole = path.read_bytes()
    at = data.draw(st.integers(0, len(whole) - 1))
    byte = data.draw(st.one_of(st.none(), st.integers(1, 255)))
    path.write_bytes(whole[:at] if byte is None else whole[:at] + bytes([whole[at] ^ byte]) + whole[at + 1 :])
    try:
        loaded = load_model(path)
    except SymbackpropError as error:
        assert len(str(error).splitlines()) == 1
    else:
        assert all(map(np.array_equal, loaded.parameters, model().parameters))
    finally:
        path.unlink()
