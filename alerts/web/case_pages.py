"""The page `/cases/<ref>`, and the panes it shares with the inbox: views, list and case side by side."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from flask import Blueprint, render_template, request
from werkzeug.wrappers import Response

from alerts import reading as cases
from alerts import words
from alerts.casework import mentioning
from alerts.casework.flow import CLOSE_OUTCOMES, CONTACT_CHANNELS, CONTACT_OUTCOMES, DISMISS_REASONS, PAUSE_REASONS
from alerts.clocks.snoozing import SNOOZES, snoozed_until
from alerts.notices import telling_log
from alerts.notices import words as notice_words
from alerts.promises import words as promise_words
from alerts.reading import VIEWS, CaseDetail, CaseView, EntryView
from alerts.routing import words as route_words
from alerts.settling import mediation
from alerts.settling import reading as settling_reading
from alerts.settling import words as settling_words
from alerts.settling.flow import DIRECT_TALK
from alerts.silences.views import SilenceView, silence_over
from alerts.web.answer_showing import calls_whom, doubt_words, name_of, people_of, reasons_of, severity_words
from alerts.web.cause_choices import cause_choices
from alerts.web.inbox_filters import (
    GRAVEST,
    WAITING,
    filter_choices,
    filter_words,
    narrowing_of,
    place_of,
    query_of,
    view_of,
)
from alerts.web.mail_notes import closing_that_waits
from alerts.web.promise_showing import shown_in_case
from alerts.web.regroup_choices import choices_of_regrouping, lead_on, may_tear_answers, no_merge_words, other_way_path
from alerts.web.showing import (
    ClockedCase,
    brought_row,
    call_in_conflict,
    call_of_another,
    deed_in_conflict,
    first_holder,
    head_clock,
    hours_words,
    instant_words,
    is_with_another,
    next_in_conflict,
    promise_hint,
    route_told,
    runs_words,
    said_by,
    settle_line,
    shortened,
    since_words,
    state_words,
    task_of,
    text_of,
    told_of,
    warning_tag,
    was_missed,
    with_clocks,
)
from alerts.web.taking_back import offer_undo
from alerts.web.thread_showing import is_called_off, thread_parts
from feedback_engine.directory import reading as directory
from feedback_engine.directory.guard import OWNS_ONLY
from feedback_engine.directory.reading import StaffView
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.errors import Fault
from feedback_engine.foundation.i18n import gettext
from feedback_engine.foundation.unit_of_work import Reading
from feedback_engine.foundation.web.access import SIGNED_IN, StaffPrincipal, actor, allow, current_staff
from feedback_engine.foundation.web.paging import cursor_of

MOST_NAMED = 6
ON_ME = ("mine", "brought", "mentions")
"""The views that the number beside *Inbox* counts, what is most the reader's own first."""
WORKERS = ("admin", "program_owner", "alliance_manager")
"""Roles that work on cases; viewers only look."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """A form that could not be carried out, shown again as it was typed.

    `changes` is what somebody else did to the case meanwhile, `message` why it was refused.
    """

    form: str
    typed: Mapping[str, str] = field(default_factory=dict)
    faults: Sequence[Fault] = ()
    message: str = ""
    changes: Sequence[EntryView] = ()


def add_to(pages: Blueprint, engine: Engine) -> None:
    """Add the page to the blueprint."""

    @pages.get("/cases/<ref>")
    @allow(SIGNED_IN)
    def show_case(ref: str) -> str | Response:
        with engine.work.read() as reading:
            case = cases.get_visible_case(reading, current_staff(), ref)
        mentioning.open_mentions(engine.work, actor(), current_staff().id, case.id)
        with engine.work.read() as reading:
            return lead_on(ref, case) or draw_case(reading, current_staff(), case, _opened(request.args))


def _opened(asked: Mapping[str, str]) -> Attempt | None:
    """The form that the address of the page opens: to merge, for somebody who was led on, or to log a call."""
    if asked.get("into"):
        return Attempt("merge", {"merge-into": asked["into"]})
    return Attempt("log-contact") if asked.get("deed") == "log-contact" else None


def _calls_first(case: CaseView, *, called_off: bool) -> bool:
    """Whether a call is next in a case, and to close it only after that."""
    is_waited_for = case.waits_since is not None or case.owes_call or called_off
    return is_waited_for or case.ladder_rung > DIRECT_TALK or case.call_at is not None


def draw_case(reading: Reading, viewer: StaffPrincipal, case: CaseView, attempt: Attempt | None = None) -> str:
    """The page of a case; with an attempt, its form stands open as it was typed."""
    detail = cases.case_detail(reading, case)
    if request.method == "GET" and viewer.role in WORKERS:
        offer_undo(reading, viewer, case, detail)
    view = view_of(request.args, _home_view(case, viewer))
    settling = settling_reading.read_settling(reading, detail)
    regrouping = choices_of_regrouping(reading, viewer, case, detail)
    seeing = mentioning.who_may_see(reading, case.partner.id, case.owner.id if case.owner else None, case.team_id)
    names_offered = _names_offered(seeing, viewer)
    place = place_of(request.args)
    told = telling_log.told_of_case(reading, case.id)
    into = attempt.typed.get("merge-into", "") if attempt else ""
    brought = next(iter(settling_reading.brought_to(reading, viewer.id, [case] if case.is_open else [])), None)
    clock, due, settle_due = head_clock(case, brought, viewer)
    called_off = is_called_off(reading, detail)
    caller = settling.caller if case.ladder_rung > DIRECT_TALK else None
    beside_call, beside_contact = call_of_another(case, caller, viewer)
    return render_template(
        "alerts/case.html",
        **panes(reading, viewer, view, chosen=case),
        into=into,
        other_way=other_way_path(reading, viewer, case, into, place) if into else "",
        case=case,
        place=place,
        detail=detail,
        attempt=attempt or Attempt(""),
        clock_words=clock,
        due=call_in_conflict(case, caller, viewer) or due,
        settle_line=settle_line(case, viewer.time_zone, reading.now) or settle_due,
        runs=runs_words(detail),
        timeline=told_of(reversed(detail.together), detail, viewer.time_zone),
        changes=told_of(attempt.changes if attempt else (), detail, viewer.time_zone),
        text_of=text_of,
        mentionable=_mentionable(names_offered),
        names_offered="\n".join(names_offered),
        route=route_told(detail, viewer.time_zone),
        given=route_words.given(detail.route.get("to"), first_holder(detail), is_away=bool(detail.route.get("away"))),
        touchpoints=cases.touchpoint_names(reading),
        back_on=instant_words(case, case.snoozed_until, viewer.time_zone) if case.snoozed_until else "",
        shortened=shortened,
        silence=_silence_over(reading, viewer, detail),
        others_open=cases.other_open_cases(reading, viewer, case),
        may_open_partner=bool(directory.visible_partners(reading, viewer, [case.partner.id])),
        partner_path=directory.partner_path(case.partner),
        choices=choices_of(reading, case) | regrouping,
        tears_answers=may_tear_answers(detail),
        no_merge="" if regrouping["merge"] else no_merge_words(reading, viewer, case),
        **shown_in_case(reading, case),
        promise_words=promise_words,
        promise_hint=promise_hint(case, viewer.time_zone, reading.now),
        **thread_parts(reading, detail, viewer),
        now=reading.now,
        told=told,
        handed=_handed(detail),
        untold=telling_log.untold_of_miss(reading, case.id, told) if was_missed(detail) else None,
        may_name=viewer.role in telling_log.STEERS,
        notice_words=notice_words,
        settling=settling,
        asking_mail=closing_that_waits(reading, case.settlement_id) if case.settlement_id and case.asks_later else None,
        conflict_next=next_in_conflict(detail, settling.steps, viewer, reading.now),
        # What is next while the partner waits, and in a conflict; who was reached is next asked whether it is settled.
        # So is whom a call was arranged with, until it took place.
        calls_first=_calls_first(case, called_off=called_off),
        called_off=called_off,
        found=next((entry for entry in reversed(detail.timeline) if entry.kind == "mediation_ended"), None),
        mediation_deed=deed_in_conflict(detail, settling, viewer),
        with_another=is_with_another(detail, settling),
        beside_call=beside_call,
        beside_contact=beside_contact,
        owes_call=caller.name if caller is not None and case.is_open and case.awaits_contact else "",
        settling_words=settling_words,
        people=people_of(detail),
        calls_whom=calls_whom(detail),
        named_people=[(each.id, each.name or each.email) for each in people_of(detail)],
        answered_last=_answered_last(detail),
        name_of=name_of,
        reasons=reasons_of(detail, viewer.time_zone),
        doubt=doubt_words(case),
        severity=severity_words(detail, viewer.time_zone),
    )


def _handed(detail: CaseDetail) -> list[tuple[str, datetime]]:
    """To whom the case went with its partner, and when: they read of it in the mail about all that came to them."""
    lines = [each for each in detail.timeline if each.kind == "transferred" and not each.is_by(each.detail["owner_id"])]
    return [(detail.names.get(each.detail["owner_id"], ""), each.at) for each in reversed(lines)]


def _silence_over(reading: Reading, viewer: StaffPrincipal, detail: CaseDetail) -> SilenceView | None:
    """What keeps more alerts like those of an open case quiet now."""
    case, rules = detail.case, {alert.rule for alert in detail.alerts}
    return silence_over(reading, viewer, case.partner.id, case.touchpoint, rules) if case.is_open else None


def _answered_last(detail: CaseDetail) -> bool:
    """Whether the latest answer is that of the contact whom the case names, who is asked whether it is settled."""
    case, latest = detail.case, detail.answers[0].contact if detail.answers else None
    return latest is not None and case.contact is not None and latest.id == case.contact.id


def _names_offered(seeing: Sequence[StaffView], viewer: StaffPrincipal) -> list[str]:
    """Colleagues who work on cases, as each is named behind an @: by name, by address where several have that name."""
    counts = Counter(member.name for member in seeing)
    colleagues = [member for member in seeing if member.role in WORKERS and member.id != viewer.id]
    return [member.name if counts[member.name] == 1 else member.email for member in colleagues]


def _mentionable(names: Sequence[str]) -> str:
    """Who may be mentioned on a case, as a hint: the first few."""
    named = ", ".join(f"@{name}" for name in names[:MOST_NAMED])
    if len(names) > MOST_NAMED:
        return gettext("To tell colleagues who may see this case: {names}, or @ and another name.", names=named)
    return gettext("To tell colleagues who may see this case: {names}.", names=named) if named else ""


def choices_of(reading: Reading, case: CaseView | None) -> dict[str, Sequence[object]]:
    """What the forms of a case offer, by field; for many cases (None) all that may fit one of them."""
    workers = [member for member in directory.list_staff(reading) if member.active and member.role in WORKERS]
    barred = mediation.barred(reading, case.id, workers) if case is not None and case.in_mediation else set()
    barred |= {case.owner.id} if case is not None and case.owner is not None else set()
    of_kinds = CLOSE_OUTCOMES.values() if case is None else [CLOSE_OUTCOMES[case.kind]]  # type: ignore[index]
    first = ("", gettext("Choose one"))
    return {
        "channel": [(key, words.contact_channel(key)) for key in CONTACT_CHANNELS],
        "contact_outcome": [(key, words.contact_outcome(key)) for key in CONTACT_OUTCOMES],
        "outcome": [(key, words.outcome(key)) for key in dict.fromkeys(key for keys in of_kinds for key in keys)],
        "root_cause": [first, *cause_choices(cases.root_causes(reading).values())],
        "owner": [first, *((str(member.id), member.name) for member in workers if member.id not in barred)],
        "dismissal": [(key, words.dismissal(key)) for key in DISMISS_REASONS],
        "pause": [(key, words.pause(key)) for key in PAUSE_REASONS],
        "snooze": _snoozes(reading, case),
    }


def _snoozes(reading: Reading, case: CaseView | None) -> list[tuple[str, str]]:
    """Until when a case may be put aside, each with its very instant; without one, as for many partners at once."""
    if case is None:
        return [(key, words.snooze(key)) for key in SNOOZES]
    zone = zone_of(case)
    week = cases.week_in(reading, zone)
    instants = {key: snoozed_until(key, reading.now, zone, week) for key in SNOOZES}
    # On a Saturday the next working morning, the day after tomorrow and next Monday are one: it is offered once.
    first = {at: key for key, at in reversed(instants.items()) if isinstance(at, datetime)}
    # What is late already, or stands still, is so on any morning: that is no choice.
    in_time = case.paused_at is None and reading.now < case.due_at
    return [
        (key, _morning(words.snooze(key, at, zone), late=in_time and at > case.due_at))
        for at, key in sorted(first.items())
    ]


def _morning(told: str, *, late: bool) -> str:
    """A morning to which a case can be put aside, and that it is late then."""
    return gettext("{morning}, after it is due", morning=told) if late else told


def zone_of(case: CaseView) -> str:
    """Mornings are the partner's, or the reader's where nobody knows the partner's."""
    return case.partner_zone or current_staff().time_zone


