"""What a piece of news is called, in a few words: the same in a mail, a chat and a digest."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row

from alerts import store
from alerts.promises import mail as promise_mail
from alerts.regrouping import home_store
from alerts.settling import line_words
from alerts.settling import notices as settling_notices
from alerts.viewing import rule_names
from alerts.views import CaseView
from feedback_engine.foundation.i18n import gettext, gettext_noop
from feedback_engine.foundation.unit_of_work import Reading

_HEADLINES = {
    "reopened": gettext_noop("{partner}: the case was reopened"),
    "warned": gettext_noop("{partner}: time is running out"),
    "escalated": gettext_noop("{partner}: not answered in time"),
    "woke": gettext_noop("{partner}: the case is back"),
    "partner_replied": gettext_noop("{partner} replied to your mail"),
    "merged": gettext_noop("{partner}: two cases are one now"),
    "split": gettext_noop("{partner}: a part of the case stands alone now"),
    "mentioned": gettext_noop("{partner}: a note mentions you"),
    "closed": gettext_noop("{partner}: the case was closed"),
    "given_away": gettext_noop("{partner}: the case was given to somebody else"),
    **promise_mail.HEADLINES,
    **line_words.OF_THE_PARTNERS_WORD,
}


def headline(view: Reading, case: CaseView, notice: Row[Any], line: Row[Any] | None) -> str:
    """What the news is; `line` is the one of the timeline where that is about settling, and says it then."""
    if line is not None:
        return settling_notices.headline(view, case, line)
    return of_news(case, notice.news, noticed_by(view, notice))


def noticed_by(view: Reading, notice: Row[Any]) -> str:
    """The name of the rule by which something was noticed, where that is the news; empty where somebody answered."""
    if notice.news not in ("opened", "joined"):
        return ""
    told = store.entries_of(view, notice.case_id, notice.revision - 1)[0]
    raised = [
        alert
        for alert in home_store.raised_in(view, [notice.case_id])
        if alert.rule == told.detail.get("rule") and alert.raised_at <= told.at
    ]
    if not raised or raised[-1].response_id is not None:
        return ""
    rule = str(raised[-1].rule)
    return rule_names(view).get(rule, rule)


def of_news(case: CaseView, news: str, noticed: str = "") -> str:
    """What the news is, by its kind; `noticed` is the name of the rule where nobody answered."""
    named = {"partner": case.partner.name or case.partner.key, "score": case.score}
    if news in ("assigned", "transferred"):
        return gettext("{partner}: the case is yours now", **named)
    if news in _HEADLINES:
        return gettext(_HEADLINES[news], **named)
    if noticed:
        return f"{named['partner']}: {noticed}"
    if case.kind == "callback":
        return gettext("{partner} asks to be called", **named)
    if case.score is None:
        return gettext("{partner} answered", **named)
    if case.kind == "thanks":
        return gettext("{partner} gave a {score}: say thank you", **named)
    if news == "joined":
        return gettext("{partner} gave a {score}, one more answer in the open case", **named)
    return gettext("{partner} gave a {score}", **named)
