"""The API of transfers: `POST /transfers`, previewed with `?dry_run=1`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Blueprint, request

from alerts import service
from alerts.handover import duties
from alerts.handover.duties import Transfer, TransferPreview
from alerts.reading import EVERYTHING
from alerts.web.inputs import owner_id_of, read_object
from alerts.web.transfer_pages import read_transfer
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.errors import Fault, Invalid
from feedback_engine.foundation.i18n import gettext
from feedback_engine.foundation.unit_of_work import Reading
from feedback_engine.foundation.web.access import actor, allow, scope
from feedback_engine.foundation.web.idempotency import once_per_key

_KNOWN = frozenset({"from", "to", "partners", "open_cases"})


def add_to(endpoints: Blueprint, engine: Engine) -> None:
    """Add the endpoint to the blueprint."""

    @endpoints.post("/transfers")
    @allow(scope("partners:write"), reads=("dry_run",))
    @once_per_key
    def transfer_partners() -> dict[str, Any]:
        body = read_object()
        with engine.work.read() as reading:
            wanted = _read(reading, body)
            if request.args.get("dry_run") not in (None, "", "0"):
                return {"dry_run": True, **_foreseen(duties.preview_transfer(reading, wanted))}
        moved = service.transfer(engine.work, actor(), wanted)
        counts = {"partners": moved.partners, "open_cases": moved.open_cases, "promises": moved.promises}
        return {"dry_run": False, **counts}


def _read(reading: Reading, body: Mapping[str, Any]) -> Transfer:
    """Raises Invalid with a pointer to each field that is wrong or unknown."""
    faults = [Fault(f"/{name}", gettext("There is no such field; remove it.")) for name in sorted(body.keys() - _KNOWN)]
    keys = body.get("partners", [])
    if not isinstance(keys, list) or not all(isinstance(key, str) for key in keys):
        faults.append(Fault("/partners", gettext("Give a list of partner keys.")))
    for name in ("from", "to", "open_cases"):
        if not isinstance(body.get(name) or "", str):
            faults.append(Fault(f"/{name}", gettext("Give text.")))
    if faults:
        raise Invalid(gettext("This transfer cannot be read."), faults)
    return read_transfer(
        reading,
        EVERYTHING,
        from_=_staff(reading, "from", body.get("from")),
        to=_staff(reading, "to", body.get("to")),
        keys=keys,
        cases=body.get("open_cases") or "move",
    )


def _staff(reading: Reading, name: str, text: str | None) -> UUID | None:
    """The member of staff of an address or id; the refusal points to the field that named them."""
    if not text:
        return None
    try:
        return owner_id_of(reading, text)
    except Invalid as error:
        raise Invalid(error.message, [Fault(f"/{name}", error.message)]) from None


def _foreseen(preview: TransferPreview) -> dict[str, Any]:
    return {
        "to": preview.to.email,
        "open_cases_are": {"move": "moved", "finish": "left to their owner"}[preview.open_cases],
        "partners": [partner.key for partner in preview.partners],
        "open_cases": [case.ref for case in preview.cases],
        "promises": [str(promise.id) for promise in preview.promises],
        "unsent_invitations": preview.unsent,
        "asked_in_the_old_name": [
            {"partner": each.partner.key, "owner": each.owner.email, "mails": each.mails, "last_at": _instant(each)}
            for each in preview.asked
        ],
    }


def _instant(asked: duties.AskedBy) -> str:
    return asked.last_at.isoformat()
