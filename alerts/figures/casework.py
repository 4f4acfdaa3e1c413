"""Pure. The figures of a team's cases, from one line for each case.

Only cases in which somebody is owed an answer count: a late thank-you breaks no promise. What was dismissed or merged
held nothing to settle and is counted apart.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from alerts.figures.durations import Observed, Quantile, quantile
from feedback_engine.statistics.nps import Estimate
from feedback_engine.statistics.proportions import wilson_interval

CONTACT_KINDS = ("recovery", "callback")
NOT_REAL = ("dismissed", "merged")


@dataclass(frozen=True, slots=True)
class CaseLine:
    """One case. Hours are working hours of its calendar since it was opened, pauses left out, up to now where the thing
    has not happened; `contacted_at` and `closed_at` are by its clock, which stands still in a pause. `missed`: an
    earlier closing was too late or denied (`closings`). `called_late`: it was opened again, or others were merged into
    it, and timelines tell that a contact was missed. `after_work`: the contact was too late by no working hour, after
    work on the day its time ended. `hours_zone` is where its working hours are counted."""

    id: UUID
    kind: str
    opened_at: datetime
    contact_due_at: datetime
    resolve_due_at: datetime
    contacted_at: datetime | None
    closed_at: datetime | None
    outcome: str | None
    root_cause: str | None
    reopened: bool
    paused_at: datetime | None
    contact_hours: float
    settle_hours: float
    team_id: UUID | None = None
    missed: bool = False
    called_late: bool = False
    after_work: bool = False
    hours_zone: str = ""


@dataclass(frozen=True, slots=True)
class Cause:
    """A root cause: how many closed cases name it, their share, and the share of it and all before it."""

    key: str
    cases: int
    share: Estimate
    cumulated: float


@dataclass(frozen=True, slots=True)
class CaseFigures:
    """The figures of some cases; None where there is nothing to count yet. Shares are 0..1, times working hours.

    `after_work` are contacts that came too late, but within the working hours there were: after work that day.
    """

    cases: int
    open: int
    set_aside: int
    contact_met: Estimate | None
    after_work: int
    settle_met: Estimate | None
    contact_p50: Quantile
    contact_p90: Quantile
    settle_p50: Quantile
    settle_p90: Quantile
    reopened: Estimate | None
    causes: tuple[Cause, ...]


def figures_of(lines: Sequence[CaseLine], now: datetime) -> CaseFigures:
    """The figures of these cases as of `now`."""
    owed = [line for line in lines if line.kind in CONTACT_KINDS]
    real = _real(lines)
    contact = [Observed(line.contact_hours, line.contacted_at is not None) for line in real]
    settle = [Observed(line.settle_hours, line.closed_at is not None) for line in real]
    ended = [line for line in real if line.closed_at is not None or line.reopened]
    return CaseFigures(
        cases=len(real),
        open=sum(line.closed_at is None for line in real),
        set_aside=len(owed) - len(real),
        contact_met=_met([_contact_met(line, now) for line in real]),
        after_work=sum(line.after_work and _contact_met(line, now) is False for line in real),
        settle_met=_met([_settle_met(line, now) for line in real]),
        contact_p50=quantile(contact, 0.5),
        contact_p90=quantile(contact, 0.9),
        settle_p50=quantile(settle, 0.5),
        settle_p90=quantile(settle, 0.9),
        reopened=wilson_interval(sum(line.reopened for line in ended), len(ended)),
        causes=tuple(causes_of(real)),
    )


def _real(lines: Sequence[CaseLine]) -> list[CaseLine]:
    return [line for line in lines if line.kind in CONTACT_KINDS and line.outcome not in NOT_REAL]


def _met(known: Sequence[bool | None]) -> Estimate | None:
    """The share of targets met among those that are met or missed; what is not due yet is neither."""
    decided = [met for met in known if met is not None]
    return wilson_interval(sum(decided), len(decided))


def _contact_met(line: CaseLine, now: datetime) -> bool | None:
    """Whether the partner was reached in time. A case that was closed without it missed it: nobody had called. What was
    missed before a pause stays missed in it."""
    if line.called_late:
        return False
    if line.contacted_at is not None:
        return line.contacted_at <= line.contact_due_at
    if line.closed_at is not None:
        return False
    return False if line.contact_due_at <= (line.paused_at or now) else None


def _settle_met(line: CaseLine, now: datetime) -> bool | None:
    """Whether it was settled in time. What was missed once stays missed: new due times begin nothing anew."""
    if line.missed:
        return False
    if line.closed_at is not None:
        return line.closed_at <= line.resolve_due_at
    return False if line.resolve_due_at <= (line.paused_at or now) else None


def causes_of(lines: Sequence[CaseLine]) -> list[Cause]:
    """The root causes of closed cases, the most frequent first, with their shares added up (Pareto)."""
    named = Counter(line.root_cause for line in lines if line.closed_at is not None and line.root_cause)
    total, so_far = sum(named.values()), 0
    found = []
    for key, count in sorted(named.items(), key=lambda item: (-item[1], str(item[0]))):
        so_far += count
        share = wilson_interval(count, total)
        assert share is not None
        found.append(Cause(str(key), count, share, so_far / total))
    return found
