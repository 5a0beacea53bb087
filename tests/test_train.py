"""Training with the compiled, proven gradients: on real data, resumed, interrupted, diverging."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import train_command
from sklearn.datasets import load_digits
from threadpoolctl import threadpool_limits

from symbackprop.data import Task
from symbackprop.descent import Stop
from symbackprop.errors import SymbackpropError
from symbackprop.initialisation import Initialisation, Precision, initial_parameters
from symbackprop.model_file import load_model
from symbackprop.network import Network
from symbackprop.training import Progress, TrainingResult, accuracy, train

HERE = Path(__file__).parent
IRIS = HERE / "data" / "iris.csv"
XOR = ([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], ["same", "other", "other", "same"])


def held_out(result: TrainingResult) -> float:
    assert result.accuracy is not None
    assert result.accuracy.validation is not None
    return result.accuracy.validation


def test_iris_is_learned_to_093_on_flowers_held_out() -> None:
    seeds = {
        seed: held_out(train(IRIS, "species", seed=seed, validation=0.25, widths=(16,), rate=0.5, epochs=300))
        for seed in range(5)
    }
    print("iris, held out, by seed:", {seed: round(value, 4) for seed, value in seeds.items()})
    assert np.mean(list(seeds.values())) >= 0.93, seeds


def test_digits_are_learned_to_097_on_images_held_out() -> None:
    digits = load_digits()
    # such small matrices gain nothing from a second thread, and lose much to waiting where cores are busy
    with threadpool_limits(1):
        seeds = {
            seed: held_out(
                train(
                    (digits.data, digits.target),
                    task=Task.CLASSES,
                    seed=seed,
                    validation=0.25,
                    widths=(64,),
                    hidden="relu",
                    weight_decay="0.003",
                    rate=0.5,
                    epochs=300,
                    dtype="float32",
                )
            )
            for seed in range(5)
        }
    print("digits, held out, by seed:", {seed: round(value, 4) for seed, value in seeds.items()})
    assert np.mean(list(seeds.values())) >= 0.97, seeds


def test_xor_is_learned_whole_because_four_samples_are_too_few_to_hold_one_out() -> None:
    result = train(XOR, widths=(4,), epochs=1000)
    assert result.samples == (4, 0)
    assert result.accuracy is not None
    assert (result.accuracy.training, result.accuracy.validation) == (1.0, None)


def test_the_first_step_is_the_rate_times_the_gradient_of_the_total_cost() -> None:
    """Central differences of the cost itself, in double precision, against the step that training took."""
    from symbackprop.numpy_code import compile_network

    for total in ("mean", "sum"):
        choices = {"widths": (3,), "total": total, "rate": 0.01, "weight_decay": "0.1", "standardize": False}
        before = train(XOR, epochs=0, **choices).model  # type: ignore[arg-type]
        after = train(XOR, epochs=1, **choices).model  # type: ignore[arg-type]
        x, y = np.array(XOR[0]), np.array([[0, 1], [1, 0], [1, 0], [0, 1.0]])
        compiled = compile_network(before.network)
        for k, (w, moved) in enumerate(zip(before.parameters, after.parameters, strict=True)):
            for at in np.ndindex(w.shape):
                ends = []
                for h in (1e-5, -1e-5):
                    shifted = [p.copy() for p in before.parameters]
                    shifted[k][at] += h
                    ends.append(compiled.cost(shifted, x, y))
                slope = (ends[0] - ends[1]) / 2e-5
                assert moved[at] - w[at] == pytest.approx(-0.01 * slope, abs=1e-9)


def test_two_runs_with_one_seed_are_the_same_and_another_seed_is_not() -> None:
    one, same, other = (train(IRIS, "species", seed=seed, epochs=20) for seed in (1, 1, 2))
    assert (one.cost, one.accuracy) == (same.cost, same.accuracy)
    assert one.cost != other.cost


@pytest.mark.parametrize("batch", [None, 32])
def test_a_resumed_training_ends_where_an_uninterrupted_one_does(tmp_path: Path, batch: int | None) -> None:
    choices = {"batch": batch, "rate": 0.1, "seed": 3, "widths": (5,)}
    whole = train(IRIS, "species", epochs=30, **choices)  # type: ignore[arg-type]
    train(IRIS, "species", epochs=10, save=tmp_path / "m.npz", **choices)  # type: ignore[arg-type]
    rest = train(IRIS, epochs=20, resume=tmp_path / "m.npz")
    assert (rest.epochs, rest.cost, rest.accuracy) == (30, whole.cost, whole.accuracy)
    assert rest.notes == ()
    assert load_model(tmp_path / "m.npz").state.epochs == 30, "it is saved where it came from"


def test_resuming_with_other_data_says_so_and_with_other_choices_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "m.npz"
    train(IRIS, "species", epochs=5, save=path)
    fewer = tmp_path / "fewer.csv"
    fewer.write_text("".join(IRIS.read_text().splitlines(keepends=True)[:120]))
    assert "other data" in train(fewer, epochs=5, resume=path).notes[0]
    for choice, says in (
        ({"widths": (8,)}, "sizes: 4-16-3, asked for: 4-8-3"),
        ({"hidden": "relu"}, "hidden: tanh, asked for: relu"),
        ({"cost": "half_squared_error"}, "cost: cross_entropy"),
        ({"seed": 9}, "seed: 0, asked for: 9"),
        ({"dtype": "float32"}, "dtype: float64, asked for: float32"),
        ({"target": "petal_width"}, "target: species, asked for: petal_width"),
    ):
        with pytest.raises(SymbackpropError, match=says):
            train(IRIS, resume=path, epochs=1, **choice)  # type: ignore[arg-type]


def test_a_network_that_does_not_fit_the_data_is_refused() -> None:
    network = Network([4, 8, 2], "tanh", "softmax", "cross_entropy")
    with pytest.raises(SymbackpropError, match=r"4-8-2 does not fit the data: .* such as 4-8-3"):
        train(IRIS, "species", network=network)
    assert train(IRIS, "species", network=Network([4, 3], None, "softmax", "cross_entropy"), epochs=1).epochs == 1


def test_a_rate_that_is_too_high_is_answered_with_advice_and_keeps_the_old_file(tmp_path: Path) -> None:
    rows = "".join(f"{k},{k * k}\n" for k in range(40))
    (tmp_path / "square.csv").write_text("k,square\n" + rows)
    path = tmp_path / "m.npz"
    train(tmp_path / "square.csv", "square", epochs=5, rate=1e-3, save=path)
    old = path.read_bytes()
    result = train(tmp_path / "square.csv", "square", rate=100.0, save=path)
    assert result.stopped is Stop.DIVERGED
    assert "lower the rate, say to --rate 10" in result.advice
    assert result.model_path is None
    assert path.read_bytes() == old
    assert np.isfinite(result.cost)


def test_large_targets_are_learned_once_they_are_standardised() -> None:
    x = np.linspace(-1, 1, 40)[:, None]
    y = 1e5 + 5e4 * np.sin(3 * x[:, 0])
    result = train((x, y), standardize_target=True, epochs=3000, rate=0.2)
    assert result.cost < 0.01
    assert result.accuracy is None


def test_training_in_float32_stays_in_float32() -> None:
    result = train(IRIS, "species", dtype="float32", epochs=3)
    assert {p.dtype for p in result.model.parameters} == {np.dtype("float32")}


def test_progress_is_reported_after_every_epoch_and_the_history_is_short() -> None:
    seen: list[Progress] = []
    result = train(IRIS, "species", epochs=1000, widths=(3,), on_progress=seen.append)
    assert [p.epoch for p in seen] == list(range(1001))
    assert len(result.history) <= 202
    assert (result.history[0].epoch, result.history[-1].epoch) == (0, 1000)


def test_a_keyboard_interrupt_ends_training_with_a_saved_model(tmp_path: Path) -> None:
    def stop(progress: Progress) -> None:
        if progress.epoch == 7:
            raise KeyboardInterrupt

    result = train(IRIS, "species", save=tmp_path / "m.npz", on_progress=stop)
    assert (result.stopped, result.epochs) == (Stop.INTERRUPTED, 7)
    assert load_model(tmp_path / "m.npz").state.epochs == 7


def test_accuracy_counts_the_largest_output_or_the_side_of_a_half() -> None:
    outputs = np.array([[0.2, 0.7, 0.1], [0.5, 0.3, 0.2]])
    assert accuracy(Task.CLASSES, outputs, np.array([[0, 1, 0], [0, 0, 1.0]])) == 0.5
    assert accuracy(Task.BINARY, np.array([[0.5], [0.4], [0.9]]), np.array([[1.0], [1.0], [1.0]])) == pytest.approx(
        2 / 3
    )
    assert accuracy(Task.REGRESSION, outputs, outputs) is None


def test_initial_weights_have_the_spread_that_their_name_promises() -> None:
    network = Network([300, 400, 2], "relu", "softmax", "cross_entropy")
    he, _, last, bias = initial_parameters(network, Initialisation.AUTO, 0, Precision.FLOAT64)
    assert he.std() == pytest.approx(np.sqrt(2 / 300), rel=0.02)
    assert np.abs(last).max() <= np.sqrt(6 / 402)
    assert last.std() == pytest.approx(np.sqrt(2 / 402), rel=0.1)
    assert not bias.any()
    zeros = initial_parameters(network, Initialisation.ZEROS, 0, Precision.FLOAT32)
    assert not any(p.any() for p in zeros)


def test_the_command_prints_one_json_object(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model = tmp_path / "iris.npz"
    arguments = f"train {IRIS} --target species --epochs 50 --format json --save {model}".split()
    assert train_command.main(arguments) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["model"] == str(model)
    assert printed["epochs"] == 50
    assert set(printed["accuracy"]) == {"training", "validation"}
    assert {"cost", "gradient_norm", "seconds"} <= set(printed)


def test_the_commands_summary_says_what_was_trained(capsys: pytest.CaptureFixture[str]) -> None:
    assert train_command.main(f"train {IRIS} --target species --epochs 5 --widths 8-4".split()) == 0
    printed = capsys.readouterr()
    assert "4-8-4-3, tanh, softmax, cross_entropy, mean over samples" in printed.out
    assert "120 to train on, 30 held out" in printed.out
    assert "\x1b" not in printed.out + printed.err, "no colours into a pipe"


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ("--widths 2--3", "nothing stands at place 2"),
        ("--widths 0", "'0' stands at place 1"),
        ("--widths=-1", "nothing stands at place 1"),
        ("--hidden tanhh", "did you mean 'tanh'?"),
        ("--cost crossentropy", "did you mean 'cross_entropy'?"),
        ("--output identity --cost cross_entropy", "is defined for outputs in (0, infinity)"),
        ("--rate 0", "a rate of 0: expected a number above 0"),
        ("--validation 1", "a validation share of 1"),
        ("--curve curve.gif", "drawn as .png or .svg"),
        ("--resume none.npz", "there is no such file"),
    ],
)
def test_bad_options_are_one_line_and_exit_code_2(options: str, says: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert train_command.main([*f"train {IRIS} --target species --epochs 1".split(), *options.split()]) == 2
    printed = capsys.readouterr()
    assert says in printed.err
    assert printed.err.count("\n") == 1
    assert printed.out == ""


def test_a_diverging_command_exits_with_2_and_the_advice(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = f"train {IRIS} --target petal_width --ignore species --rate 1e6".split()
    assert train_command.main(arguments) == 2
    printed = capsys.readouterr()
    assert "diverged" in printed.out
    assert "lower the rate" in printed.err


@pytest.mark.parametrize("name", ["curve.png", "curve.svg"])
def test_the_learning_curve_is_a_picture_and_the_same_for_the_same_run(tmp_path: Path, name: str) -> None:
    pytest.importorskip("matplotlib")
    pictures = []
    for _ in range(2):
        command = f"train {IRIS} --target species --epochs 30 --quiet --curve {tmp_path / name}".split()
        assert train_command.main(command) == 0
        pictures.append((tmp_path / name).read_bytes())
    assert pictures[0] == pictures[1]
    assert pictures[0].startswith(b"\x89PNG" if name.endswith("png") else b"<?xml")


def test_without_matplotlib_the_curve_is_refused_before_training(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert train_command.main(f"train {IRIS} --target species --curve curve.png".split()) == 2
    assert "pip install 'symbackprop[plot]'" in capsys.readouterr().err


@dataclass
class Terminal:
    """A command whose standard error is a terminal."""

    process: subprocess.Popen[str]
    leader: int
    shown: str = ""

    def read(self, until: str | None = None) -> None:
        """Reads what is shown until `until` is among it, or to the end."""
        while until is None or until not in self.shown:
            try:
                chunk = os.read(self.leader, 65536)
            except OSError:  # how Linux says that the other side has closed
                return
            if not chunk:
                return
            self.shown += chunk.decode(errors="replace")


@contextmanager
def on_a_terminal(*arguments: object, **environment: str) -> Iterator[Terminal]:
    pty = pytest.importorskip("pty")
    leader, follower = pty.openpty()
    base = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "FORCE_COLOR")}
    process = subprocess.Popen(
        [sys.executable, str(HERE / "train_command.py"), *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=follower,
        text=True,
        env={**base, "TERM": "xterm-256color", "COLUMNS": "120", **environment},
        # a shell in the background may have SIGINT ignored, and a child would inherit that
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    os.close(follower)
    try:
        yield Terminal(process, leader)
    finally:
        process.kill()
        process.communicate()
        os.close(leader)


def test_ctrl_c_ends_the_command_with_130_and_a_saved_model(tmp_path: Path) -> None:
    model, curve = tmp_path / "m.npz", tmp_path / "curve.png"
    forever = ("--epochs", 10**8, "--tolerance", 0)
    with on_a_terminal("train", IRIS, "--target", "species", *forever, "--save", model, "--curve", curve) as terminal:
        terminal.read(until="cost")
        terminal.process.send_signal(signal.SIGINT)
        terminal.read()
        out, _ = terminal.process.communicate(timeout=60)
        assert terminal.process.returncode == 130, terminal.shown
    assert "stopped   interrupted after" in out
    assert "Traceback" not in terminal.shown
    assert load_model(model).state.epochs > 0
    assert curve.exists()
    assert sorted(os.listdir(tmp_path)) == ["curve.png", "m.npz"]


def test_on_a_terminal_a_bar_shows_cost_and_accuracy_and_no_color_is_respected() -> None:
    shown = []
    for environment in ({}, {"NO_COLOR": "1"}):
        with on_a_terminal("train", IRIS, "--target", "species", "--epochs", 2000, **environment) as terminal:
            terminal.read()
            assert terminal.process.wait(60) == 0
            shown.append(terminal.shown)
    assert re.search(r"epoch \d+/2000  cost [\d.]+  accuracy [\d.]+, held out [\d.]+", shown[0])
    colour = re.compile(r"\x1b\[[0-9;]*3[0-8][0-9;]*m")
    assert colour.search(shown[0])
    assert not colour.search(shown[1])


def test_a_pipe_that_closes_early_is_no_error(tmp_path: Path) -> None:
    model = tmp_path / "m.npz"
    train(IRIS, "species", epochs=1, save=model)
    many = tmp_path / "many.csv"
    lines = IRIS.read_text().splitlines(keepends=True)
    many.write_text(lines[0] + "".join(lines[1:]) * 300)
    process = subprocess.Popen(
        [sys.executable, str(HERE / "train_command.py"), "predict", str(model), str(many)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    if process.stdout is None or process.stderr is None:
        pytest.fail("no pipes")
    assert process.stdout.readline().startswith(b"species,")
    process.stdout.close()
    errors = process.stderr.read()
    process.stderr.close()
    assert process.wait(60) == 0
    assert errors == b""


def test_a_full_disk_at_the_end_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(handle: int) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(SymbackpropError, match="No space left on device"):
        train(IRIS, "species", epochs=1, save=tmp_path / "m.npz")
    assert os.listdir(tmp_path) == []
