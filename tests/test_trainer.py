"""Batches without copies of the data set, sets measured in parts, and data that stay in their file."""

from __future__ import annotations

import subprocess
import sys
import textwrap
import tracemalloc
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import symbackprop.mapped as mapped
from symbackprop.errors import SymbackpropError
from symbackprop.network import Network
from symbackprop.numpy_code import Compiled, Part, function
from symbackprop.samples import InMemory, Mapped, blocks
from symbackprop.scaling import mapped_standardisation, standardisation
from symbackprop.trainer import by_functions, by_steps, cost_of
from symbackprop.training import TrainingResult, train

HERE = Path(__file__).parent
RNG = np.random.default_rng(3)


def plain(network: Network) -> Compiled:
    return Compiled(network, (), {part: function(network, part) for part in Part})


def drawn(network: Network, samples: int) -> tuple[list[Any], Any, Any]:
    sizes = network.sizes or ()
    shapes = [shape for m, n in pairwise(sizes) for shape in ((n, m), (n,))]
    parameters = [RNG.normal(size=shape) * 0.3 for shape in shapes]
    return parameters, RNG.normal(size=(samples, sizes[0])), np.eye(sizes[-1])[RNG.integers(0, sizes[-1], samples)]


@pytest.mark.parametrize("total", ["mean", "sum"])
@pytest.mark.parametrize("decay", ["0", "0.3"])
def test_a_set_measured_in_parts_has_the_cost_and_gradient_of_the_whole(total: str, decay: str) -> None:
    network = Network([5, 4, 3], "tanh", "softmax", "cross_entropy", total=total, weight_decay=decay)
    parameters, x, y = drawn(network, 50)
    samples = InMemory(x, y, np.arange(3, 47))
    whole, parts = by_steps(network, parameters, samples), by_steps(network, parameters, samples, whole=0)
    parts.part = 7
    assert parts.whole is None
    expected = whole.measure()
    assert parts.measure() == pytest.approx(expected, rel=1e-12)
    np.testing.assert_allclose(parts.stepper.gradient, whole.stepper.gradient, rtol=1e-11, atol=1e-14)
    assert cost_of(plain(network), parameters, samples, 7) == pytest.approx(expected[0], rel=1e-12)


def test_steps_and_given_functions_train_alike() -> None:
    network = Network([5, 4, 3], "relu", "softmax", "cross_entropy", weight_decay="0.01")
    parameters, x, y = drawn(network, 20)
    samples = InMemory(x, y, np.arange(20))
    trainers = (by_steps(network, parameters, samples), by_functions(plain(network), parameters, samples))
    for trainer in trainers:
        trainer.measure()
        trainer.step(0.1)
        trainer.batch(np.array([4, 9, 2]), 0.1)
    for p, q in zip(*(trainer.parameters() for trainer in trainers), strict=True):
        np.testing.assert_allclose(p, q, rtol=1e-11, atol=1e-14)


def test_a_batch_holds_the_samples_that_were_asked_for_and_no_memory_of_the_user() -> None:
    x, y = RNG.normal(size=(9, 2)), RNG.normal(size=(9, 1))
    samples = InMemory(x, y, np.array([1, 3, 5, 7]))
    got_x, got_y = samples.chosen(np.array([3, 0]))
    np.testing.assert_array_equal(got_x, x[[7, 1]])
    np.testing.assert_array_equal(got_y, y[[7, 1]])
    assert not np.shares_memory(got_x, x)
    assert [len(part) for part, _ in blocks(samples, 3)] == [3, 1]


