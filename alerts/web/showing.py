"""What the alert pages share: clocks, due times, timelines and routes in words for one reader."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from markupsafe import Markup

from alerts import words
from alerts.casework import words as timeline_words
from alerts.clocks import words as clock_words
from alerts.reading import CaseDetail, CaseView, EntryView
from alerts.routing import words as route_words
from alerts.settling import words as settling_words
from alerts.settling.flow import DIRECT_TALK, ESCALATION, MEDIATION
from alerts.settling.parts import has_reached
from alerts.settling.reading import Brought, SettlingView, StepView
from alerts.terms import PARTNER_OWNER, TOUCHPOINT_OWNER
from feedback_engine.directory.reading import ContactView, StaffView
from feedback_engine.foundation.i18n import city_of, gettext
from feedback_engine.foundation.instants import parse_instant
from feedback_engine.foundation.web.access import StaffPrincipal
from feedback_engine.foundation.web.templating import show_date, show_datetime, unbroken_references

ClockedCase = tuple[CaseView, tuple[str, str], str]
"""A case of a list, the state and words of its clock, and by when it is due."""

_MOST_SAID = 90


def clock_of(case: CaseView, *, long: bool = False) -> tuple[str, str]:
    """State and words of a case's clock, for the macro `clock`."""
    if not case.is_open:
        return "done", _closed_words(case)
    if case.paused_at is not None:
        return clock_words.paused(case.left, long=long)
    if is_thanked(case):
        return "", gettext("thanked; close it")
    if case.kind == "thanks":
        return clock_words.of_thanks(case.left, case.past_due, long=long)
    return clock_words.running(case.left, case.past_due, long=long)


def is_thanked(case: CaseView) -> bool:
    """Whether all that an open thank-you asked for was done: only closing it is left, and that is never late."""
    return case.kind == "thanks" and case.contacted_at is not None


def _closed_words(case: CaseView) -> str:
    """How a closed case ended: by the partner's word where they were asked, else by ours."""
    if not case.settlement:
        return words.closed(case.outcome or "")
    return settling_words.closed("asking" if case.asks_later else case.settlement)


def due_words(case: CaseView, zone: str) -> str:
    """By when, in the reader's zone and in the partner's where the hour differs there."""
    return _due(case, zone, instant_words)


def due_line(case: CaseView, zone: str) -> str:
    """By when as a list says it, in the reader's zone alone."""
    return _due(case, zone, lambda _, at, reader_zone: show_datetime(at, "weekday", reader_zone))


def with_clocks(cases: Iterable[CaseView], zone: str) -> list[ClockedCase]:
    """The cases of a list, each with its clock and by when it is due."""
    return [(case, clock_of(case), due_line(case, zone)) for case in cases]


def task_of(case: CaseView) -> str:
    """What is next in a case of somebody's own, with its partner: in a conflict that was brought to others, that."""
    partner = case.partner.name or case.partner.key
    if case.in_mediation or case.ladder_rung == ESCALATION:
        return settling_words.in_conflict(case.ladder_rung, partner)
    contacted, doubtful = not case.awaits_contact and not case.is_called_off, case.fallen is not None
    return words.task(case.kind, case.state, partner, contacted=contacted, doubtful=doubtful)


def since_words(case: CaseView, zone: str = "") -> str:
    """Since when the partner of an open case waits for a word from us, or when they were reached; nobody waits for our
    thanks, so of those it says since when they are open. The day, and with a `zone` the hour in it.

    It is what the order *waiting longest* goes by, so no list says another beginning or a length beside it.
    """
    at = case.waits_since or case.reached_at or case.open_since
    told = show_datetime(at, "weekday", zone) if zone else show_date(at, "day")
    if case.waits_since is None and case.reached_at is not None:
        return gettext("reached {at}", at=told)
    return gettext("open since {at}", at=told) if case.kind == "thanks" else gettext("waiting since {at}", at=told)


