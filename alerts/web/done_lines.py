"""What the reader of a case has done with its forms: what was sent and done is not offered there once more."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from alerts.threads.views import ThreadView
from alerts.views import CaseDetail, EntryView
from feedback_engine.foundation.web.access import StaffPrincipal

_LINES: Mapping[str, str] = {
    "assign": "assigned",
    "attach": "attached",
    "close": "closed",
    "dismiss": "dismissed",
    "invite": "invited",
    "letter": "replied",
    "log-contact": "contact_logged",
    "merge": "merged",
    "note": "noted",
    "pause": "paused",
    "promise": "promised",
    "reopen": "reopened",
    "snooze": "snoozed",
    "split": "split",
}
"""The line of the timeline that says of each form that it was done."""

_MOST = 20
"""Of one form; what was sent and is not known to have arrived is among the last."""

Done = tuple[str, int, str | None]


def done_by(detail: CaseDetail, thread: ThreadView, reader: StaffPrincipal) -> dict[str, list[Done]]:
    """By form, the lines by its reader: of which case, at which revision, with which words of that form, as far as they
    are known (else None)."""
    letters = {str(message.id): message.text for message in thread.messages}
    mine = [entry for entry in detail.together if entry.is_by(str(reader.id))]
    return {
        form: [_done(entry, detail.case.ref, letters) for entry in mine if entry.kind == kind][-_MOST:]
        for form, kind in _LINES.items()
    }


def _done(entry: EntryView, ref: str, letters: Mapping[str, str]) -> Done:
    words: dict[str, Any] = {"invited": None, "replied": letters.get(entry.detail.get("message", ""))}
    return entry.case_ref or ref, entry.revision, words.get(entry.kind, entry.text)
