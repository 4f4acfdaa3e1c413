"""Why a mail about a case has not left yet, and until when it waits, in words."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Row

from alerts.channels.email import MAIL_KIND as NOTICES
from alerts.notices import notification_store, telling_log
from alerts.notices.rules import GIVEN, LOST
from alerts.notices.standing import is_told
from alerts.settling.asking import MAIL_KIND as CLOSINGS
from alerts.settling.ladder import APPEAL_KIND
from feedback_engine.directory import reading as directory
from feedback_engine.foundation.i18n import format_time, gettext, ngettext
from feedback_engine.foundation.mail.queue import MailView
from feedback_engine.foundation.unit_of_work import Reading
from feedback_engine.foundation.web.reader import reader_zone
from feedback_engine.foundation.web.templating import show_datetime
from surveys import reading as surveys

_MOMENT = timedelta(seconds=15)

HELD_KINDS = (CLOSINGS, APPEAL_KIND)
"""Mails that wait as long as the program holds every mail, so that they can be taken back."""


class Held(NamedTuple):
    """What a mail waits for; `by_hold` when that is the hold of the program."""

    words: str
    by_hold: bool = False


def waits_of(view: Reading, mails: Sequence[MailView]) -> dict[UUID, Held]:
    """What each of these mails waits for that is still to leave; the page of outgoing mail says what keeps any mail.

    One that was tried in vain says itself why it is tried again.
    """
    hold, zone = surveys.program_in_force(view).hold, reader_zone()
    waiting = [mail for mail in mails if mail.state == "queued" and not mail.attempts]
    notices = notification_store.notifications_by_id(view, [mail.ref_id for mail in waiting if mail.kind == NOTICES])
    others = _others_told(view, notices.values())
    return {
        mail.id: _wait_of_notice(mail, notices[mail.ref_id], others.get(mail.ref_id, 0), view.now, zone)
        if mail.ref_id in notices
        else _wait(mail, view.now, zone, hold)
        for mail in waiting
    }


def _others_told(view: Reading, notices: Collection[Row[Any]]) -> dict[UUID, int]:
    """Of how many other cases the message of each notice tells too, as things stand now, by notice."""
    readers = directory.staff_by_id(view, {notice.recipient_id for notice in notices})
    told: dict[Any, set[UUID]] = {}
    found = {}
    for notice in notices:
        kinds = next((kinds for kinds in (GIVEN, LOST) if notice.news in kinds), ())
        if not kinds or notice.together_at is None:
            continue
        message = (notice.recipient_id, notice.together_at, kinds)
        if message not in told:
            member = readers[notice.recipient_id]
            along = notification_store.told_with(view, notice, kinds)
            told[message] = {each.case_id for each in along if is_told(view, member, each)}
        found[notice.id] = len(told[message] - {notice.case_id})
    return found


def _wait_of_notice(mail: MailView, notice: Row[Any], others: int, now: datetime, zone: str) -> Held:
    """In the words in which the page of the case says it, under *Who was told*, and with how many others it goes."""
    words = telling_log.why_waits(notice, mail.due_at, now).format(at=show_datetime(mail.due_at, "weekday", zone))
    together = ngettext("in one mail with {n} other", "in one mail with {n} others", others)
    return Held(f"{words}, {together}" if others else words)


def _wait(mail: MailView, now: datetime, zone: str, hold: timedelta) -> Held:
    if mail.due_at <= now + _MOMENT:
        return Held(gettext("leaves in a moment"))
    # Without a hold, what waits is only as long in coming as a step can be taken back.
    if mail.kind in HELD_KINDS and hold:
        until = _instant(mail.due_at, now, zone)
        return Held(gettext("held until {time}, so that it can be taken back; then it goes", time=until), by_hold=True)
    if mail.kind in HELD_KINDS:
        return Held(gettext("leaves at {time}", time=_instant(mail.due_at, now, zone)))
    return Held(gettext("leaves {at}", at=show_datetime(mail.due_at, "weekday", zone)))


def _instant(at: datetime, now: datetime, zone: str) -> str:
    """The hour alone where that is today."""
    here = ZoneInfo(zone)
    if at.astimezone(here).date() == now.astimezone(here).date():
        return format_time(at, zone)
    return show_datetime(at, "weekday", zone)
