"""The receipt `/r/<token>`: what somebody said, what has come of it, and until when it may be changed."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request

from feedback_engine.foundation import i18n
from feedback_engine.foundation.web.access import PUBLIC, allow
from surveys import response_store
from surveys.questions import CallMeQuestion, Given, Question, SingleChoiceQuestion
from surveys.response_store import AnswerRow
from surveys.web.closed import unknown_page
from surveys.web.doors import Door
from surveys.web.survey_page import Page, draw_beside, open_page


def add_to(blueprint: Blueprint, door: Door) -> None:
    """Add the page to the blueprint."""

    @blueprint.get("/r/<token>")
    @allow(PUBLIC)
    def receipt(token: str) -> str | tuple[str, int]:
        with door.engine.work.read() as reading:
            visit = door.visit(reading, door.open("receipt", token))
            page = open_page(door, reading, visit, request.args.get("l", "")) if visit else None
            if page is None or page.visit.response is None:
                return unknown_page(door.program(reading))
            rows = response_store.answer_rows(reading, page.visit.response)
            now = reading.now
        until = page.change_until
        return _draw(page, rows, may_change=until is not None and now < until)


def _draw(page: Page, rows: list[AnswerRow], *, may_change: bool) -> str:
    wording = page.wording
    with i18n.use_locale(wording.language):
        said = [view for row in rows if (view := _said(page, row)) is not None]
    return draw_beside(
        page,
        "surveys/receipt.html",
        wording=wording,
        language_links=page.in_each_language(page.receipt_path),
        said=said,
        score=next((row.score for row in rows if row.score is not None), None),
        may_change=may_change,
        zone=page.recipient.zone,
        response=page.visit.response,
    )


def _said(page: Page, row: AnswerRow) -> dict[str, Any] | None:
    """One answer in words, with its question; None for a question that is not in this version."""
    question = page.wording.survey.find_question(row.question)
    if question is None:
        return None
    return {
        "question": page.wording.html(question.text),
        "score": row.score,
        "most": getattr(question, "scores", [0])[-1],
        "quote": row.text if row.kind == "open_text" else None,
        "words": _words(page, question, Given(row.score, row.choice, row.text)),
    }


def _words(page: Page, question: Question, given: Given) -> str:
    say, first = page.wording.say, page.wording.program.first_language
    if isinstance(question, SingleChoiceQuestion) and given.choice:
        choice = question.find_choice(given.choice)
        return choice.text.get(page.wording.language, first) if choice else given.choice
    if isinstance(question, CallMeQuestion) and given.choice:
        time = say(question.time_words(given.choice), **question.time_numbers(given.choice))
        ending = "".join(sign for sign in given.text or "" if sign.isdecimal())[-3:] or page.recipient.phone_ending
        if not ending:
            return say("You asked to be called: {time}.", time=time)
        return say("You asked to be called: {time}, on the number ending in {ending}.", time=time, ending=ending)
    return ""
