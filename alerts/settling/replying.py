"""Writes what a partner says of a closed case: settled, partly, not; and opens it again, a step further after a no."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from alerts import store
from alerts.casework.changes import Changes, columns_after, find_twin
from alerts.casework.flow import Reopen, Step
from alerts.casework.undoing import plain, restored
from alerts.notices import notifications
from alerts.notices.news import News
from alerts.notices.notifications import Telling
from alerts.settling import ladder
from alerts.settling import store as settling_store
from alerts.settling.asking import terms_of
from alerts.settling.flow import (
    ENTRIES,
    ESCALATION,
    REPLIED,
    STATE_OF,
    Effect,
    Over,
    ReplyFacts,
    Verdict,
    decide_reply,
    over_because,
)
from alerts.settling.ladder import Climb
from alerts.settling.store import SettlementRow
from alerts.store import CaseRow
from feedback_engine.directory import reading as directory
from feedback_engine.directory.reading import StaffView
from feedback_engine.foundation.errors import Conflict, Fault, Invalid
from feedback_engine.foundation.i18n import gettext
from feedback_engine.foundation.plain_text import as_counted
from feedback_engine.foundation.unit_of_work import SYSTEM, Actor, Reading, UnitOfWork, Work

_TRIES = 5
LONGEST_REPLY = 4_000
MOST_REPLIES = 10
"""To one closing: each is a line of the timeline, and somebody is told of it."""

_BY_ITSELF = ("warned", "escalated", "mediation_began", "promise_warned", "promise_overdue")
"""Lines that come with time, or with who can take up a conflict: nobody has done anything about it yet, and a partner's
yes takes back nothing of anybody's. One more bad answer is none of them: a yes would close the case over it."""


@dataclass(frozen=True, slots=True)
class _Turn:
    """What a reply does to one case: the columns, the lines of its timeline, the rung it climbs."""

    row: CaseRow
    changes: Changes
    entries: Sequence[tuple[str, str | None, dict[str, Any]]]
    climb: Climb | None = None
    also: frozenset[UUID] = frozenset()

    @property
    def revision(self) -> int:
        """Where the case stands afterwards."""
        return int(self.row.revision) + len(self.entries)


@dataclass(frozen=True, slots=True)
class _Plan:
    """Everything that a reply does; nothing is written yet."""

    settlement: SettlementRow
    effect: Effect
    turns: Sequence[_Turn]
    values: Mapping[str, Any]
    tellings: Sequence[Telling] = field(default=())


def reply(work: Work, settlement_id: UUID, verdict: Verdict, text: str) -> Over | None:
    """Take a partner's word on a closing; None when it counts, else why it comes too late.

    The same word once more changes nothing. Raises Invalid at `/words` when they are too long, and Conflict when others
    are faster again and again.
    """
    words = kept_words(text)
    for _ in range(_TRIES):
        with work.read() as view:
            plan = _plan(view, settlement_id, verdict, words)
        if not isinstance(plan, _Plan):
            return plan
        try:
            with work.begin(actor=_partner(plan.settlement)) as uow:
                _write(uow, plan)
            return None
        except Conflict:
            continue
    raise Conflict("Somebody else is working on this right now. Please send it again in a moment.")


def kept_words(text: str) -> str:
    """What is kept of the words that somebody typed: all but the signs that cannot be stored."""
    return as_counted(text).replace("\x00", "").strip()


def facts_of(reading: Reading, row: CaseRow, settlement: SettlementRow) -> ReplyFacts:
    """How things stand for a reply to this closing."""
    return ReplyFacts(
        state=settlement.state,
        current=row.settlement_id == settlement.id,
        closed=row.state == "closed",
        untouched=row.revision == settlement.last_revision or not _went_on(reading, settlement),
        climbed=row.ladder_rung > settlement.rung,
        outcome=row.outcome,
    )


def over_now(reading: Reading, row: CaseRow, settlement: SettlementRow) -> Over | None:
    """Why no reply to this closing is taken now, None while one is; after many changes of mind a mail says more."""
    over = over_because(facts_of(reading, row, settlement))
    if over is None and settlement.state in REPLIED and len(_replies(reading, settlement)) >= MOST_REPLIES:
        return "moved_on"
    return over


def last_words(reading: Reading, settlement: SettlementRow) -> str:
    """What the partner wrote with the last word on a closing; empty where nothing was written."""
    said = _replies(reading, settlement)
    return (said[-1].text or "") if said else ""


def taken_up_by(reading: Reading, settlement: SettlementRow) -> CaseRow | None:
    """The case that took up what the partner said of a closing; None where it opened its own."""
    said = _replies(reading, settlement)
    twin = said[-1].detail.get("twin") if said else None
    return store.case_by_number(reading, int(twin.removeprefix("C-"))) if twin else None


