"""The page `/u/<token>` that ends mails. GET shows it, POST acts: from the page, or from a mail client (RFC 8058)."""

from __future__ import annotations

from flask import Blueprint, request

from feedback_engine.directory import reading as directory
from feedback_engine.directory.service import ALL, family_scope, suppress
from feedback_engine.foundation import i18n
from feedback_engine.foundation.unit_of_work import Actor
from feedback_engine.foundation.web.access import PUBLIC, allow
from surveys import store
from surveys.web.closed import unknown_page
from surveys.web.doors import Door, Visit
from surveys.web.survey_page import Page, draw_beside, open_page


def add_to(blueprint: Blueprint, door: Door) -> None:
    """Add the page to the blueprint. It needs no cookie and answers without a redirect."""
    work = door.engine.work

    @blueprint.get("/u/<token>")
    @allow(PUBLIC)
    def unsubscribe(token: str) -> str | tuple[str, int]:
        with work.read() as reading:
            visit = _visit(door, token)
            page = open_page(door, reading, visit, request.args.get("l", "")) if visit else None
            if page is None:
                return unknown_page(door.program(reading))
            stands = directory.suppressed(reading, [page.visit.invitation.person])
            refused = directory.decide_refusal(
                stands.get(page.visit.invitation.person, ()), page.visit.invitation.family
            )
        return _draw(page, done=refused is not None)

    @blueprint.post("/u/<token>")
    @allow(PUBLIC)
    def stop(token: str) -> str | tuple[str, int]:
        visit = _visit(door, token)
        if visit is None:
            with work.read() as reading:
                return unknown_page(door.program(reading))
        # A mail client's single click names no scope: it means all that this list sends.
        scope = family_scope(visit.invitation.family) if request.form.get("scope") == "family" else ALL
        with work.begin(actor=Actor("partner", str(visit.invitation.contact_id), "contact")) as uow:
            suppress(uow, visit.invitation.person, scope, "opted_out")
            store.decline(uow, visit.invitation)
        with work.read() as reading:
            page = open_page(door, reading, visit, request.values.get("l", ""))
        return _draw(page, done=True) if page else (i18n.gettext("Done."), 200)


def _visit(door: Door, token: str) -> Visit | None:
    """The invitation of a genuine link. A revoked link still unsubscribes: nobody must be kept on a list by us."""
    opened = door.open("unsubscribe", token)
    with door.engine.work.read() as reading:
        return door.visit(reading, opened, revoked_too=True)


def _draw(page: Page, *, done: bool) -> str:
    return draw_beside(
        page,
        "surveys/unsubscribe.html",
        done=done,
        title=page.wording.text(page.wording.survey.title),
        language_links=page.in_each_language(page.stop_path),
    )
