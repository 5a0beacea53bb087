"""How results look: tables in a terminal (80 columns or more), HTML in a notebook."""

from __future__ import annotations

import html
import io
from collections.abc import Iterator
from typing import TYPE_CHECKING

from symbackprop.prove import Outcome, Verdict

if TYPE_CHECKING:
    from rich.console import Console

    from symbackprop.verification import Verification

COLOURS = {Outcome.PROVED: "green", Outcome.REFUTED: "bold red", Outcome.UNDECIDED: "yellow"}


def standard_output() -> Console:
    """The terminal; a pipe whose reader has had enough is a BrokenPipeError like anywhere else."""
    from rich.console import Console

    class Output(Console):
        def on_broken_pipe(self) -> None:
            raise BrokenPipeError

    return Output(highlight=False)


def title(result: Verification) -> str:
    """One line that names the network."""
    net = result.network
    sizes = "all widths, all depths" if net.sizes is None else abbreviated(net.sizes)
    hidden = "" if net.sizes is not None and len(net.sizes) == 2 else f"hidden {', '.join(net.hidden)}, "
    decay = f", weight decay {float(net.weight_decay):g}" if net.weight_decay else ""
    return f"{sizes}: {hidden}output {net.output}, cost {net.cost}, {net.total.value} over samples{decay}"


def abbreviated(sizes: tuple[int, ...]) -> str:
    text = "-".join(str(n) for n in sizes)
    return text if len(text) <= 40 else f"{'-'.join(map(str, sizes[:3]))}-…-{sizes[-1]} ({len(sizes)} layers)"


def print_verification(result: Verification, console: Console) -> None:
    """The table of claims, then the written-out network, the certificate and the last line."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    from symbackprop.verification import short_scope

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, expand=False)
    table.add_column("claim")
    table.add_column("forms", no_wrap=True)
    table.add_column("verdict", no_wrap=True)
    table.add_column("scope", overflow="fold")
    for name, verdicts in grouped(result.verdicts):
        worst = max((v.outcome for v in verdicts), key=lambda o: list(COLOURS).index(o))
        forms = "+".join(dict.fromkeys(v.claim.form.value for v in verdicts))
        verdict = Text(worst.value.upper(), style=COLOURS[worst])
        table.add_row(name, forms, verdict, short_scope(result.network, verdicts[0].claim))
    console.print(Text(title(result), style="bold"))
    console.print("theorem, for all widths and all depths (by induction over the layers):")
    console.print(table)
    for line in details(result):
        console.print(Text(line))
    console.print(Text(last_line(result), style=COLOURS[Outcome(result.summary.value)]))


def grouped(verdicts: tuple[Verdict, ...]) -> list[tuple[str, list[Verdict]]]:
    """One row an equation: its index form, its matrix form, and that they agree; one row a function of the table."""
    rows: dict[str, list[Verdict]] = {}
    for verdict in verdicts:
        name, _, rest = verdict.claim.name.partition(": ")
        rows.setdefault(name if verdict.claim.definitions or rest else verdict.claim.name, []).append(verdict)
    return list(rows.items())


def details(result: Verification) -> list[str]:
    """What else was shown, and what was not."""
    made = [line for verdict in result.verdicts for line in reasons(verdict)]
    if result.written_out is not None:
        w = result.written_out
        same = "each equal to its closed form" if w.holds else f"not shown equal: {', '.join(w.wrong)}"
        made.append(f"written out: {w.parameters} gradients by SymPy's diff, {same}")
    if result.certificate is not None:
        made.append(f"certificate: {result.certificate}")
    return made + [f"note: {note}" for note in result.notes]


def reasons(verdict: Verdict) -> Iterator[str]:
    """Why a claim is not proved: what was tried, what does not fit, or the two numbers that differ."""
    name = f"{verdict.claim.name} ({verdict.claim.form.value})"
    if verdict.outcome is Outcome.UNDECIDED:
        yield f"{name}: {verdict.tried}"
    if verdict.form_error:
        yield f"{name}: {verdict.form_error}"
    c = verdict.counterexample
    if c is not None:
        at = [f"sizes {'-'.join(map(str, c.sizes))}"] if c.sizes else []
        at += [f"{letter} = {number}" for letter, number in c.indices.items()]
        yield f"{name}: at {', '.join(at)} the left side is {shortened(c.left)}, the right side {shortened(c.right)}"


def shortened(number: str) -> str:
    return number if len(number) <= 16 else f"{number[:15]}…"


def last_line(result: Verification) -> str:
    counts = {o: sum(v.outcome is o for v in result.verdicts) for o in Outcome}
    said = ", ".join(f"{n} {o.value}" for o, n in counts.items() if n)
    return f"{result.summary.value.upper()}: {said} in {result.seconds:.1f} s"


def verification_text(result: Verification) -> str:
    """The report as plain text, 100 columns wide."""
    from rich.console import Console

    out = io.StringIO()
    print_verification(result, Console(file=out, width=100, color_system=None))
    return "\n".join(line.rstrip() for line in out.getvalue().rstrip().splitlines())


def verification_html(result: Verification) -> str:
    """The report as an HTML table, with each claim's LaTeX for MathJax."""
    from symbackprop.typeset import claim as latex_of, style_for
    from symbackprop.verification import scope_of

    style = style_for(result.network)
    rows = "".join(
        f"<tr><td>{html.escape(v.claim.name)}</td><td>${html.escape(latex_of(v.claim, style))}$</td>"
        f"<td>{v.outcome.value}</td><td>{html.escape(scope_of(result.network, v.claim))}</td></tr>"
        for v in result.verdicts
    )
    below = "".join(f"<p>{html.escape(line)}</p>" for line in (*details(result), last_line(result)))
    head = "<tr><th>claim</th><th>formula</th><th>verdict</th><th>scope</th></tr>"
    return f"<p><b>{html.escape(title(result))}</b></p><table>{head}{rows}</table>{below}"