def said_before(reading: Reading, settlement: SettlementRow) -> Row[Any] | None:
    """The line with what its reader said of a closing before this one; None where that was a yes, or nothing."""
    said = [
        entry
        for entry in store.entries_of(reading, settlement.case_id)
        if entry.kind in ENTRIES.values()
        and entry.actor_id == str(settlement.contact_id)
        and entry.at < settlement.asked_at
    ]
    return said[-1] if said and said[-1].kind != ENTRIES["confirmed"] else None


def _went_on(reading: Reading, settlement: SettlementRow) -> bool:
    """Whether something was done with a case since the last word on its closing that was not taken back at once."""
    done: list[str] = []
    for line in store.entries_of(reading, settlement.case_id, settlement.last_revision):
        if line.kind == "undone" and done:
            done.pop()
        elif line.actor_kind != SYSTEM.kind or line.kind not in _BY_ITSELF:
            done.append(line.kind)
    return bool(done)


# ---- decide


def _plan(view: Reading, settlement_id: UUID, verdict: Verdict, words: str) -> _Plan | Over | None:
    found = settling_store.find_both(view, settlement_id)
    if found is None:
        return "withdrawn"
    row, settlement = found
    effect = decide_reply(facts_of(view, row, settlement), verdict)
    if not isinstance(effect, Effect):
        return effect
    over = over_now(view, row, settlement)
    if over is not None:
        return over
    if len(words) > LONGEST_REPLY:
        counted = {"limit": LONGEST_REPLY, "length": len(words)}
        message = gettext("Please shorten this to {limit} characters; now it has {length}.", **counted)
        raise Invalid(message, [Fault("/words", message)])
    if effect.state == settlement.state and words in ("", last_words(view, settlement)):
        return None
    turns = [_with_closer(view, turn, settlement) for turn in _turns(view, row, settlement, effect, words or None)]
    values = {"state": effect.state, "replied_at": view.now, "recovery_due_at": _recovery_at(view, row, effect)}
    news = [item for turn in turns for item in _news(turn, effect)]
    return _Plan(settlement, effect, turns, values, notifications.choose_tellings(view, news))


def _turns(view: Reading, row: CaseRow, settlement: SettlementRow, effect: Effect, words: str | None) -> list[_Turn]:
    if effect.state == "confirmed":
        changes = _closed_again(view, settlement) if effect.closes else {}
        return [_turn(row, effect, words, {**changes, "settlement": "confirmed", "settlement_id": settlement.id})]
    twin = find_twin(view, row) if effect.opens else None
    if twin is not None:
        # Two open cases for one matter would send two people: the one that is open takes this up.
        told = _turn(row, effect, words, {"settlement": effect.state}, twin=twin)
        return [
            told,
            _turn(twin, effect, words, {}, climb=_climb(view, twin, effect, None, twin.resolve_due_at), of=row),
        ]
    changes = {"settlement": effect.state}
    if effect.opens:
        opened = columns_after(view, row, Reopen(words or ""), Step("reopened", "reopened"), _partner(settlement))
        changes = {**opened, **changes, **_owner(view, row)}
    settle_by = changes.get("resolve_due_at", row.resolve_due_at)
    turn = _turn(row, effect, words, changes, climb=_climb(view, row, effect, settlement.asked_at, settle_by))
    return [turn if turn.climb is not None else replace(turn, also=_brought_before(view, row))]


def _brought_before(view: Reading, row: CaseRow) -> frozenset[UUID]:
    """To whom the case was brought that stays on its rung: they hear what its partner says now."""
    step = ladder.step_in_hand(view, row)
    return frozenset({step.staff_id}) if step is not None and step.staff_id is not None else frozenset()


def _with_closer(view: Reading, turn: _Turn, settlement: SettlementRow) -> _Turn:
    """Whoever closed the case for its owner hears that it is open again, if they may see it and hear of it no other
    way."""
    closer = _closer(view, settlement)
    brought_in = turn.climb.staff_id if turn.climb is not None else None
    if turn.entries[0][0] == ENTRIES["confirmed"] or closer is None or closer.id == brought_in:
        return turn
    if store.find_visible(view, closer, turn.row.id) is None:
        return turn
    return replace(turn, also=turn.also | {closer.id})


def _closer(view: Reading, settlement: SettlementRow) -> StaffView | None:
    """Who on staff closed the case with this letter."""
    closings = [
        entry
        for entry in store.entries_of(view, settlement.case_id)
        if entry.kind == "closed" and entry.actor_kind == "staff" and entry.at <= settlement.asked_at
    ]
    closer_id = UUID(closings[-1].actor_id) if closings else None
    return directory.staff_by_id(view, [closer_id]).get(closer_id) if closer_id else None


