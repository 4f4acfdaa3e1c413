"""The alert slice's pages and API: the inbox, cases, the Monday page, webhooks; and what it shows on lower pages."""

from __future__ import annotations

from functools import partial

from flask import Blueprint

from alerts.web import (
    api_alerts,
    api_cases,
    api_promises,
    api_silences,
    api_transfers,
    api_webhooks,
    bulk_actions,
    case_actions,
    case_pages,
    files_api,
    find_page,
    handing_pages,
    inbox_page,
    log_pages,
    mail_outcomes,
    mediation_pages,
    monday,
    notice_pages,
    own_receivers,
    regrouping,
    settled_page,
    silence_pages,
    slots,
    team_pages,
    thread_pages,
    transfer_pages,
    unmatched_pages,
    view_pages,
    webhook_log,
    webhook_pages,
)
from alerts.web.slots import fill_slots
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.web.key_cutting import FindKeys, without_keys

__all__ = ["api", "blueprint", "fill_slots", "slots"]


def blueprint(engine: Engine, find_keys: FindKeys) -> Blueprint:
    """The pages, to be mounted at the root; letters that wait are shown without what `find_keys` finds."""
    pages = Blueprint("alerts", __name__, template_folder="../templates")
    pages.add_app_template_filter(partial(without_keys, find_keys=find_keys), "without_keys")
    areas = (
        monday,
        inbox_page,
        find_page,
        bulk_actions,
        view_pages,
        case_pages,
        case_actions,
        thread_pages,
        unmatched_pages,
        mediation_pages,
        settled_page,
        regrouping,
        silence_pages,
        transfer_pages,
        handing_pages,
        webhook_pages,
        team_pages,
        webhook_log,
        notice_pages,
        own_receivers,
        log_pages,
        mail_outcomes,
    )
    for area in areas:
        area.add_to(pages, engine)
    return pages


def api(engine: Engine) -> Blueprint:
    """Cases, alerts and webhooks for programs, to be mounted under /api/v1."""
    endpoints = Blueprint("alerts_api", __name__)
    for area in (api_cases, api_promises, api_alerts, api_transfers, api_webhooks, files_api, api_silences):
        area.add_to(endpoints, engine)
    team_pages.add_to_api(endpoints, engine)
    return endpoints
