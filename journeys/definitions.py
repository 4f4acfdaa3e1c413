"""Pure. The journey map as YAML: stages, and in each the touchpoints with the event that makes them happen."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from feedback_engine.foundation.definitions import Key, Line, LocalLine, LocalText, Paragraphs, Strict, refusal
from feedback_engine.foundation.errors import Fault
from journeys.sources.checks import NAME_LENGTH, text_fault

AttributeType = Literal["string", "int", "double", "bool", "timestamp"]


def _one_line(value: str) -> str:
    if text_fault(value) is not None:
        raise refusal("The event type holds a line break or a control character.", "Write it on one line.")
    return value


EventType = Annotated[str, Field(min_length=1, max_length=NAME_LENGTH), AfterValidator(_one_line)]
AttributeName = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,63}$")]


class AttributeDefinition(Strict):
    """What an attribute holds, and what pages call it.

    A personal one is kept aside, so that erasing the contact removes it.
    """

    type: AttributeType
    personal: bool = False
    name: LocalLine | None = None


def _from_type_name(value: Any) -> Any:
    """`amount: double` is short for `amount: {type: double}`."""
    return {"type": value} if isinstance(value, str) else value


Attribute = Annotated[
    AttributeDefinition,
    BeforeValidator(_from_type_name, json_schema_input_type=AttributeType | AttributeDefinition),
]


class TouchpointDefinition(Strict):
    """A defined moment: the event type that makes it happen, whom and what to ask, and how it is sampled.

    `sampling` stays as it was written; the surveys own its meaning.
    """

    key: Key
    name: LocalLine
    event: EventType
    description: LocalText | None = None
    condition: Paragraphs | None = Field(default=None, max_length=4096)
    personas: tuple[Line, ...] = ()
    drivers: tuple[LocalLine, ...] = ()
    survey: Line | None = None
    delay_hours: float = Field(default=0, ge=0, le=24 * 90)
    attributes: dict[AttributeName, Attribute] = Field(default_factory=dict)
    partner_attributes: dict[AttributeName, Attribute] = Field(default_factory=dict)
    owner: Line | None = None
    sampling: dict[str, Any] | None = None


class StageDefinition(Strict):
    """A stretch of the journey, such as onboarding."""

    key: Key
    name: LocalLine
    touchpoints: tuple[TouchpointDefinition, ...] = ()


class JourneyDefinition(Strict):
    """One file under `journeys/`."""

    journey: Key
    name: LocalLine
    stages: tuple[StageDefinition, ...] = Field(min_length=1)

    def touchpoints(self) -> Iterable[TouchpointDefinition]:
        """Every touchpoint in the order of the map."""
        for stage in self.stages:
            yield from stage.touchpoints


def find_contradictions(journeys: Sequence[JourneyDefinition]) -> list[Fault]:
    """What no single file can show: a key used twice, or one event type whose attribute has two types.

    The pointer names journey and place: `/onboarding/stages/0/touchpoints/1/key`.
    """
    faults: list[Fault] = []
    seen_journeys: set[str] = set()
    seen_touchpoints: dict[str, str] = {}
    declared: dict[tuple[str, str], AttributeDefinition] = {}
    for journey in journeys:
        if journey.journey in seen_journeys:
            faults.append(Fault(f"/{journey.journey}/journey", f"There are two journeys {journey.journey!r}."))
        seen_journeys.add(journey.journey)
        for place, touchpoint in _placed(journey):
            faults += _key_used_twice(touchpoint, place, seen_touchpoints)
            faults += _attributes_disagree(touchpoint, place, declared)
    return faults


def _placed(journey: JourneyDefinition) -> Iterable[tuple[str, TouchpointDefinition]]:
    for s, stage in enumerate(journey.stages):
        for t, touchpoint in enumerate(stage.touchpoints):
            yield f"/{journey.journey}/stages/{s}/touchpoints/{t}", touchpoint


def _key_used_twice(touchpoint: TouchpointDefinition, place: str, seen: dict[str, str]) -> list[Fault]:
    if touchpoint.key in seen:
        detail = f"The touchpoint {touchpoint.key!r} stands at {seen[touchpoint.key]} already; give one another key."
        return [Fault(f"{place}/key", detail)]
    seen[touchpoint.key] = place
    return []


def _attributes_disagree(
    touchpoint: TouchpointDefinition, place: str, declared: dict[tuple[str, str], AttributeDefinition]
) -> list[Fault]:
    """One event is recorded once, so all touchpoints of its type must agree on what its attributes are."""
    faults: list[Fault] = []
    for name, definition in touchpoint.attributes.items():
        known = declared.setdefault((touchpoint.event, name), definition)
        if (known.type, known.personal) != (definition.type, definition.personal):
            detail = (
                f"Another touchpoint of the event {touchpoint.event!r} declares {name!r} as {_in_words(known)}, "
                f"here it is {_in_words(definition)}; make them the same."
            )
            faults.append(Fault(f"{place}/attributes/{name}", detail))
    return faults


def _in_words(definition: AttributeDefinition) -> str:
    return f"personal {definition.type}" if definition.personal else definition.type
