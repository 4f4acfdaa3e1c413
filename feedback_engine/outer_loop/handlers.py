"""Reactions of the outer loop: a closed case with a root cause is evidence."""

from __future__ import annotations

from alerts.events import CaseClosed
from feedback_engine.foundation.outbox import Batch
from feedback_engine.outer_loop import service
from feedback_engine.outer_loop.service import ClosedCase


def consider_theme(batch: Batch[CaseClosed]) -> None:
    """Keep closed recovery cases as evidence; the third of a root cause opens a theme."""
    cases = [
        ClosedCase(event.partner_id, event.case_id, event.root_cause, event.touchpoint, event.at)
        for event in batch.events
        if event.root_cause is not None
    ]
    with batch.commit() as uow:
        service.record_closed_cases(uow, cases)
