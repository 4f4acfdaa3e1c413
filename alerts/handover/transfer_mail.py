"""Writes the one mail about a transfer: which partners came, their open cases, and whose replies may go astray."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from uuid import UUID

from alerts import store
from alerts.handover import duties
from alerts.notices import mail_templates
from alerts.promises import store as promise_store
from alerts.promises.reading import PromiseView, promise_views_of
from alerts.viewing import case_views_of
from alerts.views import CaseView
from feedback_engine.directory import reading as directory
from feedback_engine.directory.reading import PartnerView, StaffView
from feedback_engine.foundation import audit_rows
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.i18n import format_datetime, gettext, ngettext
from feedback_engine.foundation.mail.message import Message, Withdrawn
from feedback_engine.foundation.mail.queue import QueuedMail
from feedback_engine.foundation.unit_of_work import Reading
from feedback_engine.foundation.web.addresses import absolute_url

MOST_NAMED = 30
"""Partners beyond which a mail only counts them."""


def render(engine: Engine, view: Reading, mails: Sequence[QueuedMail]) -> Mapping[UUID, Message | Withdrawn]:
    """The mails of the kind `case-transfer`, each in its reader's language."""
    return mail_templates.for_readers(view, mails, partial(_render, engine, view))


def _render(engine: Engine, view: Reading, mail: QueuedMail, member: StaffView) -> Message:
    rows = [row for told, row in store.transferred_to(view, member.id) if told["transfer"] == str(mail.ref_id)]
    promised = promise_views_of(view, promise_store.came_by_transfer(view, member.id, mail.ref_id))
    received = duties.received(view, member.id)
    # What others handed over meanwhile is told by their mails; what went on since is not told at all, and no more is
    # counted than came, should a transfer of several parts have broken off.
    parts = audit_rows.instants_of(view.connection, "transfer", str(mail.ref_id))
    kept = directory.came_since(view, member.id, parts[0]) if parts else []
    planned = min(int(mail.attributes["partners"]), sum(each.from_at in parts for each in kept))
    since = [each for each in received if each.at in parts][:planned]
    came = sorted((each.partner for each in since), key=lambda each: each.name.casefold())
    by = mail.attributes.get("by")
    giver = directory.staff_by_id(view, [UUID(by)]).get(UUID(by)) if by else None
    named = came[:MOST_NAMED]
    left = planned - len(named) if named else 0
    shown = {
        "by": gettext("{name} handed this over to you.", name=giver.name) if giver else "",
        "partners": [_partner_line(engine, each) for each in named],
        "more": ngettext("and one more", "and {n} more", left) if left > 0 else "",
    }
    asked = [each for each in since if each.asked]
    headline = _headline(planned, len(rows), len(promised))
    return _message(engine, member, headline, shown, case_views_of(view, rows), promised, asked)


def _message(
    engine: Engine,
    member: StaffView,
    headline: str,
    came: Mapping[str, object],
    cases: Sequence[CaseView],
    promised: Sequence[PromiseView],
    asked: Sequence[duties.Received],
) -> Message:
    shown = {
        **came,
        "headline": headline,
        "cases": [_line(engine, case, member.time_zone) for case in cases],
        "promises": [_promise_line(engine, promise, member.time_zone) for promise in promised],
        "asked": ngettext(
            "{n} of the partners was asked in the last 30 days in the name of the owner before. A reply to that mail "
            "goes there; ask for it.",
            "{n} of the partners were asked in the last 30 days in the name of the owner before. A reply to that mail "
            "goes there; ask for it.",
            len(asked),
        )
        if asked
        else "",
        "url": absolute_url(engine.settings.base_url, "/transfers"),
    }
    return mail_templates.to_staff(engine, member, "transfer", headline, shown)


def _headline(partners: int, cases: int, promises: int) -> str:
    owned = ngettext("{n} partner", "{n} partners", partners)
    open_cases = ngettext("{n} open case", "{n} open cases", cases)
    promised = ngettext("{n} promise", "{n} promises", promises)
    came = [words for count, words in ((partners, owned), (cases, open_cases), (promises, promised)) if count]
    return gettext("Yours from now on: {what}", what=", ".join(came or [open_cases]))


def _partner_line(engine: Engine, partner: PartnerView) -> dict[str, str]:
    return {"name": partner.name, "url": absolute_url(engine.settings.base_url, directory.partner_path(partner))}


def _line(engine: Engine, case: CaseView, zone: str) -> dict[str, str]:
    return {
        "name": f"{case.ref} {case.partner.name or case.partner.key}",
        "about": case.touchpoint_name,
        "due": format_datetime(case.due_at, zone, style="weekday"),
        "url": absolute_url(engine.settings.base_url, f"/cases/{case.ref}"),
    }


def _promise_line(engine: Engine, promise: PromiseView, zone: str) -> dict[str, str]:
    return {
        "name": f"{promise.partner.name or promise.partner.key}: {promise.text}",
        "by": promise.promised_by.name,
        "due": format_datetime(promise.due_at, zone, style="weekday"),
        "url": absolute_url(engine.settings.base_url, f"/cases/{promise.case_ref}#promises"),
    }