def hours_words(cases: Iterable[CaseView], zone: str, now: datetime) -> str:
    """Whose working hours the clocks of a list count, for `places_words`: of those that still have some left."""
    counted = (case for case in cases if case.is_open and case.left > timedelta())
    return places_words((case.hours_zone for case in counted if case.hours_zone), zone, now)


def places_words(hours_zones: Iterable[str], zone: str, now: datetime) -> str:
    """Where working hours are counted; empty where the clock says everywhere what it says to the reader."""
    zones = set(hours_zones)
    if all(ZoneInfo(each).utcoffset(now) == ZoneInfo(zone).utcoffset(now) for each in zones):
        return ""
    places = sorted({city_of(each) for each in zones})
    if len(places) == 1:
        return gettext("working hours in {place}", place=places[0])
    return gettext("working hours in {places}, by case", places=", ".join(places))


def brought_row(brought: Brought, zone: str) -> ClockedCase:
    """A case that was brought to somebody: their own time for it, and what is asked of them."""
    due_at, late = brought.due_at, bool(brought.past_due)
    if due_at is None:
        clock = "", gettext("with you since {at}", at=show_datetime(brought.step.began_at, "weekday", zone))
    else:
        clock = clock_words.running(brought.left, brought.past_due)
    due = show_datetime(due_at, "weekday", zone) if due_at else ""
    if brought.step.rung == ESCALATION:
        theirs = called(brought.step.contact)
        return brought.case, clock, settling_words.settle_with(theirs, due, calls=brought.calls, late=late)
    asked = settling_words.call_by if brought.calls else settling_words.find_by
    return brought.case, clock, asked(None, due, late=late)


def called(contact: ContactView | None) -> str:
    """How a contact is called, by their address where nobody knows the name; empty for nobody."""
    return contact.name or contact.email if contact is not None else ""


def _due(case: CaseView, zone: str, instant: Callable[[CaseView, datetime, str], str]) -> str:
    if not case.is_open:
        return ""
    if case.paused_at is not None:
        return _pause_words(case, zone, instant)
    if case.kind == "thanks":
        # Once it is done nothing has its time any more.
        thank_by = gettext("If it still holds, thank by {due}") if case.fallen else gettext("Thank by {due}")
        by = thank_by if case.contacted_at is None else ""
    elif case.awaits_contact and case.is_brought and case.in_mediation:
        by = gettext("Mediator’s call was due {due}") if case.past_due else gettext("Mediator’s call by {due}")
    elif case.awaits_contact and case.is_brought:
        late = gettext("Escalation contact’s call was due {due}")
        by = late if case.past_due else gettext("Escalation contact’s call by {due}")
    elif case.awaits_contact:
        by = gettext("Contact was due {due}") if case.past_due else gettext("Contact by {due}")
    else:
        by = gettext("Settling was due {due}") if case.past_due else gettext("Settle by {due}")
    return by.format(due=instant(case, case.due_at, zone))


def _pause_words(case: CaseView, zone: str, instant: Callable[[CaseView, datetime, str], str]) -> str:
    """Why the clock stands still, and until when."""
    reason = words.pause(case.pause_reason or "")
    if case.paused_until is None:
        return gettext("{reason}, until somebody goes on", reason=reason)
    return gettext("{reason}, until {until}", reason=reason, until=instant(case, case.paused_until, zone))


def instant_words(case: CaseView, at: datetime, zone: str) -> str:
    """An instant in the reader's zone, and in the partner's where the hour differs there."""
    return both_clocks(at, zone, case.partner_zone)


def both_clocks(at: datetime, zone: str, there: str) -> str:
    """An instant in the reader's zone, and its hour in `there` where that differs; empty if nobody knows it."""
    told, time = show_datetime(at, "weekday", zone), clock_words.there(at, zone, there)
    return gettext("{due} ({time} in {place})", due=told, time=time, place=city_of(there)) if time else told


