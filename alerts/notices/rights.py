"""Who may still be told of a case, looked up at the moment it is told."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import Row

from alerts import store
from alerts.notices.rules import GIVEN_AWAY, TOLD_LATER
from alerts.routing.addressees import people_meant
from alerts.views import CaseView
from feedback_engine.directory.reading import StaffView
from feedback_engine.foundation.i18n import gettext_noop
from feedback_engine.foundation.unit_of_work import Reading

WITHOUT = gettext_noop("whoever it was for may not see the case any more; if they should, give it to them with Assign")
"""Why news is not told to somebody who may not be told of it any more."""
MOVED = gettext_noop("the case went to somebody else before the message did")
CLOSED = gettext_noop("the case was closed before the message went")
TAKEN_BACK = gettext_noop("the case was taken back before the message went")
OWNERS_NEWS = frozenset({"opened", "joined", "assigned", "reopened", "warned", "woke"})
"""What only concerns whoever has the case now."""


def may_be_told(reading: Reading, member: StaffView, case_id: UUID, news: str, revision: int) -> bool:
    """Whether a member of staff may hear of this entry of a case now.

    They may see the case, as a mediator or an escalation contact may; or it was escalated to a level that still means
    them, whoever's case it is.
    """
    if not member.active:
        return False
    row = store.find_visible(reading, member, case_id)
    if row is not None:
        return True
    return news == "escalated" and _is_meant(reading, member, case_id, revision)


def may_hear(reading: Reading, member: StaffView, notice: Row[Any]) -> bool:
    """The same of a notice that is told in words. Whose case it was hears to whom it went, whether or not they may see
    it still; else it would be gone without a word."""
    if notice.news == GIVEN_AWAY:
        return member.active
    return may_be_told(reading, member, notice.case_id, notice.news, notice.revision)


def why_untold(reading: Reading, case_id: UUID, news: str, revision: int) -> str:
    """Why somebody who may not be told of this entry of a case is not, untranslated.

    News of a case that is not theirs any more is not told for that alone: nobody need give them the right, or the case.
    """
    case = store.case_by_id(reading, case_id)
    if case is None or news not in OWNERS_NEWS | {"transferred"}:
        return WITHOUT
    return why_moved(reading, case_id, revision) if case.owner_id or case.team_id else TAKEN_BACK


def why_moved(reading: Reading, case_id: UUID, revision: int) -> str:
    """Why whoever has a case no more is not told of this entry, untranslated: it was undone, or the case went on."""
    return TAKEN_BACK if _was_undone(reading, case_id, revision) else MOVED


def is_elsewhere(case: CaseView, news: str, member: StaffView, *, calls: bool) -> bool:
    """Whether news only concerns whoever has the case, and that is somebody else by now; `calls` is whether its reader
    mediates in it, and so is warned of its call."""
    if news not in OWNERS_NEWS or case.owner is None or case.owner.id == member.id:
        return False
    return not (calls and news == "warned")


def was_taken_back(reading: Reading, case_id: UUID, news: str, revision: int) -> bool:
    """Whether news that waited for it was taken back; so is a split, where its part went back whence it came."""
    if news not in TOLD_LATER:
        return False
    case = store.case_by_id(reading, case_id)
    went_back = case is not None and case.outcome == "merged" and case.merged_into_id == case.split_from_id
    return _was_undone(reading, case_id, revision) or (news == "split" and went_back)


def _was_undone(reading: Reading, case_id: UUID, revision: int) -> bool:
    after = store.entries_of(reading, case_id, revision)
    return bool(after) and after[0].kind == "undone"


def _is_meant(reading: Reading, member: StaffView, case_id: UUID, revision: int) -> bool:
    case = store.case_by_id(reading, case_id)
    entry = next((each for each in store.entries_of(reading, case_id, revision - 1) if each.revision == revision), None)
    if case is None or entry is None or "to" not in entry.detail:
        return False
    return member.id in people_meant(reading, entry.detail["to"], case.partner_id, case.touchpoint)
