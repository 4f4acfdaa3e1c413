"""The page somebody meets when a link leads nowhere any more: what happened, in kind words, and what can be done."""

from __future__ import annotations

from flask import render_template

from surveys.answering import Closed
from surveys.web.survey_page import Page, draw_beside

_STATUS: dict[Closed, int] = {"unknown": 404, "taken_back": 410, "expired": 410, "final": 200}


def closed_page(reason: Closed, page: Page | None = None) -> tuple[str, int]:
    """The page and its status. Without a `page` nothing is known of the reader but their browser's language."""
    if page is None:
        drawn = render_template("surveys/closed.html", reason=reason, page=None, program_name="", owner=None)
        return drawn, _STATUS[reason]
    return draw_beside(page, "surveys/closed.html", reason=reason, owner=page.recipient.owner), _STATUS[reason]
