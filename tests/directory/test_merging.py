"""Two partners that are one company: an alias changes no row, both keys work, and it can be undone for 30 days."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from feedback_engine.directory import reading, service
from feedback_engine.directory.guard import EVERYTHING, Sight
from feedback_engine.directory.reading import PartnerFilter, PartnerView
from feedback_engine.foundation.clock import MovedClock
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.errors import Conflict, Invalid, NotFound
from feedback_engine.foundation.ids import new_id
from feedback_engine.foundation.unit_of_work import SYSTEM
from tests.contents import contents_of
from tests.directory import builders
from tests.directory.site import headers, post, signed_in, site

OF_MERGES = ("partner_alias", "audit")
"""Tables that tell of a merge."""


def merge(engine: Engine, partner: PartnerView, into: PartnerView) -> None:
    with engine.work.begin(actor=SYSTEM) as uow:
        service.merge_partners(uow, partner.id, into.id)


def undo(engine: Engine, partner: PartnerView) -> None:
    with engine.work.begin(actor=SYSTEM) as uow:
        service.undo_merge(uow, partner.id)


def families(engine: Engine, *partners: PartnerView) -> list[UUID]:
    """The top of the family of each partner."""
    with engine.work.read() as now:
        found = reading.families(now, [partner.id for partner in partners])
    return [found[partner.id] for partner in partners]


def members(engine: Engine, top: PartnerView) -> set[UUID]:
    with engine.work.read() as now:
        return set(reading.family_members(now, [top.id])[top.id])


def listed(engine: Engine, viewer: Sight = EVERYTHING, **wanted: object) -> list[str]:
    with engine.work.read() as now:
        return [row.partner.key for row in reading.list_partners(now, viewer, PartnerFilter(**wanted)).rows]  # type: ignore[arg-type]


def without_merges(engine: Engine) -> object:
    contents = contents_of(engine.settings.database_url)
    return {name: content for name, content in contents.items() if name not in OF_MERGES}


def test_a_merge_changes_no_row_and_undoing_it_neither(engine: Engine) -> None:
    acme, brisk = builders.partner(engine), builders.partner(engine, "brisk", parent_key="group")
    builders.owned(engine, builders.staff(engine), acme, brisk)
    builders.contact(engine, brisk)
    before = without_merges(engine)
    merge(engine, brisk, acme)
    assert without_merges(engine) == before
    undo(engine, brisk)
    assert without_merges(engine) == before
    with engine.work.read() as now:
        assert reading.merge_of(now, brisk.id) is None
    merge(engine, brisk, acme)  # and once more


def test_both_keys_work_and_lists_show_one(engine: Engine) -> None:
    acme = builders.partner(engine, name="Acme")
    brisk = builders.partner(engine, "brisk", name="Brisk")
    builders.contact(engine, brisk, "zoe@brisk.example", name="Zoe")
    merge(engine, brisk, acme)
    with engine.work.read() as now:
        assert [reading.get_partner(now, key).id for key in ("acme", "brisk")] == [acme.id, brisk.id]
    assert listed(engine) == ["acme"]
    assert listed(engine, with_merged=True) == ["acme", "brisk"]
    assert listed(engine, sought="Brisk") == ["acme"]  # found by the name it had
    assert listed(engine, sought="zoe") == ["acme"]
    assert listed(engine, key="brisk") == ["brisk"]
    undo(engine, brisk)
    assert listed(engine) == ["acme", "brisk"]


def test_an_alias_stays_in_the_list_of_who_may_not_see_what_it_was_merged_into(engine: Engine) -> None:
    acme, brisk = builders.partner(engine), builders.partner(engine, "brisk")
    dana, luis = builders.staff(engine), builders.staff(engine, "luis@ours.example")
    builders.owned(engine, dana, acme)
    builders.owned(engine, luis, brisk)
    merge(engine, brisk, acme)
    assert listed(engine, Sight(luis.id, "alliance_manager")) == ["brisk"]
    assert listed(engine, Sight(dana.id, "alliance_manager")) == ["acme"]
    builders.owned(engine, luis, acme)
    assert listed(engine, Sight(luis.id, "alliance_manager")) == ["acme"]


def test_the_family_joins_both_and_lets_go_of_the_parent_before(engine: Engine) -> None:
    group, old = builders.partner(engine, "group"), builders.partner(engine, "old")
    acme, brisk = builders.partner(engine, parent_key="group"), builders.partner(engine, "brisk", parent_key="old")
    below = builders.partner(engine, "below", parent_key="brisk")
    assert families(engine, acme, brisk, below) == [group.id, old.id, old.id]
    merge(engine, brisk, acme)
    assert families(engine, acme, brisk, below, old) == [group.id, group.id, group.id, old.id]
    assert members(engine, group) == {group.id, acme.id, brisk.id, below.id}
    assert members(engine, old) == {old.id}
    undo(engine, brisk)
    assert families(engine, acme, brisk, below) == [group.id, old.id, old.id]
    assert members(engine, old) == {old.id, brisk.id, below.id}


def test_merged_into_what_was_merged_later_is_one_company(engine: Engine) -> None:
    acme, brisk, corvid = (builders.partner(engine, key) for key in ("acme", "brisk", "corvid"))
    merge(engine, brisk, acme)
    merge(engine, acme, corvid)
    with engine.work.read() as now:
        companies = reading.companies_of(now, [acme.id, brisk.id, corvid.id])
        assert reading.mains_of(now, [acme.id, brisk.id, corvid.id]) == {acme.id: corvid.id, brisk.id: corvid.id}
    assert companies == {key: [corvid.id, acme.id, brisk.id] for key in companies}
    assert families(engine, brisk) == [corvid.id]


def test_what_cannot_be_merged_is_refused(sqlite_engine: Engine) -> None:
    engine = sqlite_engine
    acme, brisk, corvid = (builders.partner(engine, key) for key in ("acme", "brisk", "corvid"))
    child = builders.partner(engine, "child", parent_key="acme")
    ours = builders.partner(engine, "ours", side="ours")
    merge(engine, brisk, acme)
    for partner, into, refusal in (
        (acme, acme, Invalid),  # itself
        (brisk, corvid, Conflict),  # merged already
        (corvid, brisk, Invalid),  # into an alias
        (acme, child, Invalid),  # into what stands below it
        (ours, acme, Invalid),  # we are no partner
    ):
        with pytest.raises(refusal):
            merge(engine, partner, into)
    with pytest.raises(NotFound), engine.work.begin(actor=SYSTEM) as uow:
        service.merge_partners(uow, new_id(3), acme.id)
    with pytest.raises(Conflict):
        undo(engine, acme)


def test_a_merge_is_undone_within_thirty_days_and_not_later(engine: Engine, clock: MovedClock) -> None:
    acme, brisk = builders.partner(engine), builders.partner(engine, "brisk")
    merge(engine, brisk, acme)
    clock.advance(timedelta(days=30))
    undo(engine, brisk)
    merge(engine, brisk, acme)
    clock.advance(timedelta(days=30, seconds=1))
    with pytest.raises(Conflict, match="30 days"):
        undo(engine, brisk)


def test_a_partner_of_nobody_gets_the_owner_until_the_merge_is_undone(engine: Engine, clock: MovedClock) -> None:
    acme, brisk, dana = builders.partner(engine), builders.partner(engine, "brisk"), builders.staff(engine)
    builders.owned(engine, dana, acme)
    start = clock.now()
    merge(engine, brisk, acme)
    clock.advance(timedelta(days=3))
    with engine.work.read() as now:
        assert reading.owner_at(now, brisk.id, now.now) == dana
    undo(engine, brisk)
    with engine.work.read() as now:
        assert reading.owner_at(now, brisk.id, now.now) is None
        [period] = reading.ownership_history(now, brisk.id)
        assert reading.partners_owned_by(now, dana.id) == [acme.id]
    assert (period.from_at, period.to_at) == (start, start + timedelta(days=3))  # they answered for it meanwhile


def test_one_of_several_partners_that_may_be_meant_is_chosen_by_a_tap(sqlite_engine: Engine) -> None:
    engine = sqlite_engine
    brisk = builders.partner(engine, "brisk", name="Brisk")
    builders.partner(engine, name="Acme")
    builders.partner(engine, "a/b c", name="Acme Cloud")
    browser = signed_in(engine, site(engine), builders.staff(engine, "ada@ours.example", "admin"))
    form = f"/partner/{brisk.id}/merge"
    several = browser.get(f"{form}?into=ac").text
    assert 'href="?into=acme">Acme (acme)</a>' in several
    assert 'href="?into=a/b%20c">Acme Cloud (a/b c)</a>' in several
    assert "Lists show Acme Cloud alone" in browser.get(f"{form}?into=a/b%20c").text


def test_pages_look_first_then_merge_and_undo(sqlite_engine: Engine) -> None:
    engine = sqlite_engine
    acme, brisk = builders.partner(engine, name="Acme"), builders.partner(engine, "brisk", name="Brisk")
    browser = signed_in(engine, site(engine), builders.staff(engine, "ada@ours.example", "admin"))
    form = f"/partner/{brisk.id}/merge"
    assert "Lists show Acme alone" in browser.get(f"{form}?into=acme").text
    assert "These are one partner already" in browser.get(f"{form}?into=brisk").text
    assert "There is no such partner" in browser.get(f"{form}?into=nowhere").text
    assert post(browser, form, into="nowhere").status_code == 422
    assert listed(engine) == ["acme", "brisk"]
    assert post(browser, form, into="acme").status_code == 303
    page = browser.get("/partners/brisk").text
    assert "Merged into" in page
    assert 'href="/partners/acme"' in page
    page = browser.get("/partners/acme").text
    assert "Also known as" in page
    assert 'href="/partners/brisk"' in page
    assert post(browser, f"/partner/{brisk.id}/unmerge", "/partners/brisk").status_code == 303
    assert "Merged into" not in browser.get("/partners/brisk").text
    assert acme.id != brisk.id


def test_programs_look_first_then_merge_and_undo(sqlite_engine: Engine) -> None:
    engine = sqlite_engine
    builders.partner(engine)
    brisk = builders.partner(engine, "brisk")
    builders.contact(engine, brisk)
    program, keys = site(engine).test_client(), headers(engine, "partners:write", "partners:read")
    foreseen = program.post("/api/v1/partners/brisk/merge?dry_run=1", json={"into": "acme"}, headers=keys)
    assert foreseen.json == {
        "dry_run": True,
        "partner": "brisk",
        "into": "acme",
        "contacts": {"brisk": 1, "acme": 0},
        "owners": {"brisk": None, "acme": None},
    }
    assert listed(engine) == ["acme", "brisk"]
    done = program.post("/api/v1/partners/brisk/merge", json={"into": "acme"}, headers=keys)
    assert (done.status_code, done.json and done.json["undo_until"]) == (200, "2026-04-08T09:12:00+00:00")
    documents = [program.get(f"/api/v1/partners/{key}", headers=keys).json for key in ("brisk", "acme")]
    assert [(each["merged_into"], each["aliases"]) for each in documents if each] == [("acme", []), (None, ["brisk"])]
    for wrong, status in (({}, 422), ({"into": "nowhere"}, 422), ({"into": "acme"}, 409)):
        assert program.post("/api/v1/partners/brisk/merge", json=wrong, headers=keys).status_code == status
    assert program.post("/api/v1/partners/brisk/unmerge", headers=keys).status_code == 200
    assert program.post("/api/v1/partners/brisk/unmerge", headers=keys).status_code == 409
    assert program.post("/api/v1/partners/nowhere/unmerge", headers=keys).status_code == 404


def test_a_merge_that_is_sent_again_under_its_key_is_done_once(engine: Engine) -> None:
    builders.partner(engine)
    builders.partner(engine, "brisk")
    program, keys = site(engine).test_client(), headers(engine, "partners:write")
    keys = {**keys, "Idempotency-Key": "merge-1"}
    done = [program.post("/api/v1/partners/brisk/merge", json={"into": "acme"}, headers=keys) for _ in range(2)]
    assert [(answer.status_code, answer.json) for answer in done] == [(200, done[0].json)] * 2
    assert done[1].headers["Idempotency-Replayed"] == "true"
    assert program.post("/api/v1/partners/acme/merge", json={"into": "brisk"}, headers=keys).status_code == 422