def promise_hint(case: CaseView, zone: str, now: datetime) -> str:
    """Where the day of a promise ends, unless it does so where its reader is, and by when its case is to be settled."""
    elsewhere = case.hours_zone and ZoneInfo(case.hours_zone).utcoffset(now) != ZoneInfo(zone).utcoffset(now)
    ends = gettext("The day ends with working hours in {place}.", place=city_of(case.hours_zone)) if elsewhere else ""
    return " ".join(filter(None, (ends, _settle_by_words(case, zone, now))))


def _settle_by_words(case: CaseView, zone: str, now: datetime) -> str:
    """Until when the case of a promise has to be settled, or was to be; empty for a thank-you, and while its clock
    stands still."""
    if case.kind == "thanks":
        return ""
    due = instant_words(case, case.resolve_due_at, zone)
    if _settling_is_late(case, now):
        return gettext("The case itself was to be settled by {due}.", due=due)
    return "" if case.paused_at is not None else gettext("The case itself has to be settled by {due}.", due=due)


def settle_line(case: CaseView, zone: str, now: datetime) -> str:
    """Beside a clock that runs to the first contact: by when the case is to be settled; empty where that is said."""
    if not case.is_open or case.paused_at is not None or case.kind == "thanks" or not case.awaits_contact:
        return ""
    by = gettext("Settling was due {due}") if _settling_is_late(case, now) else gettext("Settle by {due}")
    return by.format(due=instant_words(case, case.resolve_due_at, zone))


def _settling_is_late(case: CaseView, now: datetime) -> bool:
    """While the clock of a case stands still its time does not run out."""
    return case.resolve_due_at <= (case.paused_at or now)


def call_in_conflict(case: CaseView, caller: StaffView | None, viewer: StaffPrincipal) -> str:
    """By when the contact is due that somebody has to make whom a conflict was brought to, a mediator or at last the
    escalation contact; empty where there is none, and where the clock waits for nothing of theirs."""
    if caller is None or not case.is_open or case.paused_at is not None or not case.awaits_contact:
        return ""
    due = instant_words(case, case.due_at, viewer.time_zone)
    name = None if caller.id == viewer.id else caller.name
    return settling_words.call_by(name, due, late=bool(case.past_due))


def head_clock(case: CaseView, brought: Brought | None, viewer: StaffPrincipal) -> tuple[tuple[str, str], str, str]:
    """The clock at the top of a case, what is due by when, and by when the case is to be settled where that is else.

    For a mediator who has called, the clock counts to their finding, as it does in their lists (`brought`).
    """
    due = due_words(case, viewer.time_zone)
    is_finding = brought is not None and brought.step.rung == MEDIATION and not brought.calls
    if brought is None or brought.due_at is None or not is_finding or case.paused_at is not None:
        return clock_of(case, long=True), due, ""
    by = instant_words(case, brought.due_at, viewer.time_zone)
    finding = settling_words.find_by(None, by, late=bool(brought.past_due))
    return clock_words.running(brought.left, brought.past_due, long=True), finding, due


