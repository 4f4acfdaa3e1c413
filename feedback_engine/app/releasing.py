"""Releases a restored database: what waits, what the lost installation may have sent, and the word that lets it go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from alerts.notices import delivery
from feedback_engine.foundation import release_gate
from feedback_engine.foundation.errors import Conflict
from feedback_engine.foundation.mail import queue
from feedback_engine.foundation.mail.queue import QueuedMail
from feedback_engine.foundation.release_gate import Held
from feedback_engine.foundation.unit_of_work import Actor, Reading, Work

Choice = Literal["cancel-due", "send-due"]
BATCH_SIZE = 50
"""Mails for each transaction, so that the write lock is held for milliseconds."""
REASON = "it fell due before the restored database was released, and may have been sent"


@dataclass(frozen=True, slots=True)
class Standing:
    """What waits behind the gate. `due_mails` and `due_webhooks` may have been sent after the backup was taken."""

    held: Held
    due_mails: Sequence[QueuedMail]
    due_webhooks: int
    states: dict[str, int]

    @property
    def is_doubtful(self) -> bool:
        """Whether somebody has to choose."""
        return bool(self.due_mails or self.due_webhooks)

    def due_for(self, audience: str) -> int:
        """How many of the doubtful mails are for partners, or for staff."""
        return sum(mail.audience == audience for mail in self.due_mails)


def standing(reading: Reading) -> Standing:
    """What waits behind the gate. Raises Conflict when there is no gate to open."""
    held = _get_held(reading)
    return Standing(
        held,
        queue.doubtful(reading, held.since),
        len(delivery.doubtful(reading, held.since)),
        queue.counts(reading),
    )


def release(work: Work, actor: Actor, choice: Choice | None) -> int:
    """Let mail and webhooks go; returns how many doubtful ones were cancelled.

    Raises Conflict when nothing is held back, or when there are doubtful ones and no choice was made.
    """
    with work.read() as reading:
        found = standing(reading)
    if found.is_doubtful and choice is None:
        raise Conflict(_choose(found))
    cancelled = 0
    while done := _one_step(work, actor, cancel=choice == "cancel-due", so_far=cancelled):
        cancelled += done
    return cancelled


def _one_step(work: Work, actor: Actor, *, cancel: bool, so_far: int) -> int:
    """Cancel one batch; 0 when there was none left, and then the gate is open."""
    with work.begin(actor=actor) as uow:
        held = _get_held(uow)
        mails = queue.doubtful(uow, held.since, BATCH_SIZE) if cancel else []
        webhooks = delivery.doubtful(uow, held.since, BATCH_SIZE) if cancel else []
        queue.cancel_queued(uow, mails, REASON)
        delivery.give_up(uow, webhooks, REASON)
        if not mails and not webhooks:
            release_gate.release(uow)
            uow.audit("mail.release", "mail", "gate", {"cancelled": so_far, "due": "cancelled" if cancel else "sent"})
        return len(mails) + len(webhooks)


def _get_held(reading: Reading) -> Held:
    held = release_gate.find_held(reading)
    if held is None:
        raise Conflict("Nothing is held back: this database was not restored, or has been released already.")
    return held


def _choose(found: Standing) -> str:
    return (
        f"{found.due_for('partner')} mails to partners, {found.due_for('staff')} to staff and {found.due_webhooks} "
        f"webhooks fell due since the backup of {found.held.backup_at:%Y-%m-%d %H:%M} UTC; the lost installation may "
        "have sent them. Say --cancel-due, and nobody gets one twice; or say --send-due, and nobody misses one."
    )
