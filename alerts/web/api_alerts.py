"""The API of alerts: `GET /alerts`, `GET /alerts/{id}`; facts, so nothing can be written."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, request

from alerts import reading as cases
from alerts.reading import AlertView
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.errors import NotFound
from feedback_engine.foundation.i18n import gettext
from feedback_engine.foundation.web.access import allow, scope
from feedback_engine.foundation.web.paging import PAGING, cursor_of, limit_of


def add_to(endpoints: Blueprint, engine: Engine) -> None:
    """Add the endpoints to the blueprint."""

    @endpoints.get("/alerts")
    @allow(scope("alerts:read"), reads=PAGING)
    def list_alerts() -> dict[str, Any]:
        after, limit = cursor_of(request.args, 2), limit_of(request.args)
        with engine.work.read() as reading:
            return cases.list_alerts(reading, after, limit).document(_document)

    @endpoints.get("/alerts/<uuid:alert_id>")
    @allow(scope("alerts:read"))
    def get_alert(alert_id: UUID) -> dict[str, Any]:
        with engine.work.read() as reading:
            alert = cases.find_alert(reading, alert_id)
        if alert is None:
            raise NotFound(gettext("There is no alert with this id."))
        return _document(alert)


def _document(alert: AlertView) -> dict[str, Any]:
    ids = ("id", "case_id", "partner_id", "contact_id", "response_id")
    plain = ("touchpoint", "rule", "kind", "severity", "reason", "why")
    return {
        **{name: str(value) if (value := getattr(alert, name)) else None for name in ids},
        **{name: getattr(alert, name) for name in plain},
        "numbers": dict(alert.numbers),
        "answered_at": alert.answered_at.isoformat(),
        "raised_at": alert.raised_at.isoformat(),
    }
