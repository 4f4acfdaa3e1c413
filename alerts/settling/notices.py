"""Writes the mails that tell staff what a partner said of a closed case, and of the rungs of a conflict."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from alerts import store
from alerts.notices import mail_templates, rights
from alerts.notices.due_words import both_clocks
from alerts.settling import ladder, line_words
from alerts.settling import store as settling_store
from alerts.settling import words as settling_words
from alerts.settling.flow import ENTRIES, ESCALATION, MEDIATION
from alerts.settling.parts import has_reached
from alerts.settling.store import StepRow
from alerts.views import CaseView
from feedback_engine.directory import reading as directory
from feedback_engine.directory.reading import StaffView
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.i18n import gettext, gettext_noop
from feedback_engine.foundation.mail.message import Message
from feedback_engine.foundation.unit_of_work import Reading
from feedback_engine.foundation.web.addresses import absolute_url

Told = Mapping[UUID, Row[Any]]
"""The line of the timeline that a notice is about, by the id of the notice."""

_OF_CLOSED = "partner_confirmed"
_TO_MEDIATION = ("mediation_began", "statement_given", "warned")
_ABOUT_A_RUNG = {
    MEDIATION: (*_TO_MEDIATION, "mediation_late", "holder_gone"),
    ESCALATION: ("escalated", "partner_disputed", "warned", "holder_gone"),
}
"""What is told, by kind of line or of news, to whomever a conflict was brought to on a rung, or of them."""


def read_told(view: Reading, notices: Iterable[Row[Any]]) -> Told:
    """Of these notices those that are about settling, each with its line of the timeline."""
    listed = list(notices)
    entries = settling_store.entries_at(view, {(notice.case_id, notice.revision) for notice in listed})
    lines = {notice.id: entries.get((notice.case_id, notice.revision)) for notice in listed}
    return {key: line for key, line in lines.items() if line is not None and line_words.is_ours(line.kind, line.detail)}


def why_needless(view: Reading, case: CaseView, line: Row[Any], member: StaffView) -> str | None:
    """Why there is no need any more to tell of a line, untranslated; None while there is."""
    if not case.is_open and line.kind != _OF_CLOSED:
        return rights.CLOSED
    step = _step_of(view, case, line)
    if _is_to_mediation(line) and (step is None or step.ended_at is not None):
        return gettext_noop("the mediation was over before the message went")
    holder_id = ladder.mediator_of(view, step) if step is not None else None
    if line_words.is_gone(line.kind, line.detail):
        is_back = step is None or str(holder_id) == line.detail["owner_id"]
        return gettext_noop("somebody has taken it up again before the message went") if is_back else None
    was_brought = line.kind in ladder.ENTRIES.values() and line.detail.get("owner_id") == str(member.id)
    if step is None or not was_brought or holder_id == member.id:
        return None
    if step.staff_id == member.id:
        return gettext_noop("whoever it was for can take up the conflict no more")
    return gettext_noop("the conflict went to somebody else before the message did")


def headline(view: Reading, case: CaseView, line: Row[Any]) -> str:
    """What a line says, in a few words, as things stand now."""
    step = _step_of(view, case, line) if line_words.is_gone(line.kind, line.detail) else None
    holder = _name_of(view, step) if step is not None and ladder.mediator_of(view, step) is not None else ""
    return line_words.headline(line.kind, line.detail, case.partner.name or case.partner.key, holder)


def _is_to_mediation(line: Row[Any]) -> bool:
    return line.kind in _TO_MEDIATION and line.detail.get("of") != ladder.OF[ESCALATION]


def _step_of(view: Reading, case: CaseView, line: Row[Any]) -> StepRow | None:
    """The rung that a line is about."""
    return ladder.steps_by_rung(view, case.id).get(MEDIATION if _is_to_mediation(line) else ESCALATION)


def render(engine: Engine, view: Reading, case: CaseView, line: Row[Any], member: StaffView) -> Message:
    """One notice in the reader's language."""
    to_mediation, step = _is_to_mediation(line), _step_of(view, case, line)
    alone = step is not None and ladder.mediator_of(view, step) is None
    told = headline(view, case, line)
    place = "/mediation" if to_mediation else ""
    shown = {
        "case": case,
        "headline": told,
        "words": line.text or "",
        "dues": dues_told(view, case, line.kind, member),
        "duty": _without_mediator(view, case, step, member)
        if to_mediation and alone and step is not None
        else _duty(view, case, line, member),
        "url": absolute_url(engine.settings.base_url, f"/cases/{case.ref}{place}"),
        "button": gettext("Open the mediation") if place else gettext("Open the case {ref}", ref=case.ref),
    }
    return mail_templates.to_staff(engine, member, "settling", f"{case.ref} {told}", shown)


