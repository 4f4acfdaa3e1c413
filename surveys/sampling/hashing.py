"""Pure. The sampling hash: a draw in [0, 1) for each event and touchpoint that anybody can compute again.

    u = fmix64(event key XOR salt) / 2**64          salt = first 8 bytes, big-endian, of sha256(touchpoint key)

fmix64 is the finaliser of MurmurHash3 (Austin Appleby, public domain, 2011).
"""

from __future__ import annotations

from functools import lru_cache
from hashlib import sha256
from math import ceil

_MASK = (1 << 64) - 1
TWO_64 = 1 << 64


def fmix64(key: int) -> int:
    """Mix 64 bits so that each input bit moves each output bit with probability near one half."""
    key ^= key >> 33
    key = (key * 0xFF51AFD7ED558CCD) & _MASK
    key ^= key >> 33
    key = (key * 0xC4CEB9FE1A85EC53) & _MASK
    return key ^ (key >> 33)


@lru_cache(maxsize=4096)
def salt_of(touchpoint: str) -> int:
    """The 64-bit salt of a touchpoint, made of its key."""
    return int.from_bytes(sha256(touchpoint.encode()).digest()[:8], "big")


def person_key(person: bytes) -> int:
    """The 64-bit key of a person, for panels that should stay the same from event to event."""
    return int.from_bytes(person[:8], "big")


def draw(key: int, salt: int) -> int:
    """The draw as a whole number, 0 to 2**64 - 1; divided by 2**64 it is `u`."""
    return fmix64(key ^ salt)


def threshold(rate: float) -> int:
    """The first draw that is not taken at this rate: `draw >= threshold(rate)` is exactly `u >= rate`.

    Doubles times 2**64 are exact, while dividing a draw by 2**64 may round up to 1.
    """
    return ceil(rate * TWO_64)
