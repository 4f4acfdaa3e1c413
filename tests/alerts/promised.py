"""Promises of Dana's, how they end, and what is told of them."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from alerts import service
from alerts.promises import reading as promise_reading
from alerts.promises import ticking as promise_ticking
from alerts.promises.reading import PromiseView
from alerts.views import CaseView
from tests.alerts.builders import World, open_case, rows, staff_actor

THURSDAY = date(2026, 3, 12)


def promised(of: World, opened: CaseView | None = None, text: str = "Send the contract", **how: Any) -> PromiseView:
    """A promise of Dana's in her case, by the end of Thursday."""
    about = opened or open_case(of)
    service.promise(of.engine.work, staff_actor(of.dana), about.id, text, how.pop("due_on", THURSDAY), **how)
    return next(each for each in promises(of, about.id) if each.text == text)


def promises(of: World, case_id: UUID) -> list[PromiseView]:
    """The promises of a case as they stand now."""
    with of.engine.work.read() as view:
        return promise_reading.promises_of_case(view, case_id)


def settle(of: World, promise: PromiseView, state: str, reason: str = "", **how: Any) -> None:
    """Dana says how a promise ended."""
    who = staff_actor(of.dana)
    service.settle_promise(of.engine.work, who, promise.case_id, promise.id, state, reason=reason, **how)


def entries(of: World, *kinds: str) -> list[str]:
    """What the timelines hold, the oldest first; of some kinds only when these are given."""
    found = sorted(rows(of, "case_entry"), key=lambda row: (row.at, row.revision))
    return [row.kind for row in found if not kinds or row.kind in kinds]


def let_pass(of: World, **span: float) -> None:
    """Let time pass, and the clocks of promises do what fell due."""
    of.later(**span)
    while promise_ticking.tick(of.engine.work):
        pass


def told(of: World, news: str) -> list[UUID]:
    """Who was told of something by mail, each time it was told."""
    return [row.recipient_id for row in rows(of, "notification") if row.news == news and row.channel == "email"]