def next_in_conflict(detail: CaseDetail, steps: Sequence[StepView], viewer: StaffPrincipal, now: datetime) -> str:
    """Who does what next, and by when, on every rung above direct talk; empty at any other time."""
    case = detail.case
    step = next((step for step in steps if step.rung == case.ladder_rung), None)
    if step is None or not case.is_open:
        return ""
    if step.is_followed and step.staff is not None:
        return settling_words.being_followed(step.rung, step.staff.name)
    owner = case.holder or None
    owns = case.owner is not None and case.owner.id == viewer.id
    settle_due = instant_words(case, case.resolve_due_at, viewer.time_zone)
    is_late = _settling_is_late(case, now)
    settle_by = settling_words.by_when(settle_due if is_late or case.paused_at is None else "", late=is_late)
    if step.rung == ESCALATION:
        return _next_in_escalation(detail, step, viewer, settle_by)
    if step.ended_at is not None:
        return settling_words.after_mediation(owner, to_owner=owns, by=settle_by)
    due = instant_words(case, step.due_at, viewer.time_zone) if step.due_at else ""
    by = settling_words.by_when(due, late=step.due_at is not None and step.due_at <= now)
    if step.mediator is None:
        gone = step.staff.name if step.staff else ""
        reader = "finder" if viewer.id in step.finders else "owner" if owns else ""
        return settling_words.without_mediator(gone, owner, reader, by, is_anybody_apart=bool(step.finders))
    reader = "mediator" if step.mediator.id == viewer.id else "owner" if owns else ""
    talked = deed_in_mediation(detail, step, viewer) == "finding"
    stated = _is_stated(detail, step)
    return settling_words.next_step(step.mediator.name, owner, reader, by, settle_by, stated=stated, talked=talked)


def _next_in_escalation(detail: CaseDetail, step: StepView, viewer: StaffPrincipal, by: str) -> str:
    case = detail.case
    to, owns = step.mediator, case.owner is not None and case.owner.id == viewer.id
    reader = "escalated" if to is not None and to.id == viewer.id else "owner" if owns else ""
    name, gone, theirs = to.name if to else None, step.staff.name if step.staff else "", called(step.contact)
    reached = is_reached(detail, step)
    return settling_words.after_escalation(name, gone, case.holder or None, theirs, reader, by, reached=reached)


def is_reached(detail: CaseDetail, step: StepView | None) -> bool:
    """Whether whoever has a conflict in hand has been in touch with the partner, and owes them no other call."""
    if step is None or step.mediator is None or detail.case.awaits_contact:
        return False
    return has_reached(detail.timeline, step.mediator.id, step.began_at)


def call_of_another(case: CaseView, caller: StaffView | None, viewer: StaffPrincipal) -> tuple[str, str]:
    """Whose call a step of a conflict owes, for the forms in which its reader logs one or writes, who is not the one:
    theirs ends no clock. Empty where it owes none, or that of the reader."""
    if caller is None or caller.id == viewer.id or not case.is_open or not case.awaits_contact:
        return "", ""
    return settling_words.beside_call(caller.name), settling_words.beside_contact(caller.name)


def _is_stated(detail: CaseDetail, step: StepView) -> bool:
    """Whether our side has said in this mediation how it was."""
    return any(entry.kind == "statement_given" and entry.at >= step.began_at for entry in detail.timeline)


def deed_in_mediation(detail: CaseDetail, step: StepView | None, viewer: StaffPrincipal) -> str | None:
    """What is next for the reader while somebody mediates: `statement`, `finding`, or nothing (empty). None where it is
    a call: for a mediator who has not talked with the partner yet, and wherever nobody mediates; there whoever may say
    what they find instead is as a mediator. Once that was said it is to `close`."""
    if detail.case.is_open and detail.case.is_mediated:
        return "close"
    if step is not None and step.is_followed:
        return ""
    if step is None or step.ended_at is not None or not detail.case.is_open:
        return None
    if step.mediator is None and viewer.id not in step.finders:
        return None
    if step.mediator is not None and step.mediator.id != viewer.id:
        owner = detail.case.owner
        is_theirs = owner is None or owner.id == viewer.id
        return "statement" if is_theirs and not _is_stated(detail, step) else ""
    since = [entry for entry in detail.timeline if entry.at >= step.began_at]
    talks = [entry for entry in since if entry.kind == "contact_logged" and entry.actor_id == str(viewer.id)]
    return "finding" if any(entry.detail.get("outcome") == "talked" for entry in talks) else None


