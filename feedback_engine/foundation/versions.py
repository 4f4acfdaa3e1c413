"""Immutable versions of definitions, and the append-only record of when each was put in force.

A version is named by the hash of its content, so the same content is the same version wherever it comes from.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, Generic, TypeVar
from uuid import UUID

import orjson
from sqlalchemy import Index, bindparam, insert, select, text
from sqlmodel import Field, SQLModel

from feedback_engine.foundation import ids
from feedback_engine.foundation.actors import kept_name
from feedback_engine.foundation.errors import NotFound
from feedback_engine.foundation.prepared import Prepared
from feedback_engine.foundation.tables import (
    REFERENCE,
    Instant,
    append_only,
    document_column,
    id_column,
    instant_column,
)
from feedback_engine.foundation.unit_of_work import Reading, UnitOfWork


class VersionRow(SQLModel, table=True):
    """The content of one version."""

    __tablename__ = "version"
    __table_args__ = (REFERENCE,)

    version: str = Field(primary_key=True, max_length=71)
    kind: str = Field(max_length=20)
    key: str = Field(max_length=200)
    body: dict[str, Any] = document_column()
    created_at: datetime = instant_column()


class ActivationRow(SQLModel, table=True):
    """From `from_at` on, this version is the one in force for its kind and key."""

    __tablename__ = "activation"
    __table_args__ = (Index("ix_activation_kind_key", "kind", "key", "from_at"), REFERENCE)

    id: UUID = id_column()
    kind: str = Field(max_length=20)
    key: str = Field(max_length=200)
    version: str = Field(max_length=71)
    from_at: datetime = instant_column()
    at: datetime = instant_column()
    by: str = Field(max_length=200)
    comment: str = Field(max_length=2000)


append_only(SQLModel.metadata.tables["version"])
append_only(SQLModel.metadata.tables["activation"])
_VERSION = VersionRow.__table__  # type: ignore[attr-defined]
_ACTIVATION = ActivationRow.__table__  # type: ignore[attr-defined]
_BEGUN = select(_ACTIVATION.c.key, _ACTIVATION.c.version, _ACTIVATION.c.from_at).where(
    _ACTIVATION.c.kind == bindparam("kind"), _ACTIVATION.c.from_at <= bindparam("at", type_=Instant)
)
_LATEST = Prepared(
    _BEGUN.where(_ACTIVATION.c.key == bindparam("key"))
    .order_by(_ACTIVATION.c.from_at.desc(), _ACTIVATION.c.id.desc())
    .limit(1)
)
_IN_ORDER = Prepared(_BEGUN.order_by(_ACTIVATION.c.from_at, _ACTIVATION.c.id))
_CONTENT = Prepared(select(_VERSION.c.body).where(_VERSION.c.version == bindparam("version")))
_BODIES: dict[str, dict[str, Any]] = {}
_BODIES_KEPT = 256

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class InForce:
    """A version that was in force at the instant asked for."""

    kind: str
    key: str
    version: str
    body: dict[str, Any]
    from_at: datetime


@dataclass(frozen=True, slots=True)
class Activation:
    """One line of the history of a definition."""

    kind: str
    key: str
    version: str
    from_at: datetime
    at: datetime
    by: str
    comment: str


def version_of(kind: str, body: dict[str, Any]) -> str:
    """The name of a version: `sha256:` and the hash of its kind and its canonical JSON (sorted keys, no spaces)."""
    canonical = orjson.dumps(body, option=orjson.OPT_SORT_KEYS)
    return "sha256:" + sha256(kind.encode() + b"\n" + canonical).hexdigest()


def lock_for_publishing(uow: UnitOfWork) -> None:
    """Let publications wait for each other, so that each sees what the one before put in force; readers go on.

    SQLite has one writer at a time anyway.
    """
    if uow.connection.dialect.name == "postgresql":
        uow.connection.execute(text("LOCK TABLE activation IN SHARE ROW EXCLUSIVE MODE"))


def publish(uow: UnitOfWork, kind: str, key: str, body: dict[str, Any]) -> str:
    """Store `body` as a version, unless the same content is stored already; returns its name."""
    version = version_of(kind, body)
    known = uow.connection.execute(select(_VERSION.c.version).where(_VERSION.c.version == version)).first()
    if known is None:
        uow.connection.execute(
            insert(_VERSION).values(version=version, kind=kind, key=key, body=body, created_at=uow.now)
        )
    return version


def activate(
    uow: UnitOfWork, kind: str, key: str, version: str, from_at: datetime | None = None, comment: str = ""
) -> None:
    """Put `version` in force from `from_at` (default: now). Rolling back is a new activation of an old version."""
    uow.connection.execute(
        insert(_ACTIVATION).values(
            id=ids.new_reference_id(),
            kind=kind,
            key=key,
            version=version,
            from_at=from_at or uow.now,
            at=uow.now,
            by=kept_name(uow.actor),
            comment=comment,
        )
    )


def in_force(reading: Reading, kind: str, key: str, at: datetime | None = None) -> InForce | None:
    """What was in force at `at` (default: now); of two activations from the same instant the later one wins."""
    row = _LATEST.first(reading.connection, kind=kind, key=key, at=at or reading.now)
    return None if row is None else _in_force(reading, kind, row)


def all_in_force(reading: Reading, kind: str, at: datetime | None = None) -> list[InForce]:
    """What was in force of each key of this kind at `at` (default: now), by key, with one statement."""
    rows = _IN_ORDER.all(reading.connection, kind=kind, at=at or reading.now)
    latest = {row[0]: row for row in rows}
    return [_in_force(reading, kind, latest[key]) for key in sorted(latest)]


class Made(Generic[T]):
    """What `make` makes of one or more versions, remembered by their names: their content can never change."""

    def __init__(self, make: Callable[..., T], kept: int = 64) -> None:
        self._make = make
        self._kept = kept
        self._known: dict[tuple[str, ...], T] = {}

    def of(self, *found: InForce) -> T:
        """What is made of these versions, in this order."""
        names = tuple([each.version for each in found])
        made = self._known.get(names)
        if made is None:
            made = self._make(*found)
            if len(self._known) >= self._kept:
                self._known.clear()
            self._known[names] = made
        return made


def _in_force(reading: Reading, kind: str, row: tuple[Any, ...]) -> InForce:
    key, version, from_at = row
    return InForce(kind, key, version, _body(reading, version), from_at)


def _body(reading: Reading, version: str) -> dict[str, Any]:
    """The content of a version, remembered by this process: it is named by its hash and can never change."""
    body = _BODIES.get(version)
    if body is None:
        body = get(reading, version)
        if len(_BODIES) >= _BODIES_KEPT:
            _BODIES.clear()
        _BODIES[version] = body
    return body


def keys(reading: Reading, kind: str) -> list[str]:
    """Every key of this kind that was ever put in force, in order."""
    query = select(_ACTIVATION.c.key).where(_ACTIVATION.c.kind == kind).distinct().order_by(_ACTIVATION.c.key)
    return list(reading.connection.execute(query).scalars())


def get(reading: Reading, version: str) -> dict[str, Any]:
    """The content of a version. Raises NotFound."""
    row = _CONTENT.first(reading.connection, version=version)
    if row is None:
        raise NotFound(f"There is no version {version}.")
    return dict(row[0])


def history(reading: Reading, kind: str, key: str) -> list[Activation]:
    """The activations of a definition, newest first."""
    query = (
        select(_ACTIVATION)
        .where(_ACTIVATION.c.kind == kind, _ACTIVATION.c.key == key)
        .order_by(_ACTIVATION.c.from_at.desc(), _ACTIVATION.c.id.desc())
    )
    return [
        Activation(row.kind, row.key, row.version, row.from_at, row.at, row.by, row.comment)
        for row in reading.connection.execute(query)
    ]
