"""Writes the mail that tells somebody of their case: what the partner said, what is due by when, and the link."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from alerts import reading
from alerts.notices import closing_mail, given, given_mail, mail_templates, notification_store, rights
from alerts.notices.certainty import certain_at
from alerts.notices.due_words import due_for
from alerts.notices.rules import GIVEN, LOST
from alerts.promises import mail as promise_mail
from alerts.settling import ladder, line_words
from alerts.settling import notices as settling_notices
from alerts.threads.reading import reply_at
from alerts.views import AlertView, CaseView
from feedback_engine.directory import reading as directory
from feedback_engine.directory.reading import StaffView
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.i18n import gettext, gettext_noop, use_locale
from feedback_engine.foundation.mail.message import Later, Message, Withdrawn
from feedback_engine.foundation.mail.queue import QueuedMail
from feedback_engine.foundation.unit_of_work import Reading
from feedback_engine.foundation.web.addresses import absolute_url

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


def render(engine: Engine, view: Reading, mails: Sequence[QueuedMail]) -> Mapping[UUID, Message | Withdrawn | Later]:
    """The mails of the kind `case-notification`, each in its reader's language; withdrawn when there is no need now,
    and looked at again later while that may still be taken back."""
    notices = notification_store.notifications_by_id(view, [mail.ref_id for mail in mails])
    of_settling = settling_notices.read_told(view, notices.values())
    case_ids = {notice.case_id for notice in notices.values()}
    staff = directory.staff_by_id(view, [mail.recipient_id for mail in mails if mail.recipient_id])
    cases_by_locale: dict[str, Mapping[UUID, CaseView]] = {}
    alerts_by_locale: dict[str, Mapping[UUID, Sequence[AlertView]]] = {}
    rendered: dict[UUID, Message | Withdrawn | Later] = {}
    for mail in mails:
        notice, member = notices.get(mail.ref_id), staff.get(mail.recipient_id or mail.id)
        if notice is None or member is None or not member.active:
            rendered[mail.id] = Withdrawn(gettext_noop("whoever it was for, or the case, is gone"))
            continue
        with use_locale(member.locale) as locale:
            if locale not in cases_by_locale:
                cases_by_locale[locale] = reading.case_views(view, case_ids)
                alerts_by_locale[locale] = reading.alerts_of_cases(view, case_ids)
            case = cases_by_locale[locale][notice.case_id]
            if notice.news in LOST:
                drawn: Message | Withdrawn | Later = closing_mail.render(engine, view, notice, member)
            elif notice.news in GIVEN:
                drawn = _of_given(engine, view, notice, member)
            elif notice.id in of_settling:
                drawn = _without_right(view, notice, case, member) or settling_notices.render(
                    engine, view, case, of_settling[notice.id], member
                )
            else:
                drawn = _without_right(view, notice, case, member) or _written(
                    engine, view, notice, case, member, alerts_by_locale[locale].get(case.id, ())
                )
        until = certain_at(view, [case.id], member.id) if isinstance(drawn, Withdrawn) else None
        rendered[mail.id] = drawn if until is None else Later(until)
    return rendered


def _of_given(engine: Engine, view: Reading, notice: Any, member: StaffView) -> Message | Withdrawn | Later:
    cases = given.given_with(view, notice, member)
    if isinstance(cases, Later):
        return cases
    if isinstance(cases, str):
        return Withdrawn(cases)
    if len(cases) > 1:
        return given_mail.render(engine, cases, member)
    alerts = reading.alerts_of_cases(view, [cases[0].id])
    return _message(engine, cases[0], notice.news, member, alerts.get(cases[0].id, ()))


def _needless(view: Reading, case: CaseView, notice: Any, member: StaffView) -> Withdrawn | None:
    news: str = notice.news
    if rights.was_taken_back(view, case.id, news, notice.revision):
        return Withdrawn(rights.TAKEN_BACK)
    if not case.is_open and news not in ("partner_replied", "mentioned"):
        return Withdrawn(gettext_noop("the case was closed before the mail went"))
    if rights.is_elsewhere(case, news, member, calls=ladder.mediates(view, case.id, member.id)):
        return Withdrawn(rights.why_moved(view, case.id, notice.revision))
    return None


def _without_right(view: Reading, notice: Any, case: CaseView, member: StaffView) -> Withdrawn | None:
    # Whoever has the case may see it; most mails go to them.
    if case.owner is not None and case.owner.id == member.id:
        return None
    if rights.may_be_told(view, member, notice.case_id, notice.news, notice.revision):
        return None
    return Withdrawn(rights.why_untold(view, case.id, notice.news, notice.revision))


def _written(
    engine: Engine, view: Reading, notice: Any, case: CaseView, member: StaffView, alerts: Sequence[AlertView]
) -> Message | Withdrawn:
    news: str = notice.news
    if news in promise_mail.HEADLINES:
        return promise_mail.render(engine, view, case, notice.revision, news, member)
    said = reply_at(view, case.id, notice.revision) if news == "partner_replied" else ""
    return _needless(view, case, notice, member) or _message(engine, case, news, member, alerts, said)


def _message(
    engine: Engine, case: CaseView, news: str, member: StaffView, alerts: Sequence[AlertView], said: str = ""
) -> Message:
    noticed = alerts[-1] if alerts and alerts[-1].response_id is None and news in ("opened", "joined") else None
    heading = f"{case.partner.name or case.partner.key}: {noticed.rule_name}" if noticed else headline(case, news)
    shown = {
        "case": case,
        "headline": heading,
        "due": due_for(case, member.time_zone),
        # The newest one is the news; those before it stand on the page.
        "why": said or (alerts[-1].why if alerts else ""),
        "url": absolute_url(engine.settings.base_url, f"/cases/{case.ref}"),
    }
    return mail_templates.to_staff(engine, member, "case", f"{case.ref} {heading}", shown)


def headline(case: CaseView, news: str) -> str:
    """What the news is, in a few words."""
    named = {"partner": case.partner.name or case.partner.key, "score": case.score}
    if news in ("assigned", "transferred"):
        return gettext("{partner}: the case is yours now", **named)
    if news in _HEADLINES:
        return gettext(_HEADLINES[news], **named)
    if case.kind == "callback":
        return gettext("{partner} asks to be called", **named)
    if case.score is None:
        return gettext("{partner} answered", **named)
    if case.kind == "thanks":
        return gettext("{partner} gave a {score}: say thank you", **named)
    if news == "joined":
        return gettext("{partner} gave a {score}, one more answer in the open case", **named)
    return gettext("{partner} gave a {score}", **named)
