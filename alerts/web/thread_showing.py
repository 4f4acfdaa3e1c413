"""What the page of a case needs to show its thread."""

from __future__ import annotations

from alerts import thread_words
from alerts.thread import thread_of
from alerts.views import CaseView
from feedback_engine.foundation.unit_of_work import Reading
from feedback_engine.foundation.web.outbox import state_words


def thread_parts(reading: Reading, case: CaseView, own_zone: str) -> dict[str, object]:
    """The names that `alerts/thread.html` and `alerts/thread_forms.html` use."""
    thread = thread_of(reading, case, own_zone)
    return {"thread": thread, "thread_words": thread_words, "mail_states": state_words()}
