"""Reads the thread of a case for its page and for programs, and the list of mail that matched nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from alerts import store
from alerts.store import CaseRow
from alerts.threads import intake_store
from alerts.threads import store as thread_store
from alerts.threads.letters import correspondent
from alerts.threads.store import ThreadRow
from alerts.threads.views import FileView, MeetingView, MessageView, ThreadView, UnmatchedView
from alerts.threads.words import refusal
from alerts.viewing import case_views_of, touchpoint_names
from alerts.views import CaseView
from feedback_engine.directory import reading as directory
from feedback_engine.directory.reading import ContactView, Viewer
from feedback_engine.foundation.errors import NotFound
from feedback_engine.foundation.i18n import gettext, use_locale
from feedback_engine.foundation.mail import queue
from feedback_engine.foundation.mail.queue import MailView
from feedback_engine.foundation.mail.quoting import without_history
from feedback_engine.foundation.unit_of_work import Reading
from feedback_engine.foundation.web.paging import Page, page_of

MOST_TALKS = 20
LONGEST_QUOTE = 600
"""Characters of a reply that the mail to its reader quotes."""


def thread_of(view: Reading, case: CaseView, own_zone: str) -> ThreadView:
    """The mail, talks and files of a case, and what a new letter would begin with."""
    rows = thread_store.messages_of(view, case.id)
    files = [_file(row) for row in thread_store.files_of(view, case.id)]
    mails = queue.views_of(view, [row.mail_id for row in rows if row.mail_id])
    of_message: defaultdict[UUID | None, list[FileView]] = defaultdict(list)
    for file in files:
        of_message[file.message_id].append(file)
    entries = store.entries_of(view, case.id) if rows else []
    found = correspondent(view, case.contact.id if case.contact else None)
    return ThreadView(
        messages=tuple(_message(row, mails, of_message[row.id], _sent_by(row, entries)) for row in rows),
        meetings=tuple(_meetings(view, thread_store.meetings_of(view, case.id))),
        files=tuple(of_message[None]),
        refusal=refusal(found.refusal) if found.refusal else "",
        zone=case.partner_zone or own_zone,
        zone_known=bool(case.partner_zone),
        subject=_next_subject(view, case, rows),
        draft=_draft(case),
        language=case.contact.language if case.contact else "",
    )


def talks_ahead(
    view: Reading, viewer: Viewer, from_at: datetime, until: datetime
) -> list[tuple[MeetingView, CaseView]]:
    """The talks that the viewer has with partners between two instants, by time, each with its case."""
    rows = thread_store.meetings_ahead(view, viewer.id, from_at, until, MOST_TALKS)
    found = {
        row.id: row for case_id in {row.case_id for row in rows} if (row := store.find_visible(view, viewer, case_id))
    }
    cases = {case.id: case for case in case_views_of(view, list(found.values()))}
    return [
        (talk, cases[row.case_id])
        for talk, row in zip(_meetings(view, rows), rows, strict=True)
        if row.case_id in cases
    ]


def cases_with_talks(view: Reading, cases: Sequence[CaseView]) -> set[UUID]:
    """The ids of those of these cases whose closing calls off a talk."""
    return thread_store.cases_with_talks(view, [case.id for case in cases])


def reply_at(view: Reading, case_id: UUID, revision: int) -> str:
    """The new words of the reply that a case got at a revision, as its owner's mail quotes them."""
    entry = next((each for each in store.entries_of(view, case_id, revision - 1) if each.revision == revision), None)
    message_id = UUID(entry.detail["message"]) if entry is not None and "message" in entry.detail else None
    row = thread_store.messages_by_id(view, [message_id]).get(message_id) if message_id else None
    words = without_history(row.text) if row is not None else ""
    return words if len(words) <= LONGEST_QUOTE else f"{words[: LONGEST_QUOTE - 1].rstrip()}…"


def _message(row: ThreadRow, mails: dict[UUID, MailView], files: Sequence[FileView], sent_by: str) -> MessageView:
    mail = mails.get(row.mail_id)
    names = [name for name in MessageView.__dataclass_fields__ if name not in ("state", "reason", "files", "sent_by")]
    given = {name: getattr(row, name) for name in names}
    state, reason = (mail.state, mail.reason or "") if mail else ("", "")
    return MessageView(**given, state=state, reason=reason, files=tuple(files), sent_by=sent_by)


