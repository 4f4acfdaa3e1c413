"""Answers as the surveys keep them: what an event announces, written as invitation, response and answers."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlmodel import SQLModel

from feedback_engine.foundation import ids
from feedback_engine.foundation.unit_of_work import SYSTEM, UnitOfWork
from surveys.events import ResponseChanged, ResponseSubmitted
from tests.alerts.builders import World


def record(of: World, *events: ResponseSubmitted, comment: str = "") -> None:
    """Keep these answers; a change adds its revision."""
    with of.engine.work.begin(actor=SYSTEM) as uow:
        for event in events:
            if isinstance(event, ResponseChanged):
                _revise(uow, event)
            else:
                _insert(uow, "invitation", _invitation(of, event))
                _insert(uow, "response", _response(event))
            for row in _answers(event, comment):
                _insert(uow, "answer", row)


def _insert(uow: UnitOfWork, table: str, row: dict[str, Any]) -> None:
    uow.connection.execute(SQLModel.metadata.tables[table].insert().values(row))


def _revise(uow: UnitOfWork, event: ResponseChanged) -> None:
    table = SQLModel.metadata.tables["response"]
    shard = ids.shard_of(event.response_id)
    statement = table.update().where(table.c.shard == shard, table.c.id == event.response_id)
    uow.connection.execute(statement.values(revision=event.revision, changed_at=event.changed_at))


def _answers(event: ResponseSubmitted, comment: str) -> list[dict[str, Any]]:
    changed = isinstance(event, ResponseChanged)
    shared = {
        "response_id": event.response_id,
        "revision": event.revision if changed else 1,
        "at": event.changed_at if changed else event.at,
    }
    rows: list[dict[str, Any]] = [{"question": a.question, "kind": a.kind, "score": a.score} for a in event.answers]
    rows += [{"question": "comment", "kind": "open_text", "text": comment}] if comment else []
    rows += [{"question": "call", "kind": "call_me", "choice": "any"}] if event.wants_contact else []
    return [{**ids.new_key(event.response_id), **shared, **row} for row in rows]


def _response(event: ResponseSubmitted) -> dict[str, Any]:
    named = ("invitation_id", "partner_id", "contact_id", "touchpoint", "survey", "survey_version", "tier", "region")
    return {
        **{name: getattr(event, name) for name in named},
        "shard": ids.shard_of(event.response_id),
        "id": event.response_id,
        "state": "confirmed",
        "revision": 1,
        "language": event.language or "en",
        "wants_contact": event.wants_contact,
        "has_comment": event.has_comment,
        "started_at": event.at,
        "confirmed_at": event.at,
        "changed_at": event.at,
    }


def _invitation(of: World, event: ResponseSubmitted) -> dict[str, Any]:
    shard = ids.shard_of(event.invitation_id)
    return {
        "shard": shard,
        "id": event.invitation_id,
        "decision_id": ids.new_id(shard),
        "event_id": ids.new_id(shard),
        "partner_id": event.partner_id,
        "contact_id": event.contact_id,
        "person": of.ana.person,
        "touchpoint": event.touchpoint,
        "survey": event.survey,
        "family": event.survey,
        "survey_version": event.survey_version,
        "plan_version": "sha256:plan",
        "kind": "invitation",
        "weight": 1.0,
        "send_at": event.at - timedelta(days=1),
        "send_before": event.at + timedelta(days=7),
        "answer_before": event.at + timedelta(days=14),
        "state": "sent",
        "sent_at": event.at - timedelta(days=1),
        "generation": 0,
        "language": "en",
        "replayed": False,
        "created_at": event.at - timedelta(days=1),
    }