def dues_of(view: Reading, case: CaseView, step: StepRow, member: StaffView) -> list[str]:
    """By when whoever mediates calls, while that is owed, and says what they find: as the page says it, in the order of
    these times; empty where nobody mediates."""
    mediator_id = ladder.mediator_of(view, step)
    if mediator_id is None:
        return []
    name = None if mediator_id == member.id else directory.staff_by_id(view, [mediator_id])[mediator_id].name
    dues = [(step.due_at, settling_words.find_by)] if step.due_at is not None and step.ended_at is None else []
    if case.paused_at is None and case.awaits_contact:
        dues.append((case.due_at, settling_words.call_by))
    return [
        by(name, both_clocks(case, at, member.time_zone), late=at <= view.now)
        for at, by in sorted(dues, key=lambda each: each[0])
    ]


def dues_told(view: Reading, case: CaseView, news: str, member: StaffView) -> list[str]:
    """The same for a piece of news; empty where it is not about a conflict that was brought to somebody."""
    if news not in _ABOUT_A_RUNG.get(case.ladder_rung, ()):
        return []
    step = ladder.steps_by_rung(view, case.id).get(case.ladder_rung)
    if step is None or (step.rung == MEDIATION and step.ended_at is not None):
        return []
    return dues_of(view, case, step, member)


def _without_mediator(view: Reading, case: CaseView, step: StepRow, member: StaffView) -> str:
    """What is to be done, and by whom, where nobody mediates, or nobody does any more."""
    by = _find_by(view, case, step, member)
    row = store.case_by_id(view, case.id)
    finders = ladder.finders_of(view, row) if row is not None else frozenset()
    owns = case.owner is not None and case.owner.id == member.id
    reader = "finder" if member.id in finders else "owner" if owns else ""
    gone = _name_of(view, step)
    return settling_words.without_mediator(gone, case.holder or None, reader, by, is_anybody_apart=bool(finders))


def _name_of(view: Reading, step: StepRow) -> str:
    """Whom a conflict was brought to, whether they work on cases now or not; empty where that was nobody."""
    brought_to = directory.staff_by_id(view, [step.staff_id]).get(step.staff_id) if step.staff_id else None
    return brought_to.name if brought_to else ""


def _duty(view: Reading, case: CaseView, line: Row[Any], member: StaffView) -> str:
    """What the reader is to do."""
    row = store.case_by_id(view, case.id)
    step = ladder.step_in_hand(view, row) if row is not None else None
    if line.kind in ENTRIES.values() and step is not None and case.is_open:
        if step.staff_id == member.id:
            return gettext("The case stays with you, as it was brought to you.")
        if line.kind == ENTRIES["partly"]:
            return gettext("The case stays with whoever it was brought to, and says who does what next.")
    if line.kind == "mediation_began":
        return settling_words.please_mediate(ladder.part_told(view, line.case_id))
    if line_words.is_gone(line.kind, line.detail) and step is not None:
        return _next_after_gone(view, case, line, step, member)
    if line.kind == "warned":
        return _waits_for(view, case, member)
    if line.kind == "mediation_ended":
        owns = case.owner is not None and case.owner.id == member.id
        return settling_words.after_mediation(case.holder or None, to_owner=owns, by=_settle_by(view, case, member))
    if line.kind == "partner_disputed" and step is not None:
        return (_next_in_mediation if step.rung == MEDIATION else _next_in_escalation)(view, case, step, member)
    if line.kind == "escalated":
        why = gettext("Direct talk and a mediator have not settled this.")
        return f"{why} {_next_in_escalation(view, case, step, member)}" if step is not None else why
    return {
        "partner_confirmed": gettext("Nothing is left to do."),
        "partner_partly": gettext("Call them, settle the rest, and close the case anew."),
        "partner_disputed": gettext("The conflict has gone one step further; the case says who was brought in."),
        "statement_given": gettext("Both statements are there; say what you find."),
    }[line.kind]


