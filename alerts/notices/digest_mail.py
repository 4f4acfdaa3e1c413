"""Writes the mails of the kind `digest`: one mail about many things, or the word that there is nothing for now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from alerts.notices import digest_contents, mail_templates
from alerts.notices import store as notice_store
from alerts.notices.certainty import certain_at
from alerts.notices.digest_contents import Section
from alerts.notices.standing import is_told
from feedback_engine.directory import reading as directory
from feedback_engine.directory.reading import StaffView
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.i18n import format_date, gettext, gettext_noop, use_locale
from feedback_engine.foundation.mail.message import Later, Message, Withdrawn
from feedback_engine.foundation.mail.queue import QueuedMail
from feedback_engine.foundation.unit_of_work import Reading
from feedback_engine.foundation.web.addresses import absolute_url


def render(engine: Engine, view: Reading, mails: Sequence[QueuedMail]) -> Mapping[UUID, Message | Withdrawn | Later]:
    """The digests, each in its reader's language; withdrawn where by now there is nothing left to say."""
    digests = notice_store.digests_by_id(view, [mail.ref_id for mail in mails])
    staff = directory.staff_by_id(view, [digest.staff_id for digest in digests.values()])
    rendered: dict[UUID, Message | Withdrawn | Later] = {}
    for mail in mails:
        digest = digests.get(mail.ref_id)
        member = staff.get(digest.staff_id) if digest is not None else None
        if digest is None or member is None or not member.active:
            rendered[mail.id] = Withdrawn(gettext_noop("whoever it was for has no account any more"))
            continue
        with use_locale(member.locale):
            rendered[mail.id] = _render(engine, view, digest, member)
    return rendered


def _render(engine: Engine, view: Reading, digest: Row[Any], member: StaffView) -> Message | Withdrawn | Later:
    if digest.state == "paused":
        return _message(engine, member, gettext("Pausing until there is news"), _calm(), [])
    news = notice_store.news_of_digest(view, member.id, digest.id)
    untold = {row.case_id for row in news if not is_told(view, member, row)}
    if (until := certain_at(view, untold)) is not None:
        return Later(until)
    sections = digest_contents.sections_of(view, member, digest, news)
    if not sections:
        return Withdrawn(gettext_noop("what it was about is settled"))
    day = format_date(digest.until_at, member.time_zone, style="weekday")
    heading = gettext("Your week, {day}", day=day) if digest.rhythm == "weekly" else gettext("Your day, {day}", day=day)
    return _message(engine, member, heading, "", sections)


def _calm() -> str:
    return gettext("Nothing is new, due or waiting for you. These mails pause until there is news.")


def _message(engine: Engine, member: StaffView, heading: str, words: str, sections: Sequence[Section]) -> Message:
    base = engine.settings.base_url
    shown = {
        "headline": heading,
        "words": words,
        "sections": sections,
        "case_url": lambda ref: absolute_url(base, f"/cases/{ref}"),
        "more": digest_contents.more_words,
        "url": absolute_url(base, "/my"),
        "choices_url": absolute_url(base, "/account/notices"),
    }
    return mail_templates.to_staff(engine, member, "digest", heading, shown)
