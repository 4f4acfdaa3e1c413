"""Writes the mail about one promise: that its time is running out, has passed, or that it was called broken."""

from __future__ import annotations

from uuid import UUID

from alerts import store
from alerts.notices import mail_templates
from alerts.promises import reading as promise_reading
from alerts.promises.reading import PromiseView
from alerts.views import CaseView
from feedback_engine.directory.reading import StaffView
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.i18n import format_datetime, gettext, gettext_noop
from feedback_engine.foundation.mail.message import Message, Withdrawn
from feedback_engine.foundation.unit_of_work import Reading
from feedback_engine.foundation.web.addresses import absolute_url

HEADLINES = {
    "promise_due": gettext_noop("{partner}: a promise falls due"),
    "promise_overdue": gettext_noop("{partner}: a promise is overdue"),
    "promise_broken": gettext_noop("{partner}: a promise was broken"),
}
"""The news about promises that mails tell."""
_TAKEN_BACK = gettext_noop("the promise was taken back before the message went")


def render(
    engine: Engine, view: Reading, case: CaseView, revision: int, news: str, member: StaffView
) -> Message | Withdrawn:
    """The mail about the promise that the entry of this revision is about."""
    promise = _promise(view, case, revision)
    return Withdrawn(_TAKEN_BACK) if promise is None else _message(engine, case, promise, news, member)


def why_needless(view: Reading, case: CaseView, revision: int, news: str, member: StaffView) -> str | None:
    """Why there is no need any more to tell of the promise that the entry of this revision is about, untranslated; None
    while there is, also when its case is closed."""
    promise = _promise(view, case, revision)
    if promise is None:
        return _TAKEN_BACK
    if news != "promise_broken":
        if not promise.is_open:
            return gettext_noop("the promise ended before the message went")
        if promise.owner.id != member.id:
            return gettext_noop("the promise went to somebody else before the message did")
        if news == "promise_due" and promise.is_overdue:
            return gettext_noop("its time has passed; the message about that follows")
    return None


def _promise(view: Reading, case: CaseView, revision: int) -> PromiseView | None:
    entry = next(iter(store.entries_of(view, case.id, revision - 1)), None)
    promise_id = entry.detail.get("promise") if entry is not None else None
    return promise_reading.find_promise(view, UUID(promise_id)) if promise_id else None


def _message(engine: Engine, case: CaseView, promise: PromiseView, news: str, member: StaffView) -> Message:
    headline = gettext(HEADLINES[news], partner=case.partner.name or case.partner.key)
    shown = {
        "promise": promise,
        "headline": headline,
        "promised": format_datetime(promise.promised_at, member.time_zone, style="weekday"),
        "due": format_datetime(promise.due_at, member.time_zone, style="weekday"),
        "url": absolute_url(engine.settings.base_url, f"/cases/{case.ref}#promises"),
    }
    return mail_templates.to_staff(engine, member, "promise", f"{case.ref} {headline}", shown)
