"""The directory's pages and API: sign-in, account, partners, contacts, administration."""

from __future__ import annotations

from flask import Blueprint

from feedback_engine.directory.web import (
    account,
    administration,
    api_contacts,
    api_merges,
    api_partners,
    contact_pages,
    key_pages,
    merge_pages,
    partner_pages,
    partner_writing,
    signing_in,
    staff_pages,
)
from feedback_engine.directory.web.farewell import Farewell
from feedback_engine.directory.web.session import principal_loader
from feedback_engine.foundation.engine import Engine

__all__ = ["Farewell", "api", "blueprint", "principal_loader"]


def blueprint(engine: Engine, farewell: Farewell | None = None) -> Blueprint:
    """The pages of the directory, to be mounted at the root; `farewell` knows what people have in hand above it."""
    pages = Blueprint("directory", __name__, template_folder="../templates")
    for area in (signing_in, account, partner_pages, partner_writing, contact_pages):
        area.add_to(pages, engine)
    for area in (merge_pages, administration, key_pages):
        area.add_to(pages, engine)
    staff_pages.add_to(pages, engine, farewell or Farewell())
    return pages


def api(engine: Engine) -> Blueprint:
    """The directory for programs, to be mounted under /api/v1."""
    endpoints = Blueprint("directory_api", __name__)
    for area in (api_merges, api_partners, api_contacts):
        area.add_to(endpoints, engine)
    return endpoints
