"""Pure. The words for the lines of a case's timeline, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from alerts import words
from alerts.casework.flow import WAITING_STATES
from alerts.promises import words as promise_words
from alerts.routing import words as route_words
from alerts.settling import line_words
from alerts.threads import words as thread_words
from alerts.views import EntryView
from feedback_engine.foundation.i18n import gettext, gettext_noop, ngettext

_PLAIN_ENTRIES = {
    "acknowledged": gettext_noop("{who} acknowledged the case"),
    "noted": gettext_noop("{who} noted"),
    "reopened": gettext_noop("{who} reopened the case"),
    "resumed": gettext_noop("The clock goes on"),
    "woke": gettext_noop("The case came back from being put aside"),
}
_UNDONE = {
    "acknowledged": gettext_noop("{who} took back the acknowledgement"),
    "assigned": gettext_noop("{who} took back the change of owner"),
    "closed": gettext_noop("{who} took back the closing"),
    "dismissed": gettext_noop("{who} took back the dismissal"),
    "paused": gettext_noop("{who} took back the pause"),
    "resumed": gettext_noop("{who} took back the end of the pause"),
    "snoozed": gettext_noop("{who} took back that the case was put aside"),
    "reopened": gettext_noop("{who} took back the reopening"),
    "promised": gettext_noop("{who} took back a promise"),
    "promise_kept": gettext_noop("{who} took back that a promise was kept"),
    "promise_broken": gettext_noop("{who} took back that a promise was broken"),
    "promise_withdrawn": gettext_noop("{who} took back that a promise does not hold any more"),
    "merged": gettext_noop("{who} took back the merge"),
    "split": gettext_noop("{who} took back the split"),
}
"""What was taken back, by the kind of its own line."""
_WITH_REASON = {
    ("dismissed", False): gettext_noop("{who} dismissed the case: {reason}"),
    ("dismissed", True): gettext_noop("{who} acknowledged the case and dismissed it: {reason}"),
    ("paused", False): gettext_noop("{who} stopped the clock: {reason}"),
    ("paused", True): gettext_noop("{who} acknowledged the case and stopped the clock: {reason}"),
}
"""By whether nobody had looked at the case before."""


def who_did(entry: EntryView) -> str:
    """Whoever took a step, by name; a program by that of its key, which is said to be one."""
    return words.actor(entry.actor_kind, entry.actor_name)


def entry(line: EntryView, names: Mapping[str, str]) -> str:
    """One line of a timeline as a sentence; `names` gives the words for ids and keys."""
    entry_kind, detail, who = line.kind, line.detail, who_did(line)
    if line_words.is_ours(entry_kind, detail):
        return line_words.entry(entry_kind, detail, names, who)
    match entry_kind:
        case "opened":
            return _opened(detail, names)
        case "joined":
            return gettext("Another alert came to this case")
        case "score_changed":
            return _score_changes(detail["scores"])
        case "contact_logged":
            return _contact(detail, names, who)
        case "assigned" | "transferred":
            return _given(line, names)
        case "snoozed":
            return put_aside(detail, who)
        case "merged" | "split":
            return _regrouped(entry_kind, detail, who)
        case (
            "promised" | "promise_kept" | "promise_broken" | "promise_withdrawn" | "promise_warned" | "promise_overdue"
        ):
            return promise_words.entry(line, names, who, acknowledges=_was_waiting(detail))
        case "closed":
            ended = [
                words.outcome(detail["outcome"]),
                names.get(detail.get("root_cause", ""), detail.get("root_cause", "")),
            ]
            ended += [gettext("quietly, nobody was asked")] if detail.get("asked") is False else []
            return gettext("{who} closed the case: {outcome}", who=who, outcome=" · ".join(filter(None, ended)))
        case "dismissed" | "paused":
            reason = (words.dismissal if entry_kind == "dismissed" else words.pause)(detail["reason"])
            return gettext(_WITH_REASON[entry_kind, _was_waiting(detail)], who=who, reason=reason)
        case "warned":
            if detail["of"] == "contact":
                return gettext("Three quarters of the time to the first contact have passed")
            return gettext("Three quarters of the time to settle have passed")
        case "missed":
            if detail["of"] == "contact":
                return gettext("The first contact became overdue")
            return gettext("Settling became overdue")
        case "escalated":
            named = {"level": detail["level"], "to": route_words.recipient(detail["to"])}
            if detail["of"] == "contact":
                return gettext("First contact missed; level {level} of escalation: {to}", **named)
            return gettext("Not settled in time; level {level} of escalation: {to}", **named)
        case "undone":
            step = detail["entry"]
            return gettext(_UNDONE[step], who=who)
        case _ if entry_kind in thread_words.ENTRIES:
            return thread_words.entry(entry_kind, detail, who)
        case _:
            return gettext(_PLAIN_ENTRIES[entry_kind], who=who)


def put_aside(detail: Mapping[str, Any], who: str, until: str = "") -> str:
    """That somebody put a case aside, `until` when in words; of a case nobody had looked at, it says that they have."""
    waited = _was_waiting(detail)
    if waited and until:
        return gettext("{who} acknowledged the case and put it aside until {until}", who=who, until=until)
    if waited:
        return gettext("{who} acknowledged the case and put it aside", who=who)
    if until:
        return gettext("{who} put the case aside until {until}", who=who, until=until)
    return gettext("{who} put the case aside", who=who)


def _was_waiting(detail: Mapping[str, Any]) -> bool:
    """Whether nobody had looked at the case before this was done to it."""
    return detail.get("before", {}).get("state") in WAITING_STATES


def _given(line: EntryView, names: Mapping[str, str]) -> str:
    """To whom a case went; and that it came out of being put aside by it."""
    detail = line.detail
    named = {"who": who_did(line), "owner": names.get(detail["owner_id"], detail["owner_id"])}
    if line.kind != "assigned":
        told = gettext("{who} handed the partner over, and this case with it, to {owner}", **named)
    elif line.is_by(detail["owner_id"]):
        told = gettext("{who} took the case", **named)
    else:
        told = gettext("{who} gave the case to {owner}", **named)
    was_aside = bool(detail.get("before", {}).get("snoozed_until"))
    return gettext("{told}; it is not put aside any more", told=told) if was_aside else told


def _contact(detail: Mapping[str, Any], names: Mapping[str, str], who: str) -> str:
    """A contact with what came of it: with whom, the outcome, how they sounded, the cause that came to light."""
    went = [words.contact_outcome(detail["outcome"], detail["channel"])]
    went += [words.sentiment(detail["sentiment"])] if detail.get("sentiment") else []
    went += [names.get(detail["root_cause"], detail["root_cause"])] if detail.get("root_cause") else []
    how = words.contact_channel(detail["channel"])
    named = {"who": who, "how": how, "outcome": " · ".join(went)}
    name = names.get(detail.get("contact_id", ""))
    if name:
        return gettext("{who} logged a contact with {name}: {how}, {outcome}", name=name, **named)
    return gettext("{who} logged a contact: {how}, {outcome}", **named)


def _regrouped(entry_kind: str, detail: Mapping[str, Any], who: str) -> str:
    ref = detail["ref"]
    if entry_kind == "merged":
        if "into_id" in detail:
            return gettext("{who} merged this case into {ref}", who=who, ref=ref)
        return gettext("{who} merged {ref} into this case", who=who, ref=ref)
    alerts = ngettext("{n} alert", "{n} alerts", len(detail["alerts"]))
    if "from_id" in detail:
        return gettext("{who} split this case off {ref}, with {alerts}", who=who, ref=ref, alerts=alerts)
    return gettext("{who} split {ref} off this case, with {alerts}", who=who, ref=ref, alerts=alerts)


def _opened(detail: Mapping[str, Any], names: Mapping[str, str]) -> str:
    holder = detail.get("owner_id") or detail.get("team_id")
    if holder is None:
        return gettext("Case opened; nobody could be found for it")
    return gettext("Case opened and given to {name}", name=names.get(holder, holder))


def _score_changes(scores: Mapping[str, tuple[int, int]]) -> str:
    changes = [
        gettext("a better answer: {before} became {after}", before=before, after=after)
        if after > before
        else gettext("a worse answer: {before} became {after}", before=before, after=after)
        for before, after in scores.values()
    ]
    return gettext("The partner gave {changes}", changes=", ".join(changes))