def _turn(
    row: CaseRow,
    effect: Effect,
    words: str | None,
    changes: Changes,
    *,
    climb: Climb | None = None,
    twin: CaseRow | None = None,
    of: CaseRow | None = None,
) -> _Turn:
    if climb is not None:
        changes = {**changes, "ladder_rung": climb.rung}
    linked = {name: f"C-{other.number}" for name, other in (("twin", twin), ("of", of)) if other is not None}
    detail = {**linked, "before": plain({name: getattr(row, name) for name in changes})}
    entries = [(ENTRIES[effect.state], words, detail)]
    if climb is not None:
        entries.append((climb.entry, None, ladder.detail_of(climb)))
    return _Turn(row, changes, entries, climb)


def _owner(view: Reading, row: CaseRow) -> Changes:
    """Whoever had the case has left: the partner's owner has it now, or those who steer hear of it."""
    had = directory.staff_by_id(view, [row.owner_id]).get(row.owner_id) if row.owner_id else None
    if had is None or had.active:
        return {}
    owner = directory.owner_at(view, row.partner_id, view.now)
    return {"owner_id": owner.id if owner is not None and owner.active else None}


def _climb(view: Reading, row: CaseRow, effect: Effect, asked_at: datetime | None, settle_by: datetime) -> Climb | None:
    if not effect.climbs:
        return None
    climb = ladder.choose_climb(view, row, asked_at, settle_by)
    if climb is not None:
        return climb
    # On the last rung nobody new is brought in; whoever was hears that it is not over, or who follows them.
    last = [step for step in settling_store.steps_of(view, row.id) if step.rung == ESCALATION]
    return ladder.go_on(view, row, Climb(ESCALATION, last[0].staff_id, known=last[0])) if last else None


def _closed_again(view: Reading, settlement: SettlementRow) -> Changes:
    """The columns as they were before the partner's own reply opened the case."""
    found: Changes = {}
    for entry in reversed(_replies(view, settlement)):
        found |= restored(entry.detail.get("before", {}))
        if entry.detail.get("before", {}).get("state") == "closed":
            break
    return found


def _replies(view: Reading, settlement: SettlementRow) -> list[CaseRow]:
    """The lines of the timeline in which the partner spoke of this closing, oldest first."""
    entries = store.entries_of(view, settlement.case_id)
    return [
        entry
        for entry in entries
        if entry.kind in ENTRIES.values() and "of" not in entry.detail and entry.at >= settlement.asked_at
    ]


def _recovery_at(view: Reading, row: CaseRow, effect: Effect) -> Any:
    recovery = terms_of(view, row).recovery
    if recovery is None or effect.state != "confirmed":
        return None
    return view.now + timedelta(days=recovery.after_days)


def _news(turn: _Turn, effect: Effect) -> list[News]:
    row, revision = turn.row, turn.row.revision + 1
    kind = turn.entries[0][0]
    if "twin" in turn.entries[0][2]:
        return []
    told = [News(row.id, revision, kind, turn.changes.get("owner_id", row.owner_id), row.team_id, also=turn.also)]
    return told + (ladder.news_of(row, turn.climb, revision + 1) if turn.climb is not None else [])


# ---- write


def _write(uow: UnitOfWork, plan: _Plan) -> None:
    for turn in plan.turns:
        store.change_case(uow, turn.row.id, turn.row.revision, {**turn.changes, "revision": turn.revision})
        for number, (kind, text, detail) in enumerate(turn.entries, start=1):
            entry = store.entry_row(turn.row.id, turn.row.revision + number, kind, text=text, detail=detail)
            store.insert_entries(uow, [{**entry, **store.by(uow)}])
        if turn.climb is not None:
            ladder.write(uow, turn.row, turn.climb)
    if plan.effect.state == "confirmed":
        ladder.end_open(uow, plan.settlement.case_id)
    values = {**plan.values, "last_revision": plan.turns[0].revision}
    settling_store.change_settlement(uow, plan.settlement, values)
    notifications.begin_tellings(uow, plan.tellings)
    uow.audit(f"case.settlement_{plan.effect.state}", "case", f"C-{plan.turns[0].row.number}")


def _partner(settlement: SettlementRow) -> Actor:
    return Actor("partner", str(settlement.contact_id), "contact")


def verdict_of(text: str) -> Verdict | None:
    """The word that a form or an address names; None for any other."""
    return next((verdict for verdict in STATE_OF if verdict == text), None)
