"""Published derivations as their authors typed them: no wrong link is proved, no right one refuted."""

from __future__ import annotations

import published
import pytest


@pytest.mark.parametrize("name", published.works())
def test_no_wrong_link_is_proved_and_no_right_one_refuted(name: str) -> None:
    work = published.checked(name)
    said = [(label, published.word(link), each.row.id) for each in work.displays for label, link in each.pairs()]
    assert not [row for row in said if row[0] == "false" and row[1] in published.ACCEPTED]
    assert not [row for row in said if row[0] == "true" and row[1] == "refuted"]
    assert not [link for link in work.strays if link.said == "unreadable"], "a line of the conventions is not obeyed"


@pytest.mark.parametrize("name", published.works(published.HELD_OUT))
def test_the_same_holds_of_works_that_were_labelled_before_they_were_read(name: str) -> None:
    work = published.checked(name, published.HELD_OUT)
    said = [(label, published.word(link), each.row.id) for each in work.displays for label, link in each.pairs()]
    assert not [row for row in said if row[0] == "false" and row[1] in published.ACCEPTED]
    assert not [row for row in said if row[0] == "true" and row[1] == "refuted"]
