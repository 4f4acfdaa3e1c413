"""How each of those who are told of something wants to be told: at once, after quiet hours, with a digest, or not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Row

from alerts import store
from alerts.channels import chat, email, webhook
from alerts.channels.base import Channel
from alerts.notices import notification_store
from alerts.notices import store as notice_store
from alerts.notices.news import News
from alerts.notices.rules import Choices, asks_severity, decide, held_back
from feedback_engine.directory import reading as directory
from feedback_engine.foundation.unit_of_work import Reading


class Telling(NamedTuple):
    """One piece of news for one recipient by one channel. `state` None is the channel's first, `due_at` None is now."""

    channel: Channel
    news: News
    recipient_id: UUID
    state: str | None = None
    due_at: datetime | None = None


def as_chosen(reading: Reading, tellings: Sequence[Telling]) -> list[Telling]:
    """The tellings as their readers want them, with those by their own webhooks and chats.

    What goes by mail says who is told; mail itself always stays, for an address of one's own may fail.
    """
    staff_ids = {telling.recipient_id for telling in tellings if telling.channel is email.CHANNEL}
    if not staff_ids:
        return list(tellings)
    choices, own = _choices_of(reading, staff_ids), _own_receivers(reading, staff_ids)
    if not choices and not own:
        return list(tellings)
    severities = _severities(reading, tellings, choices)
    chosen: list[Telling] = []
    for telling in tellings:
        if telling.channel is not email.CHANNEL:
            chosen.append(telling)
            continue
        news, staff_id = telling.news, telling.recipient_id
        mine = choices.get(staff_id, Choices("UTC"))
        # By then nobody can take back what is told; quiet hours may have begun.
        earliest = reading.now + held_back(news.kind, reading.now)
        plan = decide(mine, news.kind, news.severity or severities.get(news.case_id), earliest)
        if plan.mode == "digest":
            chosen.append(telling._replace(state="digest"))
        elif plan.mode == "at_once":
            # That instant is the channel's own.
            due_at = plan.due_at if plan.due_at > earliest else None
            chosen.append(telling._replace(due_at=due_at))
            chosen += [Telling(channel, news, each, None, due_at) for channel, each in own.get(staff_id, ())]
    return chosen


def choices_from(row: Row[Any] | None, zone: str) -> Choices:
    """The choices that a row holds; the defaults where somebody never chose."""
    if row is None:
        return Choices(zone)
    return Choices(
        zone=zone,
        topics=row.topics,
        rhythm=row.rhythm,
        digest_minute=row.digest_minute,
        digest_weekday=row.digest_weekday,
        quiet_from=row.quiet_from,
        quiet_until=row.quiet_until,
        grave_wakes=row.grave_wakes,
        grave_at_once=row.grave_at_once,
    )


def _choices_of(reading: Reading, staff_ids: set[UUID]) -> dict[UUID, Choices]:
    rows = notice_store.choices_of(reading, staff_ids)
    if not rows:
        return {}
    staff = directory.staff_by_id(reading, rows)
    return {staff_id: choices_from(row, staff[staff_id].time_zone) for staff_id, row in rows.items()}


def _own_receivers(reading: Reading, staff_ids: set[UUID]) -> Mapping[UUID, list[tuple[Channel, UUID]]]:
    """The webhooks and chats of these people, in use, by person."""
    found: dict[UUID, list[tuple[Channel, UUID]]] = {}
    for endpoint in notification_store.endpoints_of_staff(reading, staff_ids):
        if endpoint.disabled_at is None:
            found.setdefault(endpoint.staff_id, []).append((webhook.CHANNEL, endpoint.id))
    for each in notice_store.chats_of(reading, staff_ids):
        found.setdefault(each.staff_id, []).append((chat.CHANNEL, each.id))
    return found


def _severities(reading: Reading, tellings: Sequence[Telling], choices: Mapping[UUID, Choices]) -> dict[UUID, str]:
    """How grave the cases are whose news does not say it, as far as that decides how one of its readers is told."""
    case_ids = {
        news.case_id
        for news, mine in ((telling.news, choices.get(telling.recipient_id)) for telling in tellings)
        if news.severity is None and mine is not None and asks_severity(mine, news.kind)
    }
    return {row.id: row.severity for row in store.cases_by_id(reading, case_ids)} if case_ids else {}
