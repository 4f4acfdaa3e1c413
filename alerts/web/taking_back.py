"""Offers on the page of a case to take the last step back while its minute lasts, also to somebody who returns."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlencode

from flask import request

from alerts import reading as cases
from alerts.casework.undoing import UNDO_WITHIN
from alerts.reading import CaseDetail, CaseView
from alerts.web.inbox_filters import place_of
from alerts.web.showing import entry_words
from feedback_engine.foundation.i18n import gettext
from feedback_engine.foundation.unit_of_work import Reading
from feedback_engine.foundation.web.access import StaffPrincipal
from feedback_engine.foundation.web.deeds import flash_undoable, tells_undo

ON_THE_WAY = timedelta(seconds=2)
"""How long a press may take to arrive: what is offered is still taken."""


def undo_path(case: CaseView) -> str:
    """Where the button goes that takes the last step back."""
    return f"/cases/{case.ref}/undo?{urlencode(place_of(request.args))}"


def offer_undo(reading: Reading, viewer: StaffPrincipal, case: CaseView, detail: CaseDetail) -> None:
    """Say on the page that is being drawn what the reader did a moment ago; right after the deed it says so itself."""
    if tells_undo():
        return
    last = cases.steps_to_undo(reading, [(case.ref, case.revision)], str(viewer.id)).get(case.ref)
    if last is None:
        return
    seconds = int((last.at + UNDO_WITHIN - ON_THE_WAY - reading.now).total_seconds())
    if seconds > 0:
        told = gettext("A moment ago: {what}.", what=entry_words(last, detail, viewer.time_zone))
        flash_undoable(told, undo_path(case), {"revision": case.revision}, seconds)
