"""The thread on the page of a case: letters, files and talks, what their forms do, and what may be downloaded."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from uuid import UUID

from flask import Blueprint, Response, flash, redirect
from werkzeug.wrappers import Response as AnyResponse

from alerts import reading as cases
from alerts.service import CaseMoved
from alerts.threads import files, letters, meetings
from alerts.threads.letters import Letter
from alerts.threads.meeting_calendar import calendar_of
from alerts.threads.reading import get_file
from alerts.threads.words import present_words
from alerts.views import CaseView
from alerts.web.case_actions import again, next_path, placed_faults, revision_of
from alerts.web.case_pages import WORKERS, Attempt
from alerts.web.inputs import typed_form
from alerts.web.talk_inputs import change_typed, invitation_typed
from alerts.web.thread_showing import arranged_words
from alerts.web.uploads import as_download, limit_of_form, uploads_of
from feedback_engine.directory import reading as directory
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.errors import Conflict, Invalid
from feedback_engine.foundation.i18n import gettext
from feedback_engine.foundation.unit_of_work import Reading
from feedback_engine.foundation.web.access import SIGNED_IN, actor, allow, current_staff, roles
from feedback_engine.foundation.web.leaving import said_of_mail
from feedback_engine.foundation.web.security import body_limit

Answer = AnyResponse | tuple[str, int]
Deed = Callable[[CaseView, Mapping[str, str], int], str]
"""What a form does to a case, by what was typed and the revision that was seen; returns what to say afterwards."""


def add_to(pages: Blueprint, engine: Engine) -> None:
    """Add forms and downloads to the blueprint."""
    _add_letters(pages, engine)
    _add_meetings(pages, engine)
    _add_downloads(pages, engine)


def _add_letters(pages: Blueprint, engine: Engine) -> None:
    @pages.post("/cases/<ref>/letters")
    @allow(roles(*WORKERS))
    @body_limit(limit_of_form(engine.settings))
    def write_letter(ref: str) -> Answer:
        def write(case: CaseView, typed: Mapping[str, str], revision: int) -> str:
            letter = Letter(typed.get("letter-subject", ""), typed.get("letter-text", ""), uploads_of("letter-files"))
            letters.write(engine, actor(), case.id, letter, expected=revision)
            return _said(engine, gettext("The mail is on its way."), gettext("The mail waits."))

        return _carry_out(engine, ref, "letter", write)

    @pages.post("/cases/<ref>/files")
    @allow(roles(*WORKERS))
    @body_limit(limit_of_form(engine.settings))
    def attach_files(ref: str) -> Answer:
        def attach(case: CaseView, typed: Mapping[str, str], revision: int) -> str:
            chosen = uploads_of("attach-files")
            files.attach(engine, actor(), case.id, chosen, typed.get("attach-text", ""), expected=revision)
            return gettext("The files are on the case.")

        return _carry_out(engine, ref, "attach", attach)


def _add_meetings(pages: Blueprint, engine: Engine) -> None:
    def told(case: CaseView, meeting_id: UUID) -> dict[str, str]:
        with engine.work.read() as reading:
            return arranged_words(
                reading, meetings.get_meeting(reading, case.id, meeting_id), current_staff().time_zone
            )

    @pages.post("/cases/<ref>/meetings")
    @allow(roles(*WORKERS))
    def invite(ref: str) -> Answer:
        def make(case: CaseView, typed: Mapping[str, str], revision: int) -> str:
            with engine.work.read() as reading:
                talk = invitation_typed(reading, case, typed)
            meeting_id = meetings.invite(engine, actor(), case.id, talk, expected=revision)
            named = told(case, meeting_id)
            goes = gettext("The invitation to {name} for {when} is on its way. How to join: {place}", **named)
            waits = gettext("The invitation to {name} for {when} waits. How to join: {place}", **named)
            return _said(engine, goes, waits)

        return _carry_out(engine, ref, "invite", make)

    @pages.post("/cases/<ref>/meetings/<uuid:meeting_id>")
    @allow(roles(*WORKERS))
    def change_meeting(ref: str, meeting_id: UUID) -> Answer:
        form = f"meeting-{meeting_id}"

        def change(case: CaseView, typed: Mapping[str, str], revision: int) -> str:
            with engine.work.read() as reading:
                talk = change_typed(reading, case, meeting_id, typed)
            meetings.change(engine, actor(), case.id, meeting_id, talk, expected=revision)
            named = told(case, meeting_id)
            goes = gettext("The change to {when} goes to {name}. How to join: {place}", **named)
            waits = gettext("The change for {name} to {when} waits. How to join: {place}", **named)
            return _said(engine, goes, waits)

        return _carry_out(engine, ref, form, change)

    @pages.post("/cases/<ref>/meetings/<uuid:meeting_id>/cancel")
    @allow(roles(*WORKERS))
    def cancel_meeting(ref: str, meeting_id: UUID) -> Answer:
        form = f"meeting-off-{meeting_id}"

        def cancel(case: CaseView, typed: Mapping[str, str], revision: int) -> str:
            with engine.work.read() as reading:
                is_known = meetings.last_heard(reading, case.id, meeting_id) is not None
            if is_known and typed.get(f"{form}-untold"):
                raise Conflict(gettext("The invitation has left meanwhile, so a mail would say that the call is off."))
            meetings.call_off(engine, actor(), case.id, meeting_id, typed.get(f"{form}-words", ""), expected=revision)
            if not is_known:
                return gettext("The call is off. The partner had not been told of it.")
            goes = gettext("The call is off, and the partner is told.")
            return _said(engine, goes, gettext("The call is off, and the partner is told then."))

        return _carry_out(engine, ref, form, cancel)


def _said(engine: Engine, goes: str, waits: str) -> str:
    """What was done to the mail of the partner, as it stands now."""
    with engine.work.read() as reading:
        return said_of_mail(reading, goes, waits)


def _add_downloads(pages: Blueprint, engine: Engine) -> None:
    @pages.get("/cases/<ref>/files/<uuid:file_id>")
    @allow(SIGNED_IN)
    def download_file(ref: str, file_id: UUID) -> Response:
        with engine.work.read() as reading:
            case = cases.get_visible_case(reading, current_staff(), ref)
            file = get_file(reading, file_id, case.id)
        return as_download(file.name, file.media_type, bytes(file.content))

    @pages.get("/cases/<ref>/meetings/<uuid:meeting_id>.ics")
    @allow(SIGNED_IN)
    def download_meeting(ref: str, meeting_id: UUID) -> Response:
        with engine.work.read() as reading:
            case = cases.get_visible_case(reading, current_staff(), ref)
            content = _calendar(reading, case, meeting_id)
        return as_download(f"{case.ref}.ics", "text/calendar", content)


def _calendar(reading: Reading, case: CaseView, meeting_id: UUID) -> bytes:
    """The entry for our own calendars: published, so that no program answers it to itself."""
    meeting = meetings.get_meeting(reading, case.id, meeting_id)
    organizer = directory.staff_by_id(reading, [meeting.organizer_id])[meeting.organizer_id]
    contact = directory.contacts_by_id(reading, [meeting.contact_id])[meeting.contact_id]
    present = present_words(meetings.inviter_of(reading, meeting), organizer.name)
    return calendar_of(meeting, "PUBLISH", reading.now, organizer=organizer, attendee=contact, present=present)


def _carry_out(engine: Engine, ref: str, form: str, deed: Deed) -> Answer:
    """Do what a form asks for; one that meets a change or a fault comes back as it was typed."""
    with engine.work.read() as reading:
        case = cases.get_visible_case(reading, current_staff(), ref)
    typed = typed_form()
    try:
        said = deed(case, typed, revision_of(typed))
    except CaseMoved as moved:
        return again(engine, case, Attempt(form, typed, changes=moved.changes, message=moved.message)), 409
    except Conflict as error:
        return again(engine, case, Attempt(form, typed, message=error.message)), 409
    except Invalid as error:
        return again(engine, case, Attempt(form, typed, faults=placed_faults(form, error))), 422
    flash(said)
    return redirect(next_path(engine, case), 303)
