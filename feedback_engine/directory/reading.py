"""The directory's read door: partners, contacts, staff, ownership, consent and families, everything in batches."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from urllib.parse import quote
from uuid import UUID

from feedback_engine.directory import store, store_lists, store_staff, store_staff_past
from feedback_engine.directory.absence_words import away_words, days_words
from feedback_engine.directory.addresses import normalise_address
from feedback_engine.directory.consent import decide_refusal
from feedback_engine.directory.guard import EVERYTHING, Viewer, may_see_partner, sees_all
from feedback_engine.directory.kind_words import kind_words
from feedback_engine.directory.kinship import companies_of, families, family_members, mains_of
from feedback_engine.directory.merging import merge_of, merges_into
from feedback_engine.directory.ownership import MAY_OWN
from feedback_engine.directory.staff_past import Situation, StaffPast
from feedback_engine.directory.store_lists import Merged, PartnerFilter, partner_is, visible_to
from feedback_engine.directory.views import (
    AbsenceView,
    ApiKeyView,
    ContactView,
    DeputyView,
    Duties,
    ListedPartner,
    MergeView,
    OwnershipView,
    PartnerView,
    StaffView,
    SuppressionView,
    TeamView,
)
from feedback_engine.foundation.errors import Fault, Invalid, NotFound
from feedback_engine.foundation.i18n import gettext
from feedback_engine.foundation.unit_of_work import Reading
from feedback_engine.foundation.web.paging import Page, page_of, unknown_cursor

__all__ = [
    "EVERYTHING",
    "AbsenceView",
    "ApiKeyView",
    "ContactView",
    "DeputyView",
    "Duties",
    "ListedPartner",
    "MergeView",
    "OwnershipView",
    "PartnerFilter",
    "PartnerView",
    "Situation",
    "StaffPast",
    "StaffView",
    "SuppressionView",
    "TeamView",
    "Viewer",
    "away_between",
    "away_words",
    "came_since",
    "children_of",
    "companies_of",
    "contacts_by_id",
    "contacts_by_person",
    "contacts_of",
    "count_partners",
    "days_words",
    "decide_refusal",
    "deputies_at",
    "families",
    "family_members",
    "find_absence",
    "find_contact",
    "find_deputy",
    "find_partner",
    "find_partner_named",
    "find_staff_by_email",
    "get_partner",
    "get_partner_meant",
    "get_visible_partner",
    "get_visible_partner_by_id",
    "kind_words",
    "list_api_keys",
    "list_contacts",
    "list_partners",
    "list_staff",
    "list_teams",
    "mains_of",
    "may_see_partner",
    "merge_of",
    "merges_into",
    "normalise_address",
    "owned_counts",
    "owner_at",
    "owners_of",
    "ownership_history",
    "ownerships_since",
    "partner_is",
    "partner_path",
    "partner_zones",
    "partners_by_id",
    "partners_by_key",
    "partners_owned_by",
    "situations",
    "staff_by_id",
    "staff_past",
    "suppressed",
    "tiers_and_regions",
    "visible_company",
    "visible_partners",
    "visible_to",
]


# ---- partners


def find_partner(reading: Reading, key: str) -> PartnerView | None:
    """The partner of an external key, or None."""
    return partners_by_key(reading, [key]).get(key)


def find_partner_of_id(reading: Reading, partner_id: UUID) -> PartnerView | None:
    """The partner of an id, or None."""
    return store.find_partner(reading.connection, partner_id)


def get_partner(reading: Reading, key: str) -> PartnerView:
    """The partner of an external key. Raises NotFound."""
    partner = find_partner(reading, key)
    if partner is None:
        raise _no_partner()
    return partner


def get_visible_partner(reading: Reading, viewer: Viewer, key: str) -> PartnerView:
    """The partner of a key, if `viewer` may see it. Raises NotFound, the same for absent and foreign ones."""
    partner = get_partner(reading, key)
    if partner.id not in visible_partners(reading, viewer, [partner.id]):
        raise _no_partner()
    return partner


_MOST_MEANT = 50
"""How many partners that mention what was typed are looked at, for the one whose name holds it."""
_MOST_TO_CHOOSE = 5
_LONGEST_NAME = 200


class SeveralMeant(Invalid):
    """What was typed, `text`, may mean several partners; `partners` are the first of them, to choose from.

    `more` is how many there are besides.
    """

    def __init__(self, text: str, partners: Sequence[PartnerView], pointer: str, more: int = 0) -> None:
        listed = "; ".join(f"{each.name} ({each.key})" for each in partners)
        words = gettext(
            "“{text}” may mean several partners. Write the key of one: {partners}.", text=text, partners=listed
        )
        if more:
            words = f"{words} {gettext('And {n} more: write more of the name.', n=more)}"
        super().__init__(words, [Fault(pointer, words)])
        self.text = text
        self.partners = tuple(partners)


def get_partner_meant(reading: Reading, viewer: Viewer, text: str, pointer: str) -> PartnerView:
    """The one partner that somebody means who writes its key, its name or a part of it, among those they may see.

    Raises SeveralMeant at `pointer` where several may be meant, else Invalid with what to write instead.
    """
    text = text.strip()
    known = find_partner(reading, text)
    if known is not None and known.id in visible_partners(reading, viewer, [known.id]):
        return known
    meant = _meant(reading, viewer, text) if 0 < len(text) <= _LONGEST_NAME else []
    if len(meant) == 1:
        return meant[0]
    if meant:
        first = sorted(meant, key=lambda each: not each.name.casefold().startswith(text.casefold()))[:_MOST_TO_CHOOSE]
        looked_at_all = len(meant) < _MOST_MEANT
        count = len(meant) if looked_at_all else count_partners(reading, viewer, PartnerFilter(sought=text))
        raise SeveralMeant(text, first, pointer, count - len(first))
    words = gettext("There is no such partner among those you may see. Write its name or its key.")
    raise Invalid(words, [Fault(pointer, words)])


def _meant(reading: Reading, viewer: Viewer, text: str) -> list[PartnerView]:
    """Those who are called so; else those in whose name it stands, and not one whose contact happens to be called so.

    Where more mention it than are looked at, all of these may be meant: another may have it in its name.
    """
    called = list_partners(reading, viewer, PartnerFilter(named=text), limit=_MOST_MEANT)
    if called.rows:
        return [each.partner for each in called.rows]
    page = list_partners(reading, viewer, PartnerFilter(sought=text), limit=_MOST_MEANT)
    found = [each.partner for each in page.rows]
    named = [each for each in found if text.casefold() in each.name.casefold()]
    return named if named and page.next_cursor is None else found


def partners_by_id(reading: Reading, partner_ids: Iterable[UUID]) -> dict[UUID, PartnerView]:
    """The partners of these ids that exist."""
    return {partner.id: partner for partner in store.partners_by_id(reading.connection, partner_ids)}


def partners_by_key(reading: Reading, keys: Iterable[str]) -> dict[str, PartnerView]:
    """The partners of these external keys that exist."""
    return {partner.key: partner for partner in store.partners_by_key(reading.connection, keys)}


def partner_zones(reading: Reading, partner_ids: Iterable[UUID]) -> dict[UUID, str]:
    """The time zones of these partners, as far as they have one."""
    return store.partner_zones(reading.connection, partner_ids)


def visible_partners(reading: Reading, viewer: Viewer, partner_ids: Iterable[UUID]) -> set[UUID]:
    """Those of these partners that `viewer` may see now; `visible_to(viewer, shard, partner_id)` is the same as SQL."""
    ids = set(partner_ids)
    if sees_all(viewer):
        return ids
    owners = owners_of(reading, ids, reading.now)
    return {each for each, owner in owners.items() if may_see_partner(viewer, owner.id, owner.team_id)}


def visible_company(reading: Reading, viewer: Viewer | None, partner_id: UUID) -> set[UUID]:
    """The partner, and of those merged with it the ones that `viewer` may see."""
    together = companies_of(reading, [partner_id])[partner_id]
    return {partner_id} | (visible_partners(reading, viewer, together) if viewer else set())


def get_visible_partner_by_id(reading: Reading, viewer: Viewer, partner_id: UUID) -> PartnerView:
    """The partner of an id, if `viewer` may see it. Raises NotFound, the same for absent and foreign ones."""
    partner = partners_by_id(reading, [partner_id]).get(partner_id)
    if partner is None or partner.id not in visible_partners(reading, viewer, [partner.id]):
        raise _no_partner()
    return partner


def find_partner_named(reading: Reading, name: str) -> PartnerView | None:
    """The partner that the last part of an address names: its key, or else its id."""
    partner = find_partner(reading, name)
    partner_id = _uuid(name) if partner is None else None
    return partners_by_id(reading, [partner_id]).get(partner_id) if partner_id else partner


def partner_path(partner: PartnerView) -> str:
    """The path of a partner's page, `/partners/<key>`; by id where browsers would not leave the key as it is."""
    parts = partner.key.split("/")
    plain = all(part not in ("", ".", "..") for part in parts)
    return "/partners/" + (quote(partner.key, safe="/") if plain else str(partner.id))


