"""Pure. Which case stands for which group at an instant of a trial: open ones, split-off ones, those merged into."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from alerts.clocks.spans import open_at
from alerts.raising.grouping import CaseGroup, by_group
from alerts.trial.views import Past

C = TypeVar("C")


def standing_at(cases: Iterable[tuple[CaseGroup, Past, C]], at: datetime) -> dict[CaseGroup, C]:
    """The case of each group at an instant, as the live desk finds it. `cases` are all those of one partner."""
    known = list(cases)
    opened = [(group, past, case) for group, past, case in known if open_at(past.spans, at)]
    by_live_id = {past.live_id: case for _, past, case in opened if past.live_id}
    ends = {past.live_id: end for _, past, _ in known if past.live_id and (end := _end_at(past, at)) is not None}
    into = {live_id: target for live_id, (_, target) in ends.items()}
    gone = [(ends[past.live_id][0], past.live_id, group) for group, past, _ in known if past.live_id in ends]
    # Of two cases of one group that went into others, the later one counts.
    stays = {group: by_live_id.get(_last(into, live_id)) for _, live_id, group in sorted(gone)}
    merged = {group: case for group, case in stays.items() if case is not None}
    return by_group([(group, past.split, case) for group, past, case in opened], merged)


def _end_at(past: Past, at: datetime) -> tuple[datetime, UUID] | None:
    """Since when a case was merged into another at an instant, and into which."""
    return next(((span[0], into_id) for span, into_id in past.merged if open_at((span,), at)), None)


def _last(into: Mapping[UUID, UUID], case_id: UUID) -> UUID:
    while case_id in into:
        case_id = into[case_id]
    return case_id
