"""Reads how many cases were closed in a period and what their partners say of it: one count for every page with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from alerts.settling import store
from alerts.settling.flow import UNSETTLED
from feedback_engine.directory.reading import Viewer
from feedback_engine.foundation.unit_of_work import Reading
from feedback_engine.statistics.nps import Estimate
from feedback_engine.statistics.proportions import wilson_interval


@dataclass(frozen=True, slots=True)
class Closings:
    """Closed cases by what their partner says: settled, nothing in time, nothing yet; those never asked about; and
    those that the partner denied and another case took up. Together they are all."""

    closed: int
    confirmed: int
    unconfirmed: int
    waiting: int
    unasked: int
    denied: int


@dataclass(frozen=True, slots=True)
class Loops:
    """The cases closed in a period by their partner's word, and the share (0..1) of closings that partners agreed with.

    That share is of all closings whose time to reply is over, silence and a no included, and those that were opened
    again since; None where there is none. `agreed`, `denied` (partly or no) and `silent` are what it is made of.
    """

    closings: Closings
    settled: Estimate | None
    agreed: int
    denied: int
    silent: int


def loops_closed(reading: Reading, viewer: Viewer, from_at: datetime, to_at: datetime) -> Loops:
    """What was closed in [from_at, to_at), of the cases that `viewer` may see."""
    replies = store.replies_by_state(reading, viewer, from_at, to_at)
    agreed, silent = replies.get("confirmed", 0), replies.get("unconfirmed", 0)
    denied = _denied(replies)
    return Loops(
        closings_of(store.closed_by_settlement(reading, viewer, from_at, to_at)),
        wilson_interval(agreed, agreed + denied + silent),
        agreed,
        denied,
        silent,
    )


def closings_of(by_settlement: Mapping[str | None, int]) -> Closings:
    """Closed cases from their number by settlement, None where nobody was asked. A mail that did not arrive asked
    nobody; what a partner denied is closed only while another case took it up."""
    return Closings(
        closed=sum(by_settlement.values()),
        confirmed=by_settlement.get("confirmed", 0),
        unconfirmed=by_settlement.get("unconfirmed", 0),
        waiting=by_settlement.get("asked", 0),
        unasked=by_settlement.get(None, 0) + by_settlement.get("unreached", 0),
        denied=_denied(by_settlement),
    )


def _denied(by_state: Mapping[str, int] | Mapping[str | None, int]) -> int:
    return sum(by_state.get(state, 0) for state in UNSETTLED)