def children_of(reading: Reading, partner: PartnerView) -> list[PartnerView]:
    """The partners that name this one as their parent, by name."""
    return store.children_of(reading.connection, partner.key)


def tiers_and_regions(reading: Reading) -> tuple[list[str], list[str]]:
    """The tiers and the regions in use, for the choices of a filter."""
    connection = reading.connection
    return store_lists.distinct_texts(connection, "tier"), store_lists.distinct_texts(connection, "region")


def list_partners(
    reading: Reading,
    viewer: Viewer,
    wanted: PartnerFilter,
    *,
    after: UUID | None = None,
    limit: int = 50,
    by_name: bool = True,
) -> Page[ListedPartner]:
    """A page of the partners `viewer` may see, with owner and number of active contacts; the cursor holds one id.

    Raises Invalid when the partner `after` does not exist.
    """
    merged = _merged(reading, viewer, wanted)
    rows = store_lists.list_partners(
        reading.connection, viewer, wanted, after=after, limit=limit + 1, by_name=by_name, merged=merged
    )
    if rows is None:
        raise unknown_cursor()
    return page_of(rows, limit, lambda listed: (str(listed.partner.id),))


def count_partners(reading: Reading, viewer: Viewer, wanted: PartnerFilter) -> int:
    """How many partners `list_partners` lists on all its pages together."""
    merged = _merged(reading, viewer, wanted)
    return store_lists.count_partners(reading.connection, viewer, wanted, merged=merged)


