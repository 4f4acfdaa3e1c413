"""What a list says of a case about which the partner was asked: before the mail left, and after they said no."""

from __future__ import annotations

import pytest

from alerts import reading
from alerts.views import CaseView
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.unit_of_work import SYSTEM
from surveys import published
from tests.alerts.builders import World, answer, case, open_case, rows, take_in
from tests.alerts.recorded import record
from tests.alerts.settled import closed, find, letters, say, steering, world
from tests.alerts.site import browser, staff, words
from tests.alerts.test_bulk import picks, post
from tests.surveys import builders as surveys

OLD = "Nine working days for a yes."
NEW = "Nobody has called me since, and the deal is gone."
LISTS = ("/inbox?view=mine", "/my", "/partners/acme")


def _opened(of: World, comment: str, score: int = 3) -> CaseView:
    """The case that an answer with a comment opens or joins."""
    with of.engine.work.begin(actor=SYSTEM) as uow:
        version = published.publish(uow, surveys.survey())
    event = answer(of, score).model_copy(update={"has_comment": True, "survey_version": version})
    record(of, event, comment=comment)
    take_in(of, event)
    with of.engine.work.read() as view:
        return case(of, reading.responses_with_case(view, [event.response_id])[event.response_id])


def _shown(of: World, path: str) -> str:
    return words(browser(of.engine, staff(of.dana)).get(path).text)


@pytest.mark.parametrize("path", LISTS)
def test_a_case_that_a_no_opened_again_says_so_in_the_words_of_the_partner(sqlite_engine: Engine, path: str) -> None:
    of = world(sqlite_engine)
    steering(of)
    shut = closed(of, _opened(of, OLD))
    assert "mediation" not in _shown(of, path)
    say(of, browser(sqlite_engine, None), shut, "no", NEW)
    shown = _shown(of, path)
    assert "mediation" in shown
    assert NEW in shown
    assert OLD not in shown.partition(NEW)[0][-200:]
    assert "needs review" not in shown, "nobody can acknowledge it"
    if path != "/my":
        assert "waits for our statement" in shown


def test_each_row_that_needs_review_says_so_also_while_somebody_mediates(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    steering(of)
    shut = closed(of, _opened(of, OLD))
    say(of, browser(sqlite_engine, None), shut, "no", NEW)
    assert "needs review: waits for our statement" in _shown(of, "/inbox?view=review")


@pytest.mark.parametrize("path", LISTS)
def test_a_partly_is_told_too_and_without_words_the_answer_stands(sqlite_engine: Engine, path: str) -> None:
    of = world(sqlite_engine)
    shut = closed(of, _opened(of, OLD))
    say(of, browser(sqlite_engine, None), shut, "partly")
    shown = _shown(of, path)
    assert "says: partly" in shown
    assert OLD in shown


def test_an_answer_that_came_after_the_no_is_the_newest_word(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    shut = closed(of, _opened(of, OLD))
    say(of, browser(sqlite_engine, None), shut, "partly", NEW)
    of.later(hours=1)
    _opened(of, "Now it is worse.", score=2)
    shown = _shown(of, "/inbox?view=mine")
    assert "Now it is worse." in shown
    assert NEW not in shown


def test_a_closed_case_says_asked_once_the_mail_that_asks_has_left(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    assert closed(of).settlement == "asked"
    assert "closed, not asked yet" in _shown(of, "/inbox?view=closed")
    letters(of, "ines@acme.example")
    shown = _shown(of, "/inbox?view=closed")
    assert "closed, waiting for the partner" in shown
    assert "being asked" not in shown


@pytest.mark.parametrize("verdict", ["partly", "no"])
def test_a_case_that_the_partner_calls_unsettled_is_dismissed_by_itself_alone(
    sqlite_engine: Engine, verdict: str
) -> None:
    of = world(sqlite_engine)
    henrik, _ = steering(of)
    shut, other = closed(of), open_case(of, 3, touchpoint="ticket.closed")
    say(of, browser(sqlite_engine, None), shut, verdict)
    client = browser(sqlite_engine, staff(of.dana))

    def dismiss() -> str:
        chosen = picks(case(of, shut.id), case(of, other.id))
        return words(post(client, "/inbox/act", deed="dismiss", pick=chosen, **{"bulk-reason": "test"}))

    if verdict == "no":
        assert "A mediation is going on." in dismiss()
        find(of, henrik, shut)
    assert "The partner says it is not settled; dismiss this case by itself, on its page." in dismiss()
    assert {row.id: row.outcome for row in rows(of, "casework")} == {shut.id: None, other.id: "dismissed"}
    warning = "The partner says it is not settled. A dismissal ends the case all the same: they are not asked again"
    assert warning in _shown(of, f"/cases/{shut.ref}")
