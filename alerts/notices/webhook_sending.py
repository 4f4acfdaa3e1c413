"""Sends a webhook: what it says, signed by every secret in force, and how the answer is understood."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from time import monotonic
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import orjson
from sqlalchemy import Row

from alerts import store
from alerts.channels.signing import sign
from alerts.notices import notification_store, rights
from alerts.notices.certainty import certain_at
from alerts.notices.sending import Ready, Verdict
from alerts.store import CaseRow
from feedback_engine.directory import reading as directory
from feedback_engine.foundation import attempts, http_client
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.errors import PermanentError, TransientError
from feedback_engine.foundation.http_client import Answer
from feedback_engine.foundation.mail.message import Later
from feedback_engine.foundation.unit_of_work import Reading
from feedback_engine.foundation.web.addresses import absolute_url

GONE = 410
TEST_TYPE = "test"


@contextmanager
def prepared(engine: Engine, rows: Sequence[Row[Any]]) -> Iterator[Mapping[UUID, Ready | Verdict | Later]]:
    """The webhooks of these notifications, each ready to go; left out are those whose endpoint is switched off."""
    ready: dict[UUID, Ready | Verdict | Later] = {}
    with engine.work.read() as view:
        endpoints = notification_store.endpoints_by_id(view, {row.recipient_id for row in rows})
        # Rows and keys alone: a body holds no words, and reading those would take longer than all the rest.
        cases = {case.id: case for case in store.cases_by_id(view, {row.case_id for row in rows})}
        partners = directory.partners_by_id(view, {case.partner_id for case in cases.values()})
        for row in rows:
            endpoint, case = endpoints.get(row.recipient_id), cases.get(row.case_id)
            if endpoint is None or endpoint.disabled_at is not None or case is None:
                continue
            if endpoint.staff_id is not None and not _may_hear(view, endpoint, row):
                until = certain_at(view, [row.case_id])
                why = rights.why_untold(view, row.case_id, row.news, row.revision)
                ready[row.id] = Verdict("withdrawn", why) if until is None else Later(until)
                continue
            body = orjson.dumps(message_of(row, case, partners[case.partner_id].key, engine.settings.base_url))
            ready[row.id] = Ready(partial(send, engine, endpoint, str(row.id), body))
    yield ready


def _may_hear(view: Reading, endpoint: Row[Any], row: Row[Any]) -> bool:
    member = directory.staff_by_id(view, [endpoint.staff_id]).get(endpoint.staff_id)
    return member is not None and rights.may_be_told(view, member, row.case_id, row.news, row.revision)


def send(engine: Engine, endpoint: Row[Any], message_id: str, body: bytes, request_id: UUID) -> Verdict:
    """POST a signed message to an endpoint and say how it was received."""
    now = engine.clock.now()
    headers = {
        "Content-Type": "application/json",
        "X-Request-Id": str(request_id),
        **sign(secrets_of(endpoint, now), message_id, now, body),
    }
    inside = http_client.may_lie_inside(engine.settings, endpoint.url)
    began = monotonic()
    answer: Answer | None = None
    try:
        answer = http_client.call(endpoint.url, body, headers, allow_private=inside)
        http_client.judge(answer, host_of(endpoint.url))
    except PermanentError as error:
        return _verdict("given_up", began, answer, error.message)
    except TransientError as error:
        return _verdict("again", began, answer, error.message, error.retry_after, reached=error.reached)
    return _verdict("sent", began, answer)


def secrets_of(endpoint: Row[Any], now: datetime) -> tuple[bytes, ...]:
    """The secrets that sign at an instant, the newest first; after a rotation the one before signs for a while too."""
    old = endpoint.old_secret if endpoint.old_secret_until and now < endpoint.old_secret_until else None
    return (bytes(endpoint.secret), bytes(old)) if old is not None else (bytes(endpoint.secret),)


def host_of(url: str) -> str:
    """The host of an address that was checked before."""
    return str(urlsplit(url).hostname)


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


def test_message(now: datetime) -> bytes:
    """The body of a message that only shows that messages arrive."""
    return orjson.dumps({"type": TEST_TYPE, "timestamp": now.isoformat(), "data": {}})


def _verdict(
    outcome: Any,
    began: float,
    answer: Answer | None,
    error: str | None = None,
    retry_after: timedelta | None = None,
    *,
    reached: bool = True,
) -> Verdict:
    return Verdict(
        outcome,
        error,
        status=answer.status if answer else None,
        reply=attempts.text_of(answer.reply) if answer else None,
        duration=timedelta(seconds=monotonic() - began),
        retry_after=retry_after,
        reached=reached,
        gone=answer is not None and answer.status == GONE,
    )
