"""Writing partners by key: what is created, changed, left alone, refused."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError

from feedback_engine.directory import reading, service, store
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.errors import Invalid
from feedback_engine.foundation.ids import shard_of, shard_of_key
from feedback_engine.foundation.unit_of_work import SYSTEM
from tests.directory import builders


def write(engine: Engine, *fields: dict[str, Any]) -> list[str]:
    """The outcome of each input."""
    inputs = [service.read_partner(each) for each in fields]
    with engine.work.read() as before:
        preview = service.preview_partners(before, inputs)
    with engine.work.begin(actor=SYSTEM) as uow:
        results = service.upsert_partners(uow, inputs)
    foreseen = [(each.outcome, each.changes, each.fault) for each in preview]
    assert foreseen == [(each.outcome, each.changes, each.fault) for each in results]
    return [each.outcome for each in results]


def stored(engine: Engine, key: str) -> reading.PartnerView:
    with engine.work.read() as now:
        return reading.get_partner(now, key)


def test_a_partner_is_created_then_changed_then_left_alone(engine: Engine) -> None:
    acme = {"key": "acme", "name": "Acme", "kind": "channel", "tier": "gold", "attributes": {"seats": 12}}
    assert write(engine, acme) == ["created"]
    assert write(engine, acme) == ["unchanged"]
    assert write(engine, {**acme, "tier": "platinum"}) == ["changed"]
    partner = stored(engine, "acme")
    assert (partner.name, partner.kind, partner.tier, partner.state) == ("Acme", "channel", "platinum", "confirmed")
    assert partner.attributes == {"seats": 12}


def test_what_is_not_named_stays_and_an_empty_text_clears(engine: Engine) -> None:
    builders.partner(engine, tier="gold", region="EMEA", attributes={"a": 1, "b": 2})
    write(engine, {"key": "acme", "tier": "", "attributes": {"b": None, "c": True}})
    partner = stored(engine, "acme")
    assert (partner.tier, partner.region, partner.attributes) == ("", "EMEA", {"a": 1, "c": True})


def test_a_partner_keeps_the_shard_of_its_key(engine: Engine) -> None:
    partner = builders.partner(engine, "straße/42 ☃")
    assert shard_of(partner.id) == shard_of_key("straße/42 ☃")
    write(engine, {"key": "straße/42 ☃", "name": "Renamed"})
    assert stored(engine, "straße/42 ☃").id == partner.id


def test_a_key_of_512_characters_is_kept_whole(engine: Engine) -> None:
    key = "k" * 512
    partner = builders.partner(engine, key)
    assert (partner.key, len(partner.name)) == (key, 200)


def test_an_unknown_subject_makes_an_unconfirmed_partner_that_a_description_confirms(engine: Engine) -> None:
    with engine.work.begin(actor=SYSTEM) as uow:
        partner = service.ensure_unconfirmed_partner(uow, " new-one ")
    assert (partner.key, partner.name, partner.kind, partner.state) == ("new-one", "new-one", "unknown", "unconfirmed")
    assert write(engine, {"key": "new-one", "kind": "servicing"}) == ["changed"]
    confirmed = stored(engine, "new-one")
    assert (confirmed.id, confirmed.state) == (partner.id, "confirmed")


def test_many_writers_of_one_new_key_make_one_partner(engine: Engine) -> None:
    def arrive(_: int) -> object:
        with engine.work.begin(actor=SYSTEM) as uow:
            return service.ensure_unconfirmed_partner(uow, "late").id

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(arrive, range(24)))) == 1


def test_one_key_twice_in_a_batch_is_written_once_with_both_changes(engine: Engine) -> None:
    assert write(engine, {"key": "acme", "tier": "gold"}, {"key": "acme", "region": "EMEA"}) == ["created", "changed"]
    assert (stored(engine, "acme").tier, stored(engine, "acme").region) == ("gold", "EMEA")


def test_a_batch_does_what_its_inputs_do_one_by_one(engine: Engine) -> None:
    inputs = [{"key": f"p-{n}", "name": f"Partner {n}", "parent_key": f"p-{n // 2}" if n else ""} for n in range(40)]
    write(engine, *inputs)
    for each in inputs:
        assert write(engine, each) == ["unchanged"]


def test_a_parent_nobody_described_is_made_unconfirmed(engine: Engine) -> None:
    write(engine, {"key": "child", "parent_key": "holding"})
    assert stored(engine, "holding").state == "unconfirmed"


@pytest.mark.parametrize(
    ("existing", "wanted", "outcomes"),
    [
        ([], [{"key": "a", "parent_key": "a"}], ["refused"]),  # its own parent
        ([{"key": "a", "parent_key": "b"}], [{"key": "b", "parent_key": "a"}], ["refused"]),  # a loop of two
        ([], [{"key": "a", "parent_key": "b"}, {"key": "b", "parent_key": "a"}], ["created", "refused"]),  # both new
        (
            [{"key": str(n), "parent_key": str(n + 1)} for n in reversed(range(8))],
            [{"key": "x", "parent_key": "0"}, {"key": "y", "parent_key": "1"}],
            ["refused", "created"],  # nine parents are one too many
        ),
    ],
)
def test_families_stay_trees_of_bounded_depth(
    engine: Engine, existing: list[dict[str, Any]], wanted: list[dict[str, Any]], outcomes: list[str]
) -> None:
    write(engine, *existing)
    assert write(engine, *wanted) == outcomes


def test_a_refused_partner_leaves_nothing_behind(engine: Engine) -> None:
    assert write(engine, {"key": "fine"}, {"key": "a", "parent_key": "a"}) == ["created", "refused"]
    with engine.work.read() as now:
        assert set(reading.partners_by_key(now, ["fine", "a"])) == {"fine"}


def test_a_refused_single_partner_is_told_at_its_field(engine: Engine) -> None:
    with pytest.raises(Invalid) as refused, engine.work.begin(actor=SYSTEM) as uow:
        service.upsert_partner(uow, service.read_partner({"key": "a", "parent_key": "a"}))
    assert refused.value.faults[0].pointer == "/parent_key"


def test_families_are_named_by_their_root(engine: Engine) -> None:
    write(engine, {"key": "shop", "parent_key": "branch"}, {"key": "branch", "parent_key": "holding"}, {"key": "alone"})
    with engine.work.read() as now:
        found = reading.partners_by_key(now, ["shop", "branch", "holding", "alone"])
        roots = reading.families(now, [partner.id for partner in found.values()])
    holding = found["holding"].id
    assert {key: roots[found[key].id] for key in found} == {
        "shop": holding,
        "branch": holding,
        "holding": holding,
        "alone": found["alone"].id,
    }


def test_more_partners_than_one_statement_takes_are_read(engine: Engine) -> None:
    keys = [f"p-{n}" for n in range(2_100)]
    with engine.work.begin(actor=SYSTEM) as uow:
        made = service.ensure_unconfirmed_partners(uow, keys)
    with engine.work.read() as now:
        assert len(reading.partners_by_key(now, keys)) == 2_100
        assert len(reading.partners_by_id(now, [partner.id for partner in made.values()])) == 2_100


@pytest.mark.parametrize(
    "column", [{"kind": "friend"}, {"side": "both"}, {"state": "gone"}, {"parent_key": "acme"}, {"key": ""}]
)
def test_the_database_refuses_impossible_partners(engine: Engine, column: dict[str, str]) -> None:
    partner = builders.partner(engine)
    mine = (store.PARTNER.c.shard == shard_of(partner.id)) & (store.PARTNER.c.key == "acme")
    with pytest.raises(IntegrityError), engine.work.begin(actor=SYSTEM) as uow:
        uow.connection.execute(store.PARTNER.update().where(mine).values(**column))
