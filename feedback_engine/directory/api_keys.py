"""Writes and recognises API keys: shown once, kept as a hash.

A key is 32 random bytes beside the id of its row. Nobody can guess those, so a plain SHA-256 keeps them as well as a
slow hash would, and does not cost each request a tenth of a second.
"""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from uuid import UUID

from feedback_engine.directory import store, store_staff
from feedback_engine.directory.scopes import read_scopes
from feedback_engine.directory.views import ApiKeyView
from feedback_engine.foundation import ids
from feedback_engine.foundation.actors import kept_name
from feedback_engine.foundation.errors import Conflict, Fault, Invalid, NotFound
from feedback_engine.foundation.i18n import gettext
from feedback_engine.foundation.plain_text import one_line
from feedback_engine.foundation.unit_of_work import Reading, UnitOfWork

_PREFIX = "fek_"
_SECRET_LENGTH = 32
_TEXT_LENGTH = (16 + _SECRET_LENGTH) * 4 // 3


@dataclass(frozen=True, slots=True)
class NewApiKey:
    """A key as it is shown once: what is kept, and the text that opens."""

    view: ApiKeyView
    key: str


def add_api_key(uow: UnitOfWork, name: str, scopes: Iterable[str]) -> NewApiKey:
    """Make a key. Raises Invalid for an empty name or an unknown scope."""
    granted = read_scopes(scopes)
    view = ApiKeyView(ids.new_reference_id(), _key_name(name), granted, uow.now, kept_name(uow.actor)[:200], None)
    secret = ids.new_secret(_SECRET_LENGTH)
    row = {
        "id": view.id,
        "name": view.name,
        "secret_hash": sha256(secret).digest(),
        "scopes": list(granted),
        "created_at": uow.now,
        "created_by": view.created_by,
        "revoked_at": None,
    }
    store.insert_missing(uow.connection, store_staff.API_KEY, [row])
    uow.audit("api_key.added", "api_key", str(view.id), {"scopes": list(granted)})
    return NewApiKey(view, _PREFIX + urlsafe_b64encode(view.id.bytes + secret).decode())


def revoke_api_key(uow: UnitOfWork, key_id: UUID) -> None:
    """End a key at once. Raises NotFound for an unknown one, Conflict when it was revoked before."""
    if store_staff.revoke_api_key(uow.connection, key_id, uow.now):
        uow.audit("api_key.revoked", "api_key", str(key_id))
        return
    if store_staff.find_api_key(uow.connection, key_id) is None:
        raise NotFound(gettext("There is no such API key."))
    raise Conflict(gettext("This API key was revoked already."))


def find_api_key(reading: Reading, text: str) -> ApiKeyView | None:
    """The key in force that `text` is; None for anything else."""
    parts = _decode(text)
    if parts is None:
        return None
    found = store_staff.find_api_key(reading.connection, parts[0])
    if found is None or found[0].revoked_at is not None:
        return None
    view, secret_hash = found
    return view if hmac.compare_digest(sha256(parts[1]).digest(), secret_hash) else None


def _key_name(name: str) -> str:
    try:
        cleaned = one_line(name, 100)
    except ValueError as error:
        raise Invalid(str(error), [Fault("/name", str(error))]) from None
    if not cleaned:
        words = gettext("Give the key a name that says who uses it.")
        raise Invalid(words, [Fault("/name", words)])
    return cleaned


def _decode(text: str) -> tuple[UUID, bytes] | None:
    body = text.removeprefix(_PREFIX)
    if body == text or len(body) != _TEXT_LENGTH or not body.isascii():
        return None
    try:
        raw = urlsafe_b64decode(body)
    except ValueError:  # not a text of whole bytes
        return None
    return (UUID(bytes=raw[:16]), raw[16:]) if urlsafe_b64encode(raw).decode() == body else None
