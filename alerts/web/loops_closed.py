"""Two figures of the overview: how many cases were closed, and what their partners say of it."""

from __future__ import annotations

from datetime import date

from flask import render_template
from markupsafe import Markup

from alerts.figures.loops import loops_closed
from alerts.reading import EVERYTHING
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.periods import Period
from feedback_engine.foundation.web.slots import Slots


def fill_slots(engine: Engine, slots: Slots) -> None:
    """Fill `overview.figures`."""

    def loops(first: date, last: date) -> Markup:
        period = Period(first, last)
        with engine.work.read() as reading:
            found = loops_closed(reading, EVERYTHING, period.from_at, period.to_at)
        return Markup(render_template("alerts/overview_loops.html", loops=found))

    slots.add("overview.figures", loops)
