"""From rows to views: names and words are read in batches, in the reader's language."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from alerts import published, store, store_past, words
from alerts.casework import waiting_store
from alerts.casework.changes import terms_of
from alerts.casework.doubts import worst_fall
from alerts.casework.root_causes import all_causes
from alerts.casework.waiting_store import Waiting
from alerts.clocks.business_time import ALWAYS, Calendar, working_time
from alerts.definitions import OTHER_CAUSE, AlertProgram
from alerts.promises.reading import promise_names
from alerts.regrouping import home_store
from alerts.settling import store as settling_store
from alerts.settling.flow import DIRECT_TALK, MEDIATION, UNSETTLED, may_take_up
from alerts.store import CaseRow
from alerts.threads import store as thread_store
from alerts.views import AlertView, CaseView, EntryView, RootCauseView, WorkingHours
from feedback_engine.directory import reading as directory
from feedback_engine.foundation.i18n import current_locale, gettext
from feedback_engine.foundation.unit_of_work import Reading
from journeys import reading as journeys
from surveys import reading as surveys


@dataclass(frozen=True, slots=True)
class _Context:
    """What turns rows into views, read in batches."""

    partners: Mapping[UUID, directory.PartnerView]
    contacts: Mapping[UUID, directory.ContactView]
    staff: Mapping[UUID, directory.StaffView]
    teams: Mapping[UUID, str]
    responses: Mapping[UUID, surveys.ResponseView]
    touchpoints: Mapping[str, str]
    programs: Mapping[str, AlertProgram]
    noticed: Mapping[UUID, str]
    verdicts: Mapping[UUID, CaseRow]
    unsent: Collection[UUID]
    talks: Mapping[UUID, datetime]
    calls: Mapping[UUID, datetime]
    waiting: Mapping[UUID, Waiting]
    mediated: Collection[UUID]
    brought: Collection[UUID]
    unstated: Collection[UUID]
    fallen: Mapping[UUID, tuple[int, int]]
    now: datetime


def case_views_of(reading: Reading, rows: Sequence[CaseRow]) -> list[CaseView]:
    """The cases of these rows, in their order."""
    if not rows:
        return []
    has_team = any(row.team_id for row in rows)
    context = _Context(
        partners=directory.partners_by_id(reading, {row.partner_id for row in rows}),
        contacts=directory.contacts_by_id(reading, {row.contact_id for row in rows if row.contact_id}),
        staff=directory.staff_by_id(reading, {row.owner_id for row in rows if row.owner_id}),
        teams={team.id: team.name for team in directory.list_teams(reading)} if has_team else {},
        responses=surveys.responses_by_id(reading, {row.response_id for row in rows if row.response_id}),
        touchpoints=touchpoint_names(reading),
        programs={version: published.of_version(reading, version) for version in {row.alerts_version for row in rows}},
        noticed=_noticed(reading, {row.id for row in rows if row.response_id is None}),
        verdicts=_verdicts(reading, rows),
        unsent=_unsent(reading, {row.settlement_id for row in rows if row.settlement == "asked"}),
        talks=waiting_store.last_talks(reading, _open_wishes(rows)),
        calls=thread_store.next_talks(reading, [row.id for row in rows if _may_have_heard(row)]),
        waiting=waiting_store.waiting(reading, [row.id for row in rows if _has_more_to_tell(row)]),
        **_brought(reading, rows),
        fallen=_fallen(reading, rows),
        now=reading.now,
    )
    return [_view(row, context) for row in rows]


def _view(row: CaseRow, context: _Context) -> CaseView:
    owner = context.staff.get(row.owner_id)
    response = context.responses.get(row.response_id)
    calendar = _calendar_of(row, owner, context)
    return CaseView(
        id=row.id,
        ref=f"C-{row.number}",
        revision=row.revision,
        kind=row.kind,
        severity=row.severity,
        state=row.state,
        partner=context.partners[row.partner_id],
        contact=context.contacts.get(row.contact_id),
        touchpoint=row.touchpoint,
        touchpoint_name=context.touchpoints.get(row.touchpoint, row.touchpoint) or gettext("The partnership"),
        owner=owner,
        team_id=row.team_id,
        team_name=context.teams.get(row.team_id, ""),
        score=row.score,
        score_kind=row.score_kind,
        wants_contact=row.wants_contact,
        comment=response.comment if response else "",
        phone=_phone(response, context.contacts.get(row.contact_id)),
        response_id=row.response_id,
        opened_at=row.opened_at,
        contact_due_at=row.contact_due_at,
        resolve_due_at=row.resolve_due_at,
        due_at=row.due_at,
        left=timedelta() if row.state == "closed" else working_time(calendar, row.paused_at or context.now, row.due_at),
        past_due=timedelta() if row.state == "closed" else max(timedelta(), context.now - row.due_at),
        acknowledged_at=row.acknowledged_at,
        contacted_at=row.contacted_at,
        closed_at=row.closed_at,
        root_cause=row.root_cause,
        outcome=row.outcome,
        reopened_count=row.reopened_count,
        warn_at=row.warn_at,
        paused_at=row.paused_at,
        paused_until=row.paused_until,
        pause_reason=row.pause_reason,
        snoozed_until=row.snoozed_until,
        noticed=context.noticed.get(row.id, ""),
        ladder_rung=row.ladder_rung,
        settlement=row.settlement,
        settlement_id=row.settlement_id,
        reply=_reply(row, response, context),
        asks_later=row.settlement_id in context.unsent,
        hours_zone="" if calendar is ALWAYS else calendar.time_zone,
        answered_at=response.at if response else None,
        talked_at=context.talks.get(row.id),
        call_at=context.calls.get(row.id),
        is_mediated=row.id in context.mediated,
        is_brought=row.id in context.brought,
        awaits_statement=row.id in context.unstated,
        fallen=context.fallen.get(row.id),
        **context.waiting.get(row.id, Waiting(row.opened_at, row.opened_at, None))._asdict(),
    )


def _has_more_to_tell(row: CaseRow) -> bool:
    """Whether an open case waits since another instant than its opening, or no more."""
    return _may_have_heard(row) or bool(row.state != "closed" and row.reopened_count)


def _open_wishes(rows: Sequence[CaseRow]) -> list[CaseRow]:
    """Those of these cases that want a call and had a contact: it may be older than the wish."""
    return [row for row in rows if row.wants_contact and _may_have_heard(row)]


def _may_have_heard(row: CaseRow) -> bool:
    """Whether the partner of an open case may have heard from us: while somebody has a conflict in hand, a call by
    anybody else is not the contact that is owed."""
    return row.state != "closed" and (row.contacted_at is not None or row.ladder_rung > DIRECT_TALK)


def _brought(reading: Reading, rows: Sequence[CaseRow]) -> dict[str, set[UUID]]:
    """Those of these cases in which a mediation is over, and the conflict has not gone further, those that somebody has
    in hand to whom their conflict was brought, and of these the ones in which a mediator waits for our statement."""
    climbed = {row.id: row.ladder_rung for row in rows if row.ladder_rung != DIRECT_TALK}
    steps = (
        [step for step in settling_store.steps_of_cases(reading, climbed) if step.rung == climbed[step.case_id]]
        if climbed
        else []
    )
    staff = directory.staff_by_id(reading, {step.staff_id for step in steps if step.staff_id})
    in_hand = [step for step in steps if step.ended_at is None and may_take_up(staff.get(step.staff_id))]
    mediations = {step.case_id: step.began_at for step in in_hand if step.rung == MEDIATION}
    said = store_past.entries_of_cases(reading, mediations, ("statement_given",)) if mediations else {}
    stated = {case_id for case_id, lines in said.items() if any(line.at >= mediations[case_id] for line in lines)}
    return {
        "mediated": {step.case_id for step in steps if step.rung == MEDIATION and step.ended_at is not None},
        "brought": {step.case_id for step in in_hand},
        "unstated": mediations.keys() - stated,
    }


def _fallen(reading: Reading, rows: Sequence[CaseRow]) -> dict[UUID, tuple[int, int]]:
    """Those of these cases that are open thank-yous whose answer became worse since: from which score to which."""
    thanks = [row for row in rows if row.kind == "thanks" and row.state != "closed"]
    if not thanks:
        return {}
    merged = set(home_store.merged_into(reading, [row.id for row in thanks]).values())
    told = {row.id: home_store.history_of(reading, row).keys() if row.id in merged else {row.id} for row in thanks}
    lines = store_past.entries_of_cases(reading, set().union(*told.values()), ("score_changed",))
    falls = {
        case_id: worst_fall(line.detail for each in of for line in lines.get(each, ())) for case_id, of in told.items()
    }
    return {case_id: fall for case_id, fall in falls.items() if fall is not None}


def _verdicts(reading: Reading, rows: Sequence[CaseRow]) -> dict[UUID, CaseRow]:
    """What was said last about the closing of those of these cases that are open again for it."""
    disputed = [row.id for row in rows if row.state != "closed" and row.settlement in UNSETTLED]
    return settling_store.newest_verdicts(reading, disputed) if disputed else {}


def _unsent(reading: Reading, settlement_ids: Collection[UUID]) -> set[UUID]:
    """Those of these questions whose mail has not left."""
    found = settling_store.settlements_by_id(reading, settlement_ids) if settlement_ids else {}
    return {row.id for row in found.values() if row.sent_at is None}


def _reply(row: CaseRow, response: surveys.ResponseView | None, context: _Context) -> str:
    """What the partner wrote with their verdict, unless they answered a survey since."""
    said = context.verdicts.get(row.id)
    if said is None or (response is not None and response.at > said.at):
        return ""
    return said.text or ""


def _noticed(reading: Reading, case_ids: Collection[UUID]) -> dict[UUID, str]:
    """What was noticed, by case without an answer: by its first alert."""
    alerts = alert_views_of(reading, store.alerts_of_cases(reading, case_ids)) if case_ids else []
    return {alert.case_id: f"{alert.rule_name}: {alert.because}" for alert in reversed(alerts)}


def _calendar_of(row: CaseRow, owner: directory.StaffView | None, context: _Context) -> Calendar:
    """The calendar a case was opened under; its owner's in a case from before that was kept."""
    program = context.programs.get(row.alerts_version)
    if program is None:
        return ALWAYS
    if row.calendar:
        return program.calendar_named(row.calendar)
    return program.calendar_for(owner.time_zone if owner else None)


