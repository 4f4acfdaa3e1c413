"""What the page of a case needs for merging and splitting: the choices of its forms, the ways to it and on from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from textwrap import shorten
from typing import Any
from uuid import UUID

from flask import flash, redirect, request, url_for
from werkzeug.wrappers import Response

from alerts import reading as cases
from alerts.reading import AlertView, CaseDetail, CaseView
from alerts.regrouping.columns import refused_merge
from alerts.regrouping.merging import refusal_words
from alerts.web.answer_showing import name_of
from alerts.web.inbox_filters import Choices
from alerts.words import out_of
from feedback_engine.directory import reading as directory
from feedback_engine.foundation.errors import Invalid
from feedback_engine.foundation.i18n import format_datetime, gettext
from feedback_engine.foundation.unit_of_work import Reading
from feedback_engine.foundation.web.access import StaffPrincipal

MOST_OTHERS = 50
"""So many of the newest cases of a company are looked at for one to merge into."""
MOST_SAID = 80
"""Characters of a comment by which one tells an alert from another."""


def choices_of_regrouping(
    reading: Reading, viewer: StaffPrincipal, case: CaseView, detail: CaseDetail
) -> dict[str, Choices]:
    """What the forms offer: the open cases of the same company, and the alerts of this case where there are several."""
    if not case.is_open or case.paused_at is not None:
        return {"merge": [], "split": []}
    company = directory.visible_company(reading, viewer, case.partner.id)
    others = [
        each for each in cases.cases_of_partners(reading, company, MOST_OTHERS) if refused_merge(case, each) is None
    ]
    several = detail.alerts if len(detail.alerts) > 1 else ()
    return {
        "merge": [(each.ref, f"{each.ref} {each.touchpoint_name}, {each.partner.name}") for each in others],
        "split": [(str(alert.id), _alert_words(reading, viewer, alert, detail)) for alert in several],
    }


def may_tear_answers(detail: CaseDetail) -> bool:
    """Whether several alerts of a case are on one answer, so that a split may part them."""
    answers = [alert.response_id for alert in detail.alerts if alert.response_id is not None]
    return len(set(answers)) < len(answers)


def no_merge_words(reading: Reading, viewer: StaffPrincipal, case: CaseView) -> str:
    """Why the other open cases of its company cannot take a case in; empty where there is none."""
    company = directory.visible_company(reading, viewer, case.partner.id)
    reasons = {refused_merge(case, each) for each in cases.cases_of_partners(reading, company, MOST_OTHERS)}
    for reason in ("merge_paused", "merge_other_way", "merge_conflict"):
        if reason in reasons:
            return refusal_words(reason)
    return ""


def companies_shown(reading: Reading, viewer: StaffPrincipal, rows: Sequence[CaseView]) -> dict[UUID, UUID]:
    """Of which company each of these cases is, by the id of its partner: cases of one can be merged."""
    partner_ids = {row.partner.id for row in rows}
    seen = directory.visible_partners(reading, viewer, partner_ids)
    companies = directory.companies_of(reading, seen)
    return {each: min(companies[each]) if each in seen else each for each in partner_ids}


def merge_path(reading: Reading, viewer: StaffPrincipal, refs: Sequence[str], place: Mapping[str, Any]) -> str:
    """The page of the newer of two cases, where its merging into the older stands open; `place` is their list.

    Raises Invalid that says why where they are not two, not of one company, or cannot be merged.
    """
    found = list(cases.visible_cases(reading, viewer, refs).values())
    if len(refs) != 2 or len(found) != 2:
        raise Invalid(gettext("Two cases of one partner are merged at a time: choose two."))
    staying, going = sorted(found, key=lambda case: case.id)  # ids rise; a case split off may have opened as early
    if staying.partner.id not in directory.visible_company(reading, viewer, going.partner.id):
        raise Invalid(gettext("These cases are of different partners; only cases of one company can be merged."))
    reason = refused_merge(going, staying)
    if reason in ("merge_other_way", "merge_conflict") and refused_merge(staying, going) is None:
        going, staying = staying, going
    elif reason is not None:
        raise Invalid(refusal_words(reason))
    return url_for("alerts.show_case", ref=going.ref, into=staying.ref, **place)


def other_way_path(
    reading: Reading, viewer: StaffPrincipal, case: CaseView, into: str, place: Mapping[str, Any]
) -> str:
    """Where the case that was to stay is merged into this one instead; empty where it cannot be."""
    other = cases.visible_cases(reading, viewer, [into]).get(into)
    if other is None or refused_merge(other, case) is not None:
        return ""
    return url_for("alerts.show_case", ref=other.ref, into=case.ref, **place)


def _alert_words(reading: Reading, viewer: StaffPrincipal, alert: AlertView, detail: CaseDetail) -> str:
    """An alert in a list of several: whose, where, when and why it was raised, the score and how the comment begins."""
    touchpoint = cases.touchpoint_names(reading).get(alert.touchpoint, alert.touchpoint)
    raised = f"{touchpoint}, {format_datetime(alert.answered_at, viewer.time_zone, style='weekday')}: {alert.why}"
    answer = next((each for each in detail.answers if each.response_id == alert.response_id), None)
    if answer is None:
        return raised
    score = None if answer.score is None else f"{answer.score}/{out_of(answer.score_kind)}"
    said = answer.comment and shorten(answer.comment, MOST_SAID, placeholder="…")
    comment = said and gettext("“{words}”", words=said)
    return " · ".join(filter(None, (name_of(answer), raised, score, comment)))


def case_path(sought: str, case: CaseView) -> str:
    """The address of a case that was sought by a reference; of a merged one its own, whose page says what became of it.

    Whoever seeks by an id is led to the case itself.
    """
    ref = sought.upper()
    return url_for("alerts.show_case", ref=ref if ref.startswith("C-") else case.ref)


def lead_on(ref: str, case: CaseView) -> Response | None:
    """The way to the case that stands for a merged one; None when the address names the case itself."""
    if not ref.upper().startswith("C-") or ref.upper() == case.ref:
        return None
    if ref[2:].lstrip("0") == case.ref[2:]:
        return redirect(url_for("alerts.show_case", ref=case.ref), 303)
    flash(gettext("{ref} was merged into this case.", ref=ref.upper()))
    query = request.query_string.decode()
    return redirect(url_for("alerts.show_case", ref=case.ref) + (f"?{query}" if query else ""), 303)
