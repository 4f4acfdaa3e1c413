"""Lists of partners: searched, filtered, walked page by page."""

from __future__ import annotations

from uuid import UUID

import pytest

from feedback_engine.directory import reading, service
from feedback_engine.directory.reading import EVERYTHING, PartnerFilter
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.errors import Invalid
from feedback_engine.foundation.ids import new_id
from feedback_engine.foundation.unit_of_work import SYSTEM
from feedback_engine.foundation.web.paging import cursor_of
from tests.directory import builders


@pytest.fixture
def filled(engine: Engine) -> Engine:
    """Five partners of different kinds, one of them owned, two with contacts."""
    acme = builders.partner(engine, "C-1", name="Acme Ítaca", kind="channel", tier="gold", region="EMEA")
    bolt = builders.partner(engine, "C-2", name="Bolt 100%", kind="technology", tier="gold", region="APAC")
    builders.partner(engine, "C-3", name="Corvid_x", kind="servicing", tier="silver")
    builders.partner(engine, "US", name="Our own", side="ours")
    builders.contact(engine, acme, "zoë@x.example", name="Zoë Marsh")
    left = builders.contact(engine, bolt, "old@x.example", name="Old Hand")
    with engine.work.begin(actor=SYSTEM) as uow:
        service.ensure_unconfirmed_partner(uow, "dune")
        service.mark_contact_left(uow, left.id)
    builders.owned(engine, builders.staff(engine), acme)
    return engine


def keys(engine: Engine, wanted: PartnerFilter) -> list[str]:
    with engine.work.read() as now:
        return [listed.partner.key for listed in reading.list_partners(now, EVERYTHING, wanted).rows]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (PartnerFilter(), ["C-1", "C-2", "C-3", "dune", "US"]),  # by name, case aside
        (PartnerFilter(sought="ÍTACA"), ["C-1"]),  # case aside beyond ASCII
        (PartnerFilter(sought="c-2"), ["C-2"]),  # the key
        (PartnerFilter(sought="marsh"), ["C-1"]),  # a contact's name
        (PartnerFilter(sought="old@x"), ["C-2"]),  # an address, of somebody who left too
        (PartnerFilter(sought="100%"), ["C-2"]),  # a per cent sign is no wildcard
        (PartnerFilter(sought="d_x"), ["C-3"]),  # nor an underscore
        (PartnerFilter(sought="b_lt"), []),
        (PartnerFilter(kind="technology"), ["C-2"]),
        (PartnerFilter(tier="gold", region="EMEA"), ["C-1"]),
        (PartnerFilter(state="unconfirmed"), ["dune"]),
        (PartnerFilter(side="ours"), ["US"]),
        (PartnerFilter(unowned=True), ["C-2", "C-3", "dune", "US"]),
        (PartnerFilter(key="C-3"), ["C-3"]),
    ],
)
def test_a_list_shows_what_was_asked_for(filled: Engine, wanted: PartnerFilter, found: list[str]) -> None:
    assert keys(filled, wanted) == found


def test_a_line_shows_the_owner_and_counts_those_who_are_still_there(filled: Engine) -> None:
    with filled.work.read() as now:
        rows = {row.partner.key: row for row in reading.list_partners(now, EVERYTHING, PartnerFilter()).rows}
    assert rows["C-1"].owner is not None
    assert (rows["C-1"].owner.name, rows["C-1"].contact_count) == ("dana", 1)
    assert (rows["C-2"].owner, rows["C-2"].contact_count) == (None, 0)
    assert keys(filled, PartnerFilter(owner_id=rows["C-1"].owner.id)) == ["C-1"]


@pytest.mark.parametrize("by_name", [True, False])
@pytest.mark.parametrize("limit", [1, 2, 7, 50])
def test_walking_the_pages_gives_every_partner_once(engine: Engine, by_name: bool, limit: int) -> None:
    with engine.work.begin(actor=SYSTEM) as uow:
        inputs = [service.read_partner({"key": f"p-{n}", "name": f"Same name {n % 3}"}) for n in range(23)]
        service.upsert_partners(uow, inputs)
    walked: list[UUID] = []
    after = None
    with engine.work.read() as now:
        while True:
            page = reading.list_partners(now, EVERYTHING, PartnerFilter(), after=after, limit=limit, by_name=by_name)
            walked += [listed.partner.id for listed in page.rows]
            if page.next_cursor is None:
                break
            [text] = cursor_of({"cursor": page.next_cursor}, 1) or ()
            after = UUID(str(text))
    assert len(walked) == len(set(walked)) == 23


def test_a_cursor_of_nobody_is_refused(engine: Engine) -> None:
    with engine.work.read() as now, pytest.raises(Invalid):
        reading.list_partners(now, EVERYTHING, PartnerFilter(), after=new_id(1))
