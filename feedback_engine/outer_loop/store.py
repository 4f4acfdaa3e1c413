"""All SQL of the outer loop."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, delete, func, insert, select, update

from feedback_engine.foundation import ids
from feedback_engine.foundation.actors import kept_name
from feedback_engine.foundation.unit_of_work import Reading, UnitOfWork
from feedback_engine.outer_loop.models import Initiative, InitiativeStep, Theme, ThemeEvidence

_THEME = Theme.__table__  # type: ignore[attr-defined]
_EVIDENCE = ThemeEvidence.__table__  # type: ignore[attr-defined]
_INITIATIVE = Initiative.__table__  # type: ignore[attr-defined]
_STEP = InitiativeStep.__table__  # type: ignore[attr-defined]


def known_cases(reading: Reading, case_ids: Collection[UUID]) -> set[UUID]:
    """Those of the cases that are evidence already."""
    query = select(_EVIDENCE.c.case_id).where(
        _EVIDENCE.c.shard.in_({ids.shard_of(case_id) for case_id in case_ids}), _EVIDENCE.c.case_id.in_(list(case_ids))
    )
    return set(reading.connection.execute(query).scalars())


def insert_evidence(uow: UnitOfWork, rows: Sequence[dict[str, Any]]) -> None:
    """Keep closed cases as evidence."""
    if rows:
        uow.connection.execute(insert(_EVIDENCE), list(rows))


def delete_evidence(uow: UnitOfWork, case_id: UUID, closed_at: datetime) -> UUID | None:
    """Take back the evidence of a case that was closed at this instant; the theme it belonged to, if any."""
    of_case = (
        _EVIDENCE.c.shard == ids.shard_of(case_id),
        _EVIDENCE.c.case_id == case_id,
        _EVIDENCE.c.closed_at == closed_at,
    )
    theme_id: UUID | None = uow.connection.execute(select(_EVIDENCE.c.theme_id).where(*of_case)).scalar()
    uow.connection.execute(delete(_EVIDENCE).where(*of_case))
    return theme_id


def free(uow: UnitOfWork, evidence: Sequence[Row[Any]]) -> None:
    """Let evidence belong to no theme again."""
    for row in evidence:
        of_row = (_EVIDENCE.c.shard == row.shard, _EVIDENCE.c.id == row.id)
        uow.connection.execute(update(_EVIDENCE).where(*of_row).values(theme_id=None))


def delete_open_theme(uow: UnitOfWork, theme_id: UUID) -> bool:
    """Take an open theme away; False when somebody settled it."""
    statement = delete(_THEME).where(_THEME.c.id == theme_id, _THEME.c.state == "open")
    return uow.connection.execute(statement).rowcount == 1


def free_evidence(reading: Reading, root_cause: str, since: datetime) -> list[Row[Any]]:
    """Evidence of a root cause closed since an instant that belongs to no theme."""
    query = select(_EVIDENCE.c.shard, _EVIDENCE.c.id).where(
        _EVIDENCE.c.root_cause == root_cause, _EVIDENCE.c.closed_at >= since, _EVIDENCE.c.theme_id.is_(None)
    )
    return list(reading.connection.execute(query))


def attach(uow: UnitOfWork, evidence: Sequence[Row[Any]], theme_id: UUID) -> None:
    """Give free evidence to a theme."""
    for row in evidence:
        uow.connection.execute(
            update(_EVIDENCE)
            .where(_EVIDENCE.c.shard == row.shard, _EVIDENCE.c.id == row.id, _EVIDENCE.c.theme_id.is_(None))
            .values(theme_id=theme_id)
        )


def current_theme(reading: Reading, root_cause: str) -> UUID | None:
    """The theme that takes new evidence of a root cause: the open one, else one whose initiative is under way."""
    under_way = select(_INITIATIVE.c.theme_id).where(
        _INITIATIVE.c.theme_id.is_not(None), _INITIATIVE.c.state.in_(("proposed", "accepted", "started"))
    )
    query = (
        select(_THEME.c.id)
        .where(_THEME.c.root_cause == root_cause)
        .where((_THEME.c.state == "open") | _THEME.c.id.in_(under_way))
        .order_by(_THEME.c.opened_at.desc())
        .limit(1)
    )
    found: UUID | None = reading.connection.execute(query).scalar()
    return found


def insert_theme(uow: UnitOfWork, root_cause: str) -> UUID:
    """Open a theme."""
    theme_id = ids.new_reference_id()
    uow.connection.execute(
        insert(_THEME).values(id=theme_id, root_cause=root_cause, state="open", opened_at=uow.now, reason="")
    )
    return theme_id


def settle_theme(uow: UnitOfWork, theme_id: UUID, state: str, reason: str) -> bool:
    """Take a theme out of the open ones; False when it was settled meanwhile."""
    changed = uow.connection.execute(
        update(_THEME)
        .where(_THEME.c.id == theme_id, _THEME.c.state == "open")
        .values(state=state, settled_at=uow.now, reason=reason)
    ).rowcount
    return changed == 1


def themes(reading: Reading, theme_ids: Collection[UUID] | None = None, state: str | None = None) -> list[Row[Any]]:
    """Themes with the number of their cases and partners, newest first."""
    evidence = (
        select(
            _EVIDENCE.c.theme_id,
            func.count().label("cases"),
            func.count(_EVIDENCE.c.partner_id.distinct()).label("partners"),
        )
        .where(_EVIDENCE.c.theme_id.is_not(None))
        .group_by(_EVIDENCE.c.theme_id)
        .subquery()
    )
    query = select(_THEME, evidence.c.cases, evidence.c.partners).join(evidence, evidence.c.theme_id == _THEME.c.id)
    if theme_ids is not None:
        query = query.where(_THEME.c.id.in_(list(theme_ids)))
    if state is not None:
        query = query.where(_THEME.c.state == state)
    return list(reading.connection.execute(query.order_by(_THEME.c.opened_at.desc())))


def evidence_of(reading: Reading, theme_id: UUID) -> list[Row[Any]]:
    """The cases of a theme, newest first."""
    query = select(_EVIDENCE).where(_EVIDENCE.c.theme_id == theme_id).order_by(_EVIDENCE.c.closed_at.desc())
    return list(reading.connection.execute(query))


def insert_initiative(uow: UnitOfWork, values: dict[str, Any]) -> UUID:
    """Keep a new initiative; its number follows the highest."""
    initiative_id = ids.new_reference_id()
    # The unique number makes a race fail loudly; initiatives are made by people, a few a month.
    number = (uow.connection.execute(select(func.max(_INITIATIVE.c.number))).scalar() or 0) + 1
    uow.connection.execute(
        insert(_INITIATIVE).values(id=initiative_id, number=number, revision=1, created_at=uow.now, **values)
    )
    return initiative_id


def insert_step(uow: UnitOfWork, initiative_id: UUID, state: str, comment: str) -> None:
    """Keep one step of an initiative."""
    uow.connection.execute(
        insert(_STEP).values(
            id=ids.new_reference_id(),
            initiative_id=initiative_id,
            at=uow.now,
            actor_name=kept_name(uow.actor),
            state=state,
            comment=comment,
        )
    )


def move_initiative(uow: UnitOfWork, initiative_id: UUID, revision: int, values: dict[str, Any]) -> bool:
    """Change an initiative if it still is at `revision`."""
    changed = uow.connection.execute(
        update(_INITIATIVE)
        .where(_INITIATIVE.c.id == initiative_id, _INITIATIVE.c.revision == revision)
        .values(revision=revision + 1, **values)
    ).rowcount
    return changed == 1


def initiatives(reading: Reading, number: int | None = None) -> list[Row[Any]]:
    """Initiatives, newest first."""
    query = select(_INITIATIVE).order_by(_INITIATIVE.c.number.desc())
    if number is not None:
        query = query.where(_INITIATIVE.c.number == number)
    return list(reading.connection.execute(query))


def steps_of(reading: Reading, initiative_id: UUID) -> list[Row[Any]]:
    """The steps of an initiative, newest first."""
    query = select(_STEP).where(_STEP.c.initiative_id == initiative_id).order_by(_STEP.c.id.desc())
    return list(reading.connection.execute(query))
