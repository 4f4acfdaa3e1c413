"""What the page of a case needs to show its thread."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from uuid import UUID
from zoneinfo import ZoneInfo

from alerts.casework.flow import is_contact
from alerts.clocks import words as clock_words
from alerts.service import case_row
from alerts.threads import store as thread_store
from alerts.threads import words as thread_words
from alerts.threads.meeting_guests import Guest, guests_of, language_for, subject_for
from alerts.threads.meetings import last_heard
from alerts.threads.reading import cases_with_talks, thread_of
from alerts.threads.store import ThreadRow
from alerts.views import CaseDetail, CaseView
from alerts.web.done_lines import done_by
from alerts.web.showing import both_clocks
from feedback_engine.directory import reading as directory
from feedback_engine.directory.reading import ContactView
from feedback_engine.foundation.i18n import format_time, gettext
from feedback_engine.foundation.unit_of_work import Reading
from feedback_engine.foundation.web.access import StaffPrincipal
from feedback_engine.foundation.web.leaving import kept_words


def thread_parts(reading: Reading, detail: CaseDetail, viewer: StaffPrincipal) -> dict[str, object]:
    """The names that `alerts/thread.html` and `alerts/thread_forms.html` use, but for those of `mail_outcomes`."""
    case = detail.case
    thread = thread_of(reading, case, viewer.time_zone)
    row = case_row(reading, case.id, None)
    guests = guests_of(reading, row, viewer)
    return {
        "thread": thread,
        "done_by": done_by(detail, thread, viewer),
        "talk_ahead": bool(cases_with_talks(reading, [case])),
        "thread_words": thread_words,
        "mail_kept": kept_words(reading),
        "guests": guests,
        "guest_choices": _choices(guests),
        "talk_subject": subject_for(reading, row, guests[0]) if guests else "",
        "goes_to": _goes_to,
        "host_words": _host_words(case, viewer),
        "is_known": lambda talk: last_heard(reading, case.id, talk.id) is not None,
        "hour_there": lambda at, zone: clock_words.there(at, viewer.time_zone, zone) or format_time(at, zone),
        "other_clocks": partial(_other_clocks, reading.now, case, viewer),
    }


def is_called_off(reading: Reading, detail: CaseDetail) -> bool:
    """Whether all that an open case tells of contact with its partner are invitations to calls that were called off.

    For the clock an invitation is a contact, whatever becomes of the call; but what is next is to call or to write.
    """
    case = detail.case
    if not case.is_open or case.kind == "thanks" or case.contacted_at is None or case.awaits_contact:
        return False
    reached = [line for line in detail.together if is_contact(line.kind, line.detail)]
    if not reached or any(line.kind != "invited" for line in reached):
        return False
    invited = {UUID(line.detail["meeting"]) for line in reached}
    meetings = thread_store.meetings_by_id(reading, invited)
    return len(meetings) == len(invited) and all(each.state == "cancelled" for each in meetings.values())


def arranged_words(reading: Reading, meeting: ThreadRow, zone: str) -> dict[str, str]:
    """With whom a talk is, when by their clock and by that of `zone`, and how to join."""
    contact = directory.contacts_by_id(reading, [meeting.contact_id])[meeting.contact_id]
    when = both_clocks(meeting.starts_at, zone, meeting.zone)
    return {"name": contact.name or contact.email, "when": when, "place": meeting.place}


def _host_words(case: CaseView, viewer: StaffPrincipal) -> str:
    """Who of us will be on a call, where that is not whoever plans it."""
    if case.owner is None or case.owner.id == viewer.id:
        return ""
    return gettext("{name}, whose case it is, will be on the call and is told by mail.", name=case.owner.name)


def _other_clocks(
    now: datetime, case: CaseView, viewer: StaffPrincipal, zone: str, guests: Sequence[Guest] = ()
) -> list[str]:
    """What the time is for those on a call whose clock says something else than in `zone` and where the reader is."""
    host = [(case.owner.name, case.owner.time_zone)] if case.owner and case.owner.id != viewer.id else []
    told = {ZoneInfo(each).utcoffset(now) for each in (zone, viewer.time_zone)}
    there: dict[str, list[str]] = {}
    for name, named in [*host, *((each.name, each.zone) for each in guests)]:
        if named and ZoneInfo(named).utcoffset(now) not in told:
            there.setdefault(named, []).append(name)
    return [thread_words.clock_there(named, names, now) for named, names in there.items()]


def _choices(guests: Sequence[Guest]) -> list[tuple[object, ...]]:
    """Whom one may invite, each with the language of the mail: who answered apart from the others."""
    groups = ((gettext("Who answered"), True), (gettext("Others at the partner"), False))
    members = [(words, [each for each in guests if each.answered is answered]) for words, answered in groups]
    return [(None, words, [_choice(each) for each in found]) for words, found in members if found]


def _choice(guest: Guest) -> tuple[str, str]:
    return str(guest.contact.id), thread_words.guest_choice(guest.name, guest.contact.language, guest.language)


def _goes_to(contact: ContactView) -> str:
    """To whom a mail about a talk goes, in which language."""
    return thread_words.goes_to(contact.name or contact.email, contact.language, language_for(contact))
