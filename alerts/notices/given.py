"""Reads which cases somebody was given, of which one message tells, as far as they are theirs still."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Row

from alerts import reading, store
from alerts.notices import notification_store, rights
from alerts.notices.certainty import certain_at
from alerts.notices.rules import GIVEN
from alerts.views import CaseView
from feedback_engine.directory import reading as directory
from feedback_engine.directory.reading import StaffView
from feedback_engine.foundation.i18n import gettext, gettext_noop, ngettext
from feedback_engine.foundation.mail.message import Later
from feedback_engine.foundation.unit_of_work import Reading

_FORESEEN = timedelta(days=30)
"""An absence that begins so soon is why cases are handed over now."""
_GIVING = ("assigned", "transferred")


def given_with(view: Reading, notice: Row[Any], member: StaffView) -> Sequence[CaseView] | str | Later:
    """The cases of which one message tells for this notice and all others that it goes together with; else why it goes
    not, or when that is certain.

    The first notice tells of all, even where its own case is gone again, so that whatever is written when, one tells.
    """
    told = notification_store.told_with(view, notice, GIVEN)
    own = told if told[0].id == notice.id else [notice]
    cases = reading.case_views(view, dict.fromkeys(each.case_id for each in own))
    last = notification_store.last_told(view, notice.channel, notice.recipient_id, GIVEN, list(cases))
    # A case that was taken back and given again is one case, and its last giving tells so.
    latest = [cases[each.case_id] for each in own if last[each.case_id] == each.id]
    given = [case for case in latest if _is_theirs(case, member)]
    untold = {case.id for case in cases.values() if not _is_theirs(case, member)}
    if (until := certain_at(view, untold)) is not None:
        return Later(until)
    if own is told and given:
        return given
    if given:
        return gettext_noop("told with others in one message")
    return _why_untold(view, notice, member)


def stands(view: Reading, notice: Row[Any], member: StaffView) -> bool:
    """Whether the case of a notice is its reader's still."""
    return _is_theirs(reading.case_views(view, [notice.case_id])[notice.case_id], member)


def giver_words(view: Reading, cases: Sequence[CaseView], member: StaffView) -> str:
    """Who gave somebody these cases, and that they stand in for them; empty where that was not one of our people."""
    lines = [_giving(view, case, member) for case in cases]
    givers = {(line.actor_kind, line.actor_id): line.actor_name for line in lines if line is not None}
    if len(givers) != 1 or next(iter(givers))[0] != "staff":
        return ""
    [((_, giver_id), name)] = givers.items()
    told = ngettext("{name} gave it to you.", "{name} gave them to you.", len(cases), name=name)
    for absence in directory.absences_between(view, view.now, view.now + _FORESEEN):
        if str(absence.staff_id) == giver_id and absence.deputy_id == member.id:
            # Their own days, as every page says them: a midnight of theirs may be the evening before elsewhere.
            zone = directory.staff_by_id(view, [absence.staff_id])[absence.staff_id].time_zone
            days = directory.days_words(absence.from_at, absence.until_at, zone)
            away = gettext("They are away {days}, and you stand in: new cases of theirs come to you, too.", days=days)
            told = f"{told} {away}"
    return told


def _giving(view: Reading, case: CaseView, member: StaffView) -> Row[Any] | None:
    """The line of a case by which somebody has it."""
    lines = [line for line in store.entries_of(view, case.id) if line.kind in _GIVING]
    return next((line for line in reversed(lines) if line.detail.get("owner_id") == str(member.id)), None)


def headline(count: int) -> str:
    """What happened, in a few words."""
    return ngettext("{n} case is yours now", "{n} cases are yours now", count)


def _is_theirs(case: CaseView, member: StaffView) -> bool:
    return member.active and case.is_open and case.owner is not None and case.owner.id == member.id


def _why_untold(view: Reading, notice: Row[Any], member: StaffView) -> str:
    case = reading.case_views(view, [notice.case_id])[notice.case_id]
    if case.owner is None or case.owner.id != member.id or not member.active:
        return rights.why_untold(view, notice.case_id, notice.news, notice.revision)
    # It is theirs and open: they were given it anew since, and the later giving tells so.
    return rights.TAKEN_BACK if case.is_open else rights.CLOSED
