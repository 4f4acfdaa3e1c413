"""Imports whole files of events: the past in the order in which it happened, the present only while it is fresh."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import get_args
from uuid import UUID

from feedback_engine.directory import reading as directory
from feedback_engine.foundation.errors import Invalid
from feedback_engine.foundation.keys import Keys
from feedback_engine.foundation.unit_of_work import Actor, Reading, Work
from journeys import store
from journeys.intake import IntakeResult, KeyedDraft, Mode, Status, in_history_order, keyed
from journeys.matching import NO_MATCH, max_age_days
from journeys.reading import event_types, program_max_age_days
from journeys.recording import MOST_AT_ONCE, preview_events, record_events
from journeys.sources.draft import EventDraft, Rejected

Record = EventDraft | Rejected
LaterDecisions = Callable[[Reading, Collection[UUID], datetime], Collection[UUID]]
"""Those of some partners about whom something was decided after an instant."""
OF_STRANGERS = "Its partner was not known and is now unconfirmed; see Partners."
Progress = Callable[[int], None]
"""Told after each batch how many records it settled."""


@dataclass(slots=True)
class ImportReport:
    """What became of a file: how many records of each outcome, and the problems one by one."""

    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(get_args(Status), 0))
    problems: list[IntakeResult] = field(default_factory=list)
    warnings: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    @property
    def changed_nothing(self) -> bool:
        """Whether all of it was known already, or refused."""
        return self.counts["accepted"] == 0

    def add(self, results: Iterable[IntakeResult]) -> None:
        """Count some more results."""
        for result in results:
            self.counts[result.status] += 1
            if result.status in ("conflict", "rejected"):
                self.problems.append(result)
            for warning in result.warnings:
                self.warnings[warning] += 1
            if result.new_partner:
                self.warnings[OF_STRANGERS] += 1


def import_history(
    work: Work,
    actor: Actor,
    records: Iterable[Record],
    *,
    keys: Keys,
    later_decisions: LaterDecisions,
    dry_run: bool = False,
    progress: Progress | None = None,
) -> ImportReport:
    """Record a file of past events by (time, source, id), marked as replayed, so that they are decided in that order.

    Partners about whom something later was decided already are refused: their past cannot be slipped in beneath it.
    Importing the same file again changes nothing.
    """
    known, drafts = _separate(records)
    drafts.sort(key=in_history_order)
    too_late = _too_late(work, drafts, later_decisions)
    ordered: list[Record] = [*known, *(too_late.get(draft.index, draft) for draft in drafts)]
    return _import(work, actor, ordered, "history", keys, dry_run, progress)


def import_live(
    work: Work,
    actor: Actor,
    records: Iterable[Record],
    *,
    keys: Keys,
    allow_old: bool = False,
    dry_run: bool = False,
    progress: Progress | None = None,
) -> ImportReport:
    """Record a file of events as they would come by HTTP.

    Raises Invalid when some are so old that no touchpoint would ask about them any more, unless `allow_old`.
    """
    everything = list(records)
    if not allow_old:
        _require_fresh(work, [record for record in everything if isinstance(record, EventDraft)])
    return _import(work, actor, everything, "live", keys, dry_run, progress)


def _separate(records: Iterable[Record]) -> tuple[list[Record], list[EventDraft]]:
    refused: list[Record] = []
    drafts: list[EventDraft] = []
    for record in records:
        if isinstance(record, EventDraft):
            drafts.append(record)
        else:
            refused.append(record)
    return refused, drafts


def _too_late(work: Work, drafts: Sequence[EventDraft], later_decisions: LaterDecisions) -> dict[int, Rejected]:
    """The refusals, by index, of new events that lie before a decision about their partner."""
    with work.read() as reading:
        new = [known.draft for known in _not_recorded(reading, drafts)]
        partners = directory.partners_by_key(reading, {draft.subject for draft in new})
        # The drafts come in order of time, so the first of each partner stays.
        firsts: dict[UUID, datetime] = {}
        for draft in new:
            if draft.at is not None and draft.subject in partners:
                firsts.setdefault(partners[draft.subject].id, draft.at)
        # One question about everybody first: in most imports nothing has been decided about anybody.
        suspects = later_decisions(reading, list(firsts), min(firsts.values())) if firsts else ()
        late = {one for one in suspects if later_decisions(reading, [one], firsts[one])}
    subjects = {key for key, partner in partners.items() if partner.id in late}
    return {draft.index: _refusal(draft) for draft in new if draft.subject in subjects}


def _not_recorded(reading: Reading, drafts: Sequence[EventDraft]) -> list[KeyedDraft]:
    candidates = [keyed(draft) for draft in drafts]
    known = store.find_intake(reading, sorted({candidate.natural_key for candidate in candidates}))
    return [candidate for candidate in candidates if candidate.natural_key not in known]


def _refusal(draft: EventDraft) -> Rejected:
    return Rejected(
        draft.index,
        "/subject",
        f"Something was decided about {draft.subject!r} after this event, so its past can no longer be filled in. "
        "Import history first, before the first wave and the first live event of a partner; where that is too late, "
        "start with an empty database, or go on without this partner's past.",
    )


def _require_fresh(work: Work, drafts: Sequence[EventDraft]) -> None:
    with work.read() as reading:
        matches = event_types(reading)
        program_days = program_max_age_days(reading)
        now = reading.now
    limits = {draft.type: max_age_days(matches.get(draft.type, NO_MATCH), program_days) for draft in drafts}
    old = [draft for draft in drafts if draft.at is not None and now - draft.at > timedelta(days=limits[draft.type])]
    if old:
        days = max(limits[draft.type] for draft in old)
        raise Invalid(
            f"{len(old)} of {len(drafts)} events are older than {days:g} days, so nobody would be asked about them. "
            "Import them with --as history, or with --allow-old if that is what you want."
        )


def _import(
    work: Work,
    actor: Actor,
    records: Sequence[Record],
    mode: Mode,
    keys: Keys,
    dry_run: bool,
    progress: Progress | None,
) -> ImportReport:
    report = ImportReport()
    if dry_run:
        report.add(preview_events(work, records, mode, keys=keys))
        return report
    for start in range(0, len(records), MOST_AT_ONCE):
        batch = records[start : start + MOST_AT_ONCE]
        report.add(record_events(work, actor, batch, mode, keys=keys))
        if progress is not None:
            progress(len(batch))
    if not report.changed_nothing:
        with work.begin(actor=actor) as uow:
            uow.audit("events.imported", "touchpoint_event", mode, dict(report.counts))
    return report
