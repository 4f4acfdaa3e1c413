"""The mail queue: what is wanted, claimed, sent, unknown; claims are guarded UPDATEs, the world is called outside.

A claim that a crash left behind becomes `unknown` when a second copy would annoy a partner, and is sent again under the
same Message-ID when it is repeatable (an alert to its owner).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import and_, bindparam, func, insert, or_, select, tuple_, update

from feedback_engine.foundation import bulk, ids, release_gate, retry
from feedback_engine.foundation.errors import Conflict
from feedback_engine.foundation.mail.events import MailBounced, MailSettled
from feedback_engine.foundation.mail.models import Mail, MailGate
from feedback_engine.foundation.prepared import Prepared
from feedback_engine.foundation.tables import Instant
from feedback_engine.foundation.unit_of_work import Reading, UnitOfWork

Audience = Literal["partner", "staff"]
Fate = Literal["sent", "cancelled", "unknown", "failed"]
CLAIM_EXPIRES = timedelta(minutes=5)
TOPIC = "mail"
LEFT_BEHIND = "the worker stopped while sending"
SENT_ONCE_MORE = "sent again by a person, though it may have arrived"
_MAIL = Mail.__table__  # type: ignore[attr-defined]
_GATE = MailGate.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class MailOrder:
    """A mail somebody wants sent: its kind names the renderer, `ref_id` the row it is about."""

    kind: str
    shard: int
    ref_id: UUID
    due_at: datetime
    audience: Audience = "partner"
    partner_id: UUID | None = None
    recipient_id: UUID | None = None
    send_before: datetime | None = None
    repeatable: bool = False
    attributes: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class QueuedMail:
    """A mail as its renderer sees it."""

    shard: int
    id: UUID
    kind: str
    audience: Audience
    repeatable: bool
    ref_id: UUID
    partner_id: UUID | None
    recipient_id: UUID | None
    attributes: dict[str, Any]
    due_at: datetime
    send_before: datetime | None
    created_at: datetime
    attempts: int
    claimed_at: datetime | None
    first_failed_at: datetime | None


_FIELDS = tuple(QueuedMail.__dataclass_fields__)
_NEWEST_GATE = Prepared(select(_GATE.c.stopped).order_by(_GATE.c.id.desc()).limit(1))
_DUE_MAIL = (
    select(*(_MAIL.c[name] for name in _FIELDS))
    .where(_MAIL.c.state == "queued", _MAIL.c.due_at <= bindparam("now", type_=Instant))
    .order_by(_MAIL.c.due_at, _MAIL.c.id)
    .limit(bindparam("most"))
)
_DUE_TO_STAFF_MAIL = _DUE_MAIL.where(_MAIL.c.audience == "staff")
_DUE, _DUE_TO_STAFF = Prepared(_DUE_MAIL), Prepared(_DUE_TO_STAFF_MAIL)


def enqueue(uow: UnitOfWork, order: MailOrder) -> UUID:
    """Queue one mail; returns its id."""
    return enqueue_all(uow, (order,))[0]


def enqueue_all(uow: UnitOfWork, orders: Iterable[MailOrder]) -> list[UUID]:
    """Queue many mails with one statement; returns their ids in order."""
    rows: list[dict[str, Any]] = [
        {
            "shard": order.shard,
            "id": ids.new_id(order.shard),
            "kind": order.kind,
            "audience": order.audience,
            "repeatable": order.repeatable,
            "ref_id": order.ref_id,
            "partner_id": order.partner_id,
            "recipient_id": order.recipient_id,
            "attributes": dict(order.attributes),
            "state": "queued",
            "due_at": order.due_at,
            "send_before": order.send_before,
            "created_at": uow.now,
            "attempts": 0,
        }
        for order in orders
    ]
    if rows:
        bulk.insert_rows(uow.connection, _MAIL, rows)
        uow.wake(TOPIC)
    return [row["id"] for row in rows]


def cancel(uow: UnitOfWork, shard: int, ref_ids: Sequence[UUID], reason: str) -> int:
    """Cancel what is still queued about these rows; returns how many mails will not go."""
    return uow.connection.execute(
        update(_MAIL)
        .where(_MAIL.c.shard == shard, _MAIL.c.ref_id.in_(list(ref_ids)), _MAIL.c.state == "queued")
        .values(state="cancelled", reason=reason)
    ).rowcount


def hasten(uow: UnitOfWork, shard: int, ref_ids: Sequence[UUID]) -> int:
    """Let what is still queued about these rows leave now instead of later; returns how many mails that are."""
    changed = uow.connection.execute(
        update(_MAIL)
        .where(_MAIL.c.shard == shard, _MAIL.c.ref_id.in_(list(ref_ids)), _MAIL.c.state == "queued")
        .where(_MAIL.c.due_at > uow.now)
        .values(due_at=uow.now)
    ).rowcount
    if changed:
        uow.wake(TOPIC)
    return changed


def stop(uow: UnitOfWork, reason: str) -> None:
    """Stop mail to partners: nothing is claimed after this commits, until `resume`."""
    _set_gate(uow, stopped=True, reason=reason)


def resume(uow: UnitOfWork, reason: str = "") -> None:
    """Let mail to partners go again; what waited is sent once."""
    _set_gate(uow, stopped=False, reason=reason)
    uow.wake(TOPIC)


def is_stopped(reading: Reading) -> bool:
    """Whether mail to partners is stopped."""
    newest = _NEWEST_GATE.first(reading.connection)
    return newest is not None and bool(newest[0])


def due(reading: Reading, limit: int, shards: Sequence[int] | None = None) -> list[QueuedMail]:
    """Mails whose time has come, earliest first, in `shards` (None for all), read without locks."""
    if release_gate.is_held(reading):
        return []
    stopped = is_stopped(reading)
    asked = {"now": reading.now, "most": limit}
    if shards is None:
        rows = (_DUE_TO_STAFF if stopped else _DUE).all(reading.connection, **asked)
        return [QueuedMail(*row) for row in rows]
    query = (_DUE_TO_STAFF_MAIL if stopped else _DUE_MAIL).where(_MAIL.c.shard.in_(shards))
    return [QueuedMail(*row) for row in reading.connection.execute(query, asked)]


def claim(uow: UnitOfWork, mails: Sequence[QueuedMail], holder: str) -> list[QueuedMail]:
    """Win these mails against other workers; returns those that are ours now. Late ones are cancelled instead."""
    if release_gate.is_held(uow):
        return []
    stopped = is_stopped(uow)
    won = []
    for mail in mails:
        if stopped and mail.audience == "partner":
            continue
        if mail.send_before is not None and mail.send_before <= uow.now:
            _settle(uow, mail, "cancelled", {"reason": "late"}, "queued")
            continue
        values = {"state": "claimed", "claimed_at": uow.now, "claimed_by": holder}
        if _change_claimed(uow, mail, values, "queued"):
            won.append(replace(mail, claimed_at=uow.now))
    return won


def waiting(reading: Reading, mail_ids: Iterable[UUID]) -> dict[UUID, QueuedMail]:
    """Those of these mails that nobody has begun to send, by their ids."""
    keys = [(ids.shard_of(mail_id), mail_id) for mail_id in set(mail_ids)]
    query = select(*(_MAIL.c[name] for name in _FIELDS)).where(
        tuple_(_MAIL.c.shard, _MAIL.c.id).in_(keys), _MAIL.c.state == "queued"
    )
    return {row.id: QueuedMail(**row._mapping) for row in reading.connection.execute(query)}


def is_under_way(reading: Reading, shard: int, ref_id: UUID, since: datetime) -> bool:
    """Whether a mail about this row that was ordered since then waits, is being sent, or may have arrived."""
    about = (_MAIL.c.shard == shard, _MAIL.c.ref_id == ref_id, _MAIL.c.created_at >= since)
    query = select(_MAIL.c.id).where(*about, _MAIL.c.state.in_(("queued", "claimed", "sent", "unknown")))
    return reading.connection.execute(query.limit(1)).first() is not None


def doubtful(reading: Reading, queued_before: datetime, limit: int | None = None) -> list[QueuedMail]:
    """Mails queued by then whose time has come: after a restore, the lost installation may have sent them."""
    query = (
        select(*(_MAIL.c[name] for name in _FIELDS))
        .where(_MAIL.c.state == "queued", _MAIL.c.due_at <= reading.now, _MAIL.c.created_at <= queued_before)
        .order_by(_MAIL.c.due_at, _MAIL.c.id)
        .limit(limit)
    )
    return [QueuedMail(**row._mapping) for row in reading.connection.execute(query)]


def cancel_queued(uow: UnitOfWork, mails: Sequence[QueuedMail], reason: str) -> None:
    """Cancel these mails, as far as nobody has claimed them, and tell whom they concern."""
    for mail in mails:
        _settle(uow, mail, "cancelled", {"reason": reason[:500]}, "queued")


def mark_sent(uow: UnitOfWork, mail: QueuedMail) -> None:
    """The transport has taken it: a certainty, even when the wait for this word was given up as `unknown` meanwhile."""
    _settle(uow, mail, "sent", {"sent_at": uow.now, "reason": None}, "claimed", "unknown")


def put_off(uow: UnitOfWork, mail: QueuedMail, until: datetime) -> None:
    """Nothing was tried: it is due again then."""
    _change_claimed(uow, mail, {"state": "queued", "due_at": until, "claimed_at": None, "claimed_by": None})


def mark_withdrawn(uow: UnitOfWork, mail: QueuedMail, reason: str) -> None:
    """It must not go any more."""
    _settle(uow, mail, "cancelled", {"reason": reason[:500]})


def mark_refused(uow: UnitOfWork, mail: QueuedMail, reason: str, *, bounced: bool = True) -> None:
    """The other side will never take it; `bounced` when that is because the recipient cannot be reached."""
    settled = _settle(uow, mail, "failed", {"reason": reason[:500]})
    if bounced and settled and mail.partner_id is not None and mail.audience == "partner":
        uow.emit(MailBounced(partner_id=mail.partner_id, mail_id=mail.id, kind=mail.kind, ref_id=mail.ref_id))


def mark_unclear(uow: UnitOfWork, mail: QueuedMail, reason: str) -> None:
    """Nobody knows whether it arrived: a repeatable mail goes again by the retry rules, as a server that takes mails
    and breaks off would otherwise be given the same one for ever; any other waits for evidence or a person."""
    if mail.repeatable:
        mark_failed_try(uow, mail, reason, None)
    else:
        _settle(uow, mail, "unknown", {"reason": reason[:500]})


def mark_failed_try(
    uow: UnitOfWork, mail: QueuedMail, reason: str, retry_after: timedelta | None, *, reached: bool = True
) -> None:
    """It did not go this time: try again by the retry rules, or give up at their end.

    Every mail ends 24 hours after its first failure.
    """
    attempts = retry.count_try(mail.attempts, reached=reached)
    # Not from `due_at`, which moves with every wait, nor from `created_at`: mail may be planned days ahead.
    first_failed_at = mail.first_failed_at or uow.now
    wait = retry.next_wait(attempts, jitter=ids.jitter(), retry_after=retry_after, age=uow.now - first_failed_at)
    values: dict[str, Any] = {"attempts": attempts, "first_failed_at": first_failed_at, "reason": reason[:500]}
    if wait is None:
        _settle(uow, mail, "failed", values)
    else:
        _change_claimed(uow, mail, values | {"state": "queued", "due_at": uow.now + wait})


def has_abandoned(reading: Reading) -> bool:
    """Whether some claims were left behind by their worker."""
    query = select(_MAIL.c.id).where(_MAIL.c.state == "claimed", _MAIL.c.claimed_at <= reading.now - CLAIM_EXPIRES)
    return reading.connection.execute(query.limit(1)).first() is not None


def settle_abandoned(uow: UnitOfWork) -> list[QueuedMail]:
    """Settle claims that their worker left behind more than 5 minutes ago; returns them as they were claimed."""
    query = select(*(_MAIL.c[name] for name in _FIELDS)).where(
        _MAIL.c.state == "claimed", _MAIL.c.claimed_at <= uow.now - CLAIM_EXPIRES
    )
    abandoned = [QueuedMail(**row._mapping) for row in uow.connection.execute(query)]
    for mail in abandoned:
        reason = LEFT_BEHIND
        if mail.repeatable:
            # It has waited long enough, and its server has done nothing wrong.
            _change_claimed(uow, mail, {"state": "queued", "reason": reason})
        else:
            mark_unclear(uow, mail, reason)
    return abandoned


def settle_unknown(uow: UnitOfWork, mail_id: UUID, *, arrived: bool) -> None:
    """A person's word on an unknown mail: it arrived, or it shall go again. Raises Conflict when it is not unknown."""
    values: dict[str, Any] = (
        {"state": "sent", "sent_at": uow.now, "reason": "confirmed by a person"}
        if arrived
        else {"state": "queued", "due_at": uow.now, "first_failed_at": None, "reason": SENT_ONCE_MORE}
    )
    if not _change(uow, mail_id, ("unknown",), values):
        raise Conflict("The fate of this mail is known already; look at the list again.")
    row = uow.connection.execute(
        select(_MAIL.c.partner_id, _MAIL.c.kind, _MAIL.c.ref_id).where(
            _MAIL.c.shard == ids.shard_of(mail_id), _MAIL.c.id == mail_id
        )
    ).one()
    if arrived and row.partner_id is not None:
        uow.emit(MailSettled(partner_id=row.partner_id, mail_id=mail_id, kind=row.kind, ref_id=row.ref_id, fate="sent"))
    uow.audit("mail.settled", "mail", str(mail_id), {"arrived": arrived})
    uow.wake(TOPIC)


