"""Writes the mail that tells somebody of their case: what the partner said, what is due by when, and the link."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from alerts import reading
from alerts.notices import closing_mail, given, given_mail, headlines, mail_templates, notification_store, standing
from alerts.notices.certainty import certain_at
from alerts.notices.due_words import due_for, due_label
from alerts.notices.rules import GIVEN, LOST
from alerts.promises import mail as promise_mail
from alerts.settling import notices as settling_notices
from alerts.threads.reading import reply_at
from alerts.views import AlertView, CaseView
from feedback_engine.directory import reading as directory
from feedback_engine.directory.reading import StaffView
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.i18n import gettext_noop, use_locale
from feedback_engine.foundation.mail.message import Later, Message, Withdrawn
from feedback_engine.foundation.mail.queue import QueuedMail
from feedback_engine.foundation.unit_of_work import Reading
from feedback_engine.foundation.web.addresses import absolute_url


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
            else:
                line, alerts = of_settling.get(notice.id), alerts_by_locale[locale].get(case.id, ())
                drawn = _alone(engine, view, notice, case, line, member, alerts)
        until = certain_at(view, [case.id]) if isinstance(drawn, Withdrawn) else None
        rendered[mail.id] = drawn if until is None else Later(until)
    return rendered


def _of_given(engine: Engine, view: Reading, notice: Any, member: StaffView) -> Message | Withdrawn | Later:
    cases = given.given_with(view, notice, member)
    if isinstance(cases, Later):
        return cases
    if isinstance(cases, str):
        return Withdrawn(cases)
    if len(cases) > 1:
        return given_mail.render(engine, view, cases, member)
    alerts = reading.alerts_of_cases(view, [cases[0].id])
    giver = given.giver_words(view, cases, member)
    heading = headlines.of_news(cases[0], notice.news)
    return _message(engine, cases[0], heading, member, alerts.get(cases[0].id, ()), giver=giver)


def _alone(
    engine: Engine,
    view: Reading,
    notice: Any,
    case: CaseView,
    line: Any,
    member: StaffView,
    alerts: Sequence[AlertView],
) -> Message | Withdrawn:
    why_untold = standing.why_untold(view, case, notice, line, member)
    if why_untold is not None:
        return Withdrawn(why_untold)
    if line is not None:
        return settling_notices.render(engine, view, case, line, member)
    if notice.news in promise_mail.HEADLINES:
        return promise_mail.render(engine, view, case, notice.revision, notice.news, member)
    said = reply_at(view, case.id, notice.revision) if notice.news == "partner_replied" else ""
    return _message(engine, case, headlines.headline(view, case, notice, None), member, alerts, said)


def _message(
    engine: Engine,
    case: CaseView,
    heading: str,
    member: StaffView,
    alerts: Sequence[AlertView],
    said: str = "",
    giver: str = "",
) -> Message:
    shown = {
        "case": case,
        "headline": heading,
        "giver": giver,
        "due_label": due_label(case),
        "due": due_for(case, member.time_zone),
        # The newest one is the news; those before it stand on the page.
        "why": said or (alerts[-1].why if alerts else ""),
        "url": absolute_url(engine.settings.base_url, f"/cases/{case.ref}"),
    }
    return mail_templates.to_staff(engine, member, "case", f"{case.ref} {heading}", shown)
