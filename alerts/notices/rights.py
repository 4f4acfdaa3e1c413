"""Who may still be told of a case, looked up at the moment it is told."""

from __future__ import annotations

from uuid import UUID

from alerts import store
from alerts.routing.addressees import people_meant
from feedback_engine.directory.reading import StaffView
from feedback_engine.foundation.i18n import gettext_noop
from feedback_engine.foundation.unit_of_work import Reading

WITHOUT = gettext_noop("whoever it was for may not see the case any more; if they should, give it to them with Assign")
"""Why news is not told to somebody who may not be told of it any more."""


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


def _is_meant(reading: Reading, member: StaffView, case_id: UUID, revision: int) -> bool:
    case = store.case_by_id(reading, case_id)
    entry = next((each for each in store.entries_of(reading, case_id, revision - 1) if each.revision == revision), None)
    if case is None or entry is None or "to" not in entry.detail:
        return False
    return member.id in people_meant(reading, entry.detail["to"], case.partner_id, case.touchpoint)
