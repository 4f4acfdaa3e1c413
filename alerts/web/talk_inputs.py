"""Reads what the forms of talks say: who is invited, when by whose clock, and whether an odd hour is meant."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any, NoReturn
from uuid import UUID

from alerts import reading as cases
from alerts.casework.flow import Refused
from alerts.clocks.partner_week import outside
from alerts.service import case_row
from alerts.threads import meetings
from alerts.threads import words as thread_words
from alerts.threads.meeting_guests import guests_of, subject_of, zone_for
from alerts.threads.meeting_times import minutes_of, starts_at
from alerts.threads.meetings import Proposal
from alerts.views import CaseView
from alerts.web.case_pages import zone_of
from feedback_engine.directory import reading as directory
from feedback_engine.directory.reading import ContactView
from feedback_engine.foundation.errors import Fault, Invalid
from feedback_engine.foundation.unit_of_work import Reading
from feedback_engine.foundation.web.access import current_staff


def invitation_typed(reading: Reading, case: CaseView, typed: Mapping[str, str]) -> Proposal:
    """The talk as it was typed; its hour is the partner's, or the reader's where nobody knows the partner's.

    Raises Invalid at `/contact` and, for an hour of rest that nobody said is meant, at `/anyway`.
    """
    talk = replace(_proposal(typed, "invite", zone_of(case)), guest_id=_guest_id(typed))
    row = case_row(reading, case.id, None)
    guests = guests_of(reading, row, current_staff())
    guest = next((each for each in guests if talk.guest_id in (None, each.contact.id)), None)
    if guest is None and talk.guest_id is not None:
        _refuse_guest()
    if guest is None:
        return talk  # Inviting says why nobody can be.
    _check_hour(reading, guest.contact, talk, is_meant="invite-anyway" in typed)
    return replace(talk, subject=subject_of(reading, row, talk.subject, guest, guests[0]))


def change_typed(reading: Reading, case: CaseView, meeting_id: UUID, typed: Mapping[str, str]) -> Proposal:
    """A talk to come as it was typed, by the clock by which it stands. Raises NotFound, and Invalid at `/anyway`."""
    meeting, form = meetings.get_meeting(reading, case.id, meeting_id), f"meeting-{meeting_id}"
    talk = _proposal(typed, form, meeting.zone)
    contact = directory.find_contact(reading, meeting.contact_id)
    if contact is not None:
        _check_hour(reading, contact, talk, is_meant=f"{form}-anyway" in typed)
    return talk


def _proposal(typed: Mapping[str, str], form: str, zone: str) -> Proposal:
    given: dict[str, Any] = {
        name: typed.get(f"{form}-{name}", "") for name in ("day", "time", "minutes", "subject", "place", "text")
    }
    return Proposal(**given, zone=zone, closing=f"{form}-closing" in typed)


def _guest_id(typed: Mapping[str, str]) -> UUID | None:
    """Who was chosen; None where there was nobody to choose from."""
    text = typed.get("invite-contact", "")
    try:
        return UUID(text) if text else None
    except ValueError:
        _refuse_guest()


def _refuse_guest() -> NoReturn:
    message = thread_words.refusal("guest_unknown")
    raise Invalid(message, [Fault("/contact", message)])


def _check_hour(reading: Reading, contact: ContactView, talk: Proposal, *, is_meant: bool) -> None:
    """Ask back before a call in the guest's night or on their day of rest. Raises Invalid at `/anyway`."""
    at, minutes = starts_at(talk.day, talk.time, talk.zone, reading.now), minutes_of(talk.minutes)
    if is_meant or isinstance(at, Refused) or isinstance(minutes, Refused):
        return
    zone = zone_for(reading, contact) or talk.zone
    odd = outside(cases.week_in(reading, zone), zone, at, at + timedelta(minutes=minutes))
    if odd:
        message = thread_words.odd_hour(odd, at, zone)
        raise Invalid(message, [Fault("/anyway", message)])
