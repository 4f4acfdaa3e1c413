"""The survey page `/s/<token>`: shows the questions, takes the answers, and lets somebody say "not now"."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request
from werkzeug.wrappers import Response

from feedback_engine.directory import reading as directory
from feedback_engine.foundation import i18n
from feedback_engine.foundation.errors import Unavailable
from feedback_engine.foundation.unit_of_work import Actor, Reading
from feedback_engine.foundation.web.access import PUBLIC, allow
from surveys import answering, published, response_store, responses, store
from surveys.answering import Closed
from surveys.definitions import choose_language
from surveys.questions import Asked, Refused
from surveys.responses import NotTaken, Submission
from surveys.web.closed import closed_page, unknown_page
from surveys.web.doors import Door, Visit
from surveys.web.letters import Letters
from surveys.web.survey_page import Page, draw, draw_fresh, open_page, stored_form
from surveys.wording import Recipient

Answer = Response | str | tuple[str, int]


def add_to(blueprint: Blueprint, door: Door) -> None:
    """Add the pages under `/s/` to the blueprint. Their GET and HEAD write nothing."""
    work = door.engine.work
    letters = Letters()

    @blueprint.get("/s/<token>")
    @allow(PUBLIC)
    def survey(token: str) -> Answer:
        with work.read() as reading:
            page = _open(door, reading, _visit(door, reading, token))
            if not isinstance(page, Page):
                return page
            rows = response_store.answer_rows(reading, page.visit.response) if page.visit.response else []
        tapped = page.wording.survey.first_question.preselect(request.args.get("a", ""))
        if page.visit.response is None:
            return draw_fresh(page, letters, tapped)
        return draw(page, {**stored_form(page, rows), **tapped}, tapped=tapped)

    @blueprint.post("/s/<token>")
    @allow(PUBLIC)
    def send(token: str) -> Answer:
        try:
            return _send(door, token)
        except Unavailable:
            return _keep_typed()

    @blueprint.get("/s/<token>/not-now")
    @allow(PUBLIC)
    def ask_not_now(token: str) -> Answer:
        with work.read() as reading:
            page = _open(door, reading, _visit(door, reading, token))
        return _draw_not_now(page, done=False) if isinstance(page, Page) else page

    @blueprint.post("/s/<token>/not-now")
    @allow(PUBLIC)
    def not_now(token: str) -> Answer:
        with work.read() as reading:
            page = _open(door, reading, _visit(door, reading, token))
        if not isinstance(page, Page):
            return page
        with work.begin(actor=_contact(page)) as uow:
            store.decline(uow, page.visit.invitation)
        return _draw_not_now(page, done=True)


def _visit(door: Door, reading: Reading, token: str) -> Visit | None:
    return door.visit(reading, door.open("survey", token))


def _open(door: Door, reading: Reading, visit: Visit | None) -> Page | tuple[str, int]:
    """The page behind a link, or the one that says why there is none."""
    page = open_page(door, reading, visit, request.values.get("l", "")) if visit else None
    if page is None:
        return unknown_page(door.program(reading))
    reason = _closed(page.visit, reading)
    return page if reason is None else closed_page(reason, page)


def _closed(visit: Visit, reading: Reading) -> Closed | None:
    invitation, response = visit.invitation, visit.response
    confirmed_at = response.confirmed_at if response else None
    return answering.closed_because(invitation.state, invitation.answer_before, confirmed_at, reading.now)


def _send(door: Door, token: str) -> Answer:
    work = door.engine.work
    with work.read() as reading:
        visit = _visit(door, reading, token)
        submission = _read(door, reading, visit) if visit else None
        if not isinstance(submission, Submission):
            page = _open(door, reading, visit)
            return (draw(page, request.form, refused=submission or ()), 422) if isinstance(page, Page) else page
    result = responses.submit(work, submission)
    if isinstance(result, NotTaken):
        with work.read() as reading:
            page = _open(door, reading, visit)
        return closed_page(result.reason, page) if isinstance(page, Page) else page
    invitation = submission.invitation
    receipt = door.links.path("receipt", invitation.id, invitation.generation, l=submission.language)
    return redirect(request.script_root + receipt, 303)


def _read(door: Door, reading: Reading, visit: Visit) -> Submission | tuple[Refused, ...] | None:
    """What the form says; else what has to be corrected in it, or None where nothing can be sent any more.

    Only what storing needs is read here: the page itself is made when it has to be shown again.
    """
    invitation = visit.invitation
    contact = directory.find_contact(reading, invitation.contact_id)
    if contact is None or contact.state == "erased" or _closed(visit, reading) is not None:
        return None
    survey = published.get_survey(reading, invitation.survey_version)
    asked = Asked(phone_known=bool(Recipient(contact).phone_ending))
    filled = answering.read_form(survey, request.form, asked)
    if filled.refused:
        return filled.refused
    wanted = request.values.get("l", "") or visit.answered_in or contact.language
    language = choose_language(survey, door.program(reading).languages, wanted)
    partner = directory.find_partner_of_id(reading, invitation.partner_id)
    tier, region = (partner.tier, partner.region) if partner else ("", "")
    return Submission(invitation, filled.answers, language, tier, region)


def _keep_typed() -> Response:
    """Nothing could be stored: what was typed comes back, ready to be sent again. This page needs no database."""
    drawn = render_template(
        "surveys/retry.html",
        typed=list(request.form.items(multi=True)),
        program_name="",
        path=request.full_path.rstrip("?"),
    )
    return Response(drawn, 503, {"Retry-After": "60"}, mimetype="text/html")


def _draw_not_now(page: Page, *, done: bool) -> str:
    with i18n.use_locale(page.wording.language):
        return render_template(
            "surveys/not_now.html",
            _=page.wording.say,
            page=page,
            done=done,
            program_name=page.wording.program.name,
            language_links=() if done else page.in_each_language(page.not_now_path),
            zone=page.recipient.zone,
        )


def _contact(page: Page) -> Actor:
    return Actor("partner", str(page.visit.invitation.contact_id), "contact")
