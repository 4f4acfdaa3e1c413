"""The search of the frame, `/find`: a case by its reference or number, else the partners that fit."""

from __future__ import annotations

import re

from flask import Blueprint, flash, redirect, request, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response

from alerts import reading as cases
from alerts.web.regroup_choices import case_path
from feedback_engine.directory import reading as directory
from feedback_engine.directory.reading import PartnerFilter
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.errors import NotFound
from feedback_engine.foundation.i18n import gettext
from feedback_engine.foundation.web.access import SIGNED_IN, allow, current_staff

_NUMBER = re.compile(r"[0-9]{1,15}")


def add_to(pages: Blueprint, engine: Engine) -> None:
    """Add the address to the blueprint."""

    @pages.get("/find")
    @allow(SIGNED_IN)
    def find() -> Response:
        sought = request.args.get("q", "").strip()
        partners = url_for("directory.list_partners", q=sought or None)
        is_number = _NUMBER.fullmatch(sought) is not None
        ref = f"C-{int(sought)}" if is_number else sought
        try:
            with engine.work.read() as reading:
                case = cases.get_visible_case(reading, current_staff(), ref)
                wanted = PartnerFilter(sought=sought, side="theirs")
                fitting = directory.count_partners(reading, current_staff(), wanted) if is_number else 0
        except NotFound:
            return redirect(partners, 303)
        path = case_path(ref, case)
        if fitting:  # a name such as 365 Systems is no less meant than a case
            flash(Markup('<a href="{}">{}</a>').format(path, gettext("Case {ref} has this number", ref=ref)))
            return redirect(partners, 303)
        return redirect(path, 303)
