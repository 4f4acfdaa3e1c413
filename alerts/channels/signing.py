"""Pure. The signature of a webhook, as the Standard Webhooks specification has it (version 1, symmetric)."""

from __future__ import annotations

import hmac
from base64 import b64encode
from datetime import datetime
from hashlib import sha256

SECRET_PREFIX = "whsec_"


def sign(secret: bytes, message_id: str, at: datetime, body: bytes) -> dict[str, str]:
    """The headers that let a receiver check who sent `body`, and when: HMAC-SHA256 of `id.timestamp.body`."""
    timestamp = str(int(at.timestamp()))
    signed = b".".join((message_id.encode(), timestamp.encode(), body))
    return {
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": "v1," + b64encode(hmac.digest(secret, signed, sha256)).decode(),
    }


def show_secret(secret: bytes) -> str:
    """The secret in the form in which receivers' libraries take it."""
    return SECRET_PREFIX + b64encode(secret).decode()
