"""Writes the mails to partners about a case: the closing that asks whether it is settled, and to their escalation
contact; what must not go any more is withdrawn at the last moment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from alerts import store
from alerts.notices import mail_templates
from alerts.notices.certainty import certain_at
from alerts.settling import ladder
from alerts.settling import store as settling_store
from alerts.settling import words as settling_words
from alerts.settling.asking import is_in_force
from alerts.settling.flow import VERDICTS, over_because
from alerts.settling.links import path_of
from alerts.settling.replying import facts_of, said_before
from alerts.store import CaseRow
from alerts.threads.partner_words import Matter, one_line, read_matter
from feedback_engine.directory import reading as directory
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.i18n import current_locale, gettext, gettext_noop, text_direction, use_locale
from feedback_engine.foundation.mail.message import Address, Later, Message, Withdrawn
from feedback_engine.foundation.mail.queue import QueuedMail
from feedback_engine.foundation.unit_of_work import Reading
from surveys import reading as surveys


def render_closing(engine: Engine, view: Reading, mails: Sequence[QueuedMail]) -> Mapping[UUID, Message | Withdrawn]:
    """The mails of the kind `case-closing`: you said, we found, we did; is it settled?"""
    return {mail.id: _closing(engine, view, mail) for mail in mails}


def render_appeal(
    engine: Engine, view: Reading, mails: Sequence[QueuedMail]
) -> Mapping[UUID, Message | Withdrawn | Later]:
    """The mails of the kind `case-appeal`, to the partner's escalation contact; looked at again later while what ends
    the conflict may still be taken back."""
    return {mail.id: _appeal(engine, view, mail) for mail in mails}


def _closing(engine: Engine, view: Reading, mail: QueuedMail) -> Message | Withdrawn:
    found = settling_store.find_both(view, mail.ref_id)
    if found is None:
        return Withdrawn(gettext_noop("the case is gone"))
    row, settlement = found
    if not is_in_force(row, settlement) or over_because(facts_of(view, row, settlement)) is not None:
        return Withdrawn(gettext_noop("the case was opened again before the mail went"))
    matter = read_matter(view, row, settlement.contact_id)
    refused = _refusal(view, matter)
    if matter is None or refused is not None:
        return Withdrawn(refused or "the contact is gone")
    base = engine.settings.base_url
    said = said_before(view, settlement)
    mediator = ladder.mediated_by(view, row.id, said.at, settlement.asked_at) if said is not None else None
    with use_locale(matter.language):
        links = {verdict: base + path_of(engine.keys, settlement.id, a=verdict) for verdict in VERDICTS}
        again = gettext("{matter}: we ask again, is this settled?", matter=matter.about)
        headline = gettext("{matter}: is this settled?", matter=matter.about) if said is None else again
        shown = {
            "found": settlement.found or "",
            "did": settlement.did or "",
            "links": links,
            "what_follows": settling_words.what_follows(
                matter.owner_name, is_brought=ladder.step_in_hand(view, row) is not None
            ),
            "said_then": settling_words.said_before(said.kind) if said is not None else "",
            "words_then": (said.text or "") if said is not None else "",
            "mediated": gettext("{name} has mediated since.", name=mediator.name) if mediator is not None else "",
        }
        return _message(engine, matter, "closing", headline, shown)


def _appeal(engine: Engine, view: Reading, mail: QueuedMail) -> Message | Withdrawn | Later:
    step = settling_store.step_by_id(view, mail.ref_id)
    row = store.case_by_id(view, step.case_id) if step is not None else None
    if step is None or row is None or row.state == "closed" or step.ended_at is not None:
        until = certain_at(view, [row.id]) if row is not None else None
        over = Withdrawn(gettext_noop("the conflict was over before the mail went"))
        return over if until is None else Later(until)
    matter = read_matter(view, row, step.contact_id)
    refused = _refusal(view, matter)
    if matter is None or refused is not None:
        return Withdrawn(refused or "the contact is gone")
    last = settling_store.settlements_of(view, row.id)[-1:]
    ours = directory.staff_by_id(view, [step.staff_id]).get(step.staff_id) if step.staff_id else None
    with use_locale(matter.language):
        headline = gettext("{matter}: what we could not settle", matter=matter.about)
        shown: dict[str, Any] = {
            "found": last[0].found or "" if last else "",
            "did": last[0].did or "" if last else "",
            "raised_by": _name_of(view, row),
            "before": settling_words.tried_before(ladder.apart_of(view, row.id)),
            "ours": ours,
            "ref": f"C-{row.number}",
        }
        message = _message(engine, matter, "appeal", headline, shown)
    if ours is None:
        return message
    # Whoever it has come to on our side answers for it now.
    sender = Address(message.sender.email, one_line(f"{ours.name} ({matter.program.name})"))
    return replace(message, sender=sender, reply_to=Address(ours.email, one_line(ours.name)))


def _name_of(view: Reading, row: CaseRow) -> str:
    contact = directory.find_contact(view, row.contact_id)
    return contact.name if contact is not None and contact.state != "erased" else ""


def _refusal(view: Reading, matter: Matter | None) -> str | None:
    if matter is None:
        return "the contact was erased"
    reason = surveys.mail_refusals(view, [matter.contact]).get(matter.contact.id)
    return None if reason is None else f"the contact may not be written to: {reason}"


def _message(engine: Engine, matter: Matter, template: str, headline: str, shown: Mapping[str, Any]) -> Message:
    text, html = mail_templates.write(
        template,
        {
            "matter": matter,
            "headline": headline,
            "gettext": gettext,
            "locale": current_locale(),
            "direction": text_direction(),
            **shown,
        },
    )
    return Message(
        sender=matter.sender(engine.settings.mail_from),
        recipient=Address(matter.contact.email, one_line(matter.contact.name)),
        subject=one_line(headline),
        text=text,
        html=html,
        reply_to=matter.reply_to(),
    )
