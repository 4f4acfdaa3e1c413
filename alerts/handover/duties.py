"""Reads what goes along when partners change hands: their open cases, mail that waits, and replies on their way."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from alerts import store
from alerts.promises import store as promise_store
from alerts.promises.reading import PromiseView, promise_views_of
from alerts.settling import mediation
from alerts.settling import store as settling_store
from alerts.settling.flow import ESCALATION, MEDIATION
from alerts.store import CaseRow
from alerts.viewing import case_views_of
from alerts.views import CaseView
from feedback_engine.directory import reading as directory
from feedback_engine.directory import service as directory_service
from feedback_engine.directory.reading import Duties, OwnershipView, PartnerView, StaffView
from feedback_engine.foundation.errors import Conflict, Fault, Invalid
from feedback_engine.foundation.i18n import gettext
from feedback_engine.foundation.unit_of_work import Reading
from surveys import reading as surveys

REPLIES_WITHIN = timedelta(days=30)
"""How long after a mail its readers may still answer it to whoever signed it."""

OpenCases = Literal["move", "finish"]


@dataclass(frozen=True, slots=True)
class Transfer:
    """Who hands what to whom: all partners of `from_id`, or the chosen `partner_ids` whoever owns them.

    With `open_cases` "move" open cases and promises of the owner go along; with "finish" the owner ends what is open.
    """

    to_id: UUID
    from_id: UUID | None = None
    partner_ids: tuple[UUID, ...] = ()
    open_cases: OpenCases = "move"


@dataclass(frozen=True, slots=True)
class AskedBy:
    """A partner that `owner` asked before somebody else took over: that mail names `owner`, and replies go there."""

    partner: PartnerView
    owner: StaffView
    mails: int
    last_at: datetime


@dataclass(frozen=True, slots=True)
class Received:
    """A partner that came to somebody at `at`, who answered for it before, and in whose names it was asked lately."""

    partner: PartnerView
    before: StaffView
    at: datetime
    asked: tuple[AskedBy, ...]


@dataclass(frozen=True, slots=True)
class TransferPreview:
    """What a transfer would move. `unsent` invitations will name the new owner; those in `asked` name the old one."""

    to: StaffView
    partners: tuple[PartnerView, ...]
    cases: tuple[CaseView, ...]
    open_cases: OpenCases
    unsent: int
    asked: tuple[AskedBy, ...]
    promises: tuple[PromiseView, ...] = ()


def duties_of(reading: Reading, staff_id: UUID) -> Duties:
    """What a member of staff has in hand now."""
    owned, cases = directory.partners_owned_by(reading, staff_id), store.open_cases_of_owner(reading, staff_id)
    mediations, escalations = (
        tuple(f"C-{number}" for number in settling_store.brought_to(reading, staff_id, rung))
        for rung in (MEDIATION, ESCALATION)
    )
    promises = promise_store.open_of_owner(reading, staff_id)
    return Duties(len(owned), len(cases), len(promises), mediations, escalations)


def partners_to_move(reading: Reading, wanted: Transfer) -> list[UUID]:
    """The partners that a transfer would move, in a lasting order: those that `to_id` does not own yet.

    Raises NotFound and Invalid when `to_id` may not own partners, Invalid when nothing says what to move, or when the
    giver and the receiver are one, Conflict when a chosen partner is not owned by `from_id`.
    """
    if wanted.from_id == wanted.to_id:
        raise _invalid("/to", gettext("Somebody else has to take over; choose another person."))
    if wanted.from_id is None and not wanted.partner_ids:
        raise _invalid("/from", gettext("Say whose partners change hands, or which partners."))
    directory_service.check_may_own(reading, wanted.to_id)
    if not wanted.partner_ids:
        return sorted(directory.partners_owned_by(reading, wanted.from_id)) if wanted.from_id else []
    owners = directory.owners_of(reading, wanted.partner_ids, reading.now)
    holding = {partner_id: owner.id for partner_id, owner in owners.items()}
    left = sorted({each for each in wanted.partner_ids if holding.get(each) != wanted.to_id})
    if wanted.from_id is not None and any(holding.get(each) != wanted.from_id for each in left):
        raise Conflict(gettext("Not all of these partners are theirs any more; look at the list again."))
    return left


def preview_transfer(reading: Reading, wanted: Transfer) -> TransferPreview:
    """What `service.transfer` would do now. Raises as `partners_to_move` and `open_cases_along` do."""
    partner_ids = partners_to_move(reading, wanted)
    owners = directory.owners_of(reading, partner_ids, reading.now)
    rows = open_cases_along(reading, wanted, partner_ids)
    promised = promise_store.open_to_partners(reading, partner_ids)
    partners = directory.partners_by_id(reading, partner_ids).values()
    return TransferPreview(
        to=directory.staff_by_id(reading, [wanted.to_id])[wanted.to_id],
        partners=tuple(sorted(partners, key=lambda partner: (partner.name.casefold(), partner.key))),
        cases=tuple(case_views_of(reading, sorted(rows, key=lambda row: (row.due_at, row.id)))),
        open_cases=wanted.open_cases,
        unsent=surveys.count_unsent(reading, partner_ids),
        asked=_asked(reading, partner_ids, wanted.to_id),
        promises=tuple(promise_views_of(reading, cases_along(promised, owners, wanted.to_id))),
    )


def open_cases_along(reading: Reading, wanted: Transfer, partner_ids: Sequence[UUID]) -> list[CaseRow]:
    """The open cases of the owners of these partners, which go along or are left to them, as the transfer says.

    Raises Invalid when they go along and whoever takes over mediates in one of them.
    """
    owners = directory.owners_of(reading, partner_ids, reading.now)
    rows = cases_along(store.open_cases_of(reading, partner_ids) if partner_ids else [], owners, wanted.to_id)
    if wanted.open_cases == "move":
        mediation.check_receiver(reading, rows, wanted.to_id, "/to")
    return rows


def cases_along(rows: Sequence[CaseRow], owners: Mapping[UUID, StaffView], to_id: UUID) -> list[CaseRow]:
    """Those open cases, or promises, that go along with their partner: the ones its owner has; those of others stay."""
    holding = {partner_id: owner.id for partner_id, owner in owners.items()}
    return [row for row in rows if row.owner_id not in (None, to_id) and row.owner_id == holding.get(row.partner_id)]


def received(reading: Reading, staff_id: UUID) -> list[Received]:
    """The partners that came to somebody from others within 30 days, the latest first."""
    since = reading.now - REPLIES_WITHIN
    came = directory.came_since(reading, staff_id, since)
    partners = directory.partners_by_id(reading, [each.partner_id for each in came])
    before: defaultdict[UUID, list[OwnershipView]] = defaultdict(list)
    for period in directory.ownerships_since(reading, partners, since):
        if period.to_at is not None and period.from_at < period.to_at:
            before[period.partner_id].append(period)
    asked: defaultdict[UUID, list[AskedBy]] = defaultdict(list)
    for each in _asked(reading, partners, staff_id):
        asked[each.partner.id].append(each)
    return [
        Received(partners[key], before[key][0].staff, each.from_at, tuple(asked[key]))
        for each in came
        if before[key := each.partner_id]
    ]


def _asked(reading: Reading, partner_ids: Collection[UUID], to_id: UUID) -> tuple[AskedBy, ...]:
    """In whose name these partners were asked in the last 30 days by others than whom they go to, the latest first.

    Those mails have left and cannot be changed: a reply reaches whoever owned the partner then.
    """
    since = reading.now - REPLIES_WITHIN
    sent = surveys.sent_since(reading, partner_ids, since)
    partners = directory.partners_by_id(reading, sent)
    mails: defaultdict[tuple[UUID, UUID], list[datetime]] = defaultdict(list)
    owners: dict[UUID, StaffView] = {}
    for period in directory.ownerships_since(reading, sent, since):
        owners[period.staff.id] = period.staff
        within = _within(sent[period.partner_id], period.from_at, period.to_at)
        if within and period.staff.id != to_id:
            mails[period.partner_id, period.staff.id] += within
    found = [AskedBy(partners[of], owners[by], len(at), max(at)) for (of, by), at in mails.items()]
    return tuple(sorted(found, key=lambda each: (each.last_at, each.partner.key), reverse=True))


def _within(instants: Collection[datetime], from_at: datetime, to_at: datetime | None) -> list[datetime]:
    return [at for at in instants if at >= from_at and (to_at is None or at < to_at)]


def _invalid(pointer: str, words: str) -> Invalid:
    return Invalid(words, [Fault(pointer, words)])
