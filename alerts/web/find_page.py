"""The search of the frame, `/find`: a case by its reference, its number or what its event is called, else a partner,
and the list of partners where several fit or none."""

from __future__ import annotations

import re
from contextlib import suppress
from uuid import UUID

from flask import Blueprint, flash, redirect, request, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response

from alerts import reading as cases
from alerts.web.regroup_choices import case_path
from feedback_engine.directory import reading as directory
from feedback_engine.directory.reading import PartnerFilter, PartnerView, Viewer
from feedback_engine.foundation import plain_text
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.errors import NotFound
from feedback_engine.foundation.i18n import gettext
from feedback_engine.foundation.unit_of_work import Reading
from feedback_engine.foundation.web.access import SIGNED_IN, allow, current_staff

MOST_SOUGHT = 200
"""What is longer is nobody's name, and more than a message in a cookie can hold."""
MOST_CALLED = 5
"""Cases of one event that are offered: more were split off it than anybody chooses among."""
_NUMBER = re.compile(r"[0-9]{1,15}")
_REFERENCE = re.compile(r"(?=.*[0-9])[!-~]{3,100}")
"""What an event may be called, such as DR-4711: nobody's name and no word costs a look at what happened."""


def add_to(pages: Blueprint, engine: Engine) -> None:
    """Add the address to the blueprint."""

    @pages.get("/find")
    @allow(SIGNED_IN)
    def find() -> Response:
        sought = plain_text.sought(request.args.get("q", ""), MOST_SOUGHT)
        with engine.work.read() as reading:
            found = _cases(reading, current_staff(), sought)
            wanted = PartnerFilter(sought=sought, side="theirs")
            unsure = not found or any(words for _, words in found)
            fitting = directory.count_partners(reading, current_staff(), wanted) if sought and unsure else 0
            alone = _called(reading, current_staff(), wanted) if fitting == 1 and not found else None
        partners = directory.partner_path(alone) if alone else url_for("directory.list_partners", q=sought or None)
        # A name such as 365 Systems is no less meant than a case, nor is an event that is called by a number alone.
        path = found.pop(0)[0] if found and not fitting else partners
        if sought and not found and not fitting and path == partners:
            flash(
                gettext("No case, partner, contact or event that you may see is called “{what}”.", what=sought), "warn"
            )
        for other, words in found:
            flash(Markup('<a href="{}">{}</a>').format(other, words))
        return redirect(path, 303)


def _called(reading: Reading, viewer: Viewer, wanted: PartnerFilter) -> PartnerView | None:
    """The one partner that fits, where it is so called itself: its page shows its cases. Who fits by a contact of it
    stands in the list, which says so."""
    [fits] = directory.list_partners(reading, viewer, wanted, limit=1).rows
    called = wanted.sought.casefold()
    return fits.partner if called in fits.partner.name.casefold() or called in fits.partner.key.casefold() else None


def _cases(reading: Reading, viewer: Viewer, sought: str) -> list[tuple[str, str]]:
    """Where the cases are that may be meant, the likelier first, and what links to them where something else fits too;
    nothing for what is a case's own reference, which means no other thing."""
    is_number = _NUMBER.fullmatch(sought) is not None
    ref = f"C-{int(sought)}" if is_number else sought
    found: dict[UUID, tuple[str, str]] = {}
    with suppress(NotFound):
        case = cases.get_visible_case(reading, viewer, ref)
        if not is_number:
            return [(case_path(ref, case), "")]
        found[case.id] = case_path(ref, case), gettext("Case {ref} has this number", ref=ref)
    called = cases.cases_called(reading, viewer, sought) if _REFERENCE.fullmatch(sought) else []
    for about in called[:MOST_CALLED]:
        words = gettext("Case {ref} is about {what}", ref=about.ref, what=sought)
        found.setdefault(about.id, (url_for("alerts.show_case", ref=about.ref), words))
    return list(found.values())
