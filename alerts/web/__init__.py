"""The alert slice's pages and API: the inbox, cases, the Monday page, webhooks; and what it shows on lower pages."""

from __future__ import annotations

from flask import Blueprint

from alerts.web import (
    api_alerts,
    api_cases,
    api_silences,
    api_transfers,
    api_webhooks,
    bulk_actions,
    case_actions,
    case_pages,
    inbox_page,
    monday,
    regrouping,
    silence_pages,
    slots,
    transfer_pages,
    view_pages,
    webhook_pages,
)
from alerts.web.slots import fill_slots
from feedback_engine.foundation.engine import Engine

__all__ = ["api", "blueprint", "fill_slots", "slots"]


def blueprint(engine: Engine) -> Blueprint:
    """The pages, to be mounted at the root."""
    pages = Blueprint("alerts", __name__, template_folder="../templates")
    areas = (
        monday,
        inbox_page,
        bulk_actions,
        view_pages,
        case_pages,
        case_actions,
        regrouping,
        silence_pages,
        transfer_pages,
        webhook_pages,
    )
    for area in areas:
        area.add_to(pages, engine)
    return pages


def api(engine: Engine) -> Blueprint:
    """Cases, alerts and webhooks for programs, to be mounted under /api/v1."""
    endpoints = Blueprint("alerts_api", __name__)
    for area in (api_cases, api_alerts, api_silences, api_transfers, api_webhooks):
        area.add_to(endpoints, engine)
    return endpoints