def deed_in_conflict(detail: CaseDetail, settling: SettlingView, viewer: StaffPrincipal) -> str | None:
    """The same on every rung: once it came to an escalation contact of ours, nothing is next for anybody else, until
    they have been in touch with the partner; then it is to close."""
    escalated_to = settling.caller if detail.case.ladder_rung == ESCALATION else None
    if detail.case.is_open and escalated_to is not None and escalated_to.id != viewer.id:
        return "close" if is_reached(detail, settling.escalation) and not settling.mediates else ""
    if settling.escalation is not None and settling.escalation.is_followed:
        return ""
    return deed_in_mediation(detail, settling.mediation, viewer)


def is_with_another(detail: CaseDetail, settling: SettlingView) -> bool:
    """Whether it is the turn of somebody to whom a conflict was brought and who is not its owner: what is the owner's
    to do, and what would end the case, stands back then."""
    case, caller = detail.case, settling.caller
    if not case.is_open or case.ladder_rung == DIRECT_TALK:
        return False
    if caller is None or settling.mediator is not None:
        return settling.mediator is not None
    owns = case.owner is not None and case.owner.id == caller.id
    return not owns and not is_reached(detail, settling.escalation)


def runs_words(detail: CaseDetail) -> str:
    """When the clock of a case runs, by the calendar under which it counts, and where it is that hour."""
    hours = detail.working_hours
    if hours is None:
        return ""
    named = {"from_time": hours.from_time, "until_time": hours.until_time, "place": city_of(hours.time_zone)}
    return gettext("The clock runs on working days, {from_time} to {until_time} in {place}.", **named)


def was_missed(detail: CaseDetail) -> bool:
    """Whether an open case was not answered or settled in time."""
    return detail.case.is_open and any(each.kind == "missed" and not each.case_ref for each in detail.together)


def said_by(case: CaseView) -> str:
    """What stands in a list under the name: the beginning of what the partner said last, or why there is a case
    without."""
    return shortened(case.reply or case.comment or case.noticed)


def shortened(said: str) -> str:
    """At most 90 characters of a text, cut behind a word; within one that alone fills more than a third of them."""
    if len(said) <= _MOST_SAID:
        return said
    kept = said[: _MOST_SAID - 1]
    whole = kept if said[_MOST_SAID - 1].isspace() else re.sub(r"\S+\Z", "", kept)
    return (whole if len(whole) > _MOST_SAID * 2 / 3 else kept).rstrip(" \t\n,;:") + "…"


def warning_tag(case: CaseView) -> str:
    """What tells a case from others of its kind: of one that the partner opened again its rung, or their word, of a
    thank-you that its answer became worse since; empty for all others."""
    if case.fallen is not None:
        return gettext("in doubt: {was} became {now}", was=case.fallen[0], now=case.fallen[1])
    if not case.is_denied:
        return ""
    if case.ladder_rung > DIRECT_TALK:
        return settling_words.rung(case.ladder_rung, is_mediated=case.is_mediated)
    return settling_words.says(case.settlement or "")


def state_words(case: CaseView, view: str = "") -> str:
    """The state of an open case as a list says it, in that `view` of the inbox. While somebody mediates it waits for
    our statement until that is given, whoever calls meanwhile: nobody is asked to acknowledge it then, and the list of
    cases that need review says why it is there."""
    if case.awaits_statement:
        is_for_review = view == "review" and case.needs_review
        return gettext("needs review: waits for our statement") if is_for_review else gettext("waits for our statement")
    return words.state("new" if case.needs_review else "acknowledged" if case.is_called_off else case.state)


def entry_words(entry: EntryView, detail: CaseDetail, zone: str) -> str:
    """One line of the timeline as a sentence."""
    if entry.kind == "snoozed" and entry.detail.get("until"):
        until = instant_words(detail.case, parse_instant(str(entry.detail["until"])), zone)
        return timeline_words.put_aside(entry.detail, timeline_words.who_did(entry), until)
    told = timeline_words.entry(entry, detail.names)
    if entry.kind in ("invited", "invitation_changed") and entry.detail.get("starts_at"):
        at = parse_instant(str(entry.detail["starts_at"]))
        return gettext("{told}: {at}", told=told, at=instant_words(detail.case, at, zone))
    return told


