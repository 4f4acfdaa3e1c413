"""What people write becomes a plan: merged, in fixed units, always the same for the same input, refused when wrong."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from feedback_engine.foundation.definitions import DefinitionError, load, parse
from feedback_engine.foundation.errors import Invalid
from surveys.sampling.compiling import compile_calendar, compile_touchpoint
from surveys.sampling.definitions import SamplingRules
from surveys.sampling.instants import DAY
from tests.surveys.sampling.builders import CALENDARS, PERSONAS, SURVEY, rules


def parsed(text: str) -> SamplingRules:
    return parse(SamplingRules, load(text, name="program.yaml"))


def test_a_touchpoint_replaces_what_the_program_says_under_the_same_name() -> None:
    program = {"quarantine": {"since_asked_days": 30}, "account_cap": {"asks": 12, "window_days": 30}, "hold": True}
    merged = rules(program, quarantine={"since_asked_days": 7}, account_cap=False)
    assert [gap.micros for gap in merged.gaps] == [7 * DAY]
    assert merged.account_cap is None
    assert merged.hold


def test_what_is_written_nowhere_is_off() -> None:
    bare = rules()
    assert (bare.hold, bare.random_share, bare.gaps, bare.contact_frequency) == (False, None, (), None)
    assert (bare.account_cap, bare.send_window, bare.max_age) == (None, None, 14 * DAY)


def test_a_persona_stands_for_its_roles_or_for_its_own_name() -> None:
    assert rules(touchpoint={"personas": ["buyer"]}).roles == {"procurement", "buyer"}
    assert rules(touchpoint={"personas": ["engineer"]}).roles == {"engineer"}


@pytest.mark.parametrize(
    ("touchpoint", "sampling", "said"),
    [
        ({"personas": ["nobody"]}, {}, "no persona 'nobody'"),
        ({}, {"send_window": {"calendar": "mars"}}, "no calendar 'mars'"),
    ],
)
def test_what_does_not_exist_is_refused_by_name(
    touchpoint: dict[str, Any], sampling: dict[str, Any], said: str
) -> None:
    with pytest.raises(Invalid, match=said):
        rules(touchpoint=touchpoint, **sampling)


def test_compiling_twice_gives_the_same_bytes() -> None:
    sampling = {"random_share": 0.5, "send_window": {"hours": "09:00-17:00"}}
    written = {"key": "t", "personas": ["buyer"], "sampling": sampling}
    once, twice = (
        orjson.dumps(compile_touchpoint({"hold": True}, written, CALENDARS, PERSONAS, SURVEY, calendar="rome"))
        for _ in range(2)
    )
    assert once == twice


def test_public_holidays_are_written_out() -> None:
    holidays = compile_calendar(CALENDARS["rome"])["holidays"]
    assert {"2026-04-06", "2026-08-15", "2026-12-25"} <= set(holidays)
    assert compile_calendar({"holidays": ["2026-07-14"]})["holidays"] == ["2026-07-14"]
    with pytest.raises(Invalid, match="No public holidays are known"):
        compile_calendar({"holidays": "XX"})


def test_short_forms_mean_what_they_say() -> None:
    short = parsed("random_share: 0.5\nquarantine: {since_asked_days: 30}\ncontact_frequency: false\n")
    assert short.random_share is not None
    assert short.random_share.rate == 0.5
    assert short.quarantine is not None
    assert len(short.quarantine) == 1
    assert short.contact_frequency is None


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("quarantine: {scope: any_survey}\n", 1, "no gap"),
        ("hold: true\nquarantine: {since_asked_dys: 3}\n", 2, "since_asked_d"),
        ("random_share: 1.5\n", 1, "at most 1"),
        ("random_share: {rate: 1, rates: {gold: 0.5}}\n", 1, "by: partner.tier"),
        ("random_share: {rate: 1, by: partner.name}\n", 1, "stratum"),
        ("contact_frequency: {asks: 0, window_days: 30}\n", 1, "at least 1"),
        ("send_window: {hours: '17:00-09:00'}\n", 1, "09:00-17:00"),
        ("send_window: {days: []}\n", 1, ""),
        ("send_window: {blackouts: [{first_on: '2026-08-21', last_on: '2026-08-10'}]}\n", 1, "before it begins"),
        ("max_age_days: -1\n", 1, "more than 0"),
        ("frequency: {asks: 1}\n", 1, "frequency"),
    ],
)
def test_what_is_wrong_is_refused_with_its_line_and_a_remedy(text: str, line: int, said: str) -> None:
    with pytest.raises(DefinitionError) as caught:
        parsed(text)
    faults = caught.value.definition_faults
    assert [fault.line for fault in faults] == [line]
    assert said in f"{faults[0].message} {faults[0].remedy}"
