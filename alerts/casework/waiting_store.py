"""The SQL of who waits for us: since when a case is open, and since when its partner has not heard from us."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Row, Text, and_, case, cast, exists, func, not_, or_, select, tuple_, union_all

from alerts.models import CaseEntry, Casework
from alerts.regrouping import home_store
from feedback_engine.foundation import ids
from feedback_engine.foundation.tables import Instant
from feedback_engine.foundation.unit_of_work import Reading

_CASE = Casework.__table__  # type: ignore[attr-defined]
_ENTRY = CaseEntry.__table__  # type: ignore[attr-defined]
_DONE = _ENTRY.alias("done")


def _holds(table: Any, text: str) -> Any:
    """Whether the details of a line hold this text, a name or a value in quotation marks."""
    return cast(table.c.detail, Text).contains(f'"{text}"')


# Whoever calls a case unsettled has waited all along if nobody reached them: their word opens it, but not anew. A
# reopening that was taken back left the case closed, so the latest of an open case stands.
_OPENED_AGAIN = and_(_ENTRY.c.kind == "reopened", _holds(_ENTRY, "closed_at"))
# What is said by answers their alerts tell: of those that were split off since, no line of the case is one any more.
_SAID = or_(
    _OPENED_AGAIN,
    _ENTRY.c.kind.in_(("score_changed", "partner_partly", "partner_disputed")),
    and_(_ENTRY.c.kind == "partner_replied", not_(_holds(_ENTRY, "automatic"))),
)
# As `casework.flow.reaches` has it.
_TALKED = or_(_holds(_DONE, "talked"), and_(_holds(_DONE, "mail"), _holds(_DONE, "left_message")))
_REACHED = or_(_DONE.c.kind.in_(("replied", "invited")), and_(_DONE.c.kind == "contact_logged", _TALKED))


class Waiting(NamedTuple):
    """Since when a case is open; since when its partner waits, None if they were reached since; when they were."""

    open_since: datetime
    waits_since: datetime | None
    reached_at: datetime | None


def open_since(table: Any = _CASE) -> Any:
    """Since when an open case is open: since it was last opened again, else since its opening.

    Whoever was settled in between did not wait; whoever said that it was not, did. Only cases that were opened again
    cost a look at their timeline.
    """
    again = func.coalesce(_of(table, _ENTRY, func.max(_ENTRY.c.at), _OPENED_AGAIN), table.c.opened_at, type_=Instant)
    return case((table.c.reopened_count > 0, again), else_=table.c.opened_at)


def waits_since(table: Any = _CASE) -> Any:
    """Since when the partner of an open case waits for a word from us, None while they have it.

    That is since the first that they said after we reached them. Where they said nothing since, or nobody reached them
    at all, they wait since it is open, as long as the clock counts to a contact.
    """
    reached = reached_at(table)
    owed = or_(table.c.contacted_at.is_(None), table.c.due_at != table.c.resolve_due_at, reached.is_(None))
    return func.coalesce(_said_after(table, reached), case((owed, open_since(table))), type_=Instant)


def _said_after(table: Any, reached: Any) -> Any:
    """When a partner first said something after they were reached: by a line, or by an alert of the case."""
    alert, home = home_store.ALERT.alias("said"), home_store.HOME.alias("moved")
    of_alert = and_(home.c.shard == alert.c.shard, home.c.alert_id == alert.c.id)
    lines = select(_ENTRY.c.at).where(_ENTRY.c.shard == table.c.shard, _ENTRY.c.case_id == table.c.id, _SAID)
    raised = select(alert.c.raised_at).where(alert.c.shard == table.c.shard, alert.c.case_id == table.c.id)
    gone = exists().where(of_alert).correlate(alert)
    moved = select(alert.c.raised_at).select_from(home.join(alert, of_alert)).where(home.c.case_id == table.c.id)
    said = union_all(
        lines.where(_ENTRY.c.at > reached).correlate(table),
        raised.where(not_(gone), alert.c.raised_at > reached).correlate(table),
        moved.where(alert.c.raised_at > reached).correlate(table),
    ).subquery()
    return select(func.min(said.c.at)).scalar_subquery()


def reached_at(table: Any = _CASE) -> Any:
    """When the partner of a case was last reached, None if nobody was; a case that was split off kept only when."""
    return func.coalesce(_of(table, _DONE, func.max(_DONE.c.at), _REACHED), table.c.contacted_at, type_=Instant)


def waited_since() -> Any:
    """The order among those who wait, and among those who were reached, as the column `waited_since`."""
    return func.coalesce(waits_since(), reached_at(), type_=Instant).label("waited_since")


def waiting(reading: Reading, case_ids: Iterable[UUID]) -> dict[UUID, Waiting]:
    """How long each of these open cases has waited."""
    keys = [(ids.shard_of(each), each) for each in case_ids]
    if not keys:
        return {}
    query = select(_CASE.c.id, open_since(), waits_since(), reached_at())
    found = reading.connection.execute(query.where(tuple_(_CASE.c.shard, _CASE.c.id).in_(keys)))
    return {case_id: Waiting(*times) for case_id, *times in found}


def last_talks(reading: Reading, rows: Sequence[Row[Any]]) -> dict[UUID, datetime]:
    """When somebody last talked with the partner about each of these cases, or about one that is told with it since
    they were merged or split; those without a talk are left out."""
    if not rows:
        return {}
    merged = set(home_store.merged_into(reading, [row.id for row in rows]).values())
    told = {
        row.id: home_store.history_of(reading, row) if row.id in merged or row.split_from_id else {row.id: reading.now}
        for row in rows
    }
    keys = [(ids.shard_of(each), each) for each in {each for of in told.values() for each in of}]
    query = select(_ENTRY.c.case_id, _ENTRY.c.at, _ENTRY.c.detail).where(
        tuple_(_ENTRY.c.shard, _ENTRY.c.case_id).in_(keys), _ENTRY.c.kind == "contact_logged"
    )
    talks = [line for line in reading.connection.execute(query) if line.detail["outcome"] == "talked"]
    found: dict[UUID, datetime] = {}
    for case_id, until in told.items():
        own = [line.at for line in talks if line.case_id in until and line.at <= until[line.case_id]]
        found |= {case_id: max(own)} if own else {}
    return found


def _of(table: Any, lines: Any, wanted: Any, condition: Any) -> Any:
    """What is `wanted` of those lines of a case's timeline that fulfil a condition."""
    own = (lines.c.shard == table.c.shard, lines.c.case_id == table.c.id)
    # The inner of two looks at one timeline is about the lines of the case, and of no other line.
    return select(wanted).select_from(lines).where(*own, condition).correlate(table).scalar_subquery()
