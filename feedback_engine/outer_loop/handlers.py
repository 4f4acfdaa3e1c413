"""Reactions of the outer loop: a closed case with a root cause is evidence, until its closing is taken back."""

from __future__ import annotations

from alerts.events import CaseClosed, ClosingUndone
from feedback_engine.foundation.outbox import Batch
from feedback_engine.outer_loop import service
from feedback_engine.outer_loop.service import ClosedCase


def consider_theme(batch: Batch[CaseClosed | ClosingUndone]) -> None:
    """Keep closed recovery cases as evidence, and take it back with the closing; the third of a root cause opens a
    theme. Subscribe it to both events under one name: then a closing is seen before it is undone."""
    closed: dict[object, ClosedCase] = {}
    undone = []
    for event in batch.events:
        if isinstance(event, ClosingUndone):
            if closed.pop(event.case_id, None) is None:
                undone.append((event.case_id, event.closed_at))
        elif event.root_cause is not None:
            case = ClosedCase(event.partner_id, event.case_id, event.root_cause, event.touchpoint, event.at)
            closed.setdefault(event.case_id, case)
    with batch.commit() as uow:
        service.retract_cases(uow, undone)
        service.record_closed_cases(uow, list(closed.values()))
