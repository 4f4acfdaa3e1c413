"""Pure. Where a draft departs from the alerts in force: rule by rule, then by the other parts of the alert file."""

from __future__ import annotations

from dataclasses import dataclass

from alerts.definitions import AlertFile, AlertProgram
from alerts.raising.rules import Rule
from alerts.trial import words
from alerts.trial.plain_settings import Scales
from alerts.trial.rule_changes import rule_changes
from feedback_engine.foundation.i18n import current_locale


@dataclass(frozen=True, slots=True)
class Departure:
    """A rule, by its name, with what differs in it in the reader's language; another part of the file has no name."""

    rule: str
    what: tuple[str, ...]


def departures(live: AlertProgram, draft: AlertProgram, scales: Scales) -> tuple[Departure, ...]:
    """Each place in which they differ, in the order of the file; none where both do the same."""
    was, will = ({rule.key: rule for rule in side.rules} for side in (live, draft))
    keys = [key for key in dict.fromkeys((*was, *will)) if was.get(key) != will.get(key)]
    found = [_of_rule(was.get(key), will.get(key), scales) for key in keys]
    parts = [name for name in AlertFile.model_fields if getattr(live, name) != getattr(draft, name)]
    # What differs in its rules is told of each; without any, they stand in another order.
    return (*found, *(Departure("", (words.differs(name),)) for name in parts if name != "rules" or not keys))


def _of_rule(was: Rule | None, will: Rule | None, scales: Scales) -> Departure:
    shown = will or was
    assert shown is not None
    name = shown.name.get(current_locale())
    if was is None or will is None:
        return Departure(name, (words.what("only_draft" if was is None else "only_live"),))
    told = tuple(words.setting(change, scales) for change in rule_changes(was, will))
    return Departure(name, told or (words.differs("name"),))
