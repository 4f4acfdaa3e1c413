"""The pages of the survey slice: for partners by link, for staff by role."""

from __future__ import annotations

from flask import Blueprint

from feedback_engine.foundation.engine import Engine
from surveys.web import launch, receipt, respond, surveys, unsubscribe, waves
from surveys.web.doors import Door


def blueprint(engine: Engine) -> Blueprint:
    """The pages of the surveys, to be mounted at the root."""
    pages = Blueprint("surveys", __name__, template_folder="../templates")
    door = Door(engine)
    for area in (respond, receipt, unsubscribe):
        area.add_to(pages, door)
    for area in (surveys, waves, launch):
        area.add_to(pages, engine)
    return pages
