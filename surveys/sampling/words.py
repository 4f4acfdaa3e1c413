"""Pure. Decisions in words: names of rules, verdicts, outcomes, in the language of whoever reads."""

from __future__ import annotations

from feedback_engine.foundation.i18n import gettext, gettext_noop, use_locale
from surveys.sampling import phrases
from surveys.sampling.decide import DEFERRED, INVITE
from surveys.sampling.instants import SECOND
from surveys.sampling.plan import TouchpointRules
from surveys.sampling.rules import RULES_BY_NAME, SAMPLING_RULES
from surveys.sampling.send_window import SendWindow
from surveys.sampling.verdict import OFF, Verdict

_TITLES = {
    "erased": gettext_noop("Forgotten or objected"),
    "suppressed": gettext_noop("Opted out or unreachable"),
    "stale": gettext_noop("Too old"),
    "condition": gettext_noop("Condition"),
    "persona": gettext_noop("Meant for them"),
    "hold": gettext_noop("On hold"),
    "random_share": gettext_noop("Random share"),
    "quarantine": gettext_noop("Gap between asks"),
    "contact_frequency": gettext_noop("Asks of one person"),
    "account_cap": gettext_noop("Asks of one company"),
}
_WEEKDAYS = (
    gettext_noop("Monday"),
    gettext_noop("Tuesday"),
    gettext_noop("Wednesday"),
    gettext_noop("Thursday"),
    gettext_noop("Friday"),
    gettext_noop("Saturday"),
    gettext_noop("Sunday"),
)


def title(rule: str) -> str:
    """The name of a rule as people read it."""
    return gettext(_TITLES[rule])


def sentence(rule: str, verdict: Verdict, locale: str | None = None) -> str:
    """What a rule said, in words; in `locale`, or in the locale in force."""
    if locale is not None:
        with use_locale(locale):
            return sentence(rule, verdict)
    if verdict.result == OFF:
        return gettext("this rule is off")
    return RULES_BY_NAME[rule].explain(verdict)


def outcome(kind: str) -> str:
    """The outcome of a decision in one word."""
    return {INVITE: gettext("Asked"), DEFERRED: gettext("Put off")}.get(kind, gettext("Not asked"))


def rules_in_force(rules: TouchpointRules) -> list[tuple[str, str]]:
    """The rules that are on at a touchpoint, by name and as a sentence, in the order that names a refusal."""
    said = [(rule.name, rule.sentence(rules)) for rule in SAMPLING_RULES]
    return [(name, words) for name, words in said if words]


def rules_switched_off(rules: TouchpointRules) -> list[str]:
    """The names of the rules that are off at a touchpoint."""
    return [rule.name for rule in SAMPLING_RULES if not rule.sentence(rules)]


def sending(rules: TouchpointRules) -> str:
    """When mail of a touchpoint goes out: how long it is held, and then in which hours it leaves."""
    if rules.send_window is None:
        leaves = gettext("Send at any time.")
    else:
        leaves = gettext("Send {window}, in the reader’s time.", window=_opening_hours(rules.send_window))
    if not rules.hold_time:
        return leaves
    held = gettext("Hold for {span}, so that mail can be taken back.", span=phrases.duration(rules.hold_time / SECOND))
    return f"{held} {leaves}"


def _opening_hours(window: SendWindow) -> str:
    """Monday to Friday 09:00–17:00; neighbouring days with the same hours are joined."""
    stretches: list[list[int]] = []
    for day, span in enumerate(window.week):
        if span is None:
            continue
        if stretches and stretches[-1][-1] == day - 1 and window.week[day - 1] == span:
            stretches[-1].append(day)
        else:
            stretches.append([day])
    said = ", ".join(f"{_days(days)} {_hours(window.week[days[0]] or (0, 0))}" for days in stretches)
    if window.holidays or window.blackouts:
        return gettext("{hours}, never on holidays", hours=said)
    return said


def _days(days: list[int]) -> str:
    first, last = gettext(_WEEKDAYS[days[0]]), gettext(_WEEKDAYS[days[-1]])
    return first if len(days) == 1 else gettext("{first} to {last}", first=first, last=last)


def _hours(span: tuple[int, int]) -> str:
    begin, end = (f"{minutes // 60:02}:{minutes % 60:02}" for minutes in span)
    return f"{begin}–{end}"
