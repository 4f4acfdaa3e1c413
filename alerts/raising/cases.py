"""How an answer, or an occasion without one, becomes alerts and cases: evaluate, group, route, set clocks, write."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from alerts import store
from alerts.casework.changes import started
from alerts.conditions import AnswerFacts
from alerts.events import CaseOpened
from alerts.notices.news import News
from alerts.raising.desk import CaseInHand, Desk
from alerts.raising.desk_said import instant_of
from alerts.raising.evaluate import Firing, evaluate
from alerts.raising.grouping import CaseGroup, case_to_join
from alerts.raising.noticing import Happening, Occasion
from alerts.routing import turn_store
from alerts.routing.walk import Routed, RouteFacts, route
from alerts.silences import store as silence_store
from alerts.silences.silencing import Heard, silence_of
from alerts.terms import PARTNER_OWNER, PROMISE_HOLDER, SEVERITIES
from feedback_engine.directory import reading as directory
from feedback_engine.foundation import ids
from feedback_engine.foundation.errors import Conflict
from feedback_engine.foundation.unit_of_work import UnitOfWork
from surveys.events import ResponseChanged, ResponseSubmitted


class OwnerMoved(Conflict):
    """A partner changed hands between reading and writing; decide again."""


def take_in(desk: Desk, event: ResponseSubmitted) -> None:
    """Decide what one answer, or one changed answer, does to alerts and cases; nothing is written yet."""
    at = instant_of(event)
    facts = desk.said.facts_of(event)
    if isinstance(event, ResponseChanged):
        _note_change(desk, event, facts)
    told: set[UUID] = set()
    for firing in evaluate(desk.program.rules, facts):
        # A rule fires once on a response: a low score that was changed to another low one is the same alert.
        if (event.response_id, firing.rule) in desk.alerted:
            continue
        if _is_silenced(desk, event, firing, at):
            desk.alerted.add((event.response_id, firing.rule))
        else:
            case = _raise_alert(desk, event, firing, facts, at, told)
            told.add(case.id)


def take_in_occasion(desk: Desk, occasion: Occasion, firing: Firing, told: set[UUID]) -> None:
    """Decide what an alert does that no answer caused. Several in one case are one piece of news (`told`)."""
    if _is_silenced(desk, occasion, firing, occasion.at):
        return
    nothing_said = AnswerFacts(occasion.touchpoint, (), wants_contact=False)
    news = len(desk.news)
    told.add(_raise_alert(desk, occasion, firing, nothing_said, occasion.at, told).id)
    # Whoever has to keep a promise was told that it is overdue, and need not hear it twice.
    for place in range(news, len(desk.news)):
        if desk.news[place].kind == "joined":
            desk.news[place] = replace(desk.news[place], by_staff_id=occasion.holder_id)


def _is_silenced(desk: Desk, event: Happening, firing: Firing, at: datetime) -> bool:
    """Whether a silence keeps this from becoming a case; then the alert is kept as silenced."""
    silence = silence_of(desk.silences, Heard(event.partner_id, event.touchpoint, firing.rule, firing.severity, at))
    if silence is None:
        return False
    desk.silenced.append({**_alert_facts(desk, event, firing), "silence_id": silence.id})
    return True


def news_of(desk: Desk) -> list[News]:
    """What is to be told of all that was taken in; each case as grave as it has become by all of it."""
    return [replace(item, severity=desk.touched[item.case_id].severity) for item in desk.news]


def save(uow: UnitOfWork, desk: Desk) -> None:
    """Write the desk: turns, cases, alerts, timelines.

    Raises Conflict when a case moved on since the desk was read, TurnTaken when a turn was given out by another worker.
    """
    # First of all and in one order: whoever lost a turn should lose nothing else, and nobody waits in a circle.
    for recipient, turn in sorted(desk.people.turns.items()):
        if turn.count and turn.turns.last is not None:
            turn_store.take_turns(uow, recipient, turn.expected, turn.count, turn.turns.last)
    new = [case for case in desk.touched.values() if case.expected is None]
    numbers = store.take_numbers(uow, [ids.shard_of(case.id) for case in new])
    rows = []
    for case in new:
        shard = ids.shard_of(case.id)
        rows.append({**case.values, "number": numbers[shard].pop(0), "revision": case.revision, "opened_at": uow.now})
    store.insert_cases(uow, rows)
    _check_owners(uow, desk, new)
    for case in desk.touched.values():
        if case.expected is not None:
            store.change_case(uow, case.id, case.expected, {**case.values, "revision": case.revision})
    store.insert_alerts(uow, [{**row, "raised_at": uow.now} for row in desk.alerts])
    silence_store.insert_silenced(uow, [{**row, "raised_at": uow.now} for row in desk.silenced])
    store.insert_entries(uow, [{**row, **store.by(uow)} for row in desk.entries])
    uow.emit_all(desk.opened)


def _check_owners(uow: UnitOfWork, desk: Desk, new: Sequence[CaseInHand]) -> None:
    """Raises OwnerMoved when a partner changed hands since the desk was read.

    Asked after the cases were written: from then on nobody can change the owner of their partners before this commits.
    """
    of_owner = {case.group.partner_id for case in new if case.values["route"]["to"] == PARTNER_OWNER}
    if not of_owner:
        return
    owners = directory.owners_of(uow, of_owner, uow.now)
    known = desk.people.owners
    for partner_id in of_owner:
        now, then = owners.get(partner_id), known.get(partner_id)
        if (now.id if now and now.active else None) != (then.id if then else None):
            raise OwnerMoved("A partner changed hands meanwhile.")


# ---- one alert


def _raise_alert(
    desk: Desk, event: Happening, firing: Firing, facts: AnswerFacts, at: datetime, told: set[UUID]
) -> CaseInHand:
    """Put the alert into the case it belongs to. Several rules on one answer are one piece of news (`told`)."""
    group = CaseGroup(event.partner_id, desk.program.group_of(event.touchpoint), firing.kind)
    case = _own_case(desk, event) or case_to_join(group, desk.open_cases)
    if case is None:
        case = _open_case(desk, event, firing, group, facts, at)
    else:
        _join(case, event, firing, facts)
        if case.id not in told:
            _add_entry(desk, case, "joined", {"rule": firing.rule})
            desk.news.append(_news(case, "joined"))
    if event.response_id is not None:
        of_response = desk.cases_of_response.setdefault(event.response_id, [])
        if case not in of_response:
            of_response.append(case)
        desk.alerted.add((event.response_id, firing.rule))
    desk.alerts.append(_alert_row(desk, event, firing, case))
    return case


def _own_case(desk: Desk, event: Happening) -> CaseInHand | None:
    """The open case that an occasion belongs to, such as that in which a promise was made."""
    case_id = event.case_id if isinstance(event, Occasion) else None
    return next((case for case in desk.open_cases.values() if case.id == case_id), None)


def _open_case(
    desk: Desk, event: Happening, firing: Firing, group: CaseGroup, facts: AnswerFacts, at: datetime
) -> CaseInHand:
    routed = _route(desk, event, firing)
    case = CaseInHand(
        id=ids.new_id(ids.shard_of(event.partner_id)),
        group=group,
        open=True,
        severity=firing.severity,
        owner_id=routed.owner_id,
        team_id=routed.team_id,
        response_id=event.response_id,
        revision=0,
        expected=None,
    )
    case.values = _case_row(desk, event, firing, case, routed) | _clocks(desk, event, firing, routed, at)
    case.values |= _latest_answer(event, facts)
    desk.open_cases[group] = case
    detail = {"rule": firing.rule, "owner_id": _text(routed.owner_id), "team_id": _text(routed.team_id)}
    _add_entry(desk, case, "opened", detail)
    desk.news.append(_news(case, "opened"))
    desk.opened.append(
        CaseOpened(
            partner_id=event.partner_id,
            case_id=case.id,
            response_id=event.response_id,
            contact_id=event.contact_id,
            kind=firing.kind,
            severity=firing.severity,
            touchpoint=event.touchpoint,
            owner_id=routed.owner_id,
            at=at,
        )
    )
    return case


def _join(case: CaseInHand, event: Happening, firing: Firing, facts: AnswerFacts) -> None:
    case.severity = min(case.severity, firing.severity, key=SEVERITIES.index)
    # More bad news wakes a case that was put aside.
    case.values |= {"severity": case.severity, "snoozed_until": None}
    if event.response_id is not None:
        case.response_id = event.response_id
        case.values |= _latest_answer(event, facts)


def _route(desk: Desk, event: Happening, firing: Firing) -> Routed:
    people = desk.people
    if isinstance(event, Occasion) and event.holder_id in people.active and event.holder_id not in people.away:
        return Routed(event.holder_id, None, PROMISE_HOLDER, (), ())
    owner = people.owners.get(event.partner_id)
    touchpoint_owner = people.touchpoint_owners.get(event.touchpoint)
    contact = desk.contacts.get(event.contact_id) if event.contact_id else None
    facts = RouteFacts(
        touchpoint=event.touchpoint,
        kind=firing.kind,
        severity=firing.severity,
        region=event.region,
        tier=event.tier,
        partner_owner=owner.id if owner else None,
        touchpoint_owner=touchpoint_owner.id if touchpoint_owner else None,
        staff=people.staff,
        teams=people.teams,
        empty_teams=people.empty_teams,
        roles=people.roles,
        stage=desk.stages.get(event.touchpoint, ""),
        personas=desk.program.personas_of(contact.role) if contact else (),
        language=event.language,
        turns={recipient: turn.turns for recipient, turn in people.turns.items()},
        away=people.away,
        takers=people.takers,
    )
    routed = route(desk.program.routes, facts)
    if routed.member is not None and routed.to is not None:
        people.turns[routed.to].take(routed.member)
    return routed


def _clocks(desk: Desk, event: Happening, firing: Firing, routed: Routed, at: datetime) -> dict[str, Any]:
    """The due times: working hours of the calendar that counts, from the answer on."""
    owner = desk.people.active.get(routed.owner_id) if routed.owner_id else None
    zone = owner.time_zone if owner else None
    key = desk.program.calendar_key(firing.kind, zone)
    targets = desk.program.targets(firing.kind, firing.severity, event.tier)
    clock = started(desk.program.calendar_named(key), at, targets.first_contact_hours, targets.resolve_hours)
    # The warning comes first; a late thank-you breaks no promise, and nobody is warned of it.
    wakes_at = None if firing.kind == "thanks" else clock["warn_at"]
    return {**clock, "contact_due_at": clock["due_at"], "calendar": key, "wakes_at": wakes_at}


# ---- a changed answer


def _note_change(desk: Desk, event: ResponseChanged, facts: AnswerFacts) -> None:
    """Write a changed score into the timelines of the cases that the answer opened or joined."""
    before = {answer.question: answer.score for answer in event.before}
    changes = {
        answer.question: [before[answer.question], answer.score]
        for answer in event.answers
        if answer.question in before and before[answer.question] != answer.score
    }
    if not changes:
        return
    for case in desk.cases_of_response.get(event.response_id, []):
        if case.response_id == event.response_id:
            case.values |= _latest_answer(event, facts)
        _add_entry(desk, case, "score_changed", {"scores": changes, "response_id": str(event.response_id)})


# ---- rows


def _latest_answer(event: Happening, facts: AnswerFacts) -> dict[str, Any]:
    """What the lists show of a case: its latest answer, by the first score in it."""
    headline = facts.scored(None)
    return {
        "response_id": event.response_id,
        "contact_id": event.contact_id,
        "score": headline.score if headline else None,
        "score_kind": headline.kind if headline else None,
        "wants_contact": event.wants_contact,
    }


def _case_row(desk: Desk, event: Happening, firing: Firing, case: CaseInHand, routed: Routed) -> dict[str, Any]:
    return {
        "shard": ids.shard_of(case.id),
        "id": case.id,
        "partner_id": event.partner_id,
        "touchpoint": event.touchpoint,
        "touchpoint_group": case.group.touchpoint_group,
        "kind": firing.kind,
        "severity": firing.severity,
        "state": "new",
        "owner_id": routed.owner_id,
        "team_id": routed.team_id,
        "route": _route_document(routed),
        "alerts_version": desk.version,
        "reopened_count": 0,
        # The rows of one batch have the same columns: another of its answers may wake this case, or join another.
        "snoozed_until": None,
    }


def _route_document(routed: Routed) -> dict[str, Any]:
    """The reasons for the route as codes, ids and keys."""
    return {
        "to": routed.to,
        "matched": [dict(matched) for matched in routed.matched],
        "passed": list(routed.passed),
        "empty": list(routed.empty),
        "away": [str(staff_id) for staff_id in routed.away],
        "resting": [str(staff_id) for staff_id in routed.resting],
    }


def _alert_row(desk: Desk, event: Happening, firing: Firing, case: CaseInHand) -> dict[str, Any]:
    return {**_alert_facts(desk, event, firing), "case_id": case.id}


def _alert_facts(desk: Desk, event: Happening, firing: Firing) -> dict[str, Any]:
    return {
        **ids.new_key(event.partner_id),
        "partner_id": event.partner_id,
        "contact_id": event.contact_id,
        "person": desk.contacts[event.contact_id].person if event.contact_id else None,
        "response_id": event.response_id,
        "touchpoint": event.touchpoint,
        "rule": firing.rule,
        "kind": firing.kind,
        "severity": firing.severity,
        "reason": firing.reason,
        "numbers": dict(firing.numbers),
        "question": firing.question,
        "alerts_version": desk.version,
        "answered_at": event.at,
        "occasion": event.key if isinstance(event, Occasion) else None,
    }


def _add_entry(desk: Desk, case: CaseInHand, kind: str, detail: dict[str, Any]) -> None:
    case.revision += 1
    desk.touched[case.id] = case
    desk.entries.append(store.entry_row(case.id, case.revision, kind, detail=detail))


def _news(case: CaseInHand, kind: str) -> News:
    return News(case.id, case.revision, kind, case.owner_id, case.team_id)


def _text(value: object | None) -> str | None:
    return None if value is None else str(value)