def _phone(response: surveys.ResponseView | None, contact: directory.ContactView | None) -> str:
    """Where to call: the number asked for in the answer, else the known one of an active contact."""
    asked = response.call.text if response and response.call else None
    return asked or (contact.phone if contact and contact.state == "active" else "")


def touchpoint_names(reading: Reading) -> dict[str, str]:
    """The names of the touchpoints in force by key, in the reader's language."""
    locale = current_locale()
    return {placed.definition.key: placed.definition.name.get(locale) for placed in journeys.touchpoints(reading)}


def entry_of(row: CaseRow) -> EntryView:
    """A line of a timeline."""
    return EntryView(
        row.revision, row.kind, row.at, row.actor_kind, row.actor_id, row.actor_name, row.text or "", row.detail
    )


def alert_views_of(reading: Reading, rows: Sequence[CaseRow]) -> list[AlertView]:
    """The alerts of these rows, in their order, each with its reason in words."""
    said = ("why", "rule_name", "because")
    fields = [name for name in AlertView.__dataclass_fields__ if name not in said]
    return [
        AlertView(**{name: getattr(row, name) for name in fields}, **reason)
        for row, reason in zip(rows, _reasons(reading, rows), strict=True)
    ]


def why_of_alerts(reading: Reading, rows: Sequence[CaseRow]) -> list[str]:
    """Why each of these alerts was raised, in words."""
    return [reason["why"] for reason in _reasons(reading, rows)]


