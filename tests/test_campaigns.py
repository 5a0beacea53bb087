"""What `check` says of planted errors, of rewrites that change nothing, and of clashing letters.

`pytest -m campaign tests/test_campaigns.py -s` runs everything and prints the figures; with SHARE=10 in
the environment, one in ten of each.
A sample from one page runs always.
"""

from __future__ import annotations

import os

import pytest
from campaign import clashes, mutants, published_mutants, random_pages, rewrites
from campaign.formulas import parse
from campaign.pages import places
from campaign.values import judged

PAGE = ("04-induction.md",)
SHARE = int(os.environ.get("SHARE", "1"))


def _evaluated(pages: tuple[str, ...]) -> list[str]:
    """What the campaigns' own evaluator says of every proved link of the pages."""
    made = []
    for place in places(pages):
        said = iter(link.said for link in place.results[0].links)
        for statement in parse(place.text, place.plain_layers).main:
            proved = [number for number in range(len(statement.members) - 1) if next(said) == "proved"]
            made += [judged(statement, number, place.points) for number in proved]
    return made


def test_the_evaluator_finds_the_page_right() -> None:
    made = _evaluated(PAGE)
    assert len(made) > 15 and set(made) == {"holds"}


def test_no_mutant_of_a_sample_is_proved() -> None:
    figures = mutants.run(mutants.all_mutants(PAGE)[::25], corrects=False)
    assert len(figures.judged) >= 12 and not figures.falsely_proved and not figures.falsely_refuted, figures


def test_a_formula_judged_alone_is_judged_as_on_its_page() -> None:
    for place in places(PAGE)[::4]:
        alone = place.judge(place.text, corrects=False)
        assert [[link.said for link in e.links] for e in alone] == [[k.said for k in e.links] for e in place.results]


def test_no_rewrite_of_a_sample_is_refuted() -> None:
    sample = [rewrite for place in places(PAGE)[3:12:4] for rewrite in rewrites.rewrites(place)][::3]
    figures = rewrites.run(sample)
    assert figures.count >= 5 and not figures.refuted and not figures.undecided and not figures.other, figures


def test_no_clash_of_a_sample_is_judged_wrongly() -> None:
    figures = clashes.run(24, seed=7)
    assert figures.true > 5 and figures.false > 5 and not figures.wrong, figures.wrong


def test_no_slip_in_a_published_line_is_proved() -> None:
    (path,) = (each for each in published_mutants.works() if each.stem == "gdbp")
    figures = published_mutants.run(published_mutants.mutants(path)[::12])
    assert figures.said["refuted"] >= 15 and not figures.proved and not figures.crashed, figures


def test_random_pages_are_judged_as_their_numbers_say() -> None:
    figures = random_pages.run(range(25))
    assert figures.said[True, "proved"] >= 10 and figures.said[False, "refuted"] >= 5
    assert not figures.wrong, figures.wrong


@pytest.mark.campaign
def test_published_mutants() -> None:
    """`SHARE=1 pytest -m campaign tests/test_campaigns.py -s -n 0 -k mutants` runs those of the pages too."""
    chosen = [mutant for path in published_mutants.works() for mutant in published_mutants.mutants(path)]
    figures = published_mutants.run(chosen[::SHARE])
    print(f"\n{figures}")
    for row in published_mutants.rows(figures.proved):
        print(row)
    assert not figures.proved and not figures.crashed, [each.shown for each, _ in figures.crashed]


@pytest.mark.campaign
def test_random_pages() -> None:
    figures = random_pages.run(range(100, 100 + 2000 // SHARE))
    print(f"\n{figures}")
    assert not figures.wrong, figures.wrong


@pytest.mark.campaign
def test_the_evaluator_finds_all_pages_right() -> None:
    made = _evaluated(tuple(mutants.SECTIONS))
    print(f"\n{len(made)} proved links evaluated")
    assert set(made) == {"holds"}


@pytest.mark.campaign
def test_mutants() -> None:
    figures = mutants.run(mutants.all_mutants()[::SHARE])
    print(f"\n{figures}")
    for each in figures.judged:
        if each.said != "refuted":
            print(f"  {each.said}: {each.truth}: {each.mutant.name}")
    assert not figures.falsely_proved, [each.mutant.text for each in figures.falsely_proved]
    assert not figures.falsely_refuted, figures.falsely_refuted


@pytest.mark.campaign
def test_rewrites() -> None:
    figures = rewrites.run(rewrites.all_rewrites()[::SHARE])
    print(f"\n{figures}")
    assert not figures.refuted and len(figures.undecided) <= 0.02 * figures.count, figures.refuted


@pytest.mark.campaign
def test_clashes() -> None:
    figures = clashes.run(1000 // SHARE)
    print(f"\n{figures}")
    assert not figures.wrong, figures.wrong
