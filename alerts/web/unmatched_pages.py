"""The page `/admin/unmatched-mail`: mail that matched no case, why, and what an administrator does with it."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response

from alerts.threads import intake_store, mail_intake
from alerts.threads import words as thread_words
from alerts.threads.reading import list_unmatched
from alerts.web.files_api import position_of
from alerts.web.uploads import as_download
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.errors import Conflict, NotFound
from feedback_engine.foundation.i18n import gettext
from feedback_engine.foundation.mail.mailboxes import imap_address
from feedback_engine.foundation.web.access import actor, allow, find_staff, roles
from feedback_engine.foundation.web.paging import cursor_of
from feedback_engine.foundation.web.refusals import refusal_shown

ADMINS = roles("admin")


def add_to(pages: Blueprint, engine: Engine) -> None:
    """Add the page to the blueprint."""

    @pages.get("/admin/unmatched-mail")
    @allow(ADMINS)
    def show_unmatched() -> str:
        return _draw(engine)

    @pages.get("/admin/unmatched-mail/<uuid:mail_id>.eml")
    @allow(ADMINS)
    def download_unmatched(mail_id: UUID) -> Response:
        with engine.work.read() as reading:
            found = intake_store.unmatched_by_id(reading, mail_id)
        if found is None:
            raise NotFound(gettext("There is no such mail."))
        return as_download(f"{mail_id}.eml", "message/rfc822", bytes(found.raw))

    @pages.post("/admin/unmatched-mail/<uuid:mail_id>/case")
    @allow(ADMINS)
    def file_unmatched(mail_id: UUID) -> Response:
        ref = request.form.get("ref", "")
        with refusal_shown():
            mail_intake.file_unmatched(engine, actor(), mail_id, ref)
            flash(gettext("The mail is in the case {ref}.", ref=ref.strip().upper()))
        return redirect(url_for("alerts.show_unmatched"), 303)

    @pages.post("/admin/unmatched-mail/<uuid:mail_id>/aside")
    @allow(ADMINS)
    def set_unmatched_aside(mail_id: UUID) -> Response:
        with refusal_shown(Conflict):
            mail_intake.set_aside(engine, actor(), mail_id)
            flash(gettext("The mail is set aside."))
        return redirect(url_for("alerts.show_unmatched"), 303)


def _draw(engine: Engine) -> str:
    settled = request.args.get("state") == "settled"
    before = cursor_of(request.args, 2)
    address = imap_address(engine.settings.imap_url.get_secret_value()) if engine.settings.imap_url else None
    with engine.work.read() as reading:
        page = list_unmatched(reading, settled=settled, before=position_of(before))
        waiting = intake_store.count_unmatched(reading)
        position = intake_store.position(reading, address.name) if address else None
    state = "settled" if settled else None
    return render_template(
        "alerts/unmatched.html",
        mails=page.rows,
        settled=settled,
        waiting=waiting,
        mailbox=address.name if address else "",
        position=position,
        words=thread_words,
        next_path=url_for("alerts.show_unmatched", state=state, cursor=page.next_cursor) if page.next_cursor else "",
        first_path=url_for("alerts.show_unmatched", state=state) if before else "",
    )


def admin_panel(engine: Engine) -> Markup | None:
    """What the page of administration says of it."""
    if not ADMINS.admits(find_staff()):
        return None
    with engine.work.read() as reading:
        waiting = intake_store.count_unmatched(reading)
    return Markup(render_template("alerts/unmatched_panel.html", waiting=waiting))
