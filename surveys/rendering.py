"""Renders invitations when they are claimed, and withdraws at that last moment those that must not go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from feedback_engine.directory import reading as directory
from feedback_engine.directory.reading import SuppressionView
from feedback_engine.foundation import program_state
from feedback_engine.foundation.definitions import LocalText
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.errors import Invalid
from feedback_engine.foundation.i18n import gettext_noop
from feedback_engine.foundation.mail.message import Message, Withdrawn
from feedback_engine.foundation.mail.queue import QueuedMail
from feedback_engine.foundation.unit_of_work import Reading
from journeys import reading as journeys
from surveys import program as programs
from surveys import published, store
from surveys.definitions import SurveyDefinition
from surveys.invitation_mail import Occasion, compose
from surveys.program import Program
from surveys.recipients import recipients_of
from surveys.store import InvitationRow
from surveys.tokens import InvitationLinks, Links
from surveys.wording import Recipient, word

_MAILABLE = (*store.UNSENT_STATES, "unknown")  # an unknown one goes again when a person says so


@dataclass(frozen=True, slots=True)
class _Facts:
    """What the mails of one batch need, read in a few statements; recipients are held by invitation."""

    state: str
    program: Program
    invitations: Mapping[UUID, InvitationRow]
    recipients: Mapping[UUID, Recipient]
    suppressions: Mapping[bytes, Sequence[SuppressionView]]
    surveys: Mapping[str, SurveyDefinition]
    touchpoints: Mapping[str, LocalText]


def render(engine: Engine, reading: Reading, mails: Sequence[QueuedMail]) -> dict[UUID, Message | Withdrawn]:
    """The renderer of mail of the kind `invitation`: a message for each, or why it is withdrawn."""
    facts = _read(reading, [mail.ref_id for mail in mails])
    return {mail.id: _render(engine, facts, mail.ref_id) for mail in mails}


def _render(engine: Engine, facts: _Facts, invitation_id: UUID) -> Message | Withdrawn:
    invitation = facts.invitations.get(invitation_id)
    recipient = facts.recipients.get(invitation_id)
    if invitation is None or recipient is None:
        return Withdrawn(gettext_noop("the invitation or its contact is gone"))
    reason = _refusal(facts, invitation, recipient)
    if reason is not None:
        return Withdrawn(reason)
    survey = facts.surveys[invitation.survey_version]
    wording = word(survey, facts.program, recipient, recipient.contact.language or invitation.language)
    name = facts.touchpoints.get(invitation.touchpoint)
    where = name.get(wording.language, facts.program.first_language) if name else ""
    links = InvitationLinks(Links(engine.keys, engine.settings.base_url), invitation.id, invitation.generation)
    try:
        return compose(wording, recipient, Occasion(where, invitation.answer_before), links, engine.settings.mail_from)
    except Invalid as error:
        return Withdrawn(error.message)


def _refusal(facts: _Facts, invitation: InvitationRow, recipient: Recipient) -> str | None:
    """Why this mail must not go now. Suppression, leaving and a change of state win at the last moment."""
    contact = recipient.contact
    if invitation.state not in _MAILABLE:
        return f"the invitation is {invitation.state}"
    if invitation.answered_at is not None:
        return "it was answered already"
    if contact.state != "active":
        return f"the contact is {contact.state}"
    refused = directory.decide_refusal(facts.suppressions.get(contact.person, ()), invitation.family)
    if refused is not None:
        return f"the person is {refused[0]}: {refused[1]}"
    if facts.state in ("draft", "paused"):
        return f"the program is {facts.state}"
    if facts.state == "test" and contact.email.strip().lower() not in facts.program.test_addresses:
        return "the program is in test and the address is not listed"
    return None


def _read(reading: Reading, invitation_ids: Sequence[UUID]) -> _Facts:
    invitations = store.invitations_by_id(reading, invitation_ids)
    versions = {row.survey_version for row in invitations.values()}
    surveys = {version: published.get_survey(reading, version) for version in versions}
    wanted = frozenset[str]().union(*(survey.event_fields for survey in surveys.values()))
    recipients = recipients_of(reading, list(invitations.values()), wanted)
    program = programs.current(reading)
    return _Facts(
        state=program_state.current(reading),
        program=program,
        invitations=invitations,
        recipients=recipients,
        suppressions=directory.suppressed(reading, {recipient.contact.person for recipient in recipients.values()}),
        surveys=surveys,
        touchpoints={placed.definition.key: placed.definition.name for placed in journeys.touchpoints(reading)},
    )
