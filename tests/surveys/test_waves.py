"""A wave: chosen by filter, confirmed or struck by owners, tested, sent once, and taken back while it is held."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

import pytest

from feedback_engine.directory.reading import EVERYTHING
from feedback_engine.directory.service import ALL, suppress
from feedback_engine.directory.views import ContactView, PartnerView
from feedback_engine.foundation import ids
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.errors import Conflict, Invalid
from feedback_engine.foundation.unit_of_work import SYSTEM
from feedback_engine.foundation.web.access import StaffPrincipal
from journeys import reading as journeys
from surveys import audience, wave_reading, waves
from surveys.invitations import plan_invitations
from tests.directory import builders as directory
from tests.journeys import builders as journey_builders
from tests.surveys import builders as build


def partners(engine: Engine) -> list[tuple[PartnerView, ContactView]]:
    """Three more partners with one contact each, owned by Luis, save the last."""
    luis = directory.staff(engine, "luis@northwind.example", name="Luis Ortega")
    found = []
    for number, (kind, tier, role) in enumerate(
        [("channel", "gold", "sales"), ("technology", "silver", "operations"), ("servicing", "silver", "sales")]
    ):
        made = directory.partner(engine, f"p{number}", name=f"Partner {number}", kind=kind, tier=tier, region="EMEA")
        found.append((made, directory.contact(engine, made, f"c{number}@p.example", role=role)))
    directory.owned(engine, luis, *(partner for partner, _ in found[:2]))
    return found


def make(engine: Engine, **wanted: Sequence[str]) -> str:
    """A wave for an audience."""
    with engine.work.read() as reading:
        filter_ = audience.read(wanted)
        draft = waves.read_draft(reading, "Spring survey", "relationship", filter_)
        chosen = [one for one in wave_reading.candidates(reading) if filter_.admits(one)]
    with engine.work.begin(actor=SYSTEM) as uow:
        return waves.create_wave(uow, draft, chosen)


def addresses(engine: Engine, key: str, viewer: object = EVERYTHING) -> list[str]:
    with engine.work.read() as reading:
        members = wave_reading.members_of(reading, wave_reading.get_wave(reading, key), viewer)  # type: ignore[arg-type]
    return sorted(member.candidate.contact.email for member in members)


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({}, ["c0@p.example", "c1@p.example", "c2@p.example", "ines@acme.example"]),  # nothing chosen: everybody
        ({"kind": ["channel"]}, ["c0@p.example", "ines@acme.example"]),
        ({"tier": ["SILVER"]}, ["c1@p.example", "c2@p.example"]),  # words are compared without case
        ({"tier": ["silver"], "role": ["sales"]}, ["c2@p.example"]),  # all conditions together
        ({"owner": [audience.NOBODY]}, ["c2@p.example"]),
        ({"region": ["EMEA", "AMER"]}, ["c0@p.example", "c1@p.example", "c2@p.example", "ines@acme.example"]),
    ],
)
def test_a_wave_is_for_those_the_filter_admits(
    engine: Engine, wanted: dict[str, list[str]], expected: list[str]
) -> None:
    build.world(engine)
    partners(engine)
    assert addresses(engine, make(engine, **wanted)) == expected


def test_a_wave_for_nobody_and_a_wave_without_name_are_refused(engine: Engine) -> None:
    build.world(engine)
    with pytest.raises(Invalid, match="ask nobody"):
        make(engine, tier=["no such tier"])
    with engine.work.read() as reading, pytest.raises(Invalid) as caught:
        waves.read_draft(reading, " ", "no such touchpoint", audience.read({}))
    assert [fault.pointer for fault in caught.value.faults] == ["/name", "/touchpoint"]


def test_waves_of_one_name_get_keys_of_their_own(engine: Engine) -> None:
    build.world(engine)
    assert [make(engine), make(engine), make(engine)] == ["spring-survey", "spring-survey-2", "spring-survey-3"]


def test_owners_see_and_decide_about_their_own_contacts_only(engine: Engine) -> None:
    world = build.world(engine)
    partners(engine)
    key = make(engine)
    dana = _principal(world.owner.id, "alliance_manager", "Dana Keller")
    assert addresses(engine, key, dana) == ["ines@acme.example"]
    client = build.browser(engine, dana)
    page = client.get(f"/waves/{key}").text
    assert "ines@acme.example" in page
    assert "c0@p.example" not in page
    everybody = _members(engine, key)
    form = {"csrf_token": _token(page), "member": [str(member.row.id) for member in everybody], "reason": "Invoice"}
    assert client.post(f"/waves/{key}/strike", data=form).status_code == 303
    struck = [member.candidate.contact.email for member in _members(engine, key) if member.row.state == "struck"]
    assert struck == ["ines@acme.example"], "ticking somebody else's contact changes nothing"
    assert client.post(f"/waves/{key}/send", data=form).status_code == 403


def test_striking_needs_a_reason(engine: Engine) -> None:
    world = build.world(engine)
    key = make(engine)
    client = build.browser(engine, _principal(world.owner.id, "program_owner"))
    page = client.get(f"/waves/{key}").text
    form = {"csrf_token": _token(page), "all": "yes", "reason": "  "}
    refused = client.post(f"/waves/{key}/strike", data=form)
    assert refused.status_code == 422
    assert "Say why" in refused.text
    assert _members(engine, key)[0].row.state == "chosen"


@pytest.mark.parametrize("sign", ["\u202e", "\u2066", "\x1b"])
def test_a_name_or_reason_that_turns_what_follows_is_refused_at_its_field(engine: Engine, sign: str) -> None:
    world = build.world(engine)
    key = make(engine)
    client = build.browser(engine, _principal(world.owner.id, "program_owner"))
    form = {"csrf_token": _token(client.get(f"/waves/{key}").text), "all": "yes", "reason": f"In {sign}dispute"}
    refused = client.post(f"/waves/{key}/strike", data=form)
    assert refused.status_code == 422
    assert f"It holds the control character U+{ord(sign):04X}" in refused.text
    assert _members(engine, key)[0].row.state == "chosen"
    with engine.work.read() as reading, pytest.raises(Invalid) as invalid:
        waves.read_draft(reading, f"Spring {sign}survey", "relationship", audience.read({}))
    assert [fault.pointer for fault in invalid.value.faults] == ["/name"]


def test_sending_records_one_event_for_each_member_that_was_not_struck(engine: Engine) -> None:
    world = build.world(engine)
    (first, _), *_ = partners(engine)
    key = make(engine)
    with engine.work.begin(actor=SYSTEM) as uow:
        wave = wave_reading.get_wave(uow, key)
        doomed = [member.row for member in wave_reading.members_of(uow, wave) if member.row.partner_id == first.id]
        assert waves.strike(uow, wave, doomed, "In a dispute") == 1
    assert waves.send_wave(engine, SYSTEM, key) == 3
    with engine.work.read() as reading:
        events = journeys.events_by_id(reading, [m.row.event_id for m in _members(engine, key) if m.row.event_id])
    assert {event.source for event in events.values()} == {f"wave:{key}"}
    assert {event.external_id for event in events.values()} >= {str(world.contact.id)}
    assert len(events) == 3


def test_a_wave_is_sent_once(engine: Engine) -> None:
    build.world(engine)
    key = make(engine)
    waves.send_wave(engine, SYSTEM, key)
    with pytest.raises(Conflict):
        waves.send_wave(engine, SYSTEM, key)
    with engine.work.begin(actor=SYSTEM) as uow, pytest.raises(Conflict):
        waves.strike(uow, wave_reading.get_wave(uow, key), [], "Too late")
    assert len(build.rows(engine, "touchpoint_event")) == 1


def test_a_wave_whose_sending_was_cut_short_is_finished_by_sending_again(engine: Engine) -> None:
    world = build.world(engine)
    partners(engine)
    key = make(engine)
    with engine.work.read() as reading:
        wave = wave_reading.get_wave(reading, key)
        half = wave_reading.members_of(reading, wave)[:2]
    waves._record(engine, SYSTEM, wave, half, "relationship.asked")
    build.later(engine, minutes=5)
    assert waves.send_wave(engine, SYSTEM, key) == 4
    assert len(build.rows(engine, "touchpoint_event")) == 4
    assert world.partner.id in {row.partner_id for row in build.rows(engine, "touchpoint_event")}


@pytest.mark.parametrize("mode", ["draft", "paused"])
def test_a_program_that_asks_nobody_sends_no_wave(engine: Engine, mode: str) -> None:
    build.world(engine)
    key = make(engine)
    build.state(engine, mode)
    with pytest.raises(Conflict):
        waves.send_wave(engine, SYSTEM, key)
    assert build.rows(engine, "touchpoint_event") == []


def test_a_test_goes_to_the_test_addresses_and_is_no_ask(engine: Engine) -> None:
    world = build.world(engine, mode="draft")
    key = make(engine)
    with engine.work.begin(actor=SYSTEM) as uow:
        assert waves.send_test(uow, wave_reading.get_wave(uow, key)) == 1
    (mail,) = build.send_mail(world)
    assert mail["To"] == "Inês Duarte <tester@northwind.example>"
    assert mail["Subject"].startswith("[Test] ")
    assert mail["List-Unsubscribe"] is None
    _, html = build.parts(mail)
    assert "/surveys/deal-registration/page?l=en&amp;a=7" in html
    assert "/s/" not in html
    assert build.rows(engine, "invitation") == []
    with engine.work.read() as reading:
        assert wave_reading.get_wave(reading, key).tested_at == engine.clock.now()


def test_a_test_mail_is_of_the_waves_own_touchpoint_and_pretends_no_event(engine: Engine) -> None:
    """The survey is asked at two touchpoints, and a deal was approved lately at the first of them."""
    world = build.world(engine)
    build.event(world)
    key = make(engine)
    with engine.work.begin(actor=SYSTEM) as uow:
        waves.send_test(uow, wave_reading.get_wave(uow, key))
    (mail,) = build.send_mail(world)
    assert mail["Subject"] == "[Test] Your deal approved: how did we do?"
    text, _ = build.parts(mail)
    assert "Why you: we ask people at our partners about “Yearly relationship” at this time." in text
    assert "Hello Inês," in text
    assert "Deal registration approved" not in text
    assert "‹" not in text


@pytest.mark.parametrize(
    ("language", "why"),
    [
        ("en", "Why you: we ask people at our partners about “Yearly relationship” at this time."),
        ("it", "in questo periodo chiediamo alle persone dei nostri partner di «Relazione annuale»."),
    ],
)
def test_the_mail_of_a_wave_says_that_we_ask_and_not_that_they_took_part(
    sqlite_engine: Engine, language: str, why: str
) -> None:
    world = build.world(sqlite_engine, language=language)
    key = make(sqlite_engine)
    waves.send_wave(sqlite_engine, SYSTEM, key)
    _invite_members(world, key, touchpoint="relationship")
    (mail,) = build.send_mail(world)
    assert why in build.parts(mail)[0]


def test_a_test_needs_a_listed_address(engine: Engine) -> None:
    build.world(engine)
    build.program(engine, test_addresses=[])
    key = make(engine)
    with engine.work.begin(actor=SYSTEM) as uow, pytest.raises(Invalid, match="test addresses"):
        waves.send_test(uow, wave_reading.get_wave(uow, key))


def test_whoever_asks_for_a_test_gets_it_too(engine: Engine) -> None:
    world = build.world(engine)
    key = make(engine)
    with engine.work.begin(actor=SYSTEM) as uow:
        assert waves.send_test(uow, wave_reading.get_wave(uow, key), "Henrik@northwind.example") == 2
        assert waves.send_test(uow, wave_reading.get_wave(uow, key), "TESTER@northwind.example") == 1
    recipients = {str(mail["To"]).rpartition("<")[2].rstrip(">") for mail in build.send_mail(world)}
    assert recipients == {"henrik@northwind.example", "tester@northwind.example"}


def test_a_held_wave_can_be_taken_back_and_its_counts_say_so(engine: Engine) -> None:
    world = build.world(engine)
    partners(engine)
    build.program(engine, hold_minutes=60)
    key = make(engine)
    waves.send_wave(engine, SYSTEM, key)
    _invite_members(world, key)
    counts = _counts(engine, key)
    assert (counts.chosen, counts.waiting, counts.mailed) == (4, 4, 0)
    assert counts.held_until is not None
    with engine.work.begin(actor=SYSTEM) as uow:
        assert waves.take_back_wave(uow, wave_reading.get_wave(uow, key)) == 4
    counts = _counts(engine, key)
    assert (counts.waiting, counts.cancelled) == (0, {"taken_back": 4})


def test_who_opted_out_is_marked_before_the_wave_is_sent(engine: Engine) -> None:
    world = build.world(engine)
    key = make(engine)
    with engine.work.begin(actor=SYSTEM) as uow:
        suppress(uow, world.contact.person, ALL, "opted_out")
    page = build.browser(engine, _principal(world.owner.id, "program_owner")).get(f"/waves/{key}").text
    assert "opted out: will not be asked" in page


def test_from_the_browser_a_wave_is_made_confirmed_and_sent(engine: Engine) -> None:
    world = build.world(engine)
    partners(engine)
    client = build.browser(engine, _principal(world.owner.id, "program_owner"))
    new = client.get("/waves/new?tier=silver").text
    assert "<b>2 contacts</b>" in new
    token = _token(new)
    wrong = client.post("/waves/new", data={"csrf_token": token, "name": "", "touchpoint": "relationship"})
    assert wrong.status_code == 422
    form = {"csrf_token": token, "name": "Spring <survey>", "touchpoint": "relationship", "tier": "silver"}
    made = client.post("/waves/new", data=form)
    assert made.location == "/waves/spring-survey"
    page = client.get(made.location).text
    assert "Spring &lt;survey&gt;" in page
    assert "1 to 2 of 2" not in page, "one page needs no count of pages"
    assert client.post("/waves/spring-survey/ask-owners", data={"csrf_token": token}).status_code == 303
    assert client.post("/waves/spring-survey/confirm", data={"csrf_token": token, "all": "yes"}).status_code == 303
    assert client.post("/waves/spring-survey/test", data={"csrf_token": token}).status_code == 303
    assert client.post("/waves/spring-survey/send", data={"csrf_token": token}).status_code == 303
    assert "2 contacts are being decided about." in client.get("/waves/spring-survey").text
    assert "Spring &lt;survey&gt;" in client.get("/waves").text
    assert len(build.rows(engine, "touchpoint_event")) == 2


@pytest.mark.parametrize(("hold", "asks_first"), [(0, True), (60, False)])
def test_without_a_hold_sending_a_wave_is_confirmed_with_its_number(
    sqlite_engine: Engine, hold: int, asks_first: bool
) -> None:
    """With a hold the wave can be taken back, which is as good as being asked."""
    world = build.world(sqlite_engine)
    partners(sqlite_engine)
    build.program(sqlite_engine, hold_minutes=hold)
    key = make(sqlite_engine)
    page = build.browser(sqlite_engine, _principal(world.owner.id, "program_owner")).get(f"/waves/{key}").text
    assert ('<summary role="button">Send the wave</summary>' in page) == asks_first
    assert ("Ask 4 contacts now</button>" in page) == asks_first
    assert ("Send the wave</button>" in page) == (not asks_first)


def test_kinds_of_partners_are_said_in_words(sqlite_engine: Engine) -> None:
    world = build.world(sqlite_engine)
    key = make(sqlite_engine, kind=["channel"])
    client = build.browser(sqlite_engine, _principal(world.owner.id, "program_owner"))
    assert "<dd>Channel</dd>" in client.get(f"/waves/{key}").text
    assert re.search(r'value="channel"> <span>Channel <', client.get("/waves/new").text)


PEOPLE = {"buyers": {"name": {"en": "Buyers", "it": "Acquisti"}, "roles": ["purchasing"]}}


@pytest.mark.parametrize(("role", "leads_on"), [("program_owner", True), ("alliance_manager", False)])
def test_a_wave_says_whom_its_touchpoint_asks_and_what_a_persona_is(
    sqlite_engine: Engine, role: str, leads_on: bool
) -> None:
    world = build.world(sqlite_engine)
    key = make(sqlite_engine)
    client = build.browser(sqlite_engine, _principal(world.owner.id, role))
    page = client.get(f"/waves/{key}").text
    assert "<dt>Whom it asks</dt><dd>everybody</dd>" in page
    assert "A persona is" not in page, "where everybody is asked, nobody needs the word"
    build.program(sqlite_engine, personas=PEOPLE)
    survey = "        survey: deal-registration\n"
    assert survey in build.MAP
    journey_builders.publish(sqlite_engine, build.MAP.replace(survey, f"        personas: [buyers, gone]\n{survey}"))
    page = client.get(f"/waves/{key}").text
    assert "<dt>Whom it asks</dt><dd>Buyers, gone</dd>" in page
    assert "A persona is a group of contacts, known by their role at the partner." in page
    assert ('href="/program#roles"' in page) == leads_on
    if leads_on:
        assert 'href="/program#roles"' in client.get("/waves/new").text


@pytest.mark.parametrize(
    ("role", "path", "status"),
    [
        ("viewer", "/waves", 200),
        ("viewer", "/waves/new", 403),
        ("alliance_manager", "/waves/new", 403),
        ("admin", "/waves/new", 200),
        ("program_owner", "/waves/absent", 404),
    ],
)
def test_roles_open_what_is_theirs(sqlite_engine: Engine, role: str, path: str, status: int) -> None:
    world = build.world(sqlite_engine)
    assert build.browser(sqlite_engine, _principal(world.owner.id, role)).get(path).status_code == status


def _principal(staff_id: UUID, role: str, name: str = "Priya Raman") -> StaffPrincipal:
    return StaffPrincipal(staff_id, name, "x@northwind.example", role, None, "en", "Europe/Rome")


def _token(page: str) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert found is not None
    return found[1]


def _members(engine: Engine, key: str) -> list[wave_reading.Member]:
    with engine.work.read() as reading:
        return wave_reading.members_of(reading, wave_reading.get_wave(reading, key))


def _counts(engine: Engine, key: str) -> wave_reading.WaveCounts:
    with engine.work.read() as reading:
        return wave_reading.counts_of(reading, wave_reading.get_wave(reading, key))


def _invite_members(world: build.World, key: str, touchpoint: str = "deal.approved") -> None:
    """As sampling would after it decided to ask everybody."""
    asked = [member for member in _members(world.engine, key) if member.row.event_id]
    with world.engine.work.begin(actor=SYSTEM) as uow:
        plan_invitations(
            uow,
            [
                replace(
                    build.plan(world, member.row.event_id, contact=member.candidate.contact),  # type: ignore[arg-type]
                    decision_id=ids.new_id(ids.shard_of(member.row.partner_id)),
                    partner_id=member.row.partner_id,
                    batch=f"wave:{key}",
                    touchpoint=touchpoint,
                )
                for member in asked
            ],
        )
