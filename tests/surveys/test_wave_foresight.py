"""Before a wave is sent, its page says whom sampling would ask; the same rules decide once it is sent."""

from __future__ import annotations

from uuid import UUID

import pytest
from sqlalchemy import event as on

from feedback_engine.app.factory import create_app
from feedback_engine.foundation import ids
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.unit_of_work import SYSTEM
from feedback_engine.foundation.web.access import StaffPrincipal
from surveys import audience, wave_reading, wave_store, waves
from surveys.wave_foresight import Foresight, foresee_wave
from surveys.web import blueprint
from tests.surveys import builders as build
from tests.surveys.lane import Lane, event, touchpoint

RULES = {"hold": True, "quarantine": {"since_asked_days": 30}, "account_cap": {"asks": 4, "window_days": 30}}
PLACES = [touchpoint(personas=["buyer"]), touchpoint("demo.held", survey="support")]


def a_wave(lane: Lane) -> str:
    """Five buyers and three engineers of Acme, one of whom was asked yesterday, and an engineer's case."""
    lane.apply(RULES, PLACES)
    acme = lane.partner()
    for number in range(5):
        lane.contact(acme, f"buyer{number}@acme.example", role="buyer")
    for number in range(3):
        lane.contact(acme, f"engineer{number}@acme.example", role="engineer")
    lane.happen(event("x", lane.engine.clock.now(), email="buyer0@acme.example", kind="demo.held"))
    lane.decide()
    build.later(lane.engine, days=1)
    lane.in_case.add(next(one.person for one in lane.contacts(acme) if one.email == "buyer1@acme.example"))
    return make(lane.engine)


def make(engine: Engine) -> str:
    with engine.work.read() as reading:
        draft = waves.read_draft(reading, "Spring survey", "ticket.closed", audience.read({}))
        chosen = wave_reading.candidates(reading)
    with engine.work.begin(actor=SYSTEM) as uow:
        return waves.create_wave(uow, draft, chosen)


def foreseen(lane: Lane, key: str) -> Foresight:
    with lane.engine.work.read() as reading:
        wave = wave_reading.get_wave(reading, key)
        place = next(one for one in wave_reading.surveyed_touchpoints(reading) if one.key == wave.touchpoint)
        members = wave_reading.members_of(reading, wave)
        found = foresee_wave(reading, lane.engine.keys, wave, place, members, lane.lane.open_cases)
    assert found is not None
    return found


@pytest.mark.parametrize("state", ["draft", "test", "live", "paused"])
def test_what_is_foreseen_is_what_sending_decides_and_nothing_is_written(engine: Engine, state: str) -> None:
    lane = Lane(engine)
    key = a_wave(lane)
    lane.state(state)
    before = [build.rows(engine, table) for table in ("touchpoint_event", "decision", "invitation", "outbox")]
    found = foreseen(lane, key)
    assert before == [build.rows(engine, table) for table in ("touchpoint_event", "decision", "invitation", "outbox")]
    assert (found.asked, found.not_asked) == (3, 5)
    assert dict(found.refused) == {"persona": 3, "quarantine": 1}
    assert dict(found.put_off) == {"hold": 1}
    lane.state("live")
    waves.send_wave(engine, SYSTEM, key)
    lane.decide()
    said = {contact: rule if outcome == "drop" else outcome for contact, (outcome, rule) in found.outcomes.items()}
    assert _decided(engine, key) == said


def test_the_cap_of_a_company_is_foreseen_over_the_whole_wave(sqlite_engine: Engine) -> None:
    lane = Lane(sqlite_engine)
    lane.apply({"account_cap": {"asks": 2, "window_days": 30}})
    acme = lane.partner()
    for number in range(5):
        lane.contact(acme, f"c{number}@acme.example")
    assert foreseen(lane, make(sqlite_engine)).asked == 2


def test_the_page_counts_by_rule_and_says_it_of_each_contact(sqlite_engine: Engine) -> None:
    lane = Lane(sqlite_engine)
    key = a_wave(lane)
    page = _page(lane, key)
    assert "3 contacts would be asked now." in page
    assert "5 would not:" in page
    assert page.count("Not one of the touchpoint&#39;s personas</span>") == 1, "in the count"
    assert page.count("would not be asked: not one of the touchpoint&#39;s personas") == 3, "and of each"
    assert page.count("would be asked</span>") == 3
    waves.send_wave(sqlite_engine, SYSTEM, key)
    assert "If you send it now" not in _page(lane, key)


