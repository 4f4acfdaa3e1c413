"""Whether a piece of news is still to be told at the moment it goes: the same for a mail, a chat and a digest."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row

from alerts import reading
from alerts.notices import endings, given, rights
from alerts.notices.rules import GIVEN, LOST
from alerts.promises import mail as promise_mail
from alerts.settling import ladder
from alerts.settling import notices as settling_notices
from alerts.views import CaseView
from feedback_engine.directory.reading import StaffView
from feedback_engine.foundation.unit_of_work import Reading

OF_CLOSED = frozenset({"partner_replied", "mentioned"})
"""What is told of a closed case too, besides its promises and what the partner says of its closing."""


def why_untold(view: Reading, case: CaseView, notice: Row[Any], line: Row[Any] | None, member: StaffView) -> str | None:
    """Why news of a case is not told alone any more, untranslated; None where it is. `line` is the one of the timeline
    where that is about settling.

    What is told with others in one message has its own answers: `given.given_with` and `endings.ended_with`.
    """
    return _without_right(view, case, notice, member) or _needless(view, case, notice, line, member)


def is_told(view: Reading, member: StaffView, notice: Row[Any]) -> bool:
    """Whether a piece of news that is told together with others is so still, of a case that its reader may hear of."""
    if not rights.may_hear(view, member, notice):
        return False
    if rights.was_taken_back(view, notice.case_id, notice.news, notice.revision):
        return False
    if notice.news in LOST:
        return endings.stands(view, notice)
    if notice.news in GIVEN:
        return given.stands(view, notice, member)
    line = settling_notices.read_told(view, [notice]).get(notice.id)
    if line is None:
        return True
    case = reading.case_views(view, [notice.case_id])[notice.case_id]
    return settling_notices.why_needless(view, case, line, member) is None


def _without_right(view: Reading, case: CaseView, notice: Row[Any], member: StaffView) -> str | None:
    # Whoever has the case may see it; most news goes to them.
    if member.active and case.owner is not None and case.owner.id == member.id:
        return None
    if rights.may_be_told(view, member, case.id, notice.news, notice.revision):
        return None
    return rights.why_untold(view, case.id, notice.news, notice.revision)


def _needless(view: Reading, case: CaseView, notice: Row[Any], line: Row[Any] | None, member: StaffView) -> str | None:
    news: str = notice.news
    if line is not None:
        return settling_notices.why_needless(view, case, line, member)
    if news in promise_mail.HEADLINES:
        return promise_mail.why_needless(view, case, notice.revision, news, member)
    if rights.was_taken_back(view, case.id, news, notice.revision):
        return rights.TAKEN_BACK
    if not case.is_open and news not in OF_CLOSED:
        return rights.CLOSED
    if rights.is_elsewhere(case, news, member, calls=ladder.mediates(view, case.id, member.id)):
        return rights.why_moved(view, case.id, notice.revision)
    return None
