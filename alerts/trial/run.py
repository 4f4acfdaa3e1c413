"""Takes recorded answers in at the desk of a draft, each as of its instant; nothing is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from alerts.clocks.spans import Span
from alerts.definitions import AlertProgram
from alerts.raising import cases
from alerts.raising.desk import CaseInHand, Desk
from alerts.raising.desk_people import People, Staff, people_of, taking_turns
from alerts.raising.desk_said import read_said
from alerts.raising.grouping import CaseGroup
from alerts.routing.tree import branches_of
from alerts.routing.turn_store import LastTurn
from alerts.routing.walk import normalised
from alerts.trial.record import Record, Standing, Taken
from alerts.trial.standing import standing_at
from alerts.trial.views import Past, RaisedAlert, RaisedCase
from feedback_engine.foundation.unit_of_work import Reading
from surveys.events import ResponseSubmitted

_DRAFT = "draft"


@dataclass(slots=True)
class _Open:
    """A case that the desk may meet, with its past."""

    hand: CaseInHand
    case: RaisedCase
    past: Past


@dataclass(slots=True)
class _Bench:
    """The desk between two answers, and what has come of it so far."""

    record: Record
    program: AlertProgram
    desk: Desk
    by_partner: dict[UUID, list[_Open]] = field(default_factory=dict)
    turns: dict[str, LastTurn] = field(default_factory=dict)
    raised: list[RaisedAlert] = field(default_factory=list)


def run(reading: Reading, record: Record, program: AlertProgram) -> list[RaisedAlert]:
    """The alerts that `program` would have raised on the answers of the record, in order."""
    events = [taken.event for taken in record.answers]
    desk = Desk(
        now=record.from_at,
        program=program,
        version=_DRAFT,
        people=people_of(program, Staff((), {}, {}, {}, {}), {}, record.from_at),
        contacts=record.contacts,
        stages={},
        said=read_said(reading, program, events),
        open_cases={},
        cases_of_response={},
        alerted=set(),
        silences=record.silences,
    )
    bench = _Bench(record, program, desk, turns=turns_before(record, program))
    for standing in record.cases.values():
        # What a response of the period opened is for the draft to open, or not.
        if standing.case.before:
            _put(bench, standing)
    for taken in record.answers:
        # A contact that is gone altogether raises nothing; one that was erased is still a row.
        if taken.event.contact_id in record.contacts:
            _take_in(bench, taken)
    return bench.raised


def _put(bench: _Bench, standing: Standing) -> None:
    """Let a live case stand as it stood."""
    known = bench.by_partner.setdefault(standing.case.partner_id, [])
    if all(each.hand.id != standing.case.id for each in known):
        known.append(_Open(_in_hand(standing.case, bench.program), standing.case, standing.past))


def _take_in(bench: _Bench, taken: Taken) -> None:
    desk, event = bench.desk, taken.event
    desk.now = taken.at
    desk.people = _people(bench, event, taken.at)
    desk.stages = _stages(bench, taken.at)
    known = bench.by_partner.setdefault(event.partner_id, [])
    desk.open_cases = standing_at([(each.hand.group, each.past, each.hand) for each in known], taken.at)
    met = {each.hand.id: each for each in known}
    desk.alerts.clear()
    cases.take_in(desk, event)
    _keep_turns(bench, desk.people)
    for row in desk.alerts:
        hand = desk.touched[row["case_id"]]
        opened = hand.id not in met
        if opened:
            met[hand.id] = _opened(bench, hand, event, taken.at)
            known.append(met[hand.id])
        bench.raised.append(_raised(bench, row, taken.at, met[hand.id].case, opened=opened))
    # What people read of a case is not asked for here; only the groups and owners are.
    desk.entries.clear()
    desk.news.clear()
    desk.opened.clear()
    desk.silenced.clear()


def _people(bench: _Bench, event: ResponseSubmitted, at: datetime) -> People:
    record = bench.record
    members = record.staff.staff_at(at)
    owner = record.staff.owner_at(event.partner_id, at)
    place = next((each for each in record.journeys.at(at) if each.definition.key == event.touchpoint), None)
    address = place.definition.owner if place else None
    of_touchpoint = next((each for each in members if address and normalised(each.email) == normalised(address)), None)
    staff = Staff(
        members=members,
        teams={normalised(name): team_id for team_id, name in record.teams.items()},
        owners={event.partner_id: owner} if owner else {},
        touchpoint_owners={event.touchpoint: of_touchpoint},
        away=record.staff.deputies_at(at),
    )
    return people_of(bench.program, staff, bench.turns, at)


def _stages(bench: _Bench, at: datetime) -> dict[str, str]:
    if all(branch.match.stage is None for _, branch in branches_of(bench.program.routes)):
        return {}
    return {placed.definition.key: placed.stage.key for placed in bench.record.journeys.at(at)}


def _keep_turns(bench: _Bench, people: People) -> None:
    for recipient, turn in people.turns.items():
        if turn.count and turn.turns.last is not None:
            bench.turns[recipient] = LastTurn(turn.expected + turn.count, turn.turns.last)


def turns_before(record: Record, program: AlertProgram) -> dict[str, LastTurn]:
    """Who had the last turn of each rota and role before the period, as the routes of live cases tell it.

    A case that a deputy took counts for whom they stood in.
    """
    found: dict[str, LastTurn] = {}
    for row in record.routes_before:
        to = row.route.get("to") or ""
        if to in taking_turns(program) and to not in found:
            whose = next(iter(row.route.get("away", ())), None) or row.detail.get("owner_id")
            if whose:
                found[to] = LastTurn(1, UUID(str(whose)))
    return found


# ---- cases


def _in_hand(case: RaisedCase, program: AlertProgram) -> CaseInHand:
    """A live case that stood before, in the group in which the draft would put it."""
    return CaseInHand(
        id=case.id,
        group=CaseGroup(case.partner_id, program.group_of(case.touchpoint), case.kind),
        open=True,
        severity="normal",
        owner_id=case.owner_id,
        team_id=case.team_id,
        response_id=case.opened_by or case.id,
        revision=1,
        expected=1,
    )


def _opened(bench: _Bench, hand: CaseInHand, event: ResponseSubmitted, at: datetime) -> _Open:
    """A case that the draft opens. It is open as long as the live case of the same answer and kind was, goes into the
    cases that one went into, and is split as that one was.

    Where live had none it counts as settled when its time to settle is over: nobody can know better.
    """
    kind, record = hand.group.kind, bench.record
    twin = next((each for each in record.by_response.get(event.response_id, ()) if each.kind == kind), None)
    if twin is None:
        past = Past(None, ((at, hand.values["resolve_due_at"]),))
    else:
        lived = record.cases[twin.case.id].past
        past = Past(lived.live_id, _from(lived.spans, at), lived.merged)
        for part in record.parts.get(twin.case.id, ()):
            _put(bench, part)
    return _Open(hand, _case_of(hand, event, at, assumed=twin is None), past)


def _from(spans: tuple[Span, ...], at: datetime) -> tuple[Span, ...]:
    """What is left of some times from an instant on."""
    return tuple((max(start, at), end) for start, end in spans if end is None or end > at) or ((at, at),)


def _case_of(hand: CaseInHand, event: ResponseSubmitted, at: datetime, *, assumed: bool) -> RaisedCase:
    route = hand.values["route"]
    return RaisedCase(
        id=hand.id,
        ref="",
        partner_id=event.partner_id,
        touchpoint=event.touchpoint,
        kind=hand.group.kind,
        opened_at=at,
        opened_by=event.response_id,
        owner_id=hand.owner_id,
        team_id=hand.team_id,
        to=route["to"],
        passed=tuple(route["passed"]),
        empty=tuple(route["empty"]),
        away=tuple(route["away"]),
        matched=tuple(route["matched"]),
        assumed=assumed,
    )


def _raised(bench: _Bench, row: Mapping[str, object], at: datetime, case: RaisedCase, *, opened: bool) -> RaisedAlert:
    named = ("response_id", "rule", "kind", "severity", "reason", "numbers", "partner_id", "contact_id", "touchpoint")
    values = {name: row[name] for name in (*named, "answered_at")}
    return RaisedAlert(**values, raised_at=at, case=case, opened=opened, program=bench.program)  # type: ignore[arg-type]
