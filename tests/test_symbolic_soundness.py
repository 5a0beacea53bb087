"""What the symbolic engine calls zero is zero: against written-out loops, on formulas made to be awkward."""

from __future__ import annotations

import random
from contextlib import suppress
from fractions import Fraction

import brute
import pytest
from mutants import mutants, renamed
from random_formulas import AXES, FAR, FREE, LETTERS, NEAR, SAMPLES, Formulas, values

from symbackprop import notation as n
from symbackprop.claims import Claim, Form
from symbackprop.dependencies import OutOfReach
from symbackprop.differentiate import Calculus
from symbackprop.layer_range import Range
from symbackprop.network import LAST, Network, definitions
from symbackprop.normal_form import NormalForm
from symbackprop.places import NoRule
from symbackprop.polynomial import Budget

X, U, M = n.Variable("x", None, (NEAR,)), n.Variable("u", None, (FAR,)), n.Variable("m", None, (NEAR, FAR))
HERE, THERE = FREE
T = n.Entry(n.Variable("t"))
P = n.Entry(n.Variable("p"))


def called_zero(e: n.Expr, sums_to_one: frozenset[str] = frozenset(), layers: Range | None = None) -> bool:
    calculus = Calculus((), Range())
    names = {index.name: calculus.fresh(index, {}) for index in FREE}
    try:
        return NormalForm(calculus.sizes, sums_to_one, layers=layers).is_zero(calculus.read(e, names, {}))
    except (NoRule, Budget, OutOfReach):
        return False


def differs_somewhere(e: n.Expr, points: int = 3) -> bool:
    """Whether the formula has a value other than zero, by loops over every value of its free indices."""
    for seed in range(points):
        lengths, numbers = values(seed)
        world = brute.World(lengths.__getitem__, lambda v, at, known=numbers: known[v.symbol, at])  # type: ignore[misc]
        for i in range(1, lengths[NEAR] + 1):
            for j in range(1, lengths[FAR] + 1):
                try:
                    value = world.value(e, {"i": i, "j": j})
                except brute.Undefined:
                    continue
                if not brute.nearly_equal(value, Fraction(0)):
                    return True
    return False


def rearranged(e: n.Expr, chosen: random.Random) -> n.Expr:
    """The same formula written otherwise: terms and factors shuffled, products distributed, indices renamed."""
    match e:
        case n.Add(terms):
            return n.Add(tuple(chosen.sample([rearranged(t, chosen) for t in terms], len(terms))))
        case n.Mul(factors):
            made = chosen.sample([rearranged(f, chosen) for f in factors], len(factors))
            for place, factor in enumerate(made):
                if isinstance(factor, n.Add) and chosen.random() < 0.5:
                    rest = (*made[:place], *made[place + 1 :])
                    return n.Add(tuple(n.Mul((term, *rest)) for term in factor.terms))
            return n.Mul(tuple(made))
        case n.Neg(term):
            return n.Mul((n.number(-1), rearranged(term, chosen)))
        case n.Power(base, exponent):
            return n.Power(rearranged(base, chosen), exponent)
        case n.Apply(function, argument, primes):
            return n.Apply(function, rearranged(argument, chosen), primes)
        case n.Sum(index, body):
            fresh = n.Index(f"fresh{chosen.randrange(10**6)}", index.axis)
            inner = rearranged(renamed(body, index.name, fresh), chosen)
            if chosen.random() < 0.2:
                twin = n.Index(f"twin{chosen.randrange(10**6)}", index.axis)
                return n.Sum(fresh, n.Sum(twin, n.Kronecker(fresh, twin) * renamed(inner, fresh.name, twin)))
            return n.Sum(fresh, inner)
    return e


SEEDS = range(300)


def test_the_same_formula_written_otherwise_is_called_equal_wherever_the_engine_does_not_give_up() -> None:
    missed = []
    for seed in SEEDS:
        e = Formulas(seed).formula(4)
        if not called_zero(e - rearranged(e, random.Random(seed))):
            missed.append(seed)
    assert len(missed) <= len(SEEDS) // 20, missed