def _merged(reading: Reading, viewer: Viewer, wanted: PartnerFilter) -> Merged:
    """An alias is left out of a list where the viewer sees the partner that stands for it."""
    if wanted.with_merged or wanted.key:
        return store_lists.SHOWN
    mentioned = store_lists.aliases_mentioning(reading.connection, wanted.sought) if wanted.sought else {}
    found = set(mains_of(reading, mentioned).values())
    if sees_all(viewer):
        return Merged(None, found)
    mains = mains_of(reading, store_lists.aliases_seen_by(reading.connection, viewer))
    seen = visible_partners(reading, viewer, set(mains.values()))
    return Merged({alias for alias, main in mains.items() if main in seen}, found)


# ---- contacts and consent


def contacts_by_id(reading: Reading, contact_ids: Iterable[UUID]) -> dict[UUID, ContactView]:
    """The contacts of these ids that exist."""
    return {contact.id: contact for contact in store.contacts_by_id(reading.connection, contact_ids)}


def people_mentioned(reading: Reading, sought: str, limit: int) -> list[UUID]:
    """Up to so many contacts and colleagues in whose name or address these letters stand, in any case."""
    folded = sought.casefold()
    ours = [each.id for each in list_staff(reading) if folded in f"{each.name}\n{each.email}".casefold()]
    return [*ours, *store_lists.contacts_mentioned(reading.connection, sought, limit)][:limit]


def contacts_of(reading: Reading, partner_ids: Iterable[UUID]) -> dict[UUID, list[ContactView]]:
    """The contacts of each of these partners, in the order in which they were added; those who left too."""
    found: defaultdict[UUID, list[ContactView]] = defaultdict(list)
    for contact in store.contacts_of(reading.connection, partner_ids):
        found[contact.partner_id].append(contact)
    return dict(found)


def contacts_by_person(reading: Reading, persons: Iterable[bytes]) -> dict[bytes, list[ContactView]]:
    """The contacts behind which each of these persons stands, at every partner."""
    found: defaultdict[bytes, list[ContactView]] = defaultdict(list)
    for contact in store.contacts_of_persons(reading.connection, persons):
        found[contact.person].append(contact)
    return dict(found)


def find_contact(reading: Reading, contact_id: UUID) -> ContactView | None:
    """The contact of an id, or None."""
    return store.find_contact(reading.connection, contact_id)


def list_contacts(
    reading: Reading,
    *,
    partner_id: UUID | None = None,
    person: bytes | None = None,
    state: str = "",
    after: UUID | None = None,
    limit: int = 50,
) -> Page[ContactView]:
    """A page of all contacts, by id; the cursor holds the last id."""
    rows = store_lists.list_contacts(
        reading.connection, partner_id=partner_id, person=person, state=state, after=after, limit=limit + 1
    )
    return page_of(rows, limit, lambda contact: (str(contact.id),))


def suppressed(reading: Reading, persons: Iterable[bytes]) -> dict[bytes, list[SuppressionView]]:
    """The reasons in force not to ask these persons; who is not in it may be asked."""
    found: defaultdict[bytes, list[SuppressionView]] = defaultdict(list)
    for suppression in store.suppressions_of(reading.connection, persons):
        found[suppression.person].append(suppression)
    return dict(found)


# ---- ownership


