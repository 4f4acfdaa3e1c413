"""Programs that follow every link of a mail record nothing, and leave the links good for the person they are for."""

from __future__ import annotations

from typing import Any

import pytest
import requests
from playwright.sync_api import Browser
from sqlmodel import SQLModel, select

from feedback_engine.foundation.engine import Engine
from tests.browser.people import answer, links_of
from tests.browser.screen import DESK, PHONE, window
from tests.directory import builders
from tests.faults.scale import figure
from tests.installation import Installation, cloud_event
from tests.promises import Tell

ANA = "ana@tagus.example"
TIMES = figure(20, 50)


def _everything(engine: Engine) -> dict[str, list[Any]]:
    """Every row of every table."""
    with engine.work.read() as reading:
        return {
            table.name: sorted(map(repr, reading.connection.execute(select(table))))
            for table in SQLModel.metadata.sorted_tables
        }


@pytest.mark.browser
def test_a_scanner_records_nothing_and_the_links_stay_good(
    chromium: Browser, on_sqlite: Installation, tell: Tell
) -> None:
    tagus = builders.partner(on_sqlite.engine, "tagus", name="Tagus Freight", kind="channel")
    builders.contact(on_sqlite.engine, tagus, ANA, role="sales manager")
    key = on_sqlite.api_key("events:write", "responses:read")
    on_sqlite.post_event(key, cloud_event(1, "tagus", ANA, on_sqlite.clock.now()))
    on_sqlite.settle()
    on_sqlite.later(hours=2)
    [mail] = on_sqlite.letters(ANA)
    links = links_of(mail)
    assert len([link for link in links if "/s/" in link]) >= 12  # eleven scores and "not now"
    before = _everything(on_sqlite.engine)

    with requests.Session() as scanner:
        for link in links * TIMES:
            for method in ("HEAD", "GET"):
                assert scanner.request(method, link, timeout=30).status_code == 200
    with window(chromium, DESK) as robot:  # runs scripts, presses nothing
        for link in links:
            robot.goto(link)
    on_sqlite.settle()
    assert _everything(on_sqlite.engine) == before

    with window(chromium, PHONE) as phone:
        answer(phone, mail, 9, "Quick and clear.")
    [response] = on_sqlite.get("/api/v1/responses", key)["data"]
    assert response["partner"] == "tagus"
    asked = f"{len(links)} links of an invitation, each {TIMES} times by HEAD and by GET, once in a Chromium"
    tell(12, f"{asked}: no row changed in any table, the answer behind them stored")
