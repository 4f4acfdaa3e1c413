"""What is done with many cases of the inbox at once: `/inbox/act`, and `/inbox/undo` for the whole of it.

What became of each case is kept in the reader's session until the list is shown again, so that the address of the list
stays the address. What a deed before that one did is kept as long as it can be taken back.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

from flask import Blueprint, flash, redirect, request, session, url_for
from werkzeug.wrappers import Response

from alerts import published
from alerts import reading as cases
from alerts.casework import bulk
from alerts.casework.bulk import ActionFor, Pick, Result
from alerts.casework.flow import (
    CLOSE_OUTCOMES,
    DISMISS_REASONS,
    Acknowledge,
    Action,
    Assign,
    Close,
    Dismiss,
    Refused,
    Snooze,
)
from alerts.casework.undoing import UNDO_WITHIN
from alerts.clocks.partner_week import week_of
from alerts.clocks.snoozing import SNOOZES, day_until, snoozed_until
from alerts.reading import CaseView
from alerts.web.case_pages import WORKERS
from alerts.web.inbox_filters import narrowing_of, query_of
from alerts.web.inputs import owner_id_of
from alerts.web.regroup_choices import merge_path
from alerts.web.taking_back import ON_THE_WAY
from alerts.words import refusal
from feedback_engine.directory import reading as directory
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.errors import Fault, Invalid
from feedback_engine.foundation.i18n import gettext, ngettext
from feedback_engine.foundation.unit_of_work import Reading
from feedback_engine.foundation.web.access import actor, allow, current_staff, roles

_KEPT = "inbox_done"
_TRIED = "inbox_tried"
_UNDOABLE = "inbox_undoable"
"""So long before its time is over Undo is offered no more: pressing it takes a moment, too."""
_FIELDS = ("bulk-owner", "bulk-until", "bulk-day", "bulk-reason", "bulk-outcome", "bulk-root_cause")
_LONGEST_CHOICE = 80
_PICK = re.compile(r"([Cc]-[0-9]{1,15}):([0-9]{1,9})")


@dataclass(frozen=True, slots=True)
class Line:
    """One case of what was done, with its name where the reader may see it still; `refused` is why, empty when done."""

    ref: str
    name: str
    refused: str


@dataclass(frozen=True, slots=True)
class Earlier:
    """A deed before the last one: what it did, what Undo would take back, and for how many seconds it still can."""

    summary: str
    picks: Sequence[str]
    seconds: int


@dataclass(frozen=True, slots=True)
class Done:
    """What the last deed came to, for the page; `picks` are what Undo would take back.

    `summary` says how many it was done with, and who has them now; `earlier` are latest first.
    """

    deed: str = ""
    done: Sequence[Line] = ()
    refused: Sequence[Line] = ()
    picks: Sequence[str] = ()
    summary: str = ""
    earlier: Sequence[Earlier] = ()


@dataclass(frozen=True, slots=True)
class Tried:
    """A deed that lacks something, for its form: the references it was for, what was chosen, and the faults there."""

    picked: Sequence[str] = ()
    deed: str = ""
    typed: Mapping[str, str] = field(default_factory=dict)
    faults: Sequence[Fault] = ()


def add_to(pages: Blueprint, engine: Engine) -> None:
    """Add the forms to the blueprint."""

    @pages.post("/inbox/act")
    @allow(roles(*WORKERS))
    def act_on_many() -> Response:
        deed, picked = request.form.get("deed", ""), request.form.getlist("pick")
        try:
            if deed == "merge":
                return redirect(_merge_path(engine, picked), 303)
            with engine.work.read() as reading:
                action_for = _action_for(reading, deed, request.form, current_staff().time_zone)
                at = reading.now
            results = bulk.act_on_many(engine.work, actor(), current_staff(), _picks(picked), action_for)
        except Invalid as error:
            # Nothing was done: what was chosen stays chosen.
            if not error.faults:
                flash(error.message, "warn")
            refs = [pick.partition(":")[0] for pick in picked[: bulk.MOST_CASES]]
            _keep_tried(deed, refs, {fault.pointer[1:]: fault.detail for fault in error.faults})
        else:
            mendable = [each for each in results if each.field]
            if mendable:
                _keep_tried(deed, [each.ref for each in mendable], {each.field: each.refused for each in mendable})
            _keep(deed, results, at, request.form.get("bulk-owner", "") if deed == "assign" else "")
        return redirect(_list_path(), 303)

    @pages.post("/inbox/undo")
    @allow(roles(*WORKERS))
    def undo_many() -> Response:
        try:
            picks = picks_of(request.form.get("picks", ""))
            _keep("undo", bulk.undo_many(engine.work, actor(), current_staff(), picks), engine.clock.now())
        except Invalid as error:
            flash(error.message, "warn")
        return redirect(_list_path(), 303)


def take_done(reading: Reading) -> Done | None:
    """What the last deed of this reader came to, once, and what can still be taken back, on every list they open."""
    kept, earlier = session.pop(_KEPT, None), _earlier(reading)
    if not earlier:
        session.pop(_UNDOABLE, None)
    if kept is None:
        return Done(earlier=earlier) if earlier else None
    found = cases.visible_cases(reading, current_staff(), [ref for ref, _, _ in kept["results"]])
    lines = [(Line(ref, _name(found.get(ref)), refused), revision) for ref, revision, refused in kept["results"]]
    done = [line for line, _ in lines if not line.refused]
    picks = [f"{line.ref}:{revision}" for line, revision in lines if revision and kept["deed"] != "undo"]
    if picks:
        session[_UNDOABLE] = [[kept["deed"], kept["to"], kept["at"], picks], *session.get(_UNDOABLE, ())]
    refused = [line for line, _ in lines if line.refused]
    return Done(kept["deed"], done, refused, picks, _summary(reading, kept["deed"], len(done), kept["to"]), earlier)


def _earlier(reading: Reading) -> list[Earlier]:
    """The deeds that were shown before and whose time is not over."""
    ends_at = UNDO_WITHIN - ON_THE_WAY
    left = [
        (deed, to, picks, int((datetime.fromtimestamp(at, UTC) + ends_at - reading.now).total_seconds()))
        for deed, to, at, picks in session.get(_UNDOABLE, ())
    ]
    # Meanwhile more may have been done on the page of a case, or by the clock.
    done = [(pick.ref, pick.revision) for *_, picks, _ in left for pick in _picks(picks)]
    as_left = cases.steps_to_undo(reading, done, str(current_staff().id))
    standing = [
        (deed, to, [pick for pick in picks if pick.partition(":")[0] in as_left], seconds)
        for deed, to, picks, seconds in left
    ]
    alone = [picks[0].partition(":")[0] for _, _, picks, _ in standing if len(picks) == 1]
    found = cases.visible_cases(reading, current_staff(), alone)
    return [
        Earlier(_told_of(_summary(reading, deed, len(picks), to), picks, found), picks, seconds)
        for deed, to, picks, seconds in standing
        if picks and seconds > 0
    ]


def _told_of(summary: str, picks: Sequence[str], found: Mapping[str, CaseView]) -> str:
    """What was done, and with which case where it was one: of several lines that read alike each is about another."""
    ref = picks[0].partition(":")[0]
    return summary if len(picks) > 1 else f"{ref} {_name(found.get(ref))}".strip() + f": {summary}"


def take_tried() -> Tried:
    """The deed that could not be done for want of something that its form asks, once; empty when there is none."""
    kept = session.pop(_TRIED, None)
    if kept is None:
        return Tried()
    faults = [Fault(f"/bulk-{name}", detail) for name, detail in kept["faults"].items()]
    return Tried(kept["picked"], kept["deed"], kept["typed"], faults)


# ---- in


def picks_of(text: str) -> list[Pick]:
    """The cases that Undo would take back, as its button holds them. Raises Invalid for what was not made by us."""
    return _picks(text.split())


def _picks(texts: Sequence[str]) -> list[Pick]:
    """The cases as they were chosen, each once. Raises Invalid for what was not made by our list."""
    found = [_PICK.fullmatch(text) for text in texts]
    if None in found:
        raise Invalid(gettext("Load the list anew, then choose."))
    return list({pick[1]: Pick(pick[1], int(pick[2])) for pick in found if pick}.values())


def _merge_path(engine: Engine, picked: Sequence[str]) -> str:
    """Where the two chosen cases are merged: which of them stays is asked there. Raises Invalid as `merge_path`."""
    refs = [pick.ref for pick in _picks(picked)]
    if not refs:
        raise Invalid(gettext("Choose at least one case."))
    place = {"view": request.args.get("view", ""), **narrowing_of(request.args).given}
    with engine.work.read() as reading:
        return merge_path(reading, current_staff(), refs, place)


def _action_for(reading: Reading, deed: str, form: Mapping[str, str], zone: str) -> ActionFor:
    """What is to be done with each case. Raises Invalid when a choice is missing that all of them need."""
    match deed:
        case "acknowledge":
            return _same(Acknowledge())
        case "assign":
            return _same(Assign(owner_id_of(reading, form.get("bulk-owner", ""))))
        case "dismiss":
            dismissed = Dismiss(_one_of(form.get("bulk-reason", ""), DISMISS_REASONS, "reason", "reason_unknown"))
            # That there was nothing to settle is no answer to a partner who says there is: it is weighed by itself. Of
            # a mediation that goes on the refusal is its own.
            return lambda case, now: Refused("denied") if case.is_denied and not case.in_mediation else dismissed
        case "close":
            outcomes = {outcome for of_kind in CLOSE_OUTCOMES.values() for outcome in of_kind}
            outcome = _one_of(form.get("bulk-outcome", ""), outcomes, "outcome", "outcome_unknown")
            cause = form.get("bulk-root_cause") or None
            # A thank-you has none, whatever the others of the selection came of.
            return lambda case, now: Close(outcome, cause if case.kind != "thanks" else None)
        case "snooze":
            day = form.get("bulk-day", "").strip()
            if isinstance(until := day_until(day, zone), Refused):
                raise _fault("day", until.reason)
            choice = "" if day else _one_of(form.get("bulk-until", ""), SNOOZES, "until", "until_unknown")
            return _snooze(reading, choice, day, zone)
        case _:
            raise Invalid(gettext("Choose what shall be done with the cases."))


def _same(action: Action) -> ActionFor:
    return lambda case, now: action


def _snooze(reading: Reading, choice: str, day: str, zone: str) -> ActionFor:
    """Put aside until the morning of the choice where each partner is, or of a day that was typed."""
    alerts = published.in_force(reading)
    program = alerts.program if alerts else None

    def action_for(case: CaseView, now: datetime) -> Action | Refused:
        there = case.partner_zone or zone
        until = day_until(day, there) or snoozed_until(choice, now, there, week_of(program, there))
        return until if isinstance(until, Refused) else Snooze(until)

    return action_for


def _one_of(text: str, known: Sequence[str] | set[str], name: str, reason: str) -> str:
    if text not in known:
        raise _fault(name, reason)
    return text


def _fault(name: str, reason: str) -> Invalid:
    return Invalid(refusal(reason), [Fault(f"/{name}", refusal(reason))])


# ---- out


def _keep(deed: str, results: Sequence[Result], at: datetime, to_id: str = "") -> None:
    """Keep what became of each case at an instant for the list, and of the deeds before what Undo would still take.

    A case on which more was done is as it was before by no Undo but that of the last deed.
    """
    session[_KEPT] = {
        "deed": deed,
        "results": [(each.ref, each.revision, each.refused) for each in results],
        "to": to_id,
        "at": int(at.timestamp()),
    }
    moved = {each.ref for each in results if deed == "undo" or not each.refused}
    room, undoable = bulk.MOST_CASES, []
    for earlier, earlier_to, done_at, picks in session.pop(_UNDOABLE, ()):
        left = [pick for pick in picks if pick.partition(":")[0] not in moved]
        room -= len(left)  # a cookie holds it
        if left and room >= 0 and done_at + UNDO_WITHIN.total_seconds() > at.timestamp():
            undoable.append([earlier, earlier_to, done_at, left])
    if undoable:
        session[_UNDOABLE] = undoable


def _keep_tried(deed: str, refs: Sequence[str], faults: Mapping[str, str]) -> None:
    """Keep a deed for its form to be shown again; what was chosen is cut, since a cookie holds it."""
    typed = {name: value[:_LONGEST_CHOICE] for name, value in request.form.items() if name in _FIELDS}
    session[_TRIED] = {"picked": list(refs), "deed": deed[:_LONGEST_CHOICE], "typed": typed, "faults": dict(faults)}


def _list_path() -> str:
    """The list as it was, from its first page."""
    view, narrowing = request.args.get("view", ""), narrowing_of(request.args)
    return f"{url_for('alerts.show_inbox')}?{query_of(view, narrowing)}" if view else url_for("alerts.show_inbox")


def _summary(reading: Reading, deed: str, count: int, to_id: str) -> str:
    """With how many cases it was done, and who has them now."""
    if to := _staff_name(reading, to_id):
        return ngettext("{n} case went to {name}.", "{n} cases went to {name}.", count, name=to)
    return _SUMMARIES[deed](count)


def _staff_name(reading: Reading, staff_id: str) -> str:
    found = directory.staff_by_id(reading, [UUID(staff_id)] if staff_id else [])
    return next((member.name for member in found.values()), "")


def _name(case: CaseView | None) -> str:
    return (case.partner.name or case.partner.key) if case else ""


_SUMMARIES: Mapping[str, Callable[[int], str]] = {
    "acknowledge": lambda n: ngettext("{n} case acknowledged.", "{n} cases acknowledged.", n),
    "snooze": lambda n: ngettext("{n} case put aside.", "{n} cases put aside.", n),
    "dismiss": lambda n: ngettext("{n} case dismissed.", "{n} cases dismissed.", n),
    "close": lambda n: ngettext("{n} case closed.", "{n} cases closed.", n),
    "undo": lambda n: ngettext("{n} case is as it was before.", "{n} cases are as they were before.", n),
}
