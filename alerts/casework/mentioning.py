"""Reads and writes mentions: who may be named on a case, whom a note names, and that they opened it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from alerts import words
from alerts.casework import mention_store
from alerts.casework.mentions import Mention, Person, Unclear, find_mentions
from alerts.notices.news import News
from alerts.regrouping import home_store
from alerts.store import CaseRow
from feedback_engine.directory import reading as directory
from feedback_engine.directory.reading import StaffView, may_see_partner
from feedback_engine.foundation import ids
from feedback_engine.foundation.errors import Fault, Invalid
from feedback_engine.foundation.i18n import gettext
from feedback_engine.foundation.unit_of_work import Actor, Reading, UnitOfWork, Work


def who_may_see(reading: Reading, partner_id: UUID, owner_id: UUID | None, team_id: UUID | None) -> list[StaffView]:
    """Everybody active on staff who may see a case of this partner, owner and team, by name; as `find_visible` says."""
    owner = directory.owners_of(reading, [partner_id], reading.now).get(partner_id)
    of_partner = (owner.id, owner.team_id) if owner else (None, None)
    return [
        member
        for member in directory.list_staff(reading)
        if member.active
        and (
            member.id == owner_id
            or (team_id is not None and member.team_id == team_id)
            or may_see_partner(member, *of_partner)
        )
    ]


def mentions_in(reading: Reading, row: CaseRow, text: str) -> list[Mention]:
    """Whom a note names. Raises Invalid at `/text` for a name that is nobody's, several people's, or of somebody who
    may not see the case."""
    if "@" not in text:
        return []
    seeing = {member.id for member in who_may_see(reading, row.partner_id, row.owner_id, row.team_id)}
    staff = [member for member in directory.list_staff(reading) if member.active]
    people = [Person(each.id, each.name, each.email, each.id in seeing) for each in staff]
    found, unclear = find_mentions(text, people)
    if unclear:
        raise Invalid(_words(unclear[0]), [Fault("/text", _words(each)) for each in unclear])
    return found


def _words(unclear: Unclear) -> str:
    if unclear.reason == "sees_not":
        return gettext("{name} may not see this case, so they would not be told; leave out the @.", name=unclear.name)
    if unclear.reason == "several":
        return gettext("Several people are called {name}; write @ and the address.", name=unclear.name)
    return gettext(
        "Nobody on staff is called {name}; write @ and a name or an address, or a space after the @.", name=unclear.name
    )


def news_of(row: CaseRow, mentioned: Sequence[Mention], actor: Actor) -> list[News]:
    """Those who are named hear of it and nobody else; whoever names themselves knows."""
    by_staff_id = UUID(actor.id) if actor.kind == "staff" else None
    named = sorted({each.staff_id for each in mentioned} - {by_staff_id})
    if not named:
        return []
    # The first of them stands where the owner would: this news is not the owner's.
    first, *others = named
    return [News(row.id, row.revision + 1, "mentioned", first, None, by_staff_id, frozenset(others))]


def detail_of(mentioned: Sequence[Mention]) -> dict[str, Any]:
    """What the entry of the note keeps of it: from where to where its text names whom."""
    return {"mentions": [[each.start, each.end, str(each.staff_id)] for each in mentioned]} if mentioned else {}


def write(uow: UnitOfWork, row: CaseRow, entry_id: UUID, mentioned: Sequence[Mention]) -> None:
    """Let everybody who is named find the case among their mentions; the entry must stand already."""
    named = sorted({each.staff_id for each in mentioned} - {_staff_id(uow.actor)})
    fields = {"case_id": row.id, "entry_id": entry_id, "at": uow.now}
    mention_store.insert_mentions(uow, [{**ids.new_key(row.id), "staff_id": each, **fields} for each in named])


def notes_unopened(reading: Reading, staff_id: UUID, case_ids: Collection[UUID]) -> dict[UUID, tuple[str, str]]:
    """Who named somebody last on each of these cases that they have not opened since, and the words of that note."""
    found = mention_store.latest_unopened(reading, staff_id, case_ids) if case_ids else {}
    return {case_id: (words.actor(row.actor_kind, row.actor_name), row.text or "") for case_id, row in found.items()}


def open_mentions(work: Work, actor: Actor, staff_id: UUID, case_id: UUID) -> None:
    """Keep that somebody opened a case, if it names them; whoever is not named writes nothing by looking."""
    with work.read() as reading:
        case_ids = [case_id, *(row.id for row in home_store.members_of(reading, case_id))]
        if not mention_store.has_unopened(reading, staff_id, case_ids):
            return
    with work.begin(actor=actor) as uow:
        mention_store.mark_opened(uow, staff_id, case_ids)


def _staff_id(actor: Actor) -> UUID | None:
    return UUID(actor.id) if actor.kind == "staff" else None