def _reasons(reading: Reading, rows: Sequence[CaseRow]) -> list[dict[str, Any]]:
    versions = {row.alerts_version for row in rows}
    programs = {version: published.of_version(reading, version) for version in versions}
    return [_why(row, programs[row.alerts_version]) for row in rows]


def _why(row: CaseRow, program: AlertProgram) -> dict[str, Any]:
    """The reason as it was: by the name and the words that the rule had when it fired."""
    rule = next((rule for rule in program.rules if rule.key == row.rule), None)
    locale = current_locale()
    name = rule.name.get(locale) if rule else row.rule
    because = words.reason(row.reason, row.numbers, rule.when.names(row.numbers, locale) if rule else {})
    return {"why": words.why(name, row.severity, because), "rule_name": name, "because": because}


def names_of(reading: Reading, row: CaseRow, timeline: Sequence[EntryView]) -> dict[str, str]:
    """The words for staff, contacts, teams, root causes and rules that a case's timeline names by id or key."""
    named = {entry.detail.get("owner_id") for entry in timeline} - {None}
    named |= {staff_id for entry in timeline for *_, staff_id in entry.detail.get("mentions", ())}
    named |= {*row.route.get("away", ()), *row.route.get("resting", ())}
    staff = directory.staff_by_id(reading, [UUID(str(each)) for each in named])
    teams = directory.list_teams(reading) if row.team_id else []
    talked_with = {entry.detail["contact_id"] for entry in timeline if "contact_id" in entry.detail}
    contacts = directory.contacts_by_id(reading, [UUID(each) for each in talked_with]).values()
    return (
        {cause.key: cause.name for cause in root_causes(reading).values()}
        | rule_names(reading)
        | _match_names(reading, row)
        | promise_names(reading, row.id)
        | {str(team.id): team.name for team in teams}
        | {str(member.id): member.name for member in staff.values()}
        | {str(each.id): each.name or each.email for each in contacts if each.state != "erased"}
    )


