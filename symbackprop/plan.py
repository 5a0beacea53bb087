"""What a training is asked to be, and what that means beside a model that is resumed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TypeVar

from symbackprop.data import Task, choose_functions
from symbackprop.descent import Settings
from symbackprop.errors import SymbackpropError
from symbackprop.initialisation import Initialisation, Precision
from symbackprop.model_file import Model
from symbackprop.network import Network, Total
from symbackprop.table import Header

Kind = TypeVar("Kind", Precision, Initialisation)
FEW = 20  # with fewer samples than this none is held out unless asked: four rows of XOR must all be learned


@dataclass(frozen=True)
class Plan:
    """All choices of a training; None means: as the resumed model has it, or else the default.

    widths: the hidden layers' (16); the outer ones come from the data. hidden: one name or one a layer (tanh).
    output, cost: fitting the task. network: a whole network instead of these. total: mean or sum over samples.
    rate 0.5 (regression 0.1), epochs 2000, batch the whole set, tolerance 1e-6, seed 0, validation 0.2 (0 below
    20 samples). save: the model's file. resume: a model's file to go on with.
    """

    widths: Sequence[int] | None = None
    hidden: str | Sequence[str] | None = None
    output: str | None = None
    cost: str | None = None
    total: Total | str | None = None
    weight_decay: float | Fraction | str | None = None
    network: Network | None = None
    rate: float | None = None
    epochs: int = 2000
    batch: int | None = None
    tolerance: float | None = None
    seed: int | None = None
    validation: float | None = None
    dtype: Precision | str | None = None
    standardize: bool = True
    standardize_target: bool = False
    init: Initialisation | str = Initialisation.AUTO
    task: Task | None = None
    header: Header = Header.AUTO
    ignore: tuple[str | int, ...] = ()
    save: str | Path | None = None
    resume: str | Path | None = None

    @property
    def precision(self) -> Precision:
        return _kind(Precision, self.dtype or Precision.FLOAT64, "dtype")

    @property
    def initialisation(self) -> Initialisation:
        return _kind(Initialisation, self.init, "initialisation")

    def settings(self, usual: Settings) -> Settings:
        """Rate, epochs, batch, tolerance, seed: the plan's where it says, else the usual ones."""
        return Settings(
            rate=usual.rate if self.rate is None else self.rate,
            epochs=self.epochs,
            batch=usual.batch if self.batch is None else self.batch,
            tolerance=usual.tolerance if self.tolerance is None else self.tolerance,
            seed=usual.seed if self.seed is None else self.seed,
        )

    def share(self, samples: int) -> float:
        """The share of the samples to hold out."""
        return self.validation if self.validation is not None else 0.2 if samples >= FEW else 0.0


def usual_settings(task: Task) -> Settings:
    """The defaults; targets of a regression may be large, and then so are its gradients."""
    return Settings(rate=0.1) if task is Task.REGRESSION else Settings()


def build_network(plan: Plan, task: Task, inputs: int, outputs: int) -> Network:
    """The network for data of these widths. Raises SymbackpropError where a given one does not fit the
    data."""
    if plan.network is not None:
        sizes = plan.network.sizes
        if sizes is None or not plan.network.compilable:
            raise SymbackpropError("the network has no widths or an 'any': training needs sizes and named functions")
        if (sizes[0], sizes[-1]) != (inputs, outputs):
            raise SymbackpropError(
                f"the network {'-'.join(map(str, sizes))} does not fit the data: expected {inputs} inputs and"
                f" {outputs} outputs, such as {'-'.join(map(str, (inputs, *sizes[1:-1], outputs)))}"
            )
        return plan.network
    functions = choose_functions(task, plan.output, plan.cost)
    return Network(
        (inputs, *((16,) if plan.widths is None else plan.widths), outputs),
        plan.hidden or "tanh",
        functions.output,
        functions.cost,
        plan.total or Total.MEAN,
        plan.weight_decay or 0,
    )


def check_resumed(plan: Plan, model: Model, target: object) -> None:
    """Raises SymbackpropError where the plan asks for something else than the model is."""
    network, state = model.network, model.state
    sizes = network.sizes or ()
    asked = plan.network or Network(
        (sizes[0], *(sizes[1:-1] if plan.widths is None else plan.widths), sizes[-1]),
        plan.hidden or network.hidden,
        plan.output or network.output,
        plan.cost or network.cost,
        plan.total or network.total,
        network.weight_decay if plan.weight_decay is None else plan.weight_decay,
    )
    layout = model.layout
    names = target.split(",") if isinstance(target, str) else target if isinstance(target, list | tuple) else [target]
    columns = [str(name).strip() for name in names]
    same = columns in (list(layout.targets), [str(k) for k in layout.target_columns]) or [target] == [*layout.targets]
    target = target if target is not None and layout.target_columns and not same else layout.targets
    for what, given, has in (
        *((name, getattr(asked, name), getattr(network, name)) for name in ("sizes", "output", "cost", "total")),
        ("hidden", _by_layer(asked), _by_layer(network)),
        ("weight decay", asked.weight_decay, network.weight_decay),
        ("dtype", plan.precision if plan.dtype else model.precision, model.precision),
        ("seed", state.seed if plan.seed is None else plan.seed, state.seed),
        (
            "validation share",
            state.validation if plan.validation is None else plan.validation,
            state.validation,
        ),
        ("target", target, layout.targets),
    ):
        if given != has:
            raise SymbackpropError(
                f"{plan.resume}: the model's {what}: {_written(has)}, asked for: {_written(given)};"
                " a resumed training keeps what it has"
            )


def _by_layer(network: Network) -> tuple[str, ...]:
    return tuple(network.hidden_name(layer) for layer in range(1, network.depth or 1))


def _written(value: object) -> str:
    if isinstance(value, tuple):
        return ("-" if value and isinstance(value[0], int) else ",").join(map(str, value))
    return str(getattr(value, "value", value))


def _kind(kind: type[Kind], value: Kind | str, what: str) -> Kind:
    try:
        return kind(value)
    except ValueError:
        expected = ", ".join(str(member.value) for member in kind)
        raise SymbackpropError(f"unknown {what} '{value}': expected one of {expected}") from None
