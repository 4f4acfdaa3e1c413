"""What the alert pages share: clocks, due times, timelines and routes in words for one reader."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from alerts import words
from alerts.reading import CaseDetail, CaseView, EntryView
from feedback_engine.foundation.i18n import format_datetime, format_time, gettext


def clock_of(case: CaseView, *, long: bool = False) -> tuple[str, str]:
    """State and words of a case's clock, for the macro `clock`."""
    closed_as = None if case.is_open else case.outcome
    if case.kind == "thanks" and case.is_open:
        return words.thanks_clock(case.left, case.past_due, long=long)
    overdue = case.is_open and case.left.total_seconds() <= 0
    return words.clock(case.left, overdue=overdue, closed_as=closed_as, long=long)


def due_words(case: CaseView, zone: str) -> str:
    """By when, in the reader's zone and in the partner's where the hour differs there."""
    if not case.is_open:
        return ""
    by = gettext("Contact by {due}") if case.awaits_contact else gettext("Settle by {due}")
    due = format_datetime(case.due_at, zone, style="weekday")
    there = case.partner_zone
    if there and ZoneInfo(there).utcoffset(case.due_at) != ZoneInfo(zone).utcoffset(case.due_at):
        time = format_time(case.due_at, there)
        due = gettext("{due}, {time} in {place}", due=due, time=time, place=words.place(there))
    return by.format(due=due)


def said_by(case: CaseView) -> str:
    """What stands in a list under the name: the first 90 characters of the comment."""
    return case.comment if len(case.comment) <= 90 else case.comment[:89].rstrip() + "…"


def entry_words(entry: EntryView, detail: CaseDetail) -> str:
    """One line of the timeline as a sentence."""
    return words.entry(entry.kind, entry.detail, detail.names, entry.actor_name)


def first_holder(detail: CaseDetail) -> str:
    """To whom the case went when it was opened."""
    opened = next((entry.detail for entry in detail.timeline if entry.kind == "opened"), {})
    holder = opened.get("owner_id") or opened.get("team_id")
    return detail.names.get(holder, str(holder)) if holder else words.steering(detail.route.get("to"))


def route_words(detail: CaseDetail, zone: str) -> list[str]:
    """More on why the case is where it is: the branch of the tree, who was passed over, who gave it on."""
    route, case = detail.route, detail.case
    told: list[str] = []
    for fields in route.get("matched", ()):
        told.append(gettext("That route is for: {match}.", match=words.match(fields)))
    for recipient in route.get("passed", ()):
        reason = words.passed_over(recipient, is_empty=recipient in route.get("empty", ()))
        told.append(gettext("Passed over: {reason}.", reason=reason))
    given = [entry for entry in detail.timeline if entry.kind in ("assigned", "transferred")]
    if given and case.owner is not None:
        at, who = format_datetime(given[-1].at, zone, style="weekday"), given[-1].actor_name
        told.append(gettext("Since then: {who} gave it to {owner}, {at}.", who=who, owner=case.owner.name, at=at))
    return told
