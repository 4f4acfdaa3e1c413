"""What a piece of news is called, in a few words: the same in a mail, a chat and a digest."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row

from alerts.promises import mail as promise_mail
from alerts.settling import line_words
from alerts.settling import notices as settling_notices
from alerts.views import AlertView, CaseView
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


def headline(view: Reading, case: CaseView, alerts: Sequence[AlertView], news: str, line: Row[Any] | None) -> str:
    """What the news is; `alerts` are those of the case, the newest last, and `line` is the one of the timeline where
    the news is about settling, and says it then."""
    return of_news(case, alerts, news) if line is None else settling_notices.headline(view, case, line)


def of_news(case: CaseView, alerts: Sequence[AlertView], news: str) -> str:
    """What the news is, by its kind, and where it is an alert, by the newest of them."""
    named = {"partner": case.partner.name or case.partner.key, "score": case.score}
    if news in ("assigned", "transferred"):
        return gettext("{partner}: the case is yours now", **named)
    if news in _HEADLINES:
        return gettext(_HEADLINES[news], **named)
    if alerts and alerts[-1].response_id is None:  # nobody answered: something was noticed
        return f"{named['partner']}: {alerts[-1].rule_name}"
    if case.kind == "callback":
        return gettext("{partner} asks to be called", **named)
    if case.score is None:
        return gettext("{partner} answered", **named)
    if case.kind == "thanks":
        return gettext("{partner} gave a {score}: say thank you", **named)
    if news == "joined":
        return gettext("{partner} gave a {score}, one more answer in the open case", **named)
    return gettext("{partner} gave a {score}", **named)
