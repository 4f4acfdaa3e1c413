"""Writing an import, on both databases: once and not twice, and nobody who asked to be forgotten."""

from __future__ import annotations

from datetime import timedelta

import pytest

from feedback_engine.directory import reading as directory
from feedback_engine.directory import service
from feedback_engine.directory.importing import uploads
from feedback_engine.directory.importing.apply import apply_plan, partners_to_write
from feedback_engine.directory.importing.mapping import guess_mapping
from feedback_engine.directory.importing.plan import ImportPlan, make_plan
from feedback_engine.directory.importing.register import read_known
from feedback_engine.directory.importing.table import Table
from feedback_engine.directory.importing.workbook import read_table
from feedback_engine.foundation.clock import MovedClock
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.errors import NotFound
from feedback_engine.foundation.unit_of_work import SYSTEM
from tests.data import make_messy_workbook as messy
from tests.directory import builders
from tests.directory.import_files import reasons, table, xlsx_bytes


def planned(engine: Engine, read: Table) -> ImportPlan:
    with engine.work.read() as reading:
        known = read_known(reading, engine.keys)
    return make_plan(read, guess_mapping(read, [member.name for member in known.staff]), known)


def imported(engine: Engine, *rows: tuple[object, ...]) -> dict[str, int]:
    return apply_plan(engine.work, engine.keys, SYSTEM, planned(engine, table(*rows)))


def test_the_messy_workbook_is_written_once_and_changes_nothing_the_second_time(engine: Engine) -> None:
    for name, email in messy.STAFF:
        builders.staff(engine, email, name=name)
    rows = messy.make_rows()
    read = read_table(xlsx_bytes(rows.sheet))
    first = planned(engine, read)
    told: list[int] = []
    counts = apply_plan(engine.work, engine.keys, SYSTEM, first, progress=told.append)
    assert counts == {
        "partners_created": 400,
        "partners_changed": 0,
        "contacts_created": len(first.contacts),
        "contacts_changed": 0,
        "owners_assigned": 400 - messy.UNKNOWN_OWNER_COUNT,
        "partners_refused": 0,
    }
    assert sum(told) == partners_to_write(first) == 400

    second = planned(engine, read)
    assert (second.written, second.missing_partners, second.missing_contacts) == ([], (), ())
    assert second.findings == first.findings
    assert set(apply_plan(engine.work, engine.keys, SYSTEM, second).values()) == {0}


def test_values_arrive_where_they_belong(engine: Engine) -> None:
    dana = builders.staff(engine, name="Dana Keller")
    imported(
        engine,
        ("Partner", "Type", "Level", "Country", "Segment", "Parent", "Owner", "E-mail", "Contact", "Language", "Phone"),
        ("Acme SpA", "Reseller", "Gold", "Italy", "A", "Holding", "Keller, Dana", "ana@acme.example", "Ana", "it", "3"),
        ("Holding", "ISV", "", "DE", "A", "", "", "", "", "", ""),
    )
    with engine.work.read() as reading:
        acme = directory.get_partner(reading, "acme-spa")
        (ana,) = directory.contacts_of(reading, [acme.id])[acme.id]
        owner = directory.owner_at(reading, acme.id, reading.now)
    assert (acme.name, acme.kind, acme.tier, acme.country) == ("Acme SpA", "channel", "Gold", "IT")
    assert (acme.attributes, acme.parent_key, acme.state) == ({"segment": "A"}, "holding", "confirmed")
    assert (ana.email, ana.name, ana.language, ana.phone) == ("ana@acme.example", "Ana", "it", "3")
    assert owner is not None
    assert owner.id == dana.id


def test_a_new_owner_begins_now_and_the_former_one_keeps_their_time(engine: Engine, clock: MovedClock) -> None:
    dana = builders.staff(engine, name="Dana Keller")
    luis = builders.staff(engine, "luis@ours.example", name="Luis Vega")
    imported(engine, ("Partner", "Owner"), ("Acme", "Dana Keller"))
    before = clock.now()
    clock.advance(timedelta(days=30))
    assert imported(engine, ("Partner", "Owner"), ("Acme", "Luis Vega"))["owners_assigned"] == 1
    with engine.work.read() as reading:
        acme = directory.get_partner(reading, "acme")
        then, now = (directory.owner_at(reading, acme.id, at) for at in (before, clock.now()))
    assert then is not None
    assert now is not None
    assert (then.id, now.id) == (dana.id, luis.id)