def told_of(entries: Iterable[EntryView], detail: CaseDetail, zone: str) -> list[tuple[EntryView, str]]:
    """Lines of the timeline, each with its sentence."""
    return [(entry, entry_words(entry, detail, zone)) for entry in entries]


def text_of(entry: EntryView, detail: CaseDetail) -> Markup:
    """The text of an entry; whoever it mentions stands there by their name of today."""
    told, at = Markup(""), 0
    for start, end, staff_id in entry.detail.get("mentions", ()):
        name = detail.names.get(staff_id, entry.text[start + 1 : end])
        told += Markup("{}<b>@{}</b>").format(unbroken_references(entry.text[at:start]), name)
        at = end
    return told + unbroken_references(entry.text[at:])


def first_holder(detail: CaseDetail) -> str:
    """To whom the case went when it was opened."""
    # One that was split off was opened by being split; the case it comes from says to whom it went.
    told = (*detail.timeline, *detail.together)
    opened = next((entry.detail for entry in told if entry.kind == "opened"), {})
    holder = opened.get("owner_id") or opened.get("team_id")
    return detail.names.get(holder, str(holder)) if holder else route_words.steering(detail.route.get("to"))


def route_told(detail: CaseDetail, zone: str) -> list[str]:
    """More on why the case is where it is: the branch of the tree, who was passed over, who gave it on."""
    route, case = detail.route, detail.case
    told: list[str] = []
    for fields in route.get("matched", ()):
        told.append(gettext("That route is for: {match}.", match=route_words.match(fields, detail.names)))
    away = [detail.names.get(staff_id, staff_id) for staff_id in route.get("away", ())]
    for recipient in route.get("passed", ()):
        reason = route_words.passed_over(
            recipient, is_empty=recipient in route.get("empty", ()), is_away=bool(away) and _is_person(recipient)
        )
        told.append(gettext("Passed over: {reason}.", reason=reason))
    told += _turn_words(detail, away)
    given = _last_giving(detail)
    if given is not None and case.owner is not None:
        at, who = show_datetime(given.at, "weekday", zone), timeline_words.who_did(given)
        took = gettext("Since then: {who} took it, {at}.", who=who, at=at)
        gave = gettext("Since then: {who} gave it to {owner}, {at}.", who=who, owner=case.owner.name, at=at)
        told.append(took if given.actor_id == str(case.owner.id) else gave)
    return told


def _last_giving(detail: CaseDetail) -> EntryView | None:
    """The line by which a case came to its owner, be it one of a case that it was split off from or merged with."""
    owner = detail.case.owner
    if owner is None:
        return None
    undone = {(entry.case_ref, entry.revision - 1) for entry in detail.together if entry.kind == "undone"}
    kinds = ("assigned", "transferred")
    stands = [each for each in detail.together if each.kind in kinds and (each.case_ref, each.revision) not in undone]
    given = [entry for entry in stands if entry.detail["owner_id"] == str(owner.id)]
    own = [entry for entry in given if not entry.case_ref]
    # What another case says matters only where the route did not give this one to its owner by itself.
    others = given if first_holder(detail) != owner.name else []
    return next(reversed(own or others), None)


def _turn_words(detail: CaseDetail, away: list[str]) -> list[str]:
    """Whose turn it was, and who stands in for whom."""
    to, holder = detail.route.get("to") or "", first_holder(detail)
    resting = [detail.names.get(staff_id, staff_id) for staff_id in detail.route.get("resting", ())]
    told = [route_words.turn(to, holder, resting)] if to.startswith(("rota:", "role:")) else []
    return [*told, route_words.standing_in(away, holder)] if away else told


def _is_person(recipient: str) -> bool:
    return recipient in (PARTNER_OWNER, TOUCHPOINT_OWNER) or recipient.startswith("staff:")
