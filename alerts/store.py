"""All SQL of the alert slice about alerts, cases and their timelines (what hangs on them: the stores of the rooms)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Integer, Row, Select, and_, bindparam, false, func, literal, or_, select, tuple_, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError

from alerts.casework import list_store, mention_store, waiting_store
from alerts.casework.flow import WAITING_STATES
from alerts.models import Alert, CaseCounter, CaseEntry, Casework
from alerts.regrouping import home_store
from alerts.settling.models import LadderStep
from feedback_engine.directory.reading import Viewer, partner_is, visible_to
from feedback_engine.foundation import bulk, ids
from feedback_engine.foundation.errors import Conflict
from feedback_engine.foundation.prepared import Prepared
from feedback_engine.foundation.records import record_of
from feedback_engine.foundation.tables import Instant
from feedback_engine.foundation.unit_of_work import Reading, UnitOfWork

_CASE = Casework.__table__  # type: ignore[attr-defined]
_ALERT = Alert.__table__  # type: ignore[attr-defined]
_ENTRY = CaseEntry.__table__  # type: ignore[attr-defined]
_COUNTER = CaseCounter.__table__  # type: ignore[attr-defined]
_STEP = LadderStep.__table__  # type: ignore[attr-defined]

CaseRow = Row[Any]
_CASE_RECORD = record_of(_CASE.c)
_CASES_BY_ID = bulk.Lookup(list(_CASE.c), by=[_CASE.c.shard, _CASE.c.id])
_OPEN_BY_PARTNER = bulk.Lookup(
    list(_CASE.c), by=[_CASE.c.shard, _CASE.c.partner_id], where=_CASE.c.state != literal("closed")
)
_WAKING = (
    select(_CASE)
    .where(_CASE.c.wakes_at.is_not(None), _CASE.c.wakes_at <= bindparam("now", type_=Instant))
    .order_by(_CASE.c.wakes_at, _CASE.c.id)
    .limit(bindparam("most", type_=Integer))
)
_WAKING_ANYWHERE = Prepared(_WAKING)
_NEXT_WAKING = Prepared(
    select(_CASE.c.wakes_at).where(_CASE.c.wakes_at.is_not(None)).order_by(_CASE.c.wakes_at, _CASE.c.id).limit(1)
)
_REF = re.compile(r"(?:[Cc]-)?([0-9]{1,15})")
VIEWS = ("review", "mine", "brought", "team", "breaching", "snoozed", "closed", "mentions")
"""The views of the inbox; `team` is every open case the viewer may see, `review` those of them nobody has looked at.

`brought` are the conflicts in which the viewer mediates, or that escalated to them. What was put aside stands in
`snoozed` alone, until it wakes; `mentions` names the viewer, until they open it.
"""

ON_ME = "on_me"
"""All that waits for the viewer: `mine`, `brought` and `mentions` together, each case once."""

NOT_ASKED = "none"
"""The filter for cases about whose end no partner was asked."""

CONTACT_KINDS = ("recovery", "callback")
"""Kinds in which somebody is about to talk with the person; a thank-you keeps nobody from being asked."""


class TwinOpen(Conflict):
    """A partner has at most one open case for each group of touchpoints and kind."""


# ---- writing


def take_numbers(uow: UnitOfWork, shards: Iterable[int]) -> dict[int, list[int]]:
    """One case number for each mention of a shard, rising within it: counter * 256 + shard."""
    numbers = {}
    # In one order everywhere, or two workers could wait for each other.
    for shard, count in sorted(Counter(shards).items()):
        last = _raise_counter(uow, shard, count)
        numbers[shard] = [counter * ids.SHARD_COUNT + shard for counter in range(last - count + 1, last + 1)]
    return numbers


def _raising(dialect: Any) -> Any:
    """The statement that raises the counter of a shard, or makes it."""
    statement = dialect.insert(_COUNTER).values(
        shard=bindparam("of_shard"), id=bindparam("of_id"), last=bindparam("count")
    )
    return statement.on_conflict_do_update(
        index_elements=["shard", "id"], set_={"last": _COUNTER.c.last + statement.excluded.last}
    ).returning(_COUNTER.c.last)


_RAISE = {"sqlite": Prepared(_raising(sqlite)), "postgresql": Prepared(_raising(postgresql))}


def _raise_counter(uow: UnitOfWork, shard: int, count: int) -> int:
    raised = _RAISE[uow.connection.dialect.name]
    [(last,)] = raised.all(uow.connection, of_shard=shard, of_id=UUID(int=shard), count=count)
    return int(last)


def insert_cases(uow: UnitOfWork, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write new cases."""
    bulk.insert_rows(uow.connection, _CASE, rows)


