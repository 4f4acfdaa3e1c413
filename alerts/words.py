"""Pure. The words for the codes of alerts and cases, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from feedback_engine.foundation.i18n import city_of, format_datetime, gettext, gettext_noop
from feedback_engine.foundation.instants import OUT_OF_REACH

_KINDS = {
    "recovery": gettext_noop("Unhappy partner"),
    "callback": gettext_noop("Call back"),
    "thanks": gettext_noop("Thank you"),
}
_TASKS = {
    "recovery": gettext_noop("Call {partner}"),
    "callback": gettext_noop("Call {partner}"),
    "thanks": gettext_noop("Thank {partner}"),
}
_STATES = {
    "new": gettext_noop("needs review"),
    "acknowledged": gettext_noop("acknowledged"),
    "in_progress": gettext_noop("in progress"),
    "reopened": gettext_noop("reopened"),
    "closed": gettext_noop("closed"),
}
_SEVERITIES = {"high": gettext_noop("high"), "normal": gettext_noop("normal"), "low": gettext_noop("low")}
_CHANNELS = {"call": gettext_noop("Call"), "meeting": gettext_noop("Meeting"), "mail": gettext_noop("Mail")}
_CONTACT_OUTCOMES = {
    "talked": gettext_noop("Talked"),
    "left_message": gettext_noop("Left a message"),
    "no_answer": gettext_noop("No answer"),
}
_OUTCOMES = {
    "settled": gettext_noop("Settled"),
    "partly_settled": gettext_noop("Partly settled"),
    "not_settled": gettext_noop("Not settled"),
    "no_action": gettext_noop("Nothing to do"),
    "thanked": gettext_noop("Thanked"),
    "dismissed": gettext_noop("Dismissed"),
    "merged": gettext_noop("Merged"),
}
_DISMISSALS = {
    "mistaken": gettext_noop("The partner meant something else"),
    "already_settled": gettext_noop("It was settled before"),
    "not_about_us": gettext_noop("It is not about us"),
    "test": gettext_noop("It was a test"),
}
_PAUSES = {
    "awaiting_partner": gettext_noop("Waiting for the partner"),
    "awaiting_others": gettext_noop("Waiting for somebody else"),
    "agreed_date": gettext_noop("A later date was agreed"),
}
_SNOOZES = {
    "tomorrow": gettext_noop("Next working morning"),
    "in_two_days": gettext_noop("In two days"),
    "next_monday": gettext_noop("Next Monday"),
}
_CLOSED = {
    "settled": gettext_noop("closed by us as settled"),
    "partly_settled": gettext_noop("closed by us as partly settled"),
    "not_settled": gettext_noop("closed, not settled"),
    "no_action": gettext_noop("closed, nothing to do"),
    "thanked": gettext_noop("closed, thanked"),
    "dismissed": gettext_noop("dismissed"),
    "merged": gettext_noop("merged into another case"),
}
_VIEWS = {
    "review": gettext_noop("Needs review"),
    "mine": gettext_noop("Mine"),
    "brought": gettext_noop("Asked to help"),
    "team": gettext_noop("Team"),
    "breaching": gettext_noop("Overdue or due soon"),
    "snoozed": gettext_noop("Cases put aside"),
    "closed": gettext_noop("Closed"),
    "mentions": gettext_noop("Mentions"),
}
_REASONS = {
    "score_below": gettext_noop("{score} is below {below}"),
    "score_high": gettext_noop("{score} is {at_least} or more"),
    "asks_for_contact": gettext_noop("they asked to be called"),
    "score_drop_person": gettext_noop("{score} after the {before} they gave last"),
    "score_drop_company": gettext_noop("{score} after the {before} that their company gave last"),
    "mentions_word": gettext_noop("the comment mentions “{word}”"),
    "mentions_theme": gettext_noop("the comment is about {theme}"),
    "silence_answers": gettext_noop("no answer for {days} days, after {count} in the {before} days before"),
    "silence_events": gettext_noop("no event for {days} days, after {count} in the {before} days before"),
    "promise_overdue": gettext_noop("something that we promised was not done in time"),
    "kpi_at_least": gettext_noop("{kpi} at {value}, with at least {target} agreed"),
    "kpi_at_most": gettext_noop("{kpi} at {value}, with at most {target} agreed"),
    "date_near": gettext_noop("{date} ({on}) in {days} days"),
    "several_detractors": gettext_noop("{people} people of the company below {below} within {days} days"),
}
_WHY = {
    "high": gettext_noop("The rule “{rule}” fired: {reason}. Severity: high."),
    "normal": gettext_noop("The rule “{rule}” fired: {reason}. Severity: normal."),
    "low": gettext_noop("The rule “{rule}” fired: {reason}. Severity: low."),
}
_REFUSALS = {
    "not_closed": gettext_noop("The case is open already."),
    "closed": gettext_noop("The case is closed. Reopen it first, and say why."),
    "already_acknowledged": gettext_noop("The case was acknowledged already."),
    "text_missing": gettext_noop("Write a few words."),
    "text_too_long": gettext_noop("Shorten the text to 10,000 characters."),
    "text_unreadable": gettext_noop("The text holds a character that cannot be stored; type it again."),
    "channel_unknown": gettext_noop("Choose how you reached out."),
    "outcome_unknown": gettext_noop("Choose how it went."),
    "outcome_of_others": gettext_noop("A case of this kind does not end like that; choose another outcome."),
    "root_cause_missing": gettext_noop("Choose the root cause; it is what lets us change things for everyone."),
    "root_cause_unknown": gettext_noop("This root cause is not in the program's list; choose one of the list."),
    "same_owner": gettext_noop("They have the case already; choose somebody else."),
    "owner_unknown": gettext_noop("Choose somebody on staff who works on cases."),
    "owner_mediates": gettext_noop("They are the one who mediates in this case; choose somebody else."),
    "team_mediates": gettext_noop(
        "Somebody of their team mediates in this case; choose somebody of another team, or wait for the finding."
    ),
    "reason_unknown": gettext_noop("Choose a reason."),
    "denied": gettext_noop("The partner says it is not settled; dismiss this case by itself, on its page."),
    "already_paused": gettext_noop("The clock stands still already."),
    "not_paused": gettext_noop("The clock is running."),
    "until_unknown": gettext_noop("Choose until when."),
    "until_past": gettext_noop("This time is past: choose a later one."),
    "until_far": gettext_noop("Choose a time within the next 90 days."),
    "not_undoable": gettext_noop("The last step cannot be taken back; do the opposite instead."),
    "promise_missing": gettext_noop("Write what was promised."),
    "promise_long": gettext_noop("Shorten it to 2,000 characters."),
    "due_missing": gettext_noop("Choose the day by which it was promised."),
    "day_unknown": gettext_noop("There is no such day. Give one, such as 2026-03-10."),
    "day_out_of_reach": OUT_OF_REACH,
    "promise_far": gettext_noop("Choose a day within the next 12 months."),
    "promise_state_unknown": gettext_noop("Choose how the promise ended."),
    "withdrawn_why": gettext_noop("Say why the promise does not hold any more."),
    "promise_settled": gettext_noop("The promise has ended already; look at the timeline."),
    "promise_theirs": gettext_noop("They have the promise already; choose somebody else."),
    "sentiment_unknown": gettext_noop("Choose how they sounded."),
    "contact_unknown": gettext_noop("Choose somebody who answered in this case."),
    "nobody_reached": gettext_noop("Nobody was reached, so nothing was heard or promised; choose another outcome."),
    "letter_of_thanks": gettext_noop("A thank-you settles nothing one could ask about; close it without a letter."),
    "cause_of_thanks": gettext_noop("A thank-you has no root cause; close it without one."),
    "undo_late": gettext_noop("That is a while ago, and others may have acted on it; do the opposite instead."),
}
_TEXTS_MISSING = {
    "note": gettext_noop("Write the note."),
    "reopen": gettext_noop("Write why it is not over."),
    "pause": gettext_noop("Write what was agreed."),
    "found": gettext_noop("Write to the partner what we found."),
    "did": gettext_noop("Write to the partner what we did."),
    "letter": gettext_noop("Write the text of the mail."),
    "statement_given": gettext_noop("Write our statement."),
    "mediation_ended": gettext_noop("Write what you find, and what should be done."),
}
"""Which text is missing, by the step or by the field that asks for it."""
_DELIVERIES = {
    "handed": gettext_noop("handed to the mail queue"),
    "pending": gettext_noop("waiting"),
    "claimed": gettext_noop("being sent"),
    "sent": gettext_noop("arrived"),
    "dead": gettext_noop("given up"),
}


def out_of(score_kind: str | None) -> int:
    """The top of the scale on which a score stands: 10, 7 for CES, 5 for CSAT."""
    return {"ces": 7, "csat": 5}.get(score_kind or "", 10)


_SENTIMENTS = {
    "relieved": gettext_noop("Relieved"),
    "neutral": gettext_noop("Neither relieved nor upset"),
    "upset": gettext_noop("Still upset"),
}


def sentiment(key: str) -> str:
    """How a partner sounded at the end of a contact."""
    return gettext(_SENTIMENTS[key])


def kind(key: str) -> str:
    """Recovery, Call back, Thank you."""
    return gettext(_KINDS[key])


def task(kind_key: str, state: str, partner: str, *, contacted: bool = False, doubtful: bool = False) -> str:
    """What the owner has to do next: look, then call or thank, and once they have talked (`contacted`) settle it. A
    thank-you that is `doubtful` is looked at anew."""
    if doubtful or (state in ("new", "reopened") and kind_key != "thanks"):
        return gettext("Review {partner}", partner=partner)
    if contacted and kind_key != "thanks":
        return gettext("Settle with {partner}", partner=partner)
    return gettext(_TASKS[kind_key], partner=partner)


def state(key: str) -> str:
    """The state as it stands in a list."""
    return gettext(_STATES[key])


def severity(key: str) -> str:
    """high, normal, low."""
    return gettext(_SEVERITIES[key])


def contact_channel(key: str) -> str:
    """How the partner was reached."""
    return gettext(_CHANNELS[key])


def contact_outcome(key: str, channel: str = "") -> str:
    """How a contact went; by mail nobody talks."""
    if channel == "mail" and key == "talked":
        return gettext("Answered")
    return gettext(_CONTACT_OUTCOMES[key])


def outcome(key: str) -> str:
    """How a case ended."""
    return gettext(_OUTCOMES[key])


def closed(key: str) -> str:
    """A closed case in a list, by its outcome."""
    return gettext(_CLOSED[key])


def dismissal(key: str) -> str:
    """Why a case held nothing to settle."""
    return gettext(_DISMISSALS[key])


def pause(key: str) -> str:
    """Why a clock stands still."""
    return gettext(_PAUSES[key])


def snooze(key: str, until: datetime | None = None, zone: str = "") -> str:
    """Until when a case is put aside; with the very instant in `zone`, where it is one partner's."""
    if until is None:
        return gettext(_SNOOZES[key])
    at = format_datetime(until, zone, style="weekday")
    return gettext("{choice}: {at} in {place}", choice=gettext(_SNOOZES[key]), at=at, place=city_of(zone))


