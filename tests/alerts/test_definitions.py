"""Alert files: what is refused, with line and remedy, and the program that is made of them."""

from __future__ import annotations

import pytest

from alerts.definitions import AlertFile, AlertProgram
from feedback_engine.foundation.definitions import DefinitionError, load, parse

WHOLE = """
rules:
  - key: low
    name: {en: Low score, it: Punteggio basso}
    when: {condition: score_below, question: nps, below: 7}
    touchpoints: [deal.closed]
    severity: high
    kind: recovery
routes:
  to: partner_owner
  otherwise: team:Alliances
groups: {deals: [deal.closed, deal.registered]}
service_levels: {recovery: {first_contact_hours: 8, resolve_hours: 40}}
root_causes:
  - {key: late, name: Decision late, department: Deal desk}
"""

CALENDARS = {
    "office": {"time_zone": "Europe/Rome", "hours": {"mon": "09:00-17:00"}, "holidays": ["2026-04-06"]},
    "lisbon": {"time_zone": "Europe/Lisbon", "hours": {"mon": "09:00-18:00"}},
}


def compiled(text: str) -> AlertProgram:
    """The program as it is published."""
    written = read(text).model_dump(mode="json", exclude_none=True)
    return AlertProgram.model_validate({**written, "calendars": CALENDARS, "calendar": "office"})


def read(text: str) -> AlertFile:
    return parse(AlertFile, load(text, name="alerts/all.yaml"))


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("below: 7", "below: 11", 5, "10"),  # an NPS ends at 10
        ("below: 7", "beneath: 7", 5, "beneath"),
        ("score_below", "score_bellow", 5, "Did you mean `score_below`?"),
        ("severity: high", "severity: huge", 7, "severity"),
        ("kind: recovery\n", "kind: revenge\n", 8, "kind"),
        ("to: partner_owner", "to: the boss", 10, "partner_owner"),
        ("to: partner_owner", "to: staff:mei", 10, "partner_owner"),  # not an address
        ("otherwise: team:Alliances", "otherwise: partner_owner", 11, "last resort"),  # may find nobody
        ("  otherwise: team:Alliances\n", "", 9, "otherwise"),  # the fallback always exists
        ("otherwise: team:Alliances", "otherwise: team:A\n  children: [{match: {}, to: team:A}]", 12, "match"),
        ("resolve_hours: 40", "resolve_hours: 4", 13, "first contact"),
        ("first_contact_hours: 8", "first_contact_hours: 0", 13, "must be more than 0"),
        ("root_causes:", "root_cause:", 14, "root_causes"),
    ],
)
def test_a_fault_names_file_line_and_remedy(old: str, new: str, line: int, words: str) -> None:
    assert old in WHOLE
    with pytest.raises(DefinitionError) as caught:
        read(WHOLE.replace(old, new, 1))
    shown = str(caught.value)
    assert f"alerts/all.yaml:{line}:" in shown
    assert words in shown


def test_a_whole_file_becomes_a_program_that_reads_back_the_same() -> None:
    program = compiled(WHOLE)
    assert AlertProgram.model_validate(program.model_dump(mode="json", exclude_none=True)) == program
    assert program.group_of("deal.registered") == "deals"
    assert program.group_of("training.held") == "training.held"
    assert program.targets("recovery", "high", "Gold").first_contact_hours == 8
    assert program.targets("thanks", "low", "").resolve_hours == 40  # agreed nowhere, so the usual


@pytest.mark.parametrize(
    ("zone", "expected"),
    [
        ("Europe/Lisbon", "Europe/Lisbon"),  # the owner's own calendar
        ("Europe/Rome", "Europe/Rome"),
        ("Asia/Tokyo", "Europe/Rome"),  # the program has none there
        (None, "Europe/Rome"),  # nobody's case
    ],
)
def test_a_clock_runs_by_the_owners_calendar(zone: str | None, expected: str) -> None:
    assert compiled(WHOLE).calendar_for(zone).time_zone == expected