def test_an_epoch_of_mini_batches_allocates_no_copy_of_the_data() -> None:
    network = Network([200, 8, 2], "tanh", "softmax", "cross_entropy")
    parameters, x, y = drawn(network, 4000)
    trainer = by_steps(network, parameters, InMemory(x, y, np.arange(4000)), batch=50)
    order = RNG.permutation(4000)
    trainer.batch(order[:50], 0.1)
    tracemalloc.start()
    for begin in range(0, 4000, 50):
        trainer.batch(order[begin : begin + 50], 0.1)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 80_000 < x.nbytes / 50  # NumPy's own 64 KiB where it spreads an operand; a batch has 80,000 bytes


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small data set as files of every kind, with the limit lowered so that all are mapped."""
    monkeypatch.setattr(mapped, "LARGE", 1)
    x, y = RNG.normal(size=(60, 5)) * [1, 100, 1e-3, 1, 1], RNG.integers(0, 3, 60)
    x[:, 3] = 7.0
    np.savez(tmp_path / "data.npz", X=x, y=y)
    np.savez_compressed(tmp_path / "packed.npz", X=x, y=y)
    np.savez(tmp_path / "turned.npz", X=np.asfortranarray(x), y=y)
    np.save(tmp_path / "x.npy", x)
    np.save(tmp_path / "y.npy", y)
    return tmp_path


def trained(data: Any, target: str | None = None, **choices: Any) -> TrainingResult:
    return train(data, target, output="softmax", widths=(4,), epochs=3, seed=1, rate=0.1, **choices)


@pytest.mark.parametrize("batch", [None, 7])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_mapped_data_train_as_data_in_memory_do(files: Path, batch: int | None, dtype: str) -> None:
    with np.load(files / "data.npz") as arrays:
        expected = trained((arrays["X"], arrays["y"]), batch=batch, dtype=dtype)
    others = [(name, None) for name in ("data.npz", "turned.npz", "packed.npz")]
    for data, target in (*others, ("x.npy", str(files / "y.npy"))):
        result = trained(files / data, target, batch=batch, dtype=dtype)
        assert result.cost == pytest.approx(expected.cost, rel=1e-5 if dtype == "float32" else 1e-12)
        assert result.accuracy == expected.accuracy
        assert result.model.state.data == expected.model.state.data, "the digest tells the same data"


def test_only_what_was_stored_as_it_is_stays_in_the_file(files: Path) -> None:
    kinds = {name: type(mapped.npz(files / name)["X"]) for name in ("data.npz", "packed.npz")}
    assert kinds == {"data.npz": np.memmap, "packed.npz": np.ndarray}


def test_a_mapped_training_is_resumed(files: Path) -> None:
    trained(files / "data.npz", save=files / "m.npz", batch=7)
    rest = train(files / "data.npz", resume=files / "m.npz", epochs=2)
    assert (rest.epochs, rest.notes) == (5, ())


def test_a_model_predicts_from_the_array_that_it_was_trained_on(files: Path) -> None:
    from symbackprop.prediction import predict

    trained(files / "x.npy", str(files / "y.npy"), save=files / "m.npz")
    trained(files / "data.npz", save=files / "n.npz")
    lines = [str(predict(files / model, files / data)) for model, data in (("m.npz", "x.npy"), ("n.npz", "data.npz"))]
    assert lines[0] == lines[1]


def test_standardising_block_by_block_is_standardising(monkeypatch: pytest.MonkeyPatch) -> None:
    x = RNG.normal(size=(57, 3)) * [1, 1e4, 1] + [0, 1e6, 0]
    x[:, 2] = 0.1
    rows = np.sort(RNG.permutation(57)[:40])
    monkeypatch.setattr("symbackprop.scaling.BLOCK", 200)
    whole, parts = standardisation(x[rows], ("a", "b", "c")), mapped_standardisation(x, rows, ("a", "b", "c"))
    np.testing.assert_allclose(parts.mean, whole.mean, rtol=1e-13)
    np.testing.assert_allclose(parts.scale, whole.scale, rtol=1e-12)
    samples = Mapped(x, np.zeros((57, 1)), rows, parts)
    got = samples.chosen(np.arange(40))[0]
    assert np.allclose(got.mean(axis=0), 0, atol=1e-9) and np.array_equal(got[:, 2], np.zeros(40))


def test_what_is_not_finite_in_a_mapped_file_is_named_by_its_row(files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mapped, "BLOCK", 100)
    x = np.load(files / "x.npy")
    x[41, 2] = np.nan
    np.save(files / "x.npy", x)
    with pytest.raises(SymbackpropError, match=r"features, row 42, column 3: found nan"):
        trained(files / "x.npy", str(files / "y.npy"))


@pytest.mark.parametrize("name", ["data.npz", "x.npy"])
def test_a_damaged_mapped_file_is_refused_in_one_line(files: Path, name: str) -> None:
    path = files / name
    path.write_bytes(path.read_bytes()[:150])
    with pytest.raises(SymbackpropError, match=f"{name}: is a damaged") as caught:
        trained(path, str(files / "y.npy") if name == "x.npy" else None)
    assert len(str(caught.value).splitlines()) == 1


def test_a_bare_array_needs_a_file_of_targets(files: Path) -> None:
    with pytest.raises(SymbackpropError, match=r"name the \.npy file of the targets with --target"):
        trained(files / "x.npy")
    with pytest.raises(SymbackpropError, match=r"none\.npy: there is no such file"):
        trained(files / "x.npy", str(files / "none.npy"))


LIMITED = """
import resource, sys
import numpy as np
import symbackprop.numpy_code, symbackprop.trainer
from symbackprop.training import train
with open("/proc/self/status") as status:
    now = next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmData"))
resource.setrlimit(resource.RLIMIT_DATA, (now + 120 * 2**20,) * 2)
print(train(sys.argv[1], widths=(8,), epochs=1, batch=256, dtype="float32", rate=0.01).epochs)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the limit counts what a process allocates on Linux")
def test_data_larger_than_memory_trains(tmp_path: Path) -> None:
    """400 MB of features while 120 MB may be allocated; as float64 in memory they would be 800 MB."""
    from numpy.lib.format import open_memmap

    x = open_memmap(tmp_path / "x.npy", "w+", np.float32, (100_000, 1000))
    for begin in range(0, len(x), 10_000):
        x[begin : begin + 10_000, ::50] = RNG.normal(size=(10_000, 20))
    x.flush()
    del x
    np.save(tmp_path / "y.npy", RNG.normal(size=100_000).astype(np.float32))
    script = textwrap.dedent(LIMITED).replace('sys.argv[1], ', 'sys.argv[1], sys.argv[2], ')
    command = [sys.executable, "-c", script, str(tmp_path / "x.npy"), str(tmp_path / "y.npy")]
    environment = {"OPENBLAS_NUM_THREADS": "1", "PATH": ""}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=300)
    assert done.stdout.strip() == "1", done.stderr
