"""The SQL of who waits for us: since when a case is open, and since when its partner has not heard from us."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Row, Text, and_, case, cast, exists, func, not_, or_, select, tuple_, union_all

from alerts.models import CaseEntry, Casework
from alerts.regrouping import home_store
from alerts.threads.models import CaseMeeting
from feedback_engine.foundation import ids
from feedback_engine.foundation.tables import Instant
from feedback_engine.foundation.unit_of_work import Reading

_CASE = Casework.__table__  # type: ignore[attr-defined]
_ENTRY = CaseEntry.__table__  # type: ignore[attr-defined]
_MEETING = CaseMeeting.__table__  # type: ignore[attr-defined]
_DISPUTED = ("partner_partly", "partner_disputed")
_DONE, _OTHER = _ENTRY.alias("done"), _ENTRY.alias("other")


def _holds(table: Any, text: str) -> Any:
    """Whether the details of a line hold this text, a name or a value in quotation marks."""
    return cast(table.c.detail, Text).contains(f'"{text}"')


# Whoever calls a case unsettled has waited all along if nobody reached them: their word opens it, but not anew. A
# reopening that was taken back left the case closed, so the latest of an open case stands.
_OPENED_AGAIN = and_(_ENTRY.c.kind == "reopened", _holds(_ENTRY, "closed_at"))
# What is said by answers their alerts tell: of those that were split off since, no line of the case is one any more.
_SAID = or_(
    _OPENED_AGAIN,
    _ENTRY.c.kind.in_(("score_changed", *_DISPUTED)),
    and_(_ENTRY.c.kind == "partner_replied", not_(_holds(_ENTRY, "automatic"))),
)
# As `casework.flow.reaches` has it.
_TALKED = or_(_holds(_DONE, "talked"), and_(_holds(_DONE, "mail"), _holds(_DONE, "left_message")))
# Whoever was only invited to a call that was called off waits as before. A meeting is made in the instant of its line.
# Where cases were merged or split, contacts may stand in other timelines: there every invitation is one.
_OF_LINE = and_(
    _MEETING.c.shard == _DONE.c.shard, _MEETING.c.case_id == _DONE.c.case_id, _MEETING.c.created_at == _DONE.c.at
)
_REGROUPED = exists().where(
    _OTHER.c.shard == _DONE.c.shard, _OTHER.c.case_id == _DONE.c.case_id, _OTHER.c.kind.in_(("merged", "split"))
)
_IS_OFF = and_(
    exists().where(_OF_LINE, _MEETING.c.state == "cancelled").correlate(_DONE),
    not_(exists().where(_OF_LINE, _MEETING.c.state == "planned").correlate(_DONE)),
    not_(_REGROUPED.correlate(_DONE)),
)
_REACHED = or_(
    _DONE.c.kind == "replied",
    and_(_DONE.c.kind == "contact_logged", _TALKED),
    and_(_DONE.c.kind == "invited", not_(_IS_OFF)),
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

    That is since the first that they said after we reached them. Where nobody reached them, they wait since it is open;
    where the clock counts to a contact all the same, as a colleague's call is not the one that is owed, since they last
    said that it is not settled.
    """
    reached = reached_at(table)
    denied = _of(table, _ENTRY, func.max(_ENTRY.c.at), _ENTRY.c.kind.in_(_DISPUTED))
    owed = or_(table.c.contacted_at.is_(None), table.c.due_at != table.c.resolve_due_at)
    otherwise = case(
        (reached.is_(None), open_since(table)), (owed, func.coalesce(denied, open_since(table), type_=Instant))
    )
    return func.coalesce(_said_after(table, reached), otherwise, type_=Instant)


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
    """When the partner of a case was last reached, None if nobody was, or all that was done is an invitation that was
    called off; a case that was split off kept only when."""
    off = exists().where(_DONE.c.shard == table.c.shard, _DONE.c.case_id == table.c.id, _DONE.c.kind == "invited")
    off = off.where(_DONE.c.at == table.c.contacted_at, _IS_OFF).correlate(table)
    kept = case((not_(off), table.c.contacted_at))
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
