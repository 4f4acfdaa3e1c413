"""The words people read for the directory's kinds, roles, states and causes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from feedback_engine.directory.guard import ROLES
from feedback_engine.directory.kind_words import kind_words
from feedback_engine.directory.views import StaffView, SuppressionView
from feedback_engine.foundation.i18n import gettext, gettext_noop

_ROLES = {
    "admin": gettext_noop("Administrator"),
    "program_owner": gettext_noop("Program owner"),
    "alliance_manager": gettext_noop("Alliance manager"),
    "viewer": gettext_noop("Viewer"),
}
_STATES = {"confirmed": gettext_noop("Confirmed"), "unconfirmed": gettext_noop("Unconfirmed")}
_SIDES = {"theirs": gettext_noop("A partner"), "ours": gettext_noop("Our own organisation")}
_CAUSES = {
    "complaint": gettext_noop("Complained about our mail"),
    "opted_out": gettext_noop("Asked not to be asked"),
    "undeliverable": gettext_noop("Address does not work"),
    "objected": gettext_noop("Objected to any use of their data"),
    "erased": gettext_noop("Asked to be forgotten"),
}

Options = list[tuple[str, str]]


def kinds() -> dict[str, str]:
    """Each kind of partner and its words."""
    return kind_words()


def roles() -> dict[str, str]:
    """Each role of staff and its words."""
    return _said(_ROLES)


def states() -> dict[str, str]:
    """Each state of a partner and its words."""
    return _said(_STATES)


def sides() -> dict[str, str]:
    """Our side and theirs."""
    return _said(_SIDES)


def causes() -> dict[str, str]:
    """Each cause of a suppression and its words."""
    return _said(_CAUSES)


def stop_words(suppression: SuppressionView) -> str:
    """What a suppression says in a tag: its cause, and the survey family where it does not cover everything."""
    cause = gettext(_CAUSES[suppression.cause])
    if suppression.scope == "all":
        return cause
    return gettext("{cause}: {family}", cause=cause, family=suppression.scope.partition(":")[2])


def options_of(said: Mapping[str, str], first: str = "") -> Options:
    """The choices of a select; `first` is the words of the empty one, which stands before them."""
    return ([("", first)] if first else []) + list(said.items())


def named(staff: Iterable[StaffView]) -> Options:
    """Staff as choices, by name."""
    return [(str(each.id), each.name) for each in sorted(staff, key=lambda each: each.name.casefold())]


def role_options() -> Options:
    """The roles as choices, in the order of what they may do."""
    return [(role, gettext(_ROLES[role])) for role in ROLES]


def _said(words: Mapping[str, str]) -> dict[str, str]:
    return {key: gettext(text) for key, text in words.items()}