def panes(
    reading: Reading, viewer: StaffPrincipal, view: str, *, chosen: CaseView | None = None, cursor: bool = False
) -> dict[str, Any]:
    """The views with their counts, and the list of the view as the address narrows it.

    `order` is that of the address, which goes on into the other views.
    """
    narrowing = narrowing_of(request.args)
    order = narrowing.sort
    if view == "closed":  # by the time of closing, whatever order the other views are in
        narrowing = replace(narrowing, sort="")
    wanted = cases.inbox_filter(reading, viewer, view, **narrowing.criteria())
    counts = cases.count_views(reading, viewer)
    after = cursor_of(request.args, 2) if cursor else None
    page = cases.list_cases(reading, wanted, after)
    query = query_of(view, narrowing)
    choices = filter_choices(reading, narrowing, cases.touchpoint_names(reading), viewer.id)
    return {
        "view": view,
        "views": [(key, words.view(key), counts[key]) for key in VIEWS],
        "counts": counts,
        # The number beside Inbox counts each case once, whichever of these views it stands in.
        "on_me": [(key, words.view(key), counts[key]) for key in ON_ME if counts[key]],
        "waiting_count": cases.count_waiting(reading, viewer) if view in ON_ME and chosen is None else 0,
        "aside": cases.put_aside(reading, viewer) if view == "mine" else (0, None),
        "saved": cases.saved_views(reading, viewer.id),
        "rows": rows_of(reading, viewer, view, page.rows),
        "hours_in": hours_words(page.rows, viewer.time_zone, reading.now),
        "row_count": cases.count_cases(reading, wanted) if narrowing.given else counts[view],
        "chosen": chosen,
        "heading": _heading(view, narrowing.sort),
        "query": query,
        "narrowing": narrowing,
        "order": order,
        "filters": choices,
        "filter_words": filter_words(narrowing, choices),
        "next_path": f"/inbox?{query_of(view, narrowing, page.next_cursor)}" if page.next_cursor else "",
        "first_path": f"/inbox?{query}" if after else "",
        "longest_first": narrowing.sort == WAITING,
        "since_words": since_words,
        "zone": viewer.time_zone,
        "said_by": said_by,
        "warning_tag": warning_tag,
        "state_words": state_words,
        "words": words,
        "task_of": task_of,
        "route_words": route_words,
        "keys": viewer.single_keys,
        "may_work": viewer.role in WORKERS,
    }