def retry_failed(uow: UnitOfWork, shard: int, ref_id: UUID) -> bool:
    """Let a mail about this row that failed go again, as if for the first time; False when none failed."""
    changed = uow.connection.execute(
        update(_MAIL)
        .where(_MAIL.c.shard == shard, _MAIL.c.ref_id == ref_id, _MAIL.c.state == "failed")
        .values(state="queued", due_at=uow.now, attempts=0, first_failed_at=None, reason="sent again by a person")
    ).rowcount
    if changed:
        uow.wake(TOPIC)
    return bool(changed)


@dataclass(frozen=True, slots=True)
class MailView:
    """One line of the outbox."""

    id: UUID
    kind: str
    audience: str
    ref_id: UUID
    recipient_id: UUID | None
    state: str
    created_at: datetime
    due_at: datetime
    sent_at: datetime | None
    attempts: int
    reason: str | None
    send_before: datetime | None
    claimed_at: datetime | None

    @property
    def may_have_arrived(self) -> bool:
        """Whether it waits to go again although nobody knows that it had not gone."""
        return self.state == "queued" and self.reason in (LEFT_BEHIND, SENT_ONCE_MORE)

    @property
    def has_left(self) -> bool:
        """Whether it left, or may have: whoever it was for may know what it says."""
        return self.state in ("claimed", "sent", "unknown") or self.may_have_arrived

    def is_late(self, now: datetime) -> bool:
        """Whether it still stands in the queue, and will be cancelled in place of leaving."""
        return self.state == "queued" and self.send_before is not None and self.send_before <= now

    @property
    def moved_at(self) -> datetime:
        """When it left, else when it was ordered: what happened last stands first in a list."""
        return self.sent_at or self.created_at


