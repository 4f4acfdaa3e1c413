"""Writes the mail that tells the author of a silence, a day before, that it lapses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from uuid import UUID

from alerts.notices import mail_templates
from alerts.silences.views import SilenceView, find_silence
from feedback_engine.directory.reading import EVERYTHING, StaffView
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.i18n import format_datetime, gettext, gettext_noop, ngettext
from feedback_engine.foundation.mail.message import Message, Withdrawn
from feedback_engine.foundation.mail.queue import QueuedMail
from feedback_engine.foundation.unit_of_work import Reading
from feedback_engine.foundation.web.addresses import absolute_url


def render(engine: Engine, view: Reading, mails: Sequence[QueuedMail]) -> Mapping[UUID, Message | Withdrawn]:
    """The mails of the kind `silence-lapses`, each in its reader's language; withdrawn when the silence was ended."""
    return mail_templates.for_readers(view, mails, partial(_render, engine, view))


def _render(engine: Engine, view: Reading, mail: QueuedMail, member: StaffView) -> Message | Withdrawn:
    silence = find_silence(view, EVERYTHING, mail.ref_id)
    if silence is None:
        return Withdrawn(gettext_noop("the silence is gone"))
    if silence.ended_at is not None:
        return Withdrawn(gettext_noop("the silence was ended before the mail went"))
    return _message(engine, silence, member)


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
