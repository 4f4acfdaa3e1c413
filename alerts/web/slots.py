"""What the alerts show on pages of lower floors: cases, what came of an answer, how somebody is told, webhooks."""

from __future__ import annotations

from functools import partial
from uuid import UUID

from flask import render_template, url_for
from markupsafe import Markup

from alerts import reading as cases
from alerts import words
from alerts.web import handing_pages, loops_closed, promise_showing, silence_pages
from alerts.web.case_pages import WORKERS
from alerts.web.notice_pages import notice_summary
from alerts.web.showing import hours_words, said_by, since_words, state_words, warning_tag, with_clocks
from alerts.web.unmatched_pages import admin_panel
from alerts.web.webhook_pages import ADMINS
from feedback_engine.directory import reading as directory
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.i18n import format_datetime, gettext
from feedback_engine.foundation.web.access import find_staff
from feedback_engine.foundation.web.slots import Slots

MOST_CASES = 8


def fill_slots(engine: Engine, slots: Slots) -> None:
    """Fill the slots of the overview, of partners, promises, receipts, accounts and of the page of admins."""

    def cases_of_partner(partner_id: UUID) -> Markup | None:
        viewer = find_staff()
        with engine.work.read() as reading:
            partner = directory.partners_by_id(reading, [partner_id])[partner_id]
            found = cases.cases_of_partners(reading, directory.visible_company(reading, viewer, partner_id), MOST_CASES)
            zone = viewer.time_zone if viewer else "UTC"
        drawn = render_template(
            "alerts/partner_cases.html",
            rows=with_clocks(found, zone),
            hours_in=hours_words(found, zone, reading.now),
            partner=partner,
            may_silence=viewer is not None and viewer.role in WORKERS,
            words=words,
            said_by=said_by,
            warning_tag=warning_tag,
            since_words=since_words,
            state_words=state_words,
        )
        return Markup(drawn)

    def promise(response_id: UUID, partner_id: UUID, zone: str) -> str | None:
        with engine.work.read() as reading:
            progress = cases.progress_of(reading, response_id)
        if progress is None or progress.contacted_at or progress.closed_at or not progress.calls or not progress.owner:
            return None
        due = format_datetime(progress.contact_due_at, zone, style="full")
        return gettext("{owner} has been told, and will be in touch before {due}.", owner=progress.owner.name, due=due)

    def progress(response_id: UUID, partner_id: UUID, zone: str) -> Markup | None:
        with engine.work.read() as reading:
            found = cases.progress_of(reading, response_id)
        if found is None:
            return None
        return Markup(render_template("alerts/receipt_progress.html", progress=found, zone=zone))

    def webhooks() -> Markup | None:
        return Markup(render_template("alerts/webhooks_panel.html")) if ADMINS.admits(find_staff()) else None

    def handing_over(partner_key: str) -> Markup:
        address = url_for("alerts.show_transfers", partners=partner_key)
        words = gettext("Hand it over with its open cases")
        return Markup('<p class="small"><a href="{}">{}</a></p>').format(address, words)

    def notices(staff_id: UUID, own: bool) -> Markup | None:
        return notice_summary(engine, staff_id, own=own)

    slots.add("account.page", notices)
    slots.add("staff.page", notices)
    loops_closed.fill_slots(engine, slots)
    slots.add("partner.owner", handing_over)
    slots.add("admin.page", webhooks)
    slots.add("admin.page", partial(admin_panel, engine))
    slots.add("partner.page", cases_of_partner)
    promise_showing.fill_slots(engine, slots)
    silence_pages.fill_slot(engine, slots)
    handing_pages.fill_slot(engine, slots)
    slots.add("receipt.promise", promise)
    slots.add("receipt.progress", progress)
