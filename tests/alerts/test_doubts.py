"""A thank-you is in doubt where an answer of its case became worse, each question of each answer for itself."""

from __future__ import annotations

from typing import Any

import pytest

from alerts.casework.doubts import worst_fall
from feedback_engine.foundation.engine import Engine
from tests.alerts.builders import case, changed, merge, open_case, take_in, world
from tests.alerts.site import browser, staff, words


def line(answer: str, **scores: list[int | None]) -> dict[str, Any]:
    return {"response_id": answer, "scores": scores}


@pytest.mark.parametrize(
    ("lines", "fall"),
    [
        ([], None),
        ([line("a", nps=[10, 8])], (10, 8)),
        ([line("a", nps=[10, 2]), line("a", nps=[2, 10])], None),
        ([line("a", nps=[9, 10], effort=[5, 6])], None),  # both better, whatever stands first
        ([line("a", effort=[5, 6], nps=[9, 10])], None),
        ([line("a", nps=[10, 8], effort=[5, 6])], (10, 8)),  # one better, one worse
        ([line("a", nps=[9, 10]), line("b", nps=[10, 8])], (10, 8)),  # of two people only one
        ([line("a", nps=[10, 9]), line("b", effort=[6, 2])], (6, 2)),  # the worst
        ([line("a", nps=[None, 3])], None),
        ([{"scores": {"nps": [10, 4]}}], (10, 4)),  # a line from before it said whose answer it was
    ],
)
def test_each_question_of_each_answer_is_compared_with_itself(
    lines: list[dict[str, Any]], fall: tuple[int, int] | None
) -> None:
    assert worst_fall(lines) == fall


def test_the_doubt_goes_along_when_the_case_is_merged(engine: Engine) -> None:
    of = world(engine)
    fallen, other = open_case(of, 10), open_case(of, 9, touchpoint="ticket.closed")
    [event] = [each for each in of.answers.values() if each.touchpoint != "ticket.closed"]
    take_in(of, changed(of, event, 8))
    assert (case(of, fallen.id).fallen, case(of, other.id).fallen) == ((10, 8), None)
    merge(of, fallen, other)
    assert case(of, other.id).fallen == (10, 8)
    assert "in doubt: 10 became 8" in words(browser(engine, staff(of.dana)).get("/inbox?view=mine").text)
