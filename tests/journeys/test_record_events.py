"""Recording: once each, pinned as declared, announced when on the map; the same alone, in batches and in races."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from feedback_engine.directory import reading as directory
from feedback_engine.directory.events import ContactErased
from feedback_engine.directory.service import PartnerInput, erase_person, upsert_partner
from feedback_engine.foundation import ids, outbox
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.unit_of_work import SYSTEM
from journeys import reading as journeys
from journeys.events import TouchpointReached
from journeys.handlers import forget
from journeys.service import ContactDraft, EventDraft, IntakeResult, Rejected, preview_events, record_events
from tests.conftest import START
from tests.journeys.builders import draft, publish

ASKING = "test.ask"
FORGETTING = "test.forget"


def record(engine: Engine, *drafts: EventDraft | Rejected) -> list[IntakeResult]:
    return record_events(engine.work, SYSTEM, drafts, keys=engine.keys)


def announced(engine: Engine) -> list[TouchpointReached]:
    """Everything that was announced, in order."""
    seen: list[TouchpointReached] = []

    def take(batch: outbox.Batch[TouchpointReached]) -> None:
        seen.extend(batch.events)
        with batch.commit():
            pass

    handler = outbox.Handler(ASKING, take, (TouchpointReached,))
    while outbox.deliver(engine.work, handler):
        pass
    return seen


def event(engine: Engine, event_id: UUID | None) -> journeys.EventView:
    assert event_id is not None
    with engine.work.read() as reading:
        return journeys.events_by_id(reading, [event_id])[event_id]


def count(engine: Engine, table: str) -> int:
    with engine.work.read() as reading:
        return int(reading.connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())


@pytest.fixture(autouse=True)
def _with_a_map(engine: Engine) -> None:
    engine.work.subscribers[TouchpointReached] = (ASKING,)
    publish(engine)


def test_an_event_is_recorded_as_it_was_told(engine: Engine) -> None:
    (result,) = record(engine, draft())
    view = event(engine, result.event_id)
    assert result.status == "accepted"
    assert (view.source, view.external_id, view.type, view.at) == ("crm", "1", "ticket.closed", draft().at)
    assert view.received_at == START
    assert not view.replayed
    assert ids.shard_of(view.id) == ids.shard_of(view.partner_id) == ids.shard_of_key("acme")


def test_an_unknown_subject_becomes_an_unconfirmed_partner(engine: Engine) -> None:
    record(engine, draft(subject=" Acmé "))
    with engine.work.read() as reading:
        partner = directory.find_partner(reading, "Acmé")
    assert partner is not None
    assert partner.state == "unconfirmed"


def test_an_event_without_a_time_happens_at_intake(engine: Engine) -> None:
    (result,) = record(engine, draft(at=None))
    assert event(engine, result.event_id).at == START


@pytest.mark.parametrize(
    ("event_type", "expected"),
    [
        ("ticket.closed", [("ticket.closed", "escalation.closed")]),
        ("unheard.of", []),  # recorded, and nobody is asked
    ],
)
def test_events_on_the_map_are_announced(engine: Engine, event_type: str, expected: list[tuple[str, ...]]) -> None:
    (result,) = record(engine, draft(type=event_type))
    told = announced(engine)
    assert [reached.touchpoints for reached in told] == expected
    assert all(reached.event_id == result.event_id and not reached.replayed for reached in told)


def test_a_wave_says_itself_what_it_reaches(engine: Engine) -> None:
    drafts = [draft(type="wave.q1", source="wave:q1")]
    record_events(engine.work, SYSTEM, drafts, keys=engine.keys, reaching=("relationship",))
    assert [reached.touchpoints for reached in announced(engine)] == [("relationship",)]


def test_partner_and_contact_are_pinned_as_they_stood(engine: Engine) -> None:
    with engine.work.begin(actor=SYSTEM) as uow:
        upsert_partner(
            uow, PartnerInput(key="acme", kind="channel", tier="gold", attributes={"segment": "retail", "secret": "x"})
        )
    contact = ContactDraft("ana@acme.example", role="operations", language="IT")
    (result,) = record(engine, draft(type="onboarding.completed", contact=contact, attributes={"days": "12"}))
    with engine.work.begin(actor=SYSTEM) as uow:
        upsert_partner(uow, PartnerInput(key="acme", tier="silver"))
    pinned = event(engine, result.event_id).attributes
    assert pinned["event"] == {"days": 12}
    assert pinned["partner"]["tier"] == "gold"
    assert pinned["partner"]["attributes"] == {"segment": "retail"}  # undeclared ones stay outside
    assert pinned["contact"] == {"role": "operations", "language": "it"}


def test_the_ledger_holds_no_address_and_nothing_personal(engine: Engine) -> None:
    contact = ContactDraft("ana@acme.example", name="Ana Rossi")
    (result,) = record(
        engine, draft(type="onboarding.completed", contact=contact, attributes={"trainer": "Bea Blum", "days": 3})
    )
    written = str(event(engine, result.event_id).attributes)
    assert not any(word in written for word in ("Ana", "acme.example", "Bea"))
    with engine.work.read() as reading:
        assert result.event_id is not None
        assert journeys.personal_attributes(reading, [result.event_id]) == {result.event_id: {"trainer": "Bea Blum"}}


def test_erasing_a_contact_erases_what_is_personal_in_its_events(engine: Engine) -> None:
    engine.work.subscribers[ContactErased] = (FORGETTING,)
    ana, ben = ContactDraft("ana@acme.example"), ContactDraft("ben@acme.example")
    told = {"type": "onboarding.completed", "attributes": {"trainer": "Bea Blum"}}
    anas, bens, nobodys = record(
        engine,
        draft(**told, contact=ana),
        draft(index=1, id="2", contact=ben, **told),
        draft(index=2, id="3", contact=None, **told),  # nobody could ask for its erasure
    )
    with engine.work.begin(actor=SYSTEM) as uow:
        erase_person(uow, engine.keys.person("ana@acme.example"))
    outbox.deliver(engine.work, outbox.Handler(FORGETTING, forget, (ContactErased,)))
    (later,) = record(engine, draft(id="4", contact=ana, **told))  # comes in after the erasure
    with engine.work.read() as reading:
        ids = [result.event_id for result in (anas, bens, nobodys, later) if result.event_id]
        assert set(journeys.personal_attributes(reading, ids)) == {bens.event_id}
    assert count(engine, "touchpoint_event") == 4


def test_a_contact_is_told_apart_by_address_and_kept_up_to_date(engine: Engine) -> None:
    record(engine, draft(contact=ContactDraft("Ana@Acme.example", name="Ana", role="sales")))
    record(engine, draft(id="2", contact=ContactDraft("ana@acme.example", role="operations")))
    with engine.work.read() as reading:
        partner = directory.get_partner(reading, "acme")
        (contact,) = directory.contacts_of(reading, [partner.id])[partner.id]
    assert (contact.name, contact.role) == ("Ana", "operations")


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"at": START + timedelta(days=3)}, "/time"),  # not happened yet
        ({"at": START.replace(year=1980)}, "/time"),  # a clock that lost its battery
        ({"attributes": {"hours": "many"}}, "/data/hours"),
        ({"contact": ContactDraft("not an address")}, "/data/contact/email"),
        ({"contact": ContactDraft("ana@acme.example", time_zone="Mars/Olympus")}, "/data/contact/time_zone"),
        ({"contact": ContactDraft("ana@acme.example", name="x" * 300)}, "/data/contact/name"),
    ],
)
def test_what_cannot_be_recorded_is_rejected_by_pointer_and_the_rest_stored(
    engine: Engine, changes: dict[str, object], pointer: str
) -> None:
    results = record(engine, draft(id="0"), draft(index=1, **changes), draft(index=2, id="2"))
    assert [result.status for result in results] == ["accepted", "rejected", "accepted"]
    assert results[1].pointer == pointer
    assert results[1].event_id is None
    assert count(engine, "touchpoint_event") == 2


def test_a_rejected_event_may_be_sent_again_corrected(engine: Engine) -> None:
    record(engine, draft(attributes={"hours": "many"}))
    assert record(engine, draft(attributes={"hours": 2}))[0].status == "accepted"


def test_sent_again_it_is_a_duplicate_of_the_first(engine: Engine) -> None:
    (first,) = record(engine, draft())
    (again,) = record(engine, draft(at=draft().at))
    assert (again.status, again.event_id) == ("duplicate", first.event_id)
    assert len(announced(engine)) == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"subject": "other"},
        {"type": "qbr.held"},
        {"at": None},
        {"contact": None},
        {"attributes": {"product": "switch"}},
        {"attributes": {"product": "router", "undeclared": 1}},  # what is dropped was said all the same
    ],
)
def test_other_content_under_a_known_id_is_a_conflict_and_the_first_stays(
    engine: Engine, changes: dict[str, object]
) -> None:
    (first,) = record(engine, draft())
    before = event(engine, first.event_id)
    (other,) = record(engine, draft(**changes))
    assert (other.status, other.event_id, other.pointer) == ("conflict", first.event_id, "/id")
    assert event(engine, first.event_id) == before
    assert count(engine, "partner") == 1  # the conflicting subject made no partner


def test_duplicates_and_conflicts_are_seen_inside_one_batch(engine: Engine) -> None:
    results = record(
        engine,
        draft(index=0, attributes={"hours": "many"}),  # rejected: does not claim the id
        draft(index=1),
        draft(index=2),
        draft(index=3, subject="other"),
        Rejected(4, "/id", "no id"),
    )
    assert [result.status for result in results] == ["rejected", "accepted", "duplicate", "conflict", "rejected"]
    assert {result.event_id for result in results[1:4]} == {results[1].event_id}
    assert count(engine, "touchpoint_event") == 1


def test_twenty_threads_posting_one_event_record_it_once(engine: Engine) -> None:
    with ThreadPoolExecutor(20) as threads:
        results = [result for found in threads.map(lambda _: record(engine, draft()), range(100)) for result in found]
    assert Counter(result.status for result in results) == {"accepted": 1, "duplicate": 99}
    assert len({result.event_id for result in results}) == 1
    assert count(engine, "touchpoint_event") == count(engine, "contact") == count(engine, "partner") == 1
    assert len(announced(engine)) == 1


def test_threads_with_overlapping_batches_in_any_order_do_not_block_each_other(engine: Engine) -> None:
    drafts = [draft(index=number, id=str(number), subject=f"partner {number % 7}") for number in range(60)]
    orders = [drafts[number:] + drafts[:number] for number in range(0, 60, 5)]
    with ThreadPoolExecutor(12) as threads:
        results = [result for found in threads.map(lambda order: record(engine, *order), orders) for result in found]
    assert Counter(result.status for result in results) == {"accepted": 60, "duplicate": 660}
    assert count(engine, "touchpoint_event") == 60


def test_racing_conflicts_leave_one_winner(engine: Engine) -> None:
    rivals = [draft(attributes={"product": f"product {number}"}) for number in range(16)]
    with ThreadPoolExecutor(16) as threads:
        results = [found[0] for found in threads.map(lambda rival: record(engine, rival), rivals)]
    assert Counter(result.status for result in results) == {"accepted": 1, "conflict": 15}
    assert len({result.event_id for result in results}) == 1


def test_a_preview_records_nothing_and_says_the_same(engine: Engine) -> None:
    broken = draft(index=3, id="4", attributes={"hours": "x"})
    drafts = [draft(), draft(index=1), draft(index=2, subject="other"), broken]
    previewed = preview_events(engine.work, drafts, keys=engine.keys)
    assert [result.status for result in previewed] == ["accepted", "duplicate", "conflict", "rejected"]
    assert all(result.event_id is None for result in previewed)
    assert count(engine, "touchpoint_event") == count(engine, "partner") == 0


def test_the_ledger_is_append_only(engine: Engine) -> None:
    record(engine, draft())
    for statement in ("UPDATE touchpoint_event SET type = 'x'", "DELETE FROM touchpoint_event"):
        with pytest.raises(Exception, match="append-only"), engine.work.begin(actor=SYSTEM) as uow:
            uow.connection.execute(text(statement))
    assert count(engine, "touchpoint_event") == 1


DRAFTS = st.builds(
    lambda number, subject, product, email, role: draft(
        id=str(number),
        subject=subject,
        attributes={"product": product},
        contact=email and ContactDraft(email, role=role),
    ),
    st.integers(0, 4),
    st.sampled_from(["acme", "bolt"]),
    st.sampled_from(["router", "switch"]),
    st.sampled_from([None, "ana@acme.example", "ben@acme.example"]),
    st.sampled_from([None, "sales", "operations"]),
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(drafts=st.lists(DRAFTS, max_size=12), example=st.uuids())
def test_one_batch_does_what_single_events_do(sqlite_engine: Engine, drafts: list[EventDraft], example: UUID) -> None:
    publish(sqlite_engine)

    def told(world: str) -> list[EventDraft]:
        return [
            replace(one, index=number, source=f"{world} {example}", subject=f"{one.subject} {world} {example}")
            for number, one in enumerate(drafts)
        ]

    together = record(sqlite_engine, *told("together"))
    alone = [record(sqlite_engine, one)[0] for one in told("alone")]
    assert [result.status for result in together] == [result.status for result in alone]
    for one, other in zip(together, alone, strict=True):
        pinned = [event(sqlite_engine, result.event_id).attributes for result in (one, other)]
        assert pinned[0]["contact"] == pinned[1]["contact"]
        assert pinned[0]["event"] == pinned[1]["event"]
