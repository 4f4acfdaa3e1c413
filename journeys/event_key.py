"""Pure. The 64-bit key of an event, made once at intake from its source and id.

    key = first 8 bytes, big-endian, of sha256(source + "\\n" + id)

The sampling hash builds on it, so it never changes. Databases have no unsigned 64-bit column: it is stored as the
signed number with the same bits.
"""

from __future__ import annotations

from hashlib import sha256

_BITS = 64


def event_key(source: str, external_id: str) -> int:
    """The unsigned key, 0 to 2**64 - 1, of the event `external_id` of `source`."""
    return int.from_bytes(sha256(f"{source}\n{external_id}".encode()).digest()[:8], "big")


def to_signed(key: int) -> int:
    """The same 64 bits read as a signed number, as the database keeps them."""
    return key - (1 << _BITS) if key >= 1 << (_BITS - 1) else key


def to_unsigned(stored: int) -> int:
    """The key behind a stored number."""
    return stored & ((1 << _BITS) - 1)


def shard_of_event_key(key: int) -> int:
    """The shard, 0 to 255, under which the intake of this event is deduplicated: the first byte of its key."""
    return key >> (_BITS - 8)
