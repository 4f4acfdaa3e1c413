"""The pages `/inbox` and `/cases/<ref>`: views, list and case side by side, one of them at a time on a phone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlencode

from flask import Blueprint, render_template, request

from alerts import reading as cases
from alerts import words
from alerts.case_flow import CLOSE_OUTCOMES, CONTACT_CHANNELS, CONTACT_OUTCOMES
from alerts.reading import VIEWS, CaseView, EntryView
from alerts.web.showing import clock_of, due_words, entry_words, first_holder, route_words, said_by
from feedback_engine.directory import reading as directory
from feedback_engine.directory.guard import OWNS_ONLY
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.errors import Fault
from feedback_engine.foundation.i18n import gettext
from feedback_engine.foundation.unit_of_work import Reading
from feedback_engine.foundation.web.access import SIGNED_IN, StaffPrincipal, allow, current_staff
from feedback_engine.foundation.web.paging import cursor_of

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
    """Add the pages to the blueprint."""

    @pages.get("/inbox")
    @allow(SIGNED_IN)
    def show_inbox() -> str:
        with engine.work.read() as reading:
            return render_template("alerts/inbox.html", **_panes(reading, current_staff(), _view(), cursor=True))

    @pages.get("/cases/<ref>")
    @allow(SIGNED_IN)
    def show_case(ref: str) -> str:
        with engine.work.read() as reading:
            case = cases.get_visible_case(reading, current_staff(), ref)
            return draw_case(reading, current_staff(), case)


def draw_case(reading: Reading, viewer: StaffPrincipal, case: CaseView, attempt: Attempt | None = None) -> str:
    """The page of a case; with an attempt, its form stands open as it was typed."""
    detail = cases.case_detail(reading, case)
    view = request.args.get("view", "")
    panes = _panes(reading, viewer, view if view in VIEWS else _home_view(case, viewer), chosen=case)
    return render_template(
        "alerts/case.html",
        **panes,
        case=case,
        detail=detail,
        attempt=attempt or Attempt(""),
        clock_words=clock_of(case, long=True),
        due=due_words(case, viewer.time_zone),
        timeline=[(entry, entry_words(entry, detail)) for entry in reversed(detail.timeline)],
        changes=[(entry, entry_words(entry, detail)) for entry in (attempt.changes if attempt else ())],
        route=route_words(detail, viewer.time_zone),
        first_holder=first_holder(detail),
        touchpoints=cases.touchpoint_names(reading),
        may_work=viewer.role in WORKERS,
        may_open_partner=bool(directory.visible_partners(reading, viewer, [case.partner.id])),
        partner_path=directory.partner_path(case.partner),
        choices=_choices(reading, case),
        now=reading.now,
    )


def _choices(reading: Reading, case: CaseView) -> dict[str, list[tuple[str, str]]]:
    """What the forms of a case offer, by field."""
    workers = [member for member in directory.list_staff(reading) if member.active and member.role in WORKERS]
    holder = case.owner.id if case.owner else None
    first = ("", gettext("Choose one"))
    return {
        "channel": [(key, words.contact_channel(key)) for key in CONTACT_CHANNELS],
        "contact_outcome": [(key, words.contact_outcome(key)) for key in CONTACT_OUTCOMES],
        "outcome": [(key, words.outcome(key)) for key in CLOSE_OUTCOMES[case.kind]],  # type: ignore[index]
        "root_cause": [first, *((cause.key, cause.name) for cause in cases.root_causes(reading).values())],
        "owner": [first, *((str(member.id), member.name) for member in workers if member.id != holder)],
    }


def _panes(
    reading: Reading, viewer: StaffPrincipal, view: str, *, chosen: CaseView | None = None, cursor: bool = False
) -> dict[str, object]:
    """The views with their counts, and the list of the view."""
    counts = cases.count_views(reading, viewer)
    after = cursor_of(request.args, 2) if cursor else None
    page = cases.list_cases(reading, cases.inbox_filter(reading, viewer, view), after)
    following = {"view": view, "cursor": page.next_cursor or ""}
    return {
        "view": view,
        "views": [(key, words.view(key), counts[key]) for key in VIEWS],
        "counts": counts,
        "rows": [(row, clock_of(row)) for row in page.rows],
        "chosen": chosen,
        "heading": _heading(view),
        "next_path": f"/inbox?{urlencode(following)}" if page.next_cursor else "",
        "first_path": f"/inbox?view={view}" if after else "",
        "said_by": said_by,
        "words": words,
    }


def _heading(view: str) -> str:
    if view == "closed":
        return gettext("Closed, latest first")
    return gettext("{view}, by time left", view=words.view(view))


def _view() -> str:
    # Who owns partners begins with what is theirs; who steers the program begins with what is open in all of it.
    return request.args.get("view", "mine" if current_staff().role == OWNS_ONLY else "team")


def _home_view(case: CaseView, viewer: StaffPrincipal) -> str:
    """The view in which somebody who came by a link finds the case."""
    if not case.is_open:
        return "closed"
    return "mine" if case.owner is not None and case.owner.id == viewer.id else "team"
