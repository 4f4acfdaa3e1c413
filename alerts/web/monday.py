"""The page `/my`: what an owner starts the week with."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Blueprint, render_template

from alerts import reading as cases
from alerts import words
from alerts.casework import mentioning
from alerts.handover import duties
from alerts.reading import CaseView
from alerts.settling import reading as settling_reading
from alerts.settling import words as settling_words
from alerts.settling.reading import Brought
from alerts.threads import reading as thread
from alerts.threads.views import MeetingView
from alerts.web.handing_pages import stands_in_for, still_here
from alerts.web.showing import (
    ClockedCase,
    brought_row,
    hours_words,
    instant_words,
    is_thanked,
    said_by,
    shortened,
    task_of,
    warning_tag,
    with_clocks,
)
from feedback_engine.directory import reading as directory
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.i18n import gettext
from feedback_engine.foundation.unit_of_work import Reading
from feedback_engine.foundation.web.access import SIGNED_IN, StaffPrincipal, allow, current_staff
from surveys import reading as surveys
from surveys.reading import ResponseView

NEW_ANSWERS = timedelta(days=7)
DAYS_OF_TALKS = timedelta(days=8)
MOST_ANSWERS = 10
MOST_CASES = 50
MOST_PARTNERS = 12


def add_to(pages: Blueprint, engine: Engine) -> None:
    """Add the page to the blueprint."""

    @pages.get("/my")
    @allow(SIGNED_IN)
    def show_monday() -> str:
        with engine.work.read() as reading:
            return _draw(reading, current_staff())


NEW_PARTNERS = timedelta(days=7)
"""How long a partner stands among those that came to somebody."""


def _draw(reading: Reading, viewer: StaffPrincipal) -> str:
    partner_ids = directory.partners_owned_by(reading, viewer.id)
    brought = _brought(reading, viewer)
    # Where its conflict came to whoever has the case, it stands once, by what is asked of them in it.
    asked = {each.case.id for each, _ in brought}
    owned = cases.list_cases(reading, cases.inbox_filter(reading, viewer, "mine"), limit=MOST_CASES).rows
    mine = [case for case in owned if case.id not in asked]
    answers = _new_answers(reading, partner_ids)
    with_case = cases.responses_with_case(reading, [answer.id for answer in answers])
    scores = surveys.last_scores(reading, partner_ids, cases.LAST_SCORES) if partner_ids else {}
    newest = sorted(scores, key=lambda partner_id: scores[partner_id][0].at, reverse=True)[:MOST_PARTNERS]
    partners = directory.partners_by_id(reading, {*newest, *(answer.partner_id for answer in answers)})
    evening = _end_of_tomorrow(reading.now, viewer.time_zone)
    brought_soon = [pair for pair in brought if pair[0].due_at is not None and pair[0].due_at <= evening]
    urgent = [case for case in mine if case.due_at <= evening and not is_thanked(case)]
    has_time = [case for case in mine if case not in urgent]
    thanks = [case for case in has_time if case.kind == "thanks" and case.fallen is None]
    return render_template(
        "alerts/monday.html",
        greeting=_greeting(reading.now, viewer),
        now=reading.now,
        still_here=still_here(reading, viewer),
        stands_in=stands_in_for(reading, viewer),
        mentions=_mentions(reading, viewer),
        partner_count=len(partner_ids),
        answer_count=len(answers),
        talks=_talks(reading, viewer),
        aside=cases.put_aside(reading, viewer),
        received=[each for each in duties.received(reading, viewer.id) if each.at >= reading.now - NEW_PARTNERS],
        hours_in=hours_words(mine, viewer.time_zone, reading.now),
        mine_count=cases.count_mine(reading, viewer),
        # Each stands once: among what is due, or apart while it has time.
        brought=[pair for pair in brought if pair not in brought_soon],
        brought_soon=brought_soon,
        urgent=with_clocks(urgent, viewer.time_zone),
        thanks=with_clocks(thanks, viewer.time_zone),
        later=with_clocks([case for case in has_time if case not in thanks], viewer.time_zone),
        answers=[answer for answer in answers if answer.id not in with_case][:MOST_ANSWERS],
        cased_count=len(with_case),
        scores=[(partners[partner_id], scores[partner_id]) for partner_id in newest],
        partners=partners,
        partner_path=directory.partner_path,
        touchpoints=cases.touchpoint_names(reading),
        said_by=said_by,
        warning_tag=warning_tag,
        words=words,
        settling_words=settling_words,
        task_of=task_of,
    )


def _new_answers(reading: Reading, partner_ids: Sequence[UUID]) -> list[ResponseView]:
    """The answers of one's own partners in the last seven days, newest first."""
    if not partner_ids:
        return []
    since = reading.now - NEW_ANSWERS
    latest = surveys.responses_of(reading, partner_ids, limit=100)
    return [answer for answer in latest if answer.at >= since]


def _brought(reading: Reading, viewer: StaffPrincipal) -> list[tuple[Brought, ClockedCase]]:
    """The conflicts that wait for the reader as mediator or escalation contact."""
    rows = cases.list_cases(reading, cases.inbox_filter(reading, viewer, "brought"), limit=MOST_CASES).rows
    found = settling_reading.brought_to(reading, viewer.id, rows)
    return [(each, brought_row(each, viewer.time_zone)) for each in found]


def _mentions(reading: Reading, viewer: StaffPrincipal) -> list[tuple[CaseView, str, str]]:
    """The cases with a note that names the reader, until they open them: who wrote it, and how it begins."""
    rows = cases.list_cases(reading, cases.inbox_filter(reading, viewer, "mentions"), limit=MOST_CASES).rows
    notes = mentioning.notes_unopened(reading, viewer.id, [case.id for case in rows])
    told = ((case, *notes.get(case.id, ("", ""))) for case in rows)
    return [(case, who, shortened(text)) for case, who, text in told]


def _talks(reading: Reading, viewer: StaffPrincipal) -> list[tuple[MeetingView, CaseView, str]]:
    """The calls of today and the next seven days, each with its hour here and at the partner's."""
    # One that began this morning is not gone: it waits to be logged.
    midnight = datetime.combine(
        reading.now.astimezone(ZoneInfo(viewer.time_zone)).date(), time(), ZoneInfo(viewer.time_zone)
    )
    found = thread.talks_ahead(reading, viewer, midnight, midnight + DAYS_OF_TALKS)
    return [(talk, case, instant_words(case, talk.starts_at, viewer.time_zone)) for talk, case in found]


def _end_of_tomorrow(now: datetime, zone: str) -> datetime:
    tomorrow = now.astimezone(ZoneInfo(zone)).date() + timedelta(days=1)
    return datetime.combine(tomorrow, time.max, ZoneInfo(zone))


def _greeting(now: datetime, viewer: StaffPrincipal) -> str:
    name = viewer.name.split()[0] if viewer.name.split() else viewer.email
    hour = now.astimezone(ZoneInfo(viewer.time_zone)).hour
    if hour < 12:
        return gettext("Good morning, {name}", name=name)
    return gettext("Good afternoon, {name}", name=name) if hour < 18 else gettext("Good evening, {name}", name=name)
