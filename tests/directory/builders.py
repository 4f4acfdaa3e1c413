"""Builders for tests of the directory: each makes one thing with sensible words and lets the test say what matters."""

from __future__ import annotations

from functools import cache
from uuid import UUID

from feedback_engine.directory import service
from feedback_engine.directory.views import ContactView, PartnerView, StaffView
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.unit_of_work import SYSTEM


def partner(engine: Engine, key: str = "acme", **fields: object) -> PartnerView:
    """A confirmed partner."""
    with engine.work.begin(actor=SYSTEM) as uow:
        return service.upsert_partner(uow, service.read_partner({"key": key, **fields}))


def contact(engine: Engine, of: PartnerView, email: str = "ana@acme.example", **fields: object) -> ContactView:
    """A contact of a partner."""
    with engine.work.begin(actor=SYSTEM) as uow:
        return service.upsert_contact(uow, engine.keys, of, service.read_contact({"email": email, **fields}))


def staff(
    engine: Engine,
    email: str = "dana@ours.example",
    role: str = "alliance_manager",
    team: UUID | None = None,
    password: str | None = None,
    **fields: object,
) -> StaffView:
    """One of our people."""
    password_hash = _hash_of(password) if password else None
    with engine.work.begin(actor=SYSTEM) as uow:
        named = {"name": email.partition("@")[0], **fields}
        wanted = service.read_staff({"email": email, "role": role, "team_id": team, **named})
        return service.add_staff(uow, wanted, password_hash)


@cache
def _hash_of(password: str) -> str:
    """Made once: a hash is slow on purpose, and most people in tests have the same password."""
    return service.hash_password(password)


def team(engine: Engine, name: str) -> UUID:
    """A team, by its id."""
    with engine.work.begin(actor=SYSTEM) as uow:
        return service.ensure_team(uow, name).id


def owned(engine: Engine, by: StaffView, *partners: PartnerView) -> None:
    """Let somebody answer for partners from now on."""
    with engine.work.begin(actor=SYSTEM) as uow:
        service.assign_owners(uow, [(each.id, by.id) for each in partners])
