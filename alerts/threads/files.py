"""Takes files in: on a note of ours, on a letter, on a reply. They lie in the database, so that a backup holds them."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import Any
from uuid import UUID

from alerts.casework.changes import with_waking
from alerts.casework.flow import MAX_TEXT
from alerts.casework.stepping import take_step
from alerts.service import case_row, whoever_is_faster
from alerts.threads import store as thread_store
from alerts.threads.file_names import Upload, safe_name, safe_type
from alerts.words import refusal
from feedback_engine.foundation import ids
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.errors import Fault, Invalid
from feedback_engine.foundation.i18n import format_number, gettext
from feedback_engine.foundation.settings import Settings
from feedback_engine.foundation.unit_of_work import Actor, Reading, UnitOfWork

MEGABYTE = 1_000_000


def attach(
    engine: Engine,
    actor: Actor,
    case_id: UUID,
    uploads: Sequence[Upload],
    text: str = "",
    *,
    expected: int | None = None,
) -> int:
    """Put files on a case with a word on them; returns the case's new revision.

    Raises as `service.act` does; Invalid at `/files` when there are none, too many, or too large ones.
    """
    with engine.work.read() as view:
        row = case_row(view, case_id, expected)
        if not uploads:
            words = gettext("Choose a file.")
            raise Invalid(words, [Fault("/files", words)])
        check_uploads(engine.settings, view, case_id, uploads)
        _check_text(text)
        changes = with_waking(view, row, {})
    with whoever_is_faster(engine.work, row), engine.work.begin(actor=actor) as uow:
        save_files(uow, case_id, uploads)
        take_step(uow, row, "attached", changes, {"files": len(uploads)}, text.strip() or None)
    return int(row.revision) + 1


def check_uploads(settings: Settings, view: Reading, case_id: UUID, uploads: Sequence[Upload]) -> None:
    """Raise Invalid at `/files` when these files are too many or too large, one by one or all together."""
    words = _fault_of(settings, view, case_id, uploads)
    if words is not None:
        raise Invalid(words, [Fault("/files", words)])


def _fault_of(settings: Settings, view: Reading, case_id: UUID, uploads: Sequence[Upload]) -> str | None:
    if len(uploads) > settings.files_at_once:
        return gettext("At most {n} files at once.", n=settings.files_at_once)
    for upload in uploads:
        if not upload.content:
            return gettext("{name} is empty.", name=safe_name(upload.name))
        if len(upload.content) > settings.file_bytes:
            most = megabytes(settings.file_bytes)
            return gettext("{name} is larger than {most} MB.", name=safe_name(upload.name), most=most)
    if uploads and _size(uploads) + thread_store.size_of_files(view, case_id) > settings.case_files_bytes:
        return gettext("The files of a case take {most} MB at most.", most=megabytes(settings.case_files_bytes))
    return None


def admitted(settings: Settings, view: Reading, case_id: UUID, uploads: Sequence[Upload]) -> list[Upload]:
    """Those of the files of a partner's mail that are within the limits; the others stay in the mailbox."""
    room = settings.case_files_bytes - thread_store.size_of_files(view, case_id)
    taken: list[Upload] = []
    for upload in uploads:
        fits = len(upload.content) <= min(settings.file_bytes, room - _size(taken))
        if fits and len(taken) < settings.files_at_once:
            taken.append(upload)
    return taken


def save_files(
    uow: UnitOfWork,
    case_id: UUID,
    uploads: Sequence[Upload],
    *,
    message_id: UUID | None = None,
    from_partner: str | None = None,
) -> None:
    """Write the files of a note or of a mail; `from_partner` names the one who sent them to us."""
    thread_store.insert_files(uow, [_row(uow, case_id, upload, message_id, from_partner) for upload in uploads])


def _row(
    uow: UnitOfWork, case_id: UUID, upload: Upload, message_id: UUID | None, from_partner: str | None
) -> dict[str, Any]:
    return {
        **ids.new_key(case_id),
        "case_id": case_id,
        "message_id": message_id,
        "name": safe_name(upload.name),
        "media_type": safe_type(upload.media_type),
        "size": len(upload.content),
        "digest": sha256(upload.content).digest(),
        "content": upload.content,
        "from_partner": from_partner is not None,
        "by": uow.actor.name if from_partner is None else from_partner,
        "at": uow.now,
    }


def _check_text(text: str) -> None:
    code = "text_too_long" if len(text) > MAX_TEXT else "text_unreadable" if "\x00" in text else None
    if code is not None:
        raise Invalid(refusal(code), [Fault("/text", refusal(code))])


def _size(uploads: Sequence[Upload]) -> int:
    return sum(len(upload.content) for upload in uploads)


def megabytes(size: int) -> str:
    """A size in megabytes, as people write it."""
    return format_number(size / MEGABYTE, 0 if size % MEGABYTE == 0 else 1)
