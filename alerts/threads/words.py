"""Pure. The words for the thread of a case: why a mail cannot go, why one matched nothing, what became of a talk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from feedback_engine.foundation.i18n import (
    city_of,
    format_datetime,
    format_time,
    gettext,
    gettext_noop,
    language_for_reader,
)
from feedback_engine.foundation.instants import OUT_OF_REACH

_REFUSALS = {
    "nobody": gettext_noop("The case has no contact any more to whom you could write."),
    "left": gettext_noop("This contact has left the partner; write to somebody else there from your own mail."),
    "erased": gettext_noop("This contact was erased; nothing may be sent to them."),
    "undeliverable": gettext_noop("Mail to this address came back. Mend the address on the contact's page first."),
    "opted_out": gettext_noop("This person has asked for no more mail. Call instead."),
    "complaint": gettext_noop("This person reported our mail as unwanted. Call instead."),
    "objected": gettext_noop("This person has objected to being written to. Call instead, if at all."),
    "draft": gettext_noop("The program is a draft: nothing reaches a partner before it is live."),
    "test": gettext_noop("The program is in test, and this address is not on its list."),
    "subject_missing": gettext_noop("Write a subject of one line, at most 200 characters."),
    "nobodys": gettext_noop("The case is nobody's; give it to somebody, in whose name the invitation can go."),
    "when_unknown": gettext_noop("Give a day and a time, such as 2026-03-10 and 09:30."),
    "when_out_of_reach": OUT_OF_REACH,
    "when_missing": gettext_noop("There is no such hour on that day: the clocks go forward. Choose another one."),
    "when_past": gettext_noop("This time is past: choose a later one."),
    "when_far": gettext_noop("Choose a time within the next 365 days."),
    "when_taken": gettext_noop("A call with this contact stands at this hour already: change it, or call it off."),
    "minutes": gettext_noop("A call takes 5 to 480 minutes."),
    "guest_unknown": gettext_noop("Choose somebody of the partner who can be written to."),
    "place_missing": gettext_noop("Say how to join: a link, a phone number or a place."),
    "cancelled": gettext_noop("This call is off already."),
    "over": gettext_noop("This call is over."),
}
_REASONS = {
    "unreadable": gettext_noop("It is not a mail that can be read"),
    "too_large": gettext_noop("It is larger than what is taken in; it stands whole in the mailbox"),
    "bounce": gettext_noop("A mail server reports that a mail of ours did not arrive"),
    "no_sender": gettext_noop("It does not name exactly one sender"),
    "forged_tag": gettext_noop("It was sent to an address of a case that we never gave out"),
    "unknown": gettext_noop("It answers no mail of ours"),
    "contradictory": gettext_noop("It answers mails of several cases"),
    "auth_failed": gettext_noop("The mail server says that its sender is forged"),
    "auth_missing": gettext_noop("The mail server that is trusted says nothing about its sender"),
    "wrong_sender": gettext_noop("It answers a mail of ours, but comes from nobody we know at that partner"),
}
_OFF = {
    "called_off": gettext_noop("called off"),
    "case_closed": gettext_noop("off, because the case was closed"),
    "case_reopened": gettext_noop("off, because the case was reopened"),
    "gone": gettext_noop("off, because the contact is gone"),
}
ENTRIES = frozenset({"attached", "replied", "partner_replied", "invited", "invitation_changed"})
"""The kinds of timeline entries that these words are for."""


def refusal(code: str) -> str:
    """Why it cannot be done, and what to do instead."""
    return gettext(_REFUSALS[code])


def reason(code: str) -> str:
    """Why a mail matched nothing."""
    return gettext(_REASONS[code])


def off(code: str) -> str:
    """Why a talk does not take place."""
    return gettext(_OFF[code])


def entry(kind: str, detail: Mapping[str, Any], who: str) -> str:
    """One line of a timeline as a sentence."""
    match kind:
        case "attached":
            return gettext("{who} attached files", who=who)
        case "replied":
            return gettext("{who} wrote to the partner", who=who)
        case "partner_replied":
            if detail.get("automatic"):
                return gettext("An automatic reply came from the partner")
            return gettext("The partner replied by mail")
        case "invited":
            return gettext("{who} invited the partner to a call", who=who)
        case _:
            return _changed(detail, who)


def _changed(detail: Mapping[str, Any], who: str) -> str:
    match detail.get("change"):
        case "cancelled":
            if detail.get("reason") == "called_off":
                return gettext("{who} called off the arranged call", who=who)
            return gettext("The arranged call is {reason}", reason=off(str(detail["reason"])))
        case "organizer":
            return gettext("The new owner is on the call now")
        case _:
            return gettext("{who} changed the arranged call", who=who)


_ODD_HOURS = {
    "rest": gettext_noop("{at} in {place} is a day of rest there. Choose another day, or say that it is meant so."),
    "hours": gettext_noop(
        "{at} in {place} is outside working hours there. Choose another hour, or say that it is meant so."
    ),
}


def odd_hour(reason: str, at: datetime, zone: str) -> str:
    """Why one asks back before somebody is called at an hour at which nobody works where they are."""
    place = city_of(zone)
    return gettext(_ODD_HOURS[reason], at=format_datetime(at, zone, style="weekday"), place=place)


def clock_there(zone: str, names: Sequence[str], now: datetime) -> str:
    """What the time is where these people are."""
    named = {"place": city_of(zone), "names": ", ".join(names), "time": format_time(now, zone)}
    return gettext("In {place} ({names}) it is {time}.", **named)


def goes_to(name: str, reads: str, ours: str) -> str:
    """To whom a mail goes and in which language, `ours`; `reads` is the reader's own, empty if nobody knows it."""
    if not reads:
        return gettext("To {name}, in {language}.", name=name, language=language_for_reader(ours))
    if _is_spoken(reads, ours):
        return gettext("To {name}, in their language: {language}.", name=name, language=language_for_reader(ours))
    return gettext(
        "To {name}, in {ours}: this mail has no text in their language, {language}.",
        name=name,
        ours=language_for_reader(ours),
        language=language_for_reader(reads),
    )


def guest_choice(name: str, reads: str, ours: str) -> str:
    """The same in a list of those who may be invited."""
    if not reads or _is_spoken(reads, ours):
        return f"{name} · {language_for_reader(ours)}"
    named = {"ours": language_for_reader(ours), "language": language_for_reader(reads)}
    return gettext("{name} · {ours} (no text in {language})", name=name, **named)


def _is_spoken(reads: str, ours: str) -> bool:
    return reads.replace("_", "-").partition("-")[0].lower() == ours


def talk_subject(touchpoint: str, company: str, *, answered: bool) -> str:
    """What a call is proposed to be about, and who we are; in the language in force."""
    if not answered:
        about = gettext("A call about how we work together")
    elif touchpoint:
        about = gettext("A call about your feedback on {touchpoint}", touchpoint=touchpoint)
    else:
        about = gettext("A call about your feedback")
    return f"{about} ({company})" if company else about


def present_words(inviter: str, organizer: str) -> str:
    """Who invites and who will be there, where those are two people; else empty."""
    return gettext("{who} invites you; {name} will be on the call.", who=inviter, name=organizer) if inviter else ""
