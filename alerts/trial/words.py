"""Pure. The words of a trial: where two sides differ, and why, in the reader's language."""

from __future__ import annotations

from alerts.trial.plain_settings import Scales, scale_of
from alerts.trial.rule_changes import RuleChange
from feedback_engine.foundation.i18n import gettext, gettext_noop, ngettext

_WHAT = {
    "only_draft": gettext_noop("only in the draft"),
    "only_live": gettext_noop("only live"),
    "case": gettext_noop("in another case"),
    "holder": gettext_noop("with somebody else"),
}
_CAUSES = {
    "rule_added": gettext_noop("the rule is new"),
    "rule_removed": gettext_noop("the draft has no such rule"),
    "rule_changed": gettext_noop("this rule reads differently in the draft"),
    "no_alerts_then": gettext_noop("no alerts were in force then"),
    "words_gone": gettext_noop("the comment was erased since"),
    "groups_changed": gettext_noop("touchpoints are grouped otherwise"),
    "routes_changed": gettext_noop("the routes are others now"),
    "turns": gettext_noop("the turns fall otherwise"),
    "contact_changed": gettext_noop("the role of the contact is another one now"),
    "earlier": gettext_noop("an earlier alert of this partner differs"),
    "assumed_end": gettext_noop("the case it would have joined is only in the draft"),
    "unknown": gettext_noop("no cause was found"),
}


_SETTINGS = {
    (True, True): gettext_noop("“{setting}”: {was} live, {will} in the draft"),
    (True, False): gettext_noop("“{setting}”: {was} live, left out in the draft"),
    (False, True): gettext_noop("“{setting}”: left out live, {will} in the draft"),
}
_PLAIN_SETTINGS = {
    ("score_below", "below"): gettext_noop("score below"),
    ("score_high", "at_least"): gettext_noop("score of at least"),
    ("score_drop", "by"): gettext_noop("lower by at least"),
    ("several_detractors", "at_least"): gettext_noop("people, at least"),
    ("several_detractors", "within_days"): gettext_noop("within days"),
    ("several_detractors", "below"): gettext_noop("score below"),
}
_ON_SCALE = gettext_noop("{setting} ({lowest}–{highest})")
_TOO_LONG = gettext_noop("“{setting}” holds something else in the draft")


def what(key: str) -> str:
    """Where the two sides differ."""
    return gettext(_WHAT[key])


def cause(key: str) -> str:
    """Why they do."""
    return gettext(_CAUSES[key])


def plain_setting(condition: str, setting: str, scale: tuple[int, int] | None = None) -> str:
    """What a number of a condition means, and on which scale; its name in the file where nothing else is known."""
    text = _PLAIN_SETTINGS.get((condition, setting))
    named = gettext(text) if text else setting
    return gettext(_ON_SCALE, setting=named, lowest=scale[0], highest=scale[1]) if scale else named


def beside_live(draft: int, live: int) -> str:
    """How much more or less the draft makes than the live alerts made."""
    if draft == live:
        return gettext("as many as live")
    if draft > live:
        return ngettext("{n} more than live", "{n} more than live", draft - live)
    return ngettext("{n} fewer than live", "{n} fewer than live", live - draft)


def setting(change: RuleChange, scales: Scales) -> str:
    """What a setting of a rule is on either side."""
    scale = scale_of(change.condition, change.setting, change.question, scales)
    said = plain_setting(change.condition, change.setting, scale)
    named = {"setting": said, "was": change.was, "will": change.will}
    # What differs may lie behind the end of a short line.
    if change.was == change.will:
        return differs(said)
    return gettext(_SETTINGS[bool(change.was), bool(change.will)], **named)


def differs(name: str) -> str:
    """That a part of the file, by its name, is another one in the draft."""
    return gettext(_TOO_LONG, setting=name)
