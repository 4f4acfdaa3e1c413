"""Sends webhooks: claim and commit, POST outside of any transaction, mark."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Row

from alerts import notification_store, store
from alerts.channels.signing import sign
from alerts.channels.webhook import CHANNEL
from alerts.store import CaseRow
from feedback_engine.directory import reading as directory
from feedback_engine.foundation import http_client, ids, logs, release_gate, retry
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.errors import Conflict, PermanentError, TransientError, Unavailable
from feedback_engine.foundation.unit_of_work import SYSTEM, Reading, UnitOfWork, Work
from feedback_engine.foundation.web.addresses import absolute_url

CLAIM_EXPIRES = timedelta(minutes=10)
BATCH_SIZE = 20
_LONGEST_ERROR = 500
_log = logs.logger(__name__)


@dataclass(frozen=True, slots=True)
class _Delivery:
    """A claimed notification with all that its POST needs."""

    row: Row[Any]
    url: str
    secret: bytes
    body: bytes


def deliver_due(engine: Engine, limit: int = BATCH_SIZE, *, shards: Sequence[int] | None = None) -> int:
    """Send the next webhooks that are due; returns how many were settled or put off. 0 means that nothing is due.

    Looks in `shards`, None for all.

    A claim that a crash left behind is sent again after CLAIM_EXPIRES: at least once, under the same webhook-id.
    """
    work, settings = engine.work, engine.settings
    with work.read() as view:
        if release_gate.is_held(view):
            return 0
        due = notification_store.due_notifications(view, CHANNEL.key, view.now - CLAIM_EXPIRES, limit, shards)
    if not due:
        return 0
    claimed = _claim(work, due)
    deliveries = _prepare(work, claimed, settings.base_url)
    silent: set[UUID] = set()
    for row in claimed:
        delivery = deliveries.get(row.id)
        if delivery is None:
            _mark(work, row, _dead("the endpoint was switched off, or the case is gone"))
        elif row.recipient_id in silent:
            # An endpoint that just failed costs one timeout a round, not one for each message.
            _mark(work, row, {"state": "pending", "due_at": row.claimed_at + retry.BASE})
        elif not _deliver_safely(work, delivery, allow_private=settings.webhook_allow_private):
            silent.add(row.recipient_id)
    return len(due)


def doubtful(view: Reading, made_before: datetime, limit: int | None = None) -> list[Row[Any]]:
    """Webhooks that were wanted by then and are due: after a restore, the lost installation may have sent them."""
    return notification_store.doubtful_notifications(view, CHANNEL.key, made_before, limit)


def give_up(uow: UnitOfWork, rows: Sequence[Row[Any]], reason: str) -> None:
    """Send these webhooks no more."""
    for row in rows:
        notification_store.change_notification(uow, row, {**_dead(reason), "settled_at": uow.now, "claimed_at": None})


def _claim(work: Work, due: Sequence[Row[Any]]) -> list[Row[Any]]:
    with work.begin(actor=SYSTEM) as uow:
        values = {"state": "claimed", "claimed_at": uow.now}
        won = [row.id for row in due if notification_store.change_notification(uow, row, values)]
        rows = notification_store.notifications_by_id(uow, won)
    return [rows[row_id] for row_id in won]


def _prepare(work: Work, rows: Sequence[Row[Any]], base_url: str) -> dict[UUID, _Delivery]:
    with work.read() as view:
        endpoints = {endpoint.id: endpoint for endpoint in notification_store.endpoints(view, active_only=True)}
        # Rows and keys alone: a body holds no words, and reading those would take longer than all the rest.
        cases = {case.id: case for case in store.cases_by_id(view, {row.case_id for row in rows})}
        partners = directory.partners_by_id(view, {case.partner_id for case in cases.values()})
    deliveries = {}
    for row in rows:
        endpoint, case = endpoints.get(row.recipient_id), cases.get(row.case_id)
        if endpoint is not None and case is not None:
            body = orjson.dumps(message_of(row, case, partners[case.partner_id].key, base_url))
            deliveries[row.id] = _Delivery(row, endpoint.url, bytes(endpoint.secret), body)
    return deliveries


def message_of(row: Row[Any], case: CaseRow, partner_key: str, base_url: str) -> dict[str, Any]:
    """The body: ids, numbers and a link; whoever needs the words follows it and signs in."""
    ref = f"C-{case.number}"
    return {
        "type": f"case.{row.news}",
        "timestamp": row.created_at.isoformat(),
        "data": {
            "case_id": str(case.id),
            "ref": ref,
            "revision": row.revision,
            "kind": case.kind,
            "severity": case.severity,
            "state": case.state,
            "partner": partner_key,
            "touchpoint": case.touchpoint,
            "score": case.score,
            "due_at": case.due_at.isoformat(),
            "url": absolute_url(base_url, f"/cases/{ref}"),
        },
    }


def _deliver_safely(work: Work, delivery: _Delivery, *, allow_private: bool) -> bool:
    """`_deliver`, and what nobody has foreseen ends this one message, and not the round of all others."""
    try:
        return _deliver(work, delivery, allow_private=allow_private)
    except (Unavailable, Conflict):
        raise
    except Exception as error:  # noqa: BLE001 - see above
        _log.exception("webhook.not_sent", notification_id=str(delivery.row.id))
        _mark(work, delivery.row, _dead(f"it could not be sent: {type(error).__name__}"))
        return False


def _deliver(work: Work, delivery: _Delivery, *, allow_private: bool) -> bool:
    """POST and mark; False when the endpoint should be left alone for now."""
    row = delivery.row
    headers = {"Content-Type": "application/json", **_signature(work, delivery)}
    try:
        answer = http_client.post(delivery.url, delivery.body, headers, allow_private=allow_private)
    except PermanentError as error:
        _mark(work, row, _dead(error.message))
    except TransientError as error:
        _put_off(work, row, error)
        return False
    else:
        _mark(work, row, {"state": "sent", "status_code": answer.status, "error": None})
    return True


def _signature(work: Work, delivery: _Delivery) -> Mapping[str, str]:
    return sign(delivery.secret, str(delivery.row.id), work.clock.now(), delivery.body)


def _put_off(work: Work, row: Row[Any], error: TransientError) -> None:
    attempts = retry.count_try(row.attempts, reached=error.reached)
    wait = retry.next_wait(
        attempts,
        jitter=ids.jitter(),
        retry_after=error.retry_after,
        age=work.clock.now() - row.created_at,
    )
    if wait is None:
        _mark(work, row, _dead(error.message) | {"attempts": attempts})
    else:
        put_off = {"state": "pending", "due_at": row.claimed_at + wait, "attempts": attempts}
        _mark(work, row, put_off | {"error": error.message[:_LONGEST_ERROR]})


def _dead(reason: str) -> dict[str, Any]:
    return {"state": "dead", "error": reason[:_LONGEST_ERROR]}


def _mark(work: Work, row: Row[Any], values: Mapping[str, Any]) -> None:
    """Write what became of a claim. A claim that somebody else has taken over meanwhile is theirs to mark."""
    with work.begin(actor=SYSTEM) as uow:
        settled = {"settled_at": uow.now} if values["state"] in ("sent", "dead") else {}
        attempts = {"attempts": row.attempts + 1} if settled and "attempts" not in values else {}
        notification_store.change_notification(uow, row, {**values, **settled, **attempts, "claimed_at": None})
