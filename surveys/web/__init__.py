"""The pages and the API of the survey slice: for partners by link, for staff by role, for programs by key."""

from __future__ import annotations

from flask import Blueprint

from feedback_engine.foundation.engine import Engine
from surveys.deciding import nobody_in_case
from surveys.deciding_facts import OpenCases
from surveys.launching import FallbackOf, no_fallback
from surveys.web import api_responses, launch, receipt, respond, surveys, unsubscribe, waves
from surveys.web.doors import Door
from surveys.web.partner_panel import fill_slots

__all__ = ["api", "blueprint", "fill_slots"]


def blueprint(
    engine: Engine, open_cases: OpenCases = nobody_in_case, fallback_of: FallbackOf = no_fallback
) -> Blueprint:
    """The pages of the surveys, to be mounted at the root. `open_cases` and `fallback_of` come from above."""
    pages = Blueprint("surveys", __name__, template_folder="../templates")
    door = Door(engine)
    for for_partners in (respond, receipt, unsubscribe):
        for_partners.add_to(pages, door)
    surveys.add_to(pages, engine)
    launch.add_to(pages, engine, fallback_of)
    waves.add_to(pages, engine, open_cases)
    return pages


def api(engine: Engine) -> Blueprint:
    """Asks and answers for programs, to be mounted under /api/v1."""
    endpoints = Blueprint("surveys_api", __name__)
    api_responses.add_to(endpoints, engine)
    return endpoints
