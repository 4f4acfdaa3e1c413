"""What is planted is really in the answers: means of many draws lie where the truth says, within their own error."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import cache
from math import sqrt

import pytest

from feedback_engine.app.demo import load_program
from feedback_engine.simulation import comments, planted
from feedback_engine.simulation.planted import Truth, Voice
from feedback_engine.simulation.planted_world import (
    CURED_SHARE,
    DEAL_REGISTRATION,
    FASTER,
    IDLE,
    SLOW,
    SLOW_POINTS,
    SLOW_SHARE_APAC,
)
from feedback_engine.simulation.world import Happening, World, make_world
from surveys.metrics import SCALES

LAST_DAY = date(2026, 3, 9)
DRAWS = 5_000
ERRORS = 4.0
"""A mean further than this many of its standard errors from the truth happens by chance once in 16,000 times."""

Event = tuple[Voice, datetime, str]


@cache
def the_world() -> World:
    return make_world(7, LAST_DAY)


def truth() -> Truth:
    return the_world().truth


def delivered_at(key: str) -> datetime:
    found = next(one.delivered_at for one in truth().initiatives if one.key == key)
    assert found is not None
    return found


def events(region: str, touchpoint: str, at: datetime, which: Callable[[int], str] = str) -> Iterator[Event]:
    """Many events of many people at one instant, the same people for every instant."""
    for n in range(DRAWS):
        yield Voice(f"p{n % 400}", region, f"c{n % 1600}"), at, f"{touchpoint}/{at}/{which(n)}"


def mean_score(drawn: Iterator[Event], touchpoint: str) -> tuple[float, float]:
    """The mean of drawn scores and its standard error, as the sample shows it."""
    scores = []
    for voice, at, event in drawn:
        matters = planted.circumstances_of(truth(), touchpoint, voice.region, at, event)
        mood = planted.mood(truth(), voice, touchpoint, at, matters)
        u = planted.unit(truth(), "score", event)
        scores.append(planted.draw_score(mood, truth().touchpoints[touchpoint].metric, u))
    mean = sum(scores) / len(scores)
    variance = sum((score - mean) ** 2 for score in scores) / (len(scores) - 1)
    return mean, sqrt(variance / len(scores))


def change(region: str, touchpoint: str, initiative: str) -> tuple[float, float]:
    """How the mean moved with the delivery of an initiative, and the standard error of that."""
    day = timedelta(days=1)
    before, before_error = mean_score(events(region, touchpoint, delivered_at(initiative) - day), touchpoint)
    after, after_error = mean_score(events(region, touchpoint, delivered_at(initiative) + day), touchpoint)
    return after - before, sqrt(before_error**2 + after_error**2)


def test_slow_decisions_pull_the_score_in_apac_down_by_as_much_as_is_planted() -> None:
    at = truth().begins_at + timedelta(days=30)
    apac, apac_error = mean_score(events("APAC", DEAL_REGISTRATION, at), DEAL_REGISTRATION)
    emea, emea_error = mean_score(events("EMEA", DEAL_REGISTRATION, at), DEAL_REGISTRATION)
    shares = {region: planted.share_of(truth(), DEAL_REGISTRATION, _slow(), region, at) for region in ("APAC", "EMEA")}
    planted_gap = SLOW_POINTS * (shares["APAC"] - shares["EMEA"])
    error = sqrt(apac_error**2 + emea_error**2)
    assert planted_gap < -1.5
    assert apac - emea == pytest.approx(planted_gap, abs=ERRORS * error)


def test_half_of_the_effect_is_cured_from_the_delivery_on() -> None:
    moved, error = change("APAC", DEAL_REGISTRATION, FASTER)
    effect = planted.true_effects(truth())[FASTER]
    assert effect.points == pytest.approx(-SLOW_POINTS * SLOW_SHARE_APAC * CURED_SHARE)
    assert (effect.touchpoint, effect.region, effect.since) == (DEAL_REGISTRATION, "APAC", delivered_at(FASTER))
    assert moved == pytest.approx(effect.points, abs=ERRORS * error)
    assert moved > ERRORS * error


@pytest.mark.parametrize("region", ["EMEA", "AMER"])
def test_where_nothing_was_slow_the_delivery_moves_nothing(region: str) -> None:
    moved, error = change(region, DEAL_REGISTRATION, FASTER)
    assert moved == pytest.approx(0.0, abs=ERRORS * error)


@pytest.mark.parametrize("touchpoint", ["onboarding.completed", "portal.opened", DEAL_REGISTRATION])
def test_the_idle_initiative_moves_nothing(touchpoint: str) -> None:
    moved, error = change("APAC", touchpoint, IDLE)
    assert planted.true_effects(truth())[IDLE].points == 0.0
    assert moved == pytest.approx(0.0, abs=ERRORS * error)


@pytest.mark.parametrize("touchpoint", list(the_world().truth.touchpoints))
def test_the_expected_score_is_the_mean_of_what_is_drawn(touchpoint: str) -> None:
    at = truth().begins_at + timedelta(days=30)
    voice = Voice("hoshino-systems", "APAC", "somebody@hoshino-systems.example", "Gold")
    drawn = ((voice, at, f"{touchpoint}/{n}") for n in range(1_500))
    mean, error = mean_score(drawn, touchpoint)
    assert mean == pytest.approx(planted.expected_score(truth(), voice, touchpoint, at), abs=ERRORS * error)


@pytest.mark.parametrize("metric", ["nps", "csat", "ces"])
@pytest.mark.parametrize("mood", [0.2, 2.5, 5.0, 7.6, 9.8])
def test_a_score_has_exactly_the_mean_and_the_variance_it_claims(metric: planted.Metric, mood: float) -> None:
    low, high = SCALES[metric]
    shares = dict(zip(range(low, high + 1), planted.score_shares(mood, metric), strict=True))
    mean = sum(score * share for score, share in shares.items())
    variance = sum((score - mean) ** 2 * share for score, share in shares.items())
    assert sum(shares.values()) == pytest.approx(1.0)
    assert mean == pytest.approx(low + (high - low) * mood / 10)
    assert variance == pytest.approx(planted.score_variance(mood, metric))


def test_no_mood_is_cut_off_but_in_an_outage() -> None:
    quiet = replace(truth(), incidents=())
    moods = [
        planted.mood(quiet, each.company.voice(each.person), each.type, each.at, each.matters)
        for each in the_world().happenings
    ]
    assert min(moods) > planted.LOWEST_MOOD
    assert max(moods) < planted.HIGHEST_MOOD


def test_what_was_the_matter_can_be_read_off_the_event() -> None:
    read = [planted.circumstances_in(truth(), each.type, each.attributes) for each in the_world().happenings]
    assert read == [each.matters for each in the_world().happenings]


def test_the_world_has_the_size_it_is_shown_with() -> None:
    theirs = [company for company in the_world().companies if company.side == "theirs"]
    assert len(theirs) == 48
    assert 125 <= sum(len(company.people) for company in theirs) <= 140
    assert 1_900 <= len(the_world().happenings) <= 2_500
    assert {company.region for company in theirs} == {"EMEA", "AMER", "APAC"}
    assert {each.type for each in the_world().happenings} == set(truth().touchpoints)


def test_the_same_seed_and_day_make_the_same_world_and_another_seed_another() -> None:
    again, other = make_world(7, LAST_DAY), make_world(8, LAST_DAY)
    assert again == the_world()
    assert _ids(other.happenings) != _ids(again.happenings)


def test_a_smaller_world_has_the_same_partners_and_fewer() -> None:
    small = make_world(7, LAST_DAY, partners=6)
    assert [company.name for company in small.companies[:6]] == [company.name for company in the_world().companies[:6]]
    assert set(_ids(small.happenings)) - {id_ for id_ in _ids(small.happenings) if id_.endswith("northwind")} <= set(
        _ids(the_world().happenings)
    )


def test_the_program_asks_at_every_touchpoint_what_the_truth_scores() -> None:
    program = load_program()
    surveys = {survey.survey: survey for survey in program.surveys}
    asked = {
        touchpoint.key: surveys[touchpoint.survey or ""].first_question.metric
        for journey in program.journeys
        for touchpoint in journey.touchpoints()
    }
    assert asked == {key: each.metric for key, each in truth().touchpoints.items()}
    assert program.warnings == ()


def test_every_cause_has_words_in_every_language_and_can_be_closed_with() -> None:
    program = load_program()
    causes = {each.cause for here in truth().touchpoints.values() for each in here.circumstances}
    causes |= {cause for here in truth().touchpoints.values() for cause in here.other_causes}
    assert program.alerts is not None
    assert {cause.key for cause in program.alerts.root_causes} == causes
    for language in comments.LANGUAGES:
        assert causes <= set(comments.spoken(language)["low"])
    assert set(comments.spoken("en")["work"]["close"]) == causes


def test_complaints_are_many_and_name_what_the_event_says() -> None:
    said = {
        comments.complaint(
            lambda name, n=n: planted.unit(truth(), n, name), "en", "slow_approval", DEAL_REGISTRATION, "9", "DR-1"
        )
        for n in range(300)
    }
    assert len(said) > 80
    assert any("9 days" in words for words in said)
    assert not any("{" in words for words in said)


def _slow() -> planted.Circumstance:
    return next(each for each in truth().touchpoints[DEAL_REGISTRATION].circumstances if each.key == SLOW)


def _ids(happenings: tuple[Happening, ...]) -> list[str]:
    return [each.id for each in happenings]
