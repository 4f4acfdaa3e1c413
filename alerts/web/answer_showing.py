"""Whose answer an alert of a case is about, who answered at all, and why the case is as grave as it is: in words."""

from __future__ import annotations

from alerts import words
from alerts.reading import AlertView, CaseDetail, CaseView
from alerts.regrouping.columns import gravest
from alerts.views import CaseAnswer
from feedback_engine.directory.reading import ContactView
from feedback_engine.foundation.i18n import gettext
from feedback_engine.foundation.web.templating import show_date, show_datetime


def people_of(detail: CaseDetail) -> list[ContactView]:
    """Everybody who answered and may be named, latest first, the contact of the case before the others."""
    found = {answer.contact.id: answer.contact for answer in detail.answers if answer.contact is not None}
    contact = detail.case.contact
    if contact is not None and contact.state != "erased":
        found = {contact.id: contact, **found}
    return list(found.values())


def calls_whom(detail: CaseDetail) -> str:
    """The id of whoever is called first: who asked for a call last, else the contact of the case; empty for nobody."""
    asked = [each.contact.id for each in detail.answers if each.contact and each.response and each.response.call]
    found = asked or [person.id for person in people_of(detail)]
    return str(found[0]) if found else ""


def name_of(answer: CaseAnswer) -> str:
    """Who gave an answer, as far as anybody may still know."""
    contact = answer.contact
    return (contact.name or contact.email) if contact is not None else gettext("somebody who was forgotten")


def doubt_words(case: CaseView) -> str:
    """That an open thank-you may not hold any more: its answer was changed since, for the worse; else empty."""
    if case.fallen is None:
        return ""
    was, now = case.fallen
    return gettext(
        "The partner changed this answer, from {was} to {now}. If the thank-you does not hold any more, dismiss it.",
        was=was,
        now=now,
    )


def reasons_of(detail: CaseDetail, zone: str) -> list[tuple[str, str]]:
    """Why each alert of a case was raised, oldest first, and whose answer of which day it is about."""
    return [(alert.why, _whose(alert, detail, zone)) for alert in detail.alerts]


def _whose(alert: AlertView, detail: CaseDetail, zone: str) -> str:
    at = show_datetime(alert.answered_at, "weekday", zone)
    answer = _answer_of(alert, detail)
    if answer is None:
        return gettext("Noticed {at}.", at=at)
    return gettext("Answer of {name}, {at}.", name=name_of(answer), at=at)


def severity_words(detail: CaseDetail, zone: str) -> str:
    """Which rule made the case as grave as it is, and whether it was milder at first."""
    severity, merged = detail.case.severity, _came_by_merge(detail)
    as_grave = [alert for alert in detail.alerts if alert.severity == severity]
    if not as_grave:
        return ""
    setting = next((alert for alert in as_grave if str(alert.id) not in merged), as_grave[0])
    # What came by a merge says nothing of how the case itself began.
    own = [alert for alert in detail.alerts if str(alert.id) not in merged and alert.severity != severity]
    ref = merged.get(str(setting.id), "")
    if not ref:
        own = [each for each in own if each.raised_at < setting.raised_at and each.response_id != setting.response_id]
    if not own:
        return gettext("The rule “{rule}” sets it.", rule=setting.rule_name)
    return _raised(detail, setting, gravest([alert.severity for alert in own]), ref, zone)


def _came_by_merge(detail: CaseDetail) -> dict[str, str]:
    """The alerts that came to the case by a merge, as the texts of their ids, each with the case from which."""
    merges = [entry.detail for entry in detail.timeline if entry.kind == "merged" and "case_id" in entry.detail]
    return {alert_id: merge["ref"] for merge in merges for alert_id in merge["before"]["homes"]}


def _raised(detail: CaseDetail, setting: AlertView, before: str, ref: str, zone: str) -> str:
    """That a case began milder, and what raised it; `ref` is the case that was merged into it, if that did."""
    named = {
        "before": words.severity(before),
        "after": words.severity(setting.severity),
        "day": show_date(setting.answered_at, "weekday", zone),
        "rule": setting.rule_name,
    }
    if ref:
        return gettext(
            "It began as {before}; {ref} was merged into it, where the rule “{rule}” says {after}.", ref=ref, **named
        )
    answer = _answer_of(setting, detail)
    if answer is None:
        return gettext(
            "It began as {before}; what was noticed on {day} raised it: the rule “{rule}” says {after}.", **named
        )
    return gettext(
        "It began as {before}; the answer of {name}, {day}, raised it: the rule “{rule}” says {after}.",
        name=name_of(answer),
        **named,
    )


def _answer_of(alert: AlertView, detail: CaseDetail) -> CaseAnswer | None:
    return next((each for each in detail.answers if each.response_id == alert.response_id), None)
