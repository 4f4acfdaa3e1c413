"""Pure. The words for promises: their states, their clocks and what happened to them, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from alerts.views import EntryView
from feedback_engine.foundation.i18n import format_date, gettext, gettext_noop

_STATES = {
    "kept": gettext_noop("kept"),
    "broken": gettext_noop("broken"),
    "withdrawn": gettext_noop("withdrawn"),
}
_SETTLINGS = {
    "kept": gettext_noop("It was kept"),
    "broken": gettext_noop("It was broken"),
    "withdrawn": gettext_noop("It does not hold any more"),
}
_ENTRIES = {
    "promised": gettext_noop("{who} promised, by {due}"),
    "promise_kept": gettext_noop("{who}: the promise “{promise}” was kept"),
    "promise_broken": gettext_noop("{who}: the promise “{promise}” was broken"),
    "promise_withdrawn": gettext_noop("{who}: the promise “{promise}” does not hold any more"),
    "promise_warned": gettext_noop("Three quarters of the time for the promise “{promise}” have passed"),
    "promise_overdue": gettext_noop("The promise “{promise}” became overdue"),
}
ENTRIES = frozenset(_ENTRIES)
"""The entries of a timeline that are about promises."""


def state(key: str) -> str:
    """How a promise ended: kept, broken, withdrawn."""
    return gettext(_STATES[key])


def settling(key: str) -> str:
    """How a promise ends, as a choice."""
    return gettext(_SETTLINGS[key])


def entry(line: EntryView, names: Mapping[str, str], who: str, *, acknowledges: bool = False) -> str:
    """A line of the timeline about a promise, by `who`; `names` gives the words for staff and promises by id.

    `acknowledges`: nobody had looked at the case before the promise was made.
    """
    kind, detail = line.kind, line.detail
    if kind != "promised":
        return gettext(_ENTRIES[kind], who=who, promise=names.get(detail["promise"], "…"))
    due = format_date(date.fromisoformat(detail["due_on"]), style="weekday")
    owner = names.get(detail["owner_id"], who)
    named = {"who": who, "owner": owner, "due": due}
    is_own = line.is_by(detail["owner_id"])
    if is_own and acknowledges:
        return gettext("{who} acknowledged the case and promised, by {due}", **named)
    if is_own:
        return gettext(_ENTRIES[kind], **named)
    if acknowledges:
        return gettext("{who} acknowledged the case and noted a promise of {owner}, by {due}", **named)
    return gettext("{who} noted a promise of {owner}, by {due}", **named)
