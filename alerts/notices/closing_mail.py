"""Writes the mail to an owner whose cases others closed or dismissed: one, however many they were within a minute."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row

from alerts import reading
from alerts.casework import words as timeline_words
from alerts.notices import mail_templates, notification_store, rights
from alerts.notices.rules import told_together
from alerts.views import CaseView, EntryView
from feedback_engine.directory.reading import StaffView
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.i18n import gettext, gettext_noop, ngettext
from feedback_engine.foundation.mail.message import Message, Withdrawn
from feedback_engine.foundation.unit_of_work import Reading
from feedback_engine.foundation.web.addresses import absolute_url


@dataclass(frozen=True, slots=True)
class _Ended:
    """A case that is closed still, and the line of its timeline that closed it."""

    case: CaseView
    by: EntryView


def render(engine: Engine, view: Reading, notice: Row[Any], member: StaffView) -> Message | Withdrawn:
    """The mail in the reader's language; withdrawn where the first notice of its minute tells of all, or none is left.

    The first tells even where its own case is open again, so that whatever is written when, somebody tells.
    """
    told = notification_store.closings_told(view, member.id, *told_together(notice.created_at))
    if told[0].id != notice.id:
        return Withdrawn(gettext_noop("told in one mail with others that were closed then"))
    visible = [each for each in told if rights.may_be_told(view, member, each.case_id, each.news, each.revision)]
    if not visible:
        return Withdrawn(rights.WITHOUT)
    ended = _ended(view, visible)
    if not ended:
        return Withdrawn(gettext_noop("the case was opened again before the mail went"))
    return _message(engine, view, member, ended)


def _ended(view: Reading, told: Sequence[Row[Any]]) -> list[_Ended]:
    cases = reading.case_views(view, {each.case_id for each in told})
    # One that was closed, opened and closed again within the minute is told by its last line.
    last = {each.case_id: each.revision for each in told if not cases[each.case_id].is_open}
    return [
        _Ended(cases[case_id], reading.entries_after(view, case_id, revision - 1)[0])
        for case_id, revision in last.items()
    ]


def _message(engine: Engine, view: Reading, member: StaffView, ended: Sequence[_Ended]) -> Message:
    names = {cause.key: cause.name for cause in reading.root_causes(view).values()}
    headline = _headline(ended)
    shown = {
        "headline": headline,
        "cases": [
            {
                "name": f"{each.case.ref} {each.case.partner.name or each.case.partner.key}",
                "about": each.case.touchpoint_name,
                "how": timeline_words.entry(each.by.kind, each.by.detail, names, each.by.actor_name),
                "note": each.by.text,
                "url": absolute_url(engine.settings.base_url, f"/cases/{each.case.ref}"),
            }
            for each in ended
        ],
    }
    subject = f"{ended[0].case.ref} {headline}" if len(ended) == 1 else headline
    return mail_templates.to_staff(engine, member, "closed", subject, shown)


def _headline(ended: Sequence[_Ended]) -> str:
    if len(ended) == 1:
        partner = ended[0].case.partner
        named = {"partner": partner.name or partner.key, "who": ended[0].by.actor_name}
        return gettext("{partner}: {who} ended your case", **named)
    return ngettext("{n} of your cases was ended by others", "{n} of your cases were ended by others", len(ended))
