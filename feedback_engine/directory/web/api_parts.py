"""What the directory's endpoints share: reading JSON strictly, writing one or many, the shape of what goes out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import orjson
from flask import request
from werkzeug.exceptions import BadRequest, UnsupportedMediaType

from feedback_engine.directory import reading as directory
from feedback_engine.directory.changes import Upserted
from feedback_engine.directory.views import PartnerView
from feedback_engine.foundation.errors import Conflict, Fault, Invalid, NotFound
from feedback_engine.foundation.i18n import gettext
from feedback_engine.foundation.unit_of_work import UnitOfWork, Work
from feedback_engine.foundation.web.access import actor

MOST_AT_ONCE = 1_000
_UNIT = 100

Answer = tuple[dict[str, Any], int]
Wanted = TypeVar("Wanted")
Write = Callable[[UnitOfWork, Sequence[Wanted]], Sequence[Upserted[Any]]]


def read_json() -> Any:
    """The JSON in the body of this request: 415 for another content type, 400 for what is not JSON."""
    if request.mimetype != "application/json":
        raise UnsupportedMediaType(gettext("Send application/json."))
    try:
        return orjson.loads(request.get_data())
    except orjson.JSONDecodeError as error:
        raise BadRequest(gettext("The body is not JSON: {reason}.", reason=error.msg)) from None


def named_partner(work: Work, body: Any, field: str) -> PartnerView:
    """The partner whose key stands in a field of the body. Raises Invalid at the field."""
    key = body.get(field) if isinstance(body, dict) else None
    if not isinstance(key, str):
        words = gettext("Give the key of a partner.")
        raise Invalid(words, [Fault(f"/{field}", words)])
    with work.read() as reading:
        partner = directory.find_partner(reading, key.strip())
    if partner is None:
        words = gettext("There is no partner with this key; send the partner first.")
        raise Invalid(words, [Fault(f"/{field}", words)])
    return partner


def write_one_or_many(work: Work, body: Any, read: Callable[[Any], Wanted], write: Write[Wanted]) -> Answer:
    """Write one object, or a list of up to 1,000; a wrong item of a list is reported by index, the rest is stored.

    One object answers 201 when it was created and 200 otherwise; a list answers 200 with an item for each.
    Raises Invalid (with pointers) for a wrong single object, and for a list that is empty or too long.
    """
    if not isinstance(body, list):
        [result] = _write_all(work, [read(body)], write)
        if result.fault is not None:
            raise Invalid(result.fault.detail, [result.fault])
        return {"id": str(result.view.id), "status": result.outcome}, 201 if result.outcome == "created" else 200
    if not 1 <= len(body) <= MOST_AT_ONCE:
        words = gettext("Send 1 to {most} objects at once.", most=MOST_AT_ONCE)
        raise Invalid(words, [Fault("", words)])
    items: list[dict[str, Any]] = [{}] * len(body)
    sound: dict[int, Wanted] = {}
    for index, raw in enumerate(body):
        try:
            sound[index] = read(raw)
        except (Invalid, NotFound, Conflict) as error:
            items[index] = rejected(index, error)
    for index, result in zip(sound, _write_all(work, list(sound.values()), write), strict=True):
        items[index] = _item(index, result)
    return {"items": items}, 200


def _write_all(work: Work, wanted: Sequence[Wanted], write: Write[Wanted]) -> list[Upserted[Any]]:
    """Write by small units of work, so that nobody waits long for the write lock."""
    results: list[Upserted[Any]] = []
    for start in range(0, len(wanted), _UNIT):
        with work.begin(actor=actor()) as uow:
            results += write(uow, wanted[start : start + _UNIT])
    return results


def rejected(index: int, error: Invalid | NotFound | Conflict) -> dict[str, Any]:
    """The item of a list for an input that was not written."""
    faults = error.faults if isinstance(error, Invalid) else ()
    told = [{"pointer": fault.pointer, "detail": fault.detail} for fault in faults]
    return {"index": index, "status": "rejected", "errors": told or [{"pointer": "", "detail": error.message}]}


def _item(index: int, result: Upserted[Any]) -> dict[str, Any]:
    if result.fault is not None:
        return rejected(index, Invalid(result.fault.detail, [result.fault]))
    return {"index": index, "status": result.outcome, "id": str(result.view.id)}
