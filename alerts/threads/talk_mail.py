"""Writes the mail to whoever will be on a call that a colleague planned, in their name or until now for themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from alerts import reading
from alerts.notices import mail_templates
from alerts.threads import store as thread_store
from alerts.threads.store import ThreadRow
from alerts.views import CaseView
from feedback_engine.directory import reading as directory
from feedback_engine.directory.reading import StaffView
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.i18n import format_datetime, gettext, gettext_noop, use_locale
from feedback_engine.foundation.mail.message import Message, Withdrawn
from feedback_engine.foundation.mail.queue import QueuedMail
from feedback_engine.foundation.unit_of_work import Reading
from feedback_engine.foundation.web.addresses import absolute_url

_HEADLINES = {
    "planned": gettext_noop("{who} planned a call of yours with {partner}"),
    "moved": gettext_noop("{who} changed a call of yours with {partner}"),
    "off": gettext_noop("{who} called off a call of yours with {partner}"),
}


def render(engine: Engine, view: Reading, mails: Sequence[QueuedMail]) -> Mapping[UUID, Message | Withdrawn]:
    """The mails of the kind `case-talk`, each in its reader's language; withdrawn when the talk is off or another's."""
    named = [mail.recipient_id for mail in mails if mail.recipient_id]
    before = [UUID(mail.attributes["before_id"]) for mail in mails if "before_id" in mail.attributes]
    staff = directory.staff_by_id(view, [*named, *before])
    talks = thread_store.meetings_by_id(view, [mail.ref_id for mail in mails])
    rendered: dict[UUID, Message | Withdrawn] = {}
    for mail in mails:
        talk, member = talks.get(mail.ref_id), staff.get(mail.recipient_id or mail.id)
        if talk is None or member is None or not member.active:
            rendered[mail.id] = Withdrawn("its reader or its talk is gone")
        elif talk.state != ("cancelled" if _is_off(mail) else "planned") or talk.organizer_id != member.id:
            rendered[mail.id] = Withdrawn("the talk is off, or somebody else is on it now")
        else:
            with use_locale(member.locale):
                case = reading.case_views(view, [talk.case_id])[talk.case_id]
                headline = _headline(case, mail, staff)
                rendered[mail.id] = _message(engine, case, talk, member, headline, off=_is_off(mail))
    return rendered


def _headline(case: CaseView, mail: QueuedMail, staff: Mapping[UUID, StaffView]) -> str:
    partner = case.partner.name
    if "before_id" in mail.attributes:
        before = staff[UUID(mail.attributes["before_id"])].name
        return gettext("You have a call with {partner} now, in place of {before}", partner=partner, before=before)
    return gettext(_HEADLINES[mail.attributes.get("news", "planned")], who=mail.attributes["by"], partner=partner)


def _is_off(mail: QueuedMail) -> bool:
    return mail.attributes.get("news") == "off"


def _message(
    engine: Engine, case: CaseView, talk: ThreadRow, member: StaffView, headline: str, *, off: bool
) -> Message:
    at = format_datetime(talk.starts_at, member.time_zone, style="full")
    stands = gettext("{at} your time, {n} minutes. The partner’s invitation names you.", at=at, n=talk.minutes)
    shown = {
        "case": case,
        "headline": headline,
        "words": talk.subject,
        "due": "",
        "duty": gettext("It would have been {at}, your time.", at=at) if off else stands,
        "url": absolute_url(engine.settings.base_url, f"/cases/{case.ref}"),
        "button": gettext("Open the case {ref}", ref=case.ref),
    }
    return mail_templates.to_staff(engine, member, "settling", f"{case.ref} {headline}", shown)
