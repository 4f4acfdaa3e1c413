"""Renders the test mail of a wave: what its first member would get, sent to a test address, leading to a preview."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from feedback_engine.foundation import i18n
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.i18n import gettext_noop
from feedback_engine.foundation.mail.message import Message, Withdrawn
from feedback_engine.foundation.mail.queue import QueuedMail
from feedback_engine.foundation.unit_of_work import Reading
from journeys import reading as journeys
from surveys import program as programs
from surveys import published, samples, wave_reading, wave_store
from surveys.definitions import SurveyDefinition
from surveys.invitation_mail import Occasion, compose
from surveys.wave_store import WaveRow
from surveys.wording import Happened, Recipient, word


def render(engine: Engine, reading: Reading, mails: Sequence[QueuedMail]) -> dict[UUID, Message | Withdrawn]:
    """The renderer of mail of the kind `wave_test`: a message for each, or why it is withdrawn."""
    return {mail.id: _render(engine, reading, mail) for mail in mails}


def _render(engine: Engine, reading: Reading, mail: QueuedMail) -> Message | Withdrawn:
    wave = wave_store.wave_by_id(reading, mail.ref_id)
    place = next(
        (one for one in wave_reading.surveyed_touchpoints(reading) if wave and one.key == wave.touchpoint), None
    )
    found = published.find_in_force(reading, place.survey) if place else None
    if wave is None or found is None:
        return Withdrawn(gettext_noop("the wave or its survey is gone"))
    survey, program = found[1], programs.current(reading)
    first = _first_member(reading, wave, survey)
    recipient = samples.addressed_to(first, str(mail.attributes["to"]))
    wording = word(survey, program, recipient)
    where = journeys.touchpoint(reading, wave.touchpoint).definition.name
    occasion = Occasion(where.get(wording.language, program.first_language), reading.now + survey.answer_within)
    links = samples.PreviewLinks(engine.settings.base_url, survey.survey, wording.language)
    message = compose(wording, recipient, occasion, links, engine.settings.mail_from)
    with i18n.use_locale(wording.language):
        subject = i18n.gettext("[Test] {subject}", subject=message.subject)
    # Nobody is on a list by a test mail, so there is nothing to leave.
    return replace(message, subject=subject, headers={})


def _first_member(reading: Reading, wave: WaveRow, survey: SurveyDefinition) -> Recipient:
    """The first member that was not struck, as the mail would address them; a wave tells nothing but its instant."""
    happened = Happened(reading.now, of_wave=True)
    chosen = [member for member in wave_reading.members_of(reading, wave) if member.row.state != "struck"]
    if not chosen:
        return replace(samples.sample_recipient(reading, survey), happened=happened)
    first = chosen[0].candidate
    return Recipient(first.contact, first.partner, first.owner, happened)
