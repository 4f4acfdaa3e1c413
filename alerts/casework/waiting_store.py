"""The SQL of who waits for us: since when a case is open, and since when its partner has not heard from us."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Row, Text, and_, case, cast, exists, func, not_, or_, select, tuple_

from alerts.models import CaseEntry, Casework
from alerts.regrouping import home_store
from alerts.threads.models import CaseMeeting
from feedback_engine.foundation import ids
from feedback_engine.foundation.tables import Instant
from feedback_engine.foundation.unit_of_work import Reading

_CASE = Casework.__table__  # type: ignore[attr-defined]
_ENTRY = CaseEntry.__table__  # type: ignore[attr-defined]
_MEETING = CaseMeeting.__table__  # type: ignore[attr-defined]
_DONE = _ENTRY.alias("done")


def _holds(table: Any, text: str) -> Any:
    """Whether the details of a line hold this text, a name or a value in quotation marks."""
    return cast(table.c.detail, Text).contains(f'"{text}"')


# Whoever calls a case unsettled has waited all along: their word opens it, but not anew. A reopening that was taken
# back left the case closed, so the latest of an open case stands.
_OPENED_AGAIN = and_(_ENTRY.c.kind == "reopened", _holds(_ENTRY, "closed_at"))
_SAID = or_(
    _OPENED_AGAIN,
    _ENTRY.c.kind.in_(("joined", "score_changed", "partner_partly", "partner_disputed")),
    and_(_ENTRY.c.kind == "partner_replied", not_(_holds(_ENTRY, "automatic"))),
)
# As `casework.flow.reaches` has it.
_TALKED = or_(_holds(_DONE, "talked"), and_(_holds(_DONE, "mail"), _holds(_DONE, "left_message")))
# A call that was called off reached nobody: else a partner would not wait any more for having been invited and put off.
# A meeting is made in the instant of its line.
_SAME_CASE = and_(_MEETING.c.shard == _DONE.c.shard, _MEETING.c.case_id == _DONE.c.case_id)
_OF_LINE = and_(_SAME_CASE, _MEETING.c.created_at == _DONE.c.at)
_STANDS = exists().where(_OF_LINE, _MEETING.c.state == "planned").correlate(_DONE)
_IS_OFF = exists().where(_OF_LINE, _MEETING.c.state == "cancelled").correlate(_DONE)
_INVITED = _DONE.c.kind == "invited"
_REACHED = or_(
    _DONE.c.kind == "replied",
    and_(_DONE.c.kind == "contact_logged", _TALKED),
    and_(_INVITED, or_(_STANDS, not_(_IS_OFF))),
)


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

    That is since it is open, as long as the clock counts to a contact, or the only one was an invitation that was
    called off; later since the first that they said after we reached them. Only cases with a contact cost a look at
    their timeline.
    """
    owed = or_(table.c.contacted_at.is_(None), table.c.due_at != table.c.resolve_due_at, reached_at(table).is_(None))
    since = _of(table, _ENTRY, func.min(_ENTRY.c.at), and_(_SAID, _ENTRY.c.at > reached_at(table)))
    return case((owed, open_since(table)), else_=since)


def reached_at(table: Any = _CASE) -> Any:
    """When the partner of a case was last reached, None if nobody was, or all that was done is an invitation that was
    called off; a case that was split off kept only when."""
    invited = _of(table, _DONE, func.max(_DONE.c.at), _INVITED)
    kept = case((invited.is_(None), table.c.contacted_at))
    return func.coalesce(_of(table, _DONE, func.max(_DONE.c.at), _REACHED), kept, type_=Instant)


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
