"""The search of the frame, `/find`: a case by its reference, else the partners that fit."""

from __future__ import annotations

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response

from alerts import reading as cases
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.errors import NotFound
from feedback_engine.foundation.web.access import SIGNED_IN, allow, current_staff


def add_to(pages: Blueprint, engine: Engine) -> None:
    """Add the address to the blueprint."""

    @pages.get("/find")
    @allow(SIGNED_IN)
    def find() -> Response:
        sought = request.args.get("q", "").strip()
        try:
            with engine.work.read() as reading:
                case = cases.get_visible_case(reading, current_staff(), sought)
        except NotFound:
            return redirect(url_for("directory.list_partners", q=sought or None), 303)
        return redirect(url_for("alerts.show_case", ref=case.ref), 303)
