"""What the page of a case needs for merging and splitting: the choices of its forms, the way on from a merged one."""

from __future__ import annotations

from textwrap import shorten

from flask import flash, redirect, request, url_for
from werkzeug.wrappers import Response

from alerts import reading as cases
from alerts.reading import AlertView, CaseDetail, CaseView
from alerts.regrouping import refused_merge
from alerts.web.inbox_filters import Choices
from alerts.words import out_of
from feedback_engine.directory import reading as directory
from feedback_engine.foundation.i18n import format_datetime, gettext
from feedback_engine.foundation.unit_of_work import Reading
from feedback_engine.foundation.web.access import StaffPrincipal

MOST_SAID = 80
"""Characters of a comment by which one tells an alert from another."""


def choices_of_regrouping(
    reading: Reading, viewer: StaffPrincipal, case: CaseView, detail: CaseDetail
) -> dict[str, Choices]:
    """What the forms offer: the open cases of the same company, and the alerts of this case where there are several."""
    if not case.is_open or case.paused_at is not None:
        return {"merge": [], "split": []}
    company = directory.visible_company(reading, viewer, case.partner.id)
    others = [each for each in cases.cases_of_partners(reading, company, 50) if refused_merge(case, each) is None]
    several = detail.alerts if len(detail.alerts) > 1 else ()
    return {
        "merge": [(each.ref, f"{each.ref} {each.touchpoint_name}, {each.partner.name}") for each in others],
        "split": [(str(alert.id), _alert_words(reading, viewer, alert, detail)) for alert in several],
    }


def _alert_words(reading: Reading, viewer: StaffPrincipal, alert: AlertView, detail: CaseDetail) -> str:
    """An alert in a list of several: where, when and why it was raised, the score and how the comment begins."""
    touchpoint = cases.touchpoint_names(reading).get(alert.touchpoint, alert.touchpoint)
    raised = f"{touchpoint}, {format_datetime(alert.answered_at, viewer.time_zone, style='weekday')}: {alert.why}"
    answer = next((each for each in detail.answers if each.response_id == alert.response_id), None)
    if answer is None:
        return raised
    score = None if answer.score is None else f"{answer.score}/{out_of(answer.score_kind)}"
    comment = answer.comment and f"“{shorten(answer.comment, MOST_SAID, placeholder='…')}”"
    return " · ".join(filter(None, (raised, score, comment)))


def lead_on(ref: str, case: CaseView) -> Response | None:
    """The way to the case that stands for a merged one; None when the address names the case itself."""
    if not ref.upper().startswith("C-") or ref.upper() == case.ref:
        return None
    flash(gettext("{ref} was merged into this case.", ref=ref.upper()))
    query = request.query_string.decode()
    return redirect(url_for("alerts.show_case", ref=case.ref) + (f"?{query}" if query else ""), 303)
