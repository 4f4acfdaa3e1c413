"""Reads the mailbox of an installation over IMAP: what is new is taken in, and how far it was read is kept in a row.

One worker reads at a time, by the same row.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from alerts.threads import intake_store, mail_intake
from feedback_engine.foundation import logs
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.errors import PermanentError, TransientError
from feedback_engine.foundation.mail.mailboxes import HEAD_BYTES, ImapAddress, ImapMailbox, imap_address, open_imap
from feedback_engine.foundation.unit_of_work import SYSTEM

BATCH_SIZE = 20
MOST_TIMES = 2
"""How often a mail is begun; one that twice had no end is kept on the list as unreadable."""
PATIENCE = timedelta(minutes=2)
"""How long a mail that was begun is left to whoever began it. The longest honest one takes seconds."""
_NOBODY: Mapping[str, Any] = {"begun_uid": None, "begun_at": None, "begun_count": None}
_log = logs.logger(__name__)


class MailboxReader:
    """One worker's look into the mailbox, as often as the settings say; what another has taken is known by its row."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._next_look: datetime | None = None

    def look_if_due(self) -> int:
        """Look into the mailbox if it is time; returns how many mails were read. 0 without a mailbox."""
        settings, now = self._engine.settings, self._engine.clock.now()
        every = timedelta(seconds=settings.imap_every_seconds)
        # A clock that was set back ends the wait, rather than draw it out.
        waits = self._next_look is not None and self._next_look - every <= now < self._next_look
        if settings.imap_url is None or waits:
            return 0
        read = look(self._engine, imap_address(settings.imap_url.get_secret_value()))
        # What did not fit into one helping is read at once.
        self._next_look = None if read == BATCH_SIZE else now + every
        return read


def look(engine: Engine, address: ImapAddress) -> int:
    """Take in what is new in a mailbox, up to BATCH_SIZE mails; returns how many were read.

    A mailbox that lets nobody in is noted beside its position, where people see it, and tried again later.
    """
    try:
        with open_imap(address) as mailbox:
            return _take_new(engine, address, mailbox)
    except (TransientError, PermanentError) as error:
        _log.warning("mailbox.not_read", mailbox=address.name, reason=error.message)
        with engine.work.begin(actor=SYSTEM) as uow:
            intake_store.save_position(uow, address.name, {"problem": error.message[:500]})
        return 0


def _take_new(engine: Engine, address: ImapAddress, mailbox: ImapMailbox) -> int:
    with engine.work.read() as view:
        position = intake_store.position(view, address.name)
    known = position is not None and position.validity == mailbox.validity
    last = position.uid if known and position is not None else 0
    if not known or (position is not None and position.problem):
        with engine.work.begin(actor=SYSTEM) as uow:
            values = {"validity": mailbox.validity, "uid": last, "problem": None, **({} if known else _NOBODY)}
            intake_store.save_position(uow, address.name, values)
    found = mailbox.uids_after(last)[:BATCH_SIZE]
    for number, uid in enumerate(found):
        if not _take_one(engine, address, mailbox, uid):
            return number
    return len(found)


def _take_one(engine: Engine, address: ImapAddress, mailbox: ImapMailbox, uid: int) -> bool:
    """Take in one mail; False when it is not ours to read.

    What is noted before and after it makes sure that a mail of which readers die is given up, and the next one read.
    An error that we live to see is an end, and whoever tries again begins anew.
    """
    with engine.work.begin(actor=SYSTEM) as uow:
        times = intake_store.begin_mail(uow, address.name, mailbox.validity, uid, PATIENCE)
    if times is None:
        return False
    read: Mapping[str, Any] = {}
    try:
        _take(engine, mailbox, uid, times)
        read = {"uid": uid}
    finally:
        with engine.work.begin(actor=SYSTEM) as uow:
            intake_store.end_mail(uow, address.name, uid, read)
    return True


def _take(engine: Engine, mailbox: ImapMailbox, uid: int, times: int) -> None:
    if times > MOST_TIMES:
        _log.warning("mailbox.mail_given_up", uid=uid, times=times)
    if times > MOST_TIMES + 1:
        return  # Even what is known cheaply was too much.
    raw = mailbox.fetch(uid, engine.settings.incoming_mail_bytes if times <= MOST_TIMES else HEAD_BYTES)
    if raw is None:
        return
    if times <= MOST_TIMES:
        mail_intake.take_safely(engine, raw)
    else:
        mail_intake.give_up(engine, raw)
