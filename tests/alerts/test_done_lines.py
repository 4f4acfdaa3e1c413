"""The page of a case tells its forms what their reader did with them: of which case, and with which words."""

from __future__ import annotations

import json
import re
from html import unescape
from typing import Any

from alerts import service
from alerts.threads import letters as mails
from alerts.threads.letters import Letter
from alerts.views import CaseView
from feedback_engine.directory.views import StaffView
from feedback_engine.foundation.engine import Engine
from tests.alerts.builders import World, case, open_case, staff_actor
from tests.alerts.settled import world
from tests.alerts.site import browser, staff


def done(of: World, reader: StaffView, opened: CaseView, form: str) -> Any:
    """What a form of the page of a case knows."""
    page = browser(of.engine, staff(reader)).get(f"/cases/{opened.ref}").text
    [known] = re.findall(f"id=\"{opened.ref}-{form}\"[^>]* data-done='([^']*)'", page)
    return json.loads(unescape(known))


def test_each_form_knows_what_its_reader_did_with_it(engine: Engine) -> None:
    of = world(engine)
    opened, dana = open_case(of, 3), staff_actor(of.dana)
    service.note(engine.work, dana, opened.id, "It's <b>mine</b>.")
    service.note(engine.work, staff_actor(of.luis), opened.id, "Of a colleague.")
    mails.write(engine, dana, opened.id, Letter("What we found", "Dear Ana,\n\nall is well."))
    assert done(of, of.dana, opened, "note") == [[opened.ref, 2, "It's <b>mine</b>."]]
    assert done(of, of.dana, opened, "letter") == [[opened.ref, 4, "Dear Ana,\n\nall is well."]]
    assert done(of, of.dana, opened, "log-contact") == []


def test_lines_of_a_case_that_was_merged_are_known_as_its_own(engine: Engine) -> None:
    of = world(engine)
    gone, stays, dana = open_case(of, 3), open_case(of, 2, touchpoint="other"), staff_actor(of.dana)
    service.note(engine.work, dana, gone.id, "Of the one.")
    service.note(engine.work, dana, stays.id, "Of the other.")
    service.merge(engine.work, dana, gone.id, stays.id)
    expected = [[gone.ref, 2, "Of the one."], [stays.ref, case(of, stays.id).revision - 1, "Of the other."]]
    assert sorted(done(of, of.dana, stays, "note")) == sorted(expected)
