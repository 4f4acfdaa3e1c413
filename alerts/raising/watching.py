"""Looks at partners for the rules that no answer sets off: all of them once a day, one when something about it changed.

A round goes through the partners in parts; each part writes what was noticed in it together with how far the round got,
so that of several workers, or after a crash, exactly one writes it. A rule fires once on an occasion: the database
refuses a second alert of the same rule, partner and occasion.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from alerts import published, store
from alerts.conditions import LOOKS_BACK_DAYS, LatestEvent, OverduePromise, PartnerFacts, Watches
from alerts.notices import notifications
from alerts.notices.notifications import Telling
from alerts.promises import store as promise_store
from alerts.published import Published
from alerts.raising import cases, watch_store
from alerts.raising.desk import Desk, open_desk
from alerts.raising.evaluate import Firing, notice, watches
from alerts.raising.noticing import Occasion, occasion_of
from feedback_engine.directory import reading as directory
from feedback_engine.directory.reading import EVERYTHING, PartnerFilter, PartnerView
from feedback_engine.foundation.unit_of_work import SYSTEM, Reading, UnitOfWork, Work
from journeys import reading as journeys
from surveys import reading as surveys

BATCH_SIZE = 200


def watch(work: Work, fence: Callable[[UnitOfWork], None] | None = None, *, limit: int = BATCH_SIZE) -> int:
    """Look at the next partners of today's round; returns 1 while there are more to look at, 0 when it is done.

    Raises Conflict when another worker was faster.
    """
    with work.read() as view:
        alerts = published.in_force(view)
        if alerts is None or not is_due(view):
            return 0
        before, now = watch_store.last_round(view), _day_and_version(view, alerts)
        goes_on = before is not None and (before.day, before.alerts_version) == now
        after = before.last_id if before is not None and goes_on else None
        page = directory.list_partners(
            view, EVERYTHING, PartnerFilter(with_merged=True), after=after, limit=limit, by_name=False
        )
        partners = [listed.partner for listed in page.rows]
        desk, tellings = decide(view, alerts, partners)
    ended = page.next_cursor is None
    with work.begin(actor=SYSTEM) as uow:
        if fence is not None:
            fence(uow)
        last_id = partners[-1].id if partners else after
        day, version = now
        progress = {"day": day, "alerts_version": version, "last_id": last_id, "ended_at": uow.now if ended else None}
        watch_store.advance(uow, before, progress)
        save(uow, desk, tellings)
    return 0 if ended else 1


def is_due(view: Reading) -> bool:
    """Whether a round is to be begun or to go on: on a new day of the program, or under new rules."""
    alerts = published.in_force(view)
    if alerts is None or watches(alerts.program.rules) is None:
        return False
    last = watch_store.last_round(view)
    return last is None or last.ended_at is None or (last.day, last.alerts_version) != _day_and_version(view, alerts)


def look_at(view: Reading, partner_ids: Collection[UUID]) -> tuple[Desk | None, list[Telling]]:
    """What is to be noticed about these partners now, and who is to be told of it; nothing is written yet."""
    alerts = published.in_force(view)
    if alerts is None:
        return None, []
    return decide(view, alerts, list(directory.partners_by_id(view, partner_ids).values()))


def decide(view: Reading, alerts: Published, partners: Sequence[PartnerView]) -> tuple[Desk | None, list[Telling]]:
    """What the rules without an answer make of these partners; None when there is nothing new."""
    found = _new_occasions(view, alerts, [partner for partner in partners if partner.side != "ours"])
    desk = open_desk(view, [occasion for occasion, _ in found]) if found else None
    if desk is None:
        return None, []
    told: set[UUID] = set()
    for occasion, firing in found:
        cases.take_in_occasion(desk, occasion, firing, told)
    return desk, notifications.choose_tellings(view, cases.news_of(desk))


def save(uow: UnitOfWork, desk: Desk | None, tellings: Sequence[Telling]) -> None:
    """Write it. Raises Conflict when a case moved on, or when another worker noticed the same meanwhile."""
    if desk is not None:
        with watch_store.once():
            cases.save(uow, desk)
        notifications.begin_tellings(uow, tellings)


# ---- read


def _day_and_version(view: Reading, alerts: Published) -> tuple[str, str]:
    return _day_of(view, alerts).isoformat(), alerts.version


def _day_of(view: Reading, alerts: Published) -> date:
    """Today where the program's own calendar is."""
    return view.now.astimezone(ZoneInfo(alerts.program.calendar_named(None).time_zone)).date()


def _new_occasions(view: Reading, alerts: Published, partners: Sequence[PartnerView]) -> list[tuple[Occasion, Firing]]:
    wanted = watches(alerts.program.rules)
    if wanted is None or not partners:
        return []
    facts = _facts_of(view, wanted, partners, _day_of(view, alerts))
    noticed = [
        (occasion_of(partner, each, view.now), firing)
        for partner in partners
        for firing, each in notice(alerts.program.rules, facts[partner.id])
    ]
    known = watch_store.known_occasions(view, {occasion.partner_id for occasion, _ in noticed})
    return [each for each in noticed if (each[0].partner_id, each[1].rule, each[0].key) not in known]


def _facts_of(view: Reading, wanted: Watches, partners: Sequence[PartnerView], day: date) -> dict[UUID, PartnerFacts]:
    ids, now = [partner.id for partner in partners], view.now
    answers: Mapping[UUID, Sequence[datetime]] = {}
    events: Mapping[UUID, Sequence[datetime]] = {}
    latest: Mapping[UUID, Sequence[journeys.EventView]] = {}
    if wanted.answer_days:
        answers = surveys.answered_since(view, ids, now - timedelta(days=wanted.answer_days))
    if wanted.event_days:
        events = journeys.happened_since(view, ids, now - timedelta(days=wanted.event_days))
    if wanted.event_types:
        latest = journeys.latest_of_types(view, ids, wanted.event_types, now - timedelta(days=LOOKS_BACK_DAYS))
    promises = _overdue(view, ids) if wanted.promises else {}
    return {
        partner.id: PartnerFacts(
            at=now,
            day=day,
            answers=tuple(answers.get(partner.id, ())),
            events=tuple(at for at in events.get(partner.id, ()) if at <= now),
            latest=tuple(
                LatestEvent(event.type, event.at, event.attributes.get("event", {}))
                for event in latest.get(partner.id, ())
            ),
            attributes=partner.attributes,
            promises=tuple(promises.get(partner.id, ())),
        )
        for partner in partners
    }


def _overdue(view: Reading, partner_ids: Collection[UUID]) -> dict[UUID, list[OverduePromise]]:
    """The promises to each of these partners that should have been kept by now, the oldest first."""
    rows = [row for row in promise_store.open_to_partners(view, partner_ids) if row.due_at <= view.now]
    made_in = {case.id: case for case in store.cases_by_id(view, {row.case_id for row in rows})} if rows else {}
    found: defaultdict[UUID, list[OverduePromise]] = defaultdict(list)
    for row in rows:
        case = made_in[row.case_id]
        overdue = OverduePromise(row.id, row.due_at, case.id, row.owner_id, case.touchpoint, case.contact_id)
        found[row.partner_id].append(overdue)
    return found