def view(key: str) -> str:
    """A view of the inbox."""
    return gettext(_VIEWS[key])


def reason(code: str, numbers: Mapping[str, float], names: Mapping[str, str] | None = None) -> str:
    """Why a rule fired, as the second half of a sentence; `names` are the words that its numbers stand for."""
    return gettext(_REASONS[code], **{**numbers, **(names or {})})


def why(rule: str, severity_key: str, reason_words: str) -> str:
    """Why there is an alert, in a sentence, and how grave it is."""
    return gettext(_WHY[severity_key], rule=rule, reason=reason_words)


def refusal(code: str, of: str = "") -> str:
    """Why an action is not possible, and what to do instead; `of` is the step or field whose text is meant."""
    if code == "text_missing" and of in _TEXTS_MISSING:
        return gettext(_TEXTS_MISSING[of])
    return gettext(_REFUSALS[code])


def delivery(key: str) -> str:
    """What became of a notification."""
    return gettext(_DELIVERIES[key])


# ---- silences


def actor(kind_key: str, name: str) -> str:
    """Somebody by name; a program by that of its key, which is said to be one."""
    return gettext("API key {name}", name=name) if kind_key == "api" else name


def silence(partner: str, touchpoint: str, rule: str) -> str:
    """What a silence covers, from the names; empty ones stand for anything."""
    parts = [
        partner or gettext("Every partner"),
        gettext("at {touchpoint}", touchpoint=touchpoint) if touchpoint else "",
        gettext("rule “{rule}”", rule=rule) if rule else "",
    ]
    return ", ".join(filter(None, parts))
