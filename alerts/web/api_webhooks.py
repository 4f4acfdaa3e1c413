"""The API of webhooks: `POST /webhooks`, `GET /webhooks`, `GET /webhooks/{id}/deliveries`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, request

from alerts import reading as cases
from alerts import service
from alerts.notices import telling_log
from alerts.reading import DeliveryView, EndpointView
from alerts.web.inputs import read_object
from feedback_engine.foundation.attempts import Attempt
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.errors import Fault, Invalid
from feedback_engine.foundation.http_client import may_lie_inside
from feedback_engine.foundation.i18n import gettext
from feedback_engine.foundation.web.access import actor, allow, scope
from feedback_engine.foundation.web.paging import PAGING, cursor_of, limit_of, page_of


def add_to(endpoints: Blueprint, engine: Engine) -> None:
    """Add the endpoints to the blueprint."""

    @endpoints.get("/webhooks")
    @allow(scope("webhooks:read"), reads=PAGING)
    def list_webhooks() -> dict[str, Any]:
        after, limit = cursor_of(request.args, 1), limit_of(request.args)
        with engine.work.read() as reading:
            found = sorted(cases.list_endpoints(reading), key=_name)
        rest = [endpoint for endpoint in found if after is None or _name(endpoint) > str(after[0])]
        return page_of(rest, limit, lambda endpoint: (_name(endpoint),)).document(_endpoint_document)

    @endpoints.post("/webhooks")
    @allow(scope("webhooks:write"))
    def add_webhook() -> tuple[dict[str, Any], int]:
        body = read_object()
        faults = [
            Fault(f"/{name}", gettext("Give text.")) for name in ("name", "url") if not isinstance(body.get(name), str)
        ]
        faults += [Fault(f"/{name}", gettext("There is no such field.")) for name in body.keys() - {"name", "url"}]
        if faults:
            raise Invalid(gettext("This webhook cannot be stored as it is."), faults)
        allow_private = may_lie_inside(engine.settings, body["url"])
        with engine.work.begin(actor=actor()) as uow:
            made = service.add_endpoint(uow, body["name"], body["url"], allow_private=allow_private)
        return {"id": str(made.id), "name": made.name, "url": made.url, "secret": made.secret}, 201

    @endpoints.get("/webhooks/<uuid:endpoint_id>/deliveries")
    @allow(scope("webhooks:read"), reads=PAGING)
    def list_deliveries(endpoint_id: UUID) -> dict[str, Any]:
        after, limit = cursor_of(request.args, 2), limit_of(request.args)
        with engine.work.read() as reading:
            cases.get_endpoint(reading, endpoint_id)
            page = cases.list_deliveries(reading, endpoint_id, after, limit)
            tries = telling_log.attempts_by_ref(reading, [delivery.id for delivery in page.rows])
        return page.document(lambda delivery: _delivery_document(delivery, tries.get(delivery.id, ())))


def _name(endpoint: EndpointView) -> str:
    """What the list is walked by; no two webhooks share one."""
    return endpoint.name


def _endpoint_document(endpoint: EndpointView) -> dict[str, Any]:
    return {
        "id": str(endpoint.id),
        "name": endpoint.name,
        "url": endpoint.url,
        "created_at": endpoint.created_at.isoformat(),
        "disabled_at": endpoint.disabled_at.isoformat() if endpoint.disabled_at else None,
    }


def _delivery_document(delivery: DeliveryView, tries: Sequence[Attempt]) -> dict[str, Any]:
    return {
        "id": str(delivery.id),
        "case_id": str(delivery.case_id),
        "type": f"case.{delivery.news}",
        "state": delivery.state,
        "attempts": delivery.attempts,
        "status_code": delivery.status_code,
        "error": delivery.error,
        "created_at": delivery.created_at.isoformat(),
        "settled_at": delivery.settled_at.isoformat() if delivery.settled_at else None,
        "tries": [_try_document(attempt) for attempt in tries],
    }


def _try_document(attempt: Attempt) -> dict[str, Any]:
    return {
        "request_id": str(attempt.id),
        "at": attempt.at.isoformat(),
        "outcome": attempt.outcome,
        "status_code": attempt.status_code,
        "duration_ms": attempt.duration_ms,
        "reply": attempt.reply,
        "error": attempt.error,
        "next_at": attempt.next_at.isoformat() if attempt.next_at else None,
    }
