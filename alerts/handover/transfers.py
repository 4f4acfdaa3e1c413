"""Writes transfers: partners change hands with their open cases, whose clocks go on, and whoever takes over hears once.

Up to 100 partners move in one transaction; more in several, each whole in itself, so that at every moment every partner
and every case has exactly one owner, and a transfer that was broken off is taken up by asking for it again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from alerts import store
from alerts.casework.changes import given_to
from alerts.casework.undoing import plain
from alerts.handover.duties import Transfer, cases_along, duties_of, open_cases_along, partners_to_move
from alerts.notices import notifications
from alerts.notices.news import News
from alerts.promises import store as promise_store
from alerts.promises import writing as promises
from alerts.promises.store import PromiseRow
from alerts.settling import mediation
from alerts.store import CaseRow
from feedback_engine.directory import reading as directory
from feedback_engine.directory import service as directory_service
from feedback_engine.directory.reading import Duties, StaffView
from feedback_engine.foundation import ids
from feedback_engine.foundation.errors import Conflict, Fault, Invalid
from feedback_engine.foundation.i18n import gettext, ngettext
from feedback_engine.foundation.mail import queue
from feedback_engine.foundation.mail.queue import MailOrder
from feedback_engine.foundation.unit_of_work import Actor, UnitOfWork, Work

MAIL_KIND = "case-transfer"
AT_ONCE = 100
"""Partners in one transaction."""

REST_FOLLOWS = timedelta(minutes=5)
"""How long the mail of a transfer in several transactions waits, so that it tells of them all: they take seconds."""


@dataclass(slots=True)
class _Hand:
    """One transfer on its way: what it moved so far, and whether its mail is in the queue."""

    id: UUID
    wanted: Transfer
    planned: int
    partners: int = 0
    cases: int = 0
    promises: int = 0
    told: bool = False

    @property
    def moved(self) -> Duties:
        """What it moved so far."""
        return Duties(self.partners, self.cases, self.promises)


def transfer(work: Work, actor: Actor, wanted: Transfer) -> Duties:
    """Let `to_id` answer for the partners from now on; how many partners, open cases and promises moved.

    No due time, warning or rung changes. Raises as `duties.partners_to_move` and
    `duties.open_cases_along` do, before anything moves.
    """
    with work.read() as view:
        partner_ids = partners_to_move(view, wanted)
        open_cases_along(view, wanted, partner_ids)
    hand = _Hand(ids.new_reference_id(), wanted, len(partner_ids))
    for start in range(0, len(partner_ids), AT_ONCE):
        with work.begin(actor=actor) as uow:
            _hand_over(uow, hand, partner_ids[start : start + AT_ONCE])
    return hand.moved


def close_account(work: Work, actor: Actor, staff_id: UUID, successor_id: UUID | None = None) -> Duties:
    """Close the account of one of our people; what they had in hand goes to `successor_id`, all of it or nothing.

    Returns what moved. Raises Conflict, with the counts, when they have partners or open cases and nobody is named,
    and as `directory.service.disable_staff` and `transfer` do.
    """
    with work.read() as view:
        duties = duties_of(view, staff_id)
    if duties.need_successor and successor_id is None:
        raise _in_hand(work, staff_id, duties)
    if successor_id is not None:
        with work.read() as view:
            mediation.check_receiver(view, store.open_cases_of_owner(view, staff_id), successor_id, "/successor")
    moved = Duties()
    if successor_id is not None and duties.partners > AT_ONCE:
        with work.begin(actor=actor) as uow:
            directory_service.check_closable(uow, staff_id)
        moved = transfer(work, actor, Transfer(successor_id, staff_id))
    with work.begin(actor=actor) as uow:
        last = _hand_all(uow, staff_id, successor_id) if successor_id is not None else Duties()
        # Between counting and writing an answer may have opened a case: whoever leaves keeps none.
        if successor_id is None and (
            store.hold_open_cases(uow, owner_id=staff_id) or promise_store.hold_open(uow, owner_id=staff_id)
        ):
            raise Conflict(gettext("A case came to them just now; name a successor."))
        directory_service.disable_staff(uow, staff_id, successor_id)
    return Duties(moved.partners + last.partners, moved.open_cases + last.open_cases, moved.promises + last.promises)


def _hand_all(uow: UnitOfWork, staff_id: UUID, successor_id: UUID) -> Duties:
    """Everything that somebody has in hand, their cases and promises at other people's partners too."""
    if staff_id == successor_id:
        words = gettext("Somebody else has to take over; choose another person.")
        raise Invalid(words, [Fault("/successor", words)])
    wanted = Transfer(successor_id, staff_id)
    directory_service.check_may_own(uow, successor_id)
    partner_ids = partners_to_move(uow, wanted)
    hand = _Hand(ids.new_reference_id(), wanted, len(partner_ids))
    _move_cases(uow, hand, store.hold_open_cases(uow, owner_id=staff_id))
    _move_promises(uow, hand, promise_store.hold_open(uow, owner_id=staff_id))
    _hand_over(uow, hand, partner_ids)
    return hand.moved