def _sent_by(row: ThreadRow, entries: Sequence[CaseRow]) -> str:
    """Who of us had a mail sent that goes in somebody else's name: the line of the timeline knows that."""
    line = next((each for each in entries if _wrote(each, row)), None) if row.direction == "out" else None
    return line.actor_name if line and line.actor_kind == "staff" and line.actor_id != str(row.staff_id) else ""


def _wrote(line: CaseRow, row: ThreadRow) -> bool:
    if row.meeting_id is None:
        return bool(line.detail.get("message") == str(row.id))
    # A talk is told of more than once, each time at an instant of its own.
    return bool(line.detail.get("meeting") == str(row.meeting_id) and line.at == row.at)


def _meetings(view: Reading, rows: Sequence[ThreadRow]) -> list[MeetingView]:
    contacts = directory.contacts_by_id(view, {row.contact_id for row in rows})
    return [_meeting(row, contacts.get(row.contact_id)) for row in rows]


def _meeting(row: ThreadRow, contact: ContactView | None) -> MeetingView:
    given = {name: getattr(row, name) for name in MeetingView.__dataclass_fields__ if name not in ("reason", "guest")}
    guest = contact if contact is not None and contact.state != "erased" else None
    return MeetingView(**given, reason=row.reason or "", guest=guest)


def _file(row: ThreadRow) -> FileView:
    return FileView(**{name: getattr(row, name) for name in FileView.__dataclass_fields__})


def _next_subject(view: Reading, case: CaseView, rows: Sequence[ThreadRow]) -> str:
    """The subject of the thread so far; of a first letter, what the partner answered about."""
    letters = [row.subject for row in rows if not row.automatic and not row.meeting_id and row.subject]
    last = letters[-1] if letters else ""
    if last:
        return last if last.lower().startswith(("re:", "r:", "aw:", "sv:")) else f"Re: {last}"[:200]
    with use_locale(case.contact.language if case.contact else None):
        touchpoint = touchpoint_names(view).get(case.touchpoint, case.touchpoint_name)
        return gettext("Your answer about: {touchpoint}", touchpoint=touchpoint)[:200]


def _draft(case: CaseView) -> str:
    """How a letter begins and ends, in the language of its reader."""
    with use_locale(case.contact.language if case.contact else None):
        name = case.contact.name if case.contact else ""
        greeting = gettext("Dear {name},", name=name) if name else gettext("Hello,")
        return f"{greeting}\n\n\n\n{case.owner.name if case.owner else ''}".rstrip(" ")


# ---- files, for those who fetch them


def get_file(view: Reading, file_id: UUID, case_id: UUID | None = None) -> CaseRow:
    """A file with its content. Raises NotFound, the same for one of another case as for none."""
    row = thread_store.file_with_content(view, file_id)
    if row is None or (case_id is not None and row.case_id != case_id) or not row.name:
        raise NotFound(gettext("There is no such file."))
    return row


def list_files(
    view: Reading, case_id: UUID | None, before: tuple[datetime, UUID] | None, limit: int = 50
) -> Page[FileView]:
    """A page of files, newest first, of one case or of all."""
    rows = [_file(row) for row in thread_store.files_page(view, case_id, before, limit + 1)]
    return page_of(rows, limit, lambda row: (row.at.isoformat(), str(row.id)))


# ---- mail that matched nothing


def list_unmatched(
    view: Reading, *, settled: bool, before: tuple[datetime, UUID] | None, limit: int = 25
) -> Page[UnmatchedView]:
    """A page of mails that matched nothing, newest first: those to look at, or those that were."""
    rows: list[Any] = intake_store.unmatched_page(view, settled=settled, before=before, limit=limit + 1)
    views = [UnmatchedView(**{name: getattr(row, name) for name in UnmatchedView.__dataclass_fields__}) for row in rows]
    return page_of(views, limit, lambda row: (row.received_at.isoformat(), str(row.id)))
