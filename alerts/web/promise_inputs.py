"""Reads promises, and what else came of a contact, from forms and from programs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from uuid import UUID

from alerts.casework.flow import FIELDS_IN_CONTACT, LogContact
from alerts.promises import reading as promise_reading
from alerts.promises.flow import GivePromise, MakePromise, SettlePromise
from alerts.web.inputs import owner_id_of
from alerts.words import refusal
from feedback_engine.directory import reading as directory
from feedback_engine.foundation.errors import Fault, Invalid, NotFound
from feedback_engine.foundation.i18n import gettext
from feedback_engine.foundation.instants import parse_day, words_of
from feedback_engine.foundation.unit_of_work import Reading


def promise_of(text: str, due_on: str, owner_id: UUID | None = None, *, field: str = "due_on") -> MakePromise:
    """A promise as it was typed. Raises Invalid at `field` for a day that is none."""
    return MakePromise(text, day_of(due_on, field), owner_id)


def contact_of(
    channel: str,
    outcome: str,
    text: str,
    root_cause: str = "",
    sentiment: str = "",
    promise: str = "",
    promise_due_on: str = "",
    contact: str = "",
) -> LogContact:
    """A contact with what came of it; all but its outcome may stay empty. Raises Invalid as `promise_of` does, and at
    `/contact` for an id that is none."""
    promised = None
    if promise.strip() or promise_due_on:
        promised = promise_of(promise, promise_due_on, field=FIELDS_IN_CONTACT["due_on"])
    return LogContact(channel, outcome, text, root_cause or None, sentiment or None, promised, _contact_id(contact))


def contact_typed(typed: Mapping[str, str]) -> LogContact:
    """The contact of the form on a case's page."""
    names = ("channel", "outcome", "text", "root_cause", "sentiment", "promise", "promise_due_on", "contact")
    return contact_of(**{name: typed.get(f"log-contact-{name}", "") for name in names})


def _contact_id(text: str) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        raise Invalid(refusal("contact_unknown"), [Fault("/contact", refusal("contact_unknown"))]) from None


def settling_typed(typed: Mapping[str, str]) -> SettlePromise:
    """The end of a promise as the form on a case's page tells it. Raises NotFound for a promise that cannot be."""
    promise_id = _promise_id(typed, "settle-promise-id")
    return SettlePromise(promise_id, typed.get("settle-promise-state", ""), typed.get("settle-promise-reason", ""))


def giving_typed(reading: Reading, typed: Mapping[str, str]) -> GivePromise:
    """A promise that goes to somebody else, with the note that tells them. Raises NotFound, and Invalid at `/owner`."""
    promise = promise_reading.find_promise(reading, _promise_id(typed, "give-promise-id"))
    if promise is None:
        raise NotFound(gettext("There is no such promise in this case."))
    owner_id = owner_id_of(reading, typed.get("give-promise-owner", ""))
    member = directory.staff_by_id(reading, [owner_id]).get(owner_id)
    who = member.email if member else ""
    # An @ in the promise itself would name somebody else.
    text = gettext("@{who} keeps this promise from now on: {promise}", who=who, promise=promise.text.replace("@", "＠"))
    return GivePromise(promise.id, owner_id, text)


def _promise_id(typed: Mapping[str, str], field: str) -> UUID:
    try:
        return UUID(typed.get(field, ""))
    except ValueError:
        raise NotFound(gettext("There is no such promise in this case.")) from None


def day_of(text: str, field: str) -> date | None:
    """A day written 2026-03-10; None for an empty text. Raises Invalid at `field` for any other."""
    if not text:
        return None
    try:
        return parse_day(text)
    except ValueError as error:
        words = words_of(error, refusal("day_unknown"))
        raise Invalid(words, [Fault(f"/{field}", words)]) from None
