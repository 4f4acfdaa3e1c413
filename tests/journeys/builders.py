"""Small journey maps, mappings and drafts for tests."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from typing import Any

from feedback_engine.foundation import versions
from feedback_engine.foundation.definitions import load, parse
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.unit_of_work import SYSTEM
from journeys.definitions import JourneyDefinition
from journeys.sources import ContactDraft, EventDraft, EventMapping

AT = datetime(2026, 3, 9, 8, 0, tzinfo=UTC)

MAP = """
journey: partner
name: {en: Partner journey, it: Percorso del partner}
stages:
  - key: onboarding
    name: {en: Onboarding, it: Avvio}
    touchpoints:
      - key: onboarding.completed
        name: {en: Onboarding completed, it: Avvio completato}
        event: onboarding.completed
        personas: [operations]
        drivers: [speed, clarity]
        survey: onboarding
        attributes: {days: int, trainer: {type: string, personal: true}}
        partner_attributes: {segment: string}
        owner: dana@ours.example
  - key: support
    name: Support
    touchpoints:
      - key: ticket.closed
        name: Ticket closed
        event: ticket.closed
        survey: support
        delay_hours: 24
        attributes: {product: string, hours: double, urgent: bool, opened: timestamp}
        sampling: {max_age_days: 30}
      - key: escalation.closed
        name: Escalation closed
        event: ticket.closed
        condition: event.urgent
        survey: support
      - key: qbr.held
        name: {en: QBR held, it: QBR tenuta}
        event: qbr.held
"""

HELPDESK = """
source: helpdesk
id: "case:concept:name"
type: {constant: ticket.closed}
subject: customer
at: "time:timestamp"
where: {"concept:name": Closed}
case: "case:concept:name"
take: last
contact:
  email: {synthetic: helpdesk.invalid}
attributes:
  product: product
"""

CARPENTRIES = """
source: carpentries
id: slug
type: {constant: workshop.held}
subject: host_name
at: start_date
contact:
  email: {synthetic: carpentries.invalid}
  name: host_name
attributes:
  tag: tag_name
  country: country
"""


@cache
def journey(text: str = MAP) -> JourneyDefinition:
    """The map of a YAML text."""
    return parse(JourneyDefinition, load(text, name="journeys/partner.yaml"))


@cache
def mapping(text: str) -> EventMapping:
    """The mapping of a YAML text."""
    return parse(EventMapping, load(text, name="mapping.yaml"))


def publish(engine: Engine, text: str = MAP) -> None:
    """Put a map in force."""
    body = journey(text).model_dump(mode="json")
    with engine.work.begin(actor=SYSTEM) as uow:
        version = versions.publish(uow, "journey", body["journey"], body)
        versions.activate(uow, "journey", body["journey"], version)


def draft(**changes: Any) -> EventDraft:
    """One event that would be accepted."""
    values: dict[str, Any] = {
        "index": 0,
        "source": "crm",
        "id": "1",
        "type": "ticket.closed",
        "subject": "acme",
        "at": AT,
        "contact": ContactDraft("ana@acme.example"),
        "attributes": {"product": "router"},
    }
    return EventDraft(**(values | changes))


def cloudevent(**changes: Any) -> dict[str, Any]:
    """The same event as CloudEvents JSON; a change to None leaves the field out."""
    event: dict[str, Any] = {
        "specversion": "1.0",
        "source": "crm",
        "id": "1",
        "type": "ticket.closed",
        "subject": "acme",
        "time": "2026-03-09T09:00:00+01:00",
        "data": {"product": "router", "contact": {"email": "ana@acme.example"}},
    }
    return {name: value for name, value in (event | changes).items() if value is not None}
