"""`GET /touchpoints` and `GET /touchpoints/{key}`: the journey map in force, for programs."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request

from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.web.access import allow, scope
from feedback_engine.foundation.web.paging import PAGING, cursor_of, limit_of, page_of
from journeys import reading as journeys
from journeys.reading import PlacedTouchpoint


def add_to(endpoints: Blueprint, engine: Engine) -> None:
    """Add the endpoints to the blueprint."""

    @endpoints.get("/touchpoints")
    @allow(scope("touchpoints:read"), reads=PAGING)
    def list_touchpoints() -> dict[str, Any]:
        limit, after = limit_of(request.args), cursor_of(request.args, 1)
        with engine.work.read() as reading:
            placed = sorted(journeys.touchpoints(reading), key=_key)
        rest = [each for each in placed if after is None or _key(each) > str(after[0])]
        return page_of(rest[: limit + 1], limit, lambda each: (_key(each),)).document(touchpoint_document)

    @endpoints.get("/touchpoints/<key>")
    @allow(scope("touchpoints:read"))
    def get_touchpoint(key: str) -> dict[str, Any]:
        with engine.work.read() as reading:
            return touchpoint_document(journeys.touchpoint(reading, key))


def _key(placed: PlacedTouchpoint) -> str:
    return placed.definition.key


def touchpoint_document(placed: PlacedTouchpoint) -> dict[str, Any]:
    """A touchpoint as programs read it."""
    definition = placed.definition
    named = definition.model_dump(mode="json", include={"name", "personas", "drivers", "attributes", "sampling"})
    return {
        "key": definition.key,
        "journey": placed.journey.journey,
        "stage": placed.stage.key,
        "event": definition.event,
        "condition": definition.condition,
        "survey": definition.survey,
        "delay_hours": definition.delay_hours,
        "owner": definition.owner,
        **named,
    }
