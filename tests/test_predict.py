"""Prediction: the right columns are found, and what is printed reads back exactly."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
import train_command

from symbackprop.errors import SymbackpropError
from symbackprop.prediction import predict
from symbackprop.training import train

IRIS = Path(__file__).parent / "data" / "iris.csv"


@pytest.fixture(scope="module")
def flowers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of Iris."""
    path = tmp_path_factory.mktemp("model") / "iris.npz"
    train(IRIS, "species", epochs=200, save=path)
    return path


def iris_columns(order: list[str], delimiter: str = ",") -> str:
    with IRIS.open() as file:
        rows = list(csv.DictReader(file))
    return "\n".join([delimiter.join(order), *(delimiter.join(row[name] for name in order) for row in rows)]) + "\n"


FEATURES = ["sepal_length", "sepal_width", "petal_length", "petal_width"]


def test_labels_are_restored_and_mostly_right(flowers: Path) -> None:
    predicted = predict(flowers, IRIS)
    with IRIS.open() as file:
        truth = [row["species"] for row in csv.DictReader(file)]
    assert np.mean([a == b for a, b in zip(predicted.labels, truth, strict=True)]) > 0.95
    assert predicted.columns == ("species", "p(setosa)", "p(versicolor)", "p(virginica)")
    assert np.allclose(predicted.outputs.sum(axis=1), 1)


@pytest.mark.parametrize(
    "content",
    [
        iris_columns(FEATURES),
        iris_columns(FEATURES[::-1]),
        iris_columns(["species", *FEATURES[::-1]], ";"),
        "\n".join(iris_columns(FEATURES).splitlines()[1:]),
        "\n".join(IRIS.read_text().splitlines()[1:]),
    ],
    ids=["no target", "other order", "target first", "no header", "no header but the target"],
)
def test_the_same_flowers_in_another_file_get_the_same_predictions(flowers: Path, tmp_path: Path, content: str) -> None:
    (tmp_path / "f.csv").write_text(content)
    assert np.array_equal(predict(flowers, tmp_path / "f.csv").outputs, predict(flowers, IRIS).outputs)


def test_extra_columns_are_named_in_a_note_and_not_used(flowers: Path, tmp_path: Path) -> None:
    lines = IRIS.read_text().splitlines()
    (tmp_path / "f.csv").write_text("\n".join(["colour," + lines[0], *(f"blue,{line}" for line in lines[1:])]))
    predicted = predict(flowers, tmp_path / "f.csv")
    assert predicted.notes == ("1 column not among the model's features, not used: colour",)
    assert np.array_equal(predicted.outputs, predict(flowers, IRIS).outputs)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (iris_columns(FEATURES[:3]), "the model's feature 'petal_width'"),
        (iris_columns(FEATURES).replace("petal_width", "petal_widht"), "did you mean 'petal_widht'?"),
        ("1,2,3\n", "found 3 columns, expected 4 feature columns, or 5 as in training"),
        (iris_columns(FEATURES).replace("5.1", "tall"), "row 2, column 1 ('sepal_length'): found 'tall'"),
        ("", "the file is empty"),
    ],
)
def test_a_file_that_does_not_fit_the_model_is_one_line(flowers: Path, tmp_path: Path, content: str, says: str) -> None:
    (tmp_path / "f.csv").write_text(content)
    with pytest.raises(SymbackpropError) as caught:
        predict(flowers, tmp_path / "f.csv")
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_npz_of_another_width_is_refused(flowers: Path, tmp_path: Path) -> None:
    np.savez(tmp_path / "d.npz", X=np.ones((2, 5)))
    with pytest.raises(SymbackpropError, match="found 5 features, expected 4"):
        predict(flowers, tmp_path / "d.npz")
    with pytest.raises(SymbackpropError, match="found 3 features, expected 4"):
        predict(flowers, np.ones((2, 3)))


def test_what_is_printed_reads_back_exactly(flowers: Path) -> None:
    predicted = predict(flowers, IRIS)
    rows = list(csv.reader("".join(predicted.csv_rows()).splitlines()))
    assert rows[0] == list(predicted.columns)
    assert tuple(row[0] for row in rows[1:]) == predicted.labels
    assert np.array_equal(np.array([row[1:] for row in rows[1:]], dtype=float), predicted.outputs)


def test_regression_answers_in_the_units_of_the_target(tmp_path: Path) -> None:
    x = np.linspace(-1, 1, 50)[:, None]
    (tmp_path / "d.csv").write_text("x,price\n" + "".join(f"{v},{1000 + 300 * v}\n" for v in x[:, 0]))
    train(tmp_path / "d.csv", "price", standardize_target=True, epochs=500, save=tmp_path / "m.npz")
    predicted = predict(tmp_path / "m.npz", tmp_path / "d.csv")
    assert predicted.columns == ("price",)
    assert predicted.labels == ()
    assert np.abs(predicted.outputs - (1000 + 300 * x)).max() < 30


def test_a_yes_or_no_is_decided_at_a_half() -> None:
    x = np.linspace(-1, 1, 30)[:, None]
    model = train((x, (x[:, 0] > 0).astype(int)), cost="binary_cross_entropy", epochs=500, rate=1.0).model
    predicted = predict(model, x)
    assert predicted.columns == ("prediction", "p(1)")
    assert predicted.labels == tuple("01"[int(v > 0.5)] for v in predicted.outputs[:, 0])
    assert set(predicted.labels) == {"0", "1"}


def test_the_command_prints_or_writes_the_same_csv(
    flowers: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert train_command.main(["predict", str(flowers), str(IRIS)]) == 0
    printed = capsys.readouterr().out
    assert train_command.main(["predict", str(flowers), str(IRIS), "--out", str(tmp_path / "out.csv")]) == 0
    assert capsys.readouterr().out == ""
    assert (tmp_path / "out.csv").read_text() == printed


def test_the_command_does_not_overwrite_what_it_reads(flowers: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = IRIS.read_bytes()
    assert train_command.main(["predict", str(flowers), str(IRIS), "--out", str(IRIS)]) == 2
    assert "is read from" in capsys.readouterr().err
    assert IRIS.read_bytes() == before
