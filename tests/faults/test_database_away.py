"""Promise 15: while the database is down or its disk is full, what was typed comes back and is stored once later."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from html import unescape
from pathlib import Path

import pytest

from tests.conftest import START
from tests.faults.disks import small_disk
from tests.faults.installed import Installed, installed
from tests.faults.load import Reply, call, send_form
from tests.faults.mail import CountingMailServer
from tests.faults.postgresql import stoppable_postgresql
from tests.faults.processes import Nursery, Process
from tests.faults.scale import figure
from tests.faults.waiting import until
from tests.installation import cloud_event
from tests.promises import Tell

OUTAGES = figure(2, 20)
TYPED = 'Nine "working" days\r\n<for> a yes & no word meanwhile.'
_HIDDEN = re.compile(r'<input type="hidden" name="([^"]*)" value="([^"]*)">')
_HIDDEN_LINES = re.compile(r'<textarea name="([^"]*)" hidden>\n(.*?)</textarea>', re.DOTALL)


def test_a_database_that_cannot_grow_keeps_what_was_typed(on_sqlite: Installed, tell: Tell) -> None:
    web = _ready(on_sqlite)
    _outages(on_sqlite, lambda: web.limit_files(0), lambda: web.limit_files(None))
    tell(15, f"SQLite, {OUTAGES} times no byte could be written: 503 with what was typed, stored once at the retry")


def test_a_full_disk_keeps_what_was_typed(
    children: Nursery, mails: CountingMailServer, tmp_path: Path, tell: Tell
) -> None:
    with (
        small_disk(tmp_path / "disk") as disk,
        installed(f"sqlite:///{disk.folder}/engine.db", tmp_path, children, mails) as on_disk,
    ):
        _ready(on_disk)
        _outages(on_disk, disk.fill, disk.free)
    tell(15, f"SQLite, {OUTAGES} times a full disk: 503 with what was typed, stored once at the retry")


@pytest.mark.postgresql
def test_a_stopped_postgresql_keeps_what_was_typed(
    children: Nursery, mails: CountingMailServer, tmp_path: Path, tell: Tell
) -> None:
    with (
        stoppable_postgresql() as server,
        installed(server.address, tmp_path, children, mails) as on_postgresql,
    ):
        _ready(on_postgresql)
        _outages(on_postgresql, server.stop, server.start)
    tell(15, f"PostgreSQL, stopped {OUTAGES} times: 503 with what was typed, stored once at the retry")


def _ready(made: Installed) -> Process:
    """Contacts are invited, the pages answer."""
    made.invite(OUTAGES)
    return made.start_web()


def _outages(made: Installed, break_it: Callable[[], None], mend_it: Callable[[], None]) -> None:
    """Answer and tell of events in each of several outages, and again after it."""
    key = made.api_key("events:write")
    paths = made.survey_paths()
    for number, path in enumerate(paths):
        assert call(made.port, "GET", path).status == 200
        break_it()
        form = {"q-nps": str(number % 11), "q-comment": TYPED}
        kept = send_form(made.port, path, form)
        assert kept.status == 503, kept.body
        assert int(kept.headers["retry-after"]) > 0
        assert _typed(kept) == form
        told = _tell_event(made, key, number)
        assert told.status == 503, told.body
        assert told.headers["content-type"].startswith("application/problem+json")
        mend_it()
        _retry(made, path, _typed(kept))
        assert _tell_event(made, key, number).status == 202
    _stored_once(made, len(paths))


def _retry(made: Installed, path: str, form: dict[str, str]) -> None:
    """Press "Send again", as often as the page says that it is not stored yet."""

    def taken() -> bool:
        reply = send_form(made.port, path, form)
        assert reply.status in (303, 503), reply.body
        return reply.status == 303

    until(taken, "the answer is stored")
    assert send_form(made.port, path, form).status == 303, "pressed twice"


def _stored_once(made: Installed, count: int) -> None:
    responses = made.rows("response", "invitation_id", "revision")
    assert len({row.invitation_id for row in responses}) == len(responses) == count
    assert {row.revision for row in responses} == {1}
    comments = [row.text for row in made.rows("answer", "question", "text") if row.question == "comment"]
    assert comments == [TYPED.replace("\r\n", "\n")] * count
    events = [row.external_id for row in made.rows("touchpoint_event", "external_id")]
    assert sum(each.startswith("DR-") for each in events) == count


def _typed(page: Reply) -> dict[str, str]:
    """The form that stands in the page, as a browser would send it."""
    # Browsers send the lines of a text area with CRLF, whatever stands between them in the page.
    lines = {name: "\r\n".join(unescape(text).splitlines()) for name, text in _HIDDEN_LINES.findall(page.body)}
    return {name: unescape(value) for name, value in _HIDDEN.findall(page.body)} | lines


def _tell_event(made: Installed, key: str, number: int) -> Reply:
    event = cloud_event(number, f"p{number}", f"c@p{number}.example", START)
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/cloudevents+json"}
    return call(made.port, "POST", "/api/v1/events", json.dumps(event).encode(), headers)
