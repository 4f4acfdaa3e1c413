"""Reads what people and programs send about cases."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import orjson
from flask import request
from werkzeug.exceptions import BadRequest, UnsupportedMediaType

from alerts.words import refusal
from feedback_engine.directory import reading as directory
from feedback_engine.foundation.errors import Fault, Invalid
from feedback_engine.foundation.i18n import gettext
from feedback_engine.foundation.plain_text import as_counted
from feedback_engine.foundation.unit_of_work import Reading


def typed_form() -> dict[str, str]:
    """What the form of this request holds, as it was typed."""
    return {name: as_counted(text) for name, text in request.form.items()}


def read_object() -> Mapping[str, Any]:
    """The JSON object in the body of this request: 415 for another content type, 400 for no JSON, 422 for no object."""
    if request.mimetype != "application/json":
        raise UnsupportedMediaType(gettext("Send application/json."))
    try:
        body = orjson.loads(request.get_data())
    except orjson.JSONDecodeError as error:
        raise BadRequest(gettext("The body is not JSON: {reason}.", reason=error.msg)) from None
    if not isinstance(body, dict):
        words = gettext("Give an object of named fields.")
        raise Invalid(words, [Fault("", words)])
    return body


def owner_id_of(reading: Reading, text: str) -> UUID:
    """The member of staff meant by an id or a mail address. Raises Invalid at `/owner`."""
    try:
        return UUID(text)
    except ValueError:
        member = directory.find_staff_by_email(reading, text)
    if member is None:
        message = refusal("owner_unknown")
        raise Invalid(message, [Fault("/owner", message)])
    return member.id
