"""Reads whom one may invite to a call about a case, and what the invitation proposes to each of them."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from alerts import store
from alerts.store import CaseRow
from alerts.threads.letters import LONGEST_SUBJECT, refusals_of
from alerts.threads.partner_words import choose_language
from alerts.threads.words import talk_subject
from alerts.viewing import touchpoint_names
from feedback_engine.directory import reading as directory
from feedback_engine.directory.guard import Viewer
from feedback_engine.directory.reading import ContactView
from feedback_engine.foundation.i18n import use_locale
from feedback_engine.foundation.unit_of_work import Reading
from surveys import reading as surveys


@dataclass(frozen=True, slots=True)
class Guest:
    """Somebody who may be invited; `language` is the one in which we write to them, `zone` empty if nobody knows it."""

    contact: ContactView
    answered: bool
    language: str
    zone: str

    @property
    def name(self) -> str:
        """How they are called on our pages."""
        return self.contact.name or self.contact.email


def guests_of(view: Reading, row: CaseRow, viewer: Viewer | None = None) -> list[Guest]:
    """Whom at the partner an invitation may reach: who answered, the last one first; then all others there.

    Without the others for a `viewer` who has the case, and may not see the partner.
    """
    answered = _answered(view, row)
    named = list(dict.fromkeys([*answered, *([row.contact_id] if row.contact_id else [])]))
    known = directory.contacts_by_id(view, named)
    sees = viewer is None or bool(directory.visible_partners(view, viewer, [row.partner_id]))
    others = directory.contacts_of(view, [row.partner_id]).get(row.partner_id, []) if sees else []
    contacts = [known[each] for each in named if each in known] + [each for each in others if each.id not in known]
    refused = refusals_of(view, contacts)
    partner = directory.find_partner_of_id(view, row.partner_id)
    return [
        Guest(each, each.id in answered, language_for(each), each.time_zone or (partner.time_zone if partner else ""))
        for each in contacts
        if refused[each.id] is None
    ]


def language_for(contact: ContactView) -> str:
    """The language of a mail about a talk."""
    return choose_language((contact.language,))


def subject_for(view: Reading, row: CaseRow, guest: Guest) -> str:
    """What a call is about, as its guest reads it."""
    with use_locale(guest.language):
        touchpoint = touchpoint_names(view).get(row.touchpoint, "")
        company = surveys.program_in_force(view).name
        return talk_subject(touchpoint, company, answered=row.response_id is not None)[:LONGEST_SUBJECT]


def subject_of(view: Reading, row: CaseRow, typed: str, guest: Guest, first: Guest) -> str:
    """The subject as it was typed; one that was left as proposed to the first guest is in the words of this one."""
    as_proposed = guest != first and typed.strip() == subject_for(view, row, first)
    return subject_for(view, row, guest) if as_proposed else typed


def zone_for(view: Reading, contact: ContactView) -> str:
    """The zone in which a contact reads the clock; empty if nobody knows it."""
    partner = directory.find_partner_of_id(view, contact.partner_id)
    return contact.time_zone or (partner.time_zone if partner else "")


def _answered(view: Reading, row: CaseRow) -> list[UUID]:
    """Who answered, the last one first."""
    alerts = [each for each in store.alerts_of_cases(view, [row.id]) if each.response_id and each.contact_id]
    return list(dict.fromkeys(each.contact_id for each in sorted(alerts, key=lambda each: each.answered_at)[::-1]))