def check_mutants_of(seeds: range, functions: tuple[str, ...], depth: int, at_most: int) -> tuple[int, int]:
    """Every mutant called equal is equal by loops. Returns how many were compared, and how many called equal."""
    compared = equal = 0
    for seed in seeds:
        e = Formulas(seed, functions).formula(depth)
        claim = Claim("", Form.INDEX, e, e, FREE, ())
        made = mutants(claim)
        for mutant in random.Random(seed).sample(made, min(at_most, len(made))):
            other = mutant.claim.right
            try:
                difference = e - other  # type: ignore[operator]
                zero = called_zero(difference)
            except Exception as problem:
                raise AssertionError(f"seed {seed}: {mutant.slip}") from problem
            compared += 1
            if zero:
                equal += 1
                with suppress(KeyError):  # a dangling index: no formula at all
                    assert not differs_somewhere(difference), f"seed {seed}: {mutant.slip}: {e} = {other}"
    return compared, equal


@pytest.mark.parametrize("functions", [("f", "g", "group"), ("exp", "log", "step", "inside", "f")])
def test_a_mutant_that_is_called_equal_is_equal_by_loops(functions: tuple[str, ...]) -> None:
    compared, equal = check_mutants_of(range(60), functions, 4, 12)
    assert compared > 300 and equal > 5


@pytest.mark.campaign
@pytest.mark.parametrize("functions", [("f", "g", "group"), ("exp", "log", "step", "inside", "f")])
def test_many_mutants_that_are_called_equal_are_equal_by_loops(functions: tuple[str, ...]) -> None:
    compared, equal = check_mutants_of(range(1000, 1700), functions, 5, 20)
    assert compared > 5000 and equal > 100


# pairs of different formulas that must not be called equal, each a slip that an engine has made or might make


def apply(function: str, z: n.Expr) -> n.Expr:
    return n.Apply(function, z)


K = n.Index("k", NEAR)
S = n.Index("k", SAMPLES)


@pytest.mark.parametrize(
    "e",
    [
        pytest.param(apply("inside", T * 2) - apply("inside", T), id="|2t| < 1 is not |t| < 1"),
        pytest.param(n.Apply("group", T) - T, id="a function called group is no bracket"),
        pytest.param(n.Apply("exp'", T) - n.Apply("exp", T), id="a name with a prime is no derivative"),
        pytest.param(n.Apply("h'", T) - n.Apply("h", T, 1), id="a name with a prime is no other name's derivative"),
        pytest.param(apply("step", T) - apply("step", -T), id="the step is not even"),
        pytest.param(apply("step", T + 1) - apply("step", T), id="a step moved"),
        pytest.param(apply("exp", T * 2) - apply("exp", T) * 2, id="exp(2t) is not 2 exp(t)"),
        pytest.param(apply("log", T * 2) - apply("log", T) * 2, id="log(2t) is not 2 log(t)"),
        pytest.param(n.Sum(K, X[K]) - n.Sum(K, X[HERE]), id="a sum over a free index's entry"),
        pytest.param(n.Sum(K, n.Kronecker(K, HERE)) - n.Sum(S, n.number(1)), id="a delta's sum is 1, not N"),
        pytest.param(n.Sum(K, X[K]) ** 2 - n.Sum(K, X[K] ** 2), id="the square of a sum"),
        pytest.param(n.Sum(K, X[K]) ** 2 - n.Sum(K, n.Sum(K, X[K] * X[K])), id="one letter bound twice"),
        pytest.param(n.Power(n.Sum(K, X[K]), -1) - n.Sum(K, n.Power(X[K], -1)), id="the inverse of a sum"),
        pytest.param(
            n.Sum(K, X[K] / (X[K] + 1)) - n.Sum(K, X[K]) / (n.Sum(K, X[K]) + 1), id="a sum of quotients"
        ),
        pytest.param(
            n.Sum(K, n.Power(X[K] + 1, -1) * apply("f", n.Sum(n.Index("h", NEAR), X[n.Index("h", NEAR)] * X[K])))
            - n.Sum(K, n.Power(X[K] + 1, -1) * apply("f", n.Sum(n.Index("h", NEAR), X[n.Index("h", NEAR)] ** 2))),
            id="an outer letter that looks like an inner one",
        ),
        pytest.param(n.Size(NEAR) - n.Size(FAR), id="two widths"),
        pytest.param(n.Size(NEAR) - n.Size(SAMPLES), id="a width and the number of samples"),
    ],
)
def test_different_formulas_are_not_called_equal(e: n.Expr) -> None:
    assert not called_zero(e)