def recent(
    reading: Reading,
    state: str | None = None,
    limit: int = 100,
    before: tuple[datetime, UUID] | None = None,
    recipients: Sequence[UUID] | None = None,
) -> list[MailView]:
    """The mails with which something happened last, or those in one state, or to one of these `recipients`; `before` is
    the instant of the last one seen, and its id. What waits for next week does not stand before what has just left."""
    moved_at = func.coalesce(_MAIL.c.sent_at, _MAIL.c.created_at)
    query = select(*(_MAIL.c[name] for name in MailView.__dataclass_fields__))
    if state is not None:
        query = query.where(_MAIL.c.state == state)
    if recipients is not None:
        query = query.where(_MAIL.c.recipient_id.in_(recipients))
    if before is not None:
        at, mail_id = before
        query = query.where(or_(moved_at < at, and_(moved_at == at, _MAIL.c.id < mail_id)))
    rows = reading.connection.execute(query.order_by(moved_at.desc(), _MAIL.c.id.desc()).limit(limit))
    return [MailView(**row._mapping) for row in rows]


def views_of(reading: Reading, mail_ids: Iterable[UUID]) -> dict[UUID, MailView]:
    """What became of these mails, by their ids."""
    query = select(*(_MAIL.c[name] for name in MailView.__dataclass_fields__)).where(
        tuple_(_MAIL.c.shard, _MAIL.c.id).in_([(ids.shard_of(mail_id), mail_id) for mail_id in set(mail_ids)])
    )
    return {row.id: MailView(**row._mapping) for row in reading.connection.execute(query)}