def _match_names(reading: Reading, row: CaseRow) -> dict[str, str]:
    """The words for stages, personas and touchpoints that a route matched by key: `stage:sales` is Sales cycle."""
    locale = current_locale()
    matched = {name for fields in row.route.get("matched", ()) for name in fields}
    found: dict[str, str] = {}
    if "persona" in matched:
        program = published.of_version(reading, row.alerts_version)
        found |= {f"persona:{key}": persona.name.get(locale) for key, persona in program.personas.items()}
    if matched & {"stage", "touchpoint"}:
        for placed in journeys.touchpoints(reading):
            found[f"stage:{placed.stage.key}"] = placed.stage.name.get(locale)
            found[f"touchpoint:{placed.definition.key}"] = placed.definition.name.get(locale)
    return found


def working_hours_of(reading: Reading, row: CaseRow) -> WorkingHours | None:
    """The hours of most days by which the clock of a case runs, and None where no calendar is published.

    They are those under which its due times were set, whoever has it now.
    """
    if published.in_force(reading) is None:
        return None
    calendar = terms_of(reading, row).calendar
    hours = next(iter(calendar.week.values()))
    return WorkingHours(_clock_words(hours.start), _clock_words(hours.until), calendar.time_zone)


def _clock_words(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def root_causes(reading: Reading) -> dict[str, RootCauseView]:
    """The program's root causes by key, in the order of its tree: each cause before its sub-causes."""
    alerts = published.in_force(reading)
    causes = alerts.program.root_causes if alerts else ()
    if not causes:
        return {OTHER_CAUSE: RootCauseView(OTHER_CAUSE, gettext("Something else"), None)}
    locale = current_locale()
    return {
        cause.key: RootCauseView(
            cause.key,
            cause.name.get(locale),
            cause.department or (parent.department if parent else None),
            parent.key if parent else None,
        )
        for cause, parent in all_causes(causes)
    }


def rule_names(reading: Reading) -> dict[str, str]:
    """The names of the alert rules in force by key, in the reader's language."""
    alerts = published.in_force(reading)
    return {rule.key: rule.name.get(current_locale()) for rule in alerts.program.rules} if alerts else {}
