"""What a page says of mail to partners that was just ordered: that it goes, or what keeps it for now."""

from __future__ import annotations

from feedback_engine.foundation import release_gate
from feedback_engine.foundation.i18n import gettext
from feedback_engine.foundation.mail import queue
from feedback_engine.foundation.unit_of_work import Reading


def said_of_mail(reading: Reading, goes: str, waits: str) -> str:
    """`goes` while mail to partners leaves; else why it does not, and `waits`."""
    kept = kept_words(reading)
    return f"{kept} {waits}" if kept else goes


def kept_words(reading: Reading) -> str:
    """What keeps all mail to partners, as a sentence; empty while it leaves."""
    if release_gate.is_held(reading):
        return gettext("After the restore nothing leaves before an operator lets mail go again.")
    if queue.is_stopped(reading):
        return gettext("Sending is stopped: mail to partners goes out on resume.")
    return ""
