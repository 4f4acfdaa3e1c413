"""Hashes and checks passwords with argon2id, two at a time, so that guessing cannot use up the machine."""

from __future__ import annotations

from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from feedback_engine.foundation.errors import Fault, Invalid
from feedback_engine.foundation.i18n import gettext

SHORTEST_PASSWORD = 12
LONGEST_PASSWORD = 200

# OWASP's second choice for argon2id: 19 MiB, two passes, one lane. The library's default took 1.5 s on a small server.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
_TWO_AT_A_TIME = BoundedSemaphore(2)
# The hash of no password, so that an unknown address costs a guesser as much time as a known one.
_NOBODY = "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$0000000000000000000000000000000000000000000"


def hash_password(password: str) -> str:
    """The hash to keep. Takes some 30 ms: call it before a transaction. Raises Invalid when it is too short or long."""
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        words = gettext(
            "A password has {shortest} to {longest} characters; a few words in a row are easy to keep in mind.",
            shortest=SHORTEST_PASSWORD,
            longest=LONGEST_PASSWORD,
        )
        raise Invalid(words, [Fault("/password", words)])
    with _TWO_AT_A_TIME:
        return _HASHER.hash(password)


def is_password(password: str, password_hash: str | None) -> bool:
    """Whether `password` is the one that was hashed; False, and as slowly, when there is no hash to compare with."""
    if len(password) > LONGEST_PASSWORD:
        return False
    with _TWO_AT_A_TIME:
        try:
            return _HASHER.verify(password_hash or _NOBODY, password) and password_hash is not None
        except (VerificationError, InvalidHashError):
            return False
