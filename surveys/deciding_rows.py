"""How a decision is written: its row in the ledger, the row that brings it back, and the ask it plans."""

from __future__ import annotations

from datetime import timedelta
from functools import lru_cache
from typing import Any

from feedback_engine.foundation.ids import shard_of
from surveys.deciding_round import Taken
from surveys.invitations import InvitationPlan
from surveys.sampling.instants import to_datetime
from surveys.sampling.plan import MILLI

_HASH = "sha256:"
WAVE = "wave:"
ASKED = "invitation"
"""The kind of an ask like any other."""


def decision_row(taken: Taken) -> dict[str, Any]:
    """The ledger's row; `seq` is given to it when it is appended."""
    subject, decision = taken.subject, taken.decision
    return {
        "shard": shard_of(taken.id),
        "id": taken.id,
        "event_id": subject.event.id,
        "partner_id": subject.event.partner_id,
        "contact_id": subject.contact.id if subject.contact else None,
        "touchpoint": subject.touchpoint,
        "attempt": subject.attempt,
        "previous_id": subject.previous_id,
        "at": to_datetime(subject.at),
        "outcome": decision.outcome,
        "rule": decision.rule,
        "until": to_datetime(decision.until) if decision.until else None,
        "send_at": to_datetime(decision.send_at) if decision.send_at else None,
        "replayed": subject.event.replayed,
        "plan_version": version_bytes(taken.plan_version),
        "random_rate": decision.random_rate,
        "inclusion_probability": decision.inclusion_probability,
        "facts": taken.facts.as_document(),
        "verdicts": decision.verdicts_document(),
    }


def deferral_row(taken: Taken) -> dict[str, Any]:
    """The row that brings a deferred event back when it falls due."""
    subject = taken.subject
    return {
        "shard": shard_of(taken.id),
        "id": taken.id,
        "event_id": subject.event.id,
        "contact_id": subject.contact.id if subject.contact else None,
        "touchpoint": subject.touchpoint,
        "attempt": subject.attempt + 1,
        "due_at": to_datetime(taken.decision.until),
        "arrived_at": to_datetime(subject.arrived_at),
        "replayed": subject.event.replayed,
    }


def invitation_plan(taken: Taken) -> InvitationPlan:
    """The ask of an invited contact."""
    subject, rules = taken.subject, taken.rules
    assert subject.contact is not None, "the rule `persona` refuses whoever is nobody"
    source = subject.event.source
    return InvitationPlan(
        decision_id=taken.id,
        event_id=subject.event.id,
        partner_id=subject.event.partner_id,
        contact_id=subject.contact.id,
        person=subject.contact.person,
        touchpoint=subject.touchpoint,
        survey=rules.survey or "",
        family=rules.family,
        survey_version=rules.survey_version,
        plan_version=taken.plan_version,
        send_at=to_datetime(taken.decision.send_at),
        send_within=timedelta(microseconds=rules.send_within),
        answer_within=timedelta(microseconds=rules.answer_within),
        language=subject.contact.language,
        replayed=subject.event.replayed,
        kind=taken.facts.exempt or ASKED,
        weight=rules.weight / MILLI,
        batch=source if source.startswith(WAVE) else None,
    )


@lru_cache(maxsize=8)
def version_bytes(version: str) -> bytes:
    """A version's name as the 32 bytes the ledger keeps."""
    return bytes.fromhex(version.removeprefix(_HASH))


def version_name(digest: bytes) -> str:
    """The version behind 32 bytes of the ledger."""
    return _HASH + bytes(digest).hex()
