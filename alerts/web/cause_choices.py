"""The root causes as one select offers them: a cause with sub-causes is a group, its first choice the cause itself."""

from __future__ import annotations

from collections.abc import Iterable

from alerts.reading import RootCauseView
from feedback_engine.foundation.i18n import gettext

Choice = tuple[str, str] | tuple[None, str, list[tuple[str, str]]]


def cause_choices(causes: Iterable[RootCauseView]) -> list[Choice]:
    """The choices in the order of the tree, for the macro `field`."""
    known = list(causes)
    parents = {cause.parent_key for cause in known}
    groups: dict[str, list[tuple[str, str]]] = {}
    choices: list[Choice] = []
    for cause in known:
        if cause.parent_key is not None:
            groups[cause.parent_key].append((cause.key, cause.name))
        elif cause.key in parents:
            groups[cause.key] = [(cause.key, gettext("{cause}, as a whole", cause=cause.name))]
            choices.append((None, cause.name, groups[cause.key]))
        else:
            choices.append((cause.key, cause.name))
    return choices
