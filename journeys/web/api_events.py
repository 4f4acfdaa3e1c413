"""`POST /events`: CloudEvents 1.0 by HTTP - structured, binary, batch or lines - recorded once each."""

from __future__ import annotations

import io
from collections.abc import Sequence
from itertools import islice
from typing import Any

import orjson
from flask import Blueprint, Response, request
from werkzeug.exceptions import RequestEntityTooLarge, UnsupportedMediaType

from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.errors import Conflict, Fault, Invalid
from feedback_engine.foundation.web import errors
from feedback_engine.foundation.web.access import actor, allow, scope
from feedback_engine.foundation.web.problems import Problem, title_of
from feedback_engine.foundation.web.security import body_limit
from journeys.service import EventDraft, IntakeResult, Rejected, record_events
from journeys.sources import cloudevents

LONGEST_BODY = 4_000_000
MOST_EVENTS = 5_000
_LINES = frozenset({"application/x-ndjson", "application/ndjson", "application/jsonl", "application/x-jsonlines"})
_SEND = (
    "Send application/cloudevents+json, application/cloudevents-batch+json, application/x-ndjson, "
    "or application/json with ce- headers."
)
Records = Sequence[EventDraft | Rejected]


def add_to(endpoints: Blueprint, engine: Engine) -> None:
    """Add the endpoint to the blueprint."""

    @endpoints.post("/events")
    @allow(scope("events:write"))
    @body_limit(LONGEST_BODY)
    def post_events() -> Response:
        body = request.get_data(cache=False)
        try:
            records = _read(body)
        except Invalid as unreadable:
            return errors.answer(Problem(400, title_of(400), unreadable.message, unreadable.faults))
        if len(records) > MOST_EVENTS:
            words = f"The batch has more than {MOST_EVENTS} events; send at most {MOST_EVENTS} at once."
            raise Invalid(words, [Fault("", words)])
        results = record_events(engine.work, actor(), records, keys=engine.keys)
        _refuse_alone(results)
        return Response(orjson.dumps(document(results)), 202, mimetype="application/json")


def _read(body: bytes) -> Records:
    """The records of this request by its content type, at most one beyond the limit. Raises Invalid for no JSON."""
    if request.headers.get("Content-Encoding", "identity") != "identity":
        raise UnsupportedMediaType("Send the body as it is, not compressed.")
    kind = request.mimetype
    if kind == "application/cloudevents-batch+json":
        return cloudevents.read_batch(body, MOST_EVENTS + 1)
    if kind in _LINES:
        return list(islice(cloudevents.read_lines(io.BytesIO(body)), MOST_EVENTS + 1))
    if kind == "application/json" and body.lstrip()[:1] == b"[" and "ce-id" not in request.headers:
        return cloudevents.read_batch(body, MOST_EVENTS + 1)
    if len(body) > cloudevents.LONGEST_EVENT:
        raise RequestEntityTooLarge(f"One event has at most {cloudevents.LONGEST_EVENT} bytes.")
    if kind == "application/cloudevents+json":
        return [cloudevents.read_one(body)]
    if kind in ("application/json", "") or kind.endswith("+json"):
        # Without any ce- header this is a structured event under the plain name of its format.
        is_binary = any(name.lower().startswith("ce-") for name in request.headers.keys())  # noqa: SIM118
        return [cloudevents.read_binary(dict(request.headers), body) if is_binary else cloudevents.read_one(body)]
    raise UnsupportedMediaType(_SEND)


def _refuse_alone(results: Sequence[IntakeResult]) -> None:
    """An event that came alone answers for itself. Raises Conflict (409) or Invalid (422)."""
    if len(results) != 1:
        return
    (only,) = results
    if only.status == "conflict":
        raise Conflict(only.detail)
    if only.status == "rejected":
        raise Invalid(only.detail, [Fault(only.pointer, only.detail)])


def document(results: Sequence[IntakeResult]) -> dict[str, Any]:
    """The answer to a batch. A conflict stands among the rejected too: its content was not taken."""
    return {
        "accepted": sum(result.status == "accepted" for result in results),
        "duplicates": sum(result.status == "duplicate" for result in results),
        "rejected": [
            {"index": result.index, "pointer": result.pointer, "detail": result.detail}
            for result in results
            if result.status in ("conflict", "rejected")
        ],
        "items": [_item(result) for result in results],
    }


def _item(result: IntakeResult) -> dict[str, Any]:
    item: dict[str, Any] = {
        "index": result.index,
        "event_id": result.event_id,
        "status": result.status,
    }
    warnings = list(result.warnings)
    if result.new_partner:
        warnings.append(f"The partner {result.new_partner} was not known and is now unconfirmed.")
    return item | {"warnings": warnings} if warnings else item
