"""Writes the mail that tells the author of a silence, a day before, that it lapses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from alerts import mail_templates, silence_store
from alerts.silence_views import SilenceView, find_silence
from feedback_engine.directory import reading as directory
from feedback_engine.directory.reading import EVERYTHING, StaffView
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.i18n import (
    format_datetime,
    gettext,
    ngettext,
    use_locale,
)
from feedback_engine.foundation.mail.message import Message, Withdrawn
from feedback_engine.foundation.mail.queue import QueuedMail
from feedback_engine.foundation.unit_of_work import Reading
from feedback_engine.foundation.web.addresses import absolute_url


def render(engine: Engine, view: Reading, mails: Sequence[QueuedMail]) -> Mapping[UUID, Message | Withdrawn]:
    """The mails of the kind `silence-lapses`, each in its reader's language; withdrawn when the silence was ended."""
    staff = directory.staff_by_id(view, [mail.recipient_id for mail in mails if mail.recipient_id])
    known = silence_store.silences_by_id(view, [mail.ref_id for mail in mails])
    rendered: dict[UUID, Message | Withdrawn] = {}
    for mail in mails:
        row, member = known.get(mail.ref_id), staff.get(mail.recipient_id or mail.id)
        if row is None or member is None or not member.active:
            rendered[mail.id] = Withdrawn("its reader is gone")
        elif row.ended_at is not None:
            rendered[mail.id] = Withdrawn("the silence was ended before the mail went")
        else:
            with use_locale(member.locale):
                silence = find_silence(view, EVERYTHING, mail.ref_id)
                rendered[mail.id] = _message(engine, silence, member) if silence else Withdrawn("the silence is gone")
    return rendered


def _message(engine: Engine, silence: SilenceView, member: StaffView) -> Message:
    until = format_datetime(silence.until_at, member.time_zone, style="weekday")
    headline = gettext("A silence of yours lapses {until}", until=until)
    shown = {
        "headline": headline,
        "about": silence.about,
        "reason": silence.reason,
        "kept": ngettext(
            "{n} alert was kept quiet so far. From then on alerts open cases again.",
            "{n} alerts were kept quiet so far. From then on alerts open cases again.",
            silence.alerts,
        ),
        "url": absolute_url(engine.settings.base_url, "/silences"),
    }
    return mail_templates.to_staff(engine, member, "silence", headline, shown)
