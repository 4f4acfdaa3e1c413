"""Reads every answer that came to a case, by the alerts it holds now: who gave it, about what, and what they said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from alerts.viewing import touchpoint_names
from alerts.views import AlertView, CaseAnswer
from feedback_engine.directory import reading as directory
from feedback_engine.foundation.i18n import current_locale, gettext
from feedback_engine.foundation.unit_of_work import Reading
from journeys import reading as journeys
from journeys.reading import EventView
from surveys import reading as surveys


def answers_of(reading: Reading, alerts: Sequence[AlertView]) -> tuple[CaseAnswer, ...]:
    """The answers behind these alerts, newest first; what was noticed without an answer is none."""
    first: dict[UUID, AlertView] = {}
    for alert in alerts:
        if alert.response_id is not None:
            first.setdefault(alert.response_id, alert)
    responses = surveys.responses_by_id(reading, first)
    contacts = directory.contacts_by_id(reading, {alert.contact_id for alert in first.values() if alert.contact_id})
    events = journeys.events_by_id(reading, [each.event_id for each in responses.values() if each.event_id])
    touchpoints = touchpoint_names(reading)
    attributes = journeys.attribute_names(reading, current_locale())
    found = []
    for response_id, alert in first.items():
        response = responses.get(response_id)
        event = events.get(response.event_id) if response is not None and response.event_id else None
        contact = contacts.get(alert.contact_id) if alert.contact_id else None
        found.append(
            CaseAnswer(
                response_id=response_id,
                at=alert.answered_at,
                contact=contact if contact is not None and contact.state != "erased" else None,
                touchpoint_name=touchpoints.get(alert.touchpoint, alert.touchpoint) or gettext("The partnership"),
                response=response,
                event=event,
                noted_score=_noted_score(alert),
                facts=_facts(event, attributes.get(alert.touchpoint, {})),
            )
        )
    return tuple(sorted(found, key=lambda each: (each.at, each.response_id), reverse=True))


def _facts(event: EventView | None, names: Mapping[str, str]) -> tuple[tuple[str, Any], ...]:
    """What an event said, by the names that its touchpoint gives it, in their order; by its own where it gives none."""
    said = event.attributes.get("event") or {} if event is not None else {}
    told = [(names.get(name) or journeys.attribute_words(name), value) for name, value in said.items()]
    return tuple(sorted(told, key=lambda each: each[0]))


def _noted_score(alert: AlertView) -> int | None:
    """The score that the alert was raised on; what the answer itself says comes first."""
    score = alert.numbers.get("score")
    return None if score is None else int(score)
