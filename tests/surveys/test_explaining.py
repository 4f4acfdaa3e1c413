"""Explaining people: rule by rule in words, the smallest change, and when they may be asked again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from feedback_engine.directory import service as directory
from feedback_engine.foundation.clock import MovedClock
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.i18n import use_locale
from feedback_engine.foundation.unit_of_work import SYSTEM
from surveys import decision_records
from surveys.explaining import Explanation, explain_person
from tests.surveys.lane import Lane, event, touchpoint

EMAIL = "ana@acme.example"


@pytest.fixture
def lane(sqlite_engine: Engine) -> Lane:
    return Lane(sqlite_engine)


def explained(lane: Lane, **given: Any) -> Explanation:
    with lane.engine.work.read() as reading:
        return explain_person(reading, lane.engine.keys, EMAIL, open_cases=lane.lane.open_cases, **given)


def later(lane: Lane, **span: float) -> datetime:
    assert isinstance(lane.engine.clock, MovedClock)
    lane.engine.clock.advance(timedelta(**span))
    return lane.engine.clock.now()


def headlines(found: Explanation) -> list[str]:
    return [decision_records.in_words(decision, "UTC").headline for decision in found.decisions]


def changes(found: Explanation) -> list[str]:
    return [decision_records.change_sentence(decision) for decision in found.decisions]


def test_every_decision_is_told_the_latest_first(lane: Lane) -> None:
    lane.apply({"quarantine": {"since_asked_days": 30}})
    lane.happen(event(1, lane.engine.clock.now()))
    lane.decide()
    lane.happen(event(2, later(lane, days=12)))
    lane.decide()
    found = explained(lane)
    assert headlines(found) == [
        "was not asked: asked 12 days before; the gap is 30 days",
        "asked, mail planned for 9 Mar 2026, 09:12",
    ]
    assert changes(found) == ["Smallest change that would have asked them: a gap of 12 days instead of 30 days.", ""]


def test_it_is_told_in_the_language_of_the_reader(lane: Lane) -> None:
    lane.apply({"quarantine": {"since_asked_days": 30}})
    lane.happen(event(1, lane.engine.clock.now()), event(2, lane.engine.clock.now()))
    lane.decide()
    with use_locale("it"):
        (headline, _) = headlines(explained(lane))
    assert headline == ("non è stato interpellato: ultima richiesta meno di un minuto prima; l’intervallo è 30 giorni")


def test_somebody_nobody_knows_has_no_explanation(lane: Lane) -> None:
    lane.apply()
    assert not explained(lane).is_known


def test_both_partners_of_one_person_are_told(lane: Lane) -> None:
    lane.apply({"quarantine": {"since_asked_days": 30}})
    now = lane.engine.clock.now()
    lane.happen(event(1, now, subject="acme"), event(2, now, subject="beta"))
    lane.decide()
    found = explained(lane)
    assert [decision.partner.key for decision in found.decisions] == ["beta", "acme"]
    assert len(found.again) == 2


def test_looking_back_shows_what_was_known_then(lane: Lane) -> None:
    lane.apply({"quarantine": {"since_asked_days": 30}})
    start = lane.engine.clock.now()
    later(lane, days=5)
    lane.happen(event(1, lane.engine.clock.now()))
    lane.decide()
    before = explained(lane, at=start + timedelta(days=1))
    assert before.decisions == ()
    assert [again.is_open for again in before.again] == [True]
    assert [again.is_open for again in explained(lane).again] == [False]


@pytest.mark.parametrize(("sampling", "expected"), [
    ({"quarantine": {"since_asked_days": 30}}, "a gap of 2 days instead of 30 days"),
    ({"contact_frequency": {"asks": 1, "window_days": 30}}, "2 asks allowed instead of 1 ask"),
    ({"account_cap": {"asks": 1, "window_days": 30}}, "2 asks of the company allowed instead of 1 ask"),
])  # fmt: skip
def test_the_smallest_change_moves_one_rule_just_far_enough(
    lane: Lane, sampling: dict[str, Any], expected: str
) -> None:
    lane.apply(sampling)
    lane.happen(event(1, lane.engine.clock.now()))
    lane.decide()
    lane.happen(event(2, later(lane, days=2)))
    lane.decide()
    assert changes(explained(lane))[0] == f"Smallest change that would have asked them: {expected}."


@pytest.mark.parametrize(("sampling", "given", "expected"), [
    ({"random_share": 0.0}, {}, "a random share above "),
    ({}, {"personas": ["buyer"]}, "adding the role “engineer”"),
])  # fmt: skip
def test_the_smallest_change_may_be_a_larger_share_or_one_more_role(
    lane: Lane, sampling: dict[str, Any], given: dict[str, Any], expected: str
) -> None:
    lane.apply(sampling, [touchpoint(**given)])
    lane.contact(lane.partner(), EMAIL, role="engineer")
    lane.happen(event(1, lane.engine.clock.now()))
    lane.decide()
    assert expected in changes(explained(lane))[0]


def test_an_open_case_would_have_to_be_closed(lane: Lane) -> None:
    lane.apply({"hold": True})
    lane.in_case = {lane.contact(lane.partner()).person}
    lane.happen(event(1, lane.engine.clock.now()))
    lane.decide()
    found = explained(lane)
    assert "closing the open case" in changes(found)[0]
    assert [(again.at, again.rule) for again in found.again] == [(None, "hold")]


def test_where_two_rules_stood_in_the_way_no_single_change_is_offered(lane: Lane) -> None:
    lane.apply({"quarantine": {"since_asked_days": 30}, "random_share": {"rate": 0.0}})
    lane.apply({"quarantine": {"since_asked_days": 30}})
    lane.happen(event(1, lane.engine.clock.now()))
    lane.decide()
    lane.apply({"quarantine": {"since_asked_days": 30}, "random_share": 0.0})
    lane.happen(event(2, lane.engine.clock.now()))
    lane.decide()
    assert changes(explained(lane))[0] == (
        "No single change would have asked them; these stood in the way: Random share, Gap between asks."
    )


def test_who_opted_out_is_not_asked_by_any_change(lane: Lane) -> None:
    lane.apply()
    ana = lane.contact(lane.partner())
    with lane.engine.work.begin(actor=SYSTEM) as uow:
        directory.suppress(uow, ana.person, directory.ALL, "opted_out")
    lane.happen(event(1, lane.engine.clock.now()))
    lane.decide()
    found = explained(lane)
    assert changes(found)[0] == "No change of a rule would have asked them."
    assert [(again.at, again.rule) for again in found.again] == [(None, "suppressed")]


def test_may_be_asked_again_when_the_last_of_all_rules_lets_go(lane: Lane) -> None:
    lane.apply({
        "quarantine": {"since_asked_days": 10},
        "contact_frequency": {"asks": 1, "window_days": 20},
        "account_cap": {"asks": 1, "window_days": 30},
    })  # fmt: skip
    start = lane.engine.clock.now()
    lane.happen(event(1, start))
    lane.decide()
    (again,) = explained(lane).again
    assert (again.at, again.rule) == (start + timedelta(days=30), "account_cap")
    later(lane, days=30)
    assert explained(lane).again[0].is_open


def test_only_touchpoints_that_ask_people_like_them_are_named(lane: Lane) -> None:
    for_buyers, for_engineers = touchpoint("a", personas=["buyer"]), touchpoint("b", personas=["engineer"])
    lane.apply({}, [for_buyers, for_engineers, touchpoint("c", survey=None)])
    lane.contact(lane.partner(), EMAIL, role="buyer")
    assert [again.touchpoint for again in explained(lane).again] == ["a"]
    assert [again.touchpoint for again in explained(lane, touchpoint="b").again] == []


def test_the_record_is_the_one_of_the_contract(lane: Lane) -> None:
    version = lane.apply({"quarantine": {"since_asked_days": 30}, "random_share": 0.75})
    event_ids = [lane.happen(event(number, lane.engine.clock.now()))[0] for number in range(1, 9)]
    lane.decide()
    decisions = explained(lane).decisions
    record = decision_records.decision_document(next(each for each in decisions if each.rule == "quarantine"))
    assert record["event_id"] in {str(event_id) for event_id in event_ids}
    assert (record["partner"], record["contact"], record["touchpoint"]) == ("acme", EMAIL, "ticket.closed")
    assert (record["outcome"], record["at"], record["previous"], record["replayed"], record["send_at"]) == (
        "drop", "2026-03-09T09:12:00Z", None, False, None,
    )  # fmt: skip
    assert (record["plan_version"], record["random_rate"], record["inclusion_probability"]) == (version, 0.75, 0.0)
    verdicts = {each["rule"]: each for each in record["verdicts"]}
    assert verdicts["quarantine"] == {
        "rule": "quarantine",
        "verdict": "refuse",
        "detail": "asked less than a minute before; the gap is 30 days",
        "until": "2026-04-08T09:12:00Z",
    }
    assert verdicts["hold"] == {"rule": "hold", "verdict": "pass", "detail": "this rule is off"}
    assert len(verdicts) == 10


def test_instants_are_written_in_utc() -> None:
    assert decision_records.instant(datetime(2026, 3, 9, 9, 12, tzinfo=UTC)) == "2026-03-09T09:12:00Z"
