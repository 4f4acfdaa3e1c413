"""The API of promises: `GET` and `POST /cases/{ref}/promises`, and `POST /cases/{ref}/promises/{id}` to end one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Blueprint

from alerts import reading as cases
from alerts import service
from alerts.promises import reading as promise_reading
from alerts.promises.flow import SettlePromise
from alerts.promises.reading import PromiseView
from alerts.reading import EVERYTHING
from alerts.web.inputs import owner_id_of, read_object
from alerts.web.promise_inputs import promise_of
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.errors import Fault, Invalid, NotFound
from feedback_engine.foundation.i18n import gettext
from feedback_engine.foundation.web.access import actor, allow, scope
from feedback_engine.foundation.web.idempotency import once_per_key

_OF_NEW = ("text", "due_on", "owner")
_OF_END = ("state", "reason")


def add_to(endpoints: Blueprint, engine: Engine) -> None:
    """Add the endpoints to the blueprint."""

    @endpoints.get("/cases/<ref>/promises")
    @allow(scope("cases:read"))
    def list_promises(ref: str) -> dict[str, Any]:
        with engine.work.read() as reading:
            case = cases.get_visible_case(reading, EVERYTHING, ref)
            found = promise_reading.promises_of_case(reading, case.id)
        return {"data": [promise_document(promise) for promise in found], "next_cursor": None}

    @endpoints.post("/cases/<ref>/promises")
    @allow(scope("cases:write"))
    @once_per_key
    def make_promise(ref: str) -> tuple[dict[str, Any], int]:
        given = _texts(read_object(), _OF_NEW)
        with engine.work.read() as reading:
            case = cases.get_visible_case(reading, EVERYTHING, ref)
            owner_id = owner_id_of(reading, given["owner"]) if given["owner"] else None
        promise = promise_of(given["text"], given["due_on"], owner_id)
        revision = service.act(engine.work, actor(), case.id, promise)
        with engine.work.read() as reading:
            entries = cases.entries_after(reading, case.id, revision - 1)
            [entry] = [each for each in entries if each.revision == revision]
            made = promise_reading.find_promise(reading, UUID(entry.detail["promise"]))
        if made is None:
            raise NotFound(gettext("There is no such promise in this case."))
        return promise_document(made), 201

    @endpoints.post("/cases/<ref>/promises/<uuid:promise_id>")
    @allow(scope("cases:write"))
    @once_per_key
    def settle_promise(ref: str, promise_id: UUID) -> dict[str, Any]:
        given = _texts(read_object(), _OF_END)
        with engine.work.read() as reading:
            case = cases.get_visible_case(reading, EVERYTHING, ref)
        service.act(engine.work, actor(), case.id, SettlePromise(promise_id, given["state"], given["reason"]))
        with engine.work.read() as reading:
            settled = promise_reading.find_promise(reading, promise_id)
        if settled is None:
            raise NotFound(gettext("There is no such promise in this case."))
        return promise_document(settled)


def promise_document(promise: PromiseView) -> dict[str, Any]:
    """A promise as programs read it."""
    return {
        "id": str(promise.id),
        "case": promise.case_ref,
        "partner": promise.partner.key,
        "text": promise.text,
        "state": promise.state,
        "owner": promise.owner.email,
        "promised_by": promise.promised_by.email,
        "promised_at": promise.promised_at.isoformat(),
        "warn_at": promise.warn_at.isoformat(),
        "due_at": promise.due_at.isoformat(),
        "overdue": promise.is_overdue,
        "settled_at": promise.settled_at.isoformat() if promise.settled_at else None,
        "reason": promise.reason or None,
    }


def _texts(body: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, str]:
    """The fields of a body, absent ones empty. Raises Invalid for unknown ones and for what is no text."""
    faults = [
        Fault(f"/{name}", gettext("There is no such field; remove it.")) for name in sorted(body.keys() - set(names))
    ]
    faults += [Fault(f"/{name}", gettext("Give text.")) for name in names if not isinstance(body.get(name) or "", str)]
    if faults:
        raise Invalid(gettext("This promise cannot be read."), faults)
    return {name: body.get(name) or "" for name in names}
