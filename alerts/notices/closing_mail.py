"""Writes the mail to an owner whose cases others closed or dismissed: one, however many they were within a minute."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row

from alerts.notices import endings, mail_templates
from feedback_engine.directory.reading import StaffView
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.mail.message import Message, Withdrawn
from feedback_engine.foundation.unit_of_work import Reading
from feedback_engine.foundation.web.addresses import absolute_url


def render(engine: Engine, view: Reading, notice: Row[Any], member: StaffView) -> Message | Withdrawn:
    """The mail in the reader's language; withdrawn where another one tells of it, or there is nothing to tell."""
    ended = endings.ended_with(view, notice, member)
    if isinstance(ended, str):
        return Withdrawn(ended)
    shown = {
        "headline": endings.headline(ended),
        "cases": [
            {
                "name": f"{each.case.ref} {each.case.partner.name or each.case.partner.key}",
                "about": each.case.touchpoint_name,
                "how": each.how,
                "note": each.by.text,
                "url": absolute_url(engine.settings.base_url, f"/cases/{each.case.ref}"),
            }
            for each in ended
        ],
    }
    return mail_templates.to_staff(engine, member, "closed", endings.subject(ended), shown)