@pytest.mark.parametrize(
    ("state", "says", "foretells"),
    [
        ("draft", "The program is a draft and asks nobody.", "Once the program is live"),
        ("paused", "The program is paused and asks nobody.", "Once the program is live again"),
    ],
)
def test_while_the_program_asks_nobody_its_wave_is_foretold_and_not_offered_to_be_sent(
    sqlite_engine: Engine, state: str, says: str, foretells: str
) -> None:
    lane = Lane(sqlite_engine)
    key = a_wave(lane)
    lane.state(state)
    page = _page(lane, key)
    assert says in page
    assert f">{foretells}</h2>" in page
    assert "3 contacts would be asked." in page
    assert "If you send it now" not in page
    assert "asked now" not in page
    assert f"/waves/{key}/send" not in page
    assert f"/waves/{key}/test" in page, "a test goes to ourselves"
    assert 'href="/launch">Open the launch page</a>' in page
    lane.state("live")
    assert f"/waves/{key}/send" in _page(lane, key)


def test_a_wave_that_would_ask_nobody_says_so_instead_of_being_sent(sqlite_engine: Engine) -> None:
    lane = Lane(sqlite_engine)
    lane.apply(RULES, PLACES)
    acme = lane.partner()
    lane.contact(acme, "c@acme.example", role="engineer")
    page = _page(lane, key := make(sqlite_engine))
    assert "Nobody would be asked</span>" in page
    assert f"/waves/{key}/send" not in page
    waves.send_wave(sqlite_engine, SYSTEM, key)
    after = _page(lane, key)
    assert "<dt>Given to sampling</dt>" in after
    assert "<dt>Sent</dt>" not in after, "nobody was mailed"


def test_before_any_plan_is_in_force_nothing_is_foreseen(sqlite_engine: Engine) -> None:
    world = build.world(sqlite_engine)
    with sqlite_engine.work.read() as reading:
        draft = waves.read_draft(reading, "Spring survey", "relationship", audience.read({}))
        chosen = wave_reading.candidates(reading)
    with sqlite_engine.work.begin(actor=SYSTEM) as uow:
        key = waves.create_wave(uow, draft, chosen)
    principal = StaffPrincipal(world.owner.id, "Priya", "p@n.example", "program_owner", None, "en", "Europe/Rome")
    page = build.browser(sqlite_engine, principal).get(f"/waves/{key}")
    assert page.status_code == 200
    assert "If you send it now" not in page.text


def test_two_thousand_contacts_take_hardly_more_statements_than_fifty(sqlite_engine: Engine) -> None:
    """The figure that a person waits for: the page is drawn with every contact decided about."""
    lane = Lane(sqlite_engine)
    lane.apply(RULES, PLACES)
    counts = []
    for number in range(40):
        _many_contacts(lane, number)
        if number == 0:
            counts.append(_statements(lane, make(sqlite_engine)))
    key = make(sqlite_engine)
    counts.append(_statements(lane, key))
    assert len(foreseen(lane, key).outcomes) == 2000
    # Long lists are read in parts of some hundreds.
    assert counts[1] <= counts[0] + 40, counts


def _many_contacts(lane: Lane, number: int) -> None:
    partner = lane.partner(f"p{number}")
    for place in range(50):
        lane.contact(partner, f"c{place}@p{number}.example", role="buyer" if place % 5 else "engineer")


def _statements(lane: Lane, key: str) -> int:
    seen: list[str] = []

    def note(_: object, __: object, statement: str, *___: object) -> None:
        seen.append(statement)

    sql = lane.engine.database.engine
    on.listen(sql, "before_cursor_execute", note)
    foreseen(lane, key)
    on.remove(sql, "before_cursor_execute", note)
    return len(seen)


def _decided(engine: Engine, key: str) -> dict[UUID, str]:
    with engine.work.read() as reading:
        return wave_store.decided_contacts(reading, wave_reading.get_wave(reading, key).id)


def _page(lane: Lane, key: str) -> str:
    address = "priya@northwind.example"
    principal = StaffPrincipal(ids.new_reference_id(), "Priya", address, "program_owner", None, "en", "Europe/Rome")
    app = create_app(
        lane.engine, blueprints=[blueprint(lane.engine, lane.lane.open_cases)], load_principal=lambda request: principal
    )
    return app.test_client().get(f"/waves/{key}").text
