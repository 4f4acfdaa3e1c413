"""Keys of the installation: links for one purpose each, and the keyed hash that names a person.

A link is `shard byte + row id + generation + 16-byte HMAC-SHA256` under the key of its purpose, so it needs no table,
one purpose never opens another, and raising a row's generation revokes it.
"""

from __future__ import annotations

import hmac
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as DecodingError
from collections.abc import Collection, Iterator
from hashlib import sha256
from uuid import UUID

from sqlalchemy import LargeBinary, insert, select
from sqlalchemy.exc import IntegrityError
from sqlmodel import Field, SQLModel

from feedback_engine.foundation import ids
from feedback_engine.foundation.tables import REFERENCE
from feedback_engine.foundation.unit_of_work import SYSTEM, Reading, Work

TAG_LENGTH = 16
TOKEN_LENGTH = 48
_BODY_LENGTH = 1 + 1 + 16 + 2
_MAX_GENERATION = 0xFFFF


class InstallationKey(SQLModel, table=True):
    """A random key made once per installation, or once per rotation (`number` rises)."""

    __tablename__ = "installation_key"
    __table_args__ = (REFERENCE,)

    name: str = Field(primary_key=True, max_length=40)
    number: int = Field(primary_key=True)
    secret: bytes = Field(sa_type=LargeBinary)


_TABLE = InstallationKey.__table__  # type: ignore[attr-defined]


class Keys:
    """Derives every key from the installation's secrets.

    `links` are the versions of the link secret, by number; the highest signs, all verify. `person_key` never rotates:
    it is what makes a suppressed person recognisable for ever.
    """

    def __init__(self, links: dict[int, bytes], person_key: bytes) -> None:
        self._links = links
        self._current = max(links)
        self._person_key = person_key
        self._purposes: dict[tuple[int, str], bytes] = {}

    def token(self, purpose: str, row_id: UUID, generation: int = 0) -> str:
        """The link text for a row: TOKEN_LENGTH characters of URL-safe base64."""
        if not 0 <= generation <= _MAX_GENERATION:
            raise ValueError(f"A generation lies in 0..{_MAX_GENERATION}, not {generation}.")
        number = self._current
        body = bytes((number & 0xFF, ids.shard_of(row_id))) + row_id.bytes + generation.to_bytes(2, "big")
        return urlsafe_b64encode(body + self._tag(number, purpose, body)).decode().rstrip("=")

    def open_token(self, purpose: str, text: str) -> tuple[UUID, int] | None:
        """The row id and generation a link was made for; None when it was not made by us for this purpose."""
        raw = _decode(text)
        if raw is None:
            return None
        body, tag = raw[:_BODY_LENGTH], raw[_BODY_LENGTH:]
        if body[0] not in self._links or not hmac.compare_digest(tag, self._tag(body[0], purpose, body)):
            return None
        return UUID(bytes=body[2:18]), int.from_bytes(body[18:20], "big")

    def tokens_in(self, purposes: Collection[str], signs: str) -> Iterator[tuple[int, int]]:
        """Where in a run of letters, digits, hyphens and underscores links of ours for these purposes begin and end."""
        # The first sign says six of the eight bits of the number, and few letters begin with it.
        first = "".join({urlsafe_b64encode(bytes((number & 0xFF,))).decode()[0] for number in self._links})
        for found in re.finditer(f"[{first}](?=.{{{TOKEN_LENGTH - 1}}})", signs):
            begins, ends = found.start(), found.start() + TOKEN_LENGTH
            head = urlsafe_b64decode(signs[begins : begins + 24])
            # The shard stands before the id and in it, which spares most of what is no link its signature.
            if (
                head[0] in self._links
                and head[1] == head[17]
                and any(self.open_token(each, signs[begins:ends]) for each in purposes)
            ):
                yield begins, ends

    def person(self, normalised_address: str) -> bytes:
        """The keyed hash (32 bytes) that names the person behind a normalised address."""
        return hmac.digest(self._person_key, normalised_address.encode(), sha256)

    def derive(self, purpose: str) -> bytes:
        """A 32-byte key for another use, such as signing sessions."""
        return hmac.digest(self._links[self._current], b"derive\n" + purpose.encode(), sha256)

    def _tag(self, number: int, purpose: str, body: bytes) -> bytes:
        key = self._purposes.get((number, purpose))
        if key is None:
            key = hmac.digest(self._links[number], b"link\n" + purpose.encode(), sha256)
            self._purposes[number, purpose] = key
        return hmac.digest(key, body, sha256)[:TAG_LENGTH]


def _decode(text: str) -> bytes | None:
    if len(text) != TOKEN_LENGTH or not text.isascii():
        return None
    try:
        raw = urlsafe_b64decode(text)
    except (DecodingError, ValueError):
        return None
    # Several texts may decode to the same bytes; only the one we would write is ours.
    return raw if urlsafe_b64encode(raw).decode() == text and len(raw) == _BODY_LENGTH + TAG_LENGTH else None


def load(work: Work, secret_key: str | None) -> Keys:
    """The keys of this installation, made at the first call and kept in the database.

    `secret_key`, when set, is mixed into the link keys, so that the database alone cannot forge a link.
    """
    with work.read() as reading:
        found = find(reading, secret_key)
    if found is not None:
        return found
    for name in ("links", "person"):
        _make(work, name)
    with work.read() as reading:
        made = find(reading, secret_key)
    assert made is not None  # both were written above, by us or by a faster process
    return made


def find(reading: Reading, secret_key: str | None) -> Keys | None:
    """The keys of this installation as they stand; None when they were not made yet."""
    links, person = _read(reading, "links"), _read(reading, "person")
    if not links or not person:
        return None
    mixed = {
        number: hmac.digest((secret_key or "").encode() or b"-", secret, sha256) for number, secret in links.items()
    }
    return Keys(mixed, person[1])


def _make(work: Work, name: str) -> None:
    with work.read() as reading:
        if _read(reading, name):
            return
    try:
        with work.begin(actor=SYSTEM) as uow:
            uow.connection.execute(insert(_TABLE).values(name=name, number=1, secret=ids.new_secret()))
    except IntegrityError:
        return  # Another process made it a moment ago, and that one counts.


def _read(reading: Reading, name: str) -> dict[int, bytes]:
    rows = reading.connection.execute(select(_TABLE.c.number, _TABLE.c.secret).where(_TABLE.c.name == name))
    return {row.number: bytes(row.secret) for row in rows}