def owner_at(reading: Reading, partner_id: UUID, at: datetime) -> StaffView | None:
    """Who answered for a partner at `at`; None when nobody did."""
    return owners_of(reading, [partner_id], at).get(partner_id)


def owners_of(reading: Reading, partner_ids: Iterable[UUID], at: datetime) -> dict[UUID, StaffView]:
    """Who answered for each of these partners at `at`; partners without an owner then are left out."""
    return store.owners_of(reading.connection, partner_ids, at)


def ownership_history(reading: Reading, partner_id: UUID) -> list[OwnershipView]:
    """Who answered for a partner from when to when, newest first."""
    return store.ownership_history(reading.connection, partner_id)


def partners_owned_by(reading: Reading, staff_id: UUID) -> list[UUID]:
    """The partners a member of staff answers for now."""
    return store.partners_owned_by(reading.connection, staff_id)


# ---- staff


def staff_by_id(reading: Reading, staff_ids: Iterable[UUID]) -> dict[UUID, StaffView]:
    """The staff of these ids that exist, disabled ones too."""
    return {staff.id: staff for staff in store.staff_by_id(reading.connection, staff_ids)}


def find_staff_by_email(reading: Reading, email: str) -> StaffView | None:
    """The member of staff with this address, disabled or not; None when there is none or it is no address."""
    try:
        wanted = normalise_address(email)
    except Invalid:
        return None
    return next(iter(store_staff.staff_by_email(reading.connection, [wanted])), None)


def list_staff(reading: Reading) -> list[StaffView]:
    """All staff, active ones first, by name."""
    return store_staff.list_staff(reading.connection)


def deputies_at(reading: Reading, at: datetime) -> dict[UUID, UUID]:
    """Who on staff is away at an instant, each with the one who takes their cases."""
    return {each.staff_id: each.deputy_id for each in store_staff.absences_at(reading.connection, at)}


def absences_between(reading: Reading, from_at: datetime, until_at: datetime) -> list[AbsenceView]:
    """Who on staff is away at any instant of a time, each with when and with the one who takes their cases."""
    return store_staff.absences_between(reading.connection, from_at, until_at)


def away_between(reading: Reading, from_at: datetime, until_at: datetime) -> set[UUID]:
    """Who on staff is away at any instant of a time, by what they have said so far."""
    return {each.staff_id for each in absences_between(reading, from_at, until_at)}


def staff_past(reading: Reading, partner_ids: Iterable[UUID]) -> StaffPast:
    """Who was on staff, away, or the owner of one of these partners at any instant."""
    return store_staff_past.staff_past(reading.connection, partner_ids)


def situations(reading: Reading) -> list[Situation]:
    """The partners of today, those together that routes cannot tell apart."""
    return store_staff_past.situations(reading.connection)


def find_absence(reading: Reading, staff_id: UUID) -> AbsenceView | None:
    """The absence that somebody has set; None when there is none, or when it is over."""
    found = store_staff.find_absence(reading.connection, staff_id)
    return found if found is not None and found.until_at > reading.now else None


def find_deputy(reading: Reading, absence: AbsenceView | None) -> DeputyView | None:
    """Who takes the cases of somebody absent, and why they cannot; None where nobody is absent."""
    if absence is None:
        return None
    [deputy] = store.staff_by_id(reading.connection, [absence.deputy_id])
    if not deputy.active or deputy.role not in MAY_OWN:
        return DeputyView(deputy, "gone")
    own = find_absence(reading, deputy.id)
    is_away = own is not None and own.from_at < absence.until_at and own.until_at > absence.from_at
    return DeputyView(deputy, "away" if is_away else "")


def list_teams(reading: Reading) -> list[TeamView]:
    """All teams, by name."""
    return store_staff.list_teams(reading.connection)


def list_api_keys(reading: Reading) -> list[ApiKeyView]:
    """All API keys without their secrets, those in force first."""
    return store_staff.list_api_keys(reading.connection)


def came_since(reading: Reading, staff_id: UUID, since: datetime) -> list[OwnershipView]:
    """The periods, begun at `since` or later, of the partners that a member of staff answers for now, newest first."""
    return store.periods_begun(reading.connection, staff_id, since)


def ownerships_since(reading: Reading, partner_ids: Iterable[UUID], since: datetime) -> list[OwnershipView]:
    """Who answered for these partners at any time after `since`, the latest first."""
    return store.periods_until(reading.connection, partner_ids, since)


def owned_counts(reading: Reading) -> dict[UUID, int]:
    """How many partners each owner answers for now."""
    return store_staff.owned_counts(reading.connection)


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _no_partner() -> NotFound:
    return NotFound(gettext("There is no such partner among those you may see. Search for it by name."))
