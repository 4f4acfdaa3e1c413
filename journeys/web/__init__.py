"""The journeys' pages and API: the map, a touchpoint, events by HTTP and by hand."""

from __future__ import annotations

from flask import Blueprint

from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.web.slots import Slots
from journeys.web import api_events, api_touchpoints, by_hand, map_pages

__all__ = ["api", "blueprint", "fill_slots"]


def blueprint(engine: Engine) -> Blueprint:
    """The pages of the journeys, to be mounted at the root."""
    pages = Blueprint("journeys", __name__, template_folder="../templates")
    map_pages.add_to(pages, engine)
    by_hand.add_to(pages, engine)
    return pages


def api(engine: Engine) -> Blueprint:
    """The journeys for programs, to be mounted under /api/v1."""
    endpoints = Blueprint("journeys_api", __name__)
    api_events.add_to(endpoints, engine)
    api_touchpoints.add_to(endpoints, engine)
    return endpoints


def fill_slots(engine: Engine, slots: Slots) -> None:
    """Show on the page of a partner the button that records an event by hand."""
    by_hand.fill_slots(engine, slots)
