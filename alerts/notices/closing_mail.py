"""Writes the mail to whose cases others closed, dismissed or gave away: one, however many they were in a minute."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row

from alerts.notices import endings, mail_templates
from feedback_engine.directory.reading import StaffView
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.mail.message import Later, Message, Withdrawn
from feedback_engine.foundation.unit_of_work import Reading


def render(engine: Engine, view: Reading, notice: Row[Any], member: StaffView) -> Message | Withdrawn | Later:
    """The mail in the reader's language; withdrawn where another one tells of it, or nothing is to tell."""
    ended = endings.ended_with(view, notice, member)
    if isinstance(ended, Later):
        return ended
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
                "url": each.url(engine.settings.base_url),
            }
            for each in ended
        ],
        "any_closed": any(each.is_closed for each in ended),
    }
    return mail_templates.to_staff(engine, member, "closed", endings.subject(ended), shown)
