"""What waits for somebody: open cases, themes to decide, mail whose fate is unknown."""

from __future__ import annotations

from dataclasses import dataclass

from alerts import reading as alerts
from feedback_engine.directory.guard import Viewer
from feedback_engine.foundation.i18n import ngettext
from feedback_engine.foundation.mail import queue
from feedback_engine.foundation.unit_of_work import Reading
from feedback_engine.outer_loop import reading as outer_loop


@dataclass(frozen=True, slots=True)
class Waiting:
    """One line of what waits, and the page where it is."""

    words: str
    path: str


def what_waits(reading: Reading, viewer: Viewer) -> list[Waiting]:
    """Everything that waits for somebody in the program, the most pressing first."""
    cases = alerts.count_views(reading, viewer)
    mails = queue.counts(reading)
    late, open_cases = cases.get("breaching", 0), cases.get("team", 0)
    mine = alerts.count_waiting(reading, viewer)
    themes = len(outer_loop.open_themes(reading))
    lines = [
        (
            late,
            ngettext("{n} case is close to its time or past it", "{n} cases are close to their time or past it", late),
            "/inbox?view=breaching",
        ),
        (
            mine,
            ngettext(
                "{n} case waits for you, the number beside Inbox",
                "{n} cases wait for you, the number beside Inbox",
                mine,
            ),
            "/inbox?view=" + next((view for view in ("mine", "brought") if cases.get(view)), "mentions"),
        ),
        (
            open_cases,
            ngettext("{n} open case you may see", "{n} open cases you may see", open_cases),
            "/inbox?view=team",
        ),
        (themes, ngettext("{n} theme waits for a decision", "{n} themes wait for a decision", themes), "/initiatives"),
        (
            mails.get("unknown", 0),
            ngettext("{n} mail of unknown fate", "{n} mails of unknown fate", mails.get("unknown", 0)),
            "/outbox?state=unknown",
        ),
        (
            mails.get("failed", 0),
            ngettext("{n} mail failed", "{n} mails failed", mails.get("failed", 0)),
            "/outbox?state=failed",
        ),
    ]
    return [Waiting(words, path) for count, words, path in lines if count]
