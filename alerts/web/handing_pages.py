"""The page `/handover`: what one has in hand, to be given to a deputy before one goes away."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response

from alerts import reading as cases
from alerts.casework import bulk
from alerts.casework.bulk import Result
from alerts.handover import handing
from alerts.routing.addressees import StandIn, standing_in
from alerts.web.bulk_actions import picks_of
from alerts.web.case_pages import WORKERS
from alerts.web.inputs import owner_id_of
from alerts.web.showing import with_clocks
from feedback_engine.directory import reading as directory
from feedback_engine.directory.reading import AbsenceView, StaffView
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.errors import Fault, Invalid
from feedback_engine.foundation.i18n import gettext, ngettext
from feedback_engine.foundation.unit_of_work import Reading
from feedback_engine.foundation.web.access import StaffPrincipal, actor, allow, current_staff, roles
from feedback_engine.foundation.web.deeds import flash_undoable
from feedback_engine.foundation.web.refusals import refusal_shown
from feedback_engine.foundation.web.slots import Slots

FORESEEN = timedelta(days=31)
"""How long beforehand somebody reads that they will stand in for a colleague."""
REMINDED = timedelta(days=7)
"""How long before somebody goes away they read what is still in their hands."""


def add_to(pages: Blueprint, engine: Engine) -> None:
    """Add the page to the blueprint."""

    @pages.get("/handover")
    @allow(roles(*WORKERS))
    def show_handover() -> str:
        with engine.work.read() as reading:
            return _draw(reading)

    @pages.post("/handover")
    @allow(roles(*WORKERS))
    def hand_over() -> Response | tuple[str, int]:
        viewer = current_staff()
        try:
            with engine.work.read() as reading:
                to_id = owner_id_of(reading, request.form.get("to", ""))
            results = handing.hand_over_cases(engine.work, actor(), viewer, to_id, request.form.getlist("case"))
        except Invalid as error:
            faults = tuple(Fault("/to" if fault.pointer else "", fault.detail) for fault in error.faults)
            with engine.work.read() as reading:
                return _draw(reading, faults or (Fault("", error.message),)), 422
        if went := [each for each in results if not each.refused]:
            with engine.work.read() as reading:
                told = _told(reading, to_id, [each.ref for each in went])
            flash_undoable(told, "/handover/undo", {"picks": " ".join(f"{each.ref}:{each.revision}" for each in went)})
        return _back(results)

    @pages.post("/handover/undo")
    @allow(roles(*WORKERS))
    def undo_handover() -> Response:
        with refusal_shown(Invalid):
            results = bulk.undo_many(engine.work, actor(), current_staff(), picks_of(request.form.get("picks", "")))
            if went := sum(not each.refused for each in results):
                flash(ngettext("{n} case is as it was before.", "{n} cases are as they were before.", went))
            return _back(results)
        return _back(())


def fill_slot(engine: Engine, slots: Slots) -> None:
    """Say on the account page what stays with its reader while they are away, with the way to where it is handed over,
    and who gets new cases where their deputy cannot."""

    def staying(staff_id: UUID) -> Markup | None:
        with engine.work.read() as reading:
            told = _in_hand_words(reading, staff_id, directory.find_absence(reading, staff_id))
        return Markup("<p>{}</p>").format(told) if told else None

    def instead(staff_id: UUID) -> Markup | None:
        with engine.work.read() as reading:
            told = _instead(reading, directory.find_absence(reading, staff_id))
        return Markup("<b>{}</b>").format(told) if told else None

    slots.add("account.absence", staying)
    slots.add("account.away", instead)


def still_here(reading: Reading, viewer: StaffPrincipal) -> Markup | None:
    """What somebody who is away, or will be within a week, still has in hand, and where it is handed over."""
    absence = directory.find_absence(reading, viewer.id)
    if absence is None or absence.from_at - reading.now > REMINDED:
        return None
    told = _in_hand_words(reading, viewer.id, absence)
    return Markup("{} {}").format(_away(reading, viewer, absence), told) if told else None


def stands_in_for(reading: Reading, viewer: StaffPrincipal) -> list[str]:
    """For whom of their colleagues, and when, somebody receives the new cases, now or within the month; also in place
    of those who were named and are away themselves."""
    told: list[tuple[datetime, str]] = []
    found = directory.absences_between(reading, reading.now, reading.now + FORESEEN)
    away = directory.staff_by_id(reading, {each.staff_id for each in found})
    for absence in found:
        member = away[absence.staff_id]
        if not member.active:
            continue
        for part in standing_in(reading, member.id, absence.from_at, absence.until_at):
            if part.who is not None and part.who.id == viewer.id and part.until_at > reading.now:
                days = directory.days_words(part.from_at, part.until_at, member.time_zone)
                words = gettext(
                    "You stand in for {name} ({days}): new cases of theirs come to you.", name=member.name, days=days
                )
                told.append((part.from_at, words))
    return [words for _, words in sorted(told)]


def _away(reading: Reading, viewer: StaffPrincipal, absence: AbsenceView | None) -> str:
    told = directory.away_words(absence, directory.find_deputy(reading, absence), viewer.time_zone, reading.now)
    return " ".join(each for each in (told, _instead(reading, absence)) if each)


def _instead(reading: Reading, absence: AbsenceView | None) -> str:
    """Who gets the new cases of somebody away whose deputy cannot take them; empty where the deputy can."""
    deputy = directory.find_deputy(reading, absence)
    if absence is None or deputy is None or not deputy.hindered:
        return ""
    found = standing_in(reading, absence.staff_id, max(reading.now, absence.from_at), absence.until_at)
    if len(found) > 1:
        [member] = directory.staff_by_id(reading, [absence.staff_id]).values()
        return gettext("New cases go {where}.", where=", ".join(_where(each, member.time_zone) for each in found))
    if found[0].who is None:
        return gettext("Nobody stands in for you: new cases go where their route leads next.")
    return gettext("New cases go to {name} instead.", name=found[0].who.name)


def _where(stand_in: StandIn, zone: str) -> str:
    """Where new cases go in a part of an absence, with its days: to Luis Ferro (9 Mar 2026)."""
    days = directory.days_words(stand_in.from_at, stand_in.until_at, zone)
    if stand_in.who is None:
        return gettext("where their route leads next ({days})", days=days)
    return gettext("to {name} ({days})", name=stand_in.who.name, days=days)


def _in_hand_words(reading: Reading, staff_id: UUID, absence: AbsenceView | None) -> Markup | None:
    """What somebody has in hand, and the way to hand it over: to their deputy by name, where one can take it."""
    found = handing.in_hand(reading, staff_id)
    if not found.cases and not found.promises:
        return None
    count = len(found.cases) + len(found.promises)
    deputy = directory.find_deputy(reading, absence)
    refs = [case.ref for case in found.cases if deputy and found.mediators.get(case.id) == deputy.staff.id]
    if deputy is None or deputy.hindered or len(refs) == count:
        leads = ngettext("Hand it over", "Hand them over", count)
    else:
        leads = ngettext("Hand it to {name}", "Hand them to {name}", count, name=deputy.staff.name)
    link = Markup('<a href="{}">{}</a>').format(url_for("alerts.show_handover"), leads)
    told = _in_hand(len(found.cases), found.along, len(found.promises))
    if deputy and refs:
        told = f"{told} {_mediated(deputy.staff.name, refs)}"
    return Markup("{} {}").format(told, link)


def _mediated(name: str, refs: Sequence[str]) -> str:
    """In which cases a deputy mediates, so that they cannot go there."""
    return ngettext(
        "{name} mediates in {cases}: hand it to somebody else.",
        "{name} mediates in {cases}: hand them to somebody else.",
        len(refs),
        name=name,
        cases=", ".join(refs),
    )


def _stays(mediator: StaffView) -> str:
    """What becomes of a case in which somebody mediates when it is given to them, and who can have it."""
    name = mediator.name
    if mediator.team_id is None:
        return gettext(
            "{name} mediates in this case: given to {name} it stays yours, anybody else can have it.", name=name
        )
    return gettext(
        "{name} mediates in this case: given to {name}, or to somebody of their team, it stays yours; anybody else can "
        "have it.",
        name=name,
    )


def _in_hand(cases: int, along: int, others: int) -> str:
    """How much somebody has in hand: cases, the promises that go along with them, and other promises."""
    if not cases:
        return ngettext("You have {n} promise to keep.", "You have {n} promises to keep.", others)
    told = ngettext("{n} open case", "{n} open cases", cases)
    if along:
        promises = ngettext("{n} promise", "{n} promises", along)
        told = gettext("{cases} with {promises}", cases=told, promises=promises)
    if not others:
        return gettext("You have {cases}.", cases=told)
    apart = ngettext("{n} other promise", "{n} other promises", others)
    return gettext("You have {cases}, and {promises}.", cases=told, promises=apart)


def _back(results: Sequence[Result]) -> Response:
    """The page again, with what was refused and why."""
    for each in results:
        if each.refused:
            flash(f"{each.ref}: {each.refused}", "warn")
    return redirect(url_for("alerts.show_handover"), 303)


def _told(reading: Reading, to_id: UUID, refs: Sequence[str]) -> str:
    """Who has the cases now, by name; and where they are found, or how one comes back where its giver sees none."""
    name = directory.staff_by_id(reading, [to_id])[to_id].name
    told = ngettext("{n} case is with {name} now.", "{n} cases are with {name} now.", len(refs), name=name)
    if not cases.visible_cases(reading, current_staff(), refs):
        return f"{told} {gettext('To have one back, ask {name} to give it to you with Assign.', name=name)}"
    path = url_for("alerts.show_inbox", view="team", owner=to_id)
    return Markup('{} <a href="{}">{}</a>').format(told, path, gettext("Show in the inbox"))


def _draw(reading: Reading, faults: tuple[Fault, ...] = ()) -> str:
    viewer = current_staff()
    absence = directory.find_absence(reading, viewer.id)
    deputy = directory.find_deputy(reading, absence)
    found = handing.in_hand(reading, viewer.id)
    workers = [each for each in directory.list_staff(reading) if each.active and each.role in WORKERS]
    takers = {each.id: each for each in workers if each.id != viewer.id}
    return render_template(
        "alerts/handover.html",
        cases=with_clocks(found.cases, viewer.time_zone),
        promises=found.promises,
        absence=absence,
        away=_away(reading, viewer, absence),
        to=request.form.get("to") or ("" if deputy is None or deputy.hindered else str(deputy.staff.id)),
        takers=[("", gettext("Choose one")), *((str(each.id), each.name) for each in takers.values())],
        mediators={
            case_id: (str(each), _stays(takers[each])) for case_id, each in found.mediators.items() if each in takers
        },
        faults=faults,
    )
