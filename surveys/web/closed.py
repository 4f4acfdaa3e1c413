"""The page somebody meets when a link leads nowhere any more: what happened, in kind words, and what can be done."""

from __future__ import annotations

from urllib.parse import quote

from flask import render_template, request

from feedback_engine.foundation import i18n
from surveys.answering import Closed
from surveys.program import Program
from surveys.web.survey_page import Page, draw_beside

_STATUS: dict[Closed, int] = {"unknown": 404, "taken_back": 410, "expired": 410, "final": 200}


def unknown_page(program: Program) -> tuple[str, int]:
    """The page of a link that is not ours, and its status: nothing is known of the reader but their browser's language,
    so the page is offered in each that we speak ourselves."""
    wanted = request.values.get("l", "")
    with i18n.use_locale(wanted if wanted in i18n.languages() else i18n.current_locale()):
        drawn = render_template(
            "surveys/closed.html",
            reason="unknown",
            page=None,
            program_name=program.name,
            language_links=[(tag, f"{quote(request.path)}?l={tag}") for tag in i18n.languages()],
            owner=None,
        )
    return drawn, _STATUS["unknown"]


def closed_page(reason: Closed, page: Page) -> tuple[str, int]:
    """The page and its status, for the reader whose link it was."""
    return draw_beside(
        page,
        "surveys/closed.html",
        reason=reason,
        owner=page.recipient.owner,
        language_links=page.in_each_language(request.path),
    ), _STATUS[reason]
