"""The API of cases: `GET /cases`, `GET /cases/{id or ref}`, `POST /cases/{id or ref}/actions` guarded by If-Match."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, jsonify, request
from werkzeug.exceptions import PreconditionFailed, PreconditionRequired

from alerts import reading as cases
from alerts import service
from alerts.casework.flow import (
    STATES,
    Acknowledge,
    Action,
    Assign,
    Close,
    Dismiss,
    Letter,
    Note,
    Pause,
    Reopen,
    Resume,
    Snooze,
)
from alerts.reading import EVERYTHING, CaseDetail, CaseFilter, CaseView, EntryView
from alerts.service import CaseMoved
from alerts.settling.flow import SETTLEMENTS
from alerts.terms import KINDS
from alerts.web.inputs import owner_id_of, read_object
from alerts.web.promise_inputs import contact_of
from alerts.web.regrouping import ACTIONS, regroup
from feedback_engine.directory import reading as directory
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.errors import Fault, Invalid
from feedback_engine.foundation.i18n import gettext
from feedback_engine.foundation.instants import parse_instant, words_of
from feedback_engine.foundation.unit_of_work import Reading
from feedback_engine.foundation.web.access import actor, allow, scope
from feedback_engine.foundation.web.idempotency import once_per_key
from feedback_engine.foundation.web.paging import PAGING, cursor_of, limit_of

_TAG = re.compile(r'"([0-9]{1,9})"')
_PLAIN = [
    "ref",
    "revision",
    "kind",
    "severity",
    "state",
    "touchpoint",
    "score",
    "wants_contact",
    "root_cause",
    "outcome",
    "reopened_count",
    "ladder_rung",
    "settlement",
]
_INSTANTS = [
    "opened_at",
    "contact_due_at",
    "resolve_due_at",
    "due_at",
    "acknowledged_at",
    "contacted_at",
    "closed_at",
    "paused_at",
    "paused_until",
    "snoozed_until",
]


def add_to(endpoints: Blueprint, engine: Engine) -> None:
    """Add the endpoints to the blueprint."""

    @endpoints.get("/cases")
    @allow(scope("cases:read"), reads=(*PAGING, "partner", "state", "kind", "settlement"))
    def list_cases() -> dict[str, Any]:
        after, limit = cursor_of(request.args, 2), limit_of(request.args)
        with engine.work.read() as reading:
            page = cases.list_cases(reading, _filter(reading, request.args), after, limit)
        return page.document(case_document)

    @endpoints.get("/cases/<ref>")
    @allow(scope("cases:read"))
    def get_case(ref: str) -> Response:
        with engine.work.read() as reading:
            return _answer(reading, cases.get_visible_case(reading, EVERYTHING, ref))

    @endpoints.post("/cases/<ref>/actions")
    @allow(scope("cases:write"))
    @once_per_key
    def act(ref: str) -> Response:
        expected = _expected(request.headers.get("If-Match", ""))
        body = read_object()
        if body.get("action") in ACTIONS:
            return _regrouped(engine, ref, body, expected)
        with engine.work.read() as reading:
            case = cases.get_visible_case(reading, EVERYTHING, ref)
            action = None if body == {"action": "undo"} else _action(reading, body)
        try:
            if action is None:
                service.undo(engine.work, actor(), case.id, expected=expected)
            else:
                service.act(engine.work, actor(), case.id, action, expected=expected)
        except CaseMoved as moved:
            raise PreconditionFailed(moved.message) from None
        with engine.work.read() as reading:
            return _answer(reading, cases.get_visible_case(reading, EVERYTHING, ref))

    _add_regrouping(endpoints, engine)


def _add_regrouping(endpoints: Blueprint, engine: Engine) -> None:
    @endpoints.post("/cases/<ref>/merge")
    @allow(scope("cases:write"))
    @once_per_key
    def merge(ref: str) -> Response:
        return _regrouped(engine, ref, {**read_object(), "action": "merge"}, _expected(_if_match()))

    @endpoints.post("/cases/<ref>/split")
    @allow(scope("cases:write"))
    @once_per_key
    def split(ref: str) -> Response:
        return _regrouped(engine, ref, {**read_object(), "action": "split"}, _expected(_if_match()))


def _regrouped(engine: Engine, ref: str, body: Mapping[str, Any], expected: int | None) -> Response:
    try:
        case = regroup(engine, EVERYTHING, ref, body, expected)
    except CaseMoved as moved:
        raise PreconditionFailed(moved.message) from None
    with engine.work.read() as reading:
        return _answer(reading, case)


def _if_match() -> str:
    return request.headers.get("If-Match", "")


# ---- in


def _filter(reading: Reading, arguments: Mapping[str, str]) -> CaseFilter:
    """What the address narrows the list to. Raises Invalid for a value that does not exist."""
    for name, known in (("state", STATES), ("kind", KINDS), ("settlement", (cases.NOT_ASKED, *SETTLEMENTS))):
        if arguments.get(name) and arguments[name] not in known:
            words = gettext("Give one of {values}.", values=", ".join(known))
            raise Invalid(words, [Fault(f"/{name}", words)])
    company: tuple[UUID, ...] = ()
    if arguments.get("partner"):
        partner_id = directory.get_partner(reading, arguments["partner"]).id
        company = tuple(directory.companies_of(reading, [partner_id])[partner_id])
    return CaseFilter(
        EVERYTHING,
        state=arguments.get("state") or None,
        kind=arguments.get("kind") or None,
        company=company,
        settlement=arguments.get("settlement") or None,
    )


def _expected(header: str) -> int | None:
    """The revision of an If-Match header; None for `*`. Answers 428 without one, 412 for a tag that is not ours."""
    if not header:
        raise PreconditionRequired(gettext("Send If-Match with the ETag of the case as it was read."))
    if header.strip() == "*":
        return None
    found = _TAG.fullmatch(header.strip())
    if found is None:
        raise PreconditionFailed(gettext("This is not the ETag of a case."))
    return int(found[1])


def _action(reading: Reading, body: Mapping[str, Any]) -> Action:
    """The action of a body. Raises Invalid for an unknown one, and for fields that are missing, unknown or no text."""
    readers: dict[str, tuple[tuple[str, ...], Callable[..., Action]]] = {
        "acknowledge": ((), Acknowledge),
        "note": (("text",), Note),
        "log-contact": (
            ("channel", "outcome", "text", "root_cause", "sentiment", "promise", "promise_due_on", "contact"),
            contact_of,
        ),
        "resolve": (("outcome", "root_cause", "text", "found", "did"), _close),
        "assign": (("owner",), lambda owner="": Assign(owner_id_of(reading, owner))),
        "reopen": (("text",), Reopen),
        "dismiss": (("reason", "text"), Dismiss),
        "pause": (("reason", "text", "until"), lambda reason, text, until: Pause(reason, text, _instant(until))),
        "resume": ((), Resume),
        "snooze": (("until",), lambda until: Snooze(_instant(until) or reading.now)),
    }
    name = body.get("action")
    if not isinstance(name, str) or name not in readers:
        words = gettext("Give one of {values}.", values=", ".join(readers))
        raise Invalid(words, [Fault("/action", words)])
    fields, make = readers[name]
    given = {key: value for key, value in body.items() if key != "action"}
    unknown = gettext("There is no such field for this action.")
    faults = [Fault(f"/{key}", unknown) for key in sorted(given.keys() - set(fields))]
    faults += [
        Fault(f"/{key}", gettext("Give text.")) for key in fields if key in given and not isinstance(given[key], str)
    ]
    if faults:
        raise Invalid(gettext("This action cannot be carried out as it is."), faults)
    # What a field needs is decided by the flow of the case; an absent one is an empty one.
    texts = {key: given.get(key, "") for key in fields}
    return make(**texts | ({"root_cause": texts["root_cause"] or None} if name == "resolve" else {}))


def _close(outcome: str, root_cause: str | None, text: str, found: str, did: str) -> Close:
    """Whoever says what was found or done wants the partner to be asked about it."""
    return Close(outcome, root_cause, text, Letter(found, did) if found or did else None)


def _instant(text: str) -> datetime | None:
    """The instant of a field; None for an empty one. Raises Invalid at `/until`."""
    if not text:
        return None
    try:
        return parse_instant(text)
    except ValueError as error:
        words = words_of(error, gettext("Give an instant with its zone, such as 2026-03-10T09:00:00Z."))
        raise Invalid(words, [Fault("/until", words)]) from None


# ---- out


def _answer(reading: Reading, case: CaseView) -> Response:
    response = jsonify(_detail_document(cases.case_detail(reading, case)))
    response.headers["ETag"] = f'"{case.revision}"'
    return response


def case_document(case: CaseView) -> dict[str, Any]:
    """A case as programs read it. Words of partners are read at their response."""
    moments = {name: getattr(case, name) for name in _INSTANTS}
    return {
        "id": str(case.id),
        **{name: getattr(case, name) for name in _PLAIN},
        **{name: at.isoformat() if at else None for name, at in moments.items()},
        "partner": case.partner.key,
        "contact_id": str(case.contact.id) if case.contact else None,
        "response_id": str(case.response_id) if case.response_id else None,
        "owner": case.owner.email if case.owner else None,
        "team": case.team_name or None,
    }


def _detail_document(detail: CaseDetail) -> dict[str, Any]:
    return {
        **case_document(detail.case),
        "route": dict(detail.route),
        "alerts": [
            {
                "id": str(alert.id),
                "rule": alert.rule,
                "severity": alert.severity,
                "reason": alert.reason,
                "numbers": dict(alert.numbers),
                "why": alert.why,
            }
            for alert in detail.alerts
        ],
        "timeline": [_entry_document(entry) for entry in detail.together],
    }


def _entry_document(entry: EntryView) -> dict[str, Any]:
    return {
        "revision": entry.revision,
        "kind": entry.kind,
        "at": entry.at.isoformat(),
        "by": entry.actor_name,
        "by_kind": entry.actor_kind,
        "text": entry.text,
        **({"case": entry.case_ref} if entry.case_ref else {}),
        "detail": {name: value for name, value in entry.detail.items() if name != "before"},
    }
