"""Writes the short message that tells somebody of a case in a chat: headline, due time, link, no partner's words."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from time import monotonic
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from alerts import reading
from alerts.notices import endings, given, standing
from alerts.notices import store as notice_store
from alerts.notices.certainty import certain_at
from alerts.notices.due_words import due_line
from alerts.notices.headlines import headline, of_news
from alerts.notices.rules import GIVEN, LOST
from alerts.notices.sending import Ready, Verdict
from alerts.settling import notices as settling_notices
from alerts.views import CaseView
from feedback_engine.directory import reading as directory
from feedback_engine.directory.reading import StaffView
from feedback_engine.foundation.chat.sending import ChatMessage, ChatProcess, chat_process
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.errors import PermanentError, TransientError
from feedback_engine.foundation.i18n import use_locale
from feedback_engine.foundation.mail.message import Later
from feedback_engine.foundation.unit_of_work import Reading
from feedback_engine.foundation.web.addresses import absolute_url


@contextmanager
def prepared(engine: Engine, rows: Sequence[Row[Any]]) -> Iterator[Mapping[UUID, Ready | Verdict | Later]]:
    """The messages of these notifications, each ready to go; left out are those whose chat is there no more."""
    ready: dict[UUID, Ready | Verdict | Later] = {}
    with chat_process(engine.settings) as process:
        with engine.work.read() as view:
            chats = notice_store.chats_by_id(view, {row.recipient_id for row in rows})
            staff = directory.staff_by_id(view, {chat.staff_id for chat in chats.values()})
            for row in rows:
                chat = chats.get(row.recipient_id)
                if chat is not None and chat.disabled_at is None:
                    ready[row.id] = _ready(engine, view, process, row, chat, staff[chat.staff_id])
        yield ready


def _ready(
    engine: Engine, view: Reading, process: ChatProcess, row: Row[Any], chat: Row[Any], member: StaffView
) -> Ready | Verdict | Later:
    ready = _as_it_stands(engine, view, process, row, chat, member)
    until = certain_at(view, [row.case_id]) if isinstance(ready, Verdict) else None
    return ready if until is None else Later(until)


def _as_it_stands(
    engine: Engine, view: Reading, process: ChatProcess, row: Row[Any], chat: Row[Any], member: StaffView
) -> Ready | Verdict | Later:
    if row.news in LOST:
        return _of_endings(engine, view, process, row, chat, member)
    if row.news in GIVEN:
        return _of_given(engine, view, process, row, chat, member)
    with use_locale(member.locale):
        case = reading.case_views(view, [row.case_id])[row.case_id]
        line = settling_notices.read_told(view, [row]).get(row.id)
        why_untold = standing.why_untold(view, case, row, line, member)
        if why_untold is not None:
            return Verdict("withdrawn", why_untold)
        title = f"{case.ref} {headline(view, case, row, line)}"
        # In a case that is over nothing is due any more.
        due = due_line(case, member.time_zone) if case.is_open else ""
        by = "\n".join(settling_notices.dues_told(view, case, row.news, member)) or due
        body = "\n".join(filter(None, (by, _url(engine, case))))
        message = ChatMessage(bytes(chat.url).decode(), title, body)
    return Ready(sender(process, message))


def _of_given(
    engine: Engine, view: Reading, process: ChatProcess, row: Row[Any], chat: Row[Any], member: StaffView
) -> Ready | Verdict | Later:
    with use_locale(member.locale):
        cases = given.given_with(view, row, member)
        if isinstance(cases, Later):
            return cases
        if isinstance(cases, str):
            return Verdict("withdrawn", cases)
        if len(cases) == 1:
            title, body = f"{cases[0].ref} {of_news(cases[0], row.news)}", _due(engine, cases[0], member)
        else:
            title = given.headline(len(cases))
            body = "\n".join(f"{case.ref} {_of(case)}\n{_due(engine, case, member)}" for case in cases)
        message = ChatMessage(bytes(chat.url).decode(), title, body)
    return Ready(sender(process, message))


def _of(case: CaseView) -> str:
    return f"{case.partner.name or case.partner.key}, {case.touchpoint_name}"


def _due(engine: Engine, case: CaseView, member: StaffView) -> str:
    """By when, and where to work on it."""
    return f"{due_line(case, member.time_zone)}\n{_url(engine, case)}"


def _url(engine: Engine, case: CaseView) -> str:
    return absolute_url(engine.settings.base_url, f"/cases/{case.ref}")


def _of_endings(
    engine: Engine, view: Reading, process: ChatProcess, row: Row[Any], chat: Row[Any], member: StaffView
) -> Ready | Verdict | Later:
    with use_locale(member.locale):
        ended = endings.ended_with(view, row, member)
        if isinstance(ended, Later):
            return ended
        if isinstance(ended, str):
            return Verdict("withdrawn", ended)
        base = engine.settings.base_url
        body = "\n".join(line for each in ended for line in (each.how, each.url(base)) if line)
        message = ChatMessage(bytes(chat.url).decode(), endings.subject(ended), body)
    return Ready(sender(process, message))


def sender(process: ChatProcess, message: ChatMessage) -> Callable[[UUID], Verdict]:
    """Sends a message once it is called, and says how that went."""

    def send(_: UUID) -> Verdict:
        began = monotonic()
        try:
            status = process.send(message)
        except PermanentError as error:
            return Verdict("given_up", error.message, duration=timedelta(seconds=monotonic() - began))
        except TransientError as error:
            return Verdict(
                "again",
                error.message,
                duration=timedelta(seconds=monotonic() - began),
                retry_after=error.retry_after,
                reached=error.reached,
            )
        return Verdict("sent", status=status, duration=timedelta(seconds=monotonic() - began))

    return send
