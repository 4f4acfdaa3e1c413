"""How the tests choose, pass time and look at what was told by mail."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from uuid import UUID

from alerts.notices import choices as notice_choices
from alerts.notices import digest_mail, digests, receiver_mail, rendering
from alerts.notices.rules import Choices
from feedback_engine.directory.views import StaffView
from feedback_engine.foundation.mail.sending import BATCH_SIZE, send_due
from feedback_engine.foundation.mail.transports.base import Outcome, Outgoing, Sent
from tests.alerts.builders import World, rows, staff_actor


def choose(of: World, member: StaffView, **how: Any) -> None:
    """Let somebody choose how they are told."""
    with of.engine.work.begin(actor=staff_actor(member)) as uow:
        notice_choices.save_choices(uow, member.id, Choices(member.time_zone, **how))


@dataclass
class Postbox:
    """A mail server that answers with `outcomes`, the last one for ever, and keeps what it took."""

    of: World
    outcomes: list[Outcome] = field(default_factory=lambda: [Sent()])
    taken: list[Outgoing] = field(default_factory=list)
    name: str = "postbox"
    replaces: bool = False

    def send(self, batch: Sequence[Outgoing]) -> Iterator[tuple[UUID, Outcome]]:
        """Take mails as a transport does."""
        for mail in batch:
            outcome = self.outcomes.pop(0) if len(self.outcomes) > 1 else self.outcomes[0]
            if isinstance(outcome, Sent):
                self.taken.append(mail)
            yield mail.mail_id, outcome

    def empty(self, at_once: int = BATCH_SIZE) -> list[Outgoing]:
        """Send everything to staff that is due, so many at once; what was taken since the last call."""
        engine = self.of.engine
        renderers = {
            "case-notification": partial(rendering.render, engine),
            "digest": partial(digest_mail.render, engine),
            "receiver-off": partial(receiver_mail.render, engine),
            "notice-trial": partial(receiver_mail.render_trials, engine),
        }
        while send_due(engine.work, self, renderers, holder="test", domain="test.example", limit=at_once):
            pass
        taken, self.taken = self.taken, []
        return taken


def write_digests(of: World) -> None:
    """Let the chore of digests do what is due."""
    while digests.tick(of.engine.work):
        pass


def attempts_of(of: World, channel: str) -> list[tuple[str, str | None]]:
    """How the attempts by a channel ended, oldest first, and why."""
    found = [row for row in rows(of, "delivery_attempt") if row.channel == channel]
    return [(row.outcome, row.error) for row in sorted(found, key=lambda row: (row.at, row.id))]


def to(member: StaffView, mails: Iterable[Outgoing]) -> list[Outgoing]:
    """Those of the mails that went to somebody."""
    return [mail for mail in mails if mail.message.recipient.email == member.email]
