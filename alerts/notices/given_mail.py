"""Writes the mail to whoever was given several cases in a minute; one alone has the mail of a case (`rendering`)."""

from __future__ import annotations

from collections.abc import Sequence

from alerts.notices import given, mail_templates
from alerts.notices.due_words import due_line
from alerts.views import CaseView
from feedback_engine.directory.reading import StaffView
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.mail.message import Message
from feedback_engine.foundation.web.addresses import absolute_url


def render(engine: Engine, cases: Sequence[CaseView], member: StaffView) -> Message:
    """The mail in the language in use: of each case its partner, what it is about, by when, and the link."""
    headline = given.headline(len(cases))
    shown = {
        "headline": headline,
        "cases": [
            {
                "name": f"{case.ref} {case.partner.name or case.partner.key}",
                "about": case.touchpoint_name,
                "due": due_line(case, member.time_zone),
                "url": absolute_url(engine.settings.base_url, f"/cases/{case.ref}"),
            }
            for case in cases
        ],
    }
    return mail_templates.to_staff(engine, member, "given", headline, shown)