def insert_alerts(uow: UnitOfWork, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write alerts; the cases they belong to must stand already."""
    bulk.insert_rows(uow.connection, _ALERT, rows)


def insert_entries(uow: UnitOfWork, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write lines of timelines."""
    bulk.insert_rows(uow.connection, _ENTRY, rows)


def entry_row(
    case_id: UUID, revision: int, kind: str, *, text: str | None = None, detail: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """A line of a timeline, still without its instant and actor (`by` adds them)."""
    return {
        **ids.new_key(case_id),
        "case_id": case_id,
        "revision": revision,
        "kind": kind,
        "text": text,
        "detail": dict(detail or {}),
    }


def by(uow: UnitOfWork) -> dict[str, Any]:
    """When and by whom an entry is written."""
    actor = uow.actor
    return {"at": uow.now, "actor_kind": actor.kind, "actor_id": actor.id, "actor_name": actor.name}


def change_case(uow: UnitOfWork, case_id: UUID, expected: int, values: Mapping[str, Any]) -> None:
    """Change a case that is still at revision `expected`. Raises Conflict when it has moved on, TwinOpen when it would
    be the second open case of its group."""
    statement = (
        update(_CASE)
        .where(_CASE.c.shard == ids.shard_of(case_id), _CASE.c.id == case_id, _CASE.c.revision == expected)
        .values(**uow.stamped(values))
    )
    try:
        changed = uow.connection.execute(statement).rowcount
    except IntegrityError as error:
        raise TwinOpen("Another case of the same group is open.") from error
    if changed != 1:
        raise Conflict("The case changed meanwhile.")


def hold_open_cases(
    uow: UnitOfWork, *, partner_ids: Iterable[UUID] | None = None, owner_id: UUID | None = None
) -> list[CaseRow]:
    """The open cases of these partners, of this owner, or both; nobody else changes them until the transaction ends."""
    query = select(_CASE).where(_CASE.c.state != "closed").order_by(_CASE.c.id).with_for_update()
    if partner_ids is not None:
        query = query.where(_of_partners(_CASE, partner_ids))
    if owner_id is not None:
        query = query.where(_CASE.c.owner_id == owner_id)
    return list(uow.connection.execute(query))


# ---- reading what a batch of answers meets


def open_cases_of(reading: Reading, partner_ids: Iterable[UUID]) -> list[CaseRow]:
    """The open cases of these partners."""
    keys = [(ids.shard_of(each), each) for each in partner_ids]
    return list(map(_CASE_RECORD._make, _OPEN_BY_PARTNER.rows(reading.connection, keys)))


def open_cases_of_owner(reading: Reading, owner_id: UUID) -> list[CaseRow]:
    """The open cases of a member of staff, by when they are due."""
    query = select(_CASE).where(_CASE.c.owner_id == owner_id, _CASE.c.state != "closed")
    return list(reading.connection.execute(query.order_by(_CASE.c.due_at, _CASE.c.id)))


def transferred_to(reading: Reading, owner_id: UUID) -> list[tuple[Mapping[str, Any], CaseRow]]:
    """The open cases of an owner that came with their partner: the details of the entry that says so, and the case."""
    query = (
        select(_ENTRY.c.detail.label("told"), _CASE)
        .join(_CASE, and_(_CASE.c.shard == _ENTRY.c.shard, _CASE.c.id == _ENTRY.c.case_id))
        .where(_CASE.c.owner_id == owner_id, _CASE.c.state != "closed", _ENTRY.c.kind == "transferred")
        .order_by(_CASE.c.due_at, _CASE.c.id)
    )
    return [(row.told, row) for row in reading.connection.execute(query)]


def cases_of_responses(reading: Reading, response_ids: Collection[UUID]) -> list[tuple[UUID, CaseRow]]:
    """The cases that alerts on these responses opened or joined, each with the response it came from."""
    if not response_ids:
        return []
    query = home_store.alerts_now().where(_keys(_ALERT, "response_id", response_ids))
    found = {(row.response_id, row.case_id) for row in reading.connection.execute(query)}
    cases = {row.id: row for row in cases_by_id(reading, {case_id for _, case_id in found})}
    return [(response_id, cases[case_id]) for response_id, case_id in sorted(found)]


def alerted_rules(reading: Reading, response_ids: Collection[UUID]) -> set[tuple[UUID, str]]:
    """Which rules have fired on these responses before."""
    if not response_ids:
        return set()
    query = select(_ALERT.c.response_id, _ALERT.c.rule).where(_keys(_ALERT, "response_id", response_ids))
    return {(row.response_id, row.rule) for row in reading.connection.execute(query)}


def cases_to_wake(reading: Reading, limit: int, shards: Sequence[int] | None = None) -> list[CaseRow]:
    """Cases on which something is due by now, earliest first. Looks in `shards`, None for all."""
    asked = {"now": reading.now, "most": limit}
    if shards is None:
        return list(map(_CASE_RECORD._make, _WAKING_ANYWHERE.all(reading.connection, **asked)))
    return list(reading.connection.execute(_WAKING.where(_CASE.c.shard.in_(shards)), asked))


def next_waking(reading: Reading) -> datetime | None:
    """When something is due next on any case, which may be past."""
    return next((wakes_at for (wakes_at,) in _NEXT_WAKING.all(reading.connection)), None)


# ---- reading cases


def case_by_id(reading: Reading, case_id: UUID) -> CaseRow | None:
    """One case."""
    query = select(_CASE).where(_CASE.c.shard == ids.shard_of(case_id), _CASE.c.id == case_id)
    return reading.connection.execute(query).first()


def case_by_number(reading: Reading, number: int) -> CaseRow | None:
    """The case that people know by this number."""
    query = select(_CASE).where(_CASE.c.shard == number % ids.SHARD_COUNT, _CASE.c.number == number)
    return reading.connection.execute(query).first()


def cases_by_id(reading: Reading, case_ids: Iterable[UUID]) -> list[CaseRow]:
    """Several cases, in no order."""
    keys = [(ids.shard_of(each), each) for each in case_ids]
    return list(map(_CASE_RECORD._make, _CASES_BY_ID.rows(reading.connection, keys)))


def cases_of_partners(reading: Reading, partner_ids: Iterable[UUID], limit: int) -> list[CaseRow]:
    """The newest cases of these partners."""
    query = select(_CASE).where(_of_partners(_CASE, partner_ids)).order_by(_CASE.c.opened_at.desc(), _CASE.c.id.desc())
    return list(reading.connection.execute(query.limit(limit)))


@dataclass(frozen=True, slots=True)
class CaseFilter:
    """Which cases a list shows. `viewer` limits it to what they may see; `view` is one of VIEWS or None for all.

    `soon` are the instants before which a due time counts as close, by calendar, under None for any other. `sought` are
    letters of the partner's name, or a reference as people write it. `oldest_first` orders open ones by since when
    their partner waits, who was reached behind all others; `gravest_first` by severity and then by time left. `company`
    are the partners that are one by their aliases; empty for all.
    """

    viewer: Viewer
    view: str | None = None
    soon: Mapping[str | None, datetime] = field(default_factory=dict)
    state: str | None = None
    kind: str | None = None
    partner_id: UUID | None = None
    severity: str | None = None
    touchpoint: str | None = None
    owner_id: UUID | None = None
    unowned: bool = False
    tier: str = ""
    sought: str = ""
    settlement: str | None = None
    oldest_first: bool = False
    gravest_first: bool = False
    company: tuple[UUID, ...] = ()


def list_cases(reading: Reading, wanted: CaseFilter, after: tuple[datetime, UUID] | None, limit: int) -> list[CaseRow]:
    """Cases by time left, thank-yous behind all others; closed ones by closing time, newest first.

    `after` is the instant and id of the last row before.
    """
    column, falling = _order(wanted)
    ranked = wanted.view is not None and not falling
    parts = {"gravest_first": wanted.gravest_first, "waiting_first": wanted.oldest_first}
    query = select(_CASE, *(() if column.name in _CASE.c else (column,))).where(*_conditions(wanted))
    if after is not None:
        at, case_id = after
        beyond = (column < at, _CASE.c.id < case_id) if falling else (column > at, _CASE.c.id > case_id)
        following = or_(beyond[0], and_(column == at, beyond[1]))
        query = query.where(list_store.follows(case_id, following, **parts) if ranked else following)
    order = (column.desc(), _CASE.c.id.desc()) if falling else (column, _CASE.c.id)
    first = (list_store.rank(**parts),) if ranked else ()
    return list(reading.connection.execute(query.order_by(*first, *order).limit(limit)))


def count_cases(reading: Reading, wanted: CaseFilter) -> int:
    """How many cases a list would show."""
    query: Select[Any] = select(func.count()).select_from(_CASE).where(*_conditions(wanted))
    return int(reading.connection.execute(query).scalar_one())


def find_visible(reading: Reading, viewer: Viewer, case_id: UUID) -> CaseRow | None:
    """The case, if the viewer may see it."""
    query = select(_CASE).where(_CASE.c.shard == ids.shard_of(case_id), _CASE.c.id == case_id, _visible(viewer))
    return reading.connection.execute(query).first()


def visible_by_number(reading: Reading, viewer: Viewer, numbers: Iterable[int]) -> list[CaseRow]:
    """Those of the cases of these numbers that the viewer may see, in no order."""
    keys = [(number % ids.SHARD_COUNT, number) for number in set(numbers)]
    query = select(_CASE).where(tuple_(_CASE.c.shard, _CASE.c.number).in_(keys), _visible(viewer))
    return list(reading.connection.execute(query))


def order_instant(wanted: CaseFilter, row: CaseRow) -> datetime:
    """The instant by which `list_cases` orders a row; it goes into the cursor."""
    instant: datetime = getattr(row, _order(wanted)[0].name)
    return instant


def _order(wanted: CaseFilter) -> tuple[Any, bool]:
    """The column a list is ordered by, and whether the newest comes first."""
    if wanted.view == "closed":
        return _CASE.c.closed_at, True
    if wanted.oldest_first:
        return waiting_store.waited_since(), False
    return (_CASE.c.due_at, False) if wanted.view else (_CASE.c.opened_at, True)


def _conditions(wanted: CaseFilter) -> list[Any]:
    conditions = [_visible(wanted.viewer)]
    if wanted.view == "mentions":
        # Closed or open: somebody was asked to look.
        conditions.append(mention_store.names_unopened(wanted.viewer.id))
    elif wanted.view not in (None, ON_ME):
        conditions.append(_CASE.c.state == "closed" if wanted.view == "closed" else _CASE.c.state != "closed")
    if wanted.view in ("review", "mine", "team", "breaching"):
        conditions.append(_CASE.c.snoozed_until.is_(None))
    if wanted.view == "snoozed":
        conditions.append(_CASE.c.snoozed_until.is_not(None))
    if wanted.view == "review":
        conditions.append(_CASE.c.state.in_(WAITING_STATES))
    elif wanted.view == "mine":
        conditions.append(_CASE.c.owner_id == wanted.viewer.id)
    elif wanted.view == "brought":
        conditions.append(_brought_to(wanted.viewer))
    elif wanted.view == ON_ME:
        own = and_(_CASE.c.owner_id == wanted.viewer.id, _CASE.c.snoozed_until.is_(None))
        theirs = and_(_CASE.c.state != "closed", or_(own, _brought_to(wanted.viewer)))
        conditions.append(or_(theirs, mention_store.names_unopened(wanted.viewer.id)))
    elif wanted.view == "breaching":
        conditions.append(list_store.is_close(wanted.soon))
    for column in ("state", "kind", "partner_id", "severity", "touchpoint", "owner_id"):
        value = getattr(wanted, column)
        if value is not None:
            conditions.append(_CASE.c[column] == value)
    if wanted.partner_id is not None:
        conditions.append(_CASE.c.shard == ids.shard_of(wanted.partner_id))
    if wanted.company:
        conditions.append(_of_partners(_CASE, wanted.company))
    if wanted.unowned:
        conditions.append(_CASE.c.owner_id.is_(None))
    if wanted.tier:
        conditions.append(partner_is(_CASE.c.shard, _CASE.c.partner_id, tier=wanted.tier))
    if wanted.settlement is not None:
        unasked = wanted.settlement == NOT_ASKED
        conditions.append(_CASE.c.settlement.is_(None) if unasked else _CASE.c.settlement == wanted.settlement)
    if wanted.sought:
        conditions.append(_sought(wanted.sought))
    return conditions


def _sought(text: str) -> Any:
    number = number_of(text)
    of_ref = false() if number is None else and_(_CASE.c.shard == number % ids.SHARD_COUNT, _CASE.c.number == number)
    return or_(partner_is(_CASE.c.shard, _CASE.c.partner_id, named=text), of_ref)


def number_of(ref: str) -> int | None:
    """The number in a reference such as C-1042, or a number alone; None for any other text."""
    found = _REF.fullmatch(ref)
    return int(found[1]) if found else None


def _visible(viewer: Viewer) -> Any:
    """Own cases, the team's, those of every partner the viewer may see, and conflicts that were brought to them.

    The last ones while their rung is open: whoever has said what they find does not look in for ever.
    """
    theirs = [
        _CASE.c.owner_id == viewer.id,
        visible_to(viewer, _CASE.c.shard, _CASE.c.partner_id),
        _brought_to(viewer),
    ]
    if viewer.team_id is not None:
        theirs.append(_CASE.c.team_id == viewer.team_id)
    return or_(*theirs)


def _brought_to(viewer: Viewer) -> Any:
    """Conflicts that wait for the viewer: as mediator until they say what they find, or as escalation contact.

    None for who works on no cases any more: they were brought to somebody who did.
    """
    if viewer.role == "viewer":
        return false()
    waiting = select(_STEP.c.shard, _STEP.c.case_id).where(_STEP.c.staff_id == viewer.id, _STEP.c.ended_at.is_(None))
    return tuple_(_CASE.c.shard, _CASE.c.id).in_(waiting)


def visible(viewer: Viewer) -> Any:
    """The condition under which a viewer may see a case: own ones, the team's, those of partners they may see."""
    return _visible(viewer)


def closed_with_cause(reading: Reading, root_cause: str | None, touchpoint: str | None, limit: int) -> list[CaseRow]:
    """Closed cases that have a root cause (this one, at this touchpoint), newest first."""
    query = select(_CASE).where(_CASE.c.state == "closed", _CASE.c.root_cause.is_not(None))
    if root_cause is not None:
        query = query.where(_CASE.c.root_cause == root_cause)
    if touchpoint is not None:
        query = query.where(_CASE.c.touchpoint == touchpoint)
    return list(reading.connection.execute(query.order_by(_CASE.c.closed_at.desc(), _CASE.c.id.desc()).limit(limit)))


def open_case_persons(reading: Reading, persons: Iterable[bytes]) -> set[bytes]:
    """Those of the persons whom somebody is about to call because of an answer of theirs."""
    awaiting = (_CASE.c.state != "closed", _CASE.c.kind.in_(CONTACT_KINDS))
    query = (
        select(_ALERT.c.person)
        .join(_CASE, and_(_CASE.c.shard == _ALERT.c.shard, _CASE.c.id == _ALERT.c.case_id))
        .where(_ALERT.c.person.in_(sorted(set(persons))), *awaiting)
        .where(~home_store.is_elsewhere())
        .distinct()
    )
    found = {bytes(person) for person in reading.connection.execute(query).scalars()}
    moved = home_store.moved_alerts(reading, persons)
    if moved:
        open_ids = select(_CASE.c.id).where(_keys(_CASE, "id", {case_id for _, case_id in moved}), *awaiting)
        awaited = set(reading.connection.execute(open_ids).scalars())
        found |= {person for person, case_id in moved if case_id in awaited}
    return found


# ---- reading timelines and alerts


def entries_of(reading: Reading, case_id: UUID, after_revision: int = 0) -> list[CaseRow]:
    """The timeline of a case from a revision on, oldest first."""
    query = select(_ENTRY).where(
        _ENTRY.c.shard == ids.shard_of(case_id), _ENTRY.c.case_id == case_id, _ENTRY.c.revision > after_revision
    )
    return list(reading.connection.execute(query.order_by(_ENTRY.c.revision)))


def alerts_of_cases(reading: Reading, case_ids: Iterable[UUID]) -> list[CaseRow]:
    """The alerts of these cases, oldest first."""
    return home_store.alerts_at(reading, case_ids)


def alerts_page(reading: Reading, before: tuple[Any, UUID] | None, limit: int) -> list[CaseRow]:
    """Alerts, newest first; `before` is the instant and id of the last one of the page before."""
    query = home_store.alerts_now().order_by(_ALERT.c.raised_at.desc(), _ALERT.c.id.desc()).limit(limit)
    if before is not None:
        at, alert_id = before
        query = query.where(or_(_ALERT.c.raised_at < at, and_(_ALERT.c.raised_at == at, _ALERT.c.id < alert_id)))
    return list(reading.connection.execute(query))


def alert_by_id(reading: Reading, alert_id: UUID) -> CaseRow | None:
    """One alert."""
    query = home_store.alerts_now().where(_ALERT.c.shard == ids.shard_of(alert_id), _ALERT.c.id == alert_id)
    return reading.connection.execute(query).first()


def responses_with_case(reading: Reading, response_ids: Iterable[UUID]) -> dict[UUID, UUID]:
    """The case of each of these responses that has one."""
    query = home_store.alerts_now().where(_keys(_ALERT, "response_id", response_ids))
    return {row.response_id: row.case_id for row in reading.connection.execute(query)}


# ---- keys


def _keys(table: Any, column: str, row_ids: Iterable[UUID]) -> Any:
    """Rows whose `column` holds one of these ids; their shard stands in each id."""
    return tuple_(table.c.shard, table.c[column]).in_([(ids.shard_of(row_id), row_id) for row_id in set(row_ids)])


def _of_partners(table: Any, partner_ids: Iterable[UUID]) -> Any:
    return _keys(table, "partner_id", partner_ids)
