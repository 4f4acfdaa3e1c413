"""Reads which cases of somebody others closed, dismissed or gave away, of which one message tells, if that stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from alerts import reading, store
from alerts.casework import words as timeline_words
from alerts.clocks.spans import CLOSES
from alerts.notices import notification_store, rights
from alerts.notices.certainty import certain_at
from alerts.notices.rules import GIVEN_AWAY, LOST
from alerts.views import CaseView, EntryView
from feedback_engine.directory import reading as directory
from feedback_engine.directory.reading import StaffView
from feedback_engine.foundation.i18n import gettext, gettext_noop, ngettext
from feedback_engine.foundation.mail.message import Later
from feedback_engine.foundation.unit_of_work import Reading
from feedback_engine.foundation.web.addresses import absolute_url

OPEN_AGAIN = gettext_noop("the case was opened again before the message went")
"""Why an ending is not told that stands no more."""


@dataclass(frozen=True, slots=True)
class Ended:
    """A case that is closed still, or is somebody else's, and the line of its timeline by which it is; `how` says that
    line, `taker` is the name of whom it went to. `is_seen`: its reader may see the case."""

    case: CaseView
    by: EntryView
    how: str
    taker: str
    is_seen: bool

    @property
    def is_given(self) -> bool:
        """Whether it went to somebody else."""
        return self.by.kind == "assigned"

    @property
    def is_closed(self) -> bool:
        """Whether it can be opened again: one that was merged goes on as another."""
        return self.by.kind in CLOSES and self.by.kind != "merged"

    def url(self, base_url: str) -> str:
        """The page of the case; empty where its reader may not see it any more."""
        return absolute_url(base_url, f"/cases/{self.case.ref}") if self.is_seen else ""


def ended_with(view: Reading, notice: Row[Any], member: StaffView) -> Sequence[Ended] | str | Later:
    """What one message tells for this notice and all others that it goes together with; else why it goes not, or when
    that is certain.

    The first notice tells of all, even where its own case is open again, so that whatever is written when, one tells.
    """
    told = notification_store.told_with(view, notice, LOST)
    undone = rights.TAKEN_BACK if notice.news == GIVEN_AWAY else OPEN_AGAIN
    if told[0].id != notice.id:
        return gettext_noop("told with others in one message") if stands(view, notice) else undone
    heard = [each for each in told if rights.may_hear(view, member, each)]
    untold = {each.case_id for each in told if each not in heard or not stands(view, each)}
    if (until := certain_at(view, untold)) is not None:
        return Later(until)
    if not heard:
        return rights.WITHOUT
    return _ended(view, heard, member) or undone


def stands(view: Reading, notice: Row[Any]) -> bool:
    """Whether what a notice tells is so still: a case is closed by it, or has not come back to whose it was."""
    return _by(view, notice) is not None


def _ended(view: Reading, told: Sequence[Row[Any]], member: StaffView) -> list[Ended]:
    cases = reading.case_views(view, {each.case_id for each in told})
    found = [(cases[each.case_id], by) for each in told if (by := _by(view, each)) is not None]
    names = {cause.key: cause.name for cause in reading.root_causes(view).values()}
    takers = directory.staff_by_id(view, {UUID(by.detail["owner_id"]) for _, by in found if by.kind == "assigned"})
    names |= {str(taker.id): taker.name for taker in takers.values()}
    return [
        Ended(
            case,
            by,
            timeline_words.entry(by, names),
            names.get(by.detail.get("owner_id", ""), ""),
            is_seen=store.find_visible(view, member, case.id) is not None,
        )
        for case, by in found
    ]


def _by(view: Reading, notice: Row[Any]) -> EntryView | None:
    """The line that a notice tells, while it is so still."""
    case = reading.case_views(view, [notice.case_id])[notice.case_id]
    told, *since = reading.entries_after(view, notice.case_id, notice.revision - 1)
    if notice.news != GIVEN_AWAY:
        return None if case.is_open or any(entry.kind in CLOSES for entry in since) else told
    lost = told.detail["before"]["owner_id"]
    # Where it came back and went again, the later line tells so.
    had_again = any((entry.detail.get("before") or {}).get("owner_id") == lost for entry in since)
    return None if had_again or (case.owner is not None and str(case.owner.id) == lost) else told


def headline(ended: Sequence[Ended]) -> str:
    """What happened, in a few words."""
    n, given = len(ended), sum(each.is_given for each in ended)
    if n == 1:
        partner, by = ended[0].case.partner, ended[0].by
        who = timeline_words.who_did(by)
        named = {"partner": partner.name or partner.key, "who": who}
        if given and by.is_by(by.detail["owner_id"]):
            return gettext("{partner}: {who} took your case", **named)
        if given:
            return gettext("{partner}: {who} gave your case to {owner}", **named, owner=ended[0].taker)
        return gettext("{partner}: {who} ended your case", **named)
    if given == n:
        return ngettext("{n} of your cases was given to others", "{n} of your cases were given to others", n)
    if given:
        return ngettext(
            "{n} of your cases was ended or given to others", "{n} of your cases were ended or given to others", n
        )
    return ngettext("{n} of your cases was ended by others", "{n} of your cases were ended by others", n)


def subject(ended: Sequence[Ended]) -> str:
    """The headline, with the reference where there is but one."""
    return f"{ended[0].case.ref} {headline(ended)}" if len(ended) == 1 else headline(ended)
