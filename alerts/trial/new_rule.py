"""Pure. Reads a new rule out of a form: the settings of its condition, what it is called, and what case it opens."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from pydantic import ValidationError

from alerts.conditions import CONDITION_OF, Condition, PartnerCondition, Setting
from alerts.raising.rules import Rule
from alerts.terms import KINDS, SEVERITIES
from alerts.trial.plain_settings import Scales, bounds_of, scale_of
from alerts.trial.rule_text import holds
from feedback_engine.foundation.definitions import WRITTEN
from feedback_engine.foundation.errors import Fault
from feedback_engine.foundation.i18n import gettext

FIRST = "score_below"
"""The condition of most rules, with which the form begins."""
_WHOLE = re.compile(r"[0-9]{1,6}")
_NUMBER = re.compile(r"-?[0-9]{1,15}([.,][0-9]{1,9})?")
_MOST_DIGITS = 15
"""So many digits of any number are kept."""
_LONGEST_KEY = 48
_LONGEST_LINE = 200

Form = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Offered:
    """What the form offers: touchpoints, questions and types of events by key, languages, and the scales of scores.

    `questions` are those with a score, with their words; `asked` says which of them the survey of a touchpoint asks.
    """

    touchpoints: Collection[str] = ()
    questions: Mapping[str, str] = field(default_factory=dict)
    asked: Mapping[str, Sequence[str]] = field(default_factory=dict)
    events: Collection[str] = ()
    languages: Sequence[str] = ()
    scales: Scales = field(default_factory=dict)


def field_of(setting: str) -> str:
    """What the field of a setting is called: a rule has a name, and so has a number that was agreed."""
    return f"rule/when/{setting}"


def words_field(language: str) -> str:
    """What the field for the words of one language is called."""
    return f"{field_of('words')}/{language}"


def condition_of(sent: Form) -> type[Condition]:
    """The condition that was chosen, else that of most rules."""
    return CONDITION_OF.get(sent.get("rule/condition", ""), CONDITION_OF[FIRST])


def takes_touchpoint(condition: type[Condition]) -> bool:
    """Whether a rule of this condition may be limited to touchpoints."""
    return not issubclass(condition, PartnerCondition) or condition.of_touchpoint


def limits_of(condition: type[Condition], setting: Setting, question: str | None, scales: Scales) -> tuple[int, int]:
    """The least and the most that a whole number may be, on the scale of its question."""
    name = condition_name(condition)
    least, most = bounds_of(name, setting.name)
    assert least is not None
    assert most is not None
    return setting.within(least, most, scale_of(name, setting.name, question, scales))


def condition_name(condition: type[Condition]) -> str:
    """What a condition is called in the file."""
    return next(name for name, each in CONDITION_OF.items() if each is condition)


def read_rule(sent: Form, taken: Collection[str], offered: Offered) -> tuple[dict[str, Any], list[Fault]]:
    """The rule as the file would hold it, and what is wrong with its fields. `taken` are keys of other rules."""
    condition, faults = condition_of(sent), []
    when: dict[str, Any] = {"condition": condition_name(condition)}
    for setting in condition.settings:
        try:
            value = _read(sent, condition, setting, offered)
        except _Wrong as wrong:
            faults.append(Fault(wrong.field or field_of(setting.name), wrong.words))
            continue
        if value is not None:
            when[setting.name] = value
    name = _line(sent.get("rule/name", ""))
    if not name:
        faults.append(Fault("rule/name", gettext("Give it a name.")))
    elif len(name) > _LONGEST_LINE:
        faults.append(Fault("rule/name", _too_long()))
    rule: dict[str, Any] = {"key": _key(name, condition_name(condition), taken), "name": name, "when": when}
    touchpoint = sent.get("rule/touchpoint", "")
    if touchpoint and takes_touchpoint(condition):
        rule["touchpoints"] = [touchpoint]
        faults += [] if touchpoint in offered.touchpoints else [_unknown("rule/touchpoint")]
        faults += _not_asked(when.get("question"), touchpoint, offered)
    for part, known in (("severity", SEVERITIES), ("kind", KINDS)):
        rule[part] = sent.get(f"rule/{part}", "")
        faults += [] if rule[part] in known else [_unknown(f"rule/{part}")]
    return rule, faults or list(_faults_of(rule, condition)) or list(_unheld(rule))


class _Wrong(Exception):
    """A field that cannot be read, in words for whoever typed it."""

    def __init__(self, words: str, field: str = "") -> None:
        super().__init__(words)
        self.words, self.field = words, field


def _read(sent: Form, condition: type[Condition], setting: Setting, offered: Offered) -> Any:
    """A setting as the file holds it; None where it is left out. Raises _Wrong."""
    if setting.kind == "words":
        lists = {each: _lines(sent.get(words_field(each), "")) for each in offered.languages}
        return {language: words for language, words in lists.items() if words} or None
    typed = _line(sent.get(field_of(setting.name), ""))
    if not typed:
        if condition.model_fields[setting.name].is_required():
            raise _Wrong(_wanted(sent, condition, setting, offered))
        return None
    if setting.kind in ("score", "points", "whole"):
        least, most = limits_of(condition, setting, _question(sent, offered), offered.scales)
        if not _WHOLE.fullmatch(typed) or not least <= int(typed) <= most:
            raise _Wrong(_wanted(sent, condition, setting, offered))
        return int(typed)
    if setting.kind == "number":
        if not _NUMBER.fullmatch(typed):
            raise _Wrong(gettext("Give a number."))
        return _exact(Decimal(typed.replace(",", ".")))
    known = {"question": offered.questions, "event": offered.events, "choice": [key for key, _ in setting.choices]}
    if setting.kind in known and typed not in known[setting.kind]:
        raise _Wrong(gettext("Choose one of the list."))
    if setting.kind == "line" and len(typed) > _LONGEST_LINE:
        raise _Wrong(_too_long())
    return typed


def _wanted(sent: Form, condition: type[Condition], setting: Setting, offered: Offered) -> str:
    """What a setting that is needed wants."""
    if setting.kind not in ("score", "points", "whole"):
        return gettext("Fill this in.")
    least, most = limits_of(condition, setting, _question(sent, offered), offered.scales)
    return gettext("Give a whole number from {least} to {most}.", least=least, most=most)


def _question(sent: Form, offered: Offered) -> str | None:
    """The question whose score is looked at: where none is named, the first one of the touchpoint."""
    asked = offered.asked.get(sent.get("rule/touchpoint", ""), ())
    return sent.get(field_of("question")) or next(iter(asked), None)


def _line(text: str) -> str:
    """What was typed, without blanks too many; a file that was copied from may begin with a blank that nobody sees."""
    return " ".join(text.replace("\ufeff", " ").split())


def _lines(text: str) -> list[str]:
    return list(dict.fromkeys(filter(None, map(_line, text.splitlines()))))


def _exact(number: Decimal) -> int | float:
    """The number as a file holds it. Raises _Wrong where that would be another one."""
    held = float(number)
    if Decimal(repr(held)) != number:
        raise _Wrong(gettext("Give a number of at most {n} digits.", n=_MOST_DIGITS))
    return int(held) if held.is_integer() else held


def _not_asked(question: str | None, touchpoint: str, offered: Offered) -> list[Fault]:
    """A question that the survey of the touchpoint does not ask: the rule would never fire."""
    asked = offered.asked.get(touchpoint, ())
    if question is None or touchpoint not in offered.touchpoints or question in asked:
        return []
    if not asked:
        return [Fault("rule/touchpoint", gettext("Nobody is asked for a score there; choose another touchpoint."))]
    named = ", ".join(f"“{offered.questions.get(key, key)}”" for key in asked)
    return [
        Fault(field_of("question"), gettext("It is not asked at this touchpoint. Asked there: {asked}.", asked=named))
    ]


def _too_long() -> str:
    return gettext("Shorten it to {n} characters.", n=_LONGEST_LINE)


def _unknown(name: str) -> Fault:
    return Fault(name, gettext("Choose one of the list."))


def _faults_of(rule: Mapping[str, Any], condition: type[Condition]) -> Iterator[Fault]:
    """What the definition of rules has against it, at the fields that hold it."""
    try:
        Rule.model_validate(rule, context=WRITTEN)
    except ValidationError as error:
        for wrong in error.errors(include_url=False):
            # Behind `when` stands the name of the condition.
            place = wrong["loc"][2:] if wrong["loc"][:1] == ("when",) else ()
            if wrong["loc"][:1] == ("name",):
                yield _no_plain_line("rule/name")
            elif place[:1] == ("words",) and len(place) > 1:
                words = gettext("Write whole words, at most six on a line and a hundred in a language.")
                yield Fault(words_field(str(place[1])), words)
            elif place:
                yield _no_plain_line(field_of(str(place[0])))
            else:
                setting, words = condition.incomplete
                yield Fault(field_of(setting), gettext(words)) if words else Fault("", wrong["msg"])


def _unheld(rule: Mapping[str, Any]) -> Iterator[Fault]:
    """Signs that rules may hold and files may not, at their fields."""
    texts = {"rule/name": [rule["name"]]}
    for setting, value in rule["when"].items():
        if isinstance(value, Mapping):
            texts |= {words_field(language): words for language, words in value.items()}
        elif isinstance(value, str):
            texts[field_of(setting)] = [value]
    yield from (_no_plain_line(name) for name, said in texts.items() if not all(map(holds, said)))


def _no_plain_line(name: str) -> Fault:
    return Fault(name, gettext("Write one short line of plain signs."))


def _key(name: str, condition: str, taken: Collection[str]) -> str:
    """A key that says what the name says, and that no other rule has."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    key = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")
    key = (key if key[:1].isalpha() else f"{condition}_{key}")[:_LONGEST_KEY].rstrip("_")
    numbers = (f"{key}_{n}" for n in range(2, len(taken) + 3))
    return next(each for each in (key, *numbers) if each not in taken)
