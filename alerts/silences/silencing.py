"""Pure. Silences: which alert opens no case, because somebody said so before it was given; and for how long."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from alerts.terms import SEVERITIES

LONGEST = timedelta(days=90)
WARNED_BEFORE = timedelta(hours=24)
LONGEST_REASON = 500
ALWAYS_HEARD = SEVERITIES[0]
"""The gravest alerts open their case whatever is silenced."""


@dataclass(frozen=True, slots=True)
class Silence:
    """What is kept quiet: alerts of these partners (one company; empty: of all), at a touchpoint, of a rule.

    It holds from `from_at` until just before `until_at`, which is when somebody ended it if they did.
    """

    id: UUID
    partner_ids: Collection[UUID]
    touchpoint: str | None
    rule: str | None
    from_at: datetime
    until_at: datetime


@dataclass(frozen=True, slots=True)
class Heard:
    """An alert as a silence sees it; `at` is the instant of the answer that raised it."""

    partner_id: UUID
    touchpoint: str
    rule: str
    severity: str
    at: datetime


def silence_of(silences: Iterable[Silence], alert: Heard) -> Silence | None:
    """The silence that keeps an alert from opening a case, the oldest of several; None when it is heard.

    Only the instant of the answer counts: one that is taken in late, or again, meets the silences of its own time.
    """
    if alert.severity == ALWAYS_HEARD:
        return None
    keeping = [silence for silence in silences if _covers(silence, alert)]
    return min(keeping, key=lambda silence: (silence.from_at, silence.id), default=None)


def _covers(silence: Silence, alert: Heard) -> bool:
    return (
        silence.from_at <= alert.at < silence.until_at
        and (not silence.partner_ids or alert.partner_id in silence.partner_ids)
        and silence.touchpoint in (None, alert.touchpoint)
        and silence.rule in (None, alert.rule)
    )


def refused_end(until_at: datetime, now: datetime) -> str | None:
    """Why a silence cannot end then, as the key of a sentence; None when it can."""
    if until_at <= now:
        return "until_past"
    return "until_far" if until_at > now + LONGEST else None


def warn_at(from_at: datetime, until_at: datetime) -> datetime | None:
    """When its author is told that a silence lapses; None when it is so short that they still know."""
    return until_at - WARNED_BEFORE if until_at - from_at > WARNED_BEFORE else None
