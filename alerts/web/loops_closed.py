"""One figure of the overview: how many cases were closed, and what their partners say of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from flask import render_template
from markupsafe import Markup

from alerts.figures.casework import closings_of
from alerts.settling import store as settling_store
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.web.slots import Slots
from feedback_engine.statistics import proportions


def fill_slots(engine: Engine, slots: Slots) -> None:
    """Fill `overview.figures`."""

    def loops(first: date, last: date) -> Markup:
        from_at, to_at = _day_begins(first), _day_begins(last + timedelta(days=1))
        with engine.work.read() as reading:
            closed = settling_store.closed_by_settlement(reading, from_at, to_at)
            replies = settling_store.replies_by_state(reading, from_at, to_at)
        return Markup(render_template("alerts/overview_loops.html", **_loops_of(closed, replies)))

    slots.add("overview.figures", loops)


def _day_begins(day: date) -> datetime:
    """The first instant of a day, as the overview counts days: in UTC."""
    return datetime.combine(day, time.min, UTC)


def _loops_of(closed: Mapping[str | None, int], replies: Mapping[str, int]) -> dict[str, Any]:
    """Closed cases by their partner's word, and the share of closings that partners agreed with.

    That share is of all whose time to reply is over, silence and a no included.
    """
    over = sum(replies.get(state, 0) for state in ("confirmed", "partly", "disputed", "unconfirmed"))
    return {
        "closings": closings_of(closed),
        "share": proportions.wilson_interval(replies.get("confirmed", 0), over) if over else None,
    }
