"""Owns who reads a page: the language and the time zone in which it is written for them."""

from __future__ import annotations

from functools import lru_cache

from flask import Flask, g, request
from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header

from feedback_engine.foundation import i18n
from feedback_engine.foundation.i18n import SOURCE_LANGUAGE, languages
from feedback_engine.foundation.web.access import find_staff


def install(app: Flask) -> None:
    """Read each request in its reader's language, and leave no trace of it in the thread."""
    app.before_request(begin)
    app.teardown_request(_end)


def begin() -> None:
    """Settle the language of this request; does nothing the second time.

    Only a principal that was loaded already counts: a public page does not look up who asks.
    """
    if "reader" in g:
        return
    known = g.get("principal")
    g.reader = i18n.set_locale(getattr(known, "locale", None) or accepted_language())


def reader_zone() -> str:
    """The zone in which this reader sees times: the signed-in staff's, else UTC."""
    staff = find_staff()
    return staff.time_zone if staff else "UTC"


def accepted_language() -> str:
    """The interface language the browser asks for, else English."""
    return _best_of(request.headers.get("Accept-Language", ""))


@lru_cache(maxsize=1024)
def _best_of(header: str) -> str:
    wanted = parse_accept_header(header, LanguageAccept)
    return wanted.best_match(languages(), SOURCE_LANGUAGE) or SOURCE_LANGUAGE


def _end(error: BaseException | None) -> None:
    before = g.pop("reader", None)
    if before is not None:
        i18n.reset_locale(before)