def newest_about(reading: Reading, shard: int, ref_id: UUID) -> MailView | None:
    """The mail about this row that was ordered last."""
    query = select(*(_MAIL.c[name] for name in MailView.__dataclass_fields__))
    query = query.where(_MAIL.c.shard == shard, _MAIL.c.ref_id == ref_id)
    row = reading.connection.execute(query.order_by(_MAIL.c.created_at.desc(), _MAIL.c.id.desc()).limit(1)).first()
    return None if row is None else MailView(**row._mapping)


def due_about(reading: Reading, shard: int, ref_ids: Sequence[UUID]) -> dict[UUID, datetime]:
    """When the mails about these rows of a shard that are still to leave are due, by row."""
    query = select(_MAIL.c.ref_id, _MAIL.c.due_at).where(_MAIL.c.shard == shard, _MAIL.c.state == "queued")
    return {row.ref_id: row.due_at for row in reading.connection.execute(query.where(_MAIL.c.ref_id.in_(ref_ids)))}


def counts(reading: Reading, *, audience: Audience | None = None) -> dict[str, int]:
    """How many mails are in each state, of all or of those to one audience."""
    counted = select(_MAIL.c.state, func.count()).group_by(_MAIL.c.state)
    rows = reading.connection.execute(counted if audience is None else counted.where(_MAIL.c.audience == audience))
    return {row.state: int(row[1]) for row in rows}


