"""The pages `/journeys` and `/journeys/<journey>/<touchpoint>`: where partners meet us, and what we know of it."""

from __future__ import annotations

from datetime import timedelta

import orjson
from flask import Blueprint, render_template, request

from feedback_engine.directory import reading as directory
from feedback_engine.directory.reading import PartnerFilter, StaffView
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.errors import NotFound
from feedback_engine.foundation.i18n import current_locale, gettext
from feedback_engine.foundation.periods import USUAL_DAYS, last_days
from feedback_engine.foundation.unit_of_work import Reading
from feedback_engine.foundation.web.access import SIGNED_IN, allow, current_staff
from feedback_engine.foundation.web.addresses import absolute_url
from journeys import program as programs
from journeys import reading as journeys
from journeys.definitions import JourneyDefinition, TouchpointDefinition
from journeys.program import Program
from journeys.reading import EventView, PlacedTouchpoint

_RECENT = 12


def add_to(pages: Blueprint, engine: Engine) -> None:
    """Add the pages to the blueprint."""

    @pages.get("/journeys")
    @allow(SIGNED_IN)
    def show_map() -> str:
        with engine.work.read() as reading:
            return _draw_map(reading, request.args.get("persona", ""), as_table=request.args.get("view") == "table")

    @pages.get("/journeys/<journey>/<touchpoint>")
    @allow(SIGNED_IN)
    def show_touchpoint(journey: str, touchpoint: str) -> str:
        with engine.work.read() as reading:
            placed = journeys.touchpoint(reading, touchpoint)
            if placed.journey.journey != journey:
                raise NotFound(gettext("There is no such touchpoint on this journey."))
            return _draw_touchpoint(engine, reading, placed)


def _draw_map(reading: Reading, persona: str, *, as_table: bool) -> str:
    program = programs.current(reading)
    maps = journeys.journey_map(reading)
    return render_template(
        "journeys/map.html",
        maps=maps,
        program=program,
        words=_words(program),
        ws=_ws_names(),
        persona=persona if persona in program.personas else "",
        concerns=lambda definition: not persona or not definition.personas or persona in definition.personas,
        counts=_counts(reading, maps),
        owners=_owners(reading, maps),
        days=USUAL_DAYS,
        as_table=as_table,
    )


def _draw_touchpoint(engine: Engine, reading: Reading, placed: PlacedTouchpoint) -> str:
    program = programs.current(reading)
    definition = placed.definition
    events = journeys.recent_events(reading, [definition.event], _RECENT)
    return render_template(
        "journeys/touchpoint.html",
        placed=placed,
        touchpoint=definition,
        condition=journeys.condition_words(definition.condition) if definition.condition else None,
        program=program,
        words=_words(program),
        owner=directory.find_staff_by_email(reading, definition.owner) if definition.owner else None,
        events=_visible(reading, events),
        partners=directory.partners_by_id(reading, {event.partner_id for event in events}),
        partner_path=directory.partner_path,
        type_words=_type_words(),
        curl=curl_example(engine, reading, definition, program),
    )


def _visible(reading: Reading, events: list[EventView]) -> list[EventView]:
    """The events of partners that this reader may see."""
    seen = directory.visible_partners(reading, current_staff(), {event.partner_id for event in events})
    return [event for event in events if event.partner_id in seen]


def _counts(reading: Reading, maps: list[JourneyDefinition]) -> dict[str, int]:
    types = {definition.event for journey in maps for definition in journey.touchpoints()}
    just_after_now = reading.now + timedelta(microseconds=1)
    return journeys.count_by_type(reading, types, last_days(reading.now).from_at, just_after_now)


def _owners(reading: Reading, maps: list[JourneyDefinition]) -> dict[str, StaffView]:
    addresses = {definition.owner for journey in maps for definition in journey.touchpoints() if definition.owner}
    found = {address: directory.find_staff_by_email(reading, address) for address in addresses}
    return {address: staff for address, staff in found.items() if staff is not None}


def _words(program: Program) -> object:
    """A function for templates: a text of the map in the reader's language."""
    locale = current_locale()
    return lambda text: program.text(text, locale)


def _ws_names() -> list[tuple[str, str]]:
    return [
        ("who", gettext("Who")),
        ("what", gettext("What")),
        ("when", gettext("When")),
        ("where", gettext("Where")),
        ("why", gettext("Why")),
    ]


def _type_words() -> dict[str, str]:
    """What an attribute holds, by its type."""
    return {
        "string": gettext("text"),
        "int": gettext("whole number"),
        "double": gettext("number"),
        "bool": gettext("yes or no"),
        "timestamp": gettext("instant"),
    }


_EXAMPLES = {"string": "text", "int": 3, "double": 1.5, "bool": True, "timestamp": "2026-03-09T10:12:00+01:00"}


def curl_example(engine: Engine, reading: Reading, definition: TouchpointDefinition, program: Program) -> str:
    """A command that sends an event of this touchpoint, ready to be pasted into a shell.

    It happens now, at a partner whom the reader may see, to somebody whom the touchpoint asks.
    """
    seen = directory.list_partners(reading, current_staff(), PartnerFilter(), limit=1).rows
    role = next((role for key in definition.personas for role in program.roles.get(key, ())), None)
    contact = {"email": "ana@acme.example", "name": "Ana Sousa"} | ({"role": role} if role else {})
    attributes = {name: _EXAMPLES[attribute.type] for name, attribute in definition.attributes.items()}
    event = {
        "specversion": "1.0",
        "id": f"example-{reading.now:%Y%m%d%H%M%S}",
        "source": "crm",
        "type": definition.event,
        "subject": seen[0].partner.key if seen else "acme",
        "time": f"{reading.now:%Y-%m-%dT%H:%M:%SZ}",
        "data": {"contact": contact, **attributes},
    }
    body = orjson.dumps(event, option=orjson.OPT_INDENT_2).decode().replace("'", "'\\''")
    return (
        f"curl {absolute_url(engine.settings.base_url, '/api/v1/events')} \\\n"
        "  -H 'Authorization: Bearer YOUR-KEY' \\\n"
        "  -H 'Content-Type: application/cloudevents+json' \\\n"
        f"  -d '{body}'"
    )
