"""One's own absence, set on the page `/account`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from feedback_engine.directory import reading
from feedback_engine.foundation.clock import MovedClock
from feedback_engine.foundation.engine import Engine
from tests.directory import builders
from tests.directory.site import post, signed_in, site


def test_whoever_goes_away_names_days_and_a_deputy(engine: Engine, clock: MovedClock) -> None:
    day, dana, luis = timedelta(days=1), builders.staff(engine), builders.staff(engine, "luis@ours.example")
    here = signed_in(engine, site(engine), dana)
    for until_on in ("2026-03-20", "2026-03-12"):  # setting it again replaces it
        fields = {"from_on": "2026-03-10", "until_on": until_on, "deputy": luis.id}
        assert post(here, "/account/absence", page="/account", **fields).status_code == 303
    with engine.work.read() as view:
        assert reading.deputies_at(view, clock.now()) == {}
    clock.advance(day)
    with engine.work.read() as view:
        assert reading.deputies_at(view, clock.now()) == {dana.id: luis.id}
        assert reading.deputies_at(view, clock.now() + 3 * day) == {}
    assert 'value="2026-03-12"' in here.get("/account").text
    assert post(here, "/account/absence/end", page="/account").status_code == 303
    with engine.work.read() as view:
        assert reading.find_absence(view, dana.id) is None


def test_an_absence_may_begin_today(sqlite_engine: Engine, clock: MovedClock) -> None:
    dana, luis = builders.staff(sqlite_engine), builders.staff(sqlite_engine, "luis@ours.example")
    here = signed_in(sqlite_engine, site(sqlite_engine), dana)
    fields = {"from_on": "2026-03-09", "until_on": "2026-03-09", "deputy": luis.id}
    assert post(here, "/account/absence", page="/account", **fields).status_code == 303
    with sqlite_engine.work.read() as view:
        assert reading.deputies_at(view, clock.now()) == {dana.id: luis.id}


def test_whoever_entered_an_absence_reads_there_from_when_to_when_and_who_stands_in(
    sqlite_engine: Engine, clock: MovedClock
) -> None:
    dana, luis = (builders.staff(sqlite_engine, f"{name}@ours.example", name=name) for name in ("Dana", "Luis"))
    here = signed_in(sqlite_engine, site(sqlite_engine), dana)
    assert "You have entered no absence: new cases still come to you." in here.get("/account").text
    fields = {"from_on": "2026-03-10", "until_on": "2026-03-12", "deputy": luis.id}
    saved = post(here, "/account/absence", page="/account", **fields)
    assert saved.location.endswith("/account#absence")  # where one was
    told = "away from 10 Mar 2026 to 12 Mar 2026; Luis receives your new cases."
    page = here.get("/account").text
    assert page.count("Saved.") == 1
    assert page.index('id="absence"') < page.index("Saved.") < page.index(f"You will be {told}")
    assert "Saved." not in here.get("/account").text
    clock.set(datetime(2026, 3, 10, 12, tzinfo=UTC))
    assert f"You are {told}" in here.get("/account").text
    post(here, "/account/absence", page="/account", from_on="2026-03-10", until_on="2026-03-10", deputy=luis.id)
    assert "You are away on 10 Mar 2026; Luis receives your new cases." in here.get("/account").text
    ended = post(here, "/account/absence/end", page="/account")
    assert ended.location.endswith("/account#absence")
    assert told not in here.get("/account").text


def test_whoever_changes_their_zone_is_away_on_the_same_days_there(sqlite_engine: Engine, clock: MovedClock) -> None:
    dana, luis = builders.staff(sqlite_engine), builders.staff(sqlite_engine, "luis@ours.example")
    here = signed_in(sqlite_engine, site(sqlite_engine), dana)
    fields = {"from_on": "2026-03-16", "until_on": "2026-03-20", "deputy": luis.id}
    post(here, "/account/absence", page="/account", **fields)
    for zone, first_hour in (("America/Los_Angeles", 7), ("America/Los_Angeles", 7), ("Europe/Rome", -1)):
        saved = post(here, "/account", page="/account", name="Dana", locale="en", time_zone=zone)
        assert saved.status_code == 303
        assert 'value="2026-03-16"' in (page := here.get("/account").text)
        assert 'value="2026-03-20"' in page
        begins = datetime(2026, 3, 16, tzinfo=UTC) + timedelta(hours=first_hour)
        ends = begins + timedelta(days=5)
        clock.advance(timedelta(minutes=1))
        with sqlite_engine.work.read() as view:
            past = reading.staff_past(view, [])
            at = [begins - timedelta(seconds=1), begins, ends - timedelta(seconds=1), ends]
            assert [reading.deputies_at(view, instant) != {} for instant in at] == [False, True, True, False]
            assert [past.deputies_at(instant) != {} for instant in at] == [False, True, True, False]


def test_days_away_that_are_over_stay_where_they_were(sqlite_engine: Engine, clock: MovedClock) -> None:
    dana, luis = builders.staff(sqlite_engine), builders.staff(sqlite_engine, "luis@ours.example")
    here = signed_in(sqlite_engine, site(sqlite_engine), dana)
    post(here, "/account/absence", page="/account", from_on="2026-03-10", until_on="2026-03-11", deputy=luis.id)
    clock.set(datetime(2026, 3, 12, 3, tzinfo=UTC))  # in Los Angeles it is still the 11th
    here = signed_in(sqlite_engine, site(sqlite_engine), dana)
    post(here, "/account", page="/account", name="Dana", locale="en", time_zone="America/Los_Angeles")
    with sqlite_engine.work.read() as view:
        assert reading.deputies_at(view, clock.now()) == {}


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"from_on": "2026-03-10", "until_on": "2026-03-09", "deputy": "luis"}, "comes before the first"),
        ({"from_on": "2026-03-01", "until_on": "2026-03-05", "deputy": "luis"}, "are over already"),
        ({"from_on": "tomorrow", "until_on": "2026-03-12", "deputy": "luis"}, "Give a day."),
        ({"from_on": "2026-03-10", "until_on": "2026-03-12"}, "Choose who takes your cases"),
        ({"from_on": "2026-03-10", "until_on": "2026-03-12", "deputy": "dana"}, "Choose somebody else"),
        ({"from_on": "2026-03-10", "until_on": "2026-03-12", "deputy": "vera"}, "Choose somebody else"),  # only looks
        ({"from_on": "2026-03-10", "until_on": "2027-03-12", "deputy": "luis"}, "within a year"),
        ({"from_on": "9999-12-31", "until_on": "9999-12-31", "deputy": "luis"}, "This date is out of range"),
        ({"from_on": "0001-01-01", "until_on": "0001-01-01", "deputy": "luis"}, "This date is out of range"),
    ],
)
def test_an_absence_that_cannot_be_is_refused_at_its_field(
    sqlite_engine: Engine, fields: dict[str, str], says: str
) -> None:
    people = {
        "dana": builders.staff(sqlite_engine),
        "luis": builders.staff(sqlite_engine, "luis@ours.example"),
        "vera": builders.staff(sqlite_engine, "vera@ours.example", role="viewer"),
    }
    here = signed_in(sqlite_engine, site(sqlite_engine), people["dana"])
    named = {name: people[value].id if value in people else value for name, value in fields.items()}
    answer = post(here, "/account/absence", page="/account", **named)
    assert answer.status_code == 422
    assert says in answer.text