def _next_after_gone(view: Reading, case: CaseView, line: Row[Any], step: StepRow, member: StaffView) -> str:
    """The same where whoever a conflict was brought to works on cases no more: who that was, and who is next."""
    follows = (_next_in_escalation if step.rung == ESCALATION else _next_in_mediation)(view, case, step, member)
    gone_id = UUID(line.detail["owner_id"])
    if gone_id == step.staff_id:
        return follows
    gone = directory.staff_by_id(view, [gone_id]).get(gone_id)
    return f"{line_words.no_longer(line.detail, gone.name)}. {follows}" if gone is not None else follows


def _next_in_mediation(view: Reading, case: CaseView, step: StepRow, member: StaffView) -> str:
    """Who does what next, and by when, as the page of the case says it."""
    mediator_id = ladder.mediator_of(view, step)
    if mediator_id is None:
        return _without_mediator(view, case, step, member)
    since = [line for line in store.entries_of(view, case.id) if line.at >= step.began_at]
    return settling_words.next_step(
        directory.staff_by_id(view, [mediator_id])[mediator_id].name,
        case.holder or None,
        "owner" if case.owner is not None and case.owner.id == member.id else "",
        _find_by(view, case, step, member),
        _settle_by(view, case, member),
        stated=any(line.kind == "statement_given" for line in since),
    )


def _next_in_escalation(view: Reading, case: CaseView, step: StepRow, member: StaffView) -> str:
    """The same on the last rung."""
    to_id = ladder.mediator_of(view, step)
    to = directory.staff_by_id(view, [to_id])[to_id].name if to_id is not None else None
    owns = case.owner is not None and case.owner.id == member.id
    reader = "escalated" if to_id == member.id else "owner" if owns else ""
    contact = directory.contacts_by_id(view, [step.contact_id]).get(step.contact_id) if step.contact_id else None
    theirs = (contact.name or contact.email) if contact is not None else ""
    by = _settle_by(view, case, member)
    lines = store.entries_of(view, case.id) if to_id is not None and not case.awaits_contact else ()
    reached = to_id is not None and has_reached(lines, to_id, step.began_at)
    gone = _name_of(view, step) if to is None else ""
    return settling_words.after_escalation(to, gone, case.holder or None, theirs, reader, by, reached=reached)


def _find_by(view: Reading, case: CaseView, step: StepRow, member: StaffView) -> str:
    due = both_clocks(case, step.due_at, member.time_zone) if step.due_at is not None else ""
    return settling_words.by_when(due, late=step.due_at is not None and step.due_at <= view.now)


def _settle_by(view: Reading, case: CaseView, member: StaffView) -> str:
    # While the clock of a case stands still its time does not run out.
    late = case.resolve_due_at <= (case.paused_at or view.now)
    due = both_clocks(case, case.resolve_due_at, member.time_zone) if late or case.paused_at is None else ""
    return settling_words.by_when(due, late=late)


def _waits_for(view: Reading, case: CaseView, member: StaffView) -> str:
    """Of a mediation that is late: those who steer read whose finding it is."""
    step = ladder.open_mediation(view, case.id)
    mediator_id = ladder.mediator_of(view, step) if step is not None else None
    if mediator_id is None or mediator_id == member.id:
        return gettext("Both sides wait for what you find.")
    mediator = directory.staff_by_id(view, [mediator_id])[mediator_id]
    return gettext("Both sides wait for what {name} finds.", name=mediator.name)