def next_due(reading: Reading) -> datetime | None:
    """When the earliest queued mail falls due."""
    found: datetime | None = reading.connection.execute(
        select(_MAIL.c.due_at).where(_MAIL.c.state == "queued").order_by(_MAIL.c.due_at).limit(1)
    ).scalar()
    return found


def _set_gate(uow: UnitOfWork, *, stopped: bool, reason: str) -> None:
    uow.connection.execute(
        insert(_GATE).values(
            id=ids.new_reference_id(), stopped=stopped, at=uow.now, by=uow.actor.name, reason=reason[:500]
        )
    )
    uow.audit("mail.stop" if stopped else "mail.resume", "mail", "gate", {"reason": reason[:500]})


def _settle(uow: UnitOfWork, mail: QueuedMail, fate: Fate, values: Mapping[str, Any], *states: str) -> bool:
    """Write a mail's fate and, if it was meant for a partner, announce it; False when it was not ours to settle."""
    if not _change_claimed(uow, mail, {"state": fate, **values}, *(states or ("claimed",))):
        return False
    if mail.partner_id is not None and mail.audience == "partner":
        uow.emit(
            MailSettled(partner_id=mail.partner_id, mail_id=mail.id, kind=mail.kind, ref_id=mail.ref_id, fate=fate)
        )
    return True


def _change_claimed(uow: UnitOfWork, mail: QueuedMail, values: Mapping[str, Any], *states: str) -> bool:
    """Change a mail under the claim we know: a worker that was paused must not mark what another has claimed since."""
    statement = _changing(states or ("claimed",), tuple(values), under_claim=True)
    return _run(uow, statement, mail.shard, mail.id, values, of_claim=mail.claimed_at)


def _change(uow: UnitOfWork, mail_id: UUID, states: tuple[str, ...], values: Mapping[str, Any]) -> bool:
    """Change a mail that is in one of these states, whoever claimed it."""
    return _run(uow, _changing(states, tuple(values)), ids.shard_of(mail_id), mail_id, values)


def _run(
    uow: UnitOfWork, statement: Prepared, shard: int, mail_id: UUID, values: Mapping[str, Any], **named: Any
) -> bool:
    new = {f"new_{name}": value for name, value in values.items()}
    return statement.change(uow.connection, of_shard=shard, of_id=mail_id, **named, **new) == 1


@lru_cache(maxsize=64)
def _changing(states: tuple[str, ...], columns: tuple[str, ...], *, under_claim: bool = False) -> Prepared:
    """The change of these columns; every mail is claimed and marked by one of a few."""
    statement = (
        update(_MAIL)
        .where(_MAIL.c.shard == bindparam("of_shard"), _MAIL.c.id == bindparam("of_id"))
        .where(or_(*(_MAIL.c.state == state for state in states)))
        .values({name: bindparam(f"new_{name}") for name in columns})
    )
    if under_claim:
        statement = statement.where(_MAIL.c.claimed_at.is_not_distinct_from(bindparam("of_claim", type_=Instant)))
    return Prepared(statement)
