"""Writes the mail to whoever is on a call, or was until now: what a colleague or the case itself made of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from alerts import reading
from alerts.notices import mail_templates
from alerts.threads import store as thread_store
from alerts.threads.store import ThreadRow
from alerts.threads.words import off
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
_OFF = ("off", "void")


def render(engine: Engine, view: Reading, mails: Sequence[QueuedMail]) -> Mapping[UUID, Message | Withdrawn]:
    """The mails of the kind `case-talk`, each in its reader's language; withdrawn when the talk is off or another's."""
    named = [mail.recipient_id for mail in mails if mail.recipient_id]
    before = [UUID(mail.attributes["before_id"]) for mail in mails if "before_id" in mail.attributes]
    talks = thread_store.meetings_by_id(view, [mail.ref_id for mail in mails])
    staff = directory.staff_by_id(view, [*named, *before, *(talk.organizer_id for talk in talks.values())])
    rendered: dict[UUID, Message | Withdrawn] = {}
    for mail in mails:
        talk, member = talks.get(mail.ref_id), staff.get(mail.recipient_id or mail.id)
        if talk is None or member is None or not member.active:
            rendered[mail.id] = Withdrawn(gettext_noop("whoever it was for, or the call, is gone"))
        elif not _holds(mail, talk):
            rendered[mail.id] = Withdrawn(gettext_noop("the call is off, or somebody else is on it now"))
        else:
            with use_locale(member.locale):
                case = reading.case_views(view, [talk.case_id])[talk.case_id]
                headline = _headline(case, mail, talk, staff)
                rendered[mail.id] = _message(engine, case, talk, member, headline, _duty(mail, talk, member))
    return rendered


def _holds(mail: QueuedMail, talk: ThreadRow) -> bool:
    """Whether what a mail says of a talk is so still."""
    if _news(mail) == "given":
        return bool(talk.state == "planned" and talk.organizer_id != mail.recipient_id)
    state = "cancelled" if _news(mail) in _OFF else "planned"
    return bool(talk.state == state and talk.organizer_id == mail.recipient_id)


def _headline(case: CaseView, mail: QueuedMail, talk: ThreadRow, staff: Mapping[UUID, StaffView]) -> str:
    partner = case.partner.name
    if "before_id" in mail.attributes:
        before = staff[UUID(mail.attributes["before_id"])].name
        return gettext("You have a call with {partner} now, in place of {before}", partner=partner, before=before)
    if _news(mail) == "given":
        name = staff[talk.organizer_id].name  # The case may have gone on to a third one meanwhile.
        return gettext("{name} has your call with {partner} now", name=name, partner=partner)
    if _news(mail) == "void":
        return gettext("Your call with {partner} is {off}", partner=partner, off=off(mail.attributes["reason"]))
    return gettext(_HEADLINES[_news(mail)], who=mail.attributes["by"], partner=partner)


def _news(mail: QueuedMail) -> str:
    return str(mail.attributes.get("news", "planned"))


def _duty(mail: QueuedMail, talk: ThreadRow, member: StaffView) -> str:
    """When the call is or would have been, by the clock of its reader."""
    at = format_datetime(talk.starts_at, member.time_zone, style="full")
    if _news(mail) == "given":
        return gettext("It is {at}, your time. You can take it out of your calendar.", at=at)
    if _news(mail) in _OFF:
        return gettext("It would have been {at}, your time.", at=at)
    return gettext("{at} your time, {n} minutes.", at=at, n=talk.minutes)


def _message(engine: Engine, case: CaseView, talk: ThreadRow, member: StaffView, headline: str, duty: str) -> Message:
    shown = {
        "case": case,
        "headline": headline,
        "words": talk.subject,
        "dues": (),
        "duty": duty,
        "url": absolute_url(engine.settings.base_url, f"/cases/{case.ref}"),
        "button": gettext("Open the case {ref}", ref=case.ref),
    }
    return mail_templates.to_staff(engine, member, "settling", f"{case.ref} {headline}", shown)
