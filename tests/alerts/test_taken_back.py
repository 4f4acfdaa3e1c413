"""A step that was taken back: its line in the timeline says which."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from alerts import service
from alerts.casework import words as timeline_words
from alerts.casework.undoing import UNDOABLE
from alerts.regrouping.undoing import REGROUPED
from alerts.views import EntryView
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.i18n import use_locale
from tests.alerts.builders import close, open_case, staff_actor, undo, world
from tests.alerts.site import browser, staff, words


def test_the_timeline_says_which_step_was_taken_back(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    opened = open_case(of)
    close(of, opened)
    undo(of, opened)
    service.snooze(sqlite_engine.work, staff_actor(of.dana), opened.id, of.now + timedelta(days=1))
    undo(of, opened)
    page = words(browser(sqlite_engine, staff(of.dana)).get(f"/cases/{opened.ref}").text)
    assert "Dana Keller took back the closing" in page
    assert "Dana Keller took back that the case was put aside" in page
    in_italian = words(browser(sqlite_engine, staff(of.dana, "it")).get(f"/cases/{opened.ref}").text)
    assert "Dana Keller ha annullato la chiusura" in in_italian


@pytest.mark.parametrize("step", sorted(UNDOABLE | REGROUPED))
def test_whatever_can_be_taken_back_is_called_by_its_name_in_both_languages(step: str) -> None:
    told = set()
    line = EntryView(2, "undone", datetime(2026, 3, 9, tzinfo=UTC), "staff", "", "Dana", "", {"entry": step})
    for locale in ("en", "it"):
        with use_locale(locale):
            told.add(timeline_words.entry(line, {}))
    assert len(told) == 2
