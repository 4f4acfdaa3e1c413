"""Whoever sends slowly, or not at all, stops no page; and pages that were killed come back."""

from __future__ import annotations

import fcntl
import os
import signal
import socket
from contextlib import ExitStack
from http.client import HTTPException
from pathlib import Path

from feedback_engine.foundation.web.turns import THREADS
from tests.faults.installed import Installed
from tests.faults.load import Clients, call, send_form
from tests.faults.waiting import holds_within, until

FORM = {"q-nps": "9", "q-comment": "quick"}


def test_many_who_never_finish_sending_stop_no_page(on_sqlite: Installed) -> None:
    on_sqlite.invite(1)
    on_sqlite.start_web()
    [path] = on_sqlite.survey_paths()
    begun = (
        f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        "Content-Length: 1000\r\n\r\nq-nps=9"
    )
    with ExitStack() as open_ones:
        for _ in range(2 * THREADS):
            sender = open_ones.enter_context(socket.create_connection(("127.0.0.1", on_sqlite.port)))
            sender.sendall(begun.encode())
        for _ in range(10):
            assert call(on_sqlite.port, "GET", "/healthz").status == 200
            assert call(on_sqlite.port, "GET", path).status == 200
        assert send_form(on_sqlite.port, path, FORM).status == 503
    # Once they are gone there is room again.
    assert holds_within(lambda: send_form(on_sqlite.port, path, FORM).status == 303, 30)


def test_while_the_writer_stands_still_pages_are_read(on_sqlite: Installed) -> None:
    on_sqlite.invite(1)
    on_sqlite.start_web()
    [path] = on_sqlite.survey_paths()
    lock = Path(f"{on_sqlite.engine.database.url.database}.write-lock")
    answered: list[int] = []
    with lock.open("rb") as still:
        fcntl.flock(still, fcntl.LOCK_EX)
        with Clients(lambda _: answered.append(send_form(on_sqlite.port, path, FORM).status), THREADS):
            until(lambda: len(answered) > 0, "one is told to try again")
            for _ in range(10):
                assert call(on_sqlite.port, "GET", path).status == 200
            fcntl.flock(still, fcntl.LOCK_UN)
            until(lambda: 303 in answered, "the answer is taken")
    assert set(answered) == {503, 303}


def test_pages_that_were_killed_come_back_without_anybody(on_sqlite: Installed) -> None:
    web = on_sqlite.start_web()
    [pages] = set(web.members()) - {web.pid}
    os.kill(pages, signal.SIGKILL)

    def answers() -> bool:
        try:
            return pages not in web.members() and call(on_sqlite.port, "GET", "/healthz").status == 200
        except (OSError, HTTPException):
            return False

    until(answers, "the pages answer again", seconds=60)
    assert web.alive