def test_families_may_be_turned_round_by_one_file(engine: Engine) -> None:
    imported(engine, ("Partner", "Parent"), ("Daughter", "Mother"), ("Mother", ""), ("Aunt", ""))
    counts = imported(engine, ("Partner", "Parent"), ("Mother", "Aunt"), ("Daughter", "Aunt"))
    assert (counts["partners_changed"], counts["partners_refused"]) == (2, 0)
    with engine.work.read() as reading:
        assert directory.get_partner(reading, "daughter").parent_key == "aunt"


def test_contacts_of_an_unchanged_partner_are_added(engine: Engine) -> None:
    imported(engine, ("Partner", "E-mail"), ("Acme", "ana@acme.example"))
    counts = imported(engine, ("Partner", "E-mail"), ("Acme", "ana@acme.example"), ("Acme", "bo@acme.example"))
    assert {name: count for name, count in counts.items() if count} == {"contacts_created": 1}


def test_who_asked_to_be_forgotten_does_not_come_back(engine: Engine) -> None:
    acme = builders.partner(engine, "acme", name="Acme")
    ana = builders.contact(engine, acme)
    with engine.work.begin(actor=SYSTEM) as uow:
        service.erase_person(uow, ana.person)
    read = table(("Partner", "E-mail"), ("Acme", "ANA@acme.example"), ("Beta", "ana@acme.example"))
    made = planned(engine, read)
    assert reasons(made.refused) == [(2, "forgotten"), (3, "forgotten")]
    apply_plan(engine.work, engine.keys, SYSTEM, made)
    with engine.work.read() as reading:
        assert [contact.email for contact in directory.contacts_by_person(reading, [ana.person])[ana.person]] == [""]


# ---- uploads


def test_uploads_are_their_owners_alone_and_gone_after_a_day(engine: Engine, clock: MovedClock) -> None:
    priya, other = builders.staff(engine, "p@ours.example"), builders.staff(engine, "o@ours.example")
    read = table(("Partner",), ("Acme",))
    upload_id = uploads.keep_upload(engine.work, SYSTEM, priya.id, "list.csv", read)
    with engine.work.read() as reading:
        assert uploads.get_upload(reading, priya.id, upload_id).table == read
        assert [view.file_name for view in uploads.list_uploads(reading, priya.id)] == ["list.csv"]
        assert uploads.list_uploads(reading, other.id) == []
        with pytest.raises(NotFound):
            uploads.get_upload(reading, other.id, upload_id)
    assert uploads.erase_old_uploads(engine.work) == 0
    clock.advance(timedelta(hours=24, seconds=1))
    with engine.work.read() as reading, pytest.raises(NotFound, match="kept for a day"):
        uploads.get_upload(reading, priya.id, upload_id)
    assert uploads.erase_old_uploads(engine.work) == 1


def test_a_person_who_is_forgotten_takes_all_waiting_uploads_along(engine: Engine) -> None:
    priya = builders.staff(engine, "p@ours.example")
    uploads.keep_upload(engine.work, SYSTEM, priya.id, "list.csv", table(("Partner",), ("Acme",)))
    with engine.work.begin(actor=SYSTEM) as uow:
        assert uploads.discard_all_uploads(uow) == 1
    with engine.work.read() as reading:
        assert uploads.list_uploads(reading, priya.id) == []


def test_a_mapping_is_remembered_for_the_next_file_of_these_columns(engine: Engine) -> None:
    read = table(("Partner", "Country"), ("Acme", "Italy"))
    for chosen in ("attribute", "leave"):
        with engine.work.begin(actor=SYSTEM) as uow:
            uploads.remember_mapping(uow, "partners", read, {"Partner": "partner.name", "Country": chosen})
        with engine.work.read() as reading:
            again = table(("COUNTRY", "partner"), ("Italy", "Beta"))
            assert uploads.propose_mapping(reading, "partners", again) == (
                {"COUNTRY": chosen, "partner": "partner.name"},
                True,
            )
            assert uploads.propose_mapping(reading, "contacts", again)[1] is False