def rows_of(reading: Reading, viewer: StaffPrincipal, view: str, rows: Sequence[CaseView]) -> list[ClockedCase]:
    """The rows of a view; what was brought to the reader shows how long they themselves have."""
    if view != "brought":
        return with_clocks(rows, viewer.time_zone)
    steps = {each.case.id: each for each in settling_reading.brought_to(reading, viewer.id, rows)}
    return [brought_row(steps[row.id], viewer.time_zone) for row in rows if row.id in steps]


def _heading(view: str, sort: str) -> str:
    if view == "closed":
        return gettext("Closed, latest first")
    if sort == GRAVEST:
        return gettext("{view}, by severity, then time left", view=words.view(view))
    if sort:
        return gettext("{view}, waiting longest first", view=words.view(view))
    return gettext("{view}, by time left", view=words.view(view))


def home_view(reading: Reading) -> str:
    """The view of an inbox that is opened without naming one: the first that holds what its number counts."""
    viewer = current_staff()
    waiting = (view for view in ON_ME if cases.count_cases(reading, cases.inbox_filter(reading, viewer, view)))
    # Where nothing waits, who owns partners begins with their own, who steers the program with what is open in all.
    return next(waiting, "mine" if viewer.role == OWNS_ONLY else "team")


def _home_view(case: CaseView, viewer: StaffPrincipal) -> str:
    """The view in which somebody who came by a link finds the case."""
    if not case.is_open:
        return "closed"
    return "mine" if case.owner is not None and case.owner.id == viewer.id else "team"
