"""Pure. Topics, modes, channels, outcomes of attempts: the words for what stands as keys in notices."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from alerts.notices.rules import EACH, MODES, NEVER_DIGESTED, NEVER_OFF, RHYTHMS, TOLD_LATER, TOLD_TOGETHER
from feedback_engine.foundation.i18n import format_date, gettext, gettext_noop

_TOPICS = {
    "new_case": gettext_noop("New or reopened case"),
    "more_bad_news": gettext_noop("More bad news on an open case"),
    "handed_to_me": gettext_noop("A case is given to me"),
    "warning": gettext_noop("Time is running out"),
    "escalation": gettext_noop(
        "Escalation: a time missed, a promise not kept, a conflict on its last step or without its mediator"
    ),
    "mention": gettext_noop("Somebody mentions me"),
    "reply": gettext_noop("The partner replies"),
    "verdict": gettext_noop("The partner’s verdict"),
    "mediation": gettext_noop("Mediation"),
    "moved": gettext_noop("A case put aside comes back, is merged, or others close one of yours or give it away"),
}
_MODES = {
    "at_once": gettext_noop("at once"),
    "digest": gettext_noop("with the digest"),
    "off": gettext_noop("not at all"),
}
_RHYTHMS = {
    "never": gettext_noop("no digest"),
    "daily": gettext_noop("every day"),
    "weekly": gettext_noop("once a week"),
}
_ALL_NEWS = {
    "at_once": gettext_noop("at once"),
    "daily": gettext_noop("in one mail a day"),
    "weekly": gettext_noop("in one mail a week"),
    EACH: gettext_noop("each kind on its own"),
}
_CHANNELS = {
    "email": gettext_noop("E-mail"),
    "webhook": gettext_noop("Webhook"),
    "chat": gettext_noop("Chat"),
}
_OUTCOMES = {
    "sent": gettext_noop("arrived"),
    "again": gettext_noop("did not go, is tried again"),
    "given_up": gettext_noop("was given up"),
    "withdrawn": gettext_noop("held back"),
    "unclear": gettext_noop("unclear: whoever sent it stopped"),
}
_NEWS = {
    "opened": gettext_noop("Case opened"),
    "joined": gettext_noop("More bad news"),
    "assigned": gettext_noop("Given to somebody"),
    "closed": gettext_noop("Case closed"),
    "reopened": gettext_noop("Case reopened"),
    "warned": gettext_noop("Time is running out"),
    "escalated": gettext_noop("Escalation"),
    "woke": gettext_noop("Back from being put aside"),
    "mentioned": gettext_noop("Mention"),
    "merged": gettext_noop("Merged"),
    "split": gettext_noop("Case split"),
    "transferred": gettext_noop("Handed over with the partner"),
    "promise_due": gettext_noop("Promise falls due"),
    "promise_overdue": gettext_noop("Promise overdue"),
    "promise_broken": gettext_noop("Promise broken"),
    "partner_replied": gettext_noop("The partner replied"),
    "partner_confirmed": gettext_noop("The partner says: settled"),
    "partner_partly": gettext_noop("The partner says: partly settled"),
    "partner_disputed": gettext_noop("The partner says: not settled"),
    "mediation_began": gettext_noop("Mediation began"),
    "statement_given": gettext_noop("Statement given"),
    "mediation_ended": gettext_noop("Mediation ended"),
    "given_away": gettext_noop("Given to somebody else"),
    "mediation_late": gettext_noop("Mediation overdue"),
    "holder_gone": gettext_noop("Mediator or escalation contact gone"),
    # Mails that are not about one entry of a case.
    "case-notification": gettext_noop("Notice of a case"),
    "case-transfer": gettext_noop("Partners that changed hands"),
    "digest": gettext_noop("Digest"),
    "receiver-off": gettext_noop("A receiver was switched off"),
    "notice-trial": gettext_noop("Test"),
    "test": gettext_noop("Test"),
}
_OFF = {
    "gone": gettext_noop("It answered that it is gone for good (410)."),
    "failing": gettext_noop("For five days no message has reached it."),
}
_MOMENT = timedelta(seconds=15)
_A_MONDAY = date(2024, 1, 1)


def untold(hours: float | None, *, is_named_since: bool = False) -> str:
    """Why nobody was told that a time was missed: nobody is named for it (None), or it is `hours` of working time.

    `is_named_since`: by now somebody is, but a case keeps to what held when it was opened.
    """
    if hours is not None:
        return gettext(
            "A time was missed, and nobody else was told so far: others hear of it after {hours} h of working time.",
            hours=f"{hours:g}",
        )
    if is_named_since:
        return gettext(
            "A time was missed, and nobody else was told: when the case was opened, the alerts of this program named "
            "nobody for that."
        )
    return gettext("A time was missed, and nobody else was told: the alerts of this program name nobody for that.")


def who_can_name(names: Sequence[str]) -> str:
    """Who can name somebody to be told of missed times, to whoever cannot."""
    return gettext("Who can name somebody for cases from now on: {names}.", names=", ".join(names))


def wait(news: str, channel: str, due_at: datetime, now: datetime, *, is_quiet: bool, is_put_off: bool) -> str:
    """Why a message has not left yet, with `{at}` for when it does; `is_quiet`: its reader has quiet hours until then;
    `is_put_off`: a step that may be taken back makes it needless just now.

    Programs hear at once; what is due to nobody for a moment is in the hands of the process that wrote it.
    """
    if due_at > now + _MOMENT and is_quiet:
        return gettext("waits until {at}, the end of their quiet hours")
    can_be_taken_back = channel != "webhook" and news in (*TOLD_TOGETHER, *TOLD_LATER)
    if due_at > now + _MOMENT and (can_be_taken_back or is_put_off):
        return gettext("waits until {at}, so that it can be taken back")
    return gettext("leaves in a moment")


def topic(key: str) -> str:
    """What can be chosen, as its row on the page is called."""
    return gettext(_TOPICS[key])


def modes_of(topic_key: str) -> list[tuple[str, str]]:
    """The modes that a topic may have, for a choice."""
    refused = ({"off"} if topic_key in NEVER_OFF else set()) | ({"digest"} if topic_key in NEVER_DIGESTED else set())
    return [(mode, gettext(_MODES[mode])) for mode in MODES if mode not in refused]


def all_news() -> list[tuple[str, str]]:
    """How all news may come, for a choice."""
    return [(key, gettext(words)) for key, words in _ALL_NEWS.items()]


def mode(key: str) -> str:
    """at once, with the digest, not at all."""
    return gettext(_MODES[key])


def rhythms() -> list[tuple[str, str]]:
    """How often a digest comes, for a choice."""
    return [(key, gettext(_RHYTHMS[key])) for key in RHYTHMS]


def rhythm(key: str) -> str:
    """no digest, every day, once a week."""
    return gettext(_RHYTHMS[key])


def weekdays() -> list[tuple[str, str]]:
    """The days of the week, Monday first, for a choice."""
    return [(str(day), format_date(_A_MONDAY + timedelta(days=day), style="EEEE")) for day in range(7)]


def channel(key: str) -> str:
    """E-mail, Webhook, Chat."""
    return gettext(_CHANNELS[key])


def outcome(key: str) -> str:
    """How an attempt ended."""
    return gettext(_OUTCOMES[key])


def news(key: str) -> str:
    """What a message was about; a kind that was added since says its own name."""
    return gettext(_NEWS[key]) if key in _NEWS else key.replace("_", " ")


def switched_off(reason: str | None) -> str:
    """Why a receiver was switched off; empty when a person did it."""
    return gettext(_OFF[reason]) if reason in _OFF else ""
