"""Reads which cases of somebody others closed or dismissed within one minute, and are closed by that still."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row

from alerts import reading
from alerts.casework import words as timeline_words
from alerts.clocks.spans import CLOSES
from alerts.notices import notification_store, rights
from alerts.notices.rules import told_together
from alerts.views import CaseView, EntryView
from feedback_engine.directory.reading import StaffView
from feedback_engine.foundation.i18n import gettext, gettext_noop, ngettext
from feedback_engine.foundation.unit_of_work import Reading

_OPEN_AGAIN = gettext_noop("the case was opened again before the message went")


@dataclass(frozen=True, slots=True)
class Ended:
    """A case that is closed still, and the line of its timeline that closed it; `how` says that line."""

    case: CaseView
    by: EntryView
    how: str


def ended_with(view: Reading, notice: Row[Any], member: StaffView) -> Sequence[Ended] | str:
    """What one message tells for this notice and all others of its reader, channel and minute; else why it goes not.

    The first notice tells of all, even where its own case is open again, so that whatever is written when, one tells.
    """
    minute = told_together(notice.created_at)
    told = notification_store.closings_told(view, notice.channel, notice.recipient_id, *minute)
    if told[0].id != notice.id:
        return gettext_noop("told with others that were closed then") if stands(view, notice) else _OPEN_AGAIN
    visible = [each for each in told if rights.may_be_told(view, member, each.case_id, each.news, each.revision)]
    if not visible:
        return rights.WITHOUT
    return _ended(view, visible) or _OPEN_AGAIN


def stands(view: Reading, notice: Row[Any]) -> bool:
    """Whether a case is closed still by what a notice tells, and not opened again or closed anew since."""
    return _closed_by(view, notice) is not None


def _ended(view: Reading, told: Sequence[Row[Any]]) -> list[Ended]:
    cases = reading.case_views(view, {each.case_id for each in told})
    causes = {cause.key: cause.name for cause in reading.root_causes(view).values()}
    closed = ((cases[each.case_id], _closed_by(view, each)) for each in told)
    return [
        Ended(case, by, timeline_words.entry(by.kind, by.detail, causes, timeline_words.who_did(by)))
        for case, by in closed
        if by is not None
    ]


def _closed_by(view: Reading, notice: Row[Any]) -> EntryView | None:
    case = reading.case_views(view, [notice.case_id])[notice.case_id]
    if case.is_open:
        return None
    entries = reading.entries_after(view, notice.case_id, notice.revision - 1)
    return entries[0] if not any(entry.kind in CLOSES for entry in entries[1:]) else None


def headline(ended: Sequence[Ended]) -> str:
    """What happened, in a few words."""
    if len(ended) == 1:
        partner = ended[0].case.partner
        named = {"partner": partner.name or partner.key, "who": timeline_words.who_did(ended[0].by)}
        return gettext("{partner}: {who} ended your case", **named)
    return ngettext("{n} of your cases was ended by others", "{n} of your cases were ended by others", len(ended))


def subject(ended: Sequence[Ended]) -> str:
    """The headline, with the reference where there is but one."""
    return f"{ended[0].case.ref} {headline(ended)}" if len(ended) == 1 else headline(ended)
