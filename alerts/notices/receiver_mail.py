"""Writes the mails about the ways to somebody: a webhook or chat was switched off by itself; a test arrived."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from uuid import UUID

from alerts.channels import webhook
from alerts.notices import mail_templates, notification_store
from alerts.notices import store as notice_store
from alerts.notices.receivers import GONE
from feedback_engine.directory.reading import StaffView
from feedback_engine.foundation.chat.services import shown as masked
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.i18n import gettext, gettext_noop
from feedback_engine.foundation.mail.message import Message, Withdrawn
from feedback_engine.foundation.mail.queue import QueuedMail
from feedback_engine.foundation.unit_of_work import Reading
from feedback_engine.foundation.web.addresses import absolute_url


def render(engine: Engine, view: Reading, mails: Sequence[QueuedMail]) -> Mapping[UUID, Message | Withdrawn]:
    """The mails, each in its reader's language."""
    return mail_templates.for_readers(view, mails, partial(_render, engine, view))


def _render(engine: Engine, view: Reading, mail: QueuedMail, member: StaffView) -> Message | Withdrawn:
    found = _named(view, mail)
    if found is None:
        return Withdrawn(gettext_noop("the receiver is gone, or on again"))
    name, is_own = found
    heading = gettext("{name} hears of nothing any more", name=name)
    if mail.attributes["reason"] == GONE:
        why = gettext("It answered that it is gone for good (410).")
    else:
        why = gettext("For five days no message has reached it.")
    path = "/account/notices" if is_own else "/admin/webhooks"
    rest = gettext("What it would have heard stays on our pages. Once it listens again, switch it on.")
    return _message(engine, member, heading, f"{why} {rest}", path)


def render_trials(engine: Engine, view: Reading, mails: Sequence[QueuedMail]) -> Mapping[UUID, Message | Withdrawn]:
    """The mails that somebody sent themselves to see whether mail arrives."""
    return mail_templates.for_readers(view, mails, lambda _, member: _trial(engine, member))


def _trial(engine: Engine, member: StaffView) -> Message:
    words = gettext("This is a test. What concerns you will come here.")
    return _message(engine, member, gettext("Test"), words, "/account/notices")


def _message(engine: Engine, member: StaffView, heading: str, words: str, path: str) -> Message:
    shown = {
        "headline": heading,
        "words": words,
        "url": absolute_url(engine.settings.base_url, path),
    }
    return mail_templates.to_staff(engine, member, "receiver", heading, shown)


def _named(view: Reading, mail: QueuedMail) -> tuple[str, bool] | None:
    """How people know the receiver, and whether it is the reader's own; None when it is on again."""
    if mail.attributes["channel"] == webhook.CHANNEL.key:
        endpoint = notification_store.endpoint_by_id(view, mail.ref_id)
        if endpoint is None or endpoint.disabled_at is None:
            return None
        return (endpoint.url if endpoint.staff_id else endpoint.name), endpoint.staff_id is not None
    chat = notice_store.chats_by_id(view, [mail.ref_id]).get(mail.ref_id)
    return None if chat is None or chat.disabled_at is None else (masked(bytes(chat.url).decode()), True)
