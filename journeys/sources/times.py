"""Pure. Reads instants as events write them: strictly by RFC 3339 from programs, more kindly from tables."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

_RFC3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d{1,12})?(?:[Zz]|[+-]\d\d:\d\d)", re.ASCII)
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


def parse_rfc3339(text: str) -> datetime | None:
    """The instant in UTC; None when `text` is no RFC 3339 date-time with a zone. Beyond microseconds it is cut off."""
    if _RFC3339.fullmatch(text) is None:
        return None
    try:
        return datetime.fromisoformat(text.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def parse_table_time(text: str, zone: str, form: str | None = None) -> datetime | None:
    """The instant of an ISO 8601 date or date-time, or of one in the `form` of strptime where that is given.

    One without a zone is local to `zone`, a date is its midnight.
    """
    try:
        local = _in_form(text, form) or _in_iso(text)
        if local.tzinfo is None:
            local = local.replace(tzinfo=ZoneInfo(zone))
        return local.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _in_form(text: str, form: str | None) -> datetime | None:
    if form is None:
        return None
    try:
        return datetime.strptime(text, form)  # noqa: DTZ007 - its zone is that of the mapping
    except ValueError:
        return None


def _in_iso(text: str) -> datetime:
    if _DATE.fullmatch(text):
        return datetime.combine(date.fromisoformat(text), time())
    return datetime.fromisoformat(text)
