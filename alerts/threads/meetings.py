"""Invites the contact of a case to a call, changes and cancels it; each word goes by mail, as a letter with a calendar.

A meeting keeps its UID for life, and every change that is told raises its SEQUENCE.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from alerts import store
from alerts.casework.changes import with_waking
from alerts.casework.flow import Refused
from alerts.casework.stepping import take_step
from alerts.service import case_row, whoever_is_faster
from alerts.store import CaseRow
from alerts.threads import store as thread_store
from alerts.threads.letters import Letter, changes_by_writing, get_correspondent, send, sender_of
from alerts.threads.meeting_guests import guests_of, language_for, zone_for
from alerts.threads.meeting_times import minutes_of, overlap, starts_at
from alerts.threads.store import ThreadRow
from alerts.threads.words import refusal
from feedback_engine.directory import reading as directory
from feedback_engine.directory.reading import ContactView, StaffView
from feedback_engine.foundation import ids
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.errors import Conflict, Fault, Invalid, NotFound
from feedback_engine.foundation.i18n import city_of, format_datetime, gettext, use_locale
from feedback_engine.foundation.mail import queue
from feedback_engine.foundation.mail.queue import MailOrder
from feedback_engine.foundation.mail.sending import domain_of
from feedback_engine.foundation.plain_text import without_turning
from feedback_engine.foundation.unit_of_work import Actor, Reading, UnitOfWork

_LINE_ENDS = re.compile("[\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
TALK_KIND = "case-talk"
LONGEST_SUBJECT, LONGEST_PLACE, LONGEST_TEXT = 200, 500, 2_000


@dataclass(frozen=True, slots=True)
class Proposal:
    """A talk as it was typed; day and time are by the clock of `zone`.

    `place` is how to join: a link, a phone number, a place. `closing`: it comes after the case. `guest_id` is the
    contact who is invited, None for who answered last.
    """

    day: str
    time: str
    minutes: str
    zone: str
    subject: str
    place: str
    text: str = ""
    closing: bool = False
    guest_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class _Plan:
    """A talk with everything decided, and whom it concerns."""

    row: CaseRow
    contact: ContactView
    organizer: StaffView
    columns: dict[str, Any]


def invite(engine: Engine, actor: Actor, case_id: UUID, proposal: Proposal, *, expected: int | None = None) -> UUID:
    """Invite a contact of the partner to a call; returns the id of the meeting.

    Raises as `letters.write` does; Invalid at `/contact` when that one cannot be invited, and at `/day`, `/time`,
    `/minutes`, `/subject`, `/place` and `/text`.
    """
    with engine.work.read() as view:
        plan = _plan(view, case_row(view, case_id, expected), actor, proposal)
        changes = changes_by_writing(view, plan.row, actor)
    key = ids.new_key(case_id)
    with whoever_is_faster(engine.work, plan.row), engine.work.begin(actor=actor) as uow:
        meeting = {
            **key,
            "case_id": case_id,
            "contact_id": plan.contact.id,
            "uid": f"{key['id'].hex}@{domain_of(engine.settings)}",
            "sequence": 0,
            "state": "planned",
            "closing": proposal.closing,
            "organizer_id": plan.organizer.id,
            "reopened_count": plan.row.reopened_count,
            "reason": None,
            "created_at": uow.now,
            "changed_at": uow.now,
            **plan.columns,
        }
        thread_store.insert_meeting(uow, meeting)
        tell(uow, engine, plan.row, plan.contact, plan.organizer, meeting, "REQUEST")
        _tell_organizer(uow, key["id"], plan.organizer)
        take_step(uow, plan.row, "invited", changes, {"meeting": key["id"], "starts_at": meeting["starts_at"]})
    meeting_id: UUID = key["id"]
    return meeting_id


def change(
    engine: Engine, actor: Actor, case_id: UUID, meeting_id: UUID, proposal: Proposal, *, expected: int | None = None
) -> None:
    """Move or reword a talk to come; the contact gets an update of the same entry. Raises as `invite` does."""
    with engine.work.read() as view:
        row, meeting = case_row(view, case_id, expected), _get_open(view, case_id, meeting_id)
        plan = _plan(view, row, actor, proposal, meeting)
        changes = with_waking(view, row, {})
    columns = {**plan.columns, "organizer_id": plan.organizer.id, "closing": proposal.closing}
    with whoever_is_faster(engine.work, row), engine.work.begin(actor=actor) as uow:
        changed = raise_sequence(uow, meeting, columns)
        tell(uow, engine, row, plan.contact, plan.organizer, changed, "REQUEST")
        _tell_organizer(uow, meeting_id, plan.organizer, "moved")
        detail = {"meeting": meeting_id, "change": "moved", "starts_at": changed["starts_at"]}
        take_step(uow, row, "invitation_changed", changes, detail)


def call_off(
    engine: Engine, actor: Actor, case_id: UUID, meeting_id: UUID, words: str = "", *, expected: int | None = None
) -> None:
    """Call a talk off; `words` stand in the mail that tells its contact, and may be empty.

    Raises NotFound, Conflict when it is off or over, and Invalid at `/words`.
    """
    words = _lines(words)
    if faults := _too_much({"words": words}, (("words", LONGEST_TEXT),)):
        raise Invalid(faults[0].detail, faults)
    with engine.work.read() as view:
        row, meeting = case_row(view, case_id, expected), _get_open(view, case_id, meeting_id)
        contact = directory.find_contact(view, meeting.contact_id)
        organizer = directory.staff_by_id(view, [meeting.organizer_id])[meeting.organizer_id]
        changes = with_waking(view, row, {})
    with whoever_is_faster(engine.work, row), engine.work.begin(actor=actor) as uow:
        cancel(uow, engine, row, meeting, contact, organizer, "called_off", words)
        _tell_organizer(uow, meeting_id, organizer, "off")
        detail = {"meeting": meeting_id, "change": "cancelled", "reason": "called_off"}
        take_step(uow, row, "invitation_changed", changes, detail)


# ---- writing, for people and for `meeting_upkeep`


def raise_sequence(uow: UnitOfWork, meeting: ThreadRow, values: Mapping[str, Any]) -> dict[str, Any]:
    """Change a meeting by one step of its sequence; the meeting as it is then. Raises Conflict when it has moved."""
    columns = {**values, "sequence": meeting.sequence + 1, "changed_at": uow.now}
    if not thread_store.change_meeting(uow, meeting.id, meeting.sequence, columns):
        raise Conflict(gettext("Somebody else changed this call meanwhile; look at it again."))
    return {**meeting._mapping, **columns}


def cancel(
    uow: UnitOfWork,
    engine: Engine,
    row: CaseRow,
    meeting: ThreadRow,
    contact: ContactView | None,
    organizer: StaffView,
    reason: str,
    words: str = "",
) -> None:
    """Call a meeting off for a reason, and tell the contact, with `words` to them, if there still is one."""
    cancelled = raise_sequence(uow, meeting, {"state": "cancelled", "reason": reason})
    if contact is not None and contact.state == "active":
        tell(uow, engine, row, contact, organizer, cancelled, "CANCEL", words)


def tell(
    uow: UnitOfWork,
    engine: Engine,
    row: CaseRow,
    contact: ContactView,
    organizer: StaffView,
    meeting: Mapping[str, Any],
    method: str,
    words: str = "",
) -> None:
    """Queue the mail about a meeting, in the language of the contact; all of it in English where we speak no other.

    `words` are those of whoever does it, below ours.

    Whatever waits from before never goes, so that the words are a change of what the contact has heard, if anything.
    """
    heard = last_heard(uow, row.id, meeting["id"])
    with use_locale(language_for(contact)):
        letter = _words(meeting, organizer, method, uow.actor, heard)
    if words:
        letter = replace(letter, text=f"{letter.text}\n\n{words}")
    attributes = {"method": method, "sequence": meeting["sequence"]}
    send(uow, engine, row, contact, organizer, letter, meeting_id=meeting["id"], attributes=attributes)


def _tell_organizer(uow: UnitOfWork, meeting_id: UUID, organizer: StaffView, news: str = "planned") -> None:
    """Tell whoever will be on the call that it was planned, moved or is off, unless they did it themselves."""
    if is_for_another(uow.actor, organizer):
        _queue_for_organizer(uow, meeting_id, organizer, {"by": uow.actor.name, "news": news})


def tell_new_organizer(uow: UnitOfWork, meeting_id: UUID, organizer: StaffView, before: StaffView) -> None:
    """Tell whoever will be on the call in place of somebody else."""
    _queue_for_organizer(uow, meeting_id, organizer, {"before_id": str(before.id)})


def tell_organizer_void(uow: UnitOfWork, meeting_id: UUID, organizer: StaffView, reason: str) -> None:
    """Tell whoever would have been on a call that it is off, and why, where nobody called it off."""
    _queue_for_organizer(uow, meeting_id, organizer, {"news": "void", "reason": reason})


def tell_organizer_before(uow: UnitOfWork, meeting_id: UUID, before: StaffView) -> None:
    """Tell whoever would have been on the call that somebody else will be, and that their own entry is void."""
    _queue_for_organizer(uow, meeting_id, before, {"news": "given"})


def _queue_for_organizer(uow: UnitOfWork, meeting_id: UUID, organizer: StaffView, why: Mapping[str, str]) -> None:
    order = MailOrder(
        kind=TALK_KIND,
        shard=ids.shard_of(meeting_id),
        ref_id=meeting_id,
        due_at=uow.now,
        audience="staff",
        recipient_id=organizer.id,
        attributes=why,
        repeatable=True,
    )
    queue.enqueue(uow, order)


def is_for_another(actor: Actor, organizer: StaffView) -> bool:
    """Whether somebody on staff plans a call that a colleague will be on."""
    return actor.kind == "staff" and actor.id != str(organizer.id)


def inviter_of(view: Reading, meeting: ThreadRow) -> str:
    """Who planned a talk, by name, where that was somebody else than whoever will be there; else empty."""
    entries = store.entries_of(view, meeting.case_id)
    made = next((each for each in entries if each.detail.get("meeting") == str(meeting.id)), None)
    planned_by_other = made is not None and made.actor_kind == "staff" and made.actor_id != str(meeting.organizer_id)
    return str(made.actor_name) if made is not None and planned_by_other else ""


def last_heard(view: Reading, case_id: UUID, meeting_id: UUID) -> ThreadRow | None:
    """The last word on a meeting that has left for its contact; None while they know nothing of it."""
    told = [each for each in thread_store.messages_of(view, case_id) if each.meeting_id == meeting_id]
    fates = queue.views_of(view, [each.mail_id for each in told])
    return next((each for each in told[::-1] if each.mail_id in fates and fates[each.mail_id].has_left), None)


def _words(
    meeting: Mapping[str, Any], organizer: StaffView, method: str, actor: Actor, heard: ThreadRow | None
) -> Letter:
    about, name = _about(meeting, method), organizer.name
    was = _when_heard(about, heard) if heard is not None else ""
    if method == "CANCEL":
        about = was or about  # by the hour that they know
        subject, first = gettext("Cancelled: {subject}"), gettext("This call with {name} is off:", name=name)
    elif heard is not None:
        subject, first = gettext("Changed: {subject}"), gettext("This call with {name} has changed:", name=name)
        if was:
            first = gettext("This call with {name} has changed. Before: {was} Now:", name=name, was=was)
        if heard.staff_id != organizer.id:
            names = {"name": name, "before": heard.writer}
            first = gettext("This call has changed, and {name} will be on it in place of {before}:", **names)
            if was:
                first = gettext(
                    "{name} will be on this call in place of {before}. Before: {was} Now:", **names, was=was
                )
            elif _is_as_heard(about, heard):
                first = gettext("{name} will be on this call in place of {before}:", **names)
    else:
        subject, first = gettext("Invitation: {subject}"), gettext("You are invited to a call with {name}:", name=name)
        if is_for_another(actor, organizer):
            first = gettext("{who} invites you to a call with {name}:", who=actor.name, name=name)
    return Letter(subject.format(subject=meeting["subject"]), f"{first}\n\n{about}")


def _about(meeting: Mapping[str, Any], method: str) -> str:
    """When a talk is, for how long, and how to join, which is of no use once it is off."""
    when = format_datetime(meeting["starts_at"], meeting["zone"], style="full")
    place, minutes = city_of(meeting["zone"]), meeting["minutes"]
    lines = [gettext("{when} ({place}), {minutes} minutes.", when=when, place=place, minutes=minutes)]
    if method != "CANCEL":
        # A talk from before a way to join was asked for may have none.
        joining = gettext("How to join: {place}", place=meeting["place"]) if meeting["place"] else ""
        lines += [joining, meeting["text"]]
    return "\n\n".join(filter(None, lines))


def _when_heard(about: str, heard: ThreadRow) -> str:
    """When a talk was to be by the last word on it, where it is at another time now; else empty."""
    was = heard.text.partition("\n\n")[2].partition("\n\n")[0].strip()
    return was if was and was != without_turning(about).partition("\n\n")[0].strip() else ""


def _is_as_heard(about: str, heard: ThreadRow) -> bool:
    """Whether all but who will be there stands in the last word on a talk."""
    return bool(heard.text.partition("\n\n")[2] == without_turning(about).strip())


# ---- deciding


def _plan(view: Reading, row: CaseRow, actor: Actor, proposal: Proposal, changed: ThreadRow | None = None) -> _Plan:
    contact = get_correspondent(view, changed.contact_id) if changed else _guest(view, row, proposal.guest_id)
    organizer = sender_of(view, row, actor)
    if organizer is None or not organizer.active:
        raise Conflict(refusal("nobodys"))
    at = starts_at(proposal.day, proposal.time, proposal.zone, view.now)
    minutes = minutes_of(proposal.minutes)
    texts = {
        "subject": " ".join(proposal.subject.split()),
        "place": " ".join(proposal.place.split()),
        "text": _lines(proposal.text),
    }
    faults = [Fault(f"/{each.field}", refusal(each.reason)) for each in (at, minutes) if isinstance(each, Refused)]
    faults += _text_faults(texts)
    if isinstance(at, datetime) and isinstance(minutes, int) and _is_taken(view, row, contact, changed, at, minutes):
        faults.append(Fault("/time", refusal("when_taken")))
    if faults:
        raise Invalid(faults[0].detail, faults)
    zone = zone_for(view, contact) or proposal.zone
    return _Plan(row, contact, organizer, {"starts_at": at, "minutes": minutes, "zone": zone, **texts})


def _is_taken(
    view: Reading, row: CaseRow, contact: ContactView, changed: ThreadRow | None, at: datetime, minutes: int
) -> bool:
    """Whether another talk of this case with the same contact stands at that time."""
    return any(
        overlap(at, minutes, each.starts_at, each.minutes)
        for each in thread_store.meetings_of(view, row.id)
        if each.state == "planned" and each.contact_id == contact.id and (changed is None or each.id != changed.id)
    )


def _guest(view: Reading, row: CaseRow, guest_id: UUID | None) -> ContactView:
    guests = guests_of(view, row)
    if guest_id is None:
        return guests[0].contact if guests else get_correspondent(view, row.contact_id)
    contact = next((each.contact for each in guests if each.contact.id == guest_id), None)
    if contact is None:
        message = refusal("guest_unknown")
        raise Invalid(message, [Fault("/contact", message)])
    return contact


def _lines(text: str) -> str:
    """Text as it was typed, in lines that calendars understand."""
    # They take a form feed or a paragraph separator for the end of a line, and so for a line of their own.
    return without_turning(_LINE_ENDS.sub("\n", text)).strip()


def _text_faults(texts: Mapping[str, str]) -> list[Fault]:
    faults = []
    if not texts["subject"] or len(texts["subject"]) > LONGEST_SUBJECT or not texts["subject"].isprintable():
        faults.append(Fault("/subject", refusal("subject_missing")))
    if not texts["place"] or not texts["place"].isprintable():
        faults.append(Fault("/place", refusal("place_missing")))
    return faults + _too_much(texts, (("place", LONGEST_PLACE), ("text", LONGEST_TEXT)))


def _too_much(texts: Mapping[str, str], longest_of: Sequence[tuple[str, int]]) -> list[Fault]:
    faults = []
    for name, longest in longest_of:
        if len(texts[name]) > longest:
            faults.append(Fault(f"/{name}", gettext("Shorten it to {n} characters.", n=longest)))
        elif "\x00" in texts[name]:
            faults.append(Fault(f"/{name}", gettext("It holds a character that cannot be stored; type it again.")))
    return faults


def get_meeting(view: Reading, case_id: UUID, meeting_id: UUID) -> ThreadRow:
    """A meeting of this case. Raises NotFound, the same for one of another case as for none."""
    meeting = thread_store.meetings_by_id(view, [meeting_id]).get(meeting_id)
    if meeting is None or meeting.case_id != case_id:
        raise NotFound(gettext("There is no such call on this case."))
    return meeting


def _get_open(view: Reading, case_id: UUID, meeting_id: UUID) -> ThreadRow:
    meeting = get_meeting(view, case_id, meeting_id)
    if meeting.state != "planned":
        raise Conflict(refusal("cancelled"))
    if meeting.starts_at <= view.now:
        raise Conflict(refusal("over"))
    return meeting


def case_of(view: Reading, meeting: ThreadRow) -> CaseRow:
    """The case of a meeting, which is never without one."""
    row = store.case_by_id(view, meeting.case_id)
    assert row is not None
    return row
