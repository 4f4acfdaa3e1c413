"""Sends what is due: claim and commit, render, call the transport, mark."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias
from urllib.parse import urlsplit
from uuid import UUID

from feedback_engine.foundation import logs
from feedback_engine.foundation.errors import FeedbackError, Unavailable
from feedback_engine.foundation.i18n import gettext_noop
from feedback_engine.foundation.mail import attempt_log, queue
from feedback_engine.foundation.mail.message import Later, Message, Withdrawn
from feedback_engine.foundation.mail.queue import QueuedMail
from feedback_engine.foundation.mail.rest import Rest
from feedback_engine.foundation.mail.transports.base import (
    Again,
    Outcome,
    Outgoing,
    Refused,
    Sent,
    Transport,
    Unclear,
)
from feedback_engine.foundation.settings import Settings
from feedback_engine.foundation.unit_of_work import SYSTEM, Reading, UnitOfWork, Work

Renderer: TypeAlias = Callable[[Reading, Sequence[QueuedMail]], Mapping[UUID, Message | Withdrawn | Later]]
Rendered: TypeAlias = Message | Withdrawn | Later | Again
BATCH_SIZE = 20
"""Messages for each connection, and so the most that one crash can leave unknown."""
_log = logs.logger(__name__)


def domain_of(settings: Settings) -> str:
    """The right side of the Message-IDs of an installation."""
    return settings.mail_from.rpartition("@")[2] or urlsplit(settings.base_url).hostname or "localhost"


def message_id_of(mail_id: UUID, domain: str) -> str:
    """The Message-ID under which a mail of the queue leaves, without brackets."""
    return f"{mail_id.hex}@{domain}"


def send_due(
    work: Work,
    transport: Transport,
    renderers: Mapping[str, Renderer],
    *,
    holder: str,
    domain: str,
    limit: int = BATCH_SIZE,
    shards: Sequence[int] | None = None,
    rest: Rest | None = None,
) -> int:
    """Send the next batch of due mail; returns how many mails were claimed. 0 means that nothing is due.

    `domain` is the right side of the Message-IDs; `shards` are those to look in, None for all. `rest` remembers a
    server that was away: while it holds, nothing is due.
    """
    with work.read() as reading:
        if rest is not None and rest.holds(reading.now):
            return 0
        candidates = queue.due(reading, limit, shards)
    if not candidates:
        return 0
    with work.begin(actor=SYSTEM) as uow:
        claimed = queue.claim(uow, candidates, holder)
    # Rendered after the claim has been committed, so that a stop or an opt-out of the last moment is still seen.
    with work.read() as reading:
        rendered = _render(reading, renderers, claimed, set())
        at = reading.now
    outgoing = [
        Outgoing(mail.id, message, message_id_of(mail.id, domain), at)
        for mail in claimed
        if isinstance(message := rendered[mail.id], Message)
    ]
    outcomes: dict[UUID, Outcome | Withdrawn | Later] = {
        mail_id: content for mail_id, content in rendered.items() if not isinstance(content, Message)
    }
    unmarked = {mail.id: mail for mail in claimed}
    said = _hand_over(work, transport, outgoing, unmarked)
    if rest is not None:
        rest.note(said.values(), at)
    outcomes |= said
    unsaid = Unclear("the transport said nothing")
    _mark_all(work, [(mail, outcomes.get(mail_id, unsaid)) for mail_id, mail in unmarked.items()])
    return len(candidates)


def drawn(
    reading: Reading, renderers: Mapping[str, Renderer], mails: Sequence[QueuedMail], known: set[UUID]
) -> dict[UUID, Rendered]:
    """Mails as they would be written now, or why they would not go; a fault is logged once for all who look at it.

    `known` are the mails whose fault was logged, and takes those that meet a fault.
    """
    return _render(reading, renderers, mails, known)


def _hand_over(
    work: Work, transport: Transport, outgoing: Sequence[Outgoing], unmarked: dict[UUID, QueuedMail]
) -> dict[UUID, Outcome]:
    """Send; a repeatable mail is marked as soon as it has gone, and leaves `unmarked`.

    What a crash finds claimed goes again if it is repeatable: like this at most one of them had gone before. Where a
    second copy replaces the first, all may be marked at the end with one commit.
    """
    outcomes: dict[UUID, Outcome] = {}
    for mail_id, outcome in transport.send(outgoing) if outgoing else ():
        outcomes[mail_id] = outcome
        if unmarked[mail_id].repeatable and not transport.replaces:
            _mark_all(work, [(unmarked.pop(mail_id), outcome)])
    return outcomes


def _render(
    reading: Reading, renderers: Mapping[str, Renderer], mails: Sequence[QueuedMail], known: set[UUID]
) -> dict[UUID, Rendered]:
    rendered: dict[UUID, Rendered] = {}
    for kind in {mail.kind for mail in mails}:
        of_kind = [mail for mail in mails if mail.kind == kind]
        rendered |= _render_kind(reading, renderers.get(kind), of_kind, known)
    return rendered


def _render_kind(
    reading: Reading, renderer: Renderer | None, mails: Sequence[QueuedMail], known: set[UUID]
) -> dict[UUID, Rendered]:
    if renderer is None:
        return {mail.id: Withdrawn(f"nobody renders mail of the kind {mail.kind}") for mail in mails}
    try:
        rendered = renderer(reading, mails)
    except Exception as error:  # noqa: BLE001 - one mail that cannot be rendered must not hold up the others
        if len(mails) > 1:
            return {k: v for mail in mails for k, v in _render_kind(reading, renderer, [mail], known).items()}
        if mails[0].id not in known:
            _log.warning("mail.not_rendered", mail_id=str(mails[0].id), exc_info=error)
            known.add(mails[0].id)
        return {mails[0].id: _given_up(error)}
    return {mail.id: rendered.get(mail.id, Withdrawn(gettext_noop("the renderer left it out"))) for mail in mails}


def _given_up(error: Exception) -> Withdrawn | Again:
    """A mail whose content is wrong is withdrawn; one that met a bug or an outage waits for its mending."""
    if isinstance(error, FeedbackError) and not isinstance(error, Unavailable):
        return Withdrawn(f"it could not be rendered: {error.message}")
    return Again(f"it could not be rendered: {type(error).__name__}")


def _mark_all(work: Work, outcomes: Sequence[tuple[QueuedMail, Outcome | Withdrawn | Later]]) -> None:
    if outcomes:
        with work.begin(actor=SYSTEM) as uow:
            for mail, outcome in outcomes:
                if isinstance(outcome, Later):
                    queue.put_off(uow, mail, outcome.until)
                    continue
                _mark(uow, mail, outcome)
                attempt_log.note(uow, mail)


def _mark(uow: UnitOfWork, mail: QueuedMail, outcome: Outcome | Withdrawn) -> None:
    match outcome:
        case Sent():
            queue.mark_sent(uow, mail)
        case Withdrawn(reason):
            queue.mark_withdrawn(uow, mail, reason)
        case Unclear(reason):
            queue.mark_unclear(uow, mail, reason)
        case Again(reason, retry_after, reached):
            queue.mark_failed_try(uow, mail, reason, retry_after, reached=reached)
        case Refused(reason, bounced):
            queue.mark_refused(uow, mail, reason, bounced=bounced)
