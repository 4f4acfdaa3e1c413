"""The templates of the mails to staff: the same words as plain text and as HTML."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any, TypeAlias
from uuid import UUID

from jinja2 import Environment, PackageLoader, StrictUndefined

from feedback_engine.directory import reading as directory
from feedback_engine.directory.reading import StaffView
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.i18n import current_locale, gettext, gettext_noop, text_direction, use_locale
from feedback_engine.foundation.mail.message import Address, Message, Withdrawn
from feedback_engine.foundation.mail.queue import QueuedMail
from feedback_engine.foundation.unit_of_work import Reading

Draw: TypeAlias = Callable[[QueuedMail, StaffView], Message | Withdrawn]


def for_readers(view: Reading, mails: Sequence[QueuedMail], draw: Draw) -> dict[UUID, Message | Withdrawn]:
    """Each mail as `draw` writes it for its reader, in their language; withdrawn where they are gone."""
    staff = directory.staff_by_id(view, [mail.recipient_id for mail in mails if mail.recipient_id])
    drawn: dict[UUID, Message | Withdrawn] = {}
    for mail in mails:
        member = staff.get(mail.recipient_id or mail.id)
        if member is None or not member.active:
            drawn[mail.id] = Withdrawn(gettext_noop("whoever it was for has no account any more"))
            continue
        with use_locale(member.locale):
            drawn[mail.id] = draw(mail, member)
    return drawn


def to_staff(engine: Engine, member: StaffView, name: str, subject: str, shown: Mapping[str, Any]) -> Message:
    """The mail `name` to one of our people, in the language in use."""
    words = {"gettext": gettext, "locale": current_locale(), "direction": text_direction()}
    text, html = write(name, words | dict(shown))
    return Message(
        sender=Address(engine.settings.mail_from, gettext("Feedback engine")),
        recipient=Address(member.email, member.name),
        subject=subject,
        text=text,
        html=html,
    )


def write(name: str, shown: Mapping[str, Any]) -> tuple[str, str]:
    """The plain text and the HTML of the mail `name`; only the HTML escapes what is shown."""
    text = _environment(autoescape=False).get_template(f"{name}.txt").render(shown)
    return text, _environment(autoescape=True).get_template(f"{name}.html").render(shown)


@cache
def _environment(*, autoescape: bool) -> Environment:
    return Environment(
        loader=PackageLoader("alerts", "templates/alerts/mail"),
        autoescape=autoescape,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
