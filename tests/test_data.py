"""Reading data: what is understood, what is refused, and that a refusal names the place."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, strategies as st

from symbackprop.data import Functions, Task, check_targets, choose_functions, read_targets
from symbackprop.errors import SymbackpropError
from symbackprop.raw_data import raw_from_arrays, read_raw
from symbackprop.scaling import split, standardisation
from symbackprop.table import Header

IRIS = Path(__file__).parent / "data" / "iris.csv"
ROWS = "width,height,kind\n1,10,oak\n2,20,elm\n3,30,oak\n"


def written(folder: Path, content: str | bytes, name: str = "data.csv") -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def refusal(path: Path, target: str | None = "kind", **choices: object) -> str:
    with pytest.raises(SymbackpropError) as caught:
        read_targets(read_raw(path, target, **choices))  # type: ignore[arg-type]
    message = str(caught.value)
    assert "\n" not in message
    assert message.startswith(str(path))
    return message.removeprefix(str(path)).removeprefix(": ")


def test_iris_is_read_as_150_flowers_of_three_kinds() -> None:
    data = read_targets(read_raw(IRIS, "species"))
    assert data.x.shape == (150, 4)
    assert data.y.sum(axis=0).tolist() == [50, 50, 50]
    assert data.labels == ("setosa", "versicolor", "virginica")
    assert data.layout.features == ("sepal_length", "sepal_width", "petal_length", "petal_width")


@pytest.mark.parametrize(
    "content",
    [
        ROWS,
        ROWS.replace(",", ";"),
        ROWS.replace(",", "\t"),
        ROWS.replace(",", ", "),
        ROWS.replace("\n", "\r\n"),
        ROWS.replace("\n", "\r"),
        ROWS.replace("\n", "\n\n"),
        "\ufeff" + ROWS,
        ROWS.replace("oak", '"oak"').replace("10", '"10"'),
        ROWS.rstrip("\n"),
    ],
    ids=["comma", "semicolon", "tab", "spaces", "crlf", "cr", "blank lines", "bom", "quotes", "no last newline"],
)
def test_the_same_table_in_other_clothes_is_read_the_same(tmp_path: Path, content: str) -> None:
    data = read_targets(read_raw(written(tmp_path, content), "kind"))
    assert data.x.tolist() == [[1, 10], [2, 20], [3, 30]]
    assert data.labels == ("elm", "oak")
    assert data.y.tolist() == [[0, 1], [1, 0], [0, 1]]


def test_a_file_without_header_is_read_by_column_numbers_from_1(tmp_path: Path) -> None:
    data = read_targets(read_raw(written(tmp_path, "oak,1,10\nelm,2,20\n"), 1))
    assert data.x.tolist() == [[1, 10], [2, 20]]
    assert data.layout.features == ("column 2", "column 3")


def test_a_column_number_works_beside_a_header_and_a_name_wins_over_a_number(tmp_path: Path) -> None:
    assert read_raw(written(tmp_path, ROWS), "3").layout.targets == ("kind",)
    named = written(tmp_path, "a,1,y\n5,6,7\n8,9,10\n", "numbers.csv")
    assert read_raw(named, "1", Header.YES).layout.targets == ("1",)


def test_a_target_name_with_a_comma_is_one_column(tmp_path: Path) -> None:
    path = written(tmp_path, 'x,"mass, dry"\n1,2\n3,4\n')
    assert read_raw(path, "mass, dry").layout.targets == ("mass, dry",)


def test_ignored_columns_are_no_features(tmp_path: Path) -> None:
    path = written(tmp_path, "id,width,kind\nno-1,1,oak\nno-2,2,elm\n")
    assert read_raw(path, "kind", ignore=("id",)).layout.features == ("width",)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (ROWS + "4,40\n", "row 5: found 2 cells, expected 3"),
        (ROWS.replace("20", "tall"), "row 3, column 2 ('height'): found 'tall', expected a number"),
        (ROWS.replace("20", "1_000"), "row 3, column 2 ('height'): found '1_000', expected a number"),
        (ROWS.replace("20", ""), "row 3, column 2 ('height'): found nothing, expected a number"),
        (ROWS.replace("20", "NA"), "row 3, column 2 ('height'): found 'NA', expected a number: fill the missing"),
        (ROWS.replace("20", "nan"), "row 3, column 2 ('height'): found nan, expected a finite number"),
        (ROWS.replace("20", "-inf"), "row 3, column 2 ('height'): found -inf, expected a finite number"),
        (ROWS.replace("20", "1e999"), "row 3, column 2 ('height'): found inf, expected a finite number"),
        (ROWS.replace("elm", ""), "row 3, 'kind': found nothing, expected a class label"),
        (ROWS.replace("oak", "elm"), "kind: all 3 rows are of one class, 'elm': expected at least two"),
        (ROWS.replace("elm", '"elm'), "row 4: a quotation mark is opened and never closed"),
        ("", "the file is empty"),
        ("\n \n", "the file is empty"),
        ("width,height,kind\n", "a header and no row of data"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "byte 0x89 at offset 0 is no UTF-8 text"),
        (b"width,kind\n1,\0\n", "holds NUL bytes"),
        (ROWS.encode("utf-16"), "the text is UTF-16, expected UTF-8"),
        (ROWS.replace("kind", "height"), "no column 'kind'"),
        ("kind\noak\nelm\n", "no column is left for the features"),
        ("width,kind\n1,1\n2,2\n3,oak\n", "row 4, 'kind': found 'oak', expected a number like the other targets"),
        (
            "width;kind\n1,5;oak\n2,5;elm\n",
            "row 2, column 1 ('width'): found '1,5', expected a number: write a decimal",
        ),
        (b"PK\x03\x04 no zip at all", "is a damaged .npz file"),
        (b"\x93NUMPY\x01\x00", "holds one bare array"),
    ],
)
def test_a_table_that_is_wrong_is_refused_with_its_place(tmp_path: Path, content: str | bytes, says: str) -> None:
    assert refusal(written(tmp_path, content)).startswith(says)


def test_a_missing_column_is_answered_with_the_nearest_name(tmp_path: Path) -> None:
    assert "did you mean 'kind'?" in refusal(written(tmp_path, ROWS), "kinds")
    assert "did you mean 'Kind'?" in refusal(written(tmp_path, ROWS.replace("kind", "Kind")), "kind")


def test_columns_out_of_range_named_twice_or_not_named_are_refused(tmp_path: Path) -> None:
    path = written(tmp_path, ROWS)
    assert "expected 1 to 3" in refusal(path, "4")
    assert "expected 1 to 3" in refusal(path, "0")
    assert "twice" in refusal(path, "width,1")
    assert "the columns are width, height, kind" in refusal(path, None)
    twins = written(tmp_path, ROWS.replace("width", "kind"), "twins.csv")
    assert "say which by its number, 1 or 3" in refusal(twins)


def test_a_first_row_that_could_be_a_header_or_a_slip_is_not_guessed(tmp_path: Path) -> None:
    path = written(tmp_path, "0,1,sum\n1,2,3\n4,5,9\n")
    assert "--header yes or --header no" in refusal(path, "3")
    assert read_raw(path, "sum").features.shape == (2, 2), "naming a column of row 1 says that it is a header"
    assert read_raw(path, "3", Header.YES).features.shape == (2, 2)


def test_no_file_and_a_directory_are_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path / "none.csv") == "there is no such file"
    assert refusal(tmp_path) == "is a directory, expected a file"


def test_text_from_a_file_cannot_steer_the_terminal(tmp_path: Path) -> None:
    message = refusal(written(tmp_path, ROWS.replace("20", "\x1b[2J\u202e" + "z" * 500)))
    assert "\x1b" not in message
    assert "\u202e" not in message
    assert len(message) < 250


def test_numbers_are_classes_only_where_something_says_so(tmp_path: Path) -> None:
    raw = read_raw(written(tmp_path, "x,y\n1,3\n2,10\n3,3.0\n4,2\n"), "y")
    assert read_targets(raw).task is Task.REGRESSION
    for data in (
        read_targets(raw, output="softmax"),
        read_targets(raw, cost="cross_entropy"),
        read_targets(raw, task=Task.CLASSES),
    ):
        assert data.task is Task.CLASSES
        assert data.labels == ("2", "3", "10"), "ordered as numbers, and 3.0 is 3"


def test_zeros_and_ones_under_binary_cross_entropy_are_one_neuron() -> None:
    raw = raw_from_arrays([[1.0], [2.0]], [0, 1])
    data = read_targets(raw, cost="binary_cross_entropy")
    assert (data.task, data.y.shape) == (Task.BINARY, (2, 1))
    assert read_targets(raw).task is Task.REGRESSION


def test_several_targets_are_numbers_and_under_softmax_must_sum_to_one() -> None:
    raw = raw_from_arrays([[1.0], [2.0]], [[0.25, 0.75], [0.5, 0.6]])
    assert read_targets(raw).task is Task.REGRESSION
    with pytest.raises(SymbackpropError, match=r"row 2: the targets sum to 1\.1, expected 1"):
        check_targets(read_targets(raw, output="softmax"), Functions("softmax", "cross_entropy"))


def test_targets_out_of_the_range_of_the_cost_are_refused() -> None:
    data = read_targets(raw_from_arrays([[1.0], [2.0]], [0.5, 3.0]))
    check_targets(data, Functions("identity", "half_squared_error"))
    with pytest.raises(SymbackpropError, match=r"row 2, 'y': found 3, expected a value in \[0, 1\]"):
        check_targets(data, Functions("sigmoid", "binary_cross_entropy"))
    with pytest.raises(SymbackpropError, match="found -1, expected a value of at least 0"):
        check_targets(read_targets(raw_from_arrays([[1.0]], [-1.0])), Functions("sigmoid", "cross_entropy"))


def test_a_single_softmax_neuron_is_refused() -> None:
    with pytest.raises(SymbackpropError, match="always 1 for a single neuron"):
        check_targets(
            read_targets(raw_from_arrays([[1.0]], [1.0]), task=Task.REGRESSION), Functions("softmax", "squared_error")
        )


def test_labels_of_an_earlier_training_keep_their_order_and_no_other_is_let_in() -> None:
    raw = raw_from_arrays([[1.0], [2.0]], ["b", "a"])
    assert read_targets(raw, labels=("b", "c", "a")).y.tolist() == [[1, 0, 0], [0, 0, 1]]
    with pytest.raises(SymbackpropError, match="found 'a', expected one of the model's 2 classes: b, c"):
        read_targets(raw, labels=("b", "c"))


def test_output_and_cost_follow_from_the_task_and_from_each_other() -> None:
    assert choose_functions(Task.CLASSES, None, None) == Functions("softmax", "cross_entropy")
    assert choose_functions(Task.CLASSES, "sigmoid", None) == Functions("sigmoid", "binary_cross_entropy")
    assert choose_functions(Task.REGRESSION, None, None) == Functions("identity", "half_squared_error")
    assert choose_functions(Task.REGRESSION, None, "huber") == Functions("identity", "huber")
    assert choose_functions(Task.BINARY, None, None) == Functions("sigmoid", "binary_cross_entropy")
    with pytest.raises(SymbackpropError, match="training needs named ones"):
        choose_functions(Task.CLASSES, "any", None)


@pytest.mark.parametrize(
    ("arrays", "says"),
    [
        ({"Z": np.ones((2, 1))}, "no array of features: expected one named X or x or data or features, found Z"),
        ({"X": np.ones((2, 1))}, "no array of targets"),
        ({"X": np.ones(2), "y": np.ones(2)}, "the features have shape (2,)"),
        ({"X": np.ones((2, 0)), "y": np.ones(2)}, "the features have shape (2, 0)"),
        ({"X": np.ones((2, 1)), "y": np.ones(3)}, "2 rows of features and 3 of targets"),
        ({"X": np.ones((2, 1)), "y": np.ones((2, 1, 1))}, "the targets have shape (2, 1, 1)"),
        ({"X": np.array([[1], [np.nan]]), "y": np.ones(2)}, "features, row 2, column 1: found nan"),
        ({"X": np.ones((2, 1)) * 1j, "y": np.ones(2)}, "the features are of type complex128"),
        ({"X": np.ones((2, 1)), "y": np.array([{}, {}])}, "holds an array of Python objects"),
    ],
)
def test_an_npz_file_with_other_arrays_is_refused(tmp_path: Path, arrays: dict[str, np.ndarray], says: str) -> None:
    path = tmp_path / "data.npz"
    np.savez(path, **arrays)  # type: ignore[arg-type]
    assert refusal(path, None).startswith(says)


@pytest.mark.parametrize("labels", [np.array(["a", "b", "a"]), np.array([b"a", b"b", b"a"])])
def test_an_npz_file_may_hold_labels_as_text(tmp_path: Path, labels: np.ndarray) -> None:
    np.savez(tmp_path / "data.npz", data=np.eye(3, dtype=np.float32), target=labels)
    data = read_targets(read_raw(tmp_path / "data.npz", None))
    assert data.labels == ("a", "b")
    assert data.x.dtype == np.float64


def test_standardised_columns_have_mean_0_and_deviation_1_and_constant_ones_are_0() -> None:
    x = np.array([[1.0, 0.1], [2.0, 0.1], [6.0, 0.1]])
    scaled = standardisation(x, ("a", "b"))(x)
    assert np.allclose(scaled.mean(axis=0), 0)
    assert np.allclose(scaled.std(axis=0), [1, 0])
    assert np.array_equal(scaled[:, 1], np.zeros(3))


def test_values_too_large_to_standardise_are_refused_by_name() -> None:
    with pytest.raises(SymbackpropError, match="column 'b': its values are too large"):
        standardisation(np.array([[1.0, 1e308], [2.0, -1e308]]), ("a", "b"))


@given(samples=st.integers(2, 300), share=st.floats(0.01, 0.99), seed=st.integers(0, 99))
def test_a_split_puts_every_sample_on_one_side_and_none_is_empty(samples: int, share: float, seed: int) -> None:
    parts = split(samples, share, seed)
    assert sorted([*parts.training, *parts.validation]) == list(range(samples))
    assert len(parts.training) >= 1
    assert len(parts.validation) >= 1
    again = split(samples, share, seed)
    assert np.array_equal(parts.training, again.training)


@pytest.mark.parametrize("share", [-0.1, 1.0, 2.0, float("nan")])
def test_a_share_that_leaves_nothing_to_train_on_is_refused(share: float) -> None:
    with pytest.raises(SymbackpropError, match="validation share"):
        split(10, share, 0)


@given(st.binary(max_size=200))
def test_whatever_the_bytes_reading_ends_in_a_table_or_in_one_line(data: bytes) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "data.csv"
        path.write_bytes(data)
        try:
            read_targets(read_raw(path, "1"))
        except SymbackpropError as error:
            assert len(str(error).splitlines()) == 1
