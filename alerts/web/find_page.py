"""The search of the frame, `/find`: a case by its reference, its number or what its event is called, else partners."""

from __future__ import annotations

import re

from flask import Blueprint, flash, redirect, request, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response

from alerts import reading as cases
from alerts.web.regroup_choices import case_path
from feedback_engine.directory import reading as directory
from feedback_engine.directory.reading import PartnerFilter, Viewer
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.errors import NotFound
from feedback_engine.foundation.i18n import gettext
from feedback_engine.foundation.unit_of_work import Reading
from feedback_engine.foundation.web.access import SIGNED_IN, allow, current_staff

_NUMBER = re.compile(r"[0-9]{1,15}")
_REFERENCE = re.compile(r"(?=.*[0-9])[!-~]{3,100}")
"""What an event may be called, such as DR-4711: nobody's name and no word costs a look at what happened."""


def add_to(pages: Blueprint, engine: Engine) -> None:
    """Add the address to the blueprint."""

    @pages.get("/find")
    @allow(SIGNED_IN)
    def find() -> Response:
        sought = request.args.get("q", "").strip()
        partners = url_for("directory.list_partners", q=sought or None)
        with engine.work.read() as reading:
            path, words = _case(reading, current_staff(), sought)
            wanted = PartnerFilter(sought=sought, side="theirs")
            fitting = words and directory.count_partners(reading, current_staff(), wanted)
        if path and fitting:  # a name such as 365 Systems is no less meant than a case
            flash(Markup('<a href="{}">{}</a>').format(path, words))
            return redirect(partners, 303)
        return redirect(path or partners, 303)


def _case(reading: Reading, viewer: Viewer, sought: str) -> tuple[str, str]:
    """Where the case is that is sought, empty if there is none; and what links to it where partners fit as well."""
    is_number = _NUMBER.fullmatch(sought) is not None
    ref = f"C-{int(sought)}" if is_number else sought
    try:
        path = case_path(ref, cases.get_visible_case(reading, viewer, ref))
        return path, gettext("Case {ref} has this number", ref=ref) if is_number else ""
    except NotFound:
        about = cases.find_case_about(reading, viewer, sought) if _REFERENCE.fullmatch(sought) else None
    if about is None:
        return "", ""
    return url_for("alerts.show_case", ref=about.ref), gettext("Case {ref} is about {what}", ref=about.ref, what=sought)
