"""What can still be taken back is offered wherever it is met again, and nothing else is."""

from __future__ import annotations

import html
import re
from dataclasses import replace

import pytest

from alerts import service
from alerts.casework.flow import Acknowledge, Dismiss
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.errors import Conflict
from feedback_engine.foundation.unit_of_work import SYSTEM
from tests.alerts.builders import case, open_case, staff_actor, world
from tests.alerts.site import browser, staff, words
from tests.alerts.test_bulk import many, picks, post, shown

UNDO = re.compile(r'data-fades="(\d*)"><form class="act" method="post" action="([^"]+)"')


def offered(page: str) -> list[tuple[str, str]]:
    """The seconds and the address of each Undo of the page of a case."""
    return UNDO.findall(page)


def test_the_last_step_in_a_case_is_offered_again_to_whoever_returns_to_its_page(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    opened = open_case(of, 3)
    client, path = browser(sqlite_engine, staff(of.dana)), f"/cases/{opened.ref}"
    service.act(of.engine.work, staff_actor(of.dana), opened.id, Acknowledge())
    of.later(seconds=20)
    page = client.get(path).text
    assert "A moment ago: Dana Keller acknowledged the case." in words(page)
    [(seconds, undo)] = offered(page)
    assert seconds == "38"
    assert [len(offered(client.get(path).text)) for _ in range(2)] == [1, 1]
    post(client, html.unescape(undo), revision="2")
    assert case(of, opened.id).state == "new"
    of.later(seconds=1)
    client.get(path)
    assert offered(client.get(path).text) == []  # what was taken back is no step to take back


def test_a_step_is_offered_once_right_after_it_was_done(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    opened = open_case(of, 3)
    client, path = browser(sqlite_engine, staff(of.dana)), f"/cases/{opened.ref}"
    page = post(client, f"{path}/acknowledge", revision="1")
    assert len(offered(page)) == 1
    assert "A moment ago" not in page


def test_no_step_is_offered_to_others_nor_after_its_minute_nor_when_it_was_not_the_last(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    opened = open_case(of, 3)
    dana, path = staff_actor(of.dana), f"/cases/{opened.ref}"
    service.act(of.engine.work, dana, opened.id, Acknowledge())
    assert offered(browser(sqlite_engine, staff(of.luis)).get(path).text) == []
    service.note(of.engine.work, staff_actor(of.luis), opened.id, "I know them.")
    client = browser(sqlite_engine, staff(of.dana))
    assert offered(client.get(path).text) == []
    service.act(of.engine.work, dana, opened.id, Dismiss("test"))
    assert len(offered(client.get(path).text)) == 1
    of.later(seconds=58)  # a press takes a moment to arrive
    assert offered(client.get(path).text) == []


def test_a_list_offers_no_more_what_was_moved_on_since_on_a_page_of_its_own(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    chosen = many(of, 2)
    client = browser(sqlite_engine, staff(of.dana))
    post(client, "/inbox/act?view=mine", deed="acknowledge", pick=picks(*chosen))
    service.note(of.engine.work, staff_actor(of.luis), chosen[0].id, "I know them.")
    page = shown(client, "/inbox")
    assert "1 case acknowledged." in words(page)
    assert f'value="{chosen[1].ref}:2"' in page
    service.note(of.engine.work, staff_actor(of.luis), chosen[1].id, "Them too.")
    assert "acknowledged." not in words(shown(client, "/inbox"))


def test_a_case_is_not_given_back_to_somebody_whose_account_was_closed_meanwhile(engine: Engine) -> None:
    of = world(engine)
    opened = open_case(of, 3)
    service.assign(engine.work, staff_actor(of.luis), opened.id, of.luis.id)
    client, path = browser(engine, staff(of.luis)), f"/cases/{opened.ref}"
    assert len(offered(client.get(path).text)) == 1
    service.close_account(engine.work, SYSTEM, of.dana.id, of.luis.id)
    assert offered(client.get(path).text) == []
    with pytest.raises(Conflict):
        service.undo(engine.work, staff_actor(of.luis), opened.id)
    owner = case(of, opened.id).owner
    assert owner is not None
    assert owner.id == of.luis.id


@pytest.mark.parametrize("deed", ["close", "dismiss"])
def test_an_ended_case_is_not_offered_back_beside_another_of_its_matter(sqlite_engine: Engine, deed: str) -> None:
    of = world(sqlite_engine)
    opened = open_case(of, 3)
    client = browser(sqlite_engine, staff(of.dana))
    form = {"close": {"bulk-outcome": "settled", "bulk-root_cause": "late"}, "dismiss": {"bulk-reason": "test"}}[deed]
    done = post(client, "/inbox/act?view=mine", deed=deed, pick=picks(opened), **form)
    assert "Undo" in words(done)
    assert open_case(of, 2).id != opened.id
    assert offered(client.get(f"/cases/{opened.ref}").text) == []
    assert "Undo" not in words(shown(client, "/inbox"))


def test_nothing_is_offered_back_to_a_viewer(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    opened = open_case(of, 3)
    service.act(of.engine.work, staff_actor(of.dana), opened.id, Acknowledge())
    viewer = replace(of.dana, role="viewer")
    assert offered(browser(sqlite_engine, staff(viewer)).get(f"/cases/{opened.ref}").text) == []
