"""Owns the frame around every staff page: the places a reader may go, by role, and the state of the program."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from flask import Flask, current_app, request
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from feedback_engine.foundation.i18n import gettext
from feedback_engine.foundation.web.access import StaffPrincipal, find_staff, may_open

ProgramMode = Literal["draft", "test", "live", "paused"]
OWNERS = ("admin", "program_owner")
ACCOUNT_PATH = "/account"
SIGN_OUT_PATH = "/sign-out"
FIND_PATH, FIND_PARTNERS_PATH = "/find", "/partners"
"""Where the search of the frame leads: where there is no such page, to the partners."""


@dataclass(frozen=True, slots=True)
class Place:
    """One entry of the navigation.

    `bar_for` are the roles that see it in the bar; for all others it stands under More. `covers` are further paths
    that belong to it, so that `/cases/C-1042` lights up the inbox. `key` names its count in `unread_counts`.
    `shown_to` are the roles whose menu has it, empty for all; others may still open it by its address.
    """

    key: str
    label: str
    path: str
    bar_for: tuple[str, ...] = ()
    covers: tuple[str, ...] = ()
    shown_to: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ProgramView:
    """What every page says about the program. `stop_path` and `resume_path` take a POST; None shows no button.

    `held_back` says that the database was restored from a backup and nothing leaves it yet.
    """

    name: str
    mode: ProgramMode = "draft"
    mail_stopped: bool = False
    stop_path: str | None = None
    resume_path: str | None = None
    held_back: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """A place as this reader sees it on this page."""

    label: str
    path: str
    count: int
    current: bool


@dataclass(frozen=True, slots=True)
class Shell:
    """All that the frame of one page shows."""

    program: ProgramView
    home: str
    bar: Sequence[Entry]
    more: Sequence[Entry]
    staff: StaffPrincipal | None = None
    steers_mail: bool = False
    account: str = ""
    at_account: bool = False
    sign_out: str = ""
    find: str = FIND_PARTNERS_PATH


ProgramState = Callable[[], ProgramView]
UnreadCounts = Callable[[StaffPrincipal], Mapping[str, int]]


@dataclass(frozen=True, slots=True)
class Navigation:
    """The places of the installation and the two questions the frame asks."""

    places: Sequence[Place]
    program_state: ProgramState
    unread_counts: UnreadCounts

    def shell(self) -> Shell:
        """The frame for the reader of this request."""
        staff = find_staff()
        program = self.program_state()
        if staff is None:
            return Shell(program, "/", (), ())
        open_places = [place for place in self.places if _is_open(place.path, "GET", staff)]
        counts = self.unread_counts(staff)
        current = current_place(open_places, request.path)
        entries = [
            (place, Entry(gettext(place.label), place.path, counts.get(place.key, 0), place is current))
            for place in open_places
            if not place.shown_to or staff.role in place.shown_to
        ]
        bar = [entry for place, entry in entries if staff.role in place.bar_for]
        more = [entry for place, entry in entries if staff.role not in place.bar_for]
        return Shell(
            program,
            bar[0].path if bar else "/",
            bar,
            more,
            staff,
            steers_mail=staff.role in OWNERS,
            account=ACCOUNT_PATH if _is_open(ACCOUNT_PATH, "GET", staff) else "",
            at_account=_begins(ACCOUNT_PATH, request.path),
            sign_out=SIGN_OUT_PATH if _is_open(SIGN_OUT_PATH, "POST", staff) else "",
            find=FIND_PATH if _is_open(FIND_PATH, "GET", staff) else FIND_PARTNERS_PATH,
        )


def install(app: Flask, navigation: Navigation) -> None:
    """Give every template the function `shell()`."""
    app.jinja_env.globals["shell"] = navigation.shell


def current_place(places: Sequence[Place], path: str) -> Place | None:
    """The place a path belongs to: the one with the longest path, or covered path, that begins it."""
    prefixes = [(prefix, place) for place in places for prefix in (place.path, *place.covers)]
    found = [(len(prefix), place) for prefix, place in prefixes if _begins(prefix, path)]
    return max(found, key=lambda pair: pair[0])[1] if found else None


def _begins(prefix: str, path: str) -> bool:
    return path == prefix or (prefix != "/" and path.startswith(prefix + "/"))


def _is_open(path: str, method: str, staff: StaffPrincipal) -> bool:
    """Whether there is a page at the path that this reader may open; a place appears once its page exists."""
    try:
        endpoint, _ = current_app.url_map.bind("localhost").match(path, method=method)
    except RequestRedirect:
        return True
    except HTTPException:
        return False
    return may_open(endpoint, staff)
