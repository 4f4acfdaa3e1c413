"""How promises stand on pages: with their clocks, in a case, on the Monday page and at their partner."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from flask import render_template
from markupsafe import Markup

from alerts import words
from alerts.casework import mentioning
from alerts.clocks import words as clock_words
from alerts.promises import reading as promise_reading
from alerts.promises import words as promise_words
from alerts.promises.flow import SENTIMENTS
from alerts.promises.reading import PromiseView
from alerts.reading import CaseView
from feedback_engine.directory import reading as directory
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.i18n import gettext
from feedback_engine.foundation.unit_of_work import Reading
from feedback_engine.foundation.web.access import find_staff
from feedback_engine.foundation.web.slots import Slots

MOST_AT_PARTNER = 8

Line = tuple[PromiseView, tuple[str, str]]
"""A promise and the state and words of its clock."""


def clock_of(promise: PromiseView) -> tuple[str, str]:
    """State and words of a promise's clock, for the macro `clock`."""
    if not promise.is_open:
        return ("off" if promise.state == "withdrawn" else "done"), promise_words.state(promise.state)
    return clock_words.running(promise.left, promise.past_due)


def lines_of(promises: Sequence[PromiseView]) -> list[Line]:
    """The promises with their clocks."""
    return [(promise, clock_of(promise)) for promise in promises]


def shown_in_case(reading: Reading, case: CaseView) -> dict[str, object]:
    """What the page of a case shows of promises, for its template."""
    found = promise_reading.promises_of_case(reading, case.id)
    return {
        "promised": lines_of(found),
        "keepers": _keepers(reading, case) if any(promise.is_open for promise in found) else [],
        "promises_open": sum(promise.is_open for promise in found),
        "sentiments": [("", gettext("Not said")), *((key, words.sentiment(key)) for key in SENTIMENTS)],
    }


def _keepers(reading: Reading, case: CaseView) -> list[tuple[str, str]]:
    """Who may be given a promise: whoever works on cases and may see this one."""
    seeing = mentioning.who_may_see(reading, case.partner.id, case.owner.id if case.owner else None, case.team_id)
    workers = [(str(member.id), member.name) for member in seeing if member.role != "viewer"]
    return [("", gettext("Choose one")), *workers]


def fill_slots(engine: Engine, slots: Slots) -> None:
    """Fill `my.promises` and `partner.page`."""

    def mine(staff_id: UUID) -> Markup | None:
        with engine.work.read() as reading:
            found = promise_reading.open_promises_of(reading, staff_id)
        return _panel(found, named=True) if found else None

    def of_partner(partner_id: UUID) -> Markup | None:
        with engine.work.read() as reading:
            company = directory.visible_company(reading, find_staff(), partner_id)
            found = promise_reading.promises_to_partners(reading, company, MOST_AT_PARTNER)
        return _panel(found, named=False) if found else None

    slots.add("my.promises", mine)
    slots.add("partner.page", of_partner)


def _panel(found: Sequence[PromiseView], *, named: bool) -> Markup:
    return Markup(render_template("alerts/promises.html", promised=lines_of(found), named=named))
