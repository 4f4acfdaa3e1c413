"""Owns who a request comes from: the session that a sign-in left behind, or an API key."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

from flask import Request, session

from feedback_engine.directory import service, sign_in
from feedback_engine.directory.views import StaffView
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.web.access import ApiPrincipal, LoadPrincipal, Principal, StaffPrincipal, is_api

SESSION_LASTS = timedelta(days=7)
_BEARER = "bearer "


def principal_loader(engine: Engine) -> LoadPrincipal:
    """What `access.install` asks who is there: programs show a key in each request, people have a session."""

    def load_principal(request: Request) -> Principal | None:
        # A cookie opens no API: else any other site could use it through the browser of somebody signed in.
        return _load_program(engine, request) if is_api(request.path) else _load_staff(engine)

    return load_principal


def begin_session(staff_id: UUID, credential_version: int, now: datetime, *, by_link: bool = False) -> None:
    """Remember in the browser's cookie whom this session is for, and on which credentials it stands."""
    session.clear()
    session["staff"] = str(staff_id)
    session["version"] = credential_version
    session["until"] = int((now + SESSION_LASTS).timestamp())
    session["by_link"] = by_link


def end_session() -> None:
    """Forget whom this browser belongs to."""
    session.clear()


def came_by_link() -> bool:
    """Whether this session began with a sign-in link, so that its holder may set a password without the old one."""
    return bool(session.get("by_link"))


def principal_of(staff: StaffView) -> StaffPrincipal:
    """A member of staff as the access rules know them."""
    return StaffPrincipal(
        staff.id,
        staff.name,
        staff.email,
        staff.role,
        staff.team_id,
        staff.locale,
        staff.time_zone,
        single_keys=staff.single_keys is not False,
    )


def _load_staff(engine: Engine) -> StaffPrincipal | None:
    staff_id, version, until = session.get("staff"), session.get("version"), session.get("until")
    if not isinstance(staff_id, str) or not isinstance(version, int) or not isinstance(until, int):
        return None
    if datetime.fromtimestamp(until, UTC) <= engine.clock.now():
        return None
    with engine.work.read() as reading:
        staff = sign_in.find_session_staff(reading, UUID(staff_id), version)
    return principal_of(staff) if staff is not None else None


def _load_program(engine: Engine, request: Request) -> ApiPrincipal | None:
    header = request.headers.get("Authorization", "")
    if header[: len(_BEARER)].lower() != _BEARER:
        return None
    with engine.work.read() as reading:
        key = service.find_api_key(reading, header[len(_BEARER) :].strip())
    return ApiPrincipal(key.id, key.name, frozenset(key.scopes)) if key is not None else None
