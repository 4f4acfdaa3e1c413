"""Writes the mail to whoever was given several cases in a minute; one alone has the mail of a case (`rendering`)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from alerts.notices import given, mail_templates
from alerts.notices.due_words import both_clocks, due_line
from alerts.promises import store as promise_store
from alerts.views import CaseView
from feedback_engine.directory.reading import StaffView
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.i18n import gettext
from feedback_engine.foundation.mail.message import Message
from feedback_engine.foundation.unit_of_work import Reading
from feedback_engine.foundation.web.addresses import absolute_url


def render(engine: Engine, view: Reading, cases: Sequence[CaseView], member: StaffView) -> Message:
    """The mail in the language in use: who gave them, and of each case its partner, what it is about, by when, what was
    promised in it that its new owner keeps, and the link."""
    headline = given.headline(len(cases))
    promised = promise_store.open_of_owner(view, member.id)
    shown = {
        "headline": headline,
        "giver": given.giver_words(view, cases, member),
        "cases": [
            {
                "name": f"{case.ref} {case.partner.name or case.partner.key}",
                "about": case.touchpoint_name,
                "due": due_line(case, member.time_zone),
                "promises": [_promise(case, row, member) for row in promised if row.case_id == case.id],
                "url": absolute_url(engine.settings.base_url, f"/cases/{case.ref}"),
            }
            for case in cases
        ],
    }
    return mail_templates.to_staff(engine, member, "given", headline, shown)


def _promise(case: CaseView, row: Any, member: StaffView) -> str:
    return gettext("Promised by {due}: {words}", due=both_clocks(case, row.due_at, member.time_zone), words=row.text)
