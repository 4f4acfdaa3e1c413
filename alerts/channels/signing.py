"""Pure. The signature of a webhook, as the Standard Webhooks specification has it (version 1, symmetric)."""

from __future__ import annotations

import hmac
from base64 import b64encode
from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256

SECRET_PREFIX = "whsec_"


def sign(secrets: Sequence[bytes], message_id: str, at: datetime, body: bytes) -> dict[str, str]:
    """The headers that let a receiver check who sent `body`, and when: HMAC-SHA256 of `id.timestamp.body`.

    Each secret adds its signature, with a blank between; while a secret is rotated, a receiver finds one it can check.
    """
    timestamp = str(int(at.timestamp()))
    signed = b".".join((message_id.encode(), timestamp.encode(), body))
    signatures = [b64encode(hmac.digest(secret, signed, sha256)).decode() for secret in secrets]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(f"v1,{signature}" for signature in signatures),
    }


def show_secret(secret: bytes) -> str:
    """The secret in the form in which receivers' libraries take it."""
    return SECRET_PREFIX + b64encode(secret).decode()
