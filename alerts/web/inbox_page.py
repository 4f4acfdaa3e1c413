"""The page `/inbox`: views, the list of one of them, and what was done last with it."""

from __future__ import annotations

from flask import Blueprint, render_template, request

from alerts.threads.reading import cases_with_talks
from alerts.web.bulk_actions import take_done, take_tried
from alerts.web.case_pages import choices_of, home_view, panes
from alerts.web.regroup_choices import companies_shown
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.web.access import SIGNED_IN, allow, current_staff


def add_to(pages: Blueprint, engine: Engine) -> None:
    """Add the page to the blueprint."""

    @pages.get("/inbox")
    @allow(SIGNED_IN)
    def show_inbox() -> str:
        with engine.work.read() as reading:
            shown = panes(reading, current_staff(), request.args.get("view") or home_view(reading), cursor=True)
            rows = [row for row, *_ in shown["rows"]]
            return render_template(
                "alerts/inbox.html",
                **shown,
                companies=companies_shown(reading, current_staff(), rows),
                with_talks=cases_with_talks(reading, rows),
                choices=choices_of(reading, None),
                done=take_done(reading),
                tried=take_tried(),
            )
