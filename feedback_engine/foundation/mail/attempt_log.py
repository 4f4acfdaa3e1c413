"""Writes the log of attempts for mail to staff; mail to partners has its dispositions, and comes by the thousand."""

from __future__ import annotations

from sqlalchemy import bindparam, select

from feedback_engine.foundation import attempts, ids
from feedback_engine.foundation.attempts import Attempt, Outcome
from feedback_engine.foundation.mail.models import Mail
from feedback_engine.foundation.mail.queue import QueuedMail
from feedback_engine.foundation.prepared import Prepared
from feedback_engine.foundation.unit_of_work import UnitOfWork

CHANNEL = "email"
_MAIL = Mail.__table__  # type: ignore[attr-defined]
_STANDS = Prepared(
    select(_MAIL.c.state, _MAIL.c.due_at, _MAIL.c.reason).where(
        _MAIL.c.shard == bindparam("shard"), _MAIL.c.id == bindparam("id")
    )
)
_OUTCOMES: dict[str, Outcome] = {
    "sent": "sent",
    "queued": "again",
    "failed": "given_up",
    "cancelled": "withdrawn",
    "unknown": "unclear",
}


def note(uow: UnitOfWork, mail: QueuedMail, *, abandoned: bool = False) -> None:
    """Write down how an attempt ended that was just marked: as the mail stands now, with reason and next try."""
    if mail.audience != "staff":
        return
    state, due_at, reason = _STANDS.first(uow.connection, shard=mail.shard, id=mail.id) or ("", None, None)
    if state not in _OUTCOMES:
        return  # Somebody else has claimed it meanwhile, and writes down how that ends.
    outcome = "unclear" if abandoned else _OUTCOMES[state]
    attempts.write(
        uow,
        [
            Attempt(
                id=ids.new_id(mail.shard),
                ref_id=mail.ref_id,
                channel=CHANNEL,
                recipient_id=mail.recipient_id,
                about=mail.kind,
                at=uow.now,
                outcome=outcome,
                error=reason,
                next_at=due_at if state == "queued" else None,
            )
        ],
    )
