"""Counterexamples computed again from the file that `check --format json` wrote, and from nothing else."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from decimal import Decimal, localcontext
from fractions import Fraction
from itertools import pairwise
from typing import Any, Final

from symbackprop.claim_text import NotAClaim, read, written
from symbackprop.claims import Claim
from symbackprop.counterexamples import Counterexample, Recomputed, recompute
from symbackprop.errors import SymbackpropError
from symbackprop.exact import CannotEvaluate
from symbackprop.fields import Degenerate, NotInField
from symbackprop.wellformed import malformed

DIGITS: Final = 50
MOST_DIGITS, MOST_VALUES, MOST_NEURONS, MOST_LAYERS, MOST_SAMPLES = 1000, 20_000, 2_000, 40, 20
_DECIMAL: Final = re.compile(r"(-?[0-9]{1,2000})(?:/([0-9]{1,2000})|(?:\.([0-9]{1,2000}))?(?:e([+-]?[0-9]{1,4}))?)")


@dataclass(frozen=True)
class Replayed:
    """One counterexample of a file: where its line stands, both sides as computed now, and what is not as recorded."""

    place: str
    line: str
    left: str
    right: str
    wrong: str

    def __str__(self) -> str:
        head = f"{self.place}: {self.line}" if self.line else self.place
        sides = (("left ", self.left), ("right", self.right)) if self.left else ()
        values = [f"  {name}  {with_decimals(value)}" for name, value in sides]
        return "\n".join([head, *values, f"  {'NOT AS RECORDED: ' + self.wrong if self.wrong else 'as recorded'}"])


def with_decimals(value: str) -> str:
    """A fraction with the digits of its decimals."""
    numerator, _, denominator = value.partition("/")
    if not denominator:
        return value
    with localcontext() as context:
        context.prec = DIGITS
        return f"{value} = {Decimal(numerator) / Decimal(denominator)}"


def record(claim: Claim, counterexample: Counterexample, line: str) -> dict[str, object]:
    """What a file must hold for the counterexample to be computed again: it, its claim, and a sum over both and over
    the line as it was read."""
    made = {**counterexample.to_json(), "claim": written(claim)}
    return {**made, "checksum": checksum(made, line)}


def checksum(made: Mapping[str, object], line: str) -> str:
    """Tells a changed record; it keeps no one from making another."""
    kept = {"line": line, **{key: value for key, value in made.items() if key != "checksum"}}
    text = json.dumps(kept, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", errors="surrogatepass")).hexdigest()[:16]


def replay_text(text: str, name: str, digits: int = DIGITS) -> list[Replayed]:
    """Every counterexample of a result, computed again. Raises SymbackpropError for a text that is no result."""
    if not 1 <= digits <= MOST_DIGITS:
        raise SymbackpropError(f"{digits} digits: expected 1 to {MOST_DIGITS}")
    try:
        whole = json.loads(text)
    except (ValueError, RecursionError):
        raise SymbackpropError(f"{name}: is no JSON: expected what `check --format json` prints") from None
    if not isinstance(whole, dict) or not (isinstance(whole.get("files"), list) or "counterexample" in whole):
        raise SymbackpropError(f"{name}: is no result of `check --format json`: expected an object with `files`")
    return [_replayed(place, line, found, digits) for place, line, found in _counterexamples(whole, name)]


def _counterexamples(whole: dict[str, Any], name: str) -> Iterator[tuple[str, str, object]]:
    if "counterexample" in whole:  # what a disagreement of the engines saves
        yield name, "", whole["counterexample"]
    for file in _dictionaries(whole.get("files")):
        for equation in _dictionaries(file.get("equations")):
            for link in _dictionaries(equation.get("links")):
                if "counterexample" in link:
                    cell = f"cell {equation['cell']}:" if "cell" in equation else ""
                    place = f"{file.get('file', '?')}:{cell}{equation.get('line', '?')}:{equation.get('column', '?')}"
                    yield place, str(link.get("read_as") or "?"), link["counterexample"]


def _dictionaries(found: object) -> list[dict[str, Any]]:
    return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []


def _replayed(place: str, line: str, found: object, digits: int) -> Replayed:
    try:
        claim, example = _read(found)
        again = recompute(claim, example, digits)
    except (NotAClaim, CannotEvaluate, KeyError, IndexError, TypeError, ValueError) as problem:
        said = str(problem) if isinstance(problem, SymbackpropError | CannotEvaluate) else "its parts do not fit"
        return Replayed(place, line, "", "", said)
    except (Degenerate, NotInField):
        return Replayed(place, line, "", "", "it cannot be computed: a division by zero")
    left, right = again.left, again.right
    wrong = _differences(example, again)
    if not wrong and isinstance(found, dict) and line and found.get("checksum") != checksum(found, line):
        wrong = "the checksum is another: something in the record was changed"
    if not wrong and not again.apart:
        wrong = f"the two sides are equal to {digits} digits"
    return Replayed(place, line, left, right, wrong)


def _read(found: object) -> tuple[Claim, Counterexample]:
    if not isinstance(found, dict):
        raise NotAClaim("the counterexample is no object")
    claim = read(found.get("claim"))
    problem = malformed(claim)
    if problem is not None:
        raise NotAClaim(f"the claim does not fit together: {problem}")
    parts = {field.name: _part(field.name, found.get(field.name)) for field in fields(Counterexample)}
    example = Counterexample(**parts)
    sizes, values = example.sizes, sum(one * other for one, other in pairwise(example.sizes))
    widest = max((*sizes, *example.extents.values()), default=0)
    if widest > MOST_NEURONS or len(sizes) > MOST_LAYERS or values > MOST_VALUES:
        raise NotAClaim("the network is too large")
    if example.samples > MOST_SAMPLES:
        raise NotAClaim("too many samples")
    return claim, example


def _part(name: str, value: Any) -> Any:
    """One field of a counterexample, checked. Raises NotAClaim."""
    match name, value:
        case "sizes", list() if all(_whole(x, 1) for x in value):
            return tuple(value)
        case ("samples" | "seed"), int() if _whole(value, 0):
            return value
        case "layer", None | int() if value is None or _whole(value, 0):
            return value
        case "extents", None:  # left out where every axis is a layer's
            return {}
        case ("indices" | "extents"), dict() if all(_whole(x, 1) for x in value.values()):
            return value
        case ("values" | "functions"), dict() if all(isinstance(x, str) for x in value.values()):
            return value
        case ("left" | "right"), str():
            return value
    raise NotAClaim(f"`{name}` is missing or of another kind")


def _whole(value: object, least: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value < 2**32


def _differences(recorded: Counterexample, again: Recomputed) -> str:
    """What is not as recorded, in one sentence; "" where everything is."""
    made = (("values", recorded.values, again.values), ("functions", recorded.functions, again.functions))
    for what, old, new in made:
        for name in dict.fromkeys((*old, *new)):
            there, here = old.get(name, "missing"), new.get(name, "missing")
            if there != here:
                return f"of the {what}, {name} is {_short(there)} in the file, {_short(here)} here"
    for side, there, here in (("left", recorded.left, again.left), ("right", recorded.right, again.right)):
        if not _same(there, here):
            return f"the {side} side is {_short(there)} in the file, {_short(here)} here"
    return ""


def _same(old: str, new: str) -> bool:
    """Whether two numbers agree as far as both are written."""
    one, other = _number(old), _number(new)
    if one is None or other is None:
        return False
    slack = max(Fraction(1), abs(other)) / 10 ** (DIGITS - 5) if "." in old + new else Fraction(0)
    return abs(one - other) <= slack


def _number(text: str) -> Fraction | None:
    found = _DECIMAL.fullmatch(text)
    if found is None:
        return None
    try:
        return Fraction(text)
    except (ValueError, ZeroDivisionError):
        return None


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:38]}…"
