"""Owns what every template may call: texts, dates in the reader's zone, figures, slots, addresses of files."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date, datetime
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from flask import Flask, request
from jinja2 import BytecodeCache, StrictUndefined, pass_context
from jinja2.bccache import Bucket
from jinja2.runtime import Context
from markupsafe import Markup, escape

from feedback_engine.foundation import i18n
from feedback_engine.foundation.errors import Fault
from feedback_engine.foundation.instants import parse_day
from feedback_engine.foundation.web import figures
from feedback_engine.foundation.web.addresses import absolute_url
from feedback_engine.foundation.web.reader import reader_zone
from feedback_engine.foundation.web.security import allow_scripts, inline_style
from feedback_engine.foundation.web.slots import Slots

HERE = Path(__file__).resolve().parent
TEMPLATES = HERE / "templates"
STATIC = HERE / "static"

_REFERENCE = re.compile(r"\b[A-Z]{1,5}-[0-9]{1,12}\b")


class Compiled(BytecodeCache):
    """What templates were compiled to, kept for the life of the process: each is compiled once, for all applications.

    A bucket's checksum is that of the template's source, so that a changed one is compiled anew.
    """

    def __init__(self) -> None:
        self._kept: dict[str, tuple[str, Any]] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Hand out what was kept of the same source."""
        checksum, code = self._kept.get(bucket.key, ("", None))
        if checksum == bucket.checksum:
            bucket.code = code

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what was compiled."""
        self._kept[bucket.key] = (bucket.checksum, bucket.code)


_COMPILED = Compiled()


def install(app: Flask, base_url: str, slots: Slots) -> None:
    """Give templates their functions and filters, and refuse names that nobody passed in."""
    env = app.jinja_env
    env.undefined = StrictUndefined
    env.bytecode_cache = _COMPILED
    env.trim_blocks = env.lstrip_blocks = True
    env.globals.update(
        _=i18n.gettext,
        gettext=i18n.gettext,
        ngettext=i18n.ngettext,
        rich=rich,
        current_locale=i18n.current_locale,
        text_direction=i18n.text_direction,
        language_name=i18n.language_name,
        language_for_reader=i18n.language_for_reader,
        is_foreign=i18n.is_foreign,
        figure_of=figures.figure_of,
        chip_band=figures.chip_band,
        chip_legend=figures.chip_legend,
        chip_words=figures.chip_words,
        anchor_of=anchor_of,
        faults_of=faults_of,
        is_day=is_day,
        local_path=local_path,
        static_url=static_url,
        script_url=script_url,
        partner_style=partner_style,
        slot=slots.show,
        absolute_url=lambda path: absolute_url(base_url, path),
    )
    env.filters.update(
        date=_of_reader(show_date),
        time=_of_reader(show_time),
        city=_of_reader(i18n.city_of),
        country=_of_reader(i18n.country_name),
        datetime=_of_reader(show_datetime),
        number=_of_reader(i18n.format_number),
        attribute=_of_reader(show_attribute),
        points=_of_reader(i18n.format_points),
        share=_of_reader(i18n.format_share),
        pick=_of_reader(i18n.pick),
        sentence=i18n.sentence,
        references=unbroken_references,
        actor=_of_reader(show_actor),
    )


def _of_reader(write: Callable[..., Any]) -> Callable[..., Any]:
    """A filter whose result depends on who reads: without the context, what it makes of a value that stands in a
    template would be compiled in, as the first reader reads it."""

    @pass_context
    def written(_context: Context, *values: Any, **named: Any) -> Any:
        return write(*values, **named)

    return written


# ---- texts, dates


def show_actor(name: str) -> str:
    """Who did something, by the name that was kept (`actors.kept_name`): what nobody did, the program did itself."""
    return name or i18n.gettext("the program itself")


def rich(text: str, /, **named: object) -> Markup:
    """A constant text that holds HTML of ours; the values put into it are escaped."""
    return Markup(i18n.gettext(text)).format(**named)


def unbroken_references(text: str) -> Markup:
    """A text as somebody typed it; a reference in it, such as D-1456, does not break behind its hyphen."""
    # No style tells browsers to, and another hyphen would be copied and searched for in vain.
    return Markup(_REFERENCE.sub(lambda found: f'<span class="nowrap">{found[0]}</span>', escape(text)))


def show_date(at: datetime | date, style: str = "medium", zone: str | None = None) -> str:
    """A day in the reader's zone; `style` short, medium, long, full or weekday."""
    return _unbroken(i18n.format_date(at, zone or reader_zone(), style=style), style)


def show_time(at: datetime, zone: str | None = None) -> str:
    """Hour and minute in the reader's zone."""
    return i18n.format_time(at, zone or reader_zone())


def show_datetime(at: datetime, style: str = "medium", zone: str | None = None) -> str:
    """Day and time in the reader's zone."""
    return _unbroken(i18n.format_datetime(at, zone or reader_zone(), style=style), style)


def _unbroken(written: str, style: str) -> str:
    """A date in one piece at the end of a line: it breaks between day and time and after a weekday that is written
    out, which makes a long line, and never inside a day."""
    weekday, space, day = written.partition(" ") if style == "full" else ("", "", written)
    return weekday + space + day.replace(" ", "\u00a0").replace(",\u00a0", ", ")


def show_attribute(value: object) -> str:
    """A declared attribute as people write it: yes, 133,500, DR-1042. Whole numbers stay ungrouped, because most of
    them are somebody's reference."""
    if isinstance(value, bool):
        return i18n.gettext("yes") if value else i18n.gettext("no")
    return i18n.format_measure(value) if isinstance(value, float) else str(value)


# ---- forms


def anchor_of(pointer: str) -> str:
    """The id of the form field a fault points at: `/promise/by` is the field `promise-by`."""
    return pointer.strip("/").replace("/", "-")


def faults_of(name: str, faults: Sequence[Fault]) -> list[str]:
    """What is wrong with one field."""
    return [fault.detail for fault in faults if anchor_of(fault.pointer) == name.replace("/", "-")]


def is_day(value: date | str) -> bool:
    """Whether a date field can hold this: a date, or its text as 2026-03-10."""
    try:
        return isinstance(value, date) or parse_day(value).isoformat() == value
    except ValueError:
        return False


# ---- addresses of files and pages


def local_path(path: str) -> str:
    """The address of a path of ours for a link on a page, below the path of BASE_URL."""
    return request.script_root + path


def static_url(name: str) -> str:
    """The address of a file of the kit; it changes when the file does, so browsers may keep it for a year."""
    return f"{request.script_root}/static/{name}?v={_fingerprint(name)}"


def script_url(name: str) -> str:
    """The address of a script of the kit; the page that asks for it may run files of ours, and no other may."""
    allow_scripts()
    return static_url(name)


def partner_style() -> Markup:
    """The one style element of a partner page, allowed by its hash."""
    return inline_style(_partner_css())


@cache
def _fingerprint(name: str) -> str:
    return sha256((STATIC / name).read_bytes()).hexdigest()[:12]


@cache
def _partner_css() -> str:
    return (TEMPLATES / "partner.css").read_text(encoding="utf-8").strip()