def _hand_over(uow: UnitOfWork, hand: _Hand, partner_ids: Sequence[UUID]) -> None:
    """Move these partners with the open cases of their owners, in this transaction."""
    wanted = hand.wanted
    # Cases are held before partners: whoever takes in an answer writes to them in this order too.
    rows = store.hold_open_cases(uow, partner_ids=partner_ids) if partner_ids else []
    owners = directory.owners_of(uow, partner_ids, uow.now)
    if wanted.from_id is not None:
        # Somebody else may have moved one meanwhile.
        partner_ids = [each for each in partner_ids if _is_of(owners.get(each), wanted.from_id)]
    moved = directory_service.assign_owners(uow, [(each, wanted.to_id) for each in partner_ids])
    hand.partners += len(moved)
    if wanted.open_cases == "move":
        owners_before = {each: owners[each] for each in moved if each in owners}
        _move_cases(uow, hand, cases_along(rows, owners_before, wanted.to_id))
        promised = promise_store.hold_open(uow, partner_ids=moved) if moved else []
        _move_promises(uow, hand, cases_along(promised, owners_before, wanted.to_id))
    _tell(uow, hand)
    uow.audit("partners.transferred", "transfer", str(hand.id), _counts(hand))


def _is_of(owner: StaffView | None, staff_id: UUID) -> bool:
    return owner is not None and owner.id == staff_id


def _move_cases(uow: UnitOfWork, hand: _Hand, rows: Sequence[CaseRow]) -> None:
    """Give these cases, which this transaction holds, to the receiver, awake; their clocks go on as they are.

    Raises Invalid when the receiver mediates in one of them.
    """
    to_id = hand.wanted.to_id
    entries, news = [], []
    by_staff_id = UUID(uow.actor.id) if uow.actor.kind == "staff" else None
    # It was looked at before; a mediation may have begun since.
    mediation.check_receiver(uow, rows, to_id, "/to")
    for row in rows:
        revision = row.revision + 1
        changes = given_to(uow, row, to_id)
        store.change_case(uow, row.id, row.revision, {**changes, "revision": revision})
        before = plain({name: getattr(row, name) for name in changes})
        detail = {"owner_id": to_id, "transfer": hand.id, "before": before}
        entries.append({**store.entry_row(row.id, revision, "transferred", detail=plain(detail)), **store.by(uow)})
        news.append(News(row.id, revision, "transferred", to_id, row.team_id, by_staff_id))
    store.insert_entries(uow, entries)
    notifications.begin_tellings(uow, notifications.choose_tellings(uow, news))
    hand.cases += len(rows)


def _move_promises(uow: UnitOfWork, hand: _Hand, rows: Sequence[PromiseRow]) -> None:
    """Let the receiver keep these promises, which this transaction holds; their clocks go on as they are."""
    promises.hand_on(uow, rows, hand.wanted.to_id, hand.id)
    hand.promises += len(rows)


def _tell(uow: UnitOfWork, hand: _Hand) -> None:
    """Queue the one mail of a transfer; it is written when it leaves, and tells of everything that came by then."""
    to_id = hand.wanted.to_id
    if hand.told or hand.moved == Duties() or uow.actor.id == str(to_id):
        return
    several = hand.planned > AT_ONCE
    queue.enqueue(
        uow,
        MailOrder(
            kind=MAIL_KIND,
            shard=ids.shard_of(hand.id),
            ref_id=hand.id,
            due_at=uow.now + REST_FOLLOWS if several else uow.now,
            audience="staff",
            recipient_id=to_id,
            repeatable=True,
            attributes={"partners": hand.planned, "by": _by(uow)},
        ),
    )
    hand.told = True


def _by(uow: UnitOfWork) -> str:
    """Who of us hands over, by id; empty where that is a program or the engine itself."""
    return uow.actor.id if uow.actor.kind == "staff" else ""


def _counts(hand: _Hand) -> dict[str, object]:
    wanted = hand.wanted
    return {
        "from": str(wanted.from_id) if wanted.from_id else None,
        "to": str(wanted.to_id),
        "partners": hand.partners,
        "cases": hand.cases,
        "promises": hand.promises,
        "open_cases": wanted.open_cases,
    }


def _in_hand(work: Work, staff_id: UUID, duties: Duties) -> Conflict:
    with work.read() as view:
        staff = directory.staff_by_id(view, [staff_id]).get(staff_id)
    partners = ngettext("{n} partner", "{n} partners", duties.partners)
    cases = ngettext("{n} open case", "{n} open cases", duties.open_cases)
    named = {"name": staff.name if staff else "", "partners": partners, "cases": cases}
    if not duties.promises:
        words = gettext("{name} answers for {partners} and has {cases}; name a successor who takes them over.", **named)
        return Conflict(words)
    promised = ngettext("{n} promise", "{n} promises", duties.promises)
    words = gettext(
        "{name} answers for {partners}, has {cases} and {promises} to keep; name a successor who takes them over.",
        promises=promised,
        **named,
    )
    return Conflict(words)
