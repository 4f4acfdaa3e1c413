"""Ids and secrets: UUIDv7 whose last byte is the shard, and random bytes for keys.

A row about a partner carries its partner's shard in its id, so that any id leads to its shard without a look-up.
"""

from __future__ import annotations

import secrets
from functools import lru_cache
from hashlib import sha256
from typing import Any
from uuid import UUID, SafeUUID

import uuid_utils

SHARD_COUNT = 256
REFERENCE_SHARD = 0
_SHARD_BITS = SHARD_COUNT - 1
_REMEMBERED = 8192


def shard_of_key(key: str) -> int:
    """The shard, 0 to 255, of a partner's external key (or of an event's natural key): one byte of its SHA-256."""
    return sha256(key.encode()).digest()[0]


def new_id(shard: int) -> UUID:
    """A UUIDv7 whose last byte is `shard`; ids made by one process rise in the order they are made.

    Raises ValueError if the shard lies outside 0..255.
    """
    if not 0 <= shard < SHARD_COUNT:
        raise ValueError(f"A shard lies in 0..255, not {shard}.")
    return _of_number(uuid_utils.uuid7().int & ~_SHARD_BITS | shard)


@lru_cache(maxsize=_REMEMBERED)
def from_bytes(raw: bytes) -> UUID:
    """The id behind its 16 bytes.

    Remembered, because one batch meets the same partner, contact and event in many rows, and equal ids are compared
    fastest when they are one.
    """
    return _of_number(int.from_bytes(raw, "big"))


def _of_number(number: int) -> UUID:
    """`UUID(int=number)`, three times as fast: it does not ask in which of six forms the id was given."""
    made = object.__new__(UUID)
    object.__setattr__(made, "int", number)
    object.__setattr__(made, "is_safe", SafeUUID.unknown)
    return made


def shard_of(row_id: UUID) -> int:
    """The shard written into an id by `new_id`."""
    return row_id.int & _SHARD_BITS


def new_key(beside: UUID) -> dict[str, Any]:
    """The primary key of a new row, in the shard of another row of the same partner: its columns `shard` and `id`."""
    shard = shard_of(beside)
    return {"shard": shard, "id": new_id(shard)}


def new_reference_id() -> UUID:
    """An id for a row that belongs to no partner."""
    return new_id(REFERENCE_SHARD)


def new_secret(length: int = 32) -> bytes:
    """`length` unpredictable bytes."""
    return secrets.token_bytes(length)


def new_secret_text(length: int = 32) -> str:
    """`length` unpredictable bytes as URL-safe text, for keys shown once to a person."""
    return secrets.token_urlsafe(length)


def jitter() -> float:
    """A number in [0, 1) for spreading retries; never used where a decision must be repeatable."""
    return secrets.randbelow(1 << 53) / (1 << 53)