def test_a_sum_of_targets_is_one_only_over_the_neurons_and_only_where_assumed() -> None:
    y = n.Variable("y", None, (NEAR, SAMPLES))
    s = n.Index("s", SAMPLES)
    over_neurons = n.Sum(s, n.Sum(K, y[K, s])) - n.Size(SAMPLES)
    over_samples = n.Sum(K, n.Sum(s, y[K, s])) - n.Size(NEAR)
    squares = n.Sum(s, n.Sum(K, y[K, s] ** 2)) - n.Size(SAMPLES)
    assumed = frozenset("y")
    assert called_zero(over_neurons, assumed)
    assert not called_zero(over_neurons)
    assert not called_zero(over_samples, assumed)
    assert not called_zero(squares, assumed)


def test_a_sum_over_layers_meets_only_the_layers_that_it_runs_over() -> None:
    """sum over layers 2..L of w^2 has the derivative 2 w^(l) only for l ≥ 2."""
    m, here = n.Layer("m"), n.Layer("l")

    def weight(layer: n.Layer) -> n.Variable:
        return n.Variable("w", layer, (n.Neurons(layer), n.Neurons(layer - 1)))

    def squares(first: int) -> n.Expr:
        i, j = n.Index("i", n.Neurons(m)), n.Index("j", n.Neurons(m - 1))
        return n.SumLayers("m", n.Layer("", first), LAST, n.Sum(i, n.Sum(j, weight(m)[i, j] ** 2)))

    i, j = n.Index("i", n.Neurons(here)), n.Index("j", n.Neurons(here - 1))

    def derived(first: int, layers: Range) -> bool:
        calculus = Calculus((), layers)
        names = {index.name: calculus.fresh(index, {}) for index in (i, j)}
        e = n.Partial(squares(first), weight(here)[i, j]) - weight(here)[i, j] * 2
        return NormalForm(calculus.sizes, layers=layers).is_zero(calculus.read(e, names, {}))

    assert derived(1, Range(1))
    assert derived(2, Range(2))
    assert not derived(2, Range(1))


def test_the_engine_does_not_answer_where_the_answer_depends_on_the_layers() -> None:
    """∂a^(l)/∂w^(L-1) is zero for some l and not for others; ∂E/∂w^(1) needs the depth."""
    known = definitions(Network())
    for of, by, layers in [
        (("a", n.Layer("l")), ("w", LAST - 1), Range(1, 0)),
        (("a", LAST), ("w", n.Layer("", 1)), Range()),
        (("z", n.Layer("l")), ("a", n.Layer("", 0)), Range(1, 0)),
    ]:
        calculus = Calculus(known, layers)
        assert of[1] != by[1]
        u = n.Variable(of[0], of[1], (n.Neurons(of[1]),))
        v_axes = (n.Neurons(by[1]), n.Neurons(by[1] - 1))[: 2 if by[0] == "w" else 1]
        free = [n.Index("i", u.axes[0]), *(n.Index(letter, axis) for letter, axis in zip("pq", v_axes, strict=False))]
        names = {index.name: calculus.fresh(index, {}) for index in free}
        with pytest.raises(OutOfReach):
            calculus.read(n.Partial(u[free[0]], n.Variable(by[0], by[1], v_axes)[tuple(free[1:])]), names, {})


def test_a_second_derivative_of_an_opaque_function_is_out_of_reach_and_not_zero() -> None:
    known = definitions(Network())
    z = n.Variable("z", LAST, (NEAR,))
    slope = n.Partial(n.Entry(n.Variable("E")), z[HERE])
    calculus = Calculus(known, Range())
    with pytest.raises(OutOfReach):
        calculus.read(n.Partial(slope, z[K]), {"i": calculus.fresh(HERE, {}), "k": calculus.fresh(K, {})}, {})


def test_letters_and_axes_of_the_random_formulas_clash_on_purpose() -> None:
    clashing = 0
    for seed in range(100):
        bound = [e.index.name for e in n.walk(Formulas(seed).formula(5)) if isinstance(e, n.Sum)]
        clashing += len(bound) != len(set(bound)) or bool({"i", "j"} & set(bound))
    assert clashing > 30 and len(AXES) == len(LETTERS) == 3
