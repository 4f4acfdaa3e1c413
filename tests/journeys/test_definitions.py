"""The journey map: what may be written, what is refused with file, line and remedy."""

from __future__ import annotations

import pytest

from feedback_engine.foundation.definitions import DefinitionError
from journeys.definitions import JourneyDefinition, find_contradictions
from tests.journeys.builders import MAP, journey


def test_a_map_is_read_in_its_order() -> None:
    keys = [touchpoint.key for touchpoint in journey().touchpoints()]
    assert keys == ["onboarding.completed", "ticket.closed", "escalation.closed", "qbr.held"]


def test_a_short_attribute_is_the_same_as_a_long_one() -> None:
    onboarding = next(iter(journey().touchpoints()))
    assert onboarding.attributes["days"].type == "int"
    assert onboarding.attributes["trainer"].personal
    assert not onboarding.attributes["days"].personal


def test_a_published_map_is_read_back_unchanged() -> None:
    assert JourneyDefinition.model_validate_json(journey().model_dump_json()) == journey()


@pytest.mark.parametrize(
    ("written", "instead", "told"),
    [
        ("personas:", "persona:", "Did you mean `personas`?"),  # an unknown key
        ("{days: int,", "{days: integer,", "`int`"),  # an unknown type
        ("key: onboarding.completed", "key: Onboarding completed", "Write `onboarding_completed`"),
        ("delay_hours: 24", "delay_hours: -1", "at least 0"),  # before the event
        ("delay_hours: 24", 'delay_hours: "24"', "Remove the quotes"),
        ("event: qbr.held", 'event: "qbr\\nheld"', "one line"),
        ("event: qbr.held", 'event: ""', "at least 1"),
    ],
)
def test_a_broken_map_names_file_line_and_remedy(written: str, instead: str, told: str) -> None:
    line = MAP[: MAP.index(written)].count("\n") + 1
    with pytest.raises(DefinitionError) as refused:
        journey(MAP.replace(written, instead, 1))
    (fault,) = map(str, refused.value.definition_faults)
    assert fault.startswith(f"journeys/partner.yaml:{line}: ")
    assert told in fault


def test_a_touchpoint_key_stands_once_on_all_maps() -> None:
    second = journey(MAP.replace("journey: partner", "journey: other"))
    faults = find_contradictions([journey(), second])
    assert faults[0].pointer == "/other/stages/0/touchpoints/0/key"
    assert len(faults) == 4


def test_touchpoints_of_one_event_agree_on_its_attributes() -> None:
    contradiction = MAP.replace("condition: event.urgent", "attributes: {urgent: string}")
    (fault,) = find_contradictions([journey(contradiction)])
    assert fault.pointer == "/partner/stages/1/touchpoints/1/attributes/urgent"
    assert {"bool", "string"} <= set(fault.detail.replace(",", " ").replace(";", " ").split())


def test_touchpoints_of_one_event_may_call_its_attributes_by_other_names() -> None:
    declared = "days: int"
    named = MAP.replace(declared, "days: {type: int, name: {en: Days it took, it: Giorni trascorsi}}")
    again = MAP.replace("journey: partner", "journey: other").replace(declared, "days: {type: int, name: Days}")
    both = [journey(named), journey(again)]
    assert {fault.pointer.rpartition("/")[2] for fault in find_contradictions(both)} == {"key"}
    [name] = [each.attributes["days"].name for each in both[0].touchpoints() if "days" in each.attributes]
    assert name is not None
    assert name.get("it") == "Giorni trascorsi"


def test_a_journey_stands_once() -> None:
    assert find_contradictions([journey(), journey()])[0].pointer == "/partner/journey"
    assert find_contradictions([journey()]) == []
