"""The API of silences: `GET /silences`, `GET /silences/{id}` with the alerts kept quiet, `POST /silences`, `/end`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Blueprint, request

from alerts.reading import EVERYTHING, position_of
from alerts.silences import views as silence_views
from alerts.silences import writing as silences
from alerts.silences.views import SilencedView, SilenceView
from alerts.silences.writing import NewSilence
from alerts.web.inputs import read_object
from feedback_engine.directory import reading as directory
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.errors import Fault, Invalid, NotFound
from feedback_engine.foundation.i18n import gettext
from feedback_engine.foundation.instants import parse_instant, words_of
from feedback_engine.foundation.unit_of_work import Reading
from feedback_engine.foundation.web.access import actor, allow, scope
from feedback_engine.foundation.web.idempotency import once_per_key
from feedback_engine.foundation.web.paging import PAGING, cursor_of, limit_of

_FIELDS = ("partner", "touchpoint", "rule", "until", "reason")


def add_to(endpoints: Blueprint, engine: Engine) -> None:
    """Add the endpoints to the blueprint."""

    @endpoints.get("/silences")
    @allow(scope("cases:read"), reads=(*PAGING, "partner", "in_force"))
    def list_silences() -> dict[str, Any]:
        after, limit = position_of(cursor_of(request.args, 2)), limit_of(request.args)
        with engine.work.read() as reading:
            named = request.args.get("partner")
            partner_id = directory.get_partner(reading, named).id if named else None
            page = silence_views.list_silences(
                reading, EVERYTHING, in_force=_in_force(request.args), partner_id=partner_id, after=after, limit=limit
            )
            return page.document(_document)

    @endpoints.get("/silences/<uuid:silence_id>")
    @allow(scope("cases:read"))
    def get_silence(silence_id: UUID) -> dict[str, Any]:
        with engine.work.read() as reading:
            return _detail(reading, silence_id)

    @endpoints.post("/silences")
    @allow(scope("cases:write"))
    @once_per_key
    def add_silence() -> tuple[dict[str, Any], int]:
        wanted = _wanted(read_object())
        with engine.work.begin(actor=actor()) as uow:
            silence_id = silences.add_silence(uow, EVERYTHING, wanted)
        with engine.work.read() as reading:
            return _detail(reading, silence_id), 201

    @endpoints.post("/silences/<uuid:silence_id>/end")
    @allow(scope("cases:write"))
    @once_per_key
    def end_silence(silence_id: UUID) -> dict[str, Any]:
        with engine.work.begin(actor=actor()) as uow:
            silences.end_silence(uow, EVERYTHING, silence_id)
        with engine.work.read() as reading:
            return _detail(reading, silence_id)


def _in_force(arguments: Mapping[str, str]) -> bool | None:
    asked = arguments.get("in_force", "")
    if asked not in ("", "0", "1"):
        words = gettext("Give one of {values}.", values="0, 1")
        raise Invalid(words, [Fault("/in_force", words)])
    return None if not asked else asked == "1"


def _wanted(body: Mapping[str, Any]) -> NewSilence:
    faults = [Fault(f"/{name}", gettext("There is no such field; remove it.")) for name in sorted({*body} - {*_FIELDS})]
    faults += [Fault(f"/{name}", gettext("Give text.")) for name in _FIELDS if not isinstance(body.get(name, ""), str)]
    if faults:
        raise Invalid(gettext("This silence cannot be kept as it is."), faults)
    texts = {name: body.get(name, "").strip() for name in _FIELDS}
    return NewSilence(texts["partner"], texts["touchpoint"], texts["rule"], _instant(texts["until"]), texts["reason"])


def _instant(text: str) -> datetime | None:
    try:
        return parse_instant(text) if text else None
    except ValueError as error:
        words = words_of(error, gettext("Give an instant with its zone, such as 2026-03-10T09:00:00Z."))
        raise Invalid(words, [Fault("/until", words)]) from None


def _detail(reading: Reading, silence_id: UUID) -> dict[str, Any]:
    silence = silence_views.find_silence(reading, EVERYTHING, silence_id)
    if silence is None:
        raise NotFound(gettext("There is no such silence."))
    kept = silence_views.silenced_alerts(reading, EVERYTHING, [silence_id]).get(silence_id, [])
    return {**_document(silence), "silenced_alerts": [_alert(alert) for alert in kept]}


def _document(silence: SilenceView) -> dict[str, Any]:
    return {
        "id": str(silence.id),
        "partner": silence.partner.key if silence.partner else None,
        **{name: getattr(silence, name) for name in ("touchpoint", "rule", "reason", "in_force", "alerts")},
        "created_at": silence.created_at.isoformat(),
        "until": silence.until_at.isoformat(),
        "by": silence.author_name,
        "ended_at": silence.ended_at.isoformat() if silence.ended_at else None,
        "ended_by": silence.ended_by,
    }


def _alert(alert: SilencedView) -> dict[str, Any]:
    return {
        "id": str(alert.id),
        "partner": alert.partner.key,
        **{name: getattr(alert, name) for name in ("touchpoint", "rule", "kind", "severity", "why")},
        "answered_at": alert.answered_at.isoformat(),
    }
