"""`verify`: the theorem at all widths and depths, the written-out network, and the certificate, in one result."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

from symbackprop.backprop import claims
from symbackprop.claims import Assumption, Claim
from symbackprop.functions import ACTIVATIONS, ANY, COSTS, SOFTMAX, Range
from symbackprop.network import Network
from symbackprop.progress import Progress
from symbackprop.prove import Outcome, Verdict, prove
from symbackprop.rows import row_claims

if TYPE_CHECKING:
    from symbackprop.certificate import Certificate
    from symbackprop.explicit import WrittenOut


class Summary(Enum):
    """What a whole verification says."""

    PROVED = "proved"
    REFUTED = "refuted"
    UNDECIDED = "undecided"


@dataclass(frozen=True)
class Verification:
    """Everything that was shown of a network.

    verdicts: one a claim, in the order of the derivation. written_out: the comparison of every scalar gradient, None
    where the network is symbolic or too large. certificate: None where there is nothing to compile. notes: what was
    not done, and why.
    """

    network: Network
    verdicts: tuple[Verdict, ...]
    written_out: WrittenOut | None
    certificate: Certificate | None
    notes: tuple[str, ...]
    seconds: float = field(compare=False)

    @property
    def summary(self) -> Summary:
        """Refuted needs numbers that differ; where all else is proved but something does not consent, undecided."""
        outcomes = {v.outcome for v in self.verdicts}
        if Outcome.REFUTED in outcomes or (self.certificate is not None and self.certificate.wrong is not None):
            return Summary.REFUTED
        consent = all(shown is None or shown.holds for shown in (self.written_out, self.certificate))
        return Summary.PROVED if consent and outcomes == {Outcome.PROVED} else Summary.UNDECIDED

    @property
    def proved(self) -> bool:
        return self.summary is Summary.PROVED

    def to_json(self) -> dict[str, object]:
        """The object that `verify --format json` prints."""
        from symbackprop.typeset import claim as latex_of, style_for

        style, net = style_for(self.network), self.network
        made: dict[str, object] = {
            "verdict": self.summary.value,
            "network": {
                "sizes": None if net.sizes is None else list(net.sizes),
                "hidden": net.hidden[0] if len(net.hidden) == 1 else list(net.hidden),
                "output": net.output,
                "cost": net.cost,
                "total": net.total.value,
                "weight_decay": float(net.weight_decay),
            },
            "parameters": net.parameters,
            "claims": [
                {
                    "name": v.claim.name,
                    "latex": latex_of(v.claim, style),
                    "form": v.claim.form.value,
                    "verdict": v.outcome.value,
                    "scope": scope_of(net, v.claim),
                    **_reason(v),
                }
                for v in self.verdicts
            ],
            "written_out": None
            if self.written_out is None
            else {"parameters": self.written_out.parameters, "wrong": list(self.written_out.wrong)},
            "certificate": None if self.certificate is None else self.certificate.to_json(),
            "notes": list(self.notes),
            "seconds": round(self.seconds, 3),
        }
        return made

    def __str__(self) -> str:
        from symbackprop.report import verification_text

        return verification_text(self)

    def _repr_html_(self) -> str:
        from symbackprop.report import verification_html

        return verification_html(self)


def _reason(verdict: Verdict) -> dict[str, object]:
    """Why it is not proved; nothing where it is."""
    made: dict[str, object] = {"tried": verdict.tried} if verdict.tried else {}
    if verdict.form_error:
        made["form_error"] = verdict.form_error
    if verdict.counterexample is not None:
        made["counterexample"] = verdict.counterexample.to_json()
    return made


def scope_of(network: Network, claim: Claim) -> str:
    """What a proof of the claim holds for, in words."""
    if not claim.definitions:
        return ", ".join(_domain(claim))
    parts = ["all widths"]
    parts.append(f"all depths L ≥ {claim.least_depth}" + (f", {claim.layers}" if claim.layers is not None else ""))
    parts += _functions(network, claim)
    parts += [f"assuming {assumption.value}" for assumption in claim.assumes if isinstance(assumption, Assumption)]
    return ", ".join(parts)


def short_scope(network: Network, claim: Claim) -> str:
    """The scope without what the title says already: which layers, which functions stay open, what is assumed."""
    if not claim.definitions:
        return "; ".join(_domain(claim))
    parts = ["l = L" if claim.layers is None else str(claim.layers)]
    parts += [part.replace("differentiable cost of the outputs", "cost").replace("differentiable ", "")
              for part in _functions(network, claim)]
    return "; ".join(parts + [assumption.value for assumption in claim.assumes])


def _functions(network: Network, claim: Claim) -> list[str]:
    text = repr((claim.left, claim.right))
    made = []
    if network.proof_hidden == "sigma" and "'sigma'" in text:
        made.append("any differentiable sigma")
    elif network.proof_hidden in ACTIVATIONS and f"'{network.proof_hidden}'" in text:
        made += _kinks(network.proof_hidden)
    if network.output == ANY and "'f'" in text:
        made.append("any differentiable f")
    if network.cost == ANY:
        made.append("any differentiable cost of the outputs")
    if network.output == SOFTMAX and claim.layers is None:
        made.append("softmax output")
    return made


def _domain(claim: Claim) -> list[str]:
    """Where a row of the table is claimed: every real number, or the range that its unknowns lie in."""
    name = claim.name.split(":")[0]
    if name in COSTS and COSTS[name].domain is not Range.REAL:
        return [f"outputs in {COSTS[name].domain.value}"]
    return ["every real argument", *_kinks(name)]


def _kinks(name: str) -> list[str]:
    row = ACTIVATIONS.get(name)
    return [f"with {row.kink} by convention"] if row is not None and row.kink else []


def all_claims(network: Network) -> tuple[Claim, ...]:
    """The closed-form equations, then what the table's rows claim of themselves."""
    return (*claims(network), *row_claims(network))


def verify(network: Network, progress: Progress | None = None) -> Verification:
    """Prove the closed-form gradients of a network; write out and certify a given architecture.

    Raises EnginesDisagree where the two engines contradict each other.
    """
    started = time.perf_counter()
    verdicts = tuple(_proved(network, progress))
    notes: list[str] = []
    written, certificate = None, None
    if network.sizes is not None:  # only then are the compiler and the certificate worth their import
        from symbackprop.given import certified, written_out

        written = written_out(network, notes, progress)
        certificate = certified(network, verdicts, notes, progress)
    return Verification(network, verdicts, written, certificate, tuple(notes), time.perf_counter() - started)


def _proved(network: Network, progress: Progress | None) -> Iterator[Verdict]:
    everything = all_claims(network)
    for number, claim in enumerate(everything):
        if progress is not None:
            progress(number, len(everything) + 2, claim.name)
        yield prove(claim)
