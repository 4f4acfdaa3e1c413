"""The templates of the mails to staff: the same words as plain text and as HTML."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from feedback_engine.directory.reading import StaffView
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.i18n import current_locale, gettext, text_direction
from feedback_engine.foundation.mail.message import Address, Message


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
