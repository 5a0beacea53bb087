"""A counterexample is computed again from the result's file alone, and a file that was changed is noticed."""

from __future__ import annotations

import copy
import json
from dataclasses import is_dataclass
from pathlib import Path
from typing import Any

import pytest

from symbackprop import claim_text, notation as n
from symbackprop.claim_text import NotAClaim, read, written
from symbackprop.cli import main
from symbackprop.documents.check import check
from symbackprop.documents.report_json import report
from symbackprop.errors import SymbackpropError
from symbackprop.replay import Replayed, replay_text

RATIONAL = r"$$\frac{\partial z_i^{(l)}}{\partial w_{ij}^{(l)}} = 2 a_j^{(l-1)}$$"
TRANSCENDENTAL = r"""<!-- symbackprop
activation: sigmoid
-->
$$\frac{\partial a_i^{(L)}}{\partial z_i^{(L)}} = a_i^{(L)} (1 + a_i^{(L)})$$"""
ABOUT_FUNCTIONS = r"""$$\sigma(x) = \frac{1}{1 + e^{-x}}$$
$$\sigma'(x) = \sigma(x)$$"""
OPAQUE = r"$$\frac{\partial a_i^{(l)}}{\partial z_i^{(l)}} = \sigma(z_i^{(l)}) \qquad (1 \leq l \leq L - 1)$$"
OWN = r"""<!-- symbackprop
network: none
-->
$x \in \mathbb{R}^n$
$$p_i = \frac{e^{x_i}}{\sum_k e^{x_k}}$$
$$\frac{\partial p_i}{\partial x_j} = p_i (\delta_{ij} + p_j)$$"""
PAGES = {"own": OWN, "rational": RATIONAL, "sigmoid": TRANSCENDENTAL, "functions": ABOUT_FUNCTIONS, "opaque": OPAQUE}


def result(text: str) -> dict[str, Any]:
    made: dict[str, Any] = json.loads(json.dumps(report([check(text)])))
    return made


def example(made: dict[str, Any]) -> dict[str, Any]:
    links = [link for e in made["files"][0]["equations"] for link in e["links"] if "counterexample" in link]
    assert len(links) == 1
    found: dict[str, Any] = links[0]["counterexample"]
    return found


def replayed(made: dict[str, Any]) -> Replayed:
    (only,) = replay_text(json.dumps(made), "result.json")
    return only


@pytest.mark.parametrize("text", PAGES.values(), ids=PAGES)
def test_every_counterexample_comes_out_as_recorded(text: str) -> None:
    made = result(text)
    again = replayed(made)
    assert not again.wrong
    assert (again.left, again.right) == (example(made)["left"], example(made)["right"])
    assert again.left != again.right


def test_values_that_are_no_fractions_are_computed_to_as_many_digits_as_asked() -> None:
    text = json.dumps(result(TRANSCENDENTAL))
    short, long = replay_text(text, "r", 50)[0].right, replay_text(text, "r", 90)[0].right
    assert len(short.replace(".", "").strip("-0")) >= 50 and long.startswith(short[:-2])
    assert len(long) > len(short) + 35


def changed(value: Any) -> list[Any]:
    """The same value, a little otherwise."""
    match value:
        case bool() | None:
            return []
        case int():
            return [value + 1]
        case str() if value.startswith("["):
            return [value.replace('["Number","', '["Number","7'), value.replace('"L"', '"l"', 1), value[:-1]]
        case str():
            return [value + "1", "", "1/0", "__import__('os')"]
        case list():
            return [[*value[:-1], other] for other in changed(value[-1])] + [[*value, 1]] if value else [[1]]
        case dict() if value:
            first = next(iter(value))
            return [{**value, first: other} for other in changed(value[first])] + [dict(list(value.items())[1:])]
        case dict():
            return [{"f": "t"}]
    return []


@pytest.mark.parametrize("text", PAGES.values(), ids=PAGES)
def test_a_change_anywhere_in_the_record_is_noticed(text: str) -> None:
    made = result(text)
    seen = 0
    for key, value in example(made).items():
        for other in changed(value):
            if other == value:
                continue
            tampered = copy.deepcopy(made)
            example(tampered)[key] = other
            assert replayed(tampered).wrong, f"{key}: {other}"
            seen += 1
        missing = copy.deepcopy(made)
        del example(missing)[key]
        assert replayed(missing).wrong, f"{key} missing"
    assert seen > 15


def test_the_line_beside_the_record_counts_too() -> None:
    made = result(RATIONAL)
    link = next(link for e in made["files"][0]["equations"] for link in e["links"])
    link["read_as"] = link["read_as"].replace("2", "3")
    assert "checksum" in replayed(made).wrong


def test_a_claim_reads_back_as_it_was_written() -> None:
    claim = read(example(result(OPAQUE))["claim"])
    assert read(written(claim)) == claim


@pytest.mark.parametrize(
    "text",
    [
        "", "null", "[]", "{}", '"Claim"', '["Claim"]', '["exec","import os"]', '["Fraction","1/0"]', '["Add"]',
        '["Claim","x",["Form","INDEX"],1,2,[""],[""]]', "[" * 100_000,
        '["Number",["Fraction","' + "9" * 100_000 + '"]]',
        '["Power",["Number",["Fraction","1"]],99999999999]', '["Form","__class__"]', '["Layer",true,0]',
    ],
)  # fmt: skip
def test_what_is_no_claim_is_refused_in_a_sentence(text: str) -> None:
    with pytest.raises(NotAClaim):
        read(text)


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", "3", '{"files": 3}', "[" * 100_000])
def test_what_is_no_result_is_refused_in_a_sentence(text: str) -> None:
    with pytest.raises(SymbackpropError, match="r: is no"):
        replay_text(text, "r")


def test_a_network_of_a_size_that_no_counterexample_has_is_refused() -> None:
    made = result(RATIONAL)
    example(made)["sizes"] = [1999, 1999]
    assert "too large" in replayed(made).wrong


def test_the_command_says_both_values_and_notices_a_change(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, made = tmp_path / "result.json", result(RATIONAL)
    path.write_text(json.dumps(made), encoding="utf-8")
    assert main(["replay", str(path)]) == 0
    printed = capsys.readouterr().out
    assert example(made)["left"] in printed and "1 counterexample computed again: all as recorded" in printed
    example(made)["left"] = "12345"
    path.write_text(json.dumps(made), encoding="utf-8")
    assert main(["replay", str(path)]) == 1
    assert "the left side is 12345 in the file" in capsys.readouterr().out
    path.write_text(json.dumps(result(RATIONAL.replace("2 a", "a"))), encoding="utf-8")
    assert main(["replay", str(path)]) == 5
    assert main(["replay", str(tmp_path / "none.json")]) == 2


def test_every_kind_of_formula_can_be_read_again() -> None:
    made = {kind.__name__ for kind in vars(n).values() if isinstance(kind, type) and is_dataclass(kind)}
    assert made <= set(claim_text._KINDS)
