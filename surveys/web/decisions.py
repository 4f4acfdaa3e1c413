"""The decision ledger for programs (`GET /decisions`), and the pages `/sampling` and `/sampling/explain`."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Blueprint, render_template, request

from feedback_engine.directory import reading as directory
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.errors import Fault, Invalid
from feedback_engine.foundation.i18n import current_locale, gettext
from feedback_engine.foundation.instants import parse_instant, words_of
from feedback_engine.foundation.periods import USUAL_DAYS, last_days
from feedback_engine.foundation.unit_of_work import Reading
from feedback_engine.foundation.web.access import SIGNED_IN, StaffPrincipal, allow, current_staff, scope
from feedback_engine.foundation.web.paging import PAGING, cursor_of, limit_of, page_of
from feedback_engine.foundation.web.reader import reader_zone
from journeys import reading as journeys
from surveys import decision_records, explaining
from surveys import decision_store as store
from surveys import program as programs
from surveys.deciding import nobody_in_case
from surveys.deciding_facts import OpenCases
from surveys.decision_store import DecisionFilter
from surveys.explaining import Explanation
from surveys.sampling import words
from surveys.sampling.send_window import zone_named
from surveys.sampling_overview import read_overview

OUTCOMES = ("invite", "defer", "drop")


# ---- for programs


def api(engine: Engine) -> Blueprint:
    """The ledger, to be mounted under /api/v1."""
    endpoints = Blueprint("decisions_api", __name__)

    @endpoints.get("/decisions")
    @allow(scope("decisions:read"), reads=(*PAGING, "email", "outcome", "touchpoint", "event_id"))
    def list_decisions() -> dict[str, Any]:
        limit, after = limit_of(request.args), cursor_of(request.args, 1)
        with engine.work.read() as reading:
            wanted = _filter(engine, reading)
            rows = store.list_decisions(reading, wanted, before=_before(after), limit=limit + 1)
            page = page_of(rows, limit, lambda row: (row.seq,))
            explained = explaining.explain_decisions(reading, page.rows)
        data = [decision_records.decision_document(decision) for decision in explained]
        return {"data": data, "next_cursor": page.next_cursor}

    return endpoints


def _before(after: tuple[Any, ...] | None) -> int | None:
    if after is None:
        return None
    if not isinstance(after[0], int):
        raise Invalid(gettext("The cursor is not one of ours."), [Fault("/cursor", gettext("Leave it out."))])
    return after[0]


def _filter(engine: Engine, reading: Reading) -> DecisionFilter:
    """The filter of the query. Raises Invalid with a pointer for each wrong value."""
    email = request.args.get("email")
    contacts = None
    if email:
        found = explaining.contacts_of_address(reading, engine.keys, email)
        contacts = tuple(contact.id for contact in found)
    outcome = request.args.get("outcome") or None
    if outcome is not None and outcome not in OUTCOMES:
        detail = gettext("Write one of: {outcomes}.", outcomes=", ".join(OUTCOMES))
        raise Invalid(gettext("There is no such outcome."), [Fault("/outcome", detail)])
    touchpoint = request.args.get("touchpoint") or None
    return DecisionFilter(event_id=_event_id(), contact_ids=contacts, touchpoint=touchpoint, outcome=outcome)


def _event_id() -> UUID | None:
    text = request.args.get("event_id")
    if not text:
        return None
    try:
        return UUID(text)
    except ValueError:
        detail = gettext("Take event_id from the answer to the event, unchanged.")
        raise Invalid(gettext("The event id is not one of ours."), [Fault("/event_id", detail)]) from None


# ---- for people


def blueprint(engine: Engine, open_cases: OpenCases = nobody_in_case) -> Blueprint:
    """The pages about sampling, to be mounted at the root. `open_cases` comes from the floor above."""
    pages = Blueprint("sampling", __name__, template_folder="../templates")

    @pages.get("/sampling")
    @allow(SIGNED_IN)
    def show() -> str:
        with engine.work.read() as reading:
            names = touchpoint_names(reading)
            overview = read_overview(reading, names, last_days(reading.now).from_at)
        return render_template(
            "surveys/sampling.html", overview=overview, names=names, days=USUAL_DAYS, title=words.title
        )

    @pages.get("/sampling/explain")
    @allow(SIGNED_IN)
    def explain() -> str:
        asked = {name: request.args.get(name, "").strip() for name in ("email", "touchpoint", "at")}
        with engine.work.read() as reading:
            names = touchpoint_names(reading)
            try:
                found = _explanation(engine, reading, open_cases, asked) if asked["email"] else None
                faults: tuple[Fault, ...] = ()
            except Invalid as error:
                found, faults = None, error.faults or (Fault("/email", error.message),)
        return render_template(
            "surveys/sampling_explain.html",
            found=found,
            asked=asked,
            faults=faults,
            names=names,
            partner_path=directory.partner_path,
            **_told(found, names),
        )

    return pages


def _told(found: Explanation | None, names: dict[str, str]) -> dict[str, Any]:
    """An explanation in words, for the template."""
    if found is None:
        return {"chains": [], "again": [], "nothing": ""}
    zone = reader_zone()
    return {
        "chains": decision_records.chains(found.decisions, zone, names),
        "again": decision_records.again_in_words(found, zone, names),
        "nothing": decision_records.nothing_again(found),
    }


def _explanation(engine: Engine, reading: Reading, open_cases: OpenCases, asked: dict[str, str]) -> Explanation:
    """The explanation of whom the reader may see. Raises Invalid for a wrong address or time."""
    return explaining.explain_person(
        reading,
        engine.keys,
        asked["email"],
        open_cases=open_cases,
        touchpoint=asked["touchpoint"] or None,
        at=_instant(asked["at"], current_staff()),
        seen_by=current_staff(),
    )


def _instant(text: str, reader: StaffPrincipal) -> datetime | None:
    """A time as a form writes it (in the reader's zone) or with its own zone."""
    if not text:
        return None
    try:
        return parse_instant(text, zone_named(reader.time_zone))
    except ValueError as error:
        detail = words_of(error, gettext("Write a time like 2026-03-01 08:00."))
        raise Invalid(gettext("The time cannot be read."), [Fault("/at", detail)]) from None


def touchpoint_names(reading: Reading) -> dict[str, str]:
    """The names of the touchpoints in force in the reader's language, by key, in the order of the map."""
    program = programs.current(reading)
    return {
        placed.definition.key: placed.definition.name.get(current_locale(), program.first_language)
        for placed in journeys.touchpoints(reading)
    }
