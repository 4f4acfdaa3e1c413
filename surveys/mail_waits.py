"""Why a mail to a partner has not left yet: what is known of held invitations, and which of them could leave now."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from feedback_engine.directory import reading as directory
from feedback_engine.foundation import versions
from feedback_engine.foundation.errors import NotFound
from feedback_engine.foundation.i18n import city_of, format_date, format_time, gettext
from feedback_engine.foundation.unit_of_work import Reading
from surveys import store
from surveys.sampling.instants import to_datetime, to_micros
from surveys.sampling.plan import Plan, TouchpointRules
from surveys.sampling.send_window import SendWindow
from surveys.store import InvitationRow

Cause = Literal["hold", "window", "delay", "moment"]
_SLACK = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Wait:
    """What a mail waits for: the hold of its batch, then the send window in `zone`, or the touchpoint's own delay.

    `moment` is the short while until the worker takes what is due.
    """

    cause: Cause
    held_until: datetime | None
    leaves_at: datetime
    zone: str
    then: Cause | None = None


def explain_wait(
    now: datetime,
    *,
    held_until: datetime | None,
    leaves_at: datetime,
    delay: timedelta,
    has_window: bool,
    created_at: datetime,
    zone: str,
) -> Wait:
    """Why a mail waits at `now` that leaves at `leaves_at`."""
    held = held_until if held_until is not None and held_until > now else None
    later: Cause | None = None
    if leaves_at > max(now, held_until or now) + _SLACK:
        hold = held_until - created_at if held_until is not None else timedelta()
        later = "window" if has_window and leaves_at > created_at + delay + hold + _SLACK else "delay"
    if held is not None:
        return Wait("hold", held, leaves_at, zone, later)
    return Wait(later or "moment", None, leaves_at, zone)


def words_of(wait: Wait, zone: str) -> str:
    """The same in words; the hold in the reader's `zone`, the send window in the zone it is meant for."""
    window = gettext(
        "waits for the send window: {day} {time}, {place} time",
        day=format_date(wait.leaves_at, wait.zone, style="weekday"),
        time=format_time(wait.leaves_at, wait.zone),
        place=city_of(wait.zone),
    )
    delay = gettext(
        "waits out the delay of its touchpoint: {day} {time}",
        day=format_date(wait.leaves_at, zone, style="weekday"),
        time=format_time(wait.leaves_at, zone),
    )
    later = {"window": window, "delay": delay}
    if wait.cause == "moment":
        return gettext("leaves in a moment")
    if wait.held_until is None:
        return later[wait.cause]
    held = gettext("held until {time}, so that it can be taken back", time=format_time(wait.held_until, zone))
    return held if wait.then is None else gettext("{held}; then {later}", held=held, later=later[wait.then])


def waits_of(reading: Reading, invitations: Sequence[InvitationRow]) -> dict[UUID, Wait]:
    """Why each of these invitations has not left, for those that have not."""
    unsent = [row for row in invitations if row.state in store.UNSENT_STATES]
    found = {}
    for row, rules, zone in _with_rules(reading, unsent):
        found[row.id] = explain_wait(
            reading.now,
            # Whatever was planned: once somebody ended the hold, it is over.
            held_until=row.hold_until if row.state == "held" else None,
            leaves_at=_leaves_at(row, reading.now),
            delay=_delay(rules),
            has_window=rules is not None and rules.send_window is not None,
            created_at=row.created_at,
            zone=zone,
        )
    return found


def ready_to_leave(reading: Reading, batch: str) -> list[InvitationRow]:
    """Held invitations of a batch whom only the hold keeps: delay past, send window open.

    Ending the hold is an operator's to decide; the hours at which people are written to are a rule, and stay one.
    """
    held = [row for row in store.unsent_of_batch(reading, batch) if row.state == "held"]
    return [
        row
        for row, rules, zone in _with_rules(reading, held)
        if row.created_at + _delay(rules) <= reading.now and _is_open(rules, reading.now, zone)
    ]


def _leaves_at(row: InvitationRow, now: datetime) -> datetime:
    """When the mail is due. One whose hold was ended by somebody leaves at once, whatever was planned for it."""
    if row.state == "queued" and row.hold_until is not None:
        return min(row.send_at, now)
    return max(row.send_at, row.hold_until or row.send_at)


def _delay(rules: TouchpointRules | None) -> timedelta:
    return timedelta(microseconds=rules.delay) if rules is not None else timedelta()


def _is_open(rules: TouchpointRules | None, now: datetime, zone: str) -> bool:
    window: SendWindow | None = rules.send_window if rules is not None else None
    return window is None or to_datetime(window.next_allowed(to_micros(now), zone)) <= now


def _with_rules(
    reading: Reading, rows: Sequence[InvitationRow]
) -> Iterable[tuple[InvitationRow, TouchpointRules | None, str]]:
    """Each invitation with the rules under which it was decided, and the zone in which its mail is read."""
    plans = {version: _plan(reading, version) for version in {row.plan_version for row in rows}}
    contacts = directory.contacts_by_id(reading, {row.contact_id for row in rows})
    partners = directory.partners_by_id(reading, {row.partner_id for row in rows})
    for row in rows:
        plan = plans[row.plan_version]
        rules = plan.touchpoints.get(row.touchpoint) if plan is not None else None
        window = rules.send_window if rules is not None else None
        contact, partner = contacts.get(row.contact_id), partners.get(row.partner_id)
        # The same order as in deciding.
        own = (contact.time_zone if contact else "") or (partner.time_zone if partner else "")
        yield row, rules, own or (window.zone if window else "") or "UTC"


def _plan(reading: Reading, version: str) -> Plan | None:
    try:
        return Plan.from_body(versions.get(reading, version), version)
    except NotFound:
        return None
