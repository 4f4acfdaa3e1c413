"""What is known of waves: who could be asked, who was chosen, what became of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from feedback_engine.directory import reading as directory
from feedback_engine.directory.reading import EVERYTHING, PartnerFilter, PartnerView, StaffView, Viewer
from feedback_engine.foundation.errors import NotFound
from feedback_engine.foundation.i18n import current_locale, gettext
from feedback_engine.foundation.unit_of_work import Reading
from journeys import reading as journeys
from surveys import audience as audiences
from surveys import personas, program, published, wave_store
from surveys.audience import Audience, Candidate
from surveys.wave_store import MemberRow, WaveRow

_PAGE = 200
_EVERYBODY = PartnerFilter(side="theirs", with_merged=True)


@dataclass(frozen=True, slots=True)
class Member:
    """A member with who they are and who answers for their partner."""

    row: MemberRow
    candidate: Candidate
    suppressed: bool


@dataclass(frozen=True, slots=True)
class Surveyed:
    """A touchpoint that has a survey; `personas` are the names of those whom it asks, none where it asks everybody."""

    key: str
    name: str
    survey: str
    survey_title: str
    event: str
    personas: tuple[str, ...]


def surveyed_touchpoints(reading: Reading) -> list[Surveyed]:
    """The touchpoints about which a wave can ask, in the order of the map."""
    first, locale = program.current(reading).first_language, current_locale()
    titles = published.titles(reading, locale, first)
    named = personas.names(reading)
    return [
        Surveyed(
            placed.definition.key,
            placed.definition.name.get(locale, first),
            placed.definition.survey,
            titles.get(placed.definition.survey, placed.definition.survey),
            placed.definition.event,
            tuple(named.get(key, key) for key in placed.definition.personas),
        )
        for placed in journeys.touchpoints(reading)
        if placed.definition.survey
    ]


@dataclass(frozen=True, slots=True)
class WaveCounts:
    """What became of a wave. `refused` counts by rule."""

    chosen: int
    confirmed: int
    struck: int
    invited: int
    deferred: int
    refused: dict[str, int]
    waiting: int
    mailed: int
    answered: int
    cancelled: dict[str, int]
    held_until: datetime | None

    @property
    def decided(self) -> int:
        """Members that were decided about."""
        return self.invited + self.deferred + sum(self.refused.values())


def counts_of(reading: Reading, wave: WaveRow) -> WaveCounts:
    """The counts of one wave."""
    states = wave_store.member_counts(reading, [wave.id])[wave.id]
    outcomes = wave_store.outcome_counts(reading, [wave.id])[wave.id]
    asked = wave_store.asks_of(reading, wave.id)
    cancelled: dict[str, int] = {}
    for ask in asked:
        if ask.state == "cancelled":
            cancelled[ask.reason or ""] = cancelled.get(ask.reason or "", 0) + 1
    return WaveCounts(
        chosen=sum(states.values()),
        confirmed=states.get("confirmed", 0),
        struck=states.get("struck", 0),
        invited=outcomes.get("invite", 0),
        deferred=outcomes.get("defer", 0),
        refused={rule: n for rule, n in sorted(outcomes.items()) if rule not in ("invite", "defer")},
        waiting=sum(ask.state in ("held", "queued") for ask in asked),
        mailed=sum(ask.state in ("sent", "unknown", "undeliverable", "expired") for ask in asked),
        answered=sum(ask.is_answered for ask in asked),
        cancelled=cancelled,
        held_until=max((ask.hold_until for ask in asked if ask.is_held(reading.now) and ask.hold_until), default=None),
    )


def candidates(reading: Reading, viewer: Viewer = EVERYTHING) -> list[Candidate]:
    """Every active contact of the partners, by partner; our own people are not among them."""
    partners: list[tuple[PartnerView, StaffView | None]] = []
    after: UUID | None = None
    while True:
        page = directory.list_partners(reading, viewer, _EVERYBODY, after=after, limit=_PAGE)
        partners += [(listed.partner, listed.owner) for listed in page.rows]
        if page.next_cursor is None:
            break
        after = page.rows[-1].partner.id
    contacts = directory.contacts_of(reading, [partner.id for partner, _ in partners])
    return [
        Candidate(contact, partner, owner)
        for partner, owner in partners
        for contact in contacts.get(partner.id, ())
        if contact.state == "active"
    ]


def members_of(reading: Reading, wave: WaveRow, viewer: Viewer = EVERYTHING) -> list[Member]:
    """The members of a wave whose partner `viewer` may see, by partner and name."""
    rows = wave_store.members(reading, wave.id)
    partners = directory.partners_by_id(reading, {row.partner_id for row in rows})
    visible = directory.visible_partners(reading, viewer, partners)
    contacts = directory.contacts_by_id(reading, {row.contact_id for row in rows if row.partner_id in visible})
    owners = directory.owners_of(reading, visible, reading.now)
    stops = directory.suppressed(reading, {contact.person for contact in contacts.values()})
    found = [
        Member(
            row,
            Candidate(contacts[row.contact_id], partners[row.partner_id], owners.get(row.partner_id)),
            suppressed=contacts[row.contact_id].person in stops,
        )
        for row in rows
        if row.contact_id in contacts
    ]
    return sorted(found, key=lambda member: (member.candidate.partner.name, member.candidate.contact.name))


def get_wave(reading: Reading, key: str) -> WaveRow:
    """The wave of a key. Raises NotFound."""
    wave = wave_store.find_wave(reading, key)
    if wave is None:
        raise NotFound(gettext("There is no such wave. Look for it in the list of waves."))
    return wave


def audience_of(wave: WaveRow) -> Audience:
    """Whom a wave was made for."""
    return audiences.read(wave.audience)
