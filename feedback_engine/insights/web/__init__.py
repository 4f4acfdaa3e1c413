"""The overview page, and the figures that it lends to the pages of lower floors."""

from __future__ import annotations

from flask import Blueprint, g, render_template, request
from markupsafe import Markup

from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.periods import PERIODS, USUAL_DAYS, chosen_days
from feedback_engine.foundation.unit_of_work import Reading
from feedback_engine.foundation.web.access import allow, current_staff, roles
from feedback_engine.foundation.web.slots import Slots
from feedback_engine.insights import overview, trend_chart
from feedback_engine.insights.overview import Overview, TouchpointFigures
from feedback_engine.insights.starting import first_steps
from feedback_engine.insights.trend_chart import Chart
from feedback_engine.insights.waiting import what_waits

_FRAMES = (("at-desk", trend_chart.DESK), ("on-phone", trend_chart.PHONE))


def blueprint(engine: Engine) -> Blueprint:
    """`/`, the overview; its period stands in the address."""
    pages = Blueprint("insights", __name__, template_folder="../templates")

    @pages.get("/")
    @allow(roles("program_owner", "viewer"))
    def home() -> str:
        days = chosen_days(request.args.get("days"))
        with engine.work.read() as reading:
            found = overview.gather(reading, days)
            waiting = what_waits(reading, current_staff())
            steps = first_steps(reading)
        return render_template(
            "insights/overview.html",
            overview=found,
            waiting=waiting,
            steps=steps,
            charts=_charts(found),
            as_table=request.args.get("view") == "table",
            periods=PERIODS,
        )

    return pages


def fill_slots(engine: Engine, slots: Slots) -> None:
    """Show a touchpoint's figures on its card and page, and say of its card whether partners are asked there at all."""

    def card(*, touchpoint: str, **_: object) -> Markup | None:
        return _fragment("insights/_card.html", engine, touchpoint)

    def blind(*, touchpoint: str, **_: object) -> Markup | None:
        found = _found(engine, touchpoint)
        return Markup("blind") if found is not None and found[0].blind else None

    slots.add("touchpoint.card", card)
    slots.add("touchpoint.page", card)
    slots.add("touchpoint.state", blind)


def _charts(found: Overview) -> list[tuple[str, Chart]]:
    """The trend as a drawing for each width of screen, with the class that shows it there; none without answers."""
    drawn = ((name, trend_chart.place(found.trend, frame)) for name, frame in _FRAMES)
    return [(name, chart) for name, chart in drawn if chart is not None]


def _fragment(template: str, engine: Engine, touchpoint: str) -> Markup | None:
    found = _found(engine, touchpoint)
    return None if found is None else Markup(render_template(template, item=found[0], days=found[1]))


def _found(engine: Engine, touchpoint: str) -> tuple[TouchpointFigures, int] | None:
    """The figures of a touchpoint, and the days that they are of."""
    with engine.work.read() as reading:
        found = _remembered(reading)
    return next(((item, found.days) for item in found.touchpoints if item.key == touchpoint), None)


def _remembered(reading: Reading) -> Overview:
    """The overview, gathered once for each request: a map shows many cards."""
    if "overview" not in g:
        g.overview = overview.gather(reading, USUAL_DAYS)
    found: Overview = g.overview
    return found
