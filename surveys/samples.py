"""What previews and test mails show: a survey filled in for somebody, without anything that counts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from urllib.parse import urlencode
from uuid import UUID

from feedback_engine.directory.reading import ContactView, PartnerView, StaffView
from feedback_engine.foundation.unit_of_work import Reading
from journeys import reading as journeys
from surveys.definitions import SurveyDefinition
from surveys.invitation_mail import Occasion
from surveys.wording import Happened, Recipient

_NOBODY = UUID(int=0)


@dataclass(frozen=True, slots=True)
class PreviewLinks:
    """The links of a mail that is only looked at: all of them lead to the preview of the page."""

    base_url: str
    survey_key: str
    language: str

    def survey(self, answer: str | None = None) -> str:
        query = {"l": self.language} | ({} if answer is None else {"a": answer})
        return f"{self.base_url}/surveys/{self.survey_key}/page?{urlencode(query)}"

    def decline(self) -> str:
        return self.survey()

    def stop(self) -> str:
        return self.survey()


def sample_recipient(reading: Reading, survey: SurveyDefinition, *, owner: StaffView | None = None) -> Recipient:
    """Somebody to show a survey for, with the attributes of its latest event (or their names in brackets)."""
    partner = PartnerView(
        _NOBODY, "acme", "Acme", "channel", "", "", "", "", "theirs", "confirmed", attributes={}, parent_key=""
    )
    zone = owner.time_zone if owner else ""
    contact = ContactView(
        _NOBODY, _NOBODY, b"", "ana@acme.example", "Ana Alves", "", "", zone, "+351 210 000 142", "active"
    )
    return Recipient(contact, partner, owner, sample_event(reading, survey))


def sample_event(reading: Reading, survey: SurveyDefinition) -> Happened:
    """The latest event that asked with this survey; what it lacks goes by its name where no words stand for it."""
    types = [
        placed.definition.event for placed in journeys.touchpoints(reading) if placed.definition.survey == survey.survey
    ]
    latest = next(iter(journeys.recent_events(reading, types, limit=1)), None)
    named = {name: f"‹{name}›" for name in survey.event_fields if f"event.{name}" in survey.fields_without_words}
    if latest is None:
        return Happened(reading.now, named)
    return Happened(latest.at, {**named, **latest.attributes.get("event", {})})


def sample_occasion(reading: Reading, survey: SurveyDefinition, language: str, first: str) -> Occasion:
    """Where a preview says we met: the first touchpoint that asks with this survey."""
    placed = [one.definition for one in journeys.touchpoints(reading) if one.definition.survey == survey.survey]
    name = placed[0].name.get(language, first) if placed else ""
    return Occasion(name, reading.now + survey.answer_within)


def addressed_to(recipient: Recipient, email: str) -> Recipient:
    """The same recipient, with the mail going to somebody else."""
    return replace(recipient, contact=recipient.contact._replace(email=email))
