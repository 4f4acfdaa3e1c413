"""All SQL about staff, their absences, teams and API keys."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, Select, bindparam, func, select

from feedback_engine.directory import models
from feedback_engine.directory.store import OWNERSHIP, STAFF, STAFF_COLUMNS, table_of, where_in
from feedback_engine.directory.views import AbsenceView, ApiKeyView, StaffView, TeamView
from feedback_engine.foundation.prepared import Prepared
from feedback_engine.foundation.tables import Instant

TEAM = table_of(models.Team)
API_KEY = table_of(models.ApiKey)
ABSENCE = table_of(models.Absence)

_KEY_COLUMNS = [API_KEY.c[field.name] for field in fields(ApiKeyView)]
_ABSENCE_COLUMNS = [ABSENCE.c[field.name] for field in fields(AbsenceView)]
_ALL_STAFF = Prepared(
    select(*STAFF_COLUMNS).order_by(STAFF.c.disabled_at.is_not(None), func.lower(STAFF.c.name), STAFF.c.id)
)
_ALL_TEAMS = Prepared(select(TEAM.c.id, TEAM.c.name).order_by(func.lower(TEAM.c.name), TEAM.c.id))
_AT = bindparam("at", type_=Instant)
_ABSENT_AT = Prepared(select(*_ABSENCE_COLUMNS).where(ABSENCE.c.from_at <= _AT, ABSENCE.c.until_at > _AT))
_UNTIL = bindparam("until", type_=Instant)
_ABSENT_BETWEEN = Prepared(select(*_ABSENCE_COLUMNS).where(ABSENCE.c.from_at <= _UNTIL, ABSENCE.c.until_at > _AT))
_ONE_KEY = Prepared(select(*_KEY_COLUMNS, API_KEY.c.secret_hash).where(API_KEY.c.id == bindparam("id")))


@dataclass(frozen=True, slots=True)
class Credentials:
    """What signing in compares; never shown."""

    staff: StaffView
    password_hash: str | None
    credential_version: int
    link_generation: int
    link_until: datetime | None


# ---- staff


def staff_by_email(connection: Connection, emails: Iterable[str]) -> list[StaffView]:
    """The staff of these normalised addresses."""
    return [StaffView(*row) for row in where_in(connection, select(*STAFF_COLUMNS), STAFF.c.email, emails)]


def list_staff(connection: Connection) -> list[StaffView]:
    """All staff, active ones first, by name."""
    return [StaffView(*row) for row in _ALL_STAFF.all(connection)]


def owned_counts(connection: Connection) -> dict[UUID, int]:
    """How many partners each owner answers for now."""
    query = select(OWNERSHIP.c.staff_id, func.count()).where(OWNERSHIP.c.to_at.is_(None)).group_by(OWNERSHIP.c.staff_id)
    return {row[0]: row[1] for row in connection.execute(query)}


def lock_staff(connection: Connection) -> list[StaffView]:
    """All active staff, held still until the transaction ends, so that two cannot be the last admin at once."""
    query = select(*STAFF_COLUMNS).where(STAFF.c.disabled_at.is_(None)).order_by(STAFF.c.id).with_for_update()
    return [StaffView(*row) for row in connection.execute(query)]


def update_staff(connection: Connection, staff_id: UUID, **values: Any) -> bool:
    """Set columns of one member of staff; False when there is none."""
    return connection.execute(STAFF.update().where(STAFF.c.id == staff_id).values(**values)).rowcount == 1


def end_sign_ins(connection: Connection, staff_id: UUID) -> None:
    """Make every session and every sign-in link of a member of staff worthless."""
    update_staff(
        connection,
        staff_id,
        credential_version=STAFF.c.credential_version + 1,
        link_generation=STAFF.c.link_generation + 1,
        link_until=None,
    )


# ---- credentials


def credentials_by_email(connection: Connection, email: str) -> Credentials | None:
    """What signing in with this normalised address compares."""
    row = connection.execute(_credentials().where(STAFF.c.email == email)).first()
    return _credentials_of(row) if row is not None else None


def credentials_by_id(connection: Connection, staff_id: UUID) -> Credentials | None:
    """What a session or a link of this member of staff is compared with."""
    row = connection.execute(_credentials().where(STAFF.c.id == staff_id)).first()
    return _credentials_of(row) if row is not None else None


def _credentials() -> Select[*tuple[Any, ...]]:
    return select(
        STAFF.c.password_hash, STAFF.c.credential_version, STAFF.c.link_generation, STAFF.c.link_until, *STAFF_COLUMNS
    )


def _credentials_of(row: Row[*tuple[Any, ...]]) -> Credentials:
    password_hash, credential_version, link_generation, link_until, *staff = row
    return Credentials(StaffView(*staff), password_hash, credential_version, link_generation, link_until)


def spend_link(connection: Connection, staff_id: UUID, generation: int, now: datetime) -> bool:
    """Use up a sign-in link if it is the last one made, still valid, and not used before."""
    statement = STAFF.update().where(
        STAFF.c.id == staff_id,
        STAFF.c.link_generation == generation,
        STAFF.c.link_until > now,
        STAFF.c.disabled_at.is_(None),
    )
    return connection.execute(statement.values(link_generation=generation + 1, link_until=None)).rowcount == 1


# ---- absences


def absences_at(connection: Connection, at: datetime) -> list[AbsenceView]:
    """Who is away at an instant."""
    return [AbsenceView(*row) for row in _ABSENT_AT.all(connection, at=at)]


def absences_between(connection: Connection, from_at: datetime, until_at: datetime) -> list[AbsenceView]:
    """Who is away at any instant of a time."""
    return [AbsenceView(*row) for row in _ABSENT_BETWEEN.all(connection, at=from_at, until=until_at)]


def find_absence(connection: Connection, staff_id: UUID) -> AbsenceView | None:
    """The absence that somebody has set, past or to come."""
    row = connection.execute(select(*_ABSENCE_COLUMNS).where(ABSENCE.c.staff_id == staff_id)).first()
    return AbsenceView(*row) if row is not None else None


def update_absence(connection: Connection, staff_id: UUID, **values: Any) -> None:
    """Change what somebody has set."""
    connection.execute(ABSENCE.update().where(ABSENCE.c.staff_id == staff_id).values(**values))


def delete_absence(connection: Connection, staff_id: UUID) -> bool:
    """Forget an absence; False when there was none."""
    return connection.execute(ABSENCE.delete().where(ABSENCE.c.staff_id == staff_id)).rowcount == 1


# ---- teams


def list_teams(connection: Connection) -> list[TeamView]:
    """All teams, by name."""
    return [TeamView(*row) for row in _ALL_TEAMS.all(connection)]


# ---- API keys


def list_api_keys(connection: Connection) -> list[ApiKeyView]:
    """All keys, those in force first, then by age."""
    query = select(*_KEY_COLUMNS).order_by(API_KEY.c.revoked_at.is_not(None), API_KEY.c.id)
    return [_key_view(row) for row in connection.execute(query)]


def find_api_key(connection: Connection, key_id: UUID) -> tuple[ApiKeyView, bytes] | None:
    """A key and the hash of its secret."""
    row = _ONE_KEY.first(connection, id=key_id)
    return (_key_view(row[:-1]), bytes(row[-1])) if row is not None else None


def revoke_api_key(connection: Connection, key_id: UUID, now: datetime) -> bool:
    """End a key if it is still in force."""
    statement = API_KEY.update().where(API_KEY.c.id == key_id, API_KEY.c.revoked_at.is_(None))
    return connection.execute(statement.values(revoked_at=now)).rowcount == 1


def _key_view(row: Any) -> ApiKeyView:
    key_id, name, scopes, *rest = row
    return ApiKeyView(key_id, name, tuple(scopes), *rest)
