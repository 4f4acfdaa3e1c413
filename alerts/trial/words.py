"""Pure. The words of a trial: where two sides differ, and why, in the reader's language."""

from __future__ import annotations

from alerts.conditions import Setting
from alerts.trial.plain_settings import PlainSetting, Scales, scale_of, setting_of
from alerts.trial.rule_changes import RuleChange
from feedback_engine.foundation.i18n import format_number, gettext, gettext_noop, ngettext

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
_ON_SCALE = gettext_noop("{setting} ({lowest}–{highest})")
_SCALE = gettext_noop("{lowest}–{highest}")
_RANGES = {
    "": gettext_noop("{least} to {most}"),
    "days": gettext_noop("{least} to {most} days"),
    "people": gettext_noop("{least} to {most} people"),
}
_TOO_LONG = gettext_noop("“{setting}” holds something else in the draft")


def what(key: str) -> str:
    """Where the two sides differ."""
    return gettext(_WHAT[key])


def cause(key: str) -> str:
    """Why they do."""
    return gettext(_CAUSES[key])


def plain_setting(condition: str, setting: str, scale: tuple[int, int] | None = None) -> str:
    """What a number of a condition means, and on which scale; its name in the file where nothing else is known."""
    found = setting_of(condition, setting)
    named = gettext(found.words) if found else setting
    return gettext(_ON_SCALE, setting=named, lowest=scale[0], highest=scale[1]) if scale else named


def behind_scale(question: str, scale: tuple[int, int] | None) -> str:
    """A question with the scale on which it is answered, where there is one."""
    return f"{gettext(_SCALE, lowest=scale[0], highest=scale[1])} · {question}" if scale else question


def unit(setting: Setting, least: int, most: int, scales: Scales) -> str:
    """In what a whole number counts and how far it goes; of a score, all scales on which it may stand."""
    if not setting.is_on_scale:
        return gettext(_RANGES[setting.unit], least=format_number(least), most=format_number(most))
    several = sorted({scale for question, scale in scales.items() if question is not None})
    named = ", ".join(gettext(_SCALE, lowest=lowest, highest=highest) for lowest, highest in several)
    return gettext("on the scale of the question: {scales}", scales=named) if named else ""


def unit_beside(number: PlainSetting, scales: Scales) -> str:
    """The same for a number of the file; of a score whose scale its name tells already, nothing."""
    found = setting_of(number.condition, number.setting)
    return unit(found, number.least, number.most, scales) if found and number.scale is None else ""


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
